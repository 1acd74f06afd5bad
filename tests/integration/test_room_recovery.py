"""What a control room knows after it was killed: everything that was acknowledged, and nothing
is sent twice."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import room_process
from opcua_setting import CLOCK, eventually
from room_process import installation, street

from gridops.adapters.journal import SqlJournal, open_journal
from gridops.commands import Operate
from gridops.control_room import ControlRoom
from gridops.control_room.simulation import Habit, Simulation
from gridops.events import CommandIssued, ControlRoomStarted, ModeChanged
from gridops.events.codec import from_plain
from gridops.events.operator import Mode
from gridops.ids import LinkId, SwitchId, UserName
from gridops.incident import Phase
from gridops.measurement import Position
from gridops.network import Network
from gridops.ports import Journal
from gridops.virtual_field import OrderAnswer, VirtualField
from opcua_bridge import serve_virtual_field
from tests.playbook import NIGHT
from tests.radial_sweep import RadialSweep

LAN = UserName("lan")


def after(s: float) -> datetime:
    return NIGHT + timedelta(seconds=s)


def played(journal: Journal, *, until_s: float) -> ControlRoom:
    """A storm in simulated time: a fault at 5 s, another one at 40 s, the link down between."""
    network = street()
    field = VirtualField(network, RadialSweep(network), start=NIGHT)
    field.strike("C", after(5))
    field.strike("F", after(40))
    room = ControlRoom(installation(network), journal)
    acts = [ModeChanged(at=after(1), by=LAN, feeder=None, mode=Mode.AUTOMATIC)]
    Simulation(room, field, habit=Habit(release_after_s=2.0)).run(after(until_s), acts)
    return room


def known(room: ControlRoom) -> dict[str, str]:
    """All that a room holds, comparable."""
    return {
        "incidents": repr(room.desk.incidents),
        "state": repr(room.desk.state),
        "timers": repr(room.timers._due),
        "interruptions": repr(room.books.ledger.interruptions),
        "issued": repr(sorted(room.commands_issued)),
        "epoch": repr(room.epoch),
        "sequence": repr(room.sequence),
        "first plans": repr(room.books._first),
    }


@pytest.fixture
def journal(journal_url: str) -> Iterator[SqlJournal]:
    opened = open_journal(journal_url)
    yield opened
    opened.close()


@pytest.mark.parametrize("until_s", [0.5, 5.3, 5.9, 6.5, 9.0, 12.0, 30.0, 41.0, 90.0])
def test_recovery_knows_exactly_what_was_known(journal: SqlJournal, until_s: float) -> None:
    before = played(journal, until_s=until_s)
    again = ControlRoom(installation(street()), journal)
    again.recover()
    for what, words in known(before).items():
        assert known(again)[what] == words, what
    assert again.books.decisions() == []
    journal.close()


def test_decisions_that_a_crash_kept_out_of_the_journal_are_written_afterwards(
    journal: SqlJournal, tmp_path: Path
) -> None:
    """The crash hits between the facts and what was concluded from them."""
    played(journal, until_s=90)
    entries = list(journal.entries())
    made = [k for k, e in enumerate(entries) if e.record.kind.startswith("decision.")]
    cut = max(k for k in made if k - 1 not in made)
    shorter = open_journal(f"sqlite:///{tmp_path / 'shorter.sqlite'}")
    for entry in entries[:cut]:
        shorter.append([entry.record])
    room = ControlRoom(installation(street()), shorter)
    room.recover()
    room.start(after(100))
    kept = [e.record for e in shorter.entries() if e.record.kind.startswith("decision.")]
    assert entries[cut].record.body in [record.body for record in kept]
    journal.close()
    shorter.close()


def test_the_mode_of_the_settings_holds_at_the_first_start_only(journal: SqlJournal) -> None:
    automatic = replace(installation(street()), mode=Mode.AUTOMATIC)
    room = ControlRoom(automatic, journal)
    room.start(after(0))
    assert room.desk.state.system_mode is Mode.AUTOMATIC
    room.accept([ModeChanged(at=after(1), by=LAN, feeder=None, mode=Mode.ADVISORY)])
    again = ControlRoom(automatic, journal)
    again.recover()
    again.start(after(2))
    assert again.desk.state.system_mode is Mode.ADVISORY
    kinds = [entry.record.kind for entry in journal.entries()]
    assert kinds == [
        ControlRoomStarted.__name__,
        ModeChanged.__name__,
        ModeChanged.__name__,
        ControlRoomStarted.__name__,
    ]
    journal.close()


def test_a_command_is_issued_once_also_after_a_restart(journal: SqlJournal) -> None:
    room = played(journal, until_s=30)
    entries = [e.record for e in journal.entries() if e.record.kind == "CommandIssued"]
    issued = from_plain(entries[0].kind, dict(entries[0].body))
    assert isinstance(issued, CommandIssued)
    operate = Operate(
        command=issued.command,
        incident=issued.incident,
        plan=issued.plan,
        step=issued.step,
        switch=issued.switch,
        position=issued.position,
        deadline=issued.deadline,
    )
    again = ControlRoom(installation(street()), journal)
    again.recover()
    for one in (room, again):
        before = one.sequence
        assert one.issue(operate, after(40)) is None
        assert one.sequence == before
    journal.close()


# kill -9 in the middle of a plan, over real OPC UA


class CountingField(VirtualField):
    """Remembers which orders reached a device."""

    def __init__(self, network: Network) -> None:
        super().__init__(network, RadialSweep(network), start=CLOCK.now())
        self.orders: list[tuple[SwitchId, Position]] = []

    def order(self, switch: SwitchId, position: Position, at: datetime) -> OrderAnswer:
        self.orders.append((switch, position))
        return super().order(switch, position, at=at)


class Life:
    """The room's process, and what it leaves behind."""

    def __init__(self, url: str, folder: Path, *, endpoint: str) -> None:
        self.url = url
        self.diary = folder / "diary.txt"
        self._endpoint = endpoint
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        program = str(Path(room_process.__file__))
        command = [sys.executable, program, self.url, self._endpoint, str(self.diary)]
        self._process = subprocess.Popen(command)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def lines(self, word: str) -> list[str]:
        text = self.diary.read_text() if self.diary.exists() else ""
        return [line for line in text.splitlines() if line.startswith(word)]


