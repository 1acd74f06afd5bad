"""What may stand where a grid file should be: links, folders, pipes, devices, giants."""

import os
import random
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gridops.adapters.content import models_dir, resolve_grid
from gridops.adapters.grid_files import About, check_grid, load_grid, read_grid, save_grid
from gridops.adapters.grid_files import sheets as sheets_module
from gridops.adapters.grid_files.about import BYTES_MAX, DOTS_PER_LINE_MAX
from gridops.errors import GridUnreadable
from gridops.network import Components

NOBODY = 65534
posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no such files")


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    return Path(shutil.copytree(models_dir() / "hanoi_ring", tmp_path / "ring"))


def first_flaw(folder: Path) -> tuple[str, str, str]:
    flaw = read_grid(folder).flaws[0]
    return flaw.code, flaw.file, flaw.message


@pytest.mark.parametrize("name", ["nodes.csv", "points.csv", "network.toml"])
def test_a_folder_where_a_file_should_be(ring: Path, name: str) -> None:
    (ring / name).unlink()
    (ring / name).mkdir()
    assert first_flaw(ring) == ("not-a-file", name, "is a folder, not a file")
    with pytest.raises(GridUnreadable, match="is a folder, not a file"):
        load_grid(ring)


@posix
@pytest.mark.parametrize("name", ["nodes.csv", "points.csv", "network.toml"])
def test_a_pipe_is_not_waited_for(ring: Path, name: str) -> None:
    (ring / name).unlink()
    os.mkfifo(ring / name)
    assert first_flaw(ring) == ("not-a-file", name, "is a pipe, socket or device, not a file")
    with pytest.raises(GridUnreadable, match="not a file"):
        load_grid(ring)


@posix
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_link_to_a_device_is_not_opened(ring: Path, device: str) -> None:
    (ring / "links.csv").unlink()
    (ring / "links.csv").symlink_to(device)
    assert first_flaw(ring)[:2] == ("not-a-file", "links.csv")


@posix
def test_a_link_to_a_file_is_followed(ring: Path) -> None:
    shutil.move(ring / "points.csv", ring.parent / "elsewhere.csv")
    (ring / "points.csv").symlink_to(ring.parent / "elsewhere.csv")
    assert read_grid(ring).flaws == ()


@posix
@pytest.mark.parametrize("target", ["nowhere.csv", "points.csv"], ids=["broken", "to itself"])
def test_a_link_that_leads_nowhere_is_a_flaw_even_for_an_optional_file(
    ring: Path, target: str
) -> None:
    (ring / "points.csv").unlink()
    (ring / "points.csv").symlink_to(target)
    assert first_flaw(ring)[:2] == ("file-missing", "points.csv")


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Nothing is forbidden to root; everybody else already is somebody."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@posix
@pytest.mark.parametrize("name", ["nodes.csv", "points.csv", "."])
def test_a_file_that_may_not_be_read_is_a_flaw(name: str) -> None:
    # Not below pytest's own folder: only its owner may pass that one.
    with tempfile.TemporaryDirectory() as folder:
        ring = Path(folder) / "ring"
        shutil.copytree(models_dir() / "hanoi_ring", ring)
        for path in (Path(folder), ring, *ring.iterdir()):
            path.chmod(0o755)
        with as_somebody_else():
            assert read_grid(ring).flaws == ()
        (ring / name).chmod(0)
        with as_somebody_else(), pytest.raises(GridUnreadable):
            load_grid(ring)
        ring.chmod(0o755)


@pytest.mark.parametrize("failure", [PermissionError(13, "Permission denied"), OSError(5, "I/O")])
def test_a_file_that_the_system_will_not_open_is_a_flaw(
    ring: Path, monkeypatch: pytest.MonkeyPatch, *, failure: OSError
) -> None:
    def refuse(path: Path, mode: str) -> None:
        assert mode == "rb"
        raise failure

    monkeypatch.setattr(Path, "open", refuse)
    assert first_flaw(ring)[:2] == ("file-missing", "network.toml")


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "none/at/all"])
def test_a_folder_that_cannot_be_is_refused(name: str) -> None:
    for look in (load_grid, check_grid):
        with pytest.raises(GridUnreadable, match="no such grid folder"):
            look(Path(name))
    with pytest.raises(GridUnreadable, match="no such grid folder"):
        resolve_grid(name)


