"""What ends the doubt about a command without an answer. Seconds from its sending; deadline 3 s,
the switch takes 0.2 s, clocks may differ by 2 s: from 5.2 s on it is not under way any more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.events import (
    CommandConfirmed,
    CommandIssued,
    CommandTimedOut,
    ControlRoomStarted,
    Event,
    SwitchMoved,
)
from gridops.ids import CommandId, IncidentId, PlanId, SwitchId
from gridops.measurement import Position, Quality
from gridops.network import draw
from gridops.state import LiveState

AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
S1 = SwitchId("s1")
OPEN, CLOSED = Position.OPEN, Position.CLOSED
GRID = draw("S1 [b1] A [s1] B (t1) C [b2] S2", change={"s1": {"operating_time_s": 0.2}})
SETTLES_S = 3.0 + 0.2 + 2.0


def issued(command: str = "c1", *, to: Position = OPEN, sent_s: float = 0.0) -> CommandIssued:
    return CommandIssued(
        at=AT + timedelta(seconds=sent_s),
        command=CommandId(command),
        incident=IncidentId("I1"),
        plan=PlanId("I1/P1"),
        step=1,
        switch=S1,
        position=to,
        deadline=AT + timedelta(seconds=sent_s + 3.0),
    )


def silence(command: str = "c1", *, at_s: float = 3.0) -> CommandTimedOut:
    return CommandTimedOut(
        at=AT + timedelta(seconds=at_s), command=CommandId(command), why="no read-back"
    )


def reads(
    position: Position, *, stamped_s: float, heard_s: float, quality: Quality = Quality.GOOD
) -> SwitchMoved:
    return SwitchMoved(
        at=AT + timedelta(seconds=heard_s),
        source_time=AT + timedelta(seconds=stamped_s),
        switch=S1,
        position=position,
        quality=quality,
    )


def after(*events: Event) -> LiveState:
    state = LiveState(network=GRID)
    for event in (reads(CLOSED, stamped_s=-100.0, heard_s=-50.0), *events):
        state.apply(event)
    return state


@pytest.mark.parametrize(
    ("position", "stamped_s", "heard_s", "is_known"),
    [
        # where it stood before the command
        pytest.param(CLOSED, -1.0, 3.1, False, id="read before it was sent, and late on its way"),
        pytest.param(CLOSED, -100.0, 3.1, False, id="never moved, and it may yet"),
        pytest.param(CLOSED, 2.9, 3.1, False, id="read while it was under way"),
        pytest.param(CLOSED, 4.0, 6.0, False, id="read when a slow clock may still mean before"),
        pytest.param(CLOSED, 6.0, 4.0, False, id="heard too early, by a fast clock"),
        pytest.param(CLOSED, 5.3, 5.4, True, id="measured after all was over"),
        pytest.param(CLOSED, -100.0, 30.0, False, id="an old stamp that may be an old message"),
        pytest.param(CLOSED, -100.0, 35.3, True, id="an old stamp that no old message can bring"),
        # where it was sent
        pytest.param(OPEN, 0.5, 3.1, True, id="it has come"),
        pytest.param(OPEN, -1.9, 3.1, True, id="it has come, by a clock that may be slow"),
        pytest.param(OPEN, -10.0, 3.1, False, id="it was there before, and has gone since perhaps"),
        pytest.param(OPEN, -10.0, 35.3, True, id="nobody has said otherwise for long"),
    ],
)
def test_a_good_position_ends_the_doubt_only_if_the_command_cannot_make_it_untrue(
    position: Position, stamped_s: float, heard_s: float, is_known: bool
) -> None:
    state = after(issued(), silence())
    assert state.is_unknown(S1)
    before = state.positions[S1]
    state.apply(reads(position, stamped_s=stamped_s, heard_s=heard_s))
    if state.positions[S1] is before:
        pytest.fail("it was not taken in at all")
    assert state.is_unknown(S1) is not is_known


def test_a_bad_position_ends_nothing() -> None:
    state = after(issued(), silence())
    state.apply(reads(CLOSED, stamped_s=60.0, heard_s=60.0, quality=Quality.BAD))
    assert S1 in state.outcome_unknown


def test_where_it_was_sent_and_away_again_is_unknown_until_it_is_over() -> None:
    state = after(issued(), silence(), reads(OPEN, stamped_s=0.5, heard_s=3.1))
    assert not state.is_unknown(S1)
    state.apply(reads(CLOSED, stamped_s=4.0, heard_s=4.1))
    assert state.is_unknown(S1), "the command may have been what has yet to come"
    state.apply(reads(CLOSED, stamped_s=5.3, heard_s=5.4))
    assert not state.is_unknown(S1)
    assert not state.outcomes.in_doubt


def test_of_two_in_doubt_to_both_sides_neither_position_shows_anything() -> None:
    state = after(issued(), silence(), issued("c2", to=CLOSED, sent_s=4.0), silence("c2", at_s=7.0))
    for position in (OPEN, CLOSED):
        state.apply(reads(position, stamped_s=7.1, heard_s=7.2))
        assert state.is_unknown(S1)
    state.apply(reads(CLOSED, stamped_s=4.0 + SETTLES_S + 0.1, heard_s=10.0))
    assert not state.is_unknown(S1)


def test_a_restart_in_the_middle_is_a_doubt_like_any() -> None:
    restart = ControlRoomStarted(
        at=AT + timedelta(seconds=1), epoch=2, grid="g", grid_fingerprint="f", settings=""
    )
    state = after(issued(), restart, reads(CLOSED, stamped_s=-100.0, heard_s=2.0))
    assert S1 in state.outcome_unknown
    state.apply(reads(OPEN, stamped_s=2.5, heard_s=2.6))
    assert S1 not in state.outcome_unknown


def test_a_confirmed_one_is_shown_by_a_device_whose_clock_is_hours_slow() -> None:
    """It has answered; what it says next is of after that."""
    state = LiveState(network=GRID)
    confirmed = CommandConfirmed(at=AT + timedelta(seconds=0.4), command=CommandId("c1"))
    for event in (reads(CLOSED, stamped_s=-9_000.0, heard_s=-1.0), issued(), confirmed):
        state.apply(event)
    assert state.is_unknown(S1)
    state.apply(reads(CLOSED, stamped_s=-9_000.0, heard_s=0.5))
    assert state.is_unknown(S1)
    state.apply(reads(OPEN, stamped_s=-8_999.0, heard_s=0.6))
    assert not state.is_unknown(S1)


READINGS = st.lists(
    st.tuples(
        st.sampled_from((OPEN, CLOSED)),
        st.floats(-20.0, SETTLES_S),
        st.floats(0.0, SETTLES_S + 30.0),
    ),
    max_size=8,
)


@given(READINGS)
def test_nothing_of_before_the_end_ever_makes_the_other_position_known(
    readings: list[tuple[Position, float, float]],
) -> None:
    """Whatever was measured up to the end of the command, in whatever order it is heard: the
    position that the command would change is not known."""
    state = after(issued(), silence())
    for position, stamped_s, heard_s in sorted(readings, key=lambda each: each[2]):
        state.apply(reads(position, stamped_s=stamped_s, heard_s=heard_s))
        if not state.is_unknown(S1):
            assert state.positions[S1].value is OPEN
