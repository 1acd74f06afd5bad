"""A primary substation: two transformers, each with an infeed and a busbar of its own.

source - C11 [131] T1 [431] C41 [471] [473] ...      C41 (412) C42
source - C12 [132] T2 [432] C42 [472] [474] ...
"""

import math
from dataclasses import dataclass

from gridops.city.equipment import (
    BREAKER_FAILURES,
    BREAKER_REPAIR_S,
    BUSBAR_FAILURES,
    BUSBAR_REPAIR_S,
    STATION_TRANSFORMER_FAILURES,
    STATION_TRANSFORMER_REPAIR_S,
    STATION_TRANSFORMERS,
    TAP_STEP_PU,
    TAPS,
    VOLTAGE_V,
    VOLTAGE_V_HIGH,
    VOLTAGE_V_RATED_HIGH,
    VOLTAGE_V_RATED_LOW,
    StationTransformer,
)
from gridops.city.layout import Place, placed
from gridops.city.plan import CityPlan
from gridops.city.yard import Yard
from gridops.ids import BranchId, LinkId, NodeId, ShuntId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import (
    Control,
    Link,
    Node,
    NodeKind,
    Shunt,
    Source,
    Switch,
    SwitchKind,
    Transformer,
)

BAY_M = 15.0
PICKUP_OF_RATED = 1.3
INCOMER_DELAY_S, COUPLER_DELAY_S, HIGH_SIDE_DELAY_S = 0.9, 0.7, 1.2
HIGH_SIDE_A = 1250.0
SHORT_CIRCUIT_VA_STEP = 1e7


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSite:
    index: int
    name: str
    place: Place
    power_w: tuple[float, float]
    """What the feeders of each busbar draw."""
    link: LinkId


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trip:
    pickup_a: float
    delay_s: float


