"""The attribute table of the native grid format: `models/attributes.csv`.

The loader, the writer, `docs/grid_format.md` and the tests all read this one table.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from gridops.adapters.content import models_dir

FORMAT = 2
"""What is written."""
FORMATS_READ = (1, 2)
NETWORK_TABLE = "network"
OPTIONAL_TABLES = frozenset(
    {"transformers", "profiles", "generators", "shunts", "links", "points", "phasing"}
)
"""A folder may leave these files out; the table is then empty."""

LEFT_OUT_IF_EMPTY = frozenset({"phasing"})
"""No file is written for them: that such a grid states nothing of the kind is the rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One row of the table. `type` is `name` or `name:detail` (choices, referred table)."""

    table: str
    name: str
    type: str
    unit: str
    required: bool
    default: str
    """As a cell would spell it; empty means empty or absent."""
    since: int
    """The first version of the format that has it."""
    meaning: str

    @property
    def kind(self) -> str:
        return self.type.partition(":")[0]

    @property
    def choices(self) -> tuple[str, ...]:
        if self.kind == "position":
            return ("open", "closed")
        if self.kind == "yes_no":
            return ("yes", "no")
        return tuple(self.type.partition(":")[2].split("|")) if self.kind == "choice" else ()

    @property
    def refers_to(self) -> str:
        """The table that the cell names a row of; empty if it names none."""
        return self.type.partition(":")[2] if self.kind == "reference" else ""


@cache
def attributes() -> tuple[Attribute, ...]:
    """Every attribute of every table, in file order.

    Raises: GridUnreadable when the installation has lost its content.
    """
    with (models_dir() / "attributes.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Attribute(
                table=row["table"],
                name=row["attribute"],
                type=row["type"],
                unit=row["unit"],
                required=row["required"] == "yes",
                default=row["default"],
                since=int(row["since"]),
                meaning=row["meaning"],
            )
            for row in csv.DictReader(file, strict=True)
        )


@cache
def columns(table: str) -> Mapping[str, Attribute]:
    """The attributes of one table by name, in file order."""
    return {a.name: a for a in attributes() if a.table == table}
