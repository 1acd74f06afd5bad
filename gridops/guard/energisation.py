"""What must stay dead. Invariants 01, 02, 05, 06."""

from gridops.events.operator import TagKind
from gridops.guard.case import Case, Findings
from gridops.guard.proposal import GuardViolation
from gridops.guard.world import Passes, World, could_be_live, surely_live, walk
from gridops.ids import SectionId, SwitchId
from gridops.network import SwitchKind

MAY_ISOLATE = {
    SwitchKind.BREAKER: True,
    SwitchKind.RECLOSER: True,
    SwitchKind.LOAD_BREAK_SWITCH: True,
    SwitchKind.DISCONNECTOR: True,
    # A blown fuse parts one phase or two, and its position says nothing of the third.
    SwitchKind.FUSE: False,
}


def suspects_stay_dead(case: Case) -> Findings:
    """01: with every unknown closed, no source reaches the fault zone once it is isolated."""
    for step, world in case.isolated_worlds():
        yield _fed(case, world.may_pass, step=step, words=("01", "guard-suspect-live"))


def isolation_is_whole(case: Case) -> Findings:
    """05: on every path from the fault zone to a source lies a confirmed-open device of a
    kind that may isolate; the fence of the plan is open, all of it."""
    for step, world in case.isolated_worlds():
        yield _fed(case, _unparted(world), step=step, words=("05", "guard-not-isolated"))
        for switch in case.proposal.fence:
            yield (
                None
                if world.surely_open(switch)
                else case.broken("05", "guard-fence-not-open", switch, step=step, switch=switch)
            )


def other_faults_stay_dead(case: Case) -> Findings:
    """01 for other incidents: no closing feeds a section that may hold another fault."""
    yield from _closings_avoid(
        case, case.knowledge.forbidden, words=("01", "guard-other-fault-live")
    )


def earthed_stay_dead(case: Case) -> Findings:
    """02: no closing feeds a section beside a device that is tagged as earthed.

    The tag does not say on which side the earth lies: it is not where supply certainly is.
    """
    earthed: set[SectionId] = set()
    for switch, tags in case.knowledge.snapshot.tags.items():
        if any(tag.kind is TagKind.EARTH_APPLIED for tag in tags):
            ends = case.network.section_ends.get(switch, ())
            earthed.update(s for s in ends if not surely_live(case.now, s, dead=case.dead_sources))
    yield from _closings_avoid(case, frozenset(earthed), words=("02", "guard-earthed-live"))


def fence_stays_open(case: Case) -> Findings:
    """06: no step closes a device of the fence, in or around the fault zone, or in or around
    the zone of another incident."""
    guarded: dict[SwitchId, SectionId | None] = dict.fromkeys(case.proposal.fence)
    for section in (*case.fault_zone, *sorted(case.knowledge.forbidden)):
        guarded.update(dict.fromkeys(case.network.sections[section].switches, section))
    for stage in case.closings:
        switch = stage.move.switch
        zone = guarded.get(switch) or ""
        yield (
            stage.broken("06", "guard-closes-fence", switch, switch=switch, section=zone)
            if switch in guarded
            else None
        )


def _unparted(world: World) -> Passes:
    switches = world.network.switches
    return lambda switch: world.may_pass(switch) or not MAY_ISOLATE[switches[switch].kind]


def _fed(
    case: Case, passes: Passes, *, step: int | None, words: tuple[str, str]
) -> GuardViolation | None:
    """A source inside the zone that is measured dead is cut off above the grid we know."""
    invariant, code = words
    reach = walk(case.network, case.fault_zone, passes=passes)
    for infeed in reach.infeeds:
        sources = set(case.network.sections[infeed].sources)
        if infeed in case.proposal.fault_zone and sources <= case.dead_sources:
            continue
        section, switch = reach.way_to(case.network, infeed)
        return case.broken(invariant, code, section, step=step, section=section, switch=switch)
    return None


def _closings_avoid(
    case: Case, avoided: frozenset[SectionId], *, words: tuple[str, str]
) -> Findings:
    invariant, code = words
    for stage in case.closings if avoided else ():
        switch = stage.move.switch
        reach = walk(case.network, stage.ends, passes=stage.after.may_pass)
        live = could_be_live(stage.after, stage.ends[0])
        fed = sorted(avoided.intersection(reach.sections)) if live else []
        for section in fed:
            yield stage.broken(invariant, code, section, section=section, switch=switch)
        if not fed:
            yield None
