"""Small circuits for the OpenDSS importer, written where they are read."""

from pathlib import Path

from gridops.adapters.importing import Imported
from gridops.adapters.opendss_grid import import_opendss
from gridops.network import Branch, Switch

HEAD = "clear\nset defaultbasefrequency=50\nnew circuit.c basekv=12.47 bus1=s pu=1.02 mvasc3=500\n"
STIFF = (
    "clear\nset defaultbasefrequency=60\n"
    "new circuit.c basekv=12.47 bus1=s r1=0 x1=1e-6 r0=0 x0=1e-6\n"
)
TAIL = "\nset voltagebases=[12.47 0.48]\ncalcvoltagebases\nsolve\n"


def imported(folder: Path, body: str, *, tail: str = TAIL, head: str = HEAD) -> Imported:
    (folder / "master.dss").write_text(head + body + tail, encoding="utf-8")
    return import_opendss(str(folder / "master.dss"))


def saying(grid: Imported, *parts: str) -> str:
    """The one assumption that has all of these in it."""
    found = [a for a in grid.assumptions if all(part in a for part in parts)]
    assert len(found) == 1, (parts, grid.assumptions)
    return found[0]


def branches(grid: Imported) -> dict[str, Branch]:
    return {b.id: b for b in grid.components.branches}


def switches(grid: Imported) -> dict[str, Switch]:
    return {s.id: s for s in grid.components.switches}
