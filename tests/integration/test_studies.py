"""Studies beside a running service: answered by the live engine, bounded, and without effect."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from api_setting import API, Up, serving
from pydantic import TypeAdapter

from gridops.adapters.grid_files import fingerprint_of, grid_texts
from gridops.api.studies import PlayedShape, StudyShape
from gridops.bootstrap.studying import StudyBench, study_bench
from gridops.bootstrap.wiring import load

GRID = "baranwu33"
SHAPE = TypeAdapter(StudyShape)
PLAYED = TypeAdapter(PlayedShape)


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    _, network = load(GRID)
    fingerprint = fingerprint_of(grid_texts(network.components))
    async with (
        serving(tmp_path, network=network) as running,
        study_bench(GRID, fingerprint) as bench,
    ):
        running.service.studies = bench
        running.clients.append(client := await running.logged_in("viewer"))
        client.timeout = 180.0
        yield running


async def test_a_viewer_studies_and_nothing_of_it_is_real(up: Up) -> None:
    client = up.clients[-1]
    before, sequence = list(up.room.desk.incidents), up.room.sequence
    branch = next(iter(up.room.network.branches))
    asked = {"begins": "normal", "faults": [branch], "load_scale": 1.1}
    answer = await client.post(f"{API}/studies", json=asked)
    assert answer.status_code == 200, answer.text
    study = answer.json()
    SHAPE.validate_python(study)
    assert study["study"] is True
    assert study["answer"]["fault"] == [branch]
    assert study["answer"]["customers"]["interrupted"] > 0
    assert "id" not in study["answer"]["plan"], "there is nothing to release"
    unknown = await client.post(f"{API}/studies", json={"faults": ["nowhere"]})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "study-refused")
    assert (list(up.room.desk.incidents), up.room.sequence) == (before, sequence)


async def test_one_that_takes_too_long_is_given_up_and_the_next_is_answered(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = up.clients[-1]
    asked = {"faults": [next(iter(up.room.network.branches))]}
    assert isinstance(up.service.studies, StudyBench)
    beside = up.service.studies.beside
    with monkeypatch.context() as patched:
        patched.setattr(beside, "start_s_max", 0.05)
        answer = await client.post(f"{API}/studies", json=asked)
        assert (answer.status_code, answer.json()["code"]) == (503, "study-unanswered")
        patched.setattr(beside, "waiting_max", 0)
        answer = await client.post(f"{API}/studies", json=asked)
        assert (answer.status_code, answer.json()["code"]) == (503, "too-many-studies")
    async with asyncio.timeout(170):
        assert (await client.post(f"{API}/studies", json=asked)).status_code == 200


async def test_a_study_begins_where_the_field_stands(up: Up) -> None:
    switch = next(s for s in up.room.network.switches.values() if not s.is_normally_closed)
    assert up.field is not None
    tag = {"switch": switch.id, "kind": "no_operate", "reason": "crew at work"}
    dispatcher = await up.logged_in("dispatcher")
    assert (await dispatcher.post(f"{API}/tags", json=tag)).status_code == 201
    asked = {"faults": [next(iter(up.room.network.branches))]}
    study = (await up.clients[-2].post(f"{API}/studies", json=asked)).json()
    assert switch.id in study["unavailable"]


async def played(up: Up, **asked: object) -> dict[str, Any]:
    answer = await up.clients[0].post(f"{API}/studies/played", json=asked)
    assert answer.status_code == 200, answer.text
    PLAYED.validate_json(answer.content)
    study: dict[str, Any] = answer.json()
    return study


async def test_a_study_is_played_through_the_whole_control_room_and_nothing_of_it_is_real(
    up: Up,
) -> None:
    sequence = up.room.sequence
    branch = list(up.room.network.branches)[10]
    study = await played(up, begins="normal", faults=[branch])
    before, proposed, _ = study["stages"]
    assert [one["stage"] for one in study["stages"]] == ["before", "proposed", "after"]
    assert before["view"]["incidents"] == {}
    (card,) = proposed["view"]["incidents"].values()
    assert card["phase"] == "proposed"
    assert card["plan"]["guard"]["passed"]
    assert [line["code"] for line in card["explanation"]], "in codes, for both languages"
    out = [one["view"]["system"]["customers_out"] for one in study["stages"]]
    assert out[0] == 0 < out[2] < out[1], "the plan was carried out, on a field that is none"
    assert up.room.sequence == sequence
    assert up.room.desk.incidents == {}
    # It is the same engine: the answer of the what-if has the same plan.
    told = (await up.clients[0].post(
        f"{API}/studies", json={"begins": "normal", "faults": [branch]}
    )).json()["answer"]  # fmt: skip
    assert told["customers"]["interrupted"] == card["plan"]["customers"]["interrupted"] == out[1]


async def test_no_act_takes_an_incident_or_a_plan_of_a_study(up: Up) -> None:
    study = await played(up, begins="normal", faults=[list(up.room.network.branches)[10]])
    ((incident, card),) = study["stages"][1]["view"]["incidents"].items()
    dispatcher = await up.logged_in("dispatcher")
    plan = {"plan": card["plan"]["id"], "fingerprint": card["plan"]["fingerprint"]}
    for act, body in (
        ("release", plan), ("approve", plan), ("offer", plan), ("halt", None), ("replan", None),
        ("repaired", None), ("accept", None), ("patrols", {"place": "L1", "found": True}),
    ):  # fmt: skip
        answer = await dispatcher.post(f"{API}/incidents/{incident}/{act}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-id"), act


async def test_switches_and_loads_of_a_study_are_worked_out_without_a_fault(up: Up) -> None:
    (light,) = (await played(up, begins="normal"))["stages"]
    (heavy,) = (await played(up, begins="normal", load_scale=1.5))["stages"]
    assert light["flow"]["solved"]
    assert heavy["flow"]["voltage_pu_min"] < light["flow"]["voltage_pu_min"]
    assert heavy["flow"]["loading_pct_max"] > 1.4 * light["flow"]["loading_pct_max"]
    assert all(one["voltage_pu"] for one in light["view"]["sections"].values())
    head = next(iter(up.room.network.heads.values()))
    (dark,) = (await played(up, begins="normal", open=[head]))["stages"]
    assert dark["view"]["switches"][head]["position"] == "open"
    assert dark["view"]["system"]["customers_out"] > 0
    for wrong in ({"faults": ["nowhere"]}, {"open": ["nowhere"]}):
        answer = await up.clients[0].post(f"{API}/studies/played", json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "study-refused")
