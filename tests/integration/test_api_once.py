"""An act under an Idempotency-Key happens once: after a restart, and when nobody knew at first."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_setting import API, Up, eventually, incident_when, serving

from gridops.errors import JournalSilent, JournalUnsure

TAG = {"switch": "s1", "kind": "no_close", "reason": "crew at work"}
KEY = {"Idempotency-Key": "once"}
CALLS = {"calls": [{"load": "B", "calls": 2}, {"load": "C", "calls": 1}]}


def kinds(up: Up) -> list[str]:
    return [entry.record.kind for entry in up.room.journal.entries()]


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_what_nobody_knew_at_first_is_not_done_again(
    quiet: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await quiet.logged_in()
    journal = quiet.room.journal
    append, settle = journal.append, journal.settle
    held: list[Any] = []

    def lost(records: Any) -> Any:
        held.extend(append(records))
        raise JournalUnsure("nobody knows")

    def settled() -> Any:
        monkeypatch.setattr(journal, "settle", settle)
        return tuple(held)

    def unreadable() -> Any:
        raise JournalSilent("cannot be read")

    monkeypatch.setattr(journal, "settle", unreadable)
    monkeypatch.setattr(journal, "append", lost)
    unsure = await client.post(f"{API}/tags", json=TAG, headers=KEY)
    assert said(unsure) == (503, "journal-unsure")
    monkeypatch.setattr(journal, "append", append)
    monkeypatch.setattr(journal, "settle", settled)
    # The very request that comes while it is settled must not slip through either.
    again = await client.post(f"{API}/tags", json=TAG, headers=KEY)
    while said(again) == (503, "journal-silent"):
        again = await client.post(f"{API}/tags", json=TAG, headers=KEY)
    assert said(again) == (409, "already-done")
    await eventually(lambda: quiet.service.loop.silence is None)
    assert kinds(quiet).count("TagPlaced") == 1
    assert len((await client.get(f"{API}/tags")).json()) == 1


@pytest.fixture
async def twice(tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Up]]:
    """After a restart: before it, `dispatcher` has hung a tag, taken another off and reported
    calls, each under a key of its own."""
    async with serving(tmp_path, with_field=False) as up:
        client = await up.logged_in()
        other = (await client.post(f"{API}/tags", json={**TAG, "reason": "old"})).json()["id"]
        done = [
            await client.post(f"{API}/tags", json=TAG, headers=KEY),
            await client.delete(f"{API}/tags/{other}", headers={"Idempotency-Key": "off"}),
            await client.post(
                f"{API}/signals/calls", json=CALLS, headers={"Idempotency-Key": "calls"}
            ),
        ]
        assert [answer.status_code for answer in done] == [201, 204, 200], done[2].text
    async with serving(tmp_path, with_field=False) as up:
        client = await up.logged_in()
        client.headers["X-Other"] = other
        yield client, up


async def test_after_a_restart_nothing_is_done_a_second_time(
    twice: tuple[httpx.AsyncClient, Up],
) -> None:
    client, up = twice
    before = up.room.sequence
    other = client.headers["X-Other"]
    again = [
        await client.post(f"{API}/tags", json=TAG, headers=KEY),
        await client.delete(f"{API}/tags/{other}", headers={"Idempotency-Key": "off"}),
        await client.post(f"{API}/signals/calls", json=CALLS, headers={"Idempotency-Key": "calls"}),
    ]
    assert [said(answer) for answer in again] == [(409, "already-done")] * 3
    assert "TagPlaced" in again[0].json()["detail"]
    assert up.room.sequence == before
    reused = await client.post(f"{API}/tags", json={**TAG, "kind": "caution"}, headers=KEY)
    assert said(reused) == (422, "idempotency-key-reused")
    somebody_else = await up.logged_in("shift_lead")
    assert (await somebody_else.post(f"{API}/tags", json=TAG, headers=KEY)).status_code == 201


async def test_a_release_is_known_after_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path) as up:
        one = await up.struck()
        client = await up.logged_in()
        plan = {"plan": one["plan"]["id"], "fingerprint": one["plan"]["fingerprint"]}
        path = f"{API}/incidents/{one['id']}/release"
        assert (await client.post(path, json=plan, headers=KEY)).status_code == 200
        await incident_when(client, lambda card: card["phase"] == "restored")
    async with serving(tmp_path, with_field=False) as up:
        client = await up.logged_in()
        again = await client.post(path, json=plan, headers=KEY)
        assert said(again) == (409, "already-done")
        unkeyed = await client.post(path, json=plan)
        assert said(unkeyed) == (409, "release-refused")
