"""Which variable of a server is which point of a grid, by their names."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gridops.ids import SwitchId
from gridops.network import ORDERS, Control, IndicatorKind, Network, Signal, parse_address
from opcua_bridge.engineering.assignment import assign
from opcua_bridge.engineering.atoms import atoms_of
from opcua_bridge.engineering.designations import Designations
from opcua_bridge.engineering.reading_names import NameReader, Reading, Target
from opcua_bridge.engineering.signal_words import fits_type

_COMMON = 0.5
_CONFLICT = 0.6
_CONFLICT_FROM = 0.5
_WRONG_TYPE = 0.3
_UNKNOWN_TYPE = 0.95
_ARRAY = 0.3
_NOT_WRITABLE = 0.4
_WRITABLE_STATE = 0.8
_NOT_IN_GRID = 0.6
_LEAST = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A variable by all that it is called."""

    node_id: str
    """Its identifier, as `points.csv` would hold it."""
    path: tuple[str, ...]
    name: str
    shown: tuple[str, ...] = ()
    """The path as the server shows it to people, if it differs."""
    data_type: str = "?"
    is_array: bool = False
    is_writable: bool = False

    @property
    def texts(self) -> list[tuple[str, ...]]:
        """What it is called: by an identifier that is a text, by its path, by what is shown. A
        number, a GUID and an opaque identifier say nothing."""
        identifier = parse_address(self.node_id).identifier
        texts: list[tuple[str, ...]] = [(identifier,)] if isinstance(identifier, str) else []
        texts.append(self.path)
        if self.name != self.path[-1]:
            texts.append((*self.path[:-1], self.name))
        if self.shown and self.shown not in texts:
            texts.append(self.shown)
        return texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A row of `points.csv` that may be."""

    named: Named
    element: str
    signal: Signal
    confidence: float
    """From 0 to 1: how sure the names make it. No probability."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    rows: Sequence[Proposed]
    """The surest first."""
    left: Sequence[Named]
    """Variables for which no name speaks."""
    wanted: Sequence[Target]
    """Positions, commands and indicators that the grid leads one to expect, and that nothing
    was found for."""


def propose(
    network: Network, variables: Sequence[Named], *, taken: frozenset[Target] = frozenset()
) -> Proposal:
    """Every variable at most once, every point at most once; those `taken` are not proposed."""
    reader = NameReader(Designations(network), _common_to(variables))
    reader.prepare(["/".join(text) for each in variables for text in each.texts])
    wishes: dict[tuple[int, Target], float] = {}
    reasons: dict[tuple[int, Target], str] = {}
    for number, named in enumerate(variables):
        for target, reading in _readings(reader, named).items():
            if target in taken:
                continue
            judged = _judged(network, named, target=target, reading=reading)
            if judged.confidence >= _LEAST:
                wishes[number, target] = judged.confidence
                reasons[number, target] = judged.why
    assigned = assign(wishes)
    rows = [
        Proposed(
            named=variables[number],
            element=target[0],
            signal=target[1],
            confidence=round(confidence, 3),
            why=reasons[number, target] + ("; another would do as well" if is_disputed else ""),
        )
        for number, (target, confidence, is_disputed) in assigned.items()
    ]
    rows.sort(key=lambda row: (-row.confidence, row.element, row.signal))
    found = {(row.element, row.signal) for row in rows} | taken
    return Proposal(
        rows=rows,
        left=[named for number, named in enumerate(variables) if number not in assigned],
        wanted=[target for target in _expected(network) if target not in found],
    )


def _common_to(variables: Sequence[Named]) -> frozenset[str]:
    counts = Counter(
        text
        for each in variables
        for text in {
            atom.text for part in (*each.path[:-1], *each.shown[:-1]) for atom in atoms_of(part)
        }
    )
    return frozenset(text for text, count in counts.items() if count > _COMMON * len(variables))


def _readings(reader: NameReader, named: Named) -> dict[Target, Reading]:
    """The best of identifier, path and shown name; less where they contradict one another."""
    each = [reader.read(text) for text in named.texts]
    merged: dict[Target, Reading] = {}
    for readings in each:
        for target, reading in readings.items():
            if target not in merged or merged[target].confidence < reading.confidence:
                merged[target] = reading
    tops = {
        max(readings, key=lambda target: readings[target].confidence)
        for readings in each
        if any(reading.confidence >= _CONFLICT_FROM for reading in readings.values())
    }
    if len(tops) <= 1:
        return merged
    return {
        target: Reading(reading.confidence * _CONFLICT, f"{reading.why}; its names contradict")
        for target, reading in merged.items()
    }


def _judged(network: Network, named: Named, *, target: Target, reading: Reading) -> Reading:
    """With what the server and the grid say besides."""
    confidence, notes = reading.confidence, [reading.why]
    for factor, note in _objections(network, named, target=target):
        confidence *= factor
        notes.append(note)
    return Reading(confidence, "; ".join(note for note in notes if note))


def _objections(network: Network, named: Named, *, target: Target) -> Iterator[tuple[float, str]]:
    element, signal = target
    fits = fits_type(signal, named.data_type)
    if fits is None:
        yield _UNKNOWN_TYPE, ""
    elif not fits:
        yield _WRONG_TYPE, f"{named.data_type} carries no {signal}"
    if named.is_array:
        yield _ARRAY, "it is an array"
    if signal in ORDERS and not named.is_writable:
        yield _NOT_WRITABLE, "it cannot be written"
    if signal is Signal.POSITION and named.is_writable:
        yield _WRITABLE_STATE, "it can be written, as a command"
    if signal is not Signal.VOLTAGE:
        missing = _missing_in_grid(network, SwitchId(element), signal=signal)
        if missing:
            yield _NOT_IN_GRID, missing


def _missing_in_grid(network: Network, switch_id: SwitchId, *, signal: Signal) -> str:
    switch = network.switches[switch_id]
    if signal in ORDERS and switch.control is not Control.REMOTE:
        return "its control is not remote"
    if signal.startswith("fault_flag") and switch.indicator is IndicatorKind.NONE:
        return "it has no indicator"
    if signal is Signal.FAULT_FLAG_REVERSE and switch.indicator is not IndicatorKind.DIRECTIONAL:
        return "its indicator knows no direction"
    if signal is Signal.PROTECTION and not switch.protects:
        return "it has no protection"
    if signal is Signal.LOCKOUT and not switch.lockout_point:
        return "it reports no lockout"
    return ""


def _expected(network: Network) -> Iterator[Target]:
    for switch in network.switches.values():
        if switch.control is Control.REMOTE:
            yield switch.id, Signal.POSITION
            yield switch.id, Signal.COMMAND
        if switch.indicator is not IndicatorKind.NONE:
            yield switch.id, Signal.FAULT_FLAG
