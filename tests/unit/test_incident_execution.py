"""From release to supply: one command at a time, each confirmed, stop on every surprise."""

from dataclasses import replace

import pytest

from gridops.events.operator import Mode, TagKind
from gridops.incident import StepState
from gridops.measurement import Position, Quality
from gridops.network import Control, build_network, draw
from tests.playbook import CLOSED, FEEDER, OPEN, SETTINGS, Fact, Playbook, Wait
from tests.playbook_sheets import Reports
from tests.playbook_words import (
    Asks,
    Close,
    Done,
    Flagged,
    Halted,
    LinkDown,
    LinkUp,
    Measured,
    Moved,
    Open,
    PickedUp,
    Put,
    ReadBack,
    Refused,
    Released,
    Repaired,
    Replan,
    Reported,
    Restarted,
    Stands,
    Tagged,
    TimedOut,
    Tripped,
    Untagged,
)

FENCED = Asks(opens=("s1", "s4"), closes=("b1", "t1"))
CREW = replace(SETTINGS, plan=replace(SETTINGS.plan, crew_available=True))


def proposed(play: Playbook | None = None) -> Playbook:
    """A fault in C, and its plan on the screen: open s1 and s4, close b1 and t1."""
    play = (play or Playbook()) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    return play << FENCED


def under_way(play: Playbook | None = None) -> Playbook:
    """Released; s1 is commanded."""
    return proposed(play) >> Wait(4) >> Released() << Open("s1")


def fenced(play: Playbook | None = None) -> Playbook:
    """The fence is open; b1 is commanded."""
    return under_way(play) >> Done("s1") << Open("s4") >> Done("s4") << Close("b1")


def restored() -> Playbook:
    play = fenced() >> Done("b1") >> Wait(5) << Close("t1") >> Done("t1")
    return play << Stands("restored", note="plan-completed")


# the way it should be


def test_nothing_moves_before_the_release_and_everything_after_it() -> None:
    play = proposed() >> Wait(290)
    assert play.orders == []
    assert play >> Released() << Open("s1") >> Done("s1") << Open("s4") >> Done("s4") << Close("b1")
    assert play >> Done("b1") >> Wait(5) << Close("t1") >> Done("t1") << Stands("restored")
    assert play.desk.state.energisation.dark == {"SB", "SC", "SD"}


def test_between_two_closings_lies_the_gap() -> None:
    play = fenced() >> Done("b1") >> Wait(4.9)
    assert play << Stands("executing")
    assert play >> Wait(0.1) << Close("t1")


def test_each_command_has_its_deadline_and_an_id_of_its_own() -> None:
    play = restored()
    assert [o.command for o in play.orders] == [f"I1/P1/S{k}" for k in (1, 2, 3, 4)]
    assert all(
        o.deadline.second == (play.now.replace(second=o.deadline.second)).second
        for o in play.orders
    )


def test_the_next_step_waits_for_telemetry_and_not_for_the_answer_alone() -> None:
    play = under_way() >> ReadBack("s1") >> Wait(3)
    assert play << Stands("executing")
    assert "s1" in play.scanned
    assert play >> Moved("s1", OPEN) << Open("s4")


def test_telemetry_alone_does_not_confirm_a_step_either() -> None:
    play = under_way() >> Moved("s1", OPEN) >> Wait(3)
    assert play << Stands("executing")
    assert play >> ReadBack("s1") << Open("s4")


def test_a_confirmed_step_that_telemetry_never_shows_stops_the_plan() -> None:
    play = under_way() >> ReadBack("s1") >> Wait(10) << Stands("stopped", note="step-unconfirmed")
    assert "s1" in play.desk.state.outcome_unknown
    assert play >> Wait(1) << Asks(opens=("s4",), closes=("t1",))
    assert "s1" in play.incident().unavailable


