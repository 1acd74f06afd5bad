"""What automation would have done, beside what happened."""

from dataclasses import dataclass

import pytest

from gridops.control_room.scorecard import scorecard_plain
from gridops.events import Event, PatrolReported
from gridops.ids import IncidentId, UserName
from gridops.network import draw
from tests.playbook import FEEDER, Playbook, Wait
from tests.playbook_words import (
    Asks,
    Close,
    Done,
    Flagged,
    Halted,
    Open,
    Released,
    Repaired,
    Tripped,
)
from tests.unit.test_books_incidents import Booked


@dataclass(frozen=True)
class Found:
    place: str

    def events(self, play: Playbook) -> list[Event]:
        return [
            PatrolReported(
                at=play.now, by=UserName("lan"), incident=IncidentId("I1"), place=self.place,
                found=True,
            )
        ]  # fmt: skip


def proposed() -> Booked:
    play = Booked.over(draw(FEEDER)) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s1", "s4"), closes=("b1", "t1"))
    assert isinstance(play, Booked)
    return play


def told(play: Booked) -> tuple[dict[str, object], dict[str, object]]:
    """The one incident, and the card of its feeder."""
    found = scorecard_plain(
        play.books.shadowed(play.desk), network=play.books.network, now=play.now
    )
    return found["incidents"][0], found["feeders"][0]


def test_a_plan_that_was_released_late_would_have_saved_the_delay() -> None:
    """100 customers each in A and E waited 60 s for the release. The playbook's switches move at
    once, the plan reckons with the times that the grid states."""
    play = proposed()
    play >> Wait(60) >> Released()
    play << Open("s1") >> Done("s1") << Open("s4") >> Done("s4") << Close("b1") >> Done("b1")
    play >> Wait(5) << Close("t1") >> Done("t1") >> Wait(20) >> Repaired()
    play << Asks(closes=("s1",)) >> Released() << Close("s1") >> Done("s1")
    one, card = told(play)
    shadow = play.books.shadows.of[IncidentId("I1")]
    took_s = [(at - shadow.proposed_at).total_seconds() for at in shadow.back_at.values()]
    assert one["customer_minutes"] == pytest.approx((100 * 60 + 100 * 65 - 100 * sum(took_s)) / 60)
    assert (one["held"], one["by_itself"]) == (True, False)
    assert card["customer_minutes"] == one["customer_minutes"]


def test_what_a_crew_finds_says_whether_the_location_was_right() -> None:
    play = proposed()
    assert told(play)[0]["located_right"] is None
    play.forget() >> Found("C")
    one, card = told(play)
    assert (one["located_right"], one["found_in"]) == (True, "SC")
    assert card["located"] == {"yes": 1, "no": 0, "unknown": 0, "share_min": pytest.approx(0.05)}


def test_a_fault_outside_the_fence_is_told_and_the_plan_did_not_hold() -> None:
    play = proposed()
    play.forget() >> Found("E")
    play.forget_after(5)
    one, _ = told(play)
    assert (one["located_right"], one["held"]) == (False, False)


def test_a_plan_that_is_taken_back_with_nothing_in_its_place_did_not_hold() -> None:
    play = proposed() >> Halted()
    play.feed(play.take_in(draw(FEEDER)))
    assert play.incident().proposed is None
    play.forget_after(600)
    one, card = told(play)  # type: ignore[arg-type]
    assert (one["held"], one["customer_minutes"]) == (False, 0.0)
    assert card["held"] == {"yes": 0, "no": 1, "unknown": 0, "share_min": 0.0}


def test_a_plan_that_cut_out_the_wrong_place_would_have_saved_nothing() -> None:
    play = proposed()
    play.forget_after(600)
    assert told(play)[0]["held"] is True
    assert told(play)[0]["customer_minutes"] != 0
    play >> Found("E")
    one, card = told(play)
    assert (one["located_right"], one["customer_minutes"]) == (False, 0.0)
    assert card["customer_minutes"] == 0


def test_a_plan_that_is_done_before_its_time_held() -> None:
    play = proposed() >> Released()
    play << Open("s1") >> Done("s1") << Open("s4") >> Done("s4") << Close("b1") >> Done("b1")
    play >> Wait(5) << Close("t1") >> Done("t1")
    assert isinstance(play, Booked)
    assert play.now < play.books.shadows.of[IncidentId("I1")].due
    assert told(play)[0]["held"] is True
