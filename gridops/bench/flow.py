"""G1: the AC state of the whole city in its normal state."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from gridops.bench import flow_opendss, flow_ours, flow_pandapower, flow_pgm
from gridops.bench.bench_city import LOAD_SCALES, BenchCity
from gridops.bench.measuring import Side
from gridops.bench.race import Peer, Race

VOLTAGE_PU_TOLERANCE = 1e-8
"""Asked of every engine: each has the loosest tolerance of its own that keeps this one."""
COLD_S, WARM_S = 0.7e-3, 0.2e-3
OVER_PANDAPOWER, OVER_NEWTON = 500.0, 30.0

Enter = Callable[[BenchCity], Side]


def races(city: BenchCity) -> Iterator[Race]:
    """Cold is from flat voltages, warm from those of the other load case."""
    pandapower = partial(_peer, city, name="pandapower", module="pandapower")
    pgm = partial(_peer, city, name="power-grid-model", module="power_grid_model")
    opendss = partial(_peer, city, name="OpenDSS", module="opendssdirect")
    whole_runpp = pandapower(flow_pandapower.cold, how="Newton, numba, whole runpp")
    yield Race(
        goal="G1",
        what="AC of the whole city, cold, iteration alone",
        on=city.title,
        ours=flow_ours.cold(city),
        ours_wanted=COLD_S,
        tolerance=VOLTAGE_PU_TOLERANCE,
        peers=(
            replace(whole_runpp, wanted=OVER_PANDAPOWER),
            pandapower(flow_pandapower.solver_alone, how="Newton, numba, solver alone"),
            pgm(flow_pgm.newton, how="Newton, model built once", wanted=OVER_NEWTON),
            pgm(flow_pgm.iterative_current, how="iterative current, model built once"),
            opendss(flow_opendss.cold, how="compiled circuit, from SolveDirect"),
        ),
    )
    yield Race(
        goal="G1",
        what=f"AC of the whole city, warm, loads {LOAD_SCALES[1] - 1:+.0%}, iteration alone",
        on=city.title,
        ours=flow_ours.warm(city),
        ours_wanted=WARM_S,
        tolerance=VOLTAGE_PU_TOLERANCE,
        peers=(
            pandapower(flow_pandapower.warm, how="from results, recycled, voltages only"),
            pgm(flow_pgm.newton_new_loads, how="Newton, loads updated, knows no warm start"),
            opendss(flow_opendss.warm, how="compiled circuit, from the last voltages"),
        ),
    )
    yield Race(
        goal="G1",
        what="AC of the whole city, cold, from closed switches to all results",
        on=city.title,
        ours=flow_ours.whole_call(city),
        tolerance=VOLTAGE_PU_TOLERANCE,
        peers=(
            whole_runpp,
            pgm(flow_pgm.newton_all_results, how="Newton, model built once, all results"),
        ),
    )


def _peer(
    city: BenchCity,
    enter: Enter,
    *,
    name: str,
    module: str,
    how: str,
    wanted: float | None = None,
) -> Peer:
    ready = partial(enter, city)
    return Peer(name=name, how=how, modules=(module,), enter=ready, wanted=wanted)
