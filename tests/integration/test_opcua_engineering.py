"""Browse, map and check against servers that run."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from asyncua import ua

from gridops.errors import GridOpsError, LinkError
from gridops.ids import LinkId, PointId
from gridops.network import Network, OrderType, Point, SentAs, Signal, build_network
from gridops.ports import Endpoint
from opcua_bridge import serve_virtual_field
from opcua_bridge.engineering.desk import browsed, checked
from opcua_bridge.engineering.map_desk import mapped
from tests.integration.opcua_setting import (
    CLOCK,
    RTU,
    field_on,
    point_at,
    ring,
    with_two_links,
)

pytestmark = pytest.mark.undisturbed


async def in_thread(run: Any, *args: Any, **how: Any) -> Any:
    """The desks have event loops of their own, as at the command line."""
    return await asyncio.to_thread(lambda: run(*args, **how))


def without_points(grid: Network) -> Network:
    return build_network(replace(grid.components, points=()))


def with_points(grid: Network, points: Sequence[Point]) -> Network:
    return build_network(replace(grid.components, points=tuple(points)))


async def test_the_tree_of_a_virtual_rtu_with_values() -> None:
    grid = ring()
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        found = await in_thread(
            browsed, Endpoint(url=rtus.endpoints[RTU]), with_values=True, bounds={}
        )
    nodes = {node["name"]: node for node in found["nodes"]}
    uri = grid.links[RTU].namespace_uri
    assert found["stopped"] == []
    assert nodes["t1.position"]["path"] == ["Points 0", "t1.position"]
    assert nodes["t1.position"]["node_id"] == f"nsu={uri};s=t1.position"
    assert (nodes["t1.position"]["type"], nodes["t1.position"]["value"]) == ("Byte", "1")
    assert nodes["t1.position"]["quality"] == "good"
    assert not nodes["t1.position"]["writable"]
    assert nodes["t1.command"]["writable"]
    assert nodes["S1.voltage_v"]["type"] == "Double"
    assert {point.id for point in grid.components.points} <= set(nodes)


async def test_a_filter_keeps_what_is_above_and_another_begin_shows_less() -> None:
    grid = ring()
    uri = grid.links[RTU].namespace_uri
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        endpoint = Endpoint(url=rtus.endpoints[RTU])
        filtered = await in_thread(browsed, endpoint, only="*T1.pos*", bounds={})
        one = await in_thread(browsed, endpoint, under=f"nsu={uri};s=t1.position", bounds={})
        everything = await in_thread(browsed, endpoint, with_standard=True, bounds={})
        with pytest.raises(LinkError, match="BadNodeId"):
            await in_thread(browsed, endpoint, under="ns=2;s=nobody", bounds={})
    assert [node["name"] for node in filtered["nodes"]] == ["Points 0", "t1.position"]
    assert one["nodes"] == []
    assert "ServerStatus" in {node["name"] for node in everything["nodes"]}


async def test_whoever_does_not_answer_is_said_to() -> None:
    with pytest.raises(LinkError, match="cannot be looked at"):
        await in_thread(browsed, Endpoint(url="opc.tcp://127.0.0.1:1"), bounds={})


async def test_every_point_of_a_virtual_rtu_is_proposed_as_it_is() -> None:
    grid = ring()
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        proposal = await in_thread(
            mapped,
            without_points(grid),
            Endpoint(url=rtus.endpoints[RTU]),
            stated={"s1.local": ("b1", "local")},
            bounds={},
        )
    truth = {p.node_id: (p.element, p.signal.value) for p in grid.components.points}
    rows = {row["node_id"]: (row["element"], row["signal"]) for row in proposal["rows"]}
    stated = truth.pop("s1.local")
    assert rows == truth
    assert stated == ("s1", "local"), "what somebody states wins over the names"
    assert proposal["stated"] == [{"element": "b1", "signal": "local", "node_id": "s1.local"}]
    assert all(row["confidence"] >= 0.9 for row in proposal["rows"])
    assert proposal["left"] == []


async def test_what_is_mapped_already_is_left_alone_and_what_is_gone_is_told() -> None:
    grid = ring()
    kept = [p for p in grid.components.points if p.element == "s1"]
    gone = Point(id=PointId("b1.local"), link=RTU, element="b1", signal=Signal.LOCAL, node_id="old")
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        proposal = await in_thread(
            mapped,
            with_points(grid, [*kept, gone]),
            Endpoint(url=rtus.endpoints[RTU]),
            stated={},
            bounds={},
        )
    assert {row["element"] for row in proposal["rows"]} == {"b1", "t1", "b2", "S1", "S2"}
    assert proposal["mapped_before"] == sorted(p.node_id for p in kept)
    assert proposal["missing"] == ["old"]


async def test_a_whole_map_has_no_flaw() -> None:
    grid = with_two_links(ring())
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        found = await in_thread(checked, grid, endpoints_of(rtus.endpoints))
    assert found["flaws"] == []
    assert (found["ok"], found["links"]) == (True, 2)
    assert found["points"] == len(grid.components.points)


async def test_all_flaws_are_told_at_once_with_place_and_remedy() -> None:
    """The server is right; the map has a wrong id, a wrong signal and a command at a state."""
    grid = ring([point_at("s1", Signal.TEST_MODE)])
    wrong = {
        "t1.position": {"node_id": "t1.pos"},
        "s1.test_mode": {"node_id": "S1.voltage_v"},
        "b1.command": {"node_id": "b1.position"},
        "S2.voltage_v": {"node_id": "Points 0"},
    }
    points = [replace(p, **wrong.get(p.id, {})) for p in grid.components.points]
    spoiled = with_points(grid, points)
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        found = await in_thread(checked, spoiled, endpoints_of(rtus.endpoints))
    told = {flaw["points"][0]: flaw["code"] for flaw in found["flaws"]}
    assert told == {
        "t1.position": "live-node-missing",
        "s1.test_mode": "live-type-wrong",
        "b1.command": "live-not-writable",
        "S2.voltage_v": "live-node-missing",
    }
    line = {p.id: f"points.csv:{k + 2}" for k, p in enumerate(points)}
    assert all(flaw["place"] == line[flaw["points"][0]] for flaw in found["flaws"])
    assert all(flaw["remedy"] for flaw in found["flaws"])
    assert not found["ok"]


async def test_another_device_at_the_address_and_a_dead_address() -> None:
    grid = with_two_links(ring())
    rtu2 = LinkId("rtu2")
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        crossed = {RTU: Endpoint(url=rtus.endpoints[rtu2]), rtu2: Endpoint(url=DEAD)}
        found = await in_thread(checked, grid, crossed)
        alone = await in_thread(checked, grid, {RTU: Endpoint(url=rtus.endpoints[RTU])})
    assert {(f["link"], f["code"]) for f in found["flaws"]} == {
        (RTU, "live-namespace-missing"),
        (rtu2, "live-unreachable"),
    }
    assert [(f["link"], f["code"]) for f in alone["flaws"]] == [(rtu2, "live-no-endpoint")]
    assert alone["ok"]
    with pytest.raises(GridOpsError, match="no link of the grid"):
        await in_thread(checked, grid, {LinkId("rtu9"): Endpoint(url=DEAD)})


DEAD = "opc.tcp://127.0.0.1:1"


async def test_a_server_that_names_another_identity() -> None:
    grid = ring()
    renamed = replace(grid.components.links[0], id=LinkId("other"))
    points = tuple(replace(p, link=renamed.id) for p in grid.components.points)
    served = build_network(replace(grid.components, links=(renamed,), points=points))
    async with serve_virtual_field(field_on(served), CLOCK) as rtus:
        endpoint = Endpoint(url=rtus.endpoints[renamed.id])
        found = await in_thread(checked, grid, {RTU: endpoint})
    assert [flaw["code"] for flaw in found["flaws"]] == ["live-identity-other"]


async def test_positions_that_are_exchanged_contradict_what_is_measured() -> None:
    """In the map s1 and t1 have changed places; s1 carries the load of B and t1 nothing."""
    currents = [point_at(each, Signal.CURRENT) for each in ("s1", "t1")]
    parts = ring(currents).components
    grid = build_network(
        replace(parts, loads=tuple(replace(load, p_w=1e6) for load in parts.loads))
    )
    swap = {"s1.position": "t1.position", "t1.position": "s1.position"}
    points = [replace(p, node_id=swap.get(p.node_id, p.node_id)) for p in grid.components.points]
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        whole = await in_thread(checked, grid, endpoints_of(rtus.endpoints))
        found = await in_thread(checked, with_points(grid, points), endpoints_of(rtus.endpoints))
    assert whole["flaws"] == []
    (error,) = [flaw for flaw in found["flaws"] if flaw["severity"] == "error"]
    assert error["code"] == "live-positions-swapped"
    assert error["points"] == ["s1.position", "t1.position"]
    assert {f["code"] for f in found["flaws"] if f["severity"] == "note"} == {
        "live-position-not-normal"
    }


async def test_values_that_cannot_be_are_told() -> None:
    grid = ring([point_at("b1", Signal.CURRENT)])
    field = field_on(grid)
    async with serve_virtual_field(field, CLOCK) as rtus:
        rtu = rtus.rtus[RTU]
        shown = {
            "S1.voltage_v": ua.Variant(22.0, ua.VariantType.Double),
            "S2.voltage_v": ua.Variant(22_000 / 3**0.5, ua.VariantType.Double),
            "b1.current_a": ua.Variant(1e5, ua.VariantType.Double),
            "b2.position": ua.Variant(7, ua.VariantType.Byte),
            "s1.local": ua.Variant([True], ua.VariantType.Boolean),
        }
        for node_id, value in shown.items():
            await rtu.show_raw(node_id, ua.DataValue(value))
        bad = ua.StatusCode(ua.UInt32(ua.StatusCodes.BadNoCommunication))
        await rtu.show_raw("t1.position", ua.DataValue(StatusCode=bad))
        found = await in_thread(checked, grid, endpoints_of(rtus.endpoints))
    told = {flaw["points"][0]: (flaw["code"], flaw["remedy"]) for flaw in found["flaws"]}
    assert told["S1.voltage_v"] == (
        "live-voltage-implausible",
        "the server sends kV, V are expected: state the scale 1000",
    )
    assert "phase to earth" in told["S2.voltage_v"][1]
    assert told["b1.current_a"][0] == "live-current-implausible"
    assert told["b2.position"][0] == "live-value-rejected"
    assert told["s1.local"][0] == "live-is-array"
    assert told["t1.position"][0] == "live-quality"


async def test_orders_are_looked_at_in_the_form_that_the_map_states() -> None:
    """Methods, and types other than a Byte: the field's server has what its map states."""
    grid = ring()
    as_method = {"sent_as": SentAs.METHOD, "object_id": "RTU", "order_type": OrderType.NONE}
    claimed = {
        "b1.command": as_method,
        "s1.command": {"order_type": OrderType.INT16},
    }
    points = [replace(p, **claimed.get(p.id, {})) for p in grid.components.points]
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        found = await in_thread(checked, with_points(grid, points), endpoints_of(rtus.endpoints))
    assert {flaw["points"][0]: flaw["code"] for flaw in found["flaws"]} == {
        "b1.command": "live-not-a-method",
        "s1.command": "live-type-wrong",
    }
    served = with_points(grid, points)
    async with serve_virtual_field(field_on(served), CLOCK) as rtus:
        found = await in_thread(checked, served, endpoints_of(rtus.endpoints))
    assert found["flaws"] == []


async def test_the_check_moves_nothing() -> None:
    grid = ring()
    field = field_on(grid)
    before = field.closed
    async with serve_virtual_field(field, CLOCK) as rtus:
        await in_thread(checked, grid, endpoints_of(rtus.endpoints))
        await asyncio.sleep(0.3)
    assert field.closed == before


def endpoints_of(urls: Any) -> dict[LinkId, Endpoint]:
    return {link: Endpoint(url=url) for link, url in urls.items()}
