"""What is acknowledged leads to its commands, or somebody hears why not: whichever write fails."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest
from opcua_setting import eventually
from room_process import installation, street
from test_room_loop import CLOCK, QuietLink, living

from gridops.adapters.journal import SqlJournal, open_journal
from gridops.control_room import ControlRoom, Loop
from gridops.errors import JournalSilent
from gridops.ids import SwitchId, UserName
from gridops.incident import Incident, Phase
from gridops.incident.model import StepState
from gridops.ports import Entry, Record

LAN = UserName("lan")


class Choosy:
    """A real journal that cannot write what `refuses` says, as a disk that is full just then."""

    def __init__(self, journal: SqlJournal) -> None:
        self._journal = journal
        self.refuses: Callable[[Sequence[Record]], bool] = lambda _: False

    def append(self, records: Sequence[Record]) -> Sequence[Entry]:
        if self.refuses(records):
            raise JournalSilent("no space", where="disk", remedy="make some")
        return self._journal.append(records)

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)


def only(kind: str) -> Callable[[Sequence[Record]], bool]:
    return lambda records: any(record.kind.startswith(kind) for record in records)


@pytest.fixture
def journal(journal_url: str) -> Iterator[Choosy]:
    opened = open_journal(journal_url)
    yield Choosy(opened)
    opened.close()


@asynccontextmanager
async def proposed(
    journal: Choosy,
) -> AsyncIterator[tuple[Loop, QuietLink, "asyncio.Task[None]", Incident]]:
    """A fault in C, and the plan for it on the screen."""
    async with living(installation(street()), journal) as (loop, link, running):  # type: ignore[arg-type]
        link.trips()
        incidents = loop.room.desk.incidents
        await eventually(lambda: any(i.phase is Phase.PROPOSED for i in incidents.values()))
        (incident,) = incidents.values()
        yield loop, link, running, incident


def release(loop: Loop, incident: Incident) -> None:
    plan = incident.proposed
    assert plan is not None
    loop.release(incident.id, plan.id, fingerprint=plan.answer.fingerprint, by=LAN)


def kinds(journal: Choosy) -> list[str]:
    return [entry.record.kind for entry in journal._journal.entries()]


async def test_a_release_is_carried_out_although_the_decision_about_it_cannot_be_written(
    journal: Choosy,
) -> None:
    """The release is durable by then, and acknowledged: its command goes out."""
    failed = 0

    def once(records: Sequence[Record]) -> bool:
        nonlocal failed
        failed += (fails := not failed and only("decision.")(records))
        return fails

    async with proposed(journal) as (loop, link, _, incident):
        journal.refuses = once
        release(loop, incident)
        await eventually(lambda: incident.phase is Phase.RESTORED, 10)
        assert [order.switch for order in link.orders] == ["s1", "s4", "b1", "t1"]
    assert failed == 1
    written = kinds(journal)
    # What could not be written at once stands before the next facts, and nothing is missing.
    released = written.index("PlanReleased")
    decided = ["decision.concluded", "decision.sheet"]
    assert written[released + 1 : released + 4] == [*decided, "CommandIssued"]
    again = ControlRoom(installation(street()), journal._journal)
    again.recover()
    assert not again._unwritten


async def test_a_command_that_cannot_be_journalled_is_not_sent_and_the_plan_says_so(
    journal: Choosy,
) -> None:
    async with proposed(journal) as (loop, link, running, incident):
        plan = incident.proposed
        assert plan is not None
        journal.refuses = only("CommandIssued")
        release(loop, incident)
        await eventually(lambda: incident.phase is not Phase.EXECUTING)
        assert [one.state for one in plan.progress].count(StepState.FAILED) == 1
        assert incident.latched
        assert not loop.room.desk.state.is_unknown(SwitchId("s1"))

        await eventually(lambda: incident.phase is Phase.PROPOSED)  # from the actual state
        journal.refuses = lambda _: False
        assert incident.proposed is not plan
        release(loop, incident)
        await eventually(lambda: incident.phase is Phase.RESTORED, 10)
        assert not running.done()
        assert [order.switch for order in link.orders] == ["s1", "s4", "b1", "t1"]
    told = [e.record.body for e in journal._journal.entries() if e.record.kind == "CommandRejected"]
    assert [body["code"] for body in told] == ["command-not-journalled"]


async def test_after_a_kill_with_decisions_unwritten_they_come_before_the_next_start(
    journal: Choosy,
) -> None:
    is_released = False

    def afterwards(records: Sequence[Record]) -> bool:
        nonlocal is_released
        was, is_released = is_released, is_released or only("PlanReleased")(records)
        return was

    async with proposed(journal) as (loop, _, _, incident):
        journal.refuses = afterwards
        release(loop, incident)
    assert kinds(journal)[-1] == "PlanReleased"
    again = ControlRoom(installation(street()), journal._journal)
    again.recover()
    again.start(CLOCK.now())
    written = kinds(journal)
    released = written.index("PlanReleased")
    decided = ["decision.concluded", "decision.sheet"]
    assert written[released + 1 : released + 4] == [*decided, "ControlRoomStarted"]
    assert again.desk.incidents[incident.id].phase is Phase.STOPPED
