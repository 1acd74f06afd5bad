"""One feeder while it is being built: its ids, its places, its devices."""

import math
from dataclasses import dataclass, field
from enum import StrEnum

from gridops.city.equipment import (
    BREAKER_A,
    BREAKER_FAILURES,
    BREAKER_REPAIR_S,
    FUSE_BODY_A,
    SWITCH_A,
    Conductor,
)
from gridops.city.layout import Place, placed
from gridops.city.yard import Yard
from gridops.ids import FeederId, LinkId, NodeId, SwitchId
from gridops.measurement import Position
from gridops.network import BranchKind, Control, IndicatorKind, NodeKind, Switch, SwitchKind


class Automation(StrEnum):
    """How far telecontrol goes on a feeder beyond its head."""

    FULL = "full"
    PARTIAL = "partial"
    END = "end"
    """Only where its last tie is."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederSite:
    """What is decided about a feeder before it is built."""

    station: int
    position: int
    """Counted round the station from 0; neighbours are fed by different transformers."""
    station_name: str
    line_number: int
    busbar: NodeId
    origin: Place
    angle: float
    half_angle: float
    """Half of the sector that is this feeder's."""
    reach_m: float
    is_cable: bool
    automation: Automation
    ward: str
    area_link: LinkId
    station_link: LinkId
    seconds_crew: float
    in_centre: bool

    @property
    def prefix(self) -> str:
        """Begins the id of everything on the feeder: `E1.9-471`."""
        return f"{self.station_name}-{self.line_number}"

    @property
    def feeder(self) -> FeederId:
        return FeederId(f"{self.line_number}-{self.station_name}")

    @property
    def key(self) -> tuple[int, int]:
        """What its draws are keyed with."""
        return self.station, self.position

    def at(self, out_m: float, aside_m: float) -> Place:
        """A place `out_m` from the station along the feeder, `aside_m` to its left."""
        east, north = math.cos(self.angle), math.sin(self.angle)
        return placed(
            self.origin[0] + out_m * east - aside_m * north,
            self.origin[1] + out_m * north + aside_m * east,
        )

    def half_width_m(self, out_m: float) -> float:
        return out_m * math.tan(min(self.half_angle, math.pi / 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class TieEnd:
    """A place of a feeder where a tie may begin: a ring main unit or a pole."""

    works: "FeederWorks"
    node: NodeId
    is_ring_main_unit: bool
    is_remote: bool


@dataclass(slots=True)
class FeederWorks:
    """Builds one feeder into the yard; counts what it names."""

    yard: Yard
    site: FeederSite
    served: list[NodeId] = field(default_factory=list)
    """Nodes with a service transformer, in the order of building."""
    fused: list[tuple[int, range]] = field(default_factory=list)
    """Place of each fuse among the switches, and what of `served` is behind it."""
    counted: dict[str, int] = field(default_factory=dict)

    def number(self, kind: str) -> int:
        self.counted[kind] = self.counted.get(kind, 0) + 1
        return self.counted[kind]

    def share(self, purpose: str, *index: int) -> float:
        return self.yard.dice.share(purpose, *self.site.key, *index)

    def node(self, place: Place, *, kind: NodeKind, letter: str, name: str = "") -> NodeId:
        number = self.number(letter)
        site = self.site
        text = f"{name or letter} {number} {site.line_number} {site.station_name}"
        return self.yard.node(f"{site.prefix}-{letter}{number}", place, kind=kind, name=text)

    def terminal(self, switch: str, place: Place, *, side: str) -> NodeId:
        """The point between a switch and the line that it separates."""
        return self.yard.node(
            f"{switch}.{side}", place, kind=NodeKind.TERMINAL, name=f"{switch} {side}"
        )

    def head(self) -> NodeId:
        """The feeder breaker; returns its line side."""
        site, plan = self.site, self.yard.plan
        out = self.terminal(site.prefix, site.origin, side="out")
        self.yard.switch(
            Switch(
                id=SwitchId(site.prefix),
                name=f"MC {site.line_number} {site.station_name}",
                kind=SwitchKind.BREAKER,
                node_a=site.busbar,
                node_b=out,
                normal_position=Position.CLOSED,
                control=Control.REMOTE,
                operating_time_s=plan.seconds_breaker,
                feeder=site.feeder,
                current_a_rated=BREAKER_A,
                pickup_current_a=plan.head_pickup_a,
                trip_delay_s=plan.head_delay_s,
                reclose_delays_s=() if site.is_cable else plan.reclose_delays_s,
                lockout_point=True,
                failures_per_year=BREAKER_FAILURES,
                repair_time_s=BREAKER_REPAIR_S,
            ),
            link=site.station_link,
        )
        return out

    def load_break_switch(
        self, ident: str, ends: tuple[NodeId, NodeId], *, remote: bool, is_open: bool = False
    ) -> None:
        plan, dice = self.yard.plan, self.yard.dice
        key = (*self.site.key, self.number("lbs"))
        fitted = plan.indicator_remote_share if remote else plan.indicator_crew_share
        has_indicator = dice.happens("indicator", *key, chance=fitted)
        self.yard.switch(
            Switch(
                id=SwitchId(ident),
                name=f"LBS {ident.removeprefix(self.site.station_name + '-')} {self.site.ward}",
                kind=SwitchKind.LOAD_BREAK_SWITCH,
                node_a=ends[0],
                node_b=ends[1],
                normal_position=Position.OPEN if is_open else Position.CLOSED,
                control=Control.REMOTE if remote else Control.CREW,
                operating_time_s=plan.seconds_remote if remote else self.site.seconds_crew,
                indicator=IndicatorKind.NON_DIRECTIONAL if has_indicator else IndicatorKind.NONE,
                current_a_rated=SWITCH_A,
            ),
            link=self.site.area_link,
        )

    def recloser(self, ends: tuple[NodeId, NodeId], *, delay_s: float, remote: bool) -> None:
        plan, site = self.yard.plan, self.site
        number = self.number("REC")
        self.yard.switch(
            Switch(
                id=SwitchId(f"{site.prefix}-REC{number}"),
                name=f"Recloser {number} {site.line_number} {site.ward}",
                kind=SwitchKind.RECLOSER,
                node_a=ends[0],
                node_b=ends[1],
                normal_position=Position.CLOSED,
                control=Control.REMOTE if remote else Control.CREW,
                operating_time_s=plan.seconds_breaker if remote else site.seconds_crew,
                indicator=IndicatorKind.NON_DIRECTIONAL if remote else IndicatorKind.NONE,
                current_a_rated=SWITCH_A,
                pickup_current_a=plan.recloser_pickup_a,
                trip_delay_s=delay_s,
                reclose_delays_s=plan.reclose_delays_s,
                lockout_point=remote,
                failures_per_year=BREAKER_FAILURES,
                repair_time_s=BREAKER_REPAIR_S,
            ),
            link=site.area_link,
        )

    def fuse(self, ends: tuple[NodeId, NodeId]) -> int:
        """Its place among the switches: the melting current waits for the load behind it."""
        site = self.site
        number = self.number("F")
        self.yard.switch(
            Switch(
                id=SwitchId(f"{site.prefix}-F{number}"),
                name=f"FCO {number} {site.line_number} {site.ward}",
                kind=SwitchKind.FUSE,
                node_a=ends[0],
                node_b=ends[1],
                normal_position=Position.CLOSED,
                control=Control.CREW,
                operating_time_s=site.seconds_crew,
                current_a_rated=FUSE_BODY_A,
                trip_delay_s=self.yard.plan.fuse_delay_s,
            ),
            link=site.area_link,
        )
        return len(self.yard.switches) - 1

    def tie_middle(self, place: Place, *, of: Conductor) -> NodeId:
        """A joint or pole half way along a tie."""
        if of.kind is BranchKind.CABLE:
            return self.node(place, kind=NodeKind.JOINT, letter="J", name="Mối nối")
        return self.node(place, kind=NodeKind.POLE, letter="P", name="Cột")

    def next_fuse(self) -> str:
        """The id that the next fuse will have."""
        return f"{self.site.prefix}-F{self.counted.get('F', 0) + 1}"

    def line(self, ends: tuple[NodeId, NodeId], *, of: Conductor) -> None:
        number = self.number("L")
        site = self.site
        word = "Cáp" if of.kind is BranchKind.CABLE else "ĐZ"
        name = f"{word} {number} {site.line_number} {site.station_name}"
        self.yard.line(f"{site.prefix}-L{number}", ends, of=of, name=name)
