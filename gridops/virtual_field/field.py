"""The virtual field: physics of a grid and its devices, driven by explicit time."""

import difflib
import itertools
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import partial

from gridops.errors import ScenarioError, UnknownId
from gridops.ids import LinkId, LoadId, PointId, SectionId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import Network, Signal
from gridops.powerflow import LoadPower, PowerFlow
from gridops.state.telemetry import CONTACTS
from gridops.virtual_field.agenda import Agenda
from gridops.virtual_field.drives import Drives
from gridops.virtual_field.indicators import Indicators
from gridops.virtual_field.meters import Meters
from gridops.virtual_field.plant import Fault, Plant
from gridops.virtual_field.point_table import PointTable
from gridops.virtual_field.protection import Fuses, Protection
from gridops.virtual_field.vocabulary import (
    FieldSettings,
    Misbehaviour,
    OrderAnswer,
    PointValue,
)

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
        self._indicators = Indicators(self._plant)
        Meters(self._plant, engine, loads=loads)
        self._drives = Drives(self._plant, self._protection)
        self._links_cut: dict[LinkId, None] = {}
        for switch, contact in itertools.product(network.switches, CONTACTS):
            self._points.report(switch, contact, value=False, at=start)
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
        return self.now if self._points.has_changes else self._agenda.next_due()

    def advance(self, to: datetime) -> list[PointValue]:
        """Every value reported since the last call up to and including `to`, oldest first."""
        self._agenda.run(to)
        return self._points.take_changes()

    def values(self) -> Mapping[PointId, PointValue]:
        """What every readable point reads now (command points are not readable)."""
        return self._points.values

    def strike(self, place: str, at: datetime, *, clears_after_openings: int | None = None) -> None:
        """A fault at a branch, node or section. It vanishes when it has been de-energised
        `clears_after_openings` times (1: the first reclose holds); None: only by `repair`."""
        if clears_after_openings is not None and clears_after_openings < 1:
            raise ScenarioError(
                f"a fault at {place} cannot clear after {clears_after_openings} openings",
                remedy="give 1 or more, or nothing for a permanent fault",
            )
        fault = Fault(self.network.section_of(place), clears_after_openings)
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
        """From `at` (None: now) on; `slow_s` is the operating time of a SLOW device."""
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

    def lose_source(self, source: SourceId, at: datetime) -> None:
        """The grid above goes dead at this source."""
        _known("source", source, known=self.network.sources)
        self._agenda.at(at, partial(self._plant.set_source, source, live=False))

    def restore_source(self, source: SourceId, at: datetime) -> None:
        _known("source", source, known=self.network.sources)
        self._agenda.at(at, partial(self._plant.set_source, source, live=True))

    def _heal(self, link: LinkId) -> None:
        self._links_cut.pop(link, None)

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


def _known(
    kind: str, ident: str, *, known: Mapping[LinkId, object] | Mapping[SourceId, object]
) -> None:
    if ident not in known:
        near = difflib.get_close_matches(ident, list(known), n=3, cutoff=0.5)
        raise UnknownId(kind, ident, near=near)
