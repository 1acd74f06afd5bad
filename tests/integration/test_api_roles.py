"""Who may do what: every route against every role. A new route must be put into the table."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from api_setting import API, RING, Up, serving
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount, Route

from gridops.api.app import bare_app
from gridops.network import draw

TAG = {"switch": "s1", "kind": "no_close", "reason": "crew at work"}
EVERYBODY = ("none", "viewer", "dispatcher", "admin")
READERS = EVERYBODY[1:]
ACTORS = EVERYBODY[2:]

MATRIX: dict[tuple[str, str], tuple[str, ...]] = {
    ("POST", f"{API}/session"): EVERYBODY,
    ("GET", f"{API}/session"): READERS,
    ("DELETE", f"{API}/session"): READERS,
    ("GET", f"{API}/grid"): READERS,
    ("GET", f"{API}/view"): READERS,
    ("GET", f"{API}/events"): READERS,
    ("GET", f"{API}/feeders"): READERS,
    ("GET", f"{API}/switches"): READERS,
    ("GET", f"{API}/sections"): READERS,
    ("GET", f"{API}/incidents"): READERS,
    ("GET", f"{API}/incidents/{{incident}}"): READERS,
    ("GET", f"{API}/incidents/{{incident}}/outlook"): READERS,
    ("GET", f"{API}/tags"): READERS,
    ("GET", f"{API}/indices"): READERS,
    ("POST", f"{API}/incidents/{{incident}}/release"): ACTORS,
    ("POST", f"{API}/incidents/{{incident}}/offer"): ACTORS,
    ("POST", f"{API}/incidents/{{incident}}/halt"): ACTORS,
    ("POST", f"{API}/incidents/{{incident}}/replan"): ACTORS,
    ("POST", f"{API}/incidents/{{incident}}/repaired"): ACTORS,
    ("POST", f"{API}/incidents/{{incident}}/accept"): ACTORS,
    ("POST", f"{API}/incidents/{{incident}}/patrols"): ACTORS,
    ("POST", f"{API}/incidents/{{incident}}/trials"): ACTORS,
    ("POST", f"{API}/signals/calls"): ACTORS,
    ("POST", f"{API}/signals/meters"): ACTORS,
    ("POST", f"{API}/tags"): ACTORS,
    ("DELETE", f"{API}/tags/{{tag}}"): ACTORS,
    ("PUT", f"{API}/modes"): ACTORS,
    ("POST", f"{API}/switches/{{switch}}/announce"): ACTORS,
    ("POST", f"{API}/switches/{{switch}}/position"): ACTORS,
    ("GET", "/livez"): EVERYBODY,
    ("HEAD", "/livez"): EVERYBODY,
    ("GET", "/readyz"): EVERYBODY,
    ("HEAD", "/readyz"): EVERYBODY,
    ("GET", "/metrics"): EVERYBODY,
    ("GET", f"{API}/openapi.json"): EVERYBODY,
    ("HEAD", f"{API}/openapi.json"): EVERYBODY,
    ("GET", "/"): EVERYBODY,
    ("HEAD", "/"): EVERYBODY,
    ("GET", "/favicon.svg"): EVERYBODY,
    ("HEAD", "/favicon.svg"): EVERYBODY,
    ("GET", "/assets"): EVERYBODY,
}
BODIES = {
    f"{API}/incidents/{{incident}}/release": {"plan": "P", "fingerprint": "f"},
    f"{API}/incidents/{{incident}}/offer": {"plan": "P", "fingerprint": "f"},
    f"{API}/incidents/{{incident}}/patrols": {"place": "A", "found": False},
    f"{API}/incidents/{{incident}}/trials": {"switch": "s1", "held": True},
    f"{API}/signals/calls": {"calls": [{"load": "A"}]},
    f"{API}/signals/meters": {
        "meters": [{"load": "A", "has_voltage": True, "source_time": "2026-03-01T02:10:00+00:00"}]
    },
    f"{API}/tags": TAG,
    f"{API}/modes": {"feeder": None, "mode": "advisory"},
    f"{API}/switches/{{switch}}/announce": {"position": "open"},
    f"{API}/switches/{{switch}}/position": {"position": "open"},
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
    address = path.format(incident="I1", tag="T1", switch="s1")
    async with client.stream(method, address, json=body) as answer:
        return answer.status_code


@pytest.mark.parametrize("role", EVERYBODY)
async def test_each_role_reaches_what_it_may_and_nothing_else(up: Up, role: str) -> None:
    last = ("DELETE", f"{API}/session")  # it ends the session
    client = up.client() if role == "none" else await up.logged_in(role)
    for method, path in sorted(MATRIX, key=lambda key: (key == last, key)):
        status = await call(client, method, path)
        if role in MATRIX[method, path]:
            expected_refusals = {404, 409, 422} if "{" in path else set()
            own = {401, 422} if (method, path) == ("POST", f"{API}/session") else set()
            fixed = {403} if path.endswith("/position") else set()  # telemetered
            mounted = {404} if path == "/assets" else set()
            allowed = {200, 201, 204} | expected_refusals | own | fixed | mounted
            assert status in allowed, (role, method, path, status)
        else:
            expected = 401 if role == "none" else 403
            assert status == expected, (role, method, path, status)


@pytest.mark.parametrize("role", ["none", "viewer"])
async def test_who_may_not_act_changes_nothing(up: Up, role: str) -> None:
    client = up.client() if role == "none" else await up.logged_in(role)
    before = up.room.journal.last_sequence()
    for method, path in sorted(MATRIX):
        if MATRIX[method, path] == ACTORS:
            assert await call(client, method, path) in (401, 403)
    assert up.room.journal.last_sequence() == before
