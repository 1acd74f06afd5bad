"""Part e: from what a server writes to a verified plan in the journal, in a burst of changes."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path

import numpy as np

from gridops.adapters.engines import power_flow
from gridops.events import FieldEvent, LinkTroubled
from gridops.ids import SectionId
from gridops.incident import IncidentSettings, Proposed
from gridops.measurement import Position, Quality
from gridops.network import Point, Signal
from gridops.outage import DetectionSettings
from gridops.state import energise
from gridops.virtual_field import PointValue, VirtualField
from opcua_bridge import DEFAULT_LIMITS
from tests.load.processes import spent_s, workers
from tests.load.room_side import (
    CLOCK,
    RoomSide,
    city,
    epochs_of,
    room_side,
    served_city,
    until,
)
from tests.load.servers import Make, Server
from tests.load.sizes import Sizes

AT_ONCE = IncidentSettings(
    indicator_window_s=0.0,
    detection=DetectionSettings(settle_s=0.0, settle_margin_s=0.0, stay_margin_s=0.0),
)
"""Nothing waits for reclosing, or for indicators that may still come: those waits are deliberate,
and no work."""
SEQUENCE_S = 120.0
"""All that a device does by itself is over."""
BURST_LASTS_S = 0.1
"""Over which the stamps of a burst are spread; the trip comes last."""
PLAN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    changes: int
    from_write_s: float
    """On the wall: from the last byte that the server was given to the plan that is durable."""
    from_link_s: float
    """The same, from when the first change is in the control room's process."""
    room_s: float
    """Processor time of the control room for it, all threads."""
    worker_s: float
    plan_s: float
    """On the wall: the plan alone, the wait for the planner included."""
    steps: int
    vetoes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    make: Make
    feeders: int
    bursts: tuple[Burst, ...]
    failed: int
    """Bursts without a plan in time, or in which the link was lost."""

    def percentile(self, name: str, percent: float) -> float:
        found = [getattr(burst, name) for burst in self.bursts]
        return float(np.percentile(found, percent)) if found else float("nan")

    @property
    def beyond_publishing_s(self) -> float:
        """99th percentile of what is not the wait for the server's next message."""
        return self.percentile("from_write_s", 99) - DEFAULT_LIMITS.publishing_ms / 1000.0


@dataclass(slots=True)
class Watch:
    """What is seen of one burst, from within the control room's process."""

    first_heard: float = 0.0
    room_began_s: float = 0.0
    proposed: Proposed | None = None
    proposed_at: float = 0.0
    room_s: float = 0.0
    known: set[str] = field(default_factory=set)

    def hear(self, events: Sequence[FieldEvent]) -> None:
        if not self.first_heard and any(not isinstance(e, LinkTroubled) for e in events):
            self.first_heard = CLOCK.now().timestamp()
            self.room_began_s = time.process_time()

    def look(self, side: RoomSide) -> None:
        """After each batch that is durable."""
        if self.proposed is not None:
            return
        for incident in side.room.desk.open_incidents.values():
            if incident.proposed is not None and incident.id not in self.known:
                self.proposed = incident.proposed
                self.proposed_at = CLOCK.now().timestamp()
                self.room_s = time.process_time() - self.room_began_s

    def begin(self, side: RoomSide) -> None:
        self.first_heard, self.proposed = 0.0, None
        self.known = {i.id for i in side.room.desk.incidents.values()}


async def run(make: Make, sizes: Sizes, folder: Path) -> Plans:
    network = city(sizes.feeders)
    plant = VirtualField(network, power_flow(network), start=CLOCK.now())
    normal = plant.values()
    watch, bursts = Watch(), []
    async with served_city(make, network, folder) as server:
        await server.rtu.show(normal.values())
        async with room_side(network, server, AT_ONCE, folder=folder, heard=watch.hear) as side:
            side.room.listen(lambda: watch.look(side))
            others = [p for p in server.points if p.signal is Signal.PROTECTION]
            for trip in islice(_trips(plant), sizes.warm_bursts + sizes.bursts):
                told = [*_pick_ups(others, trip, count=sizes.changes - len(trip)), *trip]
                burst = await _burst(told, server, side, watch=watch)
                bursts.append(burst)
                await _calm(told, server, normal=normal)
                await asyncio.sleep(sizes.calm_s)
    counted = bursts[sizes.warm_bursts :]
    good = tuple(burst for burst in counted if burst is not None)
    return Plans(make=make, feeders=sizes.feeders, bursts=good, failed=len(counted) - len(good))


