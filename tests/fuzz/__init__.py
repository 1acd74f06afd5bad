"""Bytes by lot: what no server should send, in numbers that no test lists."""
