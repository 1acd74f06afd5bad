"""How much one person, one address and one connection may ask of the service."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from api_setting import API, Up, serving

from gridops.api import limits
from gridops.api.limits import Limits, TooManyRequests
from gridops.bootstrap import connections
from gridops.bootstrap.service import _hosts
from gridops.settings import ServerSettings
from tests.certificates import files_of, own

NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
TAG = {"switch": "s1", "kind": "no_close", "reason": "crew at work"}


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with serving(tmp_path, with_field=False) as running:
        yield running


def test_what_was_taken_comes_back_evenly() -> None:
    few = Limits(60)
    for _ in range(60):
        few.take("lan", NOW)
    with pytest.raises(TooManyRequests) as refused:
        few.take("lan", NOW)
    assert refused.value.retry_s == 1
    few.take("an", NOW)
    few.take("lan", NOW + timedelta(seconds=1))
    with pytest.raises(TooManyRequests):
        few.take("lan", NOW + timedelta(seconds=1.5))
    few.take("lan", NOW + timedelta(seconds=2.1))


def test_whom_it_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KNOWN_MAX", 3)
    few = Limits(1)
    for name in "abcd":
        few.take(name, NOW)
    assert list(few._left) == ["b", "c", "d"]


async def test_a_person_who_asks_too_much_waits_and_nobody_else(up: Up) -> None:
    client, other = await up.logged_in(), await up.logged_in("viewer")
    up.service.per_person = Limits(12)
    answers = [await client.get(f"{API}/view") for _ in range(14)]
    refused = answers[-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 5
    assert (await client.post(f"{API}/tags", json=TAG)).status_code == 429
    assert up.room.desk.state.tags == {}
    assert (await other.get(f"{API}/view")).status_code == 200
    up.clock.ahead += timedelta(seconds=int(refused.headers["retry-after"]) + 1)
    assert (await client.get(f"{API}/view")).status_code == 200


async def test_an_address_that_asks_too_much_waits_logged_in_or_not(up: Up) -> None:
    up.service.per_address = Limits(12)
    answers = [await up.client().get("/livez") for _ in range(14)]
    assert answers[0].status_code == 200
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too-many-requests")
    assert answers[-1].headers["x-content-type-options"] == "nosniff"


async def test_nobody_chooses_the_address_that_guesses_are_counted_by(up: Up) -> None:
    login = {"user": "viewer", "password": "guess"}
    for k in range(8):
        answer = await up.client().post(
            f"{API}/session", json=login, headers={"X-Forwarded-For": f"10.0.0.{k}"}
        )
    assert answer.status_code == 429


async def test_a_proxy_that_is_trusted_says_where_it_comes_from(tmp_path: Path) -> None:
    settings = ServerSettings(port=0, trusted_proxies=["127.0.0.1"])
    async with serving(tmp_path, with_field=False, server=settings) as up:
        login = {"user": "viewer", "password": "guess"}
        for k in range(8):
            answer = await up.client().post(
                f"{API}/session", json=login, headers={"X-Forwarded-For": f"10.0.0.{k}"}
            )
            assert answer.status_code == 401
        admin = await up.logged_in("admin")
        lines = (await admin.get(f"{API}/audit")).json()
        assert {f"10.0.0.{k}" for k in range(8)} <= {line["address"] for line in lines}


def test_the_names_of_the_service() -> None:
    own = {"127.0.0.1", "localhost", "[::1]"}
    assert _hosts(ServerSettings()) == own
    assert _hosts(ServerSettings(names=["Grid.example"])) == own | {"grid.example"}
    exposed = ServerSettings(host="0.0.0.0", allow_insecure_bind=True)
    assert _hosts(exposed) == frozenset()
    named = ServerSettings(host="0.0.0.0", allow_insecure_bind=True, names=["grid.example"])
    assert _hosts(named) == own | {"grid.example"}


# connections


async def opened(up: Up) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = up.address.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


async def closed(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("said", [b"", b"GET /livez HTTP/1.1\r\nHost: loc"])
async def test_a_head_that_does_not_come_is_not_waited_for(
    up: Up, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_S_MAX", 0.3)
    reader, writer = await opened(up)
    writer.write(said)
    async with asyncio.timeout(5):
        assert await closed(reader)
    writer.close()


async def test_letters_one_by_one_do_not_keep_a_connection_open(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_S_MAX", 0.5)
    reader, writer = await opened(up)
    writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    ending = asyncio.create_task(reader.read())
    async with asyncio.timeout(5):
        while not ending.done():
            writer.write(b"G")
            await asyncio.sleep(0.05)
    writer.close()


async def test_a_head_that_begins_before_the_last_answer_is_waited_for_as_any_other(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_S_MAX", 0.3)
    reader, writer = await opened(up)
    writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /li")
    async with asyncio.timeout(5):
        assert b"HTTP/1.1 200" in await reader.read()
    writer.close()


async def test_a_stream_and_a_slow_answer_outlive_the_wait_for_a_head(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_S_MAX", 0.3)
    client = await up.logged_in()
    async with client.stream("GET", f"{API}/events") as answer, asyncio.timeout(10):
        beats = 0
        async for text in answer.aiter_lines():
            beats += text == "event: beat"
            if beats == 2:
                return


async def test_connections_are_few_enough(tmp_path: Path) -> None:
    settings = ServerSettings(port=0, connections_of_address_max=5)
    async with serving(tmp_path, with_field=False, server=settings) as up:
        kept = [await opened(up) for _ in range(5)]
        reader, writer = await opened(up)
        async with asyncio.timeout(5):
            assert await closed(reader)
        writer.close()
        kept[0][1].close()
        await asyncio.sleep(0.2)
        reader, writer = await opened(up)
        writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(5):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        for _, other in [*kept[1:], (reader, writer)]:
            other.close()


@pytest.mark.parametrize(("spoken", "taken"), [("TLSv1_2", False), ("TLSv1_3", True)])
async def test_older_versions_of_tls_are_not_spoken(
    tmp_path: Path, spoken: str, taken: bool
) -> None:
    files = files_of(own("web", "urn:web"), tmp_path, name="web")
    settings = ServerSettings(
        port=0,
        tls_certificate_file=Path(files["certificate_file"]),
        tls_key_file=Path(files["key_file"]),
        tls_version_min="1.3",
    )
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.maximum_version = ssl.TLSVersion[spoken]
    async with serving(tmp_path, with_field=False, server=settings) as up:
        port = int(up.address.rpartition(":")[2])
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client)
        except (ssl.SSLError, ConnectionResetError):
            assert not taken
        else:
            assert taken
            writer.close()
