"""The virtual field: physics of a grid and its devices, driven by explicit time."""

import difflib
import itertools
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import partial

from gridops.errors import ScenarioError, UnknownId
from gridops.events import MetersReported
from gridops.ids import LinkId, LoadId, PointId, SectionId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import Network, Signal
from gridops.powerflow import LoadPower, PowerFlow, ShortCircuit
from gridops.state.telemetry import CONTACTS, RAW_TYPE
from gridops.virtual_field.agenda import Agenda
from gridops.virtual_field.backfeed import Backfeed
from gridops.virtual_field.comms import Comms, LinkTrouble
from gridops.virtual_field.comms_storms import CommsStorms
from gridops.virtual_field.drives import Drives
from gridops.virtual_field.fuses import Fuses
from gridops.virtual_field.indicators import Indicators
from gridops.virtual_field.load_sides import LoadSides
from gridops.virtual_field.meter_words import MeterWords
from gridops.virtual_field.meters import Meters
from gridops.virtual_field.plant import EARTH, PHASES, Fault, Plant
from gridops.virtual_field.point_table import PointTable
from gridops.virtual_field.protection import Protection
from gridops.virtual_field.protection_words import EarthFaultAlarms, FaultSizes
from gridops.virtual_field.sectionalisers import Sectionalisers
from gridops.virtual_field.vocabulary import (
    FieldSettings,
    Misbehaviour,
    OrderAnswer,
    PointValue,
)
from gridops.virtual_field.voltage_detectors import VoltageDetectors

NORMAL_SETTINGS = FieldSettings()


