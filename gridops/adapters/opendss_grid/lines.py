"""Lines -> branches, switch lines -> switches, and open terminals."""

import math
from collections.abc import Iterator
from statistics import median

from gridops.adapters.opendss_grid.draft import (
    Draft,
    Element,
    add_terminal,
    count,
    ends_of,
    listed,
    rounded,
)
from gridops.adapters.opendss_grid.phases import (
    PHASES,
    charging_share,
    current_share,
    series_ohm,
)
from gridops.ids import BranchId, NodeId, SwitchId
from gridops.measurement import Position
from gridops.network import Branch, BranchKind, Control, Switch, SwitchKind

METRES = {
    "mi": 1609.344,
    "kft": 304.8,
    "km": 1000.0,
    "m": 1.0,
    "ft": 0.3048,
    "in": 0.0254,
    "cm": 0.01,
    "mm": 0.001,
}
LIKELY_UNITS = ("m", "km", "kft", "mi", "ft")
OHM_PER_KM_USUAL = 0.5
CURRENT_A_DEFAULT, EMERGENCY_A_DEFAULT = 400.0, 600.0
"""What OpenDSS gives a line that states no rating."""
OPERATING_TIME_S_CREW = 1800.0
SWITCH_KINDS = {
    "swt_brk": SwitchKind.BREAKER,
    "swt_disc": SwitchKind.DISCONNECTOR,
    "swt_fuse": SwitchKind.FUSE,
    "swt_rec": SwitchKind.RECLOSER,
}
"""By LineType; any other switch line is a load-break switch."""


def add_lines(draft: Draft) -> None:
    """Every enabled line as branch or switch; disabled switch lines as open switches."""
    draft.unit_assumed = likely_unit(draft)
    for line in draft.elements("Line"):
        draft.carried["Line"] += line.get("members", 1)
        if line["switch"]:
            draft.switches.append(_switch(draft, line, position=_position_of(line)))
        else:
            _add_branch(draft, line)
    for line in _idle_switches(draft):
        draft.carried["Line"] += line.get("members", 1)
        draft.switches.append(_switch(draft, line, position=Position.OPEN))
    _tell(draft)


def _idle_switches(draft: Draft) -> list[Element]:
    return [e for e in draft.disabled("Line") if e["switch"] and _joins_known_buses(draft, e)]


def likely_unit(draft: Draft) -> str:
    """For lines without a unit of length: the one in which they look most like lines.

    The impedances do not depend on it: OpenDSS multiplies length and impedance per length.
    """
    impedances = [
        abs(complex(line["rmatrix"][0][0], line["xmatrix"][0][0]))
        for line in draft.elements("Line")
        if not line["switch"] and not _has_unit(line)
    ]
    known = [z for z in impedances if z > 0]
    if not known:
        return "m"
    per_km = {unit: median(known) / METRES[unit] * 1e3 for unit in LIKELY_UNITS}
    return min(LIKELY_UNITS, key=lambda unit: abs(math.log(per_km[unit] / OHM_PER_KM_USUAL)))


def _has_unit(line: Element) -> bool:
    return str(line["units"]).lower() in METRES


def _length_m(draft: Draft, line: Element) -> float:
    unit = str(line["units"]).lower() if _has_unit(line) else draft.unit_assumed
    return float(line["length"]) * METRES[unit]


def _joins_known_buses(draft: Draft, line: Element) -> bool:
    return all(NodeId(end.bus) in draft.nodes for end in ends_of(line))


def key_of(line: Element) -> str:
    return f"line.{line['Name']}".lower()


def _phases_of(draft: Draft, line: Element) -> tuple[int, ...]:
    phases = ends_of(line)[0].phases
    if not phases:
        raise draft.refuse(
            f"line {line['Name']} has none of the phases 1, 2 and 3", "leave out neutral conductors"
        )
    return phases


