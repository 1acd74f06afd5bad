"""From trip to proposal: what becomes an incident, what is proposed, what keeps its id."""

from dataclasses import replace
from datetime import timedelta

from gridops.events.operator import Mode
from gridops.ids import ProfileId
from gridops.measurement import Quality, Reading
from gridops.network import Network, Profile, build_network, draw
from gridops.outage import Cause
from gridops.response import answer
from tests.playbook import CLOSED, FEEDER, OPEN, SETTINGS, Playbook, Wait
from tests.playbook_words import (
    Announced,
    Asks,
    Flagged,
    Halted,
    LinkDown,
    LinkUp,
    Measured,
    Moved,
    Nothing,
    Open,
    PickedUp,
    Put,
    Released,
    Repaired,
    Replan,
    Reported,
    Restarted,
    Solved,
    Stands,
    Tagged,
    Tripped,
    Untagged,
)

FENCED = Asks(opens=("s1", "s4"), closes=("b1", "t1"))
TWO_SHOTS = {"b1": {"reclose_delays_s": (0.5, 15.0)}}


def fault_in_c(play: Playbook | None = None) -> Playbook:
    """b1 trips for a fault in C; ten seconds later a plan is on the screen."""
    return (play or Playbook()) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)


def test_a_fault_is_located_fenced_and_its_plan_put_on_the_screen() -> None:
    play = fault_in_c() << FENCED << Stands("proposed", note="plan-proposed")
    assert play
    assert play.incident().suspected == {"SB", "SC", "SD"}
    assert play.orders == []


def test_indicators_are_asked_again_and_awaited() -> None:
    play = Playbook() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1")
    assert play << Stands("settling", note="awaiting-indicators")
    assert play.scanned == ["s1", "s2", "s3", "s4", "t1"]
    assert play >> Wait(9.9) << Stands("settling")
    assert play >> Wait(0.1) << FENCED


def test_a_flag_that_was_heard_before_the_trip_and_reset_after_it_counts() -> None:
    play = Playbook() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(1)
    assert play >> Flagged("s1", Reading.NO) >> Flagged("s2", Reading.NO) >> Wait(9) << FENCED


def test_a_late_indicator_changes_the_proposal_and_its_id() -> None:
    play = Playbook() >> Flagged("s1") >> Tripped("b1") >> Wait(10)
    assert play << Asks(opens=("s3",), closes=("t1",))
    assert play.proposed().id == "I1/P1"
    assert play >> Flagged("s2") >> Wait(1) << FENCED
    assert play.proposed().id == "I1/P2"


def test_news_that_changes_nothing_keeps_the_plan_and_its_id() -> None:
    play = fault_in_c() << FENCED
    assert play >> Moved("b2", CLOSED, Quality.SUBSTITUTED) >> Moved("b2", CLOSED) >> Wait(1)
    assert play.proposed().id == "I1/P1"
    assert sum(not one.thorough for one in play.solved) == 2


def test_news_without_end_does_not_put_the_second_look_off() -> None:
    play = Playbook() >> Flagged("s1") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s3",), closes=("t1",))
    play >> Flagged("s2")
    for _ in range(4):
        play >> Moved("b2", CLOSED, Quality.BAD) >> Moved("b2", CLOSED) >> Wait(0.25)
    assert play << FENCED


def test_a_reclosing_that_holds_is_momentary_and_makes_no_plan() -> None:
    play = Playbook(change=TWO_SHOTS) >> PickedUp("b1") >> Moved("b1", OPEN) >> Wait(0.5)
    assert play >> Moved("b1", CLOSED) >> Wait(60) << Stands("closed", note="reclosed")
    assert play.incident().cause is Cause.MOMENTARY


def test_an_announced_opening_makes_no_plan_and_ends_with_supply() -> None:
    play = Playbook() >> Announced("s4") >> Moved("s4", OPEN) >> Wait(60)
    assert play << Stands("restored", note="commanded-opening") >> Replan() >> Wait(60)
    assert play >> Moved("s4", CLOSED) << Stands("closed", note="supply-back")


