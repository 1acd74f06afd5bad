"""What pandapower has no place for, kept in columns `gridops_...` beside its own.

A grid that went out and comes back is the same grid: where pandapower holds a figure too, its
own wins if somebody has changed it there, and ours (which is not rounded) if not.
"""

import math
from dataclasses import fields, replace
from enum import StrEnum
from typing import Any, TypeVar

from gridops.adapters.grid_files.attributes import Attribute, columns
from gridops.adapters.grid_files.cells import BadCell, format_cell, parse_cell
from gridops.adapters.pandapower_grid.reading import Row
from gridops.errors import GridUnreadable
from gridops.network import (
    Branch,
    Generator,
    Load,
    Node,
    Shunt,
    Source,
    Switch,
    SwitchKind,
    Transformer,
)

PREFIX = "gridops_"
TABLE_OF = {
    Node: "nodes",
    Branch: "branches",
    Transformer: "transformers",
    Switch: "switches",
    Source: "sources",
    Load: "loads",
    Generator: "generators",
    Shunt: "shunts",
}
HELD_EXACTLY = frozenset(
    {"name", "node", "from_node", "to_node", "node_a", "node_b", "normal_position"}
)
"""pandapower's own columns say these without loss."""
HELD: dict[str, frozenset[str]] = {
    "nodes": frozenset({"voltage_v_nominal", "longitude_deg", "latitude_deg"}),
    "branches": frozenset({"length_m", "r_ohm", "x_ohm", "c_f", "current_a_max", "kind"}),
    "transformers": frozenset(
        {
            "power_va_rated",
            "voltage_v_from",
            "voltage_v_to",
            "short_circuit_voltage_pu",
            "copper_loss_w",
            "iron_loss_w",
            "no_load_current_pu",
            "tap_position",
            "tap_min",
            "tap_max",
            "tap_neutral",
            "tap_step_pu",
            "clock",
        }
    ),
    "switches": frozenset({"current_a_rated", "kind"}),
    "sources": frozenset({"voltage_pu", "short_circuit_va", "r_to_x"}),
    "loads": frozenset({"p_w", "q_var", "constant_current_share", "constant_impedance_share"}),
    "generators": frozenset({"p_w", "q_var"}),
    "shunts": frozenset({"p_w", "q_var"}),
}
RELATIVE_TOLERANCE = 1e-9
"""pandapower's units (kA, km, percent) cost a few last digits and no more."""
ABSOLUTE_TOLERANCES = {"_deg": 2e-6, "_w": 1e-8, "_var": 1e-8, "_ohm": 1e-10, "_share": 1e-16}
"""pandapower's files keep 15 decimals of a megawatt, a percentage or an ohm per kilometre, and no
more."""
PANDAPOWER_TYPE = {
    SwitchKind.BREAKER: "CB",
    SwitchKind.RECLOSER: "CB",
    SwitchKind.LOAD_BREAK_SWITCH: "LBS",
    SwitchKind.DISCONNECTOR: "DS",
    SwitchKind.FUSE: "FUSE",
}
Element = TypeVar("Element", Node, Branch, Transformer, Switch, Source, Load, Generator, Shunt)


def kept_id(row: Row) -> str:
    """The id that the element has with us; empty for one that pandapower made."""
    return row.text(f"{PREFIX}id")


def kept_columns(table: str, element: object) -> dict[str, str]:
    """Column -> cell of all that pandapower cannot hold, or not to the last digit."""
    cells = {
        f"{PREFIX}{attribute.name}": format_cell(getattr(element, attribute.name))
        for attribute in columns(table).values()
        if attribute.name not in HELD_EXACTLY
    }
    return {column: cell for column, cell in cells.items() if cell}


def restored(element: Element, row: Row) -> Element:
    """`element`, as read from pandapower's own columns, with what was kept beside them.

    Raises: GridUnreadable for a kept cell that cannot be read.
    """
    if not kept_id(row):
        return element
    table = TABLE_OF[type(element)]
    known = columns(table)
    changes: dict[str, Any] = {}
    for each in fields(element):
        cell = row.text(f"{PREFIX}{each.name}")
        if each.name not in known or not cell:
            continue
        read = getattr(element, each.name)
        value = _value(known[each.name], cell, row=row)
        if isinstance(read, StrEnum):
            value = type(read)(value)
        if each.name not in HELD[table] or _is_unchanged(each.name, read, value=value):
            changes[each.name] = value
    return replace(element, **changes)


def _value(attribute: Attribute, cell: str, *, row: Row) -> Any:
    try:
        return parse_cell(attribute, cell)
    except BadCell as expected:
        raise GridUnreadable(
            f"{PREFIX}{attribute.name} is {cell[:40]!r}, expected {expected}",
            where=f"{row.table} {row.index}",
            remedy="mend it, or drop the column",
        ) from expected


def _is_unchanged(name: str, read: Any, *, value: Any) -> bool:
    """Whether pandapower's column still says what was written beside `value`."""
    if isinstance(read, SwitchKind):
        return PANDAPOWER_TYPE[read] == PANDAPOWER_TYPE[value]
    if isinstance(read, float) and isinstance(value, float):
        near = next((t for end, t in ABSOLUTE_TOLERANCES.items() if name.endswith(end)), 0.0)
        return math.isclose(read, value, rel_tol=RELATIVE_TOLERANCE, abs_tol=near)
    return bool(read == value)
