from gridops.bootstrap.workbench import Grid as Grid
from gridops.bootstrap.workbench import from_pandapower as from_pandapower
from gridops.bootstrap.workbench import import_grid as import_grid
from gridops.bootstrap.workbench import open_grid as open_grid
from gridops.bootstrap.workbench import to_geojson as to_geojson
from gridops.bootstrap.workbench import to_pandapower as to_pandapower

__version__: str
__all__ = [
    "Grid",
    "__version__",
    "from_pandapower",
    "import_grid",
    "open_grid",
    "to_geojson",
    "to_pandapower",
]
