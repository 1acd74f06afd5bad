"""Order and doubt: what stands between decoded values and the control room."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gridops.events import FieldEvent, LinkLost, LinkRestored, LinkTroubled, SwitchMoved
from gridops.ids import PointId
from gridops.measurement import Quality
from gridops.network import Point
from opcua_bridge.link.contacts import TwoContacts, variables
from opcua_bridge.link.decode import Decoded, decode, unreadable
from opcua_bridge.link.gap import differ
from opcua_bridge.wire.statuses import GONE, has_overflowed
from opcua_bridge.wire.values import Sample

_LINK = (LinkLost, LinkRestored, LinkTroubled)
"""A tuple: a storm asks for each of its changes, and a union takes several times as long."""
Received = tuple[Point, Sample]
AT_WORK_EVERY = 2_000
"""Values."""


@dataclass(slots=True)
class Counts:
    """What was wrong since the process started; shown in the link's health."""

    rejected: int = 0
    last_rejection: str = ""
    without_time: int = 0
    late: int = 0
    overflowed: int = 0
    gaps: int = 0
    republished: int = 0
    """Messages that were missing and came when they were asked for again."""
    repeated: int = 0
    """Messages that came twice."""
    coalesced: int = 0
    """Measurements that a newer one in the same message stood for; nothing is wrong with them."""
    unasked: int = 0
    """Values for handles that we never gave."""
    keep_alives_missed: int = 0
    """Signs of life that came late or not at all."""


def _nothing() -> None:
    """Nobody waits."""


@dataclass(frozen=True, slots=True)
class Doubt:
    point: Point
    batch: int
    """Of changes that cast it: an answer to what was asked before may be older than they are."""


