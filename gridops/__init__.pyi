from gridops.bootstrap.workbench import Grid as Grid
from gridops.bootstrap.workbench import from_pandapower as from_pandapower
from gridops.bootstrap.workbench import open_grid as open_grid

__version__: str
__all__ = ["Grid", "__version__", "from_pandapower", "open_grid"]
