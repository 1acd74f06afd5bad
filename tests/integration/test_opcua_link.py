"""The link to real OPC UA servers: what arrives, and what is said when nothing does."""

import asyncio
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from asyncua import ua
from opcua_setting import (
    CLOCK,
    RTU,
    BadNetwork,
    at_work,
    eventually,
    field_on,
    listening,
    moved_to,
    point_at,
    ring,
    with_two_links,
)

from gridops.errors import SettingsError
from gridops.events import (
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LocalControlChanged,
    SwitchMoved,
    Trouble,
    VoltageMeasured,
)
from gridops.ids import LinkId, PointId, SwitchId
from gridops.measurement import Position, Quality, Reading
from gridops.network import ORDERS, Point, Signal, build_network
from gridops.virtual_field import OrderAnswer, PointValue
from opcua_bridge import VirtualRtu, open_field_link, serve_virtual_field

S1, T1 = SwitchId("s1"), SwitchId("t1")


async def test_the_link_begins_with_every_value() -> None:
    grid = ring()
    field = field_on(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        restored = await heard.restored(epoch=1)

        assert heard.events[0] == restored
        assert restored.gap_since is None
        readable = [p for p in grid.components.points if p.signal not in ORDERS]
        assert len(heard.events) == 1 + len(readable)
        assert {s: heard.position(s) for s in ("b1", "s1", "t1", "b2")} == {
            "b1": Position.CLOSED,
            "s1": Position.CLOSED,
            "t1": Position.OPEN,
            "b2": Position.CLOSED,
        }
        assert all(move.quality is Quality.GOOD for move in heard.all(SwitchMoved))
        voltages = {v.node: v.voltage_v for v in heard.all(VoltageMeasured)}
        assert voltages == pytest.approx({"S1": 22_000.0, "S2": 22_000.0})
        (health,) = link.health()
        assert (health.connected, health.epoch, health.detail) == (True, 1, "good")


async def test_a_change_arrives_once_with_the_time_of_its_source() -> None:
    grid = ring()
    field = field_on(grid)
    async with at_work(field) as (_, heard):
        before = len(heard.moves("s1"))
        moves_at = CLOCK.now() + timedelta(milliseconds=150)
        field.operate_by_hand(S1, Position.OPEN, at=moves_at)

        took_s = await eventually(moved_to(heard, S1, position=Position.OPEN))

        (move,) = heard.moves("s1")[before:]
        assert move.source_time == moves_at
        assert move.at > moves_at
        assert took_s < 1.0
        await asyncio.sleep(0.5)
        assert len(heard.moves("s1")) == before + 1


async def test_a_fault_is_seen_as_the_field_tells_it() -> None:
    grid = ring()
    field = field_on(grid)
    async with at_work(field) as (_, heard):
        field.strike("B", CLOCK.now() + timedelta(milliseconds=100))

        await eventually(moved_to(heard, SwitchId("b1"), position=Position.OPEN))
        await eventually(
            lambda: any(
                f.switch == "s1" and f.reading is Reading.YES for f in heard.all(FaultFlagChanged)
            )
        )
        stamps = [e.source_time for e in heard.events if not isinstance(e, LinkRestored)]
        after = stamps[len([p for p in grid.components.points if p.signal not in ORDERS]) :]
        assert after == sorted(after)


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        (ua.StatusCodes.Good, Quality.GOOD),
        (ua.StatusCodes.UncertainLastUsableValue, Quality.STALE),
        (ua.StatusCodes.GoodLocalOverride, Quality.SUBSTITUTED),
        (ua.StatusCodes.BadNoCommunication, Quality.BAD),
    ],
)
async def test_a_status_becomes_a_quality(code: int, quality: Quality) -> None:
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (_, heard),
    ):
        await heard.restored(epoch=1)
        await rtus.rtus[RTU].show_raw(
            "t1.position",
            ua.DataValue(
                ua.Variant(2, ua.VariantType.Byte),
                StatusCode=ua.StatusCode(code),
                SourceTimestamp=CLOCK.now(),
            ),
        )
        await eventually(lambda: len(heard.moves("t1")) > 1)

        assert heard.moves("t1")[-1].quality is quality


