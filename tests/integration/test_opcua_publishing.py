"""Publishing over real sockets: what a server swallows, and what it gives less of than asked."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from asyncua import ua
from opcua_setting import (
    CLOCK,
    RTU,
    eventually,
    field_on,
    listening,
    moved_to,
    ring,
)

from gridops.events import LinkLost, LinkRestored, VoltageMeasured
from gridops.ids import SwitchId
from gridops.measurement import Position
from opcua_bridge import DEFAULT_LIMITS, VirtualRtu, serve_virtual_field

S1, T1 = SwitchId("s1"), SwitchId("t1")


def subscriptions(rtu: VirtualRtu) -> list[Any]:
    return list(rtu._server.iserver.subscription_service.subscriptions.values())


async def test_a_swallowed_message_is_asked_for_again_and_no_gap_is_left() -> None:
    grid = ring()
    field = field_on(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        await asyncio.sleep(0.3)
        swallowed = []
        for subscription in subscriptions(rtus.rtus[RTU]):
            send = subscription.pub_result_callback

            async def swallow(result: Any, request: Any, send: Any = send) -> None:
                if result.NotificationMessage.NotificationData and not swallowed:
                    swallowed.append(result.NotificationMessage.SequenceNumber)
                else:
                    await send(result, request)

            subscription.pub_result_callback = swallow
        field.operate_by_hand(T1, Position.CLOSED, at=CLOCK.now())
        await eventually(lambda: len(swallowed) == 1)
        field.operate_by_hand(S1, Position.OPEN, at=CLOCK.now())

        await eventually(moved_to(heard, T1, position=Position.CLOSED))
        await eventually(moved_to(heard, S1, position=Position.OPEN))

        assert "1 messages that had to be asked for again" in link.health()[0].detail
        assert len(heard.all(LinkRestored)) == 1
        assert heard.all(LinkLost) == []
        order = [m.switch for m in heard.events if getattr(m, "switch", "") in ("t1", "s1")]
        assert order.index("t1", 4) < len(order) - 1 - order[::-1].index("s1")


async def test_a_subscription_that_falls_silent_alone_loses_the_link_since_then() -> None:
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (_, heard),
    ):
        await heard.restored(epoch=1)
        await asyncio.sleep(0.5)
        states, analogs = subscriptions(rtus.rtus[RTU])
        assert states.data.RevisedPublishingInterval < analogs.data.RevisedPublishingInterval

        async def say_nothing(*_: Any) -> bool:
            return False

        states.publish_results = say_nothing
        silent_from = CLOCK.now()

        lost = await heard.lost(within_s=5.0)
        assert "states" in lost.why
        restored = await heard.restored(epoch=2)
        # the voltages went on, but of the positions nothing is known since
        assert restored.gap_since is not None
        assert restored.gap_since <= silent_from + timedelta(seconds=0.3)


async def test_a_server_that_keeps_fewer_changes_than_asked_for_is_named() -> None:
    grid = ring()
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        rtus.rtus[RTU]._server.iserver.max_monitored_item_queue_size = 2
        async with listening(grid, dict(rtus.endpoints)) as (link, heard):
            await heard.restored(epoch=1)
            detail = link.health()[0].detail
            assert "points on weaker terms" in detail
            assert "queue 2 for 10" in detail
            assert "voltage" not in detail


async def test_voltages_come_on_a_subscription_of_their_own_at_their_own_pace() -> None:
    grid = ring()
    limits = replace(DEFAULT_LIMITS, analog_publishing_ms=600)
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=limits) as (_, heard),
    ):
        await heard.restored(epoch=1)
        intervals = [s.data.RevisedPublishingInterval for s in subscriptions(rtus.rtus[RTU])]
        assert intervals == [200.0, 600.0]
        before = len(heard.all(VoltageMeasured))
        for volts in (21_000.0, 21_500.0, 21_900.0):
            value = ua.DataValue(ua.Variant(volts), SourceTimestamp=CLOCK.now())
            await rtus.rtus[RTU].show_raw("S1.voltage_v", value)
        await eventually(lambda: len(heard.all(VoltageMeasured)) > before)
        await asyncio.sleep(0.7)
        assert [v.voltage_v for v in heard.all(VoltageMeasured)[before:]] == [21_900.0]
