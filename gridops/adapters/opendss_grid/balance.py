"""How far a balanced grid is from the unbalanced circuit that it was made of, in figures."""

import cmath
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gridops.adapters.engines import PowerGridModelEngine
from gridops.adapters.opendss_grid.draft import Draft, Element, ends_of
from gridops.adapters.opendss_grid.phases import PHASES, terminal_of
from gridops.ids import NodeId
from gridops.network import Components, build_network
from gridops.network.flaws import GridFlaw
from gridops.network.validation import validate
from gridops.powerflow.protocol import FlowResult, LoadPower

SHARE_OF_LARGEST_CURRENT = 0.1
"""Lines that carry less than this of the largest current say nothing about unbalance."""
STOPS = ("duplicate-id", "impedance-negative", "impedance-zero", "rating-missing")
TURN = cmath.rect(1.0, math.radians(120.0))


@dataclass(frozen=True, slots=True, eq=False)
class _Bus:
    name: str
    volts_pu: Mapping[int, complex]
    """Phase -> voltage, of the nominal phase voltage."""

    @property
    def is_three_phase(self) -> bool:
        return len(self.volts_pu) == len(PHASES)

    @property
    def magnitudes(self) -> list[float]:
        return [abs(v) for v in self.volts_pu.values()]

    @property
    def negative_share(self) -> float:
        a, b, c = (self.volts_pu[p] for p in PHASES)
        positive, negative = a + TURN * b + TURN**2 * c, a + TURN**2 * b + TURN * c
        return abs(negative) / abs(positive)


def balance_sentences(draft: Draft, components: Components) -> Iterator[str]:
    """What the balanced grid loses, measured on the solved circuit."""
    if not draft.circuit["converged"]:
        yield "OpenDSS found no solution: taps and infeeds are as stated, unbalance is not known."
        return
    buses = [b for b in _buses(draft) if min(b.magnitudes, default=0.0) > 0.1]
    yield from _load_shares(draft)
    yield from _voltage_unbalance([b for b in buses if b.is_three_phase])
    yield from _current_unbalance(draft)
    yield from _distance(draft, components, buses=buses)


def _buses(draft: Draft) -> Iterator[_Bus]:
    for bus in draft.circuit["buses"]:
        nominal_v = draft.voltage_v[bus["name"]] / math.sqrt(3)
        volts = bus["volts"]
        yield _Bus(
            bus["name"],
            {
                node: complex(*volts[2 * k : 2 * k + 2]) / nominal_v
                for k, node in enumerate(bus["nodes"])
                if node in PHASES
            },
        )


def _load_shares(draft: Draft) -> Iterator[str]:
    per_phase = dict.fromkeys(PHASES, 0.0)
    for load in draft.elements("Load"):
        phases = terminal_of(str(load["bus1"]), int(load["phases"])).phases
        for phase in phases:
            per_phase[phase] += float(load["kw"]) / len(phases)
    total = sum(per_phase.values())
    if total > 0:
        shares = [100 * kw / total for kw in per_phase.values()]
        told = " / ".join(f"{share:.1f}" for share in shares)
        yield f"Load on phases A / B / C: {told} % of {total:g} kW."


def _voltage_unbalance(buses: list[_Bus]) -> Iterator[str]:
    if not buses:
        return
    worst = max(buses, key=lambda b: b.negative_share)
    spread = max(buses, key=lambda b: max(b.magnitudes) - min(b.magnitudes))
    yield (
        "Largest voltage unbalance factor |V2|/|V1| in OpenDSS: "
        f"{100 * worst.negative_share:.2f} % at bus {worst.name}; largest spread of phase voltages "
        f"{max(spread.magnitudes) - min(spread.magnitudes):.4f} pu at bus {spread.name}."
    )


def _current_unbalance(draft: Draft) -> Iterator[str]:
    lines = [e for e in draft.elements("Line") if len(ends_of(e)[0].phases) == len(PHASES)]
    largest = max((max(_phase_currents(e)) for e in lines), default=0.0)
    loaded = [e for e in lines if max(_phase_currents(e)) > SHARE_OF_LARGEST_CURRENT * largest > 0]
    if not loaded:
        return
    worst = max(loaded, key=_deviation)
    mean = sum(_phase_currents(worst)) / len(PHASES)
    yield (
        f"Largest difference of one phase current from the mean of the three, among lines with a "
        f"tenth of the largest current: {100 * _deviation(worst):.0f} % in line {worst['Name']} "
        f"({max(_phase_currents(worst)):.1f} A, mean {mean:.1f} A). Loadings by the balanced grid "
        "are the mean ones."
    )


