"""Nothing is argued from doubtful or contradicting data. Invariants 24, 25."""

from datetime import datetime, timedelta

from gridops.guard.case import Case, Findings
from gridops.guard.world import walk
from gridops.ids import NodeId, SectionId, SwitchId
from gridops.measurement import Measured
from gridops.state import DEAD_VOLTAGE_PU

SETTLING = timedelta(seconds=2)
"""A measurement speaks of a state only if it is younger than the state by this."""
CURRENT_A_NOTHING = 5.0
"""Up to this a current transformer may show noise."""


def positions_are_known(case: Case) -> Findings:
    """24: good and fresh positions of the moving devices, of the fence, and of every device
    on the feeders that a closing concerns."""
    leaned_on: dict[SwitchId, None] = dict.fromkeys(stage.move.switch for stage in case.stages)
    leaned_on.update(dict.fromkeys(case.boundary))
    for stage in case.closings:
        for section in stage.part_after.sections:
            if not case.network.sections[section].sources:
                leaned_on.update(dict.fromkeys(case.network.sections[section].switches))
    for switch in leaned_on:
        unknown = case.now.is_unknown(switch)
        yield (
            case.broken("24", "guard-position-unknown", switch, switch=switch) if unknown else None
        )


def voltages_agree(case: Case) -> Findings:
    """25: no voltage where nothing feeds, none missing where something does, on the feeders
    that the plan concerns; positions as last heard of, however well."""
    concerned = _concerned(case)
    newest = _newest_movement(case, concerned)
    for node, reading in case.knowledge.snapshot.voltages_v.items():
        section = case.network.section_of_node[node]
        if section in concerned and _speaks(reading, newest):
            yield from _voltage_agrees(case, node, value_v=reading.value)


def _voltage_agrees(case: Case, node: NodeId, *, value_v: float) -> Findings:
    section = case.network.section_of_node[node]
    infeeds = walk(case.network, (section,), passes=case.now.last_passed).infeeds
    sources = {s for infeed in infeeds for s in case.network.sections[infeed].sources}
    measured_live = value_v >= DEAD_VOLTAGE_PU * case.network.nodes[node].voltage_v_nominal
    if measured_live and not sources:
        yield case.broken("25", "guard-live-where-dead", node, element=node, section=section)
    elif not measured_live and sources - case.dead_sources:
        yield case.broken("25", "guard-dead-where-live", node, element=node, section=section)
    else:
        yield None


def currents_agree(case: Case) -> Findings:
    """25: no current through a device that reads open, on the feeders that the plan concerns."""
    concerned = _concerned(case)
    for switch, reading in case.knowledge.snapshot.currents_a.items():
        position = case.knowledge.snapshot.positions.get(switch)
        ends = case.network.section_ends[switch]
        if position is None or concerned.isdisjoint(ends) or case.now.last_passed(switch):
            continue
        flows = abs(reading.value) > CURRENT_A_NOTHING
        value = round(abs(reading.value), 3)
        yield (
            case.broken("25", "guard-current-through-open", switch, switch=switch, value=value)
            if flows and _speaks(reading, position.source_time)
            else None
        )


def _concerned(case: Case) -> frozenset[SectionId]:
    parts = (s for stage in case.stages for s in stage.part_after.sections)
    return frozenset(parts) | case.proposal.fault_zone


def _newest_movement(case: Case, sections: frozenset[SectionId]) -> datetime | None:
    switches = {s for section in sections for s in case.network.sections[section].switches}
    positions = case.knowledge.snapshot.positions
    return max((positions[s].source_time for s in switches if s in positions), default=None)


def _speaks(reading: Measured[float], newest: datetime | None) -> bool:
    return reading.is_good and (newest is None or reading.source_time >= newest + SETTLING)