@asynccontextmanager
async def lives(url: str, folder: Path, *, field: VirtualField) -> AsyncIterator[Life]:
    async with serve_virtual_field(field, CLOCK) as rtus:
        life = Life(url, folder, endpoint=rtus.endpoints[LinkId("rtu")])
        try:
            yield life
        finally:
            life.kill()


async def test_kill_9_in_the_middle_of_a_plan_loses_nothing_and_repeats_nothing(
    journal_url: str, tmp_path: Path
) -> None:
    field = CountingField(street())
    async with lives(journal_url, tmp_path, field=field) as life:
        life.begin()
        await eventually(lambda: len(life.lines("durable")) >= 2, 20)
        await asyncio.sleep(1.0)
        field.strike("C", max(CLOCK.now(), field.now) + timedelta(seconds=0.2))
        for orders in (1, 2, 3):
            await eventually(lambda n=orders: len(field.orders) >= n, 20)
            life.kill()
            acknowledged = int(life.lines("durable")[-1].split()[1])
            journal = open_journal(life.url)
            assert journal.last_sequence() >= acknowledged
            journal.close()
            life.begin()
        await eventually(lambda: life.lines("durable")[-1].endswith(" restored"), 20)
        life.kill()
        _check(life, field)


def _orders_sent(life: Life) -> list[str]:
    return life.lines("sends")


def _check(life: Life, field: CountingField) -> None:
    assert field.dark == {"SB", "SC", "SD"}
    journal = open_journal(life.url)
    entries = list(journal.entries())  # raises if the chain does not hold
    issued = [e.record.body["command"] for e in entries if e.record.kind == "CommandIssued"]
    sent = [line.split()[1] for line in _orders_sent(life)]
    assert len(set(issued)) == len(issued)
    assert len(set(sent)) == len(sent)
    assert set(sent) <= set(issued)
    assert len(field.orders) <= len(sent)
    room = ControlRoom(installation(street()), journal)
    room.recover()
    journal.close()
    (incident,) = room.desk.incidents.values()
    codes = [note.reason.code for note in incident.timeline]
    assert codes.count("stopped-restart") >= 1
    after_stop = codes[codes.index("stopped-restart") :]
    assert "plan-proposed" in after_stop
    assert "plan-released" in after_stop
    assert room.epoch == 4
    assert incident.phase is Phase.RESTORED
