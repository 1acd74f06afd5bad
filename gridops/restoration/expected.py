"""What the field should show after each step, by the power flow."""

from dataclasses import dataclass

from gridops.ids import NodeId, SectionId, SwitchId
from gridops.measurement import Position
from gridops.network import IndicatorKind, Network, Signal, SwitchSet
from gridops.powerflow import FlowResult, LoadPowers, PowerFlow
from gridops.restoration.course import moved
from gridops.restoration.outlook import Expected, OutlookSettings, Seen
from gridops.restoration.plan import Plan, Step
from gridops.restoration.situation import Situation
from gridops.state import Energisation, energise

CHANGE_A = 1.0
"""A current that changes by less is not worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    closed: SwitchSet
    live: Energisation
    flow: FlowResult


def expected_of(
    situation: Situation, plan: Plan, *, engine: PowerFlow, settings: OutlookSettings
) -> tuple[Expected, ...]:
    """One for each step. Guarantees: pure; two solutions a step, of the islands at the device.

    The loads are those before the outage, so a load that comes back higher shows more.
    """
    network = situation.network
    loads = LoadPowers.of(network, situation.loads)
    points = {(point.element, point.signal) for point in network.components.points}
    dead = situation.snapshot.dead_sources

    def state(closed: SwitchSet, step: Step) -> _State:
        ends = sorted(set(network.section_ends[step.switch]))
        return _State(
            closed=closed,
            live=energise(network, closed, dead_sources=dead),
            flow=engine.solve(closed, loads, dead_sources=dead, around=ends),
        )

    closed = network.switch_set(situation.snapshot.closed)
    found = []
    for step in plan.steps:
        then = moved(closed, step)
        before, after = state(closed, step), state(then, step)
        closed = then
        found.append(
            Expected(
                step=step.number,
                within_s=round(step.done_s - step.starts_s + settings.telemetry_wait_s, 3),
                reports=step.switch in network.reporting,
                voltages_v=_voltages(network, step, points=points, before=before, after=after),
                currents_a=_currents(network, step, points=points, before=before, after=after),
                quiet=_quiet(network, step, after=after),
            )
        )
    return tuple(found)


def _voltages(
    network: Network,
    step: Step,
    *,
    points: set[tuple[str, Signal]],
    before: _State,
    after: _State,
) -> tuple[Seen, ...]:
    sections = (*step.sections_restored, *step.sections_dropped)
    nodes = [node for section in sections for node in network.sections[section].nodes]
    return tuple(
        Seen(
            element=n,
            before=_volts(network, n, state=before),
            after=_volts(network, n, state=after),
        )
        for n in nodes
        if (n, Signal.VOLTAGE) in points
    )


def _volts(network: Network, node: NodeId, *, state: _State) -> float | None:
    pu = state.flow.voltage_pu.get(node)
    return None if pu is None else round(pu * network.nodes[node].voltage_v_nominal, 1)


def _currents(
    network: Network,
    step: Step,
    *,
    points: set[tuple[str, Signal]],
    before: _State,
    after: _State,
) -> tuple[Seen, ...]:
    """Of every feeder head and measured switch above the device, before it or after."""
    heads = set(network.heads.values())
    ways = [*_way(network, step, state=before), *_way(network, step, state=after)]
    watched = [s for s in dict.fromkeys(ways) if s in heads or (s, Signal.CURRENT) in points]
    seen = [Seen(element=s, before=_amperes(s, before), after=_amperes(s, after)) for s in watched]
    return tuple(one for one in seen if abs((one.after or 0.0) - (one.before or 0.0)) >= CHANGE_A)


def _way(network: Network, step: Step, *, state: _State) -> list[SwitchId]:
    return [s for end in _ends(network, step, state=state) for s in state.live.path(end)]


def _ends(network: Network, step: Step, *, state: _State) -> list[SectionId]:
    return [s for s in network.section_ends[step.switch] if state.live.is_supplied(s)]


def _amperes(switch: SwitchId, state: _State) -> float | None:
    """0 through what is open; None where nothing is known of a closed switch."""
    if switch not in state.closed:
        return 0.0
    value = state.flow.switch_current_a.get(switch)
    return None if value is None else round(value, 2)


def _quiet(network: Network, step: Step, *, after: _State) -> tuple[SwitchId, ...]:
    """The indicators between the source and all that the step brings back."""
    if step.position is not Position.CLOSED:
        return ()
    reached = (*_ends(network, step, state=after), *step.sections_restored)
    on_way = {s for section in reached for s in after.live.path(section)}
    return tuple(
        s
        for s in network.arrays.switches.ids
        if s in on_way and network.switches[s].indicator is not IndicatorKind.NONE
    )
