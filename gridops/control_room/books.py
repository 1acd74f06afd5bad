"""What is kept for people: customer minutes, and every decision with its reasons."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from typing import Any

from gridops.control_room.cases import Case
from gridops.control_room.correcting import hear
from gridops.control_room.hands import Hands
from gridops.control_room.shadows import Shadow, Shadows
from gridops.events import ControlRoomStarted, Event, PositionReported, RepairReported
from gridops.events.minutes import MinutesCorrected
from gridops.ids import IncidentId, PlanId, SectionId, SheetId
from gridops.incident import Desk, Incident, Phase
from gridops.incident.expecting import expected_to_plain
from gridops.network import Network
from gridops.outage import Cause
from gridops.ports import Metrics, Record
from gridops.reliability import (
    IEEE1366,
    Booked,
    ByHand,
    Circumstance,
    Columns,
    Interruption,
    Ledger,
    Period,
    RuleSet,
    indices,
    repaired_at,
    worth_of,
)
from gridops.reliability.booked import groups_that_change
from gridops.reliability.indices import TICKS_PER_MINUTE
from gridops.reliability.periods import ALWAYS
from gridops.reliability.table import ticks_at
from gridops.response import Answer
from gridops.response.plain import answer_to_plain
from gridops.sheets import SheetState
from gridops.sheets.plain import sheet_to_plain
from gridops.sheets.sheet import ENDED
from gridops.state import Energisation, energise

Plain = dict[str, Any]
CONCLUDED = "decision.concluded"
PROPOSED = "decision.proposed"
SHEET = "decision.sheet"
EXPECTED = "decision.expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What switching saved in one incident."""

    began: datetime | None
    """None: it was no fault, or interrupted nobody."""
    customer_minutes: float


