"""`docs/grid_format.md`, written from the attribute table."""

from gridops.adapters.grid_files.about import BYTES_MAX
from gridops.adapters.grid_files.attributes import (
    FORMAT,
    NETWORK_TABLE,
    OPTIONAL_TABLES,
    Attribute,
    columns,
)
from gridops.adapters.grid_files.sheets import FILE_BYTES_MAX
from gridops.network import TABLES

_INTRODUCTION = f"""\
# The native grid format, version {FORMAT}

A grid is a folder: `network.toml` and one CSV file per table. This page is written from
`models/attributes.csv`, which the loader and the tests read as well; do not edit it by hand.

Rules for the files:

- UTF-8, comma separated, a header in line 1 that names the columns in any order, quotes as in
  RFC 4180, at most {FILE_BYTES_MAX // 2**20} MiB each. Decimal point. Empty lines are skipped.
- A column that is not required may be left out; an empty cell means its default. Unknown columns
  are not read and give a warning with the names that are near.
- SI units; power consumed is positive. A switch is an edge of its own, without impedance; a
  branch always conducts. What lies between switches is one section, named `S` + the id of its
  first node in `nodes.csv`.
- Ids are the utility's own. Branches and transformers share one set of ids. No id, name or other
  text may begin with `=`, `+`, `-` or `@` or hold invisible characters.
- `network.toml` is at most {BYTES_MAX // 2**20} MiB and states the version, `format = {FORMAT}`. An
  unknown version is refused by name.
- Each column says since which version it is there. A folder of format 1 is read by the rules of
  format 1, and what format 1 left out is at its default. If it holds a column or a file that came
  later, that is an error and nothing is loaded: the remedy is to write `format = {FORMAT}`. So no
  program reads a part of a grid and takes it for the whole. GridOps writes format {FORMAT}.

`gridops check DIR` lists every flaw with file, row and remedy, and grades each feeder's readiness.

Types: `id` and `text` are text; `reference:T` is an id of table T; `number` and `integer` are
decimal; `numbers` is a list separated by `;`; `choice:a|b` is one of the words; `position` is
`open` or `closed`; `yes_no` is `yes` or `no`; `texts` is a list of
strings, in a cell separated by `;`.
"""


def format_page() -> str:
    """The whole page. Raises: GridUnreadable when the installation has lost its content."""
    parts = [_INTRODUCTION, _section("network.toml", NETWORK_TABLE)]
    parts += [_section(f"{table}.csv", table) for table in TABLES]
    return "\n".join(parts)


def _section(file: str, table: str) -> str:
    optional = "\nThe file may be left out.\n" if table in OPTIONAL_TABLES else ""
    rows = "\n".join(_row(attribute) for attribute in columns(table).values())
    names = ("attribute", "type", "unit", "required", "default", "since", "meaning")
    head = f"| {' | '.join(names)} |\n{'|---' * len(names)}|"
    return f"## {file}\n{optional}\n{head}\n{rows}\n"


def _row(attribute: Attribute) -> str:
    kind = attribute.type.replace("|", "\\|")
    required = "yes" if attribute.required else ""
    default = f"`{attribute.default}`" if attribute.default else ""
    since = str(attribute.since)
    cells = (f"`{attribute.name}`", f"`{kind}`", attribute.unit, required, default, since)
    return f"| {' | '.join(cells)} | {attribute.meaning} |"
