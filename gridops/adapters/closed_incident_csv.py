"""Closed incidents from a table of a utility's own: one line per device and incident."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from gridops.calibration.closed_incidents import (
    PROTECTION,
    ClosedIncident,
    Sighting,
    Word,
)
from gridops.errors import ScenarioError
from gridops.ids import SectionId, SwitchId
from gridops.network import Network
from gridops.outage.fault_path import is_flagging
from gridops.state import Energisation, energise

NEEDED = ("incident", "device", "on_path", "reading")
SECTION = "section"
YES = ("yes", "true", "1")
NO = ("no", "false", "0")
INDICATOR = "indicator"
"""Class of every indicator where no grid tells their kinds."""
Row = Mapping[str, str]


def read_closed_incidents(file: Path, network: Network | None) -> list[ClosedIncident]:
    """Columns `incident`, `device`, `on_path` (yes or no) and `reading` (yes, late, no, failed; of
    a protective device tripped or stayed: `on_path` then says whether it should have tripped).
    A column `section` says where the fault was found: with `network`, in whose normal state it
    then happened, the incident can be located again.

    Raises: ScenarioError that names the line; UnknownId for a device or section that `network`
        does not have.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"cannot be read: {getattr(error, 'strerror', None) or error}",
            where=str(file),
            remedy="check path and encoding (UTF-8)",
        ) from error
    reader = csv.DictReader(text.splitlines())
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise ScenarioError(
            f"has no column {', '.join(missing)}",
            where=str(file),
            remedy=f"the first line names {', '.join(NEEDED)}",
        )
    traced = None if network is None else energise(network, network.normally_closed)
    lines: dict[str, list[tuple[Row, Sighting]]] = {}
    for row in reader:
        where = f"{file}:{reader.line_num}"
        sighting = _sighting(row, network, where=where)
        lines.setdefault(row["incident"].strip(), []).append((row, sighting))
    return [_incident(ident, rows, traced=traced) for ident, rows in lines.items()]


def _sighting(row: Row, network: Network | None, *, where: str) -> Sighting:
    cells = {name: (row[name] or "").strip() for name in NEEDED}
    said = cells["reading"].lower()
    if said not in tuple(Word):
        raise ScenarioError(
            f"reading {said!r}", where=where, remedy=f"write one of {', '.join(Word)}"
        )
    on_path = cells["on_path"].lower()
    if on_path not in (*YES, *NO):
        raise ScenarioError(f"on_path {on_path!r}", where=where, remedy="write yes or no")
    word = Word(said)
    return Sighting(
        device=SwitchId(cells["device"]),
        kind=_kind(cells["device"], word, network=network),
        on_path=on_path in YES,
        said=word,
    )


def _kind(device: str, word: Word, *, network: Network | None) -> str:
    if word in (Word.TRIPPED, Word.STAYED):
        if network is not None:
            network.switch(device)
        return PROTECTION
    if network is None:
        return INDICATOR
    switch = network.switch(device)
    return switch.indicator.value if is_flagging(switch) else INDICATOR


def _incident(
    ident: str, rows: Iterable[tuple[Row, Sighting]], *, traced: Energisation | None
) -> ClosedIncident:
    rows = list(rows)
    sightings = tuple(sighting for _, sighting in rows)
    place = next((row[SECTION].strip() for row, _ in rows if row.get(SECTION)), None)
    if traced is None or place is None:
        return ClosedIncident(id=ident, sightings=sightings)
    section: SectionId = traced.network.section_of(place)
    return ClosedIncident(
        id=ident,
        sightings=sightings,
        section=section,
        network=traced.network,
        traced=traced,
        tripped=tuple(s.device for s in sightings if s.said is Word.TRIPPED),
    )
