"""The three-phase verdict: a true copy of the source, pure, and final for planner and guard."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("opendssdirect")

from gridops.adapters.content import models_dir
from gridops.adapters.engines import PowerGridModelEngine, opendss_engine
from gridops.adapters.engines.opendss_engine import OpenDssVerdict
from gridops.adapters.grid_files import load_grid
from gridops.adapters.opendss_grid.engine import solved_circuit
from gridops.adapters.opendss_grid.script import Statement, read_script
from gridops.bootstrap.wiring import engines_of
from gridops.errors import SettingsError
from gridops.guard import Guard
from gridops.ids import NodeId, SwitchId
from gridops.measurement import Position
from gridops.network import Components, Limits, Network, PhasedKind, Phasing, build_network
from gridops.powerflow import LoadPowers, RadialFlow, Violation, ViolationKind
from gridops.response import Engines
from gridops.restoration import Plan, PlanSettings, Situation, propose
from gridops.restoration.plan import PhaseCheck, Proof
from gridops.restoration.return_to_normal import return_to_normal
from gridops.state import energise
from gridops.study import Outcome, WhatIf, what_if
from gridops.study.standing import standing
from tests.unit.cli_story import Terminal
from tests.unit.lindistflow_peer import lindistflow_pu
from tests.unit.sound_grid import SOUND, STEPPED_DOWN, with_, with_phasing

SOURCE = Path(__file__).parents[1] / "data" / "opendss" / "ieee123"
FAULT = "L61"
"""60-62: the fence opens 13-152 and 60-160, and all that lies beyond hangs on 151-300."""
EVERY = Limits(voltage_pu_min=2.0, voltage_pu_max=None, loading_pct_max=None)
"""No voltage keeps to it, so every one is told."""
LENIENT = Limits(voltage_pu_min=0.94, voltage_pu_max=1.05, loading_pct_max=160.0)
CLOSING_SEVEN = {"SW1", "SW3", "SW5", "SW7"}


@pytest.fixture(scope="module")
def grid() -> Network:
    return load_grid(models_dir() / "ieee123")


@pytest.fixture(scope="module")
def verdict(grid: Network) -> OpenDssVerdict:
    return OpenDssVerdict(grid)


@pytest.fixture(scope="module")
def engines(grid: Network) -> Engines:
    return engines_of(grid)


def balanced_only(grid: Network) -> Engines:
    newton = PowerGridModelEngine(grid)
    return Engines(planner=RadialFlow(grid, meshed=newton), guard=Guard(grid, newton))


def asked(engines: Engines, grid: Network, **ask: object) -> Outcome:
    return what_if(grid, engines, ask=WhatIf(faults=(FAULT,), **ask))  # type: ignore[arg-type]


def voltages(verdict: OpenDssVerdict, grid: Network, closed: Sequence[str]) -> Mapping[str, float]:
    told = verdict.check(grid.switch_set(closed), LoadPowers.stated(grid), limits=EVERY)
    return {each.element: each.value for each in told}


def of_the_source(*moved: str) -> Mapping[str, float]:
    """What OpenDSS makes of the source's own script once switches have moved."""
    script = [*read_script(SOURCE / "GridOps123.dss").statements]
    for row, text in enumerate((*moved, "solve")):
        script.append(Statement(text, "moved", row, script[-1].folder))
    found = {}
    for bus in solved_circuit(script, "source")["buses"]:
        for k, phase in enumerate(bus["nodes"]):
            volts = math.hypot(*bus["volts"][2 * k : 2 * k + 2])
            if volts > 100.0 and bus["name"] != "610":  # a delta winding holds no phase
                name = f"{bus['name']}, phase {'abc'[phase - 1]}"
                found[name] = volts / (1e3 * bus["kv_base"])
    return found


def states_of(plan: Plan, grid: Network) -> list[frozenset[str]]:
    """The closed switches after every closing, the breaker open before the first step."""
    closed = set(grid.normally_closed) - {"SW1"}
    states = []
    for step in plan.steps:
        if step.position is Position.OPEN:
            closed.discard(step.switch)
        else:
            closed.add(step.switch)
            states.append(frozenset(closed))
    return states


def test_the_normal_state_is_what_the_source_solves(verdict: OpenDssVerdict, grid: Network) -> None:
    mine, source = voltages(verdict, grid, grid.normally_closed), of_the_source()
    assert set(mine) - set(source) == {f"610, phase {pair}" for pair in ("ab", "ac", "bc")}
    assert len(set(mine) & set(source)) == 271
    for place in set(mine) & set(source):
        assert mine[place] == pytest.approx(source[place], abs=2e-5)


