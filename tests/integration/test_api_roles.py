"""Who may do what: every route against every role. A new route must be put into the table."""

from collections.abc import AsyncIterator
from enum import Enum
from pathlib import Path

import httpx
import pytest
from api_setting import API, RING, Up, serving
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount, Route

from gridops.adapters.clocks import SystemClock
from gridops.api.app import bare_app
from gridops.events.people import PERMISSIONS, Permission, Role
from gridops.network import draw

JUST_NOW = SystemClock().now().isoformat()
TAG = {"switch": "s1", "kind": "no_close", "reason": "crew at work"}


class Open(Enum):
    """Who reaches a route that asks for no permission."""

    TO_ALL = "whoever calls"
    TO_KNOWN = "whoever is logged in"
    TO_SESSIONS = "whoever is logged in with a password"


LOOK, REPORT, SWITCH = Permission.LOOK, Permission.REPORT, Permission.SWITCH
TAGS, MODE, ADMINISTER = Permission.TAG, Permission.MODE, Permission.ADMINISTER
MATRIX: dict[tuple[str, str], Open | Permission] = {
    ("POST", f"{API}/session"): Open.TO_ALL,
    ("GET", f"{API}/session"): Open.TO_SESSIONS,
    ("DELETE", f"{API}/session"): Open.TO_SESSIONS,
    ("GET", f"{API}/grid"): LOOK,
    ("GET", f"{API}/view"): LOOK,
    ("GET", f"{API}/events"): LOOK,
    ("GET", f"{API}/feeders"): LOOK,
    ("GET", f"{API}/switches"): LOOK,
    ("GET", f"{API}/sections"): LOOK,
    ("GET", f"{API}/incidents"): LOOK,
    ("GET", f"{API}/incidents/{{incident}}"): LOOK,
    ("GET", f"{API}/incidents/{{incident}}/outlook"): LOOK,
    ("GET", f"{API}/tags"): LOOK,
    ("GET", f"{API}/modes"): LOOK,
    ("GET", f"{API}/indices"): LOOK,
    ("GET", f"{API}/indices/interruptions"): LOOK,
    ("GET", f"{API}/indices/corrections"): LOOK,
    ("GET", f"{API}/indices/avoided"): LOOK,
    ("GET", f"{API}/indices/scorecard"): LOOK,
    ("POST", f"{API}/indices/corrections"): Permission.CORRECT,
    ("GET", f"{API}/indices/counted"): LOOK,
    ("GET", f"{API}/indices/report"): LOOK,
    ("GET", f"{API}/indices/rulesets"): LOOK,
    ("GET", f"{API}/history"): LOOK,
    ("GET", f"{API}/history/{{incident}}"): LOOK,
    ("GET", f"{API}/history/view"): LOOK,
    ("GET", f"{API}/history/grid/{{fingerprint}}"): LOOK,
    ("POST", f"{API}/incidents/{{incident}}/release"): SWITCH,
    ("POST", f"{API}/incidents/{{incident}}/approve"): SWITCH,
    ("POST", f"{API}/incidents/{{incident}}/offer"): SWITCH,
    ("POST", f"{API}/incidents/{{incident}}/halt"): SWITCH,
    ("POST", f"{API}/incidents/{{incident}}/replan"): SWITCH,
    ("POST", f"{API}/incidents/{{incident}}/accept"): SWITCH,
    ("POST", f"{API}/incidents/{{incident}}/repaired"): REPORT,
    ("POST", f"{API}/incidents/{{incident}}/patrols"): REPORT,
    ("POST", f"{API}/incidents/{{incident}}/trials"): REPORT,
    ("POST", f"{API}/signals/calls"): REPORT,
    ("POST", f"{API}/signals/meters"): REPORT,
    ("GET", f"{API}/alarms"): LOOK,
    ("POST", f"{API}/alarms/acknowledge"): Permission.ALARM,
    ("POST", f"{API}/alarms/shelve"): Permission.ALARM,
    ("POST", f"{API}/alarms/unshelve"): Permission.ALARM,
    ("POST", f"{API}/tags"): TAGS,
    ("DELETE", f"{API}/tags/{{tag}}"): TAGS,
    ("POST", f"{API}/permits"): TAGS,
    ("DELETE", f"{API}/permits/{{permit}}"): TAGS,
    ("PUT", f"{API}/switches/{{switch}}/reclosing"): TAGS,
    ("PUT", f"{API}/sections/{{section}}/phasing"): TAGS,
    ("PUT", f"{API}/modes"): MODE,
    ("POST", f"{API}/feeders/{{feeder}}/automation"): Permission.AUTOMATE,
    ("POST", f"{API}/switches/{{switch}}/announce"): SWITCH,
    ("POST", f"{API}/switches/{{switch}}/position"): REPORT,
    ("GET", f"{API}/sheets"): LOOK,
    ("POST", f"{API}/sheets"): SWITCH,
    ("POST", f"{API}/sheets/check"): SWITCH,
    ("GET", f"{API}/sheets/templates"): LOOK,
    ("POST", f"{API}/sheets/from-template"): SWITCH,
    ("GET", f"{API}/sheets/{{sheet}}"): LOOK,
    ("PUT", f"{API}/sheets/{{sheet}}"): SWITCH,
    ("GET", f"{API}/sheets/{{sheet}}/print"): LOOK,
    ("POST", f"{API}/sheets/{{sheet}}/approve"): SWITCH,
    ("POST", f"{API}/sheets/{{sheet}}/start"): SWITCH,
    ("POST", f"{API}/sheets/{{sheet}}/stop"): SWITCH,
    ("POST", f"{API}/sheets/{{sheet}}/withdraw"): SWITCH,
    ("POST", f"{API}/sheets/{{sheet}}/steps/{{number}}/instruct"): SWITCH,
    ("POST", f"{API}/sheets/{{sheet}}/steps/{{number}}/report"): REPORT,
    ("GET", f"{API}/users"): ADMINISTER,
    ("GET", f"{API}/audit"): ADMINISTER,
    ("POST", f"{API}/users"): ADMINISTER,
    ("PUT", f"{API}/users/{{user}}/role"): ADMINISTER,
    ("PUT", f"{API}/users/{{user}}/password"): ADMINISTER,
    ("DELETE", f"{API}/users/{{user}}"): ADMINISTER,
    ("GET", f"{API}/users/{{user}}/tokens"): ADMINISTER,
    ("POST", f"{API}/users/{{user}}/tokens"): Open.TO_SESSIONS,
    ("DELETE", f"{API}/users/{{user}}/tokens/{{token_id}}"): ADMINISTER,
    ("GET", f"{API}/training"): LOOK,
    ("POST", f"{API}/studies"): LOOK,
    ("POST", f"{API}/studies/played"): LOOK,
    ("GET", f"{API}/public/outages"): Open.TO_ALL,
    ("GET", "/public"): Open.TO_ALL,
    ("HEAD", "/public"): Open.TO_ALL,
    ("GET", "/robots.txt"): Open.TO_ALL,
    ("GET", "/paper/public.css"): Open.TO_ALL,
    ("HEAD", "/paper/public.css"): Open.TO_ALL,
    ("GET", "/livez"): Open.TO_ALL,
    ("HEAD", "/livez"): Open.TO_ALL,
    ("GET", "/readyz"): Open.TO_ALL,
    ("HEAD", "/readyz"): Open.TO_ALL,
    ("GET", "/metrics"): Open.TO_ALL,
    ("GET", f"{API}/openapi.json"): Open.TO_ALL,
    ("HEAD", f"{API}/openapi.json"): Open.TO_ALL,
    ("GET", "/"): Open.TO_ALL,
    ("HEAD", "/"): Open.TO_ALL,
    ("GET", "/favicon.svg"): Open.TO_ALL,
    ("HEAD", "/favicon.svg"): Open.TO_ALL,
    ("GET", "/assets"): Open.TO_ALL,
    ("GET", "/paper/sheet.css"): Open.TO_ALL,
    ("HEAD", "/paper/sheet.css"): Open.TO_ALL,
}
"""What each route asks for. `{user}` is somebody else here; their own password and tokens are
everybody's business, see test_api_users.py."""
DRAFT = {"title": "s2 out", "steps": [{"act": "open", "by": "remote", "switch": "s2"}]}
BODIES: dict[str, dict[str, object]] = {
    f"{API}/studies": {"faults": ["A"]},
    f"{API}/studies/played": {"faults": ["A"]},
    f"{API}/sheets": DRAFT,
    f"{API}/sheets/check": DRAFT,
    f"{API}/sheets/from-template": {"template": "open_switch", "chosen": {"switch": "s2"}},
    f"{API}/sheets/{{sheet}}": DRAFT,
    f"{API}/sheets/{{sheet}}/approve": {"fingerprint": "f"},
    f"{API}/sheets/{{sheet}}/start": {"fingerprint": "f"},
    f"{API}/sheets/{{sheet}}/steps/{{number}}/instruct": {"receiver": "crew 2"},
    f"{API}/sheets/{{sheet}}/steps/{{number}}/report": {"done": True},
    f"{API}/indices/corrections": {"reason": "log", "interruption": "A~1", "cause": "wind"},
    f"{API}/incidents/{{incident}}/release": {"plan": "P", "fingerprint": "f"},
    f"{API}/incidents/{{incident}}/approve": {"plan": "P", "fingerprint": "f"},
    f"{API}/feeders/{{feeder}}/automation": {"reason": "looked into"},
    f"{API}/incidents/{{incident}}/offer": {"plan": "P", "fingerprint": "f"},
    f"{API}/incidents/{{incident}}/patrols": {"place": "A", "found": False},
    f"{API}/incidents/{{incident}}/trials": {"switch": "s1", "held": True},
    f"{API}/signals/calls": {"calls": [{"load": "A"}]},
    f"{API}/signals/meters": {
        "meters": [
            {"load": "A", "has_voltage": True, "source_time": SystemClock().now().isoformat()}
        ]
    },
    f"{API}/alarms/acknowledge": {"alarm": "link:none", "seen": 0},
    f"{API}/alarms/shelve": {"alarm": "link:none", "seen": 0, "minutes": 5, "reason": "told"},
    f"{API}/alarms/unshelve": {"alarm": "link:none"},
    f"{API}/tags": TAG,
    f"{API}/permits": {
        "sections": ["SA"],
        "isolated_by": ["s1"],
        "holder": "crew 3",
        "reason": "work",
    },
    f"{API}/switches/{{switch}}/reclosing": {"on": False, "reason": "blocked"},
    f"{API}/sections/{{section}}/phasing": {"verified": True, "reason": "checked"},
    f"{API}/modes": {"feeder": None, "mode": "advisory"},
    f"{API}/switches/{{switch}}/announce": {"position": "open"},
    f"{API}/switches/{{switch}}/position": {"position": "open"},
    f"{API}/users": {"name": "lan", "role": "viewer", "password": "short"},
    f"{API}/users/{{user}}/role": {"role": "viewer"},
    f"{API}/users/{{user}}/password": {"password": "short"},
    f"{API}/users/{{user}}/tokens": {"name": "x", "scopes": ["look"]},
}


