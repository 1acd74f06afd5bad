"""What is noted of acts and of refused acts, and that no answer waits for it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from api_setting import API, PASSWORDS, Up, serving

from gridops.adapters import audit_file
from gridops.adapters.audit_file import AuditFile
from gridops.api import audit as auditing
from gridops.errors import AuditUnwritable
from gridops.ports.audit import AuditLine

TAG = {"switch": "s1", "kind": "no_close", "reason": "crew at work"}
NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with serving(tmp_path, with_field=False) as running:
        yield running


async def noted(up: Up) -> list[dict[str, Any]]:
    """The oldest first, logins left out."""
    admin = await up.logged_in("admin")
    answer = await admin.get(f"{API}/audit", params={"count": 1000})
    assert answer.status_code == 200, answer.text
    lines: list[dict[str, Any]] = answer.json()
    return [line for line in reversed(lines) if "/session" not in line["act"] or line["code"]]


async def test_an_act_is_noted_with_who_what_from_where_and_when(up: Up) -> None:
    client = await up.logged_in()
    before = up.clock.now()
    await client.post(f"{API}/tags", json=TAG)
    (line,) = await noted(up)
    assert before <= datetime.fromisoformat(line.pop("at")) <= up.clock.now()
    assert line == {
        "user": "dispatcher", "role": "dispatcher", "token": "", "address": "127.0.0.1",
        "act": "POST /tags", "path": f"{API}/tags", "about": "", "status": 201, "code": "",
        "times": 1,
    }  # fmt: skip


async def test_every_refusal_is_noted_with_why(up: Up) -> None:
    viewer, client, program = await up.logged_in("viewer"), await up.logged_in(), up.program()
    await up.client().post(f"{API}/tags", json=TAG)
    await viewer.post(f"{API}/tags", json=TAG)
    await viewer.get(f"{API}/users")
    await client.post(f"{API}/tags", json=TAG, headers={"X-CSRF-Token": "wrong"})
    await client.post(f"{API}/incidents/I1/halt")
    await client.post(f"{API}/tags", json={})
    await client.post(f"{API}/tags", content=b"x" * 70_000)
    await client.post(f"{API}/nothing")
    await program.delete(f"{API}/tags/none")
    await client.post(f"{API}/tags", json=TAG, headers={"Host": "evil.example"})
    lines = await noted(up)
    assert [(x["user"], x["act"].removeprefix("POST "), x["code"]) for x in lines] == [
        ("", "/tags", "not-logged-in"),
        ("viewer", "/tags", "role-refused"),
        ("viewer", "GET /users", "role-refused"),
        ("dispatcher", "/tags", "csrf-refused"),
        ("dispatcher", "/incidents/{incident}/halt", "unknown-id"),
        ("dispatcher", "/tags", "malformed-request"),
        ("", "(no such route)", "too-large"),
        ("", "(no such route)", "not-found"),
        ("dispatcher", "DELETE /tags/{tag}", "unknown-id"),
        ("", "(no such route)", "wrong-host"),
    ]
    assert lines[4]["path"] == f"{API}/incidents/I1/halt"
    assert lines[8]["token"] != ""


async def test_no_secret_is_ever_noted(up: Up, tmp_path: Path) -> None:
    client, admin = await up.logged_in(), await up.logged_in("admin")
    secret = "the password in the wrong field"
    await up.client().post(f"{API}/session", json={"user": secret, "password": secret})
    await up.client().post(f"{API}/session", json={"user": "viewer", "password": secret})
    body = {"name": "lan", "role": "viewer", "password": secret}
    assert (await admin.post(f"{API}/users", json=body)).status_code == 201
    made = await client.post(
        f"{API}/users/dispatcher/tokens", json={"name": secret, "scopes": ["look"]}
    )
    lines = await noted(up)
    kept = (tmp_path / "audit.jsonl").read_text()
    for word in (secret, made.json()["token"], client.cookies["gridops_session"]):
        assert word not in kept
    assert not any(password in kept for password in PASSWORDS.values())
    assert [line["about"] for line in lines] == ["(unknown user)", "viewer", "lan viewer", ""]


async def test_a_flood_of_the_same_refusal_is_one_line_that_counts(up: Up) -> None:
    client = up.client()
    for _ in range(30):
        await client.post(f"{API}/tags", json=TAG)
    lines = await noted(up)
    assert sum(line["times"] for line in lines) == 30
    assert len(lines) < 15


async def test_it_is_there_after_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path, with_field=False) as up:
        await (await up.logged_in()).post(f"{API}/tags", json=TAG)
    async with serving(tmp_path, with_field=False) as up:
        assert [line["act"] for line in await noted(up)] == ["POST /tags"]


class Broken:
    """A disk that is full until somebody makes room."""

    def __init__(self) -> None:
        self.full = True
        self.lines: list[AuditLine] = []

    def append(self, lines: Sequence[AuditLine]) -> None:
        if self.full:
            raise AuditUnwritable("No space left on device")
        self.lines += lines

    def latest(self, count: int) -> Sequence[AuditLine]:
        return self.lines[::-1][:count]


async def test_a_full_disk_stops_no_act_and_what_waited_is_written_later(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "PENDING_MAX", 6)
    disk = Broken()
    up.service.audit.trail = disk
    client, admin = await up.logged_in(), await up.logged_in("admin")
    for _ in range(9):
        assert (await client.post(f"{API}/tags", json=TAG)).status_code == 201
    refused = await admin.get(f"{API}/audit")
    assert (refused.status_code, refused.json()["code"]) == (503, "audit-unwritable")
    disk.full = False
    async with asyncio.timeout(5):
        while not disk.lines:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    *kept, last = disk.lines
    assert len(kept) == 6
    assert last.about == f"{11 - 6} lines were lost before this one"
    metrics = (await up.client().get("/metrics")).text
    assert "gridops_audit_lost_total 5.0" in metrics


# the file


def line(act: str) -> AuditLine:
    return AuditLine(at=NOW, user="lan", role="", token="", address="", act=act, path="")


def test_the_file_is_put_aside_when_it_is_long_and_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_file, "BYTES_MAX", 500)
    monkeypatch.setattr(audit_file, "ASIDE_MAX", 2)
    trail = AuditFile(tmp_path / "var" / "audit.jsonl")
    for k in range(60):
        trail.append([line(str(k))])
    names = {file.name for file in (tmp_path / "var").iterdir()}
    assert names == {"audit.jsonl", "audit.jsonl.1", "audit.jsonl.2", "audit.jsonl.lock"}
    found = [int(one.act) for one in trail.latest(1000)]
    assert found == sorted(found, reverse=True)
    assert found[0] == 59
    assert [one.act for one in trail.latest(2)] == ["59", "58"]
    assert (tmp_path / "var" / "audit.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_line_that_a_crash_cut_off_spoils_no_other(tmp_path: Path) -> None:
    trail = AuditFile(tmp_path / "audit.jsonl")
    trail.append([line("one")])
    with (tmp_path / "audit.jsonl").open("a") as file:
        file.write('{"at":"2026-11-')
    trail.append([line("two")])
    assert [one.act for one in trail.latest(9)] == ["two", "one"]


def test_every_line_is_one_json_object_whatever_was_asked(tmp_path: Path) -> None:
    trail = AuditFile(tmp_path / "audit.jsonl")
    trail.append([line('two\nlines " \u2028 and \ud800')])
    (text,) = (tmp_path / "audit.jsonl").read_text().splitlines()
    assert json.loads(text)["user"] == "lan"
