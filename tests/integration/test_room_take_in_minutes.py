"""Minutes of customers are never lost by a change of files."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from night import LAN, Night

from gridops.adapters.journal import SqlJournal, open_journal
from gridops.events import PositionReported
from gridops.ids import ProfileId, SwitchId
from gridops.measurement import Position
from gridops.network import Components, Network, Profile, build_network, draw
from gridops.reliability import IEEE1366, By
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


def test_a_later_version_of_the_grid_rewrites_no_interruption_of_before(
    journal: SqlJournal,
) -> None:
    """G moves to another ward, becomes more important and follows another profile."""
    parts = draw(LONGER).components
    by_record = replace(parts, points=tuple(p for p in parts.points if p.element != "s9"))
    day, night_long = (
        Profile(id=ProfileId(name), name=name, factors=(1.0, *rest))
        for name, rest in (("day", (2.0,) * 23), ("night", (0.5,) * 23))
    )
    before = _with_g(by_record, area="Ba Đình", priority=3, profile=day)
    after = _with_g(by_record, area="Tây Hồ", priority=1, profile=night_long)
    night = Night(journal, before)
    report = {"by": LAN, "switch": SwitchId("s9")}
    for network in (before, after):
        night.restart(network, take_in=True)
        night.wait(60)
        night.tell(PositionReported(at=night.now, position=Position.OPEN, **report))
        night.wait(3600)
        night.tell(PositionReported(at=night.now, position=Position.CLOSED, **report))
    first, second = night.room.books.ledger.interruptions
    assert (first.area, first.priority, first.profile) == ("Ba Đình", 3, day)
    assert (second.area, second.priority, second.profile) == ("Tây Hồ", 1, night_long)
    booked = night.room.books.booked()
    account = booked.account(IEEE1366, now=night.now, zone=UTC)
    hit = account.groups(night.room.books.today(night.now), By.AREA)
    assert {group.key for group in hit} == {"Ba Đình", "Tây Hồ"}


def _with_g(parts: Components, *, area: str, priority: int, profile: Profile) -> Network:
    moved = tuple(
        replace(load, area=area, priority=priority, profile=profile.id) if load.id == "G" else load
        for load in parts.loads
    )
    return build_network(replace(parts, loads=moved, profiles=(profile,)))
