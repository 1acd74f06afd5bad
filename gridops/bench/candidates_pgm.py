"""Restoration candidates by power-grid-model: a model of each pair of feeders, built once."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import power_grid_model as pgm

from gridops.bench.candidate_models import TieModel
from gridops.bench.flow_pgm import SEQUENTIAL
from gridops.bench.measuring import Side, timed
from gridops.bench.pgm_model import Data, Records, model_input
from gridops.bench.verdicts import verdicts
from gridops.network import Limits, Values
from gridops.powerflow import LoadPowers

METHODS = {
    "newton": (pgm.CalculationMethod.newton_raphson, 1e-4),
    "iterative current": (pgm.CalculationMethod.iterative_current, 1e-6),
}
"""Each with the largest power of ten as its tolerance that gives the accuracy asked for."""
OUTPUT: Any = {
    pgm.ComponentType.node: ["energized", "u_pu"],
    pgm.ComponentType.line: ["loading"],
    pgm.ComponentType.transformer: ["loading"],
}


def in_batches(models: Sequence[TieModel], *, method: str) -> Side:
    """One call for all candidates of a pair."""
    return _side([_in_one_call(model, method) for model in models], models)


def one_by_one(models: Sequence[TieModel], *, method: str) -> Side:
    """An update and a call for each candidate, as a search does that looks at one at a time."""
    return _side([_in_calls(model, method) for model in models], models)


def _side(asked: Sequence[Callable[[], Values]], models: Sequence[TieModel]) -> Side:
    def work() -> list[Values]:
        return [each() for each in asked]

    count = sum(len(model.tie.cuts) for model in models)
    return Side(read=timed(work, pieces=count), answer=lambda: np.concatenate(work()).ravel())


def _in_one_call(given: TieModel, method: str) -> Callable[[], Values]:
    model, batch, limits = _model(given), _batch(given), given.network.limits
    solve = _solver(model, method)

    def found() -> Values:
        return _verdicts(solve(update_data=batch), limits)

    return found


def _in_calls(given: TieModel, method: str) -> Callable[[], Values]:
    model, limits = _model(given), given.network.limits
    solve = _solver(model, method)
    [(component, rows)] = _batch(given).items()
    updates: list[Data] = [{component: row} for row in rows]

    def one(update: Data) -> Values:
        model.update(update_data=update)
        return _verdicts(solve(), limits)

    return lambda: np.concatenate([one(update) for update in updates])


def _model(given: TieModel) -> pgm.PowerGridModel:
    loads = LoadPowers.stated(given.network)
    data = model_input(given.grid, p_w=loads.p_w, q_var=loads.q_var)
    lines = data[pgm.ComponentType.line]
    lines["i_n"] = [branch.current_a_max for branch in given.network.components.branches]
    return pgm.PowerGridModel(data, system_frequency=given.network.components.frequency_hz)


def _solver(model: pgm.PowerGridModel, method: str) -> Callable[..., Any]:
    chosen, tolerance = METHODS[method]

    def solve(**given: Any) -> Any:
        return model.calculate_power_flow(
            symmetric=True,
            error_tolerance=tolerance,
            max_iterations=30,
            calculation_method=chosen,
            threading=SEQUENTIAL,
            output_component_types=OUTPUT,
            **given,
        )

    return solve


def _batch(given: TieModel) -> Data:
    """A row for each candidate: every cut closed but one. All rows name the same lines, which
    power-grid-model recognises and takes faster."""
    cuts = given.tie.cuts
    ends = [given.line_end[cut] for cut in cuts[1:]]
    lines = list(dict.fromkeys(line for line, _ in ends))
    rows: Records = pgm.initialize_array(
        pgm.DatasetType.update, pgm.ComponentType.line, (len(cuts), len(lines))
    )
    rows["id"] = len(given.grid.voltage_v) + np.array(lines, np.int32)
    rows["from_status"] = rows["to_status"] = 1
    for candidate, (line, end) in enumerate(ends, start=1):
        side = ("from_status", "to_status")[end]
        rows[side][candidate, lines.index(line)] = 0
    return {pgm.ComponentType.line: rows}


def _verdicts(output: Any, limits: Limits) -> Values:
    nodes = output[pgm.ComponentType.node]
    voltages = np.atleast_2d(np.where(nodes["energized"], nodes["u_pu"], np.nan))
    loadings = [
        np.atleast_2d(output[component]["loading"]).max(axis=1)
        for component in (pgm.ComponentType.line, pgm.ComponentType.transformer)
        if component in output
    ]
    return verdicts(
        limits,
        lowest_pu=np.nanmin(voltages, axis=1),
        highest_pu=np.nanmax(voltages, axis=1),
        loading_pct=100.0 * np.max(loadings, axis=0),
    )
