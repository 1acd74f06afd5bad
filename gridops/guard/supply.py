"""Who must keep supply, and who gets it back. Invariants 35, 36."""

from gridops.guard.case import Case, Findings, Stage
from gridops.guard.world import could_be_supplied, has_source, surely_live, walk
from gridops.ids import SectionId


def nobody_is_dropped(case: Case) -> Findings:
    """35: an opening leaves every healthy section that it could concern with certain supply,
    except those that the plan openly gives up or declares to interrupt."""
    declared = case.proposal.interrupts | case.proposal.sheds
    spared = case.proposal.fault_zone | case.knowledge.allowed_dark | declared
    for stage in case.openings:
        asked = [s for s in concerned_by(case, stage) if s not in spared]
        lost = without_sure_supply(case, stage, among=asked)
        switch = stage.move.switch
        for section in asked:
            yield (
                stage.broken("35", "guard-drops-supply", section, section=section, switch=switch)
                if section in lost and case.network.sections[section].customers
                else None
            )


def interrupted_are_supplied_again(case: Case) -> Findings:
    """35: what the plan declares to interrupt is healthy, and certainly live when the plan is
    done, unless it is openly given up."""
    suspect = case.proposal.fault_zone | case.knowledge.forbidden
    for section in sorted(case.proposal.interrupts):
        if section in suspect:
            yield case.broken("35", "guard-interrupts-suspect", section, section=section)
        elif section in case.knowledge.allowed_dark or surely_live(
            case.last, section, dead=case.dead_sources
        ):
            yield None
        else:
            yield case.broken("35", "guard-stays-interrupted", section, section=section)


SHED_FROM = 3
"""The lowest priority number whose load may be shed."""


def sheds_by_the_ladder(case: Case) -> Findings:
    """35: what the plan declares to leave dark is healthy, serves nobody whose priority forbids
    it, and shedding is allowed at all."""
    suspect = case.proposal.fault_zone | case.knowledge.forbidden
    for section in sorted(case.proposal.sheds):
        loads = case.network.loads_of_section.get(section, ())
        if not case.knowledge.shedding or section in suspect:
            yield case.broken("35", "guard-shedding-not-allowed", section, section=section)
        elif any(load.priority < SHED_FROM for load in loads):
            yield case.broken("35", "guard-sheds-priority", section, section=section)
        else:
            yield None


def interrupts_what_it_declares(case: Case) -> Findings:
    """36: the plan drops what it declares to interrupt or to shed. Not asked of a step that is
    being executed, since the steps before it have dropped some already."""
    declared = case.proposal.interrupts | case.proposal.sheds
    if case.executing or not declared:
        return
    lost: set[SectionId] = set()
    for stage in case.openings:
        lost |= without_sure_supply(case, stage, among=concerned_by(case, stage))
    for section in sorted(declared):
        yield (
            None
            if section in lost
            else case.broken("36", "guard-interrupts-nothing", section, section=section)
        )


def concerned_by(case: Case, stage: Stage) -> list[SectionId]:
    """What could have supply and lose it by this opening: all that hangs on the device without
    passing a section whose source is live."""
    if not any(could_be_supplied(stage.before, s, dead=case.dead_sources) for s in stage.ends):
        return []
    passes = stage.before.may_pass
    reach = walk(
        case.network, stage.ends, passes=passes, beyond_infeeds=False, dead=case.dead_sources
    )
    return list(reach.sections)


def without_sure_supply(case: Case, stage: Stage, *, among: list[SectionId]) -> set[SectionId]:
    """Those of `among` that are not certainly live after the stage; each part is walked once."""
    lost: dict[SectionId, bool] = {}
    for section in among:
        if section not in lost:
            reach = walk(case.network, (section,), passes=stage.after.surely_passes)
            live = has_source(case.network, reach, dead=case.dead_sources)
            lost.update(dict.fromkeys(reach.sections, not live))
    return {section for section in among if lost[section]}
