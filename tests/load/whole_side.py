"""The whole link, each server in a worker, as the control room has it."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace

from gridops.adapters.clocks import SystemClock
from gridops.events import FieldEvent, LinkLost, LinkRestored, LinkTroubled, Trouble
from gridops.ids import LinkId
from gridops.measurement import Quality
from gridops.network import Point
from gridops.state.telemetry import event_of, raw_of
from opcua_bridge import DEFAULT_LIMITS
from opcua_bridge.worker.remote import RemoteLink
from opcua_bridge.worker.workshop import Workshop
from tests.load.judging import Produced, Verdict, judged_by_count
from tests.load.processes import processor_s, workers
from tests.load.servers import Block, Server

CLOCK = SystemClock()
LIMITS = replace(DEFAULT_LIMITS, workers=True, set_up_timeout_s=300.0, worker_memory_mb=1024)
BEGIN_S = 300.0
Key = tuple[str, str]


def key_of(event: FieldEvent) -> Key:
    about = getattr(event, "switch", None) or getattr(event, "node", "")
    return type(event).__name__, about


@dataclass
class Told:
    """All that the links said since `forget`, with the clock's time at which it was there."""

    batches: list[tuple[float, Sequence[FieldEvent]]] = field(default_factory=list)
    size: int = 0

    def deliver(self, events: Sequence[FieldEvent]) -> None:
        self.batches.append((CLOCK.now().timestamp(), events))
        self.size += len(events)

    def forget(self) -> None:
        self.batches, self.size = [], 0

    def all(self) -> list[tuple[float, FieldEvent]]:
        return [(at, event) for at, events in self.batches for event in events]

    def restored(self) -> set[LinkId]:
        return {e.link for _, e in self.all() if isinstance(e, LinkRestored)}

    def troubles(self, link: LinkId, kind: Trouble) -> int:
        return sum(
            e.count
            for _, e in self.all()
            if isinstance(e, LinkTroubled) and e.link == link and e.trouble is kind
        )

    def losses(self) -> int:
        """How often a link was lost."""
        return sum(isinstance(event, LinkLost) for _, event in self.all())

    def is_lost(self) -> bool:
        """Whether a link is lost now."""
        stands: dict[LinkId, bool] = {}
        for _, event in self.all():
            if isinstance(event, LinkLost | LinkRestored):
                stands[event.link] = isinstance(event, LinkRestored)
        return not all(stands.values())

    def has_gap(self, link: LinkId) -> bool:
        lost = any(isinstance(e, LinkLost | LinkRestored) and e.link == link for _, e in self.all())
        return lost or self.troubles(link, Trouble.GAP) > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Of one point: the instants that its changes bore, its last value, and when that came."""

    stamps: frozenset[object]
    last: float | None
    at: float


def shown_of(told: Told, points: Sequence[Point]) -> list[Shown]:
    """Of each point in order. An instant that was told twice, by a reading perhaps, is one."""
    stamps: dict[Key, set[object]] = {}
    last: dict[Key, tuple[float, FieldEvent]] = {}
    for at, event in told.all():
        if isinstance(event, LinkLost | LinkRestored | LinkTroubled):
            continue
        key = key_of(event)
        if key not in last or _is_other(event, last[key][1]):
            last[key] = at, event
        stamps.setdefault(key, set()).add(getattr(event, "source_time", None))
    now = CLOCK.now()
    keys = [key_of(event_of(p, None, quality=Quality.BAD, source_time=now, at=now)) for p in points]
    return [
        Shown(
            stamps=frozenset(stamps.get(key, ())),
            last=raw_of(last[key][1]) if key in last else None,
            at=last[key][0] if key in last else float("nan"),
        )
        for key in keys
    ]


def _is_other(event: FieldEvent, last: FieldEvent) -> bool:
    """Not one that only says again what was said."""
    assert not isinstance(event, LinkLost | LinkRestored | LinkTroubled)
    assert not isinstance(last, LinkLost | LinkRestored | LinkTroubled)
    is_same = raw_of(event) == raw_of(last) and event.source_time == last.source_time
    return not is_same


@dataclass
class Whole:
    """The links that run, and what they cost."""

    told: Told

    def worker_s(self) -> float:
        return sum(map(processor_s, workers()))


@contextmanager
def a_workshop() -> Iterator[Workshop]:
    workshop = Workshop()
    try:
        yield workshop
    finally:
        workshop.close()


@asynccontextmanager
async def whole_link(
    listened: Sequence[tuple[Server, Sequence[Point]]],
    workshop: Workshop,
    *,
    analog_ms: int,
) -> AsyncIterator[Whole]:
    """Ready when every server was read. The workers end with it, the workshop stays."""
    told = Told()
    links = [
        RemoteLink(
            server.link,
            points,
            endpoints=[server.endpoint],
            clock=CLOCK,
            limits=replace(LIMITS, analog_publishing_ms=analog_ms),
            workshop=workshop,
        )
        for server, points in listened
    ]
    tasks = [asyncio.create_task(link.run(told.deliver)) for link in links]
    try:
        async with asyncio.timeout(BEGIN_S):
            while len(told.restored()) < len(links):  # noqa: ASYNC110 (nothing tells of it)
                await asyncio.sleep(0.02)
        yield Whole(told)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def verdict_of(told: Told, server: Server, *, block: Block, produced: Produced) -> Verdict:
    """By the instants of the changes: those of one storm all differ."""
    shown = shown_of(told, block.points)
    return judged_by_count(
        produced,
        [len(point.stamps) for point in shown],
        points_told=told.troubles(server.link.id, Trouble.OVERFLOW),
        is_gap=told.has_gap(server.link.id),
    )
