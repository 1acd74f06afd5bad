"""The last line before the wire."""

from datetime import UTC, datetime, timedelta

import pytest

from gridops.errors import CommandNotAllowed, TooManyCommands
from gridops.ids import CommandId, LinkId, SwitchId
from gridops.measurement import Position
from gridops.ports import Commanding, SwitchOrder
from opcua_bridge.command.permits import REMEMBERED_MAX, Permits

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ONE, OTHER = LinkId("one"), LinkId("other")


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = BEGAN

    def now(self) -> datetime:
        return self.at


def order(number: int, switch: str = "s1") -> SwitchOrder:
    return SwitchOrder(
        command=CommandId(f"c{number}"),
        switch=SwitchId(switch),
        position=Position.OPEN,
        deadline=BEGAN + timedelta(hours=1),
    )


def test_a_minute_later_there_is_room_again() -> None:
    clock = Hand()
    permits = Permits(Commanding(link_per_minute_max=2), clock)
    permits.take(order(1), ONE)
    clock.at += timedelta(seconds=30)
    permits.take(order(2), ONE)
    with pytest.raises(TooManyCommands):
        permits.take(order(3), ONE)
    permits.take(order(3), OTHER)
    clock.at = BEGAN + timedelta(seconds=59.9)
    with pytest.raises(TooManyCommands):
        permits.check(order(4), ONE)
    clock.at = BEGAN + timedelta(seconds=60)
    permits.take(order(4), ONE)
    with pytest.raises(TooManyCommands):
        permits.take(order(5), ONE)


def test_all_links_share_the_greater_bound() -> None:
    permits = Permits(Commanding(link_per_minute_max=2, per_minute_max=3), Hand())
    permits.take(order(1), ONE)
    permits.take(order(2), ONE)
    permits.take(order(3), OTHER)
    with pytest.raises(TooManyCommands, match="in all"):
        permits.take(order(4), OTHER)
    assert permits.said(OTHER) == "no more commands: 3 of 3 to all servers in the last minute"


def test_what_is_refused_takes_no_room() -> None:
    permits = Permits(Commanding(link_per_minute_max=1, switches=frozenset({"s1"})), Hand())  # type: ignore[arg-type]
    for number in range(5):
        with pytest.raises(CommandNotAllowed):
            permits.take(order(number, "s2"), ONE)
    assert permits.said(ONE) == ""
    permits.take(order(9), ONE)


def test_many_commands_leave_no_more_behind_than_is_remembered() -> None:
    clock = Hand()
    permits = Permits(Commanding(link_per_minute_max=10_000, per_minute_max=10_000), clock)
    for number in range(3 * REMEMBERED_MAX):
        clock.at += timedelta(seconds=1)
        permits.take(order(number), ONE)
    assert len(permits._passed) == REMEMBERED_MAX
    assert len(permits._all) == len(permits._of[ONE]) == 60
