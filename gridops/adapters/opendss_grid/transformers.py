"""Transformers and regulators -> two-winding transformers; units of a bank become one."""

import cmath
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gridops.adapters.opendss_grid.draft import Draft, Element, count, listed, rated_v, rounded
from gridops.adapters.opendss_grid.merging import shared_start
from gridops.adapters.opendss_grid.phases import (
    PHASES,
    Terminal,
    terminal_of,
    winding_phasor,
)
from gridops.ids import BranchId, NodeId
from gridops.network import NodeKind, Transformer

TAP_TOLERANCE_PU = 1e-9
REGULATOR_RATIO_MAX = 1.15
CLOCK_LAG, CLOCK_LEAD = 1, 11


@dataclass(frozen=True, slots=True)
class _Bank:
    """Units between the same two buses, each with other phases; one unit is a bank too."""

    units: tuple[Element, ...]
    high: int
    """Index of the high-voltage winding, 0 or 1."""

    @property
    def low(self) -> int:
        return 1 - self.high

    def terminal(self, winding: int) -> Terminal:
        return _terminal(self.units[0], winding)

    @property
    def names(self) -> list[str]:
        return [str(unit["Name"]) for unit in self.units]

    @property
    def phases(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(p for u in self.units for p in _terminal(u, 0).phases))


def name_bank_members(draft: Draft) -> None:
    """Devices at any unit of a bank stand at the bank."""
    for bank in _banks(draft):
        leader = f"transformer.{bank.names[0]}".lower()
        draft.bank_phases[leader] = bank.phases
        draft.part_of |= {f"transformer.{name}".lower(): leader for name in bank.names}


def add_transformers(draft: Draft) -> None:
    banks = list(_banks(draft))
    for bank in banks:
        draft.transformers.append(_transformer(draft, bank))
        draft.carried["Transformer"] += len(bank.units)
        for winding in (0, 1) if _has_busbars(draft, bank) else ():
            draft.kinds.setdefault(bank.terminal(winding).bus, NodeKind.BUSBAR)
    regulated = {str(c["transformer"]).lower() for c in draft.elements("RegControl")}
    draft.assumptions += [*_bank_sentences(banks), *_regulator_sentences(banks, regulated)]


def _has_busbars(draft: Draft, bank: _Bank) -> bool:
    """A substation has; a regulator on the way along a feeder stands on a pole."""
    sources = {terminal_of(str(s["bus1"]), int(s["phases"])).bus for s in draft.elements("Vsource")}
    volts = [rated_v(bank.units[0], winding) for winding in (bank.low, bank.high)]
    is_regulator = volts[1] < REGULATOR_RATIO_MAX * volts[0]
    return not is_regulator or bool(sources & {bank.terminal(w).bus for w in (0, 1)})


def _terminal(unit: Element, winding: int) -> Terminal:
    return terminal_of(str(unit["buses"][winding]), int(unit["phases"]))


def _banks(draft: Draft) -> Iterator[_Bank]:
    """In the order of their first unit.

    Raises: GridUnreadable for a transformer with more than two windings.
    """
    open_banks: dict[tuple[str, str], list[list[Element]]] = {}
    order: list[list[Element]] = []
    for unit in draft.elements("Transformer"):
        if len(unit["buses"]) != 2:
            raise draft.refuse(
                f"transformer {unit['Name']} has {len(unit['buses'])} windings",
                "replace it by two-winding transformers; a centre-tapped one by its primary load",
            )
        ends = _terminal(unit, 0).bus, _terminal(unit, 1).bus
        mine = set(_terminal(unit, 0).nodes) - {0}
        for units in open_banks.setdefault(ends, []):
            taken = {n for u in units for n in _terminal(u, 0).nodes} - {0}
            is_single = all(int(u["phases"]) == 1 for u in (*units, unit))
            if is_single and len(units) < len(PHASES) and _may_join(taken, mine):
                units.append(unit)
                break
        else:
            order.append([unit])
            open_banks[ends].append(order[-1])
    for units in order:
        high = 0 if rated_v(units[0], 0) >= rated_v(units[0], 1) else 1
        yield _Bank(tuple(units), high)


def _may_join(taken: set[int], mine: set[int]) -> bool:
    """Wye units have a phase each; delta units share their ends, but no two are alike."""
    return (
        not taken & mine
        or (len(mine) == 2 and not mine <= taken)
        or (len(mine) == 2 and taken == set(PHASES))
    )


def _transformer(draft: Draft, bank: _Bank) -> Transformer:
    power_kva = sum(float(u["kvas"][0]) for u in bank.units)
    r_pu, x_pu = _weighted(bank, _resistance_pu), _weighted(bank, _reactance_pu)
    iron_pu = _weighted(bank, lambda u: float(u["%noloadloss"]) / 100)
    magnetising_pu = _weighted(bank, lambda u: float(u["%imag"]) / 100)
    tap_high, tap_low = _mean_tap(bank, bank.high), _mean_tap(bank, bank.low)
    position, step, limits = _tap_steps(bank, tap_high)
    folded = 1.0 if step else tap_high
    name = _bank_name(bank)
    return Transformer(
        id=BranchId(draft.new_id(name, "TRANSFORMER_")),
        name=f"Transformer {' + '.join(bank.names)}",
        from_node=_end(draft, bank, winding=bank.high),
        to_node=_end(draft, bank, winding=bank.low),
        power_va_rated=rounded(power_kva * 1e3),
        voltage_v_from=rounded(rated_v(bank.units[0], bank.high) * folded),
        voltage_v_to=rounded(rated_v(bank.units[0], bank.low) * tap_low),
        short_circuit_voltage_pu=rounded(math.hypot(r_pu, x_pu)),
        copper_loss_w=rounded(r_pu * power_kva * 1e3),
        iron_loss_w=rounded(iron_pu * power_kva * 1e3),
        no_load_current_pu=rounded(math.hypot(iron_pu, magnetising_pu)),
        tap_position=position,
        tap_min=limits[0],
        tap_max=limits[1],
        tap_step_pu=rounded(step),
        clock=_clock(bank),
    )


