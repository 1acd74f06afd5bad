"""Reading and writing grid folders; every slip in a file is a flaw with file and row."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.adapters.content import models_dir
from gridops.adapters.grid_files import (
    About,
    check_grid,
    grid_fingerprint,
    grid_texts,
    load_grid,
    read_components,
    read_grid,
    save_grid,
)
from gridops.adapters.grid_files import sheets as sheets_module
from gridops.adapters.grid_files.cells import format_number
from gridops.errors import GridInvalid, GridUnreadable
from gridops.network import (
    Components,
    Feedback,
    Limits,
    Node,
    NodeKind,
    OrderType,
    SentAs,
    Signal,
    draw,
)

Spoil = Callable[[str], str]


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """A copy of the teaching ring, to be spoilt."""
    return Path(shutil.copytree(models_dir() / "hanoi_ring", tmp_path / "ring"))


def spoil(folder: Path, file: str, old: str, new: str) -> int:
    """Replaces the first `old` in `file`; returns the line it was in."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def found(folder: Path) -> list[tuple[str, str, int | None]]:
    return [(flaw.code, flaw.file, flaw.row) for flaw in check_grid(folder).flaws]


def test_a_drawn_grid_survives_the_way_to_disk_and_back(tmp_path: Path) -> None:
    drawn = draw("S1 [b1] A [s1] B (t1) C [b2] S2\nA [r1] D [f1] E").components
    about = About(title='Ring "one"', source="drawn\\by hand", assumptions=("é", "b\x7f"))
    save_grid(drawn, tmp_path / "grid", about=about)
    files = read_grid(tmp_path / "grid")
    assert files.components == drawn
    assert files.about == about


def test_the_same_grid_gives_the_same_bytes(tmp_path: Path, ring: Path) -> None:
    files = read_grid(ring)
    save_grid(files.components, tmp_path / "again", about=files.about)
    for path in sorted(ring.iterdir()):
        if path.suffix in {".csv", ".toml"}:
            assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_orders_of_every_form_survive_the_way_to_disk_and_back(tmp_path: Path) -> None:
    parts = draw("S1 [b1] A [s1] B").components
    by_method = {
        "sent_as": SentAs.METHOD,
        "object_id": "s1",
        "order_type": OrderType.INT16,
        "open_value": -1.0,
        "close_value": 0.0,
    }
    (command,) = (p for p in parts.points if p.id == "s1.command")
    orders = (
        replace(command, feedback=Feedback.ANSWER, **by_method),
        replace(command, id="s1.select", node_id="sel", signal=Signal.SELECT, **by_method),
        replace(command, id="s1.cancel", node_id="can", signal=Signal.CANCEL),
    )
    others = tuple(p for p in parts.points if p.id != "s1.command")
    waiting = (replace(p, feedback_s=2.5) if p.signal is Signal.COMMAND else p for p in others)
    written = replace(parts, points=(*waiting, *orders))
    save_grid(written, tmp_path)
    files = read_grid(tmp_path)
    assert files.components == written
    assert not files.has_errors


texts = st.text(
    st.characters(exclude_categories=("C",), exclude_characters="=+-@\r\n"), min_size=1
).filter(lambda text: text == text.strip())
numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(name=texts, station=texts, x=st.none() | numbers, voltage_v=numbers)
def test_any_text_and_number_reads_back_equal(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    name: str,
    station: str,
    x: float | None,
    voltage_v: float,
) -> None:
    folder = tmp_path_factory.mktemp("grid")
    node = Node(
        id=name, name=name, kind=NodeKind.POLE, voltage_v_nominal=voltage_v, station=station, x=x
    )
    written = Components(name="any", nodes=(node,))
    save_grid(written, folder)
    assert read_components(folder)[0] == written


@given(numbers)
def test_numbers_are_written_so_that_they_read_back_equal(value: float) -> None:
    assert float(format_number(value)) == value


def test_the_fingerprint_sees_the_grid_and_not_its_papers(ring: Path) -> None:
    before = grid_fingerprint(ring)
    assert before == grid_fingerprint(read_grid(ring).components)
    spoil(ring, "network.toml", "Hanoi 22 kV", "Ha Noi 22 kV")
    assert grid_fingerprint(ring) == before
    spoil(ring, "loads.csv", ",620000,", ",620001,")
    assert grid_fingerprint(ring) != before


