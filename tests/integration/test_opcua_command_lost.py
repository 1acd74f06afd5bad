"""The link is lost between a command and its answer: unknown, told so, and never sent again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from command_setting import S1, CountingField, Tapped, order
from opcua_setting import CLOCK, RTU, Listener, eventually, listening, ring

from gridops.errors import CommandRefused, CommandUnconfirmed
from gridops.events import CommandIssued, CommandTimedOut, LinkRestored
from gridops.ids import IncidentId, PlanId
from gridops.measurement import Position
from gridops.network import Network, Signal
from gridops.ports import FieldLink, SwitchOrder
from gridops.state import LiveState
from gridops.virtual_field import Misbehaviour
from opcua_bridge import VirtualRtu, serve_virtual_field
from opcua_bridge.field_server.virtual_field_server import PlayedField
from tests.interop.fixtures import ServeNodeField

Serve = Callable[..., AbstractAsyncContextManager[PlayedField[VirtualRtu]]]


@pytest.fixture(params=["asyncua", pytest.param("node", marks=pytest.mark.node)])
def serve(request: pytest.FixtureRequest) -> Serve | ServeNodeField:
    if request.param == "asyncua":
        return serve_virtual_field
    found: ServeNodeField = request.getfixturevalue("node_field")
    return found


@asynccontextmanager
async def lost_under_a_command(
    serve: Serve, grid: Network, field: CountingField
) -> AsyncIterator[tuple[FieldLink, Listener, Tapped, SwitchOrder]]:
    """The order to open s1 arrived; its answer did not, and the link is gone since."""
    async with (
        serve(field, CLOCK) as rtus,
        Tapped(rtus.endpoints[RTU]) as path,
        listening(grid, {RTU: path.endpoint}) as (link, heard),
    ):
        await heard.restored(epoch=1)
        path.cut_behind = b"s1.command"
        sent = order(S1, Position.OPEN)
        with pytest.raises(CommandUnconfirmed):
            await link.operate(sent)
        await eventually(lambda: len(field.orders) == 1)
        await heard.lost()
        path.cut_behind = b""
        yield link, heard, path, sent


async def test_the_outcome_is_unknown_until_the_new_epoch_tells(serve: Serve) -> None:
    grid = ring()
    field = CountingField(grid)
    async with lost_under_a_command(serve, grid, field) as (link, heard, path, sent):
        state = LiveState(network=grid)
        for event in heard.events[:-1]:  # up to the loss of the link
            state.apply(event)
        state.apply(_issued(sent))
        state.apply(CommandTimedOut(at=CLOCK.now(), command=sent.command, why="no answer"))
        told = len(heard.events) - 1

        with pytest.raises(CommandRefused, match="is down"):
            await link.operate(order(S1, Position.OPEN))
        path.is_cut = False
        await heard.restored(epoch=2)
        await eventually(lambda: heard.position("s1") is Position.OPEN)

        for event in heard.events[told:]:
            if isinstance(event, LinkRestored):
                assert state.is_unknown(S1)
            state.apply(event)
        assert not state.is_unknown(S1)
        assert state.positions[S1].value is Position.OPEN


async def test_a_second_order_reads_back_first_and_sends_nothing(serve: Serve) -> None:
    """Whoever asks again for what the lost command asked for gets it confirmed, not repeated."""
    grid = ring()
    field = CountingField(grid)
    async with lost_under_a_command(serve, grid, field) as (link, heard, path, _):
        path.is_cut = False
        await heard.restored(epoch=2)
        await eventually(lambda: "s1" not in field.closed)

        await link.operate(order(S1, Position.OPEN))
        assert field.orders == [("s1", Position.OPEN)]

        await link.operate(order(S1, Position.CLOSED))  # known again: this is sent
        assert field.orders == [("s1", Position.OPEN), ("s1", Position.CLOSED)]


async def test_while_nobody_knows_where_it_stands_nothing_is_sent() -> None:
    grid = ring()
    field = CountingField(grid)
    field.misbehave(S1, Misbehaviour.STUCK)
    async with lost_under_a_command(serve_virtual_field, grid, field) as (link, heard, path, _):
        path.is_cut = False
        await heard.restored(epoch=2)
        field.say(S1, Signal.POSITION, value=Position.INTERMEDIATE, at=CLOCK.now())
        await eventually(lambda: heard.position("s1") is Position.INTERMEDIATE)

        with pytest.raises(CommandRefused, match="nobody knows what became"):
            await link.operate(order(S1, Position.OPEN))
        assert len(field.orders) == 1


async def test_what_asks_for_the_opposite_is_sent_wherever_it_stands() -> None:
    """The command in doubt may still come: where the switch stands proves nothing about that."""
    grid = ring()
    field = CountingField(grid)
    field.misbehave(S1, Misbehaviour.STUCK)
    async with lost_under_a_command(serve_virtual_field, grid, field) as (link, heard, path, _):
        path.is_cut = False
        await heard.restored(epoch=2)
        assert heard.position("s1") is Position.CLOSED

        back = asyncio.create_task(link.operate(order(S1, Position.CLOSED)))
        await eventually(lambda: len(field.orders) == 2)
        assert field.orders[1] == ("s1", Position.CLOSED)
        with pytest.raises(CommandRefused, match="under way"):
            await link.operate(order(S1, Position.OPEN))
        back.cancel()
        await asyncio.gather(back, return_exceptions=True)


def _issued(sent: SwitchOrder) -> CommandIssued:
    return CommandIssued(
        at=CLOCK.now(),
        command=sent.command,
        incident=IncidentId("I1"),
        plan=PlanId("P1"),
        step=1,
        switch=sent.switch,
        position=sent.position,
        deadline=sent.deadline,
    )
