"""docs/safety.md names each race with its invariant, and tests of it that are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIALOGUES = "tests/races/test_dialogues.py"
RACES = frozenset(map(str, range(27, 35)))
"""The invariants of execution that somebody could win a race against."""
NAMED = (
    "double click",
    "two approvers",
    "stale plan",
    "tag between approval and execution",
    "session expiry",
    "second fault",
    "moves late",
    "moves back",
    "does not move",
    "halt",
    "mode",
    "load shedding",
    "approval that expires",
    "crash between the durable intent and its sending",
    "deadline",
)


def rows() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(race, invariant, tests) of each line of the table."""
    page = (ROOT / "docs" / "safety.md").read_text()
    part = page.partition("## Races")[2].partition("\n## ")[0]
    found = []
    for line in part.splitlines():
        if line.startswith("|"):
            race, invariant, _, shown = (cell.strip() for cell in line.strip("|").split("|"))
            tests = re.findall(r"`(tests/\S+?)::(\w+)`", shown)
            found.append((race, invariant, tests))
    return found[2:]


@cache
def functions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, kinds))


@pytest.mark.parametrize(("race", "invariant", "tests"), rows(), ids=lambda cell: str(cell)[:60])
def test_each_race_is_shown_by_tests_that_are_there(
    race: str, invariant: str, tests: list[tuple[str, str]]
) -> None:
    assert tests, f"nothing shows {race!r}"
    for file, name in tests:
        assert name in functions(file), f"{file} has no {name}"
        if file == DIALOGUES:
            assert f"_i{invariant}_" in name, f"{name} does not name {invariant}"


def test_every_invariant_of_execution_has_its_races() -> None:
    assert {invariant for _, invariant, _ in rows()} == RACES


@pytest.mark.parametrize("named", NAMED)
def test_no_race_is_missing(named: str) -> None:
    assert any(named in race for race, _, _ in rows())


def test_every_dialogue_stands_in_the_table() -> None:
    told = {name for _, _, tests in rows() for file, name in tests if file == DIALOGUES}
    assert told == {name for name in functions(DIALOGUES) if name.startswith("test_")}
