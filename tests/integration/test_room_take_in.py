"""Another version of the grid is taken in, and the night goes on as if nothing had been."""

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import night as night_of
import pytest
import take_in_process
from night import LAN, Night, installation, minutes

from gridops.adapters.grid_files import grid_fingerprint, grid_texts
from gridops.adapters.journal import SqlJournal, open_journal
from gridops.adapters.journal.kept_grids import fingerprint_of
from gridops.api.incident_view import incident_view
from gridops.api.live_view import live_view
from gridops.bootstrap.grid_versions import KeptVersions
from gridops.control_room import ControlRoom
from gridops.errors import (
    GridNotKept,
    GridNotTakenIn,
    JournalError,
    ReleaseRefused,
    TakeInRefused,
)
from gridops.events import ModeChanged, TagPlaced
from gridops.events.operator import Mode, TagKind
from gridops.ids import FeederId, IncidentId, PlanId, SectionId, SwitchId, TagId
from gridops.incident import Phase
from gridops.measurement import Position
from gridops.network import Network, draw
from tests.playbook import FEEDER, NIGHT

LONGER = FEEDER + "\nF [s9] G"
"""A section more on the other feeder."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "night.sqlite"


@pytest.fixture
def journal(file: Path) -> Iterator[SqlJournal]:
    opened = open_journal(f"sqlite:///{file}")
    yield opened
    opened.close()


def old() -> Network:
    return draw(FEEDER)


def new() -> Network:
    return draw(LONGER)


def awaiting_repair(journal: SqlJournal) -> Night:
    """A fault in C at 10 s: b1 trips, s1 and s4 are opened, b1 and t1 closed; C is dark."""
    night = Night(journal, old())
    night.tell(
        TagPlaced(
            at=night.now,
            by=LAN,
            tag=TagId("T1"),
            switch=SwitchId("b2"),
            kind=TagKind.CAUTION,
            reason="watch it",
        ),
        ModeChanged(at=night.now, by=LAN, feeder=FeederId("Fb2"), mode=Mode.RESTORE_ONLY),
    )
    night.wait(10)
    night.strike(trips="b1", flags=("s1", "s2"))
    night.wait(10)
    night.release()
    night.wait(10)
    assert night.room.desk.incidents["I1"].phase is Phase.RESTORED
    return night


def whole(room: ControlRoom) -> dict[str, str]:
    """All that a room holds, comparable."""
    return {
        "grid": room.installation.grid_fingerprint,
        "incidents": repr(room.desk.incidents),
        "state": repr(room.desk.state),
        "timers": repr(room.timers._due),
        "interruptions": repr(room.books.ledger.interruptions),
        "issued": repr(sorted(room.commands_issued)),
        "epoch": repr(room.epoch),
        "sequence": repr(room.sequence),
        "first plans": repr(room.books._first),
        "known": repr(room.desk._detector._grounds.past.tracks),
    }


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


# the night goes on


def test_positions_tags_modes_and_the_open_incident_survive(journal: SqlJournal) -> None:
    night = awaiting_repair(journal)
    before = night.room.desk.state
    night.restart(new(), take_in=True)
    after = night.room.desk.state
    for switch in old().switches:
        assert after.positions[switch].value is before.positions[switch].value, switch
        assert not after.is_unknown(switch)
    assert after.tags == before.tags
    assert after.mode_of(FeederId("Fb2")) is Mode.RESTORE_ONLY
    assert night.room.desk.incidents["I1"].phase is Phase.RESTORED
    assert after.positions[SwitchId("s9")].value is Position.CLOSED
    assert night.room.network.customers == 700
    codes = [note.reason.code for note in night.room.desk.incidents["I1"].timeline]
    assert codes[-1] == "grid-taken-in"


def test_the_incident_goes_on_to_its_end_and_the_minutes_are_right_to_the_second(
    journal: SqlJournal,
) -> None:
    """B, C and D wait for the repair, A and E come back by switching; on the new grid the
    repair is reported, the plan back is made and carried out, and the incident closes."""
    night = awaiting_repair(journal)
    fault_at = NIGHT + timedelta(seconds=10)
    night.wait(600)
    night.restart(new(), take_in=True)
    night.wait(300)
    night.repaired()
    night.wait(2)
    night.release()
    night.wait(30)
    incident = night.room.desk.incidents["I1"]
    assert incident.phase is Phase.CLOSED
    assert night.room.desk.state.energisation.dark == frozenset()
    ended = {i.load: i.ended for i in night.room.books.ledger.interruptions}
    assert set(ended) == {"A", "B", "C", "D", "E"}
    began = {i.began for i in night.room.books.ledger.interruptions}
    assert began == {fault_at}
    assert all(end is not None for end in ended.values())
    expected = sum(100 * (end - fault_at).total_seconds() / 60.0 for end in ended.values() if end)
    assert minutes(night.room, night.now) == pytest.approx(expected)
    assert ended["A"] is not None
    assert ended["A"] < NIGHT + timedelta(seconds=60)
    assert ended["C"] is not None
    assert ended["C"] > NIGHT + timedelta(seconds=900)


def test_the_minutes_are_those_of_a_night_without_a_new_grid(tmp_path: Path) -> None:
    found = []
    for take_in in (False, True):
        journal = open_journal(f"sqlite:///{tmp_path / f'{take_in}.sqlite'}")
        night = awaiting_repair(journal)
        night.wait(600)
        night.restart(new() if take_in else old(), take_in=take_in)
        night.wait(300)
        night.repaired()
        night.wait(2)
        night.release()
        night.wait(30)
        found.append(repr(night.room.books.ledger.interruptions))
        journal.close()
    assert found[0] == found[1]


def test_a_second_fault_after_the_taking_in_is_handled_on_the_new_grid(
    journal: SqlJournal,
) -> None:
    night = awaiting_repair(journal)
    night.restart(new(), take_in=True)
    night.tell(ModeChanged(at=night.now, by=LAN, feeder=FeederId("Fb2"), mode=Mode.ADVISORY))
    night.wait(60)
    night.strike(trips="b2", flags=("s9",))
    night.wait(15)
    second = night.room.desk.incidents["I2"]
    assert SectionId("SG") in second.zone
    assert second.location is not None
    assert SectionId("SG") in second.location.suspected
    dark = {i.load for i in night.room.books.ledger.lasting}
    assert {"F", "G"} <= dark


def test_what_was_proposed_on_the_old_grid_is_void_and_proposed_anew(journal: SqlJournal) -> None:
    night = Night(journal, old())
    night.wait(10)
    night.strike(trips="b1", flags=("s1", "s2"))
    night.wait(11)
    former = night.room.desk.incidents["I1"].proposed
    assert former is not None
    night.restart(new(), take_in=True)
    with pytest.raises(ReleaseRefused):
        night.room.release(
            IncidentId("I1"),
            PlanId(former.id),
            fingerprint=former.answer.fingerprint,
            by=LAN,
            at=night.now,
        )
    night.wait(2)
    proposed = night.room.desk.incidents["I1"].proposed
    assert proposed is not None
    assert proposed.id != former.id
    night.release()
    night.wait(30)
    assert night.room.desk.incidents["I1"].phase is Phase.RESTORED
    codes = [note.reason.code for note in night.room.desk.incidents["I1"].timeline]
    assert "plan-void-other-grid" in codes


# refusals leave everything as it was


def test_without_the_flag_both_versions_and_the_way_on_are_named(journal: SqlJournal) -> None:
    night = awaiting_repair(journal)
    with pytest.raises(GridNotTakenIn) as caught:
        night.recovered(new())
    words = str(caught.value)
    for part in (
        grid_fingerprint(old().components),
        grid_fingerprint(new().components),
        "gridops compare",
        "--take-in",
    ):
        assert part in words


@pytest.mark.parametrize(
    ("drawing", "code"),
    [
        (FEEDER.replace(" (t1) F [b2] S2", "") + "\nF [b2] S2", "incident-switch"),
        (FEEDER + "\nC [s9] G", "incident-section"),
        (FEEDER + "\nE [s9] F", "incident-section"),
        ("S1 [b1] A [s1] B [s2] C [s3] D [s4] E (t1) F [b9] S2", "tag-without-switch"),
    ],
)
def test_a_refusal_tells_everything_and_leaves_the_journal_untouched(
    journal: SqlJournal, file: Path, drawing: str, code: str
) -> None:
    night = awaiting_repair(journal)
    journal.close()
    before = digest(file)
    again = open_journal(f"sqlite:///{file}")
    night.journal = again
    with pytest.raises(TakeInRefused) as caught:
        night.recovered(draw(drawing), take_in=True)
    again.close()
    assert code in {finding.code for finding in caught.value.findings}  # type: ignore[attr-defined]
    assert digest(file) == before


def test_a_room_that_keeps_no_versions_takes_none_in(journal: SqlJournal) -> None:
    room = ControlRoom(installation(old()), journal)
    room.start(NIGHT)
    with pytest.raises(JournalError, match="keeps no versions"):
        room.take_in(installation(new()), at=NIGHT, by=LAN)


# the journal with two versions


def test_recovery_knows_exactly_what_was_known_over_two_versions(journal: SqlJournal) -> None:
    night = awaiting_repair(journal)
    night.wait(60)
    night.restart(new(), take_in=True)
    night.wait(60)
    night.repaired()
    night.wait(2)
    night.release()
    night.wait(30)
    known = whole(night.room)
    for _ in range(2):
        again = night.recovered(new())
        for what, words in known.items():
            assert whole(again)[what] == words, what
        assert again.books.decisions() == []


def test_versions_may_follow_each_other_and_come_back(journal: SqlJournal) -> None:
    night = awaiting_repair(journal)
    for network in (new(), draw(LONGER + "\nG [s8] H"), new(), old()):
        night.wait(10)
        night.restart(network, take_in=True)
        assert night.room.desk.incidents["I1"].phase is Phase.RESTORED
    assert len(journal.kept_grids()) == 3
    assert whole(night.recovered(old())) == whole(night.room)
    with pytest.raises(GridNotTakenIn):
        night.recovered(new())


@pytest.mark.parametrize("kind", ["GridTakenIn", "ControlRoomStarted"])
def test_a_fact_that_does_not_follow_from_the_version_before_is_refused(
    journal: SqlJournal, kind: str
) -> None:
    night = awaiting_repair(journal)
    night.restart(new(), take_in=True)
    entries = [e.record for e in journal.entries() if e.record.kind == kind]
    journal.append([entries[0]])
    with pytest.raises(JournalError, match=r"was never taken in") as caught:
        night.recovered(new())
    assert grid_fingerprint(old().components) in caught.value.what


def test_with_the_flag_and_the_same_grid_nothing_is_journalled(journal: SqlJournal) -> None:
    night = awaiting_repair(journal)
    sequence = night.room.sequence
    room = night.recovered(old(), take_in=True)
    assert room.sequence == sequence == journal.last_sequence()


def test_a_journal_from_before_keeps_its_grid_at_the_next_start(
    journal: SqlJournal, file: Path
) -> None:
    night = awaiting_repair(journal)
    journal.close()
    forget(file)
    again = night.journal = open_journal(f"sqlite:///{file}")
    with pytest.raises(GridNotKept, match="start once with the files"):
        night.recovered(new(), take_in=True)
    night.restart(old())
    assert again.kept_grids() == (grid_fingerprint(old().components),)
    night.restart(new(), take_in=True)
    assert night.room.desk.incidents["I1"].phase is Phase.RESTORED
    again.close()


def test_a_journal_of_an_earlier_format_that_kept_no_grid_is_taken_in_once(
    journal: SqlJournal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The former GridOps gave the same files another fingerprint, and kept nothing."""
    former = fingerprint_of(grid_texts(old().components, version=1))
    with monkeypatch.context() as earlier:
        earlier.setattr(night_of, "grid_fingerprint", lambda _: former)
        night = awaiting_repair(journal)
    journal.close()
    forget(file)
    again = night.journal = open_journal(f"sqlite:///{file}")
    with pytest.raises(GridNotTakenIn, match=former):
        night.recovered(old())
    night.restart(old(), take_in=True)
    assert again.kept_grids() == (former, grid_fingerprint(old().components))
    assert night.room.desk.incidents["I1"].phase is Phase.RESTORED
    night.restart(new(), take_in=True)
    assert night.room.desk.state.tags
    again.close()


