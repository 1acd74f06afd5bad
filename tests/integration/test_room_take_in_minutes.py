"""Minutes of customers are never lost by a change of files."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from night import LAN, Night

from gridops.adapters.journal import SqlJournal, open_journal
from gridops.events import PositionReported
from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.network import build_network, draw
from tests.playbook import FEEDER

LONGER = FEEDER + "\nF [s9] G"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqlJournal]:
    opened = open_journal(f"sqlite:///{tmp_path}/night.sqlite")
    yield opened
    opened.close()


def test_an_interruption_lasts_also_where_the_new_grid_calls_it_normal_to_have_no_supply(
    journal: SqlJournal,
) -> None:
    """A person reported s9 open; the new version makes that its normal position."""
    parts = draw(LONGER).components
    by_record = replace(parts, points=tuple(p for p in parts.points if p.element != "s9"))
    opened = replace(
        by_record,
        switches=tuple(
            replace(s, normal_position=Position.OPEN) if s.id == "s9" else s for s in parts.switches
        ),
    )
    night = Night(journal, build_network(by_record))
    report = {"by": LAN, "switch": SwitchId("s9")}
    night.tell(PositionReported(at=night.now, position=Position.OPEN, **report))
    night.wait(60)
    night.restart(build_network(opened), take_in=True)
    night.wait(60)
    (lasting,) = night.room.books.ledger.lasting
    assert (lasting.load, lasting.ended) == ("G", None)
    night.tell(PositionReported(at=night.now, position=Position.CLOSED, **report))
    assert [one.ended for one in night.room.books.ledger.interruptions] == [night.now]
    night.tell(PositionReported(at=night.now, position=Position.OPEN, **report))
    assert night.room.books.ledger.lasting == ()
