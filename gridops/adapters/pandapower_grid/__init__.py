"""pandapower in and out: net objects and JSON files."""

from gridops.adapters.pandapower_grid.conversion import convert
from gridops.adapters.pandapower_grid.source import import_pandapower, require_net
from gridops.adapters.pandapower_grid.writing import to_net

__all__ = ["convert", "import_pandapower", "require_net", "to_net"]
