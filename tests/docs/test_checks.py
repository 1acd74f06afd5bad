"""The runner of the checks: what it skips by name, what it fails, what it compares."""

from pathlib import Path
from threading import Barrier
from types import ModuleType

import pytest

from tests.conftest import FileByFile


@pytest.fixture(autouse=True)
def runs_of_pytest_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what the run around them says, and with the one plugin that they are about: loading
    the others takes a second of each process."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER_COUNT", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p xdist.plugin")


def test_what_a_machine_lacks_is_named_with_the_way_to_get_it(
    checks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks.shutil, "which", lambda name: None)
    monkeypatch.setattr(checks, "POSTGRES_FOLDERS", "/nowhere/*")
    missing = {part.tests: part.remedy for part in checks.missing_parts()}
    assert missing == {
        "browser": "apt-get install chromium",
        "postgresql": "apt-get install postgresql",
        "prometheus": "apt-get install prometheus",
        "node": "apt-get install nodejs npm (Node 20 or newer)",
    }


@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 1)])
def test_a_skip_is_a_failure_only_with_all(
    checks: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    strict: bool,
    code: int,
) -> None:
    part = checks.Missing(what="chromium", tests="browser", remedy="apt-get install chromium")
    monkeypatch.setattr(checks, "missing_parts", lambda: [part])
    monkeypatch.setattr(checks, "steps_before_the_tests", lambda: [("format", lambda: True)])
    monkeypatch.setattr(checks, "kernel_steps", list)
    monkeypatch.setattr(checks, "node_steps", list)
    monkeypatch.setattr(checks, "python_tests", lambda *_, **__: (True, "7 passed in 1s"))
    assert checks.main(["--all"] if strict else []) == code
    out = capsys.readouterr().out
    assert "no chromium on this machine; apt-get install chromium" in out
    assert out.strip().splitlines()[-1].endswith("7 passed in 1s")


