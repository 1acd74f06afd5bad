"""One-phase lines side by side are one line: as separate branches they would be a loop."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gridops.adapters.opendss_grid.engine import Circuit
from gridops.adapters.opendss_grid.phases import Terminal, terminal_of

Element = Mapping[str, Any]
_ALIKE = ("switch", "linetype", "units", "basefreq", "enabled")


def merged_lines(circuit: Circuit) -> tuple[Circuit, Mapping[str, str]]:
    """The circuit with lines of different phases between the same two buses as one each.

    Also the key of every line that went into another -> the key of that one. The conductors
    keep their impedances; that they have no mutual ones is what the source says.
    """
    kept: list[Element] = []
    aliases: dict[str, str] = {}
    for group in _groups(circuit["elements"].get("Line", ())):
        line = group[0] if len(group) == 1 else _one_line(group)
        kept.append(line)
        if len(group) > 1:
            aliases |= {f"line.{e['Name']}".lower(): f"line.{line['Name']}".lower() for e in group}
    return {**circuit, "elements": {**circuit["elements"], "Line": kept}}, aliases


def shared_start(names: Sequence[str]) -> str:
    """What the names begin with alike; empty if nothing."""
    alike = [len({name[: k + 1] for name in names}) == 1 for k in range(min(map(len, names)))]
    return names[0][: alike.index(False)] if False in alike else names[0]


def _ends(line: Element) -> tuple[Terminal, Terminal]:
    phases = int(line["phases"])
    return terminal_of(str(line["bus1"]), phases), terminal_of(str(line["bus2"]), phases)


def _groups(lines: Sequence[Element]) -> Iterator[list[Element]]:
    """In the order of their first line."""
    found: list[list[Element]] = []
    by_ends: dict[tuple[object, ...], list[list[Element]]] = {}
    for line in lines:
        one, other = _ends(line)
        key = (one.bus, other.bus, *(line[each] for each in _ALIKE))
        same = by_ends.setdefault(key, [])
        joined = next((g for g in same if _may_join(g, line)), None)
        if joined is None:
            found.append([line])
            same.append(found[-1])
        else:
            joined.append(line)
    yield from found


def _may_join(group: Sequence[Element], line: Element) -> bool:
    taken = {node for each in group for node in _ends(each)[0].nodes}
    mine = set(_ends(line)[0].nodes)
    fits = bool(mine) and not taken & mine and len(taken | mine) <= 3
    return fits and all(_ends(e)[0].nodes == _ends(e)[0].phases for e in (*group, line))


def _one_line(group: Sequence[Element]) -> Element:
    first = group[0]
    names = [str(each["Name"]) for each in group]
    nodes = [node for each in group for node in _ends(each)[0].nodes]
    suffix = "".join(f".{node}" for node in nodes)
    one, other = _ends(first)
    matrices = {key: _block(group, key) for key in ("rmatrix", "xmatrix", "cmatrix")}
    return {
        **first,
        **matrices,
        "Name": shared_start(names).rstrip("_-.") or "_".join(names),
        "members": len(group),
        "phases": len(nodes),
        "bus1": one.bus + suffix,
        "bus2": other.bus + suffix,
        "normamps": min(float(each["normamps"]) for each in group),
        "emergamps": min(float(each["emergamps"]) for each in group),
        "open": [[p for each in group for p in _open(each)[end]] for end in (0, 1)],
        "currents_a": [a for end in (0, 1) for each in group for a in _currents(each)[end]],
    }


def _block(group: Sequence[Element], key: str) -> list[list[float]]:
    """Per unit of the first line's length, no coupling between the lines."""
    length = float(group[0]["length"])
    size = sum(int(each["phases"]) for each in group)
    full = [[0.0] * size for _ in range(size)]
    start = 0
    for each in group:
        share = float(each["length"]) / length
        for i, row in enumerate(each[key]):
            for k, value in enumerate(row):
                full[start + i][start + k] = float(value) * share
        start += int(each["phases"])
    return full


def _open(line: Element) -> list[list[bool]]:
    return list(line.get("open") or [[False] * int(line["phases"])] * 2)


def _currents(line: Element) -> tuple[list[float], list[float]]:
    found, phases = list(line.get("currents_a") or ()), int(line["phases"])
    return found[:phases], found[phases : 2 * phases]