def _add_branch(draft: Draft, line: Element) -> None:
    one, other = ends_of(line)
    phases, length = _phases_of(draft, line), float(line["length"])
    ratio = draft.circuit["frequency_hz"] / float(line["basefreq"])
    nodes = one.nodes[: len(line["rmatrix"])]
    z = series_ohm(line["rmatrix"], line["xmatrix"], nodes=nodes) * length
    _open_ends(draft, line)
    share = current_share(phases)
    draft.branches.append(
        Branch(
            id=BranchId(draft.new_id(line["Name"], "LINE_")),
            name=f"Line {line['Name']}" + _phase_note(phases),
            kind=BranchKind.OVERHEAD if _is_overhead(line) else BranchKind.CABLE,
            from_node=draft.end(key_of(line), 1, bus=one.bus),
            to_node=draft.end(key_of(line), 2, bus=other.bus),
            length_m=rounded(_length_m(draft, line)),
            r_ohm=rounded(z.real),
            x_ohm=rounded(z.imag * ratio),
            c_f=rounded(charging_share(line["cmatrix"], nodes) * length * 1e-9),
            current_a_max=rounded(rated_a(line) * share),
            current_a_emergency=_emergency_a(line, share),
        )
    )


def _has_default_rating(line: Element) -> bool:
    """Whether it has what the engine gives to a line that states nothing."""
    ratings = float(line["normamps"]), float(line["emergamps"])
    return ratings == (CURRENT_A_DEFAULT, EMERGENCY_A_DEFAULT) or ratings[0] <= 0


def rated_a(line: Element) -> float:
    """Normal rating of one phase; the engine's own default where the line has none at all."""
    stated = float(line["normamps"])
    return stated if stated > 0 else CURRENT_A_DEFAULT


def _emergency_a(line: Element, share: float) -> float | None:
    stated = float(line["emergamps"])
    return rounded(stated * share) if stated >= rated_a(line) else None


def _phase_note(phases: tuple[int, ...]) -> str:
    """Which phases it has, where they are not all three."""
    if len(phases) == len(PHASES):
        return ""
    return f" (phase {''.join('ABC'[phase - 1] for phase in phases)})"


def _is_overhead(line: Element) -> bool:
    return not str(line["linetype"]).lower().startswith(("ug", "under"))


def _position_of(line: Element) -> Position:
    opened = any(all(terminal) for terminal in line["open"] if terminal)
    return Position.OPEN if opened else Position.CLOSED


def control_of(position: Position, phases: tuple[int, ...]) -> Control:
    """Nobody may close what would let one or two phases feed all three."""
    is_whole = len(phases) == len(PHASES)
    return Control.CREW if is_whole or position is Position.CLOSED else Control.NONE


def _switch(draft: Draft, line: Element, *, position: Position) -> Switch:
    one, other = ends_of(line)
    phases = _phases_of(draft, line)
    ident = SwitchId(draft.new_id(line["Name"], "LINE_"))
    if str(line["linetype"]).lower() not in SWITCH_KINDS:
        draft.unstated_kinds.add(ident)
    if _has_default_rating(line):
        draft.unstated_ratings.add(ident)
    return Switch(
        id=ident,
        name=f"Switch {line['Name']}" + _phase_note(phases),
        kind=SWITCH_KINDS.get(str(line["linetype"]).lower(), SwitchKind.LOAD_BREAK_SWITCH),
        node_a=NodeId(one.bus),
        node_b=NodeId(other.bus),
        normal_position=position,
        control=control_of(position, phases),
        operating_time_s=OPERATING_TIME_S_CREW,
        current_a_rated=rounded(rated_a(line) * current_share(phases)),
    )


def _open_ends(draft: Draft, line: Element) -> None:
    """An end that the script has opened gets an open disconnector, unless a device stands there."""
    one, other = ends_of(line)
    for number, (terminal, far) in enumerate(((one, other), (other, one)), start=1):
        if (key_of(line), number) in draft.ends or not all(line["open"][number - 1]):
            continue
        node = add_terminal(draft, key_of(line), terminal=number, bus=terminal.bus, far=far.bus)
        name = f"{line['Name']}.open{number}"
        draft.switches.append(
            Switch(
                id=SwitchId(draft.new_id(name, "LINE_")),
                name=f"Open end of line {line['Name']} at {terminal.bus}",
                kind=SwitchKind.DISCONNECTOR,
                node_a=NodeId(terminal.bus),
                node_b=node,
                normal_position=Position.OPEN,
                control=control_of(Position.OPEN, terminal.phases),
                operating_time_s=OPERATING_TIME_S_CREW,
                current_a_rated=rounded(rated_a(line) * current_share(_phases_of(draft, line))),
            )
        )
        draft.say(f"The open end of line {line['Name']} at {terminal.bus} is a disconnector.")


