"""pandapower net -> components. Numbers of the source stay visible in the ids.

Bus 12 is node `12`, line 7 branch `L7`, transformer 114 branch `T114`, switch 14 `SW14`,
load 3 `LD3`, external grid 0 `E0`. A line switch of pandapower sits between a bus and its
line; here it becomes a switch between two nodes, so that line end gets a node of its own:
`L7.12` is the end of line 7 at bus 12.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gridops.errors import GridUnreadable
from gridops.ids import BranchId, LoadId, NodeId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import (
    Branch,
    BranchKind,
    Components,
    Control,
    Load,
    Node,
    NodeKind,
    Source,
    Switch,
    SwitchKind,
    Transformer,
)

SHORT_CIRCUIT_VA_DEFAULT = 3e9
OPERATING_TIME_S_CREW = 1800.0
CURRENT_A_RATED_DEFAULT = 630.0
CURRENT_A_UNLIMITED = 1e5
"""pandapower writes 99999 kA for a line without a rating; we cap it to something finite."""
TERMINAL_OFFSET = 0.15
"""How far along its line a terminal is drawn."""
SIGNIFICANT_DIGITS = 12

_CONNECTING = ("trafo3w", "impedance", "dcline", "tcsc", "ssc", "vsc", "line_dc")
_DROPPED = (
    "sgen",
    "gen",
    "shunt",
    "ward",
    "xward",
    "motor",
    "storage",
    "asymmetric_load",
    "asymmetric_sgen",
    "svc",
)
_SWITCH_KINDS = {
    "CB": SwitchKind.BREAKER,
    "LBS": SwitchKind.LOAD_BREAK_SWITCH,
    "LS": SwitchKind.LOAD_BREAK_SWITCH,
    "DS": SwitchKind.DISCONNECTOR,
}


@dataclass(slots=True)
class _Import:
    """What comes together while the tables are walked."""

    net: Any
    nodes: dict[NodeId, Node] = field(default_factory=dict)
    terminals: dict[tuple[str, int, int], NodeId] = field(default_factory=dict)
    """(`l` or `t`, element, bus) -> the node between that element and its switch."""
    assumptions: list[str] = field(default_factory=list)

    def end(self, letter: str, element: int, *, bus: int) -> NodeId:
        return self.terminals.get((letter, element, bus), NodeId(str(bus)))


def from_pandapower(net: Any) -> tuple[Components, tuple[str, ...]]:
    """The grid of a pandapower net, and what was assumed or left out, one sentence each.

    Deterministic: the same net gives equal components. Loads carry their scaling; parallel
    lines and transformers are folded into one. Devices get neutral defaults (crew operated,
    no protection, no indicator, no points, no customers): see `enrichment`.

    Raises: GridUnreadable for elements that join buses and that the format cannot express
        (three-winding transformers, impedances, DC lines).
    """
    work = _Import(net)
    _refuse_what_cannot_be_said(work)
    work.nodes = {node.id: node for node in _bus_nodes(work)}
    _add_terminals(work)
    components = Components(
        name=_ascii_name(str(net.name)),
        frequency_hz=float(net.f_hz),
        branches=tuple(_branches(work)),
        transformers=tuple(_transformers(work)),
        switches=tuple(_switches(work)),
        sources=tuple(_sources(work)),
        loads=tuple(_loads(work)),
        nodes=tuple(work.nodes.values()),
    )
    _tell_what_is_left_out(work)
    return components, tuple(work.assumptions)


def _rounded(value: float) -> float:
    """12 significant digits: beyond them, machines differ in the last bit."""
    return float(f"{float(value):.{SIGNIFICANT_DIGITS}g}")


def _given(value: object, default: float) -> float:
    """`default` where pandapower has NaN, None or nothing."""
    if value is None:
        return default
    number = float(str(value))
    return default if math.isnan(number) else number


def _ascii_name(name: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower())
    return kept.strip("_") or "imported"


def _rows(net: Any, table: str) -> Iterator[tuple[int, Any]]:
    """Rows of a table that are in service, in the order of their numbers."""
    frame = net[table].sort_index()
    for number, row in zip(frame.index, frame.itertuples(index=False), strict=True):
        if bool(getattr(row, "in_service", True)):
            yield int(number), row


def _is_served(work: _Import, table: str, *, number: int, buses: tuple[int, ...]) -> bool:
    """Whether all of its buses are in service; if not, says that it is left out."""
    if all(NodeId(str(int(bus))) in work.nodes for bus in buses):
        return True
    work.assumptions.append(f"Row {number} of table {table} is at a bus out of service: left out.")
    return False


def _refuse_what_cannot_be_said(work: _Import) -> None:
    found = [
        f"{len(work.net[table])} {table}"
        for table in _CONNECTING
        if table in work.net and len(work.net[table])
    ]
    if found:
        raise GridUnreadable(
            f"the net has {', '.join(found)}, which the native format cannot express",
            where=str(work.net.name),
            remedy="replace them by lines and two-winding transformers first",
        )


def _bus_nodes(work: _Import) -> Iterator[Node]:
    transformer_buses = {
        int(bus) for _, row in _rows(work.net, "trafo") for bus in (row.hv_bus, row.lv_bus)
    }
    source_buses = {int(row.bus) for _, row in _rows(work.net, "ext_grid")}
    station_buses = {int(row.bus) for _, row in _rows(work.net, "load")}
    for bus, row in _rows(work.net, "bus"):
        kind = NodeKind.JOINT
        if bus in transformer_buses or bus in source_buses:
            kind = NodeKind.BUSBAR
        elif bus in station_buses:
            kind = NodeKind.STATION
        place = _place(getattr(row, "geo", None))
        yield Node(
            id=NodeId(str(bus)),
            name=str(row.name) if row.name else f"Bus {bus}",
            kind=kind,
            voltage_v_nominal=_rounded(row.vn_kv * 1e3),
            longitude_deg=place[0] if place else None,
            latitude_deg=place[1] if place else None,
        )


def _place(geo: object) -> tuple[float, float] | None:
    if not isinstance(geo, str) or not geo:
        return None
    longitude, latitude = json.loads(geo)["coordinates"][:2]
    return round(float(longitude), 6), round(float(latitude), 6)


def _add_terminals(work: _Import) -> None:
    """One node per line or transformer end that has a switch, placed beside its bus."""
    ends = {
        ("l", number): (int(r.from_bus), int(r.to_bus)) for number, r in _rows(work.net, "line")
    }
    ends |= {
        ("t", number): (int(r.hv_bus), int(r.lv_bus)) for number, r in _rows(work.net, "trafo")
    }
    for _, row in _rows(work.net, "switch"):
        key = (str(row.et), int(row.element))
        bus = int(row.bus)
        if key not in ends or NodeId(str(bus)) not in work.nodes:
            continue
        letter, element = key
        other = next((b for b in ends[key] if b != bus), bus)
        ident = NodeId(f"{letter.upper()}{element}.{bus}")
        work.terminals[letter, element, bus] = ident
        work.nodes[ident] = _terminal(ident, work.nodes[NodeId(str(bus))], other=other, work=work)


def _terminal(ident: NodeId, bus: Node, *, other: int, work: _Import) -> Node:
    far = work.nodes.get(NodeId(str(other)), bus)
    return Node(
        id=ident,
        name=str(ident),
        kind=NodeKind.TERMINAL,
        voltage_v_nominal=bus.voltage_v_nominal,
        station=bus.station,
        longitude_deg=_between(bus.longitude_deg, far.longitude_deg),
        latitude_deg=_between(bus.latitude_deg, far.latitude_deg),
    )


def _between(near: float | None, far: float | None) -> float | None:
    if near is None or far is None:
        return None
    return round(near + TERMINAL_OFFSET * (far - near), 6)


def _branches(work: _Import) -> Iterator[Branch]:
    for number, row in _rows(work.net, "line"):
        if not _is_served(work, "line", number=number, buses=(row.from_bus, row.to_bus)):
            continue
        parallel = int(row.parallel)
        length_km = float(row.length_km)
        current_a = float(row.max_i_ka) * 1e3 * parallel * float(row.df)
        if getattr(row, "g_us_per_km", 0.0):
            work.assumptions.append(f"Shunt conductance of line {number} is left out.")
        yield Branch(
            id=BranchId(f"L{number}"),
            name=str(row.name) if row.name else f"Line {number}",
            kind=BranchKind.OVERHEAD if row.type == "ol" else BranchKind.CABLE,
            from_node=work.end("l", number, bus=int(row.from_bus)),
            to_node=work.end("l", number, bus=int(row.to_bus)),
            length_m=_rounded(length_km * 1e3),
            r_ohm=_rounded(float(row.r_ohm_per_km) * length_km / parallel),
            x_ohm=_rounded(float(row.x_ohm_per_km) * length_km / parallel),
            c_f=_rounded(float(row.c_nf_per_km) * 1e-9 * length_km * parallel),
            current_a_max=_rounded(min(current_a, CURRENT_A_UNLIMITED)),
        )


def _transformers(work: _Import) -> Iterator[Transformer]:
    for number, row in _rows(work.net, "trafo"):
        if not _is_served(work, "trafo", number=number, buses=(row.hv_bus, row.lv_bus)):
            continue
        parallel = int(row.parallel)
        power_va = float(row.sn_mva) * 1e6 * parallel
        step_pu = _given(row.tap_step_percent, 0.0) / 100
        neutral, position = round(_given(row.tap_neutral, 0)), round(_given(row.tap_pos, 0))
        voltage_v_to = float(row.vn_lv_kv) * 1e3
        if step_pu and row.tap_side == "lv":
            voltage_v_to *= 1 + (position - neutral) * step_pu
            step_pu, position, neutral = 0.0, 0, 0
            work.assumptions.append(
                f"Low-side tap of transformer {number} is folded into its rated voltage."
            )
        yield Transformer(
            id=BranchId(f"T{number}"),
            name=str(row.name) if row.name else f"Transformer {number}",
            from_node=work.end("t", number, bus=int(row.hv_bus)),
            to_node=work.end("t", number, bus=int(row.lv_bus)),
            power_va_rated=_rounded(power_va),
            voltage_v_from=_rounded(float(row.vn_hv_kv) * 1e3),
            voltage_v_to=_rounded(voltage_v_to),
            short_circuit_voltage_pu=_rounded(float(row.vk_percent) / 100),
            copper_loss_w=_rounded(float(row.vkr_percent) / 100 * power_va),
            iron_loss_w=_rounded(float(row.pfe_kw) * 1e3 * parallel),
            no_load_current_pu=_rounded(float(row.i0_percent) / 100),
            tap_position=position,
            tap_min=round(_given(row.tap_min, 0)) if step_pu else 0,
            tap_max=round(_given(row.tap_max, 0)) if step_pu else 0,
            tap_neutral=neutral,
            tap_step_pu=_rounded(step_pu),
            clock=round(float(row.shift_degree) / 30) % 12,
        )


def _switches(work: _Import) -> Iterator[Switch]:
    for number, row in _rows(work.net, "switch"):
        bus, element = int(row.bus), int(row.element)
        far = NodeId(str(element)) if row.et == "b" else work.terminals.get((row.et, element, bus))
        if far is None or far not in work.nodes or NodeId(str(bus)) not in work.nodes:
            work.assumptions.append(f"Switch {number} joins something out of service: left out.")
            continue
        rated_ka = _given(getattr(row, "in_ka", None), CURRENT_A_RATED_DEFAULT / 1e3)
        yield Switch(
            id=SwitchId(f"SW{number}"),
            name=str(row.name) if row.name else f"Switch {number}",
            kind=_SWITCH_KINDS.get(str(row.type), SwitchKind.DISCONNECTOR),
            node_a=NodeId(str(bus)),
            node_b=far,
            normal_position=Position.CLOSED if row.closed else Position.OPEN,
            control=Control.CREW,
            operating_time_s=OPERATING_TIME_S_CREW,
            current_a_rated=_rounded(rated_ka * 1e3),
        )


def _sources(work: _Import) -> Iterator[Source]:
    angles = {float(row.va_degree) for _, row in _rows(work.net, "ext_grid")}
    if len(angles) > 1:
        work.assumptions.append("Voltage angles of the external grids differ: not carried.")
    for number, row in _rows(work.net, "ext_grid"):
        if not _is_served(work, "ext_grid", number=number, buses=(row.bus,)):
            continue
        power_mva = _given(getattr(row, "s_sc_max_mva", None), 0.0)
        if not power_mva:
            work.assumptions.append(
                f"External grid {number} states no short-circuit power: "
                f"{SHORT_CIRCUIT_VA_DEFAULT / 1e9:g} GVA is assumed."
            )
        yield Source(
            id=SourceId(f"E{number}"),
            name=str(row.name) if row.name else f"External grid {number}",
            node=NodeId(str(int(row.bus))),
            voltage_pu=_rounded(float(row.vm_pu)),
            short_circuit_va=_rounded(power_mva * 1e6) or SHORT_CIRCUIT_VA_DEFAULT,
            r_to_x=_rounded(_given(getattr(row, "rx_max", None), 0.1)),
        )


def _loads(work: _Import) -> Iterator[Load]:
    for number, row in _rows(work.net, "load"):
        if not _is_served(work, "load", number=number, buses=(row.bus,)):
            continue
        scaling = float(row.scaling)
        yield Load(
            id=LoadId(f"LD{number}"),
            name=str(row.name) if row.name else f"Load {number}",
            node=NodeId(str(int(row.bus))),
            p_w=_rounded(float(row.p_mw) * 1e6 * scaling),
            q_var=_rounded(float(row.q_mvar) * 1e6 * scaling),
            customers=0,
        )


def _tell_what_is_left_out(work: _Import) -> None:
    for table in _DROPPED:
        count = len(work.net[table]) if table in work.net else 0
        if count:
            work.assumptions.append(f"{count} elements of table {table} are not carried over.")
    for table in ("bus", "line", "trafo", "load", "ext_grid"):
        frame = work.net[table]
        idle = 0 if not len(frame) else int((~frame.in_service.astype(bool)).sum())
        if idle:
            work.assumptions.append(f"{idle} rows of table {table} are out of service: left out.")
    scaled = work.net.load.loc[:, work.net.load.columns.str.startswith("const_")]
    if len(scaled) and bool((scaled != 0).to_numpy().any()):
        work.assumptions.append("Loads that depend on voltage are carried as constant power.")
