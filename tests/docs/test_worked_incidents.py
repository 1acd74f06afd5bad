"""docs/worked_incidents.md says what the engine says, and each incident shows what it claims."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from gridops.cli.app import app

pytest.importorskip("opendssdirect")

REMEDY = "run `python .ci/worked_incidents.py`"
PICTURES = 2
SIZE_MAX = 60_000
Plain = Mapping[str, Any]


@pytest.fixture(scope="module")
def worked(worked_incidents: ModuleType) -> Mapping[str, Any]:
    return {story.slug: story.answered() for story in worked_incidents.stories()}


def closed(plain: Plain) -> list[str]:
    return [s["switch"] for s in plain["plan"]["steps"] if s["action"] == "close"]


def refused(plain: Plain) -> set[str]:
    return {r["because"] for r in plain["plan"]["rejected"]}


def kept_dark(plain: Plain) -> set[str]:
    return {u["because"] for u in plain["plan"]["unserved"]}


def all_back(plain: Plain) -> bool:
    customers = plain["customers"]
    return bool(customers["restored_by_switching"] == customers["interrupted"] > 0)


def some_back(plain: Plain) -> bool:
    return bool(0 < plain["customers"]["restored_by_switching"] < plain["customers"]["interrupted"])


def crew_comes_second(plain: Plain) -> bool:
    """What telecontrol can bring back is back before the crew sets out."""
    steps = plain["plan"]["steps"]
    (crew,) = (s for s in steps if s["by"] == "crew")
    at_once = sum(s["customers_restored"] for s in steps if s["done_s"] <= crew["starts_s"])
    later = sum(s["customers_restored"] for s in steps if s["done_s"] > crew["starts_s"])
    return at_once > later > 0


CLAIMS: Mapping[str, Callable[[Plain], bool]] = {
    "one-tie": lambda d: all_back(d) and len(set(closed(d)) - {"471"}) == 1,
    "two-ties": lambda d: all_back(d) and len(closed(d)) == 2 and "undervoltage" in refused(d),
    "weak-tie": lambda d: some_back(d) and {"overload"} <= refused(d) & kept_dark(d),
    "remote-then-crew": lambda d: all_back(d) and crew_comes_second(d),
    "load-transfer": all_back,
    "blind-protection": lambda d: not closed(d) and "protection-reach" in kept_dark(d),
    "cold-load": lambda d: some_back(d) and {"cold-load"} <= refused(d) & kept_dark(d),
    "lost-supply": lambda d: all_back(d) and d["cause"] == "lost_supply",
    "three-phases": lambda d: some_back(d) and "phase-undervoltage" in refused(d) & kept_dark(d),
    "back-to-normal": lambda d: all_back(d) and not refused(d),
}


@pytest.mark.parametrize("slug", CLAIMS)
def test_it_shows_what_it_claims(slug: str, worked: Mapping[str, Any]) -> None:
    plain = worked[slug].plain
    assert plain["guard"]["passed"]
    assert CLAIMS[slug](plain)


def test_there_are_ten_and_each_claims_something(worked: Mapping[str, Any]) -> None:
    assert list(worked) == list(CLAIMS)
    assert len(worked) == 10


def test_load_transfer_drops_somebody_and_gives_it_back(worked: Mapping[str, Any]) -> None:
    plan = worked["load-transfer"].result.answer.plan
    assert plan.dropped
    assert plan.dropped <= {s for step in plan.steps for s in step.sections_restored}


def test_the_way_back_has_both_transitions(worked: Mapping[str, Any]) -> None:
    order = [(s.switch, s.closes) for s in worked["back-to-normal"].steps]
    assert order.index(("MC473-2", True)) + 1 == order.index(("T471-473", False))
    assert order.index(("RMU3-2", False)) + 1 == order.index(("RMU4-2", True))


def test_page_and_pictures_are_what_the_engine_says(
    root: Path, worked_incidents: ModuleType, worked: Mapping[str, Any]
) -> None:
    made = dict(worked_incidents.files(list(worked.values())))
    assert len(made) == 1 + PICTURES * len(worked)
    for file, text in made.items():
        assert (root / file).read_text(encoding="utf-8") == text, f"{file}: {REMEDY}"
        assert len(text.encode()) < SIZE_MAX, f"{file} is too large"


def test_the_words_hold_no_outcome(root: Path) -> None:
    """Customers and minutes come from the engine; only limits and times of devices are words."""
    text = (root / ".ci" / "worked_incidents.toml").read_text(encoding="utf-8")
    prose = re.findall(r'^(?:lesson|happened|note) = "(.*)"$', text, re.M)
    assert not [said for said in prose if re.search(r"\d[\d,]* (customers|customer minutes)", said)]
    assert len(prose) == 30


@pytest.mark.parametrize("slug", CLAIMS)
def test_the_command_gives_the_same_answer(slug: str, worked: Mapping[str, Any]) -> None:
    one = worked[slug]
    words = one.story.command().split()
    assert words[0] == "gridops"
    quickly = ["--json"] if one.story.way_home else ["--json", "--no-outlook"]
    done = CliRunner().invoke(app, [*words[1:], *quickly])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    ours = [(s["switch"], s["done_s"]) for s in one.plain["plan"]["steps"]]
    assert [(s["switch"], s["done_s"]) for s in told["plan"]["steps"]] == ours
    assert told["customer_minutes"] == one.plain["customer_minutes"]


WORDS_LEAN_ON: Mapping[str, tuple[str, ...]] = {
    "one-tie": ("open RMU1-2", "close RMU3-2"),
    "two-ties": ("open L11b", "open L12a", "close L15a"),
    "weak-tie": ("open 473-4", "close T473-472"),
    "remote-then-crew": ("open RMU5-2", "open RMU5-1", "close RMU5-2"),
    "load-transfer": ("open L17a", "close L15a", "close L21a"),
    "lost-supply": ("open 471", "open 473", "close RMU3-2"),
    "three-phases": ("open SW5", "close SW7"),
}


@pytest.mark.parametrize("slug", WORDS_LEAN_ON)
def test_the_steps_that_the_words_speak_of_come_in_that_order(
    slug: str, worked: Mapping[str, Any]
) -> None:
    steps = iter(f"{s['action']} {s['switch']}" for s in worked[slug].plain["plan"]["steps"])
    assert [step for step in WORDS_LEAN_ON[slug] if step in steps] == list(WORDS_LEAN_ON[slug])


def test_the_spur_of_the_hospital_counts_a_little_less(worked: Mapping[str, Any]) -> None:
    other = worked["weak-tie"].plain["plan"]["alternatives"][0]
    assert "open 473-5" in {f"{s['action']} {s['switch']}" for s in other["steps"]}
    assert other["customers_less"] > 0
