"""All alarms: raised and settled by what happens, acknowledged and shelved by people."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from gridops.alarms.alarm import Alarm, AlarmKind, Shelf, Told, alarm_id
from gridops.events import AlarmAcknowledged, AlarmShelved, AlarmUnshelved
from gridops.ids import AlarmId

RETURNED_MAX = 1_000
"""Alarms that are over and that nobody has seen: beyond, the oldest of them go, and are counted."""


@dataclass(slots=True)
class Group:
    """All alarms of one kind at one place: many of them have one reason, and are one line."""

    kind: AlarmKind
    place: str
    members: dict[AlarmId, Alarm] = field(default_factory=dict)
    revision: int = 0
    """Another one whenever anything about them changes."""


@dataclass(slots=True)
class Annunciator:
    """Knows how alarms come, go and are seen to, and nothing of what they are about.

    Bounded: one alarm for each thing that it may be about, and `RETURNED_MAX` of what is over.
    Each call costs time in proportion to the alarms that it is about.
    """

    alarms: dict[AlarmId, Alarm] = field(default_factory=dict)
    groups: dict[AlarmId, Group] = field(default_factory=dict)
    raised: int = 0
    """How often anything came or grew worse."""
    forgotten: int = 0
    """Of what was over, and nobody had seen."""
    _untold: int = 0
    """What was over, or a part of something else, before it was told."""
    _changes: int = 0
    _returned: dict[AlarmId, datetime] = field(default_factory=dict)
    """What is over, and since when; the longest first."""

    # what happens

    def rise(
        self,
        kind: AlarmKind,
        subject: str,
        *,
        told: Told,
        at: datetime,
        place: str | None = None,
        shown_from: datetime | None = None,
    ) -> None:
        """What it tells of stands (still). `shown_from` None: it is told at once."""
        known = self.alarms.get(alarm_id(kind, subject))
        if known is None:
            self._begin(kind, subject, told=told, at=at, place=place, shown_from=shown_from)
            return
        grows = known.grows_with(told)
        if known.standing and not grows and told == known.told and at >= known.shown_from:
            return
        if grows:
            known.shelf = None
        if grows or not known.standing:
            self._number(known, at)
        if not known.standing:
            known.standing = True
            known.times += 1
            self._returned.pop(known.id, None)
        known.worst = tuple(map(max, known.worst, told.weights))
        known.told = told
        known.shown_from = min(known.shown_from, shown_from or at)
        self._touch(known)

    def passed(
        self, kind: AlarmKind, subject: str, *, told: Told, at: datetime, place: str
    ) -> None:
        """It happened, and is over."""
        self.rise(kind, subject, told=told, at=at, place=place)
        self.settle(kind, subject, at=at)

    def settle(self, kind: AlarmKind, subject: str, *, at: datetime) -> None:
        """What it told of is over. Who has not seen it still has to, unless nobody could."""
        known = self.alarms.get(alarm_id(kind, subject))
        if known is None or not known.standing:
            return
        known.standing = False
        if known.state(at) is None:
            self._untold += at < known.shown_from
            self._drop(known)
            return
        self._returned[known.id] = at
        self._touch(known)
        while len(self._returned) > RETURNED_MAX:
            self._drop(self.alarms[next(iter(self._returned))])
            self.forgotten += 1

    def forget(self, kind: AlarmKind, subject: str, *, at: datetime) -> None:
        """It is none, or is told as a part of another."""
        known = self.alarms.get(alarm_id(kind, subject))
        if known is not None:
            self._untold += at < known.shown_from
            self._drop(known)

    def touch(self, kind: AlarmKind, subject: str) -> None:
        """What is told beside it is not the same any more."""
        known = self.alarms.get(alarm_id(kind, subject))
        if known is not None:
            self._touch(known)

    def told_by(self, now: datetime) -> int:
        """How often anything was told, or grew worse. Never less than before,
        unless a fact that came since is stamped earlier than `now` was."""
        pending = sum(now < one.shown_from for one in self.alarms.values())
        return self.raised - self._untold - pending

    # what people do

    def targets(self, alarm: AlarmId, at: datetime) -> Iterator[Alarm]:
        """The alarms that somebody who names `alarm` at this moment may mean."""
        group, one = self.groups.get(alarm), self.alarms.get(alarm)
        members = tuple(group.members.values()) if group is not None else ()
        for known in members if one is None else (one,):
            if known.state(at) is not None:
                yield known

    def acknowledge(self, event: AlarmAcknowledged) -> None:
        """What is on the shelf waits until it is back."""
        for known in self.targets(event.alarm, event.at):
            if known.is_shelved(event.at) or known.is_seen or known.raised > event.seen:
                continue
            known.shelf = None
            known.seen, known.seen_by, known.seen_at = known.raised, event.by, event.at
            if known.state(event.at) is None:
                self._drop(known)
            else:
                self._touch(known)

    def shelve(self, event: AlarmShelved) -> None:
        """Nobody has seen it when it comes back, whoever had before. It grows worse from how it
        stands now."""
        for known in self.targets(event.alarm, event.at):
            if known.raised > event.seen:
                continue
            known.shelf = Shelf(by=event.by, since=event.at, until=event.until, reason=event.reason)
            known.seen, known.seen_by, known.seen_at = 0, None, None
            known.worst = known.told.weights
            self._touch(known)

    def unshelve(self, event: AlarmUnshelved) -> None:
        for known in self.targets(event.alarm, event.at):
            if known.is_shelved(event.at):
                known.shelf = None
                self._touch(known)

    # inside

    def _begin(
        self,
        kind: AlarmKind,
        subject: str,
        *,
        told: Told,
        at: datetime,
        place: str | None,
        shown_from: datetime | None,
    ) -> None:
        self.raised += 1
        known = Alarm(
            kind=kind,
            subject=subject,
            place=subject if place is None else place,
            told=told,
            worst=told.weights,
            shown_from=shown_from or at,
            since=at,
            last=at,
            raised=self.raised,
        )
        self.alarms[known.id] = known
        group = self.groups.setdefault(known.group, Group(known.kind, known.place))
        group.members[known.id] = known
        self._touch(known)

    def _number(self, known: Alarm, at: datetime) -> None:
        self.raised += 1
        known.raised, known.last = self.raised, at

    def _touch(self, known: Alarm) -> None:
        self._changes += 1
        self.groups[known.group].revision = self._changes

    def _drop(self, known: Alarm) -> None:
        self._touch(known)
        members = self.groups[known.group].members
        del members[known.id], self.alarms[known.id]
        self._returned.pop(known.id, None)
        if not members:
            del self.groups[known.group]
