"""One state of an unbalanced grid as statements for OpenDSS.

Every name is a kind and a number, every value a number of ours: no text of a grid's files gets
into a statement. Closed switches are lines of `CONTACT_OHM`, open ones are left out, and so is
everything that no source feeds.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gridops.adapters.engines.phased_grid import Conductors, PhasedGrid, PhasedPart
from gridops.ids import LoadId, NodeId
from gridops.network import Connection, PhasedKind, Phasing, Transformer
from gridops.network.phasing import PHASES
from gridops.powerflow import LoadPowers

CONTACT_OHM = 1e-5
SOURCE_OHM = 1e-6
MODELS = {(0.0, 0.0): 1, (0.0, 1.0): 2, (1.0, 0.0): 5}
"""Shares of constant current and constant impedance -> OpenDSS's model; 8 is a mixture."""
LOAD_MODEL_MIXED = 8
VOLTAGE_PU_RIGID = (0.3, 1.7)
"""Within these a load draws what its shares say; OpenDSS makes it an impedance outside."""
CLOCK_LEAD = 11


@dataclass(frozen=True, slots=True)
class Measured:
    """An element of the circuit whose currents are asked for."""

    name: str
    conductors: Conductors
    phases: str
    """Those that are live, in the order of its conductors."""


@dataclass(frozen=True, slots=True)
class PhaseCircuit:
    statements: tuple[str, ...]
    measured: tuple[Measured, ...]
    starved: tuple[tuple[LoadId, NodeId, str], ...]
    """Loads where there is supply, with those of their phases that have none."""
    regulators: int
    is_sound: bool
    """False: a transformer would run on some of its phases alone, which nobody can judge."""


def circuit_of(grid: PhasedGrid, part: PhasedPart, *, loads: LoadPowers) -> PhaseCircuit:
    """The circuit of what is live. `part` must have a live source."""
    writer = _Writer(grid, part)
    measured = [
        found
        for number, each in enumerate(part.conductors)
        if (found := _measured(part, each, number=number)) is not None
    ]
    texts = [*writer.sources(), *(writer.element(each) for each in measured)]
    texts += [*writer.regulators(measured), *writer.loads(loads), *writer.shunts()]
    units = [each for each in measured if each.conductors.is_whole]
    return PhaseCircuit(
        statements=tuple(texts),
        measured=tuple(measured),
        starved=tuple(writer.starved()),
        regulators=sum(each.conductors.row.regulated_v is not None for each in units),
        is_sound=all(len(u.phases) == len(u.conductors.row.phases) for u in units),
    )


def bus_of(grid: PhasedGrid, node: NodeId) -> str:
    return f"n{grid.network.arrays.nodes.of[node]}"


def _measured(part: PhasedPart, each: Conductors, *, number: int) -> Measured | None:
    one = each.ends[0]
    phases = "".join(p for p in each.row.phases if (one, p) in part.places)
    if not phases:
        return None
    kind = "transformer" if each.is_whole else "line"
    return Measured(f"{kind}.e{number}", each, phases)


def _nodes(phases: str) -> str:
    return "".join(f".{PHASES.index(phase) + 1}" for phase in phases)


def _numbers(values: Sequence[float]) -> str:
    return " ".join(repr(float(value)) for value in values)


