"""The solutions of the states that a plan passes through, and of what comes after it."""

from collections.abc import Iterator

from gridops.ids import SectionId
from gridops.network import SwitchSet
from gridops.powerflow import FlowResult, LoadPowers, PowerFlow, loads_ahead, picked_up
from gridops.restoration.course import moved
from gridops.restoration.plan import Plan
from gridops.restoration.situation import Situation


def flows_of(situation: Situation, plan: Plan, *, engine: PowerFlow) -> list[FlowResult]:
    """After each step, with the load before the outage and with cold load; of the last state,
    with the load of each hour that the plan must hold for. Each of the islands concerned.

    All that is back counts as cold for as long as it was dark, also when that is over for some:
    an upper estimate.
    """
    network = situation.network
    loads = LoadPowers.of(network, situation.loads)
    found: list[FlowResult] = []
    closed = network.switch_set(situation.snapshot.closed)
    dark_s: dict[SectionId, float] = {}
    for step in plan.steps:
        closed = moved(closed, step)
        ends = sorted(set(network.section_ends[step.switch]))
        spell_s = situation.dark_s + step.done_s
        dark_s.update(dict.fromkeys(step.sections_restored, spell_s))
        cold = picked_up(network, loads, dark_s=dark_s, table=situation.settings.cold_load)
        found += [
            _solved(situation, closed, drawn=drawn, ends=ends, engine=engine)
            for drawn in (loads, cold)
            if drawn is not None
        ]
    closing = [step.switch for step in plan.steps if step.closes]
    ends = sorted({end for switch in closing for end in network.section_ends[switch]})
    found += [
        _solved(situation, closed, drawn=drawn, ends=ends, engine=engine)
        for drawn in _hours(situation, loads)
    ]
    return found


def _hours(situation: Situation, loads: LoadPowers) -> Iterator[LoadPowers]:
    if situation.at is None:
        return
    until_s = min(situation.settings.look_ahead_s, situation.settings.outage_s)
    ahead = loads_ahead(situation.network, loads, at=situation.at, until_s=until_s)
    yield from (drawn for _, drawn in ahead)


def _solved(
    situation: Situation,
    closed: SwitchSet,
    *,
    drawn: LoadPowers,
    ends: list[SectionId],
    engine: PowerFlow,
) -> FlowResult:
    dead = situation.snapshot.dead_sources
    return engine.solve(closed, drawn, dead_sources=dead, around=ends)
