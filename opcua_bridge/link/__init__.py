"""The supervised link to one server: nothing is lost in silence, nothing stale looks good."""
