"""One slip in a grid folder is found, refused, or read as exactly what the cell now says.

What cannot be found, and is not promised: a value that is as good as the one it replaces (two
ratings exchanged, another existing node of the same section), and a file that is cut off at
the end of a row, or inside its last cell, if nothing else refers to what is lost.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from gridops.adapters.grid_files import check_grid, grid_texts, load_grid, read_grid
from gridops.errors import GridInvalid, GridUnreadable
from gridops.network import TABLES
from gridops.network.flaws import GridFlaw
from tests.properties.corrupted_grids import (
    Slip,
    cell_slips,
    file_slips,
    header_slips,
    misread,
    rows_of,
    sound_folders,
    thousandfold_slips,
)

FEW, MANY = 200, 20_000
AFAR = frozenset(
    {"normal-loop", "sources-in-parallel", "feeder-head-missing", "unreachable-section"}
)
WIRING = frozenset({"nodes", "branches", "transformers", "switches", "sources"})
quiet = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The sound grids on disk; each example spoils one file and puts it back."""
    found = []
    for k, (_, texts) in enumerate(sound_folders()):
        folder = tmp_path_factory.mktemp(f"grid{k}")
        for name, text in texts.items():
            (folder / name).write_bytes(text.encode())
        found.append(folder)
    return found


def test_the_grids_have_no_flaws_before_a_slip(folders: list[Path]) -> None:
    for folder in folders:
        assert [flaw for flaw in check_grid(folder).flaws if flaw.severity != "note"] == []


@settings(quiet, max_examples=FEW)
@given(slip=cell_slips())
def test_a_slip_in_a_cell_is_found_or_read_as_written(folders: list[Path], slip: Slip) -> None:
    found_or_read_as_written(folders[slip.grid], slip)


@settings(quiet, max_examples=FEW)
@given(slip=file_slips())
def test_a_slip_in_a_file_is_found_or_read_as_written(folders: list[Path], slip: Slip) -> None:
    found_or_read_as_written(folders[slip.grid], slip)


@settings(quiet, max_examples=FEW)
@given(header=header_slips())
def test_a_slip_in_the_header_is_found_or_read_as_written(
    folders: list[Path], header: bytes
) -> None:
    header_found_or_read_as_written(folders[0], header)


@pytest.mark.slow
@settings(quiet, max_examples=MANY)
@given(header=header_slips())
def test_a_slip_in_the_header_is_found_or_read_as_written_at_length(
    folders: list[Path], header: bytes
) -> None:
    header_found_or_read_as_written(folders[0], header)


@pytest.mark.slow
@settings(quiet, max_examples=MANY)
@given(slip=cell_slips())
def test_a_slip_in_a_cell_is_found_or_read_as_written_at_length(
    folders: list[Path], slip: Slip
) -> None:
    found_or_read_as_written(folders[slip.grid], slip)


@pytest.mark.slow
@settings(quiet, max_examples=MANY)
@given(slip=file_slips())
def test_a_slip_in_a_file_is_found_or_read_as_written_at_length(
    folders: list[Path], slip: Slip
) -> None:
    found_or_read_as_written(folders[slip.grid], slip)


def found_or_read_as_written(folder: Path, slip: Slip) -> None:
    """Errors say where, and hinder the loading; else each cell is read as it is written."""
    path = folder / slip.file
    sound = path.read_bytes()
    path.write_bytes(slip.text.encode())
    try:
        flaws = check_grid(folder).flaws
        components = load_grid(folder).components
    except (GridInvalid, GridUnreadable):
        errors = [flaw for flaw in flaws if flaw.is_error]
        assert any(points_at(flaw, slip) for flaw in errors), (slip, list(map(str, errors)))
        return
    finally:
        path.write_bytes(sound)
    elements = getattr(components, slip.table)
    assert misread(slip.table, slip.text, elements) == [], slip
    assert misread(slip.table, grid_texts(components)[slip.file], elements) == [], slip
    others = [table for table in TABLES if table != slip.table]
    for table in others:
        assert getattr(components, table) == getattr(sound_folders()[slip.grid][0], table)


