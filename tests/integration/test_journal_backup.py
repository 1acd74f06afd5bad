"""Backup, restore and check as the operating page says, on both databases."""

import json
from pathlib import Path

import pytest
from night import Night

from gridops.adapters.content import resolve_scenario
from gridops.adapters.journal import open_journal
from gridops.adapters.journal.copying import back_up, end_of, restore
from gridops.bootstrap.replaying import replay_journal
from gridops.bootstrap.simulate import play
from gridops.cli import run
from gridops.errors import JournalError
from gridops.network import draw
from tests.journal_places import Place
from tests.playbook import FEEDER


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.sqlite"


def test_what_was_backed_up_while_it_was_in_use_is_restored_and_goes_on(
    place: Place, file: Path, tmp_path: Path
) -> None:
    journal = place.open()
    night = Night(journal, draw(FEEDER))
    night.strike(trips="b1", flags=("s1", "s2"))
    night.wait(30)
    end = back_up(place.url, file)
    assert end.entries == journal.last_sequence() > 10
    assert [path.name for path in file.parent.glob("backup*")] == ["backup.sqlite"]
    night.release()
    night.wait(60)
    journal.close()

    new = f"sqlite:///{tmp_path / 'restored.sqlite'}"
    assert restore(file, new) == end
    restored = open_journal(new)
    assert [e.hash for e in restored.entries()][-1] == end.hash
    again = Night(restored, draw(FEEDER), at=night.now)
    again.wait(30)
    assert again.room.epoch == 2
    assert "I1" in again.room.desk.incidents
    restored.close()


def test_a_backup_goes_into_either_database_and_replays_there(
    place: Place, file: Path, tmp_path: Path
) -> None:
    play(resolve_scenario("automatic_release"), folder=tmp_path)
    end = back_up(f"sqlite:///{tmp_path / 'journal.sqlite'}", file)
    assert restore(file, place.url) == end
    found = replay_journal(place.url, verify=True)
    assert found.difference is None
    assert found.replay.entries == end.entries
    with pytest.raises(JournalError, match="something in it already"):
        restore(file, place.url)


def test_a_backup_never_overwrites_and_leaves_nothing_half_done(
    place: Place, file: Path, tmp_path: Path
) -> None:
    journal = place.open()
    Night(journal, draw(FEEDER))
    journal.close()
    file.write_text("somebody else's")
    with pytest.raises(JournalError, match="already"):
        back_up(place.url, file)
    assert file.read_text() == "somebody else's"

    place.unlock()
    place.edit("UPDATE journal_entry SET body = '{}' WHERE sequence = 2")
    with pytest.raises(JournalError, match="entry 2"):
        back_up(place.url, tmp_path / "new.sqlite")
    assert not list(tmp_path.glob("new*"))


def test_a_journal_that_was_cut_off_is_found_by_the_hash_that_was_noted(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = place.open()
    night = Night(journal, draw(FEEDER))
    noted = end_of(journal).hash
    night.strike(trips="b1", flags=("s1", "s2"))
    later = end_of(journal)
    journal.close()
    assert run(["journal", "verify", place.url, "--holds", noted]) == 0
    assert run(["journal", "verify", place.url, "--holds", later.hash]) == 0
    place.unlock()
    place.edit(f"DELETE FROM journal_entry WHERE sequence > {later.entries - 2}")
    capsys.readouterr()
    assert run(["journal", "verify", place.url, "--holds", later.hash, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert run(["journal", "verify", place.url, "--holds", noted]) == 0
    place.edit("UPDATE journal_entry SET kind = 'x' WHERE sequence = 3")
    assert run(["journal", "verify", place.url]) == 1