def test_the_state_after_a_transfer_is_what_the_source_solves(
    verdict: OpenDssVerdict, grid: Network
) -> None:
    """Its regulators move; its loads become impedances below 0.95 pu, ours stay what they are."""
    moved = [f"open line.sw{k} {end}" for k in (2, 4, 6) for end in (1, 2)]
    source = of_the_source(*moved, "close line.sw7 2")
    mine = voltages(verdict, grid, CLOSING_SEVEN)
    assert set(mine) == set(source)
    for place, value in mine.items():
        assert value == pytest.approx(source[place], abs=2e-3)
    assert min(source, key=lambda place: source[place]) == "160, phase a"
    assert source["160, phase a"] == pytest.approx(0.861, abs=1e-3)


def test_lindistflow_calls_closing_switch_7_feasible_and_it_is_not(
    verdict: OpenDssVerdict, grid: Network
) -> None:
    low = grid.limits.voltage_pu_min
    assert low == 0.95
    peer = lindistflow_pu(grid, CLOSING_SEVEN)
    assert min(peer.values()) == pytest.approx(0.9517, abs=1e-4)
    assert min(peer.values()) > low
    told = verdict.check(
        grid.switch_set(CLOSING_SEVEN), LoadPowers.stated(grid), limits=grid.limits
    )
    assert {each.kind for each in told} == {ViolationKind.PHASE_UNDERVOLTAGE}
    by_phase = {v.element: round(v.value, 3) for v in told[:3]}
    assert by_phase == {"160, phase a": 0.86, "160, phase c": 0.89, "160, phase b": 0.915}


def test_by_the_grids_own_limits_the_plan_sheds_until_it_holds(
    engines: Engines, verdict: OpenDssVerdict, grid: Network
) -> None:
    found = asked(engines, grid)
    moves = [(step.position.name.lower(), str(step.switch)) for step in found.answer.plan.steps]
    assert ("open", "SW5") in moves
    assert moves[-1] == ("closed", "SW7")
    assert found.answer.plan.phases is PhaseCheck.THREE_PHASE
    assert found.answer.verdict.passed
    assert_three_phase_true(found, verdict, grid)


def test_the_source_itself_keeps_every_phase_in_the_state_that_the_plan_leaves() -> None:
    moved = [f"open line.sw{k} {end}" for k in (2, 4, 5, 6) for end in (1, 2)]
    source = of_the_source(*moved, "close line.sw7 2")
    assert "114, phase a" in source
    assert "160, phase a" not in source
    assert 0.95 < min(source.values()) < max(source.values()) < 1.05


def test_what_the_mean_of_the_phases_allows_is_refused_for_one_of_them(
    engines: Engines, verdict: OpenDssVerdict, grid: Network
) -> None:
    """With 0.94 pu the balanced AC flow (0.947 pu at 160) has nothing against it either."""
    without = asked(balanced_only(grid), grid, limits=LENIENT).answer
    # SW6 leads to a dead end: it is left on the fault.
    assert states_of(without.plan, grid)[-1] == CLOSING_SEVEN | {"SW6"}
    assert without.verdict.passed
    assert without.plan.phases is PhaseCheck.NOT_CHECKED

    found = asked(engines, grid, limits=LENIENT)
    plan = found.answer.plan
    refused, *_ = [r for r in plan.rejected if r.because == "phase-undervoltage"]
    assert refused.element == "160, phase a"
    assert refused.value == pytest.approx(0.860, abs=1e-3)
    assert refused.limit == 0.94
    assert {(u.section, u.because) for u in plan.unserved} >= {("S67", "phase-undervoltage")}
    assert 0 < plan.customers.restored_by_switching < without.plan.customers.restored_by_switching
    assert_three_phase_true(found, verdict, grid)


def test_the_guard_vetoes_it_and_names_invariant_element_and_phase(grid: Network) -> None:
    newton = PowerGridModelEngine(grid)
    guard = Guard(grid, newton, phases=OpenDssVerdict(grid))
    careless = replace(balanced_only(grid), guard=guard)
    answer = asked(careless, grid, limits=LENIENT).answer
    assert not answer.verdict.passed
    worst = answer.verdict.violations[0]
    assert (worst.invariant, worst.element) == ("15", "160")
    assert worst.why.in_english() == "phase a of 160: 0.859873 pu, below 0.94 pu"


