"""Alarms over the API: one for a fault, seen by a person, shelved for a while, and kept."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_setting import API, Up, bodies, serving

from gridops.alarms import AlarmKind, Priority, Told
from gridops.ids import LinkId
from gridops.network import Signal
from gridops.reasons import because

pytestmark = pytest.mark.undisturbed

ALARMS = f"{API}/alarms"
SHELF_MIN = 30
WITHIN_S = 20.0


async def lines(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    answer = await client.get(ALARMS)
    assert answer.status_code == 200, answer.text
    return {line["id"]: line for line in answer.json()["lines"]}


async def line(client: httpx.AsyncClient, ident: str, **wanted: object) -> dict[str, Any]:
    """The line, once it says what is wanted. Raises: TimeoutError."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            found = (await lines(client)).get(ident)
            if found is not None and wanted.items() <= found.items():
                return found
            await asyncio.sleep(0.05)


async def act(client: httpx.AsyncClient, verb: str, **body: object) -> httpx.Response:
    return await client.post(f"{ALARMS}/{verb}", json=body)


def chatters(up: Up, *, times: int) -> None:
    """t1, between two feeders and normally open, tells of one movement after the other."""
    assert up.field is not None
    at = max(up.clock.now(), up.field.now)
    up.field.chatter("t1", Signal.POSITION, at=at, times=times, every_s=0.05)


async def test_a_fault_is_one_alarm_that_one_person_sees_to_for_all(tmp_path: Path) -> None:
    async with serving(tmp_path) as up:
        card = await up.struck()
        client, other = await up.logged_in(), await up.logged_in("shift_lead")
        found = await lines(client)
        (ident,) = found
        alarm = found[ident]
        assert (alarm["kind"], alarm["subject"]) == ("incident", card["id"])
        assert (alarm["priority"], alarm["state"]) == ("high", "unacknowledged")
        assert alarm["why"]["params"]["count"] == card["customers_out"]
        children = {child["kind"]: child for child in alarm["children"]}
        assert children["devices"]["ids"] == card["devices"]
        view = (await client.get(f"{API}/view")).json()
        assert (view["system"]["alarms"]["high"], view["alarms"]) == (1, found)

        answer = await act(client, "acknowledge", alarm=ident, seen=alarm["seen"])
        assert answer.status_code == 200, answer.text
        (left,) = answer.json()["lines"]
        assert (left["state"], left["acknowledged"]["by"]) == ("acknowledged", "dispatcher")
        assert (await lines(other))[ident]["acknowledged"] == left["acknowledged"]
        refused = await act(client, "shelve", alarm=ident, seen=9, minutes=5, reason="known")
        assert refused.status_code == 409
        assert refused.json()["reason"]["code"] == "alarm-people-dark"

    async with serving(tmp_path, with_field=False) as again:
        client = await again.logged_in()
        assert (await lines(client))[ident]["acknowledged"] == left["acknowledged"]
        (fact,) = bodies(again, "AlarmAcknowledged")
        assert (fact["by"], fact["alarm"], fact["seen"]) == ("dispatcher", ident, alarm["seen"])


