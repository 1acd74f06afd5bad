"""kill -9 while a journal is archived: nothing is lost, and the same command finishes."""

import signal
import subprocess
import sys
import textwrap
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from test_journal_archive import gone_on, lived, room_on

from gridops.adapters.journal import open_journal
from gridops.adapters.journal.copying import back_up, join
from gridops.bootstrap.replaying import replay_journal
from gridops.cli import run
from tests.deep_equality import rooms_differ
from tests.journal_places import Place
from tests.playbook import NIGHT

DOOMED = textwrap.dedent(
    """
    import os
    import signal
    import sys

    from gridops.adapters.journal import SqlJournal, kept_snapshots
    from gridops.cli import run

    swept = 0

    def killed(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    def killed_halfway(connection, sweep=kept_snapshots.sweep):
        global swept
        if swept:
            killed()
        swept = sweep(connection)
        return swept

    kept_snapshots.DELETED_AT_ONCE = 3
    at = sys.argv[1]
    if at == "sweep":
        kept_snapshots.sweep = killed_halfway
    else:
        setattr(SqlJournal, at, killed)
    sys.exit(run(sys.argv[2:]))
    """
)
"""`gridops ARGUMENTS`, which dies at the step that is named first."""
UPTO = (NIGHT + timedelta(seconds=40)).isoformat()


def archiving(place: Place, file: Path) -> list[str]:
    return ["journal", "archive", place.url, UPTO, str(file)]


def hashes(url: str) -> list[str]:
    with closing(open_journal(url, read_only=True)) as journal:
        return [entry.hash for entry in journal.entries()]


@pytest.mark.parametrize(
    ("killed_at", "goes_on"), [("keep_snapshot", False), ("cut_after", True), ("sweep", False)]
)
def test_killed_on_the_way_nothing_is_lost_and_the_same_command_finishes(
    place: Place, tmp_path: Path, killed_at: str, *, goes_on: bool
) -> None:
    lived(place)
    old, whole, before = tmp_path / "old.sqlite", hashes(place.url), room_on(place.url)

    command = [sys.executable, "-c", DOOMED, killed_at, *archiving(place, old)]
    died = subprocess.run(command, check=False, capture_output=True)

    assert died.returncode == -signal.SIGKILL, died.stderr
    archived = hashes(f"sqlite:///{old}")
    assert archived == whole[: len(archived)]
    assert hashes(place.url) in (whole, whole[len(archived) :])
    assert rooms_differ(before, room_on(place.url)) is None
    assert replay_journal(place.url, verify=True).difference is None
    if goes_on:
        gone_on(place)
        whole = hashes(place.url)

    assert run(archiving(place, old)) == 0

    assert hashes(f"sqlite:///{old}") == archived
    assert hashes(place.url) == whole[len(archived) :]
    part, joined = tmp_path / "part.sqlite", f"sqlite:///{tmp_path / 'joined.sqlite'}"
    back_up(place.url, part)
    join([old, part], joined)
    assert hashes(joined) == whole
    assert replay_journal(joined, verify=True).difference is None
