"""What nobody may touch now. Invariants 19 to 22."""

from gridops.events.operator import IMMOVABLE, TagKind
from gridops.guard.case import Case, Findings, Stage
from gridops.guard.proposal import GuardViolation
from gridops.guard.world import line_side
from gridops.network import Control


def no_tag_forbids(case: Case) -> Findings:
    """19: every tag but a caution forbids closing; "no operate", a part that is delegated, a
    jumper and a cut forbid opening as well."""
    for stage in case.stages:
        switch = stage.move.switch
        tags = case.knowledge.snapshot.tags.get(switch, ())
        blocking = [
            tag
            for tag in tags
            if tag.kind in IMMOVABLE or (stage.move.closes and tag.kind is not TagKind.CAUTION)
        ]
        for tag in blocking:
            yield stage.broken(
                "19", "guard-tag", switch, switch=switch, kind=tag.kind.value, user=tag.by
            )
        if not blocking:
            yield None


def operable(case: Case) -> Findings:
    """20: telecontrol moves only remote devices that answer; crews whatever can be moved."""
    for stage in case.stages:
        device = case.network.switches[stage.move.switch]
        if not stage.move.by_remote:
            held = device.control is not Control.NONE
            yield None if held else _refused(stage, "20", "guard-not-operable")
            continue
        reachable = device.id not in case.knowledge.snapshot.unreachable
        held = device.control is Control.REMOTE and reachable
        yield None if held else _refused(stage, "20", "guard-not-remote")


def not_in_another_plan(case: Case) -> Findings:
    """21: no device that another active plan uses, or that failed before."""
    for stage in case.stages:
        busy = stage.move.switch in case.knowledge.busy
        yield _refused(stage, "21", "guard-busy") if busy else None


def hot_line_forbids_closing(case: Case) -> Findings:
    """22: nothing is closed on to a line where people work live.

    The line is what hangs on the tagged device without passing a busbar that has a source.
    """
    worked_on = {
        section: switch
        for switch, tags in sorted(case.knowledge.snapshot.tags.items())
        if any(tag.kind is TagKind.HOT_LINE for tag in tags)
        for section in line_side(case.network, switch)
    }
    for stage in case.closings:
        hit = [s for s in stage.part_after.sections if s in worked_on]
        switch = stage.move.switch
        yield (
            stage.broken("22", "guard-hot-line", switch, switch=switch, device=worked_on[hit[0]])
            if hit
            else None
        )


def _refused(stage: Stage, *words: str) -> GuardViolation:
    invariant, code = words
    return stage.broken(invariant, code, stage.move.switch, switch=stage.move.switch)
