"""A foreign client at our virtual RTUs: what it sees, and that it may only give orders."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from asyncua import ua

from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.virtual_field import Misbehaviour, VirtualField
from opcua_bridge import VirtualRtu, serve_virtual_field
from tests.integration.opcua_setting import CLOCK, RTU, eventually, field_on, ring
from tests.interop.node_peer import NodeClient

pytestmark = [pytest.mark.node, pytest.mark.undisturbed]


@asynccontextmanager
async def visited(client: NodeClient, field: VirtualField) -> AsyncIterator[tuple[VirtualRtu, int]]:
    """The RTU that `client` is connected to, and the index of its namespace."""
    async with serve_virtual_field(field, CLOCK) as rtus:
        rtu = rtus.rtus[RTU]
        namespaces = await client.do("connect", url=rtu.endpoint, pki=str(client.pki))
        yield rtu, namespaces.index(rtu.link.namespace_uri)


async def test_it_finds_every_point_by_browsing(node_client: NodeClient) -> None:
    grid = ring()
    async with visited(node_client, field_on(grid)) as (_, index):
        seen = dict(await node_client.do("browse", node="ns=0;i=85", depth=2))

        expected = {f"ns={index};s={p.node_id}": p.id for p in grid.components.points}
        assert {node: name for node, name in seen.items() if node in expected} == expected
        assert seen[f"ns={index};s=GridOps.Identity"] == "Identity"


async def test_it_reads_and_follows_what_the_field_does(node_client: NodeClient) -> None:
    field = field_on(ring())
    async with visited(node_client, field) as (_, index):
        node = f"ns={index};s=t1.position"
        (value,) = await node_client.do("read", nodes=[node])
        assert (value["value"], value["type"], value["status"]) == (1, "Byte", 0)
        await node_client.do("subscribe", nodes=[node, f"ns={index};s=S1.voltage_v"])
        await eventually(lambda: len(node_client.changes) == 2)

        moves_at = CLOCK.now()
        field.operate_by_hand(SwitchId("t1"), Position.CLOSED, at=moves_at)

        told = lambda: [c for c in node_client.changes if c["change"] == node]  # noqa: E731
        await eventually(lambda: told()[-1]["value"] == 2)
        assert told()[-1]["source_ms"] == int(moves_at.timestamp() * 1000)


async def test_its_order_moves_the_switch_and_refusals_are_told(node_client: NodeClient) -> None:
    field = field_on(ring())
    async with visited(node_client, field) as (_, index):
        command = f"ns={index};s=t1.command"
        write = lambda value, node=command, type="Byte": node_client.do(  # noqa: A006, E731
            "write", node=node, type=type, value=value
        )
        assert await write(2) == ua.StatusCodes.Good
        await eventually(lambda: SwitchId("t1") in field.closed)

        assert await write(7) == ua.StatusCodes.BadOutOfRange
        assert await write("open", type="String") == ua.StatusCodes.BadTypeMismatch
        field.misbehave(SwitchId("t1"), Misbehaviour.LOCAL)
        field.advance(CLOCK.now())
        assert await write(1) == ua.StatusCodes.BadUserAccessDenied
        assert await write(1, node=f"ns={index};s=t1.position") == ua.StatusCodes.BadNotWritable
        assert SwitchId("t1") in field.closed