NEVER = datetime(9999, 12, 31, tzinfo=UTC)
NONSENSE = {
    "a number that is none": ("S1.voltage_v", ua.Variant(math.nan, ua.VariantType.Double)),
    "an infinite number": ("S1.voltage_v", ua.Variant(math.inf, ua.VariantType.Double)),
    "a huge number": ("S1.voltage_v", ua.Variant(2**63, ua.VariantType.UInt64)),
    "a text for a voltage": ("S1.voltage_v", ua.Variant("<b>22</b>", ua.VariantType.String)),
    "an array for a position": ("s1.position", ua.Variant([1, 2], ua.VariantType.Byte)),
    "a truth for a position": ("s1.position", ua.Variant(True, ua.VariantType.Boolean)),
    "a seventh position": ("s1.position", ua.Variant(7, ua.VariantType.Byte)),
    "nothing for a position": ("s1.position", ua.Variant(None, ua.VariantType.Null)),
    "a text for a contact": ("s1.local", ua.Variant("no", ua.VariantType.String)),
}


async def test_nonsense_is_survived_and_never_stands_as_good() -> None:
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        rtu = rtus.rtus[RTU]
        for node, variant in NONSENSE.values():
            seen = len(heard.facts)
            await rtu.show_raw(node, ua.DataValue(variant, SourceTimestamp=CLOCK.now()))
            await eventually(lambda seen=seen: len(heard.facts) > seen)
            event = heard.facts[-1]
            assert not isinstance(event, LinkLost | LinkRestored)
            assert event.quality is Quality.BAD
            if isinstance(event, SwitchMoved):
                assert event.position is Position.BAD
            if isinstance(event, LocalControlChanged):
                assert event.reading is Reading.FAILED

        (health,) = link.health()
        assert health.connected
        assert "values rejected" in health.detail
        told = heard.troubles(Trouble.REJECTED)
        assert len(told) == 1
        assert health.counts["rejected"] > len(told)
        assert heard.all(LinkLost) == []
        # and sense is believed again
        field_says = ua.DataValue(ua.Variant(2, ua.VariantType.Byte), SourceTimestamp=CLOCK.now())
        await rtu.show_raw("s1.position", field_says)
        await eventually(moved_to(heard, S1, position=Position.CLOSED))


@pytest.mark.parametrize(
    "stamp",
    [None, datetime(1601, 1, 1, tzinfo=UTC), NEVER, CLOCK.now() + timedelta(hours=3)],
    ids=["missing", "1601", "9999", "three hours ahead"],
)
async def test_a_stamp_that_cannot_be_gives_way_to_the_time_of_receipt(
    stamp: datetime | None,
) -> None:
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (_, heard),
    ):
        await heard.restored(epoch=1)
        value = ua.DataValue(ua.Variant(2, ua.VariantType.Byte), SourceTimestamp=stamp)
        await rtus.rtus[RTU].show_raw("t1.position", value)
        await eventually(moved_to(heard, T1, position=Position.CLOSED))

        move = heard.moves("t1")[-1]
        assert (move.source_time, move.quality) == (move.at, Quality.GOOD)


async def test_a_device_whose_clock_was_set_back_is_still_followed() -> None:
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        an_hour_ago = CLOCK.now() - timedelta(hours=1)
        value = ua.DataValue(ua.Variant(2, ua.VariantType.Byte), SourceTimestamp=an_hour_ago)
        await rtus.rtus[RTU].show_raw("t1.position", value)

        await eventually(moved_to(heard, T1, position=Position.CLOSED))
        assert "1 late values" in link.health()[0].detail


