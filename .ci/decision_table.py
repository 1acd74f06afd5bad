"""Writes docs/decision_table.md: what the engine makes of every pattern of six indicators.

`python .ci/decision_table.py` writes it; a test compares, so that the page cannot fall behind.
"""

import csv
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gridops.adapters.content import models_dir
from gridops.adapters.grid_files import load_grid
from gridops.ids import SectionId, SwitchId
from gridops.measurement import Measured, Quality, Reading
from gridops.network import Network
from gridops.outage import Heard, Location, LocationSettings, infer
from gridops.state import energise

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "decision_table.md"
PUBLISHED = ROOT / "tests" / "data" / "reference" / "esb_e11_decision_table.csv"
ZONE_BEHIND = {
    "CB_E11": "Z_A",
    "S696": "Z_B",
    "S507": "Z_C",
    "S508": "Z_D",
    "R518": "Z_E",
    "S509": "Z_F",
}
"""The zone that begins behind each device of the table, in its order."""
DEVICES = tuple(ZONE_BEHIND)
LIKE_THE_TABLE = LocationSettings(
    contradictory_from=1, p_missing=1e-4, p_stray=1e-4, pair_sections_max=0
)
"""The table believes its devices, knows one fault at a time, and excuses none of them."""
DEFAULTS = LocationSettings()
SINCE = datetime(2020, 6, 10, 8, 50, tzinfo=UTC)

COLUMNS = (
    "row",
    *DEVICES,
    "published",
    "like the table",
    "by default",
    "most probable",
    "no fault",
    "suspected",
)

HEAD = f"""# The decision table of circuit E11

<!-- Made by `python .ci/decision_table.py`; a test compares. -->

ESB Networks published a decision table for its 20 kV circuit E11: six devices with fault passage
indicators in a row, what each of the 64 patterns means, and that 57 of them are malfunctions
(data: CC0 1.0, see [the grid](../models/esb_e11/README.md)). Here the engine is asked the same
question: the whole circuit may hold the fault, nobody says what tripped, and the only evidence are
the six readings. A test compares every row with what was published.

- *Like the table*: devices hardly ever err (`p_missing` and `p_stray` are 0.0001, by default
  {DEFAULTS.p_missing:g} and {DEFAULTS.p_stray:g}), no two faults come at once
  (`pair_sections_max` 0), and one malfunction is a contradiction (`contradictory_from` 1). So the
  engine gives the table back: six faults in the zone that was published, one pattern without any
  fault, 57 contradictions.
- *By default*: as the engine decides when nothing is set. One device may have erred, and two faults
  may come together; so most of the 57 malfunctions still say where to look. What is suspected, and
  has to be fenced, is then wider, and where that is everything the answer is honest: not known.

Two things the table does not see, and the engine does: a fault behind a fuse or behind the recloser
NULEC-P53 leaves all six silent, so that "no fault" is never sure; and for the same reason one flag
alone (rows 67 and 131) may be a stray one.

In the columns of devices 1 is a flag. *Most probable*: the zone that most likely holds the fault,
if there is one, and its probability by default. *No fault*: the probability of that. *Suspected*:
how many of the {{sections}} sections, and in which zones. Rows are numbered as in the source.

| {" | ".join(COLUMNS)} |
|{"---|" * len(COLUMNS)}
"""


@dataclass(frozen=True, slots=True)
class Circuit:
    network: Network
    zones: Mapping[SectionId, str]
    """Of every section of the circuit."""

    def heard(self, pattern: Mapping[str, bool]) -> Heard:
        return Heard(
            closed_before=self.network.normally_closed,
            since=SINCE,
            scope=frozenset(self.zones),
            flags={
                SwitchId(device): Measured(Reading.YES if seen else Reading.NO, Quality.GOOD, SINCE)
                for device, seen in pattern.items()
            },
        )

    def likeliest(self, location: Location) -> tuple[str, float]:
        """The zone that most probably holds a fault, and how probably."""
        held = dict.fromkeys(ZONE_BEHIND.values(), 0.0)
        for suspect in location.suspects:
            held[self.zones[suspect.section]] += suspect.probability
        zone = max(held, key=held.__getitem__)
        return zone, held[zone]


def circuit() -> Circuit:
    network = load_grid(models_dir() / "esb_e11")
    traced = energise(network, network.normally_closed)
    zones = {}
    for section in traced.order:
        above = [device for device in traced.path(section) if device in ZONE_BEHIND]
        if above:
            zones[section] = ZONE_BEHIND[above[-1]]
    return Circuit(network, zones)


def published() -> list[dict[str, str]]:
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def page() -> str:
    e11 = circuit()
    head = HEAD.replace("{sections}", str(len(e11.zones)))
    return head + "".join(f"{line}\n" for line in _lines(e11))


def _lines(e11: Circuit) -> Iterator[str]:
    for row in published():
        heard = e11.heard({device: row[device] == "1" for device in DEVICES})
        strict = infer(e11.network, heard, settings=LIKE_THE_TABLE)
        found = infer(e11.network, heard)
        zone, probability = e11.likeliest(found)
        suspected = sorted({e11.zones[section] for section in found.suspected})
        told = f"fault in {row['zone']}" if row["zone"] else row["outcome"].replace("_", " ")
        cells = [
            row["row"],
            *(row[device] for device in DEVICES),
            told,
            _told_strictly(e11, strict),
            found.verdict.value,
            f"{zone} {probability:.2f}",
            f"{found.p_no_fault:.2f}",
            f"{len(found.suspected)}: {' '.join(z.removeprefix('Z_') for z in suspected)}",
        ]
        yield f"| {' | '.join(cells)} |"


def _told_strictly(e11: Circuit, strict: Location) -> str:
    if strict.verdict.value == "contradictory":
        return "contradictory"
    if strict.p_no_fault > 1.0 - strict.p_no_fault:
        return "no fault"
    return f"{strict.verdict.value} in {e11.likeliest(strict)[0]}"


def main() -> int:
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
