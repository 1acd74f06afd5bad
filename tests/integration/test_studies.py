"""Studies beside a running service: answered by the live engine, bounded, and without effect."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_setting import API, Up, serving
from pydantic import TypeAdapter

from gridops.adapters.grid_files import fingerprint_of, grid_texts
from gridops.api.studies import StudyShape
from gridops.bootstrap import studying
from gridops.bootstrap.studying import study_bench
from gridops.bootstrap.wiring import load

GRID = "baranwu33"
SHAPE = TypeAdapter(StudyShape)


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    _, network = load(GRID)
    fingerprint = fingerprint_of(grid_texts(network.components))
    async with (
        serving(tmp_path, network=network) as running,
        study_bench(GRID, fingerprint) as bench,
    ):
        running.service.study = bench.ask
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
    with monkeypatch.context() as patched:
        patched.setattr(studying, "START_S_MAX", 0.05)
        answer = await client.post(f"{API}/studies", json=asked)
        assert (answer.status_code, answer.json()["code"]) == (503, "study-unanswered")
        patched.setattr(studying, "WAITING_MAX", 0)
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
