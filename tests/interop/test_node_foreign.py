"""Servers of another make as they are: identifiers of every kind, and no word who they are."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gridops.errors import CommandRefused
from gridops.events import SwitchMoved
from gridops.ids import SwitchId
from gridops.measurement import Position, Quality
from gridops.network import NO_IDENTITY, Network, SentAs, build_network
from gridops.ports import Endpoint, LinkSecurity
from opcua_bridge.engineering.desk import browsed, checked
from opcua_bridge.engineering.map_desk import mapped
from tests.integration.command_setting import CountingField, order
from tests.integration.foreign_setting import (
    ADDRESSES,
    METERS,
    PLANT,
    foreign,
    nameless,
    told_otherwise,
)
from tests.integration.opcua_setting import (
    CLOCK,
    RTU,
    eventually,
    field_on,
    listening,
    moved_to,
    ring,
)
from tests.interop.fixtures import ServeNodeField
from tests.interop.node_peer import PeerSetup

pytestmark = [pytest.mark.node, pytest.mark.undisturbed]

S1, T1 = SwitchId("s1"), SwitchId("t1")
NODE_URI = "urn:gridops:node-peer:rtu"


def by_uri(grid: Network) -> Network:
    """Without indices, which the peer does not know."""
    points = tuple(
        replace(p, node_id=ADDRESSES.get(p.id, p.node_id).replace("ns=1;", f"nsu={METERS};"))
        for p in grid.components.points
    )
    points = tuple(
        replace(p, node_id=p.node_id.replace("ns=2;", f"nsu={PLANT.replace(';', '%3B')};"))
        for p in points
    )
    return build_network(replace(grid.components, points=points))


async def test_every_kind_is_read_followed_and_commanded_and_found_after_a_restart(
    node_field: ServeNodeField,
) -> None:
    grid = by_uri(foreign())
    field = CountingField(grid)
    setup = PeerSetup(namespaces=[grid.links[RTU].namespace_uri, METERS, PLANT])
    async with (
        node_field(field, CLOCK, setups={RTU: setup}) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        assert link.health()[0].detail == "good"
        assert all(move.quality is Quality.GOOD for move in heard.all(SwitchMoved))
        for switch in ("b1", "b2", "s1"):
            await link.operate(order(SwitchId(switch), Position.OPEN))
        assert [switch for switch, _ in field.orders] == ["b1", "b2", "s1"]

        peer = rtus.rtus[RTU]
        await peer.stop()
        await heard.lost()
        setup.namespaces = ["urn:new:here", PLANT, METERS, grid.links[RTU].namespace_uri]
        await peer.start()
        await rtus.show_all()
        await heard.restored(epoch=2)
        await eventually(moved_to(heard, S1, position=Position.OPEN))
        await eventually(lambda: heard.moves("t1")[-1].quality is Quality.GOOD)
        assert heard.position("t1") is Position.OPEN
        await link.operate(order(T1, Position.CLOSED))
        assert field.orders[3:] == [("t1", Position.CLOSED)]


async def test_methods_of_every_kind_are_called(node_field: ServeNodeField) -> None:
    parts = by_uri(foreign()).components
    points = tuple(
        replace(p, sent_as=SentAs.METHOD, object_id=f"nsu={METERS};b=AAE=")
        if p.id == "t1.command"
        else p
        for p in parts.points
    )
    grid = build_network(replace(parts, points=points))
    field = CountingField(grid)
    async with (
        node_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        await link.operate(order(T1, Position.CLOSED))
        assert field.orders == [("t1", Position.CLOSED)]


async def test_a_numeric_server_is_mapped_by_its_names(node_field: ServeNodeField) -> None:
    """All identifiers are numbers: what a point is stands in its names alone."""
    parts = ring().components
    home = parts.links[0].namespace_uri
    numbers = {p.id: f"nsu={home};i={1001 + n}" for n, p in enumerate(parts.points)}
    points = tuple(replace(p, node_id=numbers[p.id]) for p in parts.points)
    numeric = build_network(replace(parts, points=points))
    bare = build_network(replace(parts, points=()))
    setup = PeerSetup(names=[p.id for p in points])
    async with node_field(field_on(numeric), CLOCK, setups={RTU: setup}) as rtus:
        endpoint = Endpoint(url=rtus.endpoints[RTU])
        tree = await asyncio.to_thread(browsed, endpoint, bounds={})
        proposal: dict[str, Any] = await asyncio.to_thread(
            mapped, bare, endpoint, stated={}, bounds={}
        )
        whole = await asyncio.to_thread(checked, numeric, {RTU: endpoint})
    ids = {node["name"]: node["node_id"] for node in tree["nodes"]}
    assert {name: ids[name] for name in numbers} == numbers
    rows = {row["node_id"]: (row["element"], row["signal"]) for row in proposal["rows"]}
    assert rows == {p.node_id: (p.element, p.signal.value) for p in points}
    assert all(row["confidence"] >= 0.9 for row in proposal["rows"])
    assert proposal["not_usable"] == []
    assert whole["flaws"] == []


async def test_without_identity_the_application_uri_decides(node_field: ServeNodeField) -> None:
    grid = by_uri(nameless())
    assert grid.links[RTU].identity_node_id == NO_IDENTITY
    field = CountingField(grid)
    async with node_field(field, CLOCK) as rtus:
        url = rtus.endpoints[RTU]

        def known_as(uri: str) -> Endpoint:
            return Endpoint(url=url, security=LinkSecurity(server_uris=frozenset({uri})))

        async with listening(grid, {RTU: known_as(NODE_URI)}) as (link, heard):
            await heard.restored(epoch=1)
            await link.operate(order(T1, Position.CLOSED))
            assert field.orders == [("t1", Position.CLOSED)]
        async with listening(grid, {RTU: known_as("urn:another")}) as (link, heard):
            assert NODE_URI in (await heard.lost()).why
            with pytest.raises(CommandRefused):
                await link.operate(order(S1, Position.OPEN))
        assert len(field.orders) == 1


async def test_truths_codes_two_contacts_and_other_units(node_field: ServeNodeField) -> None:
    grid = told_otherwise(by_uri(foreign()))
    field = CountingField(grid)
    async with (
        node_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        assert link.health()[0].detail == "good"
        await link.operate(order(SwitchId("b1"), Position.OPEN))
        await link.operate(order(S1, Position.OPEN))
        await link.operate(order(T1, Position.CLOSED))
        assert [heard.position(each) for each in ("b1", "s1", "t1")] == [
            Position.OPEN,
            Position.OPEN,
            Position.CLOSED,
        ]
        found = await asyncio.to_thread(checked, grid, {RTU: Endpoint(url=rtus.endpoints[RTU])})
        assert {flaw["code"] for flaw in found["flaws"]} <= {"live-position-not-normal"}
        assert len(field.orders) == 3
