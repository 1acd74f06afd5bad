"""Each server's link in a process of its own: one that hangs or dies takes nobody along."""
