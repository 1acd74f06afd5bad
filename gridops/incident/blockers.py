"""What keeps automation from a feeder: each thing with its reason, its owner and its age."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridops.events.operator import Mode, TagKind
from gridops.ids import FeederId, SectionId, UserName
from gridops.incident.latching import FeedersAt
from gridops.incident.model import Incident, Phase
from gridops.incident.situation import Situation
from gridops.measurement import Reading
from gridops.reasons import Reason, because
from gridops.state import Said, WorkPermit


class BlockerKind(StrEnum):
    MODE = "mode"
    """Nobody wants it automatic: the mode of the feeder, or of the system."""
    LOAD_SHED = "load_shed"
    LATCH = "latch"
    EXECUTION = "execution"
    """Commands are switched off in the settings."""
    TAG = "tag"
    LINK = "link"
    LOCAL = "local"
    INCIDENT = "incident"
    PERMIT = "permit"
    """People may be at work."""
    RECLOSING = "reclosing"
    """A device may close by itself."""
    PHASING = "phasing"
    """The order of the phases is unchecked since a repair."""


class Automation(StrEnum):
    """Whether a fault on the feeder would be handled without a person."""

    OFF = "off"
    """Its mode is not automatic."""
    AVAILABLE = "available"
    LIMITED = "limited"
    """It would, without some of the feeder's devices."""
    BLOCKED = "blocked"
    """Its mode is automatic, and nothing would go by itself."""


STOPS_ALL = frozenset({BlockerKind.LOAD_SHED, BlockerKind.LATCH, BlockerKind.EXECUTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    kind: BlockerKind
    why: Reason
    by: UserName | None = None
    """Whose it is; None: nobody's, a device or a setting says so."""
    since: datetime | None = None
    said: str = ""
    """In the words of the owner."""


Blockers = Mapping[FeederId, tuple[Blocker, ...]]


def automation_of(blockers: tuple[Blocker, ...]) -> Automation:
    kinds = {blocker.kind for blocker in blockers}
    if BlockerKind.MODE in kinds:
        return Automation.OFF
    if kinds & STOPS_ALL:
        return Automation.BLOCKED
    return Automation.LIMITED if kinds else Automation.AVAILABLE


def blockers_of(
    here: Situation, feeders_at: FeedersAt, *, feeder_of: Mapping[SectionId, FeederId | None]
) -> Blockers:
    """Of every feeder, the gravest first; none: a fault there would be handled by itself.

    A device counts with the feeder that it belongs to in the normal state. Cost: linear in the
    feeders, the tags, and the devices that are local or behind dead links.
    """
    found = {feeder: list(_of_feeder(here, feeder)) for feeder in here.network.heads}
    for feeder, blocker in (
        *_tags(here, feeders_at),
        *_links(here, feeders_at),
        *_local(here, feeders_at),
        *_incidents(here),
        *_work(here, feeders_at, feeder_of=feeder_of),
    ):
        if feeder in found:
            found[feeder].append(blocker)
    return {feeder: tuple(blockers) for feeder, blockers in found.items()}


def _of_feeder(here: Situation, feeder: FeederId) -> Iterator[Blocker]:
    modes = here.state.modes
    governing = modes.governing(feeder)
    if governing.mode is not Mode.AUTOMATIC:
        code = "blocker-system-mode" if governing is modes.system else "blocker-mode"
        yield Blocker(
            kind=BlockerKind.MODE,
            why=because(code, mode=governing.mode.value),
            by=governing.by,
            since=governing.since,
            said=governing.reason,
        )
    if modes.shed_since is not None:
        why = because("blocker-load-shed", devices=tuple(modes.shedding))
        yield Blocker(kind=BlockerKind.LOAD_SHED, why=why, since=modes.shed_since)
    latch = modes.latches.get(feeder)
    if latch is not None:
        yield Blocker(kind=BlockerKind.LATCH, why=latch.why, by=latch.by, since=latch.since)
    if not here.settings.execution_enabled:
        yield Blocker(kind=BlockerKind.EXECUTION, why=because("execution-disabled"))


def _tags(here: Situation, feeders_at: FeedersAt) -> Iterator[tuple[FeederId, Blocker]]:
    for tag in here.state.tags.values():
        if tag.kind is TagKind.CAUTION:
            continue
        blocker = Blocker(
            kind=BlockerKind.TAG,
            why=because("blocker-tag", device=tag.switch, tag=tag.kind.value),
            by=tag.by,
            since=tag.placed_at,
            said=tag.reason,
        )
        yield from ((feeder, blocker) for feeder in feeders_at[tag.switch])


def _links(here: Situation, feeders_at: FeedersAt) -> Iterator[tuple[FeederId, Blocker]]:
    state = here.state
    for link in state.links_down:
        cut: dict[FeederId, int] = {}
        for switch in state.carried_by(link):
            for feeder in feeders_at[switch]:
                cut[feeder] = cut.get(feeder, 0) + 1
        for feeder, count in cut.items():
            why = because("blocker-link", link=link, count=count)
            since = state.links_down_since.get(link)
            yield feeder, Blocker(kind=BlockerKind.LINK, why=why, since=since)


def _local(here: Situation, feeders_at: FeedersAt) -> Iterator[tuple[FeederId, Blocker]]:
    for switch, said in here.state.local.items():
        if said.value is Reading.YES:
            why = because("blocker-local", device=switch)
            blocker = Blocker(kind=BlockerKind.LOCAL, why=why, since=said.source_time)
            yield from ((feeder, blocker) for feeder in feeders_at[switch])


def _incidents(here: Situation) -> Iterator[tuple[FeederId, Blocker]]:
    for incident in here.open.values():
        if incident.is_open:
            blocker = _of_incident(incident)
            yield from ((feeder, blocker) for feeder in incident.feeders)


def _work(
    here: Situation, feeders_at: FeedersAt, *, feeder_of: Mapping[SectionId, FeederId | None]
) -> Iterator[tuple[FeederId, Blocker]]:
    work = here.state.work
    for ident, permit in work.permits.items():
        why = because("blocker-permit", permit=ident, holder=permit.holder)
        blocker = _said(BlockerKind.PERMIT, permit, why=why)
        feeders = dict.fromkeys(feeder_of.get(s) for s in permit.sections)
        for point in permit.isolated_by:
            feeders.update(dict.fromkeys(feeders_at[point]))
        yield from ((feeder, blocker) for feeder in feeders if feeder is not None)
    for switch, said in work.reclosing.items():
        why = because("blocker-reclosing", device=switch)
        blocker = _said(BlockerKind.RECLOSING, said, why=why)
        yield from ((feeder, blocker) for feeder in feeders_at[switch])
    for section, said in work.phasing.items():
        feeder = feeder_of.get(section)
        if feeder is not None:
            why = because("blocker-phasing", section=section)
            yield feeder, _said(BlockerKind.PHASING, said, why=why)


def _said(kind: BlockerKind, said: Said | WorkPermit, *, why: Reason) -> Blocker:
    return Blocker(kind=kind, why=why, by=said.by, since=said.since, said=said.reason)


def _of_incident(incident: Incident) -> Blocker:
    """A plan under way is owned by who released it; a latched incident waits for a person."""
    is_under_way = incident.phase is Phase.EXECUTING and incident.proposed is not None
    code = "blocker-incident-latched" if incident.latched else "blocker-incident"
    if is_under_way:
        code = "blocker-plan"
    return Blocker(
        kind=BlockerKind.INCIDENT,
        why=because(code, incident=incident.id),
        by=incident.proposed.released_by if is_under_way and incident.proposed else None,
        since=incident.learnt_at,
    )