def test_one_failed_step_fails_the_run_and_the_rest_still_runs(
    checks: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(checks, "missing_parts", list)
    steps = [("format", lambda: False), ("lint", lambda: True)]
    monkeypatch.setattr(checks, "steps_before_the_tests", lambda: steps)
    monkeypatch.setattr(checks, "kernel_steps", list)
    monkeypatch.setattr(checks, "node_steps", list)
    monkeypatch.setattr(checks, "python_tests", lambda *_, **__: (True, "7 passed in 1s"))
    assert checks.main([]) == 1
    assert capsys.readouterr().out.strip().endswith("failed: format; 7 passed in 1s")


@pytest.mark.parametrize(
    ("body", "strict", "passes"),
    [
        ("pass", True, True),
        ("assert False", False, False),
        ("import pytest; pytest.skip('no')", False, True),
        ("import pytest; pytest.skip('no')", True, False),
    ],
)
def test_the_closing_line_of_the_tests_is_handed_on(  # noqa: PLR0917 (fixtures and cases)
    checks: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    body: str,
    strict: bool,
    passes: bool,
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text(f"def test_it():\n    {body}\n\ndef test_b(): pass\n")
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    passed, line = checks.python_tests([], strict=strict)
    assert passed is passes
    assert "passed" in line


def test_what_waits_for_others_runs_after_the_rest_with_one_beside_it_or_none(
    checks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    undisturbed\n    alone\n")
    (tmp_path / "test_it.py").write_text(
        "import os, pathlib, pytest\n"
        "ran, workers = pathlib.Path('ran'), os.environ.get('PYTEST_XDIST_WORKER_COUNT')\n"
        "@pytest.mark.undisturbed\n"
        "def test_waits(): assert (ran.read_text(), workers) == ('4', '2')\n"
        "def test_reckons(): ran.write_text(workers)\n"
        "@pytest.mark.undisturbed\n"
        "@pytest.mark.alone\n"
        "def test_asks_how_soon(): assert workers is None\n"
    )
    for number in range(4):  # a worker for each is started where there is so much to do
        (tmp_path / f"test_{number}.py").write_text(
            "import pytest\ndef test_reckons(): pass\n"
            "@pytest.mark.undisturbed\ndef test_waits(): pass\n"
        )
    monkeypatch.setattr(checks.os, "sched_getaffinity", lambda _: range(16))
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    passed, line = checks.python_tests([], strict=True)
    assert passed, line
    assert line.startswith("11 passed in ")


def test_the_tests_of_the_browser_go_to_one_worker_and_others_file_by_file() -> None:
    scope_of = FileByFile.__new__(FileByFile)._split_scope
    assert scope_of("tests/browser/test_a.py::test_1") == scope_of(
        "tests/browser/test_b.py::test_1"
    )
    assert scope_of("tests/unit/test_a.py::test_1") == scope_of("tests/unit/test_a.py::test_2")
    assert scope_of("tests/unit/test_a.py::test_1") != scope_of("tests/unit/test_b.py::test_1")


def test_the_console_is_checked_beside_the_rest_and_told_after_it(
    checks: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    both = Barrier(2, timeout=30)

    def meets(word: str) -> bool:
        both.wait()
        return bool(checks.succeeds("printf", f"{word}1\n{word}2"))

    monkeypatch.setattr(checks, "missing_parts", list)
    monkeypatch.setattr(checks, "steps_before_the_tests", lambda: [("types", lambda: meets("t"))])
    monkeypatch.setattr(checks, "kernel_steps", list)
    monkeypatch.setattr(checks, "node_steps", lambda: [("console", lambda: meets("c"))])
    monkeypatch.setattr(checks, "python_tests", lambda *_, **__: (True, "7 passed in 1s"))
    assert [outcome.step for outcome in checks.all_outcomes(strict=True)] == [
        "types",
        "console",
        "tests",
    ]
    out = capsys.readouterr().out
    assert "t1\nt2" in out
    assert "c1\nc2" in out


def test_no_tests_at_all_are_no_success(
    checks: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    assert not checks.python_tests([], strict=False)[0]


@pytest.mark.parametrize(
    ("closings", "whole"),
    [
        (["7 passed, 2 deselected in 1.50s"], "7 passed, 2 deselected in 1.50s"),
        (
            ["1 failed, 7 passed, 2 deselected in 61.50s (0:01:01)", "2 passed, 1 error in 1.00s"],
            "1 failed, 9 passed, 1 error in 62.50s",
        ),
        (["3 passed, 1 skipped in 1.00s", "2 skipped in 2.00s"], "3 passed, 3 skipped in 3.00s"),
        (["7 passed in 1.00s", "no tests ran in 0.10s"], "7 passed in 1.10s"),
        (["no tests ran in 0.50s", "no tests ran in 0.50s"], "no tests ran in 1.00s"),
        (["7 passed in 1.00s", "no closing line"], "7 passed in 1.00s; no closing line"),
    ],
)
def test_the_closing_lines_of_several_runs_become_one(
    checks: ModuleType, closings: list[str], whole: str
) -> None:
    assert checks.summed_up(closings) == whole


@pytest.mark.parametrize(("asked", "ran"), [([], "quick"), (["--slow"], "long")])
def test_long_runs_are_a_command_of_their_own(
    checks: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    asked: list[str],
    ran: str,
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")
    (tmp_path / "test_it.py").write_text(
        "import pathlib, pytest\n"
        "def note(word): pathlib.Path('ran').write_text(word)\n"
        "def test_quick(): note('quick')\n"
        "@pytest.mark.slow\ndef test_long(): note('long')\n"
    )
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    for steps in ("missing_parts", "steps_before_the_tests", "kernel_steps", "node_steps"):
        monkeypatch.setattr(checks, steps, list)
    assert checks.main(asked) == 0
    assert (tmp_path / "ran").read_text() == ran


def test_a_stale_console_is_named_file_by_file(checks: ModuleType, tmp_path: Path) -> None:
    fresh, committed = tmp_path / "fresh", tmp_path / "committed"
    for side, text in ((fresh, "new"), (committed, "old")):
        (side / "assets").mkdir(parents=True)
        (side / "assets" / "app.js").write_text(text)
        (side / "index.html").write_text("same")
    (committed / "assets" / "gone.css").write_text("x")
    (committed / "__init__.py").write_text("")
    assert checks.differences(fresh, committed) == ["assets/app.js", "assets/gone.css"]
    assert checks.differences(fresh, fresh) == []
