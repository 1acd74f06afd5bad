"""A virtual field that tells what happens, for the tests that read as dialogues.

`Story` plays a drawn grid; `tell(seconds)` runs it and writes down what the field said,
one line per value: seconds since the start, element, signal, value.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gridops.ids import LinkId, SwitchId
from gridops.measurement import Position
from gridops.network import Network, Point, Signal, build_network, draw
from gridops.virtual_field import (
    FieldSettings,
    Misbehaviour,
    OrderAnswer,
    PointValue,
    VirtualField,
)
from tests.radial_sweep import RadialSweep

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
FEEDER = "S1 [b1] A [s1] B [s2] C"
RING = "S1 [b1] A [s1] B (t1) C [b2] S2"
LATERAL = "S1 [b1] A [s1] B\nA [r1] D [s3] E"
OPEN, CLOSED = Position.OPEN, Position.CLOSED
CALM = FieldSettings(reset_after_s=1e6)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def written(value: PointValue) -> str:
    said: object = value.value
    if value.point.signal is Signal.POSITION:
        said = Position(int(value.value)).name.lower()
    elif isinstance(value.value, bool):
        said = "yes" if value.value else "no"
    seconds = (value.source_time - START).total_seconds()
    return f"{seconds:g} {value.point.element} {value.point.signal} {said}"


class Story:
    def __init__(
        self,
        drawing: str | Network,
        settings: FieldSettings = CALM,
        change: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        network = draw(drawing, change=change) if isinstance(drawing, str) else drawing
        self.field = VirtualField(network, RadialSweep(network), start=START, settings=settings)

    def tell(self, until_s: float) -> list[str]:
        return [written(value) for value in self.field.advance(at(until_s))]

    def order(self, switch: str, position: Position, at_s: float) -> OrderAnswer:
        return self.field.order(SwitchId(switch), position, at=at(at_s))

    def hand(self, switch: str, position: Position, at_s: float) -> None:
        self.field.operate_by_hand(SwitchId(switch), position, at=at(at_s))

    def misbehave(self, device: str, kind: Misbehaviour, **how: Any) -> None:
        self.field.misbehave(SwitchId(device), kind, **how)

    @property
    def dark(self) -> set[str]:
        return set(self.field.dark)


def recloser(*dead_times_s: float) -> dict[str, Any]:
    return {"reclose_delays_s": dead_times_s}


def with_points(network: Network, *points: tuple[str, Signal]) -> Network:
    added = tuple(
        Point(id=f"{e}.{s}", link=LinkId("rtu"), element=e, signal=s, node_id=f"{e}.{s}")
        for e, s in points
    )
    return build_network(replace(network.components, points=(*network.components.points, *added)))
