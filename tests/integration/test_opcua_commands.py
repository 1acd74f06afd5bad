"""Commands over real OPC UA: sent once and in time or not at all, read back or unknown."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from command_setting import B1, IMPATIENT, S1, T1, CountingField, order
from opcua_setting import CLOCK, RTU, BadNetwork, at_work, eventually, field_on, listening, ring

from gridops.errors import CommandRefused, CommandUnconfirmed
from gridops.events import LinkRestored
from gridops.ids import LinkId
from gridops.measurement import Position, Quality
from gridops.network import Network, Signal, SwitchKind, build_network, draw
from gridops.virtual_field import Misbehaviour
from opcua_bridge import serve_virtual_field


async def test_a_confirmed_command_has_moved_the_switch_and_been_seen() -> None:
    grid = ring()
    field = CountingField(grid)
    async with at_work(field) as (link, heard):
        asked_at = CLOCK.now()

        await link.operate(order(S1, Position.OPEN))

        assert "s1" not in field.closed
        assert field.orders == [("s1", Position.OPEN)]
        move = heard.moves("s1")[-1]
        assert (move.position, move.quality) == (Position.OPEN, Quality.GOOD)
        assert move.source_time > asked_at + timedelta(seconds=0.15)
        await asyncio.sleep(0.5)
        assert [m.position for m in heard.moves("s1")].count(Position.OPEN) == 1


async def test_several_switches_move_at_once() -> None:
    grid = ring()
    field = CountingField(grid)
    async with at_work(field) as (link, _):
        await asyncio.gather(
            link.operate(order(S1, Position.OPEN)), link.operate(order(B1, Position.OPEN))
        )
        assert field.closed == {"b2"}


async def test_a_switch_that_stands_there_already_confirms_with_a_new_stamp() -> None:
    grid = ring()
    field = CountingField(grid)
    async with at_work(field) as (link, heard):
        asked_at = CLOCK.now()
        await link.operate(order(T1, Position.OPEN))
        assert heard.moves("t1")[-1].source_time >= asked_at


async def test_an_old_reading_of_the_ordered_position_confirms_nothing() -> None:
    grid = ring()
    field = CountingField(grid)
    field.misbehave(T1, Misbehaviour.STUCK)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=IMPATIENT) as (link, heard),
    ):
        await heard.restored(epoch=1)
        # telemetry shows t1 closed, wrongly and for long; the device never stirs
        old = replace(field.values()["t1.position"], value=int(Position.CLOSED))
        await rtus.rtus[RTU].show([old])
        with pytest.raises(CommandUnconfirmed, match="no read-back"):
            await link.operate(order(T1, Position.CLOSED))


@pytest.mark.parametrize(
    ("misbehaviour", "words"),
    [
        (Misbehaviour.LOCAL, "local control"),
        (Misbehaviour.REFUSE, "reports a failure"),
    ],
)
async def test_a_device_that_refuses_says_why_and_nothing_moves(
    misbehaviour: Misbehaviour, words: str
) -> None:
    grid = ring()
    field = CountingField(grid)
    field.misbehave(S1, misbehaviour)
    async with at_work(field) as (link, _):
        with pytest.raises(CommandRefused, match=words):
            await link.operate(order(S1, Position.OPEN))
        assert "s1" in field.closed
        assert field.orders == [("s1", Position.OPEN)]


async def test_an_interlock_refuses() -> None:
    grid = ring()
    parts = grid.components
    switches = tuple(
        replace(s, kind=SwitchKind.DISCONNECTOR) if s.id == "s1" else s for s in parts.switches
    )
    grid = build_network(replace(parts, switches=switches))
    async with at_work(field_on(grid)) as (link, _):
        with pytest.raises(CommandRefused, match="interlock"):
            await link.operate(order(S1, Position.OPEN))


async def test_a_stuck_device_leaves_the_outcome_unknown() -> None:
    grid = ring()
    field = CountingField(grid)
    field.misbehave(S1, Misbehaviour.STUCK)
    async with at_work(field, limits=IMPATIENT) as (link, _):
        with pytest.raises(CommandUnconfirmed, match=r"no read-back within 0\.8 s"):
            await link.operate(order(S1, Position.OPEN))
        assert field.orders == [("s1", Position.OPEN)]


async def test_a_position_set_by_hand_confirms_nothing() -> None:
    grid = ring()
    field = CountingField(grid)
    field.misbehave(S1, Misbehaviour.STUCK)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=IMPATIENT) as (link, heard),
    ):
        await heard.restored(epoch=1)
        command = asyncio.create_task(link.operate(order(S1, Position.OPEN)))
        await eventually(lambda: bool(field.orders))
        forced = replace(
            field.values()["s1.position"],
            value=int(Position.OPEN),
            quality=Quality.SUBSTITUTED,
            source_time=CLOCK.now(),
        )
        await rtus.rtus[RTU].show([forced])
        with pytest.raises(CommandUnconfirmed):
            await command


async def test_past_its_deadline_nothing_is_sent() -> None:
    grid = ring()
    field = CountingField(grid)
    async with at_work(field) as (link, _):
        with pytest.raises(CommandRefused, match="deadline"):
            await link.operate(order(S1, Position.OPEN, within_s=0.0))
        assert field.orders == []


async def test_a_path_that_freezes_before_the_command_never_delivers_it_late() -> None:
    grid = ring()
    field = CountingField(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        BadNetwork(rtus.endpoints[RTU]) as network,
        listening(grid, {RTU: network.endpoint}) as (link, heard),
    ):
        await heard.restored(epoch=1)
        network.freeze()
        began = CLOCK.now()
        with pytest.raises(CommandRefused, match="nothing was sent"):
            await link.operate(order(S1, Position.OPEN, within_s=0.8))
        assert CLOCK.now() - began < timedelta(seconds=1.5)
        network.thaw()
        await asyncio.sleep(0.5)
        assert field.orders == []


async def test_a_path_that_freezes_under_the_command_leaves_it_unknown_and_unsent() -> None:
    """The bytes wait somewhere when the deadline comes: the reset must keep them there."""
    grid = ring()
    field = CountingField(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        BadNetwork(rtus.endpoints[RTU]) as network,
        listening(grid, {RTU: network.endpoint}) as (link, heard),
    ):
        await heard.restored(epoch=1)
        network.freeze_when = b"s1.command"
        began = CLOCK.now()
        with pytest.raises(CommandUnconfirmed):
            await link.operate(order(S1, Position.OPEN, within_s=0.8))
        assert CLOCK.now() - began < timedelta(seconds=1.5)
        network.freeze_when = b""
        network.thaw()
        await asyncio.sleep(0.5)
        assert field.orders == []
        assert "s1" in field.closed


async def test_a_link_that_is_down_takes_no_command() -> None:
    grid = ring()
    field = CountingField(grid)
    async with at_work(field) as (link, heard):
        field.cut_link(RTU, CLOCK.now())
        await heard.lost()
        with pytest.raises(CommandRefused, match="link rtu is down"):
            await link.operate(order(S1, Position.OPEN))
        assert field.orders == []


async def test_the_wrong_device_is_refused_before_any_write() -> None:
    """Same points, same namespace, another RTU behind the address since a minute ago."""
    grid = ring()
    field, stranger = CountingField(grid), CountingField(_renamed(grid))
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        serve_virtual_field(stranger, CLOCK) as strange_rtus,
        BadNetwork(rtus.endpoints[RTU]) as network,
        listening(grid, {RTU: network.endpoint}) as (link, heard),
    ):
        await heard.restored(epoch=1)
        network.reroute(strange_rtus.endpoints[LinkId("rtu9")])

        with pytest.raises(CommandRefused, match="the server says it is 'rtu9'"):
            await link.operate(order(S1, Position.OPEN))

        field.cut_link(RTU, CLOCK.now())  # and the link does not take it for its own either
        await heard.lost()
        await eventually(lambda: "rtu9" in link.health()[0].detail)
        assert len(heard.all(LinkRestored)) == 1
        assert field.orders == stranger.orders == []


async def test_only_command_points_can_be_written() -> None:
    grid = ring()
    parts = grid.components
    muddled = tuple(
        replace(p, node_id="s1.position") if p.id == "s1.command" else p for p in parts.points
    )
    field = field_on(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(build_network(replace(parts, points=muddled)), dict(rtus.endpoints)) as (
            link,
            heard,
        ),
    ):
        await heard.restored(epoch=1)
        with pytest.raises(CommandRefused, match="not writable"):
            await link.operate(order(S1, Position.OPEN))
        assert heard.position("s1") is Position.CLOSED


async def test_what_has_no_command_point_cannot_be_commanded() -> None:
    grid = draw("S1 [b1] A [s1] B")
    parts = grid.components
    points = tuple(p for p in parts.points if p.signal is not Signal.COMMAND)
    mute = build_network(replace(parts, points=points))
    async with (
        serve_virtual_field(field_on(mute), CLOCK) as rtus,
        listening(mute, dict(rtus.endpoints)) as (link, _),
    ):
        with pytest.raises(CommandRefused, match="cannot be commanded"):
            await link.operate(order(S1, Position.OPEN))


def _renamed(grid: Network) -> Network:
    """The same grid and namespace, under another link id."""
    parts = grid.components
    (link,) = parts.links
    ident = LinkId("rtu9")
    points = tuple(replace(p, link=ident) for p in parts.points)
    return build_network(replace(parts, links=(replace(link, id=ident),), points=points))
