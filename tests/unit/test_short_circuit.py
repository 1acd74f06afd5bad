"""Short-circuit currents worked by hand, and what odd grids give."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from gridops.ids import NodeId, SourceId, SwitchId
from gridops.network import Network, build_network, draw
from gridops.powerflow import FaultCurrents, FaultKind, Level, RadialShortCircuit
from tests.unit.sound_grid import TRANSFORMER
from tests.unit.stepped_station import station, with_high_breaker

RING = "S1 [b1] A [s1] B (t1) C [b2] S2"
ONE_FEEDER = "S1 [b1] A [s1] B"


def faults(
    network: Network, kind: FaultKind, level: Level, *, conductor_c_end: float = 20.0
) -> FaultCurrents:
    engine = RadialShortCircuit(network, conductor_c_end=conductor_c_end)
    return engine.currents(network.normally_closed, at=None, kind=kind, level=level)


def test_the_highest_current_at_the_busbar_of_a_station() -> None:
    """Z_Q = 1.1 * 20^2 / 3000 = 0.14667: 0.01459 + j0.14594 ohm at 20 kV.
    Z_T = 0.12 * 20^2 / 31.5 = 1.52381, R_T = 0.15 * 20^2 / 31.5^2 = 0.06047, X_T = 1.52261,
    x_T = 0.11991, K_T = 0.95 * 1.1 / (1 + 0.6 * 0.11991) = 0.97487.
    Z_k = 0.07354 + j1.63028 = 1.63194 ohm, I = 1.1 * 20 / (sqrt(3) * 1.63194) = 7.783 kA.
    kappa = 1.02 + 0.98 exp(-3 * 0.04511) = 1.8760, i_p = 1.8760 * sqrt(2) * 7.783 = 20.65 kA.
    """
    found = faults(station(), FaultKind.THREE_PHASE, Level.MAX)
    assert found.ik_a["S1"] == pytest.approx(7783.2, abs=0.1)
    assert found.r_to_x["S1"] == pytest.approx(0.04511, abs=1e-5)
    assert found.ip_a["S1"] == pytest.approx(20649, abs=1)
    assert found.ik_a["H"] == pytest.approx(3e9 / (math.sqrt(3) * 110e3))


def test_a_line_takes_its_part() -> None:
    """0.24 + j0.22 ohm more: 0.31354 + j1.85028 = 1.87666 ohm, 6.768 kA."""
    found = faults(station(), FaultKind.THREE_PHASE, Level.MAX)
    assert found.ik_a["A"] == pytest.approx(6768, abs=1)


def test_the_least_current_has_no_transformer_correction_and_a_factor_of_one() -> None:
    """Z_Q = 20^2 / 3000 = 0.13333; with Z_T and the line 0.31373 + j1.87528 = 1.90134 ohm.
    Three phases 20 / (sqrt(3) * 1.90134) = 6.073 kA, two phases sqrt(3)/2 of it, 5.260 kA."""
    network = station()
    assert faults(network, FaultKind.THREE_PHASE, Level.MIN).ik_a["A"] == pytest.approx(6073, abs=1)
    assert faults(network, FaultKind.TWO_PHASE, Level.MIN).ik_a["A"] == pytest.approx(5260, abs=1)


def test_conductors_at_80_degrees_have_124_percent_of_their_resistance() -> None:
    """0.24 ohm become 0.2976: 0.37133 + j1.87528 = 1.91169 ohm, 6.040 kA; cold at most."""
    network = station()
    warm = faults(network, FaultKind.THREE_PHASE, Level.MIN, conductor_c_end=80.0)
    assert warm.ik_a["A"] == pytest.approx(6040, abs=1)
    assert warm.ik_a["S1"] == faults(network, FaultKind.THREE_PHASE, Level.MIN).ik_a["S1"]
    most = faults(network, FaultKind.THREE_PHASE, Level.MAX, conductor_c_end=80.0)
    assert most.ik_a["A"] == pytest.approx(6768, abs=1)


def test_low_voltage_has_factors_of_its_own() -> None:
    """22 kV / 400 V, 400 kVA, 4 %, behind 250 MVA: the same network at 400 V is 0.0166 ohm."""
    parts = draw("S1 [b1] A").components
    low = replace(parts.nodes[1], id=NodeId("L"), voltage_v_nominal=400.0)
    service = replace(
        TRANSFORMER,
        from_node=NodeId("S1"),
        to_node=low.id,
        power_va_rated=400e3,
        voltage_v_from=22e3,
        voltage_v_to=400.0,
        short_circuit_voltage_pu=0.04,
        copper_loss_w=0.0,
    )
    stiff = tuple(replace(s, r_to_x=0.0) for s in parts.sources)
    grid = replace(parts, nodes=(*parts.nodes, low), transformers=(service,), sources=stiff)
    network = build_network(grid)
    z_least = 400.0**2 / 250e6 + 0.04 * 400.0**2 / 400e3
    least = faults(network, FaultKind.THREE_PHASE, Level.MIN)
    assert least.ik_a["L"] == pytest.approx(0.95 * 400 / (math.sqrt(3) * z_least))
    z_most = 1.1 * 400.0**2 / 250e6 + 0.95 * 1.1 / 1.024 * 0.04 * 400.0**2 / 400e3
    most = faults(network, FaultKind.THREE_PHASE, Level.MAX)
    assert most.ik_a["L"] == pytest.approx(1.1 * 400 / (math.sqrt(3) * z_most))


def test_what_passes_a_transformer_is_referred_by_its_rated_voltages() -> None:
    path = faults(station(), FaultKind.THREE_PHASE, Level.MAX).paths["A"]
    ik_a = faults(station(), FaultKind.THREE_PHASE, Level.MAX).ik_a["A"]
    assert path.switch_a == {"b1": pytest.approx(ik_a)}
    assert path.branch_a == {name: pytest.approx(ik_a) for name in ("A-b1", "S1-b1", "T1")}


@pytest.mark.parametrize(
    ("clock", "share"), [(0, 1.0), (6, 1.0), (5, 2 / math.sqrt(3)), (11, 2 / math.sqrt(3))]
)
def test_an_odd_clock_number_puts_two_thirds_of_three_phases_into_one(
    clock: int, share: float
) -> None:
    """A switch on the 110 kV side: two of three phases, or one with twice the current of the
    other two."""
    network = with_high_breaker(station(clock=clock))
    found = faults(network, FaultKind.TWO_PHASE, Level.MIN)
    expected = found.ik_a["A"] * 20 / 110 * share
    assert found.paths["A"].switch_a["b9"] == pytest.approx(expected)
    assert found.seen_a({NodeId("A"): SwitchId("b9")}) == {"A": pytest.approx(expected)}
    assert found.paths["A"].branch_a["T1"] == pytest.approx(found.ik_a["A"])


def test_only_what_is_supplied_is_listed() -> None:
    network = draw(RING)
    engine = RadialShortCircuit(network)
    found = engine.currents(
        network.normally_closed - {SwitchId("s1")},
        at=None,
        kind=FaultKind.TWO_PHASE,
        level=Level.MIN,
        dead_sources={SourceId("S2")},
    )
    assert set(found.ik_a) == {"S1", "S1.b1", "A.b1", "A", "A.s1"}
    assert set(found.paths) == set(found.ip_a) == set(found.r_to_x) == set(found.ik_a)
    with pytest.raises(KeyError):
        found.paths[NodeId("B")]


def test_a_node_on_its_own_and_a_dead_grid_are_no_errors() -> None:
    parts = draw(RING).components
    alone = replace(parts.nodes[0], id=NodeId("alone"))
    network = build_network(replace(parts, nodes=(alone, *parts.nodes)))
    assert "alone" not in faults(network, FaultKind.TWO_PHASE, Level.MIN).ik_a
    dark = build_network(replace(parts, sources=()))
    assert dict(faults(dark, FaultKind.TWO_PHASE, Level.MIN).ik_a) == {}


def test_only_asked_nodes_are_listed_and_unknown_ones_raise() -> None:
    network = draw(RING)
    engine = RadialShortCircuit(network)
    kind, level = FaultKind.THREE_PHASE, Level.MAX
    found = engine.currents(network.normally_closed, at=["B", "A", "B"], kind=kind, level=level)
    assert list(found.ik_a) == list(found.paths) == ["A", "B"]
    assert found.seen_a({NodeId("C"): SwitchId("b2"), NodeId("B"): SwitchId("s1")}).keys() == {"B"}
    with pytest.raises(KeyError):
        engine.currents(network.normally_closed, at=["Z"], kind=kind, level=level)
    with pytest.raises(KeyError):
        engine.currents({SwitchId("x9")}, at=None, kind=kind, level=level)


def test_a_source_without_impedance_gives_an_infinite_current_at_its_node_only() -> None:
    parts = draw(ONE_FEEDER).components
    endless = tuple(replace(s, short_circuit_va=math.inf) for s in parts.sources)
    found = faults(build_network(replace(parts, sources=endless)), FaultKind.THREE_PHASE, Level.MAX)
    assert found.ik_a["S1"] == found.ip_a["S1"] == math.inf
    assert found.r_to_x["S1"] == 0.0
    assert found.ik_a["A"] == pytest.approx(1.1 * 22e3 / math.sqrt(3) / abs(complex(0.24, 0.22)))
    assert found.paths["S1"].branch_a == {}


def test_a_source_without_power_feeds_nothing() -> None:
    parts = draw(ONE_FEEDER).components
    powerless = tuple(replace(s, short_circuit_va=0.0, r_to_x=0.0) for s in parts.sources)
    network = build_network(replace(parts, sources=powerless))
    assert dict(faults(network, FaultKind.THREE_PHASE, Level.MAX).ik_a) == {}


@pytest.mark.parametrize("r_to_x", [0.0, 0.1, 10.0])
def test_the_peak_lies_between_its_bounds(r_to_x: float) -> None:
    parts = draw(ONE_FEEDER).components
    sources = tuple(replace(s, r_to_x=r_to_x) for s in parts.sources)
    found = faults(build_network(replace(parts, sources=sources)), FaultKind.TWO_PHASE, Level.MAX)
    factor = found.ip_a["S1"] / found.ik_a["S1"] / math.sqrt(2)
    assert factor == pytest.approx(1.02 + 0.98 * math.exp(-3 * r_to_x))


def test_a_chain_of_10_000_nodes_has_the_impedance_of_its_length() -> None:
    parts = draw(ONE_FEEDER).components
    node, line = parts.nodes[1], parts.branches[0]
    names = [f"n{k}" for k in range(10_000)]
    chain = build_network(
        replace(
            parts,
            nodes=(parts.nodes[0], *(replace(node, id=NodeId(n)) for n in names)),
            branches=tuple(
                replace(line, id=f"l{b}", from_node=a, to_node=b)
                for a, b in pairwise(["S1", *names])
            ),
            switches=(),
            loads=(),
            points=(),
        )
    )
    found = faults(chain, FaultKind.THREE_PHASE, Level.MIN)
    x_ohm = 22e3**2 / 250e6 / math.hypot(1, 0.1)
    z_ohm = complex(0.1 * x_ohm + 1200.0, x_ohm + 1100.0)
    assert found.ik_a["n9999"] == pytest.approx(22e3 / math.sqrt(3) / abs(z_ohm), rel=1e-12)
    assert len(found.paths["n9999"].branch_a) == 10_000


def with_parallel_line(network: Network) -> Network:
    parts = network.components
    second = replace(parts.branches[1], id="second")
    return build_network(replace(parts, branches=(*parts.branches, second)))


def test_parallel_branches_are_a_loop_that_a_radial_engine_does_not_take() -> None:
    network = with_parallel_line(draw(RING))
    kind, level = FaultKind.TWO_PHASE, Level.MIN
    found = RadialShortCircuit(network).currents(
        network.normally_closed, at=None, kind=kind, level=level
    )
    assert (found.solved, dict(found.ik_a), found.engine) == (False, {}, "radial-short-circuit")


def test_a_loop_elsewhere_does_not_matter() -> None:
    network = with_parallel_line(draw(RING))
    engine = RadialShortCircuit(network)
    kind, level = FaultKind.TWO_PHASE, Level.MIN
    found = engine.currents(network.normally_closed, at=["C"], kind=kind, level=level)
    sound = draw(RING)
    expected = faults(sound, kind, level)
    assert found.solved
    assert found.ik_a["C"] == expected.ik_a["C"]


@pytest.mark.parametrize("at", [None, ["A"], ["C"]])
def test_two_sources_in_one_island_are_not_radial(at: list[NodeId] | None) -> None:
    network = draw(RING)
    every = network.normally_closed | {SwitchId("t1")}
    engine = RadialShortCircuit(network)
    kind, level = FaultKind.THREE_PHASE, Level.MAX
    assert not engine.currents(every, at=at, kind=kind, level=level).solved
    one = engine.currents(every, at=at, kind=kind, level=level, dead_sources={SourceId("S1")})
    assert one.solved