def test_what_somebody_opened_on_purpose_is_off_limits_for_every_plan() -> None:
    grid = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2\nC (t2) E [s5] F [b3] S3"
    play = Playbook(grid) >> Announced("s2") >> Moved("s2", OPEN) >> Wait(20)
    assert play << Stands("restored")
    play >> Tripped("b3") >> Wait(10)
    assert play << Asks(incident="I2")
    assert {s.switch for s in play.proposed("I2").answer.plan.steps}.isdisjoint({"t1", "t2"})


def test_loss_of_telemetry_alone_is_no_incident() -> None:
    play = Playbook() >> LinkDown() >> Wait(60) >> LinkUp() >> Wait(60)
    assert play << Nothing()


def test_lost_supply_comes_back_from_the_neighbour() -> None:
    play = Playbook() >> Measured("S1", 22_000.0) >> Measured("S1", 0.0) >> Wait(2)
    assert play << Stands("settling", note="supply-lost-above")
    assert play >> Wait(10) << Asks(opens=("b1",), closes=("t1",))
    assert play.incident().zone == {"SA", "SB", "SC", "SD", "SE"}
    assert play.incident().feeders == ("Fb1",)


def test_voltage_that_returns_by_itself_closes_lost_supply() -> None:
    play = Playbook() >> Measured("S1", 22_000.0) >> Measured("S1", 0.0) >> Wait(12)
    play << Asks(opens=("b1",), closes=("t1",))
    assert play >> Measured("S1", 22_000.0) >> Wait(1) << Stands("closed", note="supply-back")


def test_supply_that_other_hands_bring_back_closes_the_incident() -> None:
    play = fault_in_c() << FENCED
    assert play >> Moved("b1", CLOSED) >> Wait(1) << Stands("closed", note="supply-back")


def test_a_disabled_feeder_is_located_and_nothing_is_proposed() -> None:
    play = fault_in_c(Playbook() >> Put(Mode.DISABLED, "Fb1"))
    assert play << Stands("proposed", note="mode-withholds")
    assert play.incident().proposed is None
    assert play.incident().suspected == {"SB", "SC", "SD"}
    assert play >> Put(Mode.ADVISORY, "Fb1") >> Wait(1) << FENCED


def test_a_feeder_that_may_only_lend_is_not_handled_but_lends() -> None:
    assert fault_in_c(Playbook() >> Put(Mode.RESTORE_ONLY, "Fb2")) << FENCED
    play = fault_in_c(Playbook() >> Put(Mode.RESTORE_ONLY, "Fb1"))
    assert play << Stands("proposed", note="mode-withholds")


def test_a_disabled_neighbour_does_not_lend() -> None:
    play = fault_in_c(Playbook() >> Put(Mode.DISABLED, "Fb2"))
    assert play << Asks(opens=("s1", "s4"), closes=("b1",))


def test_a_tag_changes_the_plan_and_its_removal_changes_it_back() -> None:
    play = fault_in_c() << FENCED
    assert play >> Tagged("t1") >> Wait(1) << Asks(opens=("s1", "s4"), closes=("b1",))
    assert play >> Untagged("t1") >> Wait(1) << FENCED
    assert play.proposed().id == "I1/P3"


def test_an_upstream_breaker_that_trips_as_well_belongs_to_the_same_fault() -> None:
    """Whichever message comes first, it is one incident in the same place."""
    grid = "S1 [b1] A [r1] B [s1] C [s2] D (t1) E [b2] S2"
    order = [Tripped("r1"), Tripped("b1")]
    found = []
    for facts in (order, order[::-1]):
        play = Playbook(grid) >> facts[0] >> Wait(0.4) >> facts[1] >> Wait(11)
        assert set(play.incident().devices) == {"r1", "b1"}
        assert play.incident().zone == {"SA", "SB", "SC", "SD"}
        assert len(play.desk.incidents) == 1
        found.append(play.incident().suspected)
    assert found[0] == found[1]


