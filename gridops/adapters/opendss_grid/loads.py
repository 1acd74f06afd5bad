"""Loads, and how each of them depends on voltage."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gridops.adapters.opendss_grid.draft import (
    Draft,
    Element,
    count,
    phase_note,
    rounded,
    terminal_at,
)
from gridops.adapters.opendss_grid.phases import PHASES, Terminal, winding_phasor
from gridops.ids import LoadId, NodeId
from gridops.network import Load, NodeKind

LOAD_MODELS = {
    1: "constant power",
    2: "constant impedance",
    3: "constant P, quadratic Q",
    4: "P and Q by exponents",
    5: "constant current",
    6: "constant P, fixed Q",
    7: "constant P, Q of fixed impedance",
    8: "ZIP",
}
CONSTANT_POWER, ZIP = 1, 8
SHARES_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class _Shares:
    """Of the power that a load draws at its rated voltage; they make a whole."""

    power: float
    current: float
    impedance: float


_RIGID = _Shares(1.0, 0.0, 0.0)
_SHARES: Mapping[int, _Shares] = {2: _Shares(0.0, 0.0, 1.0), 5: _Shares(0.0, 1.0, 0.0)}


def add_loads(draft: Draft) -> None:
    """Every enabled load, with its power at the nominal voltage of its bus."""
    mult = float(draft.circuit["load_mult"])
    elements = list(draft.elements("Load"))
    for element in elements:
        at = terminal_at(element)
        scale = mult if str(element["status"]).lower().startswith("v") else 1.0
        draft.loads.append(_load(draft, element, at=at, scale=scale))
        draft.kinds.setdefault(at.bus, NodeKind.STATION)
        draft.carried["Load"] += 1
    if mult != 1.0:
        draft.say(f"Loads that follow it carry the load multiplier {mult:g}.")
    draft.assumptions += _voltage_sentences(draft, elements)
    draft.assumptions += _other_sentences(elements)


def _load(draft: Draft, element: Element, *, at: Terminal, scale: float) -> Load:
    shares = _shares_of(element) or _RIGID
    nominal = _nominal_of_rated(draft, element)
    current, impedance = shares.current * nominal, shares.impedance * nominal**2
    factor = shares.power + current + impedance
    return Load(
        id=LoadId(f"LD_{draft.new_id(str(element['Name']), 'LOAD_', table='loads')}"),
        name=f"Load {element['Name']}" + phase_note(at),
        node=NodeId(at.bus),
        p_w=rounded(float(element["kw"]) * 1e3 * scale * factor),
        q_var=rounded(float(element["kvar"]) * 1e3 * scale * factor),
        customers=0,
        constant_current_share=rounded(current / factor),
        constant_impedance_share=rounded(impedance / factor),
    )


def _shares_of(element: Element) -> _Shares | None:
    """None where OpenDSS's model cannot be said in shares."""
    model = int(element["model"])
    if model == CONSTANT_POWER:
        return _RIGID
    if model == ZIP:
        return _zip_shares(element)
    return _SHARES.get(model)


def _zip_shares(element: Element) -> _Shares | None:
    """`zipv` lists impedance, current and power for P, the same for Q, and a cut-off voltage."""
    zipv = [float(each) for each in element["zipv"]]
    of_p, of_q = zipv[:3], zipv[3:6]
    alike = all(abs(p - q) <= SHARES_TOLERANCE for p, q in zip(of_p, of_q, strict=True))
    if not alike or min(of_p) < 0 or abs(sum(of_p) - 1) > SHARES_TOLERANCE:
        return None
    impedance, current, power = (each / sum(of_p) for each in of_p)
    return _Shares(power, current, impedance)


def _nominal_of_rated(draft: Draft, element: Element) -> float:
    """Nominal voltage of the bus over the voltage at which the load draws what it states.

    The rating is line to line, but for one-phase loads: there it is across the load.
    """
    nominal_v = draft.voltage_v[terminal_at(element).bus]
    rated_v = float(element["kv"]) * 1e3
    phases = int(element["phases"])
    if phases == 1:
        nominal_v *= abs(winding_phasor(terminal_at(element), phases)) / math.sqrt(3)
    return nominal_v / rated_v if nominal_v > 0 and rated_v > 0 else 1.0


def _voltage_sentences(draft: Draft, elements: list[Element]) -> Iterator[str]:
    kept: dict[int, list[Element]] = defaultdict(list)
    lost: dict[int, list[Element]] = defaultdict(list)
    for element in elements:
        if int(element["model"]) != CONSTANT_POWER:
            (lost if _shares_of(element) is None else kept)[int(element["model"])].append(element)
    if kept:
        yield f"Loads that depend on voltage are carried so: {_by_model(kept)}."
        yield from _sentence_on_rated_voltages(draft, [e for some in kept.values() for e in some])
    if lost:
        yield (
            "Loads that depend on voltage otherwise than by equal shares of active and reactive "
            f"power are carried as constant power: {_by_model(lost)}."
        )
    cut = [e for e in kept[ZIP] if len(e["zipv"]) > 6 and float(e["zipv"][6]) > 0]
    if cut:
        yield f"The voltage below which they draw nothing is lost of {count(len(cut), 'ZIP load')}."


def _by_model(by_model: Mapping[int, list[Element]]) -> str:
    return "; ".join(
        f"{len(some)} of {LOAD_MODELS.get(model, f'model {model}')} "
        f"({sum(float(e['kw']) for e in some):g} kW)"
        for model, some in sorted(by_model.items())
    )


def _sentence_on_rated_voltages(draft: Draft, elements: list[Element]) -> Iterator[str]:
    restated = [e for e in elements if abs(_nominal_of_rated(draft, e) - 1) > SHARES_TOLERANCE]
    if restated:
        off = sorted(100 * (_nominal_of_rated(draft, e) - 1) for e in restated)
        told = " to ".join(dict.fromkeys(f"{each:+.2f}" for each in (off[0], off[-1])))
        yield (
            f"The nominal voltage at {len(restated)} of them is not their rated one ({told} %): "
            "their power is restated at nominal voltage."
        )


def _other_sentences(elements: list[Element]) -> Iterator[str]:
    single = [e for e in elements if len(terminal_at(e).phases) < len(PHASES)]
    if single:
        power_kw = sum(float(e["kw"]) for e in single)
        yield (
            f"{count(len(single), 'load')} on one or two phases ({power_kw:g} kW) are carried as "
            "three-phase loads of the same power."
        )
    curves = [e for e in elements if any(e.get(c) for c in ("daily", "yearly", "duty"))]
    if curves:
        yield f"Load shapes of {count(len(curves), 'load')} are not carried."