def _phase_currents(line: Element) -> list[float]:
    return [float(a) for a in line["currents_a"][: len(PHASES)]]


def _deviation(line: Element) -> float:
    currents = _phase_currents(line)
    mean = sum(currents) / len(currents)
    return max(abs(a - mean) for a in currents) / mean if mean else 0.0


def balanced_flow(components: Components) -> FlowResult:
    """The normal state with all loads and generators."""
    closed = {s.id for s in components.switches if s.is_normally_closed}
    loads = {load.id: LoadPower(load.p_w, load.q_var) for load in components.loads}
    infeeds = {g.id: LoadPower(g.p_w, g.q_var) for g in components.generators}
    engine = PowerGridModelEngine(build_network(components))
    return engine.solve(closed, loads, generators=infeeds)


def _distance(draft: Draft, components: Components, *, buses: list[_Bus]) -> Iterator[str]:
    errors = [flaw for flaw in validate(components) if _stops(flaw)]
    if errors:
        yield f"The balanced flow is not solved, because of an error: {errors[0]}"
        return
    flow = balanced_flow(components)
    if not flow.converged:
        yield "The balanced grid has no power-flow solution in its normal state."
        return
    all_gaps = {
        b: abs(flow.voltage_pu[NodeId(b.name)] - _mean(b)) for b in buses if _is_in(b, flow)
    }
    whole = {b: gap for b, gap in all_gaps.items() if b.is_three_phase}
    for gaps, what in ((whole, "three-phase buses"), (all_gaps, "all buses")):
        if gaps:
            worst = max(gaps, key=lambda b: gaps[b])
            yield (
                f"Largest distance of the balanced voltage from the mean phase voltage in OpenDSS, "
                f"{what}: {gaps[worst]:.4f} pu at bus {worst.name}."
            )
    yield from _totals(draft, components, flow=flow)
    lows = [min(b.magnitudes) for b in buses]
    highs = [max(b.magnitudes) for b in buses]
    balanced = [flow.voltage_pu[NodeId(b.name)] for b in all_gaps]
    yield (
        f"Phase voltages in OpenDSS {min(lows):.4f} to {max(highs):.4f} pu, balanced "
        f"{min(balanced):.4f} to {max(balanced):.4f} pu."
    )


def _totals(draft: Draft, components: Components, *, flow: FlowResult) -> Iterator[str]:
    """Losses and the current of the most loaded three-phase line, both ways."""
    voltage = flow.voltage_pu
    drawn_w = sum(
        load.p_w * load.share_at(voltage[load.node])
        for load in components.loads
        if load.node in voltage
    )
    drawn_w += sum(generator.p_w for generator in components.generators)
    balanced_kw = (sum(flow.source_p_w.values()) - drawn_w) / 1e3
    yield (
        f"Losses {draft.circuit['losses_va'][0] / 1e3:.1f} kW in OpenDSS, {balanced_kw:.1f} kW "
        "balanced."
    )
    lines = [e for e in draft.elements("Line") if len(ends_of(e)[0].phases) == len(PHASES)]
    ids = {branch.name: branch.id for branch in components.branches}
    known = [e for e in lines if ids.get(f"Line {e['Name']}") in flow.current_a]
    if known:
        most = max(known, key=lambda e: max(_phase_currents(e)))
        phases = " / ".join(f"{a:.1f}" for a in _phase_currents(most))
        current_a = flow.current_a[ids[f"Line {most['Name']}"]]
        yield (
            f"Most loaded line {most['Name']}: {phases} A on its phases in OpenDSS, "
            f"{current_a:.1f} A balanced."
        )


def _stops(flaw: GridFlaw) -> bool:
    """Whether an engine cannot even take the grid."""
    return flaw.code in STOPS or flaw.code.startswith(("dangling-", "self-loop-"))


def _is_in(bus: _Bus, flow: FlowResult) -> bool:
    return NodeId(bus.name) in flow.voltage_pu


def _mean(bus: _Bus) -> float:
    return sum(bus.magnitudes) / len(bus.magnitudes)
