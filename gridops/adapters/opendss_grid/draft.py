"""What comes together while the classes of a circuit are mapped, one after the other."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gridops.adapters.opendss_grid.engine import Circuit
from gridops.adapters.opendss_grid.phases import PHASES, Terminal, terminal_of
from gridops.errors import GridUnreadable
from gridops.ids import NodeId, SwitchId
from gridops.network import (
    Branch,
    Generator,
    Load,
    Node,
    NodeKind,
    Shunt,
    Source,
    Switch,
    Transformer,
)

Element = Mapping[str, Any]
"""One object of the engine: `Name`, its properties in lower case, what was solved for it."""

SIGNIFICANT_DIGITS = 12
TERMINAL_OFFSET = 0.15
"""How far along its line a terminal is drawn."""
SCHEMATIC_WIDTH = 1000.0
NAMES_TOLD_MAX = 8


@dataclass(slots=True)
class Draft:
    circuit: Circuit
    source: str
    is_geographic: bool
    part_of: dict[str, str] = field(default_factory=dict)
    """Key of a line or transformer that goes into another one -> key of that one."""
    bank_phases: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Key of the first unit of a bank -> phases of all its units."""
    voltage_v: dict[str, float] = field(default_factory=dict)
    """Bus -> nominal line-to-line voltage."""
    nodes: dict[NodeId, Node] = field(default_factory=dict)
    kinds: dict[str, NodeKind] = field(default_factory=dict)
    ends: dict[tuple[str, int], NodeId] = field(default_factory=dict)
    """(`line.l7`, terminal) -> the node between that end and the device at it."""
    branches: list[Branch] = field(default_factory=list)
    transformers: list[Transformer] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    generators: list[Generator] = field(default_factory=list)
    shunts: list[Shunt] = field(default_factory=list)
    unstated_kinds: set[SwitchId] = field(default_factory=set)
    unstated_ratings: set[SwitchId] = field(default_factory=set)
    assumptions: list[str] = field(default_factory=list)
    unit_assumed: str = "m"
    """Of lengths that state none."""
    used: set[tuple[str, str]] = field(default_factory=set)
    """(table, id) taken so far."""
    carried: Counter[str] = field(default_factory=Counter)
    """Class -> elements that the grid has in some form."""

    def elements(self, name: str) -> Iterator[Element]:
        """The enabled elements of a class, in the order of the script."""
        for element in self.circuit["elements"].get(name, ()):
            if element.get("enabled", True):
                yield element

    def disabled(self, name: str) -> list[Element]:
        return [e for e in self.circuit["elements"].get(name, ()) if not e.get("enabled", True)]

    def say(self, sentence: str) -> None:
        self.assumptions.append(sentence)

    def refuse(self, what: str, remedy: str) -> GridUnreadable:
        return GridUnreadable(what, where=self.source, remedy=remedy)

    def new_id(self, name: str, otherwise: str, *, table: str = "edges") -> str:
        """`name` in capitals as the source calls it, or with `otherwise` if that is taken.

        Lines, transformers and switches share one set of ids.
        """
        ident = _plain(name).upper()
        while (table, ident) in self.used:
            ident = f"{otherwise}{ident}"
        self.used.add((table, ident))
        return ident

    def end(self, key: str, terminal: int, *, bus: str) -> NodeId:
        """The node at which a terminal of an element is joined to the grid."""
        return self.ends.get((key, terminal), NodeId(bus))


def without_self_loops(circuit: Circuit) -> tuple[Circuit, list[str]]:
    """The circuit without lines and transformers that begin and end at one bus; their names."""
    elements, out = dict(circuit["elements"]), list[str]()
    for name in ("Line", "Transformer"):
        kept = []
        for element in elements.get(name, ()):
            texts = element.get("buses") or (element.get("bus1"), element.get("bus2"))
            if len({str(text).lower().split(".", maxsplit=1)[0] for text in texts}) == 1:
                out.append(f"{name}.{element['Name']}")
            else:
                kept.append(element)
        elements[name] = kept
    return {**circuit, "elements": elements}, out


