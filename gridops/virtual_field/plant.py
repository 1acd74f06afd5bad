"""The grid as it physically stands: contacts, faults, sources, and who is supplied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gridops.ids import SectionId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import Network, Signal
from gridops.state import Energisation, energise
from gridops.virtual_field.agenda import Agenda
from gridops.virtual_field.fault_current import fault_current_path
from gridops.virtual_field.point_table import PointTable
from gridops.virtual_field.vocabulary import FieldSettings, Misbehaviour

Watcher = Callable[[], None]


@dataclass(slots=True)
class Fault:
    section: SectionId
    clears_after_openings: int | None
    """None: permanent."""
    openings: int = 0
    """How often it has been de-energised."""

    @property
    def has_cleared(self) -> bool:
        return self.clears_after_openings is not None and (
            self.openings >= self.clears_after_openings
        )


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
        self.flows: tuple[Mapping[SwitchId, int], ...] = ()
        """The path of fault current of each fault that is energised now."""
        self.watchers: list[Watcher] = []
        self._faults: list[Fault] = []
        self._misbehaviour: dict[tuple[SwitchId, Misbehaviour], float] = {}

    @property
    def fault_current(self) -> dict[SwitchId, int]:
        """Every switch that carries fault current -> switches between it and its fault."""
        nearest: dict[SwitchId, int] = {}
        for flow in self.flows:
            for switch, distance in flow.items():
                nearest[switch] = min(distance, nearest.get(switch, distance))
        return nearest

    def is_closed(self, switch: SwitchId) -> bool:
        return switch in self.closed

    def is_live(self, switch: SwitchId) -> bool:
        """Whether either side is energised."""
        return any(self.energisation.is_supplied(s) for s in self.network.section_ends[switch])

    def stand(self, closed: frozenset[SwitchId]) -> None:
        """Takes `closed` as the state to begin with."""
        self.closed = closed
        for switch in self.network.switches:
            self.show(switch, Position.CLOSED if switch in closed else Position.OPEN)
        self.settle()

    def move(self, switch: SwitchId, position: Position) -> bool:
        """Moves the contacts and shows where they are. False: the device is stuck."""
        if self.does(switch, Misbehaviour.STUCK):
            return False
        before = self.closed
        self.closed = before | {switch} if position is Position.CLOSED else before - {switch}
        self.show(switch, position)
        if self.closed != before:
            self.settle()
        return True

    def show(self, switch: SwitchId, position: Position) -> None:
        self.points.report(switch, Signal.POSITION, value=int(position), at=self.agenda.now)

    def strike(self, fault: Fault) -> None:
        self._faults.append(fault)
        self.settle()

    def repair(self, section: SectionId) -> None:
        """Takes every fault in `section` away."""
        self._faults = [fault for fault in self._faults if fault.section != section]
        self.settle()

    def set_source(self, source: SourceId, *, live: bool) -> None:
        dead = self.dead_sources
        self.dead_sources = dead - {source} if live else dead | {source}
        self.settle()

    def misbehave(self, device: SwitchId, kind: Misbehaviour, *, slow_s: float) -> None:
        self._misbehaviour[device, kind] = slow_s

    def behave(self, device: SwitchId, kind: Misbehaviour) -> None:
        self._misbehaviour.pop((device, kind), None)

    def does(self, device: SwitchId, kind: Misbehaviour) -> bool:
        return (device, kind) in self._misbehaviour

    def operating_time_s(self, switch: SwitchId) -> float:
        normal = self.network.switches[switch].operating_time_s
        return self._misbehaviour.get((switch, Misbehaviour.SLOW), normal)

    def settle(self) -> None:
        before = self.energisation
        self.energisation = energise(self.network, self.closed, dead_sources=self.dead_sources)
        for fault in self._faults:
            if before.is_supplied(fault.section) and not self._feeds(fault):
                fault.openings += 1
        self._faults = [fault for fault in self._faults if not fault.has_cleared]
        live = [
            self.network.section_of_node[source.node]
            for source in self.network.sources.values()
            if source.id not in self.dead_sources
        ]
        self.flows = tuple(
            fault_current_path(self.network, self.closed, live=live, fault=fault.section)
            for fault in self._faults
            if self._feeds(fault)
        )
        for watcher in self.watchers:
            watcher()

    def _feeds(self, fault: Fault) -> bool:
        return self.energisation.is_supplied(fault.section)
