"""What must come before what, and who must keep supply. Invariants 07, 35, 40."""

from datetime import timedelta

from gridops.guard.case import Case, Findings
from gridops.guard.proposal import GuardViolation
from gridops.guard.world import could_be_supplied, surely_live
from gridops.ids import NodeId
from gridops.measurement import Measured
from gridops.state import DEAD_VOLTAGE_PU

CLEARING = timedelta(seconds=2)
"""A measurement speaks of a state only if it is younger than the state by this."""


def openings_come_first(case: Case) -> Findings:
    """07: no closing stands before an isolating opening."""
    closed_one = False
    for stage in case.stages:
        closed_one = closed_one or stage.move.closes
        switch = stage.move.switch
        yield (
            stage.broken("07", "guard-opens-too-late", switch, switch=switch)
            if closed_one and case.isolates(stage.move)
            else None
        )


def earlier_steps_are_confirmed(case: Case) -> Findings:
    """07: when a step is commanded, good telemetry shows all earlier ones where they belong."""
    for move in case.done:
        reached = case.now.last_passed(move.switch) == move.closes
        confirmed = reached and not case.now.is_unknown(move.switch)
        switch = move.switch
        yield (
            None
            if confirmed
            else case.broken("07", "guard-step-not-confirmed", switch, switch=switch)
        )


def suspects_measure_no_voltage(case: Case) -> Findings:
    """40: the next movement is no closing while the isolated zone still measures voltage.

    A reading counts if it is good and younger by `CLEARING` than the last movement around
    the zone.
    """
    if not case.stages or not case.stages[0].move.closes:
        return
    for node, reading in case.knowledge.snapshot.voltages_v.items():
        if case.network.section_of_node[node] in case.proposal.fault_zone and reading.is_good:
            yield _still_live(case, node, reading=reading)


def _still_live(case: Case, node: NodeId, *, reading: Measured[float]) -> GuardViolation | None:
    positions = case.knowledge.snapshot.positions
    moved_at = [positions[s].source_time for s in case.boundary if s in positions]
    too_old = bool(moved_at) and reading.source_time < max(moved_at) + CLEARING
    nominal = case.network.nodes[node].voltage_v_nominal
    if too_old or reading.value < DEAD_VOLTAGE_PU * nominal:
        return None
    section = case.network.section_of_node[node]
    return case.stages[0].broken(
        "40", "guard-voltage-on-suspect", node, element=node, section=section
    )


def nobody_is_dropped(case: Case) -> Findings:
    """35: an opening leaves every healthy section that it could concern with certain supply,
    except those that the plan openly gives up."""
    spared = case.proposal.fault_zone | case.knowledge.allowed_dark
    for stage in case.openings:
        if not any(could_be_supplied(stage.before, s, dead=case.dead_sources) for s in stage.ends):
            yield None
            continue
        for section in stage.part_before.sections:
            if section in spared or not case.network.sections[section].customers:
                continue
            switch = stage.move.switch
            yield (
                None
                if surely_live(stage.after, section, dead=case.dead_sources)
                else stage.broken(
                    "35", "guard-drops-supply", section, section=section, switch=switch
                )
            )
