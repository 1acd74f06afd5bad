"""What is old is archived: the archive replays by itself, the journal goes on, and both together
are the journal that it was."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from night import Night

from gridops import __version__
from gridops.adapters.grid_files import grid_fingerprint, save_grid
from gridops.adapters.journal import open_journal
from gridops.adapters.journal.copying import back_up, end_of, join
from gridops.bootstrap.archiving import archive
from gridops.bootstrap.compare import compare_grids
from gridops.bootstrap.grid_versions import KeptVersions
from gridops.bootstrap.replaying import replay_journal
from gridops.bootstrap.taking_in import TakingIn
from gridops.bootstrap.taking_in import room_on as taken_over
from gridops.bootstrap.wiring import installation_of
from gridops.control_room import ControlRoom, stands_on
from gridops.control_room.versions import GROUNDING
from gridops.errors import JournalBusy, JournalError, SnapshotUnreadable, TakeInRefused
from gridops.ids import UserName
from gridops.network import Network, draw
from tests.deep_equality import rooms_differ
from tests.journal_places import Place
from tests.playbook import FEEDER, NIGHT, SETTINGS

STREET = draw(FEEDER)
LONGER = draw(f"{FEEDER}\nF [r9] G")


class ServedNight(Night):
    """With the engines of a service, and under its name."""

    def recovered(self, network: Network, *, take_in: bool = False) -> ControlRoom:
        room = ControlRoom(
            installation_of(network, SETTINGS),
            self.journal,
            versions=KeptVersions(self.journal),
            snapshots=self.journal,
        )
        room.recover()
        return room


def lived(place: Place) -> None:
    """A fault that is restored, and another one that is still open."""
    with closing(place.open()) as journal:
        night = ServedNight(journal, STREET)
        night.strike(trips="b1", flags=("s1", "s2"))
        night.wait(15)
        night.release()
        night.wait(60)
        night.repaired()
        night.wait(400)
        night.strike(trips="b2")
        night.wait(15)


def gone_on(place: Place) -> None:
    with closing(place.open()) as journal:
        night = ServedNight(journal, STREET, at=NIGHT + timedelta(hours=1))
        night.wait(20)


@pytest.fixture
def whole(place: Place, tmp_path: Path) -> Path:
    """A copy of the journal that it was before."""
    lived(place)
    copy = tmp_path / "whole.sqlite"
    back_up(place.url, copy)
    return copy


def room_on(url: str) -> ControlRoom:
    with closing(open_journal(url, read_only=True)) as journal:
        room = ControlRoom(
            installation_of(STREET, SETTINGS),
            journal,
            versions=KeptVersions(journal),
            snapshots=journal,
        )
        room.recover()
        return room


@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])
def test_an_archive_and_the_journal_are_what_it_was(
    place: Place, whole: Path, tmp_path: Path, share: float
) -> None:
    entries = replay_journal(f"sqlite:///{whole}").replay.entries
    old = tmp_path / "old.sqlite"
    before = room_on(place.url)

    end = archive(place.url, int(share * entries), file=old)

    assert 0 < end.entries <= int(share * entries)
    assert not old.stat().st_mode & 0o222
    assert replay_journal(f"sqlite:///{old}", verify=True).difference is None
    assert rooms_differ(before, room_on(place.url)) is None
    rest = replay_journal(place.url, verify=True)
    assert rest.difference is None
    assert rest.replay.entries == entries - end.entries
    gone_on(place)
    part, joined = tmp_path / "part.sqlite", f"sqlite:///{tmp_path / 'joined.sqlite'}"
    back_up(place.url, part)
    join([old, part], joined)
    with closing(open_journal(joined)) as again, closing(place.open()) as here:
        assert end_of(again).hash == end_of(here).hash
        assert again.cut[0] == 0
    assert replay_journal(joined, verify=True).difference is None
    assert rooms_differ(room_on(joined), room_on(place.url)) is None


def test_one_archive_after_the_other(place: Place, whole: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1.sqlite", tmp_path / "2.sqlite"
    one = archive(place.url, NIGHT + timedelta(seconds=30), file=first)
    gone_on(place)
    two = archive(place.url, NIGHT + timedelta(hours=2), file=second)

    assert one.entries < two.entries
    assert replay_journal(f"sqlite:///{second}", verify=True).difference is None
    with pytest.raises(JournalError, match="does not go on"):
        join([second, first], f"sqlite:///{tmp_path / 'no.sqlite'}")
    end = join([first, second], f"sqlite:///{tmp_path / 'both.sqlite'}")
    assert end.hash == two.hash
    assert whole.exists()
    gone_on(place)
    with pytest.raises(JournalError, match="nothing to archive"):
        archive(place.url, 1, file=tmp_path / "3.sqlite")


def test_more_than_the_file_holds_is_not_taken_for_done(
    place: Place, whole: Path, tmp_path: Path
) -> None:
    """As of a job that archives what is old under one name, each month."""
    file, old = tmp_path / "old.sqlite", NIGHT + timedelta(seconds=30)
    once = archive(place.url, old, file=file)
    assert archive(place.url, old, file=file) == once
    gone_on(place)
    assert archive(place.url, old, file=file) == once
    with pytest.raises(JournalError, match="is there already"):
        archive(place.url, NIGHT + timedelta(hours=2), file=file)
    assert whole.exists()


def test_what_was_archived_cannot_be_guessed(place: Place, whole: Path, tmp_path: Path) -> None:
    """A journal whose beginning is archived, under a GridOps that cannot read its snapshot."""
    assert whole.exists()
    archive(place.url, 20, file=tmp_path / "old.sqlite")
    place.edit("UPDATE snapshot SET engine = 'another/form'")
    with pytest.raises(SnapshotUnreadable, match="begins with entry") as refused:
        room_on(place.url)
    assert "journal join" in refused.value.remedy
    with pytest.raises(SnapshotUnreadable):
        replay_journal(place.url)


def test_another_journal_in_the_way_is_not_taken_for_the_archive(
    place: Place, whole: Path, tmp_path: Path
) -> None:
    before = room_on(place.url)
    empty = tmp_path / "empty.sqlite"
    open_journal(f"sqlite:///{empty}").close()
    for other in (whole, empty):
        with pytest.raises(JournalError, match="is there already"):
            archive(place.url, 20, file=other)
    assert rooms_differ(before, room_on(place.url)) is None


def test_nothing_goes_while_the_service_runs(place: Place, whole: Path, tmp_path: Path) -> None:
    assert whole.exists()
    with closing(place.open()), pytest.raises(JournalBusy):
        archive(place.url, 20, file=tmp_path / "old.sqlite")
    assert __version__


def test_another_grid_is_compared_where_all_that_names_the_old_is_archived(
    place: Place, whole: Path, tmp_path: Path
) -> None:
    """No start and no change of the grid comes after the cut. What blocks is known from the old."""
    entries = replay_journal(f"sqlite:///{whole}").replay.entries
    end = archive(place.url, entries, file=tmp_path / "old.sqlite")
    with closing(place.open(read_only=True)) as journal:
        assert not {e.record.kind for e in journal.entries()} & GROUNDING
        assert stands_on(journal, journal) == grid_fingerprint(STREET.components)
    folders = tmp_path / "street", tmp_path / "longer"
    for folder, network in zip(folders, (STREET, LONGER), strict=True):
        folder.mkdir()
        save_grid(network.components, folder)
    found = compare_grids(str(folders[0]), str(folders[1]), journal_url=place.url)
    assert found.sequence is not None
    assert found.sequence >= end.entries
    with closing(place.open()) as journal:
        taking_in = TakingIn(by=UserName("lan"), at=NIGHT + timedelta(hours=1))
        with pytest.raises(TakeInRefused, match="open incident I2"):
            taken_over(installation_of(LONGER, SETTINGS), journal, taking_in=taking_in)
