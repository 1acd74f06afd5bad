"""What a link says of itself over real sockets: troubles, clocks, gaps, servers in pairs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from asyncua import ua
from asyncua.server.internal_subscription import InternalSubscription
from asyncua.server.monitored_item_service import MonitoredItemService
from opcua_setting import (
    CLOCK,
    RTU,
    BadNetwork,
    Listener,
    eventually,
    field_on,
    listening,
    moved_to,
    point_at,
    ring,
)

from gridops.errors import CommandRefused
from gridops.events import LinkLost, LinkRestored, LocalControlChanged, SwitchMoved, Trouble
from gridops.ids import CommandId, SwitchId
from gridops.measurement import Position, Quality
from gridops.network import Signal
from gridops.ports import FieldLink, SwitchOrder
from gridops.virtual_field import VirtualField
from opcua_bridge import DEFAULT_LIMITS, VirtualRtu, serve_virtual_field
from tests.radial_sweep import RadialSweep

S1, T1, B1 = SwitchId("s1"), SwitchId("t1"), SwitchId("b1")
LIMITS = replace(
    DEFAULT_LIMITS,
    beat_every_s=0.2,
    clock_still_s_max=2.0,
    trouble_every_s=2.0,
    retry_items_s=0.5,
    pair_stay_s=0.5,
    pair_probe_every_s=0.3,
    pair_stable_probes=3,
)
OVERFLOWED = ua.StatusCode(ua.UInt32(0x480))
SERVICE_LEVEL = ua.NodeId(ua.Int32(ua.ObjectIds.Server_ServiceLevel))


@dataclass
class OddClock:
    """The clock of a server and its devices."""

    ahead: timedelta

    def now(self) -> datetime:
        return CLOCK.now() + self.ahead


async def test_dropped_changes_are_marked_told_once_and_read_again() -> None:
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=LIMITS) as (link, heard),
    ):
        await heard.restored(epoch=1)
        before = len(heard.moves("t1"))
        for n in range(5):
            await rtus.rtus[RTU].show_raw("t1.position", position(n % 2 + 1, status=OVERFLOWED))
            await asyncio.sleep(0.25)
        await eventually(lambda: link.health()[0].counts.get("overflow", 0) >= 5)
        await eventually(lambda: len(heard.troubles(Trouble.OVERFLOW)) == 2, within_s=8.0)

        first, then = heard.troubles(Trouble.OVERFLOW)
        assert first.count + then.count == link.health()[0].counts["overflow"]
        assert "t1.position" in first.what
        assert first.since is not None
        readings_too = len(heard.moves("t1")) - before
        assert readings_too > 5
        assert len(heard.all(LinkRestored)) == 1


async def test_a_server_whose_clock_stands_still_is_lost_until_it_goes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=LIMITS) as (link, heard),
    ):
        await heard.restored(epoch=1)
        stands_at = CLOCK.now()
        answers = rtus.rtus[RTU]._server.iserver.attribute_service
        monkeypatch.setattr(answers, "_now", lambda: stands_at)
        assert "stands still" in (await heard.lost(within_s=20.0)).why
        await asyncio.sleep(1.5)
        assert len(heard.all(LinkRestored)) == 1
        assert not link.health()[0].connected
        assert len(heard.troubles(Trouble.CLOCK_STOPPED)) == 1
        monkeypatch.undo()

        await heard.restored(epoch=2, within_s=6.0)


@pytest.mark.parametrize("hours", [3, -3])
async def test_a_clock_three_hours_off_is_measured_shown_and_told_and_dates_nothing_ahead(
    hours: int,
) -> None:
    grid, ahead = ring(), timedelta(hours=hours)
    clock = OddClock(ahead)
    field = VirtualField(grid, RadialSweep(grid), start=clock.now())
    async with (
        serve_virtual_field(field, clock) as rtus,
        listening(grid, dict(rtus.endpoints), limits=LIMITS) as (link, heard),
    ):
        await heard.restored(epoch=1)
        for n in range(6):
            field.operate_by_hand(S1, Position(n % 2 + 1), at=clock.now())
            await eventually(moved_to(heard, S1, position=Position(n % 2 + 1)))
        await eventually(lambda: link.health()[0].device_skew_s is not None)
        await eventually(lambda: len(heard.troubles(Trouble.CLOCK_SKEW)) > 0)

        health = link.health()[0]
        assert health.skew_s == pytest.approx(ahead.total_seconds(), abs=1.0)
        assert health.device_skew_s == pytest.approx(ahead.total_seconds(), abs=1.5)
        assert "s ahead" in health.detail or "s behind" in health.detail
        moves = heard.moves("s1")[-6:]
        assert all(move.source_time <= move.at for move in moves)
        assert all(move.server_time is not None for move in moves)
        assert heard.all(LinkLost) == []


async def test_what_a_gap_hid_is_counted_and_named() -> None:
    grid = ring()
    field = field_on(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        BadNetwork(rtus.endpoints[RTU]) as network,
        listening(grid, {RTU: network.endpoint}, limits=LIMITS) as (_, heard),
    ):
        first = await heard.restored(epoch=1)
        assert first.changed_in_gap == 0
        network.freeze()
        await heard.lost()
        field.operate_by_hand(S1, Position.OPEN, at=CLOCK.now())
        await asyncio.sleep(0.2)
        network.thaw()

        restored = await heard.restored(epoch=2)
        assert restored.changed_in_gap == 1
        await eventually(lambda: bool(heard.troubles(Trouble.DIFFERS_AFTER_GAP)))
        (told,) = heard.troubles(Trouble.DIFFERS_AFTER_GAP)
        assert told.what == "s1.position"
        assert told.since == restored.gap_since


async def test_a_refused_point_is_asked_for_again_until_the_server_has_it() -> None:
    grid = ring(extra=[point_at("b2", Signal.LOCAL)])
    async with (
        serve_virtual_field(field_on(ring()), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=LIMITS) as (link, heard),
    ):
        await heard.restored(epoch=1)
        await eventually(lambda: len(heard.troubles(Trouble.ITEM_REFUSED)) == 1)
        assert heard.troubles(Trouble.ITEM_REFUSED)[0].what == "BadNodeIdUnknown: b2.local"
        await add_contact(rtus.rtus[RTU], "b2.local")

        await eventually(lambda: local_of(heard, "b2") is Quality.GOOD)
        await eventually(lambda: len(heard.troubles(Trouble.ITEM_TAKEN)) == 1)
        assert "refused" not in link.health()[0].detail
        assert len(heard.all(LinkRestored)) == 1


async def test_a_point_that_vanishes_is_seen_and_taken_up_when_it_is_back() -> None:
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=LIMITS) as (link, heard),
    ):
        await heard.restored(epoch=1)
        rtu = rtus.rtus[RTU]
        del rtu._server.iserver.aspace._nodes[rtu._node("s1.local")]
        await link.scan([S1])

        await eventually(lambda: local_of(heard, "s1") is Quality.BAD)
        await eventually(lambda: len(heard.troubles(Trouble.ITEM_DROPPED)) == 1)
        assert "s1.local" in heard.troubles(Trouble.ITEM_DROPPED)[0].what
        await add_contact(rtu, "s1.local")

        await eventually(lambda: local_of(heard, "s1") is Quality.GOOD)
        # and it is followed again, not only read
        contact = ua.DataValue(ua.Variant(Value=True, VariantType=ua.VariantType.Boolean))
        seen = len(heard.all(LocalControlChanged))
        await rtu.show_raw("s1.local", contact)
        await eventually(lambda: len(heard.all(LocalControlChanged)) > seen)


async def test_an_item_that_the_server_silently_dropped_is_found_by_reading() -> None:
    grid = ring()
    field = field_on(grid)
    limits = replace(LIMITS, audit_every_s=0.5, analog_publishing_ms=300)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=limits) as (_, heard),
    ):
        await heard.restored(epoch=1)
        rtu = rtus.rtus[RTU]
        node = rtu._server.iserver.aspace[rtu._node("t1.position")]
        node.attributes[ua.AttributeIds.Value].datachange_callbacks.clear()
        field.operate_by_hand(T1, Position.CLOSED, at=CLOCK.now())

        await eventually(moved_to(heard, T1, position=Position.CLOSED), within_s=8.0)
        await eventually(lambda: len(heard.troubles(Trouble.ITEM_TAKEN)) == 1)
        told = heard.troubles(Trouble.ITEM_DROPPED)
        assert [one.what for one in told] == ["changed without a word: t1.position"]
        assert heard.all(LinkLost) == []
        field.operate_by_hand(T1, Position.OPEN, at=CLOCK.now())
        await eventually(moved_to(heard, T1, position=Position.OPEN), within_s=1.5)


async def test_an_item_that_the_server_dropped_and_refuses_then_reads_as_bad(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody would hear of the next change."""
    grid = ring()
    field = field_on(grid)
    limits = replace(LIMITS, audit_every_s=0.5, analog_publishing_ms=300)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=limits) as (_, heard),
    ):
        await heard.restored(epoch=1)
        rtu = rtus.rtus[RTU]
        node = rtu._server.iserver.aspace[rtu._node("t1.position")]
        node.attributes[ua.AttributeIds.Value].datachange_callbacks.clear()

        async def full(_: object, parameters: ua.CreateMonitoredItemsParameters) -> object:
            status = ua.StatusCode(ua.UInt32(ua.StatusCodes.BadTooManyMonitoredItems))
            return [ua.MonitoredItemCreateResult(StatusCode=status)] * len(parameters.ItemsToCreate)

        monkeypatch.setattr(MonitoredItemService, "create_monitored_items", full)
        field.operate_by_hand(T1, Position.CLOSED, at=CLOCK.now())

        def quality() -> Quality:
            return [e.quality for e in heard.all(SwitchMoved) if e.switch == T1][-1]

        await eventually(lambda: bool(heard.troubles(Trouble.ITEM_DROPPED)), within_s=8.0)
        await eventually(lambda: quality() is Quality.BAD)
        monkeypatch.undo()
        await eventually(lambda: quality() is Quality.GOOD)
        field.operate_by_hand(T1, Position.OPEN, at=CLOCK.now())
        await eventually(moved_to(heard, T1, position=Position.OPEN), within_s=1.5)


