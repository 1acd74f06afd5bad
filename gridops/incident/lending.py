"""What the desk lends to the sheets, and what it hears of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gridops.commands import Intent
from gridops.events import Event, SheetDrawn
from gridops.events.operator import Mode
from gridops.guard import Knowledge, Verdict
from gridops.ids import FeederId, SectionId, SwitchId
from gridops.incident.execution import (
    hear_by_hand,
    hear_plan,
    holds_the_fault,
    known_for,
)
from gridops.incident.latching import FeedersAt
from gridops.incident.locating import where_is_it
from gridops.incident.model import Incident, IncidentSettings, Origin
from gridops.incident.planning import (
    claimed_by,
    disabled_switches,
    found_dead,
    in_crews_hands,
    limits_of,
    may_go_by_itself,
    permits_of,
    question_of,
    withheld_by,
)
from gridops.incident.situation import Situation
from gridops.measurement import Position
from gridops.network import Network
from gridops.outage import Cause
from gridops.reasons import Reason, because
from gridops.response import Engines, FeederLoads, knowledge_of, proposal_of
from gridops.sheets import AUTOMATION, Sheet, SheetNews, SheetStep, course_of, verdict_on
from gridops.sheets.sheet import StepState
from gridops.state import LiveState, doubted_by_work


@dataclass(slots=True)
class Lending:
    """`Surroundings` of the sheets: the desk's own state, by reference."""

    loads: FeederLoads
    feeders_at: Callable[[], FeedersAt]
    fold: Callable[[Event], list[Intent]]
    here: Situation = field(init=False)

    @property
    def network(self) -> Network:
        return self.here.network

    @property
    def state(self) -> LiveState:
        return self.here.state

    @property
    def engines(self) -> Engines:
        return self.here.engines

    @property
    def rules(self) -> IncidentSettings:
        return self.here.settings

    # what is known

    def knowledge(self, sheet: Sheet, *, at: datetime) -> Knowledge:
        incident = self._incident(sheet)
        if incident is None:
            return self._of_no_incident(sheet, at=at)
        proposed = incident.proposed
        if not sheet.by_hand and proposed is not None:
            return known_for(self.here, incident, proposed=proposed, at=at)
        where = where_is_it(self.here, incident, at=at)
        question = question_of(self.here, incident, at=at, where=where, but=sheet.id)
        return replace(knowledge_of(question), allowed_dark=sheet.gives_up)

    def _of_no_incident(self, sheet: Sheet, *, at: datetime) -> Knowledge:
        here, plan, work = self.here, self.here.settings.plan, self.here.state.work
        snapshot, traced = here.state.snapshot(at), here.state.energisation
        local = here.settings.local(at)
        doubted = self.moving_elsewhere(sheet) | doubted_by_work(work, snapshot)
        doubted |= in_crews_hands(here, but=sheet.id)
        begun_at = sheet.started_at or at
        return Knowledge(
            network=here.network,
            snapshot=replace(snapshot, unknown=snapshot.unknown | doubted),
            limits=limits_of(here),
            loads=self.loads.before(at, traced, at=local),
            dark=frozenset(s for s in sheet.gives_up if s in traced.dark),
            dark_s=(at - begun_at).total_seconds(),
            cold_load=plan.cold_load,
            at=local if here.network.profiles else None,
            ahead_s=min(plan.look_ahead_s, plan.outage_s),
            lasts_s=plan.outage_s,
            forbidden=self._forbidden(sheet),
            busy=self._busy(sheet),
            allowed_dark=sheet.gives_up,
            permits=tuple(permits_of(work)),
            phasing_unverified=frozenset(work.phasing),
            reclosing_on=frozenset(work.reclosing),
        )

    def _forbidden(self, sheet: Sheet) -> frozenset[SectionId]:
        """What every open incident keeps off limits, but for what the sheet itself has opened."""
        opened = self._opened_by(sheet)
        incidents = (i for i in self.here.open.values() if i.is_open)
        others = (i for i in incidents if not (i.devices and opened.issuperset(i.devices)))
        theirs = frozenset(section for other in others for section in other.off_limits)
        return theirs | found_dead(self.here, but=sheet.id)

    def _opened_by(self, sheet: Sheet) -> set[SwitchId]:
        """By it, and by those that it goes on from."""
        opened: set[SwitchId] = set()
        one: Sheet | None = sheet
        while one is not None:
            opened.update(
                step.switch
                for step in one.steps
                if step.switch is not None
                and step.position is Position.OPEN
                and (step.progress.is_done or step.progress.is_open)
            )
            one = None if one.after is None else self.here.sheets.sheets.get(one.after)
        return opened

    def _busy(self, sheet: Sheet) -> frozenset[SwitchId]:
        busy = set(self.here.sheets.claimed(but=sheet.id)) | disabled_switches(self.here)
        for incident in self.here.open.values():
            busy |= claimed_by(incident)
        return frozenset(busy)

    def verdict(self, sheet: Sheet, step: SheetStep, *, at: datetime) -> Verdict:
        guard, known = self.here.engines.guard, self.knowledge(sheet, at=at)
        incident = self._incident(sheet)
        proposed = None if incident is None or sheet.by_hand else incident.proposed
        if proposed is None:
            return verdict_on(course_of(sheet), known, guard=guard)
        proposal = proposal_of(proposed.answer.plan)
        return guard.check_move(proposal, step.number, knowledge=known)

    def withheld(self, sheet: Sheet) -> Reason | None:
        incident, modes = self._incident(sheet), self.here.state.modes
        if not sheet.by_hand and incident is not None:
            if sheet.started_by == AUTOMATION and not may_go_by_itself(self.here, incident):
                return because("stopped-not-automatic")
            return withheld_by(self.here, incident)
        if modes.shed_since is not None:
            return because("load-shed-withholds", devices=tuple(modes.shedding))
        for switch in sheet.switches:
            for feeder in self.feeders_of(switch):
                mode = self.here.state.mode_of(feeder)
                if mode is Mode.DISABLED:
                    return because("mode-withholds", feeder=feeder, mode=mode.value)
        return None

    def holds_the_fault(self, sheet: Sheet, *, at: datetime) -> bool:
        incident = self._incident(sheet)
        if incident is None or incident.origin is Origin.EARTH_FAULT:
            return True
        if not sheet.by_hand and incident.proposed is not None:
            return holds_the_fault(self.here, incident, proposed=incident.proposed, at=at)
        if incident.repaired or incident.cause is not Cause.FAULT:
            return True
        return where_is_it(self.here, incident, at=at).suspected <= sheet.suspected

    def is_plan_under_way(self, sheet: Sheet) -> bool:
        return sheet.incident is not None and self.here.sheets.running(sheet.incident) is not None

    def zone(self, sheet: Sheet) -> frozenset[SectionId]:
        incident = self._incident(sheet)
        return frozenset() if incident is None else incident.zone

    def closed_at(self, sheet: Sheet) -> datetime | None:
        incident = self._incident(sheet)
        own = [
            step.progress.changed_at
            for step in sheet.steps
            if step.position is Position.CLOSED and step.progress.state is StepState.COMPLETED
        ]
        before = None if incident is None else incident.closed_at
        return max((at for at in (*own, before) if at is not None), default=None)

    def moving_elsewhere(self, sheet: Sheet) -> frozenset[SwitchId]:
        return self.here.sheets.in_flight(but=sheet.id)

    def feeders_of(self, switch: SwitchId) -> Sequence[FeederId]:
        return self.feeders_at().get(switch, ())

    def is_about_open(self, sheet: Sheet) -> bool:
        return sheet.incident is not None and sheet.incident in self.here.open

    # what a sheet is about

    def why_not_drawn(self, event: SheetDrawn) -> Reason | None:
        if event.incident is None:
            return None if event.plan is None else because("no-such-incident", incident="-")
        incident = self.here.open.get(event.incident)
        if incident is None or not incident.is_open:
            return because("no-such-incident", incident=event.incident)
        proposed = incident.proposed
        if event.plan is not None and (proposed is None or proposed.id != event.plan):
            return because("superseded")
        return None

    def kept_dead(self, event: SheetDrawn) -> tuple[frozenset[SectionId], tuple[SwitchId, ...]]:
        incident = None if event.incident is None else self.here.open.get(event.incident)
        if incident is None or incident.origin is Origin.EARTH_FAULT:
            return frozenset(), ()
        if event.plan is not None and incident.proposed is not None:
            plan = incident.proposed.answer.plan
            return plan.suspected, plan.fence
        return incident.suspected, ()

    # what becomes of it

    def hear(self, news: SheetNews) -> list[Intent]:
        incident = self._incident(news.sheet)
        if not news.sheet.by_hand:
            return [] if incident is None else hear_plan(self.here, incident, news=news)
        return hear_by_hand(self.here, incident, news=news, feeders_of=self.feeders_of)

    def _incident(self, sheet: Sheet) -> Incident | None:
        """The one that it is about, as long as it is open."""
        found = None if sheet.incident is None else self.here.open.get(sheet.incident)
        return found if found is not None and found.is_open else None
