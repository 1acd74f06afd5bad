"""What has been built so far, and how one element joins it."""

from dataclasses import dataclass, field

from gridops.city.dice import Dice
from gridops.city.equipment import VOLTAGE_V, Conductor
from gridops.city.layout import Place, degrees, distance_m
from gridops.city.plan import CityPlan
from gridops.ids import BranchId, LinkId, NodeId, SwitchId
from gridops.network import (
    Branch,
    Generator,
    Link,
    Load,
    Node,
    NodeKind,
    Shunt,
    Source,
    Switch,
    Transformer,
)

LENGTH_M_MIN = 5.0
IMPEDANCE_DIGITS, CAPACITANCE_DIGITS, RATE_DIGITS = 6, 13, 6


@dataclass(slots=True)
class Yard:
    """Grows element by element; the order of building is the order of the files."""

    plan: CityPlan
    dice: Dice
    nodes: list[Node] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    transformers: list[Transformer] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    generators: list[Generator] = field(default_factory=list)
    shunts: list[Shunt] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    place_of: dict[NodeId, Place] = field(default_factory=dict)
    link_of: dict[str, LinkId] = field(default_factory=dict)
    """Switch, or node with a voltage point -> the server that has its points."""

    def node(
        self, ident: str, place: Place, *, kind: NodeKind, name: str, station: str = ""
    ) -> NodeId:
        """A 22 kV node."""
        return self.add_node(
            Node(
                id=NodeId(ident),
                name=name,
                kind=kind,
                voltage_v_nominal=VOLTAGE_V,
                station=station,
            ),
            place,
        )

    def add_node(self, node: Node, place: Place) -> NodeId:
        """The node with coordinates from its place."""
        longitude, latitude = degrees(place, self.plan)
        self.nodes.append(
            Node(
                id=node.id,
                name=node.name,
                kind=node.kind,
                voltage_v_nominal=node.voltage_v_nominal,
                station=node.station,
                longitude_deg=longitude,
                latitude_deg=latitude,
                failures_per_year=node.failures_per_year,
                repair_time_s=node.repair_time_s,
            )
        )
        self.place_of[node.id] = place
        return node.id

    def line(self, ident: str, ends: tuple[NodeId, NodeId], *, of: Conductor, name: str) -> None:
        """Its length follows from the places of its ends, all else from its length."""
        straight_m = distance_m(self.place_of[ends[0]], self.place_of[ends[1]])
        length_m = max(LENGTH_M_MIN, round(straight_m * of.route_factor, 1))
        km = length_m / 1e3
        self.branches.append(
            Branch(
                id=BranchId(ident),
                name=name,
                kind=of.kind,
                from_node=ends[0],
                to_node=ends[1],
                length_m=length_m,
                r_ohm=round(of.r_ohm_per_km * km, IMPEDANCE_DIGITS),
                x_ohm=round(of.x_ohm_per_km * km, IMPEDANCE_DIGITS),
                c_f=round(of.c_f_per_km * km, CAPACITANCE_DIGITS),
                current_a_max=of.current_a_max,
                current_a_emergency=of.current_a_emergency,
                failures_per_year=round(of.failures_per_km * km, RATE_DIGITS),
                repair_time_s=of.repair_time_s,
            )
        )

    def switch(self, switch: Switch, *, link: LinkId) -> SwitchId:
        self.switches.append(switch)
        self.link_of[switch.id] = link
        return switch.id
