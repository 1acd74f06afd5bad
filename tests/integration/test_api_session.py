"""Who gets in, how a session ends, and what guards a request that acts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from api_setting import API, PASSWORDS, Up, serving
from pwdlib import PasswordHash

from gridops.adapters.account_file import AccountFile
from gridops.api import attempts
from gridops.api.security import DECOY, Gatekeeper, NoSession, WrongCredentials, new_account
from gridops.api.service import COOKIE
from gridops.events.people import Role

TAG = {"switch": "s1", "kind": "no_close", "reason": "crew at work"}


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with serving(tmp_path, with_field=False) as running:
        yield running


async def log_in(client: httpx.AsyncClient, user: str, password: str) -> httpx.Response:
    return await client.post(f"{API}/session", json={"user": user, "password": password})


async def test_a_login_opens_a_session_that_scripts_cannot_read(up: Up) -> None:
    client = up.client()
    answer = await log_in(client, "dispatcher", PASSWORDS["dispatcher"])
    assert answer.status_code == 200
    session = answer.json()
    assert {**session, "csrf": ""} == {
        "user": "dispatcher", "role": "dispatcher", "language": "en", "csrf": "",
        "may": ["alarm", "look", "mode", "report", "switch", "tag"],
    }  # fmt: skip
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie  # plain HTTP on loopback
    assert (await client.get(f"{API}/session")).json() == session


async def test_behind_tls_the_cookie_never_leaves_it(up: Up) -> None:
    up.service.secure_cookie = True
    answer = await log_in(up.client(), "viewer", PASSWORDS["viewer"])
    assert "secure" in answer.headers["set-cookie"].lower()


async def test_one_browser_is_logged_in_to_the_live_field_and_to_a_training(
    up: Up, tmp_path: Path
) -> None:
    folder = tmp_path / "training"
    folder.mkdir()
    async with serving(folder, with_field=False, training=True) as lesson:
        live, training = up.client(), lesson.client()
        training.cookies.jar = live.cookies.jar
        for client, user in ((live, "dispatcher"), (training, "viewer")):
            assert (await log_in(client, user, PASSWORDS[user])).status_code == 200
        assert (await live.get(f"{API}/session")).json()["user"] == "dispatcher"
        told = (await training.get(f"{API}/session")).json()
        assert told["user"] == "viewer"
        headers = {"X-CSRF-Token": told["csrf"]}
        assert (await training.delete(f"{API}/session", headers=headers)).status_code == 204
        assert (await live.get(f"{API}/session")).status_code == 200
        assert (await training.get(f"{API}/session")).status_code == 401


@pytest.mark.parametrize(("user", "password"), [("dispatcher", "wrong"), ("nobody", "wrong")])
async def test_a_wrong_login_does_not_say_what_was_wrong(up: Up, user: str, password: str) -> None:
    answer = await log_in(up.client(), user, password)
    assert answer.status_code == 401
    assert answer.json()["code"] == "wrong-password"
    assert answer.json()["detail"] == "user or password is wrong"
    assert "set-cookie" not in answer.headers


async def test_guessing_is_stopped_and_starts_again_after_a_minute(up: Up) -> None:
    client = up.client()
    for _ in range(attempts.FAILURES_MAX):
        assert (await log_in(client, "viewer", "guess")).status_code == 401
    refused = await log_in(client, "viewer", PASSWORDS["viewer"])
    assert refused.status_code == 429
    assert refused.json()["code"] == "too-many-attempts"
    assert refused.headers["retry-after"] == "60"
    assert (await log_in(client, "admin", PASSWORDS["admin"])).status_code == 200
    up.clock.ahead += attempts.FAILURE_WINDOW
    assert (await log_in(client, "viewer", PASSWORDS["viewer"])).status_code == 200


async def test_guesses_at_the_same_time_all_count(up: Up) -> None:
    client = up.client()
    answers = await asyncio.gather(*(log_in(client, "viewer", f"guess {n}") for n in range(12)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [401] * attempts.FAILURES_MAX + [429] * (12 - attempts.FAILURES_MAX)


async def test_logins_do_not_keep_the_control_room_waiting(up: Up) -> None:
    client = up.client()
    storm = asyncio.gather(*(log_in(client, f"nobody {n}", "x") for n in range(15)))
    waits = []
    clock = asyncio.get_running_loop()
    while not storm.done():
        began = clock.time()
        await asyncio.sleep(0)
        waits.append(clock.time() - began)
    assert {answer.status_code for answer in await storm} == {401}
    assert max(waits) < 0.2


async def test_a_flood_of_logins_is_refused_and_leaves_nothing_behind(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "GUESSERS_MAX", 5)
    client = up.client()
    many = attempts.CHECKS_WAITING_MAX + 10
    answers = await asyncio.gather(*(log_in(client, f"nobody {n}", "x") for n in range(many)))
    assert {answer.status_code for answer in answers} == {401, 429}
    assert len(up.service.gatekeeper.attempts._of) <= 5
    assert up.service.gatekeeper.attempts._waiting.total() == 0


async def test_a_flood_of_logins_from_one_address_keeps_nobody_else_out() -> None:
    """Every name is another one, so that no account's own failures stop it."""
    counted = attempts.Attempts()
    stored = PasswordHash.recommended().hash("switch-it")
    flood = [
        asyncio.create_task(counted.matches("x", stored, address="10.0.0.66"))
        for _ in range(3 * attempts.CHECKS_WAITING_MAX)
    ]
    await asyncio.sleep(0)
    assert await counted.matches("switch-it", stored, address="10.0.0.7")
    refused = await asyncio.gather(*flood, return_exceptions=True)
    assert any(isinstance(one, attempts.TooManyAttempts) for one in refused)
    assert counted._waiting.total() == 0


