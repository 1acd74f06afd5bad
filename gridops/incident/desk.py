"""The desk: takes every fact, keeps the live state, and handles each outage as an incident."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from gridops.commands import Intent, Solve
from gridops.events import (
    ControlRoomStarted,
    EarthFaultChanged,
    Event,
    MetersReported,
    OfferTaken,
    OperatorEvent,
    PermitIssued,
    PersonEntitled,
    PlanApproved,
    PlanReleased,
    PlanSolved,
    PositionReported,
    PowerMeasured,
    RepairReported,
    SheetDrawn,
    SwitchingAnnounced,
    SwitchMoved,
    TimerExpired,
    TroubleReported,
)
from gridops.ids import FeederId, IncidentId, LoadId, SectionId, SwitchId, UserName
from gridops.incident.approving import approved_until, lacks_approval, void_approvals
from gridops.incident.areas import touched_by
from gridops.incident.asking_again import AskingAgain
from gridops.incident.blockers import Blockers, blockers_of
from gridops.incident.dating import Word, dated
from gridops.incident.earth_faults import alarm_over, earth_fault
from gridops.incident.ending import away_of, why_not_accepted
from gridops.incident.entitled import Entitled
from gridops.incident.execution import why_not_approved as _why_not_approved
from gridops.incident.execution import why_not_released as _why_not
from gridops.incident.expecting import follow
from gridops.incident.findings import Running
from gridops.incident.handling import solved, tell, thoroughly_solved
from gridops.incident.hearing import is_word
from gridops.incident.latching import FeedersAt, worked_by_hand
from gridops.incident.lending import Lending
from gridops.incident.model import Incident, IncidentSettings, Phase, Proposed
from gridops.incident.offering import is_better, shown, why_not_taken
from gridops.incident.openings import Openings
from gridops.incident.planning import claimed_by, in_crews_hands, refresh_soon, withheld_by
from gridops.incident.register import Before, Register
from gridops.incident.reports import Reports
from gridops.incident.settings_codec import settings_from_json
from gridops.incident.situation import Situation, dark_of
from gridops.incident.unreported import LOOK, Unreported
from gridops.measurement import Measured, Position
from gridops.network import Network
from gridops.outage import AskedOfCrew, Detector
from gridops.reasons import Reason, because
from gridops.response import Answer, Engines, FeederLoads, Question
from gridops.sheets import Change, Sheet, SheetAct, Sheets
from gridops.sheets.drafting import Chosen, Drafted, drafted
from gridops.sheets.templates import Template
from gridops.state import LiveState, Snapshot, carried_over, energise, why_not_issued

Was = Measured[Position] | None
Claims = tuple[frozenset[SectionId], frozenset[SwitchId]]
BY_HAND = IncidentId("")
"""Stands for sheets that were written by hand, and for crews, where incidents are counted up."""


class Desk:
    """`handle(event) -> intents`: deterministic, no I/O, no clock.

    Feeding the same events again gives the same incidents and the same intents, byte for
    byte; that is how a restart recovers and how a replay explains. A fact costs time in
    proportion to the open incidents; only a change of topology, and planning, cost more.
    """

    network: Network
    settings: IncidentSettings
    state: LiveState
    _loads: FeederLoads
    _register: Register
    _detector: Detector
    _answers: dict[tuple[IncidentId, int], Answer]
    _claims: dict[IncidentId, Claims]
    _normal_feeder_of: Mapping[SectionId, FeederId | None] | None
    _feeders_at: FeedersAt | None
    sheets: Sheets
    entitled: Entitled
    _around: Lending
    _here: Situation
    _openings: Openings
    _reports: Reports
    _unreported: Unreported
    _asking_again: AskingAgain
    happened_at: datetime | None
    """When the switch moved that the last fact tells of, its clock put right; None: it tells of
    none."""

    def __init__(
        self, network: Network, engines: Engines, *, settings: IncidentSettings | None = None
    ) -> None:
        self.network = network
        self.settings = settings or IncidentSettings()
        self.state = LiveState(network=network)
        self._loads = FeederLoads(network)
        self._register = Register(network, self._loads, self.settings)
        self._detector = Detector(network, self.settings.detection)
        self._answers = {}
        self._claims = {}
        self._normal_feeder_of = None
        self._feeders_at = None
        self.sheets = Sheets()
        self.entitled = Entitled()
        self._around = Lending(self._loads, feeders_at=lambda: self.feeders_at, fold=self.handle)
        self._here = Situation(
            network=network,
            state=self.state,
            engines=engines,
            settings=self.settings,
            open=self._register.open,
            before=self._register.before,
            sheets=self.sheets,
            around=self._around,
        )
        self._around.here = self._here
        self._openings = Openings(self._here, self._register)
        self._reports = Reports(network, self.settings)
        self._unreported = Unreported(self._here, self._register, self._reports)
        self._asking_again = AskingAgain()
        self.happened_at = None
        self.sheets.numbering.time_zone = self.settings.time_zone
        self.state.modes.sheds_disable = self.settings.load_shed_disables

    @property
    def incidents(self) -> dict[str, Incident]:
        """All of them, closed ones too, in the order in which they came to be known."""
        return self._register.incidents

    @property
    def open_incidents(self) -> Mapping[IncidentId, Incident]:
        return self._register.open

    def handle(self, event: Event) -> list[Intent]:
        """Takes one fact in and says what is to be done about it."""
        if isinstance(event, ControlRoomStarted) and event.settings:
            self._take_settings(settings_from_json(event.settings))
        if isinstance(event, Word):
            earliest = self._detector.earliest(event.switch, event.at, state=self.state)
            off_s_min = self.settings.detection.clock_off_s_min
            event = dated(event, self.state, earliest=earliest, off_s_min=off_s_min)
        before = Before(self.state.energisation, self.state)
        was, was_shed = self._stood(event), self.state.modes.shed_since
        self.state.apply(event)
        if isinstance(event, PowerMeasured):
            self._loads.keep(event)
        if is_word(event, self.state):
            self._register.recent.keep(event)
        intents = self._operations(event, before)
        happened_at = self.happened_at
        change = self._change(event, before, was=was)
        if (was_shed is None) is not (self.state.modes.shed_since is None):
            change = replace(change, shed=True)
        if isinstance(event, SwitchingAnnounced | PositionReported):
            worked_by_hand(self._here, event, feeders_at=self.feeders_at)
        intents += self._solved(event)
        if isinstance(event, PersonEntitled):
            self._take_person(event)
        intents += self._without_trip(event, change)
        for incident in list(self._register.open.values()):
            intents += tell(self._here, incident, change=change)
            intents += follow(self._here, incident, at=event.at)
        intents += self.sheets.handle(event, self._around, change=change)
        self._detector.crews_at(self._asked_of_crews())
        intents += self._neighbours(event)
        intents += self._asking_again.follow(event, self.state)
        self._register.forget_closed()
        self.happened_at = happened_at  # sheets have facts of their own taken in between
        return intents

    def _asked_of_crews(self) -> dict[SwitchId, AskedOfCrew]:
        return {
            step.switch: AskedOfCrew(step.position, sheet.incident in self._register.open, since)
            for sheet, step in self.sheets.asked_of_crews()
            if step.switch is not None and step.position is not None
            if (since := step.progress.begun_at) is not None
        }

    def has_tripped(self, device: SwitchId, opened_at: datetime) -> bool:
        """Whether protection picked up for an opening at that instant, as far as is known."""
        return self._detector.has_tripped(device, opened_at)

    def take_in(self, network: Network, engines: Engines) -> None:
        """Changes over to another version of the grid; `engines` are those of `network`. What the
        open incidents do about it they say when `GridTakenIn` is handled next.

        Whether it may be done is asked before (`breaks`): here nothing is refused.
        """
        self.network = network
        was, self.state = self.state, carried_over(self.state, network)
        self._loads.take_in(network)
        self._reports.take_in(network)
        self._register.take_in(network)
        self._detector.take_in(was, self.state)
        self._answers.clear()
        self._normal_feeder_of = self._feeders_at = None
        self._here.network, self._here.state, self._here.engines = network, self.state, engines

    def running(self, interrupted: AbstractSet[LoadId]) -> Running:
        """What a new version of the grid has to leave whole; `interrupted` is the ledger's."""
        return Running(
            state=self.state,
            incidents=tuple(i for i in self._register.open.values() if i.is_open),
            sheets=tuple(self.sheets.live),
            sources_in_doubt=self._detector.sources_in_doubt | self.state.dead_sources,
            interrupted=frozenset(interrupted),
        )

    def question(self, asked: Solve) -> Question | None:
        """What is to be worked out; None if the incident wants no answer any more."""
        incident = self._register.open.get(asked.incident)
        if incident is None or incident.ticket != asked.ticket:
            return None
        return incident.considering if asked.thorough else incident.question

    def shown(self, incident: IncidentId) -> Proposed | None:
        """The plan that waits on the screen for a decision."""
        found = self._register.open.get(incident)
        return found.proposed if found is not None and shown(found) is not None else None

    def is_better(self, asked: Solve, found: Answer) -> bool:
        """Whether `found`, the answer to the thorough question `asked`, beats what is on the
        screen; False if nobody wants it any more."""
        if self.question(asked) is None:
            return False
        return is_better(found, than=shown(self._register.open[asked.incident]))

    def hand_in(self, asked: Solve, found: Answer) -> None:
        """The answer to `question(asked)`, so that PlanSolved does not work it out again.
        `answer` is pure: it makes no difference who asks it, or when."""
        self._answers[asked.incident, asked.ticket] = found

    def why_refused(self, event: OperatorEvent | MetersReported) -> Reason | None:
        """Why this act would be refused now; None if it would take effect. Changes nothing."""
        may_not = self._why_not_entitled(event)
        if may_not is not None:
            return may_not
        match event:
            case PlanReleased():
                return _refused("release-refused", event, why=self.why_not_released(event))
            case PlanApproved():
                return _refused("approval-refused", event, why=self.why_not_approved(event))
            case OfferTaken():
                return _refused("offer-refused", event, why=self.why_not_taken(event))
            case PermitIssued():
                return why_not_issued(event, self._in_doubt(event.at), network=self.network)
            case _ if isinstance(event, SheetAct):
                return self.sheets.why_refused(event, self._around)
            case _:
                return None

    def _in_doubt(self, at: datetime) -> Snapshot:
        """What is known, with every switch that a command or a crew may be moving as unknown."""
        known = self.state.snapshot(at)
        moving = self.sheets.in_flight() | in_crews_hands(self._here)
        return replace(known, unknown=known.unknown | moving)

    def _why_not_entitled(self, event: OperatorEvent | MetersReported) -> Reason | None:
        """Meters say nothing in anybody's name."""
        if not self.settings.entitled_only or isinstance(event, MetersReported):
            return None
        touched = touched_by(
            self._here, event, feeders_at=self.feeders_at, feeder_of=self.normal_feeder_of
        )
        return self.entitled.why_not(event, touched)

    def _take_person(self, event: PersonEntitled) -> None:
        """What they agreed to and has not begun counts no more where they may not agree any
        more."""
        self.entitled.keep(event)
        if self.settings.entitled_only:
            void_approvals(self._here, event, why_not=self._why_not_entitled)

    def sheet_if(self, event: SheetDrawn) -> Sheet:
        """What would come of drawing it up now, judged; nothing of it is kept."""
        return self.sheets.drafted(event, self._around)

    def written(self, template: Template, chosen: Chosen, *, about: SheetDrawn) -> Drafted:
        """The lines of a template at the chosen places, on the grid as it stands. Of `about` the
        lines do not count."""
        known = self._around.knowledge(self.sheet_if(about), at=about.at)
        return drafted(template, chosen, knowledge=known, planner=self._here.engines.planner)

    def why_not_released(self, event: PlanReleased) -> str | None:
        """A code that says why this release would be refused now; None if it may."""
        incident = self.incidents.get(event.incident)
        if incident is None:
            return "no-such-incident"
        return _why_not(self._here, incident, event=event)

    def why_not_approved(self, event: PlanApproved) -> str | None:
        """A code that says why this approval would be refused now; None if it may."""
        incident = self.incidents.get(event.incident)
        if incident is None:
            return "no-such-incident"
        return _why_not_approved(self._here, incident, event=event)

    def lacks_approval(self, proposed: Proposed, at: datetime) -> str | None:
        """A code that says that nobody could release it for want of another's approval."""
        return lacks_approval(self._here, proposed, by=None, at=at)

    def approvals(self, proposed: Proposed) -> Mapping[UserName, datetime]:
        """Who has agreed to it, and until when that counts."""
        return {user: approved_until(self._here, at) for user, at in proposed.approvals.items()}

    def why_not_taken(self, event: OfferTaken) -> str | None:
        """A code that says why this offer cannot be taken now; None if it may."""
        incident = self.incidents.get(event.incident)
        if incident is None:
            return "no-such-incident"
        return why_not_taken(self._here, incident, event=event)

    @property
    def normal_feeder_of(self) -> Mapping[SectionId, FeederId | None]:
        """The feeder of each section in the grid's normal state."""
        if self._normal_feeder_of is None:
            normal = energise(self.network, self.network.normally_closed)
            self._normal_feeder_of = normal.feeder_of
        return self._normal_feeder_of

    @property
    def feeders_at(self) -> FeedersAt:
        """The feeders that each switch belongs to in the grid's normal state."""
        if self._feeders_at is None:
            normal = self.normal_feeder_of
            self._feeders_at = {
                switch: tuple(
                    dict.fromkeys(f for end in ends if (f := normal.get(end)) is not None)
                )
                for switch, ends in self.network.section_ends.items()
            }
        return self._feeders_at

    @property
    def blockers(self) -> Blockers:
        """What keeps automation from each feeder now."""
        return blockers_of(self._here, self.feeders_at, feeder_of=self.normal_feeder_of)

    def feeder_of(self, incident: Incident) -> FeederId | None:
        """The feeder that lost supply; the first of them if several did."""
        return next(iter(incident.feeders), None)

    def why_withheld(self, incident: Incident) -> Reason | None:
        """Why no plan is made for it: a mode, an earth fault to be searched, a device that is
        only presumed open. None if one may be."""
        return withheld_by(self._here, incident)

    def away_of(self, incident: Incident) -> tuple[SwitchId, ...]:
        """The switches that tripped or that its plans have moved, and that stand off their
        normal position now, in grid order."""
        return away_of(self._here, incident)

    def why_not_accepted(self, incident: Incident) -> str | None:
        """A code that says why the present positions may not be taken for normal now; None: they
        may be."""
        return why_not_accepted(self._here, incident)

    def dark_of(self, incident: Incident) -> frozenset[SectionId]:
        """The sections that the incident has to care for, as they are now."""
        return dark_of(self._here, incident)

    def _take_settings(self, settings: IncidentSettings) -> None:
        """What is pending goes on under the new settings."""
        self.settings = settings
        self._detector.settings = settings.detection
        self._register.settings = settings
        self._reports.settings = settings
        self._here.settings = settings
        self.sheets.numbering.time_zone = settings.time_zone
        self.state.modes.sheds_disable = settings.load_shed_disables

    def _operations(self, event: Event, before: Before) -> list[Intent]:
        detection = self._detector.handle(event, self.state)
        self.happened_at = detection.happened_at
        intents: list[Intent] = list(detection.intents)
        if isinstance(event, SwitchMoved):
            intents += self._openings.opened_again(event)
        for fact in detection.facts:
            intents += self._openings.hear(fact, event, before=before)
        return intents

    def _without_trip(self, event: Event, change: Change) -> list[Intent]:
        """Outages and faults that no device has opened for, as far as anybody told."""
        if change.gained:
            back_at = getattr(event, "source_time", event.at)
            self._reports.supply_came_back(change.gained, at=back_at)
        match event:
            case MetersReported() | TroubleReported():
                return self._unreported.hear(event)
            case EarthFaultChanged():
                return earth_fault(self._here, self._register, event=event)
            case TimerExpired(timer=timer) if timer == LOOK:
                return self._unreported.look(event.at)
            case TimerExpired():
                alarm_over(self._register, event)
            case ControlRoomStarted():
                return self._unreported.started()
            case PositionReported():
                return self._unreported.heard_of(event.switch, event.at, at=event.at)
            case SwitchMoved():
                return self._unreported.heard_of(event.switch, event.source_time, at=event.at)
            case RepairReported() if event.incident in self._register.open:
                self._unreported.repaired(self._register.open[event.incident], event.at)
            case _:
                pass
        return []

    def _solved(self, event: Event) -> list[Intent]:
        if not isinstance(event, PlanSolved):
            return []
        found = self._answers.pop((event.incident, event.ticket), None)
        incident = self._register.open.get(event.incident)
        if incident is None or incident.ticket != event.ticket:
            return []
        if incident.considering is None:
            return solved(self._here, incident, found=found, at=event.at)
        return thoroughly_solved(
            self._here,
            incident,
            found=found,
            nothing_better=event.nothing_better,
            at=event.at,
        )

    def _stood(self, event: Event) -> Was:
        if isinstance(event, SwitchMoved | PositionReported):
            return self.state.positions[event.switch]
        return None

    def _change(self, event: Event, before: Before, *, was: Was) -> Change:
        supply = self.state.energisation is not before.traced
        gained = self.state.energisation.gained_since(before.traced) if supply else ()
        change = Change(event=event, supply=supply, gained=gained)
        if was is None or not isinstance(event, SwitchMoved | PositionReported):
            return change
        now = self.state.positions[event.switch]
        return replace(
            change,
            moved=event.switch if now.value is not was.value else None,
            requalified=now.quality is not was.quality,
        )

    def _neighbours(self, event: Event) -> list[Intent]:
        """What one incident keeps off limits or has at work concerns the plans of the others."""
        claims: dict[IncidentId, Claims] = {
            i.id: (i.off_limits, frozenset(claimed_by(i)))
            for i in self._register.open.values()
            if i.is_open
        }
        by_people = self.sheets.claimed() | self.sheets.in_crews_hands()
        claims[BY_HAND] = frozenset(), by_people
        if claims == self._claims:
            return []
        changed = {
            ident
            for ident in claims.keys() | self._claims.keys()
            if claims.get(ident) != self._claims.get(ident)
        }
        self._claims = claims
        intents: list[Intent] = []
        for incident in self._register.open.values():
            if not changed - {incident.id}:
                continue
            incident.again = incident.again or incident.question is not None
            if incident.phase is Phase.PROPOSED:
                intents += refresh_soon(self._here, incident, at=event.at)
        return intents


def _refused(
    code: str, event: PlanReleased | PlanApproved | OfferTaken, *, why: str | None
) -> Reason | None:
    return None if why is None else because(code, plan=event.plan, why=why)