async def test_a_restarted_server_with_reset_values_is_read_again_behind_a_gap() -> None:
    grid = ring()
    first = field_on(grid)
    async with serve_virtual_field(first, CLOCK) as rtus:
        endpoints = dict(rtus.endpoints)
    port = int(endpoints[RTU].rsplit(":", 1)[1])
    async with listening(grid, endpoints) as (link, heard):
        assert "refused" in (await heard.lost()).why.lower()
        async with serve_virtual_field(first, CLOCK, base_port=port):
            await heard.restored(epoch=1)
            first.operate_by_hand(T1, Position.CLOSED, at=CLOCK.now())
            await eventually(moved_to(heard, T1, position=Position.CLOSED))
            whole_at = CLOCK.now()
        lost = await heard.lost(count=2)
        assert not link.health()[0].connected

        async with serve_virtual_field(field_on(grid), CLOCK, base_port=port):
            back_at = CLOCK.now()
            restored = await heard.restored(epoch=2, within_s=5.0)

            assert restored.gap_since is not None
            assert restored.gap_since <= lost.at
            assert restored.gap_since >= whole_at - timedelta(seconds=2)
            assert restored.at - back_at < timedelta(seconds=5)
            assert heard.position("t1") is Position.OPEN
            follows = heard.events[heard.events.index(restored) + 1 :]
            assert len({e.switch for e in follows if isinstance(e, SwitchMoved)}) == 4


async def test_a_frozen_server_is_noticed_and_its_thaw_too() -> None:
    grid = ring()
    field = field_on(grid)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        BadNetwork(rtus.endpoints[RTU]) as network,
        listening(grid, {RTU: network.endpoint}) as (_, heard),
    ):
        await heard.restored(epoch=1)
        await asyncio.sleep(1.5)
        network.freeze()
        frozen_at = CLOCK.now()
        field.operate_by_hand(T1, Position.CLOSED, at=CLOCK.now())

        lost = await heard.lost()

        silent_for = lost.at - frozen_at
        assert timedelta(seconds=0.8) < silent_for < timedelta(seconds=2.0 + 0.7)
        assert heard.position("t1") is Position.OPEN
        network.thaw()
        restored = await heard.restored(epoch=2, within_s=5.0)
        assert restored.gap_since is not None
        assert restored.gap_since <= frozen_at + timedelta(seconds=0.3)
        assert heard.position("t1") is Position.CLOSED


async def test_a_cut_link_goes_away_alone_and_comes_back_where_it_was() -> None:
    grid = with_two_links(ring())
    field = field_on(grid)
    other = LinkId("rtu2")
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await eventually(lambda: len(heard.all(LinkRestored)) == 2)
        endpoints = dict(rtus.endpoints)
        field.cut_link(other, CLOCK.now())
        lost = await heard.lost()
        assert lost.link == other

        field.operate_by_hand(S1, Position.OPEN, at=CLOCK.now())
        field.operate_by_hand(SwitchId("b2"), Position.OPEN, at=CLOCK.now())
        await eventually(moved_to(heard, S1, position=Position.OPEN))
        assert heard.position("b2") is Position.CLOSED
        assert [h.connected for h in link.health()] == [True, False]

        field.heal_link(other, CLOCK.now())
        await eventually(moved_to(heard, SwitchId("b2"), position=Position.OPEN))
        assert [lost.link for lost in heard.all(LinkLost)] == [other]
        assert [r.link for r in heard.all(LinkRestored)].count(RTU) == 1
        assert dict(rtus.endpoints) == endpoints


async def test_a_lost_message_leads_to_a_new_epoch_and_a_full_read() -> None:
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (_, heard),
    ):
        await heard.restored(epoch=1)
        await asyncio.sleep(0.5)
        service = rtus.rtus[RTU]._server.iserver.subscription_service
        for subscription in service.subscriptions.values():
            subscription._notification_seq += 1

        restored = await heard.restored(epoch=2)

        assert restored.gap_since is not None
        assert heard.all(LinkLost) == []
        positions = [m.switch for m in heard.all(SwitchMoved) if m.at == restored.at]
        assert sorted(positions) == ["b1", "b2", "s1", "t1"]


async def test_a_subscription_that_the_server_forgot_is_noticed() -> None:
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (_, heard),
    ):
        await heard.restored(epoch=1)
        service = rtus.rtus[RTU]._server.iserver.subscription_service
        await service.delete_subscriptions(list(service.subscriptions))

        await heard.lost(within_s=3.0)
        await heard.restored(epoch=2, within_s=5.0)


