"""How an operation of a device becomes an incident, or a part of one."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridops.events import SwitchMoved
from gridops.ids import IncidentId, SectionId, SwitchId
from gridops.incident.carrying import carry
from gridops.incident.formers import Formers
from gridops.incident.hearing import Recent
from gridops.incident.model import Incident, IncidentSettings, Opened, Origin, Phase
from gridops.incident.planning import feeders_of
from gridops.incident.relations import (
    has_not_held,
    is_joinable,
    is_near,
    is_open_to,
    may_be_one,
    overlap_in_time,
)
from gridops.measurement import Position
from gridops.network import Network
from gridops.outage import Cause, OperationBegan, OperationConcluded
from gridops.outage.detection_clock import plausible_time
from gridops.outage.heard import Trial
from gridops.reasons import because
from gridops.response import FeederLoads
from gridops.state import Energisation, LiveState, energise

LATELY_MAX = 64
"""Passing outages that may still turn out to be a part of something; the oldest goes."""
PASSING = (Cause.MOMENTARY, Cause.TELEMETRY)
UNHEARD = "opening-lost"
"""The reason of detection for a device that must have opened although it still reads closed."""
WEIGHT = (Cause.MOMENTARY, Cause.TELEMETRY, Cause.PLANNED, Cause.LOST_SUPPLY, Cause.FAULT)
"""Where the devices of one incident concluded differently, the later in this order counts."""


@dataclass(frozen=True, slots=True)
class Before:
    """The grid just before the fact that is being handled."""

    traced: Energisation
    state: LiveState
    """As it is now: indicators may speak before the trip is heard of."""


@dataclass(frozen=True, slots=True)
class Merger:
    """Two incidents that turned out to be one: `gone` is closed and names `kept`."""

    kept: Incident
    gone: Incident


@dataclass(slots=True)
class Register:
    """Every incident, by id in the order in which they came to be known."""

    network: Network
    loads: FeederLoads
    settings: IncidentSettings
    incidents: dict[str, Incident] = field(default_factory=dict)
    open: dict[IncidentId, Incident] = field(default_factory=dict)
    recent: Recent = field(default_factory=Recent)
    formers: Formers = field(default_factory=Formers)
    _lately: dict[IncidentId, Incident] = field(default_factory=dict)
    """Passing outages that closed not long ago: a breaker that tripped along and reclosed may be
    heard of before the recloser that cleared the fault, a lockout long before its opening."""
    _unproven: dict[IncidentId, Incident] = field(default_factory=dict)
    """Outages that closed, unrepaired, when everybody had supply: whether it holds was still to
    be seen."""
    before: dict[IncidentId, Energisation] = field(default_factory=dict)
    """The grid before each open incident, with every source alive."""

    def began(self, fact: OperationBegan, at: datetime, *, before: Before) -> Incident:
        """A device opened by itself: a new incident, or another device of one that is undecided.

        The order in which the messages of one fault arrive makes no difference.
        """
        incident = self._joined_by(fact, at)
        if incident is None:
            return self.open_for(fact, at, before=before)
        if incident.origin is not Origin.TRIPPED:
            self._becomes_outage(incident, fact, before=before)
        elif fact.device not in incident.devices:
            incident.devices.append(fact.device)
            incident.repaired = False
            self.before[incident.id] = self._alive(incident).moved(fact.device, closed=True)
            incident.closed_before = self.before[incident.id].closed
            self._widen(incident, fact.device)
            incident.note(at, because("incident-joined", device=fact.device))
        incident.pending.add(fact.device)
        incident.reclosed.discard(fact.device)
        self._opened(incident, fact.device, at=fact.opened_at)
        self.absorb(incident)
        return incident

    def open_for(
        self, fact: OperationBegan | OperationConcluded, at: datetime, *, before: Before
    ) -> Incident:
        """A new incident for the device of `fact`."""
        traced = self._before_opening(before.traced, fact.device)
        incident = self.new(traced, fact.device, opened_at=fact.opened_at, at=at)
        incident.pending.add(fact.device)
        incident.opened[fact.device] = Opened(fact.opened_at, fact.opened_at)
        self.absorb(incident)
        self._learn_of_former(incident)
        if isinstance(fact, OperationBegan):
            incident.note(at, because("incident-began", device=fact.device))
        self.formers.mention(incident, self.incidents, at=at, within_s=self.settings.former_s)
        return incident

    def new(
        self, traced: Energisation, device: SwitchId, *, opened_at: datetime, at: datetime
    ) -> Incident:
        """An incident about what `device` supplies in `traced`."""
        zone = traced.behind(device)
        number = len(self.incidents) + 1
        incident = Incident(
            id=IncidentId(f"I{number}"),
            network=self.network,
            number=number,
            devices=[device],
            opened_at=opened_at,
            learnt_at=at,
            closed_before=traced.closed,
            zone=zone,
            feeders=feeders_of(self.network, zone, before=traced),
            loads=self.loads.before(opened_at, traced, at=self.settings.local(opened_at)),
        )
        self.incidents[incident.id] = incident
        self.open[incident.id] = incident
        self.before[incident.id] = traced.with_dead(frozenset())
        return incident

    def concluded(self, fact: OperationConcluded, before: Before) -> Incident:
        """The incident whose operation is settled by `fact`; a new one if there is none yet."""
        incident = self._awaiting(fact.device)
        if incident is None and fact.cause is Cause.LOST_SUPPLY:
            incident = self._same_loss(fact)
        if incident is None:
            incident = self.open_for(fact, fact.concluded_at, before=before)
        incident.pending.discard(fact.device)
        for why in (fact.reason, *fact.besides):
            incident.note(fact.concluded_at, why)
        if fact.device in incident.tripped_again:
            return incident
        if fact.cause is Cause.MOMENTARY:
            incident.reclosed.add(fact.device)
        if fact.reason.code == UNHEARD and fact.device in before.state.closed:
            incident.presumed_open |= {fact.device}
        first = incident.concluded_at is None
        incident.concluded_at = fact.concluded_at
        if first or WEIGHT.index(fact.cause) >= WEIGHT.index(incident.cause):
            incident.cause, incident.reason = fact.cause, fact.reason
        return incident

    def heard_opening(self, event: SwitchMoved) -> Incident | None:
        """A device of an open incident opened (again): its incident, if it is still undecided."""
        if event.position is not Position.OPEN:
            return None
        for incident in self.open.values():
            if event.switch in incident.pending and event.switch in incident.opened:
                oldest = event.at - timedelta(seconds=self.settings.detection.delay_s_max)
                at = plausible_time(event.source_time, at=event.at, earliest=oldest)
                self._opened(incident, event.switch, at=at)
                return incident
        return None

    def merge(self, incident: Incident, at: datetime) -> list[Merger]:
        """Joins `incident` with every other that is about the same event; the older stays."""
        mergers = []
        for other in list(self.open.values()):
            if incident.is_open and self._are_one(incident, other):
                kept, gone = sorted((incident, other), key=lambda one: one.number)
                self._take_over(kept, gone, at=at)
                mergers.append(Merger(kept, gone))
                incident = kept
        for other in self._lately.values():
            if is_joinable(incident) and self._was_part(incident, other):
                self._take_over(incident, other, at=at)
                mergers.append(Merger(incident, other))
        for merger in mergers:
            self._lately.pop(merger.gone.id, None)
        return mergers

    def take_in(self, network: Network) -> None:
        """Open incidents change over to `network`; closed ones stay with the grid they were on."""
        self.network = network
        self.before.clear()
        self._lately.clear()
        self._unproven.clear()
        for incident in self.open.values():
            carry(incident, network)

    def forget_closed(self) -> None:
        """Closed incidents stay in `incidents` and cost nothing any more."""
        for ident in [i for i, incident in self.open.items() if not incident.is_open]:
            closed = self.open.pop(ident)
            self.before.pop(ident, None)
            if closed.merged_into is not None:
                continue
            if closed.cause in PASSING:
                self._lately[ident] = closed
            elif closed.trying and not closed.repaired:
                self._unproven[ident] = closed
        for kept in (self._lately, self._unproven):
            while len(kept) > LATELY_MAX:
                del kept[next(iter(kept))]

    # one event or two

    def _are_one(self, one: Incident, other: Incident) -> bool:
        if one is other or not may_be_one(one) or not may_be_one(other):
            return False
        return self._hang_together(one, other)

    def _was_part(self, incident: Incident, former: Incident) -> bool:
        return may_be_one(incident) and self._hang_together(incident, former)

    def _hang_together(self, one: Incident, other: Incident) -> bool:
        """By time and by place."""
        if not overlap_in_time(one, other, settings=self.settings):
            return False
        return (
            bool(one.zone & other.zone)
            or any(self._is_above(d, other) for d in one.devices)
            or any(self._is_above(d, one) for d in other.devices)
        )

    def _take_over(self, kept: Incident, gone: Incident, *, at: datetime) -> None:
        kept.devices += [d for d in gone.devices if d not in kept.devices]
        traced = self._alive(kept)
        for device in kept.devices:
            traced = traced.moved(device, closed=True)
        self.before[kept.id] = traced
        kept.closed_before = traced.closed
        for device, opened in gone.opened.items():
            self._opened(kept, device, at=opened.first)
            self._opened(kept, device, at=opened.last)
        for device in kept.devices:
            self._widen(kept, device)
        kept.repaired = kept.repaired and gone.repaired
        kept.outlasting |= gone.outlasting
        kept.learnt_at = min(kept.learnt_at, gone.learnt_at)
        kept.pending |= gone.pending
        kept.reclosed |= gone.reclosed
        kept.heard.merge(gone.heard)
        self.absorb(kept)
        self._concluded_both(kept, gone)
        gone.pending.clear()
        gone.unask()
        gone.merged_into, gone.phase = kept.id, Phase.CLOSED
        kept.took_over.append(gone.id)
        gone.note(at, because("incident-merged", incident=kept.id))
        kept.note(at, because("incident-took-over", incident=gone.id))

    def _concluded_both(self, kept: Incident, gone: Incident) -> None:
        if gone.concluded_at is None:
            return
        heavier = WEIGHT.index(gone.cause) >= WEIGHT.index(kept.cause)
        if kept.concluded_at is None or heavier:
            kept.cause, kept.reason = gone.cause, gone.reason
        kept.concluded_at = max(kept.concluded_at or gone.concluded_at, gone.concluded_at)

    def _joined_by(self, fact: OperationBegan, at: datetime) -> Incident | None:
        """An undecided incident that the opening belongs to: behind its devices, or above them
        (a breaker that tripped for a recloser's fault); or one that nothing had tripped for."""
        for incident in self.open.values():
            if not is_joinable(incident) or not is_open_to(
                incident, fact, at=at, settings=self.settings
            ):
                continue
            if fact.device in incident.devices or self._touches(fact.device, incident.zone):
                return incident
            if is_near(incident, fact, at=at, settings=self.settings) and self._is_above(
                fact.device, incident
            ):
                return incident
        return None

    def _becomes_outage(self, incident: Incident, fact: OperationBegan, *, before: Before) -> None:
        """What was an alarm, or a guess, has tripped: the ordinary case from here on."""
        traced = self._before_opening(before.traced, fact.device)
        widens = incident.origin is Origin.PREDICTED
        zone = traced.behind(fact.device)
        incident.zone = incident.zone | zone if widens else zone
        incident.feeders = feeders_of(self.network, incident.zone, before=traced)
        incident.origin, incident.devices = Origin.TRIPPED, [fact.device]
        incident.presumed_open, incident.concluded_at = frozenset(), None
        incident.repaired = False
        incident.alarms.clear()
        incident.closed_before = traced.closed
        incident.loads = self.loads.before(
            fact.opened_at, traced, at=self.settings.local(fact.opened_at)
        )
        incident.opened_at = fact.opened_at
        incident.unask()
        incident.phase, incident.location = Phase.DETECTING, None
        self.before[incident.id] = traced.with_dead(frozenset())
        incident.note(fact.opened_at, because("incident-began", device=fact.device))

    def _opened(self, incident: Incident, device: SwitchId, *, at: datetime) -> None:
        known = incident.opened.setdefault(device, Opened(at, at))
        known.first, known.last = min(known.first, at), max(known.last, at)
        incident.opened_at = min(incident.opened_at, at)

    def absorb(self, incident: Incident) -> None:
        """What was said shortly before the opening was heard of."""
        lead = timedelta(seconds=self.settings.location.flag_lead_s)
        lag = timedelta(seconds=self.settings.flag_lag_s)
        for word in self.recent.between(incident.opened_at - lead, incident.last_opened_at + lag):
            incident.heard.take(word)

    def _learn_of_former(self, incident: Incident) -> None:
        """What was closed and tripped again before it had held was never healthy: where a crew
        had found the fault, and what had tripped before, stays fenced."""
        for former in self._unproven.values():
            if former.zone & incident.zone and has_not_held(
                former, incident.opened_at, settings=self.settings
            ):
                known = former.heard.found(self.network) | former.heard.failed() | former.outlasting
                if known:
                    incident.heard.tried(Trial(sections=known, held=False))

    def _before_opening(self, traced: Energisation, device: SwitchId) -> Energisation:
        """The state in which `device` last supplied anything."""
        if traced.behind(device):
            return traced
        # Its last known position was late, or what feeds it is known to be dead or open
        # already: it must have been closed and alive to lose anything now.
        traced = traced.with_dead(frozenset()).moved(device, closed=True)
        for incident in self.open.values():
            if traced.behind(device):
                break
            for other in incident.devices:
                traced = traced.moved(other, closed=True)
        return traced

    def _awaiting(self, device: SwitchId) -> Incident | None:
        return next((i for i in self.open.values() if device in i.pending), None)

    def _touches(self, device: SwitchId, zone: AbstractSet[SectionId]) -> bool:
        return any(end in zone for end in self.network.section_ends[device])

    def _is_above(self, device: SwitchId, incident: Incident) -> bool:
        traced = self._alive(incident).moved(device, closed=True)
        return bool(traced.behind(device) & incident.zone)

    def _same_loss(self, fact: OperationConcluded) -> Incident | None:
        """Every head of a dead busbar reports the same loss; one incident takes them all."""
        for incident in self.open.values():
            if (
                incident.phase is Phase.SETTLING
                and incident.cause is Cause.LOST_SUPPLY
                and incident.opened_at == fact.opened_at
            ):
                self._widen(incident, fact.device)
                if fact.device not in incident.devices:
                    incident.devices.append(fact.device)
                return incident
        return None

    def _alive(self, incident: Incident) -> Energisation:
        if incident.id not in self.before:
            self.before[incident.id] = energise(self.network, incident.closed_before)
        return self.before[incident.id]

    def _widen(self, incident: Incident, device: SwitchId) -> None:
        """Takes in what `device` supplied before."""
        traced = self._alive(incident)
        incident.zone |= traced.behind(device)
        incident.feeders = feeders_of(self.network, incident.zone, before=traced)
