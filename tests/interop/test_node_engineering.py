"""Browse, map and check against servers made with node-opcua."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gridops.network import build_network
from gridops.ports import Endpoint
from opcua_bridge.engineering.bounds import Bounds
from opcua_bridge.engineering.browsing import browse
from opcua_bridge.engineering.desk import browsed, checked
from opcua_bridge.engineering.map_desk import mapped
from opcua_bridge.engineering.visit import visiting
from tests.integration.opcua_setting import CLOCK, RTU, field_on, ring
from tests.interop.fixtures import ServeNodeField
from tests.interop.test_node_field import wide

pytestmark = [pytest.mark.node, pytest.mark.undisturbed]


async def in_thread(run: Any, *args: Any, **how: Any) -> Any:
    return await asyncio.to_thread(lambda: run(*args, **how))


async def test_the_tree_the_map_and_the_check(node_field: ServeNodeField) -> None:
    grid = ring()
    bare = build_network(replace(grid.components, points=()))
    truth = {p.node_id: (p.element, p.signal.value) for p in grid.components.points}
    async with node_field(field_on(grid), CLOCK) as rtus:
        endpoint = Endpoint(url=rtus.endpoints[RTU])
        tree = await in_thread(browsed, endpoint, with_values=True, bounds={})
        proposal = await in_thread(mapped, bare, endpoint, stated={}, bounds={})
        whole = await in_thread(checked, grid, {RTU: endpoint})
        await rtus.rtus[RTU].delete(["t1.position"])
        without = await in_thread(checked, grid, {RTU: endpoint})

    nodes = {node["name"]: node for node in tree["nodes"]}
    assert nodes["t1.position"]["value"] == "1"
    assert nodes["t1.position"]["quality"] == "good"
    assert nodes["t1.command"]["writable"]
    assert not nodes["t1.position"]["writable"]
    rows = {row["node_id"]: (row["element"], row["signal"]) for row in proposal["rows"]}
    assert rows == truth
    assert all(row["confidence"] >= 0.9 for row in proposal["rows"])
    assert whole["flaws"] == []
    assert [flaw["code"] for flaw in without["flaws"]] == ["live-node-missing"]


async def test_long_lists_come_in_parts(node_field: ServeNodeField) -> None:
    """2,500 nodes, 100 in an answer; the server keeps our place in between."""
    grid = wide(2_500)
    async with (
        node_field(field_on(grid), CLOCK) as rtus,
        visiting(Endpoint(url=rtus.endpoints[RTU])) as (session, _),
    ):
        found = await browse(session, bounds=Bounds(references_per_answer=100))
    names = [seen.name for seen in found.nodes]
    assert found.stopped == []
    assert {f"p{n}" for n in range(2_500)} <= set(names)
    assert len(names) == len(set(names))
    assert found.calls >= 25
