"""Where somebody else works, or the grid is not as its files have it. Invariants 19, 23.

What a jumper or a cut can do is in the guard's walk itself (`World.altered`, `World.aside`): the
tagged switch may pass and may not, whatever it reads, and what lies at a jumper may be live from
anywhere. So a jumper can make the fault zone live (01, 05), it counts as an infeed that a closing
must not meet (09, 11), and what hangs on it may lose supply by an opening (35).
"""

from gridops.events.operator import ALTERED, TagKind
from gridops.guard.case import Case, Findings
from gridops.guard.energisation import closings_avoid, may_feed
from gridops.guard.world import line_side, surely_live
from gridops.ids import SectionId, SwitchId


def nothing_goes_through_delegated(case: Case) -> Findings:
    """19: no closing feeds anything through a device behind which somebody else works."""
    delegated = _tagged(case, frozenset({TagKind.DELEGATED}))
    for stage in case.closings if delegated else ():
        reach = may_feed(case, stage)
        through = sorted(delegated & reach.links) if reach is not None else []
        switch = stage.move.switch
        for device in through:
            yield stage.broken(
                "19", "guard-through-delegated", device, device=device, switch=switch
            )
        if not through:
            yield None


def altered_stay_dead(case: Case) -> Findings:
    """23: no closing feeds the line side of a device with a jumper or a cut, where supply is not
    certain already."""
    beside = frozenset(
        s for s in _beside(case) if not surely_live(case.now, s, dead=case.dead_sources)
    )
    yield from closings_avoid(case, beside, words=("23", "guard-altered-live"))


def nothing_moves_beside_altered(case: Case) -> Findings:
    """23: no device moves whose ends lie at a jumper or a cut: what its movement joins or parts
    there nobody can say."""
    beside = _beside(case)
    for stage in case.stages if beside else ():
        found = [beside[end] for end in stage.ends if end in beside]
        switch = stage.move.switch
        yield (
            stage.broken("23", "guard-beside-altered", switch, switch=switch, device=found[0])
            if found
            else None
        )


def _tagged(case: Case, kinds: frozenset[TagKind]) -> frozenset[SwitchId]:
    tags = case.knowledge.snapshot.tags.items()
    return frozenset(switch for switch, hung in tags if any(tag.kind in kinds for tag in hung))


def _beside(case: Case) -> dict[SectionId, SwitchId]:
    """The sections where the grid is not as modelled, each with the device that says so."""
    return {
        section: switch
        for switch in sorted(_tagged(case, ALTERED))
        for section in line_side(case.network, switch)
    }
