"""What crews, callers and head-ends say over HTTP: taken whole or refused whole, by name."""

from datetime import timedelta
from typing import Any

import httpx
from api_setting import API, Up, bodies, incident_when

from gridops.adapters.clocks import SystemClock
from gridops.api.routes_reports import BATCH_MAX
from gridops.api.shapes import IncidentShape
from gridops.incident import Phase

SAID = (SystemClock().now() - timedelta(minutes=10)).isoformat()


def gasp(load: str, **other: Any) -> dict[str, Any]:
    return {"load": load, "has_voltage": False, "meters": 40, "source_time": SAID, **other}


async def meters(client: httpx.AsyncClient, *lines: dict[str, Any]) -> httpx.Response:
    return await client.post(f"{API}/signals/meters", json={"meters": list(lines)})


async def test_a_crew_that_found_the_fault_is_believed_before_every_indicator(up: Up) -> None:
    one = await up.struck()
    assert one["location"]["suspected"] == ["SA", "SB"]
    client = await up.logged_in()
    answer = await client.post(
        f"{API}/incidents/{one['id']}/patrols", json={"place": "A", "found": True}
    )
    assert answer.status_code == 200, answer.text
    IncidentShape.model_validate(answer.json())
    assert [e["by"] for e in bodies(up, "PatrolReported")] == ["dispatcher"]
    card = await incident_when(client, lambda card: card["location"]["suspected"] == ["SA"])
    assert card["explanation"][1]["code"] == "where-found"
    assert card["explanation"][1]["params"]["section"] == "SA"


async def test_the_three_lines_are_on_the_card_with_their_parameters(up: Up) -> None:
    one = await up.struck()
    dark, where, do = one["explanation"]
    assert (dark["code"], dark["params"]["customers"]) == ("dark-feeder", 300)
    assert dark["params"]["devices"] == ["b1"]
    assert (where["code"], where["params"]["section"]) == ("where-certain", "SA")
    assert where["params"]["clauses"][0]["code"] == "told-none"
    assert do["code"] == "do-release"
    assert {"p_no_fault", "p_two_faults", "p_trouble"} <= one["location"].keys()
    assert all(a["customer_minutes"] > 0 for a in one["location"]["advice"])


