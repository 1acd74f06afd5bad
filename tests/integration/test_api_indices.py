"""Outage minutes over HTTP: any period, any rule-set, down to the switch that moved."""

import asyncio
import csv
import io
import threading
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_setting import API, Up, incident_when, serving

from gridops.api.counting import zone_of
from gridops.api.index_shapes import BehindShape, ReportShape, RuleSetShape
from gridops.api.minutes_to_date import ToDate
from gridops.api.shadow_shapes import ShadowsShape
from gridops.api.worth_shapes import WorthShape
from gridops.reliability import Account

pytestmark = pytest.mark.undisturbed


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    async with serving(tmp_path) as up:
        yield up


async def after_a_fault(up: Up) -> dict[str, Any]:
    """The incident, when everybody who can be is back, and an hour has gone by."""
    one = await up.struck()
    client = await up.logged_in()
    plan = {"plan": one["plan"]["id"], "fingerprint": one["plan"]["fingerprint"]}
    assert (await client.post(f"{API}/incidents/{one['id']}/release", json=plan)).is_success
    done = await incident_when(client, lambda card: card["phase"] == "restored")
    up.clock.ahead += timedelta(hours=1)
    return done


def these_days(up: Up) -> dict[str, str]:
    """From before the fault to after the hour, in any zone: midnight may lie between."""
    now = up.clock.now()
    return {
        "from": f"{now - timedelta(days=2):%Y-%m-%d}",
        "to": f"{now + timedelta(days=2):%Y-%m-%d}",
    }


