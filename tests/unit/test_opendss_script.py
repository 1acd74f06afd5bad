"""An OpenDSS script is vetted before the engine sees any of it. No engine runs in these tests."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.adapters.opendss_grid import script
from gridops.adapters.opendss_grid.script import read_script
from gridops.adapters.opendss_grid.statements import VERBS, uncommented, verb_of, words
from gridops.errors import GridUnreadable


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.dss").write_text(text, encoding="utf-8")
    return folder / "master.dss"


def texts(master: Path) -> list[str]:
    return [statement.text for statement in read_script(master).statements]


def test_redirects_are_followed_and_each_statement_keeps_its_place(tmp_path: Path) -> None:
    master = written(
        tmp_path,
        master="clear\nnew circuit.c ! the circuit\n\nRedirect LOADS.DSS\nsolve\n",
        loads="// comment\nNew Load.a bus1=x kw=1\n/* more\nshell rm\n*/\n~ kvar=2\n",
    )
    found = read_script(master).statements
    assert [(s.file, s.row, s.text) for s in found] == [
        ("master.dss", 1, "clear"),
        ("master.dss", 2, "new circuit.c"),
        ("loads.dss", 2, "New Load.a bus1=x kw=1"),
        ("loads.dss", 6, "~ kvar=2"),
        ("master.dss", 5, "solve"),
    ]


def test_compile_leaves_the_script_in_its_folder_and_redirect_does_not(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    written(tmp_path / "parts", a="new line.a bus1=x", b="new line.b bus1=x")
    followed = "compile parts/a.dss\nredirect b.dss"
    assert len(read_script(written(tmp_path, master=followed)).statements) == 2
    with pytest.raises(GridUnreadable, match=r"there is no file b\.dss"):
        read_script(written(tmp_path, master=followed.replace("compile", "redirect")))


@pytest.mark.parametrize(
    "line",
    [
        "shell ls",
        "save circuit dir=/tmp/x",
        "dump debug",
        "fileedit x.dss",
        "cd ..",
        "var @a=x",
        "quit",
        "doscmd ls",
        '"export" voltages',
        "(export) voltages",
        "expor voltages",
        "redirect=x.dss",
        "set datapath=.",
        "set data=.",
        "set editor=sh",
        "set sh",
        'set "editor"=sh',
        "set element=generator.g",
        "solve casename=x",
        "new generator.g usermodel=evil",
        "new generator.g bus1=x userm=evil",
        "new generator.g x 1 2 3",
        "edit pvsystem.p dyn=1 ./evil.so",
        "generator.g.usermodel = evil",
        "batchedit generator..* shaftmodel=evil",
        "new storage.s dynadll=evil",
        'new generator.g "usermodel"=evil',
    ],
)
def test_what_does_not_describe_the_circuit_is_refused(tmp_path: Path, line: str) -> None:
    master = written(tmp_path, master=f"clear\nnew circuit.c\n{line}\n")
    with pytest.raises(GridUnreadable) as refused:
        read_script(master)
    assert refused.value.where == "master.dss:3"
    assert refused.value.remedy
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("line", ["show voltages", "Export powers /tmp/x.csv", "plot profile"])
def test_what_only_reports_is_passed_over_and_never_executed(tmp_path: Path, line: str) -> None:
    master = written(tmp_path, master=f"clear\nnew generator.g bus1=x\n{line}\nsolve\n")
    script = read_script(master)
    assert [s.text for s in script.statements] == ["clear", "new generator.g bus1=x", "solve"]
    assert [s.where for s in script.reports] == ["master.dss:3"]


@pytest.mark.parametrize(
    "between", ["", "show voltages\n", "set mode=snapshot\n", "enable generator.g\n", "solve\n"]
)
def test_a_continued_generator_needs_names_whatever_stands_between(
    tmp_path: Path, between: str
) -> None:
    master = written(tmp_path, master=f"new generator.g bus1=x\n{between}~ 1 2 3 evil\n")
    with pytest.raises(GridUnreadable, match="has no name"):
        read_script(master)


@pytest.mark.parametrize(
    "line",
    [
        "redirect /etc/passwd",
        "redirect ../outside.dss",
        'redirect "../outside.dss"',
        "redirect (parts/../../outside.dss)",
        "compile ~/x.dss",
        r"redirect C:\x.dss",
        r"redirect ..\outside.dss",
        "buscoords ../outside.dss",
        "new loadshape.s npts=3 mult=(file=/etc/passwd)",
        "new loadshape.s npts=3 csvfile=../outside.dss",
        'new xycurve.s csvfile="/etc/a b"',
        r"new spectrum.s csvfile=\\server\x",
    ],
)
def test_no_file_outside_the_folder_is_named(tmp_path: Path, line: str) -> None:
    inside = tmp_path / "inside"
    (inside / "parts").mkdir(parents=True)
    (tmp_path / "outside.dss").write_text("new circuit.c\n")
    with pytest.raises(GridUnreadable, match="lies outside the folder") as refused:
        read_script(written(inside, master=f"clear\n{line}\n"))
    assert refused.value.where == "master.dss:2"


def test_a_link_to_the_outside_does_not_help(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "outside.dss").write_text("new circuit.c\n")
    (inside / "link.dss").symlink_to(tmp_path / "outside.dss")
    with pytest.raises(GridUnreadable, match="lies outside"):
        read_script(written(inside, master="redirect link.dss\n"))


def test_curves_inside_the_folder_may_be_named(tmp_path: Path) -> None:
    line = "new loadshape.s npts=24 mult=(file=shapes/day.csv) ! hourly"
    assert len(texts(written(tmp_path, master=line))) == 1


def test_redirects_in_a_circle_end_at_the_row_that_closes_it(tmp_path: Path) -> None:
    master = written(tmp_path, master="redirect a.dss", a="clear\nredirect master.dss")
    with pytest.raises(GridUnreadable, match=r"a.dss:2: master.dss redirects to itself"):
        read_script(master)


def test_a_file_may_be_read_twice(tmp_path: Path) -> None:
    master = written(tmp_path, master="redirect a.dss\nredirect a.dss", a="new line.a")
    assert texts(master) == ["new line.a", "new line.a"]


def test_files_within_files_have_a_bound(tmp_path: Path) -> None:
    deep = {f"f{k}": f"redirect f{k + 1}.dss" for k in range(script.DEPTH_MAX + 1)}
    with pytest.raises(GridUnreadable, match=f"{script.DEPTH_MAX} within each other"):
        read_script(written(tmp_path, master="redirect f0.dss", **deep))


def test_a_missing_file_is_told_with_the_row_that_asks_for_it(tmp_path: Path) -> None:
    with pytest.raises(GridUnreadable, match=r"master.dss:2: there is no file nowhere.dss"):
        read_script(written(tmp_path, master="clear\nredirect nowhere.dss"))
    with pytest.raises(GridUnreadable, match="there is no such file"):
        read_script(tmp_path / "absent.dss")


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "master.dss").write_bytes(b"clear\n\0\0")
    with pytest.raises(GridUnreadable, match="is not text"):
        read_script(tmp_path / "master.dss")


def test_words_are_cut_as_the_engine_cuts_them() -> None:
    cut = words("New Line.a Bus1 = x.1.2 rmatrix=[1 | 2, 3] geometry='a b' 5")
    assert [(w.name, w.value) for w in cut] == [
        ("", "New"),
        ("", "Line.a"),
        ("bus1", "x.1.2"),
        ("rmatrix", "1 | 2, 3"),
        ("geometry", "a b"),
        ("", "5"),
    ]


def test_a_mark_inside_quotes_begins_no_comment() -> None:
    assert uncommented("a 'b ! c' ! d") == "a 'b ! c' "
    assert uncommented("a // b") == "a "


_FRAGMENTS = st.sampled_from(
    (
        "new",
        "edit",
        "~",
        "set",
        "solve",
        "more",
        "redirect",
        "buscoords",
        "show",
        "generator.g",
        "line.l",
        "usermodel",
        "bus1",
        "editor",
        "=",
        "x",
        "/etc/x",
        "..",
        "\\",
        '"',
        "(",
        ")",
        "[",
        ",",
        "!",
        ".",
    )
)


@given(st.lists(_FRAGMENTS, max_size=12).map(" ".join) | st.text(max_size=60))
def test_no_line_gets_through_with_foreign_code_or_a_foreign_path(
    tmp_path_factory: pytest.TempPathFactory, line: str
) -> None:
    folder = tmp_path_factory.mktemp("any", numbered=True)
    (folder / "master.dss").write_text(line, encoding="utf-8", errors="ignore")
    try:
        found = read_script(folder / "master.dss").statements
    except GridUnreadable:
        return
    for statement in found:
        assert verb_of(statement.text) in VERBS | {"."}
        for word in words(statement.text):
            assert word.name.rsplit(".", maxsplit=1)[-1] != "usermodel"
            assert not word.value.startswith("/etc")


def test_a_name_too_long_for_a_file_names_no_file(tmp_path: Path) -> None:
    with pytest.raises(GridUnreadable, match="there is no such file"):
        read_script(tmp_path / ("x" * 5000))
    with pytest.raises(GridUnreadable, match="there is no file xxx"):
        read_script(written(tmp_path, master=f"redirect {'x' * 5000}"))