def test_a_switch_of_which_nobody_knows_is_asked_until_somebody_does() -> None:
    play = under_way()
    before = play.scanned.count("s1")
    play >> TimedOut("s1")
    assert play.scanned.count("s1") == before + 1
    play >> Wait(60)
    assert play.scanned.count("s1") == before + 2, "when it cannot be under way any more"
    play.hear()
    play >> Wait(120)
    assert play.scanned.count("s1") == before + 4
    play >> Moved("s1", CLOSED) >> Wait(120)
    assert play.scanned.count("s1") == before + 4
    assert "s1" not in play.desk.state.outcome_unknown


def test_a_step_that_somebody_has_done_already_needs_a_new_plan() -> None:
    play = proposed() >> Moved("s4", OPEN) >> Released() << Stands("proposed", "release-refused")
    assert play >> Wait(1) << Asks(opens=("s1",), closes=("b1", "t1"))
    assert play >> Released() << Open("s1") >> Done("s1") << Close("b1")


def test_after_the_repair_the_rest_comes_back_and_the_way_home_is_awaited() -> None:
    play = restored() >> Repaired()
    steps = play.proposed().answer.plan.steps
    play << Asks(closes=tuple(s.switch for s in steps))
    play >> Wait(6) >> Released()
    for step in steps:
        play << Close(step.switch) >> Done(step.switch) >> Wait(5)
    assert play << Stands("restored", note="return-awaited")


def test_a_repair_reported_while_the_plan_runs_is_planned_for_at_its_end() -> None:
    play = fenced() >> Repaired() >> Done("b1") >> Wait(5) << Close("t1") >> Done("t1") >> Wait(1)
    assert play.proposed().id == "I1/P2"
    assert {s.switch for s in play.proposed().answer.plan.steps} <= {"s1", "s4"}
    play.hear()


def test_other_hands_that_bring_supply_back_close_what_was_restored() -> None:
    assert restored() >> Moved("s1", CLOSED) << Stands("closed", note="supply-back")


# releases


def test_the_release_of_another_plan_or_of_old_content_is_refused() -> None:
    play = proposed() >> Released(plan="I1/P7") << Stands("proposed", note="release-refused")
    assert play >> Released(fingerprint="0" * 64) << Stands("proposed")
    assert play.orders == []


def test_a_plan_is_released_once() -> None:
    play = under_way() >> Released() >> Released()
    assert play << Stands("executing", note="release-refused")
    assert len(play.orders) == 1


def test_a_plan_that_new_evidence_outdated_cannot_be_released_before_its_refresh() -> None:
    play = Playbook() >> Flagged("s1") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s3",), closes=("t1",)) >> Flagged("s2") >> Flagged("s3") >> Flagged("s4")
    assert play >> Released() << Stands("proposed", note="release-refused")


def test_a_guard_veto_cannot_be_released() -> None:
    """A tag placed in the second before the refresh."""
    play = proposed() >> Tagged("t1") >> Released() << Stands("proposed", note="release-refused")
    assert play.orders == []


def test_a_plan_that_the_guard_vetoed_at_once_cannot_be_released() -> None:
    """Voltage where nothing can feed: the telemetry contradicts itself, and nobody knows why."""
    play = Playbook() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(5)
    play >> Measured("E", 22_000.0) >> Wait(5) << FENCED << Stands("proposed", note="guard-veto")
    assert not play.proposed().answer.verdict.passed
    assert play >> Released() << Stands("proposed", note="release-refused")


def test_an_expired_proposal_cannot_be_released() -> None:
    """The timer that looks again is late (the loop stood still)."""
    play = proposed()
    play.due.clear()
    assert play >> Wait(300) >> Released() << Stands("proposed", note="release-refused")


def test_a_feeder_that_was_disabled_a_moment_ago_cannot_be_released() -> None:
    play = proposed() >> Put(Mode.DISABLED) >> Released()
    assert play << Stands("proposed", note="release-refused")
    assert play.orders == []


def test_a_feeder_that_may_only_lend_from_now_on_cannot_be_released() -> None:
    play = proposed() >> Put(Mode.RESTORE_ONLY, "Fb1") >> Released()
    assert play << Stands("proposed", note="release-refused")


