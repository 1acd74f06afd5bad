"""A switching sheet over HTTP, on a field that answers: drawn, refused, mended, approved, carried
out and printed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from api_setting import API, RING, SETTINGS, Up, eventually, position_of, serving
from pydantic import TypeAdapter

from gridops.api.sheet_shapes import JudgedShape, SheetRow, SheetShape
from gridops.api.view_shape import ViewShape
from gridops.ids import SheetId
from gridops.measurement import Position
from gridops.network import draw as drawn
from gridops.sheets import SheetState

ROWS = TypeAdapter(list[SheetRow])


def line(act: str, switch: str | None = None, *, by: str = "remote", text: str = "") -> Any:
    return {"act": act, "by": by, "switch": switch, "text": text}


TRANSFER = {
    "title": "Chuyển C sang tuyến b2",
    "steps": [line("open", "s2"), line("close", "t1"), line("note", by="crew", text="Báo điều độ")],
    "gives_up": ["SC"],
    "issuer": "Nguyễn Văn An",
}
"""C goes over to the other feeder, and loses supply for a moment, openly."""
OPEN_C = {**TRANSFER, "steps": [line("open", "s2")]}


async def draw(client: httpx.AsyncClient, draft: Any = TRANSFER, **headers: str) -> Any:
    answer = await client.post(f"{API}/sheets", json=draft, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["ETag"] == answer.json()["etag"]
    return SheetShape.model_validate(answer.json()) and answer.json()


async def read(client: httpx.AsyncClient, sheet: Any) -> Any:
    answer = await client.get(f"{API}/sheets/{sheet['id']}")
    assert answer.headers["ETag"] == answer.json()["etag"]
    return SheetShape.model_validate(answer.json()) and answer.json()


async def act(
    client: httpx.AsyncClient, verb: str, sheet: Any, *, seen: str | None = None
) -> httpx.Response:
    """What the console sends: the tag of what was seen, and the fingerprint where one is named."""
    named = {"fingerprint": sheet["fingerprint"]} if verb in ("approve", "start") else None
    return await client.post(
        f"{API}/sheets/{sheet['id']}/{verb}",
        json=named,
        headers={"If-Match": seen or sheet["etag"]},
    )


async def edit(client: httpx.AsyncClient, sheet: Any, draft: Any = TRANSFER) -> httpx.Response:
    return await client.put(
        f"{API}/sheets/{sheet['id']}", json=draft, headers={"If-Match": sheet["etag"]}
    )


def kinds(up: Up) -> list[str]:
    return [entry.record.kind for entry in up.room.journal.entries()]


# from the first word to the paper


async def test_a_sheet_is_drawn_mended_approved_carried_out_and_printed(tmp_path: Path) -> None:
    async with serving(tmp_path, settings=replace(SETTINGS, two_person=True)) as up:
        lan, hung = await up.logged_in("dispatcher"), await up.logged_in("shift_lead")

        # Drawn so that B and C would lose supply unsaid: the guard names the invariant.
        wrong = {**TRANSFER, "steps": [line("open", "s1")], "gives_up": []}
        sheet = await draw(lan, wrong)
        assert (sheet["state"], sheet["revision"], sheet["passed"]) == ("draft", 1, False)
        assert {one["invariant"] for one in sheet["guard"]["violations"]} == {"35"}
        assert sheet["steps"][0]["customers_dropped"] == 200
        refused = await act(hung, "approve", sheet)
        assert (refused.status_code, refused.json()["code"]) == (409, "act-refused")
        assert refused.json()["reason"] == {"code": "sheet-vetoed", "params": {"invariant": "35"}}

        # Mended. Who wrote it does not approve it.
        sheet = (await edit(lan, sheet)).json()
        assert (sheet["revision"], sheet["passed"], sheet["authors"]) == (2, True, ["dispatcher"])
        assert sheet["steps"][0]["check"]["voltage_pu_min"] > 0.9
        assert sheet["may"] == {
            "edit": True, "approve": False, "start": False, "stop": False, "withdraw": True,
        }  # fmt: skip
        assert [why["code"] for why in sheet["why_not"]] == ["own-sheet"]
        own = await act(lan, "approve", sheet)
        assert (own.status_code, own.json()["reason"]["code"]) == (409, "own-sheet")
        seen = await read(hung, sheet)
        assert seen["may"]["approve"] is True
        assert seen["why_not"] == []

        approved = await act(hung, "approve", seen)
        assert approved.status_code == 200, approved.text
        assert approved.json()["approved_by"] == "shift_lead"
        assert position_of(up, "t1") is Position.OPEN  # nothing moves by it
        assert (await act(lan, "start", sheet)).status_code == 412  # seen as a draft
        sheet = await read(lan, sheet)
        assert sheet["may"]["start"] is True
        started = await act(lan, "start", sheet)
        assert (started.status_code, started.json()["state"]) == (200, "executing")

        # Its lines go one by one; the last is a person's word.
        await eventually(lambda: position_of(up, "t1") is Position.CLOSED)
        assert position_of(up, "s2") is Position.OPEN
        rows = (await lan.get(f"{API}/view")).json()["sheets"]
        assert list(rows) == [sheet["id"]]
        running = await read(lan, sheet)
        assert [step["state"] for step in running["steps"]] == ["completed", "completed", "new"]
        assert all(step["begun_at"] < step["changed_at"] for step in running["steps"][:2])
        said = await lan.post(
            f"{API}/sheets/{sheet['id']}/steps/3/report", json={"done": True, "note": "A0 đã rõ"}
        )
        assert said.status_code == 200, said.text
        assert said.json()["state"] == "completed"
        assert said.json()["may"]["stop"] is False

        await print_both(lan, said.json())
        assert [kind for kind in kinds(up) if kind.startswith(("Sheet", "Step"))] == [
            "SheetDrawn", "SheetEdited", "SheetApproved", "SheetStarted", "StepReported",
        ]  # fmt: skip


async def print_both(client: httpx.AsyncClient, sheet: Any) -> None:
    paper = await client.get(f"{API}/sheets/{sheet['id']}/print")
    assert paper.headers["content-type"] == "text/html; charset=utf-8"
    for told in ("PHIẾU THAO TÁC", sheet["number"], "Nguyễn Văn An", "shift_lead", "✓"):
        assert told in paper.text
    english = await client.get(f"{API}/sheets/{sheet['id']}/print?form=en")
    assert "SWITCHING SHEET" in english.text
    style = await client.get("/paper/sheet.css")
    assert style.headers["content-type"].startswith("text/css")


async def test_a_released_plan_is_a_sheet_too(up: Up) -> None:
    card = await up.struck()
    assert card["sheet"] is None
    client = await up.logged_in()
    body = {"plan": card["plan"]["id"], "fingerprint": card["plan"]["fingerprint"]}
    card = (await client.post(f"{API}/incidents/{card['id']}/release", json=body)).json()
    sheet = await read(client, {"id": card["sheet"]})
    assert (sheet["incident"], sheet["plan"]) == (card["id"], card["plan"]["id"])
    assert [step["switch"] for step in sheet["steps"]] == [
        step["switch"] for step in card["plan"]["steps"]
    ]
    found = (await client.get(f"{API}/sheets?incident={card['id']}")).json()
    assert [row["id"] for row in ROWS.validate_python(found) and found] == [sheet["id"]]
    assert (await client.get(f"{API}/sheets?incident=I9")).json() == []
    ViewShape.model_validate((await client.get(f"{API}/view")).json())


# what was seen


async def test_what_changes_a_sheet_names_what_was_seen(quiet: Up) -> None:
    client = await quiet.logged_in()
    sheet = await draw(client)
    path = f"{API}/sheets/{sheet['id']}"
    named = {"fingerprint": sheet["fingerprint"]}
    asked = [
        ("PUT", path, TRANSFER), ("POST", f"{path}/approve", named),
        ("POST", f"{path}/start", named), ("POST", f"{path}/withdraw", None),
    ]  # fmt: skip
    for method, address, body in asked:
        answer = await client.request(method, address, json=body)
        assert (answer.status_code, answer.json()["code"]) == (428, "precondition-required")
        for stale in ('"0.0000.draft"', "*", f"W/{sheet['etag']}"):
            answer = await client.request(method, address, json=body, headers={"If-Match": stale})
            assert (answer.status_code, answer.json()["code"]) == (412, "stale-edit")
            assert answer.json()["etag"] == answer.headers["ETag"] == sheet["etag"]
    assert [kind for kind in kinds(quiet) if kind.startswith("Sheet")] == ["SheetDrawn"]


async def test_of_two_who_edit_the_same_sheet_the_second_is_told(quiet: Up) -> None:
    one, other = await quiet.logged_in(), await quiet.logged_in("shift_lead")
    sheet = await draw(one)
    first = await edit(one, sheet, {**TRANSFER, "title": "first"})
    assert first.status_code == 200
    assert first.headers["ETag"] == first.json()["etag"] != sheet["etag"]
    second = await edit(other, sheet, {**TRANSFER, "title": "second"})
    assert (second.status_code, second.json()["etag"]) == (412, first.json()["etag"])
    assert (await read(one, sheet))["title"] == "first"


async def test_a_stop_needs_nothing_to_have_been_seen(up: Up) -> None:
    client = await up.logged_in()
    lines = [line("note", by="crew", text="wait"), *OPEN_C["steps"]]
    sheet = await draw(client, {**OPEN_C, "steps": lines})
    await act(client, "approve", sheet)
    await act(client, "start", await read(client, sheet))
    stopped = await client.post(f"{API}/sheets/{sheet['id']}/stop")
    assert (stopped.status_code, stopped.json()["state"]) == (200, "stopped")
    again = await client.post(f"{API}/sheets/{sheet['id']}/stop")
    assert (again.status_code, again.json()["reason"]["code"]) == (409, "wrong-state")
    assert position_of(up, "s2") is Position.CLOSED


async def test_the_same_sheet_sent_twice_is_drawn_once(quiet: Up) -> None:
    client = await quiet.logged_in()
    key = {"Idempotency-Key": "once"}
    assert await draw(client, **key) == await draw(client, **key)
    assert len((await client.get(f"{API}/sheets")).json()) == 1
    sheet = (await client.get(f"{API}/sheets")).json()[0]
    first, second = [
        await client.post(
            f"{API}/sheets/{sheet['id']}/withdraw",
            headers={"Idempotency-Key": "off", "If-Match": (await read(client, sheet))["etag"]},
        )
        for _ in range(2)
    ]
    assert first.json() == second.json()
    assert kinds(quiet).count("SheetWithdrawn") == 1


# drafts


async def test_a_draft_is_judged_and_nothing_is_kept(up: Up) -> None:
    client = await up.logged_in()
    before = up.room.journal.last_sequence()
    answer = await client.post(f"{API}/sheets/check", json=TRANSFER)
    assert answer.status_code == 200, answer.text
    JudgedShape.model_validate(answer.json())
    assert answer.json()["guard"]["passed"] is True
    openly = {**TRANSFER, "steps": [line("open", "s1")], "gives_up": ["SB", "SC"]}
    dropped = (await client.post(f"{API}/sheets/check", json=openly)).json()
    assert (dropped["guard"]["passed"], dropped["customers_dropped"]) == (True, 200)
    unsaid = (await client.post(f"{API}/sheets/check", json={**openly, "gives_up": []})).json()
    assert {one["invariant"] for one in unsaid["guard"]["violations"]} == {"35"}
    assert up.room.journal.last_sequence() == before
    assert (await client.get(f"{API}/sheets")).json() == []
    first = await draw(client)
    assert (first["id"], first["number"][:3]) == ("P1", "01/")


NONSENSE = {
    **TRANSFER,
    "steps": [
        line("open", "s1"), line("open", "s99"), line("close"), line("note"),
        line("earth", "s2"),
    ],
    "gives_up": ["SX"],
}  # fmt: skip


MALFORMED: list[dict[str, Any]] = [
    {"steps": []},
    {"steps": [line("open", "s1")] * 101},
    {"title": " "},
    {"title": "x" * 201},
    {"issuer": "two\nlines"},
    {"steps": [{**line("open", "s1"), "number": 1}]},
    {"steps": [line("blow up", "s1")]},
    {"steps": [line("note", text="x" * 501)]},
    {"gives_up": ["SA"] * 501},
    {"number": "01/11/2026"},
    {"planned": "no"},
]


async def test_nonsense_is_refused_whole_and_every_flaw_is_named(quiet: Up) -> None:
    client = await quiet.logged_in()
    for path in (f"{API}/sheets", f"{API}/sheets/check"):
        answer = await client.post(path, json=NONSENSE)
        assert (answer.status_code, answer.json()["code"]) == (422, "batch-refused")
        assert [flaw["where"] for flaw in answer.json()["flaws"]] == [
            "body.steps.1", "body.steps.2", "body.steps.3", "body.steps.4", "body.gives_up",
        ]  # fmt: skip
        assert "s99" in answer.json()["flaws"][0]["what"]
        for wrong in MALFORMED:
            answer = await client.post(path, json={**TRANSFER, **wrong})
            assert (answer.status_code, answer.json()["code"]) == (422, "malformed-request"), wrong
            assert answer.json()["flaws"]
    assert "SheetDrawn" not in kinds(quiet)


async def test_what_a_sheet_is_about_stays_and_unknown_ids_are_named(quiet: Up) -> None:
    client = await quiet.logged_in()
    sheet = await draw(client)
    moved = await edit(client, sheet, {**TRANSFER, "after": "P7"})
    assert (moved.status_code, moved.json()["flaws"][0]["where"]) == (422, "body.after")
    for word in ("incident", "after"):
        answer = await client.post(f"{API}/sheets", json={**TRANSFER, word: "Z9"})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-id"), word
    nobody = await client.get(f"{API}/sheets/P2")
    assert (nobody.status_code, nobody.json()["near"]) == (404, ["P1"])
    line_9 = await client.post(f"{API}/sheets/P1/steps/9/report", json={"done": True})
    assert (line_9.status_code, line_9.json()["code"]) == (404, "unknown-id")


# people


async def test_whoever_only_looks_sees_everything_and_may_nothing(quiet: Up) -> None:
    sheet = await draw(await quiet.logged_in())
    seen = await read(await quiet.logged_in("viewer"), sheet)
    assert not any(seen["may"].values())
    assert {**seen, "may": 0, "why_not": 0} == {**sheet, "may": 0, "why_not": 0}


async def test_i28_with_who_is_removed_goes_their_approval_before_anybody_acts(up: Up) -> None:
    client, lead = await up.logged_in(), await up.logged_in("shift_lead")
    admin = await up.logged_in("admin")
    sheet = await draw(client)
    approved = (await act(lead, "approve", sheet)).json()
    assert (await admin.delete(f"{API}/users/shift_lead")).status_code == 204
    kept = up.room.desk.sheets.sheets[SheetId(sheet["id"])]
    await eventually(lambda: kept.state is SheetState.DRAFT)
    seen = await read(client, sheet)
    assert seen["timeline"][-1]["code"] == "approval-void"
    assert (await act(client, "start", approved)).status_code == 412
    assert (await act(client, "start", seen)).status_code == 409
    assert "SheetStarted" not in kinds(up)


async def started_by_crew(client: httpx.AsyncClient) -> tuple[Any, str]:
    """A sheet whose one step waits for its crew, and the address of the step."""
    sheet = await draw(client, {**OPEN_C, "steps": [line("open", "s2", by="crew")]})
    await act(client, "approve", sheet)
    await act(client, "start", await read(client, sheet))
    return sheet, f"{API}/sheets/{sheet['id']}/steps/1"


async def test_a_crew_is_told_by_name_and_reports(tmp_path: Path) -> None:
    async with serving(tmp_path, network=drawn(RING)) as up:
        client = await up.logged_in()
        sheet, step = await started_by_crew(client)
        early = await client.post(f"{step}/report", json={"done": True})
        assert (early.status_code, early.json()["reason"]["code"]) == (409, "nobody-instructed")
        told = await client.post(f"{step}/instruct", json={"receiver": "Tổ 2, anh Dũng"})
        assert told.status_code == 200, told.text
        (line_1,) = told.json()["steps"]
        assert (line_1["state"], line_1["receiver"], line_1["instructed_by"]) == (
            "instructed", "Tổ 2, anh Dũng", "dispatcher",
        )  # fmt: skip
        engineer = await up.logged_in("engineer")
        said = await engineer.post(f"{step}/report", json={"done": True})
        assert said.status_code == 200, said.text
        # s2 has telemetry: the word waits for it.
        assert said.json()["steps"][0]["state"] == "pending"
        assert said.json()["steps"][0]["reported_by"] == "engineer"
        assert up.field is not None
        up.field.operate_by_hand("s2", Position.OPEN, at=max(up.clock.now(), up.field.now))
        await eventually(lambda: position_of(up, "s2") is Position.OPEN)
        assert (await read(client, sheet))["state"] == "completed"


async def test_a_crew_that_nobody_has_heard_of_since_the_stop_is_listed(tmp_path: Path) -> None:
    async with serving(tmp_path, network=drawn(RING)) as up:
        client = await up.logged_in()
        sheet, step = await started_by_crew(client)
        await client.post(f"{step}/instruct", json={"receiver": "Tổ 2, anh Dũng"})

        async def listed() -> list[str]:
            answer = await client.get(f"{API}/sheets", params={"crews_in_doubt": True})
            return [row["id"] for row in answer.json() if ROWS.validate_python([row])]

        assert await listed() == []
        await act(client, "stop", sheet)
        assert await listed() == [sheet["id"]]
        assert (await read(client, sheet))["crews_in_doubt"] == [1]
        told = (await client.get(f"{API}/alarms")).json()["lines"]
        (alarm,) = [one for one in told if one["kind"] == "crew"]
        assert (alarm["subject"], alarm["priority"]) == (sheet["id"], "medium")

        both = await client.post(f"{step}/report", json={"done": True, "turned_back": True})
        assert both.status_code == 422
        said = await client.post(f"{step}/report", json={"done": False, "turned_back": True})
        assert said.status_code == 200, said.text
        assert said.json()["timeline"][-1]["code"] == "step-turned-back"
        assert await listed() == []


async def test_a_template_writes_a_draft_that_is_kept_like_any_other(up: Up) -> None:
    client = await up.logged_in()
    known = (await client.get(f"{API}/sheets/templates")).json()
    section_out = next(one for one in known if one["id"] == "section_out")
    assert [one["needed"] for one in section_out["parameters"]] == [True, False, False]
    asked = {"template": "section_out", "chosen": {"section": "SB", "tie": "t1"}}
    written = await client.post(f"{API}/sheets/from-template", json=asked)
    assert written.status_code == 200, written.text
    assert written.json()["gives_up"] == ["SB", "SC"]
    sheet = await draw(client, written.json())
    assert sheet["passed"] is True
    acts = [(step["act"], step["switch"]) for step in sheet["steps"]]
    assert acts[:3] == [("open", "s1"), ("open", "s2"), ("close", "t1")]
    assert ("earth", "s1") in acts
    wrong = {"template": "section_out", "chosen": {"section": "SZ", "colour": "red"}}
    flawed = await client.post(f"{API}/sheets/from-template", json=wrong)
    assert (flawed.status_code, len(flawed.json()["flaws"])) == (422, 2)
    nothing = await client.post(f"{API}/sheets/from-template", json={"template": "section_outs"})
    assert (nothing.status_code, nothing.json()["near"][0]) == (404, "section_out")
