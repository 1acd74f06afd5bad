"""Our link against servers made with node-opcua: another make, other habits."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gridops.errors import CommandRefused
from gridops.events import LinkLost, SwitchMoved, Trouble, VoltageMeasured
from gridops.ids import CommandId, LinkId, PointId, SwitchId
from gridops.measurement import Position, Quality
from gridops.network import ORDERS, Network, OrderType, Point, SentAs, Signal, build_network
from gridops.ports import SwitchOrder
from tests.integration.command_setting import (
    CANCEL,
    COMMAND,
    SELECT,
    CountingField,
    ordered_by,
)
from tests.integration.opcua_setting import (
    CLOCK,
    RTU,
    eventually,
    field_on,
    listening,
    moved_to,
    ring,
    with_two_links,
)
from tests.interop.fixtures import ServeNodeField, served_by_node
from tests.interop.node_peer import NodeProcess, PeerSetup, ms_of

pytestmark = [pytest.mark.node, pytest.mark.undisturbed]

S1, T1 = SwitchId("s1"), SwitchId("t1")


async def test_the_link_begins_with_every_value(node_field: ServeNodeField) -> None:
    grid = ring()
    async with (
        node_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        restored = await heard.restored(epoch=1)

        assert heard.events[0] == restored
        readable = [p for p in grid.components.points if p.signal not in ORDERS]
        assert len(heard.events) == 1 + len(readable)
        assert heard.position("t1") is Position.OPEN
        assert all(move.quality is Quality.GOOD for move in heard.all(SwitchMoved))
        voltages = {v.node: v.voltage_v for v in heard.all(VoltageMeasured)}
        assert voltages == pytest.approx({"S1": 22_000.0, "S2": 22_000.0})
        assert link.health()[0].detail == "good"


async def test_a_change_arrives_once_with_the_time_of_its_source(
    node_field: ServeNodeField,
) -> None:
    grid = ring()
    field = field_on(grid)
    async with (
        node_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (_, heard),
    ):
        await heard.restored(epoch=1)
        before = len(heard.moves("s1"))
        moves_at = CLOCK.now() + timedelta(milliseconds=150)
        field.operate_by_hand(S1, Position.OPEN, at=moves_at)

        await eventually(moved_to(heard, S1, position=Position.OPEN))

        (move,) = heard.moves("s1")[before:]
        assert abs(move.source_time - moves_at) <= timedelta(milliseconds=1)
        await asyncio.sleep(0.5)
        assert len(heard.moves("s1")) == before + 1


async def test_a_command_is_carried_out_and_read_back(node_field: ServeNodeField) -> None:
    grid = ring()
    field = field_on(grid)
    async with (
        node_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)

        await link.operate(order_of("t1", Position.CLOSED))

        assert T1 in field.closed
        assert heard.position("t1") is Position.CLOSED


@pytest.mark.parametrize("form", [{}, {"sent_as": SentAs.METHOD, "object_id": "s1"}])
async def test_a_device_is_selected_and_operated_by_writes_or_methods(
    node_field: ServeNodeField, form: dict[str, Any]
) -> None:
    coded = {"order_type": OrderType.INT16, "open_value": -7.0, "close_value": 7.0, **form}
    grid = ordered_by(*(replace(p, **coded) for p in (COMMAND, SELECT, CANCEL)))
    field = CountingField(grid)
    lacking = ordered_by(replace(COMMAND, **coded))
    async with (
        node_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
        listening(lacking, dict(rtus.endpoints)) as (hasty, heard_too),
    ):
        await heard.restored(epoch=1)
        await heard_too.restored(epoch=1)
        with pytest.raises(CommandRefused, match="not selected"):
            await hasty.operate(order_of("s1", Position.OPEN))
        assert field.orders == []

        await link.operate(order_of("s1", Position.OPEN))
        assert field.orders == [("s1", Position.OPEN)]


async def test_a_link_that_is_cut_comes_back_where_it_was(node_field: ServeNodeField) -> None:
    grid = with_two_links(ring())
    field = field_on(grid)
    async with (
        node_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await eventually(lambda: all(h.connected for h in link.health()), within_s=10.0)
        field.cut_link(LinkId("rtu2"), CLOCK.now())
        assert (await heard.lost()).link == "rtu2"
        field.operate_by_hand(SwitchId("b2"), Position.OPEN, at=CLOCK.now())
        await asyncio.sleep(0.3)
        field.heal_link(LinkId("rtu2"), CLOCK.now())

        await eventually(moved_to(heard, SwitchId("b2"), position=Position.OPEN))
        assert [lost.link for lost in heard.all(LinkLost)] == ["rtu2"]


async def test_a_killed_server_comes_back_with_reset_values_in_another_order(
    node_pki: Path,
) -> None:
    """Its namespace has another index then: bound by index, points would be others or none."""
    grid = ring()
    field = field_on(grid)
    setup = PeerSetup()
    with ended(NodeProcess(node_pki)) as process:
        async with (
            served_by_node(field, CLOCK, process=process, setups={RTU: setup}) as rtus,
            listening(grid, dict(rtus.endpoints)) as (_, heard),
        ):
            await heard.restored(epoch=1)
            process.kill()
            await heard.lost()
            field.operate_by_hand(T1, Position.CLOSED, at=CLOCK.now())
            setup.namespaces = ["urn:somebody:else", "urn:and:another"]
            process.begin()
            await rtus.rtus[RTU].start()
            # it stands, and knows nothing yet: no value may pass for a good one
            await heard.restored(epoch=2, within_s=10.0)
            assert heard.moves("t1")[-1].quality is Quality.BAD

            await rtus.show_all()
            await eventually(moved_to(heard, T1, position=Position.CLOSED))


async def test_every_change_between_two_publishings_arrives(node_field: ServeNodeField) -> None:
    """A contact that chatters faster than any sampling; the server keeps ten changes of it."""
    grid = ring()
    async with (
        node_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        before = len(heard.moves("t1"))
        began_ms = ms_of(CLOCK.now())
        closed_and_opened = [
            ["t1.position", 1 + n % 2, 0, began_ms + n, None, None] for n in range(1, 9)
        ]
        await rtus.rtus[RTU].show_raw(closed_and_opened)

        await eventually(lambda: len(heard.moves("t1")) >= before + 8)
        positions = [move.position for move in heard.moves("t1")[before:]]
        assert positions == [Position.CLOSED, Position.OPEN] * 4
        assert link.health()[0].detail == "good"


async def test_more_changes_than_the_server_keeps_are_marked_and_the_last_one_stands(
    node_field: ServeNodeField,
) -> None:
    grid = ring()
    async with (
        node_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        began_ms = ms_of(CLOCK.now())
        await rtus.rtus[RTU].show_raw(
            [["t1.position", 1 + n % 2, 0, began_ms + n / 10, None, None] for n in range(100)]
        )

        await eventually(moved_to(heard, T1, position=Position.CLOSED))
        await eventually(lambda: "overflow" in link.health()[0].detail)
        await eventually(lambda: bool(heard.troubles(Trouble.OVERFLOW)))
        assert "t1.position" in heard.troubles(Trouble.OVERFLOW)[0].what
        assert all(move.quality is Quality.GOOD for move in heard.moves("t1"))
        assert heard.all(LinkLost) == []


async def test_nodes_that_vanish_read_as_bad_and_the_rest_follows(
    node_field: ServeNodeField,
) -> None:
    grid = ring()
    field = field_on(grid)
    async with (
        node_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (_, heard),
    ):
        await heard.restored(epoch=1)
        await rtus.rtus[RTU].delete(["t1.position", "S1.voltage_v"])

        await eventually(lambda: heard.moves("t1")[-1].quality is Quality.BAD)
        await eventually(lambda: heard.all(VoltageMeasured)[-1].quality is Quality.BAD)
        await eventually(lambda: bool(heard.troubles(Trouble.ITEM_DROPPED)))
        assert "t1.position" in heard.troubles(Trouble.ITEM_DROPPED)[0].what
        field.operate_by_hand(S1, Position.OPEN, at=CLOCK.now())
        await eventually(moved_to(heard, S1, position=Position.OPEN))
        assert heard.all(LinkLost) == []


async def test_a_lost_message_leads_to_a_new_epoch_and_a_full_read(
    node_field: ServeNodeField,
) -> None:
    grid = ring()
    field = field_on(grid)
    async with (
        node_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (_, heard),
    ):
        await heard.restored(epoch=1)
        await asyncio.sleep(0.5)
        assert await rtus.rtus[RTU].do("skip_message") == 2  # of states and of analogs
        field.operate_by_hand(S1, Position.OPEN, at=CLOCK.now())

        restored = await heard.restored(epoch=2)
        assert restored.gap_since is not None
        await eventually(moved_to(heard, S1, position=Position.OPEN))
        await eventually(lambda: bool(heard.troubles(Trouble.GAP)))
        assert heard.troubles(Trouble.GAP)[0].since == restored.gap_since
        assert heard.all(LinkLost) == []


@pytest.mark.parametrize(("what", "how_many"), [("end_subscriptions", 2), ("end_sessions", 1)])
async def test_a_server_that_forgets_us_is_noticed(
    node_field: ServeNodeField, what: str, how_many: int
) -> None:
    grid = ring()
    field = field_on(grid)
    async with (
        node_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (_, heard),
    ):
        await heard.restored(epoch=1)
        assert await rtus.rtus[RTU].do(what) == how_many
        await heard.lost(within_s=3.0)
        field.operate_by_hand(S1, Position.OPEN, at=CLOCK.now())

        await heard.restored(epoch=2, within_s=5.0)
        await eventually(moved_to(heard, S1, position=Position.OPEN))


async def test_a_frozen_server_is_noticed_and_its_thaw_too(node_pki: Path) -> None:
    grid = ring()
    with ended(NodeProcess(node_pki)) as process:
        async with (
            served_by_node(field_on(grid), CLOCK, process=process) as rtus,
            listening(grid, dict(rtus.endpoints)) as (_, heard),
        ):
            await heard.restored(epoch=1)
            process.freeze()
            await heard.lost(within_s=4.0)
            process.thaw()
            await heard.restored(epoch=2, within_s=5.0)


async def test_limits_of_a_server_are_kept_and_large_answers_are_put_together(
    node_field: ServeNodeField,
) -> None:
    """2,500 points of a server that takes 100 in one call and sends 1,000 changes in a message."""
    grid = wide(2_500)
    setups = {RTU: PeerSetup(limits={"nodes_per_read": 100, "items_per_call": 100})}
    async with (
        node_field(field_on(grid), CLOCK, setups=setups) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        rtu = rtus.rtus[RTU]
        await rtu.process.do("bounds", notifications_per_publish=1_000)
        await heard.restored(epoch=1, within_s=20.0)
        assert len(heard.all(SwitchMoved)) == 2_500
        before = len(heard.events)
        now_ms = ms_of(CLOCK.now())
        await rtu.show_raw([[f"p{n}", 1, 0, now_ms, None, None] for n in range(2_500)])

        await eventually(lambda: len(heard.events) >= before + 2_500, within_s=10.0)
        assert {move.position for move in heard.all(SwitchMoved)[-2_500:]} == {Position.OPEN}
        assert heard.all(LinkLost) == []
        assert link.health()[0].detail == "good"


def wide(count: int) -> Network:
    """The ring, but all that is told are `count` position points of s1."""
    grid = ring()
    points = tuple(
        Point(id=PointId(f"p{n}"), link=RTU, element="s1", signal=Signal.POSITION, node_id=f"p{n}")
        for n in range(count)
    )
    return build_network(replace(grid.components, points=points))


@contextmanager
def ended(process: NodeProcess) -> Iterator[NodeProcess]:
    try:
        yield process
    finally:
        process.kill()


def order_of(switch: str, position: Position) -> SwitchOrder:
    return SwitchOrder(
        command=CommandId(f"c-{switch}"),
        switch=SwitchId(switch),
        position=position,
        deadline=CLOCK.now() + timedelta(seconds=3.0),
    )
