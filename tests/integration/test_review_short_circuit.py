"""Least fault currents equal those of power-grid-model's IEC 60909 calculation."""

from dataclasses import replace

import numpy as np
import power_grid_model as pgm
import pytest

from gridops.adapters.content import models_dir
from gridops.adapters.engines import pgm as engine
from gridops.adapters.grid_files import load_grid
from gridops.network import Network, build_network
from gridops.powerflow import FaultKind, Level, RadialShortCircuit


def at_neutral_tap(network: Network) -> Network:
    """As IEC 60909 reckons; the engine takes the tap where it stands."""
    parts = network.components
    neutral = tuple(replace(t, tap_position=t.tap_neutral) for t in parts.transformers)
    return build_network(replace(parts, transformers=neutral))


def two_phase_current_a(network: Network, node: str) -> float:
    """At a fault between two phases of `node`, in the normal state, at the lowest voltage factor.

    Shunt elements are taken out: the review leaves them out, the engine would not.
    """
    numbers = engine._Numbers(network)
    parts = engine._input_of(network, numbers)
    kind = pgm.ComponentType
    lines, transformers = parts[kind.line], parts[kind.transformer]
    lines["c1"] = 0.0
    # A two-phase fault has no zero sequence, but the model asks for one.
    lines["r0"], lines["x0"], lines["c0"], lines["tan0"] = lines["r1"], lines["x1"], 0.0, 0.0
    is_closed = [s.is_normally_closed for s in network.switches.values()]
    lines["from_status"][-len(is_closed) :] = lines["to_status"][-len(is_closed) :] = is_closed
    transformers["p0"] = transformers["i0"] = 0.0
    sources = list(network.sources.values())
    parts[kind.source]["sk"] = [s.short_circuit_va for s in sources]
    parts[kind.source]["rx_ratio"] = [s.r_to_x for s in sources]
    fault = pgm.initialize_array(pgm.DatasetType.input, kind.fault, 1)
    fault["id"], fault["status"] = 10**6, 1
    fault["fault_object"] = numbers.of_node[node]  # type: ignore[index]  # ids are strings
    fault["fault_type"], fault["fault_phase"] = pgm.FaultType.two_phase, pgm.FaultPhase.bc
    model = pgm.PowerGridModel(parts | {kind.fault: fault})
    found = model.calculate_short_circuit(
        short_circuit_voltage_scaling=pgm.ShortCircuitVoltageScaling.minimum
    )
    return float(np.max(found[kind.fault]["i_f"]))


@pytest.mark.parametrize("grid", ["hanoi_ring", "oberrhein", "zhang119", "rbts_bus6"])
def test_the_review_and_the_engine_find_the_same_least_fault_currents(grid: str) -> None:
    network = at_neutral_tap(load_grid(models_dir() / grid))
    found = RadialShortCircuit(network).currents(
        network.normally_closed, at=None, kind=FaultKind.TWO_PHASE, level=Level.MIN
    )
    nodes = list(found.ik_a)
    for node in nodes[:: max(len(nodes) // 6, 1)]:
        ours = found.ik_a[node]
        assert ours == pytest.approx(two_phase_current_a(network, node), rel=2e-3), node
