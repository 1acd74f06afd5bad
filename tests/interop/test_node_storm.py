"""Every change counted, point by point, from the server's variables to the events that come out."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from gridops.adapters.clocks import SystemClock
from gridops.events import FieldEvent, SwitchMoved
from gridops.ids import LinkId, PointId
from gridops.network import Link, Point, Signal
from gridops.ports import Endpoint
from opcua_bridge.limits import DEFAULT_LIMITS
from opcua_bridge.link.server_link import ServerLink
from opcua_bridge.wire.messages import Message, prepare
from opcua_bridge.wire.statuses import have_overflowed
from tests.interop.node_peer import NodeProcess, PeerRtu, PeerSetup

pytestmark = pytest.mark.node

CLOCK = SystemClock()
LINK = Link(id=LinkId("storm"), name="Storm", namespace_uri="urn:gridops:storm")


def positions(count: int) -> list[Point]:
    return [
        Point(
            id=PointId(f"s{n}.position"),
            link=LINK.id,
            element=f"s{n}",
            signal=Signal.POSITION,
            node_id=f"s{n}.position",
        )
        for n in range(count)
    ]


@dataclass
class Counted:
    """What passed each stage, by number of the point."""

    rtu: PeerRtu
    link: ServerLink
    points: Sequence[Point]
    decoded: Counter[int] = field(default_factory=Counter)
    marked: Counter[int] = field(default_factory=Counter)
    """With the overflow bit."""
    told: Counter[int] = field(default_factory=Counter)
    last: dict[int, SwitchMoved] = field(default_factory=dict)

    def deliver(self, events: Sequence[FieldEvent]) -> None:
        for event in events:
            if isinstance(event, SwitchMoved):
                number = int(event.switch[1:])
                self.told[number] += 1
                self.last[number] = event

    def take(self, message: Message) -> None:
        handles = message.values.handle.tolist()
        self.decoded.update(handles)
        over = have_overflowed(message.values.rows.status).tolist()
        self.marked.update(h for h, is_over in zip(handles, over, strict=True) if is_over)

    def begin(self) -> None:
        for counts in (self.decoded, self.marked, self.told):
            counts.clear()

    async def differing(self) -> list[PointId]:
        """Points whose last event is not what the server holds."""
        session = self.link._session
        assert session is not None
        held = await session.read([point.node_id for point in self.points])
        return [
            point.id
            for number, (point, value) in enumerate(zip(self.points, held, strict=True))
            if value.Value is None or self.last[number].position.value != value.Value.Value
        ]


@asynccontextmanager
async def counting(
    process: NodeProcess, count: int, *, setup: PeerSetup | None = None
) -> AsyncIterator[Counted]:
    prepare()
    points = positions(count)
    rtu = PeerRtu(process, LINK, points, order=no_orders, setup=setup)
    await rtu.start()
    link = ServerLink(
        LINK, points, endpoints=[Endpoint(url=rtu.endpoint)], clock=CLOCK, limits=DEFAULT_LIMITS
    )
    one = Counted(rtu, link, points)
    take = link._take

    def counted(message: Message) -> None:
        one.take(message)
        take(message)

    link._take = counted  # type: ignore[method-assign]
    running = asyncio.create_task(link.run(one.deliver))
    try:
        async with asyncio.timeout(20.0):
            while not link.is_good:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)  # the values of the beginning
        one.begin()
        yield one
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await rtu.stop()


async def no_orders(*_: object, **__: object) -> None:
    raise AssertionError("nobody gives orders here")


async def settled(one: Counted) -> None:
    """Until nothing more comes."""
    async with asyncio.timeout(10.0):
        before = -1
        while (now := one.told.total()) != before:
            before = now
            await asyncio.sleep(0.7)


async def test_every_change_of_every_point_is_told_once_at_a_rate_that_both_sides_carry(
    node_process: NodeProcess,
) -> None:
    async with counting(node_process, 100) as one:
        produced = (await one.rtu.storm(nodes=100, rate_per_s=1_000, seconds=2.0))["produced"]
        await settled(one)

        each = {n: int(produced) // 100 + (n < produced % 100) for n in range(100)}
        assert one.decoded == each
        assert one.told == each
        assert await one.differing() == []
        assert one.link.health().detail == "good"


async def test_what_a_server_drops_is_marked_point_by_point(node_process: NodeProcess) -> None:
    """Its queue holds ten of each point; it is given sixty between two publishings."""
    async with counting(node_process, 20) as one:
        produced = (await one.rtu.storm(nodes=20, rate_per_s=6_000, seconds=1.5))["produced"]
        await settled(one)

        each = {n: int(produced) // 20 + (n < produced % 20) for n in range(20)}
        lost = {n for n, count in each.items() if one.decoded[n] < count}
        assert lost
        assert lost <= set(one.marked)
        assert one.link.health().counts["overflow"] == one.marked.total()
        assert await one.differing() == []


async def test_a_server_that_samples_is_named_for_it_hides_changes_without_a_bit(
    node_process: NodeProcess,
) -> None:
    setup = PeerSetup(limits={"sample_ms": 50})
    async with counting(node_process, 10, setup=setup) as one:
        produced = (await one.rtu.storm(nodes=10, rate_per_s=500, seconds=1.0))["produced"]
        await settled(one)

        assert one.decoded.total() < produced
        assert not one.marked
        assert await one.differing() == []
        health = one.link.health()
        assert health.counts["item_weaker"] == 10
        assert "10 points on weaker terms: s0.position (looked at every 0.05 s)" in health.detail
