"""Fault currents where there is more than one way, by hand and by power-grid-model.

22 kV, sources of 250 MVA with R/X 0 (1.936 ohm at the least), lines of 1 ohm reactance.
"""

import math
from dataclasses import replace
from typing import Any

import pytest

from gridops.adapters.engines import PowerGridModelShortCircuit
from gridops.ids import NodeId, SourceId, SwitchId
from gridops.network import Network, build_network, draw
from gridops.powerflow import FaultCurrents, FaultKind, Level, RadialShortCircuit
from tests.unit.sound_grid import TRANSFORMER

RING = "S1 [b1] A [s1] B [t1] C [b2] S2"
ONE_FEEDER = "S1 [b1] A [s1] B"
SOURCE_OHM = 22e3**2 / 250e6
U_PHASE_V = 22e3 / math.sqrt(3)


def reactive(text: str, **change: Any) -> Network:
    parts = draw(text).components
    lines = tuple(replace(b, r_ohm=0.0, x_ohm=1.0) for b in parts.branches)
    sources = tuple(replace(s, r_to_x=0.0) for s in parts.sources)
    fields: dict[str, Any] = {"branches": lines, "sources": sources} | change
    return build_network(replace(parts, **fields))


def also(network: Network, table: str, **change: Any) -> Network:
    """One more row like the last one."""
    parts = network.components
    rows: Any = parts.rows(table)
    more = (*rows, replace(rows[-1], **change))
    return build_network(replace(parts, **{table: more}))


def faults(
    network: Network,
    *,
    kind: FaultKind = FaultKind.THREE_PHASE,
    dead: frozenset[SourceId] = frozenset(),
) -> FaultCurrents:
    engine = RadialShortCircuit(network, meshed=PowerGridModelShortCircuit(network))
    found = engine.currents(
        network.normally_closed, at=None, kind=kind, level=Level.MIN, dead_sources=dead
    )
    assert (found.solved, found.engine) == (True, "power-grid-model")
    return found


@pytest.mark.parametrize("kind", list(FaultKind))
def test_a_fault_between_two_sources_is_fed_from_both(kind: FaultKind) -> None:
    """From A 2 lines to S1, 6 to S2, and a source behind either."""
    near_ohm, far_ohm = SOURCE_OHM + 2.0, SOURCE_OHM + 6.0
    share = 1.0 if kind is FaultKind.THREE_PHASE else math.sqrt(3) / 2
    found = faults(reactive(RING), kind=kind)
    assert found.ik_a["A"] == pytest.approx(share * U_PHASE_V * (1 / near_ohm + 1 / far_ohm))
    path = found.paths["A"]
    assert path.switch_a["b1"] == pytest.approx(share * U_PHASE_V / near_ohm)
    for switch in ("s1", "t1", "b2"):
        assert path.switch_a[switch] == pytest.approx(share * U_PHASE_V / far_ohm)
    device_of = {NodeId("A"): SwitchId("t1"), NodeId("B"): SwitchId("t1")}
    assert found.seen_a(device_of)["A"] == path.switch_a["t1"]


def test_parallel_lines_share_the_current() -> None:
    network = also(reactive(ONE_FEEDER), "branches", id="twin")
    last = network.components.branches[-2].id
    found = faults(network)
    assert found.ik_a["B"] == pytest.approx(U_PHASE_V / (SOURCE_OHM + 3.5))
    path = found.paths["B"]
    assert path.branch_a[last] == pytest.approx(found.ik_a["B"] / 2)
    assert path.branch_a["twin"] == pytest.approx(found.ik_a["B"] / 2)


def test_switches_side_by_side_share_the_current() -> None:
    found = faults(also(reactive(ONE_FEEDER), "switches", id="s2"))
    assert found.ik_a["B"] == pytest.approx(U_PHASE_V / (SOURCE_OHM + 4.0))
    path = found.paths["B"]
    assert path.switch_a["s1"] == pytest.approx(found.ik_a["B"] / 2)
    assert path.switch_a["s2"] == pytest.approx(found.ik_a["B"] / 2)


def test_two_sources_at_one_node_add_up() -> None:
    network = also(reactive(ONE_FEEDER), "sources", id="S9", short_circuit_va=500e6)
    found = faults(network)
    assert found.ik_a["S1"] == pytest.approx(750e6 / (math.sqrt(3) * 22e3))
    assert found.paths["S1"].branch_a == {}


