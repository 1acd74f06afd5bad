"""power-grid-model's fault currents equal the inverted matrix, in meshed states too."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.adapters.engines import PowerGridModelShortCircuit
from gridops.ids import SwitchId
from gridops.network import Network, build_network
from gridops.powerflow import FaultKind, Level, RadialShortCircuit
from tests.fault_reference import Reference
from tests.properties.drawn_faults import fault_grids

CLOSE = 1e-9
KINDS = st.sampled_from(FaultKind)
LEVELS = st.sampled_from(Level)
SHARE = {FaultKind.THREE_PHASE: 1.0, FaultKind.TWO_PHASE: math.sqrt(3) / 2}


@given(network=fault_grids(), kind=KINDS, level=LEVELS)
def test_both_engines_tell_the_same_of_radial_states(
    network: Network, kind: FaultKind, level: Level
) -> None:
    closed = network.normally_closed
    ours = RadialShortCircuit(network).currents(closed, at=None, kind=kind, level=level)
    theirs = PowerGridModelShortCircuit(network).currents(closed, at=None, kind=kind, level=level)
    assert theirs.ik_a == pytest.approx(dict(ours.ik_a), rel=CLOSE)
    assert theirs.ip_a == pytest.approx(dict(ours.ip_a), rel=CLOSE)
    for node, path in ours.paths.items():
        assert theirs.paths[node].switch_a == pytest.approx(path.switch_a, rel=1e-6)
        assert theirs.paths[node].branch_a == pytest.approx(path.branch_a, rel=1e-6)


@st.composite
def meshed_states(draw_: st.DrawFn) -> tuple[Network, frozenset[SwitchId]]:
    """Any switches closed, some lines twice, and now and then a second unit beside T1 with
    another ratio."""
    network = draw_(fault_grids())
    parts = network.components
    twice = draw_(st.sets(st.sampled_from([b.id for b in parts.branches]), max_size=3))
    doubled = tuple(replace(network.branches[b], id=f"{b}x") for b in sorted(twice))
    units = parts.transformers
    if draw_(st.booleans()):
        units = (*units, replace(units[0], id="T1x", voltage_v_from=112e3, power_va_rated=16e6))
    grid = replace(parts, branches=(*parts.branches, *doubled), transformers=units)
    closed = draw_(st.sets(st.sampled_from(sorted(network.switches))))
    return build_network(grid), frozenset(closed) | {SwitchId("b1")}


@given(state=meshed_states(), kind=KINDS, level=LEVELS)
def test_meshed_states_equal_the_inverted_matrix(
    state: tuple[Network, frozenset[SwitchId]], kind: FaultKind, level: Level
) -> None:
    network, closed = state
    found = PowerGridModelShortCircuit(network).currents(closed, at=None, kind=kind, level=level)
    reference = Reference(network, closed, level=level)
    assert found.solved
    assert set(found.ik_a) == set(reference.row)
    for node in reference.row:
        assert found.ik_a[node] == pytest.approx(SHARE[kind] * reference.ik_a(node), rel=CLOSE)
        assert found.r_to_x[node] == pytest.approx(reference.r_to_x(node), rel=1e-7)


@given(network=fault_grids(), level=LEVELS, pick=st.integers(0, 999))
def test_currents_in_closed_rings_equal_the_inverted_matrix(
    network: Network, level: Level, pick: int
) -> None:
    closed = frozenset(network.switches)
    engine = RadialShortCircuit(network, meshed=PowerGridModelShortCircuit(network))
    found = engine.currents(closed, at=None, kind=FaultKind.THREE_PHASE, level=level)
    reference = Reference(network, closed, level=level)
    node = sorted(reference.row)[pick % len(reference.row)]
    slack_a = 1e-6 * found.ik_a[node]
    carried = found.paths[node].branch_a
    for branch, amperes in reference.branch_a(node).items():
        assert carried.get(branch, 0.0) == pytest.approx(amperes, rel=1e-6, abs=slack_a)