@dataclass(slots=True)
class Inbox:
    """Turns received values into events in source-time order.

    Two doors. A *change* was pushed by the server: told twice it is delivered once, and
    when its stamp is older than what is known of the same point it is not delivered but
    its point is put under `doubtful`, to be read again. A *reading* was asked for and is
    what the server held then: it is always delivered and starts a new order for its point,
    so that a device whose clock was set back is followed again.
    """

    counts: Counts = field(default_factory=Counts)
    refused: dict[PointId, str] = field(default_factory=dict)
    """Points that the server does not refresh, and its reason: they read as bad."""
    doubtful: dict[PointId, "Doubt"] = field(default_factory=dict)
    overflowed: dict[PointId, datetime | None] = field(default_factory=dict)
    """Points of which the server dropped changes, and the stamp of the last one before."""
    vanished: dict[PointId, int] = field(default_factory=dict)
    """Points that the server does not know any more, and its status for them."""
    before_gap: Mapping[PointId, FieldEvent] = field(default_factory=dict)
    """What was last known of each point before the present connection."""
    at_work: Callable[[], None] = _nothing
    """Called every `AT_WORK_EVERY` values: a full read of a large server takes longer, on a machine
    that has much else to do, than others wait for a sign of life."""
    batches: int = 0
    """Batches of changes so far: the mark to remember when a reading is asked for."""
    contacts: TwoContacts = field(default_factory=lambda: TwoContacts(()))
    """Where positions come from that two variables tell."""
    _last: dict[PointId, FieldEvent] = field(default_factory=dict)
    _changed_in: dict[PointId, int] = field(default_factory=dict)

    def begin_epoch(self) -> None:
        """Nothing that an earlier connection said decides about what is news in this one."""
        self.doubtful.clear()
        self.overflowed.clear()
        self.vanished.clear()
        self.before_gap = {**self.before_gap, **self._last}
        self._last = {}
        self._changed_in.clear()
        self.contacts.forget()

    def changes(self, received: Sequence[Received], at: datetime) -> list[FieldEvent]:
        self.batches += 1
        fresh = []
        for point, value in self._at_work(self._whole(received)):
            event = self._event(point, value, at=at)
            last = self._last.get(point.id)
            if has_overflowed(value.status):
                self._has_lost(point, last)
            if last is not None and _is_no_news(event, last):
                if _stamp(event) == _stamp(last):
                    continue
                self.counts.late += 1
                self._doubt(point)
                continue
            self._last[point.id] = event
            self._changed_in[point.id] = self.batches
            fresh.append(event)
        return sorted(fresh, key=_stamp)

    def readings(
        self, received: Sequence[Received], at: datetime, *, asked_after: int
    ) -> list[FieldEvent]:
        """One event per value. `asked_after` is `batches` when the reading was asked for: a
        newer change that overtook the answer stands, and is what is delivered.

        A position that is older than what is known of it comes from a device whose clock was set
        back. What was known is said to be stale first, or it would look like a movement that was
        overtaken by a later one."""
        events: list[FieldEvent] = []
        for point, value in self._at_work(self._read(received, asked_after=asked_after)):
            event = self._event(point, value, at=at)
            last = self._last.get(point.id)
            overtaken = self._changed_in.get(point.id, 0) > asked_after
            if last is not None and overtaken and _stamp(event) < _stamp(last):
                event = replace(last, at=at)
            events += _said_first(event, last)
            self._last[point.id] = event
            self._settle(point.id, asked_after=asked_after)
            events.append(event)
        return sorted(events, key=_stamp)

    def _at_work(self, received: Iterable[Received]) -> Iterator[Received]:
        for number, one in enumerate(received, 1):
            if number % AT_WORK_EVERY == 0:
                self.at_work()
            yield one

    def strayed(self, received: Sequence[Received], *, since: int) -> list[Point]:
        """Of points that were read, those that read otherwise than was told, and of which nothing
        was told after batch `since`. Nothing is taken in."""
        strayed = []
        for point, value in self.contacts.beside(received, is_refused=self._is_refused):
            told = self._changed_in.get(point.id, 0) > since or self._is_refused(point.id)
            last = self._last.get(point.id)
            if told or last is None:
                continue
            if differ(last, decode(point, value, at=last.at).event):
                strayed.append(point)
        return variables(strayed)

    @property
    def known(self) -> Mapping[PointId, FieldEvent]:
        """What this connection last said of each point."""
        return self._last

    def _has_lost(self, point: Point, last: FieldEvent | None) -> None:
        """What the server dropped is gone; what is true now can be read."""
        self._doubt(point)
        since = None if last is None else _stamp(last)
        self.overflowed.setdefault(point.id, since)

    def _doubt(self, point: Point) -> None:
        self.doubtful[point.id] = Doubt(point, self.batches)

    def _settle(self, point: PointId, *, asked_after: int) -> None:
        """Only a reading that was asked for after the change that cast the doubt can tell."""
        doubt = self.doubtful.get(point)
        if doubt is not None and doubt.batch <= asked_after:
            del self.doubtful[point]

    def take_doubtful(self) -> list[Point]:
        points = [doubt.point for doubt in self.doubtful.values()]
        self.doubtful.clear()
        return variables(points)

    def _read(self, received: Sequence[Received], *, asked_after: int) -> Sequence[Received]:
        """Readings of contacts as readings of positions; everything else as it is."""
        if not self.contacts.any_there:
            return received
        self._note_vanished(received)
        return self.contacts.read(received, asked_after=asked_after, is_refused=self._is_refused)

    def _whole(self, received: Sequence[Received]) -> Iterator[Received]:
        """Changes of contacts as changes of positions; everything else as it is."""
        if not self.contacts.any_there:
            yield from received
            return
        self._note_vanished(received)
        for point, value in received:
            owner = self.contacts.owner(point)
            if owner is point:
                yield point, value
            elif self.contacts.is_late(point, value):
                self.counts.late += 1
                self._doubt(owner)
            else:
                joined = self.contacts.changed(
                    point, value, batch=self.batches, is_refused=self._is_refused
                )
                if joined is not None:
                    yield owner, joined

    def _is_refused(self, point: PointId) -> bool:
        return point in self.refused

    def _note_vanished(self, received: Sequence[Received]) -> None:
        """Contacts alone: what becomes of one is not said by their position."""
        for point, value in received:
            gone = value.status in GONE and point.id not in self.refused
            if gone and self.contacts.owner(point) is not point:
                self.vanished[point.id] = value.status

    def _event(self, point: Point, value: Sample, *, at: datetime) -> FieldEvent:
        if point.id in self.refused:
            return unreadable(point, at)
        if value.status in GONE and not point.open_node_id:
            self.vanished[point.id] = value.status
        decoded = decode(point, value, at=at)
        self._count(decoded)
        return decoded.event

    def _count(self, decoded: Decoded) -> None:
        self.counts.without_time += decoded.is_time_ours
        self.counts.overflowed += decoded.has_overflowed
        if decoded.rejected:
            self.counts.rejected += 1
            self.counts.last_rejection = decoded.rejected


def _is_no_news(event: FieldEvent, last: FieldEvent) -> bool:
    """Whether `event` is older than `last`, or both say the same of the same instant, whenever we
    or the server heard of it."""
    was, now = _stamp(last), _stamp(event)
    if now != was or isinstance(event, _LINK) or isinstance(last, _LINK):
        return now < was
    return replace(event, at=last.at, server_time=last.server_time) == last


def _said_first(event: FieldEvent, last: FieldEvent | None) -> list[FieldEvent]:
    """That the good position `last` is stale, before one is read that is older than it."""
    if not isinstance(event, SwitchMoved) or not isinstance(last, SwitchMoved):
        return []
    is_older = last.quality is Quality.GOOD and event.source_time < last.source_time
    return [replace(event, quality=Quality.STALE)] if is_older else []


def _stamp(event: FieldEvent) -> datetime:
    """Events of points carry a source time; those of links never pass through here."""
    return event.at if isinstance(event, _LINK) else event.source_time
