"""Two sound grid folders, one slip in one of their cells, and what a file says by itself."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from gridops.adapters.content import models_dir
from gridops.adapters.grid_files import grid_texts, read_grid
from gridops.adapters.grid_files.attributes import Attribute, columns
from gridops.adapters.grid_files.cells import format_number
from gridops.measurement import Position
from gridops.network import Components, Generator, GeneratorKind, Profile, Shunt
from tests.unit.sound_grid import STEPPED_DOWN, with_

DAY = Profile(id="day", name="Ngày", factors=tuple(0.4 + k / 40 for k in range(24)))
SUN = Generator(
    id="PV1",
    name="Mái nhà",
    node="A",
    kind=GeneratorKind.PHOTOVOLTAIC,
    power_va_rated=100e3,
    p_w=-80e3,
    q_var=0.0,
    profile="day",
)
DRAWN = replace(
    with_(
        "loads",
        "A",
        STEPPED_DOWN,
        profile="day",
        p_w_average=45e3,
        constant_current_share=0.2,
        constant_impedance_share=0.5,
        transformer_power_va_rated=160e3,
        transformer_failures_per_year=0.015,
        transformer_repair_time_s=720e3,
        transformer_replacement_time_s=36e3,
    ),
    name="drawn",
    profiles=(DAY,),
    generators=(SUN, replace(SUN, id="H1", kind=GeneratorKind.HYDRO, node="C", profile=None)),
    shunts=(Shunt(id="C1", name="Tụ bù", node="C", q_var=-300e3, p_w=500.0),),
    branches=tuple(
        replace(b, current_a_emergency=480.0, failures_per_year=0.04, repair_time_s=18e3)
        for b in STEPPED_DOWN.branches
    ),
    switches=tuple(
        replace(s, reclose_delays_s=(0.5, 15.0), failures_per_year=0.002, repair_time_s=14.4e3)
        if s.id == "r1"
        else s
        for s in STEPPED_DOWN.switches
    ),
    transformers=tuple(
        replace(
            t,
            tap_step_pu=0.0178,
            tap_position=2,
            failures_per_year=0.015,
            repair_time_s=720e3,
            replacement_time_s=259.2e3,
        )
        for t in STEPPED_DOWN.transformers
    ),
)


@cache
def sound_folders() -> tuple[tuple[Components, Mapping[str, str]], ...]:
    """Components and files of each grid."""
    ring = read_grid(models_dir() / "hanoi_ring")
    return ((ring.components, grid_texts(ring.components, ring.about)), (DRAWN, grid_texts(DRAWN)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One file of one grid, spoilt at one place."""

    grid: int
    file: str
    text: str = field(repr=False)
    rows: tuple[int, ...]
    """Lines that the slip touches."""
    what: str

    @property
    def table(self) -> str:
        return self.file.removesuffix(".csv")


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def written(rows: list[list[str]]) -> str:
    has_return = any("\r" in cell for row in rows for cell in row)
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if has_return else csv.QUOTE_MINIMAL
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(rows)
    return text.getvalue()


anything = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
stray = st.sampled_from(
    [*",;\"'\n\r\t\0.-+=@ 0e_", "\u200b", "\u00a0", "\ufeff", "\u2212", "\u0301"]
)
UNITS = (" km", " kV", "k", "%", " A")
LOOK_ALIKES = str.maketrans({"A": "\u0410", "e": "\u0435", "o": "\u043e", "1": "l", "0": "O"})


