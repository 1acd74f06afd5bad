"""Fault currents once a step has joined feeders, by a short-circuit engine. Invariants 16, 17.

What was as bad before the outage is not held against a plan. Nothing is asked where
the guard was given no such engine, or the grid states no rating and no pick-up.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import partial

from gridops.guard.case import Case, Findings, Stage
from gridops.guard.proposal import GuardViolation
from gridops.guard.reach import Guarded, guarded_by, newly_fed, whole_current
from gridops.guard.world import walk
from gridops.ids import NodeId, SwitchId
from gridops.network import Switch
from gridops.powerflow import FaultCurrents, FaultKind, Level, ShortCircuit

TOLERANCE = 1e-6
"""Relative: a current that equals its limit but for rounding keeps it."""


def making_within_rating(case: Case) -> Findings:
    """16: a device closes only where the peak of a fault right behind it is within what it may
    be closed onto."""
    engine = case.faults
    if engine is None:
        return
    for stage in case.closings:
        device = case.network.switches[stage.move.switch]
        if device.making_current_a is None:
            continue
        currents = _highest(case, engine, closed=_joined(case, stage), at=(device.node_a,))
        yield _beyond(
            stage,
            device,
            code="guard-making-current",
            value=currents.ip_a.get(device.node_a),
            limit=device.making_current_a,
        )


def breaking_within_rating(case: Case) -> Findings:
    """16: what protects the feeders that a closing joins can interrupt a fault right behind it,
    or no greater fault than before the outage."""
    engine = case.faults
    if engine is None:
        return
    for stage in case.closings:
        limited = [
            (device, device.breaking_current_a)
            for device in (case.network.switches[s] for s in sorted(stage.part_after.links))
            if device.breaking_current_a is not None and device.protects
        ]
        if not limited:
            continue
        at = [device.node_a for device, _ in limited]
        currents = _highest(case, engine, closed=_joined(case, stage), at=at)
        usual = _highest(case, engine, closed=_before(case), at=at)
        for device, limit in limited:
            yield _beyond(
                stage,
                device,
                code="guard-breaking-current",
                value=currents.ik_a.get(device.node_a),
                limit=max(limit, usual.ik_a.get(device.node_a, limit)),
            )


def protection_sees_the_least_fault(case: Case) -> Findings:
    """17: at the far end of what a closing feeds, the device that guards it carries the stated
    multiple of its pick-up in the least fault, or no less of it than before the outage.

    A ring is asked as the step that opens it leaves it.
    """
    least = case.knowledge.limits.fault_in_pickups_min
    engine = case.faults
    if engine is None or least is None:
        return
    for stage in map(partial(_settled, case), case.closings):
        far_ends = {} if stage.part_after.has_loop else newly_fed(case, stage)
        if not far_ends:
            continue
        seen = dict.fromkeys(far_ends, 0.0)
        seen |= _seen(case, engine, closed=_joined(case, stage), guarded=far_ends)
        short = [node for node, pickups in seen.items() if pickups < least * (1 - TOLERANCE)]
        usual = _usual(case, engine, nodes=short)
        for node, device in far_ends.items():
            pickups = seen[node]
            blind = node in usual and pickups < usual[node]
            yield (
                stage.broken(
                    "17",
                    "guard-blind",
                    device,
                    element=node,
                    device=device,
                    value=round(pickups, 3),
                    limit=least,
                )
                if blind
                else None
            )


def _settled(case: Case, stage: Stage) -> Stage:
    """A closing that makes a ring: with the state that the next step leaves."""
    following = case.stages[stage.place + 1 :]
    if not stage.part_after.has_loop or not following:
        return stage
    after = following[0].after
    return Stage(stage.place, stage.move, after, after)


def _before(case: Case) -> AbstractSet[SwitchId]:
    before = case.knowledge.closed_before
    return case.network.normally_closed if before is None else before


def _joined(case: Case, stage: Stage) -> frozenset[SwitchId]:
    """What conducts around the device once it has closed."""
    return walk(case.network, stage.ends, passes=stage.after.last_passed).links


def _highest(
    case: Case, engine: ShortCircuit, *, closed: AbstractSet[SwitchId], at: Iterable[NodeId]
) -> FaultCurrents:
    return engine.currents(
        closed,
        at=tuple(at),
        kind=FaultKind.THREE_PHASE,
        level=Level.MAX,
        dead_sources=case.dead_sources,
    )


def _seen(
    case: Case,
    engine: ShortCircuit,
    *,
    closed: AbstractSet[SwitchId],
    guarded: Guarded,
) -> Mapping[NodeId, float]:
    """Of each node with supply: the current of its least fault through its device, in pick-ups.

    What a device carries is worked out fault by fault, unless all of the fault current passes it.
    """
    currents = engine.currents(
        closed,
        at=tuple(guarded),
        kind=FaultKind.TWO_PHASE,
        level=Level.MIN,
        dead_sources=case.dead_sources,
    )
    switches = case.network.switches
    entire = frozenset(whole_current(case.network, guarded, closed=closed))
    found: dict[NodeId, float] = {}
    for node, device in guarded.items():
        pickup_a = switches[device].pickup_current_a
        if pickup_a is None or node not in currents.ik_a:
            continue
        passes = currents.ik_a if node in entire else currents.seen_a({node: device})
        found[node] = passes[node] / pickup_a
    return found


def _usual(case: Case, engine: ShortCircuit, *, nodes: Iterable[NodeId]) -> Mapping[NodeId, float]:
    """Pick-ups in the least fault before the outage, less what rounding may add, of the nodes
    that something guarded then."""
    closed, section_of = _before(case), case.network.section_of_node
    guards = {node: guarded_by(case.network, section_of[node], closed=closed) for node in nodes}
    guarded = {node: device for node, device in guards.items() if device is not None}
    if not guarded:
        return {}
    seen = _seen(case, engine, closed=closed, guarded=guarded)
    return {node: pickups * (1 - TOLERANCE) for node, pickups in seen.items()}


def _beyond(
    stage: Stage,
    device: Switch,
    *,
    code: str,
    value: float | None,
    limit: float,
) -> GuardViolation | None:
    """`value` None: no supply, so no fault current."""
    if value is None or value <= limit * (1 + TOLERANCE):
        return None
    words = ("16", code, device.id)
    return stage.broken(*words, element=device.id, value=round(value, 3), limit=round(limit, 3))
