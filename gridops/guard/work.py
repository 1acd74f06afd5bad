"""What people and automatics may be doing in the grid meanwhile. Invariants 03, 08."""

from gridops.events.operator import TagKind
from gridops.guard.case import Case, Findings, Stage
from gridops.guard.energisation import closings_avoid
from gridops.ids import SectionId, SwitchId
from gridops.state import Tag


def worked_on_stay_dead(case: Case) -> Findings:
    """03: no closing feeds a section that somebody has a permit to work on."""
    worked_on = frozenset[SectionId]().union(*(p.sections for p in case.knowledge.permits))
    yield from closings_avoid(case, worked_on, words=("03", "guard-permit-live"))


def isolation_points_stay(case: Case) -> Findings:
    """03: no step moves a device that isolates people at work, and whatever is closed on the
    feeders around them, these devices are open and tagged."""
    snapshot = case.knowledge.snapshot
    points = {p for permit in case.knowledge.permits for p in permit.isolated_by}
    for stage in case.stages if points else ():
        switch = stage.move.switch
        yield (
            stage.broken("03", "guard-permit-point", switch, switch=switch)
            if switch in points
            else None
        )
    for stage in case.closings if points else ():
        near = stage.part_after.sections
        for switch in sorted(
            p for p in points if not near.keys().isdisjoint(case.network.section_ends[p])
        ):
            safe = stage.after.surely_open(switch) and _is_locked(snapshot.tags.get(switch, ()))
            words = ("03", "guard-permit-not-isolated")
            yield None if safe else stage.broken(*words, switch, switch=switch)


def _is_locked(tags: tuple[Tag, ...]) -> bool:
    return any(tag.kind is not TagKind.CAUTION for tag in tags)


def reclosing_is_blocked(case: Case) -> Findings:
    """08: at the first closing no device that is known to close by itself stands at the fault
    zone, or where a closing feeds."""
    automatic = case.knowledge.reclosing_on
    around_zone = {s for z in case.fault_zone for s in case.network.sections[z].switches}
    for stage in case.closings if automatic else ():
        acting = sorted(automatic & {*around_zone, *case.boundary, *_on_feeders(case, stage)})
        for switch in acting:
            yield stage.broken(
                "08", "guard-recloses", switch, device=switch, switch=stage.move.switch
            )
        if not acting:
            yield None


def _on_feeders(case: Case, stage: Stage) -> set[SwitchId]:
    """The devices around what the closing joins, the busbars' own left out."""
    sections = (case.network.sections[s] for s in stage.part_after.sections)
    return {switch for section in sections if not section.sources for switch in section.switches}
