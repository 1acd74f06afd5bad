"""From trip to outage: what an opening turns out to be.

Each device that can open by itself has one small state machine:

    closed --opens--> open --recloses--> reclosed --holds--> MOMENTARY
                       | ^                  |
                       | +----reopens-------+
                       +--lockout, or open longer than all its reclosing--> FAULT
                       +--its link died meanwhile-------------------------> TELEMETRY

Our own commanded openings are silent. Announced and tagged openings, and openings of
switches that cannot trip, are PLANNED. An opening after which no load lost supply is nothing
at all. Only GOOD positions count: a position forced by hand or of bad quality moves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.events import (
    CommandIssued,
    Event,
    LinkRestored,
    LockoutChanged,
    PositionReported,
    SwitchingAnnounced,
    SwitchMoved,
    TimerExpired,
    VoltageMeasured,
)
from gridops.ids import SourceId, SwitchId, TimerId
from gridops.measurement import Position, Quality, Reading
from gridops.network import Network, Switch, SwitchKind
from gridops.network.succession import goes_on
from gridops.outage.announced import Intentions, is_tagged_for_work
from gridops.outage.fault_path import opens_by_itself
from gridops.outage.findings import (
    Detection,
    DetectionSettings,
    Findings,
    Timer,
    due_times,
)
from gridops.outage.supply import CONFIRM, SupplyWatch, conclude_lost_supply, picked_up_near
from gridops.outage.types import Cause, OperationBegan, OperationConcluded
from gridops.reasons import Reason, because
from gridops.state import LiveState

WAIT, SETTLE = "wait", "settle"
DEFAULTS = DetectionSettings()


@dataclass(slots=True)
class _Known:
    """The newest position by source time. Before the first reading: the normal one."""

    position: Position | None
    source_time: datetime | None = None


@dataclass(slots=True)
class _Operation:
    opened_at: datetime
    last_opened_at: datetime
    openings: int = 1
    reclosed_at: datetime | None = None
    repeats: int = 0


class Detector:
    """Folds events into operations. Deterministic; one instance per control room.

    `settings` may be replaced between two events: what is pending goes on, timers that run
    keep their time.
    """

    def __init__(self, network: Network, settings: DetectionSettings = DEFAULTS) -> None:
        self.settings = settings
        self._network = network
        self._known = {s.id: _Known(s.normal_position) for s in network.switches.values()}
        self._operations: dict[SwitchId, _Operation] = {}
        self._faults: dict[SwitchId, datetime] = {}
        self._lockouts: dict[SwitchId, datetime] = {}
        self._timers: dict[TimerId, Timer] = {}
        self._intentions = Intentions()
        self._supply = SupplyWatch(network)

    @property
    def pending(self) -> tuple[SwitchId, ...]:
        """Devices whose operation is not concluded yet, first opening first."""
        return tuple(self._operations)

    @property
    def timers(self) -> Mapping[TimerId, datetime]:
        """Every timer that is awaited, with its due time; a restart has to start them again."""
        return due_times(self._timers)

    @property
    def sources_in_doubt(self) -> frozenset[SourceId]:
        """Sources that are without voltage, or may be."""
        return self._supply.watched

    def take_in(self, was: LiveState, now: LiveState) -> None:
        """Changes over to another version of the grid: `now` is what was known, carried over.

        What a device did stays known as far as it joins what it joined. The first word of any
        other that has telemetry, and of one that has it now, is learnt, not a movement.
        """
        network = self._network = now.network
        self._known = {
            switch: self._known[switch]
            if goes_on(switch, was.network, new=network)
            and (switch in was.link_of or switch not in now.link_of)
            else _Known(None if switch in now.link_of else now.positions[switch].value)
            for switch in network.switches
        }
        self._operations = {d: o for d, o in self._operations.items() if d in network.switches}
        self._faults = {d: at for d, at in self._faults.items() if d in network.switches}
        self._lockouts = {d: at for d, at in self._lockouts.items() if d in network.switches}
        self._intentions.take_in(network)
        self._supply.take_in(network)
        here = {*self._operations, *self._supply.watched}
        self._timers = {i: timer for i, timer in self._timers.items() if timer.element in here}

    def handle(self, event: Event, state: LiveState) -> Detection:
        """What `event` says about operations. `state` has applied the event already.

        Late, repeated and reordered messages are harmless: per switch the newest source time
        counts, and a timer that was cancelled or moved is ignored when it still arrives.
        """
        findings = Findings(event.at, state, self.settings, self._timers)
        match event:
            case SwitchMoved(quality=Quality.GOOD) if event.position.is_definite:
                self._positioned(event, findings)
            case LockoutChanged(quality=Quality.GOOD):
                self._lockout(event, findings)
            case VoltageMeasured():
                self._supply.measured(event, findings)
            case TimerExpired():
                self._expired(event, findings)
            case CommandIssued():
                self._intentions.commanded(event, self.settings.command_window_s)
            case SwitchingAnnounced():
                self._intentions.announced(event, self.settings.announced_window_s)
            case PositionReported() if event.switch not in state.link_of:
                self._known[event.switch] = _Known(event.position, event.at)
            case LinkRestored():
                self._forget_assumed(event, state)
            case _:
                pass
        return findings.detection()

    def _forget_assumed(self, event: LinkRestored, state: LiveState) -> None:
        """What a link says first about a switch is learnt, not a movement: the normal
        position was only assumed. What a device itself said before the gap stays."""
        for switch in state.carried_by(event.link):
            known = self._known[switch]
            if known.source_time is None:
                known.position = None

    # positions

    def _positioned(self, event: SwitchMoved, findings: Findings) -> None:
        known = self._known[event.switch]
        if known.source_time is not None and event.source_time < known.source_time:
            return
        before = known.position
        self._known[event.switch] = _Known(event.position, event.source_time)
        if before is None or before is event.position:
            return
        if event.position is Position.OPEN:
            self._opened(event, findings)
        else:
            self._closed(event, findings)

    def _closed(self, event: SwitchMoved, findings: Findings) -> None:
        self._intentions.take(event.switch, Position.CLOSED, at=event.at)
        self._faults.pop(event.switch, None)
        operation = self._operations.get(event.switch)
        if operation is None:
            return
        operation.reclosed_at, operation.repeats = event.source_time, 0
        findings.cancel(WAIT, event.switch)
        findings.start(SETTLE, event.switch, due=event.at + self._settle_of(event.switch))

    def _opened(self, event: SwitchMoved, findings: Findings) -> None:
        intention = self._intentions.take(event.switch, Position.OPEN, at=event.at)
        if intention is not None and intention.ours:
            if event.switch in self._operations:
                why = because("commanded-opening", device=event.switch)
                self._conclude(event.switch, findings, cause=Cause.PLANNED, why=why)
            return
        planned = self._why_planned(event, findings, announced=intention is not None)
        if planned is not None:
            self._planned(event, findings, why=planned)
        elif event.switch in self._operations:
            self._reopened(event, findings)
        elif self._darkens(event, findings.state):
            self._began(event, findings)

    def _why_planned(
        self, event: SwitchMoved, findings: Findings, *, announced: bool
    ) -> Reason | None:
        device = event.switch
        if not opens_by_itself(self._network.switches[device]):
            if announced:
                return because("commanded-opening", device=device)
            tagged = is_tagged_for_work(device, findings.state)
            return because("tagged-opening" if tagged else "opened-by-hand", device=device)
        if picked_up_near(device, event.source_time, findings=findings):
            return None  # somebody meant to open it, but protection was there first
        if announced:
            return because("commanded-opening", device=device)
        return (
            because("tagged-opening", device=device)
            if is_tagged_for_work(device, findings.state)
            else None
        )

    def _planned(self, event: SwitchMoved, findings: Findings, *, why: Reason) -> None:
        if event.switch in self._operations:
            self._conclude(event.switch, findings, cause=Cause.PLANNED, why=why)
        elif self._darkens(event, findings.state):
            findings.facts.append(
                OperationConcluded(
                    device=event.switch,
                    cause=Cause.PLANNED,
                    opened_at=event.source_time,
                    concluded_at=findings.at,
                    openings=1,
                    reason=why,
                )
            )

    def _darkens(self, event: SwitchMoved, state: LiveState) -> bool:
        """Whether the opening took supply from any load.

        Devices that trip together are looked at as if the others were still closed, so that
        the order in which their messages arrive does not matter. Only sources that are
        confirmed dead count as dead: the dip that a near fault causes must not hide its trip.
        """
        after = state.energisation.with_dead(self._supply.dead).moved(event.switch, closed=False)
        if opens_by_itself(self._network.switches[event.switch]):
            for other in sorted(self._tripped_with(event)):
                after = after.moved(other, closed=True)
        before = after.moved(event.switch, closed=True)
        return any(self._network.loads_of_section[s] for s in before.gained_since(after))

    def _tripped_with(self, event: SwitchMoved) -> frozenset[SwitchId]:
        tolerance = timedelta(seconds=self.settings.reorder_tolerance_s)
        late = {
            device
            for device, opened_at in self._faults.items()
            if opened_at + tolerance >= event.source_time
        }
        waiting = {d for d, operation in self._operations.items() if operation.reclosed_at is None}
        return frozenset((late | waiting) - {event.switch})

    # operations

    def _began(self, event: SwitchMoved, findings: Findings) -> None:
        device = event.switch
        self._operations[device] = _Operation(event.source_time, event.source_time)
        findings.facts.append(OperationBegan(device=device, opened_at=event.source_time))
        self._await_the_rest(event, findings)

    def _reopened(self, event: SwitchMoved, findings: Findings) -> None:
        operation = self._operations[event.switch]
        operation.openings += 1
        operation.last_opened_at, operation.reclosed_at = event.source_time, None
        findings.cancel(SETTLE, event.switch)
        self._await_the_rest(event, findings)

    def _await_the_rest(self, event: SwitchMoved, findings: Findings) -> None:
        device = event.switch
        if self._is_locked_out(device, self._operations[device].last_opened_at):
            why = because("locked-out", device=device)
            self._conclude(device, findings, cause=Cause.FAULT, why=why)
            return
        findings.start(WAIT, device, due=event.at + timedelta(seconds=self._wait_s(device)))

    def _wait_s(self, device: SwitchId) -> float:
        """How long the device may stay open before that is more than all its reclosing."""
        switch = self._network.switches[device]
        if switch.kind is SwitchKind.RECLOSER and not switch.reclose_delays_s:
            return self.settings.unknown_reclosing_s
        remaining = switch.reclose_delays_s[self._operations[device].openings - 1 :]
        return sum(remaining) + self.settings.stay_margin_s

    def _settle_of(self, device: SwitchId) -> timedelta:
        switch: Switch = self._network.switches[device]
        after_trip = switch.trip_delay_s + self.settings.settle_margin_s
        return timedelta(seconds=max(self.settings.settle_s, after_trip))

    def _is_locked_out(self, device: SwitchId, since: datetime) -> bool:
        """A lockout that is still standing from an earlier operation says nothing of this."""
        locked_at = self._lockouts.get(device)
        tolerance = timedelta(seconds=self.settings.reorder_tolerance_s)
        return locked_at is not None and locked_at >= since - tolerance

    def _lockout(self, event: LockoutChanged, findings: Findings) -> None:
        device = event.switch
        if event.reading is not Reading.YES:
            self._lockouts.pop(device, None)
            return
        self._lockouts[device] = event.source_time
        operation = self._operations.get(device)
        if operation is None or operation.reclosed_at is not None:
            return  # its opening is still on the way
        if self._is_locked_out(device, operation.opened_at):
            why = because("locked-out", device=device)
            self._conclude(device, findings, cause=Cause.FAULT, why=why)

    def _conclude(self, device: SwitchId, findings: Findings, *, cause: Cause, why: Reason) -> None:
        operation = self._operations.pop(device)
        findings.cancel(WAIT, device)
        findings.cancel(SETTLE, device)
        if cause is Cause.FAULT:
            self._faults[device] = operation.last_opened_at
        findings.facts.append(
            OperationConcluded(
                device=device,
                cause=cause,
                opened_at=operation.opened_at,
                concluded_at=findings.at,
                openings=operation.openings,
                reason=why,
            )
        )

    # timers

    def _expired(self, event: TimerExpired, findings: Findings) -> None:
        timer = self._timers.get(event.timer)
        if timer is None or event.at < timer.due:
            return
        del self._timers[event.timer]
        if timer.what == CONFIRM:
            self._supply_lost(SourceId(timer.element), findings)
        elif timer.what == WAIT:
            self._stayed_open(SwitchId(timer.element), findings)
        else:
            self._held(SwitchId(timer.element), findings)

    def _supply_lost(self, source: SourceId, findings: Findings) -> None:
        found = self._supply.confirm(source)
        if found is None:
            return
        died_at, heads = found
        for head in heads:
            if head not in self._operations and head not in self._faults:
                picked_up = picked_up_near(head, died_at, findings=findings)
                findings.facts.append(
                    conclude_lost_supply(head, died_at, at=findings.at, picked_up=picked_up)
                )

    def _stayed_open(self, device: SwitchId, findings: Findings) -> None:
        operation = self._operations[device]
        link = findings.state.link_of.get(device)
        if link is not None and findings.state.positions[device].quality is Quality.STALE:
            # It may have reclosed since. The next reading decides, as a new operation.
            self._known[device] = _Known(Position.CLOSED, operation.last_opened_at)
            cause, why = Cause.TELEMETRY, because("link-down", link=link)
        elif self._supply.explains(
            device, operation.opened_at, state=findings.state
        ) and not picked_up_near(device, operation.opened_at, findings=findings):
            cause, why = Cause.LOST_SUPPLY, because("supply-lost-above", device=device)
        else:
            seconds = self._wait_s(device)
            cause, why = Cause.FAULT, because("stayed-open", device=device, seconds=seconds)
        self._conclude(device, findings, cause=cause, why=why)

    def _held(self, device: SwitchId, findings: Findings) -> None:
        operation = self._operations[device]
        reclosed_at = operation.reclosed_at
        if reclosed_at is None:
            return
        repeats_left = operation.repeats < self.settings.settle_repeats_max
        if repeats_left and self._is_undecided(device, reclosed_at, state=findings.state):
            operation.repeats += 1
            findings.start(SETTLE, device, due=findings.at + self._settle_of(device))
            return
        seconds = round((reclosed_at - operation.opened_at).total_seconds(), 3)
        why = because("reclosed", device=device, seconds=seconds)
        self._conclude(device, findings, cause=Cause.MOMENTARY, why=why)

    def _is_undecided(self, device: SwitchId, reclosed_at: datetime, *, state: LiveState) -> bool:
        """Closed, but not yet a success: protection is timing again, a lockout announces an
        opening whose message is late, or supply waits for a device above."""
        pickup = state.pickups.get(device)
        if pickup and pickup.value is Reading.YES and pickup.source_time >= reclosed_at:
            return True
        if self._lockouts.get(device, reclosed_at) > reclosed_at:
            return True
        ends = self._network.section_ends[device]
        return not any(state.energisation.is_supplied(end) for end in ends)
