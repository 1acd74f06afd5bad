"""By whose hand a switch moved: nobody waits for a movement for ever."""

import pytest

from gridops.ids import SwitchId
from gridops.network import draw
from gridops.reliability import Hand
from tests.playbook import CLOSED, FEEDER, OPEN, Wait
from tests.playbook_words import (
    Announced,
    Asks,
    Flagged,
    Moved,
    Open,
    Refused,
    Released,
    TimedOut,
    Tripped,
)
from tests.unit.test_books_incidents import Booked


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
