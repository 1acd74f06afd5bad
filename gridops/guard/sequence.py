"""What must come before what. Invariants 07, 40."""

from datetime import timedelta

from gridops.guard.case import Case, Findings
from gridops.guard.parting import unparted, way_to_zone
from gridops.guard.proposal import GuardViolation
from gridops.ids import NodeId
from gridops.measurement import Measured
from gridops.state import DEAD_VOLTAGE_PU

CLEARING = timedelta(seconds=2)
"""A measurement speaks of a state only if it is younger than the state by this."""


def closings_wait_for_parting(case: Case) -> Findings:
    """07: with the device of a closing taken as closed, the openings before it part the fault
    zone from every source: nothing is closed in the hope of an opening that comes later."""
    for stage in case.closings:
        switch = stage.move.switch
        yield (
            stage.broken("07", "guard-opens-too-late", switch, switch=switch)
            if way_to_zone(case, unparted(stage.after))
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
    if not case.stages[0].move.closes:
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
