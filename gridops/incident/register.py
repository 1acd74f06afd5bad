"""How an operation of a device becomes an incident, or a part of one."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridops.ids import IncidentId, SwitchId
from gridops.incident.carrying import carry
from gridops.incident.model import Incident, IncidentSettings, Phase
from gridops.incident.planning import feeders_of
from gridops.measurement import Measured, Reading
from gridops.network import Network
from gridops.outage import Cause, OperationBegan, OperationConcluded
from gridops.reasons import because
from gridops.response import FeederLoads
from gridops.state import Energisation, LiveState, energise

WEIGHT = (Cause.MOMENTARY, Cause.TELEMETRY, Cause.PLANNED, Cause.LOST_SUPPLY, Cause.FAULT)
"""Where the devices of one incident concluded differently, the later in this order counts."""


@dataclass(frozen=True, slots=True)
class Before:
    """The grid just before the fact that is being handled."""

    traced: Energisation
    state: LiveState
    """As it is now: indicators may speak before the trip is heard of."""


@dataclass(slots=True)
class Register:
    """Every incident, by id in the order in which they came to be known."""

    network: Network
    loads: FeederLoads
    settings: IncidentSettings
    incidents: dict[str, Incident] = field(default_factory=dict)
    open: dict[IncidentId, Incident] = field(default_factory=dict)
    _before: dict[IncidentId, Energisation] = field(default_factory=dict)
    """The grid before each open incident, with every source alive."""

    def began(self, fact: OperationBegan, at: datetime, *, before: Before) -> None:
        """A device opened by itself: a new incident, or another device of one that is undecided.

        The order in which the messages of one fault arrive makes no difference.
        """
        incident = self._joined_by(fact)
        if incident is None:
            self.open_for(fact, at, before=before)
            return
        incident.pending.add(fact.device)
        incident.opened_at = min(incident.opened_at, fact.opened_at)
        if fact.device not in incident.devices:
            incident.devices.append(fact.device)
            self._before[incident.id] = self._alive(incident).moved(fact.device, closed=True)
            incident.closed_before = self._before[incident.id].closed
            self._widen(incident, fact.device)
            incident.note(at, because("incident-joined", device=fact.device))

    def open_for(
        self, fact: OperationBegan | OperationConcluded, at: datetime, *, before: Before
    ) -> Incident:
        """A new incident for the device of `fact`."""
        traced = before.traced
        zone = traced.behind(fact.device)
        if not zone:
            # Its last known position was late, or what feeds it is known to be dead already:
            # it must have been closed and alive to lose anything now.
            traced = traced.with_dead(frozenset()).moved(fact.device, closed=True)
            zone = traced.behind(fact.device)
        number = len(self.incidents) + 1
        incident = Incident(
            id=IncidentId(f"I{number}"),
            network=self.network,
            number=number,
            devices=[fact.device],
            opened_at=fact.opened_at,
            learnt_at=at,
            closed_before=traced.closed,
            zone=zone,
            feeders=feeders_of(self.network, zone, before=traced),
            loads=self.loads.before(fact.opened_at, traced),
            pending={fact.device},
            flags=self._flags_of(fact.opened_at, before),
        )
        self.incidents[incident.id] = incident
        self.open[incident.id] = incident
        self._before[incident.id] = traced.with_dead(frozenset())
        if isinstance(fact, OperationBegan):
            incident.note(at, because("incident-began", device=fact.device))
        return incident

    def concluded(self, fact: OperationConcluded, before: Before) -> Incident:
        """The incident whose operation is settled by `fact`; a new one if there is none yet."""
        incident = self._awaiting(fact.device)
        if incident is None and fact.cause is Cause.LOST_SUPPLY:
            incident = self._same_loss(fact)
        if incident is None:
            incident = self.open_for(fact, fact.concluded_at, before=before)
        incident.pending.discard(fact.device)
        first = incident.concluded_at is None
        incident.concluded_at = fact.concluded_at
        if first or WEIGHT.index(fact.cause) >= WEIGHT.index(incident.cause):
            incident.cause, incident.reason = fact.cause, fact.reason
        incident.note(fact.concluded_at, fact.reason)
        return incident

    def take_in(self, network: Network) -> None:
        """Open incidents change over to `network`; closed ones stay with the grid they were on."""
        self.network = network
        self._before.clear()
        for incident in self.open.values():
            carry(incident, network)

    def forget_closed(self) -> None:
        """Closed incidents stay in `incidents` and cost nothing any more."""
        for ident in [i for i, incident in self.open.items() if not incident.is_open]:
            del self.open[ident]
            self._before.pop(ident, None)

    def _flags_of(self, opened_at: datetime, before: Before) -> dict[SwitchId, Measured[Reading]]:
        earliest = opened_at - timedelta(seconds=self.settings.location.flag_lead_s)
        return {
            switch: said
            for switch, said in before.state.flags_up().items()
            if said.is_good and said.source_time >= earliest
        }

    def _awaiting(self, device: SwitchId) -> Incident | None:
        return next((i for i in self.open.values() if device in i.pending), None)

    def _joined_by(self, fact: OperationBegan) -> Incident | None:
        """An undecided incident that the opening belongs to: behind its devices, or above them
        (a breaker that tripped for a recloser's fault)."""
        tolerance = timedelta(seconds=self.settings.detection.reorder_tolerance_s)
        for incident in self.open.values():
            if incident.phase not in (Phase.DETECTING, Phase.SETTLING):
                continue
            if fact.device in incident.devices or self._touches(fact.device, incident.zone):
                return incident
            concluded_at = incident.concluded_at or fact.opened_at
            is_near = bool(incident.pending) or fact.opened_at <= concluded_at + tolerance
            if is_near and self._is_above(fact.device, incident):
                return incident
        return None

    def _touches(self, device: SwitchId, zone: AbstractSet[str]) -> bool:
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
        if incident.id not in self._before:
            self._before[incident.id] = energise(self.network, incident.closed_before)
        return self._before[incident.id]

    def _widen(self, incident: Incident, device: SwitchId) -> None:
        """Takes in what `device` supplied before."""
        traced = self._alive(incident)
        incident.zone |= traced.behind(device)
        incident.feeders = feeders_of(self.network, incident.zone, before=traced)
