import math
from dataclasses import replace

import pytest

from gridops.adapters.engines import PowerGridModelEngine
from gridops.ids import BranchId, GeneratorId, LoadId, NodeId, ShuntId, SourceId, SwitchId
from gridops.network import (
    Generator,
    GeneratorKind,
    Limits,
    Network,
    Shunt,
    build_network,
    draw,
)
from gridops.powerflow import (
    FlowResult,
    LoadPower,
    PowerFlow,
    RadialFlow,
    ViolationKind,
    emergency_pct,
    no_solution,
    violations,
)
from tests.radial_sweep import RadialSweep

ENGINES = pytest.mark.parametrize("engine", [RadialSweep, RadialFlow, PowerGridModelEngine])
RING = draw("S1 [b1] A [s1] B (t1) C [b2] S2")


def closed(*names: str) -> frozenset[SwitchId]:
    return frozenset(SwitchId(name) for name in names)


def loads(network: Network, scale: float = 1.0) -> dict[LoadId, LoadPower]:
    return {k: LoadPower(v.p_w * scale, v.q_var * scale) for k, v in network.loads.items()}


@ENGINES
def test_the_voltage_behind_one_line_is_that_of_the_quadratic(engine: type[PowerFlow]) -> None:
    """U^4 + (2(rP + xQ) - 1) U^2 + z^2 S^2 = 0 for one line and one load in per unit.

    Source: two-bus load flow, e.g. Kundur, Power System Stability and Control, 14.1. The lines
    of the drawing lie in series (2 km); charging is small, hence the tolerance.
    """
    network = draw("S1 [b1] A", p_w={"A": 8e6})
    result = engine(network).solve(closed("b1"), loads(network))  # type: ignore[call-arg]
    base_ohm = 22e3**2 / 1e6
    r, x, p, q = 0.24 / base_ohm, 0.22 / base_ohm, 8.0, 2.4
    b = 2 * (r * p + x * q) - 1
    expected = math.sqrt((-b + math.sqrt(b * b - 4 * (r * r + x * x) * (p * p + q * q))) / 2)
    assert result.voltage_pu["A"] == pytest.approx(expected, abs=2e-5)


DEPENDING = {
    # share of current, share of impedance, |v| of one line z and one load S in per unit
    "impedance": (0.0, 1.0, lambda z, s: 1 / abs(1 + z * s.conjugate())),
    "current": (
        1.0,
        0.0,
        lambda z, s: math.sqrt(1 - (z * s.conjugate()).imag ** 2) - (z * s.conjugate()).real,
    ),
}


@pytest.mark.parametrize("sort", DEPENDING)
def test_the_voltage_at_a_load_that_depends_on_it_is_that_of_the_closed_form(sort: str) -> None:
    """1 = |v + z I| with I = S* v for an impedance, and I = S* v/|v| for a constant current.

    The lines of the drawing lie in series (2 km), without charging here.
    """
    drawn = draw("S1 [b1] A", p_w={"A": 8e6}).components
    current, impedance, closed_form = DEPENDING[sort]
    network = build_network(
        replace(
            drawn,
            branches=tuple(replace(branch, c_f=0.0) for branch in drawn.branches),
            loads=tuple(
                replace(x, constant_current_share=current, constant_impedance_share=impedance)
                for x in drawn.loads
            ),
        )
    )
    result = RadialSweep(network).solve(closed("b1"), loads(network))
    z = complex(0.24, 0.22) / (22e3**2 / 1e6)
    assert result.voltage_pu["A"] == pytest.approx(closed_form(z, 8 + 2.4j), abs=1e-9)


@ENGINES
def test_what_is_dark_is_not_listed(engine: type[PowerFlow]) -> None:
    result = engine(RING).solve(closed("b1"), loads(RING))  # type: ignore[call-arg]
    assert "A" in result.voltage_pu
    assert "B" not in result.voltage_pu
    assert "B-s1" not in result.current_a
    assert set(result.switch_current_a) == {"b1"}


@ENGINES
def test_a_stub_draws_its_charging_current(engine: type[PowerFlow]) -> None:
    result = engine(RING).solve(closed("b1"), {})  # type: ignore[call-arg]
    charging_a = 2 * math.pi * 50 * 2.5e-7 * 22e3 / math.sqrt(3)
    assert result.current_a["A-s1"] == pytest.approx(charging_a, rel=1e-3)


@ENGINES
def test_a_dead_source_feeds_nobody(engine: type[PowerFlow]) -> None:
    state = closed("b1", "s1", "b2")
    result = engine(RING).solve(state, loads(RING), dead_sources={SourceId("S2")})  # type: ignore[call-arg]
    assert "C" not in result.voltage_pu
    assert set(result.source_p_w) == {"S1"}


@ENGINES
def test_more_than_the_grid_can_carry_has_no_solution(engine: type[PowerFlow]) -> None:
    result = engine(RING).solve(closed("b1", "s1"), loads(RING, 20_000.0))  # type: ignore[call-arg]
    assert not result.converged
    assert result.voltage_pu == {}


def test_the_sweep_refuses_a_loop_and_says_who_it_is() -> None:
    result = RadialSweep(RING).solve(closed("b1", "s1", "t1", "b2"), loads(RING))
    assert (result.converged, result.engine) == (False, "radial-sweep")


