"""The live view, made anew only where something changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gridops.api.alarm_view import AlarmLines
from gridops.api.live_view import (
    Customers,
    Parts,
    customers_of,
    fenced_of,
    laid_out,
    section_of,
    switch_of,
    tags_of,
)
from gridops.api.words import Plain
from gridops.control_room import ControlRoom
from gridops.events import (
    ControlRoomStarted,
    Event,
    GridTakenIn,
    LinkLost,
    LinkRestored,
    StepReported,
    TagPlaced,
    TagRemoved,
    VoltageMeasured,
)
from gridops.ids import SectionId, SwitchId
from gridops.ports import LinkHealth, PublisherHealth
from gridops.reasons import Reason
from gridops.state import Energisation

_OF_ALL = ControlRoomStarted | GridTakenIn | LinkLost | LinkRestored


@dataclass(slots=True)
class ChangingView:
    """Guarantees: `view` equals `live_view` of the same moment. What did not change is the same
    object as before, so that comparing two views costs next to nothing.

    Cost: in proportion to what changed, the feeders and the incidents.
    """

    room: ControlRoom
    _alarms: AlarmLines = field(init=False)
    _all: bool = True
    _switches: dict[str, Plain] = field(default_factory=dict)
    _sections: dict[str, Plain] = field(default_factory=dict)
    _feeders: dict[str, Plain] = field(default_factory=dict)
    _switches_due: set[SwitchId] = field(default_factory=set)
    _sections_due: set[SectionId] = field(default_factory=set)
    _tags_due: bool = False
    _tags: dict[SwitchId, list[Plain]] = field(default_factory=dict)
    _outcome_unknown: frozenset[SwitchId] = frozenset()
    _fenced: dict[SectionId, bool] = field(default_factory=dict)
    _supply: Energisation | None = None
    _customers: Customers | None = None

    def __post_init__(self) -> None:
        self._alarms = AlarmLines(self.room)
        self.room.hear(self._heard)

    def _heard(self, event: Event) -> None:
        """Notes what the fact may have changed. Called for every fact: it has to be cheap."""
        if isinstance(event, _OF_ALL):
            self._all = True
        elif isinstance(event, VoltageMeasured):
            self._sections_due.add(self.room.network.section_of(event.node))
        elif isinstance(event, StepReported):
            self._crew_said(event)
        elif (switch := getattr(event, "switch", None)) is not None:
            self._switches_due.add(switch)
            self._tags_due |= isinstance(event, TagPlaced | TagRemoved)

    def _crew_said(self, event: StepReported) -> None:
        """Its word may move the switch of its line, and puts an earth there or takes it off."""
        self._tags_due = True
        sheet = self.room.desk.sheets.sheets.get(event.sheet)
        for step in () if sheet is None else sheet.steps:
            if step.number == event.step and step.switch is not None:
                self._switches_due.add(step.switch)

    def view(
        self,
        *,
        now: datetime,
        links: Sequence[LinkHealth],
        blind: Sequence[Reason] = (),
        publisher: PublisherHealth | None = None,
    ) -> Plain:
        self._bring_up_switches()
        self._bring_up_sections()
        parts = Parts(
            state=self.room.desk.state,
            switches=self._switches,
            sections=self._sections,
            customers=self._bring_up_customers(),
            alarms=self._alarms.shown(now, blind),
        )
        self._all = False
        view = laid_out(self.room, parts, now=now, links=links, blind=blind, publisher=publisher)
        view["feeders"] = self._same_where_equal(view["feeders"])
        return view

    def _bring_up_switches(self) -> None:
        network, state = self.room.network, self.room.desk.state
        unknown = frozenset(state.outcome_unknown)
        due = self._switches_due | (unknown ^ self._outcome_unknown)
        if self._tags_due or self._all:
            was, self._tags = self._tags, tags_of(state)
            due |= was.keys() | self._tags.keys()
        if self._all:
            due = set(network.switches)
        if due:
            now = {} if self._all else dict(self._switches)
            for switch in network.switches if self._all else due:
                now[switch] = switch_of(network.switches[switch], state, tags=self._tags)
            self._switches = now
        self._outcome_unknown, self._switches_due, self._tags_due = unknown, set(), False

    def _bring_up_sections(self) -> None:
        desk = self.room.desk
        supply, fenced = desk.state.energisation, fenced_of(desk, desk.state)
        due = set(self._sections_due)
        if fenced != self._fenced:
            both = self._fenced.keys() | fenced.keys()
            due |= {s for s in both if self._fenced.get(s) != fenced.get(s)}
        whole = self._all or self._supply is None
        if self._supply is not None and not whole and supply is not self._supply:
            due.update(supply.differing_since(self._supply))
            self._recount(self._supply, supply)
        if whole or due:
            now = {} if whole else dict(self._sections)
            for section in desk.network.sections if whole else due:
                entry = section_of(desk.network, desk.state, section=section, fenced=fenced)
                before = self._sections.get(section)
                now[section] = before if before == entry and before is not None else entry
            self._sections = now
            self._customers = None if whole else self._customers
        self._fenced, self._supply, self._sections_due = fenced, supply, set()

    def _recount(self, before: Energisation, supply: Energisation) -> None:
        """Who is without supply, by what has lost it and what has it again."""
        if self._customers is None:
            return
        network, normal = self.room.network, self.room.desk.normal_feeder_of
        _, out = self._customers
        for sections, sign in (
            (supply.lost_since(before), 1),
            (supply.gained_since(before), -1),
        ):
            for section in sections:
                if section not in normal:
                    continue
                feeder = normal[section]
                out[feeder] = out.get(feeder, 0) + sign * network.sections[section].customers

    def _bring_up_customers(self) -> Customers:
        if self._customers is None:
            self._customers = customers_of(self.room.desk, self.room.desk.state)
        return self._customers

    def _same_where_equal(self, now: dict[str, Plain]) -> dict[str, Plain]:
        was = self._feeders
        self._feeders = {k: was[k] if was.get(k) == entry else entry for k, entry in now.items()}
        return self._feeders
