"""What was true, what was told, and whether the two may be told apart: the judge of a round."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gridops.adapters.clocks import SystemClock
from gridops.events import FieldEvent, LinkLost, LinkRestored, LinkTroubled
from gridops.ids import PointId, SwitchId
from gridops.measurement import Position, Quality
from gridops.network import Network, Point, Signal
from gridops.ports import FieldLink
from gridops.state.telemetry import MEASUREMENTS, event_of
from gridops.virtual_field import OrderAnswer, PointValue, VirtualField
from tests.interop.node_peer import ARRIVED_AT
from tests.radial_sweep import RadialSweep

CLOCK = SystemClock()
STAMP_TOLERANCE = timedelta(milliseconds=2)
"""node-opcua stamps in milliseconds."""
STALE_S_MAX = 4.0
"""Keep-alive interval and margin are 2 s; beyond that a link that shows old values as good lies,
the rest is for a machine that does ten other things."""

Key = tuple[object, ...]
OfLinks = LinkLost | LinkRestored | LinkTroubled


@dataclass(frozen=True, slots=True)
class Arrival:
    """An order that reached the device, when its own process had it in hand."""

    at: datetime
    switch: SwitchId
    position: Position
    answer: OrderAnswer


class RecordedField(VirtualField):
    """Remembers every value it ever showed, and every order that reached a device."""

    def __init__(self, grid: Network) -> None:
        super().__init__(grid, RadialSweep(grid), start=CLOCK.now())
        self.arrivals: list[Arrival] = []
        self.changes: list[PointValue] = []
        self.history: list[tuple[datetime, PointValue]] = []
        """The same, and when by our clock."""
        self.reached: dict[tuple[PointId, datetime], datetime] = {}
        """When the server had each, by our clock: what it did not have yet it could not tell."""
        self.stood: Mapping[PointId, PointValue] = {}
        """What every point read when the round began."""
        self._stands: dict[SwitchId, list[tuple[datetime, Position]]] = {}

    def begin_round(self) -> None:
        self.arrivals.clear()
        self.changes.clear()
        self.history.clear()
        self.reached.clear()
        self.stood = self.values()
        self._stands.clear()
        self._note()

    def note_reached(self, values: Sequence[PointValue]) -> None:
        now = CLOCK.now()
        self.reached |= {(value.point.id, value.source_time): now for value in values}

    def stood_at(
        self, switch: SwitchId, position: Position, *, since: datetime, until: datetime
    ) -> bool:
        """Whether it did so at any time between, by our clock and not by its own."""
        reached = self._stands.get(switch, [])
        ends = [at for at, _ in reached[1:]] + [until]
        return any(
            stood is position and began <= until and ended >= since
            for (began, stood), ended in zip(reached, ends, strict=True)
        )

    def _note(self) -> None:
        now = CLOCK.now()
        for switch in self.network.switches:
            position = Position.CLOSED if switch in self.closed else Position.OPEN
            stands = self._stands.setdefault(switch, [])
            if not stands or stands[-1][1] is not position:
                stands.append((now, position))

    def order(self, switch: SwitchId, position: Position, *, at: datetime) -> OrderAnswer:
        answer = super().order(switch, position, at=at)
        arrived_at = ARRIVED_AT.get() or at
        self.arrivals.append(Arrival(arrived_at, switch, position, answer))
        self._note()
        return answer

    def advance(self, to: datetime) -> list[PointValue]:
        told = super().advance(to)
        self.changes += told
        self._note()
        self.history += [(CLOCK.now(), value) for value in told]
        return told


@dataclass
class Record:
    """The control room's side: every event, and the last one of each point."""

    grid: Network
    events: list[FieldEvent] = field(default_factory=list)
    last: dict[Key, FieldEvent] = field(default_factory=dict)
    is_deaf: bool = False
    """Drops what it is told: a judge must see that."""

    def deliver(self, events: Sequence[FieldEvent]) -> None:
        if self.is_deaf:
            return
        self.events += events
        for event in events:
            if not isinstance(event, OfLinks):
                self.last[key_of(event)] = event

    def restored(self) -> list[LinkRestored]:
        return [event for event in self.events if isinstance(event, LinkRestored)]

    def knows(self, value: PointValue) -> bool:
        """Whether what stands for this point is what it reads."""
        shown = self.last.get(key_of(_event(value, CLOCK.now())))
        if shown is None:
            return False
        return same(_event(value, CLOCK.now()), shown)

    def unknown(self, field: VirtualField) -> list[PointValue]:
        """Points whose last word is not what the field says."""
        return [value for value in field.values().values() if not self.knows(value)]


