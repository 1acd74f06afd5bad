"""The virtual field as real OPC UA servers on TCP."""
