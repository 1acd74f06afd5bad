"""Sheets beside other sheets, plans and permits: nobody moves what another leans on."""

from dataclasses import replace

import pytest

from gridops.events import PermitIssued
from gridops.events.operator import TagKind
from gridops.ids import TokenId
from tests.playbook import CLOSED, OPEN, SETTINGS, Playbook, Wait
from tests.playbook_sheets import (
    ApprovesSheet,
    Draws,
    Edits,
    Instructs,
    Reports,
    SheetIs,
    Starts,
    Stops,
    notes_of,
    sheet_of,
    why,
)
from tests.playbook_words import (
    Asks,
    Done,
    Flagged,
    Moved,
    Open,
    Released,
    Restarted,
    Tagged,
    Tripped,
)
from tests.playbook_work import Permitted

SPUR = "S1 [b1] A (t1) X (t2) F [b2] S2"
"""X hangs on nobody: either tie would feed it."""
TWO = replace(SETTINGS, two_person=True)


def earthing() -> Playbook:
    """Two sheets are approved that have no switch in common; by the first one a crew is about to
    earth X at t1, by the second t2 would feed it."""
    play = Playbook(SPUR) >> Draws("check t1, earth t1") >> Draws("close t2")
    play = play >> ApprovesSheet() >> ApprovesSheet(sheet="P2") >> Starts()
    return play >> Instructs(1)


@pytest.mark.parametrize("checked", [False, True])
def test_i02_nothing_is_fed_where_a_crew_is_about_to_earth(checked: bool) -> None:
    play = earthing()
    if checked:
        assert play >> Reports(1) >> Instructs(2)
    assert play << SheetIs("draft", sheet="P2")
    assert notes_of(play, "P2")[-1] == "ground-changed"
    assert why(play, ApprovesSheet(sheet="P2")) == "sheet-vetoed"
    assert play >> Starts(sheet="P2")
    assert play.orders == []


def test_i13_a_switch_that_a_crew_was_told_to_close_may_be_closed_any_moment() -> None:
    play = Playbook(SPUR) >> Draws("close t1", crew="t1") >> Draws("close t2")
    play = play >> ApprovesSheet() >> ApprovesSheet(sheet="P2") >> Starts() >> Instructs(1)
    assert play >> Starts(sheet="P2")
    assert play.orders == []


def on_its_way() -> Playbook:
    """The sheet is stopped while its crew is on the way to close t1; the other would close t2."""
    play = Playbook(SPUR) >> Draws("close t1", crew="t1") >> Draws("close t2")
    play = play >> ApprovesSheet() >> Starts() >> Instructs(1)
    return play >> Stops() << SheetIs("stopped", "aborted")


def test_i13_a_stop_calls_no_crew_back() -> None:
    play = on_its_way()
    assert why(play, ApprovesSheet(sheet="P2")) == "sheet-vetoed"
    assert play >> Wait(3_600)
    assert why(play, ApprovesSheet(sheet="P2")) == "sheet-vetoed"


def test_i13_nor_does_a_restart() -> None:
    play = on_its_way() >> Restarted()
    assert play.desk.sheets.in_crews_hands() == {"t1"}


def test_i13_that_the_switch_still_stands_as_it_did_says_nothing_of_a_crew_on_its_way() -> None:
    play = on_its_way() >> Moved("t1", OPEN)
    assert why(play, ApprovesSheet(sheet="P2")) == "sheet-vetoed"


def test_the_crew_that_did_not_do_it_ends_the_doubt() -> None:
    play = on_its_way() >> Reports(1, done=False, note="came back") << SheetIs("stopped", "failed")
    assert why(play, ApprovesSheet(sheet="P2")) is None


def test_telemetry_that_shows_it_done_ends_the_doubt() -> None:
    play = on_its_way() >> Moved("t1", CLOSED) << SheetIs("stopped", "completed")
    assert play.desk.sheets.in_crews_hands() == frozenset()
    assert why(play, ApprovesSheet(sheet="P2")) == "sheet-vetoed"  # X is fed by now


def test_i13_a_crews_word_that_telemetry_contradicts_ends_no_doubt() -> None:
    """Neither here nor after a restart; the report that it was not done does."""
    play = Playbook(SPUR) >> Draws("close t1", crew="t1") >> Draws("close t2")
    play = play >> ApprovesSheet() >> Starts() >> Instructs(1) >> Reports(1)
    assert play.desk.sheets.in_crews_hands() == {"t1"}
    play = play >> Wait(SETTINGS.telemetry_wait_s) << SheetIs("stopped", "pending")
    assert play.desk.sheets.in_crews_hands() == {"t1"}
    assert why(play, ApprovesSheet(sheet="P2")) == "sheet-vetoed"
    assert why(play, Reports(1)) == "nobody-instructed"
    play = play >> Reports(1, done=False, note="the wrong switch") << SheetIs("stopped", "failed")
    assert why(play, ApprovesSheet(sheet="P2")) is None


