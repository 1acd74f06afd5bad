"""What no virtual field may ever do, on random grids with random scripts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.ids import GeneratorId, LinkId, PointId, SourceId, SwitchId
from gridops.measurement import Position, Quality
from gridops.network import (
    ORDERS,
    Generator,
    GeneratorKind,
    IndicatorKind,
    Network,
    Point,
    Signal,
    SwitchKind,
    build_network,
    draw,
)
from gridops.state import energise
from gridops.state.telemetry import event_of
from gridops.virtual_field import FieldSettings, Misbehaviour, PointValue, VirtualField
from gridops.virtual_field.fault_current import directions, fault_current_path
from gridops.virtual_field.script import (
    Happening,
    LoseSource,
    Misbehave,
    OperateByHand,
    Repair,
    RestoreSource,
    Strike,
    apply,
)
from tests.radial_sweep import RadialSweep

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
NIGHT_S = 3600.0
DELAYS = st.sampled_from([0.0, 0.1, 0.5])


@dataclass(frozen=True)
class Grid:
    network: Network
    text: str

    def __repr__(self) -> str:
        return f"Grid({self.text!r})"


@st.composite
def grids(draw_: Callable[..., Any], *, radial: bool = False) -> Grid:
    """One or two sources, every feeder behind a head breaker, a tree of sections with every
    kind of switch, ties between any two sections, with random delays and reclosing."""
    sections = [f"N{k}" for k in range(draw_(st.integers(1, 7)))]
    lines, change = [], {}
    for k, section in enumerate(sections):
        parent = draw_(st.sampled_from(["S1", "S2", *sections[:k]]))
        letter = "b" if parent in ("S1", "S2") else draw_(st.sampled_from("brssdf"))
        lines.append(f"{parent} [{letter}{k}] {section}")
        shots = draw_(st.lists(st.sampled_from([0.5, 20.0]), max_size=2))
        change[f"{letter}{k}"] = {
            "trip_delay_s": draw_(DELAYS),
            "reclose_delays_s": tuple(shots) if letter in "br" else (),
        }
    for k in range(draw_(st.integers(0, 2))):
        one, other = draw_(st.sampled_from(sections)), draw_(st.sampled_from(sections))
        closed = not radial and draw_(st.booleans())
        if one != other:
            tie = f"[t{k}]" if closed else f"(t{k})"
            lines.append(f"{one} {tie} {other}")
    text = "\n".join(lines)
    return Grid(metered(draw(text, change=change)), text)


def metered(network: Network) -> Network:
    points = tuple(
        Point(id=PointId(f"{node}.v"), link=LinkId("rtu"), element=node, signal=Signal.VOLTAGE,
              node_id=f"{node}.v")
        for node in network.nodes
    )  # fmt: skip
    return build_network(replace(network.components, points=(*network.components.points, *points)))


def fields(grid: Grid, script: list[Happening]) -> VirtualField:
    field = VirtualField(grid.network, RadialSweep(grid.network), start=START)
    for happening in script:
        apply(field, happening)
    return field


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def scripts(grid: Grid, *, faults: bool) -> st.SearchStrategy[list[Happening]]:
    when = st.floats(0, 600).map(lambda s: round(s, 1))
    switch = st.sampled_from(list(grid.network.switches))
    position = st.sampled_from([Position.OPEN, Position.CLOSED])
    source = st.sampled_from(list(grid.network.sources))
    kind = st.sampled_from([k for k in Misbehaviour if k is not Misbehaviour.STUCK])
    happening: list[st.SearchStrategy[Happening]] = [
        st.builds(OperateByHand, at_s=when, switch=switch, position=position),
        st.builds(LoseSource, at_s=when, source=source),
        st.builds(RestoreSource, at_s=when, source=source),
        st.builds(Misbehave, at_s=when, device=switch, kind=kind),
    ]
    if faults:
        place = st.sampled_from(list(grid.network.sections))
        clears = st.one_of(st.none(), st.integers(1, 3))
        happening += [
            st.builds(
                Strike,
                at_s=when,
                place=place,
                clears_after_openings=clears,
                phases=st.sampled_from(["abc", "ab", "bcn", "an", "c"]),
                trips=st.sampled_from([True, True, True, False]),
            ),
            st.builds(Repair, at_s=when, place=place),
        ]
    return st.lists(st.one_of(happening), max_size=8)


def with_script(*, faults: bool) -> st.SearchStrategy[tuple[Grid, list[Happening]]]:
    return grids().flatmap(lambda g: st.tuples(st.just(g), scripts(g, faults=faults)))


def on_simple_paths(network: Network, closed: set[SwitchId], fault: str) -> set[str]:
    """The slow reference: every simple path from a grid behind all sources to the fault."""
    graph = nx.MultiGraph()
    for source in network.sources.values():
        graph.add_edge("grid", network.section_of_node[source.node], key="infeed")
    for switch in network.switches:
        if switch in closed:
            graph.add_edge(*network.section_ends[switch], key=str(switch))
    if fault not in graph:
        return set()
    routes = nx.all_simple_edge_paths(graph, "grid", fault)
    return {key for route in routes for _, _, key in route} - {"infeed"}


def struck(grid: Grid) -> list[str]:
    """Sections that lie behind some switch: a busbar fault no relay here can see."""
    return [s.id for s in grid.network.sections.values() if not s.sources]


@settings(max_examples=100)
@given(grid=grids(), data=st.data())
def test_fault_current_flows_on_exactly_the_simple_paths_to_the_fault(
    grid: Grid, data: st.DataObject
) -> None:
    network = grid.network
    closed = set(data.draw(st.sets(st.sampled_from(list(network.switches)))))
    fault = data.draw(st.sampled_from(list(network.sections)))
    live = [network.section_of_node[s.node] for s in network.sources.values()]
    assert set(fault_current_path(network, closed, live=live, fault=fault)) == on_simple_paths(
        network, closed, fault
    )


@given(case=with_script(faults=False))
def test_no_relay_picks_up_or_trips_without_fault_current(
    case: tuple[Grid, list[Happening]],
) -> None:
    grid, script = case
    field = fields(grid, script)
    by_hand = {(h.switch, at(h.at_s)) for h in script if isinstance(h, OperateByHand)}
    for value in field.advance(at(NIGHT_S)):
        if value.point.signal is Signal.POSITION:
            assert (value.point.element, value.source_time) in by_hand
        assert value.point.signal is not Signal.PROTECTION
        if value.point.signal is Signal.LOCKOUT:
            assert value.value is False


@given(grid=grids(), data=st.data())
def test_a_permanent_fault_behind_protection_ends_dead_whatever_the_grid(
    grid: Grid, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from(struck(grid)))
    field = fields(grid, [Strike(at_s=1, place=place)])
    field.advance(at(NIGHT_S))
    assert place in field.dark
    assert field.next_due() is None


@given(grid=grids(radial=True), data=st.data())
def test_only_what_lies_behind_the_tripped_devices_goes_dark(
    grid: Grid, data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from(struck(grid)))
    field = fields(grid, [Strike(at_s=1, place=place)])
    way = on_simple_paths(grid.network, set(field.closed), place)
    before = field.closed
    field.advance(at(NIGHT_S))
    opened = before - field.closed
    assert len(opened) == 1
    assert opened <= way


@given(grid=grids(), data=st.data())
def test_every_well_behaved_indicator_on_the_way_flags_and_no_other(
    grid: Grid, data: st.DataObject
) -> None:
    fitted = [s.id for s in grid.network.switches.values() if s.indicator is not IndicatorKind.NONE]
    devices = st.sets(st.sampled_from(fitted)) if fitted else st.just(set())
    silent, stray = data.draw(devices), data.draw(devices)
    place = data.draw(st.sampled_from(struck(grid)))
    field = fields(
        grid,
        [
            *(Misbehave(at_s=0, device=d, kind=Misbehaviour.INDICATOR_SILENT) for d in silent),
            *(Misbehave(at_s=1, device=d, kind=Misbehaviour.INDICATOR_STRAY) for d in stray),
            Strike(at_s=1, place=place),
        ],
    )
    way = on_simple_paths(grid.network, set(field.closed), place)
    told = field.advance(at(NIGHT_S))
    flagged = {
        v.point.element for v in told if v.point.signal is Signal.FAULT_FLAG and v.value is True
    }
    assert flagged == ((way & set(fitted)) - silent) | stray


@given(grid=grids(radial=True), data=st.data())
def test_in_a_radial_grid_every_current_flows_towards_the_fault(
    grid: Grid, data: st.DataObject
) -> None:
    network = grid.network
    fault = data.draw(st.sampled_from(struck(grid)))
    live = [network.section_of_node[s.node] for s in network.sources.values()]
    path = fault_current_path(network, network.normally_closed, live=live, fault=fault)
    graph = nx.Graph([network.section_ends[s] for s in network.normally_closed])
    away = nx.single_source_shortest_path_length(graph, fault) if fault in graph else {}
    for switch, forwards in directions(network, path, live=live, fault=fault).items():
        one, other = network.section_ends[switch]
        assert forwards is (away[other] < away[one])


@given(grid=grids(), data=st.data())
def test_what_flows_in_flows_out_everywhere_but_at_sources_and_the_fault(
    grid: Grid, data: st.DataObject
) -> None:
    """No section on the way swallows or makes fault current, however the rings are meshed."""
    network = grid.network
    fault = data.draw(st.sampled_from(struck(grid)))
    live = [network.section_of_node[s.node] for s in network.sources.values()]
    closed = set(data.draw(st.sets(st.sampled_from(list(network.switches)))))
    path = fault_current_path(network, closed, live=live, fault=fault)
    into: dict[str, set[bool]] = {}
    for switch, forwards in directions(network, path, live=live, fault=fault).items():
        one, other = network.section_ends[switch]
        if forwards is not None:
            into.setdefault(other, set()).add(forwards)
            into.setdefault(one, set()).add(not forwards)
    for section, ways in into.items():
        if section == fault:
            assert ways == {True}
        elif section not in live:
            assert ways == {True, False}


@given(grid=grids(radial=True), data=st.data())
def test_an_indicator_that_needs_voltage_loss_speaks_only_where_it_is_dark(
    grid: Grid, data: st.DataObject
) -> None:
    components = grid.network.components
    needy = tuple(replace(s, indicator_needs_voltage_loss=True) for s in components.switches)
    network = build_network(replace(components, switches=needy))
    place = data.draw(st.sampled_from(struck(grid)))
    way = on_simple_paths(network, set(network.normally_closed), place)
    field = fields(Grid(network, grid.text), [Strike(at_s=1, place=place)])
    traced = energise(network, network.normally_closed)
    told = field.advance(at(NIGHT_S))
    flagged = {v.point.element for v in told if v.point.signal is Signal.FAULT_FLAG and v.value}
    fed = {s: section for section, s in traced.fed_through.items()}
    assert flagged == {
        s.id
        for s in network.switches.values()
        if s.indicator is not IndicatorKind.NONE and s.id in way and fed[s.id] in field.dark
    }


def told_in_steps(field: VirtualField) -> Iterator[list[PointValue]]:
    """What the field says at each instant, while it stands there."""
    while (due := field.next_due()) is not None and due <= at(NIGHT_S):
        yield field.advance(due)


@given(case=with_script(faults=True), counts=st.integers(1, 2))
def test_a_sectionaliser_opens_by_itself_only_between_dark_sections(
    case: tuple[Grid, list[Happening]], counts: int
) -> None:
    grid, script = case
    counting = tuple(
        replace(s, sectionaliser_counts=counts if s.kind is SwitchKind.LOAD_BREAK_SWITCH else 0)
        for s in grid.network.switches.values()
    )
    network = build_network(replace(grid.network.components, switches=counting))
    by_hand = {(h.switch, at(h.at_s)) for h in script if isinstance(h, OperateByHand)}
    field = fields(Grid(network, grid.text), script)
    for told in told_in_steps(field):
        for value in told:
            who = SwitchId(value.point.element)
            moved = value.point.signal is Signal.POSITION and value.value == Position.OPEN
            if not moved or (who, value.source_time) in by_hand:
                continue
            if network.switches[who].sectionaliser_counts:
                assert set(network.section_ends[who]) <= field.dark


@given(case=with_script(faults=True), data=st.data())
def test_backfeed_moves_nothing_and_trips_nothing(
    case: tuple[Grid, list[Happening]], data: st.DataObject
) -> None:
    """It shows in flags alone."""
    grid, script = case
    nodes = data.draw(st.lists(st.sampled_from(list(grid.network.nodes)), min_size=1, max_size=3))
    generators = tuple(
        Generator(
            id=GeneratorId(f"G{number}"),
            name="",
            node=node,
            kind=GeneratorKind.HYDRO,
            power_va_rated=1e6,
            p_w=0.0,
            q_var=0.0,
        )
        for number, node in enumerate(nodes)
    )
    network = build_network(replace(grid.network.components, generators=generators))
    tellings, flagged = [], []
    for backfeed in (False, True):
        field = VirtualField(
            network,
            RadialSweep(network),
            start=START,
            settings=FieldSettings(backfeed=backfeed, reset_after_s=1e6),
        )
        for happening in script:
            apply(field, happening)
        told = field.advance(at(NIGHT_S))
        flags = [v for v in told if v.point.signal is Signal.FAULT_FLAG]
        tellings.append([v for v in told if v.point.signal is not Signal.FAULT_FLAG])
        flagged.append({v.point.element for v in flags if v.value})
    assert tellings[0] == tellings[1]
    assert flagged[0] <= flagged[1]


def reachable(network: Network, closed: frozenset[SwitchId], dead: set[SourceId]) -> set[str]:
    """Nodes with a way to a live source, by a library and over nodes instead of sections."""
    graph = nx.Graph()
    graph.add_nodes_from(network.nodes)
    graph.add_edges_from((b.from_node, b.to_node) for b in network.branches.values())
    graph.add_edges_from((s.node_a, s.node_b) for s in network.switches.values() if s.id in closed)
    live = [s.node for s in network.sources.values() if s.id not in dead]
    return {n for node in live for n in nx.node_connected_component(graph, node)}


def sources_dead(script: list[Happening], network: Network) -> set[SourceId]:
    dead: set[SourceId] = set()
    for happening in sorted(script, key=lambda h: h.at_s):
        if isinstance(happening, LoseSource):
            dead.add(happening.source)
        if isinstance(happening, RestoreSource):
            dead.discard(happening.source)
    return dead


@given(case=with_script(faults=True))
def test_dead_nodes_read_zero_volts_and_live_ones_do_not(
    case: tuple[Grid, list[Happening]],
) -> None:
    grid, script = case
    field = fields(grid, script)
    field.advance(at(NIGHT_S))
    live = reachable(grid.network, field.closed, sources_dead(script, grid.network))
    for node in grid.network.nodes:
        value = field.values()[PointId(f"{node}.v")]
        if node not in live:
            assert (value.value, value.quality) == (0.0, Quality.GOOD)
        elif value.quality is Quality.GOOD:
            assert value.value > 0.9 * grid.network.nodes[node].voltage_v_nominal


@given(case=with_script(faults=True), pace_s=st.sampled_from([0.3, 7.0, 600.0]))
def test_the_same_script_says_the_same_at_any_pace(
    case: tuple[Grid, list[Happening]], pace_s: float
) -> None:
    grid, script = case
    at_once = fields(grid, script).advance(at(1200))
    paced_field, paced = fields(grid, script), []
    for k in range(1, int(1200 / pace_s) + 1):
        paced += paced_field.advance(at(k * pace_s))
    assert paced == at_once
    assert [v.source_time for v in paced] == sorted(v.source_time for v in paced)


@given(case=with_script(faults=True))
def test_every_value_is_one_that_the_control_room_can_read(
    case: tuple[Grid, list[Happening]],
) -> None:
    grid, script = case
    field = fields(grid, script)
    told: list[PointValue] = [*field.values().values(), *field.advance(at(NIGHT_S))]
    readable = [p for p in grid.network.components.points if p.signal not in ORDERS]
    assert set(field.values()) == {p.id for p in readable}
    for value in told:
        event_of(
            value.point,
            value.value,
            quality=value.quality,
            source_time=value.source_time,
            at=value.source_time,
        )
