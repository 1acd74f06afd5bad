"""What stories let devices, meters and people say reaches the journal as it was written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridops.adapters.journal import open_journal
from gridops.bootstrap.simulate import play
from gridops.errors import ScenarioError, UnknownId
from gridops.events import Event, MetersReported
from gridops.events.codec import from_plain
from gridops.events.operator import PatrolReported, TrialReported, TroubleReported
from gridops.measurement import Reading

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
HEAD = """
format = 1
title = "Words"
title_vi = "Lời"
grid = "hanoi_ring"
start = 2026-03-02T08:00:00Z
duration_s = 200.0
"""
FAULT = """
[[happens]]
at_s = 20.0
what = "strike"
place = "L471-3"
"""
PEOPLE = """
[[acts]]
at_s = 100.0
what = "patrol"
place = "L471-2"
found = false

[[acts]]
at_s = 110.0
what = "trial"
switch = "RMU1-2"
held = true

[[acts]]
at_s = 120.0
what = "call"
load = "GV1"
calls = 3
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "words.toml"
    file.write_text(HEAD + text, encoding="utf-8")
    return file


def heard(tmp_path: Path, text: str) -> Sequence[Event]:
    """Everything that the control room took down."""
    play(written(tmp_path, text), folder=tmp_path)
    journal = open_journal(f"sqlite:///{tmp_path}/journal.sqlite")
    try:
        records = [entry.record for entry in journal.entries()]
    finally:
        journal.close()
    return [from_plain(r.kind, dict(r.body)) for r in records if r.kind in TAKEN_DOWN]


TAKEN_DOWN = (
    "MetersReported", "PatrolReported", "TrialReported", "TroubleReported",
)  # fmt: skip


def test_people_report_what_they_found(tmp_path: Path) -> None:
    patrol, trial, call = heard(tmp_path, FAULT + PEOPLE)
    assert isinstance(patrol, PatrolReported)
    assert (patrol.incident, patrol.place, patrol.found) == ("I1", "L471-2", False)
    assert isinstance(trial, TrialReported)
    assert (trial.incident, trial.switch, trial.held) == ("I1", "RMU1-2", True)
    assert isinstance(call, TroubleReported)
    assert (call.load, call.calls) == ("GV1", 3)


def test_meters_of_a_dark_section_are_heard_when_the_story_says_that_meters_report(
    tmp_path: Path,
) -> None:
    assert heard(tmp_path, FAULT) == []
    words = heard(tmp_path, "[field]\nmeters_report = true\n" + FAULT)
    said = {w.load: w for w in words if isinstance(w, MetersReported)}
    assert said["GV1"].has_voltage is Reading.NO
    assert (said["GV1"].meters, said["GV1"].phases) == (620, "abc")
    assert (said["GV1"].at - START).total_seconds() == 75.0
    assert (said["GV1"].source_time - START).total_seconds() == 20.5


def test_a_device_may_say_what_is_not_so(tmp_path: Path) -> None:
    text = """
[[happens]]
at_s = 5.0
what = "meters"
load = "GV2"
lost = true
meters = 2
phases = "b"
"""
    (word,) = heard(tmp_path, text)
    assert isinstance(word, MetersReported)
    assert (word.load, word.meters, word.phases) == ("GV2", 2, "b")


@pytest.mark.parametrize(
    ("text", "error", "named"),
    [
        ("[field]\nbackfed = true\n", ScenarioError, "field.backfed is no setting"),
        ("[location]\np_mising = 0.1\n", ScenarioError, "location.p_mising is no setting"),
        (PEOPLE.replace('"GV1"', '"GV111"'), UnknownId, "GV111"),
        (PEOPLE.replace("L471-2", "L471-222"), UnknownId, "L471-222"),
        (PEOPLE.replace("RMU1-2", "RMU1-22"), UnknownId, "RMU1-22"),
        (FAULT + 'phases = "ax"\n', ScenarioError, "phases"),
        (
            '[[happens]]\nat_s = 1.0\nwhat = "say"\nelement = "471"\nsignal = "test_mode"\n'
            "value = true\n",
            ScenarioError,
            "no point test_mode",
        ),
    ],
)
def test_what_does_not_exist_is_refused(
    tmp_path: Path, text: str, error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named):
        play(written(tmp_path, text))
