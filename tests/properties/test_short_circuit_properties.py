"""The radial engine equals the inverted admittance matrix, and finds faults where they are."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.ids import BranchId, NodeId, SourceId, SwitchId
from gridops.network import Network, build_network
from gridops.powerflow import FaultKind, Level, RadialCurrents, RadialShortCircuit, fault_places
from tests.fault_reference import Reference
from tests.properties.drawn_faults import fault_grids

CLOSE = 1e-9
KINDS = st.sampled_from(FaultKind)
LEVELS = st.sampled_from(Level)
SHARE = {FaultKind.THREE_PHASE: 1.0, FaultKind.TWO_PHASE: math.sqrt(3) / 2}


def currents(network: Network, kind: FaultKind, level: Level) -> RadialCurrents:
    closed = network.normally_closed
    found = RadialShortCircuit(network).radial(closed, at=None, kind=kind, level=level)
    assert found is not None
    return found


@given(network=fault_grids(), kind=KINDS, level=LEVELS)
def test_it_equals_the_inverted_matrix(network: Network, kind: FaultKind, level: Level) -> None:
    found = currents(network, kind, level)
    reference = Reference(network, network.normally_closed, level=level)
    assert set(found.ik_a) == set(reference.row)
    for node in reference.row:
        ik_a = SHARE[kind] * reference.ik_a(node)
        assert found.ik_a[node] == pytest.approx(ik_a, rel=CLOSE)
        assert found.r_to_x[node] == pytest.approx(reference.r_to_x(node), rel=CLOSE)
        factor = 1.02 + 0.98 * math.exp(-3 * reference.r_to_x(node))
        assert found.ip_a[node] == pytest.approx(math.sqrt(2) * factor * ik_a, rel=CLOSE)


@given(network=fault_grids(), level=LEVELS)
def test_the_way_of_the_current_is_that_of_the_matrix(network: Network, level: Level) -> None:
    found = currents(network, FaultKind.THREE_PHASE, level)
    reference = Reference(network, network.normally_closed, level=level)
    for node in reference.row:
        carried = {b: a for b, a in reference.branch_a(node).items() if a > 1e-6 * found.ik_a[node]}
        assert found.paths[node].branch_a == {
            branch: pytest.approx(amperes, rel=1e-6) for branch, amperes in carried.items()
        }


@given(network=fault_grids(), kind=KINDS, level=LEVELS)
def test_one_device_sees_what_the_path_says(
    network: Network, kind: FaultKind, level: Level
) -> None:
    found = currents(network, kind, level)
    for device in network.switches:
        asked = dict.fromkeys(network.nodes, device)
        assert found.seen_a(asked) == {
            node: pytest.approx(path.switch_a.get(device, 0.0), rel=CLOSE)
            for node, path in found.paths.items()
        }


@given(network=fault_grids(), level=LEVELS)
def test_an_island_without_its_source_has_no_fault_current(network: Network, level: Level) -> None:
    dead = frozenset({SourceId("S1")})
    kind, closed = FaultKind.THREE_PHASE, network.normally_closed
    engine = RadialShortCircuit(network)
    found = engine.currents(closed, at=None, kind=kind, level=level, dead_sources=dead)
    assert set(found.ik_a) == set(Reference(network, closed, level=level, dead_sources=dead).row)


def split(network: Network, line: BranchId, fraction: float) -> Network:
    """A node `X` on the line, that far from its `from_node`."""
    parts = network.components
    cut = network.branches[line]
    node = replace(network.nodes[cut.from_node], id=NodeId("X"))
    one = {"r_ohm": fraction * cut.r_ohm, "x_ohm": fraction * cut.x_ohm}
    other = {"r_ohm": (1 - fraction) * cut.r_ohm, "x_ohm": (1 - fraction) * cut.x_ohm}
    halves = (
        replace(cut, to_node=node.id, **one),
        replace(cut, id=BranchId("rest"), from_node=node.id, **other),
    )
    rest = tuple(b for b in parts.branches if b.id != line)
    return build_network(replace(parts, nodes=(*parts.nodes, node), branches=(*rest, *halves)))


@given(network=fault_grids(), kind=KINDS, level=LEVELS, data=st.data())
def test_a_fault_on_a_line_is_found_where_it_is(
    network: Network, kind: FaultKind, level: Level, data: st.DataObject
) -> None:
    found = currents(network, kind, level)
    line = data.draw(st.sampled_from([b.id for b in network.components.branches]))
    fraction = data.draw(st.floats(0.01, 0.99))
    path = currents(split(network, line, fraction), kind, level).paths[NodeId("X")]
    for device, seen_a in path.switch_a.items():
        places = fault_places(found, device, current_a=seen_a, tolerance=1e-9)
        mine = [s for s in places.spans if s.branch == line]
        assert any(s.fraction_from - 1e-6 <= fraction <= s.fraction_to + 1e-6 for s in mine), (
            device,
            fraction,
            mine,
        )
        section = network.section_of_branch[line]
        assert section in places.sections(seen_a, tolerance=1e-9)


@given(network=fault_grids(), kind=KINDS, level=LEVELS, data=st.data())
def test_every_place_that_is_told_gives_that_current(
    network: Network, kind: FaultKind, level: Level, data: st.DataObject
) -> None:
    found = currents(network, kind, level)
    device = data.draw(st.sampled_from([s for s in network.switches if s[0] == "b"]))
    measured_a = data.draw(st.floats(300.0, 20e3))
    tolerance = data.draw(st.floats(0.0, 0.2))
    places = fault_places(found, device, current_a=measured_a, tolerance=tolerance)
    for span in places.spans:
        assert 0.0 <= span.fraction_from <= span.fraction_to <= 1.0
        for fraction in (span.fraction_from, span.fraction_to):
            cut = split(network, span.branch, fraction)
            seen_a = currents(cut, kind, level).paths[NodeId("X")].switch_a[SwitchId(device)]
            slack = 1e-6 * measured_a
            assert seen_a >= measured_a * (1 - tolerance) - slack
            assert seen_a <= measured_a * (1 + tolerance) + slack
        assert span.section in places.sections(measured_a, tolerance=tolerance + 1e-9)
