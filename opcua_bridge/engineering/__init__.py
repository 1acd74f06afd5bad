"""What engineers ask of a server before it serves a grid: browse, map, check."""