def _lower_triangle(values: Sequence[float], row: Phasing, *, phases: str) -> str:
    """The rows of a matrix that belong to `phases`, as OpenDSS reads them."""
    kept = [row.phases.index(phase) for phase in phases]
    texts = []
    for place, i in enumerate(kept):
        pairs = [(max(i, k), min(i, k)) for k in kept[: place + 1]]
        texts.append(_numbers([values[a * (a + 1) // 2 + b] for a, b in pairs]))
    return "[" + " | ".join(texts) + "]"


def _matrices(row: Phasing, phases: str) -> str:
    nanofarads = [1e9 * value for value in row.c_f]
    found = {"rmatrix": row.r_ohm, "xmatrix": row.x_ohm, "cmatrix": nanofarads}
    return " ".join(
        f"{name}={_lower_triangle(values, row, phases=phases)}" for name, values in found.items()
    )


class _Writer:
    """Statements for one state."""

    def __init__(self, grid: PhasedGrid, part: PhasedPart) -> None:
        self._grid = grid
        self._network = grid.network
        self._part = part

    def sources(self) -> Iterator[str]:
        network, arrays = self._network, self._network.arrays
        yield f"set defaultbasefrequency={network.components.frequency_hz!r}"
        for k, number in enumerate(self._part.live.sources.tolist()):
            source = network.sources[arrays.sources.ids[number]]
            word = "new circuit.state" if k == 0 else f"new vsource.v{k}"
            yield (
                f"{word} bus1={self._bus(source.node, PHASES)} phases=3 "
                f"basekv={self._kilovolts(source.node)!r} pu={source.voltage_pu!r} "
                f"r1=0 x1={SOURCE_OHM!r} r0=0 x0={SOURCE_OHM!r}"
            )

    def element(self, each: Measured) -> str:
        row = each.conductors.row
        if row.kind is PhasedKind.TRANSFORMER:
            return self._transformer(each)
        one, other = (self._bus(node, each.phases) for node in each.conductors.ends)
        start = f"new {each.name} bus1={one} bus2={other} phases={len(each.phases)} length=1"
        shape = _CONTACT if row.kind is PhasedKind.SWITCH else row
        texts, key = self._grid.texts, (shape.id, each.phases)
        if key not in texts:
            texts[key] = _matrices(shape, each.phases)
        return f"{start} {texts[key]}"

    def _transformer(self, each: Measured) -> str:
        row = each.conductors.row
        unit = self._network.branches[row.element]  # type: ignore[index]
        assert isinstance(unit, Transformer)
        buses = " ".join(self._bus(node, each.phases) for node in each.conductors.ends)
        r_pct = 100 * row.r_pu / 2
        kva = (row.power_va_rated or 0.0) / 1e3
        iron = unit.iron_loss_w / unit.power_va_rated
        magnetising = math.sqrt(max(unit.no_load_current_pu**2 - iron**2, 0.0))
        volts = [(v or 0.0) / 1e3 for v in (row.voltage_v_from, row.voltage_v_to)]
        return (
            f"new {each.name} phases={1 if len(row.phases) < len(PHASES) else 3} windings=2 "
            f"buses=[{buses}] conns=[{row.connection} {row.connection_to}] "
            f"kvs=[{_numbers(volts)}] kvas=[{_numbers([kva, kva])}] "
            f"%rs=[{_numbers([r_pct, r_pct])}] xhl={100 * row.x_pu!r} "
            f"%noloadloss={100 * iron!r} %imag={100 * magnetising!r} "
            f"leadlag={'lead' if unit.clock == CLOCK_LEAD else 'lag'} "
            f"wdg=2 tap={row.tap_pu!r}"
        )

    def regulators(self, measured: Sequence[Measured]) -> Iterator[str]:
        for each in measured:
            row = each.conductors.row
            if row.regulated_v is not None:
                yield (
                    f"new regcontrol.{each.name.replace('.', '_')} "
                    f"{each.name.replace('.', '=')} winding=2 vreg={row.regulated_v!r} "
                    f"band={row.regulated_band_v!r} ptratio=1 ctprim=1 R={row.drop_r_ohm!r} "
                    f"X={row.drop_x_ohm!r} delay={row.regulator_delay_s!r} maxtapchange=1"
                )

    def loads(self, loads: LoadPowers) -> Iterator[str]:
        network, arrays = self._network, self._network.arrays
        for number in self._part.live.loads.tolist():
            load = network.loads[arrays.loads.ids[number]]
            (row,) = self._grid.rows(PhasedKind.LOAD, load.id)
            power = complex(loads.p_w[number], loads.q_var[number])
            if power and self._is_fed(load.node, row.phases):
                current, impedance = load.constant_current_share, load.constant_impedance_share
                model = MODELS.get((current, impedance), LOAD_MODEL_MIXED)
                shares = _numbers([impedance, current, load.constant_power_share])
                drawing = self._drawing(f"d{number}", load.node, row=row, power=power)
                mixed = f" zipv=[{shares} {shares} 0]" if model == LOAD_MODEL_MIXED else ""
                yield f"{drawing} model={model}{mixed}"

    def shunts(self) -> Iterator[str]:
        for number in self._part.live.shunts.tolist():
            shunt = self._network.components.shunts[number]
            (row,) = self._grid.rows(PhasedKind.SHUNT, shunt.id)
            power = complex(shunt.p_w, shunt.q_var)
            if power and self._is_fed(shunt.node, row.phases):
                yield f"{self._drawing(f'c{number}', shunt.node, row=row, power=power)} model=2"

    def starved(self) -> Iterator[tuple[LoadId, NodeId, str]]:
        network, arrays = self._network, self._network.arrays
        for number in self._part.live.loads.tolist():
            load = network.loads[arrays.loads.ids[number]]
            (row,) = self._grid.rows(PhasedKind.LOAD, load.id)
            dead = "".join(p for p in row.phases if (load.node, p) not in self._part.places)
            if dead:
                yield load.id, load.node, dead

    def _drawing(self, name: str, node: NodeId, *, row: Phasing, power: complex) -> str:
        spans = row.connection is Connection.DELTA and len(row.phases) == 2
        phases = 1 if spans else len(row.phases)
        is_to_ground = phases == 1 and not spans
        kilovolts = self._kilovolts(node) / (math.sqrt(3) if is_to_ground else 1.0)
        low, high = VOLTAGE_PU_RIGID
        return (
            f"new load.{name} bus1={self._bus(node, row.phases)} phases={phases} "
            f"conn={row.connection} kv={kilovolts!r} kw={power.real / 1e3!r} "
            f"kvar={power.imag / 1e3!r} vminpu={low!r} vmaxpu={high!r} vlowpu=0.1"
        )

    def _is_fed(self, node: NodeId, phases: str) -> bool:
        return all((node, phase) in self._part.places for phase in phases)

    def _bus(self, node: NodeId, phases: str) -> str:
        return bus_of(self._grid, node) + _nodes(phases)

    def _kilovolts(self, node: NodeId) -> float:
        return self._network.nodes[node].voltage_v_nominal / 1e3


_CONTACT = Phasing(
    id="",
    kind=PhasedKind.SWITCH,
    element="",
    phases=PHASES,
    r_ohm=(CONTACT_OHM, 0.0, CONTACT_OHM, 0.0, 0.0, CONTACT_OHM),
    x_ohm=(0.0,) * 6,
    c_f=(0.0,) * 6,
)
