"""The Python of docs/engineering.md runs, and what it says of the options is so."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from typer.main import get_command

from gridops.bootstrap.workbench import Asked
from gridops.cli.app import app
from gridops.network import Limits

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "engineering.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[-1])
def test_the_python_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(block, "docs/engineering.md", "exec"), {})


def option_rows() -> list[list[str]]:
    table = PAGE.split("| Python | command line | meaning |\n", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[1:]]


def test_every_option_of_whatif_is_described() -> None:
    described = {flag for row in option_rows() for flag in re.findall(r"--[\w-]+", row[1])}
    command = get_command(app).commands["whatif"]  # type: ignore[attr-defined]
    taken = {flag for each in command.params for flag in each.opts if flag.startswith("--")}
    assert described == taken - {"--json", "--help"}


def test_every_argument_of_what_if_is_described() -> None:
    described = {name for row in option_rows() for name in re.findall(r"`(\w+)`", row[0])}
    assert described == {"faults", *Asked.__annotations__}


def test_every_limit_is_named() -> None:
    (row,) = [row for row in option_rows() if row[0] == "`limits`"]
    assert {each.name for each in fields(Limits)} <= set(re.findall(r"`(\w+)`", row[2]))
