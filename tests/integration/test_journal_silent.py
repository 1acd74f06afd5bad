"""The disk is full: the service says so, shows the field, does nothing, and comes back whole."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from api_setting import API, Up, eventually, incident_when
from room_process import installation, street
from test_api_sheets import OPEN_C, act, draw, line, read
from test_room_loop import CLOCK, QuietLink, living

from gridops.adapters.journal import SqlJournal, open_journal
from gridops.commands import StartTimer
from gridops.control_room import ControlRoom, Loop
from gridops.control_room.silence import NOTE
from gridops.errors import JournalBusy, JournalSilent, JournalUnsure
from gridops.events import IncidentHalted, SheetStopped, SwitchMoved
from gridops.ids import SheetId, SwitchId, TimerId, UserName
from gridops.incident import Incident, Phase
from gridops.measurement import Position
from gridops.ports import Record
from tests.full_disk import full_disk

LAN = UserName("lan")
S3 = SwitchId("s3")


@pytest.fixture
def journal(tmp_path: Path) -> SqlJournal:
    return open_journal(f"sqlite:///{tmp_path / 'night.sqlite'}")


def written(journal: SqlJournal, kind: str) -> list[Record]:
    return [e.record for e in journal.entries() if e.record.kind == kind]


def positions(room: ControlRoom) -> dict[str, Position]:
    return {switch: said.value for switch, said in room.desk.state.positions.items()}


def release(loop: Loop, incident: Incident) -> None:
    plan = incident.proposed
    assert plan is not None
    loop.release(incident.id, plan.id, fingerprint=plan.answer.fingerprint, by=LAN)


async def proposed(loop: Loop, link: QuietLink) -> Incident:
    link.trips()
    incidents = loop.room.desk.incidents
    await eventually(lambda: any(i.phase is Phase.PROPOSED for i in incidents.values()))
    return next(iter(incidents.values()))


async def test_facts_wait_are_shown_and_are_taken_in_once_when_there_is_space_again(
    journal: SqlJournal,
) -> None:
    async with living(installation(street()), journal) as (loop, link, running):
        before = journal.last_sequence()
        with full_disk():
            link.moves("s3", Position.OPEN)
            await eventually(lambda: loop.silence is not None)
            link.moves("s2", Position.OPEN)
            link.moves("s3", Position.CLOSED)
            link.moves("s3", Position.OPEN)
            await asyncio.sleep(1.2)  # a try or two
            assert loop.silence is not None
            assert loop.silence.shown.positions[S3].value is Position.OPEN
            assert loop.room.desk.state.positions[S3].value is Position.CLOSED
            assert journal.last_sequence() == before == loop.room.sequence
            assert (CLOCK.now() - loop.turned_at).total_seconds() < 1.0
        await eventually(lambda: loop.silence is None, 12)
        await eventually(lambda: positions(loop.room)["s2"] is Position.OPEN)
        assert not running.done()
        moves = [e.record for e in journal.entries(after=before) if e.record.kind == "SwitchMoved"]
        assert [(m.body["switch"], m.body["position"]) for m in moves] == [
            ("s3", Position.OPEN.value),
            ("s2", Position.OPEN.value),
            ("s3", Position.CLOSED.value),
            ("s3", Position.OPEN.value),
        ]
        (note,) = written(journal, NOTE)
        assert note.body["tries"] >= 2  # type: ignore[operator]
        again = ControlRoom(installation(street()), journal)
        again.recover()
        assert positions(again) == positions(loop.room)
        assert again.sequence == loop.room.sequence


async def test_a_plan_under_way_waits_and_no_command_is_doubled_or_forgotten(
    journal: SqlJournal,
) -> None:
    async with living(installation(street()), journal) as (loop, link, _):
        incident = await proposed(loop, link)
        release(loop, incident)
        await eventually(lambda: len(link.orders) >= 1)
        with full_disk():
            await eventually(lambda: loop.silence is not None)
            sent = len(link.orders)
            with pytest.raises(JournalSilent):
                loop.submit(IncidentHalted(at=CLOCK.now(), by=LAN, incident=incident.id))
            await asyncio.sleep(1.0)
            assert len(link.orders) == sent < 4
            assert not incident.halted
        await eventually(lambda: incident.phase is Phase.RESTORED, 20)
        assert [order.switch for order in link.orders] == ["s1", "s4", "b1", "t1"]
    issued = Counter(str(r.body["command"]) for r in written(journal, "CommandIssued"))
    assert set(issued.values()) == {1}
    assert not written(journal, "IncidentHalted")
    assert len(issued) == 4


async def test_a_stop_holds_at_once_and_is_written_before_anything_goes_on(
    journal: SqlJournal,
) -> None:
    async with living(installation(street()), journal) as (loop, link, _):
        incident = await proposed(loop, link)
        release(loop, incident)
        await eventually(lambda: len(link.orders) >= 1)
        with full_disk():
            await eventually(lambda: loop.silence is not None)
            halt = IncidentHalted(at=CLOCK.now(), by=LAN, incident=incident.id)
            assert loop.stop(halt) is False
            assert loop.stop(halt) is False
            assert loop.stops_held == 1
            sent = len(link.orders)
            await asyncio.sleep(0.7)
        await eventually(lambda: loop.silence is None, 12)
        await eventually(lambda: incident.phase is Phase.STOPPED, 12)
        assert loop.stops_held == 0
        await asyncio.sleep(1.0)
        assert len(link.orders) == sent < 4, "a command was sent after the stop"
        assert incident.halted
    (halted,) = written(journal, "IncidentHalted")
    assert str(halted.body["said_at"]) < halted.at.isoformat()
    kinds = [e.record.kind for e in journal.entries()]
    after = kinds[kinds.index(NOTE) :]
    assert after.index("IncidentHalted") == 1, after[:5]


async def test_a_stop_comes_before_what_turns_out_to_be_durable(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the commit of the release was lost; before it is known somebody says stop."""
    async with living(installation(street()), journal) as (loop, link, _):
        incident = await proposed(loop, link)
        append, settle = journal.append, journal.settle
        monkeypatch.setattr(journal, "settle", _raising(JournalSilent("cannot be read")))
        held: list[Any] = []

        def lost(records: Any) -> Any:
            if all(record.kind != "PlanReleased" for record in records):
                return append(records)  # what was due before it
            held.extend(append(records))
            raise JournalUnsure("nobody knows")

        def settled() -> Any:
            monkeypatch.setattr(journal, "settle", settle)
            return tuple(held)

        monkeypatch.setattr(journal, "append", lost)
        with pytest.raises(JournalUnsure):
            release(loop, incident)
        loop.stop(IncidentHalted(at=CLOCK.now(), by=LAN, incident=incident.id))
        monkeypatch.setattr(journal, "append", append)
        monkeypatch.setattr(journal, "settle", settled)
        await eventually(lambda: incident.phase is Phase.STOPPED, 12)
        assert incident.halted
        assert not link.orders
    assert not written(journal, "CommandIssued")


