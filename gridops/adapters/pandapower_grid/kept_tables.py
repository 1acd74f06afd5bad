"""Tables of the native format that pandapower has not, kept beside its own.

`gridops_profiles`, `gridops_links`, `gridops_points` hold one row each as native cells;
`gridops_network` holds name and limits; `gridops_order` how rows of one native table that stand
in several of pandapower's (generators and storage) follow each other.
"""

from dataclasses import fields, replace
from typing import Any

from gridops.adapters.grid_files.attributes import columns
from gridops.adapters.grid_files.cells import BadCell, format_cell, parse_cell
from gridops.adapters.pandapower_grid.kept import PREFIX
from gridops.errors import GridUnreadable
from gridops.network import Components, Limits, Link, Point, Profile, Signal

KEPT_TABLES: dict[str, type[Any]] = {"profiles": Profile, "links": Link, "points": Point}
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
    """`components` with what `to_pandapower` kept beside the net, if it made this net.

    Raises: GridUnreadable for a kept cell that cannot be read.
    """
    if NETWORK not in net or not isinstance(net[NETWORK], dict):
        return components
    kept = net[NETWORK]
    order = {ident: k for k, ident in enumerate(kept.get("generators", ()))}
    tables: dict[str, Any] = {
        table: tuple(_element(table, cells) for cells in net[f"{PREFIX}{table}"].to_dict("records"))
        for table in KEPT_TABLES
        if f"{PREFIX}{table}" in net
    }
    return replace(
        components,
        name=str(kept.get("name") or components.name),
        limits=Limits(**kept["limits"]) if "limits" in kept else components.limits,
        generators=tuple(
            sorted(components.generators, key=lambda each: order.get(each.id, len(order)))
        ),
        **tables,
    )


def _element(table: str, cells: dict[str, Any]) -> Any:
    values: dict[str, Any] = {}
    for name, attribute in columns(table).items():
        cell = str(cells.get(name) or "")
        try:
            values[name] = parse_cell(attribute, cell) if cell else ""
        except BadCell as expected:
            raise GridUnreadable(
                f"{name} is {cell[:40]!r}, expected {expected}",
                where=f"{PREFIX}{table}",
                remedy="mend it, or drop the table",
            ) from expected
    if table == "points":
        values["signal"] = Signal(values["signal"])
    return KEPT_TABLES[table](**values)
