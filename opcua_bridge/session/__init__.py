"""One connection to one server, from the socket to the activated session, and its end."""
