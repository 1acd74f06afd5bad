"""The desk: takes every fact, keeps the live state, and handles each outage as an incident."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property

from gridops.commands import Intent, ScanDevices, StartTimer
from gridops.events import (
    CommandConfirmed,
    CommandRejected,
    CommandTimedOut,
    ControlRoomStarted,
    Event,
    FaultFlagChanged,
    IncidentHalted,
    PlanReleased,
    PositionReported,
    PowerMeasured,
    RepairReported,
    ReplanRequested,
    SwitchMoved,
    TimerExpired,
)
from gridops.ids import FeederId, IncidentId, SectionId, SwitchId
from gridops.incident.execution import AUTOMATION, advance, close, outcome, release, stop
from gridops.incident.execution import why_not_released as _why_not
from gridops.incident.model import Incident, IncidentSettings, Phase, StepState
from gridops.incident.planning import (
    Situation,
    dark_of,
    feeders_of,
    is_automatic,
    plan_again,
    refresh_soon,
)
from gridops.incident.settings_codec import settings_from_json
from gridops.incident.surprise import is_news, step_reported, surprise
from gridops.measurement import Measured, Position, Reading
from gridops.network import IndicatorKind, Network
from gridops.outage import Cause, Detector, OperationBegan, OperationConcluded
from gridops.reasons import because
from gridops.response import Engines, FeederLoads
from gridops.state import Energisation, LiveState, energise


class Desk:
    """`handle(event) -> intents`: deterministic, no I/O, no clock.

    Feeding the same events again gives the same incidents and the same intents, byte for
    byte; that is how a restart recovers and how a replay explains.
    """

    def __init__(
        self, network: Network, engines: Engines, settings: IncidentSettings | None = None
    ) -> None:
        self.network = network
        self.state = LiveState(network=network)
        self.incidents: dict[str, Incident] = {}
        self._loads = FeederLoads(network)
        self._engines = engines
        self._detector = Detector(network)
        self._take_settings(settings or IncidentSettings())

    def _take_settings(self, settings: IncidentSettings) -> None:
        self.settings = settings
        self._detector.settings = settings.detection
        self._here = Situation(
            network=self.network,
            state=self.state,
            engines=self._engines,
            settings=settings,
            incidents=self.incidents,
        )

    def handle(self, event: Event) -> list[Intent]:
        """Takes one fact in and says what is to be done about it."""
        if isinstance(event, ControlRoomStarted) and event.settings:
            self._take_settings(settings_from_json(event.settings))
        closed, traced = self.state.closed, self.state.energisation
        was = self._position_before(event)
        self.state.apply(event)
        if isinstance(event, PowerMeasured):
            self._loads.keep(event)
        detection = self._detector.handle(event, self.state)
        intents: list[Intent] = list(detection.intents)
        for fact in detection.facts:
            match fact:
                case OperationBegan():
                    self._began(fact, event.at, closed, traced)
                case OperationConcluded():
                    intents += self._concluded(fact, closed, traced)
        for incident in list(self.incidents.values()):
            if incident.is_open:
                intents += self._tell(incident, event, was)
        return intents

    def why_not_released(self, event: PlanReleased) -> str | None:
        """A code that says why this release would be refused now; None if it may."""
        incident = self.incidents.get(event.incident)
        return "no-such-incident" if incident is None else _why_not(self._here, incident, event)

    @cached_property
    def normal_feeder_of(self) -> Mapping[SectionId, FeederId | None]:
        """The feeder of each section in the grid's normal state."""
        normal = {s.id for s in self.network.switches.values() if s.is_normally_closed}
        return energise(self.network, normal).feeder_of

    def feeder_of(self, incident: Incident) -> FeederId | None:
        """The feeder that lost supply; the first of them if several did."""
        before = energise(self.network, incident.closed_before)
        return next(iter(feeders_of(incident, before)), None)

    def dark_of(self, incident: Incident) -> frozenset[SectionId]:
        """The sections that the incident has to care for, as they are now."""
        return dark_of(self._here, incident)

    def _belongs(self, incident: Incident, event: FaultFlagChanged) -> bool:
        """An indicator flags at the current; the trip follows after the protection's delay."""
        lead = timedelta(seconds=self.settings.location.flag_lead_s)
        return event.source_time >= incident.opened_at - lead

    # how an incident comes to be

    def _began(
        self, fact: OperationBegan, at: datetime, closed: frozenset[SwitchId], traced: Energisation
    ) -> None:
        incident = self._incident_of(fact.device)
        if incident is None:
            self._open(fact, at, closed, traced)
            return
        incident.pending.add(fact.device)
        if fact.device not in incident.devices:
            incident.devices.append(fact.device)
            incident.zone |= traced.behind(fact.device)
            incident.closed_before |= {fact.device}
            incident.note(at, because("incident-joined", device=fact.device))

    def _open(
        self,
        fact: OperationBegan | OperationConcluded,
        at: datetime,
        closed: frozenset[SwitchId],
        traced: Energisation,
    ) -> Incident:
        if fact.device not in closed:
            # Its last known position was lost or late: it must have been closed to open now.
            closed = closed | {fact.device}
            traced = energise(self.network, closed, dead_sources=self.state.dead_sources)
        if isinstance(fact, OperationConcluded) and fact.cause is Cause.LOST_SUPPLY:
            # By now the source counts as dead: trace what it fed while it lived.
            traced = energise(self.network, closed)
        ident = IncidentId(f"I{len(self.incidents) + 1}")
        loads = {str(k): v for k, v in self._loads.before(fact.opened_at, traced).items()}
        incident = Incident(
            id=ident,
            devices=[fact.device],
            opened_at=fact.opened_at,
            learnt_at=at,
            closed_before=closed,
            zone=traced.behind(fact.device),
            loads=loads,
            pending={fact.device},
        )
        self.incidents[ident] = incident
        incident.note(at, because("incident-began", device=fact.device))
        return incident

    def _incident_of(self, device: SwitchId) -> Incident | None:
        """The incident, still undecided, that an opening of `device` belongs to."""
        ends = self.network.section_ends[device]
        for incident in self.incidents.values():
            if incident.phase not in (Phase.DETECTING, Phase.SETTLING):
                continue
            if device in incident.devices or any(end in incident.zone for end in ends):
                return incident
        return None

    # what its operation turned out to be

    def _concluded(
        self, fact: OperationConcluded, closed: frozenset[SwitchId], traced: Energisation
    ) -> list[Intent]:
        incident = self._incident_of(fact.device)
        if incident is None and fact.cause is Cause.LOST_SUPPLY:
            incident = self._same_loss(fact)
        if incident is None:
            incident = self._open(fact, fact.concluded_at, closed, traced)
        if fact.device not in incident.devices:
            incident.devices.append(fact.device)
        incident.pending.discard(fact.device)
        incident.reason = fact.reason
        incident.concluded_at = fact.concluded_at
        if incident.cause is not Cause.FAULT or incident.phase is Phase.DETECTING:
            incident.cause = fact.cause
        incident.note(fact.concluded_at, fact.reason)
        return self._follow(incident, fact)

    def _same_loss(self, fact: OperationConcluded) -> Incident | None:
        """Every head of a dead busbar reports the same loss; one incident takes them all."""
        for incident in self.incidents.values():
            if (
                incident.phase is Phase.SETTLING
                and incident.cause is Cause.LOST_SUPPLY
                and incident.opened_at == fact.opened_at
            ):
                before = energise(self.network, incident.closed_before)
                incident.zone |= before.behind(fact.device)
                return incident
        return None

    def _follow(self, incident: Incident, fact: OperationConcluded) -> list[Intent]:
        at = fact.concluded_at
        if fact.cause in (Cause.FAULT, Cause.LOST_SUPPLY):
            return self._settle(incident, at)
        if fact.cause is Cause.PLANNED and self._is_dark(incident):
            incident.phase = Phase.RESTORED
            return []
        if not incident.pending and incident.phase is Phase.DETECTING:
            close(incident, at, because("incident-closed", cause=fact.cause.value))
        return []

    def _settle(self, incident: Incident, at: datetime) -> list[Intent]:
        """Give the indicators time, and ask them again meanwhile."""
        if incident.phase is Phase.SETTLING:
            return []
        incident.phase = Phase.SETTLING
        window_s = self.settings.indicator_window_s
        incident.note(at, because("awaiting-indicators", seconds=window_s))
        asked = tuple(
            switch.id
            for switch in self.network.switches.values()
            if switch.indicator is not IndicatorKind.NONE
            and any(end in incident.zone for end in self.network.section_ends[switch.id])
        )
        due = at + timedelta(seconds=window_s)
        return [ScanDevices(switches=asked), StartTimer(timer=incident.timer("settle"), due=due)]

    # what an open incident does about a fact

    def _position_before(self, event: Event) -> Measured[Position] | None:
        if isinstance(event, SwitchMoved | PositionReported):
            return self.state.positions[event.switch]
        return None

    def _tell(
        self, incident: Incident, event: Event, was: Measured[Position] | None
    ) -> list[Intent]:
        match event:
            case FaultFlagChanged(reading=Reading.YES) if self._belongs(incident, event):
                incident.flags[event.switch] = Measured(
                    event.reading, event.quality, event.source_time
                )
            case TimerExpired():
                return self._timer(incident, event)
            case CommandConfirmed() | CommandRejected() | CommandTimedOut():
                return outcome(self._here, incident, event)
            case PlanReleased() | ReplanRequested() | IncidentHalted() | RepairReported():
                return self._person(incident, event) if event.incident == incident.id else []
            case ControlRoomStarted():
                return self._restarted(incident, event)
            case _:
                pass
        return self._news(incident, event, was)

    def _timer(self, incident: Incident, event: TimerExpired) -> list[Intent]:
        if event.timer == incident.timer("settle") and incident.phase is Phase.SETTLING:
            return self._plan(incident, event.at)
        if event.timer == incident.timer("refresh"):
            if incident.phase is Phase.STOPPED and _awaits_outcome(incident):
                return list(refresh_soon(self._here, incident, event.at))
            if incident.phase in (Phase.PROPOSED, Phase.STOPPED) and not incident.halted:
                return self._plan(incident, event.at)
        if event.timer == incident.timer("gap"):
            return advance(self._here, incident, event.at)
        return []

    def _plan(self, incident: Incident, at: datetime) -> list[Intent]:
        if not self._is_dark(incident):
            close(incident, at, because("supply-back"))
            return []
        intents = plan_again(self._here, incident, at)
        proposed = incident.proposed
        if (
            proposed is not None
            and proposed.answer.verdict.passed
            and proposed.answer.plan.steps
            and is_automatic(self._here, incident)
        ):
            intents += release(self._here, incident, at, by=AUTOMATION)
        return intents

    def _person(
        self,
        incident: Incident,
        event: PlanReleased | ReplanRequested | IncidentHalted | RepairReported,
    ) -> list[Intent]:
        match event:
            case PlanReleased():
                why = _why_not(self._here, incident, event)
                if why is None:
                    return release(self._here, incident, event.at, by=event.by)
                incident.note(event.at, because("release-refused", plan=event.plan, why=why))
                return []
            case IncidentHalted():
                incident.halted = True
                return stop(
                    self._here, incident, event.at, because("stopped-by-person", user=event.by)
                )
            case RepairReported():
                incident.repaired = True
                incident.note(event.at, because("repair-reported", user=event.by))
        incident.halted = False
        if incident.phase in (Phase.DETECTING, Phase.SETTLING, Phase.EXECUTING):
            return []
        return self._plan(incident, event.at)

    def _restarted(self, incident: Incident, event: ControlRoomStarted) -> list[Intent]:
        """Nothing is sent again: what was under way is unknown until the field is read."""
        if incident.phase is not Phase.EXECUTING or incident.proposed is None:
            return []
        for progress in incident.proposed.progress:
            if progress.is_open:
                progress.state = StepState.ABORTED
        return stop(self._here, incident, event.at, because("stopped-restart"))

    def _news(
        self, incident: Incident, event: Event, was: Measured[Position] | None
    ) -> list[Intent]:
        if incident.phase is Phase.EXECUTING:
            done = step_reported(self._here, incident, event)
            if done:
                return done
            why = surprise(self._here, incident, event, was)
            return [] if why is None else stop(self._here, incident, event.at, why)
        if not is_news(event, was):
            return []
        if incident.phase is Phase.RESTORED and not self._is_dark(incident):
            close(incident, event.at, because("supply-back"))
        if incident.phase is Phase.PROPOSED:
            return list(refresh_soon(self._here, incident, event.at))
        return []

    def _is_dark(self, incident: Incident) -> bool:
        return bool(dark_of(self._here, incident))


def _awaits_outcome(incident: Incident) -> bool:
    return incident.proposed is not None and any(
        progress.state is StepState.PENDING for progress in incident.proposed.progress
    )