def routes() -> set[tuple[str, str]]:
    found = set()
    for context in iter_route_contexts(bare_app().routes):
        route = context.original_route
        if isinstance(route, Mount):
            found.add(("GET", context.path or ""))
        else:
            assert isinstance(route, APIRoute | Route), "a new kind of route"
            found |= {(method, str(context.path)) for method in context.methods or ()}
    return found


def test_every_route_stands_in_the_table() -> None:
    assert routes() == set(MATRIX)


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with serving(tmp_path, network=draw(RING), with_field=False) as running:
        yield running


async def call(client: httpx.AsyncClient, method: str, path: str) -> int:
    body = BODIES.get(path) if method in ("POST", "PUT") else None
    address = path.format(
        incident="I1",
        tag="T1",
        switch="s1",
        feeder="Fb1",
        user="nobody",
        token_id="t1",
        section="SA",
        permit="W1",
        sheet="P9",
        number=1,
        fingerprint="f",
    )
    async with client.stream(method, address, json=body) as answer:
        return answer.status_code


REACHED = {200, 201, 204}
OF_ITS_OWN = {
    ("POST", f"{API}/session"): {401, 422},
    ("POST", f"{API}/switches/{{switch}}/position"): {403},  # it has telemetry
    ("GET", "/assets"): {404},
    ("POST", f"{API}/studies"): {404},  # there is nobody to answer them
    ("POST", f"{API}/studies/played"): {404},
    ("GET", f"{API}/history/view"): {422},  # of no moment
    ("GET", f"{API}/training"): {404},  # nobody is trained
    ("GET", f"{API}/public/outages"): {404},  # no setting has opened it
    ("GET", "/public"): {404},
    ("HEAD", "/public"): {404},
    ("POST", f"{API}/users"): {409},
    ("POST", f"{API}/permits"): {409},  # nothing is isolated
    ("POST", f"{API}/indices/corrections"): {404},  # nobody was without supply
    ("POST", f"{API}/alarms/acknowledge"): {404},  # there is no such alarm
    ("POST", f"{API}/alarms/shelve"): {404},
    ("POST", f"{API}/alarms/unshelve"): {404},
}
"""What a route answers to whom it lets in, for reasons of its own."""


