"""pandapower in and out: net objects and JSON files."""

from gridops.adapters.pandapower_grid.conversion import from_pandapower
from gridops.adapters.pandapower_grid.source import import_pandapower

__all__ = ["from_pandapower", "import_pandapower"]
