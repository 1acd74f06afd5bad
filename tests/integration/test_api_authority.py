"""Modes, latches, tags and two people for a release, over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_setting import API, SETTINGS, Up, bodies, incident_when, serving
from prometheus_client.parser import text_string_to_metric_families

from gridops.api.shapes import FeederShape, IncidentShape, ModeSet, ModesShape
from gridops.api.view_shape import ViewShape
from gridops.events.people import Permission


async def put(client: httpx.AsyncClient, mode: str, feeder: str | None = None) -> dict[str, Any]:
    body = {"feeder": feeder, "mode": mode, "reason": "line work"}
    answer = await client.put(f"{API}/modes", json=body)
    assert answer.status_code == 200, answer.text
    ModeSet.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


async def feeder_of(client: httpx.AsyncClient, feeder: str = "Fb1") -> dict[str, Any]:
    view = (await client.get(f"{API}/view")).json()
    ViewShape.model_validate(view)
    found: dict[str, Any] = view["feeders"][feeder]
    return found


async def test_modes_are_told_with_who_set_them_and_why(quiet: Up) -> None:
    client = await quiet.logged_in()
    first = (await client.get(f"{API}/modes")).json()
    ModesShape.model_validate(first)
    assert first["system"]["by"] is None
    said = await put(client, "disabled", "Fb1")
    assert (said["by"], said["reason"]) == ("dispatcher", "line work")
    told = (await client.get(f"{API}/modes")).json()
    ModesShape.model_validate(told)
    one, other = told["feeders"]
    assert (one["set"], one["effective"]) == (said, "disabled")
    assert (other["set"], other["effective"]) == (None, "advisory")
    assert told["load_shed"] is None
    live = await feeder_of(client)
    assert live["blockers"][0]["kind"] == "mode"
    assert live["blockers"][0]["by"] == "dispatcher"


async def test_a_mode_needs_no_reason_and_an_old_client_sends_none(quiet: Up) -> None:
    client = await quiet.logged_in()
    answer = await client.put(f"{API}/modes", json={"feeder": None, "mode": "disabled"})
    assert (answer.status_code, answer.json()["reason"]) == (200, "")
    assert "reason" not in bodies(quiet, "ModeChanged")[0]


async def latched(up: Up) -> httpx.AsyncClient:
    """Both automatic, and somebody works on Fb1."""
    client = await up.logged_in("shift_lead")
    await put(client, "automatic")
    answer = await client.post(f"{API}/switches/s1/announce", json={"position": "open"})
    assert answer.status_code == 200
    return client


async def test_automation_is_enabled_again_by_the_act_alone(quiet: Up) -> None:
    client = await latched(quiet)
    live = await feeder_of(client)
    kinds = {one["kind"]: one for one in live["blockers"]}
    assert live["automation"] == "blocked"
    assert kinds["latch"]["why"] == {"code": "worked-by-hand", "params": {"device": "s1"}}
    assert kinds["latch"]["by"] == "shift_lead"
    await put(client, "automatic", "Fb1")
    assert (await feeder_of(client))["automation"] == "blocked"
    answer = await client.post(f"{API}/feeders/Fb1/automation", json={"reason": "work is done"})
    assert answer.status_code == 200
    FeederShape.model_validate(answer.json())
    assert "latch" not in {one["kind"] for one in answer.json()["blockers"]}
    (event,) = bodies(quiet, "AutomationEnabled")
    assert (event["by"], event["feeder"], event["reason"]) == ("shift_lead", "Fb1", "work is done")


@pytest.mark.parametrize(
    ("feeder", "body", "status"),
    [("Fb9", {"reason": "x"}, 404), ("Fb1", {"reason": " "}, 422), ("Fb1", {}, 422)],
)
async def test_automation_is_enabled_on_a_known_feeder_with_a_reason(
    quiet: Up, feeder: str, body: dict[str, str], status: int
) -> None:
    client = await quiet.logged_in("shift_lead")
    answer = await client.post(f"{API}/feeders/{feeder}/automation", json=body)
    assert answer.status_code == status
    assert not bodies(quiet, "AutomationEnabled")


async def test_how_much_of_automation_is_available_is_measured(quiet: Up) -> None:
    await latched(quiet)
    page = (await quiet.client().get("/metrics")).text
    samples = {
        (sample.name, next(iter(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name.startswith("gridops_automation")
    }
    feeders = {k[1]: v for k, v in samples.items() if k[0] == "gridops_automation_feeders"}
    assert sum(feeders.values()) == 2
    assert feeders["blocked"] == 1
    assert samples["gridops_automation_blockers", "latch"] == 1
    assert samples["gridops_automation_blockers", "mode"] == 0


async def test_the_journal_keeps_why_a_tag_was_taken_off(quiet: Up) -> None:
    client = await quiet.logged_in()
    tag = {"switch": "s1", "kind": "no_close", "reason": "crew at work"}
    for reason in ("work is done", ""):
        placed = (await client.post(f"{API}/tags", json=tag)).json()
        query = {"reason": reason} if reason else {}
        answer = await client.delete(f"{API}/tags/{placed['id']}", params=query)
        assert answer.status_code == 204
    with_reason, without = bodies(quiet, "TagRemoved")
    assert with_reason["reason"] == "work is done"
    assert "reason" not in without


# two people


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Up]:
    async with serving(tmp_path, settings=replace(SETTINGS, two_person=True)) as running:
        yield running


async def act(client: httpx.AsyncClient, verb: str, one: dict[str, Any]) -> httpx.Response:
    body = {"plan": one["plan"]["id"], "fingerprint": one["plan"]["fingerprint"]}
    return await client.post(f"{API}/incidents/{one['id']}/{verb}", json=body)


def refusal(answer: httpx.Response) -> str:
    assert (answer.status_code, answer.json()["code"]) == (409, "release-refused"), answer.text
    detail: str = answer.json()["detail"]
    return detail


async def test_i28_a_release_takes_another_persons_approval(two: Up) -> None:
    one = await two.struck()
    assert one["release"]["two_person"]
    assert [why["code"] for why in one["release"]["why_not"]] == ["needs-approval"]
    lan, mai = await two.logged_in(), await two.logged_in("shift_lead")
    assert "needs-approval" in refusal(await act(lan, "release", one))
    approved = await act(lan, "approve", one)
    assert approved.status_code == 200
    IncidentShape.model_validate(approved.json())
    release = approved.json()["release"]
    assert release["allowed"]
    assert [one["by"] for one in release["approvals"]] == ["dispatcher"]
    assert "own-approval" in refusal(await act(lan, "release", one))
    assert (await act(mai, "release", one)).status_code == 200
    await incident_when(mai, lambda card: card["phase"] == "restored")
    (approval,) = bodies(two, "PlanApproved")
    (released,) = bodies(two, "PlanReleased")
    assert (approval["by"], released["by"]) == ("dispatcher", "shift_lead")
    assert approval["fingerprint"] == released["fingerprint"]


async def test_i28_an_approval_of_another_plan_or_too_old_is_of_no_use(two: Up) -> None:
    one = await two.struck()
    lan, mai = await two.logged_in(), await two.logged_in("shift_lead")
    other = {**one, "plan": {**one["plan"], "fingerprint": "0" * 64}}
    assert "superseded" in refusal(await act(lan, "approve", other))
    assert (await act(lan, "approve", one)).status_code == 200
    two.clock.ahead += timedelta(seconds=SETTINGS.approval_expiry_s)
    answer = await act(mai, "release", one)
    while answer.status_code == 503:  # with a clock that jumps all has been silent for long
        await asyncio.sleep(0.1)
        answer = await act(mai, "release", one)
    assert answer.status_code == 409  # the proposal is to be looked at again
    assert not bodies(two, "PlanReleased")


async def test_i28_a_program_is_neither_of_the_two_people(two: Up) -> None:
    one = await two.struck()
    lan, mai = await two.logged_in(), await two.logged_in("shift_lead")
    program = two.program("shift_lead", Permission.SWITCH, Permission.LOOK)
    assert "needs-person" in refusal(await act(program, "approve", one))
    assert (await act(lan, "approve", one)).status_code == 200
    assert "needs-person" in refusal(await act(program, "release", one))
    assert not bodies(two, "PlanReleased")
    assert (await act(mai, "release", one)).status_code == 200


async def test_the_journal_names_the_token_that_released(tmp_path: Path) -> None:
    async with serving(tmp_path) as up:
        one = await up.struck()
        program = up.program("dispatcher", Permission.SWITCH, Permission.LOOK)
        assert (await act(program, "release", one)).status_code == 200
        (released,) = bodies(up, "PlanReleased")
        assert up.service.gatekeeper.kept is not None
        assert released["token"] == up.service.gatekeeper.kept.tokens()[0].id


@pytest.mark.parametrize("how", ["removed", "lowered"])
async def test_i28_who_may_not_switch_any_more_has_approved_of_nothing(two: Up, how: str) -> None:
    one = await two.struck()
    lan, mai, an = [await two.logged_in(r) for r in ("dispatcher", "shift_lead", "admin")]
    assert (await act(lan, "approve", one)).status_code == 200
    if how == "removed":
        assert (await an.delete(f"{API}/users/dispatcher")).status_code == 204
    else:
        answer = await an.put(f"{API}/users/dispatcher/role", json={"role": "viewer"})
        assert answer.status_code == 200
    assert "needs-approval" in refusal(await act(mai, "release", one))
    assert not bodies(two, "PlanReleased")


async def test_where_one_person_releases_there_is_nothing_to_approve(tmp_path: Path) -> None:
    async with serving(tmp_path) as up:
        one = await up.struck()
        assert not one["release"]["two_person"]
        client = await up.logged_in()
        assert "one-person-releases" in refusal(await act(client, "approve", one))