def _trips(plant: VirtualField) -> Iterator[list[PointValue]]:
    """Each of another feeder: a fault in its middle that a device opens for which says so."""
    network = plant.network
    feeder_of = energise(network, network.normally_closed).feeder_of
    of_feeder: dict[str, list[SectionId]] = {}
    for section in network.sections.values():
        feeder = feeder_of.get(section.id)
        if section.branches and feeder is not None:
            of_feeder.setdefault(feeder, []).append(section.id)
    for sections in of_feeder.values():
        trip = _trip(plant, sections[len(sections) // 2])
        if any(v.point.signal is Signal.POSITION and v.value == Position.OPEN for v in trip):
            yield trip


def _trip(plant: VirtualField, place: SectionId) -> list[PointValue]:
    """The states that a permanent fault leaves behind, each once, and the plant healed again."""
    was = plant.closed
    plant.strike(place, plant.now)
    changed = plant.advance(plant.now + timedelta(seconds=SEQUENCE_S))
    last = {value.point.id: value for value in changed if _is_state(value.point)}
    plant.repair(place, plant.now)
    for switch in was - plant.closed:
        plant.operate_by_hand(switch, Position.CLOSED, at=plant.now)
    plant.advance(plant.now + timedelta(seconds=SEQUENCE_S))
    return sorted(last.values(), key=lambda value: value.source_time)


def _is_state(point: Point) -> bool:
    return point.signal not in (Signal.VOLTAGE, Signal.CURRENT, Signal.POWER)


def _pick_ups(
    others: Sequence[Point], trip: Sequence[PointValue], *, count: int
) -> Iterator[PointValue]:
    """What a fault does to a city: protection elsewhere picks up by the dip."""
    own = {value.point.id for value in trip}
    for point in [point for point in others if point.id not in own][:count]:
        yield PointValue(point=point, value=True, quality=Quality.GOOD, source_time=CLOCK.now())


async def _burst(
    told: Sequence[PointValue], server: Server, side: RoomSide, *, watch: Watch
) -> Burst | None:
    """None if there was no plan, or the link was lost meanwhile."""
    watch.begin(side)
    epochs = epochs_of(side.loop)
    (worker,) = workers()
    worker_began_s = spent_s(worker)
    _, written_ms = await server.rtu.show_raw(rows_of(told, now_s=CLOCK.now().timestamp()))
    with suppress(TimeoutError):
        await until(lambda: watch.proposed is not None, within_s=PLAN_S)
    found = watch.proposed
    if found is None or epochs_of(side.loop) != epochs:
        return None
    incident = next(i for i in side.room.desk.incidents.values() if i.proposed is found)
    return Burst(
        changes=len(told),
        from_write_s=watch.proposed_at - written_ms / 1000.0,
        from_link_s=watch.proposed_at - watch.first_heard,
        room_s=watch.room_s,
        worker_s=spent_s(worker) - worker_began_s,
        plan_s=side.loop.solving.first_plan_s.get(incident.id, float("nan")),
        steps=len(found.answer.plan.steps),
        vetoes=len(found.answer.verdict.violations),
    )


def rows_of(told: Sequence[PointValue], *, now_s: float) -> list[list[object]]:
    """In this order, with stamps that say so."""
    began_s, step_s = now_s - BURST_LASTS_S, BURST_LASTS_S / max(len(told), 1)
    rows: list[list[object]] = []
    for number, value in enumerate(told):
        stamp_ms = 1000.0 * (began_s + number * step_s)
        rows.append([value.point.node_id, value.value, 0, stamp_ms, stamp_ms, None])
    return rows


async def _calm(told, server: Server, *, normal) -> None:  # type: ignore[no-untyped-def]
    """Everything as it was: the device is closed again, all relays and indicators are reset."""
    await server.rtu.show_raw(
        rows_of([normal[value.point.id] for value in told], now_s=CLOCK.now().timestamp())
    )