def solved(**values: dict[str, float]) -> FlowResult:
    kinds = ("voltage_pu", "current_a", "loading_pct", "switch_current_a", "source_p_w")
    empty: dict[str, dict[str, float]] = {kind: {} for kind in kinds}
    return FlowResult(converged=True, engine="by hand", **{**empty, **values})  # type: ignore[arg-type]


def test_violations_come_kind_by_kind_worst_first() -> None:
    result = solved(
        voltage_pu={"n1": 0.94, "n2": 0.90, "n3": 1.06, "n4": 1.0},
        loading_pct={"L1": 101.0, "L2": 130.0, "L3": 100.0},
        switch_current_a={"s1": 700.0, "s2": 900.0},
    )
    rated = {SwitchId("s1"): 630.0, SwitchId("s2"): 630.0}
    found = violations(result, Limits(), rated_a=rated)
    assert [(v.kind.value, v.element) for v in found] == [
        ("undervoltage", "n2"),
        ("undervoltage", "n1"),
        ("overvoltage", "n3"),
        ("overload", "L2"),
        ("overload", "L1"),
        ("switch-rating", "s2"),
        ("switch-rating", "s1"),
    ]
    assert (found[3].value, found[3].limit) == (130.0, 100.0)


def test_limits_that_are_switched_off_are_not_checked() -> None:
    result = solved(
        voltage_pu={"n1": 0.5, "n2": 1.5},
        loading_pct={"L1": 500.0},
        switch_current_a={"s1": 5000.0},
    )
    off = Limits(voltage_pu_min=None, voltage_pu_max=None, loading_pct_max=None)
    assert violations(result, off, rated_a={SwitchId("s1"): 630.0}) == ()


def test_a_state_without_solution_is_a_violation_whatever_the_limits() -> None:
    off = Limits(voltage_pu_min=None, voltage_pu_max=None, loading_pct_max=None)
    (found,) = violations(no_solution("any"), off, rated_a={})
    assert found.kind is ViolationKind.NO_SOLUTION


def test_a_capacitor_lifts_the_voltage_and_a_tripped_generator_feeds_nothing() -> None:
    """A shunt draws by the square of the voltage, here as checked by hand at its own node."""
    drawn = draw("S1 [b1] A", p_w={"A": 0.0})
    capacitor = Shunt(id=ShuntId("C"), name="C", node=NodeId("A"), q_var=-1e6)
    generator = Generator(
        id=GeneratorId("G"),
        name="G",
        node=NodeId("A"),
        kind=GeneratorKind.PHOTOVOLTAIC,
        power_va_rated=2e6,
        p_w=-1e6,
        q_var=0.0,
    )
    network = build_network(replace(drawn.components, shunts=(capacitor,), generators=(generator,)))
    closed = frozenset(network.switches)
    engine = RadialSweep(network)
    alone = RadialSweep(drawn).solve(closed, {})
    tripped = engine.solve(closed, {})
    feeding = engine.solve(
        closed, {}, generators={generator.id: LoadPower(generator.p_w, generator.q_var)}
    )
    a = NodeId("A")
    assert alone.voltage_pu[a] < tripped.voltage_pu[a] < feeding.voltage_pu[a]
    amperes = 1e6 * tripped.voltage_pu[a] / (math.sqrt(3) * 22e3)
    assert tripped.switch_current_a[SwitchId("b1")] == pytest.approx(amperes, rel=0.05), (
        "the cable charges too"
    )
    assert tripped.source_p_w[SourceId("S1")] > 0.0
    assert feeding.source_p_w[SourceId("S1")] < -0.9e6


def test_an_emergency_rating_raises_the_limit_of_its_branch_alone() -> None:
    result = solved(loading_pct={"L1": 119.0, "L2": 121.0, "L3": 110.0})
    emergency = {BranchId("L1"): 120.0, BranchId("L2"): 120.0}
    found = violations(result, Limits(), rated_a={}, emergency_pct=emergency)
    assert [(v.element, v.limit) for v in found] == [("L2", 120.0), ("L3", 100.0)]


def test_a_source_gives_so_much_apparent_power() -> None:
    result = solved(source_p_w={"S1": 3e6, "S2": 3e6}, source_q_var={"S1": 4e6, "S2": 1e6})
    asked = {SourceId("S1"): 4.9e6, SourceId("S2"): 4.9e6, SourceId("S3"): 1.0}
    (found,) = violations(result, Limits(), rated_a={}, source_va=asked)
    assert (found.kind, found.element) == (ViolationKind.SOURCE_CAPACITY, "S1")
    assert (found.value, found.limit) == (pytest.approx(5e6), 4.9e6)
    off = Limits(loading_pct_max=None)
    assert violations(result, off, rated_a={}, source_va=asked) == ()


def test_emergency_ratings_hold_for_no_longer_than_they_say() -> None:
    grid = draw("S1 [b1] A [s1] B")
    branches = tuple(
        replace(b, current_a_emergency=500.0 if b.id == "A-s1" else 300.0)
        for b in grid.components.branches
    )
    grid = build_network(replace(grid.components, branches=branches))
    limits = Limits(emergency_s=7200.0)
    assert emergency_pct(grid, limits, lasts_s=7200.0) == {"A-s1": 125.0}
    assert emergency_pct(grid, limits, lasts_s=7201.0) == {}
    assert emergency_pct(grid, Limits(), lasts_s=0.0) == {}