def is_let_in(status: int, route: tuple[str, str]) -> bool:
    about_an_id = {404, 409, 422} if "{" in route[1] else set()
    return status in REACHED | about_an_id | OF_ITS_OWN.get(route, set())


def last(route: tuple[str, str]) -> bool:
    """It ends the session."""
    return route == ("DELETE", f"{API}/session")


async def test_without_a_login_nothing_but_the_open_routes_is_reached(up: Up) -> None:
    client = up.client()
    for route, needed in MATRIX.items():
        status = await call(client, *route)
        if needed is Open.TO_ALL:
            assert is_let_in(status, route), (route, status)
        else:
            assert status == 401, (route, status)


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_reaches_what_it_may_and_nothing_else(up: Up, role: Role) -> None:
    client = await up.logged_in(role)
    for route in sorted(MATRIX, key=lambda one: (last(one), one)):
        needed = MATRIX[route]
        status = await call(client, *route)
        if isinstance(needed, Open) or needed in PERMISSIONS[role]:
            assert is_let_in(status, route), (role, route, status)
        else:
            assert status == 403, (role, route, status)


@pytest.mark.parametrize("role", list(Role))
async def test_a_token_reaches_what_role_and_scope_both_allow(up: Up, role: Role) -> None:
    for scope in Permission:
        client = up.program(role, scope)
        for route, needed in MATRIX.items():
            status = await call(client, *route)
            if needed is Open.TO_SESSIONS:
                assert status == 401, (role, scope, route, status)
            elif isinstance(needed, Open) or (needed is scope and needed in PERMISSIONS[role]):
                assert is_let_in(status, route), (role, scope, route, status)
            else:
                assert status == 403, (role, scope, route, status)


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.SHIFT_LEAD])
async def test_the_mode_automatic_is_for_the_shift_lead(up: Up, role: Role) -> None:
    client = await up.logged_in(role)
    answer = await client.put(f"{API}/modes", json={"feeder": None, "mode": "automatic"})
    assert answer.status_code == (200 if role is Role.SHIFT_LEAD else 403)


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.ENGINEER, Role.ADMIN])
async def test_who_may_not_act_changes_nothing(up: Up, role: Role | None) -> None:
    client = up.client() if role is None else await up.logged_in(role)
    may = frozenset() if role is None else PERMISSIONS[role]
    before = up.room.journal.last_sequence()
    for route, needed in MATRIX.items():
        if route[0] != "GET" and isinstance(needed, Permission) and needed not in may:
            assert await call(client, *route) in (401, 403)
    assert up.room.journal.last_sequence() == before
