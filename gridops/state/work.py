"""What people have said of work in the grid, and what follows from it for whoever plans."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from gridops.events import (
    PermitIssued,
    PermitReturned,
    PhasingDoubted,
    PhasingVerified,
    ReclosingReported,
)
from gridops.ids import PermitId, SectionId, SwitchId, UserName
from gridops.network import Network
from gridops.reasons import Reason, because
from gridops.state.altered import hangs_on, line_side, surely_supplied
from gridops.state.snapshot import Snapshot

WorkEvent = PermitIssued | PermitReturned | ReclosingReported | PhasingDoubted | PhasingVerified


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPermit:
    sections: tuple[SectionId, ...]
    isolated_by: tuple[SwitchId, ...]
    holder: str
    by: UserName
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A person's word that stands until another takes it back."""

    by: UserName
    since: datetime
    reason: str


@dataclass(slots=True, kw_only=True)
class Work:
    permits: dict[PermitId, WorkPermit] = field(default_factory=dict)
    reclosing: dict[SwitchId, Said] = field(default_factory=dict)
    """Devices that may close by themselves."""
    phasing: dict[SectionId, Said] = field(default_factory=dict)
    """Sections whose phase order nobody has checked since their repair."""

    def apply(self, event: WorkEvent) -> None:
        match event:
            case PermitIssued():
                self.permits[event.permit] = WorkPermit(
                    sections=event.sections,
                    isolated_by=event.isolated_by,
                    holder=event.holder,
                    by=event.by,
                    since=event.at,
                    reason=event.reason,
                )
            case PermitReturned():
                self.permits.pop(event.permit, None)
            case ReclosingReported(on=True):
                self.reclosing.setdefault(event.switch, _said(event))
            case ReclosingReported():
                self.reclosing.pop(event.switch, None)
            case PhasingDoubted():
                self.phasing.setdefault(event.section, _said(event))
            case PhasingVerified():
                self.phasing.pop(event.section, None)

    def apart(self) -> "Work":
        """A copy that goes its own way."""
        return replace(
            self,
            permits=dict(self.permits),
            reclosing=dict(self.reclosing),
            phasing=dict(self.phasing),
        )

    def carried_over(self, network: Network) -> "Work":
        """For another version of the grid, which has all that permits name (`breaks` has seen to
        that); what is said of anything else that is gone is forgotten."""
        return Work(
            permits=dict(self.permits),
            reclosing={s: said for s, said in self.reclosing.items() if s in network.switches},
            phasing={s: said for s, said in self.phasing.items() if s in network.sections},
        )


def _said(event: ReclosingReported | PhasingDoubted) -> Said:
    return Said(by=event.by, since=event.at, reason=event.reason)


def why_not_issued(event: PermitIssued, snapshot: Snapshot, *, network: Network) -> Reason | None:
    """What speaks against letting people work there now; None: nothing. Every section must be
    without possible supply, and every point that isolates it surely open and tagged."""
    for switch in event.isolated_by:
        if not _is_safe(snapshot, switch):
            return because("permit-not-isolated", device=switch)
    for section in event.sections:
        if _could_be_live(network, snapshot, section=section):
            return because("permit-could-be-live", section=section)
    return None


def _is_safe(snapshot: Snapshot, switch: SwitchId) -> bool:
    """Surely open, and locked by a tag."""
    is_open = switch in snapshot.positions and switch not in snapshot.closed
    locked = any(tag.blocks_closing for tag in snapshot.tags.get(switch, ()))
    return is_open and switch not in snapshot.unknown and locked


def _could_be_live(network: Network, snapshot: Snapshot, *, section: SectionId) -> bool:
    """With every doubtful switch closed and every source alive."""
    reached = hangs_on(network, snapshot, sections=(section,), through_busbars=True)
    return any(network.sections[s].sources or network.sections[s].generators for s in reached)


def doubted_by_work(work: Work, snapshot: Snapshot) -> frozenset[SwitchId]:
    """Points that should isolate people and are not surely open and tagged: nothing is argued
    from them."""
    points = {point for permit in work.permits.values() for point in permit.isolated_by}
    return frozenset(point for point in points if not _is_safe(snapshot, point))


@dataclass(frozen=True, slots=True)
class Withheld:
    """What a plan has to leave alone."""

    sections: frozenset[SectionId] = frozenset()
    """Get no supply."""
    switches: frozenset[SwitchId] = frozenset()
    """Are not moved."""


def withheld_by_work(
    work: Work, snapshot: Snapshot, *, network: Network, suspected: AbstractSet[SectionId]
) -> Withheld:
    """What `work` takes from the planner. Sections under a permit stay dead, and their points
    where they are. Where phases are unchecked, or a device may close by itself, nothing that is
    dark gets supply, and nothing more is hung on the feeder if it has supply; beside the fault
    such a device ends all planning."""
    if not (work.permits or work.phasing or work.reclosing):
        return Withheld()
    if any(not suspected.isdisjoint(network.section_ends[s]) for s in work.reclosing):
        return Withheld(switches=frozenset(network.switches))
    touchy = [*work.phasing, *(s for d in work.reclosing for s in line_side(network, d))]
    dark = {s for s in touchy if not surely_supplied(network, snapshot, section=s)}
    under_permit = {s for permit in work.permits.values() for s in permit.sections}
    points = {s for permit in work.permits.values() for s in permit.isolated_by}
    live = [s for s in touchy if s not in dark]
    feeders = hangs_on(network, snapshot, sections=live, through_busbars=False)
    ties = {
        switch
        for section in feeders
        if not network.sections[section].sources
        for switch in network.sections[section].switches
        if switch not in snapshot.closed
    }
    return Withheld(frozenset(dark | under_permit), frozenset(points | ties))