def terminal_at(element: Element, key: str = "bus1") -> Terminal:
    return terminal_of(str(element[key]), int(element["phases"]))


def phase_note(at: Terminal) -> str:
    if len(at.phases) >= len(PHASES) or not at.phases:
        return ""
    return f" (phase {''.join('ABC'[phase - 1] for phase in at.phases)})"


def ends_of(element: Element) -> tuple[Terminal, Terminal]:
    phases = int(element["phases"])
    one, other = str(element["bus1"]), str(element["bus2"])
    return terminal_of(one, phases), terminal_of(other, phases)


def rounded(value: float) -> float:
    """12 significant digits: beyond them, machines differ in the last bit."""
    return float(f"{float(value):.{SIGNIFICANT_DIGITS}g}")


def listed(names: Sequence[str]) -> str:
    """Names for a sentence, shortened where there are many."""
    shown = ", ".join(names[:NAMES_TOLD_MAX])
    more = len(names) - NAMES_TOLD_MAX
    return f"{shown} and {more} more" if more > 0 else shown


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _plain(name: str) -> str:
    """Only what every table, address and spreadsheet takes."""
    kept = "".join(c if c.isalnum() or c in "_-." else "_" for c in name)
    return kept if kept[:1].isalnum() else f"X{kept}"


def add_buses(draft: Draft) -> None:
    """A node for each bus, with its place; needs `draft.voltage_v`."""
    placed = [b for b in draft.circuit["buses"] if b["x"] is not None and b["y"] is not None]
    west = min((b["x"] for b in placed), default=0.0)
    north = max((b["y"] for b in placed), default=0.0)
    width = max((b["x"] for b in placed), default=0.0) - west
    scale = SCHEMATIC_WIDTH / width if width else 1.0
    for bus in draft.circuit["buses"]:
        name = bus["name"]
        is_placed = bus["x"] is not None and bus["y"] is not None
        is_drawn = is_placed and not draft.is_geographic
        on_map = is_placed and draft.is_geographic
        draft.nodes[NodeId(name)] = Node(
            id=NodeId(name),
            name=f"Bus {name}",
            kind=draft.kinds.get(name, NodeKind.JOINT),
            voltage_v_nominal=draft.voltage_v[name],
            longitude_deg=round(bus["x"], 6) if on_map else None,
            latitude_deg=round(bus["y"], 6) if on_map else None,
            x=round((bus["x"] - west) * scale, 1) if is_drawn else None,
            y=round((north - bus["y"]) * scale, 1) if is_drawn else None,
        )
    missing = len(draft.circuit["buses"]) - len(placed)
    if missing:
        draft.say(f"{missing} of {len(draft.circuit['buses'])} buses have no coordinates.")


def drop_unused_nodes(draft: Draft) -> None:
    """Buses that nothing of the grid is joined to would only be dark."""
    used = {node for branch in draft.branches for node in (branch.from_node, branch.to_node)}
    used |= {node for unit in draft.transformers for node in (unit.from_node, unit.to_node)}
    used |= {node for switch in draft.switches for node in (switch.node_a, switch.node_b)}
    used |= {source.node for source in draft.sources} | {load.node for load in draft.loads}
    used |= {each.node for each in draft.generators} | {each.node for each in draft.shunts}
    unused = [node for node in draft.nodes if node not in used]
    for node in unused:
        del draft.nodes[node]
    if unused:
        draft.say(f"Buses that nothing is joined to are left out: {listed(unused)}.")


