"""The city's AC state by OpenDSS: one phase for the positive sequence, as its own MakePosSeq has
it."""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gridops.bench.bench_city import LOAD_SCALES, BenchCity
from gridops.bench.fused import FusedGrid
from gridops.bench.measuring import Side, timed
from gridops.network import Transformer, Values
from gridops.powerflow import LoadPowers
from gridops.powerflow.branch_models import tap_factor

TOLERANCE = 1e-7
"""The largest power of ten that keeps every voltage within 1e-8 pu."""
SOURCE_OHM = 1e-6
"""Behind each source; OpenDSS has no ideal one. 1 mV at 1 kA."""
ROOT_3 = math.sqrt(3)


def cold(city: BenchCity) -> Side:
    """From the voltages without load."""
    dss = _compiled(city)

    def work() -> None:
        dss.Solution.SolveDirect()
        dss.Solution.SolveNoControl()

    return _side(city, dss, work=work)


def warm(city: BenchCity) -> Side:
    """From the voltages of the other load case."""
    dss = _compiled(city)
    scales = itertools.cycle(LOAD_SCALES)

    def work() -> None:
        dss.Solution.LoadMult(next(scales))
        dss.Solution.SolveNoControl()

    return _side(city, dss, work=work)


def _side(city: BenchCity, dss: Any, *, work: Callable[[], None]) -> Side:
    order = np.array([int(name) for name in dss.Circuit.AllBusNames()])
    nominal_v = city.fused.voltage_v / ROOT_3

    def answer() -> Values:
        dss.Solution.LoadMult(LOAD_SCALES[0])
        dss.Solution.SolveNoControl()
        magnitudes = np.empty(len(nominal_v))
        magnitudes[order] = dss.Circuit.AllBusVMag()
        return city.fused.at_nodes(magnitudes / nominal_v)

    return Side(read=timed(work), answer=answer)


def _compiled(city: BenchCity) -> Any:
    """An engine of its own that has the circuit; whatever it does stays in memory."""
    from opendssdirect import dss as first  # noqa: PLC0415 (an extra)

    dss = first.NewContext()
    dss.Basic.AllowForms(False)
    dss.Basic.AllowChangeDir(False)
    for statement in _statements(city.fused, city.loads[0]):
        dss.Text.Command(statement)
    return dss


def _statements(grid: FusedGrid, loads: LoadPowers) -> Iterator[str]:
    yield "clear"
    yield f"set defaultbasefrequency={grid.network.components.frequency_hz}"
    yield from _sources(grid)
    series = (each.tolist() for each in (grid.r_ohm, grid.x_ohm, grid.c_f))
    ends = zip(grid.line_buses.tolist(), *series, strict=True)
    for k, ((near, far), r_ohm, x_ohm, c_f) in enumerate(ends):
        ohms = f"r1={r_ohm!r} x1={x_ohm!r} r0={r_ohm!r} x0={x_ohm!r}"
        charging = f"c1={c_f * 1e9!r} c0={c_f * 1e9!r}"
        yield (
            f"new line.l{k} phases=1 bus1={near}.1 bus2={far}.1 length=1 units=none "
            f"{ohms} {charging}"
        )
    for k, (transformer, high, low) in enumerate(grid.transformers):
        yield from _transformer(k, transformer, high=high, low=low)
    for k, (bus, p_w, q_var) in enumerate(grid.shunts):
        volts = float(grid.voltage_v[bus]) / ROOT_3
        yield _shunt(f"s{k}", bus, siemens=complex(p_w, -q_var) / 3 / volts**2)
    drawn = zip(grid.load_bus.tolist(), loads.p_w.tolist(), loads.q_var.tolist(), strict=True)
    for k, (bus, p_w, q_var) in enumerate(drawn):
        yield (
            f"new load.d{k} phases=1 bus1={bus}.1 kv={_kilovolts(grid, bus)!r} kw={p_w / 3e3!r} "
            f"kvar={q_var / 3e3!r} model=1 vlowpu=0.05 vminpu=0.1 vmaxpu=2"
        )
    yield "set mode=snapshot"
    yield "set controlmode=off"
    yield "set algorithm=normal"
    yield f"set tolerance={TOLERANCE}"
    yield "set maxiterations=100"
    yield "solve"


def _sources(grid: FusedGrid) -> Iterator[str]:
    behind = f"r1=0 x1={SOURCE_OHM} r0=0 x0={SOURCE_OHM}"
    listed = zip(grid.source_bus.tolist(), grid.source_pu.tolist(), strict=True)
    for k, (bus, voltage_pu) in enumerate(listed):
        kind = "circuit.city" if k == 0 else f"vsource.v{k}"
        volts = f"basekv={_kilovolts(grid, bus)!r} pu={voltage_pu!r} angle=0"
        yield f"new {kind} phases=1 bus1={bus}.1 {volts} {behind}"


def _kilovolts(grid: FusedGrid, bus: int) -> float:
    """Nominal, of a phase against earth."""
    return float(grid.voltage_v[bus] / 1e3 / ROOT_3)


def _transformer(k: int, transformer: Transformer, *, high: int, low: int) -> Iterator[str]:
    """The no-load branch stands as two halves at the two ends, as a pi has it."""
    rated_va, low_v = transformer.power_va_rated, transformer.voltage_v_to
    high_v = transformer.voltage_v_from * tap_factor(transformer)
    r_pu = transformer.copper_loss_w / rated_va
    x_pu = math.sqrt(max(transformer.short_circuit_voltage_pu**2 - r_pu**2, 0.0))
    rated = f"kva={rated_va / 3e3!r}"
    yield (
        f"new transformer.t{k} phases=1 windings=2 xhl={100 * x_pu!r} %loadloss={100 * r_pu!r} "
        f"%noloadloss=0 %imag=0 ppm_antifloat=0 "
        f"wdg=1 bus={high}.1 kv={high_v / 1e3 / ROOT_3!r} {rated} "
        f"wdg=2 bus={low}.1 kv={low_v / 1e3 / ROOT_3!r} {rated}"
    )
    y_siemens = transformer.no_load_current_pu * rated_va / low_v**2
    g_siemens = transformer.iron_loss_w / low_v**2
    half = 0.5 * complex(g_siemens, -math.sqrt(max(y_siemens**2 - g_siemens**2, 0.0)))
    if half:
        yield _shunt(f"h{k}", high, siemens=half * (low_v / high_v) ** 2)
        yield _shunt(f"m{k}", low, siemens=half)


def _shunt(name: str, bus: int, *, siemens: complex) -> str:
    """As an impedance to earth; a negative reactance is a capacitor."""
    ohm = 1 / siemens
    return f"new reactor.{name} phases=1 bus1={bus}.1 r={ohm.real!r} x={ohm.imag!r}"
