"""The event stream: a whole view, then what changes, and a beat whatever happens."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest
import structlog
from api_setting import API, Heard, Up, eventually, incident_when, listen
from structlog.testing import LogCapture

from gridops.api import feed, routes_reading, shield
from gridops.api.feed import Message, apply
from gridops.api.service import COOKIE
from gridops.api.view_shape import ViewShape
from gridops.measurement import Position

TAG = {"switch": "s1", "kind": "no_close", "reason": "crew at work"}


def timeless(view: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in view.items() if key not in ("at", "sequence")}


async def view_of(client: httpx.AsyncClient) -> dict[str, Any]:
    view = (await client.get(f"{API}/view")).json()
    assert isinstance(view, dict)
    return view


async def until(stream: AsyncIterator[Heard], event: str, key: str = "at") -> Heard:
    async with asyncio.timeout(10):
        async for heard in stream:
            if heard.event == event and key in heard.data:
                return heard
    raise AssertionError("the stream ended")


async def test_it_begins_with_the_whole_view(up: Up) -> None:
    client = await up.logged_in("viewer")
    async with aclosing(listen(client)) as stream:
        first = await anext(stream)
        assert first.event == "view"
        assert first.id == str(first.data["sequence"]) == str(up.room.sequence)
        ViewShape.model_validate(first.data)
        assert timeless(first.data) == timeless((await client.get(f"{API}/view")).json())


async def test_a_change_carries_what_changed_and_nothing_else(up: Up) -> None:
    client = await up.logged_in()
    async with aclosing(listen(client)) as stream:
        first = await anext(stream)
        placed = (await client.post(f"{API}/tags", json=TAG)).json()
        change = await until(stream, "change", "switches")
        assert set(change.data) <= {"at", "sequence", "switches", "system", "feeders"}  # it blocks
        assert set(change.data["switches"]) == {"s1"}
        assert [tag["id"] for tag in change.data["switches"]["s1"]["tags"]] == [placed["id"]]
        assert change.data["sequence"] > first.data["sequence"]


async def test_whoever_follows_a_night_by_its_changes_sees_what_the_view_says(up: Up) -> None:
    client = await up.logged_in()
    seen: dict[str, Any] = {}
    sequences: list[int] = []

    async def follow() -> None:
        async with aclosing(listen(client)) as stream:
            async for heard in stream:
                sequences.append(heard.data["sequence"])
                if heard.event == "view":
                    seen.update(heard.data)
                elif heard.event == "change":
                    seen.update(apply(heard.data, seen))

    following = asyncio.create_task(follow())
    one = await up.struck()
    body = {"plan": one["plan"]["id"], "fingerprint": one["plan"]["fingerprint"]}
    await client.post(f"{API}/incidents/{one['id']}/release", json=body)
    await incident_when(client, lambda card: card["phase"] == "restored")
    tag = (await client.post(f"{API}/tags", json=TAG)).json()["id"]
    await client.delete(f"{API}/tags/{tag}")
    async with asyncio.timeout(10):  # minutes run on: look until both are of the same second
        while timeless(seen) != timeless(await view_of(client)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert seen["incidents"][one["id"]]["phase"] == "restored"
    assert sequences == sorted(sequences)


async def test_it_beats_every_second_in_silence_and_in_haste(up: Up) -> None:
    client = await up.logged_in("viewer")
    beats: list[float] = []
    clock = asyncio.get_running_loop()

    async def hurry() -> None:
        assert up.field is not None
        for n in range(100):
            position = Position.OPEN if n % 2 else Position.CLOSED
            now = max(up.clock.now(), up.field.now)
            up.field.operate_by_hand("t1", position, at=now)
            await asyncio.sleep(0.03)

    async with aclosing(listen(client)) as stream:
        hurrying = asyncio.create_task(hurry())
        async for heard in stream:
            if heard.event == "beat":
                assert set(heard.data) == {"at", "sequence"}
                beats.append(clock.time())
            if len(beats) >= 8 and hurrying.done():
                break
        await hurrying
    gaps = [later - earlier for earlier, later in pairwise(beats)]
    assert max(gaps) < 1.5  # 1 s is meant; the machine of the tests may be busy
    assert sorted(gaps)[len(gaps) // 2] <= 1.0


async def first_again(client: httpx.AsyncClient, last: str) -> Heard:
    async with aclosing(listen(client, {"Last-Event-ID": last})) as stream:
        return await anext(stream)


async def test_who_comes_back_gets_what_they_missed(up: Up) -> None:
    client = await up.logged_in()
    async with aclosing(listen(client)) as stream:
        view = (await anext(stream)).data
        await client.post(f"{API}/tags", json=TAG)
        async for heard in stream:
            view = apply(heard.data, view)
            if view["switches"]["s1"]["tags"]:
                break
    tag = view["switches"]["s1"]["tags"][0]["id"]
    await client.delete(f"{API}/tags/{tag}")
    await client.post(f"{API}/tags", json={**TAG, "switch": "s2"})
    again = await first_again(client, heard.id)
    assert again.event == "change"
    assert "sections" not in again.data
    view = apply(again.data, view)
    now = (await client.get(f"{API}/view")).json()
    assert view["switches"] == now["switches"]
    assert view["switches"]["s1"]["tags"] == []
    assert len(view["switches"]["s2"]["tags"]) == 1
    later = await first_again(client, again.id)
    assert later.event in ("beat", "change")
    await eventually(lambda: up.service.feed.readers == 0)


@pytest.mark.parametrize("last", ["0", "999999", "-1", "1e3", "x", "9" * 30, "١", "1.5"])
async def test_a_last_event_that_nobody_knows_gets_the_whole_view(up: Up, last: str) -> None:
    client = await up.logged_in()
    async with aclosing(listen(client, {"Last-Event-ID": last.encode()})) as stream:
        assert (await anext(stream)).event == "view"


async def test_a_program_that_comes_back_gets_the_whole_view(up: Up) -> None:
    """Its token outlives the service: the number may be one of another past."""
    program, client = up.program(), await up.logged_in()
    await client.post(f"{API}/tags", json=TAG)
    last = str(up.room.sequence)
    assert (await first_again(program, last)).event == "view"


async def test_the_stream_ends_with_the_session(up: Up) -> None:
    client, other = await up.logged_in(), await up.logged_in("viewer")
    listener = up.client()
    listener.cookies.set(COOKIE, client.cookies[COOKIE])
    async with asyncio.timeout(15):
        async with aclosing(listen(listener)) as stream:
            await anext(stream)
            await client.delete(f"{API}/session")
            assert [heard async for heard in stream if heard.event == "view"] == []
        async with aclosing(listen(other)) as stream:
            await anext(stream)
            up.clock.ahead += timedelta(hours=8)
            assert [heard async for heard in stream if heard.event == "view"] == []


async def test_fifty_readers_all_hear_of_it(up: Up) -> None:
    client = await up.logged_in()
    reader = up.client()
    reader.cookies.set(COOKIE, client.cookies[COOKIE])
    reader._transport._pool._max_connections = 60  # type: ignore[attr-defined]
    began = asyncio.Semaphore(0)

    async def hear() -> list[str]:
        async with aclosing(listen(reader)) as stream:
            await anext(stream)
            began.release()
            change = await until(stream, "change", "switches")
            return [tag["reason"] for tag in change.data["switches"]["s1"]["tags"]]

    hearing = [asyncio.create_task(hear()) for _ in range(50)]
    async with asyncio.timeout(30):
        for _ in hearing:
            await began.acquire()
        assert up.service.feed.readers == 50
        await client.post(f"{API}/tags", json=TAG)
        assert await asyncio.gather(*hearing) == [["crew at work"]] * 50
    await eventually(lambda: up.service.feed.readers == 0)


async def test_more_readers_than_it_can_serve_are_told_so(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_reading, "READERS_MAX", 1)
    client = await up.logged_in("viewer")
    async with aclosing(listen(client)) as stream:
        await anext(stream)
        answer = await client.get(f"{API}/events")
        assert (answer.status_code, answer.json()["code"]) == (503, "too-many-readers")


async def test_a_reader_that_takes_nothing_is_cut_off_and_harms_nobody(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shield, "SEND_S_MAX", 0.5)
    logged = LogCapture()
    monkeypatch.setattr(shield, "log", structlog.wrap_logger(None, processors=[logged]))
    client = await up.logged_in("viewer")
    host, port = up.address.removeprefix("http://").split(":")
    lame = socket.socket()
    lame.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lame.connect((host, int(port)))
    cookie = f"{COOKIE}={client.cookies[COOKIE]}"
    lame.sendall(
        f"GET {API}/events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode()
    )
    await eventually(lambda: up.service.feed.readers == 1)
    heavy = {"at": "now", "sequence": 0, "filler": "x" * 100_000}
    for number in range(feed.BACKLOG_MAX + 200):  # the first of them fill the kernel's buffers
        up.service.feed._tell(Message("change", heavy, number))
        await asyncio.sleep(0.001)
    await eventually(lambda: up.service.feed.readers == 0)
    assert (await client.get(f"{API}/view")).status_code == 200
    await eventually(lambda: any("cut off" in entry["event"] for entry in logged.entries))
    lame.close()


async def test_readers_that_leave_are_forgotten(up: Up) -> None:
    client = await up.logged_in("viewer")
    for _ in range(3):
        async with aclosing(listen(client)) as stream:
            await anext(stream)
    impatient = httpx.AsyncClient(base_url=up.address, cookies=client.cookies, trust_env=False)
    async with impatient.stream("GET", f"{API}/events"):
        pass
    await impatient.aclose()
    await eventually(lambda: up.service.feed.readers == 0)