def test_a_limit_that_is_off_is_not_written() -> None:
    with pytest.raises(ValueError, match="voltage_pu_min is switched off"):
        grid_texts(Components(name="x", limits=Limits(voltage_pu_min=None)))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GridUnreadable, match="cannot be written"):
        save_grid(Components(name="x"), tmp_path / "file")


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("switches.csv", ",RMU1,", ",RMU9,", "dangling-switch"),
        ("loads.csv", ",620000,", ",lots,", "wrong-type"),
        ("loads.csv", ",620000,", ',"620000,5",', "wrong-type"),
        ("loads.csv", ",620000,", ",1e999,", "wrong-type"),
        ("loads.csv", ",620000,", ",nan,", "wrong-type"),
        ("loads.csv", ",620,", ",620.5,", "wrong-type"),
        ("loads.csv", ",620000,", ",,", "missing-value"),
        ("switches.csv", ",breaker,", ",braker,", "wrong-type"),
        ("switches.csv", ",closed,", ",2,", "wrong-type"),
        ("switches.csv", ",0.5;15,", ",0.5/15,", "wrong-type"),
        ("switches.csv", ",yes\n", ",true\n", "wrong-type"),
        ("branches.csv", ",2300,", ",2300,7,", "ragged-row"),
        ("branches.csv", "L471-2,", 'L471-2,"', "not-csv"),
        ("nodes.csv", "RMU Kim Mã,", "=cmd|'/c calc'!A1,", "formula-cell"),
        ("nodes.csv", "RMU Kim Mã,", "RMU\u202e Kim Mã,", "control-character"),
        ("nodes.csv", "RMU Kim Mã,", "RMU\x07 Kim Mã,", "control-character"),
        ("branches.csv", ",2300,", ",2.3,", "length-unit"),
    ],
)
def test_a_bad_cell_is_told_with_its_row(
    ring: Path, file: str, *, old: str, new: str, code: str
) -> None:
    row = spoil(ring, file, old, new)
    assert found(ring) == [(code, file, row)], "one slip is one flaw, and nothing else"
    with pytest.raises((GridInvalid, GridUnreadable)):
        load_grid(ring)


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("loads.csv", "customers", "customer_count", "missing-column"),
        ("loads.csv", "customers", "p_w", "duplicate-column"),
        ("loads.csv", "id,name,", "id,name,colour,", "ragged-row"),
        ("switches.csv", "id,", "\ufeffid,", "byte-order-mark"),
        ("loads.csv", "priority", "prioritty", "unknown-column"),
    ],
)
def test_a_bad_header_is_told(ring: Path, file: str, *, old: str, new: str, code: str) -> None:
    assert spoil(ring, file, old, new) == 1
    assert code in [c for c, f, _ in found(ring) if f == file]


def test_an_unknown_column_names_what_is_near(ring: Path) -> None:
    spoil(ring, "loads.csv", "priority", "prioritty")
    (flaw,) = check_grid(ring).flaws
    assert flaw.severity == "warning"
    assert flaw.remedy == "near: priority, profile"
    assert load_grid(ring).customers == 7692


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_is_recognised(ring: Path, separator: str) -> None:
    path = ring / "loads.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",", separator), encoding="utf-8")
    assert ("wrong-delimiter", "loads.csv", 1) in found(ring)


def test_a_file_in_another_encoding_is_told_with_its_row(ring: Path) -> None:
    path = ring / "loads.csv"
    lines = path.read_bytes().split(b"\n")
    lines[3] = lines[3].replace("Kim Mã".encode(), "Kim Mã".encode("latin-1"))
    path.write_bytes(b"\n".join(lines))
    assert found(ring) == [("not-utf8", "loads.csv", 4)]
    with pytest.raises(GridUnreadable, match="not UTF-8"):
        load_grid(ring)


def test_a_missing_file_is_told_and_an_optional_one_is_not(ring: Path) -> None:
    (ring / "points.csv").unlink()
    (ring / "links.csv").unlink()
    assert found(ring) == [("no-telemetry", "points.csv", None)]
    (ring / "nodes.csv").unlink()
    assert found(ring)[0] == ("file-missing", "nodes.csv", None)
    assert len(found(ring)) == 2
    with pytest.raises(GridUnreadable, match=r"cannot be read.*put the file there"):
        load_grid(ring)


def test_a_huge_file_is_refused(ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets_module, "FILE_BYTES_MAX", 4096)
    assert "file-too-large" in [code for code, _, _ in found(ring)]


def test_an_endless_list_of_flaws_is_cut(ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets_module, "FLAWS_PER_FILE_MAX", 5)
    path = ring / "loads.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *(row + ",9" for row in rows)]), encoding="utf-8")
    codes = [code for code, file, _ in found(ring) if file == "loads.csv"]
    assert codes == ["ragged-row"] * 5 + ["too-many-flaws"]


@pytest.mark.parametrize("version", ["3", "0", '"1"', "true", "1.5"])
def test_another_version_is_refused_by_name(ring: Path, version: str) -> None:
    spoil(ring, "network.toml", "format = 2", f"format = {version}")
    for read in (load_grid, check_grid, grid_fingerprint):
        with pytest.raises(GridUnreadable, match=r"is of format .*reads formats 1 and 2"):
            read(ring)


def test_no_version_is_refused_too(ring: Path) -> None:
    spoil(ring, "network.toml", "format = 2\n", "")
    with pytest.raises(GridUnreadable, match="names no format version"):
        load_grid(ring)


def test_bad_toml_is_told_with_its_row(ring: Path) -> None:
    row = spoil(ring, "network.toml", "frequency_hz = 50", "frequency_hz = = 50")
    assert ("not-toml", "network.toml", row) in found(ring)