def header_found_or_read_as_written(folder: Path, header: bytes) -> None:
    path = folder / "network.toml"
    sound = path.read_bytes()
    path.write_bytes(header)
    try:
        files = read_grid(folder)
    except GridUnreadable as refused:
        if "format" not in str(refused):
            raise
        return
    finally:
        path.write_bytes(sound)
    if files.flaws:
        assert {flaw.file for flaw in files.flaws} == {"network.toml"}, header
        return
    said = tomllib.loads(header.decode())
    limits = {
        "voltage_pu_min": 0.95,
        "voltage_pu_max": 1.05,
        "loading_pct_max": 100.0,
        "emergency_s": None,
        "fault_in_pickups_min": 1.2,
    }
    limits |= said.pop("limits", {})
    assert limits == asdict(files.components.limits)
    assert said.pop("format") in (1, 2)
    assert said.pop("name") == files.components.name
    assert said.pop("frequency_hz", 50.0) == files.components.frequency_hz
    papers = {"title": "", "licence": "", "source": "", "assumptions": ()} | said
    assert papers | {"assumptions": tuple(papers["assumptions"])} == asdict(files.about)


NO_CHECK = {
    ("nodes", "x"): "schematic coordinates have no unit",
    ("nodes", "y"): "schematic coordinates have no unit",
    ("branches", "failures_per_year"): "a rate may be very low; a high one is found",
    ("switches", "failures_per_year"): "rates of devices differ by more than a thousand",
    ("transformers", "failures_per_year"): "a rate may be very low; a high one is found",
    ("loads", "transformer_failures_per_year"): "a rate may be very low; a high one is found",
    ("loads", "customers"): "a count; too many for the power are found, from 10 W each on",
    ("transformers", "tap_min"): "a bound; where the tap stands is checked against it",
    ("transformers", "tap_max"): "a bound; where the tap stands is checked against it",
}
"""Numbers that may be wrong by a thousand without a word, and why."""


def test_a_factor_of_a_thousand_is_found(folders: list[Path]) -> None:
    """In the first row of each column that holds a number other than 0."""
    missed = set(slips_missed(folders, rows_per_column=1))
    assert missed <= NO_CHECK.keys()


@pytest.mark.slow
def test_a_factor_of_a_thousand_is_found_everywhere(folders: list[Path]) -> None:
    """Nor is anything said to have no check that has one."""
    assert set(slips_missed(folders, rows_per_column=1000)) == NO_CHECK.keys()


def slips_missed(folders: list[Path], *, rows_per_column: int) -> Iterator[tuple[str, str]]:
    """(table, column) of every thousandfold or thousandth of which no flaw tells."""
    for grid, folder in enumerate(folders):
        before = {(flaw.code, flaw.file, flaw.row) for flaw in check_grid(folder).flaws}
        for slip in thousandfold_slips(grid, rows_per_column=rows_per_column):
            (folder / slip.file).write_bytes(slip.text.encode())
            told = {(flaw.code, flaw.file, flaw.row): flaw for flaw in check_grid(folder).flaws}
            (folder / slip.file).write_bytes(sound_folders()[grid][1][slip.file].encode())
            if not any(points_at(told[place], slip) for place in told.keys() - before):
                yield slip.table, slip.what


def points_at(flaw: GridFlaw, slip: Slip) -> bool:
    """The flaw is at the row of the slip, or at one that shares an id with it.

    What a slip does to the normal state shows where it shows: at the switch that closes a
    loop or is in the place of a head, at a section that is no longer reached.
    """
    if flaw.code in AFAR and slip.table in WIRING:
        return True
    if flaw.file == slip.file and (flaw.row in slip.rows or flaw.row is None or 1 in slip.rows):
        return True
    texts = sound_folders()[slip.grid][1]
    before, after = rows_of(texts[slip.file]), rows_of(slip.text)
    lines = range(1, len(before) + 1) if 1 in slip.rows else slip.rows
    touched = {
        cell for rows in (before, after) for k in lines for row in rows[k - 1 : k] for cell in row
    }
    told = set(flaw.ids)
    if flaw.row is not None and flaw.file != slip.file:
        told.update(rows_of(texts[flaw.file])[flaw.row - 1])
    return bool(told & touched)
