"""Which formats can be exported."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from gridops.adapters.geojson import geojson_of
from gridops.adapters.pandapower_grid.source import quiet, require_pandapower
from gridops.adapters.pandapower_grid.writing import to_net
from gridops.errors import GridUnreadable
from gridops.network import Network

Exporter = Callable[[Network], str]
"""Grid -> the text of a file."""


def pandapower_text(network: Network) -> str:
    """The JSON file that `pandapower.from_json` reads. Needs the extra `pandapower`."""
    net = to_net(network.components)
    with quiet():
        text: str = require_pandapower().to_json(net)
    return text


def geojson_text(network: Network) -> str:
    """Raises: GridUnreadable if no node has coordinates."""
    return json.dumps(geojson_of(network), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


EXPORTERS: Mapping[str, Exporter] = {"geojson": geojson_text, "pandapower": pandapower_text}


def export_to_file(name: str, network: Network, *, file: Path, force: bool = False) -> None:
    """Writes `network` in the format called `name`; the file is there whole or not at all.

    Raises: GridUnreadable for an unknown format (with those that are near), a file that exists
        (unless `force`) or cannot be written, a grid that the format cannot express.
    """
    if name not in EXPORTERS:
        near = get_close_matches(name, EXPORTERS, n=3, cutoff=0.5)
        raise GridUnreadable(
            f"no format {name!r} can be exported",
            remedy=f"near: {', '.join(near)}" if near else f"formats: {', '.join(EXPORTERS)}",
        )
    try:
        if file.exists() and not force:
            raise GridUnreadable(
                "exists already", where=str(file), remedy="choose another name, or add --force"
            )
        _write(EXPORTERS[name](network), file)
    except OSError as failure:
        raise GridUnreadable(
            f"cannot be written: {failure.strerror}", where=str(file), remedy="choose another place"
        ) from failure


def _write(text: str, file: Path) -> None:
    """In one step; nothing stays beside `file` if that fails. Raises: OSError."""
    beside = file.with_name(f".{file.name}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, file)  # noqa: PTH105  one step on every platform
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
