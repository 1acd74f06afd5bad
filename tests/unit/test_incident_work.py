"""Permits, automatics that could close, unchecked phases: nobody plans against them."""

import pytest

from gridops.events import Event
from gridops.events.codec import from_plain, to_plain
from gridops.events.operator import TagKind
from gridops.incident import Blocker, BlockerKind, Phase
from gridops.network import draw
from gridops.state import LiveState, carried_over
from tests.playbook import CLOSED, Fact, Playbook, Wait
from tests.playbook_authority import blockers
from tests.playbook_words import Asks, Done, Flagged, Moved, Open, Released, Tagged, Tripped
from tests.playbook_work import Permitted, Phases, Recloses, Returned

GRID = "S1 [b1] A [s1] B [s2] C [s3] D [s4] E [s5] G (t1) F [b2] S2\nG (s8) X (s9) F"
WHOLE = Asks(opens=("s1", "s4"), closes=("t1", "b1"))
NEAR, FAR = Asks(opens=("s1", "s4"), closes=("b1",)), Asks(opens=("s1", "s4"), closes=("t1",))
AT_WORK = Permitted("X", "s8 s9")


def isolated() -> Playbook:
    return Playbook(GRID) >> Tagged("s8", TagKind.NO_CLOSE) >> Tagged("s9", TagKind.NO_CLOSE)


def struck(play: Playbook) -> Playbook:
    return play >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)


def reasons(play: Playbook) -> dict[str, str]:
    return {u.section: u.because for u in play.proposed().answer.plan.unserved}


def test_a_plan_goes_round_people_at_work() -> None:
    play = struck(isolated() >> AT_WORK)
    assert play << WHOLE
    assert play.proposed().answer.verdict.passed


def test_a_section_under_permit_stays_dark_with_a_reason_until_it_is_returned() -> None:
    """G was cut off for the work before the fault; s5 stands open."""
    grid = GRID.replace("[s5]", "(s5)")
    play = Playbook(grid)
    for point in ("s5", "t1", "s8"):
        play >> Tagged(point, TagKind.NO_CLOSE)
    play = struck(play >> Permitted("G", "s5 t1 s8"))
    assert play << NEAR
    assert play.proposed().answer.verdict.passed


@pytest.mark.parametrize("lost", [Moved("s9", CLOSED)])
def test_a_point_that_does_not_hold_any_more_ends_planning_around_it(lost: Fact) -> None:
    play = struck(isolated() >> AT_WORK >> lost)
    assert play << NEAR
    assert play.proposed().answer.verdict.passed


def test_a_permit_between_two_steps_stops_the_plan() -> None:
    play = struck(Playbook(GRID)) << WHOLE
    play >> Released() << Open("s1")
    play >> Permitted("G", "s5 t1 s8") >> Done("s1")
    assert "stopped-permit" in [note.reason.code for note in play.incident().timeline]
    assert play.incident().in_flight is None


def test_i34_a_permit_on_what_a_running_plan_feeds_halts_it_at_once() -> None:
    """As a tag does: also while a command is out, and before the next step is due."""
    play = struck(Playbook(GRID)) << WHOLE
    play >> Released() << Open("s1") >> Permitted("G", "s5 t1 s8")
    assert play.incident().phase is Phase.STOPPED
    assert "stopped-permit" in [note.reason.code for note in play.incident().timeline]


def test_a_permit_elsewhere_halts_nothing() -> None:
    play = struck(Playbook(GRID)) << WHOLE
    play >> Released() << Open("s1") >> AT_WORK
    assert play.incident().phase is Phase.EXECUTING


@pytest.mark.parametrize(
    ("said", "plan"),
    [
        (Recloses("b1"), FAR),
        (Recloses("b2"), NEAR),
        (Recloses("s5"), NEAR),
        (Recloses("s2"), Asks()),
        (Phases("A"), FAR),
        (Phases("F"), NEAR),
        (Phases("G"), NEAR),
    ],
)
def test_what_was_said_keeps_a_plan_off_and_the_guard_agrees(said: Fact, plan: Asks) -> None:
    play = struck(Playbook(GRID) >> said)
    assert play << plan
    assert play.proposed().answer.verdict.passed


def test_what_was_said_is_taken_back() -> None:
    play = Playbook(GRID) >> Recloses("b1") >> Phases("G") >> Recloses("b1", on=False)
    play = struck(play >> Phases("G", verified=True))
    assert play << WHOLE


def test_a_plan_on_the_screen_is_made_anew_when_a_permit_comes_and_goes() -> None:
    play = struck(isolated()) << WHOLE
    assert play >> Phases("G") >> Wait(1) << NEAR
    assert play >> Phases("G", verified=True) >> Wait(1) << WHOLE


def test_each_is_listed_with_reason_owner_and_age() -> None:
    play = isolated() >> AT_WORK >> Recloses("b1") >> Phases("A")
    found = {one.kind: one for one in blockers(play)}
    for kind, said in (
        (BlockerKind.RECLOSING, "relay"),
        (BlockerKind.PHASING, "cable joint"),
        (BlockerKind.PERMIT, "insulator"),
    ):
        one: Blocker = found[kind]
        assert (one.by, one.said, one.since) == ("lan", said, play.now)
        assert one.why.in_english()
    play >> Returned() >> Recloses("b1", on=False) >> Phases("A", verified=True)
    left = {one.kind for one in blockers(play)}
    assert left.isdisjoint({BlockerKind.RECLOSING, BlockerKind.PHASING, BlockerKind.PERMIT})


def test_a_permit_is_issued_on_what_is_surely_dead_and_locked() -> None:
    def why_not(play: Playbook, permit: Permitted) -> str | None:
        (event,) = permit.events(play)
        refused = play.desk.why_refused(event)  # type: ignore[arg-type]
        return None if refused is None else refused.in_english()

    assert why_not(isolated(), AT_WORK) is None
    assert why_not(Playbook(GRID), AT_WORK) == "s8 is not known to be open and tagged"
    assert why_not(isolated(), Permitted("X G", "s8 s9")) == "SG could be live"
    assert why_not(isolated() >> Moved("s9", CLOSED), AT_WORK) is not None


def test_all_of_it_is_in_the_journal_and_goes_over_to_another_version_of_the_grid() -> None:
    play = isolated()
    state = LiveState(network=play.desk.network)
    events: list[Event] = []
    for fact in (AT_WORK, Recloses("b1"), Phases("A")):
        events += fact.events(play)
    for event in events:
        assert from_plain(*to_plain(event)) == event
        state.apply(event)
    now = carried_over(state, draw(GRID + "\nF (s7) N"))
    assert now.work == state.work
    gone = carried_over(state, draw(GRID.replace("b1", "b9")))
    assert not gone.work.reclosing
    assert gone.work.permits == state.work.permits
