"""Servers as they are: identifiers of every kind, several namespaces, no word who they are."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from asyncua import ua

from gridops.errors import CommandRefused, SettingsError
from gridops.events import LinkLost, SwitchMoved, Trouble, VoltageMeasured
from gridops.ids import SwitchId
from gridops.measurement import Position, Quality
from gridops.network import NO_IDENTITY, Link, Network, SentAs, build_network
from gridops.ports import Commanding, Endpoint, LinkSecurity
from gridops.virtual_field import VirtualField
from opcua_bridge import open_field_link
from opcua_bridge.engineering.desk import browsed, checked
from opcua_bridge.engineering.map_desk import mapped
from opcua_bridge.field_server.virtual_field_server import PlayedField, ordering, play_field
from opcua_bridge.field_server.virtual_rtu import VirtualRtu
from tests.integration.command_setting import CountingField, Tapped, order
from tests.integration.foreign_setting import (
    ADDRESSES,
    METERS,
    PLANT,
    foreign,
    nameless,
    whose_link,
)
from tests.integration.opcua_setting import (
    CLOCK,
    RTU,
    BadNetwork,
    eventually,
    field_on,
    listening,
    moved_to,
)

pytestmark = pytest.mark.undisturbed

S1, T1 = SwitchId("s1"), SwitchId("t1")
VIRTUAL_URI = "urn:gridops:virtual-rtu:rtu"


@asynccontextmanager
async def served(
    field: VirtualField, *, port: int = 0, before: Sequence[str] = (), link: Link | None = None
) -> AsyncIterator[PlayedField[VirtualRtu]]:
    grid = field.network
    rtu = VirtualRtu(
        link or grid.links[RTU],
        whose_link(grid),
        host="127.0.0.1",
        port=port,
        order=ordering(field, CLOCK),
    )
    rtu.namespaces_before = before
    async with play_field(field, CLOCK, rtus={RTU: rtu}) as played:
        yield played


async def test_identifiers_of_every_kind_are_read_followed_and_commanded() -> None:
    grid = foreign()
    field = CountingField(grid)
    async with (
        served(field) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        assert link.health()[0].detail == "good"
        assert all(move.quality is Quality.GOOD for move in heard.all(SwitchMoved))
        assert {v.node: round(v.voltage_v) for v in heard.all(VoltageMeasured)} == {
            "S1": 22_000,
            "S2": 22_000,
        }
        for switch in ("b1", "b2", "s1"):
            await link.operate(order(SwitchId(switch), Position.OPEN))
            assert heard.position(switch) is Position.OPEN
        await link.operate(order(T1, Position.CLOSED))
        assert [switch for switch, _ in field.orders] == ["b1", "b2", "s1", "t1"]
        field.operate_by_hand(S1, Position.CLOSED, at=CLOCK.now())
        await eventually(moved_to(heard, S1, position=Position.CLOSED))


async def test_namespaces_in_another_order_after_a_restart_are_found_by_their_uris() -> None:
    grid = foreign()
    async with served(field_on(grid)) as rtus:
        endpoints = dict(rtus.endpoints)
    port = int(endpoints[RTU].rsplit(":", 1)[1])
    field = CountingField(grid)
    async with listening(grid, endpoints) as (link, heard):
        async with served(field_on(grid), port=port):
            await heard.restored(epoch=1)
        await heard.lost(count=len(heard.all(LinkLost)) + 1)
        async with served(field, port=port, before=("urn:new:here", METERS, PLANT)):
            await heard.restored(epoch=2)
            assert heard.position("t1") is Position.OPEN
            assert heard.position("s1") is Position.CLOSED
            await link.operate(order(T1, Position.CLOSED))
            assert field.orders == [("t1", Position.CLOSED)]


async def test_a_server_of_thousands_of_namespaces_is_read_and_commanded() -> None:
    grid = foreign()
    field = CountingField(grid)
    many = [f"urn:vendor.example:a-concentrator:of-many-devices:{n:05}" for n in range(2_000)]
    async with (
        served(field, before=many) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        assert link.health()[0].detail == "good"
        await link.operate(order(T1, Position.CLOSED))
        assert field.orders == [("t1", Position.CLOSED)]


async def test_a_namespace_that_the_server_does_not_have_costs_its_own_points_alone() -> None:
    grid = foreign()
    lacking = "nsu=urn:gone;i=1"
    points = tuple(
        replace(p, node_id=lacking) if p.id == "t1.position" else p for p in whose_link(grid)
    )
    wrong = build_network(replace(grid.components, points=points))
    async with (
        served(field_on(grid)) as rtus,
        listening(wrong, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        assert heard.moves("t1")[-1].quality is Quality.BAD
        assert heard.moves("s1")[-1].quality is Quality.GOOD
        assert "t1.position" in heard.troubles(Trouble.ITEM_REFUSED)[0].what
        with pytest.raises(CommandRefused):
            await link.operate(order(T1, Position.CLOSED))


async def test_a_method_of_any_kind_of_identifier_is_called() -> None:
    grid = foreign()
    points = tuple(
        replace(p, sent_as=SentAs.METHOD, object_id=f"nsu={METERS};b=AAE=")
        if p.id == "t1.command"
        else p
        for p in whose_link(grid)
    )
    calling = build_network(replace(grid.components, points=points))
    field = CountingField(calling)
    async with (
        served(field) as rtus,
        listening(calling, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        await link.operate(order(T1, Position.CLOSED))
        assert field.orders == [("t1", Position.CLOSED)]


async def test_browse_map_and_check_know_every_kind() -> None:
    grid = foreign()
    bare = build_network(replace(grid.components, points=()))
    async with served(field_on(grid)) as rtus:
        endpoint = Endpoint(url=rtus.endpoints[RTU])
        tree = await asyncio.to_thread(browsed, endpoint, bounds={})
        proposal = await asyncio.to_thread(mapped, bare, endpoint, stated={}, bounds={})
        known = await asyncio.to_thread(mapped, grid, endpoint, stated={}, bounds={})
        one = await asyncio.to_thread(browsed, endpoint, under=ADDRESSES["b2.command"], bounds={})
        whole = await asyncio.to_thread(checked, grid, {RTU: [endpoint]})
    ids = {node["name"]: node["node_id"] for node in tree["nodes"]}
    for point in ("t1.position", "b1.position", "b2.position", "s1.command"):
        assert ids[point] == ADDRESSES[point]
    rows = {row["node_id"]: (row["element"], row["signal"]) for row in proposal["rows"]}
    by_uri = {**ADDRESSES, "S1.voltage_v": f"nsu={METERS};i=7"}
    by_uri["S2.voltage_v"] = "nsu=urn:vendor:plant%3B1;s=S2.voltage_v"
    assert rows == {
        by_uri.get(p.id, p.node_id): (p.element, p.signal.value) for p in whose_link(grid)
    }
    assert all(row["confidence"] >= 0.9 for row in proposal["rows"])
    assert (known["rows"], known["missing"], known["left"]) == ([], [], [])
    assert one["nodes"] == []
    assert whole["flaws"] == []


def states(uri: str, url: str) -> Endpoint:
    return Endpoint(url=url, security=LinkSecurity(server_uris=frozenset({uri})))


async def test_a_server_that_does_not_say_who_it_is_is_known_by_its_application_uri() -> None:
    grid = nameless()
    field = CountingField(grid)
    async with served(field) as rtus:
        url = rtus.endpoints[RTU]
        async with listening(grid, {RTU: states(VIRTUAL_URI, url)}) as (link, heard):
            await heard.restored(epoch=1)
            await link.operate(order(T1, Position.CLOSED))
            assert field.orders == [("t1", Position.CLOSED)]
            assert "unproven" in link.health()[0].detail
        async with listening(grid, {RTU: states("urn:another:rtu", url)}) as (link, heard):
            assert "the server is urn:gridops:virtual-rtu:rtu" in (await heard.lost()).why


async def test_a_command_looks_again_who_answers() -> None:
    """The address is re-cabled to another device between the reading and the order."""
    grid = nameless()
    field, other = CountingField(grid), CountingField(grid)
    another = replace(grid.links[RTU], id="rtu9")
    async with (
        served(field) as rtus,
        served(other, link=another) as others,
        BadNetwork(rtus.endpoints[RTU]) as network,
        listening(grid, {RTU: states(VIRTUAL_URI, network.endpoint)}) as (link, heard),
    ):
        await heard.restored(epoch=1)
        network.reroute(others.endpoints[RTU])
        with pytest.raises(CommandRefused, match="the server is urn:gridops:virtual-rtu:rtu9"):
            await link.operate(order(T1, Position.CLOSED))
        assert (field.orders, other.orders) == ([], [])


async def test_without_any_identity_it_is_read_with_a_warning_and_never_commanded() -> None:
    grid = nameless()
    async with served(field_on(grid)) as rtus:
        with pytest.raises(SettingsError, match="nothing tells the devices"):
            async with listening(grid, dict(rtus.endpoints), commanding=Commanding()):
                pass
        async with listening(grid, dict(rtus.endpoints), commanding=None) as (link, heard):
            await heard.restored(epoch=1)
            assert heard.position("t1") is Position.OPEN
            assert "passes for link rtu" in link.health()[0].detail
        endpoint = Endpoint(url=rtus.endpoints[RTU])
        weak = await asyncio.to_thread(checked, grid, {RTU: [endpoint]})
        known = await asyncio.to_thread(checked, grid, {RTU: [states(VIRTUAL_URI, endpoint.url)]})
        other = await asyncio.to_thread(checked, grid, {RTU: [states("urn:other", endpoint.url)]})
    assert [(f["code"], f["severity"]) for f in weak["flaws"]] == [
        ("live-identity-weak", "warning")
    ]
    assert weak["ok"]
    assert [f["code"] for f in known["flaws"]] == ["live-identity-weak"]
    assert "live-identity-other" in [f["code"] for f in other["flaws"]]
    assert not other["ok"]


async def test_where_the_file_says_nothing_the_identity_is_still_demanded() -> None:
    """The strict way is the one that nobody has to ask for."""
    async with served(field_on(nameless())) as rtus:
        async with listening(foreign(), dict(rtus.endpoints)) as (_, heard):
            assert "says it is" in (await heard.lost()).why
        found = await asyncio.to_thread(
            checked, foreign(), {RTU: [Endpoint(url=rtus.endpoints[RTU])]}
        )
    assert "live-identity-missing" in [flaw["code"] for flaw in found["flaws"]]


async def test_a_variable_of_the_device_itself_may_say_who_it_is() -> None:
    """A serial number, as nameplates hold it."""
    address = f"nsu={METERS};i=6001"
    parts = foreign(identity_node_id=address).components
    grid = build_network(replace(parts, links=(replace(parts.links[0], identity_value="SN-4711"),)))
    other = build_network(
        replace(parts, links=(replace(parts.links[0], identity_value="SN-4712"),))
    )
    async with served(field_on(grid)) as rtus:
        async with listening(grid, dict(rtus.endpoints)) as (link, heard):
            await heard.restored(epoch=1)
            assert link.health()[0].detail == "good"
        async with listening(other, dict(rtus.endpoints)) as (_, heard):
            assert "says it is 'SN-4711'" in (await heard.lost()).why


async def test_a_name_that_is_not_good_says_nothing() -> None:
    """A gateway gives the last that it knows of a device which it does not reach."""
    grid = foreign()
    link = grid.links[RTU]
    left_over = ua.DataValue(
        ua.Variant(link.identity, ua.VariantType.String),
        StatusCode=ua.StatusCode(ua.UInt32(ua.StatusCodes.UncertainLastUsableValue)),
    )
    async with served(field_on(grid)) as rtus:
        await rtus.rtus[RTU].show_raw(link.identity_node_id, left_over)
        async with listening(grid, dict(rtus.endpoints)) as (_, heard):
            assert "says it is 'None'" in (await heard.lost()).why


def test_every_link_without_an_address_is_named_at_once() -> None:
    grid = foreign()
    parts = grid.components
    more = [
        Link(id=f"rtu{n}", name="r", namespace_uri=f"urn:{n}", identity_node_id=NO_IDENTITY)
        for n in (2, 3)
    ]
    many: Network = build_network(replace(parts, links=(*parts.links, *more)))
    with pytest.raises(SettingsError) as refused:
        open_field_link(many, {RTU: "opc.tcp://127.0.0.1:4840"}, clock=CLOCK)
    assert "rtu2, rtu3" in str(refused.value)


async def test_every_server_of_a_pair_is_looked_at() -> None:
    grid = foreign()
    parts = grid.components
    lacking = build_network(
        replace(parts, points=tuple(p for p in parts.points if p.id != "s1.command"))
    )
    field, behind = field_on(grid), field_on(lacking)
    async with served(field) as rtus, served(behind) as others:
        field.operate_by_hand(S1, Position.OPEN, at=CLOCK.now())
        first = Endpoint(url=rtus.endpoints[RTU])
        second = Endpoint(url=others.endpoints[RTU])
        gone = Endpoint(url="opc.tcp://127.0.0.1:1")
        await asyncio.sleep(0.2)
        found = await asyncio.to_thread(checked, grid, {RTU: [first, second, gone]})
        alone = await asyncio.to_thread(checked, grid, {RTU: [first]})
    told = {(flaw["code"], flaw["server"]) for flaw in found["flaws"]}
    assert told == {
        ("live-node-missing", second.url),
        ("live-servers-differ", second.url),
        ("live-unreachable", gone.url),
        ("live-position-not-normal", first.url),
    }
    assert (found["links"], found["servers"]) == (1, 2)
    assert [(flaw["code"], flaw["server"]) for flaw in alone["flaws"]] == [
        ("live-position-not-normal", "")
    ]


async def test_a_device_is_told_the_value_and_nothing_else() -> None:
    """Controllers refuse to be told a status or a time (BadWriteNotSupported)."""
    grid = foreign()
    async with (
        served(CountingField(grid)) as rtus,
        Tapped(rtus.endpoints[RTU]) as path,
        listening(grid, {RTU: path.endpoint}) as (link, heard),
    ):
        await heard.restored(epoch=1)
        await link.operate(order(T1, Position.CLOSED))
        value_attribute, no_range, byte_two = b"\x0d\0\0\0", b"\xff\xff\xff\xff", b"\x01\x03\x02"
        assert any(value_attribute + no_range + byte_two in sent for sent in path.sent)
