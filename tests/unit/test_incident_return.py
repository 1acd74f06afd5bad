"""After the repair: the hold time, the way back to the normal state, or staying as it is."""

from dataclasses import replace

import pytest

from gridops.events.operator import Mode, TagKind
from gridops.network import Control
from gridops.response import Aim
from tests.playbook import CLOSED, OPEN, SETTINGS, Playbook, Wait
from tests.playbook_words import (
    Accepted,
    Asks,
    Close,
    Done,
    Flagged,
    LinkUp,
    Measured,
    Moved,
    Nothing,
    Open,
    Put,
    Refused,
    Released,
    Repaired,
    Replan,
    Restarted,
    Stands,
    Tagged,
    Tripped,
    Untagged,
)

HOLD_S = SETTINGS.return_hold_s


def lent(play: Playbook | None = None) -> Playbook:
    """A fault in C; b1 feeds A again, t1 feeds E, s1 and s4 are the fence."""
    play = (play or Playbook()) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s1", "s4"), closes=("b1", "t1"))
    play >> Wait(4) >> Released() << Open("s1") >> Done("s1") << Open("s4") >> Done("s4")
    return play << Close("b1") >> Done("b1") >> Wait(5) << Close("t1") >> Done("t1") >> Wait(20)


def supplied(play: Playbook | None = None) -> Playbook:
    """Repaired, and s1 has brought back what was fenced: only E is lent."""
    play = lent(play) >> Repaired() << Asks(closes=("s1",)) >> Released()
    return play << Close("s1") >> Done("s1")


def offered(play: Playbook | None = None) -> Playbook:
    return supplied(play) >> Wait(HOLD_S) << Asks(opens=("t1",), closes=("s4",))


def test_the_way_back_is_offered_after_the_hold_time_and_not_before() -> None:
    play = supplied() << Stands("restored", note="return-awaited")
    assert play >> Wait(HOLD_S - 0.1) << Stands("restored")
    assert play >> Wait(0.1) << Asks(opens=("t1",), closes=("s4",))
    assert play << Stands("proposed", note="return-proposed")
    assert play.proposed().answer.aim is Aim.RETURN
    assert play.proposed().answer.verdict.passed


def test_it_is_carried_out_step_by_step_and_the_incident_ends_normal() -> None:
    play = offered() >> Wait(10) >> Released() << Open("t1")
    assert play.desk.state.energisation.dark == set()
    assert play >> Done("t1") << Close("s4")
    assert play.desk.state.energisation.dark == {"SE"}
    assert play >> Done("s4") << Stands("closed", note="normal-again")
    assert play.desk.state.closed == play.network.normally_closed
    assert list(play.desk.incidents) == ["I1"]


def test_whom_the_way_back_drops_is_the_incidents_own() -> None:
    play = offered() >> Wait(10) >> Released() << Open("t1") >> Done("t1") << Close("s4")
    assert play.desk.dark_of(play.incident()) == {"SE"}
    assert play >> Done("s4")


def test_automation_does_not_go_home_by_itself() -> None:
    play = Playbook() >> Put(Mode.AUTOMATIC)
    play >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s1", "s4"), closes=("b1", "t1"))
    play << Open("s1") >> Done("s1") << Open("s4") >> Done("s4")
    play << Close("b1") >> Done("b1") >> Wait(5) << Close("t1") >> Done("t1") >> Wait(20)
    play >> Repaired() << Asks(closes=("s1",)) << Close("s1") >> Done("s1") >> Wait(HOLD_S)
    assert play << Asks(opens=("t1",), closes=("s4",)) << Stands("proposed")


def test_a_person_need_not_wait_for_the_hold_time() -> None:
    play = supplied() >> Wait(10) >> Replan()
    assert play << Asks(opens=("t1",), closes=("s4",)) << Stands("proposed")


def test_the_present_state_may_be_taken_for_normal_while_it_is_held() -> None:
    play = supplied() >> Accepted() << Stands("closed", note="accepted-as-normal")
    assert play >> Wait(3600) << Stands("closed")
    assert play.incident().accepted_by == "lan"


def test_or_once_the_way_back_is_offered() -> None:
    play = offered() >> Accepted() << Stands("closed", note="accepted-as-normal")
    assert play.incident().proposed is None
    assert play >> Wait(3600) << Stands("closed")


@pytest.mark.parametrize("stage", ["dark", "executing"])
def test_nothing_is_taken_for_normal_before_everybody_has_supply(stage: str) -> None:
    if stage == "dark":
        play = lent() >> Accepted() << Stands("restored", note="accept-refused")
    else:
        play = offered() >> Wait(10) >> Released() << Open("t1") >> Accepted()
        play << Stands("executing", note="accept-refused")
    assert play.incident().accepted_by is None