def _event(value: PointValue, at: datetime) -> FieldEvent:
    return event_of(
        value.point, value.value, quality=value.quality, source_time=value.source_time, at=at
    )


def key_of(event: FieldEvent) -> Key:
    names = ("switch", "node", "part")
    return (type(event), *(getattr(event, name, None) for name in names))


def stands_as_good(event: FieldEvent) -> bool:
    return getattr(event, "quality", Quality.GOOD) is Quality.GOOD


def same(one: FieldEvent, other: FieldEvent) -> bool:
    """But for its times."""
    if isinstance(one, OfLinks) or isinstance(other, OfLinks):
        return one == other
    times = {"at": other.at, "source_time": other.source_time, "server_time": other.server_time}
    return replace(one, **times) == other


@dataclass
class Watch:
    """Looks again and again how old what stands as good is: how long ago it was last true.

    Of a switch that goes to and fro nothing else tells: what a link shows a second late may be
    wrong at every look, and is a second old all the same.
    """

    field: RecordedField
    record: Record
    link: FieldLink
    longest_s: float = 0.0
    """The age of the oldest such thing."""
    _was: dict[PointId, list[tuple[FieldEvent, datetime]]] = field(default_factory=dict)
    """What each point has read in this round, and from when on."""
    _followed: int = 0

    def look(self) -> None:
        now = CLOCK.now()
        self._follow(now)
        (health,) = self.link.health()
        for value in self.record.unknown(self.field) if health.connected else ():
            shown = self.record.last.get(key_of(_event(value, now)))
            if shown is not None and stands_as_good(shown):
                true_until = self._ended(self._was[value.point.id], shown, now=now)
                self.longest_s = max(self.longest_s, (now - true_until).total_seconds())

    def _follow(self, now: datetime) -> None:
        if not self._was:
            self._was = {
                point: [(_event(value, now), now)] for point, value in self.field.stood.items()
            }
        new = self.field.history[self._followed :]
        self._followed += len(new)
        for at, value in new:
            self._was.setdefault(value.point.id, []).append((_event(value, at), at))

    @staticmethod
    def _ended(
        was: Sequence[tuple[FieldEvent, datetime]], shown: FieldEvent, *, now: datetime
    ) -> datetime:
        """When it was last true; what never was counts from the beginning."""
        ends = [at for _, at in was[1:]] + [now]
        true = [end for (event, _), end in zip(was, ends, strict=True) if same(event, shown)]
        return true[-1] if true else was[0][1]


def lost_in_silence(
    field: RecordedField, record: Record, *, is_marked: Callable[[Point], bool]
) -> list[PointValue]:
    """Changes of positions and contacts that were never told, in no gap, and not marked.

    A value that is stamped anew without being another is no change: node-opcua tells nobody. And
    what reached the server only when the gap had begun lies in the gap, whenever it was stamped;
    what has not reached it yet is told when it does.
    """
    told: dict[Key, list[FieldEvent]] = {}
    for event in record.events:
        if not isinstance(event, OfLinks):
            told.setdefault(key_of(event), []).append(event)
    gaps = [(r.gap_since or field.start, r.at) for r in record.restored()]
    before = {point: value.value for point, value in field.stood.items()}
    lost = []
    for change in field.changes:
        if change.point.signal in (*MEASUREMENTS, Signal.COMMAND):
            continue
        is_news = before.get(change.point.id) != change.value
        before[change.point.id] = change.value
        event = _event(change, CLOCK.now())
        was_told = any(
            same(event, other) and abs(other.source_time - change.source_time) <= STAMP_TOLERANCE
            for other in told.get(key_of(event), ())
        )
        reached = field.reached.get((change.point.id, change.source_time))
        in_gap = reached is None or any(
            since - STAMP_TOLERANCE <= reached and change.source_time <= until
            for since, until in gaps
        )
        if is_news and not was_told and not in_gap and not is_marked(change.point):
            lost.append(change)
    return lost