@pytest.mark.parametrize("seed", range(24))
def test_no_plan_for_a_random_outage_breaks_a_limit_on_any_phase(
    seed: int, engines: Engines, verdict: OpenDssVerdict, grid: Network
) -> None:
    dice = random.Random(seed)
    fault = dice.choice(sorted(grid.branches))
    scale = dice.choice((0.5, 0.8, 1.0, 1.1))
    gone = dice.sample(["SW2", "SW3", "SW4", "SW5", "SW7"], dice.choice((0, 0, 1)))
    ask = WhatIf(faults=(fault,), load_scale=scale, unavailable=tuple(gone))
    found = what_if(grid, engines, ask=ask)
    assert found.answer.verdict.passed
    assert_three_phase_true(found, verdict, grid, scale=scale)


def assert_three_phase_true(
    found: Outcome, verdict: OpenDssVerdict, grid: Network, *, scale: float = 1.0
) -> None:
    """Every state that a closing of the plan leaves, by an engine that the planner never asked."""
    loads = LoadPowers.stated(grid, scale=scale)
    for closed in states_of(found.answer.plan, grid):
        state = grid.switch_set(closed)  # type: ignore[arg-type]
        assert verdict.check(state, loads, limits=grid.limits) == ()


def test_the_answer_depends_on_nothing_that_was_asked_before(grid: Network) -> None:
    loads = LoadPowers.stated(grid)
    questions = [grid.switch_set(CLOSING_SEVEN), grid.normally_closed]
    questions.append(grid.normally_closed - {"SW5"})

    def told(engine: OpenDssVerdict, k: int) -> tuple[Violation, ...]:
        return engine.check(questions[k], loads, limits=EVERY)

    one, other = OpenDssVerdict(grid), OpenDssVerdict(grid)
    forwards = [told(one, k) for k in (0, 1, 2)]
    backwards = [told(other, k) for k in (2, 1, 0)]
    assert forwards == [*reversed(backwards)]
    assert told(one, 0) == forwards[0]


@pytest.mark.parametrize(("low", "is_home"), [(0.95, True), (0.985, False)])
def test_on_the_way_back_to_normal_every_phase_holds_or_the_switches_stay(
    low: float, is_home: bool, verdict: OpenDssVerdict, grid: Network
) -> None:
    """In the normal state the lowest phase is at 0.979 pu, the lowest mean at 0.994 pu."""
    away = WhatIf(faults=(FAULT,), opened=("SW2", "SW4", "SW5", "SW6"), closed=("SW7",))
    before = standing(grid, away)
    snapshot = before.snapshot_after(frozenset(), flagged=frozenset(), dead_sources=frozenset())
    situation = Situation(
        network=grid,
        snapshot=snapshot,
        closed_before=snapshot.closed,
        suspected=frozenset(),
        dark=before.traced.dark,
        loads=LoadPowers.stated(grid),
        limits=replace(grid.limits, voltage_pu_min=low),
        phase_verdict=verdict,
    )
    planner = RadialFlow(grid, meshed=PowerGridModelEngine(grid))
    plan = return_to_normal(situation, planner)
    assert plan.phases is PhaseCheck.THREE_PHASE
    assert not (is_home and plan.rejected)
    assert is_home or "phase-undervoltage" in {each.because for each in plan.rejected}
    closed = set(snapshot.closed)
    for step in plan.steps:
        closed ^= {step.switch}
        state = grid.switch_set(closed)
        assert not step.closes or not verdict.check(
            state, situation.loads, limits=situation.limits, around=grid.section_ends[step.switch]
        )
    assert (closed == set(grid.normally_closed)) == is_home


@pytest.mark.parametrize("checks", [0, 1, 2])
def test_a_search_accepts_no_state_that_it_has_no_check_left_for(
    checks: int, verdict: OpenDssVerdict, grid: Network
) -> None:
    before = standing(grid, WhatIf(faults=(FAULT,), limits=LENIENT))
    snapshot = before.snapshot_after(
        frozenset({SwitchId("SW1")}), flagged=frozenset(), dead_sources=frozenset()
    )
    live = energise(grid, snapshot.closed)
    situation = Situation(
        network=grid,
        snapshot=snapshot,
        closed_before=grid.normally_closed,
        suspected=frozenset({grid.section_of(FAULT)}),
        dark=frozenset(s for s in grid.sections if before.traced.is_supplied(s))
        - live.source_of.keys(),
        loads=LoadPowers.stated(grid),
        limits=LENIENT,
        settings=PlanSettings(phase_checks_max=checks),
        phase_verdict=verdict,
    )
    plan = propose(situation, RadialFlow(grid, meshed=PowerGridModelEngine(grid)))
    assert plan.proof is not Proof.OPTIMAL
    assert len(states_of(plan, grid)) <= checks


