"""Kept texts -> a grid to work on again."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from gridops.adapters.grid_files import grid_fingerprint, grid_texts, load_grid, read_grid
from gridops.bootstrap.wiring import engines_of
from gridops.control_room import Installation
from gridops.errors import GridError, GridNotKept
from gridops.network import Network, build_network
from gridops.ports import GridStore, KeptGrid

FILE_NAME = re.compile(r"[a-z0-9_]+\.(csv|toml)")
"""A journal may come from anywhere; no name of it leads out of a folder."""


class KeptVersions:
    """Fulfils `gridops.control_room.Versions` on a store of texts."""

    def __init__(self, store: GridStore) -> None:
        self._store = store

    def keep(self, installation: Installation) -> None:
        """Raises: JournalError."""
        if installation.grid_fingerprint in self._store.kept_grids():
            return
        self._store.keep_grid(
            KeptGrid(
                fingerprint=installation.grid_fingerprint,
                name=installation.network.name,
                texts=grid_texts(installation.network.components),
            )
        )

    def installation(self, fingerprint: str, *, like: Installation) -> Installation:
        """Raises: GridNotKept, JournalError."""
        kept = self._store.kept_grid(fingerprint)
        network = network_of(kept.texts, fingerprint)
        return replace(
            like,
            network=network,
            grid_fingerprint=fingerprint,
            engines=engines_of(network),
            solver=engines_of(network) if like.solver is not None else None,
        )


def network_of(texts: Mapping[str, str], fingerprint: str) -> Network:
    """The grid that these texts say; they are those of `fingerprint`.

    What reads back to the very same texts has been read whole, and was sound when it was kept:
    a validation that has grown stricter since must not lock the journal. Texts of an older
    format do not read back to themselves; they have to pass like any other folder.

    Raises: GridNotKept if this version of GridOps cannot use them.
    """
    strange = [name for name in texts if not FILE_NAME.fullmatch(name)]
    if strange:
        raise GridNotKept(
            fingerprint,
            f"the grid that is kept as version {fingerprint} has no file {strange[0]!r}",
            remedy="use the GridOps that wrote this journal",
        )
    with TemporaryDirectory(prefix="gridops-grid-") as folder:
        for name, text in texts.items():
            (Path(folder) / name).write_bytes(text.encode())
        try:
            components = read_grid(Path(folder)).components
            if grid_fingerprint(components) == fingerprint:
                return build_network(components)
            return load_grid(Path(folder))
        except GridError as error:
            raise GridNotKept(
                fingerprint,
                f"the grid that is kept as version {fingerprint} cannot be read: {error.what}",
                remedy="use the GridOps that wrote this journal",
            ) from error
