"""The commands of docs/operating.md about journals, run as they are written."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gridops.adapters.content import resolve_scenario
from gridops.bootstrap.simulate import play
from gridops.cli import run

if TYPE_CHECKING:
    from tests.postgres_setting import Cluster

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")


def commands(block: str) -> list[list[str]]:
    (text,) = re.findall(rf"^```{block}\n(.*?)^```", PAGE, re.M | re.S)
    lines = [line.split() for line in text.splitlines()]
    assert lines
    assert all(line[0] == "gridops" for line in lines)
    return [line[1:] for line in lines]


class Stands:
    """Where the journals of the page stand: in its files, or in databases instead."""

    def __init__(self, **instead: str) -> None:
        self._instead = {f"var/{name}.sqlite": address for name, address in instead.items()}

    def run(self, command: Iterable[str]) -> None:
        said = [self._instead.get(word, word) for word in command]
        assert run(said) == 0, said


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def stands(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Stands:
    """A night in the journal of the page, and the folder that its commands are run in."""
    (tmp_path / "var").mkdir()
    play(resolve_scenario("automatic_release"), folder=tmp_path / "var")
    monkeypatch.chdir(tmp_path)
    if request.param == "sqlite":
        return Stands()
    cluster: Cluster = request.getfixturevalue("postgres")
    new = cluster.database()
    moved = Stands(journal=cluster.database(), restored=new, joined=new)
    Stands().run(["journal", "backup", "var/journal.sqlite", "moved.sqlite"])
    moved.run(["journal", "restore", "moved.sqlite", "var/journal.sqlite"])
    (tmp_path / "var" / "journal.sqlite").unlink()
    return moved


def hashes(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return re.findall(r"\b[0-9a-f]{64}\b", capsys.readouterr().out)


def test_backup_and_restore_work_as_written(
    stands: Stands, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    for command in [*commands("backup"), *commands("restore")]:
        stands.run(command)
    (noted,) = set(hashes(capsys))
    stands.run(["journal", "verify", "var/restored.sqlite", "--holds", noted])
    stands.run(["replay", "var/restored.sqlite", "--verify"])


def test_every_command_about_replay_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "var").mkdir()
    play(resolve_scenario("automatic_release"), folder=tmp_path / "var")
    monkeypatch.chdir(tmp_path)
    written = re.findall(r"^gridops (replay var/.*)$", PAGE, re.M)
    assert len(written) == 4
    for command in written:
        assert run(command.split()) == 0, command


def test_archive_and_join_work_as_written(
    stands: Stands, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    stands.run(["journal", "verify", "var/journal.sqlite"])
    (whole,) = hashes(capsys)
    for command in [*commands("archive"), *commands("join")]:
        stands.run(command)
    assert hashes(capsys)[-1] == whole
    stands.run(["replay", "var/journal.sqlite", "--verify"])
    stands.run(["replay", "var/joined.sqlite", "--verify"])
