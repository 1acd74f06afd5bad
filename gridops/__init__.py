"""GridOps: outage automation for medium-voltage grids."""

__version__ = "0.1.0"