async def test_nothing_is_due_before_what_came_meanwhile_is_heard(journal: SqlJournal) -> None:
    """Telemetry that came in time must not be found missing."""
    async with living(installation(street()), journal) as (loop, link, _):
        with full_disk():
            link.moves("s3", Position.OPEN)
            await eventually(lambda: loop.silence is not None)
            link.moves("s2", Position.OPEN)
            loop.room.timers.take([StartTimer(timer=TimerId("late"), due=CLOCK.now())])
            await asyncio.sleep(0.1)
        await eventually(lambda: bool(written(journal, "TimerExpired")), 12)
        said = [
            str(e.record.body.get("switch") or e.record.body.get("timer"))
            for e in journal.entries()
            if e.record.kind in ("SwitchMoved", "TimerExpired")
        ]
        assert said[-3:] == ["s3", "s2", "late"]


async def test_a_release_on_a_full_disk_did_not_happen(journal: SqlJournal) -> None:
    async with living(installation(street()), journal) as (loop, link, _):
        incident = await proposed(loop, link)
        with full_disk():
            with pytest.raises(JournalSilent) as told:
                release(loop, incident)
            assert not isinstance(told.value, JournalUnsure)
            assert loop.silence is not None
        await eventually(lambda: loop.silence is None, 12)
        assert incident.phase is Phase.PROPOSED
        assert not link.orders
        assert not written(journal, "PlanReleased")
        release(loop, incident)
        await eventually(lambda: incident.phase is Phase.RESTORED, 20)


