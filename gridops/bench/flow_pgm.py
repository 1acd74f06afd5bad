"""The city's AC state by power-grid-model."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import power_grid_model as pgm

from gridops.bench.bench_city import BenchCity
from gridops.bench.measuring import Side, timed
from gridops.bench.pgm_model import Data, model_input
from gridops.network import Values

SEQUENTIAL = -1
"""power-grid-model's word for no threads at all."""
ONLY_VOLTAGES: Any = {pgm.ComponentType.node: ["u_pu"]}


def newton(city: BenchCity) -> Side:
    return _side(city, pgm.CalculationMethod.newton_raphson, tolerance=1e-6)


def newton_all_results(city: BenchCity) -> Side:
    """With currents and powers of everything, not the voltages alone."""
    return _side(city, pgm.CalculationMethod.newton_raphson, tolerance=1e-6, told=None)


def iterative_current(city: BenchCity) -> Side:
    return _side(city, pgm.CalculationMethod.iterative_current, tolerance=1e-7)


def newton_new_loads(city: BenchCity) -> Side:
    """It begins at a flat start whatever it solved before; a change of load is an update."""
    model = _model(city)
    updates = itertools.cycle([_update(city, case) for case in range(len(city.loads))])
    solve = _solver(model, pgm.CalculationMethod.newton_raphson, tolerance=1e-6)

    def work() -> None:
        model.update(update_data=next(updates))
        solve()

    def answer() -> Values:
        model.update(update_data=_update(city, 0))
        return city.fused.at_nodes(solve())

    return Side(read=timed(work), answer=answer)


def _side(
    city: BenchCity,
    method: pgm.CalculationMethod,
    *,
    tolerance: float,
    told: Any = ONLY_VOLTAGES,
) -> Side:
    solve = _solver(_model(city), method, tolerance=tolerance, told=told)
    return Side(read=timed(solve), answer=lambda: city.fused.at_nodes(solve()))


def _model(city: BenchCity) -> pgm.PowerGridModel:
    loads = city.loads[0]
    given = model_input(city.fused, p_w=loads.p_w, q_var=loads.q_var)
    return pgm.PowerGridModel(given, system_frequency=city.network.components.frequency_hz)


def _solver(
    model: pgm.PowerGridModel,
    method: pgm.CalculationMethod,
    *,
    tolerance: float,
    told: Any = ONLY_VOLTAGES,
) -> Callable[[], Values]:
    def solve() -> Values:
        output = model.calculate_power_flow(
            symmetric=True,
            error_tolerance=tolerance,
            max_iterations=30,
            calculation_method=method,
            threading=SEQUENTIAL,
            output_component_types=told,
        )
        voltages: Values = output[pgm.ComponentType.node]["u_pu"]
        return voltages

    return solve


def _update(city: BenchCity, case: int) -> Data:
    grid, loads = city.fused, city.loads[case]
    update = pgm.initialize_array(
        pgm.DatasetType.update, pgm.ComponentType.sym_load, len(grid.load_bus)
    )
    first_id = len(grid.voltage_v) + len(grid.r_ohm) + len(grid.transformers)
    update["id"] = np.arange(first_id, first_id + len(update))
    update["p_specified"], update["q_specified"] = loads.p_w, loads.q_var
    return {pgm.ComponentType.sym_load: update}