def test_no_more_of_a_file_is_read_than_the_limit(
    ring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = (ring / "points.csv").stat().st_size
    monkeypatch.setattr(sheets_module, "FILE_BYTES_MAX", size)
    assert read_grid(ring).flaws == ()
    monkeypatch.setattr(sheets_module, "FILE_BYTES_MAX", size - 1)
    assert first_flaw(ring)[:2] == ("file-too-large", "points.csv")


def test_a_sparse_giant_is_refused_at_once(ring: Path) -> None:
    with (ring / "loads.csv").open("r+b") as file:
        file.truncate(50 * 2**30)
    code, name, message = first_flaw(ring)
    assert (code, name, message) == ("file-too-large", "loads.csv", "larger than 200 MiB")


def test_a_cell_of_ten_megabytes_is_a_flaw_with_its_row(ring: Path) -> None:
    path = ring / "nodes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("RMU Kim Mã", "x" * 10**7, 1), "utf-8")
    flaw = read_grid(ring).flaws[0]
    assert (flaw.code, flaw.file, flaw.row) == ("not-csv", "nodes.csv", 8)
    assert len(str(flaw)) < 300


def test_a_nul_is_a_flaw(ring: Path) -> None:
    path = ring / "nodes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("RMU Kim", "RMU\0Kim", 1), "utf-8")
    assert first_flaw(ring)[0] == "control-character"


def test_a_header_of_very_many_columns_is_told_in_bounded_time(ring: Path) -> None:
    path = ring / "links.csv"
    header = path.read_text(encoding="utf-8").splitlines()[0]
    path.write_text(header + "," + ",".join(f"c{k}" for k in range(10**5)) + "\n", "utf-8")
    flaws = read_grid(ring).flaws
    assert {flaw.code for flaw in flaws if flaw.file == "links.csv"} == {
        "unknown-column",
        "too-many-flaws",
    }


HEADER_SLIPS = {
    "deep list": "source = " + "[" * 5000,
    "deep table": "source = " + "{a=" * 5000,
    "long integer": "frequency_hz = " + "9" * 5000,
    "long hexadecimal": "frequency_hz = 0x" + "f" * 20_000,
    "long float": "frequency_hz = 1e999",
    "deep key": "limits.voltage_pu_min" + ".a" * 900 + " = 1",
    "long key": "a." * 50_000 + "a = 1",
    "unlike date": "source = 2020-99-99",
    "nul": 'source = "\0"',
    "name with a bell": 'name = "\a"',
    "name of two lines": 'name = "a\\nb"',
}


@pytest.mark.parametrize("slip", HEADER_SLIPS)
def test_odd_toml_is_a_flaw(ring: Path, slip: str) -> None:
    key = re.split(r"\W", HEADER_SLIPS[slip])[0]
    path = ring / "network.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [HEADER_SLIPS[slip], *(line for line in lines if not line.startswith(key))]
    path.write_text("\n".join(kept), encoding="utf-8")
    flaw = read_grid(ring).flaws[0]
    assert (flaw.code, flaw.file) in {("not-toml", "network.toml"), ("wrong-type", "network.toml")}
    assert len(str(flaw)) < 300


@pytest.mark.parametrize("version", ["0x" + "f" * 20_000, "[" * 50 + "]" * 50, "{a.b.c = 1}"])
def test_an_odd_version_is_refused(ring: Path, version: str) -> None:
    path = ring / "network.toml"
    text = path.read_text(encoding="utf-8").replace("format = 2", f"format = {version}")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GridUnreadable, match="is of format") as refused:
        read_grid(ring)
    assert len(str(refused.value)) < 600


def test_papers_that_would_not_be_read_back_are_not_written(tmp_path: Path) -> None:
    for long in ("x" * BYTES_MAX, "1.5 " * (DOTS_PER_LINE_MAX + 1)):
        with pytest.raises(ValueError, match="too long"):
            save_grid(Components(name="x"), tmp_path, about=About(assumptions=(long,)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [1, 100, 100_000])
@pytest.mark.parametrize("name", ["nodes.csv", "points.csv", "network.toml"])
def test_random_bytes_are_a_flaw(ring: Path, name: str, *, size: int) -> None:
    (ring / name).write_bytes(random.Random(size).randbytes(size))
    flaw = read_grid(ring).flaws[0]
    assert flaw.is_error
    assert flaw.file == name
