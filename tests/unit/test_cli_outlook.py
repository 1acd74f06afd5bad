"""The outlook of `gridops whatif`, for people and for programs."""

from typing import Any

from cli_story import Terminal

WEAK_TIE = ("whatif", "hanoi_ring", "--fault", "L473-1", "--unavailable", "T471-473")
TIGHT_VOLTAGE = ("--limit", "voltage_pu_min=1.005", "--limit", "loading_pct_max=none")
OUTLOOK = {"figures", "branches", "alternatives", "helps"}


def plan(gridops_says: Terminal, *arguments: str) -> Any:
    return gridops_says(*arguments, "--json").document["plan"]


def test_every_step_says_what_it_should_show(gridops_says: Terminal) -> None:
    steps = plan(gridops_says, *WEAK_TIE)["steps"]
    closing = steps[-1]
    assert closing["action"] == "close"
    head = next(c for c in closing["expects"]["currents_a"] if c["switch"] == "472")
    assert 0.0 < head["before"] < head["after"]
    assert all(step["expects"]["within_s"] > step["done_s"] - step["starts_s"] for step in steps)


def test_each_step_has_its_two_branches(gridops_says: Terminal) -> None:
    document = plan(gridops_says, *WEAK_TIE)
    numbers = [step["number"] for step in document["steps"]]
    branches = [(one["step"], one["cause"]) for one in document["branches"]]
    assert branches == [(n, cause) for n in numbers for cause in ("refused", "silent")]
    for one in document["branches"]:
        assert one["steps"] or one["rejected"] or one["unserved"], "nothing without a reason"


def test_the_alternatives_are_worse_by_the_objective(gridops_says: Terminal) -> None:
    """One may restore more customers: fewer of a higher priority weigh more."""
    document = plan(gridops_says, *WEAK_TIE)
    own = document["figures"]["weighted_minutes"]
    others = [one["figures"]["weighted_minutes"] for one in document["alternatives"]]
    assert others == sorted(others)
    assert own <= others[0]
    assert any(one["customers_less"] < 0 for one in document["alternatives"])


def test_people_read_the_outlook_below_the_plan(gridops_says: Terminal) -> None:
    document = plan(gridops_says, *WEAK_TIE)
    said = gridops_says(*WEAK_TIE).out
    for one in document["helps"]:
        assert one["what"] in said
    for title in ("What each step should show", "If a step fails", "Other plans", "would help"):
        assert title in said
    for dark in document["unserved"]:
        assert dark["section"] in said
    (rating,) = (h for h in document["helps"] if h["kind"] == "rating")
    (need,) = rating["needs"]
    assert f"a rating of {need['element']} for {need['needs']} A" in said
    assert "T471-473 fit to be used" in said
    assert "at most" in said
    assert "refuses" in said
    assert "stays silent" in said


def test_a_voltage_that_keeps_sections_dark_is_told_with_its_node(gridops_says: Terminal) -> None:
    document = plan(gridops_says, *WEAK_TIE, *TIGHT_VOLTAGE)
    (low,) = (h for h in document["helps"] if h["kind"] == "voltage")
    (need,) = low["needs"]
    assert need["needs"] < need["has"] == 1.005
    said = gridops_says(*WEAK_TIE, *TIGHT_VOLTAGE).out
    assert f"pu permitted at {need['element']}" in said


def test_without_an_outlook_the_plan_is_the_same(gridops_says: Terminal) -> None:
    whole = plan(gridops_says, *WEAK_TIE)
    alone = plan(gridops_says, *WEAK_TIE, "--no-outlook")
    assert whole.keys() >= OUTLOOK
    assert not OUTLOOK & alone.keys()
    for step in whole["steps"]:
        step.pop("expects")
    assert alone["steps"] == whole["steps"]
    assert "If a step fails" not in gridops_says(*WEAK_TIE, "--no-outlook").out
