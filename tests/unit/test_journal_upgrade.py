"""Journals of every earlier schema are walked up, on both databases; what is in them stays."""

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, insert, make_url

from gridops.adapters.grid_files import grid_texts
from gridops.adapters.journal.chain import GENESIS, canonical, rows_after
from gridops.adapters.journal.kept_grids import fingerprint_of, packed
from gridops.adapters.journal.schema import HEAD, grid_version, journal_entry
from gridops.adapters.journal.upgrade import MIGRATIONS
from gridops.errors import JournalError
from gridops.network import draw
from gridops.ports import Record
from tests.journal_places import File, Place

NIGHT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
TEXTS = grid_texts(draw("S1 [b1] A [s1] B (t1) C [b2] S2").components)
NOTED = [Record(at=NIGHT, kind="K", body={"n": n}) for n in "abc"]
ROWS = rows_after((0, GENESIS), [canonical(record) for record in NOTED])
CONFIG = Config()
CONFIG.set_main_option("script_location", str(MIGRATIONS))
VERSIONS = [one.revision for one in ScriptDirectory.from_config(CONFIG).walk_revisions()]
EARLIER = sorted(set(VERSIONS) - {HEAD})


def engine_of(place: Place) -> Engine:
    if isinstance(place, File):
        return create_engine(place.url)
    from gridops.adapters.journal.postgresql import (  # noqa: PLC0415 (its driver is an extra)
        make_schema,
        postgresql_engine,
    )

    engine = postgresql_engine(make_url(place.url), read_only=False)
    with engine.begin() as connection:
        make_schema(connection)
    return engine


def as_left_by(version: str, place: Place) -> None:
    """A journal of that schema, with what it could hold."""
    engine = engine_of(place)
    with engine.begin() as connection:
        CONFIG.attributes["connection"] = connection
        command.upgrade(CONFIG, version)
        _fill(connection, version)
    engine.dispose()


def _fill(connection: Connection, version: str) -> None:
    for row in ROWS:
        values = {name: getattr(row, name) for name in journal_entry.columns.keys()}  # noqa: SIM118
        connection.execute(insert(journal_entry), [values])
    if version >= "0002":
        fingerprint = fingerprint_of(TEXTS)
        kept = {"number": 1, "fingerprint": fingerprint, "name": "n", "texts": packed(TEXTS)}
        connection.execute(insert(grid_version), [kept])


@pytest.mark.parametrize("version", EARLIER)
def test_a_journal_of_an_earlier_schema_goes_on_with_all_that_is_in_it(
    place: Place, version: str
) -> None:
    as_left_by(version, place)
    with pytest.raises(JournalError, match=f"version {version}, this GridOps reads {HEAD}"):
        place.open(read_only=True)
    upgraded = place.open()
    assert [(e.sequence, e.hash) for e in upgraded.entries()] == [
        (r.sequence, r.hash) for r in ROWS
    ]
    assert [entry.record for entry in upgraded.entries()] == NOTED
    assert len(upgraded.kept_grids()) == (1 if version >= "0002" else 0)
    upgraded.append([Record(at=NIGHT, kind="K", body={"n": "d"})])
    upgraded.close()
    again = place.open()
    assert again.last_sequence() == len(ROWS) + 1
    again.close()
    with pytest.raises(place.refusal, match="append-only"):
        place.edit("UPDATE journal_entry SET body = '{}' WHERE sequence = 1")
