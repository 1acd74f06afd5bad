"""A few kills of the whole service in a storm; `python -m tests.storm` makes hundreds."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.ports import Entry, Record
from tests.storm.__main__ import storm
from tests.storm.storm import Summary, cut_off, doubled

NIGHT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)


def test_kill_9_loses_nothing_doubles_nothing_and_replays_alike(
    journal_url: str, tmp_path: Path
) -> None:
    summary = asyncio.run(storm(journal_url, tmp_path, kills=2, seed=4))
    assert not summary.wrong, summary.wrong
    assert summary.kills == 2
    assert summary.acts > 0


@pytest.mark.slow
def test_kill_9_at_many_moments(journal_url: str, tmp_path: Path) -> None:
    summary = asyncio.run(storm(journal_url, tmp_path, kills=200, seed=1))
    assert not summary.wrong, summary.wrong
    assert not summary.untried


# the judge


def _issued(command: str, at: datetime) -> Entry:
    body = {
        "command": command,
        "switch": "s1",
        "position": Position.OPEN.value,
        "deadline": (at + timedelta(seconds=3)).isoformat(),
    }
    record = Record(at=at, kind="CommandIssued", body=body)
    return Entry(sequence=1, record=record, hash="")


def test_the_judge_sees_a_doubled_a_late_and_a_foreign_order() -> None:
    s1, once = SwitchId("s1"), [_issued("I1/P1/S1", NIGHT)]
    order = (NIGHT + timedelta(seconds=0.1), s1, Position.OPEN)
    assert not doubled(once, [order])
    assert not doubled(once, [])
    assert doubled(once, [order, order])
    assert doubled(once, [(NIGHT + timedelta(seconds=3.5), s1, Position.OPEN)])
    assert doubled(once, [(NIGHT, s1, Position.CLOSED)])
    assert doubled([*once, *once], [])


def test_a_life_is_cut_off_where_a_command_had_no_outcome_yet() -> None:
    def said(kind: str, command: str = "") -> Entry:
        body = {"command": command} if command else {}
        return Entry(sequence=1, record=Record(at=NIGHT, kind=kind, body=body), hash="")

    began, done = said("ControlRoomStarted"), said("CommandConfirmed", "1")
    issued = _issued("1", NIGHT)
    assert cut_off([began, issued]) == 1
    assert cut_off([began, issued, began, began]) == 1
    assert cut_off([began, issued, done, began]) == 0
    assert cut_off([began, issued, began, _issued("2", NIGHT)]) == 2


def test_a_storm_without_commands_says_that_it_has_shown_nothing() -> None:
    assert Summary("sqlite", kills=20, commands=40, cut_off=2).untried == []
    assert Summary("sqlite", kills=1, commands=1).untried == []
    assert Summary("sqlite", kills=20).untried == [
        "no command was issued",
        "0 of 20 kills met a command under way, and 2 are wanted",
    ]
    assert len(Summary("sqlite", kills=20, commands=40, cut_off=1).untried) == 1