def test_the_guard_stops_a_step_that_the_world_has_overtaken() -> None:
    """People work live on the neighbour's line: a tag on a switch that no step moves."""
    play = fenced() >> Tagged("b2", TagKind.HOT_LINE) << Stands("executing")
    assert play >> Done("b1") >> Wait(5) << Stands("stopped", note="step-vetoed")
    assert "t1" not in {o.switch for o in play.orders}


def test_with_execution_off_nothing_is_released() -> None:
    play = proposed(Playbook(settings=replace(SETTINGS, execution_enabled=False))) >> Released()
    assert play << Stands("proposed", note="release-refused")


# steps that fail


def test_a_refused_step_stops_and_a_new_plan_leaves_its_switch_out() -> None:
    play = under_way() >> Refused("s1") << Stands("stopped", note="step-refused")
    assert play >> Wait(1) << Asks(opens=("s4",), closes=("t1",))
    assert play.incident().latched
    assert play >> Released() << Open("s4")


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("device-local", "step-refused-local"),
        ("device-interlocked", "step-refused-interlock"),
        ("command-not-allowed", "step-not-allowed"),
    ],
)
def test_why_a_device_is_left_out_is_told(code: str, note: str) -> None:
    play = under_way() >> Refused("s1", code) << Stands("stopped", note=note)
    assert play >> Wait(1) << Asks(opens=("s4",), closes=("t1",))


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("too-many-commands", "step-too-many-commands"),
        ("command-rehearsed", "step-rehearsed"),
        ("command-not-journalled", "step-not-journalled"),
    ],
)
def test_a_device_that_was_never_asked_is_not_left_out(code: str, note: str) -> None:
    play = under_way() >> Refused("s1", code) << Stands("stopped", note=note)
    assert play >> Wait(1) << FENCED
    assert play.incident().latched  # and still a person decides


def test_an_unconfirmed_step_leaves_its_switch_unknown_and_is_never_repeated() -> None:
    play = under_way() >> TimedOut("s1") << Stands("stopped", note="step-unconfirmed")
    assert play.desk.state.is_unknown("s1")  # type: ignore[arg-type]
    play >> Wait(1)
    assert "s1" not in {s.switch for s in play.proposed().answer.plan.steps}
    play.hear()
    play >> Wait(600) >> Moved("s1", CLOSED) >> Wait(2)
    assert [o.switch for o in play.orders] == ["s1"]
    assert "s1" not in {s.switch for s in play.proposed().answer.plan.steps}


def test_a_step_that_is_under_way_when_it_stops_is_awaited_before_a_new_plan() -> None:
    play = under_way() >> Halted() >> Replan() >> Wait(5)
    assert play << Stands("stopped")
    assert play >> Done("s1") >> Wait(1) << Asks(opens=("s4",), closes=("b1", "t1"))


def test_a_step_read_back_after_the_stop_is_done_when_telemetry_shows_it() -> None:
    play = under_way() >> Halted() >> Replan() >> ReadBack("s1") >> Wait(3)
    assert play << Stands("stopped")
    assert play >> Moved("s1", OPEN) >> Wait(1) << Asks(opens=("s4",), closes=("b1", "t1"))
    assert play.incident().proposed is not None


# surprises


@pytest.mark.parametrize(
    ("fact", "note"),
    [
        (PickedUp("b2"), "stopped-protection"),
        (Moved("s2", OPEN), "stopped-moved"),
        (Moved("s3", Position.INTERMEDIATE), "stopped-moved"),
        (Tagged("t1"), "stopped-tag"),
        (Tagged("t1", TagKind.CAUTION), "stopped-tag"),
        (LinkDown(), "stopped-link"),
        (Put(Mode.DISABLED), "stopped-mode"),
        (Put(Mode.RESTORE_ONLY, "Fb1"), "stopped-mode"),
        (Halted(), "stopped-by-person"),
    ],
    ids=lambda x: x if isinstance(x, str) else type(x).__name__,
)
def test_every_surprise_halts_before_the_next_step(fact: Fact, note: str) -> None:
    play = under_way() >> fact << Stands("stopped", note=note)
    assert play >> Done("s1") << Stands("stopped")
    assert play.incident().latched
    assert [o.switch for o in play.orders] == ["s1"]