def test_nothing_is_planned_while_another_device_may_still_reclose() -> None:
    grid = "S1 [b1] A [r1] B [s1] C [s2] D (t1) E [b2] S2"
    play = Playbook(grid, change={"b1": {"reclose_delays_s": (20.0,)}})
    play >> Tripped("r1") >> Wait(0.2) >> PickedUp("b1") >> Moved("b1", OPEN) >> Wait(15)
    assert play << Stands("settling")
    play >> Wait(5) >> Moved("b1", CLOSED) >> Wait(5)
    assert play << Asks(opens=("s2",), closes=("t1",))
    assert play.incident().cause is Cause.FAULT


def test_a_planned_opening_beside_it_does_not_turn_a_fault_into_work() -> None:
    grid = f"{FEEDER}\nS1 [b3] G [s7] H"
    play = Playbook(grid) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(1)
    play >> Announced("s7") >> Moved("s7", OPEN) >> Wait(9)
    assert play << FENCED << Stands("restored", incident="I2")
    assert play.incident().cause is Cause.FAULT


def test_a_word_to_stop_before_there_is_a_plan_is_kept() -> None:

    play = Playbook() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Halted() >> Wait(60)
    assert play << Stands("stopped", note="stopped-by-person")
    assert play >> Replan() << FENCED


def test_a_repair_is_not_believed_before_anything_is_located() -> None:
    play = Playbook() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Repaired() >> Wait(10)
    assert play << FENCED
    assert not play.incident().repaired


def test_a_proposal_that_nobody_releases_is_looked_at_again_and_stays() -> None:
    play = fault_in_c() << FENCED
    first = play.proposed().expires_at
    assert first == play.now + timedelta(seconds=300)
    assert play >> Wait(300) << Stands("proposed", note="plan-unchanged")
    assert play.proposed().id == "I1/P1"
    assert play.proposed().expires_at == first + timedelta(seconds=300)


def test_the_timeline_is_bounded_and_says_nothing_twice_in_a_row() -> None:
    play = fault_in_c(Playbook() >> Put(Mode.DISABLED, "Fb1"))
    before = len(play.incident().timeline)
    for _ in range(20):
        play >> Moved("b2", CLOSED, Quality.BAD) >> Moved("b2", CLOSED) >> Wait(2)
    assert len(play.incident().timeline) == before


def test_a_restart_forgets_no_operation_that_is_pending() -> None:

    play = Playbook(change={"b1": {"lockout_point": False}})
    play >> Flagged("s1") >> Flagged("s2") >> PickedUp("b1") >> Moved("b1", OPEN) >> Wait(1)
    assert play << Stands("detecting")
    play >> Restarted() >> LinkUp() >> Wait(30)
    assert play << FENCED


def test_settings_of_a_restart_hold_from_then_on() -> None:

    play = Playbook()
    play.settings = replace(SETTINGS, indicator_window_s=3.0)
    play >> Restarted() >> LinkUp() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(3)
    assert play << FENCED


def test_a_persons_word_about_a_telemetered_switch_changes_nothing() -> None:
    play = fault_in_c() << FENCED
    assert play >> Reported("s1", OPEN) >> Wait(2)
    assert sum(not one.thorough for one in play.solved) == 1


# while a plan is worked out


def held_back() -> Playbook:
    """A fault in C whose plan is being worked out."""
    play = Playbook()
    play.holds = True
    play >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10) << Stands("settling")
    assert len(play.asked) == 1
    return play


def test_an_answer_goes_on_the_screen_when_it_is_there() -> None:
    assert held_back() >> Wait(4) >> Solved() << FENCED << Stands("proposed")


