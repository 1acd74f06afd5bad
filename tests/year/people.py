"""Crews, dispatchers and meters of a year: they act on what they see, as far as a rule can."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridops.control_room import ControlRoom
from gridops.control_room.simulation import Simulation
from gridops.events import (
    AutomationEnabled,
    Event,
    ModeChanged,
    NormalAccepted,
    OperatorEvent,
    PositionReported,
    RepairReported,
    SwitchingAnnounced,
)
from gridops.events.operator import Mode
from gridops.ids import FeederId, SectionId, SwitchId, UserName
from gridops.measurement import Position
from gridops.network import Network, Signal
from gridops.restoration import off_normal
from gridops.state import energise
from tests.year.drawn import Fault, Happening, PlannedWork, SourceLost
from tests.year.witness import WitnessedField

LOOK_EVERY = timedelta(minutes=5)
"""While anything is under way."""
FIND_S = 1200.0
"""From a fault until its repair begins."""
HOME_AFTER = timedelta(minutes=45)
"""After a repair, people put by hand what is not at home by then."""
TELL_AFTER = timedelta(minutes=3)
"""After a repair, when meters have said that voltage is back."""
LATER = timedelta(minutes=30)
ACCEPTED_AFTER = timedelta(hours=36)
"""An incident that is still open although everybody has supply is accepted as it is."""
BETWEEN_S = 5.0
"""Two movements by hand."""
CREW, LEAD = UserName("crew"), UserName("lead")


@dataclass(frozen=True, slots=True)
class Repair:
    fault: Fault


@dataclass(frozen=True, slots=True)
class Move:
    switch: SwitchId
    position: Position


@dataclass(frozen=True, slots=True)
class Tell:
    """That it is repaired."""

    section: SectionId


@dataclass(frozen=True, slots=True)
class Home:
    section: SectionId


@dataclass(frozen=True, slots=True)
class Accept:
    """Look through what is still open."""


Act = Repair | Move | Tell | Home | Accept


@dataclass(frozen=True, slots=True, order=True)
class Due:
    at: datetime
    number: int
    what: Act = field(compare=False)


class People:
    """Plays the happenings of a year, and what people do between them."""

    def __init__(self, simulation: Simulation, field: WitnessedField) -> None:
        self.room: ControlRoom = simulation.room
        self.field = field
        self.called_off = 0
        """Work that was called off, because the part had a fault or no supply."""
        self._simulation = simulation
        self._network: Network = simulation.room.network
        self._normal = energise(self._network, self._network.normally_closed)
        self._reported = {
            p.element for p in self._network.components.points if p.signal is Signal.POSITION
        }
        self._made = 0
        self._due: list[Due] = []
        self._acts: list[OperatorEvent] = []
        self._told: set[object] = set()
        self._faulted: list[SectionId] = []
        self._worked_at: set[SwitchId] = set()
        self._heard = False
        self.room.hear(self._hear)

    def play(self, happenings: Sequence[Happening], until: datetime) -> None:
        self._simulation.begin()
        self._set_modes()
        for one in happenings:
            self._go_on(max(one.at, self.field.now))
            self._happens(one)
        self._go_on(until)

    def _set_modes(self) -> None:
        """A third of the feeders goes by itself, a third waits for a person, and the last is worked
        by hand alone."""
        now, modes = self.field.now, (Mode.AUTOMATIC, Mode.ADVISORY, Mode.DISABLED)
        self._acts.append(ModeChanged(at=now, by=LEAD, feeder=None, mode=Mode.AUTOMATIC))
        for number, feeder in enumerate(self._network.arrays.feeders.ids):
            mode = modes[number % len(modes)]
            self._acts.append(ModeChanged(at=now, by=LEAD, feeder=feeder, mode=mode))

    def _go_on(self, until: datetime) -> None:
        while self.field.now < until or self._acts:
            step = min([until, *(due.at for due in self._due[:1])])
            if self.room.desk.open_incidents:
                step = min(step, self.field.now + LOOK_EVERY)
            acts, self._acts = self._acts, []
            self._simulation.go_on(max(step, self.field.now + timedelta(seconds=1)), acts)
            while self._due and self._due[0].at <= self.field.now:
                self._do(self._due.pop(0).what)
            if self._heard:
                self._heard = False
                self._instruct()

    def _hear(self, _: Event) -> None:
        self._heard = True

    def _later(self, after: timedelta, what: Act) -> None:
        self._made += 1
        self._due.append(Due(self.field.now + after, self._made, what))
        self._due.sort()

    # what happens

    def _happens(self, one: Happening) -> None:
        now = self.field.now
        match one:
            case Fault():
                self.field.strike(one.place, now, clears_after_openings=one.clears_after_openings)
                self._later(ACCEPTED_AFTER, Accept())
                self._faulted.append(self._network.section_of(one.place))
                repair_s = 0.0 if one.clears_after_openings else one.repair_s
                self._later(timedelta(seconds=FIND_S + repair_s), Repair(one))
            case SourceLost():
                self.field.lose_source(one.source, now)
                self.field.restore_source(one.source, now + timedelta(seconds=one.lasts_s))
            case PlannedWork():
                self._work(one)

    def _work(self, one: PlannedWork) -> None:
        section = self._normal.behind(one.switch)
        feeder = self._normal.feeder_of[next(iter(section))]
        if self._is_troubled({feeder}) or off_normal(
            self._network, self.field.closed, among=self._switches_of(feeder)
        ):
            self.called_off += 1
            return
        self._worked_at.add(one.switch)
        self._move(one.switch, Position.OPEN)
        self._later(timedelta(seconds=one.lasts_s), Move(one.switch, Position.CLOSED))

    # what people do

    def _do(self, what: Act) -> None:
        match what:
            case Repair():
                self._repair(what.fault)
            case Move():
                self._worked_at.discard(what.switch)
                self._move(what.switch, what.position)
            case Tell():
                self._tell(what.section)
            case Home():
                self._bring_home(what.section)
            case Accept():
                self._accept()

    def _move(self, switch: SwitchId, position: Position) -> None:
        """A crew tells what it does, and where the switch stands if nothing else tells it."""
        now = self.field.now
        self.field.operate_by_hand(switch, position, at=now + timedelta(seconds=1))
        self._acts.append(SwitchingAnnounced(at=now, by=CREW, switch=switch, position=position))
        if switch not in self._reported:
            said = PositionReported(
                at=now + timedelta(seconds=1), by=CREW, switch=switch, position=position
            )
            self._acts.append(said)

    def _repair(self, fault: Fault) -> None:
        """What opened on the way and tells nothing, a fuse above all, is closed before anybody
        tells that it is mended."""
        section = self._network.section_of(fault.place)
        self._faulted.remove(section)
        if section in self._faulted:
            return
        self.field.repair(fault.place, self.field.now)
        self._close_silent(section)
        self._later(TELL_AFTER, Tell(section))
        self._later(HOME_AFTER, Home(section))

    def _close_silent(self, section: SectionId) -> None:
        for switch in self._normal.path(section):
            is_silent = switch not in self._reported and self._network.switches[switch].protects
            if is_silent and switch not in self.field.closed and switch not in self._worked_at:
                self._move(switch, Position.CLOSED)

    def _tell(self, section: SectionId) -> None:
        for incident in self.room.desk.open_incidents.values():
            if section in incident.zone and not incident.zone & set(self._faulted):
                self._acts.append(RepairReported(at=self.field.now, by=CREW, incident=incident.id))

    def _bring_home(self, section: SectionId) -> None:
        """Everything of the feeder that does not stand as it should, unless there is another fault:
        ties open first, then from the head outwards."""
        feeder = self._normal.feeder_of.get(section)
        away = off_normal(self._network, self.field.closed, among=self._switches_of(feeder))
        away = tuple(s for s in away if s not in self._worked_at)
        if self._is_troubled({feeder, *(f for s in away for f in self._feeders_at(s))}):
            self._later(LATER, Home(section))
            return
        normal = self._network.normally_closed
        ordered = sorted(away, key=lambda s: (s in normal, self._depth(s)))
        for number, switch in enumerate(ordered):
            position = Position.CLOSED if switch in normal else Position.OPEN
            self._later(timedelta(seconds=BETWEEN_S * (number + 1)), Move(switch, position))
        for latched in [f for f in self.room.desk.state.modes.latches if f == feeder]:
            self._acts.append(
                AutomationEnabled(at=self.field.now, by=LEAD, feeder=latched, reason="looked into")
            )

    def _depth(self, switch: SwitchId) -> int:
        return min(len(self._normal.path(s)) for s in self._network.section_ends[switch])

    def _switches_of(self, feeder: FeederId | None) -> list[SwitchId]:
        return [s for s in self._network.switches if feeder in self._feeders_at(s)]

    def _feeders_at(self, switch: SwitchId) -> set[FeederId | None]:
        return {self._normal.feeder_of.get(end) for end in self._network.section_ends[switch]}

    def _is_troubled(self, feeders: set[FeederId | None]) -> bool:
        return any(self._normal.feeder_of.get(section) in feeders for section in self._faulted)

    # what people see

    def _instruct(self) -> None:
        for sheet, step in self.room.desk.sheets.asked_of_crews():
            key = (sheet.id, sheet.revision, step.number)
            if key in self._told or step.switch is None or step.position is None:
                continue
            self._told.add(key)
            away_s = self._network.switches[step.switch].operating_time_s
            self._later(timedelta(seconds=away_s), Move(step.switch, step.position))

    def _accept(self) -> None:
        now = self.field.now
        for incident in self.room.desk.open_incidents.values():
            is_old = now - incident.opened_at > ACCEPTED_AFTER
            if is_old and not incident.zone & self.room.desk.state.energisation.dark:
                self._acts.append(NormalAccepted(at=now, by=LEAD, incident=incident.id))
        if self.room.desk.open_incidents:
            self._later(ACCEPTED_AFTER, Accept())
