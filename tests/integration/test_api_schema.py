"""Whatever is sent, the service answers as `docs/openapi.json` says, and never with an error of
its own. Requests are made by schemathesis from that document, in a process of its own."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import pytest
from api_setting import API, Up, serving

from gridops.api.service import COOKIE
from gridops.bootstrap import connections, service
from gridops.control_room.books import Books
from gridops.errors import AccountRefused

HERE = Path(__file__).parent
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "use_after_free",
)
NEVER_ENDS = f"GET {API}/events"
LOGS_OUT = f"DELETE {API}/session"
WHO = f"GET {API}/session"
"""Takes nothing but the cookie, which the runs below send even where it is to be missing."""

BY_PERSONS = {
    "IncidentHalted",
    "ModeChanged",
    "PatrolReported",
    "ReplanRequested",
    "SheetDrawn",
    "SwitchingAnnounced",
    "TagPlaced",
    "TroubleReported",
}


@pytest.fixture(autouse=True)
def kept_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who thinks for longer than a service keeps a connection, and asks at the very moment at which
    it closes, hears nothing: schemathesis calls that an error of the network."""
    monkeypatch.setattr(service, "IDLE_S_MAX", 300)
    monkeypatch.setattr(connections, "HEAD_S_MAX", 300.0)


async def schemathesis(
    up: Up, *options: str, folder: Path, leaving_out: Sequence[str] = ()
) -> tuple[int, str]:
    """(exit code, report) of one run over the whole document."""
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{up.address}{API}/openapi.json",
        "--checks", ",".join(CHECKS), "--seed", "1", "--continue-on-failure", "--no-color",
        "--warnings", "off", "--request-timeout", "120", "--suppress-health-check", "all",
        *(f"--exclude-name={name}" for name in leaving_out), *options,
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command,
        env=_environment(up),
        cwd=folder,  # it leaves files where it runs
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


def _environment(up: Up) -> Mapping[str, str]:
    network = up.room.network
    known = {
        "incident": list(up.room.desk.incidents),
        "switch": list(network.switches),
        "feeder": ["Fb1", "Fb2"],
        "place": ["A", "B", "s1"],
        "load": list(network.loads),
        "sheet": list(up.room.desk.sheets.sheets),
        "template": [template.id for template in up.service.templates],
        "user": ["viewer", "dispatcher"],
    }
    return {
        **os.environ,
        "PYTHONPATH": f"{HERE}:{os.environ.get('PYTHONPATH', '')}",
        "SCHEMATHESIS_HOOKS": "schema_ids",
        "GRIDOPS_TEST_IDS": json.dumps(known),
    }


EVERYTHING = "examples,coverage,fuzzing"
SHALLOW = ("--phases", "fuzzing", "--max-examples", "4")
QUICK = ("--phases", EVERYTHING, "--max-examples", "2")
ACTS = ("--phases", "examples,fuzzing", "--max-examples", "10")
LONG = ("--phases", EVERYTHING, "--max-examples", "400")
LONG_RUN = pytest.param(LONG, id="long", marks=pytest.mark.slow)


@pytest.mark.parametrize("effort", [pytest.param(SHALLOW, id="quick"), LONG_RUN])
async def test_whoever_has_no_session_hears_only_what_is_documented(
    tmp_path: Path, effort: tuple[str, ...]
) -> None:
    async with serving(tmp_path) as up:
        before = up.room.journal.last_sequence()
        code, said = await schemathesis(up, *effort, folder=tmp_path, leaving_out=[NEVER_ENDS])
        assert code == 0, said
        acts = {entry.record.kind for entry in up.room.journal.entries(after=before)}
        assert not acts & BY_PERSONS


@pytest.mark.parametrize("effort", [pytest.param(ACTS, id="quick"), LONG_RUN])
async def test_whoever_acts_hears_only_what_is_documented(
    tmp_path: Path, effort: tuple[str, ...]
) -> None:
    async with serving(tmp_path) as up:
        await up.struck()
        client = await up.logged_in("shift_lead")
        draft = {"title": "x", "steps": [{"act": "note", "by": "crew", "text": "x"}]}
        assert (await client.post(f"{API}/sheets", json=draft)).status_code == 201
        code, said = await schemathesis(
            up,
            *cookie_of(client),
            *effort,
            folder=tmp_path,
            leaving_out=[NEVER_ENDS, LOGS_OUT, WHO],
        )
        assert code == 0, said
        assert (await client.get(f"{API}/session")).status_code == 200, "the run lost its session"
        assert not up.worked.done()
        acts = {entry.record.kind for entry in up.room.journal.entries()}
        assert acts >= BY_PERSONS, "the run did not get as far as to act"


@pytest.mark.parametrize("effort", [pytest.param(QUICK, id="quick"), LONG_RUN])
async def test_whoever_makes_users_hears_only_what_is_documented(
    tmp_path: Path, effort: tuple[str, ...]
) -> None:
    async with serving(tmp_path, with_field=False) as up:
        admin = await up.logged_in("admin")
        code, said = await schemathesis(
            up, *cookie_of(admin), *effort, f"--include-path-regex={API}/users", folder=tmp_path
        )
        assert code == 0, said
        left = {one["name"] for one in (await admin.get(f"{API}/users")).json()}
        assert "viewer" not in left, "the run did not get as far as to remove anybody"


def cookie_of(client: httpx.AsyncClient) -> tuple[str, ...]:
    return (
        f"--header=X-CSRF-Token: {client.headers['X-CSRF-Token']}",
        f"--header=Cookie: {COOKIE}={client.cookies[COOKIE]}",
    )


async def test_an_answer_that_is_not_documented_would_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AccountRefused("no")  # 409, which this route never answers with

    async with serving(tmp_path, with_field=False) as up:
        client = await up.logged_in()
        monkeypatch.setattr(Books, "booked", refused)
        code, said = await schemathesis(
            up, *cookie_of(client), *SHALLOW, f"--include-path={API}/indices", folder=tmp_path
        )
    assert code == 1, said
    assert "Undocumented" in said, said