def test_i03_no_permit_where_a_crew_is_on_its_way_to_close_onto() -> None:
    play = Playbook(SPUR) >> Draws("close t1", crew="t1") >> ApprovesSheet() >> Starts()
    play = play >> Tagged("t2")
    (permit,) = Permitted("X", "t2").events(play)
    assert isinstance(permit, PermitIssued)
    assert play.desk.why_refused(permit) is None
    for going in (play >> Instructs(1), play >> Stops()):
        refused = going.desk.why_refused(permit)
        assert refused is not None
        assert refused.code == "permit-could-be-live"


def test_i02_a_crew_at_a_dead_end_is_still_there_when_its_sheet_is_stopped() -> None:
    play = Playbook(SPUR) >> Draws("check t1, earth t1") >> Draws("close t2")
    play = play >> ApprovesSheet() >> Starts() >> Instructs(1) >> Stops()
    assert why(play, ApprovesSheet(sheet="P2")) == "sheet-vetoed"
    assert play >> Reports(1, done=False)
    assert why(play, ApprovesSheet(sheet="P2")) is None


def test_i02_a_crew_that_found_a_dead_end_stays_at_it_when_its_sheet_is_stopped() -> None:
    """Between the check and the earth nobody is told anything, and they are still there."""
    play = Playbook(SPUR) >> Draws("check t1, earth t1") >> Draws("close t2")
    play = play >> ApprovesSheet() >> Starts() >> Instructs(1) >> Reports(1) >> Stops()
    assert play << SheetIs("stopped", "completed aborted")
    assert play.desk.sheets.found_dead() == {"t1"}
    assert why(play, ApprovesSheet(sheet="P2")) == "sheet-vetoed"
    assert play >> Reports(2, done=False, note="left") << SheetIs("stopped", "completed failed")
    assert why(play, ApprovesSheet(sheet="P2")) is None


def test_i03_a_permit_takes_back_what_a_crew_was_told() -> None:
    play = Playbook(SPUR) >> Draws("close t1", crew="t1") >> ApprovesSheet() >> Starts()
    play = play >> Instructs(1)
    assert play >> Tagged("t2") << SheetIs("executing", "instructed")
    assert play >> Permitted("X", "t2") << SheetIs("stopped", "aborted")


def test_i02_an_earth_takes_back_what_a_crew_was_told() -> None:
    play = Playbook(SPUR) >> Draws("close t1", crew="t1") >> ApprovesSheet() >> Starts()
    play = play >> Instructs(1)
    assert play >> Tagged("t2", TagKind.EARTH_APPLIED) << SheetIs("stopped", "aborted")


def outage() -> Playbook:
    play = Playbook() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    return play << Asks(opens=("s1", "s4"), closes=("b1", "t1"))


DEAD_LINE = Draws("open s2, open s3", incident="I1")
"""It has no switch in common with the plan."""


def test_i21_no_plan_is_released_while_a_sheet_about_its_incident_is_carried_out() -> None:
    play = outage() >> DEAD_LINE >> ApprovesSheet() >> Starts() << Open("s2")
    assert play >> Released()
    assert list(play.desk.sheets.sheets) == ["P1"]
    assert play >> Stops() >> Wait(5) >> Done("s2") >> Wait(10)
    assert play >> Released() << Open("s1")


def test_i21_no_sheet_about_an_incident_is_started_while_its_plan_is_carried_out() -> None:
    play = outage() >> DEAD_LINE >> ApprovesSheet() >> Released() << Open("s1")
    assert play << SheetIs("draft")
    assert why(play, ApprovesSheet()) == "sheet-vetoed"
    assert play >> ApprovesSheet() >> Starts() << SheetIs("draft")


def test_i28_a_program_neither_draws_nor_edits_where_two_have_to_agree() -> None:
    play = Playbook(settings=TWO) >> Draws("open s4, close t1", gives_up="E")
    for word in (Draws("open s4"), Edits("open s4")):
        event = replace(word.event(play), token=TokenId("t1"))
        refused = play.desk.why_refused(event)
        assert refused is not None
        assert refused.code == "needs-person"
        play.feed(event)
    assert len(play.desk.sheets.sheets) == 1
    assert sheet_of(play).revision == 1


def test_i28_an_approval_from_when_one_was_enough_is_none_where_two_have_to_agree() -> None:
    play = Playbook() >> Draws("open s4, close t1", gives_up="E") >> ApprovesSheet()
    play.settings = TWO
    assert play >> Restarted() << SheetIs("approved")
    assert why(play, Starts()) == "own-sheet"