async def test_a_trial_is_noted_once_however_often_it_is_sent(up: Up) -> None:
    one = await up.struck()
    client = await up.logged_in()
    address, body = f"{API}/incidents/{one['id']}/trials", {"switch": "s1", "held": False}
    key = {"Idempotency-Key": "trial"}
    first, again = [await client.post(address, json=body, headers=key) for _ in range(2)]
    assert first.status_code == 200, first.text
    assert again.json() == first.json()
    assert [e["switch"] for e in bodies(up, "TrialReported")] == ["s1"]
    other = await client.post(address, json={**body, "held": True}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


REFUSED: tuple[tuple[str, dict[str, Any], tuple[int, str]], ...] = (
    ("patrols", {"place": "Z", "found": True}, (404, "unknown-id")),
    ("patrols", {"place": "s1", "found": True}, (404, "unknown-id")),
    ("patrols", {"place": "A", "found": "no"}, (422, "malformed-request")),
    ("patrols", {"place": "A"}, (422, "malformed-request")),
    ("trials", {"switch": "s9", "held": True}, (404, "unknown-id")),
    ("trials", {"switch": "b2", "held": True}, (403, "not-permitted")),
    ("trials", {"switch": "s1", "held": 1}, (422, "malformed-request")),
)


async def test_nonsense_about_an_incident_is_refused(up: Up) -> None:
    one = await up.struck()
    client = await up.logged_in()
    for verb, body, expected in REFUSED:
        answer = await client.post(f"{API}/incidents/{one['id']}/{verb}", json=body)
        assert (answer.status_code, answer.json()["code"]) == expected, (verb, body)
        assert answer.json()["remedy"]
    assert bodies(up, "PatrolReported") + bodies(up, "TrialReported") == []


async def test_of_an_incident_that_is_unknown_or_closed_nothing_is_taken(up: Up) -> None:
    one = await up.struck()
    client = await up.logged_in()
    patrol = {"place": "A", "found": False}
    unknown = await client.post(f"{API}/incidents/I9/patrols", json=patrol)
    assert (unknown.status_code, unknown.json()["near"]) == (404, ["I1"])
    up.room.desk.incidents[one["id"]].phase = Phase.CLOSED
    closed = await client.post(f"{API}/incidents/{one['id']}/patrols", json=patrol)
    assert (closed.status_code, closed.json()["code"]) == (403, "not-permitted")
    assert bodies(up, "PatrolReported") == []


async def test_calls_and_meters_are_in_the_journal_line_by_line(quiet: Up) -> None:
    client = await quiet.logged_in()
    called = [{"load": "A", "calls": 2}, {"load": "B"}]
    answer = await client.post(f"{API}/signals/calls", json={"calls": called})
    assert (answer.status_code, answer.json()) == (200, {"taken": 2})
    heard = bodies(quiet, "TroubleReported")
    assert [(e["by"], e["load"], e["calls"]) for e in heard] == [
        ("dispatcher", "A", 2), ("dispatcher", "B", 1),
    ]  # fmt: skip
    answer = await meters(client, gasp("C", phases="ab"), gasp("A", has_voltage=True))
    assert (answer.status_code, answer.json()) == (200, {"taken": 2})
    said = bodies(quiet, "MetersReported")
    assert [(e["load"], e["has_voltage"], e["phases"]) for e in said] == [
        ("C", "no", "ab"), ("A", "yes", ""),
    ]  # fmt: skip


async def test_every_flaw_of_a_batch_is_named_and_nothing_of_it_taken(quiet: Up) -> None:
    client = await quiet.logged_in()
    late = (quiet.clock.now() + timedelta(hours=1)).isoformat()
    old = (quiet.clock.now() - timedelta(days=8)).isoformat()
    answer = await meters(client, gasp("A"), gasp("Q"), gasp("B", source_time=late), gasp("R"))
    assert (answer.status_code, answer.json()["code"]) == (422, "batch-refused")
    assert [flaw["where"] for flaw in answer.json()["flaws"]] == [
        "body.meters.1.load", "body.meters.2.source_time", "body.meters.3.load",
    ]  # fmt: skip
    (flaw,) = (await meters(client, gasp("A"), gasp("B", source_time=old))).json()["flaws"]
    assert flaw["where"] == "body.meters.1.source_time"
    assert flaw["what"] == "lies more than 7 days back: correct what was booked instead"
    wrong = [gasp("A", meters=0), gasp("A", phases="x"), gasp("A", source_time="02:10"), gasp("A")]
    answer = await meters(client, *wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed-request")
    assert [flaw["where"] for flaw in answer.json()["flaws"]] == [
        "body.meters.0.meters", "body.meters.1.phases", "body.meters.2.source_time",
    ]  # fmt: skip
    assert bodies(quiet, "MetersReported") == []


async def test_a_head_end_may_say_which_meters_they_are(quiet: Up) -> None:
    client = await quiet.logged_in()
    wrong = await meters(client, gasp("A", meters=3, meter_ids=["M1", "M2"]))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "malformed-request")
    assert [flaw["where"] for flaw in wrong.json()["flaws"]] == ["body.meters.0"]
    line = {"load": "A", "has_voltage": False, "source_time": quiet.clock.now().isoformat()}
    named = await meters(client, {**line, "meter_ids": ["M1", "M2", "M1"]}, {**line, "meters": 2})
    assert named.status_code == 200
    one, other = bodies(quiet, "MetersReported")
    assert (one["meters"], one["meter_ids"]) == (2, ["M1", "M2"])
    assert other["meters"] == 2
    assert "meter_ids" not in other


async def test_a_batch_has_a_bound(quiet: Up) -> None:
    client = await quiet.logged_in()
    lines = [{"load": "A"}] * BATCH_MAX
    full = await client.post(f"{API}/signals/calls", json={"calls": lines})
    assert (full.status_code, full.json()) == (200, {"taken": BATCH_MAX})
    more = await client.post(f"{API}/signals/calls", json={"calls": [*lines, {"load": "A"}]})
    assert (more.status_code, more.json()["code"]) == (422, "malformed-request")
    none = await client.post(f"{API}/signals/calls", json={"calls": []})
    assert none.status_code == 422
    long = await client.post(f"{API}/signals/calls", content=b"x" * 70_000)
    assert (long.status_code, long.json()["code"]) == (413, "too-large")


async def test_a_batch_sent_twice_under_one_key_counts_once(quiet: Up) -> None:
    client = await quiet.logged_in()
    key = {"Idempotency-Key": "batch"}
    body = {"calls": [{"load": "A", "calls": 3}]}
    for _ in range(2):
        answer = await client.post(f"{API}/signals/calls", json=body, headers=key)
        assert answer.json() == {"taken": 1}
    assert len(bodies(quiet, "TroubleReported")) == 1
