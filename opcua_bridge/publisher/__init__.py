"""GridOps' own OPC UA server: screens and historians of others read what it knows."""
