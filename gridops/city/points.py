"""The signals of everything that talks."""

from collections.abc import Iterator

from gridops.city.yard import Yard
from gridops.ids import LinkId, PointId
from gridops.network import Control, IndicatorKind, Point, Signal, Switch, SwitchKind


def points_of(yard: Yard) -> tuple[Point, ...]:
    """Voltages first, then the switches in their order; `node_id` is element and signal."""
    voltages = [
        _point(yard.link_of[node.id], node.id, signal=Signal.VOLTAGE)
        for node in yard.nodes
        if node.id in yard.link_of
    ]
    others = [
        _point(yard.link_of[switch.id], switch.id, signal=signal)
        for switch in yard.switches
        for signal in _signals(switch)
    ]
    return (*voltages, *others)


def _signals(switch: Switch) -> Iterator[Signal]:
    is_remote = switch.control is Control.REMOTE
    if is_remote:
        yield Signal.POSITION
        yield Signal.COMMAND
    if switch.indicator is not IndicatorKind.NONE:
        yield Signal.FAULT_FLAG
    if is_remote and switch.kind in (SwitchKind.BREAKER, SwitchKind.RECLOSER):
        yield Signal.PROTECTION
        yield Signal.LOCAL
        yield Signal.CURRENT
    if switch.lockout_point:
        yield Signal.LOCKOUT
    if switch.feeder is not None:
        yield Signal.POWER


def _point(link: LinkId, element: str, *, signal: Signal) -> Point:
    name = f"{element}.{signal}"
    return Point(id=PointId(name), link=link, element=element, signal=signal, node_id=name)