def _tell(draft: Draft) -> None:
    lines = [e for e in draft.elements("Line") if not e["switch"]]
    draft.assumptions += [
        *_phase_sentences(lines),
        *_rating_sentences(lines),
        *_length_sentences(lines, unit=draft.unit_assumed),
        *_switch_sentences([e for e in draft.elements("Line") if e["switch"]]),
        *_open_sentences(draft),
        *_idle_sentences(draft),
    ]


def _phase_sentences(lines: list[Element]) -> Iterator[str]:
    by_count = {n: [e for e in lines if len(ends_of(e)[0].phases) == n] for n in (1, 2)}
    few = len(by_count[1]) + len(by_count[2])
    if few:
        yield (
            f"{count(few, 'line')} of {len(lines)} have one phase ({len(by_count[1])}) or two "
            f"({len(by_count[2])}). Each is carried as a three-phase line for the same power: "
            "Z = 3/n^2 u*Zu, C = 1/3 u*Cu, ratings n/3 (n phases, u their unit phasors). With its "
            "phases loaded alike its losses, loading and mean voltage drop are the real ones; its "
            "currents read n/3 of the real ones."
        )
    if any(len(ends_of(e)[0].phases) == len(PHASES) for e in lines):
        yield (
            "Three-phase lines have the positive sequence of their phase matrices (mean self less "
            "mean mutual value); zero sequence and the coupling between sequences are lost."
        )


def _rating_sentences(lines: list[Element]) -> Iterator[str]:
    default = [e for e in lines if _has_default_rating(e) and float(e["normamps"]) > 0]
    if default:
        yield (
            f"{count(len(default), 'line')} of {len(lines)} carry {CURRENT_A_DEFAULT:g} A normally "
            f"and {EMERGENCY_A_DEFAULT:g} A in emergency per phase: OpenDSS's default, so probably "
            "no rating at all."
        )
    without = [str(e["Name"]) for e in lines if float(e["normamps"]) <= 0]
    if without:
        yield (
            f"{count(len(without), 'line')} have no rating, not even a default: "
            f"{CURRENT_A_DEFAULT:g} A is assumed ({listed(without)})."
        )
    over = sorted(
        ((max(e["currents_a"]) / e["normamps"], e["Name"]) for e in lines if e["normamps"] > 0),
        reverse=True,
    )
    above = [name for share, name in over if share > 1]
    if above:
        yield (
            f"In the solved source itself {count(len(above), 'line')} exceed the normal rating, "
            f"the most {above[0]} with {100 * over[0][0]:.0f} %."
        )


def _length_sentences(lines: list[Element], *, unit: str) -> Iterator[str]:
    unitless = [str(e["Name"]) for e in lines if not _has_unit(e)]
    if unitless:
        yield (
            f"{count(len(unitless), 'line')} state no unit of length: {unit} is assumed, in which "
            f"they come nearest to {OHM_PER_KM_USUAL:g} ohm per km; their impedances are right "
            f"either way ({listed(unitless)})."
        )


def _switch_sentences(switches: list[Element]) -> Iterator[str]:
    if not switches:
        return
    largest = max(
        math.hypot(e["rmatrix"][0][0], e["xmatrix"][0][0]) * float(e["length"]) for e in switches
    )
    yield (
        f"{count(len(switches), 'line')} with switch=yes are switches without impedance (the "
        f"largest one left out is {largest:.2g} ohm), load-break switches unless LineType or a "
        "control says otherwise."
    )
    opened = [
        str(e["Name"])
        for e in switches
        if _position_of(e) is Position.OPEN and len(ends_of(e)[0].phases) < len(PHASES)
    ]
    if opened:
        yield (
            f"Open switches on one or two phases cannot be operated here, because a balanced "
            f"calculation would let them feed all three: {listed(opened)}."
        )


def _open_sentences(draft: Draft) -> Iterator[str]:
    partly = [
        str(e["Name"])
        for e in draft.elements("Line")
        if any(any(t) and not all(t) for t in e["open"])
    ]
    if partly:
        yield f"Single open phases cannot be carried, they are taken as closed: {listed(partly)}."


def _idle_sentences(draft: Draft) -> Iterator[str]:
    switches = [str(e["Name"]) for e in _idle_switches(draft)]
    others = [str(e["Name"]) for e in draft.disabled("Line") if str(e["Name"]) not in switches]
    if switches:
        yield f"Disabled switch lines are normally open switches: {listed(switches)}."
    if others:
        yield f"Disabled lines are left out: {listed(others)}."
