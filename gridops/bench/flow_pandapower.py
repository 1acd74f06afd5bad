"""The city's AC state by pandapower."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from gridops.adapters.pandapower_grid.source import quiet
from gridops.adapters.pandapower_grid.writing import numbers, to_net
from gridops.bench.bench_city import LOAD_SCALES, BenchCity
from gridops.bench.measuring import Side, timed
from gridops.network import Values

TOLERANCE_MVA = 1e-4
"""The largest that keeps every voltage within 1e-8 pu of the limit of the iteration."""
RECYCLED = {"bus_pq": True, "trafo": False, "gen": False}
"""Loads are read anew, matrices stay: its own way for time series."""


def cold(city: BenchCity) -> Side:
    net = to_net(city.network.components)
    return Side(read=timed(lambda: _run(net)), answer=_voltages(city, net))


def solver_alone(city: BenchCity) -> Side:
    """Without the conversion of tables, by pandapower's own clock."""
    net = to_net(city.network.components)

    def read() -> float:
        _run(net)
        return float(net._ppc["et"])  # noqa: SLF001 (said nowhere else)

    return Side(read=read, answer=_voltages(city, net))


def warm(city: BenchCity) -> Side:
    net = to_net(city.network.components)
    _run(net, recycle=RECYCLED)
    scales = itertools.cycle(LOAD_SCALES)

    def work() -> None:
        net.load["scaling"] = next(scales)
        _run(net, init="results", recycle=RECYCLED, only_v_results=True)

    def answer() -> Values:
        net.load["scaling"] = LOAD_SCALES[0]
        return _voltages(city, net)()

    return Side(read=timed(work), answer=answer)


def _run(net: Any, **options: Any) -> None:
    import pandapower  # noqa: PLC0415 (an extra)

    given = {
        "algorithm": "nr",
        "init": "flat",
        "numba": True,
        "tolerance_mva": TOLERANCE_MVA,
        "trafo_model": "pi",
        "check_connectivity": False,
        "calculate_voltage_angles": False,
        "voltage_depend_loads": False,
        **options,
    }
    with quiet():
        pandapower.runpp(net, **given)


def _voltages(city: BenchCity, net: Any) -> Callable[[], Values]:
    """Clock numbers turn a voltage and leave its magnitude, so angles need not be calculated."""
    nodes = city.network.nodes
    bus = list(numbers(nodes, "").values())

    def answer() -> Values:
        _run(net)
        return np.asarray(net.res_bus.vm_pu.loc[bus], np.float64)

    return answer
