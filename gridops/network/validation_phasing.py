"""Which phases elements have: enough, and of one mind, for a three-phase calculation."""

from collections import Counter
from collections.abc import Iterator, Mapping

from gridops.network.flaws import Gaps, GridFlaw, Place
from gridops.network.network import Components
from gridops.network.phasing import PHASES, Connection, PhasedKind, Phasing

TABLE_OF: Mapping[PhasedKind, str] = {
    PhasedKind.LINE: "branches",
    PhasedKind.SWITCH: "switches",
    PhasedKind.TRANSFORMER: "transformers",
    PhasedKind.LOAD: "loads",
    PhasedKind.SHUNT: "shunts",
}
NEEDED = (PhasedKind.LINE, PhasedKind.TRANSFORMER)


def phasing_errors(components: Components, gaps: Gaps) -> Iterator[GridFlaw]:
    """Nothing for a grid that is known as a balanced one only."""
    if not components.phasing:
        return
    known = {kind: {row.id for row in components.rows(t)} for kind, t in TABLE_OF.items()}
    seen: Counter[tuple[PhasedKind, str]] = Counter()
    for index, row in enumerate(components.phasing):
        at = Place("phasing", index, (row.id, row.element))
        table = TABLE_OF[row.kind]
        if row.element not in known[row.kind] and not gaps.has(table, row.element):
            yield at.error(
                "dangling-phasing",
                f"{row.id} is of {row.kind} {row.element!r}, which {table}.csv does not list",
                remedy="add the element, or remove the row",
            )
        seen[row.kind, row.element] += 1
        is_second = row.kind is not PhasedKind.TRANSFORMER and seen[row.kind, row.element] > 1
        what = f"{row.kind} {row.element} has a row already" if is_second else _misfit(row)
        if what is not None:
            yield at.error(
                "phasing-misfit", what, remedy="mend the row: docs/grid_format.md, phasing.csv"
            )
    if "phasing" not in gaps.tables and not gaps.ids.get("phasing"):
        yield from _missing(components, seen)


def _misfit(row: Phasing) -> str | None:
    """What a three-phase calculation could not reckon with."""
    letters = row.phases
    if not letters or len(set(letters)) < len(letters) or set(letters) - set(PHASES):
        return f"phases of {row.id} are {letters!r}, not letters of ABC"
    if row.kind is PhasedKind.LINE:
        wanted = len(letters) * (len(letters) + 1) // 2
        if {len(row.r_ohm), len(row.x_ohm), len(row.c_f)} != {wanted}:
            return f"{row.id} needs {wanted} values in each of r_ohm, x_ohm and c_f"
        if not all(_diagonal(row.r_ohm, len(letters))):
            return f"{row.id} has a phase without resistance"
    if row.kind is PhasedKind.TRANSFORMER:
        stated = row.power_va_rated, row.voltage_v_from, row.voltage_v_to, row.tap_pu
        if not all(value is not None and value > 0 for value in stated):
            return f"{row.id} needs power_va_rated, voltage_v_from and voltage_v_to above 0"
        if row.x_pu <= 0 or row.r_pu < 0:
            return f"{row.id} needs x_pu above 0 and r_pu of 0 or more"
    if len(letters) == 1 and Connection.DELTA in (row.connection, row.connection_to):
        return f"{row.id} has one phase: nothing on it can be in delta"
    if row.regulated_v is not None and not (row.regulated_v > 0 and _band(row) > 0):
        return f"{row.id} needs regulated_v and regulated_band_v above 0"
    return None


def _band(row: Phasing) -> float:
    return row.regulated_band_v or 0.0


def _diagonal(triangle: tuple[float, ...], size: int) -> Iterator[bool]:
    return (triangle[k * (k + 3) // 2] > 0 for k in range(size))


def _missing(components: Components, seen: Counter[tuple[PhasedKind, str]]) -> Iterator[GridFlaw]:
    for kind in NEEDED:
        table = TABLE_OF[kind]
        for index, row in enumerate(components.rows(table)):
            if not seen[kind, row.id]:
                yield Place(table, index, (row.id,)).error(
                    "phasing-missing",
                    f"{kind} {row.id} has no row in phasing.csv, though others have",
                    remedy="add its phases, or remove phasing.csv: the grid is then a balanced one",
                )
