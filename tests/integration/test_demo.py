"""The first command of the README, without a person."""

import json
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def outcome() -> dict:  # type: ignore[type-arg]
    done = subprocess.run(
        [sys.executable, "-m", "gridops", "demo", "--once", "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict = json.loads(done.stdout)  # type: ignore[type-arg]
    return found


def test_every_restorable_customer_is_back_and_the_guard_found_nothing(outcome: dict) -> None:  # type: ignore[type-arg]
    assert outcome["ok"] is True
    assert outcome["guard"]["passed"] is True
    assert outcome["guard"]["violations"] == []
    assert outcome["customers"]["restored_by_switching"] > 0
    assert outcome["customers_dark_now"] == outcome["customers"]["until_repair"]


def test_the_struck_branch_is_among_the_suspected_and_inside_the_fence(outcome: dict) -> None:  # type: ignore[type-arg]
    assert outcome["fault"] == ["L20"]
    assert outcome["location"]["verdict"] == "located"
    suspected = [b for s in outcome["location"]["sections"][:5] for b in s["branches"]]
    assert "L20" in suspected
    assert outcome["fence"] == ["SW1", "SW247"]


def test_openings_come_before_closings_and_every_step_is_numbered(outcome: dict) -> None:  # type: ignore[type-arg]
    steps = outcome["plan"]["steps"]
    assert [step["number"] for step in steps] == list(range(1, len(steps) + 1))
    actions = [step["action"] for step in steps]
    assert actions == sorted(actions, key=["open", "close"].index)


def test_each_stage_is_later_than_the_one_before(outcome: dict) -> None:  # type: ignore[type-arg]
    times = list(outcome["stages_s"].values())
    assert len(times) == 5
    assert times == sorted(times)