@dataclass(slots=True)
class Books:
    """Folds what the desk does into the ledger. Nothing here decides anything."""

    network: Network
    zone: tzinfo
    clock: tzinfo | None = None
    """That the load profiles go by; None: not known."""
    ruleset: RuleSet = IEEE1366
    ledger: Ledger = field(init=False)
    _dark_normally: frozenset[str] = field(init=False)
    _explained: dict[IncidentId, tuple[Cause, Phase, int]] = field(default_factory=dict)
    _open: list[Incident] = field(default_factory=list)
    _presumed: dict[IncidentId, frozenset[SectionId]] = field(default_factory=dict)
    """What is without supply by a guess alone."""
    _taken: dict[IncidentId, int] = field(default_factory=dict)
    """How many each incident has taken over, of those that are booked with it."""
    _known: int = 0
    _drawn: int = 0
    """How many sheets there were."""
    _first: dict[IncidentId, Answer] = field(default_factory=dict)
    _over_at: dict[IncidentId, datetime] = field(default_factory=dict)
    """When everybody had supply again after the repair: whom the way back to the normal state
    drops later would not have been interrupted without it."""
    _kept: set[PlanId] = field(default_factory=set)
    _expected: dict[IncidentId, int] = field(default_factory=dict)
    """How much of what was told of its end is kept, of each incident with any."""
    _sheets: dict[SheetId, tuple[SheetState, int, int]] = field(default_factory=dict)
    """The sheets that may still change, as they were kept last: state, revision, and how many
    lines still wait for a device that may move late."""
    _records: list[Record] = field(default_factory=list)
    _vetoes: list[str] = field(default_factory=list)
    _counted_min: float = 0.0
    _avoided_min: float = 0.0
    _steps: list[tuple[datetime, int]] = field(default_factory=list)
    """How many customers the grid has, from when on."""
    _groups: dict[tuple[str, str], list[tuple[datetime, int]]] = field(default_factory=dict)
    """How many a feeder, area ... had before it had others, each up to when."""
    _columns: Columns = field(default_factory=Columns)
    """The ledger again, to be counted."""
    _booked: Booked | None = None
    """Of these columns, as far as nothing changed since."""
    _saved: dict[IncidentId, Saved] = field(default_factory=dict)
    """By switching, in incidents of which nothing lasts."""
    _cases: dict[IncidentId, Case] = field(default_factory=dict)
    """Of incidents that are over."""
    hands: Hands = field(default_factory=Hands)
    shadows: Shadows = field(default_factory=Shadows)
    _whole_due: bool = True
    """Whether sections may differ from what was booked although their supply did not change."""

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.network)
        self._dark_normally = _dark_normally(self.network)

    def take_in(self, network: Network, at: datetime) -> None:
        """Changes over to another version of the grid. What is booked stays booked."""
        for group, customers in groups_that_change(self.network, network):
            self._groups.setdefault(group, []).append((at, customers))
        self.network, self._booked = network, None
        self._count_customers(at)
        self._dark_normally = _dark_normally(network)
        self.ledger.take_in(network, at)
        self._whole_due = True

    def _count_customers(self, at: datetime) -> None:
        if not self._steps or self._steps[-1][1] != self.network.customers:
            self._steps.append((at, self.network.customers))
            self._booked = None

    def post(self, event: Event, before: Energisation, *, desk: Desk) -> None:
        """Takes one fact's effect in, after the desk has folded it. Closed incidents cost
        nothing here."""
        if isinstance(event, ControlRoomStarted):
            self._count_customers(event.at)
        self.hands.hear(event, desk=desk)
        if desk.state.energisation is not before:
            self._supply_changed(event, before, desk=desk)
        concerned = self._concerned(desk)
        self._presume(concerned, event, desk=desk)
        for incident in concerned:
            self._merge(incident)
        for incident in concerned:
            standing = (incident.cause, incident.phase, len(incident.zone))
            if self._explained.get(incident.id) != standing:
                self._explained[incident.id] = standing
                self._explain(incident, event.at)
            self._keep_plan(incident, event.at)
            self._keep_expected(incident)
            if incident.home_due is not None:
                self._over_at.setdefault(incident.id, event.at)
        hear(self.ledger, event)
        self.shadows.follow(concerned, event, network=self.network)
        self._keep_sheets(desk, event.at)

    def _keep_sheets(self, desk: Desk, at: datetime) -> None:
        """Each sheet whenever it was written, approved, started, or has ended, and when what it
        had commanded turns out late to be done."""
        known = desk.sheets
        fresh = list(islice(reversed(known.sheets), len(known.sheets) - self._drawn))
        self._drawn = len(known.sheets)
        for ident in [*self._sheets, *reversed(fresh)]:
            sheet = known.sheets[ident]
            awaited = sheet.awaited if sheet.state in ENDED else 0
            standing = (sheet.state, sheet.revision, awaited)
            if self._sheets.get(ident) != standing:
                self._sheets[ident] = standing
                self._records.append(Record(at=at, kind=SHEET, body=sheet_to_plain(sheet)))
            if sheet.state in ENDED and not awaited:
                del self._sheets[ident]

    def _merge(self, incident: Incident) -> None:
        """What turned out to be a part of another is booked there, once."""
        known = self._taken.get(incident.id, 0)
        for gone in incident.took_over[known:]:
            self.ledger.merge(gone, incident.id)
            self._explained.pop(incident.id, None)
            self._saved.pop(gone, None)
            self._cases.pop(gone, None)
        if incident.took_over:
            self._taken[incident.id] = len(incident.took_over)

    def _presume(self, concerned: list[Incident], event: Event, *, desk: Desk) -> None:
        """Behind a device that must have opened unseen supply is lost although the trace knows
        nothing of it: from the first report on, until voltage is reported, or the opening is
        confirmed and the trace takes over."""
        for incident in concerned:
            was = self._presumed.get(incident.id, frozenset())
            now = desk.dark_of(incident) if incident.presumed_open else frozenset()
            if was == now:
                continue
            self._presumed[incident.id] = now
            if not now:
                del self._presumed[incident.id]
            numbers = self.network.arrays.sections.of
            dark = {s for s in was | now if s in now or self._counts(s, desk.state.energisation)}
            told_at = incident.opened_at if now - was else getattr(event, "source_time", event.at)
            changed = self.ledger.sections_changed(
                told_at,
                dark,
                incident_of=dict.fromkeys(was | now, incident.id),
                among=sorted(was | now, key=numbers.__getitem__),
            )
            within_s = abs((event.at - told_at).total_seconds())
            self.ledger.attribute(
                changed,
                by=None,
                within_s=within_s,
                is_presumed=True,
                is_end_reported=isinstance(event, RepairReported | PositionReported),
            )

    def _concerned(self, desk: Desk) -> list[Incident]:
        """The open incidents, and those that were open a fact ago. An incident may come and go
        within one fact."""
        incidents = desk.incidents
        known = self._known
        self._known = len(incidents)
        fresh = list(islice(reversed(incidents.values()), len(incidents) - known))
        concerned = {i.id: i for i in [*self._open, *reversed(fresh)]}
        self._open = [i for i in concerned.values() if i.is_open]
        return list(concerned.values())

    def _supply_changed(self, event: Event, before: Energisation, *, desk: Desk) -> None:
        """What changed between the two states is booked; all of it after a change of the grid."""
        now = desk.state.energisation
        among: list[SectionId] = []
        if not self._whole_due:
            numbers = self.network.arrays.sections.of
            changed = (*now.lost_since(before), *now.gained_since(before))
            among = sorted(changed, key=numbers.__getitem__)
        if self._whole_due:
            looked_at = now.dark.union(*self._presumed.values())
        else:
            looked_at = frozenset(among)
        dark = frozenset(s for s in looked_at if self._counts(s, now))
        incidents = list(desk.open_incidents.values())
        loads = self.network.loads_of_section
        told_at: datetime = getattr(event, "source_time", event.at)
        at = desk.happened_at or min(told_at, event.at)
        booked = self.ledger.sections_changed(
            at,
            dark,
            incident_of={s: i.id for i in incidents if i.interrupts for s in dark & i.zone},
            feeder_of=before.feeder_of,
            p_w={
                load.id: measured
                for i in incidents
                for section in dark
                for load in loads[section]
                if (measured := i.measured_p_w(load.id)) is not None
            },
            among=None if self._whole_due else among,
        )
        within_s = (event.at - at).total_seconds()
        if at != told_at:
            within_s = max(within_s, desk.settings.detection.delay_s_max)
            self.ledger.move_times(booked)
        self.ledger.attribute(booked, by=self.hands.of(event), within_s=within_s)
        self._whole_due = False

    def _counts(self, section: SectionId, now: Energisation) -> bool:
        """Dark, and not by the files alone: what lasts does not end by a change of files."""
        if any(section in presumed for presumed in self._presumed.values()):
            return True
        if now.is_supplied(section):
            return False
        return section not in self._dark_normally or self.ledger.is_interrupted(section)

    def _explain(self, incident: Incident, at: datetime) -> None:
        if incident.interrupts and incident.merged_into is None:
            self.ledger.assign(incident.id, incident.zone)
        if incident.concluded_at is None:
            return
        self.ledger.explain(
            incident.id,
            Circumstance(
                cause=incident.cause.value,
                planned=incident.cause is Cause.PLANNED,
                source_lost=incident.cause is Cause.LOST_SUPPLY,
            ),
        )
        body: Plain = {
            "incident": incident.id,
            "cause": incident.cause.value,
            "phase": incident.phase.value,
            "devices": list(incident.devices),
            "opened_at": incident.opened_at.isoformat(),
            "origin": incident.origin.value,
            "merged_into": incident.merged_into,
        }
        self._records.append(Record(at=at, kind=CONCLUDED, body=body))

    def _keep_plan(self, incident: Incident, at: datetime) -> None:
        proposed = incident.proposed
        if proposed is None or proposed.id in self._kept:
            return
        self._kept.add(proposed.id)
        self._first.setdefault(incident.id, proposed.answer)
        self._vetoes += [one.invariant for one in proposed.answer.verdict.violations]
        plain = answer_to_plain(
            proposed.answer,
            self.network,
            fault=incident.devices,
            cause=incident.cause.value,
            tripped=incident.tripped,
            solve_ms=0.0,
        )
        body: Plain = {
            "incident": incident.id,
            "plan_id": proposed.id,
            "fingerprint": proposed.answer.fingerprint,
            "aim": proposed.answer.aim.value,
            **plain,
        }
        self._records.append(Record(at=at, kind=PROPOSED, body=body))

    def _keep_expected(self, incident: Incident) -> None:
        """What was told of the end of the outage, as it was told. That there is no ground for it
        is worth a line only where something was told before."""
        known = self._expected.get(incident.id, 0)
        fresh = incident.expected_told - known
        if not fresh or (not known and incident.expected[-1].supply is None):
            return
        self._expected[incident.id] = incident.expected_told
        for told in incident.expected[-fresh:]:
            body: Plain = {"incident": incident.id, **expected_to_plain(told)}
            self._records.append(Record(at=told.told_at, kind=EXPECTED, body=body))

    @property
    def has_decisions(self) -> bool:
        """Whether any wait for the journal."""
        return bool(self._records)

    def decisions(self) -> list[Record]:
        """What was decided since the last call, for the journal."""
        records, self._records = self._records, []
        return records

    def vetoes(self) -> list[str]:
        """The invariants that the guard named since the last call."""
        vetoes, self._vetoes = self._vetoes, []
        return vetoes

    def first_plan_of(self, incident: IncidentId) -> Answer | None:
        """What was proposed first: later plans start from a state that the first one changed."""
        return self._first.get(incident)

    # reading

    def customer_minutes_of(self, incident: IncidentId, now: datetime) -> float:
        """From the first loss of supply on, whatever any rule-set's threshold."""
        return _minutes(self.interruptions_of(incident), now)

    def interruptions_of(self, incident: IncidentId) -> list[Interruption]:
        """Everything that the ledger holds of it."""
        return self.ledger.of(incident)

    def minutes(self, now: datetime) -> Plain:
        today = self.today(now)
        found = indices(
            self._since(today),
            customers_served=max(1, self.network.customers),
            period=today,
            ruleset=self.ruleset,
            now=now,
        )
        return {
            "today": {
                "customer_minutes": _minutes(self._since(today), now),
                "saidi_min": found.saidi_min,
                "saifi": found.saifi,
                "caidi_min": found.caidi_min,
                "maifi": found.maifi,
                "avoided_customer_minutes": self.avoided_min(today, now),
            },
            "customers": self.network.customers,
        }

    def gauge(self, metrics: Metrics, now: datetime) -> None:
        self._follow()
        total = self._columns.customer_ticks(ticks_at(now)) / TICKS_PER_MINUTE
        metrics.count("gridops_customer_minutes_total", max(0.0, total - self._counted_min))
        self._counted_min = max(total, self._counted_min)
        ever = Period(datetime.min.replace(tzinfo=now.tzinfo), now + timedelta(days=1))
        saved = self.avoided_min(ever, now)
        metrics.count("gridops_customer_minutes_avoided_total", max(0.0, saved - self._avoided_min))
        self._avoided_min = max(saved, self._avoided_min)

    def today(self, now: datetime) -> Period:
        local = now.astimezone(self.zone)
        begin = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return Period(begin, begin + timedelta(days=1))

    def avoided_min(self, period: Period, now: datetime) -> float:
        """Customer minutes that switching has saved by now (`Worth`, without switching): what
        protection and the grid above gave back is nobody's saving, and nothing is counted before
        it is true."""
        self._follow()
        saved = 0.0
        for incident in self._first:
            found = self._saved.get(incident) or self._saved_in(incident, now)
            if found.began is not None and found.began in period:
                saved += found.customer_minutes
        return saved

    def _saved_in(self, incident: IncidentId, now: datetime) -> Saved:
        pieces = self.interruptions_of(incident)
        if not pieces or self._cause_of(pieces[0]) != Cause.FAULT.value:
            return Saved(began=None, customer_minutes=0.0)
        until = repaired_at(pieces, over_at=self._over_at.get(incident), now=now)
        worth = worth_of(pieces, repaired_at=until, moved_at=(), slow=ByHand())
        saved = (worth.without_switching - worth.was) / TICKS_PER_MINUTE
        found = Saved(began=pieces[0].began, customer_minutes=saved)
        if all(piece.ended is not None for piece in pieces):
            self._saved[incident] = found
        return found

    def _cause_of(self, one: Interruption) -> str:
        """As it was concluded: a fault that somebody calls by another name loses nothing of what
        switching saved."""
        place = self.ledger.place_of(one.id)
        return (one if place is None else self.ledger.booked(place)).why.cause

    def cases(self, desk: Desk) -> list[Case]:
        """Of every incident that interrupted anybody, to be reckoned with apart from the books."""
        self._follow()
        found = (self._case_of(incident) for incident in desk.incidents.values())
        return [case for case in found if case.pieces]

    def shadowed(self, desk: Desk) -> list[tuple[Shadow, Case]]:
        """The first plan of each incident that had any, as it stands now, and its case."""
        self._follow()
        return [
            (replace(shadow), self._case_of(desk.incidents[ident]))
            for ident, shadow in self.shadows.of.items()
        ]

    def _case_of(self, incident: Incident) -> Case:
        known = self._cases.get(incident.id)
        if known is not None:
            return known
        pieces = tuple(self.ledger.of(incident.id))
        moved_at = self.hands.moves_of(incident.moved, since=incident.opened_at)
        case = Case(
            incident=incident.id,
            feeder=next(iter(incident.feeders), None),
            pieces=pieces,
            over_at=incident.supplied_at,
            moved_at=tuple(moved_at),
            is_over=not incident.is_open and all(one.ended is not None for one in pieces),
        )
        if case.is_over:
            self._cases[incident.id] = case
        return case

    def corrected_in(self, period: Period) -> list[MinutesCorrected]:
        """What people said of interruptions that began in the period, or that would but for what
        they said, in the order in which they said it."""
        return self.ledger.said_of(self.ledger.told_in(period.begin, period.end))

    def booked(self) -> Booked:
        """All that is booked by now, to be counted apart from the books."""
        self._follow()
        if self._booked is None:
            self._booked = Booked(
                columns=self._columns.apart(),
                network=self.network,
                steps=tuple(self._steps) or ((ALWAYS, self.network.customers),),
                before={group: tuple(steps) for group, steps in self._groups.items()},
                zone=self.zone,
                clock=self.clock,
            )
        return self._booked

    def _follow(self) -> None:
        """Brings the columns up to what the ledger holds."""
        for place in self.ledger.news(len(self._columns)):
            one = self.ledger.at(place)
            self._columns.put(place, one)
            self._booked = None
            if one.incident is not None:
                self._saved.pop(one.incident, None)
                self._cases.pop(one.incident, None)

    def _since(self, period: Period) -> list[Interruption]:
        self._follow()
        found = self._columns.began_in(ticks_at(period.begin), ticks_at(period.end))
        return [self.ledger.at(place) for place in found]


def _dark_normally(network: Network) -> frozenset[str]:
    return energise(network, network.normally_closed).dark


def _minutes(pieces: Iterable[Interruption], now: datetime) -> float:
    """Customers x time without supply, in minutes, from the first second on."""
    return sum(one.customers * one.duration(now).total_seconds() for one in pieces) / 60.0