def add_terminal(draft: Draft, key: str, *, terminal: int, bus: str, far: str) -> NodeId:
    """A node of its own for one end of an element, drawn on the way to its other end."""
    known = draft.ends.get((key, terminal))
    if known is not None:
        return known
    near = draft.nodes[NodeId(bus)]
    other = draft.nodes.get(NodeId(far), near)
    name = key.split(".", maxsplit=1)[1].upper()
    ident = NodeId(f"{_plain(name)}.{bus}")
    draft.nodes[ident] = Node(
        id=ident,
        name=str(ident),
        kind=NodeKind.TERMINAL,
        voltage_v_nominal=near.voltage_v_nominal,
        longitude_deg=_between(near.longitude_deg, other.longitude_deg, digits=6),
        latitude_deg=_between(near.latitude_deg, other.latitude_deg, digits=6),
        x=_between(near.x, other.x, digits=1),
        y=_between(near.y, other.y, digits=1),
    )
    draft.ends[key, terminal] = ident
    return ident


def _between(near: float | None, far: float | None, *, digits: int) -> float | None:
    if near is None or far is None:
        return near
    return round(near + TERMINAL_OFFSET * (far - near), digits)


def nominal_voltages(draft: Draft) -> None:
    """Bus -> line-to-line voltage: the engine's base where it has one, else by propagation.

    Raises: GridUnreadable for a bus that neither has a base nor is joined to one that has.
    """
    known = {
        bus["name"]: rounded(bus["kv_base"] * math.sqrt(3) * 1e3)
        for bus in draft.circuit["buses"]
        if bus["kv_base"] > 0 and _is_live(bus)
    }
    for source in draft.elements("Vsource"):
        terminal = terminal_of(str(source["bus1"]), int(source["phases"]))
        factor = math.sqrt(3) if int(source["phases"]) == 1 else 1.0
        known.setdefault(terminal.bus, rounded(source["basekv"] * factor * 1e3))
    _spread(draft, known)
    for bus in draft.circuit["buses"]:
        if bus["name"] not in known and bus["kv_base"] > 0:
            known[bus["name"]] = rounded(bus["kv_base"] * math.sqrt(3) * 1e3)
        if bus["name"] not in known:
            raise draft.refuse(
                f"bus {bus['name']} has no base voltage",
                "add `set voltagebases=[...]` and `calcvoltagebases`, or `setkvbase`",
            )
    draft.voltage_v.update(known)


def _is_live(bus: Mapping[str, Any]) -> bool:
    volts = bus["volts"]
    return any(
        math.hypot(*volts[k : k + 2]) > 10.0 * bus["kv_base"] for k in range(0, len(volts), 2)
    )


def _spread(draft: Draft, known: dict[str, float]) -> None:
    """Along lines the voltage stays, across a transformer it becomes its rated one."""
    steps: list[tuple[str, str, float | None]] = []
    for line in draft.circuit["elements"].get("Line", ()):
        one, other = ends_of({**line, "phases": int(line["phases"])})
        steps += [(one.bus, other.bus, None), (other.bus, one.bus, None)]
    for unit in draft.elements("Transformer"):
        buses = [terminal_of(str(b), int(unit["phases"])) for b in unit["buses"]]
        rated = [rated_v(unit, k) for k in range(len(buses))]
        for here in range(len(buses)):
            steps += [
                (buses[here].bus, buses[to].bus, rated[to])
                for to in range(len(buses))
                if to != here
            ]
    changed = True
    while changed:
        changed = False
        for near, far, rated_far_v in steps:
            if near in known and far not in known:
                known[far] = known[near] if rated_far_v is None else rated_far_v
                changed = True


def rated_v(unit: Element, winding: int) -> float:
    """Line-to-line voltage at which a winding is rated, as part of a three-phase bank."""
    kilovolts = float(unit["kvs"][winding])
    terminal = terminal_of(str(unit["buses"][winding]), int(unit["phases"]))
    spans_one_phase = int(unit["phases"]) == 1 and len(terminal.phases) == 1
    is_delta = str(unit["conns"][winding]).lower().startswith(("d", "l"))
    factor = math.sqrt(3) if spans_one_phase and not is_delta else 1.0
    return rounded(kilovolts * factor * 1e3)
