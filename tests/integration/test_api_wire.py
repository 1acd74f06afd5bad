"""What comes over the wire by accident or in anger, and what every answer carries."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from api_setting import API, PASSWORDS, Up, serving

from gridops.api import shield
from gridops.api.app import CONSOLE
from gridops.control_room.books import Books

TAG = {"switch": "s1", "kind": "no_close", "reason": "crew at work"}


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with serving(tmp_path, with_field=False) as running:
        yield running


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    """Also holds the whole answer to the shape that every problem has."""
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "remedy", "code"} <= set(body)
    assert body["type"] == f"urn:gridops:problem:{body['code']}"
    assert body["status"] == answer.status_code
    assert all(isinstance(body[key], str) for key in ("title", "detail", "remedy"))
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    return True


async def raw(up: Up, request: bytes) -> tuple[int, bytes]:
    """(status, whole answer) of bytes that no well-behaved client sends."""
    host, port = up.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    async with asyncio.timeout(15):
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", answer, re.IGNORECASE)
        answer += await reader.readexactly(int(length[1])) if length else b""
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1]), answer


# errors


async def test_every_kind_of_mistake_is_a_problem_with_a_stable_code(up: Up) -> None:
    client = await up.logged_in()
    get, post = client.get, client.post
    assert is_problem(await up.client().get(f"{API}/view"), 401, "not-logged-in")
    assert is_problem(await get(f"{API}/nothing"), 404, "not-found")
    assert is_problem(await get("/nothing"), 404, "not-found")
    assert is_problem(await get(f"{API}/view/"), 404, "not-found")
    assert is_problem(await get(f"{API}/incidents/I7"), 404, "unknown-id")
    assert is_problem(await get(f"{API}/incidents/{'I' * 201}"), 422, "malformed-request")
    assert is_problem(await client.delete(f"{API}/view"), 405, "method-not-allowed")
    assert is_problem(await post(f"{API}/tags", json={}), 422, "malformed-request")
    assert is_problem(await client.delete(f"{API}/tags/t1"), 404, "unknown-id")
    assert is_problem(
        await client.put(f"{API}/modes", json={"feeder": None, "mode": "reckless"}),
        422,
        "malformed-request",
    )
    assert is_problem(
        await post(f"{API}/tags", json=TAG, headers={"Idempotency-Key": "k" * 201}),
        422,
        "malformed-request",
    )


async def test_an_unknown_id_names_what_is_near(up: Up) -> None:
    client = await up.logged_in()
    switch = await client.post(f"{API}/tags", json={**TAG, "switch": "s11"})
    assert is_problem(switch, 404, "unknown-id")
    assert "s1" in switch.json()["near"]
    assert "s1" in switch.json()["remedy"]
    tag = (await client.post(f"{API}/tags", json=TAG)).json()["id"]
    other = await client.delete(f"{API}/tags/{tag[:-1]}")
    assert other.json()["near"] == [tag]
    feeder = await client.put(f"{API}/modes", json={"feeder": "F", "mode": "disabled"})
    assert is_problem(feeder, 404, "unknown-id")
    assert sorted(feeder.json()["near"]) == ["Fb1", "Fb2"]


async def test_what_is_wrong_with_a_request_is_said_all_at_once(up: Up) -> None:
    client = await up.logged_in()
    answer = await client.post(
        f"{API}/tags", json={"switch": "s1", "kind": "red", "reason": "", "more": 1}
    )
    assert is_problem(answer, 422, "malformed-request")
    assert {flaw["where"] for flaw in answer.json()["flaws"]} == {
        "body.kind", "body.reason", "body.more",
    }  # fmt: skip


@pytest.mark.parametrize("reason", ["  ", "two\nlines", "nul \x00", "x" * 501, "\ud800"])
async def test_a_reason_is_one_line_that_anybody_can_read(up: Up, reason: str) -> None:
    client = await up.logged_in()
    content = f'{{"switch":"s1","kind":"no_close","reason":{_json(reason)}}}'
    answer = await client.post(
        f"{API}/tags", content=content, headers={"Content-Type": "application/json"}
    )
    assert is_problem(answer, 422, "malformed-request")


def _json(text: str) -> str:
    return '"' + "".join(f"\\u{ord(char):04x}" for char in text) + '"'


async def test_a_mistake_of_our_own_is_a_problem_that_tells_nothing(
    up: Up, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret of the house")

    client = await up.logged_in()
    monkeypatch.setattr(Books, "booked", broken)
    answer = await client.get(f"{API}/indices")
    assert is_problem(answer, 500, "internal-error")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret of the house" in caplog.text


# bodies


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", "application/json", 422, "malformed-request"),
        (b"[" * 60_000, "application/json", 400, "unreadable-request"),
        (b'{"\xff": 1}', "application/json", 400, "unreadable-request"),
        (b"null", "application/json", 422, "malformed-request"),
        (b'{"switch":"s1"}', "text/plain", 422, "malformed-request"),
        (b"switch=s1", "application/x-www-form-urlencoded", 422, "malformed-request"),
        (b"", "application/json", 422, "malformed-request"),
    ],
)
async def test_what_is_not_json_is_refused(  # noqa: PLR0917
    up: Up, content: bytes, kind: str, status: int, code: str
) -> None:
    client = await up.logged_in()
    answer = await client.post(f"{API}/tags", content=content, headers={"Content-Type": kind})
    assert is_problem(answer, status, code)


async def test_a_form_of_another_site_cannot_log_anybody_in(up: Up) -> None:
    """What a browser sends without asking first is never read as JSON."""
    body = f'{{"user":"viewer","password":"{PASSWORDS["viewer"]}"}}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        headers = {"Content-Type": kind} if kind else {}
        answer = await up.client().post(f"{API}/session", content=body, headers=headers)
        assert answer.status_code == 422
        assert "set-cookie" not in answer.headers


async def test_a_long_body_is_refused_unread(up: Up) -> None:
    client = await up.logged_in()
    long = {**TAG, "reason": "x" * shield.BODY_BYTES_MAX}
    assert is_problem(await client.post(f"{API}/tags", json=long), 413, "too-large")
    status, _ = await raw(
        up,
        b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n",
    )
    assert status == 413


async def test_a_body_in_chunks_is_taken_as_far_as_any_other(up: Up) -> None:
    client = await up.logged_in()

    async def chunks(filler: int) -> AsyncIterator[bytes]:
        yield b'{"switch":"s1","kind":"no_close",'
        for _ in range(filler):
            yield b" " * 1024
        yield b'"reason":"crew at work"}'

    kind = {"Content-Type": "application/json"}
    short = await client.post(f"{API}/tags", content=chunks(3), headers=kind)
    assert short.status_code == 201
    endless = await client.post(f"{API}/tags", content=chunks(80), headers=kind)
    assert is_problem(endless, 413, "too-large")


async def test_a_body_that_never_ends_is_given_up(up: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shield, "BODY_S_MAX", 0.2)
    status, answer = await raw(
        up,
        b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nfirst",
    )
    assert status == 408
    assert b"urn:gridops:problem:too-slow" in answer


# names, methods, paths


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "[::2]", ""])
async def test_under_a_foreign_name_nothing_is_served(up: Up, host: str) -> None:
    for path in (f"{API}/session", "/", "/livez"):
        answer = await up.client().get(path, headers={"Host": host})
        assert is_problem(answer, 421, "wrong-host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]", "[::1]:8"])
async def test_under_its_own_names_it_answers(up: Up, host: str) -> None:
    assert (await up.client().get("/livez", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect", "/openapi.json"])
async def test_there_is_no_documentation_site(up: Up, path: str) -> None:
    assert is_problem(await up.client().get(path), 404, "not-found")


async def test_head_and_options_do_nothing_unexpected(up: Up) -> None:
    client = await up.logged_in()
    assert (await client.head("/")).status_code == 200
    assert (await client.head("/livez")).status_code == 200
    head = await client.head(f"{API}/view")
    assert (head.status_code, head.headers["allow"]) == (405, "GET")
    options = await client.options(
        f"{API}/tags",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert options.status_code == 405
    assert not any(name.startswith("access-control") for name in options.headers)


@pytest.mark.parametrize(
    "path",
    [
        "/../app.py",
        "/assets/../../app.py",
        "/assets/..%2f..%2fapp.py",
        "/%2e%2e/app.py",
        "/assets/%2e%2e/%2e%2e/app.py",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/..%5c..%5capp.py",
        "/assets/%00",
        "/assets/",
        "/assets",
        "//evil.example/",
    ],
)
async def test_no_path_leads_out_of_the_console(up: Up, path: str) -> None:
    status, answer = await raw(up, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert status in (400, 404), answer
    assert b"create_app" not in answer
    assert b"root:" not in answer


# headers


async def test_every_answer_is_dressed(up: Up) -> None:
    client = await up.logged_in()
    asset = next(file for file in (CONSOLE / "assets").iterdir() if file.suffix == ".js")
    answers = [
        await client.get("/"),
        await client.get(f"/assets/{asset.name}"),
        await client.get("/assets/none.js"),
        await client.get(f"{API}/view"),
        await client.get(f"{API}/nothing"),
        await client.get("/metrics"),
        await client.get("/livez", headers={"Host": "evil.example"}),
        await client.post(f"{API}/tags", content=b"x" * 70_000),
        await client.head("/"),
        await client.get("/", headers={"If-None-Match": (await client.get("/")).headers["etag"]}),
    ]
    for answer in answers:
        for name, value in shield.HEADERS.items():
            assert answer.headers[name] == value, (answer.request.url, name)
        assert "server" not in answer.headers
    kept = [a.request.url.path for a in answers if "immutable" in a.headers["cache-control"]]
    assert kept == [f"/assets/{asset.name}"]
    assert all(a.headers["cache-control"] == "no-store" for a in answers if a is not answers[1])


async def test_the_committed_console_obeys_its_own_policy(up: Up) -> None:
    """Nothing inline, nothing from elsewhere: what the policy forbids would stay blank."""
    page = (await up.client().get("/")).text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", page)
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert links
    for link in links:
        assert link.startswith(("./", "/")), link
        answer = await up.client().get(link.removeprefix("."))
        assert answer.status_code == 200, link
