"""A trace from fact to fact that goes wrong: nothing is done on it, and a restart leans on none."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from room_process import installation, street
from test_room_loop import CLOCK, living

from gridops.adapters.journal import open_journal
from gridops.control_room import ControlRoom
from gridops.errors import JournalError, StateDiverged
from gridops.events import Event, LinkRestored, PositionReported, SwitchMoved
from gridops.ids import LinkId, SectionId, SwitchId, UserName
from gridops.measurement import Position
from gridops.network import Network, build_network
from gridops.ports import Journal
from gridops.state import energisation

LAN = UserName("lan")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    kept = open_journal(f"sqlite:///{tmp_path / 'night.sqlite'}")
    yield kept
    kept.close()


def break_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a switch that moves changes is not seen any more."""

    def unmoved(before: Any, status: Any, *, switch: int) -> Any:
        return before

    monkeypatch.setattr(energisation, "moved", unmoved)


def opens(switch: str) -> SwitchMoved:
    at = CLOCK.now()
    return SwitchMoved(at=at, source_time=at, switch=SwitchId(switch), position=Position.OPEN)


def read(network: Network) -> list[Event]:
    at = CLOCK.now()
    moves = [
        SwitchMoved(at=at, source_time=at, switch=s.id, position=s.normal_position)
        for s in network.switches.values()
    ]
    return [LinkRestored(at=at, link=LinkId("rtu"), epoch=1, gap_since=None), *moves]


def by_hand(switch: str) -> Network:
    """The street, with a switch that no telemetry speaks of."""
    parts = street().components
    points = tuple(p for p in parts.points if p.element != switch)
    return build_network(replace(parts, points=points))


def diverged(journal: Journal) -> ControlRoom:
    """A room that has heard of one opening more than it can take in."""
    room = ControlRoom(installation(street()), journal)
    room.start(CLOCK.now())
    room.accept(read(room.network))
    with pytest.raises(StateDiverged, match="supply"):
        room.accept([opens("s3")])
    return room


def test_nothing_is_accepted_after_a_divergence(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_the_trace(monkeypatch)
    room = diverged(journal)
    kept = journal.last_sequence()
    with pytest.raises(JournalError, match="could not be taken in") as refused:
        room.accept([opens("s1")])
    assert "restart" in refused.value.remedy
    assert journal.last_sequence() == kept


def test_a_restart_recovers_although_the_trace_is_still_broken(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_the_trace(monkeypatch)
    diverged(journal)
    again = ControlRoom(installation(street()), journal)
    again.recover()
    again.start(CLOCK.now())
    assert again.desk.state.positions[SwitchId("s3")].value is Position.OPEN
    assert again.desk.state.energisation.dark == {SectionId("SD"), SectionId("SE")}
    assert [one.load for one in again.books.ledger.lasting] == ["D", "E"]


def test_after_a_restart_supply_is_followed_from_fact_to_fact_again(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        break_the_trace(broken)
        diverged(journal)
    again = ControlRoom(installation(street()), journal)
    again.recover()
    again.start(CLOCK.now())
    again.accept([opens("s2")])
    assert again.desk.state.energisation.dark == {SectionId(f"S{x}") for x in "CDE"}
    break_the_trace(monkeypatch)
    with pytest.raises(StateDiverged, match="supply"):
        again.accept([opens("s1")])


async def test_a_divergence_ends_the_loop(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(installation(street()), journal) as (_, link, running):
        break_the_trace(monkeypatch)
        link.moves("s3", Position.OPEN)
        with pytest.raises(StateDiverged, match="supply"):
            await asyncio.wait_for(running, 5)


async def test_a_divergence_that_an_act_of_a_person_brings_ends_the_loop_too(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing comes from the field any more, and still nobody is shown what is not so."""
    async with living(installation(by_hand("s3")), journal) as (loop, _, running):
        break_the_trace(monkeypatch)
        report = PositionReported(
            at=CLOCK.now(), by=LAN, switch=SwitchId("s3"), position=Position.OPEN
        )
        with pytest.raises(StateDiverged, match="supply"):
            loop.submit(report)
        with pytest.raises(StateDiverged, match="supply"):
            await asyncio.wait_for(running, 5)
