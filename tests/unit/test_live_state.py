"""The live state, told fact by fact."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gridops.events import (
    CommandIssued,
    CommandTimedOut,
    ControlRoomStarted,
    CurrentMeasured,
    Event,
    FaultCurrentMeasured,
    LinkLost,
    LinkRestored,
    LockoutChanged,
    ModeChanged,
    PositionReported,
    PowerMeasured,
    SwitchMoved,
    TagPlaced,
    TagRemoved,
    VoltageMeasured,
)
from gridops.events.operator import Mode, TagKind
from gridops.ids import (
    CommandId,
    FeederId,
    IncidentId,
    LinkId,
    NodeId,
    PlanId,
    PointId,
    SwitchId,
    TagId,
)
from gridops.ids import UserName as User
from gridops.measurement import Position, Quality, Reading
from gridops.network import Network, Point, Signal, build_network, draw
from gridops.state import LiveState

AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
S1, B1, T1 = SwitchId("s1"), SwitchId("b1"), SwitchId("t1")
RTU, ALL = LinkId("rtu"), ("b1", "s1", "t1", "b2")


GRID = "S1 [b1] A [s1] B (t1) C [b2] S2"
NODE = NodeId("S1")


def with_points() -> Network:
    """The lockout of s1 comes from the relay over a link of its own."""
    drawn = draw(GRID).components
    told = [("S1", Signal.VOLTAGE), ("s1", Signal.CURRENT), ("s1", Signal.POWER)]
    told += [("s1", Signal.FAULT_CURRENT), ("s1", Signal.LOCKOUT)]
    points = [
        Point(
            id=PointId(f"{element}.{signal}"),
            link=LinkId("relay") if signal is Signal.LOCKOUT else RTU,
            element=element,
            signal=signal,
            node_id=f"{element}.{signal}",
        )
        for element, signal in told
    ]
    relay = replace(drawn.links[0], id=LinkId("relay"), namespace_uri="urn:relay")
    return build_network(
        replace(drawn, points=(*drawn.points, *points), links=(*drawn.links, relay))
    )


def told(*facts: Event, on: Network | None = None) -> LiveState:
    state = LiveState(network=on or draw(GRID))
    state.apply(LinkRestored(at=AT, link=RTU, epoch=1, gap_since=None))
    for name in ALL:
        closed = name != "t1"
        state.apply(moved(name, Position.CLOSED if closed else Position.OPEN))
    for fact in facts:
        state.apply(fact)
    return state


def moved(
    switch: str, position: Position, quality: Quality = Quality.GOOD, at: datetime = AT
) -> SwitchMoved:
    return SwitchMoved(
        at=at, source_time=at, quality=quality, switch=SwitchId(switch), position=position
    )


def test_before_the_first_reading_no_telemetered_position_carries_an_argument() -> None:
    state = LiveState(network=draw("S1 [b1] A"))
    assert state.is_unknown(B1)
    assert not state.is_reachable(B1)


def test_a_contact_on_its_way_supplies_as_before_until_it_has_arrived() -> None:
    on_its_way = told(moved("s1", Position.INTERMEDIATE))
    assert on_its_way.energisation.customers_dark == 0
    assert on_its_way.is_unknown(S1)
    assert S1 in on_its_way.snapshot(AT).closed
    arrived = told(moved("s1", Position.INTERMEDIATE), moved("s1", Position.OPEN))
    assert arrived.energisation.customers_dark == 100
    assert not arrived.is_unknown(S1)


def test_a_bad_double_point_is_not_an_open_switch() -> None:
    state = told(moved("s1", Position.BAD, Quality.BAD))
    assert state.is_unknown(S1)
    assert state.energisation.customers_dark == 0


def test_a_dead_link_changes_quality_and_never_position() -> None:
    state = told(LinkLost(at=AT, link=RTU, why="no keep-alive"))
    assert state.closed == {B1, S1, SwitchId("b2")}
    assert state.snapshot(AT).unknown == set(ALL)
    back = told(
        LinkLost(at=AT, link=RTU, why="no keep-alive"),
        LinkRestored(at=AT, link=RTU, epoch=2, gap_since=AT),
    )
    assert back.is_unknown(S1), "only a fresh reading makes it known again"
    back.apply(moved("s1", Position.CLOSED))
    assert not back.is_unknown(S1)


def test_a_dead_link_takes_the_trust_from_everything_that_it_carries() -> None:
    told_before = (
        VoltageMeasured(at=AT, source_time=AT, node=NODE, voltage_v=22_000.0),
        CurrentMeasured(at=AT, source_time=AT, switch=S1, current_a=120.0),
        PowerMeasured(at=AT, source_time=AT, switch=S1, p_w=4e6),
        FaultCurrentMeasured(at=AT, source_time=AT, switch=S1, current_a=3000.0),
        LockoutChanged(at=AT, source_time=AT, switch=S1, reading=Reading.YES),
    )
    state = told(*told_before, on=with_points())
    known = (
        lambda: state.voltages_v[NODE],
        lambda: state.currents_a[S1],
        lambda: state.powers_w[S1],
        lambda: state.fault_currents_a[S1],
        lambda: state.lockouts[S1],
    )
    assert [one().quality for one in known] == [Quality.GOOD] * 5
    values = [one().value for one in known]
    state.apply(LinkLost(at=AT, link=RTU, why="no keep-alive"))
    assert [one().quality for one in known[:4]] == [Quality.STALE] * 4
    assert state.lockouts[S1].is_good, "another link carries the lockout of s1"
    state.apply(LinkLost(at=AT, link=LinkId("relay"), why="no keep-alive"))
    assert state.lockouts[S1].quality is Quality.STALE
    assert [one().value for one in known] == values


def test_a_dead_busbar_does_not_come_back_because_its_link_is_lost() -> None:
    state = told(
        VoltageMeasured(at=AT, source_time=AT, node=NODE, voltage_v=50.0), on=with_points()
    )
    dead, out = state.dead_sources, state.energisation.customers_dark
    assert dead
    assert out
    state.apply(LinkLost(at=AT, link=RTU, why="no keep-alive"))
    state.check()
    assert (state.dead_sources, state.energisation.customers_dark) == (dead, out)
    state.apply(VoltageMeasured(at=AT, source_time=AT, node=NODE, voltage_v=22_000.0))
    assert not state.dead_sources


def test_a_stale_reading_keeps_the_position_and_loses_the_trust() -> None:
    state = told(moved("s1", Position.OPEN, Quality.STALE))
    assert state.positions[S1].value is Position.CLOSED
    assert state.is_unknown(S1)


def issued(command: str) -> CommandIssued:
    return CommandIssued(
        at=AT,
        command=CommandId(command),
        incident=IncidentId("I1"),
        plan=PlanId("I1/P1"),
        step=1,
        switch=S1,
        position=Position.OPEN,
        deadline=AT + timedelta(seconds=3),
    )


def test_an_unconfirmed_command_leaves_the_switch_unknown_until_it_is_read() -> None:
    state = told(issued("c1"), CommandTimedOut(at=AT, command=CommandId("c1"), why="silence"))
    assert state.is_unknown(S1)
    state.apply(moved("s1", Position.OPEN))
    assert not state.is_unknown(S1)


def test_a_restart_in_the_middle_of_a_command_leaves_its_switch_unknown() -> None:
    restart = ControlRoomStarted(at=AT, epoch=2, grid="g", grid_fingerprint="f", settings="")
    state = told(issued("c1"), restart)
    assert S1 in state.outcome_unknown
    assert not state.is_reachable(S1)


def test_a_persons_word_counts_where_no_telemetry_speaks_and_nowhere_else() -> None:
    report = PositionReported(at=AT, by=User("an"), switch=S1, position=Position.OPEN)
    assert S1 in told(report).closed


def test_a_tag_is_there_until_it_is_removed() -> None:
    placed = TagPlaced(
        at=AT, by=User("an"), tag=TagId("T1"), switch=T1, kind=TagKind.NO_CLOSE, reason="work"
    )
    state = told(placed)
    (tag,) = state.snapshot(AT).tags[T1]
    assert tag.blocks_closing
    assert not tag.blocks_opening
    state.apply(TagRemoved(at=AT, by=User("an"), tag=TagId("T1"), switch=T1))
    assert not state.snapshot(AT).tags


def test_the_lower_of_system_and_feeder_mode_counts() -> None:
    feeder = FeederId("Fb1")
    state = told(ModeChanged(at=AT, by=User("an"), feeder=feeder, mode=Mode.AUTOMATIC))
    assert state.mode_of(feeder) is Mode.ADVISORY
    state.apply(ModeChanged(at=AT, by=User("an"), feeder=None, mode=Mode.AUTOMATIC))
    assert state.mode_of(feeder) is Mode.AUTOMATIC


def test_a_busbar_without_voltage_leaves_its_feeders_dark() -> None:
    dead = VoltageMeasured(at=AT, source_time=AT, node=NodeId("S1"), voltage_v=12.0)
    state = told(dead)
    assert state.dead_sources == {"S1"}
    assert state.energisation.customers_dark == 200


def late(switch: str, position: Position, *, happened_s: float, came_s: float) -> SwitchMoved:
    return SwitchMoved(
        at=AT + timedelta(seconds=came_s),
        source_time=AT + timedelta(seconds=happened_s),
        switch=SwitchId(switch),
        position=position,
    )


def test_a_movement_that_was_overtaken_is_no_news() -> None:
    """b1 opens, recloses, opens for good; the reclosing is heard of last."""
    state = told(
        late("b1", Position.OPEN, happened_s=1.0, came_s=1.1),
        late("b1", Position.OPEN, happened_s=12.0, came_s=12.1),
        late("b1", Position.CLOSED, happened_s=11.5, came_s=20.0),
    )
    assert state.positions[B1].value is Position.OPEN
    assert state.energisation.customers_dark > 0


def test_a_device_whose_clock_was_set_back_is_believed() -> None:
    """An hour ahead, then right: the later word has the older stamp."""
    state = told(
        late("b1", Position.OPEN, happened_s=3_601.0, came_s=1.0),
        late("b1", Position.CLOSED, happened_s=5.0, came_s=5.1),
    )
    assert state.positions[B1].value is Position.CLOSED


def test_what_is_told_after_a_gap_is_believed() -> None:
    state = told(
        late("b1", Position.OPEN, happened_s=12.0, came_s=12.1),
        LinkLost(at=AT + timedelta(seconds=13), link=RTU, why="test"),
        LinkRestored(at=AT + timedelta(seconds=14), link=RTU, epoch=2, gap_since=AT),
        late("b1", Position.CLOSED, happened_s=11.0, came_s=14.1),
    )
    assert state.positions[B1].value is Position.CLOSED
