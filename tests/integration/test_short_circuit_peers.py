"""Short-circuit currents of all shipped grids equal those of power-grid-model and of pandapower.

pandapower corrects transformers, sources and resistances as we do, ignores taps and refers by rated
voltages; in its minimum case it takes `s_sc_min_mva`, `rx_min` and `endtemp_degree`, and below 1 kV
c = 1.1 / 0.9 with `lv_tol_percent=10`, 1.05 / 0.95 with 6: each level has one that is ours.
"""

import itertools
import math
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.adapters.content import models_dir
from gridops.adapters.engines import PowerGridModelShortCircuit
from gridops.adapters.grid_files import load_grid
from gridops.adapters.pandapower_grid.source import quiet
from gridops.adapters.pandapower_grid.writing import numbers, to_net
from gridops.ids import NodeId, SwitchId
from gridops.network import Network, build_network
from gridops.powerflow import FaultCurrents, FaultKind, Level, RadialShortCircuit
from tests.properties.drawn_faults import fault_grids

CLOSE = 1e-9
GRIDS = sorted(folder for folder in models_dir().iterdir() if folder.is_dir())
FAULTS = {FaultKind.THREE_PHASE: "3ph", FaultKind.TWO_PHASE: "2ph"}
LOW_VOLTAGE_TOLERANCE_PCT = {Level.MAX: 10, Level.MIN: 6}
each_grid = pytest.mark.parametrize("folder", GRIDS, ids=lambda folder: folder.name)


def peer_net(network: Network, conductor_c_end: float = 20.0) -> Any:
    net = to_net(network.components)
    net.ext_grid["s_sc_min_mva"] = net.ext_grid.s_sc_max_mva
    net.ext_grid["rx_min"] = net.ext_grid.rx_max
    net.line["endtemp_degree"] = conductor_c_end
    net.sgen = net.sgen.iloc[:0]
    return net


def peer_currents(net: Any, kind: FaultKind, level: Level, *, topology: str) -> Any:
    """By bus number: `ikss_ka` and `ip_ka`."""
    shortcircuit = pytest.importorskip("pandapower.shortcircuit")
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of voltages and powers during a fault, which we do not ask
        shortcircuit.calc_sc(
            net,
            fault=FAULTS[kind],
            case=level.value,
            ip=True,
            topology=topology,
            kappa_method="B",
            lv_tol_percent=LOW_VOLTAGE_TOLERANCE_PCT[level],
        )
    return net.res_bus_sc


def assert_equal_peer(found: FaultCurrents, network: Network, peer: Any) -> None:
    bus = numbers((node.id for node in network.components.nodes), "")
    assert len(found.ik_a) == peer.ikss_ka.notna().sum()
    for node, ik_a in found.ik_a.items():
        assert ik_a == pytest.approx(1e3 * peer.ikss_ka[bus[node]], rel=CLOSE), node
        assert found.ip_a[node] == pytest.approx(1e3 * peer.ip_ka[bus[node]], rel=CLOSE), node


@each_grid
def test_pandapower_finds_the_same(folder: Path) -> None:
    pytest.importorskip("pandapower")
    network = load_grid(folder)
    engine, net = RadialShortCircuit(network, conductor_c_end=80.0), peer_net(network, 80.0)
    for level, kind in itertools.product(Level, FaultKind):
        found = engine.currents(network.normally_closed, at=None, kind=kind, level=level)
        peer = peer_currents(net, kind, level, topology="radial")
        assert_equal_peer(found, network, peer)


@settings(max_examples=15)
@given(network=fault_grids(), level=st.sampled_from(Level), kind=st.sampled_from(FaultKind))
def test_pandapower_finds_the_same_in_drawn_grids(
    network: Network, level: Level, kind: FaultKind
) -> None:
    """Low voltage, off-nominal ratios and odd clock numbers among them."""
    pytest.importorskip("pandapower")
    engine = RadialShortCircuit(network, conductor_c_end=70.0)
    found = engine.currents(network.normally_closed, at=None, kind=kind, level=level)
    peer = peer_currents(peer_net(network, 70.0), kind, level, topology="radial")
    assert_equal_peer(found, network, peer)