class VirtualField:
    """A discrete-event simulation without clock and chance: same script, same values.

    Happenings (`strike`, `operate_by_hand`, ...) are put on the agenda for `at` and come true
    in `advance`; at one instant they come in the order in which they were asked for. `order`
    alone answers at once: it first lets the field run up to its `at`. Nothing is lost by that,
    the changes come with the next `advance`.

    Every method raises ScenarioError for an `at` before `now`, and UnknownId for an id that
    the grid does not have, with the ids that are near.
    """

    def __init__(
        self,
        network: Network,
        engine: PowerFlow,
        *,
        start: datetime,
        settings: FieldSettings = NORMAL_SETTINGS,
        loads: Mapping[LoadId, LoadPower] | None = None,
        closed: AbstractSet[SwitchId] | None = None,
    ) -> None:
        """`loads` None: every load draws what the grid files say. `closed` None: every switch
        stands in its normal position. Raises: ScenarioError for a `start` without a zone."""
        if start.tzinfo is None:
            raise ScenarioError("the start has no time zone", remedy="give an aware UTC time")
        if loads is None:
            loads = {e.id: LoadPower(e.p_w, e.q_var) for e in network.loads.values()}
        if closed is None:
            closed = {s.id for s in network.switches.values() if s.is_normally_closed}
        self.network = network
        self.start = start
        self._agenda = Agenda(start)
        self._points = PointTable(network)
        self._plant = Plant(network, self._agenda, points=self._points, settings=settings)
        self._protection = Protection(self._plant)
        Fuses(self._plant)
        sides = LoadSides(self._plant)
        self._indicators = Indicators(self._plant, sides)
        VoltageDetectors(self._plant, sides)
        Sectionalisers(self._plant, sides)
        EarthFaultAlarms(self._plant)
        Backfeed(self._plant)
        Meters(self._plant, engine, loads=loads)
        self._meter_words = MeterWords(self._plant, start)
        self._drives = Drives(self._plant, self._protection)
        self._links_cut: dict[LinkId, None] = {}
        self._comms = Comms()
        self._storms = CommsStorms(self._agenda, self._points)
        for switch, contact in itertools.product(network.switches, CONTACTS):
            self._points.report(switch, contact, value=False, at=start)
        for element in self._points.elements_with(Signal.FAULT_CURRENT):
            self._points.report(element, Signal.FAULT_CURRENT, value=0.0, at=start)
        self._plant.stand(frozenset(closed))
        self._points.take_changes()  # the beginning is no change: `values` has it

    @property
    def now(self) -> datetime:
        return self._agenda.now

    @property
    def links_cut(self) -> frozenset[LinkId]:
        """Links over which nothing gets through now. Physics does not care: whoever plays the
        field to the outside drops their values and orders."""
        return frozenset(self._links_cut)

    @property
    def closed(self) -> frozenset[SwitchId]:
        """Switches whose contacts are closed: the truth, whatever telemetry says."""
        return self._plant.closed

    @property
    def dark(self) -> frozenset[SectionId]:
        """Sections without supply: the truth."""
        return self._plant.energisation.dark

    def next_due(self) -> datetime | None:
        """When `advance` has something to say or to do next; None: never, if left alone."""
        if self._points.has_changes or self._meter_words.has_reports:
            return self.now
        times = (self._agenda.next_due(), self._comms.next_due())
        return min((time for time in times if time is not None), default=None)

    def advance(self, to: datetime) -> list[PointValue]:
        """Every value told since the last call up to and including `to`, in that order: as its
        devices reported them, oldest first, unless an RTU misbehaves."""
        self._agenda.run(to)
        return self._comms.told(self._points.take_changes(), up_to=to)

    def take_meter_reports(self) -> list[MetersReported]:
        """What meters have said since the last call, oldest first. They speak for themselves, not
        through points: no cut link holds them back."""
        return self._meter_words.take()

    def values(self) -> Mapping[PointId, PointValue]:
        """What every readable point reads now (command points are not readable)."""
        return self._comms.standing(self._points.values)

    @property
    def answers_late_s(self) -> Mapping[LinkId, float]:
        """Links whose RTU is slow, and by how much it is late with its answers."""
        return self._comms.answers_late_s

    def measure_faults(self, engine: ShortCircuit) -> None:
        """From now on protection reports how large fault current is (`FaultSizes`)."""
        FaultSizes(self._plant, engine)

    def strike(
        self,
        place: str,
        at: datetime,
        *,
        clears_after_openings: int | None = None,
        phases: str = "abc",
        trips: bool = True,
    ) -> None:
        """A fault at a branch, node or section. It vanishes when it has been de-energised
        `clears_after_openings` times (1: the first reclose holds); None: only by `repair`.

        `phases` of "abcn": "bc" is between two phases, "an" between one and earth; one phase
        alone means earth as well. `trips` False: an earth fault whose current is too small for
        relays and fuses (isolated or compensated star point); it is signalled instead.
        """
        if clears_after_openings is not None and clears_after_openings < 1:
            raise ScenarioError(
                f"a fault at {place} cannot clear after {clears_after_openings} openings",
                remedy="give 1 or more, or nothing for a permanent fault",
            )
        fault = Fault(
            place,
            self.network.section_of(place),
            clears_after_openings,
            phases=_faulted(phases, place),
            trips=trips,
        )
        self._agenda.at(at, partial(self._plant.strike, fault))

    def repair(self, place: str, at: datetime) -> None:
        """Takes every fault in the section of `place` away."""
        self._agenda.at(at, partial(self._plant.repair, self.network.section_of(place)))

    def order(self, switch: SwitchId, position: Position, *, at: datetime) -> OrderAnswer:
        """A remote order, as the device answers it.

        Accepted: the double point reads INTERMEDIATE, then the new position after the
        operating time; the position it has is confirmed at once. A stuck device accepts and
        says nothing more.
        """
        ident = self.network.switch(switch).id
        self._agenda.run(at)
        return self._drives.order(ident, position)

    def operate_by_hand(self, switch: SwitchId, position: Position, *, at: datetime) -> None:
        """Moves any switch, as a crew does. Raises: ScenarioError for an indefinite position."""
        if not position.is_definite:
            raise ScenarioError(
                f"nobody can put {switch} to {position.name}", remedy="give OPEN or CLOSED"
            )
        ident = self.network.switch(switch).id
        self._agenda.at(at, partial(self._drives.by_hand, ident, position))

    def misbehave(
        self, device: SwitchId, kind: Misbehaviour, *, at: datetime | None = None, slow_s: float = 0
    ) -> None:
        """From `at` (None: now) on; `slow_s` is the operating time of a SLOW device, and what an
        INDICATOR_LATE is late by."""
        ident = self.network.switch(device).id
        act = partial(self._begin, ident, kind, slow_s=slow_s)
        self._agenda.at(at or self.now, act)

    def behave(self, device: SwitchId, kind: Misbehaviour, *, at: datetime | None = None) -> None:
        """Ends a misbehaviour."""
        ident = self.network.switch(device).id
        self._agenda.at(at or self.now, partial(self._end, ident, kind))

    def cut_link(self, link: LinkId, at: datetime) -> None:
        _known("link", link, known=self.network.links)
        self._agenda.at(at, partial(self._links_cut.__setitem__, link, None))

    def heal_link(self, link: LinkId, at: datetime) -> None:
        _known("link", link, known=self.network.links)
        self._agenda.at(at, partial(self._heal, link))

    def crash_rtu(
        self, link: LinkId, at: datetime, *, back_after_s: float = 5.0, refill_s: float = 2.0
    ) -> None:
        """The RTU goes away, is back after `back_after_s` without a memory, and has asked its
        devices `refill_s` later. Until then its values are bad."""
        _known("link", link, known=self.network.links)
        back = at + timedelta(seconds=back_after_s)
        self._agenda.at(at, partial(self._crash, link))
        self._agenda.at(back, partial(self._heal, link))
        self._agenda.at(back + timedelta(seconds=refill_s), partial(self._refill, link))

    def rtu_misbehaves(
        self, link: LinkId, trouble: LinkTrouble, *, at: datetime, by_s: float = 0.0
    ) -> None:
        """From `at` on; `by_s` is how late, or how far off. Raises: ScenarioError if that is
        missing, or negative where only a clock can be."""
        _known("link", link, known=self.network.links)
        _check_trouble(trouble, by_s=by_s)
        self._agenda.at(at, partial(self._begin_trouble, link, trouble, by_s=by_s))

    def rtu_behaves(self, link: LinkId, trouble: LinkTrouble, *, at: datetime) -> None:
        """Ends a trouble; what is still held back is told when it is due."""
        _known("link", link, known=self.network.links)
        self._agenda.at(at, partial(self._end_trouble, link, trouble))

    def chatter(
        self, element: str, signal: Signal, *, at: datetime, times: int = 50, every_s: float = 0.02
    ) -> None:
        """A contact, or a double point, changes `times` times and then says what it did before.

        Raises: ScenarioError if no such point is fitted, or it can only measure.
        """
        self._storms.chatter(element, signal, at=at, times=times, every_s=every_s)

    def comms_storm(
        self, link: LinkId, *, at: datetime, changes_per_s: float, lasts_s: float
    ) -> None:
        """Measurements of `link` change by turns, about their true value, so many in a second.

        Raises: ScenarioError if it has none.
        """
        _known("link", link, known=self.network.links)
        self._storms.storm(link, at=at, changes_per_s=changes_per_s, lasts_s=lasts_s)

    def lose_source(self, source: SourceId, at: datetime) -> None:
        """The grid above goes dead at this source."""
        _known("source", source, known=self.network.sources)
        self._agenda.at(at, partial(self._plant.set_source, source, live=False))

    def restore_source(self, source: SourceId, at: datetime) -> None:
        _known("source", source, known=self.network.sources)
        self._agenda.at(at, partial(self._plant.set_source, source, live=True))

    def say(self, element: str, signal: Signal, *, value: float | bool, at: datetime) -> None:
        """The points of `signal` at `element` read `value`, whatever is true, until what drives
        them changes. Raises: ScenarioError if no such point is fitted."""
        if element not in self._points.elements_with(signal):
            raise ScenarioError(
                f"{element} has no point {signal.value}",
                remedy="add it to points.csv, or name another",
            )
        self._agenda.at(at, partial(self._say, element, signal, value=value))

    def say_meters(
        self, load: LoadId, *, lost: bool, at: datetime, meters: int = 1, phases: str = ""
    ) -> None:
        """Meters of `load` tell that they lost voltage, or have it; with or without cause."""
        _known("load", load, known=self.network.loads)
        say = partial(self._meter_words.say, load, lost=lost, meters=meters, phases=phases)
        self._agenda.at(at, say)

    def _say(self, element: str, signal: Signal, *, value: float | bool) -> None:
        raw = RAW_TYPE[signal](value)
        self._points.report(element, signal, value=raw, at=self.now)

    def _heal(self, link: LinkId) -> None:
        self._links_cut.pop(link, None)

    def _crash(self, link: LinkId) -> None:
        self._links_cut[link] = None
        self._comms.lose_memory(link)
        self._points.repeat(link, self.now)

    def _refill(self, link: LinkId) -> None:
        self._comms.remember(link)
        self._points.repeat(link, self.now)

    def _begin_trouble(self, link: LinkId, trouble: LinkTrouble, *, by_s: float) -> None:
        self._comms.begin(link, trouble, by_s=by_s, stands=self._points.values)
        if trouble is LinkTrouble.BAD_QUALITY:
            self._points.repeat(link, self.now)

    def _end_trouble(self, link: LinkId, trouble: LinkTrouble) -> None:
        self._comms.end(link, trouble)
        if trouble in (LinkTrouble.BAD_QUALITY, LinkTrouble.CLOCK_SKEW):
            self._points.repeat(link, self.now)

    def _begin(self, device: SwitchId, kind: Misbehaviour, *, slow_s: float) -> None:
        if kind is Misbehaviour.INDICATOR_STRAY:
            self._indicators.flag(device)
            return
        self._plant.misbehave(device, kind, slow_s=slow_s)
        if kind is Misbehaviour.LOCAL:
            self._points.report(device, Signal.LOCAL, value=True, at=self.now)

    def _end(self, device: SwitchId, kind: Misbehaviour) -> None:
        self._plant.behave(device, kind)
        if kind is Misbehaviour.LOCAL:
            self._points.report(device, Signal.LOCAL, value=False, at=self.now)


