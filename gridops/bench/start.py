"""G9: a fresh process until it serves; its memory, and what it has loaded."""

import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from gridops.adapters.city_folder import write_city
from gridops.bench import start_probe
from gridops.bench.bench_city import BenchCity
from gridops.bench.measuring import Side
from gridops.bench.race import Peer, Race
from gridops.bench.start_probe import IMPORT_S, READY_S, RESIDENT_BYTES, UNWANTED, UNWANTED_MODULES

SMALL_GRID = "oberrhein"
SMALL_READY_S, CITY_READY_S, RESIDENT_BYTES_MAX = 1.0, 3.0, 500e6
SECONDS_MAX = 120.0
PEERS = {"pandapower": "pandapower", "power-grid-model": "power_grid_model"}
"""Name -> module."""
PROBE = Path(start_probe.__file__)
"""Run as a file: as a module of this package it would find loaded what it is to load."""


class Starts:
    """Starts of one kind. What one of them showed is read by every figure's side, so that no
    process is started for one figure alone."""

    def __init__(self, *asked: str) -> None:
        self._command = [sys.executable, "-P", str(PROBE), *asked]
        self._seen: list[dict[str, float]] = []

    def figure(self, name: str) -> Side:
        """Costs of start after start."""
        numbers = itertools.count()
        return Side(read=lambda: self._nth(next(numbers))[name])

    @property
    def started(self) -> int:
        """How many processes there have been."""
        return len(self._seen)

    @property
    def last(self) -> dict[str, float]:
        return self._nth(max(len(self._seen) - 1, 0))

    def _nth(self, number: int) -> dict[str, float]:
        while len(self._seen) <= number:
            self._seen.append(_document(self._command))
        return self._seen[number]


def _document(command: Sequence[str]) -> dict[str, float]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(  # noqa: S603 (our own module)
        command, check=True, capture_output=True, text=True, timeout=SECONDS_MAX, env=environment
    )
    document: dict[str, float] = json.loads(done.stdout)
    return document


def races(city: BenchCity) -> Iterator[Race]:
    """Kernels are compiled in a start that does not count; the operating system keeps files in
    memory. A peer has only been imported where ours serves."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "city"
        write_city(folder, feeders=city.feeders, seed=city.seed)
        small, large = Starts("--grid", SMALL_GRID), Starts("--grid", str(folder))
        yield Race(
            goal="G9",
            what="import of the service, fresh process",
            on="",
            ours=small.figure(IMPORT_S),
            peers=_imports(IMPORT_S),
        )
        yield from _of(small, SMALL_GRID, ready_s=SMALL_READY_S, peers=_imports(RESIDENT_BYTES))
        yield from _of(large, city.title, ready_s=CITY_READY_S)


def _of(
    starts: Starts, title: str, *, ready_s: float, peers: tuple[Peer, ...] = ()
) -> Iterator[Race]:
    yield Race(
        goal="G9",
        what="from import to ready",
        on=title,
        ours=starts.figure(READY_S),
        ours_wanted=ready_s,
    )
    yield Race(
        goal="G9",
        what="resident memory when ready",
        on=title,
        unit="B",
        ours=starts.figure(RESIDENT_BYTES),
        ours_wanted=RESIDENT_BYTES_MAX,
        peers=peers,
    )
    yield Race(
        goal="G9",
        what=f"{', '.join(UNWANTED)}: loaded when ready",
        on=title,
        unit="modules",
        ours=starts.figure(UNWANTED_MODULES),
        ours_wanted=0.0,
        holds=lambda: starts.last[UNWANTED_MODULES] == 0,
    )


def _imports(figure: str) -> tuple[Peer, ...]:
    return tuple(
        Peer(
            name=name,
            how=f"import {module}, nothing else",
            modules=(module,),
            enter=partial(_imported, module, figure),
        )
        for name, module in PEERS.items()
    )


def _imported(module: str, figure: str) -> Side:
    return Starts("--module", module).figure(figure)
