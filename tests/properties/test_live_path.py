"""What is kept from fact to fact is what a look at everything would say."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.control_room.books import Books
from gridops.errors import StateDiverged
from gridops.events import (
    CommandConfirmed,
    CommandIssued,
    CommandTimedOut,
    ControlRoomStarted,
    Event,
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LocalControlChanged,
    PositionReported,
    PowerMeasured,
    SwitchMoved,
    VoltageMeasured,
)
from gridops.ids import (
    CommandId,
    FeederId,
    IncidentId,
    LinkId,
    LoadId,
    NodeId,
    PlanId,
    SectionId,
    SwitchId,
    UserName,
)
from gridops.measurement import Position, Quality, Reading
from gridops.network import draw
from gridops.powerflow import LoadPower
from gridops.response import FeederLoads
from gridops.state import LiveState, energise
from gridops.state.snapshot import closed_by
from tests.playbook import SETTINGS, Playbook

AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
GRID = draw(
    "S1 [b1] A [s1] B (t1) C [b2] S2\nS1 [b3] D [r3] E (t2) B\nS3 [b4] F (t3) E\nG (s5) F",
    customers={"A": 7, "B": 31, "C": 100, "D": 11, "E": 5, "F": 64, "G": 1},
)
RTU = LinkId("rtu")
COMMANDS = st.sampled_from([CommandId("c1"), CommandId("c2")])
SWITCHES = st.sampled_from(list(GRID.switches))


@st.composite
def facts(draw_: st.DrawFn, *, most: int) -> list[Event]:
    """Facts one second apart."""
    events: list[Event] = []
    for second in range(draw_(st.integers(1, most))):
        at = AT + timedelta(seconds=second)
        events.append(draw_(one_fact(at)))
    return events


def one_fact(at: datetime) -> st.SearchStrategy[Event]:
    source_time = st.just(at)
    quality = st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.GOOD, *Quality])
    moves = st.builds(
        SwitchMoved,
        at=st.just(at),
        source_time=source_time,
        quality=quality,
        switch=SWITCHES,
        position=st.sampled_from([Position.OPEN, Position.CLOSED, *Position]),
    )
    voltages = st.builds(
        VoltageMeasured,
        at=st.just(at),
        source_time=source_time,
        quality=quality,
        node=st.sampled_from([NodeId("S1"), NodeId("S2"), NodeId("S3"), NodeId("A")]),
        voltage_v=st.sampled_from([0.0, 22_000.0]),
    )
    flags = st.builds(
        FaultFlagChanged,
        at=st.just(at),
        source_time=source_time,
        quality=quality,
        switch=SWITCHES,
        reading=st.sampled_from(Reading),
    )
    reports = st.builds(
        PositionReported,
        at=st.just(at),
        by=st.just(UserName("lan")),
        switch=SWITCHES,
        position=st.sampled_from([Position.OPEN, Position.CLOSED]),
    )
    local = st.builds(
        LocalControlChanged,
        at=st.just(at),
        source_time=source_time,
        switch=SWITCHES,
        reading=st.sampled_from(Reading),
    )
    return st.one_of(moves, moves, moves, voltages, flags, reports, local, links(at), orders(at))


def links(at: datetime) -> st.SearchStrategy[Event]:
    lost = LinkLost(at=at, link=RTU, why="")
    back = LinkRestored(at=at, link=RTU, epoch=2, gap_since=at)
    return st.sampled_from([lost, back])


def orders(at: datetime) -> st.SearchStrategy[Event]:
    issued = st.builds(
        CommandIssued,
        at=st.just(at),
        command=COMMANDS,
        incident=st.just(IncidentId("I1")),
        plan=st.just(PlanId("I1/P1")),
        step=st.just(1),
        switch=SWITCHES,
        position=st.sampled_from([Position.OPEN, Position.CLOSED]),
        deadline=st.just(at),
    )
    confirmed = st.builds(CommandConfirmed, at=st.just(at), command=COMMANDS)
    late = st.builds(CommandTimedOut, at=st.just(at), command=COMMANDS, why=st.just(""))
    started = ControlRoomStarted(at=at, epoch=2, grid="g", grid_fingerprint="f", settings="")
    return st.one_of(issued, issued, confirmed, late, st.just(started))


@given(facts(most=40))
def test_asking_after_every_fact_finds_what_asking_once_does(events: list[Event]) -> None:
    asked, unasked = LiveState(network=GRID), LiveState(network=GRID)
    assert unasked.energisation.same_as(asked.energisation)
    for event in events:
        before = asked.energisation
        asked.apply(event)
        unasked.apply(event)
        if asked.energisation is before:
            assert asked.closed == closed_by(asked.positions, asked.last_definite)
        asked.check()
    assert asked.closed == unasked.closed == closed_by(unasked.positions, unasked.last_definite)
    assert asked.dead_sources == unasked.dead_sources
    assert asked.energisation.same_as(unasked.energisation)
    unasked.check()


@given(facts(most=40))
def test_tracing_in_full_says_the_same_at_the_same_facts(events: list[Event]) -> None:
    stepping, whole = LiveState(network=GRID), LiveState(network=GRID, traces_in_full=True)
    for event in events:
        was = stepping.energisation, whole.energisation
        stepping.apply(event)
        whole.apply(event)
        now = stepping.energisation, whole.energisation
        assert (now[0] is was[0]) == (now[1] is was[1])
        assert now[0].same_as(now[1])
        assert now[0].dead_sources == now[1].dead_sources
        assert set(now[1].lost_since(was[1])) == set(now[0].lost_since(was[0]))


@given(facts(most=12))
def test_a_snapshot_knows_what_was_closed_then(events: list[Event]) -> None:
    state = LiveState(network=GRID)
    for event in events:
        was, closed = state.snapshot(AT), frozenset(state.closed)
        assert was.unknown == {s for s in GRID.switches if state.is_unknown(s)}
        assert was.unreachable == {s for s in GRID.switches if not state.is_reachable(s)}
        state.apply(event)
        assert was.closed == closed == closed_by(was.positions, was.last_definite)


@given(facts(most=40))
def test_books_that_look_only_at_what_changed_book_the_same(events: list[Event]) -> None:
    play = Playbook.on(GRID, SETTINGS)
    desk = play.desk
    quick, whole = Books(GRID, UTC), Books(GRID, UTC)
    late = play.now - AT
    for event in events:
        before = desk.state.energisation
        play.now = event.at + late
        play.feed(event)
        for books in (quick, whole):
            whole._whole_due = True
            books.post(event, before, desk=desk)
    assert quick.ledger.interruptions == whole.ledger.interruptions
    assert quick.ledger.lasting == whole.ledger.lasting
    dark_now = {load for s in desk.state.energisation.dark for load in GRID.sections[s].loads}
    lasting = {one.load for one in quick.ledger.lasting}
    assert lasting == dark_now - {LoadId("G")} or LoadId("G") in lasting


powers = st.lists(
    st.tuples(
        st.sampled_from([SwitchId(name) for name in ("b1", "b2", "b3", "b4", "s1")]),
        st.integers(0, 300),
        st.floats(-5e6, 5e6),
    ),
    max_size=25,
)


@given(earlier=powers, later=powers, closed=st.sets(SWITCHES))
def test_loads_before_an_instant_stay_what_they_were(
    earlier: list[tuple[SwitchId, int, float]],
    later: list[tuple[SwitchId, int, float]],
    closed: set[SwitchId],
) -> None:
    """Worked out when they are asked for, whatever is measured meanwhile."""
    kept, traced = FeederLoads(GRID), energise(GRID, closed)
    keep(kept, earlier)
    instant = AT + timedelta(seconds=200)
    loads = kept.before(instant, traced)
    keep(kept, later)
    measured: dict[FeederId, list[float]] = {}
    for switch, second, p_w in earlier:
        feeder = GRID.switches[switch].feeder
        if feeder is not None and 80 <= second < 200:
            measured.setdefault(feeder, []).append(abs(p_w))
    wanted = {}
    for section, members in GRID.loads_of_section.items():
        feeder = traced.feeder_of.get(section)
        factor = 1.0
        if feeder in measured:
            stated = traced.p_w_behind(GRID.heads[feeder])
            factor = sum(measured[feeder]) / len(measured[feeder]) / stated
        for load in members:
            wanted[load.id] = LoadPower(load.p_w * factor, load.q_var * factor)
    assert loads == wanted
    assert list(loads) == list(wanted)


def keep(loads: FeederLoads, readings: Iterable[tuple[SwitchId, int, float]]) -> None:
    for switch, second, p_w in readings:
        at = AT + timedelta(seconds=second)
        loads.keep(PowerMeasured(at=at, source_time=at, switch=switch, p_w=p_w))


def opened(name: str) -> SwitchMoved:
    return SwitchMoved(
        at=AT,
        source_time=AT,
        quality=Quality.GOOD,
        switch=SwitchId(name),
        position=Position.OPEN,
    )


def test_a_supply_that_is_not_what_a_full_trace_says_is_found() -> None:
    state = LiveState(network=GRID)
    assert state.energisation.customers_dark == 1
    state.apply(opened("s1"))
    tree, rows = state.energisation.by_number.tree_of(0)
    tree.customers[rows.start] += 1
    with pytest.raises(StateDiverged, match="supply"):
        state.check()


def test_a_position_that_was_not_heard_of_is_found() -> None:
    state = LiveState(network=GRID)
    assert state.energisation.is_supplied(SectionId("SB"))
    state.apply(opened("s1"))
    state._moves.clear()
    with pytest.raises(StateDiverged, match="positions"):
        state.check()


def test_a_source_that_was_not_heard_of_is_found() -> None:
    state = LiveState(network=GRID)
    assert state.energisation.dead_sources == frozenset()
    state.apply(opened("s1"))
    state.apply(VoltageMeasured(at=AT, source_time=AT, node=NodeId("S3"), voltage_v=0.0))
    state._dead = frozenset()
    with pytest.raises(StateDiverged, match="sources"):
        state.check()


def test_more_moves_at_once_than_are_followed_one_by_one() -> None:
    chain = draw("S1 [b1] A " + " ".join(f"[s{k}] B{k}" for k in range(40)))
    state = LiveState(network=chain)
    assert state.energisation.customers_dark == 0
    for k in range(39, 9, -1):
        state.apply(opened(f"s{k}"))
    assert state.energisation.customers_dark == 3000
    state.check()
