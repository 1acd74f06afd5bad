"""The only code that speaks OPC UA."""
