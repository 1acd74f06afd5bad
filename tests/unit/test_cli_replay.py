"""`gridops replay` at the terminal."""

from pathlib import Path

import pytest
from cli_story import Terminal

from gridops.adapters.content import resolve_scenario
from gridops.adapters.journal import open_journal
from gridops.bootstrap.simulate import play


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("night")
    play(resolve_scenario("automatic_release"), folder=folder)
    return str(folder / "journal.sqlite")


def test_a_night_is_told_and_verified(gridops_says: Terminal, night: str) -> None:
    said = gridops_says("replay", night, "--verify")
    assert said.code == 0
    assert "Verified: 6 decisions and 2 commands came out again, byte for byte." in said.out
    assert "I1" in said.out


def test_the_document_is_the_same_each_time(gridops_says: Terminal, night: str) -> None:
    said = gridops_says("replay", f"sqlite:///{night}", "--verify", "--json")
    assert said.code == 0
    document = said.document
    assert set(document) == {
        "entries", "sequence", "at", "starts", "grid", "decisions", "view", "verified",
    }  # fmt: skip
    assert document["verified"]["equal"] is True
    assert document["verified"]["first_difference"] is None
    assert len(document["decisions"]) == document["verified"]["decisions"] == 6
    assert document["view"]["incidents"]["I1"]["phase"] == "restored"
    assert gridops_says("replay", night, "--verify", "--json").document == document


def test_an_earlier_instant_shows_the_state_of_then(gridops_says: Terminal, night: str) -> None:
    whole = gridops_says("replay", night, "--json").document
    assert whole["verified"] is None
    (first, *_) = whole["decisions"]
    then = gridops_says("replay", night, "--until", first["at"], "--json").document
    assert then["decisions"][0] == first
    assert len(then["decisions"]) < 4
    assert then["entries"] < whole["entries"]
    assert then["view"]["incidents"]["I1"]["phase"] != "restored"


@pytest.mark.parametrize("until", ["yesterday", "2026-11-23T02:14:07"])
def test_a_time_that_is_none_is_refused(gridops_says: Terminal, night: str, until: str) -> None:
    said = gridops_says("replay", night, "--until", until)
    assert said.code == 2
    assert until in said.err


def test_what_is_no_journal_of_a_control_room_is_said(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    assert gridops_says("replay", str(tmp_path / "none.sqlite")).code == 2
    open_journal(f"sqlite:///{tmp_path / 'empty.sqlite'}").close()
    said = gridops_says("replay", str(tmp_path / "empty.sqlite"))
    assert said.code == 2
    assert "no control room was ever started" in said.err
