"""What docs/opcua_engineering.md says of bounds, options and flaws is so."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from gridops.cli.app import app
from opcua_bridge.engineering.bounds import NAME_MAX, Bounds
from opcua_bridge.engineering.live_flaws import LIVE_FLAWS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "opcua_engineering.md").read_text(encoding="utf-8")
OPCUA = get_command(app).commands["opcua"].commands  # type: ignore[attr-defined]


def test_every_flaw_is_told_as_it_is() -> None:
    rows = re.findall(r"^\| `(live-[\w-]+)` \| (\w+) \| (.+) \|$", PAGE, re.M)
    assert rows == [(code, each[0].value, each[1]) for code, each in LIVE_FLAWS.items()]


def test_every_bound_is_told_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+_max)` \| (?:`--(\w+)`)? ?\| (\d+) \|$", PAGE, re.M)
    assert {name: int(value) for name, _, value in rows} == {
        name: getattr(Bounds(), name) for name in Bounds.__slots__ if name.endswith("_max")
    }
    defaults = {each.name: each.default for each in OPCUA["browse"].params}
    assert {option: defaults[option] for _, option, _ in rows if option} == {
        option: int(value) for _, option, value in rows if option
    }
    assert f"cut at {NAME_MAX} letters" in PAGE


@pytest.mark.parametrize("command", ["browse", "map", "check"])
def test_every_option_that_the_page_names_exists(command: str) -> None:
    section = PAGE.split(f"## {command.capitalize()}\n", 1)[1].split("\n## ", 1)[0]
    taken = {flag for each in OPCUA[command].params for flag in each.opts}
    assert set(re.findall(r"`(--[\w-]+)", section)) <= taken