def test_bad_values_in_toml_are_told(ring: Path) -> None:
    spoil(ring, "network.toml", "frequency_hz = 50", 'frequency_hz = "50"')
    spoil(ring, "network.toml", "voltage_pu_min", "voltage_min")
    spoil(ring, "network.toml", 'name = "hanoi_ring"\n', "")
    assert [code for code, _, _ in found(ring)] == [
        "wrong-type",
        "unknown-column",
        "missing-value",
    ]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GridUnreadable, match="no such grid folder"):
        load_grid(tmp_path / "none")


def test_all_flaws_come_at_once_each_with_file_and_row(ring: Path) -> None:
    rows = {
        "dangling-load": ("loads.csv", spoil(ring, "loads.csv", ",P473-60,", ",P473-61,")),
        "wrong-type": ("nodes.csv", spoil(ring, "nodes.csv", "Bệnh viện E,pole", "BV E,pol")),
        "priority-out-of-range": ("loads.csv", spoil(ring, "loads.csv", "critical,1", ",9")),
        "sources-in-parallel": ("switches.csv", spoil(ring, "switches.csv", ",open,", ",closed,")),
        "rating-missing": ("branches.csv", spoil(ring, "branches.csv", ",445,", ",0,")),
    }
    told = {code: (file, row) for code, file, row in found(ring)}
    parallel = told.pop("sources-in-parallel"), rows.pop("sources-in-parallel")
    assert parallel[0][1] is not None
    assert told == rows
    report = check_grid(ring)
    assert not report.ok
    assert {feeder.grade for feeder in report.feeders} == {"E"}
    with pytest.raises(GridInvalid) as refused:
        load_grid(ring)
    assert refused.value.flaws == report.flaws


def test_an_unreadable_row_does_not_look_like_ten_flaws(ring: Path) -> None:
    """Node RMU2 cannot be read: nothing that refers to it dangles, nothing looks dark."""
    row = spoil(ring, "nodes.csv", "RMU2,RMU Kim Mã,ring_main_unit,", "RMU2,RMU Kim Mã,rmu,")
    assert found(ring) == [("wrong-type", "nodes.csv", row)]


def test_rows_count_as_an_editor_does(ring: Path) -> None:
    """A quoted cell may span lines, and empty lines are skipped but counted."""
    path = ring / "links.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("RTU trạm E1.9", '"RTU\ntrạm E1.9"')
    lines.insert(2, "")
    lines[-1] = lines[-1].replace("Bộ", "=Bộ")
    path.write_text("\n".join(lines), encoding="utf-8")
    assert found(ring) == [
        ("control-character", "links.csv", 2),
        ("formula-cell", "links.csv", 6),
    ]


def test_the_plain_report_is_what_the_contract_says(ring: Path) -> None:
    row = spoil(ring, "switches.csv", ",RMU1,", ",RMU9,")
    plain = check_grid(ring).to_plain()
    assert list(plain) == ["grid", "ok", "flaws", "feeders"]
    assert plain["flaws"] == [
        {
            "code": "dangling-switch",
            "severity": "error",
            "file": "switches.csv",
            "row": row,
            "ids": ["RMU1-2", "RMU9"],
            "message": "switch RMU1-2 refers to 'RMU9', which nodes.csv does not list",
            "remedy": "add the node or mend the reference",
        }
    ]
    assert plain["feeders"][0] == {
        "feeder": "471-E1.9",
        "grade": "E",
        "reasons": ["the grid has errors"],
    }


def test_components_with_flaws_can_be_saved_for_mending(tmp_path: Path) -> None:
    drawn = draw("S1 [b1] A").components
    bad = replace(drawn, loads=(replace(drawn.loads[0], customers=-1),))
    save_grid(bad, tmp_path / "bad")
    assert ("customers-negative", "loads.csv", 2) in found(tmp_path / "bad")


def test_a_header_in_other_letters_names_the_column_that_is_meant(ring: Path) -> None:
    spoil(ring, "nodes.csv", "id,", "ID,")
    (unknown,) = [f for f in read_grid(ring).flaws if f.code == "unknown-column"]
    assert unknown.remedy.startswith("near: id")


def test_empty_cells_at_the_end_of_each_line_are_skipped_with_a_warning(ring: Path) -> None:
    """A spreadsheet writes them for columns that once were."""
    sound = read_grid(ring)
    path = ring / "loads.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("\n", ",,\n"), encoding="utf-8")
    files = read_grid(ring)
    assert files.components == sound.components
    (told,) = files.flaws
    assert (told.code, told.is_error, told.row) == ("unknown-column", False, 1)
    assert told.message == "columns without a name are not read (2)"


def test_a_thousands_separator_is_not_to_be_made_a_decimal_point(ring: Path) -> None:
    spoil(ring, "branches.csv", ",2300,", ',"2,300",')
    (told,) = [f for f in read_grid(ring).flaws if f.code == "wrong-type"]
    assert "not between thousands" in told.remedy


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
def test_a_byte_that_is_not_utf8_is_told_with_its_line(ring: Path, line_end: str) -> None:
    path = ring / "nodes.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] += "\udce1"
    path.write_bytes(line_end.join(lines).encode("utf-8", "surrogateescape"))
    assert [f.row for f in read_grid(ring).flaws if f.code == "not-utf8"] == [4]