async def test_a_server_that_jumps_in_every_message_is_not_read_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grid = ring()
    limits = replace(LIMITS, rereads_max=2, backoff_s_min=0.5, backoff_s_refused=4.0)
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=limits) as (link, heard),
    ):
        await heard.restored(epoch=1)
        pop = InternalSubscription._pop_publish_result

        def jumping(subscription: InternalSubscription) -> ua.PublishResult:
            subscription._notification_seq += 5
            return pop(subscription)

        with monkeypatch.context() as jumps:
            jumps.setattr(InternalSubscription, "_pop_publish_result", jumping)
            await eventually(lambda: len(heard.all(LinkLost)) >= 2, within_s=20.0)
            await eventually(lambda: bool(heard.troubles(Trouble.NUMBERS_JUMP)))
            await eventually(lambda: len(heard.all(LinkLost)) >= 3, within_s=20.0)
            lost = heard.all(LinkLost)
            assert all("messages were lost for good 3 times" in each.why for each in lost)
            # the first read of each connection, two more, and none while it waits
            assert len(heard.all(LinkRestored)) <= 3 * len(lost)
            assert (lost[2].at - lost[1].at).total_seconds() > 1.0
        await heard.restored(epoch=heard.all(LinkRestored)[-1].epoch + 1, within_s=10.0)
        await eventually(lambda: link.health()[0].connected)