async def test_a_server_that_is_another_device_is_never_listened_to() -> None:
    grid = with_two_links(ring())
    async with serve_virtual_field(field_on(grid), CLOCK) as rtus:
        crossed = {RTU: rtus.endpoints[LinkId("rtu2")], LinkId("rtu2"): rtus.endpoints[RTU]}
        async with listening(grid, crossed) as (link, heard):
            lost = await heard.lost(count=2)

            assert "namespace" in lost.why
            assert heard.all(LinkRestored) == []
            assert not any(health.connected for health in link.health())


async def test_a_point_that_the_server_refuses_is_bad_and_the_rest_works() -> None:
    served = ring()
    grid = ring(extra=[point_at("b2", Signal.LOCAL), point_at("t1", Signal.LOCAL)])
    field = field_on(served)
    async with (
        serve_virtual_field(field, CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints)) as (link, heard),
    ):
        await heard.restored(epoch=1)
        local = {e.switch: (e.reading, e.quality) for e in heard.all(LocalControlChanged)}
        assert local["s1"] == (Reading.NO, Quality.GOOD)
        assert local["b2"] == (Reading.FAILED, Quality.BAD)
        assert "2 points refused by the server: b2.local" in link.health()[0].detail
        field.operate_by_hand(S1, Position.OPEN, at=CLOCK.now())
        await eventually(moved_to(heard, S1, position=Position.OPEN))


async def test_a_demand_scan_delivers_what_has_not_changed() -> None:
    grid = ring()
    async with at_work(field_on(grid)) as (link, heard):
        before = len(heard.events)

        await link.scan([S1])

        scanned = heard.events[before:]
        assert {type(e) for e in scanned} == {SwitchMoved, FaultFlagChanged, LocalControlChanged}
        assert {getattr(e, "switch", None) for e in scanned} == {"s1"}


async def test_a_virtual_field_is_served_on_loopback_only() -> None:
    with pytest.raises(SettingsError, match="loopback"):
        async with serve_virtual_field(field_on(ring()), CLOCK, host="0.0.0.0"):
            pass


@pytest.mark.parametrize(
    ("endpoints", "words"),
    [
        ({}, "no endpoint"),
        ({RTU: "http://127.0.0.1:80"}, "not an OPC UA address"),
        ({RTU: "opc.tcp://127.0.0.1:4840", LinkId("rut"): "opc.tcp://127.0.0.1:1"}, "no link"),
    ],
)
def test_settings_that_can_never_work_are_refused_at_once(
    endpoints: dict[LinkId, str], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        open_field_link(ring(), endpoints, clock=CLOCK)


async def test_five_thousand_points_are_there_in_seconds_and_all_follow() -> None:
    grid = ring()
    parts = grid.components
    points = tuple(
        Point(id=PointId(f"p{n}"), link=RTU, element="s1", signal=Signal.POSITION, node_id=f"p{n}")
        for n in range(5_000)
    )
    wide = build_network(replace(parts, points=points))

    def at(position: Position) -> list[PointValue]:
        return [
            PointValue(point=p, value=int(position), quality=Quality.GOOD, source_time=CLOCK.now())
            for p in points
        ]

    rtu = VirtualRtu(
        parts.links[0], points, host="127.0.0.1", port=0, order=lambda *_: OrderAnswer.ACCEPTED
    )
    await rtu.start()
    try:
        await rtu.show(at(Position.CLOSED))
        async with listening(wide, {RTU: rtu.endpoint}) as (link, heard):
            await heard.restored(epoch=1, within_s=20.0)
            assert len(heard.all(SwitchMoved)) == len(points)

            await rtu.show(at(Position.OPEN))
            opened = lambda: sum(m.position is Position.OPEN for m in heard.all(SwitchMoved))  # noqa: E731
            await eventually(lambda: opened() == len(points), within_s=10.0)
            assert heard.all(LinkLost) == []
            assert link.health()[0].detail == "good"
    finally:
        await rtu.stop()
