"""Commands in the forms that points.csv can name: selected first, as methods, coded otherwise."""

import asyncio
from dataclasses import replace

import pytest
from command_setting import (
    CANCEL,
    COMMAND,
    IMPATIENT,
    S1,
    SELECT,
    CountingField,
    order,
    ordered_by,
)
from opcua_setting import CLOCK, RTU, at_work, listening

from gridops.errors import CommandRefused, CommandUnconfirmed, DeviceLocal
from gridops.measurement import Position
from gridops.network import Feedback, OrderType, Point, SentAs
from gridops.virtual_field import Misbehaviour
from opcua_bridge import serve_virtual_field

AS_METHODS = {"sent_as": SentAs.METHOD, "object_id": "s1"}
CODINGS = [
    {"order_type": OrderType.BOOLEAN, "open_value": 0.0, "close_value": 1.0},
    {"order_type": OrderType.INT16, "open_value": -1.0, "close_value": 5.0},
    {"order_type": OrderType.UINT32, "open_value": 4_000_000_000.0, "close_value": 0.0},
    {"order_type": OrderType.DOUBLE, "open_value": 0.5, "close_value": 1.5},
    {"order_type": OrderType.INT32, "open_value": 10.0, "close_value": 20.0, **AS_METHODS},
]


@pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: coding["order_type"])
async def test_an_order_is_sent_as_the_point_says(coding: dict[str, object]) -> None:
    grid = ordered_by(replace(COMMAND, **coding))  # type: ignore[arg-type]
    field = CountingField(grid)
    async with at_work(field) as (link, _):
        await link.operate(order(S1, Position.OPEN))
        await link.operate(order(S1, Position.CLOSED))
        assert field.orders == [("s1", Position.OPEN), ("s1", Position.CLOSED)]


@pytest.mark.parametrize(
    "points",
    [
        (COMMAND, SELECT, CANCEL),
        tuple(replace(p, **AS_METHODS) for p in (COMMAND, SELECT, CANCEL)),  # type: ignore[arg-type]
    ],
    ids=["writes", "methods"],
)
async def test_a_device_that_wants_to_be_selected_first_is(points: tuple[Point, ...]) -> None:
    grid = ordered_by(*points)
    field = CountingField(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        await link.operate(order(S1, Position.OPEN))
        assert field.orders == [("s1", Position.OPEN)]
        assert not rtus.rtus[RTU].orders.is_selected("s1")


async def test_without_selecting_such_a_device_refuses() -> None:
    """The grid of the control room lacks the point to select."""
    grid = ordered_by(COMMAND, SELECT, CANCEL)
    field = CountingField(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(ordered_by(COMMAND), dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        with pytest.raises(CommandRefused, match="not selected"):
            await link.operate(order(S1, Position.OPEN))
        assert field.orders == []


async def test_what_is_refused_after_selecting_is_taken_back() -> None:
    """The command point of the control room is none of the device: selected, refused, cancelled."""
    grid = ordered_by(COMMAND, SELECT, CANCEL)
    field = CountingField(grid)
    wrong = replace(COMMAND, node_id="s1.no-such-command")
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(ordered_by(wrong, SELECT, CANCEL), dict(rtus.endpoints)) as (link, heard),
        listening(ordered_by(wrong, SELECT), dict(rtus.endpoints)) as (lazy, heard_too),
    ):
        await heard.restored(epoch=1)
        await heard_too.restored(epoch=1)
        orders = rtus.rtus[RTU].orders
        with pytest.raises(CommandRefused):
            await link.operate(order(S1, Position.OPEN))
        assert not orders.is_selected("s1")
        with pytest.raises(CommandRefused):
            await lazy.operate(order(S1, Position.OPEN))
        assert orders.is_selected("s1")  # it has no point to cancel
        with pytest.raises(CommandRefused, match="busy"):
            await link.operate(order(S1, Position.OPEN))
        assert orders.is_selected("s1")  # whoever did not get it does not take it back
        assert field.orders == []


async def test_local_control_refuses_what_was_selected() -> None:
    grid = ordered_by(COMMAND, SELECT, CANCEL)
    field = CountingField(grid)
    field.misbehave(S1, Misbehaviour.LOCAL)
    async with at_work(field) as (link, _):
        with pytest.raises(DeviceLocal):
            await link.operate(order(S1, Position.OPEN))


async def test_where_the_answer_suffices_nobody_waits_for_the_position() -> None:
    grid = ordered_by(replace(COMMAND, feedback=Feedback.ANSWER))
    field = CountingField(grid)
    field.misbehave(S1, Misbehaviour.STUCK)
    async with at_work(field) as (link, heard):
        async with asyncio.timeout(3.0):
            await link.operate(order(S1, Position.OPEN))
        assert heard.position("s1") is Position.CLOSED  # telemetry has the last word


async def test_the_wait_for_feedback_is_the_one_of_the_point() -> None:
    grid = ordered_by(replace(COMMAND, feedback_s=0.3))
    field = CountingField(grid)
    field.misbehave(S1, Misbehaviour.STUCK)
    async with at_work(field, limits=IMPATIENT) as (link, _):
        with pytest.raises(CommandUnconfirmed, match=r"no read-back within 0\.3 s"):
            await link.operate(order(S1, Position.OPEN))
