"""Versions of a grid beside the journal: what is kept, and journals from before."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from gridops.adapters.grid_files import grid_fingerprint, grid_texts
from gridops.adapters.journal import SqlJournal, open_journal
from gridops.adapters.journal.kept_grids import fingerprint_of, packed, unpacked
from gridops.adapters.journal.upgrade import MIGRATIONS
from gridops.bootstrap.grid_versions import network_of
from gridops.errors import GridNotKept, JournalError
from gridops.network import draw
from gridops.ports import KeptGrid, Record
from tests.journal_places import Place

NIGHT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
RING = draw("S1 [b1] A [s1] B (t1) C [b2] S2").components


def kept(texts: dict[str, str], name: str = "ring") -> KeptGrid:
    return KeptGrid(fingerprint=fingerprint_of(texts), name=name, texts=texts)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "night.db"


@pytest.fixture
def journal(file: Path) -> Iterator[SqlJournal]:
    opened = open_journal(f"sqlite:///{file}")
    yield opened
    opened.close()


def test_what_was_kept_is_read_back_after_a_restart(place: Place) -> None:
    journal = place.open()
    one, other = kept(grid_texts(RING)), kept({"nodes.csv": "id\nphố Vọng\n"}, "other")
    journal.keep_grid(one)
    journal.keep_grid(other)
    journal.keep_grid(one)
    journal.close()
    again = place.open(read_only=True)
    assert again.kept_grids() == (one.fingerprint, other.fingerprint)
    assert again.kept_grid(one.fingerprint) == one
    assert again.kept_grid(other.fingerprint) == other
    assert network_of(one.texts, one.fingerprint).components == RING
    with pytest.raises(JournalError, match="reading only"):
        again.keep_grid(one)
    again.close()


def test_a_grid_under_a_wrong_fingerprint_is_not_kept(journal: SqlJournal) -> None:
    wrong = KeptGrid(fingerprint=grid_fingerprint(RING), name="x", texts={"nodes.csv": ""})
    with pytest.raises(GridNotKept):
        journal.keep_grid(wrong)
    assert journal.kept_grids() == ()


def test_a_grid_that_was_never_kept_is_told_by_name(journal: SqlJournal) -> None:
    with pytest.raises(GridNotKept, match="version feed is not kept") as caught:
        journal.kept_grid("feed")
    assert caught.value.fingerprint == "feed"
    assert "start once" in caught.value.remedy


def test_keeping_a_grid_is_no_entry(journal: SqlJournal) -> None:
    journal.append([Record(at=NIGHT, kind="K", body={})])
    journal.keep_grid(kept(grid_texts(RING)))
    assert journal.append([Record(at=NIGHT, kind="K", body={})])[0].sequence == 2


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=40), max_size=4))
def test_texts_come_back_as_they_were_and_any_cut_is_found(texts: dict[str, str]) -> None:
    try:
        fingerprint = fingerprint_of(texts)
    except UnicodeEncodeError:
        return  # half a character; no file holds one
    blob = packed(texts)
    assert unpacked(blob, fingerprint, where="here") == texts
    for cut in (blob[:-1], blob + b"x", b"", blob[1:]):
        with pytest.raises(GridNotKept, match=fingerprint):
            unpacked(cut, fingerprint, where="here")


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridops.adapters.journal.kept_grids.TEXT_BYTES_MAX", 1000)
    texts = {"nodes.csv": "0" * 100_000}
    with pytest.raises(GridNotKept):
        unpacked(packed(texts), fingerprint_of(texts), where="here")


def test_texts_that_are_no_grid_are_refused_although_they_are_whole() -> None:
    texts = {"network.toml": "format = 1\n", "nodes.csv": "nothing\n"}
    with pytest.raises(GridNotKept, match="cannot be read"):
        network_of(texts, fingerprint_of(texts))
    newer = {**grid_texts(RING), "network.toml": "format = 99\n"}
    with pytest.raises(GridNotKept, match="cannot be read"):
        network_of(newer, fingerprint_of(newer))


def test_a_name_that_leads_out_of_the_folder_is_not_written(tmp_path: Path) -> None:
    texts = {**grid_texts(RING), str(tmp_path / "out.csv"): "x", "../out.csv": "x"}
    with pytest.raises(GridNotKept, match="has no file"):
        network_of(texts, fingerprint_of(texts))
    assert list(tmp_path.iterdir()) == []


def test_a_kept_grid_that_a_stricter_validation_would_refuse_can_still_be_replayed() -> None:
    """It was sound by what was known then. Here: a line with a negative resistance."""
    odd = replace(RING, branches=(replace(RING.branches[0], r_ohm=-1.0), *RING.branches[1:]))
    texts = grid_texts(odd)
    assert network_of(texts, fingerprint_of(texts)).components == odd


def test_so_can_one_that_was_kept_in_format_1() -> None:
    odd = replace(RING, branches=(replace(RING.branches[0], r_ohm=-1.0), *RING.branches[1:]))
    texts = grid_texts(odd, version=1)
    assert "format = 1" in texts["network.toml"]
    assert "generators.csv" not in texts
    assert fingerprint_of(texts) != fingerprint_of(grid_texts(odd))
    assert network_of(texts, fingerprint_of(texts)).components == odd


# journals of schema 0001


def of_schema_0001(file: Path) -> None:
    """As GridOps wrote them before it kept grids."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()


def test_a_journal_of_schema_0001_is_upgraded_and_keeps_its_entries(
    journal: SqlJournal, file: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old.db"
    of_schema_0001(old)
    entries = journal.append([Record(at=NIGHT, kind="K", body={"n": n}) for n in range(5)])
    with sqlite3.connect(old) as connection:
        connection.execute(f"ATTACH '{file}' AS new")
        connection.execute("INSERT INTO journal_entry SELECT * FROM new.journal_entry")
    connection.close()
    with pytest.raises(JournalError, match="version 0001, this GridOps reads"):
        open_journal(f"sqlite:///{old}", read_only=True)
    upgraded = open_journal(f"sqlite:///{old}")
    assert list(upgraded.entries()) == list(entries)
    assert upgraded.kept_grids() == ()
    upgraded.keep_grid(kept(grid_texts(RING)))
    upgraded.close()


def test_a_journal_of_schema_0001_with_foreign_tables_is_left_alone(file: Path) -> None:
    of_schema_0001(file)
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE payroll (who TEXT)")
    connection.close()
    with pytest.raises(JournalError, match="not a journal's"):
        open_journal(f"sqlite:///{file}")