@dataclass
class TwoServers:
    """Two servers that claim to be the same RTU; each plays a field of its own."""

    fields: tuple[VirtualField, VirtualField]
    rtus: tuple[VirtualRtu, VirtualRtu]
    link: FieldLink
    heard: Listener

    async def state(self, place: int, level: int) -> None:
        await self.rtus[place]._write(SERVICE_LEVEL, level_of(level))

    @property
    def listened_to(self) -> int:
        return [rtu.endpoint for rtu in self.rtus].index(self.link.health()[0].server)


@asynccontextmanager
async def pair() -> AsyncIterator[TwoServers]:
    grid = ring()
    fields = (field_on(grid), field_on(grid))
    async with (
        serve_virtual_field(fields[0], CLOCK) as one,
        serve_virtual_field(fields[1], CLOCK) as other,
    ):
        rtus = (one.rtus[RTU], other.rtus[RTU])
        endpoints = {RTU: [rtu.endpoint for rtu in rtus]}
        async with listening(grid, endpoints, limits=LIMITS) as (link, heard):
            await heard.restored(epoch=1)
            yield TwoServers(fields, rtus, link, heard)


async def test_the_other_server_is_gone_to_when_one_is_lost_and_left_when_it_is_back() -> None:
    async with pair() as both:
        assert both.listened_to == 0
        both.fields[0].cut_link(RTU, CLOCK.now())
        await both.heard.restored(epoch=2, within_s=6.0)
        assert both.listened_to == 1
        both.fields[1].operate_by_hand(S1, Position.OPEN, at=CLOCK.now())
        await eventually(moved_to(both.heard, S1, position=Position.OPEN))
        await eventually(lambda: len(both.heard.troubles(Trouble.FAILOVER)) == 1)
        both.fields[0].heal_link(RTU, CLOCK.now())

        restored = await both.heard.restored(epoch=3, within_s=10.0)
        assert both.listened_to == 0
        # the two do not agree, and that is said
        assert restored.changed_in_gap == 1
        await eventually(lambda: bool(both.heard.troubles(Trouble.DIFFERS_AFTER_GAP)))
        assert both.heard.troubles(Trouble.DIFFERS_AFTER_GAP)[0].what == "s1.position"
        assert both.heard.position("s1") is Position.CLOSED


