"""Grid -> pandapower net. Made so that it comes back as the grid that went out."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gridops.adapters.pandapower_grid.kept import PANDAPOWER_TYPE, kept_columns
from gridops.adapters.pandapower_grid.kept_tables import NETWORK, kept_network, kept_tables
from gridops.adapters.pandapower_grid.reading import ROW
from gridops.adapters.pandapower_grid.source import quiet, require_pandapower
from gridops.ids import NodeId
from gridops.network import Components, Generator, GeneratorKind, Load, Node

_GENERATOR_TYPES = {
    GeneratorKind.PHOTOVOLTAIC: "PV",
    GeneratorKind.WIND: "WP",
    GeneratorKind.HYDRO: "hydro",
    GeneratorKind.THERMAL: "CHP",
    GeneratorKind.OTHER: "other",
}


def to_net(components: Components) -> Any:
    """The pandapower net of a grid; its references must hold. Needs the extra `pandapower`.

    Nodes whose id is a number of at most six digits keep it as bus number, and so do branches `L7`,
    transformers `T7`, switches `SW7`, loads `LD7`, generators `SG7`, sources `E7`; all others are
    numbered on, since pandapower keeps tables as long as the largest number.
    Every switch is a bus-bus switch. With `trafo_model="pi"` the power flow is ours, except where
    loads that depend on voltage share a bus: pandapower takes the mean of their shares. What
    pandapower has no place for stands in columns and tables `gridops_...`.

    Raises: GridUnreadable if pandapower is not installed.
    """
    pandapower = require_pandapower()
    with quiet():
        net = pandapower.create_empty_network(name=components.name, f_hz=components.frequency_hz)
        bus = numbers((node.id for node in components.nodes), "")
        _buses(pandapower, net, components=components, bus=bus)
        _lines(pandapower, net, components=components, bus=bus)
        _transformers(pandapower, net, components=components, bus=bus)
        _switches(pandapower, net, components=components, bus=bus)
        _sources(pandapower, net, components=components, bus=bus)
        _injections(pandapower, net, components=components, bus=bus)
        _keep_tables(net, components)
    return net


def numbers(ids: Iterable[str], prefix: str) -> dict[str, int]:
    """Id -> number: its own if it is `prefix` and a plain number below a million, else the next
    free one."""
    own = re.compile(rf"{prefix}(0|[1-9]\d{{0,5}})", re.ASCII)
    listed = list(ids)
    found = {each: int(match[1]) for each in listed if (match := own.fullmatch(each))}
    following = max(found.values(), default=-1) + 1
    for each in listed:
        if each not in found:
            found[each] = following
            following += 1
    return {each: found[each] for each in listed}


def _keep(
    net: Any, table: str, *, native: str, indices: Sequence[int], rows: Sequence[Any]
) -> None:
    """Columns beside pandapower's own for what it cannot hold."""
    kept = [kept_columns(native, row) for row in rows]
    for column in dict.fromkeys(column for cells in kept for column in cells):
        net[table][column] = None
        net[table][column] = net[table][column].astype(object)
        net[table].loc[list(indices), column] = [cells.get(column) for cells in kept]
    net[table].loc[list(indices), ROW] = [float(k) for k in range(len(rows))]


def _buses(pandapower: Any, net: Any, *, components: Components, bus: Mapping[str, int]) -> None:
    nodes = components.nodes
    indices = [bus[node.id] for node in nodes]
    pandapower.create_buses(
        net,
        len(nodes),
        vn_kv=[node.voltage_v_nominal / 1e3 for node in nodes],
        index=indices,
        name=[node.name for node in nodes],
    )
    net.bus["geo"] = net.bus["geo"].astype(object)
    net.bus.loc[indices, "geo"] = [_geo(node) for node in nodes]
    _keep(net, "bus", native="nodes", indices=indices, rows=nodes)


def _geo(node: Node) -> str | None:
    if node.longitude_deg is None or node.latitude_deg is None:
        return None
    return json.dumps({"type": "Point", "coordinates": [node.longitude_deg, node.latitude_deg]})


def _lines(pandapower: Any, net: Any, *, components: Components, bus: Mapping[str, int]) -> None:
    lines = components.branches
    if not lines:
        return
    index = numbers((line.id for line in lines), "L")
    lengths_km = [line.length_m / 1e3 for line in lines]
    pairs = list(zip(lines, lengths_km, strict=True))
    pandapower.create_lines_from_parameters(
        net,
        from_buses=[bus[line.from_node] for line in lines],
        to_buses=[bus[line.to_node] for line in lines],
        length_km=lengths_km,
        r_ohm_per_km=[line.r_ohm / km for line, km in pairs],
        x_ohm_per_km=[line.x_ohm / km for line, km in pairs],
        c_nf_per_km=[line.c_f * 1e9 / km for line, km in pairs],
        max_i_ka=[line.current_a_max / 1e3 for line in lines],
        name=[line.name for line in lines],
        index=list(index.values()),
        type=["ol" if line.kind == "overhead" else "cs" for line in lines],
    )
    _keep(net, "line", native="branches", indices=list(index.values()), rows=lines)


