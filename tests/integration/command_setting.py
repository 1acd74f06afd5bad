"""What the tests of commands share: orders, a field that remembers them, a counting path."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

from gridops.ids import CommandId, SwitchId
from gridops.measurement import Position
from gridops.network import Network, Point, Signal, build_network
from gridops.ports import SwitchOrder
from gridops.virtual_field import OrderAnswer, VirtualField
from opcua_bridge import DEFAULT_LIMITS
from tests.integration.opcua_setting import CLOCK, ring
from tests.radial_sweep import RadialSweep

S1, T1, B1 = SwitchId("s1"), SwitchId("t1"), SwitchId("b1")
NUMBERS = itertools.count(1)
IMPATIENT = replace(DEFAULT_LIMITS, confirm_margin_s=0.6)


def order(switch: SwitchId, position: Position, *, within_s: float = 3.0) -> SwitchOrder:
    return SwitchOrder(
        command=CommandId(f"c{next(NUMBERS)}"),
        switch=switch,
        position=position,
        deadline=CLOCK.now() + timedelta(seconds=within_s),
    )


class CountingField(VirtualField):
    """Remembers which orders reached a device."""

    def __init__(self, grid: Network) -> None:
        super().__init__(grid, RadialSweep(grid), start=CLOCK.now())
        self.orders: list[tuple[SwitchId, Position]] = []

    def order(self, switch: SwitchId, position: Position, at: datetime) -> OrderAnswer:
        self.orders.append((switch, position))
        return super().order(switch, position, at=at)


def ordered_by(*points: Point) -> Network:
    """The ring, with these in place of the plain command of s1."""
    parts = ring().components
    others = tuple(p for p in parts.points if p.id != "s1.command")
    return build_network(replace(parts, points=(*others, *points)))


COMMAND = next(p for p in ring().components.points if p.id == "s1.command")
SELECT = replace(COMMAND, id="s1.select", node_id="s1.select", signal=Signal.SELECT)
CANCEL = replace(COMMAND, id="s1.cancel", node_id="s1.cancel", signal=Signal.CANCEL)