async def test_a_release_that_turns_out_to_be_durable_is_carried_out_once(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the commit was lost, and the journal could not be read for a moment."""
    async with living(installation(street()), journal) as (loop, link, _):
        incident = await proposed(loop, link)
        append, settle = journal.append, journal.settle
        monkeypatch.setattr(journal, "settle", _raising(JournalSilent("cannot be read")))
        held: list[Any] = []

        def lost(records: Any) -> Any:
            if all(record.kind != "PlanReleased" for record in records):
                return append(records)  # what was due before it
            held.extend(append(records))
            raise JournalUnsure("nobody knows")

        monkeypatch.setattr(journal, "append", lost)
        with pytest.raises(JournalUnsure):
            release(loop, incident)
        await asyncio.sleep(0.7)
        assert loop.silence is not None
        assert not link.orders
        monkeypatch.setattr(journal, "append", append)

        def settled() -> Any:
            monkeypatch.setattr(journal, "settle", settle)
            return tuple(held)

        monkeypatch.setattr(journal, "settle", settled)
        await eventually(lambda: incident.phase is Phase.RESTORED, 20)
        assert [order.switch for order in link.orders] == ["s1", "s4", "b1", "t1"]
    assert len(written(journal, "PlanReleased")) == 1


async def test_a_stop_that_nothing_needs_any_more_ends_nothing(journal: SqlJournal) -> None:
    """What is to be stopped may have ended, or never have begun: nobody knew while nothing could
    be written."""
    async with living(installation(street()), journal) as (loop, link, running):
        with full_disk():
            link.moves("s3", Position.OPEN)
            await eventually(lambda: loop.silence is not None)
            stop = SheetStopped(at=CLOCK.now(), by=LAN, sheet=SheetId("P1"))
            assert loop.stop(stop) is False
        await eventually(lambda: loop.silence is None, 12)
        await eventually(lambda: positions(loop.room)["s3"] is Position.OPEN)
        assert not running.done()
        assert loop.stops_held == 0
    assert not written(journal, "SheetStopped")


async def test_a_durable_release_is_never_said_not_to_have_happened(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else wrote the journal between the release and its first command."""
    async with living(installation(street()), journal) as (loop, link, running):
        incident = await proposed(loop, link)
        append = journal.append

        def overtaken(records: Any) -> Any:
            if any(record.kind == "CommandIssued" for record in records):
                raise JournalBusy("another process has written this journal")
            return append(records)

        monkeypatch.setattr(journal, "append", overtaken)
        release(loop, incident)
        assert not link.orders
        with pytest.raises(JournalBusy):
            await asyncio.wait_for(asyncio.shield(running), 5)
    assert not link.orders
    assert len(written(journal, "PlanReleased")) == 1


def _raising(error: Exception) -> Any:
    def fail() -> None:
        raise error

    return fail


# over HTTP


TAG = {"switch": "s1", "kind": "no_close", "reason": "work"}


async def test_the_service_says_so_shows_the_field_refuses_and_recovers(up: Up) -> None:
    one = await up.struck()
    client = await up.logged_in()
    assert up.field is not None
    with full_disk():
        refused = await client.post(f"{API}/tags", json=TAG)
        assert (refused.status_code, refused.json()["code"]) == (503, "journal-silent")
        assert refused.json()["type"] == "urn:gridops:problem:journal-silent"
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["blind"]) == (503, ["journal-blind"])
        assert (await client.get("/livez")).status_code == 200

        up.field.strike("D", max(up.clock.now(), up.field.now))
        was = up.room.desk.state.positions[SwitchId("b2")].value

        async def shown(switch: str) -> str:
            view = (await client.get(f"{API}/view")).json()
            assert view["system"]["blind"][0]["code"] == "journal-blind"
            return str(view["switches"][switch]["position"])

        async with asyncio.timeout(10):
            while await shown("b2") != "open":  # noqa: ASYNC110 - over HTTP there is no event
                await asyncio.sleep(0.1)
        assert up.room.desk.state.positions[SwitchId("b2")].value is was is Position.CLOSED

        plan = {"plan": one["plan"]["id"], "fingerprint": one["plan"]["fingerprint"]}
        refused = await client.post(f"{API}/incidents/{one['id']}/release", json=plan)
        assert (refused.status_code, refused.json()["code"]) == (503, "journal-silent")
        stopped = await client.post(f"{API}/incidents/{one['id']}/halt")
        assert stopped.status_code == 202
        assert (await client.get("/readyz")).json()["blind"] == ["journal-blind", "stops-held"]
        said = (await client.get("/metrics")).text
        assert "gridops_journal_silent 1.0" in said
    await eventually(lambda: not up.service.blind(), 15)
    assert (await client.get("/readyz")).status_code == 200
    assert len(written(up.room.journal, "IncidentHalted")) == 1  # type: ignore[arg-type]
    assert "gridops_journal_silent 0.0" in (await client.get("/metrics")).text
    await eventually(lambda: up.room.desk.state.positions[SwitchId("b2")].value is Position.OPEN)
    assert (await client.post(f"{API}/tags", json=TAG)).status_code == 201
    await incident_when(client, lambda card: card["id"] != one["id"])
    opened = [
        r
        for r in written(up.room.journal, "SwitchMoved")
        if r.body["switch"] == "b2"  # type: ignore[arg-type]
    ]
    assert len([r for r in opened if r.body["position"] == Position.OPEN.value]) == 1
    assert SwitchMoved.__name__ in {e.record.kind for e in up.room.journal.entries()}


async def test_a_sheet_is_stopped_while_nothing_can_be_written(up: Up) -> None:
    client = await up.logged_in()
    lines = [line("note", by="crew", text="wait"), *OPEN_C["steps"]]
    sheet = await draw(client, {**OPEN_C, "steps": lines})
    await act(client, "approve", sheet)
    assert (await act(client, "start", await read(client, sheet))).status_code == 200
    with full_disk():
        assert (await client.post(f"{API}/tags", json=TAG)).status_code == 503
        stopped = await client.post(f"{API}/sheets/{sheet['id']}/stop")
        assert stopped.status_code == 202, stopped.text
        assert "stops-held" in (await client.get("/readyz")).json()["blind"]
    await eventually(lambda: not up.service.blind(), 15)
    assert (await read(client, sheet))["state"] == "stopped"
