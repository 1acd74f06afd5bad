"""Users, roles and tokens over the service, and what ends at once when they change."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from api_setting import ACCOUNTS, API, PASSWORDS, Up, bodies, eventually, listen, serving

from gridops.adapters.account_file import AccountFile
from gridops.api.security import TOKEN_PREFIX, new_account
from gridops.api.service import COOKIE
from gridops.events.people import Permission, Role
from gridops.ids import UserName
from gridops.ports.accounts import Account

LAN = {"name": "lan", "role": "dispatcher", "password": "bốn cột trên đồi"}
TAG = {"switch": "s1", "kind": "no_close", "reason": "crew at work"}


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with serving(tmp_path, with_field=False) as running:
        yield running


def of_another_process(tmp_path: Path) -> AccountFile:
    """As the command line works on it."""
    return AccountFile(tmp_path / "users.json")


async def logged_in_as_lan(up: Up, password: str = LAN["password"]) -> httpx.AsyncClient:
    client = up.client()
    answer = await client.post(f"{API}/session", json={"user": "lan", "password": password})
    assert answer.status_code == 200, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return client


async def test_a_user_that_an_administrator_made_logs_in_and_acts(up: Up) -> None:
    admin = await up.logged_in("admin")
    made = await admin.post(f"{API}/users", json=LAN)
    assert made.status_code == 201
    assert made.json() == {
        "name": "lan", "role": "dispatcher", "areas": [],
        "may": ["alarm", "look", "mode", "report", "switch", "tag"],
    }  # fmt: skip
    lan = await logged_in_as_lan(up)
    assert (await lan.post(f"{API}/tags", json=TAG)).status_code == 201
    listed = {one["name"]: one["role"] for one in (await admin.get(f"{API}/users")).json()}
    assert listed == {**{role: role for role in PASSWORDS}, "lan": "dispatcher"}
    assert "password" not in (await admin.get(f"{API}/users")).text


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "dispatcher"}, 409, "account-refused"),
        ({"name": "automation"}, 409, "account-refused"),
        ({"name": "operator"}, 409, "account-refused"),
        ({"name": "Lan"}, 422, "malformed-request"),
        ({"name": "lan\n"}, 422, "malformed-request"),
        ({"name": "../lan"}, 422, "malformed-request"),
        ({"role": "root"}, 422, "malformed-request"),
        ({"password": "short"}, 409, "account-refused"),
        ({"password": "I am lan, who else"}, 409, "account-refused"),
        ({"password": "aaaaaaaaaaaabbbb"}, 409, "account-refused"),
    ],
)
async def test_a_user_that_cannot_be_is_refused(
    up: Up, change: dict[str, str], status: int, code: str
) -> None:
    admin = await up.logged_in("admin")
    answer = await admin.post(f"{API}/users", json={**LAN, **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len((await admin.get(f"{API}/users")).json()) == len(PASSWORDS)


@pytest.mark.parametrize("how", ["role", "password", "remove", "another process"])
async def test_what_changes_an_account_ends_its_sessions_and_streams_at_once(
    up: Up, how: str, tmp_path: Path
) -> None:
    admin = await up.logged_in("admin")
    await admin.post(f"{API}/users", json=LAN)
    lan = await logged_in_as_lan(up)
    stream = listen(lan)
    assert (await anext(stream)).event == "view"
    if how == "role":
        await admin.put(f"{API}/users/lan/role", json={"role": "engineer"})
    elif how == "password":
        await admin.put(f"{API}/users/lan/password", json={"password": "năm cột trên đồi"})
    elif how == "remove":
        assert (await admin.delete(f"{API}/users/lan")).status_code == 204
    else:
        other = of_another_process(tmp_path)
        was = other.account(UserName("lan"))
        assert was is not None
        lowered = new_account("lan", Role.VIEWER, password="sáu cột trên đồi")
        other.change(lowered, instead_of=was)
    answer = await lan.post(f"{API}/tags", json=TAG)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-logged-in")
    async with asyncio.timeout(3):
        assert [one.event async for one in stream if one.event == "view"] == []
    assert up.room.desk.state.tags == {}
    dispatcher = await up.logged_in("dispatcher")
    assert (await dispatcher.get(f"{API}/view")).status_code == 200


async def test_a_name_that_comes_back_brings_no_old_session_back(up: Up) -> None:
    admin = await up.logged_in("admin")
    await admin.post(f"{API}/users", json=LAN)
    lan = await logged_in_as_lan(up)
    await admin.delete(f"{API}/users/lan")
    await admin.post(f"{API}/users", json=LAN)
    assert (await lan.get(f"{API}/view")).status_code == 401


async def test_a_login_that_is_being_checked_while_the_user_goes_opens_nothing(
    up: Up, tmp_path: Path
) -> None:
    admin = await up.logged_in("admin")
    await admin.post(f"{API}/users", json=LAN)
    entering = asyncio.create_task(
        up.client().post(f"{API}/session", json={"user": "lan", "password": LAN["password"]})
    )
    async with asyncio.timeout(5):
        while up.service.gatekeeper.attempts._waiting.total() == 0:  # noqa: ASYNC110
            await asyncio.sleep(0)
    of_another_process(tmp_path).remove(UserName("lan"))
    assert (await entering).status_code == 401


async def test_the_last_administrator_stays(up: Up) -> None:
    admin = await up.logged_in("admin")
    for answer in (
        await admin.delete(f"{API}/users/admin"),
        await admin.put(f"{API}/users/admin/role", json={"role": "viewer"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "account-refused")
    assert (await admin.get(f"{API}/users")).status_code == 200


async def test_everybody_changes_their_own_password_with_the_one_they_have(up: Up) -> None:
    admin = await up.logged_in("admin")
    await admin.post(f"{API}/users", json=LAN)
    lan = await logged_in_as_lan(up)
    path, fresh = f"{API}/users/lan/password", "bảy cột trên đồi"
    assert (await lan.put(path, json={"password": fresh})).status_code == 401
    stolen = await lan.put(path, json={"password": fresh, "current": "guessed"})
    assert stolen.json()["code"] == "wrong-password"
    of_somebody = f"{API}/users/dispatcher/password"
    assert (await lan.put(of_somebody, json={"password": fresh})).status_code == 403
    changed = await lan.put(path, json={"password": fresh, "current": LAN["password"]})
    assert changed.status_code == 204
    assert (await lan.get(f"{API}/view")).status_code == 401
    await logged_in_as_lan(up, fresh)


async def test_without_the_csrf_token_no_account_changes(up: Up) -> None:
    admin = await up.logged_in("admin")
    del admin.headers["X-CSRF-Token"]
    for answer in (
        await admin.post(f"{API}/users", json=LAN),
        await admin.put(f"{API}/users/viewer/role", json={"role": "admin"}),
        await admin.put(f"{API}/users/viewer/password", json={"password": "x" * 20}),
        await admin.delete(f"{API}/users/viewer"),
        await admin.post(f"{API}/users/admin/tokens", json={"name": "x", "scopes": ["look"]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf-refused")


async def test_accounts_that_cannot_be_read_let_nobody_in(up: Up, tmp_path: Path) -> None:
    client = await up.logged_in()
    program = up.program()
    (tmp_path / "users.json").write_text('{"format": 2}')
    for asking in (client, program):
        answer = await asking.post(f"{API}/tags", json=TAG)
        assert (answer.status_code, answer.json()["code"]) == (503, "accounts-unreadable")
    login = {"user": "dispatcher", "password": PASSWORDS["dispatcher"]}
    assert (await up.client().post(f"{API}/session", json=login)).status_code == 503
    assert up.room.desk.state.tags == {}


# tokens


async def made(client: httpx.AsyncClient, *scopes: str, user: str = "dispatcher") -> httpx.Response:
    body = {"name": "head-end", "scopes": list(scopes), "days": 30}
    return await client.post(f"{API}/users/{user}/tokens", json=body)


async def test_a_token_acts_in_its_users_name_and_needs_no_csrf(up: Up, tmp_path: Path) -> None:
    answer = await made(await up.logged_in(), "tag")
    assert answer.status_code == 201
    word = answer.json()["token"]
    assert word.startswith(TOKEN_PREFIX)
    program = up.client()
    program.headers["Authorization"] = f"Bearer {word}"
    assert (await program.post(f"{API}/tags", json=TAG)).status_code == 201
    assert [tag.by for tag in up.room.desk.state.tags.values()] == ["dispatcher"]
    assert (await program.get(f"{API}/view")).status_code == 403
    assert word not in (tmp_path / "users.json").read_text()


async def test_cookie_and_token_together_are_refused(up: Up) -> None:
    client = await up.logged_in()
    program = up.program()
    client.headers["Authorization"] = program.headers["Authorization"]
    for answer in (await client.get(f"{API}/view"), await client.post(f"{API}/tags", json=TAG)):
        assert (answer.status_code, answer.json()["code"]) == (400, "two-logins")
    assert up.room.desk.state.tags == {}


async def test_a_token_gives_no_more_than_its_user_has(up: Up) -> None:
    answer = await made(await up.logged_in(), "look", "administer")
    assert (answer.status_code, answer.json()["code"]) == (409, "account-refused")
    assert (await made(await up.logged_in("admin"), "look")).status_code == 409  # another's name
    forged = up.program("viewer", Permission.SWITCH, Permission.LOOK)
    assert (await forged.get(f"{API}/view")).status_code == 200
    assert (await forged.post(f"{API}/tags", json=TAG)).status_code == 403


async def test_no_token_makes_or_sees_another(up: Up) -> None:
    program = up.program()
    assert (await made(program, "look")).status_code == 401
    assert (await program.get(f"{API}/users/dispatcher/tokens")).status_code == 403
    listed = (await (await up.logged_in()).get(f"{API}/users/dispatcher/tokens")).json()
    assert [one["name"] for one in listed] == ["a test"]


@pytest.mark.parametrize("how", ["revoked", "by the administrator", "old", "role", "removed"])
async def test_a_token_ends(up: Up, how: str) -> None:
    admin, client, program = await up.logged_in("admin"), await up.logged_in(), up.program()
    assert (await program.get(f"{API}/view")).status_code == 200
    ident = (await client.get(f"{API}/users/dispatcher/tokens")).json()[0]["id"]
    path = f"{API}/users/dispatcher/tokens/{ident}"
    if how == "revoked":
        assert (await client.delete(path)).status_code == 204
    elif how == "by the administrator":
        assert (await admin.delete(path)).status_code == 204
    elif how == "old":
        up.clock.ahead += timedelta(days=1)
    elif how == "role":
        await admin.put(f"{API}/users/dispatcher/role", json={"role": "shift_lead"})
    else:
        await admin.delete(f"{API}/users/dispatcher")
    answer = await program.get(f"{API}/view")
    assert (answer.status_code, answer.json()["code"]) == (401, "not-logged-in")


async def test_nobody_revokes_a_token_of_somebody_else(up: Up) -> None:
    client, other = await up.logged_in(), await up.logged_in("viewer")
    program = up.program()
    ident = (await client.get(f"{API}/users/dispatcher/tokens")).json()[0]["id"]
    assert (await other.delete(f"{API}/users/dispatcher/tokens/{ident}")).status_code == 403
    assert (await other.delete(f"{API}/users/viewer/tokens/{ident}")).status_code == 404
    assert (await program.get(f"{API}/view")).status_code == 200


@pytest.mark.parametrize("sent", ["gridops_", "x" * 5_000, "Basic eDp5", "gridops_\xff"])
async def test_what_is_no_token_opens_nothing(up: Up, sent: str) -> None:
    headers = {"Authorization": f"Bearer {sent}".encode("latin-1")}
    answer = await up.client().get(f"{API}/view", headers=headers)
    assert answer.status_code == 401


async def test_a_session_token_is_no_bearer_and_the_other_way_round(up: Up) -> None:
    client, program = await up.logged_in(), up.program()
    crossed = {"Authorization": f"Bearer {client.cookies[COOKIE]}"}
    assert (await up.client().get(f"{API}/view", headers=crossed)).status_code == 401
    thief = up.client()
    thief.cookies.set(COOKIE, program.headers["Authorization"].removeprefix("Bearer "))
    assert (await thief.get(f"{API}/view")).status_code == 401


def test_what_is_in_the_setting_is_what_people_are_called() -> None:
    assert {one.name: one.role.value for one in ACCOUNTS} == {role: role for role in PASSWORDS}
    assert all(isinstance(one, Account) for one in ACCOUNTS)


# what the core knows of people


def entitled(up: Up) -> list[tuple[object, ...]]:
    return [(b["user"], b["role"], b["areas"]) for b in bodies(up, "PersonEntitled")]


async def test_who_is_entitled_stands_in_the_journal_once(tmp_path: Path) -> None:
    everybody = [(role, role, []) for role in sorted(PASSWORDS)]
    async with serving(tmp_path, with_field=False) as up:
        await eventually(lambda: up.room.epoch == 1)
        assert entitled(up) == everybody
    async with serving(tmp_path, with_field=False) as up:
        await eventually(lambda: up.room.epoch == 2)
        assert entitled(up) == everybody  # nothing is new to it
        of_another_process(tmp_path).remove(UserName("engineer"))
        dispatcher = await up.logged_in()
        assert (await dispatcher.post(f"{API}/tags", json=TAG)).status_code == 201
        assert entitled(up) == [*everybody, ("engineer", None, [])]
        written = [entry.record.kind for entry in up.room.journal.entries()]
        assert written.index("TagPlaced") > len(written) - 1 - written[::-1].index("PersonEntitled")
        assert "argon2" not in str(bodies(up, "PersonEntitled"))


async def test_i21_nobody_acts_outside_their_area(up: Up) -> None:
    admin = await up.logged_in("admin")
    made = await admin.post(f"{API}/users", json={**LAN, "areas": ["Fb1"]})
    assert (made.status_code, made.json()["areas"]) == (201, ["Fb1"])
    lan = await logged_in_as_lan(up)
    assert (await lan.post(f"{API}/tags", json=TAG)).status_code == 201
    for act, body in (("tags", {**TAG, "switch": "t1"}), ("tags", {**TAG, "switch": "b2"})):
        answer = await lan.post(f"{API}/{act}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside-area")
        assert answer.json()["reason"]["code"] == "outside-area"
    wider = {"role": "dispatcher", "areas": ["Fb2", "Fb1"]}
    answer = await admin.put(f"{API}/users/lan/role", json=wider)
    assert answer.json()["areas"] == ["Fb1", "Fb2"]
    assert (await lan.post(f"{API}/tags", json={**TAG, "switch": "t1"})).status_code == 401
    lan = await logged_in_as_lan(up)
    assert (await lan.post(f"{API}/tags", json={**TAG, "switch": "t1"})).status_code == 201
    kept = await admin.put(f"{API}/users/lan/role", json={"role": "shift_lead"})
    assert kept.json()["areas"] == ["Fb1", "Fb2"]


async def test_an_area_that_the_grid_does_not_have_is_refused(up: Up) -> None:
    admin = await up.logged_in("admin")
    for answer in (
        await admin.post(f"{API}/users", json={**LAN, "areas": ["Fb9"]}),
        await admin.put(f"{API}/users/viewer/role", json={"role": "viewer", "areas": ["Fb9"]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "account-refused")
    assert len((await admin.get(f"{API}/users")).json()) == len(PASSWORDS)


async def test_another_password_leaves_the_areas(up: Up) -> None:
    admin = await up.logged_in("admin")
    await admin.post(f"{API}/users", json={**LAN, "areas": ["Fb1"]})
    word = {"password": "năm cột dưới đồi"}
    assert (await admin.put(f"{API}/users/lan/password", json=word)).status_code == 204
    (lan,) = [u for u in (await admin.get(f"{API}/users")).json() if u["name"] == "lan"]
    assert lan["areas"] == ["Fb1"]