@pytest.mark.parametrize(("fed", "starved"), [("A", True), ("AC", True), ("B", False)])
def test_a_load_without_its_phase_has_no_voltage(fed: str, starved: bool) -> None:
    """S1 [b1] A: load A lies on phase B, its line on others."""
    phased = with_phasing()
    values = len(fed) * (len(fed) + 1) // 2
    rows = (
        replace(
            row,
            phases=fed,
            r_ohm=row.r_ohm[:values],
            x_ohm=row.x_ohm[:values],
            c_f=row.c_f[:values],
        )
        if row.id == "line.A-b1"
        else row
        for row in phased.phasing
    )
    network = build_network(replace(phased, phasing=tuple(rows)))
    told = OpenDssVerdict(network).check(
        network.normally_closed, LoadPowers.stated(network), limits=network.limits
    )
    dead = [each.value for each in told if each.element == "A, phase b"]
    assert dead == ([0.0] if starved else [])


def test_without_the_extra_a_plan_says_that_no_phase_was_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], grid: Network
) -> None:
    monkeypatch.setattr(opendss_engine, "LIBRARY", "opendss_that_nobody_has")
    with pytest.raises(SettingsError, match=r"not installed \(pip install gridops\[opendss\]\)"):
        OpenDssVerdict(grid)
    assert engines_of(grid).phase_verdict is None
    said = Terminal(capsys)("whatif", "ieee123", "--fault", FAULT)
    assert "Phases: NOT checked, only their mean is safe (pip install gridops[opendss])" in said.out


def test_the_document_says_that_every_phase_was_checked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = Terminal(capsys)("whatif", "ieee123", "--fault", FAULT, "--json")
    assert said.document["plan"]["phases"] == "three-phase"
    balanced = Terminal(capsys)("whatif", "baranwu33", "--fault", "L5", "--json")
    assert "phases" not in balanced.document["plan"]


UNMAGNETISED = with_("transformers", "T1", STEPPED_DOWN, iron_loss_w=0.0, no_load_current_pu=0.0)
"""Engines put the magnetising branch at different ends."""


@pytest.mark.parametrize("balanced", [SOUND, UNMAGNETISED], ids=["lines", "transformer"])
def test_with_all_phases_alike_every_phase_is_the_balanced_one(balanced: Components) -> None:
    """Self less mutual value is the positive sequence; another engine solves that."""
    network = build_network(replace(balanced, phasing=tuple(symmetric(balanced))))
    loads = LoadPowers.stated(network)
    told = OpenDssVerdict(network).check(network.normally_closed, loads, limits=EVERY)
    flow = PowerGridModelEngine(network).solve(network.normally_closed, loads)
    assert len(told) == 3 * len(flow.voltage_pu)
    for each in told:
        node = NodeId(each.element.partition(",")[0])
        assert each.value == pytest.approx(flow.voltage_pu[node], abs=2e-6)


def symmetric(balanced: Components) -> Iterator[Phasing]:
    for row in with_phasing(balanced).phasing:
        if row.kind is PhasedKind.LINE:
            (line,) = [each for each in balanced.branches if each.id == row.element]
            yield replace(
                row, r_ohm=spread(line.r_ohm), x_ohm=spread(line.x_ohm), c_f=spread(line.c_f)
            )
        if row.kind is PhasedKind.TRANSFORMER:
            (unit,) = [each for each in balanced.transformers if each.id == row.element]
            r_pu = unit.copper_loss_w / unit.power_va_rated
            x_pu = math.sqrt(unit.short_circuit_voltage_pu**2 - r_pu**2)
            yield replace(row, r_pu=r_pu, x_pu=x_pu, tap_pu=1.0, regulated_v=None)


def spread(positive: float) -> tuple[float, ...]:
    own, mutual = 1.5 * positive, 0.5 * positive
    return own, mutual, own, mutual, mutual, own
