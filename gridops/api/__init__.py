"""The web service: sessions, views, acts and the event stream over HTTP."""
