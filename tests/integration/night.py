"""A control room on a real journal, a field that obeys at once, and time that a test moves.

night = Night(journal, FEEDER)
night.strike("C", flags=("s1", "s2"), trips="b1")
night.wait(10)
night.release()
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from gridops.adapters.engines import PowerGridModelShortCircuit
from gridops.adapters.grid_files import grid_fingerprint
from gridops.adapters.journal import SqlJournal
from gridops.bootstrap.grid_versions import KeptVersions
from gridops.bootstrap.taking_in import TakingIn, room_on
from gridops.commands import Intent, Operate, Solve
from gridops.control_room import ControlRoom, Installation
from gridops.events import (
    CommandConfirmed,
    Event,
    FaultFlagChanged,
    LinkRestored,
    LockoutChanged,
    PlanSolved,
    ProtectionPickedUp,
    RepairReported,
    SwitchMoved,
)
from gridops.guard import Guard
from gridops.ids import IncidentId, SwitchId, UserName
from gridops.incident import IncidentSettings
from gridops.measurement import Position, Reading
from gridops.network import Network
from gridops.response import Engines
from gridops.restoration import PlanSettings
from tests.playbook import NIGHT
from tests.radial_sweep import RadialSweep

LAN = UserName("lan")
SETTINGS = IncidentSettings(plan=PlanSettings(crew_available=False))


def installation(network: Network) -> Installation:
    guard = Guard(network, RadialSweep(network), faults=PowerGridModelShortCircuit(network))
    return Installation(
        network=network,
        grid_fingerprint=grid_fingerprint(network.components),
        engines=Engines(planner=RadialSweep(network), guard=guard),
        settings=SETTINGS,
    )


class Night:
    """The room that runs, and where the switches of the field really stand."""

    def __init__(self, journal: SqlJournal, network: Network, *, at: datetime = NIGHT) -> None:
        self.journal = journal
        self.now = at
        self.field = {s.id: s.normal_position for s in network.switches.values()}
        self.flags: set[SwitchId] = set()
        self.room = self.recovered(network)
        self.begin()

    def recovered(self, network: Network, *, take_in: bool = False) -> ControlRoom:
        taking_in = TakingIn(by=LAN, at=self.now) if take_in else None
        return room_on(installation(network), self.journal, taking_in=taking_in)

    def restart(self, network: Network, *, take_in: bool = False) -> None:
        """The process is gone; another one begins on `network`."""
        self.room = self.recovered(network, take_in=take_in)
        for switch in network.switches.values():
            self.field.setdefault(switch.id, switch.normal_position)
        self.begin()

    def begin(self) -> None:
        self._do(self.room.start(self.now))
        self.tell(*self.reading())

    def reading(self) -> list[Event]:
        at, network = self.now, self.room.network
        events: list[Event] = [
            LinkRestored(at=at, link=link, epoch=self.room.epoch, gap_since=None)
            for link in network.links
        ]
        return [
            *events,
            *(
                SwitchMoved(at=at, source_time=at, switch=s, position=self.field[s])
                for s in network.switches
                if s in self.room.desk.state.link_of
            ),
        ]

    def tell(self, *events: Event) -> None:
        self._do(self.room.accept(events))

    def wait(self, s: float) -> None:
        end = self.now + timedelta(seconds=s)
        while (due := self.room.timers.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self._do(self.room.accept(self.room.timers.expired(self.now)))
        self.now = end

    def strike(self, *, trips: str, flags: Sequence[str] = ()) -> None:
        at, device = self.now, SwitchId(trips)
        self.field[device] = Position.OPEN
        self.tell(
            *(
                FaultFlagChanged(at=at, source_time=at, switch=SwitchId(s), reading=Reading.YES)
                for s in flags
            ),
            ProtectionPickedUp(at=at, source_time=at, switch=device, reading=Reading.YES),
            SwitchMoved(at=at, source_time=at, switch=device, position=Position.OPEN),
            LockoutChanged(at=at, source_time=at, switch=device, reading=Reading.YES),
        )

    def move(self, switch: str, position: Position) -> None:
        self.field[SwitchId(switch)] = position
        at = self.now
        self.tell(SwitchMoved(at=at, source_time=at, switch=SwitchId(switch), position=position))

    def release(self, incident: str = "I1") -> None:
        proposed = self.room.desk.incidents[incident].proposed
        assert proposed is not None, "nothing is proposed"
        assert proposed.answer.plan.steps, proposed.answer.plan.rejected
        fingerprint = proposed.answer.fingerprint
        ident = IncidentId(incident)
        self._do(
            self.room.release(ident, proposed.id, fingerprint=fingerprint, by=LAN, at=self.now)
        )

    def repaired(self, incident: str = "I1") -> None:
        self.tell(RepairReported(at=self.now, by=LAN, incident=IncidentId(incident)))

    def _do(self, intents: Iterable[Intent]) -> None:
        for intent in intents:
            match intent:
                case Solve():
                    ticket = intent.ticket
                    self.tell(PlanSolved(at=self.now, incident=intent.incident, ticket=ticket))
                case Operate() if self.room.issue(intent, self.now) is not None:
                    self._operate(intent)
                case _:
                    pass

    def _operate(self, intent: Operate) -> None:
        self.move(intent.switch, intent.position)
        self.tell(CommandConfirmed(at=self.now, command=intent.command))


def minutes(room: ControlRoom, now: datetime) -> float:
    """Customer minutes of everybody, from the first second on."""
    pieces = room.books.ledger.interruptions
    return sum(one.customers * one.duration(now).total_seconds() for one in pieces) / 60.0


def kept(journal: SqlJournal) -> KeptVersions:
    return KeptVersions(journal)