def test_news_that_came_while_a_plan_was_worked_out_make_it_looked_at_again() -> None:
    play = held_back() >> Wait(1) >> Tagged("t1") >> Wait(5) >> Solved() << FENCED
    assert play >> Wait(1) >> Solved() << Asks(opens=("s1", "s4"), closes=("b1",))


def test_one_question_is_out_at_a_time() -> None:
    play = held_back() >> Tagged("t1") >> Untagged("t1") >> Replan() >> Wait(60)
    assert len(play.asked) == 1


def test_an_answer_that_nobody_waits_for_any_more_is_dropped() -> None:
    assert held_back() >> Halted() >> Solved() << Stands("stopped")
    play = held_back() >> Solved() << FENCED >> Tagged("s2") >> Wait(1) >> Released()
    play << Open("s1") >> Solved() << Stands("executing")
    assert play.proposed().id == "I1/P1"


def test_a_mode_that_was_lowered_meanwhile_withholds_the_answer() -> None:
    play = held_back() >> Put(Mode.DISABLED) >> Solved() << Stands("proposed", "mode-withholds")
    assert play.incident().proposed is None


def test_a_restart_while_a_plan_is_worked_out_asks_again() -> None:
    play = held_back() >> Restarted() >> Solved() << Stands("settling")
    assert play >> LinkUp() >> Wait(1) >> Solved() << FENCED


def test_an_answer_handed_in_is_taken_and_not_worked_out_again() -> None:
    play = held_back()
    question = play.desk.question(play.asked[0])
    assert question is not None
    found = answer(question, play.engines)
    play.desk.hand_in(play.asked[0], found)
    assert play >> Solved() << FENCED
    assert play.proposed().answer is found


def evening_feeder() -> Network:
    """E and F draw three times as much from 10:00 Vietnamese time on; it is 09:14 there."""
    parts = draw(FEEDER, p_w={"E": 2e6, "F": 4e6}).components
    day = Profile(id=ProfileId("day"), name="day", factors=(*[1.0] * 10, *[3.0] * 14))
    loads = tuple(replace(x, profile=day.id) if x.id in "EF" else x for x in parts.loads)
    return build_network(replace(parts, profiles=(day,), loads=loads))


def test_a_plan_that_does_not_hold_for_the_morning_is_not_proposed() -> None:
    """F and E have 18.8 MVA from ten o'clock on, and the tie's feeder carries 15.2."""
    unknown = fault_in_c(Playbook.on(evening_feeder(), SETTINGS)).forget()
    assert "t1" in {s.switch for s in unknown.incident().proposed.answer.plan.steps}
    zone = replace(SETTINGS, time_zone="Asia/Ho_Chi_Minh")
    play = fault_in_c(Playbook.on(evening_feeder(), zone)).forget()
    question, plan = play.incident().question, play.incident().proposed.answer.plan
    assert question is None
    assert "t1" not in {step.switch for step in plan.steps}
    (refused,) = [r for r in plan.rejected if r.option == ("t1",)]
    assert (refused.because, refused.in_s) == ("look-ahead", 46 * 60.0)


def test_emergency_ratings_hold_as_long_as_the_installation_says() -> None:
    parts = draw(FEEDER, p_w={"E": 9e6, "F": 9e6}).components
    branches = tuple(replace(b, current_a_emergency=520.0) for b in parts.branches)
    grid = build_network(replace(parts, branches=branches))
    play = fault_in_c(Playbook.on(grid, SETTINGS)).forget()
    assert "t1" not in {s.switch for s in play.incident().proposed.answer.plan.steps}
    longer = replace(SETTINGS, emergency_s=86_400.0)
    play = fault_in_c(Playbook.on(grid, longer)).forget()
    closing = {s.switch: s for s in play.incident().proposed.answer.plan.steps}["t1"]
    assert "F-b2" in closing.check.emergency
    assert play.incident().proposed.answer.verdict.passed
