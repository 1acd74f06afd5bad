"""Switches that further plans of an incident leave out, and what brings them back."""

import pytest

from gridops.events import LocalControlChanged
from gridops.ids import SwitchId
from gridops.measurement import Position, Reading
from tests.playbook import CLOSED, OPEN, Playbook, Wait
from tests.playbook_sheets import ApprovesSheet, Draws, Instructs, Reports, Starts, Stops
from tests.playbook_words import (
    Asks,
    Close,
    Done,
    Flagged,
    Moved,
    Open,
    Refused,
    Released,
    Stands,
    Tagged,
    TimedOut,
    Tripped,
    Untagged,
)
from tests.unit.test_incident_execution import FENCED, proposed, under_way, with_crew_at

# crews


def test_a_switch_whose_crew_turned_back_is_in_the_next_plan_again() -> None:
    play = with_crew_at("t1") >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << FENCED >> Released() << Open("s1") >> Done("s1") << Open("s4") >> Done("s4")
    play << Close("b1") >> Done("b1") >> Wait(5) << Stands("executing", note="step-instructed")
    play = play >> Tagged("t1") << Stands("stopped") >> Untagged("t1") >> Wait(60) << Asks()
    play = play >> Reports(4, done=False, turned_back=True, note="called back")
    assert not play.incident().unavailable
    assert play >> Wait(1) << Asks(closes=("t1",))


def test_so_is_one_that_a_crew_was_sent_to_by_a_sheet_by_hand() -> None:
    play = proposed() >> Draws("open s4", incident="I1", crew="s4") >> ApprovesSheet() >> Starts()
    play = play >> Instructs(1) >> Stops() >> Wait(1) << Asks(opens=("s1",), closes=("b1",))
    play = play >> Reports(1, done=False, turned_back=True) >> Wait(1) << FENCED
    assert not play.incident().unavailable


# what failed


def failed() -> Playbook:
    """s1 was told to open, and gave no answer."""
    play = under_way() >> TimedOut("s1")
    assert play.incident().unavailable.keys() == {"s1"}
    return play


def test_what_moves_after_all_is_used_again() -> None:
    play = failed() >> Moved("s1", Position.INTERMEDIATE) >> Moved("s1", OPEN)
    assert not play.incident().unavailable
    assert "device-again" in [note.reason.code for note in play.incident().timeline]


def test_what_begins_to_move_and_falls_back_is_not() -> None:
    play = (
        failed() >> Moved("s1", Position.INTERMEDIATE) >> Moved("s1", CLOSED) >> Moved("s1", CLOSED)
    )
    assert play.incident().unavailable.keys() == {"s1"}


@pytest.mark.parametrize(
    ("code", "left_out"), [("device-local", set()), ("command-refused", {"s1"})]
)
def test_a_device_that_refused_as_somebody_works_it_is_used_when_they_are_done(
    code: str, left_out: set[str]
) -> None:
    play = under_way() >> Refused("s1", code)
    assert play.incident().unavailable.keys() == {"s1"}
    play.feed(local(play, Reading.YES))
    assert play.incident().unavailable.keys() == {"s1"}
    play.feed(local(play, Reading.NO))
    assert play.incident().unavailable.keys() == left_out


def local(play: Playbook, reading: Reading) -> LocalControlChanged:
    at, s1 = play.now, SwitchId("s1")
    return LocalControlChanged(at=at, source_time=at, switch=s1, reading=reading)
