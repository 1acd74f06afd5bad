"""Kept texts -> a grid to work on again."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from gridops.adapters.grid_files import grid_texts, load_grid, read_grid, texts_of
from gridops.bootstrap.wiring import sets_of_engines
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
        fingerprint = installation.grid_fingerprint
        if fingerprint not in self._store.kept_grids():
            name, texts = installation.network.name, _texts(installation)
            self._store.keep_grid(KeptGrid(fingerprint=fingerprint, name=name, texts=texts))
        installation.unkept.clear()

    def installation(self, fingerprint: str, *, like: Installation) -> Installation:
        """The grid of `like` under the fingerprint of an earlier format need not be kept: a
        journal from before grids were kept can go on with it.

        Raises: GridNotKept, JournalError.
        """
        if texts_of(like.network.components, fingerprint) is not None:
            network = like.network
        else:
            network = network_of(self._store.kept_grid(fingerprint).texts, fingerprint)
        engines, solver, thorough = sets_of_engines(network)
        return replace(
            like,
            network=network,
            grid_fingerprint=fingerprint,
            engines=engines,
            solver=solver if like.solver is not None else None,
            thorough=thorough if like.thorough is not None else None,
            unkept={},
        )


def _texts(installation: Installation) -> Mapping[str, str]:
    if installation.unkept:
        return installation.unkept
    components = installation.network.components
    return texts_of(components, installation.grid_fingerprint) or grid_texts(components)


def network_of(texts: Mapping[str, str], fingerprint: str) -> Network:
    """The grid that these texts say; they are those of `fingerprint`.

    What reads back to the very same texts, of whichever format, has been read whole, and was
    sound when it was kept: a validation that has grown stricter since must not lock the journal.
    What does not has to pass like any other folder.

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
            if texts_of(components, fingerprint) is not None:
                return build_network(components)
            return load_grid(Path(folder))
        except GridError as error:
            raise GridNotKept(
                fingerprint,
                f"the grid that is kept as version {fingerprint} cannot be read: {error.what}",
                remedy="use the GridOps that wrote this journal",
            ) from error
