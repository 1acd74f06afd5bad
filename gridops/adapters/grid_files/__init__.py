"""Native grid format: a folder of CSV and TOML files (docs/grid_format.md)."""

from gridops.adapters.grid_files.about import About
from gridops.adapters.grid_files.loading import GridFiles, load_grid, read_components, read_grid
from gridops.adapters.grid_files.report import GridReport, check_grid
from gridops.adapters.grid_files.saving import (
    fingerprint_of,
    grid_fingerprint,
    grid_texts,
    save_grid,
    texts_of,
)

__all__ = [
    "About",
    "GridFiles",
    "GridReport",
    "check_grid",
    "fingerprint_of",
    "grid_fingerprint",
    "grid_texts",
    "load_grid",
    "read_components",
    "read_grid",
    "save_grid",
    "texts_of",
]
