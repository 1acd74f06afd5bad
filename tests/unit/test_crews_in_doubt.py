"""Crews of whom nobody has heard since their sheet was stopped: one list has all of them, and a
report ends each."""

import json
from pathlib import Path

import pytest

from gridops.alarms import AlarmKind
from gridops.api.sheet_view import ENDED_SHEETS_MAX, sheets_view
from gridops.events.codec import from_plain
from gridops.ids import AlarmId
from tests.playbook import CLOSED, SETTINGS, Wait
from tests.playbook_alarms import Acknowledges, Shelves, Tells, Watched
from tests.playbook_sheets import (
    ApprovesSheet,
    Draws,
    Instructs,
    Reports,
    SheetIs,
    Starts,
    Stops,
    Withdraws,
    sheet_of,
    why,
)
from tests.playbook_words import LinkUp, Moved, Restarted

SPUR = "S1 [b1] A (t1) X (t2) F [b2] S2"
BEFORE_0035 = Path(__file__).parents[1] / "data" / "journals" / "crews_out_at_a_stop.jsonl"
"""Written by a version that took a stopped sheet for the end of the matter: a crew that had found
t1 dead and was to earth it, another on its way to t2, and 23 sheets since."""


def out() -> Watched:
    """The sheet is stopped while its crew is on the way to close t1."""
    play = Watched(SPUR) >> Draws("close t1", crew="t1") >> ApprovesSheet() >> Starts()
    return play >> Instructs(1) << Tells() >> Stops()


def in_doubt(play: Watched, sheet: str = "P1") -> list[int]:
    return [step.number for step in sheet_of(play, sheet).crews_in_doubt]


def said(play: Watched, sheet: str) -> str:
    return play.alarms.known.alarms[AlarmId(f"crew:{sheet}")].told.why.in_english()


def test_a_stop_with_a_crew_out_has_to_be_seen_to_until_somebody_has_called_them() -> None:
    play = out() << Tells("▲ crew:P1")
    assert said(play, "P1") == "nobody has said what the crew of stopped sheet 01/11/2026 did at t1"
    assert play >> Acknowledges("crew:P1") >> Wait(7 * 86_400) << Tells("✓ crew:P1")
    assert play >> Restarted() >> LinkUp() << Tells("✓ crew:P1")


def test_one_that_is_shelved_comes_back() -> None:
    play = out() >> Shelves("crew:P1", minutes=60) << Tells("◌ crew:P1")
    assert play >> Wait(3601) << Tells("▲ crew:P1")


@pytest.mark.parametrize(
    ("end", "left"),
    [
        (Reports(1, done=False, turned_back=True), "failed"),
        (Reports(1, done=False, note="rusty"), "failed"),
        (Moved("t1", CLOSED), "completed"),
    ],
    ids=["turned back", "could not", "telemetry"],
)
def test_each_of_these_ends_it(end: Reports | Moved, left: str) -> None:
    play = out() >> Acknowledges("crew:P1") >> Wait(600) >> end << SheetIs("stopped", left)
    assert play << Tells()
    assert in_doubt(play) == []


def test_a_word_that_telemetry_does_not_show_ends_it_not() -> None:
    play = out() >> Reports(1) >> Wait(SETTINGS.telemetry_wait_s) << Tells("▲ crew:P1")
    assert in_doubt(play) == [1]


def test_each_of_several_dead_ends_is_reported_for_itself() -> None:
    """The second before the first: who was at t2 has left, who is at t1 earths it."""
    play = Watched(SPUR) >> Draws("check t1, check t2, earth t1, earth t2") >> ApprovesSheet()
    play = play >> Starts() >> Instructs(1) >> Reports(1) >> Instructs(2) >> Reports(2) >> Stops()
    assert in_doubt(play) == [3, 4]
    play = play >> Reports(4, done=False, turned_back=True) << Tells("▲ crew:P1")
    assert in_doubt(play) == [3]
    assert play >> Reports(3) << SheetIs("stopped", "completed completed completed failed")
    assert in_doubt(play) == []


def test_a_word_that_was_to_be_passed_on_leaves_nothing_in_doubt() -> None:
    play = Watched(SPUR) >> Draws("note tell A0, close t1") >> ApprovesSheet() >> Starts()
    assert play >> Instructs(1) >> Stops() << Tells()
    assert why(play, Reports(1)) == "nobody-instructed"


def test_it_stays_on_the_screen_whatever_ended_since() -> None:
    play = out()
    for number in range(2, ENDED_SHEETS_MAX + 10):
        play = play >> Draws("close t2") >> Withdraws(f"P{number}")
    rows = sheets_view(play.desk.sheets.sheets.values())
    assert rows["P1"]["crews_in_doubt"] == [1]
    assert "P2" not in rows
    assert play >> Reports(1, done=False)
    assert "P1" not in sheets_view(play.desk.sheets.sheets.values())


def test_what_an_older_version_took_for_ended_is_listed_and_can_be_ended() -> None:
    play = Watched(SPUR)
    for line in BEFORE_0035.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        event = from_plain(entry["kind"], entry["body"])
        play.now = event.at
        play.feed(event)
    assert play << SheetIs("stopped", "completed aborted aborted aborted")
    assert in_doubt(play) == [2, 3]
    rows = sheets_view(play.desk.sheets.sheets.values())
    assert [ident for ident, row in rows.items() if row["crews_in_doubt"]] == ["P1"]
    assert AlarmKind.CREW in {one.kind for one in play.alarms.known.alarms.values()}
    assert said(play, "P1").endswith("did at t2, t1")
    assert why(play, Draws("close t2")) is None
    play = play >> Draws("close t2")
    latest = play.desk.sheets.next_id
    assert latest == "P26"
    assert why(play, ApprovesSheet(sheet="P25")) == "sheet-vetoed"
    for number in (3, 2):
        play = play >> Reports(number, done=False, turned_back=True)
    assert in_doubt(play) == []
    assert why(play, ApprovesSheet(sheet="P25")) is None
