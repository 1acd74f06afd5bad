"""The grid as it physically stands: contacts, faults, sources, and who is supplied."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gridops.ids import SectionId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import Network, Signal
from gridops.state import Energisation, energise
from gridops.virtual_field.agenda import Agenda
from gridops.virtual_field.fault_current import FaultCurrent, directions, fault_current_path
from gridops.virtual_field.point_table import PointTable
from gridops.virtual_field.vocabulary import FieldSettings, Misbehaviour

Watcher = Callable[[], None]
PHASES = frozenset("abc")
EARTH = "n"


@dataclass(slots=True)
class Fault:
    place: str
    """A branch, node or section in `section`."""
    section: SectionId
    clears_after_openings: int | None
    """None: permanent."""
    phases: frozenset[str] = PHASES
    """Those that are short-circuited, with "n" where earth is."""
    trips: bool = True
    """False: its current is too small for any relay or fuse."""
    openings: int = 0
    """How often it has been de-energised."""
    fed: bool = False

    @property
    def has_cleared(self) -> bool:
        return self.clears_after_openings is not None and (
            self.openings >= self.clears_after_openings
        )

    def conducting(self, alive: frozenset[str]) -> frozenset[str]:
        """The phases that carry fault current where `alive` have voltage; earth is a way back."""
        live = self.phases & alive
        if EARTH in self.phases:
            return live | {EARTH} if live else frozenset()
        return live if len(live) > 1 else frozenset()


@dataclass(frozen=True, slots=True)
class Flow:
    """Fault current from the grid to one fault."""

    fault: Fault
    path: Mapping[SwitchId, int]
    """Every switch that carries it -> switches between that one and the fault."""
    phases: frozenset[str]


class Plant:
    """Holds the physical state; after each change of it every watcher is called, in order.

    Watchers must not move contacts, only make appointments, so that one change is settled
    everywhere before the next.
    """

    def __init__(
        self, network: Network, agenda: Agenda, *, points: PointTable, settings: FieldSettings
    ) -> None:
        self.network = network
        self.agenda = agenda
        self.points = points
        self.settings = settings
        self.closed: frozenset[SwitchId] = frozenset()
        self.dead_sources: frozenset[SourceId] = frozenset()
        self.energisation: Energisation = energise(network, self.closed)
        self.flows: tuple[Flow, ...] = ()
        """Of each fault that the grid feeds now."""
        self.driving: frozenset[SectionId] = frozenset()
        """Where generators drive fault current now."""
        self.passing: Mapping[SwitchId, tuple[FaultCurrent, ...]] = {}
        """What indicators see: current from the grid and from generators, to every fault."""
        self.faults: list[Fault] = []
        self.watchers: list[Watcher] = []
        self._blown: dict[SwitchId, frozenset[str]] = {}
        self._misbehaviour: dict[tuple[SwitchId, Misbehaviour], float] = {}

    @property
    def fault_current(self) -> dict[SwitchId, int]:
        """Every switch at which relays see fault current -> switches between it and its fault."""
        nearest: dict[SwitchId, int] = {}
        for flow in self.flows:
            for switch, distance in flow.path.items() if flow.fault.trips else ():
                nearest[switch] = min(distance, nearest.get(switch, distance))
        return nearest

    def is_closed(self, switch: SwitchId) -> bool:
        return switch in self.closed

    def is_live(self, switch: SwitchId) -> bool:
        """Whether either side is energised."""
        return any(self.energisation.is_supplied(s) for s in self.network.section_ends[switch])

    @property
    def differs_by_phase(self) -> bool:
        """Whether a fuse has melted in some phases and not in all."""
        return bool(self._blown)

    def phases_alive(self, section: SectionId) -> frozenset[str]:
        """Phases with voltage there: none in the dark, all but those of fuses that have blown on
        the way (of several ways, on the one that the trace takes)."""
        if not self.energisation.is_supplied(section):
            return frozenset()
        if not self._blown:
            return PHASES
        way = self.energisation.path(section)
        lost = (self._blown.get(switch, frozenset()) for switch in way)
        return PHASES.difference(*lost)

    def stand(self, closed: frozenset[SwitchId]) -> None:
        """Takes `closed` as the state to begin with."""
        self.closed = closed
        for switch in self.network.switches:
            self.show(switch, Position.CLOSED if switch in closed else Position.OPEN)
        self.settle()

    def move(self, switch: SwitchId, position: Position) -> bool:
        """Moves the contacts and shows where they are. False: the device is stuck.

        Closing a fuse is putting in new ones, in every phase."""
        if self.does(switch, Misbehaviour.STUCK):
            return False
        before, renewed = self.closed, None
        if position is Position.CLOSED:
            renewed = self._blown.pop(switch, None)
            self.closed = before | {switch}
        else:
            self.closed = before - {switch}
        self.show(switch, position)
        if self.closed != before or renewed is not None:
            self.settle()
        return True

    def blow(self, fuse: SwitchId, phases: Iterable[str]) -> None:
        """The fuse melts in these phases. Once all three have, it is open, and shows it."""
        blown = self._blown.get(fuse, frozenset()) | (PHASES & frozenset(phases))
        if blown == PHASES:
            self.move(fuse, Position.OPEN)
            return
        self._blown[fuse] = blown
        self.settle()

    def show(self, switch: SwitchId, position: Position) -> None:
        self.points.report(switch, Signal.POSITION, value=int(position), at=self.agenda.now)

    def strike(self, fault: Fault) -> None:
        self.faults.append(fault)
        self.settle()

    def repair(self, section: SectionId) -> None:
        """Takes every fault in `section` away."""
        self.faults = [fault for fault in self.faults if fault.section != section]
        self.settle()

    def set_source(self, source: SourceId, *, live: bool) -> None:
        dead = self.dead_sources
        self.dead_sources = dead - {source} if live else dead | {source}
        self.settle()

    def drive(self, sections: frozenset[SectionId]) -> None:
        """Generators drive fault current in these sections from now on, and nowhere else."""
        self.driving = sections
        self.settle()

    def misbehave(self, device: SwitchId, kind: Misbehaviour, *, slow_s: float) -> None:
        self._misbehaviour[device, kind] = slow_s

    def behave(self, device: SwitchId, kind: Misbehaviour) -> None:
        self._misbehaviour.pop((device, kind), None)
        self.settle()

    def does(self, device: SwitchId, kind: Misbehaviour) -> bool:
        return (device, kind) in self._misbehaviour

    def operating_time_s(self, switch: SwitchId) -> float:
        normal = self.network.switches[switch].operating_time_s
        return self._misbehaviour.get((switch, Misbehaviour.SLOW), normal)

    def late_s(self, switch: SwitchId) -> float:
        """By how much the indicator there is late."""
        return self._misbehaviour.get((switch, Misbehaviour.INDICATOR_LATE), 0.0)

    def settle(self) -> None:
        self.energisation = energise(self.network, self.closed, dead_sources=self.dead_sources)
        for fault in self.faults:
            was, fault.fed = fault.fed, bool(self._current_of(fault))
            fault.openings += was and not fault.fed
        self.faults = [fault for fault in self.faults if not fault.has_cleared]
        live = self._live()
        self.flows = tuple(
            Flow(fault, self._path(fault, live), self._current_of(fault))
            for fault in self.faults
            if fault.fed
        )
        self.passing = self._passing(live)
        for watcher in self.watchers:
            watcher()

    def _live(self) -> list[SectionId]:
        return [
            self.network.section_of_node[source.node]
            for source in self.network.sources.values()
            if source.id not in self.dead_sources
        ]

    def _current_of(self, fault: Fault) -> frozenset[str]:
        return fault.conducting(self.phases_alive(fault.section))

    def _path(self, fault: Fault, live: list[SectionId]) -> dict[SwitchId, int]:
        return fault_current_path(self.network, self.closed, live=live, fault=fault.section)

    def _passing(self, live: list[SectionId]) -> Mapping[SwitchId, tuple[FaultCurrent, ...]]:
        flows = self.flows
        feeding = [*live, *self.driving]
        if self.driving:
            flows = tuple(
                Flow(fault, self._path(fault, feeding), fault.conducting(PHASES))
                for fault in self.faults
            )
        passing: dict[SwitchId, tuple[FaultCurrent, ...]] = {}
        for flow in flows:
            ways = directions(self.network, flow.path, live=feeding, fault=flow.fault.section)
            for switch, distance in flow.path.items():
                current = FaultCurrent(distance, ways[switch], flow.phases)
                passing[switch] = (*passing.get(switch, ()), current)
        return passing
