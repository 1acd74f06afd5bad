"""A start from a snapshot is a start from the first entry, only sooner."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from night import Night, installation

from gridops.adapters.clocks import SystemClock
from gridops.adapters.journal import SqlJournal
from gridops.adapters.metrics import PrometheusMetrics
from gridops.bootstrap.grid_versions import KeptVersions
from gridops.control_room import ControlRoom, Keeping, Loop, SnapshotPace
from gridops.control_room.memory import freeze
from gridops.control_room.recalling import engine_of
from gridops.errors import GridNotTakenIn, JournalBroken
from gridops.network import Network, draw
from tests.deep_equality import rooms_differ
from tests.journal_places import File
from tests.playbook import FEEDER

STREET = draw(FEEDER)
LONGER = draw(f"{FEEDER}\nF [r9] G")


@pytest.fixture
def place(tmp_path: Path) -> File:
    return File(tmp_path)


@pytest.fixture
def journal(place: File) -> Iterator[SqlJournal]:
    opened = place.open()
    yield opened
    opened.close()


def night_under_way(journal: SqlJournal) -> Night:
    night = Night(journal, STREET)
    night.strike(trips="b1", flags=("s1", "s2"))
    night.wait(15)
    return night


def keep(room: ControlRoom, journal: SqlJournal) -> None:
    journal.keep_snapshot(room.sequence, engine=engine_of(room), body=freeze(room))


def recovered(journal: SqlJournal, network: Network, *, snapshots: bool) -> ControlRoom:
    room = ControlRoom(
        installation(network),
        journal,
        versions=KeptVersions(journal),
        snapshots=journal if snapshots else None,
    )
    room.recover()
    return room


def test_a_start_from_a_snapshot_knows_the_same(place: File, journal: SqlJournal) -> None:
    night = night_under_way(journal)
    keep(night.room, journal)
    night.release()
    night.wait(60)
    night.repaired()
    night.wait(5)

    whole = recovered(journal, STREET, snapshots=False)
    sooner = recovered(journal, STREET, snapshots=True)

    assert rooms_differ(whole, sooner) is None
    assert rooms_differ(night.room, sooner) is None
    journal.close()
    place.unlock()
    place.edit("UPDATE journal_entry SET body = '{}' WHERE sequence = 2")
    with closing(place.open()) as spoilt:
        recovered(spoilt, STREET, snapshots=True)
        with pytest.raises(JournalBroken):
            recovered(spoilt, STREET, snapshots=False)


def test_a_snapshot_before_a_change_of_the_grid_leads_over_it(journal: SqlJournal) -> None:
    night = night_under_way(journal)
    keep(night.room, journal)
    night.release()
    night.wait(60)
    night.repaired()
    night.wait(400)
    night.restart(LONGER, take_in=True)
    night.wait(5)
    before = recovered(journal, LONGER, snapshots=True)
    keep(night.room, journal)

    assert rooms_differ(before, recovered(journal, LONGER, snapshots=True)) is None
    assert (
        rooms_differ(
            recovered(journal, LONGER, snapshots=False), recovered(journal, LONGER, snapshots=True)
        )
        is None
    )
    with pytest.raises(GridNotTakenIn):
        recovered(journal, STREET, snapshots=True)


def test_what_cannot_be_read_is_passed_over(journal: SqlJournal) -> None:
    night = night_under_way(journal)
    keep(night.room, journal)
    journal.keep_snapshot(night.room.sequence - 1, engine=engine_of(night.room), body=b"no")
    sequence = night.room.sequence
    night.wait(30)
    night.strike(trips="b2")
    journal.keep_snapshot(
        night.room.sequence, engine=engine_of(night.room), body=freeze(night.room)[:-9]
    )
    journal.keep_snapshot(night.room.sequence - 1, engine="another/form", body=freeze(night.room))

    room = recovered(journal, STREET, snapshots=True)

    assert sequence < room.sequence
    assert rooms_differ(night.room, room) is None


@pytest.mark.parametrize("pace", [SnapshotPace(entries=1), SnapshotPace(toil_s=1e-9)])
async def test_snapshots_are_made_beside_the_loop(journal: SqlJournal, pace: SnapshotPace) -> None:
    night = night_under_way(journal)
    metrics = PrometheusMetrics(links=list(STREET.links))
    clock = SystemClock()
    keeping = Keeping(night.room, journal, pace=pace, metrics=metrics)
    loop = Loop(night.room, link=None, clock=clock, metrics=metrics, keeping=keeping)
    running = asyncio.create_task(loop.run())
    async with asyncio.timeout(20):
        while not journal.snapshots():  # noqa: ASYNC110 (another thread writes it)
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    room = recovered(journal, STREET, snapshots=True)
    assert rooms_differ(night.room, room) is None


async def test_a_start_that_had_much_to_do_has_less_the_next_time(journal: SqlJournal) -> None:
    night = night_under_way(journal)
    now = SystemClock().now()
    metrics = PrometheusMetrics(links=list(STREET.links))
    pace = SnapshotPace(toil_s=0.5)
    keeping = Keeping(night.room, journal, pace=pace, metrics=metrics, toil_s=0.3)
    assert not keeping.is_due(now)
    keeping.toiled(0.3)
    assert keeping.is_due(now)
    await keeping.keep(now)
    assert journal.snapshots()[0][0] == night.room.sequence
    keeping.toiled(0.4)
    night.strike(trips="b2")
    assert not keeping.is_due(now)
    keeping.toiled(60.0)
    assert keeping.is_due(now)
    keeping.close()


async def test_a_snapshot_that_fails_ends_nothing(journal: SqlJournal) -> None:
    night = night_under_way(journal)
    metrics = PrometheusMetrics(links=list(STREET.links))
    now = SystemClock().now()
    keeping = Keeping(night.room, journal, pace=SnapshotPace(entries=1), metrics=metrics)
    assert keeping.is_due(now)
    journal.close()
    await keeping.keep(now)
    keeping.close()
    assert 'gridops_snapshots_total{outcome="failed"} 1.0' in str(metrics.exposition())
    assert not keeping.is_due(now), "it is not tried again for each fact"