async def test_the_service_level_is_followed() -> None:
    async with pair() as both:
        await both.state(0, 100)
        await both.heard.restored(epoch=2, within_s=6.0)
        assert both.listened_to == 1
        assert "service level 100" in both.heard.all(LinkLost)[-1].why
        await both.state(1, 90)
        await both.heard.restored(epoch=3, within_s=6.0)
        assert both.listened_to == 0
        await asyncio.sleep(1.0)
        assert len(both.heard.all(LinkRestored)) == 3


async def test_a_server_without_data_is_not_listened_to_while_there_is_another() -> None:
    async with pair() as both:
        await both.state(0, 1)
        await both.heard.restored(epoch=2, within_s=6.0)
        assert both.listened_to == 1
        await asyncio.sleep(1.5)
        assert both.listened_to == 1


@pytest.mark.parametrize("first_back", [0, 1])
async def test_of_two_servers_out_of_service_none_is_listened_to_before_one_is_back(
    first_back: int,
) -> None:
    async with pair() as both:
        await both.state(1, 1)
        await both.state(0, 0)
        assert "not in service" in (await both.heard.lost()).why
        # both go on to repeat what they had, as good as ever
        both.fields[first_back].operate_by_hand(S1, Position.OPEN, at=CLOCK.now())
        await asyncio.sleep(3.0)
        health = both.link.health()[0]
        assert not health.connected
        assert "no server in service" in health.detail
        assert len(both.heard.all(LinkRestored)) == len(both.heard.all(LinkLost)) == 1
        assert both.heard.position("s1") is Position.CLOSED
        order = SwitchOrder(
            command=CommandId("c1"),
            switch=B1,
            position=Position.OPEN,
            deadline=CLOCK.now() + timedelta(seconds=3.0),
        )
        with pytest.raises(CommandRefused):
            await both.link.operate(order)

        await both.state(first_back, 255)
        await both.heard.restored(epoch=2, within_s=6.0)
        assert both.listened_to == first_back
        await eventually(moved_to(both.heard, S1, position=Position.OPEN))
        assert both.link.health()[0].detail == "good"


async def test_a_server_that_stands_alone_is_listened_to_at_any_level_and_that_is_said_once() -> (
    None
):
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=LIMITS) as (link, heard),
    ):
        await heard.restored(epoch=1)
        await rtus.rtus[RTU]._write(SERVICE_LEVEL, level_of(0))
        await eventually(lambda: bool(heard.troubles(Trouble.NOT_IN_SERVICE)))
        await asyncio.sleep(1.0)
        assert link.health()[0].connected
        assert "not in service" in link.health()[0].detail
        (said,) = heard.troubles(Trouble.NOT_IN_SERVICE)
        assert "states service level 0" in said.what
        await rtus.rtus[RTU]._write(SERVICE_LEVEL, level_of(255))
        await eventually(lambda: "not in service" not in link.health()[0].detail)


def level_of(level: int) -> ua.DataValue:
    return ua.DataValue(ua.Variant(level, ua.VariantType.Byte))


def position(raw: int, *, status: ua.StatusCode) -> ua.DataValue:
    return ua.DataValue(
        ua.Variant(raw, ua.VariantType.Byte), StatusCode=status, SourceTimestamp=CLOCK.now()
    )


async def add_contact(rtu: VirtualRtu, node_id: str) -> None:
    await rtu._server.nodes.objects.add_variable(
        rtu._node(node_id),
        ua.QualifiedName(node_id, rtu._namespace),
        ua.Variant(Value=False, VariantType=ua.VariantType.Boolean),
    )


def local_of(heard: Listener, switch: str) -> Quality | None:
    said = [e.quality for e in heard.all(LocalControlChanged) if e.switch == switch]
    return said[-1] if said else None
