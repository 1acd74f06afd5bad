"""The live state: a fold over events. Knows what is known, and how well."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from gridops.events import (
    CommandConfirmed,
    CommandIssued,
    CommandRejected,
    CommandTimedOut,
    ControlRoomStarted,
    CurrentMeasured,
    Event,
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LocalControlChanged,
    LockoutChanged,
    ModeChanged,
    PositionReported,
    PowerMeasured,
    ProtectionPickedUp,
    SwitchMoved,
    TagPlaced,
    TagRemoved,
    VoltageMeasured,
)
from gridops.events.operator import Mode, TagKind
from gridops.ids import (
    CommandId,
    FeederId,
    LinkId,
    NodeId,
    SourceId,
    SwitchId,
    TagId,
    UserName,
)
from gridops.measurement import Measured, Position, Quality, Reading
from gridops.network import Network, Signal
from gridops.state.energisation import Energisation, energise

K = TypeVar("K", bound=str)
T = TypeVar("T")

ContactFact = FaultFlagChanged | ProtectionPickedUp | LockoutChanged | LocalControlChanged
DeviceFact = SwitchMoved | ContactFact | VoltageMeasured | CurrentMeasured | PowerMeasured

DEAD_VOLTAGE_PU = 0.2
"""Below this a measured busbar counts as dead (residual and induced voltage lies lower)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    id: TagId
    switch: SwitchId
    kind: TagKind
    by: UserName
    placed_at: datetime
    reason: str

    @property
    def blocks_closing(self) -> bool:
        return self.kind is not TagKind.CAUTION

    @property
    def blocks_opening(self) -> bool:
        return self.kind is TagKind.NO_OPERATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was known at one instant; immutable, safe to hand to a planner or a guard.

    `positions` holds the last definite or indefinite reading of every switch. A switch is in
    `unknown` when its reading must not carry an argument: bad or stale quality, indefinite
    double point, or a command whose outcome is open. A switch without a position point is
    known by record: its normal position, until a person reports otherwise.
    """

    at: datetime
    positions: Mapping[SwitchId, Measured[Position]]
    unknown: frozenset[SwitchId]
    unreachable: frozenset[SwitchId]
    """Takes no remote command now: link down or local control."""
    tags: Mapping[SwitchId, tuple[Tag, ...]]
    flags: Mapping[SwitchId, Measured[Reading]]
    dead_sources: frozenset[SourceId]
    voltages_v: Mapping[NodeId, Measured[float]] = field(default_factory=dict)
    currents_a: Mapping[SwitchId, Measured[float]] = field(default_factory=dict)
    last_definite: Mapping[SwitchId, Position] = field(default_factory=dict)
    """Where switches last stood whose reading is indefinite now."""

    @property
    def closed(self) -> frozenset[SwitchId]:
        """Best knowledge: switches whose last definite position is closed."""
        return _closed_by(self.positions, self.last_definite)


@dataclass(slots=True, kw_only=True)
class LiveState:
    """Folds events. Deterministic: the same events in the same order give the same state."""

    network: Network
    positions: dict[SwitchId, Measured[Position]] = field(default_factory=dict)
    flags: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    pickups: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    lockouts: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    local: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    voltages_v: dict[NodeId, Measured[float]] = field(default_factory=dict)
    currents_a: dict[SwitchId, Measured[float]] = field(default_factory=dict)
    powers_w: dict[SwitchId, Measured[float]] = field(default_factory=dict)
    tags: dict[TagId, Tag] = field(default_factory=dict)
    links_down: dict[LinkId, str] = field(default_factory=dict)
    link_epochs: dict[LinkId, int] = field(default_factory=dict)
    system_mode: Mode = Mode.ADVISORY
    feeder_modes: dict[FeederId, Mode] = field(default_factory=dict)
    commands_open: dict[CommandId, SwitchId] = field(default_factory=dict)
    ordered: dict[CommandId, Position] = field(default_factory=dict)
    """Where the open commands send their switches."""
    outcome_unknown: set[SwitchId] = field(default_factory=set)
    link_of: dict[SwitchId, LinkId] = field(default_factory=dict)
    """The link that carries a switch's position; absent: no telemetry, known by record."""
    last_definite: dict[SwitchId, Position] = field(default_factory=dict)
    """Of switches whose reading is indefinite now: a contact on its way, or one that nobody can
    read, supplies as it last did until something definite arrives."""
    _closed: frozenset[SwitchId] | None = None
    _energisation: Energisation | None = None

    def __post_init__(self) -> None:
        for point in self.network.components.points:
            if point.signal is Signal.POSITION:
                self.link_of[SwitchId(point.element)] = point.link
        for link in self.network.links:
            self.links_down[link] = "not connected yet"
        beginning = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        for switch in self.network.switches.values():
            telemetered = switch.id in self.link_of
            self.positions[switch.id] = Measured(
                switch.normal_position,
                Quality.STALE if telemetered else Quality.GOOD,
                beginning,
            )

    def apply(self, event: Event) -> None:
        """Takes one fact in. Facts that say nothing about state leave it as it is."""
        match event:
            case SwitchMoved():
                self._moved(event)
            case (
                FaultFlagChanged() | ProtectionPickedUp() | LockoutChanged() | LocalControlChanged()
            ):
                _keep(self._contacts(event), event.switch, value=event.reading, event=event)
            case VoltageMeasured():
                dead_before = self.dead_sources
                _keep(self.voltages_v, event.node, value=event.voltage_v, event=event)
                if self.dead_sources != dead_before:
                    self._energisation = None
            case CurrentMeasured():
                _keep(self.currents_a, event.switch, value=event.current_a, event=event)
            case PowerMeasured():
                _keep(self.powers_w, event.switch, value=event.p_w, event=event)
            case LinkLost() | LinkRestored() | ControlRoomStarted():
                self._link_changed(event)
            case _:
                self._decided(event)

    def _contacts(self, event: ContactFact) -> dict[SwitchId, Measured[Reading]]:
        match event:
            case FaultFlagChanged():
                return self.flags
            case ProtectionPickedUp():
                return self.pickups
            case LockoutChanged():
                return self.lockouts
            case LocalControlChanged():
                return self.local

    def _moved(self, event: SwitchMoved) -> None:
        before = self.positions[event.switch]
        if event.quality is Quality.STALE:
            self.positions[event.switch] = replace(before, quality=Quality.STALE)
            return
        _keep(self.positions, event.switch, value=event.position, event=event)
        if not event.position.is_definite:
            if before.value.is_definite:
                self.last_definite[event.switch] = before.value
            return
        if event.quality is Quality.GOOD:
            self.outcome_unknown.discard(event.switch)
        if self.last_definite.pop(event.switch, before.value) is not event.position:
            self._closed = self._energisation = None

    def _link_changed(self, event: LinkLost | LinkRestored | ControlRoomStarted) -> None:
        match event:
            case LinkLost():
                self.links_down[event.link] = event.why
                self._doubt({event.link})
            case LinkRestored():
                self.links_down.pop(event.link, None)
                self.link_epochs[event.link] = event.epoch
            case ControlRoomStarted():
                for link in self.network.links:
                    self.links_down[link] = "not connected yet"
                self._doubt(set(self.network.links))
                self.outcome_unknown.update(self.commands_open.values())
                self.commands_open.clear()
                self.ordered.clear()

    def _doubt(self, links: set[LinkId]) -> None:
        """A dead link changes quality, never position."""
        for switch, link in self.link_of.items():
            if link not in links:
                continue
            _grow_stale(self.positions, switch)
            for known in (self.flags, self.pickups, self.lockouts, self.local):
                _grow_stale(known, switch)

    def _decided(self, event: Event) -> None:
        match event:
            case PositionReported():
                self._reported(event)
            case TagPlaced():
                self.tags[event.tag] = Tag(
                    id=event.tag,
                    switch=event.switch,
                    kind=event.kind,
                    by=event.by,
                    placed_at=event.at,
                    reason=event.reason,
                )
            case TagRemoved():
                self.tags.pop(event.tag, None)
            case ModeChanged(feeder=None):
                self.system_mode = event.mode
            case ModeChanged(feeder=str(feeder)):
                self.feeder_modes[FeederId(feeder)] = event.mode
            case CommandIssued():
                self.commands_open[event.command] = event.switch
                self.ordered[event.command] = event.position
            case CommandTimedOut() | CommandConfirmed() | CommandRejected():
                self._came_to(event)
            case _:
                pass

    def _came_to(self, event: CommandTimedOut | CommandConfirmed | CommandRejected) -> None:
        """A command without an answer leaves its switch unknown; so does a confirmed one, until
        telemetry shows the same."""
        switch = self.commands_open.pop(event.command, None)
        position = self.ordered.pop(event.command, None)
        if switch is None or isinstance(event, CommandRejected):
            return
        shown = self.positions[switch].value is position
        if isinstance(event, CommandTimedOut) or not shown:
            self.outcome_unknown.add(switch)

    def _reported(self, event: PositionReported) -> None:
        """A person's word counts where no telemetry speaks, and nowhere else."""
        if event.switch in self.link_of:
            return
        self.positions[event.switch] = Measured(event.position, Quality.GOOD, event.at)
        self.last_definite.pop(event.switch, None)
        self.outcome_unknown.discard(event.switch)
        self._closed = self._energisation = None

    @property
    def closed(self) -> frozenset[SwitchId]:
        if self._closed is None:
            self._closed = _closed_by(self.positions, self.last_definite)
        return self._closed

    @property
    def dead_sources(self) -> frozenset[SourceId]:
        """Sources whose own node is measured, well and without voltage."""
        dead = []
        for source in self.network.sources.values():
            measured = self.voltages_v.get(source.node)
            nominal = self.network.nodes[source.node].voltage_v_nominal
            if measured and measured.is_good and measured.value < DEAD_VOLTAGE_PU * nominal:
                dead.append(source.id)
        return frozenset(dead)

    @property
    def energisation(self) -> Energisation:
        """By best knowledge of positions; the guard reckons with the unknown ones itself."""
        if self._energisation is None:
            self._energisation = energise(self.network, self.closed, dead_sources=self.dead_sources)
        return self._energisation

    def is_unknown(self, switch: SwitchId) -> bool:
        measured = self.positions[switch]
        return (
            measured.quality in (Quality.BAD, Quality.STALE)
            or not measured.value.is_definite
            or switch in self.outcome_unknown
        )

    def is_reachable(self, switch: SwitchId) -> bool:
        """Whether a remote command could arrive and be obeyed, as far as is known."""
        link = self.link_of.get(switch)
        local = self.local.get(switch)
        return (
            link is not None
            and link not in self.links_down
            and not (local is not None and local.value is Reading.YES)
        )

    def mode_of(self, feeder: FeederId) -> Mode:
        """The effective mode: the lower of system and feeder."""
        modes = (self.system_mode, self.feeder_modes.get(feeder, self.system_mode))
        return min(modes, key=list(Mode).index)

    def snapshot(self, at: datetime) -> Snapshot:
        by_switch: dict[SwitchId, tuple[Tag, ...]] = {}
        for tag in self.tags.values():
            by_switch[tag.switch] = (*by_switch.get(tag.switch, ()), tag)
        switches = self.network.switches
        return Snapshot(
            at=at,
            positions=dict(self.positions),
            unknown=frozenset(s for s in switches if self.is_unknown(s)),
            unreachable=frozenset(s for s in switches if not self.is_reachable(s)),
            tags=by_switch,
            flags=dict(self.flags),
            dead_sources=self.dead_sources,
            voltages_v=dict(self.voltages_v),
            currents_a=dict(self.currents_a),
            last_definite=dict(self.last_definite),
        )


def _closed_by(
    positions: Mapping[SwitchId, Measured[Position]], last: Mapping[SwitchId, Position]
) -> frozenset[SwitchId]:
    return frozenset(s for s, m in positions.items() if last.get(s, m.value) is Position.CLOSED)


def _keep(
    known: dict[K, Measured[T]],
    key: K,
    *,
    value: T,
    event: DeviceFact,
) -> None:
    known[key] = Measured(value, event.quality, event.source_time)


def _grow_stale(known: dict[SwitchId, Measured[T]], switch: SwitchId) -> None:
    if switch in known:
        known[switch] = replace(known[switch], quality=Quality.STALE)