def test_a_finished_step_that_moves_back_halts() -> None:
    play = fenced() >> Moved("s1", CLOSED) << Stands("stopped", note="stopped-moved")
    assert len(play.orders) == 3


def test_a_commanded_switch_that_turns_round_halts() -> None:
    play = under_way() >> Moved("s1", Position.INTERMEDIATE) >> Moved("s1", CLOSED)
    assert play << Stands("stopped", note="stopped-moved")


def test_the_late_echo_of_the_first_pick_up_does_not_halt() -> None:
    play = under_way() >> PickedUp("b1", source_s=-14.2) << Stands("executing")
    assert play >> Done("s1") << Open("s4")


def test_a_tag_on_a_switch_that_is_done_does_not_halt_by_itself() -> None:
    assert under_way() >> Done("s1") << Open("s4") >> Tagged("s1") << Stands("executing")


def test_a_movement_on_a_feeder_that_the_plan_does_not_touch_does_not_halt() -> None:
    play = under_way(Playbook(f"{FEEDER}\nS3 [b3] G [s7] H")) >> Moved("s7", OPEN)
    assert play << Stands("executing")


def test_a_neighbour_that_goes_dead_halts() -> None:
    play = fenced(Playbook() >> Measured("S2", 22_000.0)) >> Measured("S2", 0.0)
    assert play << Stands("stopped", note="supply-lost-above")


def test_a_source_that_the_plan_does_not_lean_on_may_die() -> None:
    grid = f"{FEEDER}\nS3 [b3] G [s7] H"
    play = under_way(Playbook(grid) >> Measured("S3", 22_000.0)) >> Measured("S3", 0.0)
    assert play << Stands("executing")


def test_late_evidence_that_moves_the_fault_out_of_the_fence_halts() -> None:
    play = under_way() >> Flagged("s3") >> Flagged("s4") >> Flagged("t1") >> Done("s1")
    assert play << Stands("stopped", note="step-vetoed")
    assert len(play.orders) == 1


def test_a_trip_right_after_our_closing_halts_and_makes_suspect_what_it_had_fed() -> None:
    """Nobody lost supply but those whom the closing had given it: no incident of its own."""
    play = fenced() >> Done("b1") >> Wait(1) >> Tripped("b1")
    assert (
        play
        << Stands("stopped", note="stopped-protection")
        << Stands("stopped", note="closing-tripped")
    )
    assert list(play.desk.incidents) == ["I1"]
    play >> Wait(12)
    assert [o.switch for o in play.orders] == ["s1", "s4", "b1"]
    assert {"SA", "SB", "SC", "SD"} <= play.incident("I1").suspected
    assert {s.switch for s in play.proposed("I1").answer.plan.steps} == {"t1"}


def test_an_operators_halt_waits_for_their_word() -> None:
    play = under_way() >> Halted() >> Done("s1") >> Wait(600) >> Tagged("s2") >> Wait(600)
    assert play << Stands("stopped")
    assert play >> Replan() << Asks(opens=("s4",), closes=("b1", "t1"))


# restart


def test_a_restart_in_the_middle_stops_and_repeats_nothing() -> None:
    play = under_way() >> Restarted() << Stands("stopped", note="stopped-restart")
    assert play.proposed().progress[0].state is StepState.ABORTED
    play >> Wait(1)
    play.hear()
    assert play.proposed().answer.plan.steps == () or not play.proposed().answer.verdict.passed
    play >> LinkUp("s1", OPEN) >> Wait(1)
    assert play << Asks(opens=("s4",), closes=("b1", "t1"))
    assert play.proposed().id == "I1/P3"
    assert [o.switch for o in play.orders] == ["s1"]


