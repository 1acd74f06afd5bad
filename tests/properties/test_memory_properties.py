"""Frozen after whatever entry, thawed, and told the rest: the same control room as one that heard
everything, down to the last attribute, and it says the same on the way."""

from collections.abc import Callable, Sequence
from functools import partial

import pytest
from drawn_nights import GRID, OUTAGE, Answer, nights, played
from hypothesis import event, given, settings
from hypothesis import strategies as st

from gridops.adapters.grid_files import grid_fingerprint
from gridops.adapters.journal import open_journal
from gridops.commands import Intent
from gridops.control_room import ControlRoom, Installation
from gridops.control_room.memory import freeze, remember, thaw
from gridops.events import Event
from gridops.network import Network, draw
from gridops.ports import Journal
from tests.deep_equality import rooms_differ
from tests.playbook import SETTINGS, Fact, Wait, engines_of
from tests.playbook_words import Done

NETWORK = draw(GRID)
Rooms = Callable[[], ControlRoom]


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    """New ones. Nothing is written: facts are folded as a recovery does."""
    journal = open_journal(f"sqlite:///{tmp_path_factory.mktemp('memory') / 'j.sqlite'}")
    return partial(room_on, NETWORK, journal)


def room_on(network: Network, journal: Journal) -> ControlRoom:
    installation = Installation(
        network=network,
        grid_fingerprint=grid_fingerprint(network.components),
        engines=engines_of(network),
        settings=SETTINGS,
    )
    return ControlRoom(installation, journal)


def heard(room: ControlRoom, facts: Sequence[Event]) -> list[list[Intent]]:
    said = []
    for fact in facts:
        room.sequence += 1
        said.append(room.fold_back(fact))
    return said


@settings(max_examples=12)
@given(night=nights(), share=st.floats(0.0, 1.0))
def test_a_snapshot_and_what_came_after_it_are_all_that_came(
    rooms: Rooms, night: Sequence[Fact | Wait], share: float
) -> None:
    compare_around(rooms, night, share)


@pytest.mark.slow
@settings(max_examples=2_000)
@given(night=nights(), share=st.floats(0.0, 1.0))
def test_a_snapshot_and_what_came_after_it_are_all_that_came_in_many_nights(
    rooms: Rooms, night: Sequence[Fact | Wait], share: float
) -> None:
    compare_around(rooms, night, share)


def compare_around(rooms: Rooms, night: Sequence[Fact | Wait], share: float) -> None:
    """The snapshot is written when the one that it was made of has long gone on."""
    facts = played(night).facts
    cut = round(share * len(facts))
    first, second = rooms(), rooms()
    heard(first, facts[:cut])
    event(f"{len(first.desk.open_incidents)} incidents open at the cut")
    remembered = remember(first)
    said = heard(first, facts[cut:])

    thaw(second, remembered.written())

    assert second.sequence == cut
    assert heard(second, facts[cut:]) == said
    assert rooms_differ(first, second) is None
    assert second.books.decisions() == first.books.decisions()


def test_nothing_is_added_or_lost_by_freezing(rooms: Rooms) -> None:
    night = played([*OUTAGE, Wait(2), Answer(Done), Wait(6)])
    first, second = rooms(), rooms()
    heard(first, night.facts)

    thaw(second, freeze(first))

    assert rooms_differ(first, second) is None
    assert freeze(second) == freeze(first)
    assert first.desk.open_incidents["I1"].proposed is not None
