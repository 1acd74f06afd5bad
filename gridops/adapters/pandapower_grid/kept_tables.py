"""Tables of the native format that pandapower has not, kept beside its own.

`gridops_profiles`, `gridops_links`, `gridops_points`, `gridops_phasing` hold one row each as
native cells;
`gridops_network` holds name and limits; `gridops_order` how rows of one native table that stand
in several of pandapower's (generators and storage) follow each other.
"""

from dataclasses import fields, replace
from typing import Any

from gridops.adapters.grid_files.attributes import columns
from gridops.adapters.grid_files.cells import BadCell, format_cell, parse_cell
from gridops.adapters.grid_files.loading import ENUMS
from gridops.adapters.pandapower_grid.kept import PREFIX
from gridops.errors import GridUnreadable
from gridops.network import Components, Limits, Link, Phasing, Point, Profile

KEPT_TABLES: dict[str, type[Any]] = {
    "profiles": Profile,
    "links": Link,
    "points": Point,
    "phasing": Phasing,
}
NETWORK = f"{PREFIX}network"
"""A dictionary of plain values."""


def kept_tables(components: Components) -> dict[str, list[dict[str, str]]]:
    """Table -> rows of cells."""
    return {
        f"{PREFIX}{table}": [
            {name: format_cell(getattr(each, name)) for name in columns(table)}
            for each in getattr(components, table)
        ]
        for table in KEPT_TABLES
    }


def kept_network(components: Components) -> dict[str, Any]:
    limits = components.limits
    return {
        "name": components.name,
        "generators": [generator.id for generator in components.generators],
        "limits": {each.name: getattr(limits, each.name) for each in fields(Limits)},
    }


def with_kept_tables(components: Components, net: Any) -> Components:
    """`components` with what `to_net` kept beside the net, if it made this net.

    Raises: GridUnreadable for a kept table or cell that cannot be read.
    """
    if NETWORK not in net:
        return components
    kept = net[NETWORK]
    if not isinstance(kept, dict):
        raise _unreadable(NETWORK, "is no dictionary")
    order = {ident: k for k, ident in enumerate(_listed(kept.get("generators", [])))}
    tables: dict[str, Any] = {
        table: tuple(_element(table, cells) for cells in _rows(net, f"{PREFIX}{table}"))
        for table in KEPT_TABLES
    }
    return replace(
        components,
        name=str(kept.get("name") or components.name),
        limits=_limits(kept.get("limits", {}), components.limits),
        generators=tuple(
            sorted(components.generators, key=lambda each: order.get(each.id, len(order)))
        ),
        **tables,
    )


def _listed(value: object) -> list[str]:
    if not isinstance(value, list):
        raise _unreadable(NETWORK, "generators is no list")
    return [str(each) for each in value]


def _limits(value: object, default: Limits) -> Limits:
    names = [each.name for each in fields(Limits)]
    if not isinstance(value, dict) or not set(value) <= set(names):
        raise _unreadable(NETWORK, "limits are not those of a grid")
    for name, number in value.items():
        if number is not None and not isinstance(number, int | float):
            raise _unreadable(NETWORK, f"limit {name} is {number!r}")
    return replace(default, **value)


def _rows(net: Any, table: str) -> list[dict[str, Any]]:
    if table not in net:
        return []
    if not hasattr(net[table], "to_dict"):
        raise _unreadable(table, "is no table")
    rows: list[dict[str, Any]] = net[table].to_dict("records")
    return rows


def _unreadable(where: str, what: str) -> GridUnreadable:
    return GridUnreadable(what, where=where, remedy="export the grid again, or drop what is kept")


def _element(table: str, cells: dict[str, Any]) -> Any:
    values: dict[str, Any] = {}
    for name, attribute in columns(table).items():
        cell = str(cells.get(name) or "")
        try:
            if cell or attribute.required:
                values[name] = parse_cell(attribute, cell) if cell else ""
        except BadCell as expected:
            what = f"{name} is {cell[:40]!r}, expected {expected}"
            raise _unreadable(f"{PREFIX}{table}", what) from expected
        if attribute.required and not cell:
            raise _unreadable(f"{PREFIX}{table}", f"{name} is empty")
        if (table, name) in ENUMS and cell:
            values[name] = ENUMS[table, name](values[name])
    return KEPT_TABLES[table](**values)
