"""The set-up script: what it decides. Installing itself is what every run of the checks does."""

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
GO = ROOT / "go.py"


@pytest.fixture(scope="module")
def go() -> ModuleType:
    spec = importlib.util.spec_from_file_location("go_script", GO)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_needs_nothing_but_the_standard_library() -> None:
    names = {
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for node in ast.walk(ast.parse(GO.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in names} <= {*sys.stdlib_module_names, "__future__"}


def test_an_older_python_is_told_kindly_before_anything_newer_is_imported() -> None:
    source = GO.read_text()
    head = source.partition("import fcntl")[0].replace("(3, 11)", "(9, 0)")
    done = subprocess.run([sys.executable, "-c", head], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Traceback" not in done.stderr
    # An older Python must get as far as the message: nothing above it that it cannot parse.
    ast.parse(source, feature_version=(3, 7))


@pytest.mark.parametrize(
    ("arguments", "code"), [([], 2), (["dmeo"], 2), (["-h"], 0), (["--help"], 0)]
)
def test_usage(arguments: list[str], code: int) -> None:
    done = subprocess.run(
        [sys.executable, GO, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    shown, silent = (done.stderr, done.stdout) if code else (done.stdout, done.stderr)
    assert "go.py test" in shown
    assert silent == ""


def tree(folder: Path, go: ModuleType) -> Path:
    for name in go.DESCRIBES_THE_INSTALL:
        (folder / name).write_text(name)
    return folder


def test_an_environment_is_current_until_something_that_it_was_made_from_changes(
    go: ModuleType, tmp_path: Path
) -> None:
    root = tree(tmp_path, go)
    key = go.install_key(root)
    assert go.install_key(root) == key
    for name in go.DESCRIBES_THE_INSTALL:
        before = (root / name).read_text()
        (root / name).write_text("changed")
        assert go.install_key(root) != key, name
        (root / name).write_text(before)
    assert go.install_key(root) == key


def test_the_environment_of_the_tests_also_serves_the_demo_but_not_the_other_way(
    go: ModuleType,
) -> None:
    assert go.is_current(f"k {go.DEVELOPMENT}", go.RUNTIME, "k")
    assert go.is_current(f"k {go.RUNTIME}", go.RUNTIME, "k")
    assert not go.is_current(f"k {go.RUNTIME}", go.DEVELOPMENT, "k")
    assert not go.is_current(f"older {go.DEVELOPMENT}", go.RUNTIME, "k")


def test_without_uv_and_without_venv_the_one_package_is_named(
    go: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(go.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(go.SetupFailed, match="apt-get install python3-venv"):
        go.install_with_pip(go.RUNTIME)


def pins(lock: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.\-]+)==(\S+)", (ROOT / lock).read_text(), re.M):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_a_hash_for_everything_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"^(?=[A-Za-z])", text, flags=re.M)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|--index|--find-links|^-|@ |file:", text, re.M)


def test_the_locks_agree_and_the_demo_stays_light() -> None:
    runtime, development = pins("requirements.lock"), pins("requirements-dev.lock")
    assert runtime.items() <= development.items()
    assert not {"pandapower", "matplotlib", "pandas", "pytest", "mypy"} & set(runtime)


def test_the_locks_hold_what_the_project_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    extras = project["project"]["optional-dependencies"]
    runtime = [*project["project"]["dependencies"], *groups["build"]]
    development = [*runtime, *groups["dev"], *(each for extra in extras.values() for each in extra)]
    for lock, declared in (("requirements.lock", runtime), ("requirements-dev.lock", development)):
        held = pins(lock)
        for text in declared:
            wanted = Requirement(text)
            versions = held.get(wanted.name.lower(), set())
            assert versions, f"{lock} lacks {wanted.name}: run .ci/lock"
            assert all(wanted.specifier.contains(v) for v in versions), f"{text}: run .ci/lock"