def test_a_grid_of_another_content_is_not_taken_for_the_former_one(journal: SqlJournal) -> None:
    former = fingerprint_of(grid_texts(old().components, version=1))
    with pytest.raises(GridNotKept):
        KeptVersions(journal).installation(former, like=installation(new()))


def forget(file: Path, statement: str = "DELETE FROM grid_version") -> None:
    """As an insider with a database tool would."""
    with sqlite3.connect(file) as connection:
        for verb in ("UPDATE", "DELETE"):
            connection.execute(f"DROP TRIGGER IF EXISTS grids_refuse_{verb}")
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE grid_version SET texts = substr(texts, 1, length(texts) - 20) WHERE number = 1",
        "UPDATE grid_version SET texts = x'00' WHERE number = 1",
        "UPDATE grid_version SET texts = (SELECT texts FROM grid_version WHERE number = 2)"
        " WHERE number = 1",
        "UPDATE grid_version SET texts = CAST(texts || x'00' AS BLOB) WHERE number = 1",
    ],
)
def test_a_damaged_grid_is_refused_by_name(journal: SqlJournal, file: Path, statement: str) -> None:
    night = awaiting_repair(journal)
    night.restart(new(), take_in=True)
    journal.close()
    forget(file, statement)
    night.journal = open_journal(f"sqlite:///{file}")
    with pytest.raises(GridNotKept, match=grid_fingerprint(old().components)) as caught:
        night.recovered(new())
    assert "damaged" in caught.value.what
    night.journal.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE grid_version SET name = 'x'",
        "DELETE FROM grid_version",
        "INSERT OR REPLACE INTO grid_version SELECT * FROM grid_version",
    ],
)
def test_the_database_itself_refuses_to_change_a_kept_grid(
    journal: SqlJournal, file: Path, statement: str
) -> None:
    awaiting_repair(journal)
    connection = sqlite3.connect(file)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        connection.execute(statement)
    connection.close()