def _end(draft: Draft, bank: _Bank, *, winding: int) -> NodeId:
    key = f"transformer.{bank.names[0]}".lower()
    return draft.end(key, winding + 1, bus=bank.terminal(winding).bus)


def _weighted(bank: _Bank, value: Callable[[Element], float]) -> float:
    """Mean over the units, by their power."""
    total = sum(float(u["kvas"][0]) for u in bank.units)
    return sum(value(u) * float(u["kvas"][0]) for u in bank.units) / total


def _resistance_pu(unit: Element) -> float:
    """Both windings. The engine takes the figures of both on the power of the first."""
    return sum(float(r) / 100 for r in unit["%rs"])


def _reactance_pu(unit: Element) -> float:
    return float(unit["xhl"]) / 100


def _mean_tap(bank: _Bank, winding: int) -> float:
    return sum(float(u["taps"][winding]) for u in bank.units) / len(bank.units)


def _tap_steps(bank: _Bank, tap_high: float) -> tuple[int, float, tuple[int, int]]:
    """(position, step, limits) of the high side, or zeros if it is not on a whole step."""
    unit = bank.units[0]
    steps = int(unit["numtaps"][bank.high])
    low, high = float(unit["mintap"][bank.high]), float(unit["maxtap"][bank.high])
    nothing = 0, 0.0, (0, 0)
    if abs(tap_high - 1) < TAP_TOLERANCE_PU or steps <= 0 or high <= low:
        return nothing
    step = (high - low) / steps
    position = round((tap_high - 1) / step)
    if abs(1 + position * step - tap_high) > TAP_TOLERANCE_PU:
        return nothing
    return position, step, (round((low - 1) / step), round((high - 1) / step))


def _clock(bank: _Bank) -> int:
    """Hours by which the low side lags."""
    unit = bank.units[0]
    if int(unit["phases"]) == 1:
        high = winding_phasor(_terminal(unit, bank.high), 1)
        low = winding_phasor(_terminal(unit, bank.low), 1)
        if not high or not low:
            return 0
        lead_deg = math.degrees(cmath.phase(high / low))
        return round(-lead_deg / 30) % 12
    deltas = [str(c).lower().startswith(("d", "l")) for c in unit["conns"]]
    if deltas[0] == deltas[1]:
        return 0
    return CLOCK_LEAD if str(unit["leadlag"]).lower() in ("lead", "euro") else CLOCK_LAG


def _bank_name(bank: _Bank) -> str:
    """Its `bank` property, else what the names of its units have in common."""
    if len(bank.units) == 1:
        return bank.names[0]
    stated = str(bank.units[0].get("bank") or "")
    return stated or shared_start(bank.names).rstrip("_-.") or "_".join(bank.names)


def _bank_sentences(banks: list[_Bank]) -> Iterator[str]:
    joined = [b for b in banks if len(b.units) > 1]
    if joined:
        yield (
            f"{count(len(joined), 'bank')} of one-phase units are one transformer each, with the "
            f"sum of their powers: {listed([' + '.join(b.names) for b in joined])}."
        )
    few = [b for b in banks if len(b.phases) < len(PHASES)]
    if few:
        yield (
            "Transformers on one or two phases are carried as three-phase ones of the same power "
            f"and per-unit impedance: {listed([' + '.join(b.names) for b in few])}."
        )


def _regulator_sentences(banks: list[_Bank], regulated: set[str]) -> Iterator[str]:
    for bank in banks:
        is_regulated = any(f"transformer.{n}".lower() in regulated for n in bank.names)
        windings = (bank.high, bank.low)
        is_tapped = any(abs(_mean_tap(bank, w) - 1) > TAP_TOLERANCE_PU for w in windings)
        if is_regulated or is_tapped:
            yield _tap_sentence(bank, is_regulated=is_regulated)


def _tap_sentence(bank: _Bank, *, is_regulated: bool) -> str:
    said = " + ".join(bank.names)
    why = "solved by its regulator control, now fixed" if is_regulated else "as the source states"
    winding = max((bank.high, bank.low), key=lambda w: abs(_mean_tap(bank, w) - 1))
    taps = [float(u["taps"][winding]) for u in bank.units]
    sentence = f"Tap of {said}: {_mean_tap(bank, winding):.5f} pu, {why}"
    if max(taps) - min(taps) > TAP_TOLERANCE_PU:
        each = ", ".join(f"{tap:.5f}" for tap in taps)
        sentence += f"; mean of {each}, a spread of {max(taps) - min(taps):.5f} pu that is lost"
    if winding == bank.low:
        sentence += "; a low-side tap is folded into the rated voltage"
    return sentence + "."
