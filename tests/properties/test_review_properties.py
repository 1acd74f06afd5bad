"""What the review proves about ties, against brute force on random grids."""

from collections.abc import Iterator
from dataclasses import replace

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st
from random_feeders import drawings

from gridops.ids import NodeId, SectionId, SwitchId
from gridops.network import Control, Network, Switch, build_network, draw
from gridops.powerflow import FlowResult, LoadPower, violations
from gridops.state import Energisation, energise
from gridops.study.review_feeders import restorable_sections
from gridops.study.review_flow import normal_flows
from gridops.study.review_lending import Lending, lendings
from gridops.study.review_ties import tie_flaws
from gridops.study.review_tree import supply_tree
from tests.radial_sweep import RadialSweep


@st.composite
def tied_grids(draw_: st.DrawFn) -> Network:
    """Random feeders with ties of all sorts; some switches cannot be operated."""
    text = draw_(drawings())
    names = [word for word in dict.fromkeys(text.split()) if word[0] in "ABC"]
    for k in range(draw_(st.integers(0, 3))):
        one, other = draw_(st.sampled_from(names)), draw_(st.sampled_from(names))
        if one != other:
            text += f"\n{one} (t9{k}) {other}"
    loads = {name: draw_(st.floats(1e3, 3e6)) for name in names}
    parts = draw(text, p_w=loads).components
    switches = tuple(
        replace(s, control=draw_(st.sampled_from([Control.REMOTE, Control.CREW, Control.NONE])))
        for s in parts.switches
    )
    branches = tuple(
        replace(b, current_a_max=draw_(st.sampled_from([60.0, 200.0, 400.0])), r_ohm=r, x_ohm=r)
        for b in parts.branches
        if (r := draw_(st.sampled_from([0.1, 1.0, 6.0])))
    )
    shares = st.sampled_from([(0.0, 0.0), (0.0, 0.0), (0.3, 0.4), (0.0, 1.0), (1.0, 0.0)])
    given_loads = []
    for load in parts.loads:
        current, impedance = draw_(shares)
        given_loads.append(
            replace(load, constant_current_share=current, constant_impedance_share=impedance)
        )
    changed = replace(parts, switches=switches, branches=branches, loads=tuple(given_loads))
    return build_network(changed)


def normal_of(network: Network) -> Energisation:
    return energise(network, normally_closed(network))


def normally_closed(network: Network) -> frozenset[SwitchId]:
    return frozenset(s.id for s in network.switches.values() if s.is_normally_closed)


def restorable_by_force(network: Network, normal: Energisation) -> set[SectionId]:
    """Takes every section out in turn and looks who still reaches a source."""
    roots = [s for s, through in normal.fed_through.items() if through is None]
    graph = nx.Graph()
    graph.add_nodes_from(normal.order)
    graph.add_edges_from(("source", root) for root in roots)
    for switch in network.switches.values():
        if switch.is_normally_closed or switch.control is not Control.NONE:
            graph.add_edge(*network.section_ends[switch.id])
    found: set[SectionId] = set()
    for faulted in normal.order:
        if faulted in roots:
            continue
        left = graph.copy()
        left.remove_node(faulted)
        alive = nx.node_connected_component(left, "source")
        for section in normal.order:
            if section in alive and _is_cut_off_below(network, normal, faulted, section=section):
                found.add(section)
    return found


def _is_cut_off_below(
    network: Network, normal: Energisation, faulted: SectionId, *, section: SectionId
) -> bool:
    """Whether `section` is fed through `faulted`, by an operable switch out of it."""
    while (name := normal.fed_through[section]) is not None:
        section = network.across(name, section)
        if section == faulted:
            return network.switches[name].control is not Control.NONE
    return False


@given(tied_grids())
@settings(max_examples=150)
def test_exactly_those_sections_are_beyond_ties_that_no_fault_leaves_a_way_to(
    network: Network,
) -> None:
    normal = normal_of(network)
    assert restorable_sections(network, normal) == restorable_by_force(network, normal)


def passes_a_section(network: Network, tie: Switch) -> bool:
    """As `tie-without-use` is meant, by walking up from both ends of the tie."""
    normal = normal_of(network)
    one, other = (normal.path(end) for end in network.section_ends[tie.id])
    arms = [
        [s for s in arm if s not in beside and network.switches[s].control is not Control.NONE]
        for arm, beside in ((one, other), (other, one))
    ]
    roots = {normal.source_of[end] for end in network.section_ends[tie.id]}
    return max(map(len, arms)) >= (1 if len(roots) == 2 else 2)


@given(tied_grids())
@settings(max_examples=150)
def test_a_tie_is_without_use_exactly_if_no_section_lies_between_operable_switches(
    network: Network,
) -> None:
    told = {f.ids[0] for f in tie_flaws(supply_tree(network), []) if f.code == "tie-without-use"}
    ties = [s for s in network.switches.values() if not s.is_normally_closed]
    operable = [tie for tie in ties if tie.control is not Control.NONE]
    assert told == {tie.id for tie in operable if not passes_a_section(network, tie)}


def part_at(network: Network, start: NodeId) -> tuple[set[NodeId], set[SwitchId]]:
    """What hangs together at `start` whatever is opened, and the switches around it."""
    part, around, queue = {start}, set[SwitchId](), [start]
    while queue:
        node = queue.pop()
        for name, other in _joined(network, node):
            if name is not None and network.switches[name].control is not Control.NONE:
                around.add(name)
            elif other not in part:
                part.add(other)
                queue.append(other)
    return part, around


def _joined(network: Network, node: NodeId) -> Iterator[tuple[SwitchId | None, NodeId]]:
    for branch in network.branches.values():
        if node in (branch.from_node, branch.to_node):
            yield None, branch.to_node if node == branch.from_node else branch.from_node
    for switch in network.switches.values():
        if switch.is_normally_closed and node in (switch.node_a, switch.node_b):
            yield switch.id, switch.node_b if node == switch.node_a else switch.node_a


def breaks_limits_when_lifted(network: Network, lending: Lending) -> bool:
    _, around = part_at(network, lending.taker)
    loads = {load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()}
    closed = (normally_closed(network) - around) | {lending.tie.id}
    return breaks_limits(network, RadialSweep(network).solve(closed, loads))


def breaks_limits(network: Network, result: FlowResult) -> bool:
    rated_a = {s.id: s.current_a_rated for s in network.switches.values()}
    return bool(violations(result, network.components.limits, rated_a=rated_a))


@given(tied_grids())
@settings(max_examples=300)
def test_a_tie_that_is_said_to_lift_nothing_breaks_limits_when_it_does(network: Network) -> None:
    """Asked only where the normal state keeps its limits: then it is the tie that breaks them."""
    normal = normal_flows(network, RadialSweep(network))[0].result
    if breaks_limits(network, normal):
        return
    for lending in lendings(supply_tree(network), normal):
        part, _ = part_at(network, lending.taker)
        holds_source = any(source.node in part for source in network.sources.values())
        if not lending.can_help and not holds_source:
            assert breaks_limits_when_lifted(network, lending)
