"""Values as foreign servers have them: truths, codes, two contacts, other units."""

import asyncio
from dataclasses import replace

import pytest
from asyncua import ua

from gridops.errors import CommandRefused
from gridops.events import LocalControlChanged, SwitchMoved, VoltageMeasured
from gridops.ids import SwitchId
from gridops.measurement import Position, Quality, Reading
from gridops.network import build_network
from gridops.ports import Endpoint
from opcua_bridge import DEFAULT_LIMITS, serve_virtual_field
from opcua_bridge.engineering.desk import browsed, checked
from tests.integration.command_setting import CountingField, order
from tests.integration.foreign_setting import foreign, told_otherwise
from tests.integration.opcua_setting import (
    CLOCK,
    RTU,
    eventually,
    field_on,
    listening,
    moved_to,
)

pytestmark = pytest.mark.undisturbed

S1, T1, B1 = SwitchId("s1"), SwitchId("t1"), SwitchId("b1")
CLOSED_CONTACT = "nsu=urn:vendor:plant%3B1;i=1001"


async def test_they_are_read_followed_and_commanded_as_any_other() -> None:
    grid = told_otherwise(foreign())
    field = CountingField(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        assert link.health()[0].detail == "good"
        assert {m.switch: m.position for m in heard.all(SwitchMoved)} == {
            "b1": Position.CLOSED,
            "s1": Position.CLOSED,
            "t1": Position.OPEN,
            "b2": Position.CLOSED,
        }
        assert [each.reading for each in heard.all(LocalControlChanged)] == [Reading.NO]
        assert round(heard.all(VoltageMeasured)[0].voltage_v) == 22_000
        for switch in (B1, S1):
            await link.operate(order(switch, Position.OPEN))
            assert heard.position(switch) is Position.OPEN
        await link.operate(order(T1, Position.CLOSED))
        assert heard.position("t1") is Position.CLOSED
        assert len(field.orders) == 3
        field.operate_by_hand(T1, Position.OPEN, at=CLOCK.now())
        await eventually(moved_to(heard, T1, position=Position.OPEN))


async def test_what_they_are_on_the_wire_and_that_the_check_agrees() -> None:
    grid = told_otherwise(foreign())
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        endpoint = Endpoint(url=rtus.endpoints[RTU])
        tree = await asyncio.to_thread(browsed, endpoint, with_values=True, bounds={})
        fits = await asyncio.to_thread(checked, grid, {RTU: endpoint})
        plain = await asyncio.to_thread(checked, foreign(), {RTU: endpoint})
    shown = {node["name"]: (node.get("type"), node.get("value")) for node in tree["nodes"]}
    assert shown["b1.position"] == ("Boolean", "True")
    assert shown["s1.position"] == ("Int32", "20")
    assert shown["t1.position"] == ("Boolean", "False")
    assert shown["t1.position open contact"] == ("Boolean", "True")
    assert shown["s1.local"] == ("Boolean", "True")
    assert shown["S1.voltage_v"][1].startswith("22.")
    assert fits["flaws"] == []
    told = {(flaw["code"], *flaw["points"]) for flaw in plain["flaws"]}
    assert told == {
        ("live-type-wrong", "b1.position"),
        ("live-type-wrong", "t1.position"),
        ("live-value-rejected", "s1.position"),
        ("live-voltage-implausible", "S1.voltage_v"),
    }
    (hint,) = (f["remedy"] for f in plain["flaws"] if f["code"] == "live-voltage-implausible")
    assert "scale 1000" in hint


async def test_two_contacts_on_the_way_broken_and_gone() -> None:
    grid = told_otherwise(foreign())
    parts = grid.components
    lacking = build_network(
        replace(
            parts,
            points=tuple(
                replace(p, open_node_id="nobody") if p.id == "t1.position" else p
                for p in parts.points
            ),
        )
    )
    opened = next(p.open_node_id for p in parts.points if p.id == "t1.position")
    field = CountingField(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (_, heard),
        listening(lacking, dict(rtus.endpoints)) as (half, heard_half),
    ):
        await heard.restored(epoch=1)
        rtu = rtus.rtus[RTU]
        await rtu.show_raw(opened, ua.DataValue(ua.Variant(False, ua.VariantType.Boolean)))
        await eventually(moved_to(heard, T1, position=Position.INTERMEDIATE))
        for contact in (CLOSED_CONTACT, opened):
            await rtu.show_raw(contact, ua.DataValue(ua.Variant(True, ua.VariantType.Boolean)))
        await eventually(moved_to(heard, T1, position=Position.BAD))
        broken = await asyncio.to_thread(checked, grid, {RTU: Endpoint(url=rtu.endpoint)})
        assert [flaw["code"] for flaw in broken["flaws"]] == ["live-value-rejected"]
        assert "both contacts" in broken["flaws"][0]["remedy"]

        await heard_half.restored(epoch=1)
        assert heard_half.moves("t1")[-1].quality is Quality.BAD
        assert "t1.position (open contact)" in half.health()[0].detail
        with pytest.raises(CommandRefused, match="does not know its position"):
            await half.operate(order(T1, Position.CLOSED))
        assert field.orders == []


async def test_a_worker_serves_them_as_well() -> None:
    grid = told_otherwise(foreign())
    field = CountingField(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=replace(DEFAULT_LIMITS, workers=True)) as (
            link,
            heard,
        ),
    ):
        await heard.restored(epoch=1, within_s=30.0)
        assert heard.position("t1") is Position.OPEN
        assert heard.position("b1") is Position.CLOSED
        await link.operate(order(T1, Position.CLOSED))
        assert heard.position("t1") is Position.CLOSED
        field.operate_by_hand(T1, Position.OPEN, at=CLOCK.now())
        await eventually(moved_to(heard, T1, position=Position.OPEN))
        before = len(heard.moves("t1"))
        await link.scan([T1])
        await eventually(lambda: len(heard.moves("t1")) > before)
        assert heard.position("t1") is Position.OPEN