async def got(up: Up, path: str, **params: str | int) -> Any:
    client = await up.logged_in("viewer")
    answer = await client.get(f"{API}{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_from_an_index_down_to_the_switch_that_moved(up: Up) -> None:
    incident = await after_a_fault(up)
    days = these_days(up)
    for ruleset in ("ieee1366", "vn-tt39"):
        report = await got(up, "/indices", ruleset=ruleset, by="feeder", **days)
        ReportShape.model_validate(report)
        assert report["indices"]["saidi_min"] > 0
        assert report["lasting"] == 2
        shares = [group["share"]["saidi_min"] for group in report["groups"]]
        assert sum(shares) == pytest.approx(report["indices"]["saidi_min"])
        label = report["ruleset"]["unverified"]["threshold_is_sustained"]
        assert label == "unverified: check against the official text"

        feeder = report["groups"][0]["group"]
        behind = await got(up, "/indices/counted", ruleset=ruleset, feeder=feeder, **days)
        BehindShape.model_validate(behind)
        counted = {row["load"]: row["counts_as"] for row in behind["interruptions"]}
        assert counted == {"A": "sustained", "B": "sustained", "C": "momentary"}
        assert behind["customer_minutes"] == pytest.approx(
            report["groups"][0]["share"]["customer_minutes"], rel=0.1
        )
        assert {row["incident"] for row in behind["interruptions"]} == {incident["id"]}
    card = await got(up, f"/incidents/{incident['id']}")
    moved = [n["params"]["switch"] for n in card["timeline"] if n["code"] == "step-confirmed"]
    assert set(moved) == {"s2", "t1"}


async def test_a_time_and_a_page_of_it(up: Up) -> None:
    await after_a_fault(up)
    these = await got(up, "/indices/counted", count=1, skip=1, **these_days(up))
    assert (these["all"], len(these["interruptions"])) == (3, 1)
    then = {"from": "2020-01-01", "to": "2021-01-01"}
    assert (await got(up, "/indices/counted", **then))["all"] == 0
    assert (await got(up, "/indices", **then, by="month"))["groups"][11]["group"] == "2020-12"
    hanoi = {"from": "2020-01-01T00:00+07:00", "to": "2021-01-01T00:00:00Z"}
    report = await got(up, "/indices", **hanoi)
    assert (report["from"], report["to"]) == (
        "2019-12-31T17:00:00+00:00",
        "2021-01-01T00:00:00+00:00",
    )
    placed = await got(up, "/indices", ruleset="vn-tt39", **then)
    assert placed["from"] == "2020-01-01T00:00:00+07:00"


async def test_csv_for_a_spreadsheet(up: Up) -> None:
    await after_a_fault(up)
    client = await up.logged_in("viewer")
    answer = await client.get(
        f"{API}/indices", params={"by": "load", "format": "csv"} | these_days(up)
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    report = await got(up, "/indices", by="load", **these_days(up))
    assert [row["group"] for row in rows] == [group["group"] for group in report["groups"]]


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"from": "yesterday"}, 422, "bad-period"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, 422, "bad-period"),
        ({"from": "1980-01-01", "to": "2026-01-01"}, 422, "bad-period"),
        ({"from": "1492-10-12", "to": "1493-01-01"}, 422, "bad-period"),
        ({"ruleset": "vn-tt40"}, 404, "unknown-id"),
        ({"by": "colour"}, 422, "malformed-request"),
    ],
)
async def test_what_cannot_be_counted_is_refused_with_its_reason(
    up: Up, params: dict[str, str], status: int, code: str
) -> None:
    client = await up.logged_in("viewer")
    answer = await client.get(f"{API}/indices", params=params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["remedy"] or answer.json()["near"]


async def test_every_rule_set_is_told_with_what_was_not_read(up: Up) -> None:
    told = await got(up, "/indices/rulesets")
    for rules in told:
        RuleSetShape.model_validate(rules)
    assert [rules["name"] for rules in told] == ["ieee1366", "vn-tt39"]
    assert all(rules["unverified"] for rules in told)


async def test_the_loop_goes_on_while_somebody_counts(up: Up) -> None:
    counting, go_on = up.service.counting, threading.Event()

    def slow(account: Account) -> int:
        assert go_on.wait(30), "the loop never came round"
        return len(account.table)

    asked = asyncio.create_task(counting.ask("ieee1366", slow, now=up.clock.now()))
    view = await got(up, "/view")
    assert view["system"]["customers"] == 400
    go_on.set()
    assert await asked == 0


async def test_too_many_questions_are_refused_and_the_rest_is_answered(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridops.api.counting.WAITING_MAX", 1)
    counting, go_on = up.service.counting, threading.Event()
    asked = asyncio.create_task(
        counting.ask("ieee1366", lambda _: go_on.wait(30), now=up.clock.now())
    )
    client = await up.logged_in("viewer")
    answer = await client.get(f"{API}/indices")
    assert (answer.status_code, answer.json()["code"]) == (503, "counting-busy")
    go_on.set()
    assert await asked
    assert (await client.get(f"{API}/indices")).status_code == 200


async def test_month_and_year_to_date_are_those_of_the_report(up: Up) -> None:
    """What the publisher shows of the system and of each feeder, beside the answer over HTTP."""
    await after_a_fault(up)
    shown = ToDate(up.service.counting)
    assert shown.of == {"ieee1366": {"counted_to": None}, "vn-tt39": {"counted_to": None}}
    await shown.count(up.clock)
    for ruleset, told in shown.of.items():
        now = datetime.fromisoformat(told["counted_to"])
        zone = zone_of(up.service.counting.rulesets[ruleset], up.room.books.zone)
        begins = {
            "month": f"{now.astimezone(zone):%Y-%m}-01",
            "year": f"{now.astimezone(zone):%Y}-01-01",
        }
        for period, begin in begins.items():
            asked = {"from": begin, "to": told["counted_to"].replace("+00:00", "Z")}
            report = await got(up, "/indices", ruleset=ruleset, by="feeder", **asked)
            system, feeders = told[period]["system"], told[period]["feeders"]
            assert system["saidi_min"] == pytest.approx(report["indices"]["saidi_min"], rel=0.01)
            assert system["saifi"] == report["indices"]["saifi"] > 0
            (hit,) = report["groups"]
            assert feeders[hit["group"]]["saifi"] == hit["own"]["saifi"]
            assert feeders.keys() == up.room.network.heads.keys()
            assert sum(told["saidi_min"] > 0 for told in feeders.values()) == 1


async def test_what_switching_saved_is_told_by_hand_and_again_after_a_correction(up: Up) -> None:
    incident = await after_a_fault(up)
    found = await got(up, "/indices/avoided")
    WorthShape.model_validate(found)
    (one,) = found["incidents"]
    assert (one["incident"], one["lasts"]) == (incident["id"], True)
    assert found["avoided"]["dispatcher"] > 0
    hands = await got(up, "/indices/avoided", decide_s=0, first_s=1, next_s=0)
    assert hands["customer_minutes"]["was"] == pytest.approx(
        one["customer_minutes"]["was"], rel=0.01
    )
    assert hands["customer_minutes"]["by_hand"] < found["customer_minutes"]["by_hand"]
    client = await up.logged_in("engineer")
    said = {"incident": incident["id"], "cause": "third-party", "reason": "police report"}
    assert (await client.post(f"{API}/indices/corrections", json=said)).status_code == 201
    told = await got(up, "/indices/avoided")
    assert told["incidents"][0]["cause"] == "third-party"
    assert told["avoided"]["dispatcher"] == pytest.approx(found["avoided"]["dispatcher"], rel=0.05)


async def test_what_automation_would_have_done_is_told_by_feeder(up: Up) -> None:
    incident = await after_a_fault(up)
    found = await got(up, "/indices/scorecard")
    ShadowsShape.model_validate(found)
    (one,), (card,) = found["incidents"], found["feeders"]
    assert (one["incident"], one["by_itself"]) == (incident["id"], False)
    assert (card["feeder"], card["incidents"]) == (one["feeder"], 1)
    assert card["customer_minutes"] == one["customer_minutes"]


async def test_what_switching_was_worth_waits_its_turn_beside_the_loop(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridops.api.counting.WAITING_MAX", 0)
    client = await up.logged_in("viewer")
    for path in ("avoided", "scorecard", "interruptions"):
        answer = await client.get(f"{API}/indices/{path}")
        assert (answer.status_code, answer.json()["code"]) == (503, "counting-busy")
