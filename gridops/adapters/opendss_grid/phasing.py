"""The phases of a circuit's elements -> rows of `phasing.csv`.

What the balanced mapping loses is kept here, with the ids that the mapping has given. A circuit
that has what the table cannot say keeps none of it: half of the phases would be a wrong circuit.
"""

from collections.abc import Iterator, Sequence

from gridops.adapters.opendss_grid.draft import Draft, Element, ends_of, rounded, terminal_at
from gridops.adapters.opendss_grid.phases import PHASES, Terminal, terminal_of
from gridops.network import Connection, PhasedKind, Phasing

LETTERS = "ABC"


class _CannotSay(Exception):
    """The element has phases that a row cannot hold."""


def phasing_of(draft: Draft) -> tuple[Phasing, ...]:
    """Rows for every line and transformer, and for what does not lie on all three phases.

    Empty, with a sentence that says why, where the circuit has something that no row can say.
    """
    try:
        return (
            *_lines(draft),
            *_transformers(draft),
            *_loads(draft),
            *_shunts(draft),
        )
    except _CannotSay as why:
        draft.say(f"Per-phase data is not kept: {why}. No three-phase verdict on plans is given.")
        return ()


def _letters(nodes: Sequence[int]) -> str:
    return "".join(LETTERS[node - 1] for node in nodes if node in PHASES)


def _lines(draft: Draft) -> Iterator[Phasing]:
    branches = {branch.name.split(" (", maxsplit=1)[0]: branch.id for branch in draft.branches}
    for line in draft.elements("Line"):
        if not line["switch"]:
            yield _line(draft, line, ident=str(branches[f"Line {line['Name']}"]))
    letters_of = {
        str(line["Name"]): _phases_of(line)
        for line in draft.circuit["elements"].get("Line", ())
        if line["switch"]
    }
    for switch in draft.switches:
        letters = letters_of.get(switch.name.split(" (", maxsplit=1)[0].removeprefix("Switch "))
        if letters is not None and len(letters) < len(PHASES):
            yield Phasing(
                id=f"switch.{switch.id}", kind=PhasedKind.SWITCH, element=switch.id, phases=letters
            )


def _phases_of(line: Element) -> str:
    """Raises: _CannotSay for a line that changes from one phase to another."""
    one, other = ends_of(line)
    if one.nodes != other.nodes:
        raise _CannotSay(f"line {line['Name']} joins phases {one.nodes} to {other.nodes}")
    if any(node not in PHASES for node in one.nodes):
        raise _CannotSay(f"line {line['Name']} has a conductor that is no phase")
    return _letters(one.nodes)


def _line(draft: Draft, line: Element, *, ident: str) -> Phasing:
    ratio = draft.circuit["frequency_hz"] / float(line["basefreq"])
    length = float(line["length"])
    return Phasing(
        id=f"line.{ident}",
        kind=PhasedKind.LINE,
        element=ident,
        phases=_phases_of(line),
        r_ohm=_triangle(line["rmatrix"], length),
        x_ohm=_triangle(line["xmatrix"], length * ratio),
        c_f=_triangle(line["cmatrix"], length * 1e-9),
    )


def _triangle(matrix: Sequence[Sequence[float]], factor: float) -> tuple[float, ...]:
    return tuple(
        rounded(float(value) * factor) for k, row in enumerate(matrix) for value in row[: k + 1]
    )


def _transformers(draft: Draft) -> Iterator[Phasing]:
    units = {str(unit["Name"]): unit for unit in draft.elements("Transformer")}
    controls = {
        str(c["transformer"]).lower().removeprefix("transformer."): c
        for c in draft.elements("RegControl")
    }
    for transformer in draft.transformers:
        names = transformer.name.removeprefix("Transformer ").split(" + ")
        for name in names:
            own = "" if len(names) == 1 else f".{name}"
            yield _unit(
                units[name],
                controls.get(name.lower()),
                ident=f"transformer.{transformer.id}{own}",
                element=str(transformer.id),
                from_bus=transformer.from_node,
            )


