"""The view that is made from changes equals the whole view, after whatever came."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from api_setting import SETTINGS, ring

from gridops.adapters.journal import open_journal
from gridops.api.changing_view import ChangingView
from gridops.api.live_view import live_view
from gridops.bootstrap.wiring import engines_of
from gridops.control_room import ControlRoom, Installation
from gridops.events import (
    CommandIssued,
    CommandTimedOut,
    CurrentMeasured,
    Event,
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LocalControlChanged,
    LockoutChanged,
    ModeChanged,
    ProtectionPickedUp,
    SwitchMoved,
    TagPlaced,
    TagRemoved,
    TimerExpired,
    VoltageMeasured,
)
from gridops.events.operator import Mode, TagKind
from gridops.ids import (
    CommandId,
    FeederId,
    IncidentId,
    PlanId,
    SwitchId,
    TagId,
    UserName,
)  # fmt: skip
from gridops.measurement import Position, Quality, Reading
from tests.playbook import FEEDER, Playbook
from tests.playbook import SETTINGS as PLAYED
from tests.playbook_reports import silent
from tests.playbook_sheets import ApprovesSheet, Draws, Instructs, Reports, Starts

NIGHT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
LAN = UserName("lan")
NETWORK = ring()
SWITCHES, NODES, LINKS = (list(m) for m in (NETWORK.switches, NETWORK.nodes, NETWORK.links))
READINGS = (Reading.YES, Reading.NO)
ONCE_IN_VIEWS = 12
"""A lost link makes everything anew: more often, and nothing else would be tried."""


class Night:
    """Facts of whatever the view shows, by lot."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.at = NIGHT
        self._kinds: list[Callable[[], Event]] = [
            self._moves, self._moves, self._moves, self._currents, self._voltages, self._tags,
            self._untags, self._modes, self._issues, self._times_out, self._flags, self._local,
            self._picks_up,
        ]  # fmt: skip

    def facts(self) -> list[Event]:
        """For one view."""
        self.at += timedelta(seconds=2)
        kinds = self.dice.choices(self._kinds, k=self.dice.randint(1, 2))
        found = [kind() for kind in kinds]
        if self.dice.randrange(ONCE_IN_VIEWS) == 0:
            link = self.dice.choice(LINKS)
            found += [
                LinkLost(at=self.at, link=link, why="cut"),
                LinkRestored(at=self.at, link=link, epoch=2, gap_since=None),
            ][: self.dice.randint(1, 2)]
        return found

    def _moves(self) -> Event:
        return SwitchMoved(
            at=self.at, source_time=self.at, switch=self.dice.choice(SWITCHES),
            position=self.dice.choice([Position.OPEN, Position.CLOSED, *Position]),
            quality=self.dice.choice([Quality.GOOD, *Quality]),
        )  # fmt: skip

    def _currents(self) -> Event:
        return CurrentMeasured(
            at=self.at, source_time=self.at, switch=self.dice.choice(SWITCHES),
            current_a=self.dice.uniform(0, 99),
        )  # fmt: skip

    def _voltages(self) -> Event:
        return VoltageMeasured(
            at=self.at, source_time=self.at, node=self.dice.choice(NODES),
            voltage_v=self.dice.choice([0.0, 12_700.0, 22_000.0]),
        )  # fmt: skip

    def _tag(self) -> TagId:
        return TagId(self.dice.choice("xyz"))

    def _tags(self) -> Event:
        return TagPlaced(
            at=self.at, by=LAN, tag=self._tag(), switch=self.dice.choice(SWITCHES),
            kind=TagKind.CAUTION, reason="work",
        )  # fmt: skip

    def _untags(self) -> Event:
        """The switch that it names need not be where the tag hangs."""
        return TagRemoved(at=self.at, by=LAN, tag=self._tag(), switch=self.dice.choice(SWITCHES))

    def _modes(self) -> Event:
        mode = self.dice.choice(list(Mode))
        return ModeChanged(at=self.at, by=LAN, feeder=FeederId("Fb1"), mode=mode)

    def _issues(self) -> Event:
        return CommandIssued(
            at=self.at, command=CommandId("I9/P1/S1"), incident=IncidentId("I9"),
            plan=PlanId("I9/P1"), step=1, switch=self.dice.choice(SWITCHES),
            position=Position.OPEN, deadline=self.at,
        )  # fmt: skip

    def _times_out(self) -> Event:
        return CommandTimedOut(at=self.at, command=CommandId("I9/P1/S1"), why="no read-back")

    def _flags(self) -> Event:
        return FaultFlagChanged(
            at=self.at, source_time=self.at, switch=self.dice.choice(SWITCHES),
            reading=self.dice.choice(READINGS),
        )  # fmt: skip

    def _local(self) -> Event:
        return LocalControlChanged(
            at=self.at, source_time=self.at, switch=self.dice.choice(SWITCHES),
            reading=self.dice.choice(READINGS),
        )  # fmt: skip

    def _picks_up(self) -> Event:
        told = self.dice.choice([ProtectionPickedUp, LockoutChanged])
        switch = SwitchId(self.dice.choice(["b1", "b2"]))
        return told(at=self.at, source_time=self.at, switch=switch, reading=Reading.YES)


@pytest.mark.parametrize("seed", [1, pytest.param(range(2, 60), marks=pytest.mark.slow)])
def test_the_view_from_changes_is_the_whole_view(seed: int | range, tmp_path: Path) -> None:
    for one in [seed] if isinstance(seed, int) else seed:
        _play(Night(one), tmp_path / f"{one}.sqlite")


def _play(night: Night, file: Path) -> None:
    journal = open_journal(f"sqlite:///{file}")
    installation = Installation(
        network=NETWORK, grid_fingerprint="f", engines=engines_of(NETWORK), settings=SETTINGS
    )
    room = ControlRoom(installation, journal)
    changing = ChangingView(room)
    room.start(NIGHT)
    room.accept([LinkRestored(at=NIGHT, link=LINKS[0], epoch=1, gap_since=None)])
    for _ in range(50):
        events = night.facts()
        due = [TimerExpired(at=night.at, timer=e.timer) for e in room.timers.expired(night.at)]
        room.accept([*events, *due])
        assert changing.view(now=night.at, links=()) == live_view(room, now=night.at, links=())
    journal.close()


def test_what_a_crew_reports_of_a_sheet_is_in_the_view_from_changes(tmp_path: Path) -> None:
    """Its word leaves an earth and takes it off, and moves a switch that nobody else speaks of:
    no fact of its own says so."""
    play = Playbook.on(silent(FEEDER, "s4"), PLAYED)
    (
        play
        >> Draws(
            "open s4, check s4, earth s4, note work, unearth s4, close s4", gives_up="E", crew="s4"
        )
        >> ApprovesSheet("mai")
        >> Starts()
    )
    for step in range(1, 7):
        play = play.forget() >> Instructs(step) >> Reports(step)
        play.forget()
    journal = open_journal(f"sqlite:///{tmp_path / 'sheet.sqlite'}")
    installation = Installation(
        network=play.network, grid_fingerprint="f", engines=engines_of(play.network),
        settings=play.settings,
    )  # fmt: skip
    room = ControlRoom(installation, journal)
    changing = ChangingView(room)
    tagged = set()
    for fact in play.facts:
        room.accept([fact])
        seen = changing.view(now=fact.at, links=())
        assert seen == live_view(room, now=fact.at, links=())
        tagged |= {tag["kind"] for tag in seen["switches"]["s4"]["tags"]}
    assert tagged == {"earth_applied"}
    journal.close()