def test_nobody_is_refused_as_slowly_as_somebody() -> None:
    """What they are compared with costs as much."""
    _, kind, version, cost, *_ = DECOY.split("$")
    ours = new_account("an", Role.VIEWER, password="sáu cột trên đồi").password_hash
    assert ours.split("$")[1:4] == [kind, version, cost]


async def test_the_one_time_login_ends_when_there_are_users(tmp_path: Path) -> None:
    """It stands in the log, and its name would count as a second person."""
    kept, now = AccountFile(tmp_path / "users.json"), datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
    once = new_account("operator", Role.SHIFT_LEAD, password="made for this start")
    keeper = Gatekeeper({once.name: once}, timedelta(hours=8), kept)
    token, _ = await keeper.log_in("operator", "made for this start", now=now)
    assert keeper.session_of(token, now).role is Role.SHIFT_LEAD
    kept.add(new_account("an", Role.SHIFT_LEAD, password="sáu cột trên đồi"))
    with pytest.raises(NoSession):
        keeper.session_of(token, now)
    with pytest.raises(WrongCredentials):
        await keeper.log_in("operator", "made for this start", now=now)


async def test_a_session_ends_with_its_time(up: Up) -> None:
    client = await up.logged_in()
    assert (await client.get(f"{API}/view")).status_code == 200
    up.clock.ahead += timedelta(hours=8)
    answer = await client.get(f"{API}/view")
    assert answer.status_code == 401
    assert answer.json()["code"] == "not-logged-in"


async def test_logging_out_ends_the_session_on_the_server(up: Up) -> None:
    client = await up.logged_in()
    token = client.cookies[COOKIE]
    assert (await client.delete(f"{API}/session")).status_code == 204
    thief = up.client()
    thief.cookies.set(COOKIE, token)
    assert (await thief.get(f"{API}/session")).status_code == 401


async def test_a_new_login_ends_the_session_before_it(up: Up) -> None:
    client = await up.logged_in()
    former = client.cookies[COOKIE]
    await log_in(client, "dispatcher", PASSWORDS["dispatcher"])
    assert client.cookies[COOKIE] != former
    thief = up.client()
    thief.cookies.set(COOKIE, former)
    assert (await thief.get(f"{API}/session")).status_code == 401


async def test_a_token_that_somebody_else_chose_opens_nothing(up: Up) -> None:
    client = up.client()
    client.cookies.set(COOKIE, "fixed-by-an-attacker")
    answer = await log_in(client, "viewer", PASSWORDS["viewer"])
    assert "fixed-by-an-attacker" not in answer.headers["set-cookie"]
    thief = up.client()
    thief.cookies.set(COOKIE, "fixed-by-an-attacker")
    assert (await thief.get(f"{API}/session")).status_code == 401


@pytest.mark.parametrize("sent", [None, "", "wrong", "ü"])
async def test_without_the_csrf_token_nothing_acts(up: Up, sent: str | None) -> None:
    client = await up.logged_in()
    del client.headers["X-CSRF-Token"]
    headers = {} if sent is None else {"X-CSRF-Token": sent.encode()}
    for call in (
        client.build_request("POST", f"{API}/tags", json=TAG, headers=headers),
        client.build_request("DELETE", f"{API}/session", headers=headers),
    ):
        answer = await client.send(call)
        assert answer.status_code == 403
        assert answer.json()["code"] == "csrf-refused"
    assert up.room.desk.state.tags == {}


async def test_one_users_csrf_token_is_worth_nothing_to_another(up: Up) -> None:
    one, other = await up.logged_in("dispatcher"), await up.logged_in("admin")
    one.headers["X-CSRF-Token"] = other.headers["X-CSRF-Token"]
    assert (await one.post(f"{API}/tags", json=TAG)).status_code == 403


async def test_passwords_and_tokens_are_not_kept(up: Up) -> None:
    client = await up.logged_in()
    kept = repr(up.service.gatekeeper)
    assert client.cookies[COOKIE] not in kept
    assert not any(password in kept for password in PASSWORDS.values())
