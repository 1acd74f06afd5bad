"""A year of a city, played against the control room, and its minutes judged by the field."""
