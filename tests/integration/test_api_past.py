"""Moments that are over, over HTTP: the journal is played beside the service that writes it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from gridops.adapters.clocks import SystemClock
from gridops.api.grid_shapes import GridShape
from gridops.api.past import PastView
from gridops.bootstrap import looking_back
from gridops.bootstrap.looking_back import PastDesk
from gridops.bootstrap.service import JournalAt, Running, running
from gridops.bootstrap.studying import study_bench
from gridops.bootstrap.wiring import install
from gridops.ids import UserName
from gridops.incident import IncidentSettings
from gridops.network import Control
from gridops.settings import ServerSettings

pytestmark = pytest.mark.undisturbed

API = "/api/v1"
GRID = "hanoi_ring"
SHAPE = TypeAdapter(PastView)


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Running]:
    """Without a field; what happens is what people do."""
    installation = install(GRID, IncidentSettings())
    journal = JournalAt(url=f"sqlite:///{tmp_path}/journal.sqlite")
    async with (
        running(installation, journal=journal, link=None, server=ServerSettings(port=0)) as up,
        study_bench(GRID, installation.grid_fingerprint) as bench,
    ):
        up.service.studies = bench
        yield up


@pytest.fixture
async def client(up: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=up.address + API, timeout=180.0, trust_env=False
    ) as client:
        answer = await client.post("/session", json={"user": up.user, "password": up.password})
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield client


def a_tie(up: Running) -> str:
    return next(s.id for s in up.room.network.switches.values() if not s.is_normally_closed)


async def tagged(client: httpx.AsyncClient, switch: str) -> tuple[datetime, datetime]:
    """Moments just before the tag was there, and just after."""
    before = SystemClock().now()
    await asyncio.sleep(0.01)
    tag = {"switch": switch, "kind": "no_operate", "reason": "crew at work"}
    assert (await client.post("/tags", json=tag)).status_code == 201
    await asyncio.sleep(0.01)
    return before, SystemClock().now()


async def looked(client: httpx.AsyncClient, at: datetime) -> dict[str, Any]:
    answer = await client.get("/history/view", params={"at": at.isoformat()})
    assert answer.status_code == 200, answer.text
    SHAPE.validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


async def test_a_view_is_of_its_moment_and_the_writer_goes_on(
    up: Running, client: httpx.AsyncClient
) -> None:
    switch = a_tie(up)
    before, after = await tagged(client, switch)
    live = (await client.get("/view")).json()
    then = await looked(client, after)
    assert then["ready"]
    assert then["view"]["switches"] == live["switches"]
    assert then["view"]["sections"] == live["sections"]
    assert (await looked(client, before))["view"]["switches"][switch]["tags"] == []
    _, later = await tagged(client, next(iter(up.room.network.switches)))
    assert (await looked(client, later))["read"] == up.room.sequence

    grid = await client.get(f"/history/grid/{then['grid']}")
    assert GridShape.model_validate(grid.json()).fingerprint == then["grid"]
    nowhere = await client.get("/history/grid/0123")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "unknown-id")
    long_ago = await client.get("/history/view", params={"at": "2001-01-01T00:00:00Z"})
    assert (long_ago.status_code, long_ago.json()["code"]) == (404, "moment-not-kept")


async def test_what_was_seen_is_kept_and_a_long_way_is_told(
    up: Running, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = await tagged(client, a_tie(up))
    with monkeypatch.context() as hurried:
        hurried.setattr(looking_back, "READING_S", 0.0)
        first = await looked(client, after)
        assert (first["ready"], first["view"], first["read"]) == (False, None, 1)
        assert first["of"] > 1
    whole = await looked(client, before)
    await tagged(client, next(iter(up.room.network.switches)))
    await looked(client, after)
    desk = up.service.past
    assert isinstance(desk, PastDesk)
    monkeypatch.setattr(desk.beside, "waiting_max", 0)
    assert (await looked(client, after))["ready"], "it is not asked for again"
    refused = await client.get("/history/view", params={"at": _a_bit(before)})
    assert (refused.status_code, refused.json()["code"]) == (503, "too-many-looks")
    monkeypatch.setattr(looking_back, "KEPT_BYTES_MAX", 10)
    monkeypatch.setattr(desk.beside, "waiting_max", 1)
    await client.get("/history/view", params={"at": _a_bit(before)})
    assert desk._kept == {}
    assert (await looked(client, before))["view"] == whole["view"]


def _a_bit(at: datetime) -> str:
    return (at + timedelta(microseconds=1)).isoformat()


async def test_a_process_that_ends_is_begun_again(up: Running, client: httpx.AsyncClient) -> None:
    _, after = await tagged(client, a_tie(up))
    await looked(client, after)
    desk = up.service.past
    assert isinstance(desk, PastDesk)
    process = desk.beside._process
    assert process is not None
    process.kill()
    await process.wait()
    gone = await client.get("/history/view", params={"at": _a_bit(after)})
    assert (gone.status_code, gone.json()["code"]) == (503, "past-unanswered")
    assert (await looked(client, after + timedelta(microseconds=2)))["ready"]


async def test_a_study_begins_at_a_past_moment(up: Running, client: httpx.AsyncClient) -> None:
    by_hand = (s.id for s in up.room.network.switches.values() if s.control is Control.CREW)
    switch = next(by_hand)
    before, after = await tagged(client, switch)
    for at, expected in ((before, False), (after, True)):
        asked = {"begins": "moment", "at": at.isoformat(), "faults": []}
        study = await client.post("/studies/played", json=asked)
        assert study.status_code == 200, study.text
        assert (switch in study.json()["unavailable"]) is expected
        assert study.json()["at"] == at.isoformat()
    nameless = await client.post("/studies", json={"begins": "moment", "faults": ["x"]})
    assert (nameless.status_code, nameless.json()["code"]) == (422, "malformed-request")


async def test_one_person_does_not_keep_all_others_from_looking_back(
    up: Running, client: httpx.AsyncClient
) -> None:
    _, after = await tagged(client, a_tie(up))
    desk = up.service.past
    assert isinstance(desk, PastDesk)
    with ExitStack() as held:
        for _ in range(looking_back.OF_PERSON_MAX):
            held.enter_context(desk.beside.place(UserName(up.user)))
        refused = await client.get("/history/view", params={"at": after.isoformat()})
        assert (refused.status_code, refused.json()["code"]) == (503, "too-many-looks")
        assert json.loads(await desk.view(after, user=UserName("another")))["ready"]
    assert (await looked(client, after))["ready"]


async def test_one_person_has_one_study_at_a_time_and_nothing_is_read_for_more(
    up: Running, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, after = await tagged(client, a_tie(up))
    desk, read = up.service.past, list[datetime]()
    assert isinstance(desk, PastDesk)

    async def view(self: PastDesk, at: datetime, *, user: UserName) -> bytes:
        read.append(at)
        return await seen(self, at, user=user)

    seen = PastDesk.view
    monkeypatch.setattr(PastDesk, "view", view)
    asked = {"begins": "moment", "at": after.isoformat(), "faults": []}
    answers = await asyncio.gather(*(client.post("/studies/played", json=asked) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 503, 503]
    refused = {answer.json().get("code") for answer in answers if answer.status_code == 503}
    assert refused == {"too-many-studies"}
    assert read == [after]
