"""From trip to outage: what an opening turns out to be.

Each device that can open by itself has one small state machine:

    closed --opens--> open --recloses--> reclosed --holds--> MOMENTARY
                       | ^                  |
                       | +----reopens-------+
                       +--lockout, or open longer than all its reclosing--> FAULT
                       +--its link died meanwhile-------------------------> TELEMETRY

Our own commanded openings are silent. Announced and tagged openings, load shedding, and
openings of switches that cannot trip, are PLANNED. An opening after which no load lost supply
is nothing at all. Only GOOD positions count: a position forced by hand or of bad quality moves
nothing, and nothing that a device says under test does.

Each device's words are kept until they are judged, in the order of its own clock, and judged
by field time alone (`detection_verdict`): the order of arrival makes no difference within the
reorder window. docs/detection.md has the rules in a table.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from gridops.events import (
    CommandIssued,
    Event,
    LinkLost,
    LinkRestored,
    LoadShedChanged,
    LockoutChanged,
    PositionReported,
    ProtectionPickedUp,
    SwitchingAnnounced,
    SwitchMoved,
    TestModeChanged,
    TimerExpired,
    VoltageLossChanged,
    VoltageMeasured,
)
from gridops.ids import NodeId, SourceId, SwitchId, TimerId
from gridops.measurement import Position, Quality, Reading
from gridops.network import Network
from gridops.network.succession import goes_on
from gridops.outage.announced import AskedOfCrew, is_tagged_for_work
from gridops.outage.detection_chatter import QUIET, Chatter
from gridops.outage.detection_contacts import Contact
from gridops.outage.detection_evidence import Grounds
from gridops.outage.detection_operations import Operations
from gridops.outage.detection_track import Mark, Track
from gridops.outage.detection_unheard import ASK, UnheardOpenings
from gridops.outage.fault_path import opens_by_itself
from gridops.outage.findings import (
    Detection,
    DetectionSettings,
    Findings,
    Timer,
    due_times,
)
from gridops.outage.supply import CONFIRM, conclude_lost_supply
from gridops.reasons import Reason, because
from gridops.state import LiveState

DEFAULTS = DetectionSettings()
ContactWord = ProtectionPickedUp | LockoutChanged | LoadShedChanged | TestModeChanged


class Detector:
    """Folds events into operations. Deterministic; one instance per control room."""

    _grounds: Grounds
    _operations: Operations
    _unheard: UnheardOpenings
    _chatter: Chatter
    _timers: dict[TimerId, Timer]

    def __init__(self, network: Network, settings: DetectionSettings = DEFAULTS) -> None:
        self._grounds = Grounds.of(network, settings)
        self._operations = Operations(self._grounds)
        self._unheard = UnheardOpenings(self._grounds)
        self._chatter = Chatter(self._grounds)
        self._timers = {}

    @property
    def settings(self) -> DetectionSettings:
        """May be replaced between two events: what is pending goes on, timers that run keep
        their time."""
        return self._grounds.settings

    @settings.setter
    def settings(self, settings: DetectionSettings) -> None:
        self._grounds.settings = settings

    @property
    def pending(self) -> tuple[SwitchId, ...]:
        """Devices whose operation is not concluded yet, first opening first."""
        return self._operations.pending

    @property
    def timers(self) -> Mapping[TimerId, datetime]:
        """Every timer that is awaited, with its due time; a restart has to start them again."""
        return due_times(self._timers)

    @property
    def sources_in_doubt(self) -> frozenset[SourceId]:
        """Sources that are without voltage, or may be."""
        return self._grounds.supply.watched

    def earliest(self, device: SwitchId, at: datetime, *, state: LiveState) -> datetime | None:
        """The earliest that what `device` says, learnt `at`, can have happened; None: no bound."""
        return self._grounds.clocks.links.earliest(
            state.link_of.get(device), at, delay_s_max=self.settings.delay_s_max
        )

    def crews_at(self, asked: Mapping[SwitchId, AskedOfCrew]) -> None:
        """What crews may be doing from now on, whatever was said before: such a movement is no
        fault, unless protection picked up for it."""
        self._grounds.intentions.crews = asked

    def has_tripped(self, device: SwitchId, opened_at: datetime) -> bool:
        """Whether protection picked up for an opening at that instant, as far as is known."""
        return self._grounds.has_tripped(device, opened_at)

    def take_in(self, was: LiveState, now: LiveState) -> None:
        """Changes over to another version of the grid: `now` is what was known, carried over.

        What a device did stays known as far as it joins what it joined. The first word of any
        other that has telemetry, and of one that has it now, is learnt, not a movement.
        """
        network, grounds = now.network, self._grounds
        tracks = {
            switch: grounds.track(switch)
            if switch in was.network.switches
            and (
                switch in self._operations.pending
                or (
                    goes_on(switch, was.network, new=network)
                    and (switch in was.link_of or switch not in now.link_of)
                )
            )
            else Track(base=None if switch in now.link_of else now.positions[switch].value)
            for switch in network.switches
        }
        devices = frozenset(network.switches)
        grounds.network = network
        grounds.past.take_in(network, tracks)
        grounds.contacts.take_in(network)
        grounds.voltage.take_in(network)
        grounds.clocks.keep(network.switches)
        grounds.intentions.take_in(network)
        grounds.supply.take_in(network)
        self._operations.keep(devices)
        self._unheard.keep(devices)
        self._chatter.keep(devices)
        here = {*devices, *grounds.supply.watched}
        self._timers = {i: timer for i, timer in self._timers.items() if timer.element in here}

    def handle(self, event: Event, state: LiveState) -> Detection:
        """What `event` says about operations. `state` has applied the event already.

        Late, repeated and reordered messages are harmless: per switch its own clock orders
        them, and a timer that was cancelled or moved is ignored when it still arrives.
        """
        findings = Findings(event.at, state, self.settings, self._timers)
        match event:
            case SwitchMoved(quality=Quality.GOOD) if event.position.is_definite:
                self._positioned(event, findings)
            case ProtectionPickedUp() | LockoutChanged() | LoadShedChanged() | TestModeChanged():
                if event.quality is Quality.GOOD:
                    self._contact(event, findings)
            case VoltageMeasured() | VoltageLossChanged():
                self._voltage(event, findings)
            case TimerExpired():
                self._expired(event, findings)
            case LinkLost():
                self._grounds.clocks.links.lost(event)
            case LinkRestored():
                self._grounds.clocks.links.restored(event)
                self._forget_assumed(event, state)
            case _:
                self._decided(event, state)
        return findings.detection()

    def _decided(self, event: Event, state: LiveState) -> None:
        intentions = self._grounds.intentions
        match event:
            case CommandIssued():
                intentions.commanded(event, self.settings.command_window_s)
            case SwitchingAnnounced():
                intentions.announced(event, self.settings.announced_window_s)
            case PositionReported() if event.switch not in state.link_of:
                track = self._grounds.track(event.switch)
                track.assume(event.position, event.at)
                track.heard = True
            case _:
                pass

    def _forget_assumed(self, event: LinkRestored, state: LiveState) -> None:
        """What a link says first about a switch is learnt, not a movement: the normal
        position was only assumed. What a device itself said before the gap stays."""
        for switch in state.carried_by(event.link):
            track = self._grounds.track(switch)
            if not track.heard:
                track.base = track.before_history = None

    # positions

    def _positioned(self, event: SwitchMoved, findings: Findings) -> None:
        device, grounds = event.switch, self._grounds
        first = self._is_first_reading(device, findings.state)
        if grounds.track(device).is_repeated(event.position, event.source_time, at=event.at):
            return
        stamp = grounds.stamp(
            device, event.source_time, at=event.at, state=findings.state, first=first
        )
        findings.happened_at = stamp.happened_at
        mark = Mark(position=event.position, stamp=stamp)
        if grounds.contacts.is_in_test(device, mark.time):
            return
        if self._chatter.takes(device, mark):
            return
        track = grounds.track(device)
        if track.opens_with(mark):
            mark = self._with_intention(device, mark, findings=findings)
        elif track.position is not mark.position:
            grounds.intentions.take(device, mark.position, moved_at=mark.time, at=event.at)
        if not track.add(mark):
            return
        grounds.past.moved(device, event.at, state=findings.state)
        if self._chatter.begins(track):
            self._operations.end(device, findings, why=self._chatter.why(device))
            self._chatter.start(device, mark, findings=findings)
            return
        self._operations.moved(device, mark, findings=findings)
        if track.position is Position.OPEN or self._operations.has(device):
            self._unheard.dismiss(device, findings)

    def _is_first_reading(self, device: SwitchId, state: LiveState) -> bool:
        """Whether it is the first word of `device` since its link came back."""
        track = self._grounds.track(device)
        came_back_at = self._grounds.clocks.links.restored_at(state.link_of.get(device))
        is_first, track.read_since = track.read_since != came_back_at, came_back_at
        return is_first

    def _with_intention(self, device: SwitchId, mark: Mark, *, findings: Findings) -> Mark:
        """`mark` with what was ordered, announced or tagged when it was heard of."""
        intention = self._grounds.intentions.take(
            device, Position.OPEN, moved_at=mark.time, at=findings.at
        )
        meant: Reason | None = None
        if intention is not None:
            meant = because("commanded-opening", device=device)
        elif is_tagged_for_work(device, findings.state):
            meant = because("tagged-opening", device=device)
        return replace(
            mark,
            meant=meant,
            ours=intention is not None and intention.ours,
            by_crew=isinstance(intention, AskedOfCrew),
        )

    # contacts

    def _contact(self, event: ContactWord, findings: Findings) -> None:
        if event.reading not in (Reading.YES, Reading.NO):
            return
        device, contacts = event.switch, self._grounds.contacts
        stamp = self._grounds.stamp(device, event.source_time, at=event.at, state=findings.state)
        is_test = isinstance(event, TestModeChanged)
        if not is_test and contacts.is_in_test(device, stamp.time):
            return
        kind = {
            ProtectionPickedUp: contacts.pickups,
            LockoutChanged: contacts.lockouts,
            LoadShedChanged: contacts.sheds,
            TestModeChanged: contacts.tests,
        }[type(event)]
        kind.setdefault(device, Contact()).hears(stamp.time, event.reading is Reading.YES)
        if is_test:
            self._tested(device, findings)
        if self._operations.has(device):
            self._operations.consider(device, findings)
        elif isinstance(event, LockoutChanged):
            self._locked_out(device, stamp.time, findings=findings)

    def _tested(self, device: SwitchId, findings: Findings) -> None:
        """Openings under test are no facts. What begins with the test may have been a trip of
        before; where the device stands afterwards is learnt."""
        contacts, track = self._grounds.contacts, self._grounds.track(device)
        first = self._operations.first_opening(device, findings)
        in_test = contacts.tests[device].stands
        if first is not None and not contacts.is_in_test(device, first.opened.time) and in_test:
            return
        self._operations.end(device, findings, why=because("test-mode", device=device))
        self._unheard.dismiss(device, findings)
        if not in_test:
            position = findings.state.positions[device].value
            track.assume(position if position.is_definite else None, None)
        elif first is not None:
            track.assume(Position.CLOSED, None)

    def _locked_out(self, device: SwitchId, instant: datetime, *, findings: Findings) -> None:
        """A device that gave up must be open: its opening is on the way, or was lost."""
        if not self._grounds.contacts.is_locked(device):
            self._unheard.dismiss(device, findings)
        elif self._grounds.track(device).position is Position.CLOSED and opens_by_itself(
            self._grounds.network.switches[device]
        ):
            self._unheard.hint(device, instant, locked=True, findings=findings)

    # voltage

    def _voltage(self, event: VoltageMeasured | VoltageLossChanged, findings: Findings) -> None:
        voltage, earliest = self._grounds.voltage, self._grounds.oldest(event.at)
        place: NodeId | SwitchId
        if isinstance(event, VoltageMeasured):
            voltage.measured(event, earliest=earliest)
            self._grounds.supply.measured(event, findings, earliest=earliest)
            place = event.node
        else:
            if self._grounds.contacts.is_in_test(event.switch, event.source_time):
                return
            voltage.detected(event, earliest=earliest)
            place = event.switch
        device = voltage.answerable(place, findings.state) if voltage.is_dead(place) else None
        if device is None or self._operations.has(device) or self._unheard.has(device):
            return
        since = voltage.dead_since(device, state=findings.state)
        if since is not None and self._grounds.track(device).position is Position.CLOSED:
            self._unheard.hint(device, since, locked=False, findings=findings)

    # timers

    def _expired(self, event: TimerExpired, findings: Findings) -> None:
        timer = self._timers.get(event.timer)
        if timer is None or event.at < timer.due:
            return
        del self._timers[event.timer]
        if timer.what == CONFIRM:
            self._supply_lost(SourceId(timer.element), findings)
        elif timer.what == ASK:
            self._unheard.rang(SwitchId(timer.element), findings)
        elif timer.what == QUIET:
            self._quiet(SwitchId(timer.element), findings)
        else:
            self._operations.consider(SwitchId(timer.element), findings)

    def _quiet(self, device: SwitchId, findings: Findings) -> None:
        mark = self._chatter.ended(device, findings)
        if mark is not None and self._grounds.track(device).add(mark):
            self._operations.moved(device, mark, findings=findings)

    def _supply_lost(self, source: SourceId, findings: Findings) -> None:
        found = self._grounds.supply.confirm(source)
        if found is None:
            return
        died_at, heads = found
        for head in heads:
            if head not in self._operations.pending and head not in self._operations.faults:
                picked_up = self._grounds.picked_up(head, died_at)
                findings.facts.append(
                    conclude_lost_supply(head, died_at, at=findings.at, picked_up=picked_up)
                )
