"""A column read or written at once is what its cells are, read or written one by one."""

import dataclasses
import gc
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gridops.adapters.collector import collector_paused
from gridops.adapters.grid_files import load_grid, read_grid, save_grid
from gridops.adapters.grid_files.attributes import NETWORK_TABLE, Attribute, attributes
from gridops.adapters.grid_files.cells import BadCell, format_cell, format_number, parse_cell
from gridops.adapters.grid_files.column_cells import format_column, parse_column
from gridops.adapters.grid_files.loading import COMPONENT_TYPES, ENUMS, filled
from gridops.errors import GridUnreadable
from gridops.measurement import Position
from gridops.network import Components, Node, SwitchKind

ALL = [attribute for attribute in attributes() if attribute.table != NETWORK_TABLE]
digits = st.text("0123456789", min_size=1, max_size=18)
numerals = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "", "+", "-", "--"]),
        digits,
        st.sampled_from(["", ".", ",", ".5", "_0", " "]),
        st.sampled_from(["", "", "e5", "E-3", "e+012", "e0001", "e400", "e"]),
    ),
)
ODD_NUMBERS = [
    "nan",
    "inf",
    "-Infinity",
    "1_000",
    "٣",
    "１",
    "0x1F",
    "1e309",
    "+.5",
    "5.",
    ".",
    "-",
]
LONG_NUMBERS = ["9" * 400, "-" + "9" * 400, "." + "0" * 400 + "1"]
SPACED = ["", " ", "\n", "\t7 ", "\x1c5", "1\n2", " closed ", "\u00a0x\u2028"]
WORDS = ["1;2", ";", "0.5; 15", "yes", "no", "YES", "open", "cable", "remote"]
odd = st.sampled_from([*ODD_NUMBERS, *LONG_NUMBERS, *SPACED, *WORDS])
cells = st.one_of(
    numerals, odd, odd, st.text(max_size=6), st.text("0123456789+-.eE\n ", max_size=9)
)


def one_by_one(attribute: Attribute, text: str, *, default: object) -> Any:
    """The rule, spelt out for one cell: its value, or the complaint."""
    enum = ENUMS.get((attribute.table, attribute.name))
    text = text.strip()
    if not text:
        return BadCell(f"a value ({attribute.type})") if attribute.required else default
    try:
        value = parse_cell(attribute, text)
    except BadCell as expected:
        return expected
    return value if enum is None else enum(value)


@pytest.mark.parametrize("kind", sorted({attribute.kind for attribute in ALL}))
@given(texts=st.lists(cells, max_size=8), data=st.data())
def test_a_column_reads_as_its_cells_do(
    kind: str, *, texts: list[str], data: st.DataObject
) -> None:
    attribute = data.draw(st.sampled_from([each for each in ALL if each.kind == kind]))
    plain = data.draw(st.sampled_from(["1", "2.5e3", "x", attribute.default, *attribute.choices]))
    texts = texts if data.draw(st.booleans()) else [plain, *texts[:1], plain]
    enum = ENUMS.get((attribute.table, attribute.name))
    values, complaints = parse_column(attribute, texts, enum=enum, default="the default")
    for place, text in enumerate(texts):
        wanted = one_by_one(attribute, text, default="the default")
        if isinstance(wanted, BadCell):
            assert complaints[place] == str(wanted)
        else:
            assert place not in complaints
            assert (values[place], type(values[place])) == (wanted, type(wanted))


values = st.one_of(
    st.lists(st.floats(allow_nan=False, allow_infinity=False)),
    st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False)),
    st.lists(st.integers()),
    st.lists(st.none() | st.text()),
    st.lists(st.sampled_from(list(SwitchKind))),
    st.lists(st.sampled_from([Position.OPEN, Position.CLOSED])),
    st.lists(st.booleans()),
    st.lists(st.lists(st.floats(0, 1)).map(tuple)),
    st.lists(st.booleans() | st.floats(0, 2) | st.integers() | st.text() | st.none()),
)


@given(values)
@example([True, 1, 1.0, "1"])
@example([1e15, 10**15, -0.0])
def test_a_column_is_written_as_its_cells_are(column: list[object]) -> None:
    assert format_column(column) == [format_cell(value) for value in column]


def test_a_numpy_number_is_written_as_a_number() -> None:
    assert format_number(np.float64(0.1)) == "0.1"
    assert format_column([np.float64(0.1), np.float64(3)]) == ["0.1", "3"]


@pytest.mark.parametrize("table", COMPONENT_TYPES)
def test_filling_the_fields_is_what_calling_the_class_is(table: str) -> None:
    kind = COMPONENT_TYPES[table]
    assert not hasattr(kind, "__post_init__")
    given = [f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING]
    rows = [{name: f"{name} {k}" for name in given} for k in range(3)]
    columns = {name: [row[name] for row in rows] for name in given}
    elements = filled(kind, columns, count=3)
    assert elements == tuple(kind(**row) for row in rows)
    assert [hash(each) for each in elements] == [hash(kind(**row)) for row in rows]


@pytest.mark.parametrize("was_on", [True, False])
def test_the_garbage_collector_is_left_as_it_was(tmp_path: Path, *, was_on: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if was_on else gc.disable)()
        with collector_paused():
            assert not gc.isenabled()
        with pytest.raises(GridUnreadable):
            load_grid(tmp_path / "none")
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()


def test_numbers_beyond_what_a_float_holds_are_refused() -> None:
    number = next(attribute for attribute in ALL if attribute.kind == "number")
    for text in ("1e309", "9" * 400):
        assert math.isinf(float(text))
        values, complaints = parse_column(number, ["1", text], enum=None, default=None)
        assert complaints == {1: "a number"}
        assert values[0] == 1.0


@pytest.mark.parametrize("name", ["a\rb", "a\r\nb", "a\nb", 'a"b', "a,b"])
def test_a_text_with_line_ends_is_written_so_that_it_reads_back(tmp_path: Path, name: str) -> None:
    nodes = tuple(Node(id=k, name=name, kind="pole", voltage_v_nominal=22e3) for k in "ab")
    save_grid(Components(name="x", nodes=nodes), tmp_path)
    assert [node.name for node in read_grid(tmp_path).components.nodes] == [name, name]
