"""The commands of docs/operating.md about journals, run as they are written."""

import re
from pathlib import Path

import pytest

from gridops.adapters.content import resolve_scenario
from gridops.bootstrap.simulate import play
from gridops.cli import run

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")


def commands(block: str) -> list[list[str]]:
    (text,) = re.findall(rf"^```{block}\n(.*?)^```", PAGE, re.M | re.S)
    lines = [line.split() for line in text.splitlines()]
    assert lines
    assert all(line[0] == "gridops" for line in lines)
    return [line[1:] for line in lines]


def test_backup_and_restore_work_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "var").mkdir()
    play(resolve_scenario("automatic_release"), folder=tmp_path / "var")
    monkeypatch.chdir(tmp_path)
    hashes = set()
    for command in [*commands("backup"), *commands("restore")]:
        assert run(command) == 0, command
        hashes |= set(re.findall(r"\b[0-9a-f]{64}\b", capsys.readouterr().out))
    assert len(hashes) == 1
    assert run(["journal", "verify", "var/restored.sqlite", "--holds", *hashes]) == 0


def test_every_command_about_replay_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "var").mkdir()
    play(resolve_scenario("automatic_release"), folder=tmp_path / "var")
    monkeypatch.chdir(tmp_path)
    written = re.findall(r"^gridops (replay var/.*)$", PAGE, re.M)
    assert len(written) == 4
    for command in written:
        assert run(command.split()) == 0, command


def test_archive_and_join_work_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "var").mkdir()
    play(resolve_scenario("automatic_release"), folder=tmp_path / "var")
    monkeypatch.chdir(tmp_path)
    assert run(["journal", "verify", "var/journal.sqlite"]) == 0
    (whole,) = re.findall(r"\b[0-9a-f]{64}\b", capsys.readouterr().out)
    for command in [*commands("archive"), *commands("join")]:
        assert run(command) == 0, command
    assert whole in capsys.readouterr().out.splitlines()[-1]
    assert run(["replay", "var/journal.sqlite", "--verify"]) == 0
    assert run(["replay", "var/joined.sqlite", "--verify"]) == 0
