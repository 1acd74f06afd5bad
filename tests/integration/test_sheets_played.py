"""Sheets by hand through the whole engine: a room, a field that answers, a journal that says it all
again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gridops.adapters.journal import SqlJournal, open_journal
from gridops.bootstrap.wiring import installation_of
from gridops.control_room import ControlRoom, Installation
from gridops.control_room.books import SHEET
from gridops.control_room.replay import Replay
from gridops.control_room.simulation import Habit, Simulation
from gridops.events import (
    OperatorEvent,
    SheetApproved,
    SheetDrawn,
    SheetStarted,
    SheetStopped,
    StepInstructed,
    StepReported,
)
from gridops.events.sheets import SheetPaper
from gridops.ids import SectionId, SheetId, UserName
from gridops.incident import IncidentSettings
from gridops.network import draw
from gridops.sheets import SheetState
from gridops.sheets.sheet import Sheet, fingerprint_of
from gridops.virtual_field import VirtualField
from tests.playbook import NIGHT
from tests.radial_sweep import RadialSweep
from tests.sheet_desk import lines

WORK = "open s2, check s2, earth s2, note insulators, unearth s2, close s2"
P1, DROPPED = SheetId("P1"), (SectionId("SC"),)
LAN, MAI, BINH = UserName("lan"), UserName("mai"), UserName("binh")


def after(s: float) -> datetime:
    return NIGHT + timedelta(seconds=s)


def installation() -> Installation:
    network = draw("S1 [b1] A [s1] B [s2] C (t1) D [b2] S2")
    return installation_of(network, IncidentSettings(two_person=True))


def begun(grid: str) -> list[OperatorEvent]:
    """Lan draws it up, Mai approves, Lan starts it 10 s after the night began."""
    named = fingerprint_of(lines(WORK), grid=grid, gives_up=frozenset(DROPPED))
    drawn = SheetDrawn(
        at=after(3),
        by=LAN,
        sheet=P1,
        paper=SheetPaper(title="insulators"),
        steps=lines(WORK),
        gives_up=DROPPED,
    )
    approved = SheetApproved(at=after(6), by=MAI, sheet=P1, fingerprint=named)
    return [drawn, approved, SheetStarted(at=after(10), by=LAN, sheet=P1, fingerprint=named)]


def by_crew() -> Iterator[OperatorEvent]:
    for k, number in enumerate((2, 3, 4, 5)):
        at = after(30 + 10 * k)
        if number != 4:
            yield StepInstructed(at=at, by=LAN, sheet=P1, step=number, receiver="crew 7")
        yield StepReported(at=at + timedelta(seconds=5), by=BINH, sheet=P1, step=number, done=True)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqlJournal]:
    opened = open_journal(f"sqlite:///{tmp_path}/journal.sqlite")
    yield opened
    opened.close()


def played(journal: SqlJournal, acts: list[OperatorEvent], *, until_s: float) -> ControlRoom:
    here = installation()
    field = VirtualField(here.network, RadialSweep(here.network), start=NIGHT)
    room = ControlRoom(here, journal)
    Simulation(room, field, habit=Habit(release_after_s=None)).run(after(until_s), acts)
    return room


def sheet_of(room: ControlRoom) -> Sheet:
    return room.desk.sheets.sheets[P1]


def kept(journal: SqlJournal) -> list[str]:
    """The states in which the sheet was written down as decided."""
    records = [entry.record for entry in journal.entries()]
    return [str(record.body["state"]) for record in records if record.kind == SHEET]


def is_verified(journal: SqlJournal) -> ControlRoom:
    again = ControlRoom(installation(), journal)
    replay = Replay(again, verify=True)
    made = list(replay.run())
    assert replay.difference is None
    assert replay.decisions == len(made)
    return again


def test_crews_and_commands_take_turns_and_a_replay_says_the_same(journal: SqlJournal) -> None:
    grid = installation().grid_fingerprint
    room = played(journal, [*begun(grid), *by_crew()], until_s=120)
    sheet = sheet_of(room)
    assert sheet.state is SheetState.COMPLETED, sheet.timeline
    assert [str(c) for c in sorted(room.commands_issued)] == ["P1/S1", "P1/S6"]
    assert not room.desk.state.tags
    assert not room.desk.state.energisation.dark
    assert kept(journal) == ["draft", "approved", "executing", "completed"]
    assert repr(is_verified(journal).desk.sheets) == repr(room.desk.sheets)


@pytest.mark.parametrize("until_s", [8, 10, 36, 61])
def test_no_step_is_lost_or_invented_by_a_restart(journal: SqlJournal, until_s: float) -> None:
    """Wherever it is cut off, the same is known again, and nothing is sent twice."""
    grid = installation().grid_fingerprint
    acts = [act for act in [*begun(grid), *by_crew()] if act.at <= after(until_s)]
    room = played(journal, acts, until_s=until_s)
    again = is_verified(journal)
    assert repr(again.desk.sheets) == repr(room.desk.sheets)
    assert again.timers.next_due() == room.timers.next_due()

    assert again.start(after(200)) is not None
    sheet = sheet_of(again)
    begun_already = until_s >= 10
    assert sheet.state is (SheetState.STOPPED if begun_already else SheetState.APPROVED)
    assert again.commands_issued == room.commands_issued
    assert bool(again.desk.state.tags) is (until_s == 61)


def test_what_is_done_late_on_a_stopped_sheet_is_written_down(journal: SqlJournal) -> None:
    grid = installation().grid_fingerprint
    stops = SheetStopped(at=after(10) + timedelta(milliseconds=50), by=MAI, sheet=P1)
    room = played(journal, [*begun(grid), stops], until_s=40)
    assert sheet_of(room).state is SheetState.STOPPED
    assert sheet_of(room).steps[0].progress.is_done
    assert kept(journal) == ["draft", "approved", "executing", "stopped", "stopped"]
    is_verified(journal)
