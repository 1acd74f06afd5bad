"""What stands on the wire: status codes, and the messages that are read without the library."""