def test_what_is_kept_has_the_fingerprint_that_grids_have() -> None:
    for network in (old(), new()):
        texts = grid_texts(network.components)
        assert fingerprint_of(texts) == grid_fingerprint(network.components)


def test_a_kept_grid_reads_back_equal(journal: SqlJournal) -> None:
    night = awaiting_repair(journal)
    kept = KeptVersions(journal).installation(
        grid_fingerprint(old().components), like=night.room.installation
    )
    assert kept.network.components == old().components


# the screen


def test_a_closed_incident_of_the_former_grid_stays_on_the_screen(journal: SqlJournal) -> None:
    """The section of its fault is not in the grid any more."""
    night = Night(journal, new())
    night.strike(trips="b2", flags=("s9",))
    night.wait(15)
    night.move("s9", Position.OPEN)
    night.move("b2", Position.CLOSED)
    night.move("s9", Position.CLOSED)
    night.wait(5)
    assert night.room.desk.incidents["I1"].phase is Phase.CLOSED
    card = incident_view(night.room, night.room.desk.incidents["I1"], now=night.now)
    night.restart(old(), take_in=True)
    view = live_view(night.room, now=night.now, links=())
    assert "SG" not in view["sections"]
    kept = view["incidents"]["I1"]
    for part in ("customers_interrupted", "location", "feeder", "dark", "plan"):
        if part != "location":
            assert kept[part] == card[part], part
    assert kept["location"]["suspected"] == card["location"]["suspected"]


# kill -9 on the way


@pytest.mark.parametrize("where", ["compared", "kept", "taken"])
def test_kill_9_leaves_the_journal_on_one_grid_or_on_the_other(
    journal: SqlJournal, file: Path, where: str
) -> None:
    night = awaiting_repair(journal)
    before = whole(night.room)
    journal.close()
    program = str(Path(take_in_process.__file__))
    done = subprocess.run(
        [sys.executable, program, f"sqlite:///{file}", where],
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == -signal.SIGKILL
    night.journal = open_journal(f"sqlite:///{file}")
    if where == "taken":
        with pytest.raises(GridNotTakenIn):
            night.recovered(old())
        night.restart(new())
    else:
        assert whole(night.recovered(old())) == before
        with pytest.raises(GridNotTakenIn):
            night.recovered(new())
        night.restart(new(), take_in=True)
    taken = [e.record for e in night.journal.entries() if e.record.kind == "GridTakenIn"]
    assert len(taken) == 1
    assert taken[0].body["by"] == LAN
    assert night.room.desk.incidents["I1"].phase is Phase.RESTORED
    assert night.room.desk.state.tags.keys() == {"T1"}
    assert whole(night.recovered(new())) == whole(night.room)
    night.journal.close()