def _unit(
    unit: Element, control: Element | None, *, ident: str, element: str, from_bus: str
) -> Phasing:
    ends = [terminal_of(str(bus), int(unit["phases"])) for bus in unit["buses"]]
    volts = [float(kv) * 1e3 for kv in unit["kvs"]]
    high = 0 if _is_at(ends[0], from_bus) else 1
    low = 1 - high
    if _letters(ends[0].nodes) != _letters(ends[1].nodes):
        raise _CannotSay(f"transformer {unit['Name']} joins other phases at its two sides")
    if abs(float(unit["taps"][high]) - 1.0) > 1e-9:
        volts[high] *= float(unit["taps"][high])
    connections = [_connection(unit, winding, end=ends[winding]) for winding in (high, low)]
    return Phasing(
        id=ident,
        kind=PhasedKind.TRANSFORMER,
        element=element,
        phases=_letters(ends[high].nodes),
        connection=connections[0],
        connection_to=connections[1],
        power_va_rated=rounded(float(unit["kvas"][high]) * 1e3),
        voltage_v_from=rounded(volts[high]),
        voltage_v_to=rounded(volts[low]),
        r_pu=rounded(sum(float(r) / 100 for r in unit["%rs"])),
        x_pu=rounded(float(unit["xhl"]) / 100),
        tap_pu=rounded(float(unit["taps"][low])),
        **({} if control is None else _regulator(control, unit, low=low)),  # type: ignore[arg-type]
    )


def _is_at(end: Terminal, node: str) -> bool:
    """A device at the end of a transformer gives it a node of its own, `name.bus`."""
    return node == end.bus or node.endswith(f".{end.bus}")


def _connection(unit: Element, winding: int, *, end: Terminal) -> Connection:
    is_delta = str(unit["conns"][winding]).lower().startswith(("d", "l"))
    spans_two = int(unit["phases"]) == 1 and len(end.phases) == 2
    return Connection.DELTA if is_delta or spans_two else Connection.WYE


def _regulator(control: Element, unit: Element, *, low: int) -> dict[str, float]:
    """In volts and ohms of the grid, not of the relay.

    Raises: _CannotSay for a regulator that does not move the low side by its own voltage.
    """
    if int(control["winding"]) != low + 1 or control["reversible"] or control["bus"]:
        raise _CannotSay(f"regulator {control['Name']} measures or moves another winding")
    standard = int(unit["numtaps"][low]), float(unit["mintap"][low]), float(unit["maxtap"][low])
    if standard != (32, 0.9, 1.1):
        raise _CannotSay(f"regulator {control['Name']} has other than 32 steps of 0.625 %")
    ratio, rated_a = float(control["ptratio"]), float(control["ctprim"])
    return {
        "regulated_v": rounded(float(control["vreg"]) * ratio),
        "regulated_band_v": rounded(float(control["band"]) * ratio),
        "drop_r_ohm": rounded(float(control["r"]) * ratio / rated_a),
        "drop_x_ohm": rounded(float(control["x"]) * ratio / rated_a),
        "regulator_delay_s": float(control["delay"]),
    }


def _loads(draft: Draft) -> Iterator[Phasing]:
    for load, element in zip(draft.loads, draft.elements("Load"), strict=True):
        at = terminal_at(element)
        is_delta = str(element["conn"]).lower().startswith(("d", "l"))
        spans_two = int(element["phases"]) == 1 and len(at.phases) == 2
        if len(at.phases) < len(PHASES) or is_delta:
            yield Phasing(
                id=f"load.{load.id}",
                kind=PhasedKind.LOAD,
                element=load.id,
                phases=_letters(at.nodes),
                connection=Connection.DELTA if is_delta or spans_two else Connection.WYE,
            )


def _shunts(draft: Draft) -> Iterator[Phasing]:
    elements = {
        str(e["Name"]): e for name in ("Capacitor", "Reactor") for e in draft.elements(name)
    }
    for shunt in draft.shunts:
        element = elements[shunt.name.split(" (", maxsplit=1)[0].split(" ", maxsplit=1)[1]]
        at = terminal_of(str(element["bus1"]), int(element["phases"][0]))
        is_delta = str(element["conn"]).startswith(("d", "l"))
        if len(at.phases) < len(PHASES) or is_delta:
            yield Phasing(
                id=f"shunt.{shunt.id}",
                kind=PhasedKind.SHUNT,
                element=shunt.id,
                phases=_letters(at.nodes),
                connection=Connection.DELTA if is_delta else Connection.WYE,
            )
