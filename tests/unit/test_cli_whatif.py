from typing import Any

import pytest
from cli_story import Terminal

DOCUMENT: dict[str, Any] = {
    "fault": [],
    "cause": "",
    "tripped": [],
    "location": {
        "verdict": "",
        "sections": [{"section": "", "probability": 0, "branches": []}],
        "evidence": [{"device": "", "reading": "", "role": "", "why": ""}],
    },
    "fence": [],
    "plan": {
        "steps": [
            {
                **dict.fromkeys(("number", "action", "switch", "by", "starts_s", "done_s")),
                **dict.fromkeys(("customers_restored", "p_restored_w")),
                "check": dict.fromkeys(("voltage_pu_min", "loading_pct_max", "limiting")),
            }
        ],
        "proof": "",
        "gap_pct": 0,
        "solve_ms": 0,
        "rejected": [{"option": [], "because": "", "element": "", "value": 0, "limit": 0}],
    },
    "customers": {"interrupted": 0, "restored_by_switching": 0, "until_repair": 0},
    "p_w": {"interrupted": 0, "restored_by_switching": 0, "until_repair": 0},
    "customer_minutes": {"with_plan": 0, "without": 0},
    "guard": {"passed": True, "checks": 0, "violations": []},
}
"""The keys that the contract promises; values stand for their shape."""
MID_FEEDER = ("whatif", "hanoi_ring", "--fault", "L471-3")
WEAK_TIE = ("whatif", "hanoi_ring", "--fault", "L473-1", "--unavailable", "T471-473")


def missing(promised: Any, given: Any, where: str = "") -> list[str]:
    """Every promised key that is not given."""
    if isinstance(promised, dict):
        gaps = [f"{where}.{key}" for key in promised if key not in given]
        both = [key for key in promised if key in given]
        return gaps + [m for k in both for m in missing(promised[k], given[k], f"{where}.{k}")]
    if isinstance(promised, list) and promised:
        assert given, f"{where} has nothing to compare with"
        return [m for one in given for m in missing(promised[0], one, where)]
    return []


def restored(document: Any) -> int:
    customers = document["customers"]
    assert customers["interrupted"] == (
        customers["restored_by_switching"] + customers["until_repair"]
    )
    return int(customers["restored_by_switching"])


def test_the_document_has_what_the_contract_promises(gridops_says: Terminal) -> None:
    said = gridops_says(*WEAK_TIE, "--json")
    assert said.code == 0
    assert said.err == ""
    assert missing(DOCUMENT, said.document) == []
    assert said.document["fault"] == ["L473-1"]
    assert said.document["tripped"] == ["473"]


def test_the_same_question_gives_the_same_bytes(gridops_says: Terminal) -> None:
    first, second = (gridops_says(*WEAK_TIE, "--json").document for _ in range(2))
    assert first["plan"].pop("solve_ms") > 0.0
    assert second["plan"].pop("solve_ms") > 0.0
    assert first == second
    assert list(first) == list(second)


def test_people_read_the_same_at_three_in_the_morning(gridops_says: Terminal) -> None:
    document = gridops_says(*WEAK_TIE, "--json").document
    said = gridops_says(*WEAK_TIE)
    assert said.code == 0
    assert "Tripped: 473." in said.out
    assert f"Fence: {', '.join(document['fence'])}." in said.out
    for step in document["plan"]["steps"]:
        assert f"{step['action']} {step['switch']}" in said.out
    for device in document["location"]["evidence"]:
        assert (device["why"] in said.out) == (device["reading"] != "not fitted")
    for option in document["plan"]["rejected"]:
        assert option["because"] in said.out
    assert "Guard: passed" in said.out


def test_what_says_nothing_is_counted_and_not_listed(gridops_says: Terminal) -> None:
    oberrhein = ("whatif", "oberrhein", "--fault", "L20")
    evidence = gridops_says(*oberrhein, "--json").document["location"]["evidence"]
    silent = [each for each in evidence if each["reading"] == "not fitted"]
    said = gridops_says(*oberrhein, "--as-indicated", "--no-outlook").out
    assert f"{len(silent)} switches there have no indicator" in said
    assert "more sections, each below 0.1 %" in said
    assert len(said.splitlines()) < 1.1 * len(evidence)  # all of it would be twice as much


