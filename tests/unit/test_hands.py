"""By whose hand a switch moved: nobody waits for a movement for ever."""

import pytest

from gridops.alarms import AlarmKind
from gridops.ids import SwitchId
from gridops.network import draw
from gridops.reliability import Hand
from tests.playbook import CLOSED, FEEDER, OPEN, Playbook, Wait
from tests.playbook_alarms import Watched
from tests.playbook_sheets import ApprovesSheet, Draws, Instructs, Reports, Starts, Stops
from tests.playbook_words import (
    Announced,
    Asks,
    Flagged,
    LinkUp,
    Moved,
    Open,
    Refused,
    Released,
    Restarted,
    TimedOut,
    Tripped,
)
from tests.unit.test_books_incidents import Booked

SPUR = "S1 [b1] A (t1) X (t2) F [b2] S2"


def hand(play: Booked, switch: str) -> Hand:
    return play.books.hands.moved[SwitchId(switch)]


def commanded() -> Booked:
    """s1 is told to open."""
    play = Booked.over(draw(FEEDER)) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s1", "s4"), closes=("b1", "t1")) >> Released() << Open("s1")
    assert isinstance(play, Booked)
    return play


@pytest.mark.parametrize(("after_s", "whose"), [(60, Hand.DISPATCHER), (7200, Hand.PROTECTION)])
def test_a_trip_long_after_an_announced_opening_is_no_persons(after_s: int, whose: Hand) -> None:
    play = Booked.over(draw(FEEDER)) >> Announced("b1") >> Wait(after_s) >> Tripped("b1")
    assert {one.taken_by for one in play.books.ledger.interruptions} == {whose}  # type: ignore[attr-defined]


def test_what_a_device_refused_to_do_is_not_awaited() -> None:
    play = commanded()
    play >> Refused("s1")
    play.forget() >> Moved("s1", OPEN)
    assert hand(play, "s1") is Hand.PROTECTION


@pytest.mark.parametrize(("after_s", "whose"), [(5, Hand.DISPATCHER), (7200, Hand.PROTECTION)])
def test_a_command_without_an_answer_may_still_be_done_for_a_while(
    after_s: int, whose: Hand
) -> None:
    play = commanded()
    play >> TimedOut("s1")
    play.forget_after(after_s) >> Moved("s1", OPEN)
    assert hand(play, "s1") is whose


def test_what_moves_the_other_way_moves_by_itself_and_leaves_the_command_awaited() -> None:
    play = commanded()
    play >> Moved("s1", CLOSED) >> Moved("s1", OPEN)
    assert hand(play, "s1") is Hand.DISPATCHER


# crews


def going(play: Playbook, text: str = "open s4", gives_up: str = "E") -> Playbook:
    """A crew was told to do it, and its sheet stopped."""
    draws = Draws(text, gives_up=gives_up, crew=text.split()[1])
    return play >> draws >> ApprovesSheet() >> Starts() >> Instructs(1) >> Stops()


def test_what_a_crew_does_long_after_its_sheet_stopped_is_the_crews() -> None:
    play = going(Booked.over(draw(FEEDER))) >> Wait(7200) >> Moved("s4", OPEN)
    play.forget_after(60)
    assert isinstance(play, Booked)
    assert hand(play, "s4") is Hand.CREW
    (lost,) = play.books.ledger.interruptions
    assert (lost.load, lost.taken_by, lost.why.cause) == ("E", Hand.CREW, "planned")


def test_so_it_is_after_a_restart() -> None:
    play = going(Booked.over(draw(FEEDER))) >> Restarted() >> LinkUp() >> Wait(7200)
    assert isinstance(play, Booked)
    assert hand(play >> Moved("s4", OPEN), "s4") is Hand.CREW


def test_nobody_is_told_that_it_moved_by_itself() -> None:
    play = going(Watched(SPUR), "close t1", "") >> Wait(7200) >> Moved("t1", CLOSED)
    assert isinstance(play, Watched)
    assert not [one for one in play.alarms.known.alarms.values() if one.kind is AlarmKind.MOVED]


def test_what_protection_trips_while_a_crew_is_on_its_way_is_a_trip() -> None:
    play = going(Booked.over(draw(FEEDER)), "open b1", "A B C D E") >> Wait(7200) >> Tripped("b1")
    play.forget_after(60)
    assert isinstance(play, Booked)
    assert hand(play, "b1") is Hand.PROTECTION
    assert {one.why.cause for one in play.books.ledger.interruptions} == {"fault"}


def test_when_the_crew_has_turned_back_nobody_is_about_to_move_it() -> None:
    play = going(Booked.over(draw(FEEDER))) >> Reports(1, done=False) >> Wait(7200)
    assert isinstance(play, Booked)
    assert hand(play >> Moved("s4", OPEN), "s4") is Hand.PROTECTION
