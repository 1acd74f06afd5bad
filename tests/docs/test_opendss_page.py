"""The page on OpenDSS lists what the code allows."""

import re
from pathlib import Path

from gridops.adapters.opendss_grid.statements import FOREIGN_CODE, OPTIONS, VERBS
from gridops.adapters.opendss_grid.worker import CPU_SECONDS_MAX, MEMORY_BYTES_MAX

PAGE = (Path(__file__).parents[2] / "docs" / "importing_opendss.md").read_text(encoding="utf-8")


def row(name: str) -> set[str]:
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| {name} |"))
    return set(re.findall(r"`([^`]+)`", line.split("|")[2]))


def test_every_allowed_statement_is_listed() -> None:
    assert row("statements") == VERBS | {"class.object.property = value"}


def test_the_options_that_are_named_are_allowed() -> None:
    named = row("options of `set` and `solve`")
    assert named
    assert named <= OPTIONS


def test_bounds_and_refused_properties_are_those_of_the_code() -> None:
    assert f"at most {CPU_SECONDS_MAX // 60} minutes" in PAGE
    assert f"{MEMORY_BYTES_MAX // 10**9} GB" in PAGE
    assert {name for name in FOREIGN_CODE if not name.endswith("data")} == {
        name for name in FOREIGN_CODE if f"`{name}`" in PAGE
    }