def test_a_line_between_the_ends_of_a_closed_switch_carries_nothing() -> None:
    network = reactive(ONE_FEEDER)
    s1 = network.switches[SwitchId("s1")]
    bypassed = also(network, "branches", id="around", from_node=s1.node_a, to_node=s1.node_b)
    path = faults(bypassed).paths["B"]
    assert "around" not in path.branch_a
    assert path.switch_a["s1"] == pytest.approx(U_PHASE_V / (SOURCE_OHM + 4.0))


@pytest.mark.parametrize(("voltage_v", "most"), [(22e3, 2.0), (400.0, 1.8)])
def test_the_peak_in_a_mesh_is_15_percent_higher_within_bounds(
    voltage_v: float, most: float
) -> None:
    """R/X 0 gives kappa 2, and 2.3 in a mesh: more than there can be."""
    network = reactive(RING)
    nodes = tuple(replace(n, voltage_v_nominal=voltage_v) for n in network.components.nodes)
    found = faults(build_network(replace(network.components, nodes=nodes)))
    assert found.ip_a["A"] == pytest.approx(most * math.sqrt(2) * found.ik_a["A"])


def test_the_peak_in_a_mesh_of_resistance_is_1_15_of_the_plain_one() -> None:
    network = reactive(RING)
    lines = tuple(replace(b, r_ohm=1.0) for b in network.components.branches)
    found = faults(build_network(replace(network.components, branches=lines)))
    plain = 1.02 + 0.98 * math.exp(-3 * found.r_to_x["A"])
    assert found.ip_a["A"] == pytest.approx(1.15 * plain * math.sqrt(2) * found.ik_a["A"])


def test_units_of_unequal_ratio_drive_nothing_into_the_answer() -> None:
    """Two units side by side, 110/22 kV and 110/23 kV, drive 2 kA around before any fault. A fault
    current is what the fault adds: by hand, from the impedances of both in parallel."""
    parts = reactive(ONE_FEEDER).components
    high = replace(parts.nodes[0], id=NodeId("H"), voltage_v_nominal=110e3)
    one = replace(TRANSFORMER, to_node=NodeId("S1"), copper_loss_w=0.0, clock=0)
    network = build_network(
        replace(
            parts,
            nodes=(*parts.nodes, high),
            transformers=(one, replace(one, id="T2", voltage_v_to=23e3)),
            sources=tuple(replace(s, node=high.id, short_circuit_va=1e12) for s in parts.sources),
        )
    )
    found = faults(network)
    ohms = [0.12 * low_v**2 / 25e6 for low_v in (22e3, 23e3)]
    source_ohm = 110e3**2 / 1e12
    # One ampere each way at 22 kV: what reaches the source is less by the ratios.
    admittances = [1 / ohm for ohm in ohms]
    turns = [110 / 22, 110 / 23]
    at_source = 1 / source_ohm + sum(y / t**2 for y, t in zip(admittances, turns, strict=True))
    mutual = sum(y / t for y, t in zip(admittances, turns, strict=True))
    seen = sum(admittances) - mutual**2 / at_source
    assert found.ik_a["S1"] == pytest.approx(U_PHASE_V * seen)
    lower_v = 1.0 / at_source * mutual * U_PHASE_V
    for unit, y, t in zip(("T1", "T2"), admittances, turns, strict=True):
        assert found.paths["S1"].branch_a[unit] == pytest.approx(y * (U_PHASE_V - lower_v / t))


def test_a_dead_or_powerless_source_takes_no_part() -> None:
    network = reactive(RING)
    one = faults(also(network, "sources", id="S9", short_circuit_va=0.0))
    assert one.ik_a["A"] == pytest.approx(faults(network).ik_a["A"])
    kind, level = FaultKind.THREE_PHASE, Level.MIN
    alone = PowerGridModelShortCircuit(network).currents(
        network.normally_closed,
        at=["A"],
        kind=kind,
        level=level,
        dead_sources={SourceId("S2")},
    )
    assert dict(alone.ik_a) == {"A": pytest.approx(U_PHASE_V / (SOURCE_OHM + 2.0))}
    assert set(alone.paths) == {"A"}
    with pytest.raises(KeyError):
        alone.paths[NodeId("B")]
