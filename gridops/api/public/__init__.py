"""What everybody may know of outages: no login, no names, nobody's household."""
