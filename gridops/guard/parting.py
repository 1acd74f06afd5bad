"""What parts the fault zone from every source, path by path. Invariants 01, 05, 07."""

from gridops.guard.case import Case
from gridops.guard.world import Passes, World, walk
from gridops.ids import SectionId
from gridops.network import SwitchKind

MAY_ISOLATE = {
    SwitchKind.BREAKER: True,
    SwitchKind.RECLOSER: True,
    SwitchKind.LOAD_BREAK_SWITCH: True,
    SwitchKind.DISCONNECTOR: True,
    # A blown fuse parts one phase or two, and its position says nothing of the third.
    SwitchKind.FUSE: False,
}


def unparted(world: World) -> Passes:
    """Lets through whatever is not a confirmed-open device of a kind that may isolate."""
    switches = world.network.switches
    return lambda switch: world.may_pass(switch) or not MAY_ISOLATE[switches[switch].kind]


def way_to_zone(case: Case, passes: Passes) -> tuple[SectionId, str] | None:
    """The section of the fault zone that a source reaches, and the first switch on the way
    out of it; None: no source reaches the zone.

    A source inside the zone that is measured dead is cut off above the grid we know. A jumper
    at the zone is not.
    """
    aside = case.now.aside
    reach = walk(case.network, case.fault_zone, passes=passes, aside=aside)
    for infeed in reach.infeeds:
        sources = set(case.network.sections[infeed].sources)
        is_cut_off = infeed not in aside and sources <= case.dead_sources
        if infeed in case.proposal.fault_zone and is_cut_off:
            continue
        section, way = reach.way_to(case.network, infeed)
        return section, way or aside.get(infeed, "")
    return None
