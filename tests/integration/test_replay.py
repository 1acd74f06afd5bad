"""`gridops replay`: a journal again, and what it notices when something in it is not true."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gridops.adapters.content import resolve_scenario, simulations_dir
from gridops.adapters.journal import SqlJournal, open_journal
from gridops.bootstrap.replaying import Replayed, replay_journal
from gridops.bootstrap.simulate import play
from gridops.cli import run
from gridops.errors import JournalError
from gridops.ports import Record

Edit = Callable[[list[Record]], None]
FILES = sorted(simulations_dir().glob("*.toml"))
SCENARIOS = [file for file in FILES if "kind" not in tomllib.loads(file.read_text("utf-8"))]
"""The others are studies."""


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fault, a better plan that is taken, four commands."""
    folder = tmp_path_factory.mktemp("night")
    play(resolve_scenario("better_plan_offered"), folder=folder)
    return folder / "journal.sqlite"


def records_of(file: Path) -> list[Record]:
    journal = open_journal(f"sqlite:///{file}", read_only=True)
    records = [entry.record for entry in journal.entries()]
    journal.close()
    return records


def edited(night: Path, folder: Path, edit: Edit) -> Path:
    """As by an insider who knows how entries are chained: every hash is right again."""
    records = records_of(night)
    edit(records)
    was = open_journal(f"sqlite:///{night}", read_only=True)
    forged = open_journal(f"sqlite:///{folder / 'forged.sqlite'}")
    for fingerprint in was.kept_grids():
        forged.keep_grid(was.kept_grid(fingerprint))
    forged.append(records)
    forged.close()
    was.close()
    return folder / "forged.sqlite"


def verified(file: Path) -> Replayed:
    return replay_journal(f"sqlite:///{file}", verify=True)


def where(records: Sequence[Record], kind: str, *, nth: int = 0) -> int:
    return [n for n, one in enumerate(records) if one.kind == kind][nth]


def test_a_whole_night_comes_out_again(night: Path) -> None:
    found = verified(night)
    records = records_of(night)
    assert found.difference is None
    assert found.replay.entries == len(records)
    decided = [one for one in records if one.kind.startswith("decision.")]
    assert [made.record.body["incident"] for made in found.decisions] == [
        one.body["incident"] for one in decided
    ]
    assert found.replay.decisions == len(decided) > 4
    assert found.replay.commands == 4


@pytest.mark.slow
@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: str(file.stem))
def test_every_shipped_night_comes_out_again(file: Path, tmp_path: Path) -> None:
    play(file, folder=tmp_path)
    assert verified(tmp_path / "journal.sqlite").difference is None


def change(kind: str, *, nth: int = 0, **body: object) -> Edit:
    def edit(records: list[Record]) -> None:
        at = where(records, kind, nth=nth)
        records[at] = replace(records[at], body={**records[at].body, **body})  # type: ignore[dict-item]

    return edit


def drop(kind: str, *, nth: int = 0) -> Edit:
    def edit(records: list[Record]) -> None:
        del records[where(records, kind, nth=nth)]

    return edit


def repeat(kind: str) -> Edit:
    def edit(records: list[Record]) -> None:
        at = where(records, kind)
        records.insert(at, records[at])

    return edit


def earlier(kind: str) -> Edit:
    """Before the fact that led to it."""

    def edit(records: list[Record]) -> None:
        records.insert(1, records.pop(where(records, kind)))

    return edit


def restarted_without_the_last_decision(records: list[Record]) -> None:
    """A crash may have kept it back, and then the next start would have written it."""
    del records[where(records, "decision.sheet", nth=-1)]
    start = records[0]
    at = records[-1].at + timedelta(seconds=5)
    records.append(replace(start, at=at, body={**start.body, "epoch": 2}))


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (change("decision.concluded", cause="planned"), "decision.concluded"),
        (change("decision.proposed", fingerprint="0"), "decision.proposed"),
        (drop("decision.proposed"), "decision.proposed"),
        (drop("decision.concluded"), "decision.concluded"),
        (repeat("decision.proposed"), "decision.proposed"),
        (earlier("decision.proposed"), "decision.proposed"),
        (change("CommandIssued", nth=1, switch="RMU6-3"), "command"),
        (change("CommandIssued", deadline="2027-01-01T00:00:00+00:00"), "command"),
        (drop("CommandIssued", nth=-1), "command"),
        (drop("PlanReleased"), "decision.concluded"),
        (restarted_without_the_last_decision, "decision.sheet"),
        (change("decision.sheet", started_by="mallory"), "decision.sheet"),
        (change("PlanSolved", nth=1, nothing_better=True), "the thorough answer"),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_what_was_forged_is_named(night: Path, tmp_path: Path, edit: Edit, named: str) -> None:
    found = verified(edited(night, tmp_path, edit))
    assert found.difference is not None
    assert found.difference.what.startswith(named)
    assert found.difference.in_journal != found.difference.by_engine
    assert found.difference.engine


def test_wherever_it_is_cut_off_the_rest_is_still_true(night: Path, tmp_path: Path) -> None:
    """After a kill, say: what was due and had not been written yet is no difference."""
    records = records_of(night)
    facts = [n for n, one in enumerate(records) if not one.kind.startswith("decision.")]
    for n in facts[-120::6]:
        folder = tmp_path / str(n)
        folder.mkdir()
        cut = edited(night, folder, lambda one, n=n: one.__delitem__(slice(n + 1, None)))
        assert verified(cut).difference is None, n
        begun = records[0].at
        found = replay_journal(f"sqlite:///{night}", until=records[n].at, verify=True)
        assert found.difference is None
        assert begun <= records[n].at < records[n].at + timedelta(seconds=1)
        assert found.room.at is not None
        assert found.room.at <= records[n].at


def test_a_decision_that_a_crash_kept_back_may_stand_after_the_next_start(
    night: Path, tmp_path: Path
) -> None:
    """So journals of earlier versions have it."""

    def late(records: list[Record]) -> None:
        at = where(records, "decision.concluded")
        del records[at + 1 :]
        kept_back = records.pop()
        start = records[0]
        body = {**start.body, "epoch": 2}
        records.append(replace(start, at=records[-1].at + timedelta(seconds=5), body=body))
        records.append(kept_back)

    found = verified(edited(night, tmp_path, late))
    assert found.difference is None or found.difference.sequence > 0
    assert found.replay.decisions >= 1
    assert found.difference is None


def test_a_broken_chain_is_a_difference(night: Path, tmp_path: Path) -> None:
    copy = tmp_path / "broken.sqlite"
    copy.write_bytes(night.read_bytes())
    journal = open_journal(f"sqlite:///{copy}")
    _overwrite(journal, "UPDATE journal_entry SET body = '{}' WHERE sequence = 40")
    journal.close()
    found = verified(copy)
    assert found.difference is not None
    assert (found.difference.sequence, found.difference.what) == (40, "the hash chain")
    assert run(["replay", str(copy), "--verify"]) == 1
    assert run(["replay", str(copy)]) == 2


def _overwrite(journal: SqlJournal, statement: str) -> None:
    with journal._engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER journal_refuses_UPDATE")
        connection.exec_driver_sql(statement)


def test_a_fact_that_no_control_room_can_take_in_is_said(night: Path, tmp_path: Path) -> None:
    forged = edited(night, tmp_path, change("SwitchMoved", switch="nowhere"))
    with pytest.raises(JournalError, match="SwitchMoved cannot be taken in"):
        verified(forged)
    assert run(["replay", str(forged), "--verify"]) == 2
