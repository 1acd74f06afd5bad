"""What goes where: results on standard output, everything else on standard error."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]


def say(text: str) -> None:
    """A line of the result."""
    print(text)


def note(text: str) -> None:
    """A line about the work; never part of the result."""
    print(text, file=sys.stderr)


def complain(text: str) -> None:
    """Why it could not be done, in exactly one line."""
    note(f"gridops: {' '.join(text.split())}")


def show_json(plain: Mapping[str, object]) -> None:
    """The only thing that a command with `--json` may print on standard output.

    Letters that standard output cannot write as UTF-8 are escaped, so that it is JSON everywhere:
    in another encoding, or if an id holds half of a pair (of a folder's name that is no text).

    Raises: ValueError for a number that JSON does not have (NaN, infinity).
    """
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=2)
    if not _is_writable(text):
        text = json.dumps(plain, allow_nan=False, indent=2)
    print(text)


def show_json_with(
    plain: Mapping[str, object], key: str, *, listed: Iterable[Mapping[str, object]]
) -> None:
    """As `show_json` of `plain` with the list of all `listed` under `key`, which `plain` holds
    already; one element at a time, for lists that are too long to be held as objects."""
    before, after = json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=2).split(
        f'\n  "{key}": null', 1
    )
    _write(f'{before}\n  "{key}": [')
    end = ""
    for each in listed:
        text = json.dumps(each, ensure_ascii=False, allow_nan=False, indent=2)
        _write((",\n    " if end else "\n    ") + text.replace("\n", "\n    "))
        end = "\n  "
    _write(f"{end}]{after}\n")


def _write(text: str) -> None:
    """Letters that standard output cannot write are escaped as JSON has them."""
    if not _is_writable(text):
        text = "".join(each if each.isascii() else json.dumps(each)[1:-1] for each in text)
    sys.stdout.write(text)


def _is_writable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return text.isascii() or _is_utf8(sys.stdout.encoding)


def _is_utf8(encoding: str | None) -> bool:
    return (encoding or "").lower().replace("-", "").replace("_", "") == "utf8"


def show_table(title: str, columns: Sequence[str], *, rows: Iterable[Sequence[str]]) -> None:
    """A table in plain characters; a column whose name begins with `>` is set to the right."""
    from rich.console import Console

    table = _table(title, columns)
    for row in rows:
        table.add_row(*row)
    # A pipe or a file is not 80 columns wide: nothing of a line may be lost there.
    # Square brackets are text: ids and versions of packages have them too.
    width = None if sys.stdout.isatty() else 160
    console = Console(width=width, markup=False)
    console.print(table)


def _table(title: str, columns: Sequence[str]) -> "Table":
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title=Text(title), title_justify="left", title_style="bold")
    for name in columns:
        right = name.startswith(">")
        table.add_column(name.removeprefix(">"), justify="right" if right else "left")
    return table
