"""docs/sweep.md names every option, every key of the summary and every column, and no other."""

import re
from pathlib import Path

from typer.main import get_command

from gridops.bootstrap.sweep import row_to_plain
from gridops.bootstrap.workbench import Grid
from gridops.cli.app import app
from gridops.network.drawing import draw

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sweep.md").read_text(encoding="utf-8")


def first_cells(heading: str) -> set[str]:
    table = PAGE.split(heading, 1)[1].split("|---|---|\n", 1)[1].split("\n\n", 1)[0]
    return {
        name for row in table.splitlines() for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    }


def test_every_option_of_the_sweep_alone_is_described() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    taken = {
        name: {flag for each in commands[name].params for flag in each.opts if flag[:2] == "--"}
        for name in ("sweep", "whatif")
    }
    described = {flag.split()[0] for flag in first_cells("told at once.")}
    assert described == taken["sweep"] - taken["whatif"]


def test_every_key_of_the_summary_is_described() -> None:
    assert first_cells("## What `--json` says") == set(Grid(draw("S1 [b1] A")).sweep().summary)


def test_every_column_is_described() -> None:
    [row, *_] = Grid(draw("S1 [b1] A")).sweep().rows
    assert first_cells("## Columns of the table") == set(row_to_plain(row))
