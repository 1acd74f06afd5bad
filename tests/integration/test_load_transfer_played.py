"""A load transfer through the whole engine: detected, planned, judged, released, carried out.

One wrong indicator may hide a fault in B, so B stays dark with A.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gridops.adapters.journal import open_journal
from gridops.bootstrap.wiring import installation_of
from gridops.control_room import ControlRoom
from gridops.control_room.simulation import Habit, Simulation
from gridops.incident import IncidentSettings, Phase
from gridops.network import draw
from gridops.powerflow import RadialFlow
from gridops.virtual_field import VirtualField
from tests.playbook import NIGHT

HANDS_ON = """
S1 [b1] A [s1] B [s6] K (t1) D [b2] S2
D [s2] C (t2) E [b3] S3
"""
POWER_W = {"A": 1e6, "B": 1e6, "K": 6e6, "C": 6e6, "D": 4e6, "E": 3e6}


def after(s: float) -> datetime:
    return NIGHT + timedelta(seconds=s)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ControlRoom]:
    network = draw(HANDS_ON, p_w=POWER_W)
    field = VirtualField(network, RadialFlow(network), start=NIGHT)
    field.strike("A", after(5))
    journal = open_journal(f"sqlite:///{tmp_path}/journal.sqlite")
    room = ControlRoom(installation_of(network, IncidentSettings()), journal)
    Simulation(room, field, habit=Habit(release_after_s=2.0, takes_offers=True)).run(after(120), [])
    yield room
    journal.close()


def test_the_neighbour_hands_load_on_and_takes_the_dark_part(room: ControlRoom) -> None:
    (incident,) = room.desk.incidents.values()
    assert incident.phase is Phase.RESTORED
    assert incident.proposed is not None
    plan = incident.proposed.answer.plan
    assert incident.proposed.answer.verdict.passed
    assert [(s.switch, s.closes) for s in plan.steps] == [
        ("s6", False),
        ("s2", False),
        ("t2", True),
        ("t1", True),
    ]
    assert plan.dropped == {"SC"}
    assert room.desk.state.energisation.dark == {"SA", "SB"}


def test_what_it_opens_itself_is_no_new_outage(room: ControlRoom) -> None:
    assert len(room.desk.incidents) == 1
    (incident,) = room.desk.incidents.values()
    assert incident.plans_released == 1
    assert not incident.latched


def test_who_was_dropped_is_accounted_for(room: ControlRoom) -> None:
    """C was without supply between two movements; K until it came back; A and B still are."""
    (incident,) = room.desk.incidents.values()
    spells = {one.load: one for one in room.books.ledger.interruptions}
    assert set(spells) == {"A", "B", "K", "C"}
    assert [load for load, one in spells.items() if one.ended is None] == ["A", "B"]
    moved, back = spells["C"], spells["K"]
    assert moved.ended is not None
    assert back.ended is not None
    assert timedelta(0) < moved.ended - moved.began < timedelta(seconds=10)
    assert back.ended > moved.ended
    assert back.incident == incident.id
