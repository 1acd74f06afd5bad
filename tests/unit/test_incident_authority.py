"""Modes, load shedding and latches: what lets automation go, and what ends it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gridops.events import LocalControlChanged, ModeChanged, PlanReleased
from gridops.events.operator import Mode, TagKind
from gridops.ids import FeederId, SwitchId
from gridops.incident import Automation, BlockerKind
from gridops.measurement import Quality, Reading
from gridops.network import Control, build_network, draw
from tests.playbook import CLOSED, FEEDER, NIGHT, OPEN, SETTINGS, Fact, Playbook, Wait
from tests.playbook_authority import Enabled, Is, Sheds, blockers
from tests.playbook_words import (
    LAN,
    Announced,
    Asks,
    Close,
    Done,
    Flagged,
    Halted,
    LinkDown,
    LinkUp,
    Moved,
    Open,
    Put,
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

FB1, FB2 = FeederId("Fb1"), FeederId("Fb2")
PLAN = Asks(opens=("s1", "s4"), closes=("b1", "t1"))
NO = Reading.NO
LATCHED = Is(Automation.BLOCKED, (BlockerKind.LATCH,))
READY = Is(Automation.AVAILABLE)


def automatic(play: Playbook | None = None) -> Playbook:
    play = (play or Playbook()) >> Put(Mode.AUTOMATIC)
    return play >> Put(Mode.AUTOMATIC, "Fb1") >> Put(Mode.AUTOMATIC, "Fb2")


def struck(play: Playbook) -> Playbook:
    return play >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)


def running(play: Playbook | None = None) -> Playbook:
    """A plan goes by itself; s1 is commanded."""
    return struck(automatic(play)) << PLAN << Open("s1") << Stands("executing")


def by_person() -> Playbook:
    return struck(Playbook()) << PLAN >> Released() << Open("s1")


# modes


def test_the_effective_mode_is_the_lower_of_system_and_feeder() -> None:
    play = Playbook() >> Put(Mode.AUTOMATIC, "Fb1")
    assert play.desk.state.mode_of(FB1) is Mode.ADVISORY
    assert play >> Put(Mode.AUTOMATIC) >> Put(Mode.RESTORE_ONLY, "Fb2")
    assert play.desk.state.mode_of(FB1) is Mode.AUTOMATIC
    assert play.desk.state.mode_of(FB2) is Mode.RESTORE_ONLY


def test_a_mode_keeps_who_set_it_when_and_why() -> None:
    play = Playbook()
    assert play.desk.state.modes.system.by is None
    event = ModeChanged(at=play.now, by=LAN, feeder=FB1, mode=Mode.DISABLED, reason="line work")
    play.feed(event)
    stated = play.desk.state.modes.governing(FB1)
    assert (stated.mode, stated.by, stated.since) == (Mode.DISABLED, "lan", NIGHT)
    (blocker,) = blockers(play)
    assert (blocker.by, blocker.since, blocker.said) == ("lan", NIGHT, "line work")
    assert blocker.why.code == "blocker-mode"


def test_a_feeder_without_a_mode_of_its_own_goes_by_the_system() -> None:
    play = Playbook() >> Put(Mode.AUTOMATIC)
    assert play << READY
    (blocker,) = blockers(play >> Put(Mode.ADVISORY))
    assert blocker.why.code == "blocker-system-mode"


# load shedding


def test_load_shedding_holds_everything_off_and_gives_the_modes_back() -> None:
    play = automatic() >> Sheds()
    assert play << Is(Automation.BLOCKED, (BlockerKind.LOAD_SHED,))
    assert play.desk.state.mode_of(FB1) is Mode.DISABLED
    struck(play)
    assert play << Stands("proposed", note="load-shed-withholds")
    assert not play.orders
    assert play >> Sheds(reading=NO)
    assert play.desk.state.mode_of(FB1) is Mode.AUTOMATIC
    assert play >> Wait(1) << PLAN << Open("s1") << Stands("executing", "released-automatically")


def test_what_the_operator_chose_meanwhile_stays() -> None:
    play = automatic() >> Sheds() >> Put(Mode.ADVISORY, "Fb1")
    assert play.desk.state.mode_of(FB1) is Mode.DISABLED
    assert play >> Sheds(reading=NO)
    assert play.desk.state.mode_of(FB1) is Mode.ADVISORY
    assert play.desk.state.mode_of(FB2) is Mode.AUTOMATIC


@pytest.mark.parametrize("quality", [Quality.STALE, Quality.BAD, Quality.SUBSTITUTED])
def test_a_doubtful_yes_is_believed_and_a_doubtful_no_is_not(quality: Quality) -> None:
    """Keeping still for nothing costs less than closing on to a grid that is being shed."""
    play = automatic() >> Sheds(quality=quality)
    assert play << Is(Automation.BLOCKED, (BlockerKind.LOAD_SHED,))
    assert play >> Sheds(reading=NO, quality=quality)
    assert play << Is(Automation.BLOCKED, (BlockerKind.LOAD_SHED,))
    assert play >> Sheds(reading=NO) << READY


@pytest.mark.parametrize("reading", [Reading.FAILED, Reading.NOT_FITTED])
def test_an_input_that_says_nothing_keeps_its_last_word(reading: Reading) -> None:
    play = automatic() >> Sheds(reading=reading) << READY
    assert play >> Sheds() >> Sheds(reading=reading)
    assert play << Is(Automation.BLOCKED, (BlockerKind.LOAD_SHED,))


def test_a_lost_link_and_a_restart_keep_the_last_word() -> None:
    play = automatic() >> Sheds() >> LinkDown() >> Restarted() >> LinkUp()
    assert play << Is(Automation.BLOCKED, (BlockerKind.LOAD_SHED,))


def test_it_is_over_when_the_last_input_says_so() -> None:
    play = automatic() >> Sheds("b1") >> Wait(5) >> Sheds("b2") >> Sheds("b1", NO)
    (blocker,) = blockers(play)
    assert blocker.since == NIGHT + timedelta(seconds=5)
    assert play >> Sheds("b2", NO) << READY


@pytest.mark.parametrize("begun", [running, by_person])
def test_i34_load_shedding_halts_every_run_before_its_next_step(
    begun: Callable[[], Playbook],
) -> None:
    shed = begun() >> Sheds() << Stands("stopped", note="stopped-load-shed")
    assert shed >> Done("s1") >> Wait(700) << Stands("proposed", note="load-shed-withholds")
    assert [o.switch for o in shed.orders] == ["s1"]


def test_nothing_is_released_while_it_is_on() -> None:
    play = struck(Playbook()) << PLAN
    found = play.proposed()
    event = PlanReleased(
        at=play.now,
        by=LAN,
        incident=play.incident().id,
        plan=found.id,
        fingerprint=found.answer.fingerprint,
    )
    assert play.desk.why_not_released(event) is None
    assert play >> Sheds()
    assert play.desk.why_not_released(event) == "load-shed-withholds"


def test_load_shedding_can_be_told_to_hold_nothing_off() -> None:
    play = automatic(Playbook(settings=replace(SETTINGS, load_shed_disables=False)))
    assert play >> Sheds() << READY
    assert struck(play) << PLAN << Open("s1")


def test_a_run_that_load_shedding_stopped_latches_nothing() -> None:
    play = running() >> Sheds() >> Sheds(reading=NO)
    assert BlockerKind.LATCH not in {one.kind for one in blockers(play)}


# latches


@pytest.mark.parametrize(
    "trouble",
    [Refused("s1"), TimedOut("s1"), Moved("s2", OPEN), Tagged("t1", TagKind.CAUTION), Restarted()],
    ids=lambda fact: type(fact).__name__,
)
def test_a_run_that_goes_wrong_latches_its_feeder_and_no_other(trouble: Fact) -> None:
    play = running() >> trouble << Stands("stopped")
    assert play.desk.state.mode_of(FB1) is Mode.ADVISORY
    assert play.desk.state.mode_of(FB2) is Mode.AUTOMATIC


def test_a_persons_halt_latches_and_says_whose_it_was() -> None:
    play = running() >> Wait(1) >> Halted()
    latch = play.desk.state.modes.latches[FB1]
    assert (latch.by, latch.since, latch.why.code) == ("lan", play.now, "stopped-by-person")


def test_a_plan_of_a_person_that_fails_latches_nothing() -> None:
    play = by_person() >> Refused("s1")
    assert not play.desk.state.modes.latches


def test_a_lower_mode_stops_a_run_and_latches_nothing() -> None:
    play = running() >> Put(Mode.ADVISORY, "Fb1") << Stands("stopped", note="stopped-mode")
    assert not play.desk.state.modes.latches


def settled(play: Playbook) -> Playbook:
    """The incident comes to its end: everything is back as it was before."""
    play.forget() >> Repaired()
    play.forget_after(2)
    for switch, position in (("s1", CLOSED), ("s4", CLOSED), ("t1", OPEN), ("b1", CLOSED)):
        play >> Moved(switch, position)
        play.forget_after(5)
    play.forget_after(600)
    assert play.incident().phase.value == "closed"
    return play


def test_a_latch_outlives_its_incident_and_ends_by_the_act_alone() -> None:
    play = settled(running() >> Refused("s1"))
    assert play << LATCHED
    assert play >> Put(Mode.AUTOMATIC) >> Put(Mode.AUTOMATIC, "Fb1") << LATCHED
    assert play >> Restarted() >> LinkUp() << LATCHED
    assert play >> Sheds() >> Sheds(reading=NO) << LATCHED
    assert play >> Enabled("Fb2") << LATCHED
    assert play >> Enabled() << READY


def test_a_fault_on_a_latched_feeder_is_proposed_to_a_person() -> None:
    play = automatic() >> Announced("s3") << LATCHED
    struck(play)
    assert play << PLAN << Stands("proposed", note="waits-latched")


def test_enabling_lets_what_waits_on_the_screen_go() -> None:
    play = automatic() >> Announced("s3")
    assert struck(play) << PLAN >> Enabled() >> Wait(1) << Open("s1")
    assert play << Stands("executing", note="released-automatically")


def test_the_oldest_reason_stays() -> None:
    play = automatic() >> Announced("s3") >> Wait(60) >> Announced("s2")
    (blocker,) = blockers(play)
    assert (blocker.why.params["device"], blocker.since) == ("s3", NIGHT)


def test_work_at_a_tie_latches_both_its_feeders() -> None:
    play = automatic() >> Announced("t1", CLOSED)
    assert play << LATCHED << Is(Automation.BLOCKED, (BlockerKind.LATCH,), "Fb2")


def crewed() -> Playbook:
    """t1 without telemetry and drive; it is the last step of the plan."""
    parts = draw(FEEDER, change={"t1": {"control": Control.CREW, "operating_time_s": 900.0}})
    points = tuple(p for p in parts.components.points if p.element != "t1")
    network = build_network(replace(parts.components, points=points))
    return Playbook.on(network, replace(SETTINGS, plan=replace(SETTINGS.plan, crew_available=True)))


def instructed() -> Playbook:
    """The crew at t1 is what the run waits for."""
    play = running(crewed()) >> Done("s1") << Open("s4") >> Done("s4") << Close("b1")
    return play >> Done("b1") >> Wait(5) << Stands("executing", note="step-instructed")


def test_a_position_that_a_person_reports_is_manual_work() -> None:
    play = automatic(crewed()) >> Reported("t1", CLOSED)
    assert blockers(play)[0].why.code == "worked-by-hand"


def test_what_a_crew_was_instructed_to_do_is_no_manual_work() -> None:
    assert not (instructed() >> Reported("t1", CLOSED)).desk.state.modes.latches


def test_a_word_against_telemetry_is_no_work() -> None:
    assert automatic() >> Reported("s2", OPEN) << READY


# how long a run may take


def slow() -> Playbook:
    """Each device answers late: a run of four steps that takes minutes."""
    return running() >> Wait(200) >> Done("s1") << Open("s4") >> Wait(99)


def test_a_run_is_told_of_after_five_minutes_and_goes_on() -> None:
    play = slow() >> Wait(1) << Stands("executing", note="run-slow")
    assert play >> Done("s4") << Close("b1")


def test_a_run_is_stopped_after_ten_minutes_and_latches() -> None:
    play = slow() >> Wait(200) >> Done("s4") << Close("b1") >> Wait(100) << Stands("executing")
    assert play >> Wait(1) << Stands("stopped", note="stopped-run-limit")
    assert play.desk.state.modes.latches[FB1].why.code == "stopped-run-limit"
    assert play >> Done("b1") << Stands("stopped")
    assert [o.switch for o in play.orders] == ["s1", "s4", "b1"]


def test_the_limits_are_settings() -> None:
    play = Playbook(settings=replace(SETTINGS, run_warn_s=1.0, run_limit_s=2.0))
    assert running(play) >> Wait(1) << Stands("executing", note="run-slow") >> Wait(1)
    assert play << Stands("stopped", note="stopped-run-limit")


def test_a_run_that_a_person_released_has_no_limit() -> None:
    assert by_person() >> Wait(3600) << Stands("executing")


def test_a_run_that_waits_for_a_crew_is_not_hurried() -> None:
    play = instructed() >> Wait(3600) << Stands("executing")
    assert play >> Reported("t1", CLOSED) << Stands("restored")


def test_the_clock_of_a_former_run_ends_no_later_one() -> None:
    """The first run stops at once; a person releases what follows, and that one takes long."""
    play = running() >> Refused("s1") >> Wait(1) << Asks(opens=("s4",), closes=("t1",))
    assert play >> Released() << Open("s4") >> Wait(700) << Stands("executing")


# blockers


def test_every_blocker_has_its_reason_its_owner_and_its_age() -> None:
    play = automatic() >> Wait(7) >> Tagged("s2") >> Wait(1) >> LinkDown()
    tag, link = blockers(play)
    assert (tag.kind, tag.by, tag.said) == (BlockerKind.TAG, "lan", "work")
    assert tag.since == NIGHT + timedelta(seconds=7)
    assert (link.kind, link.by, link.since) == (BlockerKind.LINK, None, play.now)
    assert link.why.params == {"link": "rtu", "count": 6}
    assert play << Is(Automation.LIMITED, (BlockerKind.TAG, BlockerKind.LINK))
    assert play >> LinkUp() >> Untagged("s2") << READY


def test_a_tag_that_only_informs_blocks_nothing() -> None:
    assert automatic() >> Tagged("s2", TagKind.CAUTION) << READY


def test_a_device_under_local_control_limits_its_feeder() -> None:
    play = automatic()
    event = LocalControlChanged(
        at=play.now, source_time=play.now, switch=SwitchId("s2"), reading=Reading.YES
    )
    play.feed(event)
    assert (
        play << Is(Automation.LIMITED, (BlockerKind.LOCAL,)) << Is(Automation.AVAILABLE, (), "Fb2")
    )


def test_without_execution_nothing_goes_by_itself() -> None:
    play = automatic(Playbook(settings=replace(SETTINGS, execution_enabled=False)))
    assert play << Is(Automation.BLOCKED, (BlockerKind.EXECUTION,))


def test_an_open_incident_and_whose_plan_runs_are_told() -> None:
    play = running()
    (blocker,) = blockers(play)
    assert (blocker.why.code, blocker.by) == ("blocker-plan", "automation")
    play >> Halted()
    latch, incident = blockers(play)
    assert latch.kind is BlockerKind.LATCH
    assert incident.why.code == "blocker-incident-latched"
    assert play >> Replan()


def test_the_mode_is_what_keeps_automation_off() -> None:
    play = Playbook() >> Tagged("s2")
    assert play << Is(Automation.OFF, (BlockerKind.MODE, BlockerKind.TAG))