def test_a_restart_while_an_answer_is_being_worked_out_asks_again() -> None:
    play = Playbook() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(9)
    play >> Restarted() >> LinkUp() >> Wait(2)
    assert play << FENCED


def test_a_restart_with_a_plan_on_the_screen_looks_again() -> None:
    play = proposed() >> Restarted() >> Released() << Stands("proposed", note="release-refused")
    play >> Wait(1)
    play.hear()
    assert play >> LinkUp() >> Wait(1) << FENCED
    assert play >> Released() << Open("s1")


def test_a_stop_with_a_command_out_survives_a_restart() -> None:
    play = under_way() >> Halted() >> Restarted() >> LinkUp("s1", OPEN) >> Replan()
    assert play << Asks(opens=("s4",), closes=("b1", "t1"))


# automatic


def automatic(play: Playbook | None = None) -> Playbook:
    return (play or Playbook()) >> Put(Mode.AUTOMATIC) >> Put(Mode.AUTOMATIC, "Fb1")


def test_automatic_mode_releases_by_itself() -> None:
    play = proposed(automatic()) << Open("s1") << Stands("executing", "released-automatically")
    assert play >> Done("s1") << Open("s4") >> Done("s4") << Close("b1") >> Done("b1")


def test_automatic_needs_system_and_feeder() -> None:
    play = proposed(Playbook() >> Put(Mode.AUTOMATIC, "Fb1"))
    assert play << Stands("proposed")


def test_after_a_failure_automatic_waits_for_a_person() -> None:
    play = proposed(automatic()) << Open("s1") >> Refused("s1") >> Wait(1)
    assert play << Asks(opens=("s4",), closes=("t1",)) >> Wait(200) << Stands("proposed")
    assert play >> Released() << Open("s4")


def test_taking_automatic_away_halts_what_nobody_released() -> None:
    play = proposed(automatic()) << Open("s1") >> Put(Mode.ADVISORY, "Fb1")
    assert play << Stands("stopped", note="stopped-mode")
    by_person = under_way() >> Put(Mode.ADVISORY, "Fb1")
    assert by_person << Stands("executing")


# crews


def with_crew_at(switch: str) -> Playbook:
    """No telemetry and no drive at `switch`."""
    parts = draw(FEEDER, change={switch: {"control": Control.CREW, "operating_time_s": 900.0}})
    points = tuple(p for p in parts.components.points if p.element != switch)
    return Playbook.on(build_network(replace(parts.components, points=points)), CREW)


def test_a_crew_step_waits_for_their_report() -> None:
    play = with_crew_at("t1") >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << FENCED >> Released() << Open("s1") >> Done("s1") << Open("s4") >> Done("s4")
    play << Close("b1") >> Done("b1") >> Wait(5) << Stands("executing", note="step-instructed")
    assert play >> Wait(900) << Stands("executing")
    assert play >> Reported("t1", CLOSED) << Stands("restored")


def test_i24_no_plan_leans_on_a_switch_that_a_crew_may_still_move() -> None:
    """The plan stops while they are on the way to t1; somebody says that it still stands open."""
    play = with_crew_at("t1") >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << FENCED >> Released() << Open("s1") >> Done("s1") << Open("s4") >> Done("s4")
    play << Close("b1") >> Done("b1") >> Wait(5) << Stands("executing", note="step-instructed")
    play = play >> Tagged("t1") << Stands("stopped") >> Untagged("t1") >> Wait(600)
    play << Asks() >> Reported("t1", OPEN) >> Wait(600) << Stands("proposed")
    assert play.proposed().answer.plan.steps == ()
    play = play >> Reports(4, done=False, note="stuck") >> Wait(600)
    assert play.desk.sheets.in_crews_hands() == frozenset()
    assert play.proposed().answer.plan.steps == (), "nor on one that they could not move"


def test_quality_alone_is_no_movement() -> None:
    play = under_way() >> Moved("s3", CLOSED, Quality.BAD)
    assert play << Stands("executing")