def _transformers(
    pandapower: Any, net: Any, *, components: Components, bus: Mapping[str, int]
) -> None:
    listed = components.transformers
    if not listed:
        return
    index = numbers((t.id for t in listed), "T")
    pandapower.create_transformers_from_parameters(
        net,
        hv_buses=[bus[t.from_node] for t in listed],
        lv_buses=[bus[t.to_node] for t in listed],
        sn_mva=[t.power_va_rated / 1e6 for t in listed],
        vn_hv_kv=[t.voltage_v_from / 1e3 for t in listed],
        vn_lv_kv=[t.voltage_v_to / 1e3 for t in listed],
        vkr_percent=[100 * t.copper_loss_w / t.power_va_rated for t in listed],
        vk_percent=[100 * t.short_circuit_voltage_pu for t in listed],
        pfe_kw=[t.iron_loss_w / 1e3 for t in listed],
        i0_percent=[100 * t.no_load_current_pu for t in listed],
        shift_degree=[30.0 * t.clock for t in listed],
        tap_side=["hv"] * len(listed),
        tap_neutral=[t.tap_neutral for t in listed],
        tap_max=[t.tap_max for t in listed],
        tap_min=[t.tap_min for t in listed],
        tap_step_percent=[100 * t.tap_step_pu for t in listed],
        tap_pos=[t.tap_position for t in listed],
        tap_changer_type=["Ratio"] * len(listed),
        name=[t.name for t in listed],
        index=list(index.values()),
    )
    _keep(net, "trafo", native="transformers", indices=list(index.values()), rows=listed)


def _switches(pandapower: Any, net: Any, *, components: Components, bus: Mapping[str, int]) -> None:
    switches = components.switches
    if not switches:
        return
    index = numbers((switch.id for switch in switches), "SW")
    pandapower.create_switches(
        net,
        buses=[bus[switch.node_a] for switch in switches],
        elements=[bus[switch.node_b] for switch in switches],
        et=["b"] * len(switches),
        closed=[switch.is_normally_closed for switch in switches],
        type=[PANDAPOWER_TYPE[switch.kind] for switch in switches],
        name=[switch.name for switch in switches],
        index=list(index.values()),
        in_ka=[switch.current_a_rated / 1e3 for switch in switches],
    )
    _keep(net, "switch", native="switches", indices=list(index.values()), rows=switches)


def _sources(pandapower: Any, net: Any, *, components: Components, bus: Mapping[str, int]) -> None:
    index = numbers((source.id for source in components.sources), "E")
    for source in components.sources:
        pandapower.create_ext_grid(
            net,
            bus[source.node],
            vm_pu=source.voltage_pu,
            name=source.name,
            s_sc_max_mva=source.short_circuit_va / 1e6,
            rx_max=source.r_to_x,
            index=index[source.id],
        )
    if index:
        indices = list(index.values())
        _keep(net, "ext_grid", native="sources", indices=indices, rows=components.sources)


def _injections(
    pandapower: Any, net: Any, *, components: Components, bus: Mapping[str, int]
) -> None:
    """Loads and storage consume in pandapower, static generators feed in."""
    if loads := components.loads:
        index = list(numbers((load.id for load in loads), "LD").values())
        pandapower.create_loads(net, index=index, **_powers(loads, bus, sign=1), **_shares(loads))
        _keep(net, "load", native="loads", indices=index, rows=loads)
    batteries = [g for g in components.generators if g.kind is GeneratorKind.BATTERY]
    others = [g for g in components.generators if g.kind is not GeneratorKind.BATTERY]
    if others:
        index = list(numbers((each.id for each in others), "SG").values())
        pandapower.create_sgens(
            net,
            index=index,
            type=[_GENERATOR_TYPES[each.kind] for each in others],
            sn_mva=_rated_mva(others),
            **_powers(others, bus, sign=-1),
        )
        _keep(net, "sgen", native="generators", indices=index, rows=others)
    if batteries:
        index = list(numbers((each.id for each in batteries), "ST").values())
        powers = _powers(batteries, bus, sign=1)
        unknown = [float("nan")] * len(batteries)
        pandapower.create_storages(
            net, index=index, max_e_mwh=unknown, sn_mva=_rated_mva(batteries), **powers
        )
        _keep(net, "storage", native="generators", indices=index, rows=batteries)
    if shunts := components.shunts:
        index = list(numbers((each.id for each in shunts), "SH").values())
        nominal = {node.id: node.voltage_v_nominal for node in components.nodes}
        pandapower.create_shunts(
            net,
            index=index,
            vn_kv=[nominal[each.node] / 1e3 for each in shunts],
            **_powers(shunts, bus, sign=1),
        )
        _keep(net, "shunt", native="shunts", indices=index, rows=shunts)


def _shares(loads: Sequence[Load]) -> dict[str, Any]:
    shares = {
        "i": [100 * each.constant_current_share for each in loads],
        "z": [100 * each.constant_impedance_share for each in loads],
    }
    return {f"const_{x}_{part}_percent": shares[x] for x in shares for part in "pq"}


def _rated_mva(generators: Sequence[Generator]) -> list[float]:
    return [each.power_va_rated / 1e6 for each in generators]


def _powers(rows: Sequence[Any], bus: Mapping[str, int], *, sign: int) -> dict[str, Any]:
    return {
        "buses": [bus[NodeId(each.node)] for each in rows],
        "p_mw": [sign * each.p_w / 1e6 for each in rows],
        "q_mvar": [sign * each.q_var / 1e6 for each in rows],
        "name": [each.name for each in rows],
    }


def _keep_tables(net: Any, components: Components) -> None:
    import pandas as pd  # noqa: PLC0415  comes with pandapower

    net[NETWORK] = kept_network(components)
    for table, rows in kept_tables(components).items():
        if rows:
            net[table] = pd.DataFrame(rows, dtype=object)