@each_grid
@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("kind", list(FaultKind))
def test_power_grid_model_finds_the_same(folder: Path, level: Level, kind: FaultKind) -> None:
    """Every node of the small grids, one in fifty of the large; the way of the current of some."""
    network = load_grid(folder)
    closed = network.normally_closed
    ours = RadialShortCircuit(network, conductor_c_end=80.0).currents(
        closed, at=None, kind=kind, level=level
    )
    asked = list(ours.ik_a)[:: max(len(ours.ik_a) // 50, 1)]
    theirs = PowerGridModelShortCircuit(network, conductor_c_end=80.0).currents(
        closed, at=asked, kind=kind, level=level
    )
    assert theirs.solved
    assert sorted(theirs.ik_a) == sorted(asked)
    for node in asked:
        assert theirs.ik_a[node] == pytest.approx(ours.ik_a[node], rel=CLOSE)
        assert theirs.r_to_x[node] == pytest.approx(ours.r_to_x[node], rel=CLOSE)
        assert theirs.ip_a[node] == pytest.approx(ours.ip_a[node], rel=CLOSE)
    for node in asked[::10]:
        theirs_way, our_way = theirs.paths[node], ours.paths[node]
        assert theirs_way.switch_a == pytest.approx(our_way.switch_a, rel=CLOSE)
        assert theirs_way.branch_a == pytest.approx(our_way.branch_a, rel=CLOSE)


@pytest.mark.parametrize("level", list(Level))
def test_a_closed_ring_is_handed_over_and_equals_pandapower(level: Level) -> None:
    """All of the ring's islands have several sources or a loop, so every peak has the 1.15."""
    pytest.importorskip("pandapower")
    network = load_grid(models_dir() / "hanoi_ring")
    closed = frozenset(network.switches)
    kind = FaultKind.THREE_PHASE
    engine = RadialShortCircuit(network, meshed=PowerGridModelShortCircuit(network))
    found = engine.currents(closed, at=None, kind=kind, level=level)
    assert (found.solved, found.engine) == (True, "power-grid-model")
    net = peer_net(network)
    net.switch["closed"] = True
    peer = peer_currents(net, kind, level, topology="meshed")
    assert_equal_peer(found, network, peer)


def test_what_is_radial_is_not_handed_over() -> None:
    network = load_grid(models_dir() / "hanoi_ring")
    engine = RadialShortCircuit(network, meshed=PowerGridModelShortCircuit(network))
    found = engine.currents(
        network.normally_closed, at=None, kind=FaultKind.TWO_PHASE, level=Level.MIN
    )
    assert found.engine == engine.name


def test_the_two_engines_tell_of_the_same_dead_state() -> None:
    network = load_grid(models_dir() / "hanoi_ring")
    for engine in (RadialShortCircuit(network), PowerGridModelShortCircuit(network)):
        found = engine.currents(
            frozenset[SwitchId](),
            at=None,
            kind=FaultKind.TWO_PHASE,
            level=Level.MIN,
            dead_sources=frozenset(network.sources),
        )
        assert (found.solved, dict(found.ik_a), dict(found.paths)) == (True, {}, {})
        with pytest.raises(KeyError):
            engine.currents(
                frozenset(), at=[NodeId("?")], kind=FaultKind.TWO_PHASE, level=Level.MIN
            )


def test_a_source_without_impedance_is_as_stiff_as_the_engine_can_have_it() -> None:
    """Infinite in the radial engine; behind a line both say the same."""
    network = load_grid(models_dir() / "hanoi_ring")
    parts = network.components
    endless = tuple(replace(s, short_circuit_va=math.inf) for s in parts.sources)
    stiff = build_network(replace(parts, sources=endless))
    kind, level = FaultKind.THREE_PHASE, Level.MAX
    ours, theirs = (
        engine.currents(stiff.normally_closed, at=None, kind=kind, level=level)
        for engine in (RadialShortCircuit(stiff), PowerGridModelShortCircuit(stiff))
    )
    for source in parts.sources:
        assert ours.ik_a[source.node] == math.inf
        assert theirs.ik_a[source.node] > 1e9
    for node, ik_a in ours.ik_a.items():
        if ik_a < math.inf:
            assert theirs.ik_a[node] == pytest.approx(ik_a, rel=CLOSE)
