"""What must stay dead. Invariants 01, 02, 05, 06."""

from gridops.events.operator import TagKind
from gridops.guard.case import Case, Findings, Stage
from gridops.guard.parting import unparted, way_to_zone
from gridops.guard.proposal import GuardViolation
from gridops.guard.world import Passes, Reach, could_be_live, surely_live, walk
from gridops.ids import SectionId, SwitchId


def suspects_stay_dead(case: Case) -> Findings:
    """01: with every unknown closed, no source reaches the fault zone once it is isolated."""
    for step, world in case.isolated_worlds():
        yield _fed(case, world.may_pass, step=step, words=("01", "guard-suspect-live"))


def isolation_is_whole(case: Case) -> Findings:
    """05: on every path from the fault zone to a source lies a confirmed-open device of a
    kind that may isolate.

    These need not be the devices of the fence: until a crew has opened a nearer one, a farther
    device may part as well.
    """
    for step, world in case.isolated_worlds():
        yield _fed(case, unparted(world), step=step, words=("05", "guard-not-isolated"))


def fence_is_open_in_the_end(case: Case) -> Findings:
    """05: the plan leaves its fence open, all of it."""
    step = case.stages[-1].move.number if case.stages else None
    for switch in case.proposal.fence:
        yield (
            None
            if case.last.surely_open(switch)
            else case.broken("05", "guard-fence-not-open", switch, step=step, switch=switch)
        )


def other_faults_stay_dead(case: Case) -> Findings:
    """01 for other incidents: no closing feeds a section that may hold another fault."""
    yield from closings_avoid(
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
    yield from closings_avoid(case, frozenset(earthed), words=("02", "guard-earthed-live"))


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


def _fed(
    case: Case, passes: Passes, *, step: int | None, words: tuple[str, str]
) -> GuardViolation | None:
    way = way_to_zone(case, passes)
    if way is None:
        return None
    invariant, code = words
    section, switch = way
    return case.broken(invariant, code, section, step=step, section=section, switch=switch)


def closings_avoid(
    case: Case, avoided: frozenset[SectionId], *, words: tuple[str, str]
) -> Findings:
    """No closing feeds one of `avoided`, with every unknown taken as closed.

    What lies beyond a busbar with a live source is fed from there before as after.
    """
    invariant, code = words
    for stage in case.closings if avoided else ():
        switch = stage.move.switch
        reach = may_feed(case, stage)
        fed = sorted(avoided.intersection(reach.sections)) if reach is not None else []
        for section in fed:
            yield stage.broken(invariant, code, section, section=section, switch=switch)
        if not fed:
            yield None


def may_feed(case: Case, stage: Stage) -> Reach | None:
    """What a closing may feed, with every unknown taken as closed; None: nothing, for want of any
    source."""
    reach = walk(
        case.network,
        stage.ends,
        passes=stage.after.may_pass,
        beyond_infeeds=False,
        dead=case.dead_sources,
    )
    return reach if could_be_live(stage.after, stage.ends[0]) else None
