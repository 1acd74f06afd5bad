"""Who the other end is, whether it may be believed, and how what is said to it is kept safe."""
