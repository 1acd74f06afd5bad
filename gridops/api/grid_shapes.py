"""The grid's answer, field by field; see `shapes`."""

from typing import Literal

from pydantic import Field

from gridops.api.shapes import Shape
from gridops.network import Control, IndicatorKind, NodeKind, SwitchKind


class NodeShape(Shape):
    id: str
    name: str
    kind: NodeKind
    x: float
    y: float
    """Downwards."""
    station: str | None
    section: str
    longitude_deg: float | None
    latitude_deg: float | None


class BranchShape(Shape):
    id: str
    name: str
    kind: Literal["cable", "overhead", "transformer"]
    begin: str = Field(alias="from")
    to: str
    section: str
    length_m: float


class GridSwitchShape(Shape):
    id: str
    name: str
    kind: SwitchKind
    a: str
    b: str
    control: Control
    feeder: str | None
    """Set on the head of a feeder."""
    indicator: IndicatorKind
    tie: bool
    normal: Literal["open", "closed"]
    sections: list[str]
    current_a_rated: float


class LoadShape(Shape):
    id: str
    name: str


class GridSectionShape(Shape):
    id: str
    customers: int
    p_w: float
    nodes: list[str]
    branches: list[str]
    loads: list[LoadShape]


class GridFeederShape(Shape):
    id: str
    name: str
    head: str
    customers: int


class GridShape(Shape):
    name: str
    fingerprint: str
    customers: int
    frequency_hz: float
    nodes: list[NodeShape]
    branches: list[BranchShape]
    switches: list[GridSwitchShape]
    sections: list[GridSectionShape]
    feeders: list[GridFeederShape]