@st.composite
def cell_slips(draw: st.DrawFn) -> Slip:
    """One cell of one table is not what it was; now and then it is in the header."""
    grid = draw(st.integers(0, 1))
    texts = sound_folders()[grid][1]
    full = [name for name in texts if name.endswith(".csv") and texts[name].count("\n") > 1]
    file = draw(st.sampled_from(full))
    rows = rows_of(texts[file])
    lowest = 0 if draw(st.integers(0, 9)) == 0 else 1
    k = draw(st.integers(lowest, len(rows) - 1))
    column = draw(st.integers(0, len(rows[0]) - 1))
    if draw(st.integers(0, 7)) == 0 and len(rows[0]) > 1:
        column = min(column, len(rows[0]) - 2)
        rows[k][column : column + 2] = rows[k][column + 1], rows[k][column]
        what = "swapped with its neighbour"
    else:
        others = [cell for row in rows for cell in row] + [
            r[0] for r in rows_of(texts["nodes.csv"])
        ]
        what = draw(st.sampled_from(sorted(KINDS)))
        rows[k][column] = draw(KINDS[what](rows[k][column], others))
    header = rows[0][column]
    told = f"{what} at {header}: {rows[k][column]!r}"
    return Slip(grid=grid, file=file, text=written(rows), rows=(k + 1,), what=told)


def _number_tweaks(cell: str, _: list[str]) -> st.SearchStrategy[str]:
    try:
        value = float(cell)
    except ValueError:
        return st.sampled_from([f"-{cell}", f"{cell}1", f"{cell},5"])
    whole = f"{value:.0f}"
    return st.sampled_from(
        [f"-{cell}", f"{value * 1000!r}", f"{value / 1000!r}", cell.replace(".", ",") + ",0"]
        + [cell.replace(".", ","), f"{value:,.2f}", f"{value:e}", f"{value:E}", f"00{cell}", "0"]
        + [f"{cell}{unit}" for unit in UNITS]
        + ["".join(chr(0xFF10 + int(c)) if c.isdigit() else c for c in cell), f"{whole[0]}_{whole}"]
        + [
            cell.replace("-", "\u2212"),
            f"+{cell}",
            f"{cell}e3",
            f"{cell}e-3",
            "nan",
            "inf",
            "1e400",
        ]
    )


def _one_character(cell: str, _: list[str]) -> st.SearchStrategy[str]:
    places = st.integers(0, max(0, len(cell) - 1))
    return st.one_of(
        places.map(lambda k: cell[:k] + cell[k + 1 :]),
        places.map(lambda k: cell[: k + 1] + cell[k : k + 1] + cell[k + 1 :]),
        places.map(lambda k: cell[:k] + cell[k : k + 2][::-1] + cell[k + 2 :]),
        st.tuples(places, stray).map(lambda at: cell[: at[0]] + at[1] + cell[at[0] :]),
    )


def _unicode(cell: str, _: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [unicodedata.normalize(form, cell) for form in ("NFD", "NFKD")]
        + [cell.translate(LOOK_ALIKES), cell.upper(), cell.swapcase(), f"\u00a0{cell}\u2003"]
        + [f"\u200b{cell}", f"{cell}\u202e", f"\ufeff{cell}", cell + "\u0301"]
    )


KINDS = {
    "any text": lambda cell, others: anything,
    "number": _number_tweaks,
    "emptied": lambda cell, others: st.just(""),
    "another cell": lambda cell, others: st.sampled_from(others),
    "one character": _one_character,
    "unicode": _unicode,
}


@st.composite
def file_slips(draw: st.DrawFn) -> Slip:
    """The text of a whole file is spoilt at one place, quotes and line ends included."""
    grid = draw(st.integers(0, 1))
    texts = sound_folders()[grid][1]
    file = draw(st.sampled_from([name for name in texts if name.endswith(".csv")]))
    text = texts[file]
    at = draw(st.integers(0, len(text)))
    length = draw(st.sampled_from([0, 0, 1, 1, 2, 5, 40]))
    new = draw(st.one_of(stray, stray, anything, st.just(""), st.just(text[at : at + 200])))
    kind = draw(st.sampled_from(["changed", "changed", "changed", "cut off", "huge line"]))
    if kind == "cut off":
        spoilt = text[:at]
    elif kind == "huge line":
        spoilt = text[:at] + draw(st.sampled_from('x0," ')) * 140_000 + text[at:]
    else:
        spoilt = text[:at] + new + text[at + length :]
    first = text[:at].count("\n") + 1
    gone = text[at:] if kind == "cut off" else text[at : at + length]
    last = first + gone.count("\n") + new.count("\n") + new.count("\r") + 1
    rows = tuple(range(first, last + 1))
    return Slip(grid=grid, file=file, text=spoilt, rows=rows, what=f"{kind} at {at}: {new!r}")


