"""The live state: a fold over events. Knows what is known, and how well."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from gridops.errors import StateDiverged
from gridops.events import (
    AutomationEnabled,
    CommandConfirmed,
    CommandIssued,
    CommandRejected,
    CommandTimedOut,
    ControlRoomStarted,
    CurrentMeasured,
    EarthFaultChanged,
    Event,
    FaultCurrentMeasured,
    FaultFlagChanged,
    LinkLost,
    LinkRestored,
    LoadShedChanged,
    LocalControlChanged,
    LockoutChanged,
    ModeChanged,
    PermitIssued,
    PermitReturned,
    PhasingDoubted,
    PhasingVerified,
    PositionReported,
    PowerMeasured,
    ProtectionPickedUp,
    ReclosingReported,
    SwitchMoved,
    TagPlaced,
    TagRemoved,
    TestModeChanged,
    VoltageLossChanged,
    VoltageMeasured,
)
from gridops.events.operator import Mode
from gridops.ids import (
    FeederId,
    LinkId,
    NodeId,
    SourceId,
    SwitchId,
    TagId,
)
from gridops.measurement import Measured, Part, Position, Quality, Reading
from gridops.network import Network, Signal, Source, SwitchSet
from gridops.state.altered import doubted_by_tags
from gridops.state.carried import Carried
from gridops.state.energisation import Energisation, energise
from gridops.state.modes import Modes
from gridops.state.outcomes import Outcomes
from gridops.state.readings import grow_stale, is_overtaken, keep
from gridops.state.snapshot import Known, Snapshot, Tag, closed_by
from gridops.state.telemetry import CONTACT_SIGNALS, FLAGS, PARTS
from gridops.state.work import Work

SaidByPart = dict[tuple[SwitchId, Part], Measured[Reading]]

MOVES_AT_ONCE_MAX = 16
"""More than these that nobody has asked about one by one are traced in full."""
DEAD_VOLTAGE_PU = 0.2
"""Below this a measured busbar counts as dead (residual and induced voltage lies lower)."""


@dataclass(slots=True, kw_only=True)
class LiveState:
    """Folds events. Deterministic: the same events in the same order give the same state."""

    network: Network
    positions: dict[SwitchId, Measured[Position]] = field(default_factory=dict)
    flags: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    part_flags: SaidByPart = field(default_factory=dict)
    """Flags of single phases, and of current from the other side."""
    voltage_losses: SaidByPart = field(default_factory=dict)
    pickups: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    lockouts: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    local: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    earth_faults: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    load_sheds: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    test_modes: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    voltages_v: dict[NodeId, Measured[float]] = field(default_factory=dict)
    currents_a: dict[SwitchId, Measured[float]] = field(default_factory=dict)
    fault_currents_a: dict[SwitchId, Measured[float]] = field(default_factory=dict)
    powers_w: dict[SwitchId, Measured[float]] = field(default_factory=dict)
    tags: dict[TagId, Tag] = field(default_factory=dict)
    links_down: dict[LinkId, str] = field(default_factory=dict)
    links_down_since: dict[LinkId, datetime] = field(default_factory=dict)
    link_epochs: dict[LinkId, int] = field(default_factory=dict)
    modes: Modes = field(default_factory=Modes)
    work: Work = field(default_factory=Work)
    outcomes: Outcomes = field(default_factory=Outcomes)
    last_definite: dict[SwitchId, Position] = field(default_factory=dict)
    """Of switches whose reading is indefinite now: a contact on its way, or one that nobody can
    read, supplies as it last did until something definite arrives."""
    traces_in_full: bool = field(default=False, repr=False, compare=False)
    """Traces everything whenever a switch moves or a source dies or comes back: slower, and
    leans on nothing that is kept from fact to fact."""
    _carried: Carried = field(init=False, repr=False, compare=False)
    _sources_at: dict[NodeId, list[Source]] = field(default_factory=dict, repr=False, compare=False)
    _traced: Energisation | None = field(default=None, repr=False, compare=False)
    _moves: dict[SwitchId, bool] = field(default_factory=dict, repr=False, compare=False)
    """Where switches have gone (whether closed) since `_traced` was."""
    _dead: frozenset[SourceId] | None = field(default=None, repr=False, compare=False)
    _unlinked: frozenset[SwitchId] = field(default=frozenset(), repr=False, compare=False)
    """Switches without telemetry."""
    _doubted: dict[SwitchId, None] | None = field(default=None, repr=False, compare=False)
    _unchecked: set[SwitchId] = field(default_factory=set, repr=False, compare=False)
    _supply_unchecked: bool = field(default=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._carried = Carried.over(self.network)
        self._unlinked = frozenset(s for s in self.network.switches if s not in self.link_of)
        for source in self.network.sources.values():
            self._sources_at.setdefault(source.node, []).append(source)
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

    def work_out_again(self) -> None:
        """What was laid into this state from elsewhere is all that holds from here on."""
        self._traced = self._dead = self._doubted = None
        self._moves.clear()
        self._unchecked.clear()
        self._supply_unchecked = False

    def apart(self) -> "LiveState":
        """A copy that goes its own way: what either hears from here on the other does not."""
        apart = copy(self)
        for one in fields(self):
            kept = getattr(self, one.name)
            if isinstance(kept, dict | set):
                setattr(apart, one.name, kept.copy())
            elif isinstance(kept, Modes | Outcomes | Work):
                setattr(apart, one.name, kept.apart())
        return apart

    def apply(self, event: Event) -> None:
        """Takes one fact in. Facts that say nothing about state leave it as it is."""
        match event:
            case SwitchMoved():
                self._moved(event)
                self._review(event.switch)
            case FaultFlagChanged(part=Part.WHOLE):
                keep(self.flags, event.switch, value=event.reading, event=event)
            case FaultFlagChanged():
                key = (event.switch, event.part)
                keep(self.part_flags, key, value=event.reading, event=event)
            case VoltageLossChanged():
                key = (event.switch, event.part)
                keep(self.voltage_losses, key, value=event.reading, event=event)
            case LinkLost() | LinkRestored() | ControlRoomStarted():
                self._link_changed(event)
            case _:
                self._measured(event)

    def _measured(self, event: Event) -> None:
        match event:
            case VoltageMeasured():
                keep(self.voltages_v, event.node, value=event.voltage_v, event=event)
                self._heard_of_supply(event.node)
            case CurrentMeasured():
                keep(self.currents_a, event.switch, value=event.current_a, event=event)
            case FaultCurrentMeasured():
                keep(self.fault_currents_a, event.switch, value=event.current_a, event=event)
            case PowerMeasured():
                keep(self.powers_w, event.switch, value=event.p_w, event=event)
            case (
                ProtectionPickedUp()
                | EarthFaultChanged()
                | LockoutChanged()
                | LocalControlChanged()
                | LoadShedChanged()
                | TestModeChanged()
            ):
                known = self._contacts_of(CONTACT_SIGNALS[type(event)])
                keep(known, event.switch, value=event.reading, event=event)
                if isinstance(event, LoadShedChanged):
                    self.modes.apply(event)
            case (
                PermitIssued()
                | PermitReturned()
                | ReclosingReported()
                | PhasingDoubted()
                | PhasingVerified()
            ):
                self.work.apply(event)
            case _:
                self._decided(event)

    def _contacts_of(self, signal: Signal) -> dict[SwitchId, Measured[Reading]]:
        match signal:
            case Signal.PROTECTION:
                return self.pickups
            case Signal.EARTH_FAULT:
                return self.earth_faults
            case Signal.LOCKOUT:
                return self.lockouts
            case Signal.LOCAL:
                return self.local
            case Signal.LOAD_SHED:
                return self.load_sheds
            case _:
                return self.test_modes

    def _moved(self, event: SwitchMoved) -> None:
        before = self.positions[event.switch]
        if event.quality is Quality.STALE:
            self.positions[event.switch] = replace(before, quality=Quality.STALE)
            return
        if is_overtaken(event, before):
            return
        keep(self.positions, event.switch, value=event.position, event=event)
        if not event.position.is_definite:
            if before.value.is_definite:
                self.last_definite[event.switch] = before.value
            return
        self.outcomes.heard(event)
        if self.last_definite.pop(event.switch, before.value) is not event.position:
            self._stands(event.switch, event.position)

    def _review(self, switch: SwitchId) -> None:
        if self._doubted is not None:
            self._doubted.pop(switch, None)
            if self.is_unknown(switch):
                self._doubted[switch] = None

    def _unknown(self) -> frozenset[SwitchId]:
        if self._doubted is None:
            self._doubted = {s: None for s in self.network.switches if self.is_unknown(s)}
        return frozenset(self._doubted)

    def _unreachable(self) -> frozenset[SwitchId]:
        """All for which `is_reachable` says no."""
        cut = [s for link in self.links_down for s in self.carried_by(link)]
        local = [s for s, said in self.local.items() if said.value is Reading.YES]
        return self._unlinked.union(cut, local)

    def _stands(self, switch: SwitchId, position: Position) -> None:
        self._unchecked.add(switch)
        if self._traced is not None:
            self._moves[switch] = position is Position.CLOSED

    def _heard_of_supply(self, node: NodeId) -> None:
        sources = self._sources_at.get(node)
        if sources is None or self._dead is None:
            return
        dead = {source.id for source in sources if self._is_dead(source)}
        self._dead = (self._dead - {source.id for source in sources}) | dead

    def _link_changed(self, event: LinkLost | LinkRestored | ControlRoomStarted) -> None:
        match event:
            case LinkLost():
                self.links_down[event.link] = event.why
                self.links_down_since.setdefault(event.link, event.at)
                self._doubt({event.link})
            case LinkRestored():
                self.links_down.pop(event.link, None)
                self.links_down_since.pop(event.link, None)
                self.link_epochs[event.link] = event.epoch
            case ControlRoomStarted():
                for link in self.network.links:
                    self.links_down[link] = "not connected yet"
                    self.links_down_since.setdefault(link, event.at)
                self._doubt(set(self.network.links))
                self.outcomes.restarted()
                self._doubted = None

    def _doubt(self, links: set[LinkId]) -> None:
        """A dead link changes quality, never what was said."""
        for link in links:
            for switch in self.carried_by(link):
                grow_stale(self.positions, switch)
                self._review(switch)
            for node in self._carried.voltages_of.get(link, ()):
                grow_stale(self.voltages_v, node)
            for signal, switch in self._carried.said_over(link):
                self._doubt_signal(signal, switch)

    def _doubt_signal(self, signal: Signal, switch: SwitchId) -> None:
        match signal:
            case Signal.CURRENT:
                grow_stale(self.currents_a, switch)
            case Signal.FAULT_CURRENT:
                grow_stale(self.fault_currents_a, switch)
            case Signal.POWER:
                grow_stale(self.powers_w, switch)
            case Signal.FAULT_FLAG:
                grow_stale(self.flags, switch)
            case _ if signal in PARTS:
                told = self.part_flags if signal in FLAGS else self.voltage_losses
                grow_stale(told, (switch, PARTS[signal]))
            case _:
                grow_stale(self._contacts_of(signal), switch)

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
            case ModeChanged() | AutomationEnabled():
                self.modes.apply(event)
            case CommandIssued():
                takes_s = self.network.switches[event.switch].operating_time_s
                self.outcomes.issued(event, takes_s=takes_s)
            case CommandTimedOut() | CommandConfirmed() | CommandRejected():
                switch = self.outcomes.came_to(event, self.positions)
                if switch is not None:
                    self._review(switch)
            case _:
                pass

    def _reported(self, event: PositionReported) -> None:
        """A person's word counts where no telemetry speaks, and nowhere else."""
        if event.switch in self.link_of:
            return
        self.positions[event.switch] = Measured(event.position, Quality.GOOD, event.at)
        self.last_definite.pop(event.switch, None)
        self.outcomes.forget(event.switch)
        self._review(event.switch)
        self._stands(event.switch, event.position)

    @property
    def outcome_unknown(self) -> set[SwitchId]:
        return self.outcomes.unknown

    @property
    def link_of(self) -> Mapping[SwitchId, LinkId]:
        """The link that carries a switch's position; absent: no telemetry, known by record."""
        return self._carried.link_of

    def carried_by(self, link: LinkId) -> Sequence[SwitchId]:
        """The switches whose position the link carries, in the order of their points."""
        return self._carried.switches(link)

    def sources_at(self, node: NodeId) -> Sequence[Source]:
        """In file order."""
        return self._sources_at.get(node, ())

    @property
    def closed(self) -> SwitchSet:
        """Best knowledge: switches whose last definite position is closed."""
        return self.energisation.closed

    @property
    def dead_sources(self) -> frozenset[SourceId]:
        """Sources whose own node was without voltage when it was last measured. A dead link
        brings no voltage back: customers stay out, and what a source that may live again could
        feed is for planner and guard to reckon with."""
        if self._dead is None:
            self._dead = self._dead_now()
        return self._dead

    def _dead_now(self) -> frozenset[SourceId]:
        return frozenset(s.id for s in self.network.sources.values() if self._is_dead(s))

    def _is_dead(self, source: Source) -> bool:
        measured = self.voltages_v.get(source.node)
        nominal = self.network.nodes[source.node].voltage_v_nominal
        if measured is None or measured.quality is Quality.BAD:
            return False
        return measured.value < DEAD_VOLTAGE_PU * nominal

    @property
    def energisation(self) -> Energisation:
        """By best knowledge of positions; the guard reckons with the unknown ones itself.

        Another object whenever a switch has moved or a source died or came back, the same one
        until then.
        """
        traced, dead = self._traced, self.dead_sources
        if traced is None:
            traced = self._traced_in_full()
        elif self._moves or traced.dead_sources != dead:
            self._supply_unchecked = True
            traced = self._caught_up(traced, dead)
        self._moves.clear()
        self._traced = traced
        return traced

    def _traced_in_full(self) -> Energisation:
        closed = self.network.switch_set(closed_by(self.positions, self.last_definite))
        return energise(self.network, closed, dead_sources=self.dead_sources)

    def _caught_up(self, traced: Energisation, dead: frozenset[SourceId]) -> Energisation:
        moves = self._moves
        if len(moves) <= MOVES_AT_ONCE_MAX and not self.traces_in_full:
            for switch, closed in moves.items():
                traced = traced.moved(switch, closed=closed)
            return traced if traced.dead_sources == dead else traced.with_dead(dead)
        opened = {switch for switch, closed in moves.items() if not closed}
        now = (traced.closed | moves.keys()) - opened
        return energise(self.network, now, dead_sources=dead)

    def check(self) -> None:
        """Compares what is kept from fact to fact with a full trace, if it changed since the last
        check; goes on with the full one.

        Raises: StateDiverged when they differ: what is held here must not be acted on.
        """
        traced = self.energisation
        stray = [s for s in self._unchecked if (s in traced.closed) != self._is_closed(s)]
        self._unchecked.clear()
        if stray:
            raise StateDiverged("positions", where=min(stray))
        if not self._supply_unchecked:
            return
        if self._dead_now() != self.dead_sources:
            raise StateDiverged("sources", where=self.network.name)
        full = traced.retraced()
        if not traced.same_as(full):
            raise StateDiverged("supply", where=self.network.name)
        self._traced, self._supply_unchecked = full, False

    def _is_closed(self, switch: SwitchId) -> bool:
        value = self.last_definite.get(switch, self.positions[switch].value)
        return value is Position.CLOSED

    def is_unknown(self, switch: SwitchId) -> bool:
        measured = self.positions[switch]
        return (
            measured.quality in (Quality.BAD, Quality.STALE)
            or not measured.value.is_definite
            or switch in self.outcome_unknown
        )

    def _surely_open(self, switch: SwitchId) -> bool:
        return self.positions[switch].value is Position.OPEN and not self.is_unknown(switch)

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
        """The effective mode: see `Modes.effective`."""
        return self.modes.effective(feeder)

    @property
    def system_mode(self) -> Mode:
        """As it is set, whatever holds GridOps off meanwhile."""
        return self.modes.system.mode

    def snapshot(self, at: datetime) -> Snapshot:
        by_switch: dict[SwitchId, tuple[Tag, ...]] = {}
        for tag in self.tags.values():
            by_switch[tag.switch] = (*by_switch.get(tag.switch, ()), tag)
        positions, last_definite = dict(self.positions), dict(self.last_definite)
        return Snapshot(
            at=at,
            positions=positions,
            unknown=self._unknown() | doubted_by_tags(by_switch, stands_open=self._surely_open),
            unreachable=self._unreachable(),
            tags=by_switch,
            flags=dict(self.flags),
            dead_sources=self.dead_sources,
            voltages_v=dict(self.voltages_v),
            currents_a=dict(self.currents_a),
            last_definite=last_definite,
            known=Known(positions=positions, last_definite=last_definite, closed=self.closed),
        )
