"""Commands: sent at most once, never late, read back or unknown."""