@dataclass(frozen=True, slots=True)
class StationWorks:
    """Builds one station into the yard."""

    yard: Yard
    site: StationSite

    def build(self) -> tuple[NodeId, NodeId]:
        """Returns the two 22 kV busbars."""
        name = self.site.name
        uri = f"urn:gridops:city:{name.lower()}"
        self.yard.links.append(Link(id=self.site.link, name=f"RTU trạm {name}", namespace_uri=uri))
        one, two = self._half(1), self._half(2)
        largest = STATION_TRANSFORMERS[-1]
        trip = _trip(largest, volts=VOLTAGE_V, delay_s=COUPLER_DELAY_S)
        rated_a = largest.incomer_current_a
        self._breaker("412", (one, two), rated_a=rated_a, trip=trip, is_open=True)
        return one, two

    def _half(self, number: int) -> NodeId:
        """One infeed, transformer and busbar."""
        at = placed(self.site.place[0] + BAY_M * (2 * number - 3), self.site.place[1])
        high = self._node(f"C1{number}", at, volts=VOLTAGE_V_HIGH)
        top = self._node(f"T{number}.h", at, volts=VOLTAGE_V_HIGH)
        low = self._node(f"T{number}.l", at, volts=VOLTAGE_V)
        busbar = self._node(f"C4{number}", at, volts=VOLTAGE_V)
        size = self._size(number)
        self._transformer(number, (top, low), size=size)
        trip = _trip(size, volts=VOLTAGE_V_HIGH, delay_s=HIGH_SIDE_DELAY_S)
        self._breaker(f"13{number}", (high, top), rated_a=HIGH_SIDE_A, trip=trip)
        trip = _trip(size, volts=VOLTAGE_V, delay_s=INCOMER_DELAY_S)
        self._breaker(f"43{number}", (low, busbar), rated_a=size.incomer_current_a, trip=trip)
        self._source(number, high)
        self.yard.shunts.append(
            Shunt(
                id=ShuntId(f"{self.site.name}-TBN{number}"),
                name=f"Tụ bù {number} {self.site.name}",
                node=busbar,
                q_var=-float(round(self.yard.plan.capacitor_share * size.power_va_rated)),
            )
        )
        return busbar

    def _node(self, number: str, at: Place, *, volts: float) -> NodeId:
        name, is_busbar = self.site.name, number.startswith("C")
        ident = NodeId(f"{name}-{number}")
        if is_busbar:
            self.yard.link_of[ident] = self.site.link
        node = Node(
            id=ident,
            name=f"Thanh cái {number} {name}" if is_busbar else f"MBA {number} {name}",
            kind=NodeKind.BUSBAR if is_busbar else NodeKind.TERMINAL,
            voltage_v_nominal=volts,
            station=name,
            failures_per_year=BUSBAR_FAILURES if is_busbar else None,
            repair_time_s=BUSBAR_REPAIR_S if is_busbar else None,
        )
        return self.yard.add_node(node, at)

    def _source(self, number: int, node: NodeId) -> None:
        plan, name = self.yard.plan, self.site.name
        span = plan.source_short_circuit_va
        behind_va = self.yard.dice.between("behind", self.site.index, number, span=span)
        self.yard.sources.append(
            Source(
                id=SourceId(f"{name}-N{number}"),
                name=f"Nguồn 110 kV {number} {name}",
                node=node,
                voltage_pu=plan.source_voltage_pu,
                short_circuit_va=round(behind_va / SHORT_CIRCUIT_VA_STEP) * SHORT_CIRCUIT_VA_STEP,
            )
        )

    def _size(self, number: int) -> StationTransformer:
        plan = self.yard.plan
        drawn_va = self.site.power_w[number - 1] / plan.power_factor
        small, large = STATION_TRANSFORMERS
        return small if drawn_va <= plan.station_loading_pu * small.power_va_rated else large

    def _transformer(
        self, number: int, ends: tuple[NodeId, NodeId], *, size: StationTransformer
    ) -> None:
        name = self.site.name
        self.yard.transformers.append(
            Transformer(
                id=BranchId(f"{name}-T{number}"),
                name=f"MBA T{number} {name} {size.power_va_rated / 1e6:g} MVA",
                from_node=ends[0],
                to_node=ends[1],
                power_va_rated=size.power_va_rated,
                voltage_v_from=VOLTAGE_V_RATED_HIGH,
                voltage_v_to=VOLTAGE_V_RATED_LOW,
                short_circuit_voltage_pu=size.short_circuit_voltage_pu,
                copper_loss_w=size.copper_loss_w,
                iron_loss_w=size.iron_loss_w,
                no_load_current_pu=size.no_load_current_pu,
                tap_position=tap_for(self.yard.plan, self.site.power_w[number - 1], size=size),
                tap_min=-TAPS,
                tap_max=TAPS,
                tap_step_pu=TAP_STEP_PU,
                failures_per_year=STATION_TRANSFORMER_FAILURES,
                repair_time_s=STATION_TRANSFORMER_REPAIR_S,
            )
        )

    def _breaker(
        self,
        number: str,
        ends: tuple[NodeId, NodeId],
        *,
        rated_a: float,
        trip: _Trip,
        is_open: bool = False,
    ) -> None:
        self.yard.switch(
            Switch(
                id=SwitchId(f"{self.site.name}-{number}"),
                name=f"MC {number} {self.site.name}",
                kind=SwitchKind.BREAKER,
                node_a=ends[0],
                node_b=ends[1],
                normal_position=Position.OPEN if is_open else Position.CLOSED,
                control=Control.REMOTE,
                operating_time_s=self.yard.plan.seconds_breaker,
                current_a_rated=rated_a,
                pickup_current_a=trip.pickup_a,
                trip_delay_s=trip.delay_s,
                lockout_point=True,
                failures_per_year=BREAKER_FAILURES,
                repair_time_s=BREAKER_REPAIR_S,
            ),
            link=self.site.link,
        )


def _trip(size: StationTransformer, *, volts: float, delay_s: float) -> _Trip:
    rated_a = size.power_va_rated / (math.sqrt(3) * volts)
    return _Trip(pickup_a=float(round(PICKUP_OF_RATED * rated_a, -1)), delay_s=delay_s)


def tap_for(plan: CityPlan, power_w: float, *, size: StationTransformer) -> int:
    """The tap that brings the busbar nearest to its voltage at full load.

    Drop at a short-circuit impedance, to the second order in per unit of the rating:
    p r + q x + (p x - q r)^2 / 2.
    """
    r_pu = size.copper_loss_w / size.power_va_rated
    x_pu = math.sqrt(size.short_circuit_voltage_pu**2 - r_pu**2)
    reactive = math.sqrt(1.0 - plan.power_factor**2) / plan.power_factor
    p_pu = power_w / size.power_va_rated
    q_pu = p_pu * reactive - plan.capacitor_share - plan.charging_share
    drop = p_pu * r_pu + q_pu * x_pu + (p_pu * x_pu - q_pu * r_pu) ** 2 / 2
    ratio = (VOLTAGE_V_HIGH / VOLTAGE_V_RATED_HIGH) * (VOLTAGE_V_RATED_LOW / VOLTAGE_V)
    unloaded = plan.source_voltage_pu * ratio
    return round((unloaded / (plan.busbar_voltage_pu + drop) - 1.0) / TAP_STEP_PU)
