"""Circuit E11 of ESB Networks: each line of the source's table becomes a line or a switch.

Nodes and lines keep the source's numbers; of the switches those that the utility names keep their
names, fuses are `F<number>`, solid links `K<number>`.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from gridops.adapters.grid_files import About
from gridops.adapters.reference_grids.esb_facts import (
    ASDU,
    ASSUMPTIONS,
    BRIDGED_FUSES,
    CONDUCTORS,
    EARTH_FAULT_RELAYS,
    INDICATORS,
    LICENCE,
    SOURCE,
    TITLE,
    VOLTAGE_DETECTORS,
)
from gridops.ids import BranchId, FeederId, LinkId, LoadId, NodeId, PointId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import (
    Branch,
    BranchKind,
    Components,
    Control,
    IndicatorKind,
    Link,
    Load,
    Node,
    NodeKind,
    Point,
    Signal,
    Source,
    Switch,
    SwitchKind,
)

VOLTAGE_V = 20_000.0
HEAD_NODE = "PASSAGHE E_978"
BUSBAR = "E11.bus"
TIE_NODES = {"R584": "100078799", "S695": "506257892", "S697": "S697.b"}
"""Of each tie the node towards the neighbouring circuit."""
S697_NODE = "506202696"
STATION = "STN"
BREAKS_S, CREW_S, REMOTE_S = 3.0, 2400.0, 12.0
RATED_A = 630.0
SHORT_CIRCUIT_VA, SOURCE_PU = 150e6, 1.03
TAN_PHI = 0.3287
"""Of a power factor of 0.95."""
NAMED = {
    "Nu-Lec N Series": SwitchKind.RECLOSER,
    "Cooper Form 4": SwitchKind.RECLOSER,
    "Soule": SwitchKind.LOAD_BREAK_SWITCH,
}
PICKUP_A = {"R518": 180.0, "R584": 180.0, "NULEC-P53": 120.0}
TRIP_S = {"R518": 0.25, "R584": 0.25, "NULEC-P53": 0.1}
RECLOSE_S = (5.0,)
LOCAL_ONLY = ("NULEC-P53", "R584", "S695")
"""Without an address in the source."""

Row = Mapping[str, str]


def esb_e11(edges: str) -> tuple[Components, About]:
    """The grid that the table `edges` (CSV, one line of the source a row) describes, with what
    `esb_facts` assumes. Deterministic. Raises: KeyError for a table of another shape."""
    grid = _Conversion(tuple(csv.DictReader(io.StringIO(edges))))
    about = About(title=TITLE, licence=LICENCE, source=SOURCE, assumptions=ASSUMPTIONS)
    return grid.components(), about


@dataclass(frozen=True)
class _Conversion:
    rows: tuple[Row, ...]

    def components(self) -> Components:
        switches = tuple(self._switches())
        return Components(
            name="esb_e11",
            nodes=tuple(self._nodes()),
            branches=tuple(_branch(row) for row in self.rows if not row["equipment_type"]),
            switches=switches,
            sources=tuple(_sources()),
            loads=tuple(self._loads()),
            links=tuple(_link(switch) for switch in switches if _is_heard(switch)),
            points=tuple(_points(switches)),
        )

    @cached_property
    def _node_ids(self) -> list[str]:
        ends = (row[end] for row in self.rows for end in ("from_node", "to_node"))
        return list(dict.fromkeys(ends))

    def _nodes(self) -> Iterator[Node]:
        yield _node(BUSBAR, "20 kV busbar of Kilcarragh", kind=NodeKind.BUSBAR)
        for ident in self._node_ids:
            if ident.startswith(STATION):
                yield _node(ident, f"Station {ident.removeprefix('STN-')}", kind=NodeKind.STATION)
            else:
                yield _node(ident, f"Pole {ident}", kind=NodeKind.POLE)
        yield _node(TIE_NODES["S697"], "S697, far side", kind=NodeKind.POLE)
        for tie in TIE_NODES:
            yield _node(f"{tie}.bus", f"Neighbouring circuit beyond {tie}", kind=NodeKind.BUSBAR)

    def _switches(self) -> Iterator[Switch]:
        yield _breaker("CB_E11", "Breaker E11 Passage East", feeder="E11", to=HEAD_NODE)
        for row in self.rows:
            if row["equipment_name"] == "Solid Links" or row["section"] in BRIDGED_FUSES:
                yield _link_of_wire(row)
            elif row["equipment_type"] == "Fuse":
                yield _fuse(row)
            elif row["equipment_type"]:
                yield _named(row)
        yield _load_break("S697", S697_NODE, other=TIE_NODES["S697"], is_tie=True)
        for tie, node in TIE_NODES.items():
            name = f"Breaker of the circuit beyond {tie}"
            yield _breaker(f"CB_{tie}", name, feeder=f"N_{tie}", to=node, busbar=f"{tie}.bus")

    def _loads(self) -> Iterator[Load]:
        feeding = self._feeding_conductor
        for ident in self._node_ids:
            if not ident.startswith(STATION):
                continue
            p_w, customers = (6e3, 4) if "1Ph" in feeding[ident] else (40e3, 25)
            yield Load(
                id=LoadId(f"LD-{ident.removeprefix('STN-')}"),
                name=f"Station {ident.removeprefix('STN-')}",
                node=NodeId(ident),
                p_w=p_w,
                q_var=round(p_w * TAN_PHI, 1),
                customers=customers,
                area="Passage East",
            )

    @cached_property
    def _feeding_conductor(self) -> Mapping[str, str]:
        """The conductor of the line by which each node is reached from the head; the one before
        it where that is a switch."""
        joined: dict[str, list[Row]] = {}
        for row in self.rows:
            for end in ("from_node", "to_node"):
                joined.setdefault(row[end], []).append(row)
        reached, waiting = {HEAD_NODE: ""}, [HEAD_NODE]
        while waiting:
            node = waiting.pop()
            for row in joined[node]:
                other = row["to_node"] if row["from_node"] == node else row["from_node"]
                if other not in reached:
                    switch = bool(row["equipment_type"])
                    reached[other] = reached[node] if switch else row["conductor"]
                    waiting.append(other)
        return reached


def _node(ident: str, name: str, *, kind: NodeKind) -> Node:
    return Node(id=NodeId(ident), name=name, kind=kind, voltage_v_nominal=VOLTAGE_V)


def _branch(row: Row) -> Branch:
    size = " ".join(row["conductor"].split()[:2])
    conductor = CONDUCTORS.get(size) or CONDUCTORS[row["conductor"].split()[0]]
    underground = row["conductor"].endswith("UG")
    km = float(row["length_m"]) / 1e3
    return Branch(
        id=BranchId(row["section"]),
        name=row["conductor"],
        kind=BranchKind.CABLE if underground else BranchKind.OVERHEAD,
        from_node=NodeId(row["from_node"]),
        to_node=NodeId(row["to_node"]),
        length_m=float(row["length_m"]),
        r_ohm=round(conductor.r_ohm_per_km * km, 9),
        x_ohm=round(conductor.x_ohm_per_km * km, 9),
        c_f=round(conductor.c_f_per_km * km, 18),
        current_a_max=conductor.current_a_max,
    )


def _breaker(ident: str, name: str, *, feeder: str, to: str, busbar: str = BUSBAR) -> Switch:
    indicated = ident in INDICATORS
    return Switch(
        id=SwitchId(ident),
        name=name,
        kind=SwitchKind.BREAKER,
        node_a=NodeId(busbar),
        node_b=NodeId(to),
        normal_position=Position.CLOSED,
        control=Control.REMOTE,
        operating_time_s=BREAKS_S,
        feeder=FeederId(feeder),
        indicator=IndicatorKind.NON_DIRECTIONAL if indicated else IndicatorKind.NONE,
        indicator_needs_voltage_loss=indicated,
        current_a_rated=RATED_A,
        pickup_current_a=250.0,
        trip_delay_s=0.5,
        lockout_point=True,
    )


def _fuse(row: Row) -> Switch:
    rating_a = float(row["rating_a"])
    return Switch(
        id=SwitchId(f"F{row['section']}"),
        name=f"Fuse {row['section']}, {rating_a:g} A",
        kind=SwitchKind.FUSE,
        node_a=NodeId(row["from_node"]),
        node_b=NodeId(row["to_node"]),
        normal_position=Position.CLOSED,
        control=Control.CREW,
        operating_time_s=CREW_S,
        current_a_rated=rating_a,
        pickup_current_a=2 * rating_a,
        trip_delay_s=0.05,
    )


def _link_of_wire(row: Row) -> Switch:
    return Switch(
        id=SwitchId(f"K{row['section']}"),
        name=f"Solid links {row['section']}",
        kind=SwitchKind.DISCONNECTOR,
        node_a=NodeId(row["from_node"]),
        node_b=NodeId(row["to_node"]),
        normal_position=Position.CLOSED,
        control=Control.CREW,
        operating_time_s=CREW_S,
        current_a_rated=RATED_A,
    )


def _named(row: Row) -> Switch:
    ident = row["scada_id"]
    if NAMED[row["equipment_name"]] is SwitchKind.LOAD_BREAK_SWITCH:
        return _load_break(ident, row["from_node"], other=row["to_node"], is_tie=ident in TIE_NODES)
    indicated = ident in INDICATORS
    remote = ident not in LOCAL_ONLY
    return Switch(
        id=SwitchId(ident),
        name=f"Recloser {ident}",
        kind=SwitchKind.RECLOSER,
        node_a=NodeId(row["from_node"]),
        node_b=NodeId(row["to_node"]),
        normal_position=Position.OPEN if ident in TIE_NODES else Position.CLOSED,
        control=Control.REMOTE if remote else Control.CREW,
        operating_time_s=BREAKS_S if remote else CREW_S,
        indicator=IndicatorKind.NON_DIRECTIONAL if indicated else IndicatorKind.NONE,
        indicator_needs_voltage_loss=indicated,
        current_a_rated=float(row["rating_a"]),
        pickup_current_a=PICKUP_A[ident],
        trip_delay_s=TRIP_S[ident],
        reclose_delays_s=RECLOSE_S,
        lockout_point=remote,
    )


def _load_break(ident: str, node: str, *, other: str, is_tie: bool) -> Switch:
    indicated, remote = ident in INDICATORS, ident not in LOCAL_ONLY
    return Switch(
        id=SwitchId(ident),
        name=f"Load-break switch {ident}",
        kind=SwitchKind.LOAD_BREAK_SWITCH,
        node_a=NodeId(node),
        node_b=NodeId(other),
        normal_position=Position.OPEN if is_tie else Position.CLOSED,
        control=Control.REMOTE if remote else Control.CREW,
        operating_time_s=REMOTE_S if remote else CREW_S,
        indicator=IndicatorKind.NON_DIRECTIONAL if indicated else IndicatorKind.NONE,
        indicator_needs_voltage_loss=indicated,
        current_a_rated=RATED_A,
    )


def _sources() -> Iterator[Source]:
    for ident, name, node in (
        ("KILCARRAGH", "Kilcarragh substation", BUSBAR),
        *((f"N_{tie}", f"Circuit beyond {tie}", f"{tie}.bus") for tie in TIE_NODES),
    ):
        yield Source(
            id=SourceId(ident),
            name=name,
            node=NodeId(node),
            voltage_pu=SOURCE_PU,
            short_circuit_va=SHORT_CIRCUIT_VA,
        )


def _is_heard(switch: Switch) -> bool:
    return switch.control is Control.REMOTE


def _link(switch: Switch) -> Link:
    """Every device has an RTU of its own on the radio."""
    address = ASDU.get(switch.id)
    told = f", ASDU {address}" if address is not None else ""
    return Link(
        id=LinkId(f"RTU-{switch.id}"),
        name=f"RTU of {switch.id}{told}",
        namespace_uri=f"urn:gridops:esb_e11:{switch.id.lower()}",
    )


def _points(switches: tuple[Switch, ...]) -> Iterator[Point]:
    yield _point("CB_E11", BUSBAR, signal=Signal.VOLTAGE)
    for switch in filter(_is_heard, switches):
        signals = [Signal.POSITION, Signal.COMMAND]
        if switch.indicator is not IndicatorKind.NONE:
            signals.append(Signal.FAULT_FLAG)
        if switch.id in VOLTAGE_DETECTORS:
            signals.append(Signal.VOLTAGE_LOSS)
        if switch.protects:
            signals += [Signal.PROTECTION, Signal.LOCKOUT, Signal.CURRENT]
        if switch.id in EARTH_FAULT_RELAYS:
            signals.append(Signal.EARTH_FAULT)
        for signal in signals:
            yield _point(switch.id, switch.id, signal=signal)


def _point(rtu: str, element: str, *, signal: Signal) -> Point:
    name = f"{element}.{signal}"
    return Point(
        id=PointId(name), link=LinkId(f"RTU-{rtu}"), element=element, signal=signal, node_id=name
    )