def _check_trouble(trouble: LinkTrouble, *, by_s: float) -> None:
    needs = {LinkTrouble.SLOW, LinkTrouble.REORDERED, LinkTrouble.CLOCK_SKEW}
    wrong = trouble in needs and (
        by_s == 0.0 or (by_s < 0.0 and trouble is not LinkTrouble.CLOCK_SKEW)
    )
    if wrong:
        raise ScenarioError(
            f"an RTU cannot be {trouble.value} by {by_s:g} s",
            remedy="give by_s above 0; only a clock may be behind",
        )


def _known(
    kind: str,
    ident: str,
    *,
    known: Mapping[LinkId, object] | Mapping[SourceId, object] | Mapping[LoadId, object],
) -> None:
    if ident not in known:
        near = difflib.get_close_matches(ident, list(known), n=3, cutoff=0.5)
        raise UnknownId(kind, ident, near=near)


def _faulted(phases: str, place: str) -> frozenset[str]:
    faulted = frozenset(phases)
    if not faulted & PHASES or not faulted <= PHASES | {EARTH} or len(faulted) != len(phases):
        raise ScenarioError(
            f'a fault at {place} cannot be of the phases "{phases}"',
            remedy='give letters of "abcn", each once, one of a, b, c at least',
        )
    return faulted | {EARTH} if len(faulted) == 1 else faulted
