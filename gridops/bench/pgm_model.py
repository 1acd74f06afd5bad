"""A fused grid as power-grid-model's input: no contact has an impedance."""

import numpy as np
import power_grid_model as pgm
from numpy.typing import NDArray

from gridops.bench.fused import FusedGrid
from gridops.network import Transformer, Values
from gridops.powerflow.branch_models import tap_factor

SOURCE_VA = 1e20
"""Short-circuit power of a source that holds its voltage."""

Records = NDArray[np.void]
Data = dict[pgm.ComponentType, Records]


def model_input(grid: FusedGrid, *, p_w: Values, q_var: Values) -> Data:
    """Ids: buses from 0 on as in `grid`, then lines, transformers, loads, sources and shunts."""
    voltage, square_v2 = grid.voltage_v, grid.voltage_v**2
    nodes = _records(pgm.ComponentType.node, len(voltage), first_id=0)
    nodes["u_rated"] = voltage
    lines = _records(pgm.ComponentType.line, len(grid.r_ohm), first_id=len(nodes))
    lines["from_node"], lines["to_node"] = grid.line_buses.T
    lines["from_status"] = lines["to_status"] = 1
    lines["r1"], lines["x1"], lines["c1"], lines["tan1"] = grid.r_ohm, grid.x_ohm, grid.c_f, 0.0
    following = len(nodes) + len(lines)
    transformers = _records(
        pgm.ComponentType.transformer, len(grid.transformers), first_id=following
    )
    for row, (transformer, high, low) in zip(transformers, grid.transformers, strict=True):
        row["from_node"], row["to_node"] = high, low
        _describe(row, transformer)
    following += len(transformers)
    loads = _records(pgm.ComponentType.sym_load, len(grid.load_bus), first_id=following)
    loads["node"], loads["status"] = grid.load_bus, 1
    loads["type"] = pgm.LoadGenType.const_power
    loads["p_specified"], loads["q_specified"] = p_w, q_var
    following += len(loads)
    sources = _records(pgm.ComponentType.source, len(grid.source_bus), first_id=following)
    sources["node"], sources["status"] = grid.source_bus, 1
    sources["u_ref"], sources["sk"] = grid.source_pu, SOURCE_VA
    following += len(sources)
    shunts = _records(pgm.ComponentType.shunt, len(grid.shunts), first_id=following)
    shunts["status"] = 1
    for row, (bus, active_w, reactive_var) in zip(shunts, grid.shunts, strict=True):
        row["node"] = bus
        row["g1"], row["b1"] = active_w / square_v2[bus], -reactive_var / square_v2[bus]
    return {
        pgm.ComponentType.node: nodes,
        pgm.ComponentType.line: lines,
        pgm.ComponentType.transformer: transformers,
        pgm.ComponentType.sym_load: loads,
        pgm.ComponentType.source: sources,
        pgm.ComponentType.shunt: shunts,
    }


def _records(component: pgm.ComponentType, count: int, *, first_id: int) -> Records:
    records: Records = pgm.initialize_array(pgm.DatasetType.input, component, count)
    records["id"] = np.arange(first_id, first_id + count)
    return records


def _describe(row: np.void, transformer: Transformer) -> None:
    """The tap is already in `u1`."""
    is_odd = transformer.clock % 2 == 1
    row["from_status"] = row["to_status"] = 1
    row["u1"] = transformer.voltage_v_from * tap_factor(transformer)
    row["u2"] = transformer.voltage_v_to
    row["sn"] = transformer.power_va_rated
    row["uk"] = transformer.short_circuit_voltage_pu
    row["pk"] = transformer.copper_loss_w
    row["i0"] = transformer.no_load_current_pu
    row["p0"] = transformer.iron_loss_w
    row["winding_from"] = pgm.WindingType.delta if is_odd else pgm.WindingType.wye
    row["winding_to"] = pgm.WindingType.wye_n
    row["clock"] = transformer.clock
    row["tap_side"] = pgm.BranchSide.from_side
    row["tap_pos"] = row["tap_min"] = row["tap_max"] = row["tap_nom"] = 0
    row["tap_size"] = 0.0
