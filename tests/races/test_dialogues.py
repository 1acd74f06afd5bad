"""Each race of the control room by its name, told as a dialogue. docs/safety.md says what decides
it and what else shows it; `machine` looks for those that nobody has thought of."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gridops.events import CommandIssued, ControlRoomStarted, Event
from gridops.events.codec import KINDS, from_plain
from gridops.events.operator import Mode
from gridops.ids import SwitchId
from tests.playbook import CLOSED, OPEN, SETTINGS, Fact, Playbook, Wait
from tests.playbook_authority import Approves, Releases, Sheds
from tests.playbook_sheets import ApprovesSheet, Draws, SheetIs, Starts, Stops, notes_of, sheet_of
from tests.playbook_sheets import why as why_not
from tests.playbook_words import (
    Asks,
    Close,
    Done,
    Flagged,
    Halted,
    LinkUp,
    Moved,
    Open,
    Put,
    ReadBack,
    Released,
    Restarted,
    Stands,
    Tagged,
    TimedOut,
    Tripped,
    Untagged,
)
from tests.playbook_work import Permitted
from tests.races.hands import LAN, SESSION_S
from tests.races.machine import Races

TWO = replace(SETTINGS, two_person=True)
OFF = replace(SETTINGS, execution_enabled=False)
PLAN = Asks(opens=("s1", "s4"), closes=("b1", "t1"))
TRANSFER = Draws("open s4, close t1", gives_up="E")


def proposed(settings: object = SETTINGS) -> Playbook:
    """A fault in C, and its plan on the screen: open s1 and s4, close b1 and t1."""
    play = Playbook(settings=settings)  # type: ignore[arg-type]
    return play >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10) << PLAN


def under_way() -> Playbook:
    return proposed() >> Released() << Open("s1")


def fenced() -> Playbook:
    """The fence is open; b1 is commanded."""
    return under_way() >> Done("s1") << Open("s4") >> Done("s4") << Close("b1")


def refusals(play: Playbook) -> list[object]:
    notes = [note.reason for note in play.incident().timeline]
    return [reason.params["why"] for reason in notes if reason.code.endswith("-refused")]


# 27: a relevant change means check again


def test_i27_a_plan_that_is_stale_by_now_can_be_neither_approved_nor_released() -> None:
    play = proposed(TWO)
    read, pressed = Approves("lan").event(play), Releases("mai").event(play)
    play = play >> Tagged("t1") >> Wait(1) << Asks(opens=("s1", "s4"), closes=("b1",))
    for stale in (read, pressed):
        play.feed(replace(stale, at=play.now))
    assert refusals(play) == ["superseded", "superseded"]
    assert not play.orders


def test_i27_a_tag_between_the_approval_of_a_plan_and_its_release() -> None:
    play = proposed(TWO) >> Approves("mai") >> Tagged("t1") >> Releases("lan")
    assert refusals(play) == ["guard-veto"]
    assert not play.orders
    assert play >> Wait(1) << Asks(opens=("s1", "s4"), closes=("b1",))
    assert not play.proposed().approvals


def test_i27_a_tag_that_came_and_went_between_the_approval_of_a_sheet_and_its_start() -> None:
    """What stood in between nobody has seen: it is approved again."""
    play = Playbook() >> TRANSFER >> ApprovesSheet() >> Tagged("t1")
    play = play >> Untagged("t1") << SheetIs("draft") >> Starts() << SheetIs("draft")
    assert notes_of(play).count("ground-changed") == 1
    assert play >> ApprovesSheet() >> Starts() << Open("s4")


# 28: executed is what was approved, by somebody entitled


def test_i28_a_double_click_starts_one_plan() -> None:
    play = proposed()
    once = Released().events(play)[0]
    for _ in range(2):
        play.feed(once)
    assert play << Open("s1")
    assert (len(play.orders), refusals(play)) == (1, ["nothing-proposed"])


def test_i28_a_double_click_starts_one_sheet() -> None:
    play = Playbook() >> TRANSFER >> ApprovesSheet() >> Starts() << Open("s4") >> Starts()
    assert len(play.orders) == 1
    assert why_not(play, Starts()) == "wrong-state"


def test_i28_two_approvers_who_both_release_start_one_plan() -> None:
    play = proposed(TWO) >> Approves("lan") >> Approves("mai")
    both = [Releases("mai").event(play), Releases("lan").event(play)]
    for event in both:
        play.feed(event)
    assert play << Open("s1")
    assert play.proposed().released_by == "mai"
    assert sheet_of(play).approved_by == "lan"


def test_i28_two_approvers_of_one_sheet_and_the_later_word_counts() -> None:
    play = Playbook(settings=TWO) >> TRANSFER >> ApprovesSheet("mai") >> Wait(200)
    play = play >> ApprovesSheet("binh") >> Wait(200) << SheetIs("approved")
    assert sheet_of(play).approved_by == "binh"
    assert play >> Starts("lan") << Open("s4")


def test_i28_an_approval_that_expires_while_somebody_reads_starts_nothing() -> None:
    play = proposed(TWO) >> Approves("lan")
    pressed = Releases("mai").event(play)
    play = play >> Wait(SETTINGS.approval_expiry_s)
    play.feed(replace(pressed, at=play.now))
    assert refusals(play) == ["approval-expired"]
    assert not play.orders


@pytest.fixture
def races() -> Iterator[Races]:
    races = Races()
    yield races
    races.teardown()


def facts(races: Races) -> list[Event]:
    entries = [e for e in races.world.journal.entries() if e.record.kind in KINDS]
    return [from_plain(e.record.kind, dict(e.record.body)) for e in entries]


def test_i28_a_session_that_ends_mid_plan_ends_no_plan_and_lets_nobody_act(races: Races) -> None:
    """What was released goes on to its end; whoever would stop it logs in again."""
    races.a_fault_strikes("advisory", "C", by=LAN, after=1, what="nothing", which=0)
    races.world.wait(SESSION_S - 4.0)
    races.release(LAN, 0.0)
    assert len(races.world.sent) == 1
    races.world.wait(1.0)
    sent = len(races.world.sent)
    races.halt()
    assert races.told_no["not-logged-in"] == 1
    races.world.wait(20.0)
    assert len(races.world.sent) > sent
    races.i28_executed_is_what_was_approved()


# 29: one command outstanding


@pytest.mark.parametrize("half", [ReadBack("s1"), Moved("s1", OPEN)])
def test_i29_the_next_step_waits_for_the_answer_and_for_the_telemetry(half: Fact) -> None:
    play = under_way() >> half >> Wait(2)
    assert len(play.orders) == 1
    assert play >> Done("s1") << Open("s4")


def test_i29_a_device_that_does_not_move_stops_the_plan_and_is_asked_no_more() -> None:
    play = under_way() >> TimedOut("s1") << Stands("stopped", note="step-unconfirmed")
    assert play.desk.state.is_unknown(SwitchId("s1"))
    assert play.forget_after(60)
    assert [order.switch for order in play.orders] == ["s1"]


def test_i29_a_device_that_moves_late_is_done_and_nothing_is_sent_again() -> None:
    play = under_way() >> TimedOut("s1") >> Wait(0.5) >> Moved("s1", OPEN)
    assert sheet_of(play).steps[0].progress.is_done
    play = play.forget_after(5)
    assert play >> Released() << Open("s4")
    assert [order.switch for order in play.orders] == ["s1", "s4"]


def test_i29_a_device_that_moves_back_stops_the_plan() -> None:
    play = fenced() >> Moved("s4", CLOSED) << Stands("stopped", note="stopped-moved")
    assert len(play.orders) == 3


# 30: at most one transmission


def test_i30_a_crash_between_the_durable_command_and_its_sending_sends_nothing(
    races: Races,
) -> None:
    races.a_fault_strikes("advisory", "C", by=LAN, after=1, what="nothing", which=0)
    races.release_and_be_killed(LAN)
    kinds = [type(fact) for fact in facts(races)]
    assert kinds.count(CommandIssued) == 1
    assert kinds.index(CommandIssued) < len(kinds) - 1 - kinds[::-1].index(ControlRoomStarted)
    races.world.wait(20.0)
    assert not races.world.sent
    assert not races.world.field.orders
    races.i30_one_transmission()


# 33: with execution off


def test_i33_execution_that_is_switched_off_after_the_approval_starts_nothing() -> None:
    play = Playbook() >> TRANSFER >> ApprovesSheet()
    play.settings = OFF
    play = play >> Restarted() >> LinkUp()
    assert why_not(play, Starts()) == "execution-disabled"
    assert play >> Starts() << SheetIs("approved")
    assert not play.orders


# 32 and 34: a halt before the next step, wherever it comes


@pytest.mark.parametrize(
    ("surprise", "note"),
    [
        pytest.param(Halted(), "stopped-by-person", id="a person"),
        pytest.param(Put(Mode.DISABLED, "Fb1"), "stopped-mode", id="a mode"),
        pytest.param(Sheds(), "stopped-load-shed", id="load shedding"),
        pytest.param(Tagged("t1"), "stopped-tag", id="a tag"),
        pytest.param(Permitted("E", "s4"), "stopped-permit", id="a permit"),
        pytest.param(Tripped("b2"), "stopped-protection", id="a second fault"),
    ],
)
def test_i34_whatever_comes_while_a_command_is_out_no_other_follows(
    surprise: Fact, note: str
) -> None:
    """The one that is out is not called back: it may still be carried out, and is awaited."""
    play = under_way() >> surprise
    assert note in notes_of(play)
    assert play << SheetIs("stopped", "pending aborted aborted aborted")
    play = play.forget() >> Done("s1") << SheetIs("stopped", "completed aborted aborted aborted")
    assert [order.switch for order in play.forget_after(60).orders] == ["s1"]


def test_i32_i34_a_stop_and_the_answer_at_the_same_instant() -> None:
    play = Playbook() >> TRANSFER >> ApprovesSheet() >> Starts() << Open("s4")
    stopped_first = play >> Stops() >> Done("s4")
    assert stopped_first << SheetIs("stopped", "completed aborted")
    assert len(play.orders) == 1


def test_i34_a_person_says_stop_twice_and_the_plan_stops_once() -> None:
    play = under_way() >> Halted() >> Halted() << Stands("stopped", note="stopped-by-person")
    assert len(play.orders) == 1