def test_switches_that_other_hands_bring_home_end_the_incident() -> None:
    play = offered() >> Moved("t1", OPEN) >> Moved("s4", CLOSED) >> Wait(2)
    assert play << Stands("closed", note="normal-again")


def test_a_tag_takes_the_way_back_off_the_screen_until_it_goes() -> None:
    play = offered() >> Tagged("s4", TagKind.NO_CLOSE) >> Wait(1) << Asks()
    assert play << Stands("proposed", note="no-way-back")
    stays = {r.option: r.because for r in play.proposed().answer.plan.rejected}
    assert stays == {("s4",): "tag", ("t1",): "tag"}
    assert play >> Untagged("s4") >> Wait(1) << Asks(opens=("t1",), closes=("s4",))


def test_a_refused_closing_on_the_way_brings_the_dropped_part_back_over_the_tie() -> None:
    play = offered() >> Wait(10) >> Released() << Open("t1") >> Done("t1") << Close("s4")
    play >> Refused("s4") << Stands("stopped", note="step-refused")
    assert play >> Wait(1) << Asks(closes=("t1",))
    assert play.proposed().answer.aim is Aim.RESTORE
    assert play >> Wait(4) >> Released() << Close("t1") >> Done("t1") << Stands("restored")


def test_a_trip_while_it_is_held_makes_an_outage_of_it_again() -> None:
    play = supplied() >> Wait(60) >> Tripped("b1") >> Wait(10)
    play.forget()
    play.forget_after(HOLD_S)
    assert play << Stands("proposed", note="no-way-back")
    assert {r.because for r in play.proposed().answer.plan.rejected} == {"forbidden"}
    assert "I2" in play.desk.incidents


def test_the_hold_time_goes_on_after_a_restart() -> None:
    play = supplied() >> Wait(100) >> Restarted() >> LinkUp()
    assert play >> Wait(HOLD_S - 100) << Asks(opens=("t1",), closes=("s4",))


def test_a_plan_that_was_never_released_leaves_nothing_to_bring_home() -> None:
    play = Playbook() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s1", "s4"), closes=("b1", "t1"))
    assert play >> Repaired() << Asks(closes=("b1",))
    assert play >> Moved("b1", CLOSED) >> Wait(1) << Stands("closed", note="supply-back")


def test_a_disabled_feeder_is_not_switched_home() -> None:
    play = supplied() >> Put(Mode.DISABLED, "Fb1") >> Wait(HOLD_S)
    assert play << Stands("proposed", note="mode-withholds")
    assert play >> Put(Mode.ADVISORY, "Fb1") >> Wait(1) << Asks(opens=("t1",), closes=("s4",))


def test_without_a_hold_time_the_way_back_follows_at_once() -> None:
    play = supplied(Playbook(settings=replace(SETTINGS, return_hold_s=0.0)))
    assert play >> Wait(1) << Asks(opens=("t1",), closes=("s4",))


def test_a_crew_that_opens_the_tie_as_told_begins_no_incident_of_its_own() -> None:
    settings = replace(SETTINGS, plan=replace(SETTINGS.plan, crew_available=True))
    crew = {"t1": {"control": Control.CREW, "operating_time_s": 100.0}}
    play = Playbook(settings=settings, change=crew)
    play >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s1", "s4"), closes=("b1", "t1"))
    play >> Wait(4) >> Released() << Open("s1") >> Done("s1") << Open("s4") >> Done("s4")
    play << Close("b1") >> Done("b1") >> Wait(100) >> Moved("t1", CLOSED) >> Wait(20)
    play >> Repaired() << Asks(closes=("s1",)) >> Released() << Close("s1") >> Done("s1")
    play >> Wait(HOLD_S) << Asks(opens=("t1",), closes=("s4",)) >> Released() >> Wait(60)
    assert (
        play >> Moved("t1", OPEN) << Close("s4") >> Done("s4") << Stands("closed", "normal-again")
    )
    assert list(play.desk.incidents) == ["I1"]


def test_supply_lost_from_above_goes_home_when_the_source_is_back() -> None:
    play = Playbook() >> Measured("S1", 22_000.0) >> Measured("S1", 0.0) >> Wait(12)
    play << Asks(opens=("b1",), closes=("t1",)) >> Wait(5) >> Released()
    play << Open("b1") >> Done("b1") << Close("t1") >> Done("t1")
    assert play << Stands("restored") >> Wait(3600) << Stands("restored")
    assert play >> Measured("S1", 22_000.0) >> Wait(HOLD_S) << Asks(opens=("t1",), closes=("b1",))
    assert play >> Wait(1) >> Released() << Open("t1") >> Done("t1") << Close("b1") >> Done("b1")
    assert play << Stands("closed", note="normal-again")


def test_a_word_about_an_incident_without_a_plan_is_nothing() -> None:
    assert Playbook() >> Accepted("I7") << Nothing()
