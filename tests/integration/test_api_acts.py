"""A dispatcher's acts over HTTP, on a field that answers: each once, by name, in the journal."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_setting import API, QUICK, RING, Up, eventually, incident_when, position_of, serving
from prometheus_client.parser import text_string_to_metric_families

from gridops.adapters.metrics import METRICS
from gridops.api.shapes import IncidentShape
from gridops.api.view_shape import ViewShape
from gridops.ids import LinkId, SwitchId
from gridops.incident import IncidentSettings
from gridops.measurement import Position
from gridops.network import Control, build_network, draw

TAG = {"switch": "s1", "kind": "no_close", "reason": "crew at work"}


def kinds(up: Up) -> list[str]:
    return [entry.record.kind for entry in up.room.journal.entries()]


async def release(
    client: httpx.AsyncClient, one: dict[str, Any], *, key: str | None = None, **other: str
) -> httpx.Response:
    body = {"plan": one["plan"]["id"], "fingerprint": one["plan"]["fingerprint"], **other}
    headers = {"Idempotency-Key": key} if key else {}
    return await client.post(f"{API}/incidents/{one['id']}/release", json=body, headers=headers)


# the main job


async def test_a_released_plan_brings_the_customers_back(up: Up) -> None:
    one = await up.struck()
    IncidentShape.model_validate(one)
    assert one["release"]["allowed"], one["release"]["why_not"]
    assert one["location"]["suspected"] == ["SA", "SB"]  # s1 may be wrong
    client = await up.logged_in()
    answer = await release(client, one)
    assert answer.status_code == 200
    assert answer.json()["phase"] == "executing"
    IncidentShape.model_validate(answer.json())
    done = await incident_when(client, lambda card: card["phase"] == "restored")
    assert {step["state"] for step in done["plan"]["steps"]} <= {
        "completed", "previously_completed",
    }  # fmt: skip
    assert position_of(up, "t1") is Position.CLOSED
    assert position_of(up, "s2") is Position.OPEN
    view = (await client.get(f"{API}/view")).json()
    ViewShape.model_validate(view)
    assert view["sections"]["SA"]["state"] == "isolated"
    assert view["sections"]["SC"]["state"] == "supplied"
    assert view["system"]["customers_out"] == 200
    released = [e for e in up.room.journal.entries() if e.record.kind == "PlanReleased"]
    assert [entry.record.body["by"] for entry in released] == ["dispatcher"]
    behind = (await client.get(f"{API}/indices/counted")).json()
    assert {row["load"] for row in behind["interruptions"]} == {"A", "B", "C"}


async def test_the_same_release_twice_starts_one_plan_and_answers_alike(up: Up) -> None:
    one = await up.struck()
    client = await up.logged_in()
    first, second = await asyncio.gather(
        release(client, one, key="once"), release(client, one, key="once")
    )
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    await incident_when(client, lambda card: card["phase"] == "restored")
    again = await release(client, one, key="once")
    assert again.json() == first.json()
    assert kinds(up).count("PlanReleased") == 1
    other = await release(client, one, key="other")
    assert (other.status_code, other.json()["code"]) == (409, "release-refused")
    why = {"plan": one["plan"]["id"], "why": "nothing-proposed"}
    assert other.json()["reason"] == {"code": "release-refused", "params": why}


async def test_a_key_is_for_one_act_of_one_user(up: Up) -> None:
    one = await up.struck()
    client = await up.logged_in()
    refused = await release(client, one, key="k", fingerprint="another")
    assert (refused.status_code, refused.json()["code"]) == (409, "release-refused")
    assert (await release(client, one, key="k")).status_code == 200  # a refusal is not kept
    reused = await release(client, one, key="k", fingerprint="another")
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency-key-reused")
    colleague = await up.logged_in("shift_lead")
    assert (await release(colleague, one, key="k")).status_code == 409


@pytest.mark.parametrize("wrong", [{"fingerprint": "0" * 64}, {"plan": "I1/P9"}])
async def test_only_the_plan_on_the_screen_is_released(up: Up, wrong: dict[str, str]) -> None:
    one = await up.struck()
    client = await up.logged_in()
    answer = await release(client, one, **wrong)
    assert (answer.status_code, answer.json()["code"]) == (409, "release-refused")
    assert answer.json()["remedy"]
    assert "PlanReleased" not in kinds(up)


async def test_a_tag_on_the_way_voids_the_plan_that_was_on_the_screen(up: Up) -> None:
    one = await up.struck()
    client = await up.logged_in()
    placed = await client.post(f"{API}/tags", json={**TAG, "switch": "t1"})
    assert placed.status_code == 201
    card = await incident_when(client, lambda c: c["plan"]["id"] != one["plan"]["id"])
    assert "t1" not in card["release"]["closes"]
    assert (await release(client, one)).status_code == 409


async def test_halt_replan_and_repair_are_taken_and_noted(up: Up) -> None:
    one = await up.struck()
    client = await up.logged_in()
    for verb, kind in (
        ("halt", "IncidentHalted"), ("replan", "ReplanRequested"), ("repaired", "RepairReported"),
        ("accept", "NormalAccepted"),
    ):  # fmt: skip
        answer = await client.post(f"{API}/incidents/{one['id']}/{verb}")
        assert answer.status_code == 200, answer.text
        IncidentShape.model_validate(answer.json())
        assert kinds(up).count(kind) == 1
    timeline = [note["code"] for note in answer.json()["timeline"]]
    assert "stopped-by-person" in timeline
    assert "repair-reported" in timeline
    assert timeline[-1] == "accept-refused"


async def test_nothing_is_started_in_a_control_room_that_stands_still(up: Up) -> None:
    one = await up.struck()
    client = await up.logged_in()
    up.worked.cancel()
    await asyncio.gather(up.worked, return_exceptions=True)
    up.clock.ahead += timedelta(seconds=10)
    answer = await release(client, one)
    assert (answer.status_code, answer.json()["code"]) == (503, "control-room-silent")
    assert "PlanReleased" not in kinds(up)
    ready = await client.get("/readyz")
    assert (ready.status_code, "loop-blind" in ready.json()["blind"]) == (503, True)


# tags, modes, switches


async def test_a_tag_is_placed_seen_and_removed(quiet: Up) -> None:
    client = await quiet.logged_in()
    placed = (
        await client.post(f"{API}/tags", json={**TAG, "reason": "  Tổ 3, đường dây 471 "})
    ).json()
    assert {**placed, "id": "", "placed_at": ""} == {
        "id": "", "placed_at": "", "switch": "s1", "kind": "no_close", "by": "dispatcher",
        "reason": "Tổ 3, đường dây 471",
    }  # fmt: skip
    assert (await client.get(f"{API}/tags")).json() == [placed]
    shown = (await client.get(f"{API}/switches")).json()["s1"]["tags"]
    assert shown == [{key: value for key, value in placed.items() if key != "switch"}]
    assert (await client.delete(f"{API}/tags/{placed['id']}")).status_code == 204
    assert (await client.get(f"{API}/tags")).json() == []
    assert (await client.delete(f"{API}/tags/{placed['id']}")).status_code == 404
    assert kinds(quiet)[-2:] == ["TagPlaced", "TagRemoved"]


async def test_people_are_let_to_work_on_what_is_surely_dead_and_locked(tmp_path: Path) -> None:
    """s9 ends at a line that nothing feeds."""
    async with serving(tmp_path, network=draw(RING + "\nC (s9) E", change=QUICK)) as up:
        await eventually(lambda: not up.room.desk.state.is_unknown(SwitchId("s9")))
        await _work_is_permitted(up)


async def _work_is_permitted(up: Up) -> None:
    client = await up.logged_in()
    body = {"sections": ["SE"], "isolated_by": ["s9"], "holder": "crew 3", "reason": "insulator"}
    refused = await client.post(f"{API}/permits", json=body)
    assert (refused.status_code, refused.json()["type"]) == (
        409,
        "urn:gridops:problem:permit-refused",
    )
    await client.post(f"{API}/tags", json={**TAG, "switch": "s9"})
    issued = (await client.post(f"{API}/permits", json=body)).json()
    assert (issued["by"], issued["holder"], issued["reason"]) == (
        "dispatcher",
        "crew 3",
        "insulator",
    )
    view = (await client.get(f"{API}/view")).json()
    ViewShape.model_validate(view)
    assert view["work"]["permits"] == [issued]
    gone = f"{API}/permits/{issued['id']}"
    assert (await client.delete(gone)).status_code == 422  # without a reason
    assert (await client.delete(f"{gone}?reason=done")).status_code == 204
    assert (await client.delete(f"{gone}?reason=done")).status_code == 404
    assert [k for k in kinds(up) if k.startswith("Permit")] == ["PermitIssued", "PermitReturned"]


async def test_reclosing_and_phases_are_reported_and_taken_back(quiet: Up) -> None:
    client = await quiet.logged_in()
    address = f"{API}/switches/b1/reclosing"
    said = (await client.put(address, json={"on": True, "reason": "relay"})).json()
    assert said["reclosing"]["b1"]["reason"] == "relay"
    address, body = f"{API}/sections/SA/phasing", {"verified": False, "reason": "joint"}
    said = (await client.put(address, json=body)).json()
    assert said["phasing"]["SA"]["by"] == "dispatcher"
    blockers = (await client.get(f"{API}/view")).json()["feeders"]["Fb1"]["blockers"]
    assert {"reclosing", "phasing"} <= {one["kind"] for one in blockers}
    said = (await client.put(address, json={**body, "verified": True})).json()
    assert said["phasing"] == {}
    assert (await client.put(f"{API}/sections/S9/phasing", json=body)).status_code == 404


async def test_the_same_tag_sent_twice_hangs_once(quiet: Up) -> None:
    client = await quiet.logged_in()
    key = {"Idempotency-Key": "tag"}
    one, two = [await client.post(f"{API}/tags", json=TAG, headers=key) for _ in range(2)]
    assert one.json() == two.json()
    assert one.status_code == two.status_code == 201
    assert len((await client.get(f"{API}/tags")).json()) == 1
    off = {"Idempotency-Key": "off"}
    tag = one.json()["id"]
    statuses = [
        (await client.delete(f"{API}/tags/{tag}", headers=off)).status_code for _ in range(2)
    ]
    assert statuses == [204, 204]


async def test_modes_are_set_for_the_system_and_for_a_feeder(quiet: Up) -> None:
    client = await quiet.logged_in()
    feeders = [row["id"] for row in (await client.get(f"{API}/feeders")).json()]
    assert feeders == ["Fb1", "Fb2"]

    async def shown() -> tuple[str, list[str]]:
        view = (await client.get(f"{API}/view")).json()
        return view["system"]["mode"], [view["feeders"][f]["mode"] for f in feeders]

    assert await shown() == ("advisory", ["advisory", "advisory"])
    one = await client.put(f"{API}/modes", json={"feeder": "Fb1", "mode": "disabled"})
    assert (one.json()["feeder"], one.json()["mode"]) == ("Fb1", "disabled")
    assert await shown() == ("advisory", ["disabled", "advisory"])
    await client.put(f"{API}/modes", json={"feeder": None, "mode": "restore_only"})
    assert await shown() == ("restore_only", ["disabled", "restore_only"])


async def test_an_announced_opening_is_planned_work_and_no_fault(up: Up) -> None:
    client = await up.logged_in()
    answer = await client.post(f"{API}/switches/s1/announce", json={"position": "open"})
    assert answer.status_code == 200
    assert answer.json()["position"] == "closed"  # announced, not done
    assert up.field is not None
    up.field.operate_by_hand("s1", Position.OPEN, at=max(up.clock.now(), up.field.now))
    card = await incident_when(client, lambda one: one["concluded_at"] is not None)
    assert card["cause"] == "planned"


async def test_a_position_is_reported_only_where_no_telemetry_speaks(tmp_path: Path) -> None:
    grid = draw(RING, change={**QUICK, "t1": {"control": Control.CREW}})
    parts = grid.components
    silent = [p for p in parts.points if p.element != "t1"]
    network = build_network(replace(parts, points=tuple(silent)))
    async with serving(tmp_path, network=network) as up:
        client = await up.logged_in()
        refused = await client.post(f"{API}/switches/s1/position", json={"position": "open"})
        assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")
        taken = await client.post(f"{API}/switches/t1/position", json={"position": "closed"})
        assert taken.status_code == 200
        assert taken.json()["position"] == "closed"


# operation


async def test_alive_and_ready(up: Up) -> None:
    client = up.client()
    assert (await client.get("/livez")).json() == {"status": "alive", "training": False}
    assert (await client.get("/readyz")).json() == {"status": "ready", "blind": []}
    assert up.field is not None
    up.field.cut_link(LinkId("rtu"), max(up.clock.now(), up.field.now))
    await eventually(lambda: bool(up.service.blind()))
    down = await client.get("/readyz")
    assert (down.status_code, down.json()) == (503, {"status": "blind", "blind": ["links-blind"]})
    assert (await client.get("/livez")).status_code == 200
    seen = (await (await up.logged_in("viewer")).get(f"{API}/view")).json()
    assert seen["system"]["blind"] == [{"code": "links-blind", "params": {"count": 1, "all": 1}}]
    assert seen["system"]["links"][0]["connected"] is False
    up.field.heal_link(LinkId("rtu"), max(up.clock.now(), up.field.now))
    await eventually(lambda: not up.service.blind())
    assert (await client.get("/readyz")).status_code == 200


async def test_metrics_parse_and_hold_the_whole_table(up: Up) -> None:
    await up.struck()
    answer = await up.client().get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {f.name: f for f in text_string_to_metric_families(answer.text)}
    for metric in METRICS:
        name = metric.name.removesuffix("_total") if metric.kind == "counter" else metric.name
        assert families[name].type == metric.kind.value
        assert families[name].documentation
    value = {s.name: s.value for family in families.values() for s in family.samples}
    assert value["gridops_incidents_open"] == 1
    assert value["gridops_customers_out"] == 300
    assert value["gridops_link_connected"] == 1


async def test_execution_that_is_off_is_said_before_and_at_the_release(tmp_path: Path) -> None:
    settings = IncidentSettings(indicator_window_s=0.2, execution_enabled=False)
    async with serving(tmp_path, settings=settings) as up:
        one = await up.struck()
        assert one["release"]["allowed"] is False
        assert {"code": "execution-disabled", "params": {}} in one["release"]["why_not"]
        answer = await release(await up.logged_in(), one)
        assert (answer.status_code, answer.json()["code"]) == (409, "release-refused")
