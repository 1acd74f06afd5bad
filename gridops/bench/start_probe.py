"""One start of the service, or one import, in the process that is asked: prints what it cost.

`python -P start_probe.py --grid oberrhein` or `--module pandapower`.
"""

import argparse
import asyncio
import importlib
import json
import os
import resource
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

IMPORT_S, READY_S = "import_s", "ready_s"
RESIDENT_BYTES, UNWANTED_MODULES = "resident_bytes", "unwanted_modules"
UNWANTED = ("pandapower", "pandas", "ortools")
"""Slow to load, and needed by nothing that serves."""
ANSWER_S_MAX = 10.0
STATM = Path("/proc/self/statm")


def imported(module: str) -> dict[str, float]:
    """Seconds, and resident memory after that."""
    began = time.perf_counter()
    importlib.import_module(module)
    return {IMPORT_S: time.perf_counter() - began, RESIDENT_BYTES: resident_bytes()}


def started(grid: str) -> dict[str, float]:
    """Imports the service, then starts it on `grid` with a journal of its own and asks it over
    HTTP whether it is ready.

    Raises: GridOpsError if it cannot start; OSError if it does not answer.
    """
    began = time.perf_counter()
    importlib.import_module("gridops.bootstrap.serve")
    import_s = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as scratch:
        settings = {
            "grid": grid,
            "journal_url": f"sqlite:///{scratch}/journal.sqlite",
            "server": {"port": 0},
            "link": {"kind": "none"},
        }
        return {IMPORT_S: import_s, **asyncio.run(_ready(settings))}


async def _ready(given: Mapping[str, Any]) -> dict[str, float]:
    from gridops.bootstrap.service import (  # noqa: PLC0415 (its import was measured)
        JournalAt,
        running,
    )
    from gridops.bootstrap.wiring import incident_settings, install  # noqa: PLC0415
    from gridops.settings import Settings  # noqa: PLC0415

    began = time.perf_counter()
    settings = Settings(**given)
    installation = install(settings.grid, incident_settings(settings), mode=settings.control.mode)
    async with running(
        installation, journal=JournalAt(url=settings.journal_url), link=None, server=settings.server
    ) as up:
        await asyncio.to_thread(_ask, f"{up.address}/readyz")
        return {
            READY_S: time.perf_counter() - began,
            RESIDENT_BYTES: resident_bytes(),
            UNWANTED_MODULES: float(sum(module in sys.modules for module in UNWANTED)),
        }


def _ask(address: str) -> None:
    with urllib.request.urlopen(address, timeout=ANSWER_S_MAX):  # noqa: S310 (our own, loopback)
        """Anything but 200 raises."""


def resident_bytes() -> float:
    """Of this process now; where the system does not say so, the most that it ever was."""
    if STATM.exists():
        return float(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--grid")
    asked.add_argument("--module")
    given = parser.parse_args()
    found = started(given.grid) if given.grid else imported(given.module)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