def says(attribute: Attribute, text: str) -> Any:
    """What a cell says, read on its own. Raises: ValueError, ArithmeticError, KeyError."""
    match attribute.kind:
        case "number":
            return _number(text)
        case "integer":
            return int(_number(text)) if text.lstrip("+-").isdecimal() else _number("no")
        case "numbers":
            return tuple(_number(part.strip()) for part in text.split(";"))
        case "position":
            return {"open": Position.OPEN, "closed": Position.CLOSED}[text]
        case "yes_no":
            return {"yes": True, "no": False}[text]
        case _:
            return text


def _number(text: str) -> float:
    if not text or set(text) - set("0123456789+-.eE"):
        raise ValueError(text)
    return float(Decimal(text))


def misread(table: str, text: str, elements: tuple[Any, ...]) -> list[str]:
    """Every field of `elements` that is not what the file says; empty if all are."""
    header, *rows = rows_of(text.removeprefix("\ufeff"))
    names = [name.strip() for name in header]
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if len(rows) != len(elements):
        return [f"{len(rows)} rows gave {len(elements)} elements"]
    found = []
    for row, element in zip(rows, elements, strict=True):
        cells = dict(zip(names, (cell.strip() for cell in row), strict=True))
        for attribute in columns(table).values():
            cell = cells.get(attribute.name) or attribute.default
            value = getattr(element, attribute.name)
            wanted = says(attribute, cell) if cell else value
            is_absent = not cell and value not in (None, "", ())
            if wanted != value or is_absent:
                found.append(f"{attribute.name} of {element.id} is {value!r}, not {cell!r}")
    return found


@st.composite
def header_slips(draw: st.DrawFn) -> bytes:
    """`network.toml` of the ring with some bytes changed, lost, doubled or added."""
    sound = sound_folders()[0][1]["network.toml"].encode()
    at, length = draw(st.integers(0, len(sound))), draw(st.sampled_from([0, 0, 1, 1, 2, 8, 60]))
    some = st.sampled_from([b"0", b"-", b".", b"1e9", b"=", b'"', b"[", b"]", b"#", b"\n", b"nan"])
    new = draw(st.one_of(some, some, st.binary(max_size=4), st.just(sound[at : at + 90])))
    spoilt = sound[:at] + new + sound[at + length :]
    return sound[:at] if draw(st.integers(0, 9)) == 0 else spoilt


def thousandfold_slips(grid: int, *, rows_per_column: int) -> Iterator[Slip]:
    """Numbers other than 0, a thousand times too large or too small; `what` is the column."""
    for file, text in sound_folders()[grid][1].items():
        rows = rows_of(text) if file.endswith(".csv") else []
        for k, column in _numbers(file, rows, rows_per_column=rows_per_column):
            for factor in (1e3, 1e-3):
                spoilt = [list(row) for row in rows]
                scaled = [part * factor for part in _parts(rows[k][column])]
                spoilt[k][column] = ";".join(map(format_number, scaled))
                name = rows[0][column]
                yield Slip(grid=grid, file=file, text=written(spoilt), rows=(k + 1,), what=name)


def _numbers(
    file: str, rows: list[list[str]], *, rows_per_column: int
) -> Iterator[tuple[int, int]]:
    """Row and column of numbers other than 0, the first ones of each column."""
    for column, name in enumerate(rows[0] if rows else ()):
        if columns(file.removesuffix(".csv"))[name].kind in ("number", "numbers", "integer"):
            filled = [k for k in range(1, len(rows)) if any(_parts(rows[k][column]))]
            yield from ((k, column) for k in filled[:rows_per_column])


def _parts(cell: str) -> list[float]:
    return [float(part) for part in cell.split(";") if part]
