"""The published decision table of a real circuit: 64 patterns of six indicators, one by one.

Nothing is said of trips, as in the table: the whole circuit may hold the fault, and the readings
are all there is.
"""

import csv
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridops.adapters.content import models_dir
from gridops.adapters.grid_files import load_grid
from gridops.ids import SectionId, SwitchId
from gridops.measurement import Measured, Quality, Reading
from gridops.network import SwitchKind
from gridops.outage import Heard, Location, LocationSettings, Verdict, infer
from gridops.state import energise

TABLE = Path(__file__).parents[1] / "data" / "reference" / "esb_e11_decision_table.csv"
DEVICES = ("CB_E11", "S696", "S507", "S508", "R518", "S509")
SINCE = datetime(2020, 6, 10, 8, 50, tzinfo=UTC)
STRICT = LocationSettings(contradictory_from=1, p_missing=1e-4, p_stray=1e-4, pair_sections_max=0)
"""As the table thinks: its devices are right, and there is one fault at a time."""

GRID = load_grid(models_dir() / "esb_e11")
NORMAL = energise(GRID, GRID.normally_closed)
CIRCUIT = frozenset(NORMAL.behind(SwitchId("CB_E11")))
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
FAULTS = [row for row in ROWS if row["outcome"] == "fault"]
MALFUNCTIONS = [row for row in ROWS if row["outcome"] == "malfunction"]
(NO_FAULT,) = (row for row in ROWS if row["outcome"] == "no_fault")


def pattern(row: dict[str, str]) -> str:
    return "".join(row[device] for device in DEVICES)


def asked(row: dict[str, str], settings: LocationSettings) -> Location:
    said = {"1": Reading.YES, "0": Reading.NO}
    heard = Heard(
        closed_before=GRID.normally_closed,
        since=SINCE,
        scope=CIRCUIT,
        flags={
            SwitchId(device): Measured(said[row[device]], Quality.GOOD, SINCE) for device in DEVICES
        },
    )
    return infer(GRID, heard, settings=settings)


def zone_of(section: SectionId) -> str:
    """By the last device of the table on the way from the source."""
    way = [device for device in NORMAL.path(section) if device in DEVICES]
    return "Z_" + "ABCDEF"[DEVICES.index(way[-1])]


def most_probable(location: Location) -> str:
    held: dict[str, float] = defaultdict(float)
    for suspect in location.suspects:
        held[zone_of(suspect.section)] += suspect.probability
    return max(held, key=held.__getitem__)


def test_the_table_has_every_pattern_once() -> None:
    assert {pattern(row) for row in ROWS} == {f"{number:06b}" for number in range(64)}
    assert (len(FAULTS), len(MALFUNCTIONS)) == (6, 57)


@pytest.mark.parametrize("row", FAULTS, ids=pattern)
def test_a_published_fault_is_located_in_its_zone(row: dict[str, str]) -> None:
    location = asked(row, STRICT)
    assert location.verdict is Verdict.LOCATED
    assert most_probable(location) == row["zone"]
    assert location.p_no_fault < 0.01


@pytest.mark.parametrize("row", MALFUNCTIONS, ids=pattern)
def test_a_published_malfunction_is_a_contradiction(row: dict[str, str]) -> None:
    location = asked(row, STRICT)
    assert location.verdict is Verdict.CONTRADICTORY
    assert location.suspected == CIRCUIT


def test_six_silent_indicators_most_probably_mean_no_fault() -> None:
    for settings in (STRICT, LocationSettings()):
        location = asked(NO_FAULT, settings)
        assert location.p_no_fault > max(s.probability for s in location.suspects)
        assert location.p_no_fault > 0.5


@pytest.mark.parametrize("row", FAULTS, ids=pattern)
def test_by_default_a_published_fault_is_most_probably_in_its_zone_too(row: dict[str, str]) -> None:
    location = asked(row, LocationSettings())
    assert most_probable(location) == row["zone"]
    assert {s.section for s in location.suspects if s.probability > 0.01} <= location.suspected


def test_what_silence_hides_lies_behind_fuses_and_the_recloser_that_the_table_leaves_out() -> None:
    """The likeliest places of a fault that no indicator saw."""
    location = asked(NO_FAULT, STRICT)
    for suspect in location.suspects:
        if suspect.probability < 1e-3:
            continue
        way = [GRID.switches[s] for s in NORMAL.path(suspect.section)]
        hidden = [s.id for s in way if s.kind is SwitchKind.FUSE or s.id == "NULEC-P53"]
        assert hidden, suspect.section


@pytest.mark.parametrize("row", FAULTS, ids=pattern)
def test_with_one_device_unheard_the_fault_is_still_suspected(row: dict[str, str]) -> None:
    """Whatever single reading is missing, the published zone stays inside the fence."""
    for missing in DEVICES:
        said = {"1": Reading.YES, "0": Reading.NO}
        heard = Heard(
            closed_before=GRID.normally_closed,
            since=SINCE,
            scope=CIRCUIT,
            flags={
                SwitchId(device): Measured(said[row[device]], Quality.GOOD, SINCE)
                for device in DEVICES
                if device != missing
            },
        )
        location = infer(GRID, heard)
        trunk = {s for s in CIRCUIT if zone_of(s) == row["zone"] and _on_the_trunk(s)}
        assert trunk <= location.suspected, missing


def _on_the_trunk(section: SectionId) -> bool:
    """Not behind a fuse, nor behind the recloser that clears on its own."""
    way = [GRID.switches[s] for s in NORMAL.path(section)]
    return all(s.kind is not SwitchKind.FUSE and s.id != "NULEC-P53" for s in way)
