"""GridOps: outage automation for medium-voltage grids.

For engineers: `open_grid`, `import_grid`, `from_pandapower`, `to_pandapower`, `to_geojson` and
`Grid` (docs/engineering.md). They load on first use, so that `import gridops` costs nothing;
their types stand in `__init__.pyi`.
"""

from importlib import import_module

__version__ = "0.1.0"

_WORKBENCH = "gridops.bootstrap.workbench"
_PUBLIC = ("Grid", "from_pandapower", "import_grid", "open_grid", "to_geojson", "to_pandapower")

__all__ = [
    "Grid",
    "__version__",
    "from_pandapower",
    "import_grid",
    "open_grid",
    "to_geojson",
    "to_pandapower",
]


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        return getattr(import_module(_WORKBENCH), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
