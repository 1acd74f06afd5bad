"""A better plan over HTTP: offered beside the first one, taken by a dispatcher, released."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_setting import API, SETTINGS, Up, eventually, incident_when, serving
from test_api_acts import kinds, release

from gridops.adapters.journal import open_journal
from gridops.api.outlook_view import OutlookShape
from gridops.api.shapes import IncidentShape
from gridops.bootstrap.wiring import engines_of
from gridops.control_room import ControlRoom, Installation
from gridops.network import Network, draw

TEXT = """
S1 [b1] A [s0] K [s1] B (t1) D [b2] S2
D [s2] C (t2) E [b3] S3
K [s3] G (t3) H [b4] S4
"""
"""A fault in A: S4 takes G at once; S2 has no room for B until it hands C on to S3."""
POWER_W = {"A": 1e6, "K": 1e6, "B": 6e6, "C": 6e6, "D": 4e6, "E": 3e6, "G": 1e6, "H": 1e6}
SWITCHES = ("b1", "b2", "b3", "b4", "s0", "s1", "s2", "s3", "t1", "t2", "t3")


def crowded() -> Network:
    quick = {switch: {"operating_time_s": 0.1} for switch in SWITCHES}
    return draw(TEXT, p_w=POWER_W, change=quick)


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with serving(tmp_path, network=crowded()) as running:
        yield running


async def offered(up: Up) -> dict[str, Any]:
    await up.struck()
    return await incident_when(await up.logged_in("viewer"), lambda one: bool(one["offer"]))


async def take(client: httpx.AsyncClient, one: dict[str, Any], **other: str) -> httpx.Response:
    offer = one["offer"]
    body = {"plan": offer["id"], "fingerprint": offer["fingerprint"], **other}
    return await client.post(f"{API}/incidents/{one['id']}/offer", json=body)


async def test_the_better_plan_is_offered_taken_and_carried_out(up: Up) -> None:
    one = await offered(up)
    IncidentShape.model_validate(one)
    assert [step["switch"] for step in one["plan"]["steps"]] == ["s1", "s3", "t3"]
    offer = one["offer"]
    assert offer["closes"] == ["t3", "t2", "t1"]
    assert (offer["customers"], offer["customers_more"], offer["steps_more"]) == (200, 100, 3)
    assert offer["customers_interrupted"] == 100
    assert offer["minutes_fewer"] > 0
    client = await up.logged_in()
    answer = await take(client, one)
    assert answer.status_code == 200
    taken = answer.json()
    IncidentShape.model_validate(taken)
    assert (taken["plan"]["id"], taken["offer"]) == (offer["id"], None)
    assert taken["phase"] == "proposed"
    assert "CommandIssued" not in kinds(up)
    assert (await release(client, taken)).status_code == 200
    done = await incident_when(client, lambda card: card["phase"] == "restored")
    assert done["customers_out"] == 200
    assert kinds(up).count("OfferTaken") == 1


async def test_only_what_is_offered_can_be_taken_and_only_by_a_dispatcher(up: Up) -> None:
    one = await offered(up)
    viewer, client = await up.logged_in("viewer"), await up.logged_in()
    assert (await take(viewer, one)).status_code == 403
    wrong = await take(client, one, fingerprint="another")
    assert wrong.status_code == 409
    assert wrong.json()["type"] == "urn:gridops:problem:release-refused"
    assert (await release(client, one)).status_code == 200
    late = await take(client, one)
    assert late.status_code == 409
    assert "OfferTaken" not in kinds(up)


async def test_what_stands_around_the_plan_can_be_read(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A first plan that took long on a busy machine leaves time for a look at fewer steps.
    monkeypatch.setattr("gridops.control_room.solving.LOOK_S_MAX", 600.0)
    one = await offered(up)
    client = await up.logged_in("viewer")

    async def looked() -> dict[str, Any]:
        answer = await client.get(f"{API}/incidents/{one['id']}/outlook")
        assert answer.status_code == 200
        OutlookShape.model_validate(answer.json())
        found: dict[str, Any] = answer.json()
        return found

    await eventually(
        lambda: up.service.loop.solving.outlook_of(one["plan"]["id"], one["id"]) is not None, 20
    )
    outlook = await looked()
    assert (outlook["plan"], outlook["ready"]) == (one["plan"]["id"], True)
    assert {branch["step"] for branch in outlook["branches"]} == {1, 2, 3}
    first = outlook["branches"][0]["what"]
    assert (first["code"], first["params"]["switch"]) == ("step-would-refuse", "s1")
    assert (await client.get(f"{API}/incidents/I9/outlook")).status_code == 404


async def test_another_room_on_the_same_journal_offers_and_takes_the_same(
    up: Up, tmp_path: Path
) -> None:
    one = await offered(up)
    client = await up.logged_in()
    assert (await take(client, one)).status_code == 200
    assert repr(_another(tmp_path).desk.incidents) == repr(up.room.desk.incidents)


def _another(folder: Path) -> ControlRoom:
    network = crowded()
    installation = Installation(
        network=network, grid_fingerprint="f", engines=engines_of(network), settings=SETTINGS
    )
    journal = open_journal(f"sqlite:///{folder}/journal.sqlite", read_only=True)
    try:
        room = ControlRoom(installation, journal)
        room.recover()
    finally:
        journal.close()
    return room