def test_the_guard_has_looked_at_every_plan(gridops_says: Terminal) -> None:
    guard = gridops_says(*MID_FEEDER, "--json").document["guard"]
    assert guard["passed"] is True
    assert guard["checks"] > 0


def test_what_indicators_leave_in_doubt_is_fenced_only_when_asked(gridops_says: Terminal) -> None:
    known = gridops_says(*MID_FEEDER, "--json").document
    live = gridops_says(*MID_FEEDER, "--as-indicated", "--json").document
    assert known["fence"] == ["RMU1-2", "RMU2-1"]
    assert live["fence"] == ["471", "RMU2-2", "T471-473"]
    assert restored(known) == 2179 > restored(live) == 701


def test_lifted_limits_restore_more(gridops_says: Terminal) -> None:
    bound = gridops_says(*WEAK_TIE, "--json").document
    lifted = gridops_says(*WEAK_TIE, "--limit", "loading_pct_max=none", "--json").document
    assert restored(bound) < restored(lifted)
    assert all(r["because"] != "overload" for r in lifted["plan"]["rejected"])


def test_tightened_limits_restore_less(gridops_says: Terminal) -> None:
    normal = gridops_says(*WEAK_TIE, "--json").document
    tight = gridops_says(*WEAK_TIE, "--limit", "loading_pct_max=60", "--json").document
    assert restored(tight) < restored(normal)
    for step in tight["plan"]["steps"]:
        assert (step["check"]["loading_pct_max"] or 0.0) <= 60.0


def test_load_scales(gridops_says: Terminal) -> None:
    light = gridops_says(*WEAK_TIE, "--load-scale", "0.3", "--json").document
    normal = gridops_says(*WEAK_TIE, "--json").document
    assert restored(light) > restored(normal)
    assert light["p_w"]["interrupted"] == pytest.approx(0.3 * normal["p_w"]["interrupted"])


def test_the_state_before_the_fault_can_be_another(gridops_says: Terminal) -> None:
    moved = ("--open", "RMU2-2", "--close", "RMU3-2")  # RMU3 is fed from 472 to begin with
    document = gridops_says(*MID_FEEDER, *moved, "--json").document
    assert document["customers"]["interrupted"] == 2179 - 701


def test_two_faults_are_one_question(gridops_says: Terminal) -> None:
    document = gridops_says(*MID_FEEDER, "--fault", "L472-2", "--json").document
    assert document["fault"] == ["L471-3", "L472-2"]
    assert document["tripped"] == ["471", "472"]


def test_by_night_the_weak_tie_carries_what_it_cannot_at_the_peak(gridops_says: Terminal) -> None:
    question = ("whatif", "hanoi_ring", "--fault", "L473-3", "--json")
    by_night = gridops_says(*question, "--at", "03:00").document
    at_the_peak = gridops_says(*question).document
    assert [r["because"] for r in at_the_peak["plan"]["rejected"]] == ["overload"]
    assert by_night["plan"]["rejected"] == []
    back = [d["customers"]["restored_by_switching"] for d in (by_night, at_the_peak)]
    assert back == [1282, 1121]
    assert by_night["p_w"]["interrupted"] < 0.6 * at_the_peak["p_w"]["interrupted"]


def test_a_grid_without_profiles_knows_no_time_of_day(gridops_says: Terminal) -> None:
    said = gridops_says("whatif", "oberrhein", "--fault", "L7", "--at", "18:30", "--json")
    assert "no load profiles" in said.complaint


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (("--fault", "L471-9"), "near: L473-9"),
        (("--unavailable", "T471-472"), "T471-473"),
        (("--open", "RMU33-2"), "RMU3-2"),
        (("--close", "RMU33-2"), "hanoi_ring: "),
        (("--limit", "voltage_min=0.9"), "voltage_pu_min"),
        (("--limit", "loading_pct_max"), "gives no value"),
        (("--limit", "loading_pct_max=lots"), "'lots'"),
        (("--limit", "loading_pct_max=nan"), "'nan'"),
        (("--load-scale", "0"), "--load-scale"),
        (("--load-scale", "half"), "'half'"),
        (("--at", "25:00"), "HH:MM"),
        (("--open", "RMU1-2", "--close", "RMU1-2"), "RMU1-2"),
        (("--open", "471"), "no supply"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    gridops_says: Terminal, more: tuple[str, ...], named: str
) -> None:
    assert named in gridops_says(*MID_FEEDER, *more, "--json").complaint
