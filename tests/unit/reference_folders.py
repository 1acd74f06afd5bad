"""A shipped grid that was converted from a published one: its folder, its README, its source."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from gridops.adapters.content import models_dir
from gridops.adapters.grid_files import load_grid
from gridops.network import Network

REFERENCE = Path(__file__).parents[1] / "data" / "reference"


@cache
def grid_of(name: str) -> Network:
    return load_grid(models_dir() / name)


def readme_of(name: str) -> str:
    """In one line, however it is wrapped."""
    return " ".join((models_dir() / name / "README.md").read_text(encoding="utf-8").split())


def source_of(name: str) -> Any:
    return json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