async def test_what_chatters_is_shelved_and_comes_back_when_its_time_is_over(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as up:
        client = await up.logged_in()
        chatters(up, times=4)
        seen = (await line(client, "moved:t1", times=4, state="returned"))["seen"]
        why = "contact is worn, crew 2 comes on Monday"
        body = {"alarm": "moved:t1", "seen": seen, "minutes": SHELF_MIN, "reason": why}
        once = {"Idempotency-Key": "shelf-1"}
        answer = await client.post(f"{ALARMS}/shelve", json=body, headers=once)
        assert answer.status_code == 200, answer.text
        (shelved,) = answer.json()["lines"]
        assert (shelved["state"], shelved["shelf"]["by"]) == ("shelved", "dispatcher")
        assert shelved["shelf"]["reason"] == why
        chatters(up, times=2)
        found = await line(client, "moved:t1", times=6)
        assert found["state"] == "shelved"
        assert (await client.get(ALARMS)).json()["counts"]["shelved"] == 1

        up.clock.ahead += timedelta(minutes=SHELF_MIN)
        back = await line(client, "moved:t1", state="returned")
        assert (back["shelf"], back["acknowledged"]) == (None, None)
        twice = await client.post(f"{ALARMS}/shelve", json=body, headers=once)
        assert twice.json() == answer.json(), "the answer of the first time"
        assert len(bodies(up, "AlarmShelved")) == 1
        await act(client, "acknowledge", alarm="moved:t1", seen=back["seen"])
        assert "moved:t1" not in await lines(client)


async def test_what_came_after_the_screen_told_is_neither_acknowledged_nor_shelved(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as up:
        assert up.field is not None
        client = await up.logged_in()
        chatters(up, times=2)
        seen = (await line(client, "moved:t1", times=2))["seen"]
        chatters(up, times=2)
        await line(client, "moved:t1", times=4)
        answer = await act(client, "acknowledge", alarm="moved:t1", seen=seen)
        assert answer.json()["lines"][0]["state"] == "returned"
        shelf = {"alarm": "moved:t1", "seen": seen, "minutes": SHELF_MIN, "reason": "worn"}
        refused = await act(client, "shelve", **shelf)
        assert refused.status_code == 409
        assert refused.json()["reason"]["code"] == "alarm-newer"


async def test_a_link_that_is_cut_is_shelved_taken_off_and_over(tmp_path: Path) -> None:
    async with serving(tmp_path) as up:
        assert up.field is not None
        client = await up.logged_in()
        up.field.cut_link(LinkId("rtu"), max(up.clock.now(), up.field.now))
        cut = await line(client, "link:rtu", state="unacknowledged", priority="high")
        assert (await act(client, "unshelve", alarm="link:rtu")).status_code == 409
        shelf = {"alarm": "link:rtu", "seen": cut["seen"], "minutes": 5, "reason": "new modem"}
        await act(client, "shelve", **shelf)
        (off,) = (await act(client, "unshelve", alarm="link:rtu")).json()["lines"]
        assert off["state"] == "unacknowledged"
        up.field.heal_link(LinkId("rtu"), max(up.clock.now(), up.field.now))
        over = await line(client, "link:rtu", state="returned")
        await act(client, "acknowledge", alarm="link:rtu", seen=over["seen"])
        assert await lines(client) == {}


async def test_a_fact_from_before_the_last_scrape_leaves_the_metrics_readable(up: Up) -> None:
    client, known, now = await up.logged_in("admin"), up.room.alarms.known, up.clock.now()
    why = because("alarm-position", device="s1")
    told = Told(why=why, priority=Priority.MEDIUM)
    earlier = now - timedelta(seconds=0.2)
    known.rise(AlarmKind.POSITION, "s1", told=told, at=earlier, place="rtu", shown_from=now)
    assert "gridops_alarms_told_total 1.0" in (await client.get("/metrics")).text
    known.settle(AlarmKind.POSITION, "s1", at=earlier)
    scraped = await client.get("/metrics")
    assert scraped.status_code == 200
    assert "gridops_alarms_told_total 1.0" in scraped.text


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("acknowledge", {"alarm": "link:rtx", "seen": 1}, 404),
        ("acknowledge", {"alarm": "link:rtu", "seen": -1}, 422),
        ("shelve", {"alarm": "link:rtu", "seen": 1, "minutes": 0, "reason": "x"}, 422),
        ("shelve", {"alarm": "link:rtu", "seen": 1, "minutes": 481, "reason": "x"}, 422),
        ("shelve", {"alarm": "link:rtu", "seen": 1, "minutes": 5, "reason": " "}, 422),
        ("shelve", {"alarm": "link:rtu", "minutes": 5, "reason": "x"}, 422),
        ("unshelve", {"alarm": "link:rtu", "minutes": 5}, 422),
    ],
)
async def test_what_makes_no_sense_is_refused(
    up: Up, verb: str, body: dict[str, object], status: int
) -> None:
    client = await up.logged_in()
    assert (await act(client, verb, **body)).status_code == status
