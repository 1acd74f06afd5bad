"""Past moments of a journal: what a replay up to them says, in any order."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from gridops.adapters.content import resolve_scenario
from gridops.adapters.journal import open_journal
from gridops.api.feed import to_json
from gridops.api.live_view import live_view
from gridops.bootstrap.replaying import replay_journal, room_of
from gridops.bootstrap.simulate import play
from gridops.control_room import ControlRoom, past
from gridops.control_room.memory import freeze
from gridops.control_room.past import Memories, Past
from gridops.control_room.recalling import engine_of
from gridops.errors import MomentNotKept
from gridops.events.codec import KINDS


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A fault, a plan, four commands."""
    folder = tmp_path_factory.mktemp("night")
    play(resolve_scenario("fault_mid_feeder"), folder=folder)
    return f"sqlite:///{folder}/journal.sqlite"


@contextmanager
def looking_back(url: str) -> Iterator[Past]:
    with closing(open_journal(url, read_only=True)) as journal:
        yield Past(room_of(journal), journal)


def moments(url: str, *, count: int) -> list[datetime]:
    """Of facts, spread over the night."""
    with closing(open_journal(url, read_only=True)) as journal:
        times = sorted({e.record.at for e in journal.entries() if e.record.kind in KINDS})
    return [times[(len(times) - 1) * n // (count - 1)] for n in range(count)]


def shown(room: ControlRoom, at: datetime) -> str:
    """All but the sequence: a replay counts facts, and decisions may stand after the last one."""
    return to_json({**live_view(room, now=at, links=()), "sequence": None})


def test_forwards_and_backwards_a_moment_is_what_a_replay_up_to_it_says(night: str) -> None:
    asked = moments(night, count=5)
    said = {at: shown(replay_journal(night, until=at).room, at) for at in asked}
    assert len(set(said.values())) == len(asked)
    with looking_back(night) as back:
        for at in (*asked, *reversed(asked), asked[3], asked[1], asked[1], asked[4]):
            assert back.go_to(at)
            assert shown(back.room, at) == said[at]


def test_between_two_facts_it_stands_as_after_the_first(night: str) -> None:
    at = moments(night, count=5)[2]
    with looking_back(night) as back:
        assert back.go_to(at - timedelta(microseconds=1))
        assert back.room.at is not None
        assert back.room.at < at


def test_it_remembers_what_it_passed_and_not_more_than_it_may(
    night: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "SPACING_ENTRIES", 10)
    monkeypatch.setattr(past, "MEMORIES_MAX", 4)
    *_, middle, end = moments(night, count=3)
    with looking_back(night) as back:
        back.go_to(end)
        kept = [sequence for sequence, _ in back._memories.snapshots()]
        assert 1 <= len(kept) <= 4
        assert back._memories.spacing > 10
        assert back._memories.nearest(end) == kept[0] > 0, "so not all is read again"
        back.go_to(middle)
        assert shown(back.room, middle) == shown(replay_journal(night, until=middle).room, middle)


def test_what_is_not_in_time_goes_on_when_it_is_asked_again(night: str) -> None:
    end = moments(night, count=2)[1]
    with looking_back(night) as back:
        assert not back.go_to(end, in_time=lambda: False)
        first = back.room.sequence
        assert not back.go_to(end, in_time=lambda: False)
        assert back.room.sequence == first + 1
        assert back.go_to(end)
        assert shown(back.room, end) == shown(replay_journal(night).room, end)


class Hurried:
    """In time for so many entries."""

    def __init__(self, entries: int) -> None:
        self._left = entries

    def __call__(self) -> bool:
        self._left -= 1
        return self._left > 0


def test_it_remembers_what_it_passed_in_many_short_turns(
    night: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "SPACING_ENTRIES", 20)
    end = moments(night, count=2)[1]
    with looking_back(night) as back:
        while not back.go_to(end, in_time=Hurried(5)):
            pass
        kept = [sequence for sequence, _ in back._memories.snapshots()]
        assert len(kept) >= back.room.sequence // 20 // 2
        assert all(later - earlier >= 20 for later, earlier in pairwise(kept))


def test_two_who_look_in_turn_both_arrive(night: str) -> None:
    begin, *_, end = moments(night, count=5)
    with looking_back(night) as back:
        for _ in range(back.room.journal.last_sequence()):
            assert back.go_to(begin), "it is not far"
            if back.go_to(end, in_time=Hurried(10)):
                break
        assert shown(back.room, end) == shown(replay_journal(night).room, end)


def test_both_arrive_however_few_may_be_remembered(
    night: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "MEMORIES_BYTES_MAX", 1)
    test_two_who_look_in_turn_both_arrive(night)


def test_places_where_it_was_left_are_forgotten_first(
    night: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "MEMORIES_MAX", 3)
    with looking_back(night) as back:
        memories = back._memories
        memories.spacing = 100
        for sequence in (100, 200, 210, 220):
            memories.keep_snapshot(sequence, engine=engine_of(back.room), body=b"")
        assert [sequence for sequence, _ in memories.snapshots()] == [220, 200, 100]
        assert memories.spacing == 100


def test_a_snapshot_of_another_version_is_not_gone_back_for(night: str, tmp_path: Path) -> None:
    copy = tmp_path / "journal.sqlite"
    copy.write_bytes(Path(night.removeprefix("sqlite:///")).read_bytes())
    end = moments(night, count=2)[1]
    with closing(open_journal(f"sqlite:///{copy}")) as journal:
        middle = journal.last_sequence() // 2
        journal.keep_snapshot(middle, engine="0.0.1/other", body=b"")
        back = Past(room_of(journal), journal)
        assert not back.go_to(end, in_time=Hurried(3))
        assert not back.go_to(end, in_time=Hurried(3))
        assert back.room.sequence == 6


def test_it_begins_with_the_snapshot_that_lies_before(night: str, tmp_path: Path) -> None:
    copy = tmp_path / "journal.sqlite"
    copy.write_bytes(Path(night.removeprefix("sqlite:///")).read_bytes())
    begin, middle, end = moments(night, count=3)
    with closing(open_journal(f"sqlite:///{copy}")) as journal:
        stands = replay_journal(night, until=middle).room
        journal.keep_snapshot(stands.sequence, engine=engine_of(stands), body=freeze(stands))
        memories = Memories(journal, journal, engine=engine_of(stands))
        assert memories.nearest(end) == stands.sequence
        assert memories.nearest(begin) == 0
        back = Past(room_of(journal), journal)
        back.go_to(end)
        assert shown(back.room, end) == shown(replay_journal(night).room, end)


def test_what_lies_before_an_archive_is_refused_and_the_next_question_answered(
    night: str, tmp_path: Path
) -> None:
    copy = tmp_path / "journal.sqlite"
    copy.write_bytes(Path(night.removeprefix("sqlite:///")).read_bytes())
    begin, middle, end = moments(night, count=3)
    with closing(open_journal(f"sqlite:///{copy}")) as journal:
        stands = replay_journal(night, until=middle).room
        journal.keep_snapshot(stands.sequence, engine=engine_of(stands), body=freeze(stands))
        journal.cut_after(journal.snapshot(stands.sequence))
        back = Past(room_of(journal), journal)
        with pytest.raises(MomentNotKept, match="archive"):
            back.go_to(begin)
        assert back.go_to(end)
        assert shown(back.room, end) == shown(replay_journal(night).room, end)
