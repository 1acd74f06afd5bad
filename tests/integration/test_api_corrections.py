"""Minutes corrected over HTTP: by whom, with which words, and what stays readable."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from api_setting import API, RING, Up, eventually, serving

from gridops.control_room import ControlRoom
from gridops.events import SwitchMoved
from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.network import draw

KEY = {"Idempotency-Key": "once"}


@pytest.fixture
async def lost(tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Up]]:
    """The first section was without supply for a minute, an hour ago."""
    async with serving(tmp_path, network=draw(RING), with_field=False) as up:
        client = await up.logged_in("engineer")
        ago = up.service.clock.now() - timedelta(hours=1)
        for position, at in (
            (Position.CLOSED, ago - timedelta(minutes=1)),
            (Position.OPEN, ago),
            (Position.CLOSED, ago + timedelta(minutes=1)),
        ):
            event = SwitchMoved(at=at, source_time=at, switch=SwitchId("b1"), position=position)
            up.service.loop.deliver([event])
            await eventually(lambda: not len(up.service.loop._intake))
        yield client, up


async def test_a_correction_is_told_with_what_it_replaces(
    lost: tuple[httpx.AsyncClient, Up],
) -> None:
    client, up = lost
    (first, *_) = (await client.get(f"{API}/indices/interruptions")).json()
    ident = first["interruption"]
    said = {"interruption": ident, "reason": "crew's log", "cause": "third-party"}
    answer = await client.post(f"{API}/indices/corrections", json=said, headers=KEY)
    assert answer.status_code == 201, answer.text
    again = await client.post(f"{API}/indices/corrections", json=said, headers=KEY)
    assert again.json() == answer.json()
    (history,) = answer.json()
    assert [v["cause"] for v in history["versions"]][-1] == "third-party"
    assert history["revisions"] == 1
    assert history["versions"][-1]["by"] == "engineer"
    (told,) = (await client.get(f"{API}/indices/corrections")).json()
    assert (told["fields"], told["reason"]) == (["cause"], "crew's log")
    kinds = [entry.record.kind for entry in up.room.journal.entries()]
    assert kinds.count("MinutesCorrected") == 1
    again_read = ControlRoom(up.room.installation, up.room.journal)
    again_read.recover()
    assert again_read.books.ledger.interruptions == up.room.books.ledger.interruptions


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"interruption": "nobody~1", "cause": "x"}, 404, "unknown-id"),
        ({"incident": "I77", "cause": "x"}, 404, "unknown-id"),
        ({"cause": "x"}, 409, "act-refused"),
        ({"cause": "no words of this kind"}, 422, "malformed-request"),
    ],
)
async def test_what_cannot_be_is_refused_and_not_journalled(
    lost: tuple[httpx.AsyncClient, Up], said: dict[str, str], status: int, code: str
) -> None:
    client, up = lost
    answer = await client.post(f"{API}/indices/corrections", json={"reason": "log", **said})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    kinds = [entry.record.kind for entry in up.room.journal.entries()]
    assert "MinutesCorrected" not in kinds


async def test_near_an_id_are_those_of_the_same_load_alone(
    lost: tuple[httpx.AsyncClient, Up],
) -> None:
    """Looking among all would keep the control room waiting, the longer the more is booked."""
    client, up = lost
    one = up.room.books.ledger.interruptions[0]
    for asked, near in ((f"{one.load}~77", [one.id]), ("Z~1", [])):
        answer = await client.get(f"{API}/indices/interruptions", params={"interruption": asked})
        assert (answer.status_code, answer.json()["near"]) == (404, near)


async def test_what_was_said_comes_page_by_page(lost: tuple[httpx.AsyncClient, Up]) -> None:
    client, up = lost
    one = up.room.books.ledger.interruptions[0]
    for cause in ("wind", "tree", "bird"):
        said = {"interruption": one.id, "reason": f"log: {cause}", "cause": cause}
        assert (await client.post(f"{API}/indices/corrections", json=said)).status_code == 201
    for skip, reasons in ((0, ["log: tree", "log: bird"]), (2, ["log: wind"]), (7, [])):
        page = {"skip": skip, "count": 2}
        answer = await client.get(f"{API}/indices/corrections", params=page)
        assert [told["reason"] for told in answer.json()] == reasons
        assert answer.headers["X-Total-Count"] == "3"
    every = up.room.books.ledger.interruptions
    answer = await client.get(f"{API}/indices/interruptions", params={"count": 1})
    assert [told["interruption"] for told in answer.json()] == [every[-1].id]
    assert answer.headers["X-Total-Count"] == str(len(every))
