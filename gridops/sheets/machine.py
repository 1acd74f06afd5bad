"""Every sheet there is, and the one way in which anything is carried out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gridops.commands import Intent
from gridops.events import (
    CommandConfirmed,
    CommandRejected,
    CommandTimedOut,
    ControlRoomStarted,
    Event,
    GridTakenIn,
    PositionReported,
    SheetApproved,
    SheetDrawn,
    SheetEdited,
    SheetStarted,
    SheetStopped,
    SheetWithdrawn,
    StepInstructed,
    StepReported,
    SwitchMoved,
    TimerExpired,
)
from gridops.events.sheets import SheetPaper, StepAct, StepDraft
from gridops.guard import Verdict
from gridops.ids import IncidentId, PlanId, SectionId, SheetId, SwitchId, UserName
from gridops.reasons import Reason, because
from gridops.restoration import Plan
from gridops.sheets import acts, approval
from gridops.sheets.acts import OnSheet, SheetAct
from gridops.sheets.course import course_of
from gridops.sheets.from_plan import given_up_by, steps_of
from gridops.sheets.judging import judged
from gridops.sheets.numbering import Numbering
from gridops.sheets.sheet import (
    Progress,
    Sheet,
    SheetState,
    SheetStep,
    StepState,
    fingerprint_of,
)
from gridops.sheets.stepping import Outcome, advance, done, halt, outcome, telemetry_missing
from gridops.sheets.surprise import shown_by, surprise, taken_back
from gridops.sheets.surroundings import Change, SheetBegan, StepAborted, Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A plan that is to be carried out as it was shown."""

    incident: IncidentId
    plan_id: PlanId
    plan: Plan
    verdict: Verdict
    by: UserName
    approved_by: UserName | None = None
    """Who agreed to it beforehand; None: who releases it answers for it alone."""


@dataclass(slots=True, kw_only=True)
class Sheets:
    """A fold over what people do with sheets, and over what the field says to that.
    Deterministic."""

    numbering: Numbering = field(default_factory=Numbering)
    grid: str = ""
    """Fingerprint of the version of the grid that everything is about."""
    sheets: dict[SheetId, Sheet] = field(default_factory=dict)
    """All of them, in the order in which they were drawn up."""
    _live: list[SheetId] = field(default_factory=list)
    """Those that a fact can still change."""

    @property
    def next_id(self) -> SheetId:
        """The id that the next sheet has to be drawn up under."""
        return SheetId(f"P{len(self.sheets) + 1}")

    @property
    def live(self) -> Sequence[Sheet]:
        """Those that a fact can still change, in the order in which they were drawn up."""
        return [self.sheets[ident] for ident in self._live]

    # who has what at work

    def running(self, incident: IncidentId) -> Sheet | None:
        """The released plan of an incident that is being carried out."""
        for sheet in self.live:
            is_plan = not sheet.by_hand and sheet.incident == incident
            if is_plan and sheet.state is SheetState.EXECUTING:
                return sheet
        return None

    def of_plan(self, plan: PlanId) -> Sheet | None:
        """The sheet that this plan was released as."""
        latest_first = reversed(self.sheets.values())
        return next((s for s in latest_first if not s.by_hand and s.plan == plan), None)

    def claimed(self, *, but: SheetId | None = None) -> frozenset[SwitchId]:
        """The switches that sheets written by hand lay claim to (invariant 21); released plans
        are their incidents' claims."""
        own = (s for s in self.live if s.by_hand and s.id != but)
        return frozenset(
            switch
            for sheet in own
            for switch in (sheet.switches if sheet.is_active else _under_way(sheet))
        )

    def in_flight(self, *, but: SheetId | None = None) -> frozenset[SwitchId]:
        """The switches that are commanded and may move any moment."""
        moving = (sheet.in_flight for sheet in self.live if sheet.id != but)
        return frozenset(switch for switch in moving if switch is not None)

    def in_crews_hands(
        self, *, but: SheetId | None = None, by_hand: bool = False
    ) -> frozenset[SwitchId]:
        """The switches that crews were told to move and may be moving by now, or say that they
        moved while telemetry does not show it; `by_hand`: of those that are carried out, by sheets
        written by hand alone. A stop calls no crew back."""
        return frozenset(
            step.switch
            for sheet in self.live
            for step in sheet.steps
            if sheet.id != but and step.switch is not None and step.position is not None
            if step.has_no_word_yet
            or (step.is_word_alone and sheet.state is SheetState.STOPPED)
            or (_is_at_it(step) and (sheet.by_hand or not by_hand))
        )

    def found_dead(self, *, but: SheetId | None = None) -> frozenset[SwitchId]:
        """The switches at which crews look for voltage or earth: from the instruction on until
        the earth has left its tag, or the sheet is over and its crew has said what it did."""
        own = (sheet for sheet in self.live if sheet.id != but)
        return frozenset(switch for sheet in own for switch in _found_dead(sheet))

    def by_hand_about(self, incident: IncidentId) -> bool:
        """Whether a sheet about the incident that a person wrote is being carried out."""
        own = (s for s in self.live if s.by_hand and s.incident == incident)
        return any(sheet.state is SheetState.EXECUTING for sheet in own)

    def asked_of_crews(self) -> Iterable[tuple[Sheet, SheetStep]]:
        """The steps that crews were told to carry out and may still be at: no report, or after a
        stop, a restart and any time, nothing that ends the doubt."""
        for sheet in self.live:
            for step in sheet.steps:
                if _is_at_it(step) or step.has_no_word_yet:
                    yield sheet, step

    # facts

    def handle(self, event: Event, around: Surroundings, *, change: Change) -> list[Intent]:
        intents = self._handled(event, around, change=change)
        for sheet in self.live:
            intents += approval.look(sheet, around, event=event, grid=self.grid)
        return intents

    def _handled(self, event: Event, around: Surroundings, *, change: Change) -> list[Intent]:
        match event:
            case SheetDrawn():
                return self._drawn(event, around)
            case (
                SheetEdited()
                | SheetApproved()
                | SheetStarted()
                | SheetStopped()
                | SheetWithdrawn()
                | StepInstructed()
                | StepReported()
            ):
                return self._act(event, around)
            case CommandConfirmed() | CommandRejected() | CommandTimedOut():
                return self._outcome(event, around)
            case TimerExpired():
                return self._rung(event, around)
            case ControlRoomStarted():
                return self._restarted(event, around)
            case GridTakenIn():
                self._regrounded(event, around)
                return []
            case _:
                return self._heard(around, change=change)

    def why_refused(self, event: SheetAct, around: Surroundings) -> Reason | None:
        """Why the act would be refused now; None if it would take effect. Changes nothing."""
        if isinstance(event, SheetDrawn):
            return self._why_not_drawn(event, around)
        sheet = self.sheets.get(event.sheet)
        if sheet is None:
            return because("no-such-sheet", sheet=event.sheet)
        return acts.why_refused(sheet, around, event=event, grid=self.grid)

    def release(self, released: Released, around: Surroundings, *, at: datetime) -> list[Intent]:
        """Draws the plan up, approves and starts it, in one; whether it may was asked before."""
        sheet = self._sheet_of(released, around, at=at)
        self._keep(sheet)
        return around.hear(SheetBegan(sheet, at)) + advance(sheet, around, at=at)

    def stop(
        self, sheet: Sheet, around: Surroundings, *, at: datetime, why: Reason
    ) -> list[Intent]:
        """Stops it before its next step."""
        return self._settled(halt(sheet, around, at=at, why=why), around)

    # drawing up

    def _why_not_drawn(self, event: SheetDrawn, around: Surroundings) -> Reason | None:
        if event.sheet != self.next_id:
            return because("sheet-exists", sheet=event.sheet)
        if around.rules.two_person and event.token:
            return because("needs-person")
        if event.after is not None:
            before = self.sheets.get(event.after)
            if before is None or before.state is not SheetState.STOPPED:
                return because("not-after-that", sheet=event.after)
        return around.why_not_drawn(event)

    def _drawn(self, event: SheetDrawn, around: Surroundings) -> list[Intent]:
        if self._why_not_drawn(event, around) is not None:
            return []
        number = self.numbering.next(event.at, planned=event.paper.planned)
        sheet = self.drafted(event, around, number=number)
        sheet.note(event.at, because("sheet-drawn", user=event.by))
        self._keep(sheet)
        return []

    def drafted(self, event: SheetDrawn, around: Surroundings, *, number: str = "") -> Sheet:
        """The sheet that would come of it, judged. Changes nothing."""
        suspected, fence = around.kept_dead(event)
        sheet = Sheet(
            id=event.sheet,
            number=number,
            paper=event.paper,
            steps=[],
            suspected=suspected,
            fence=fence,
            incident=event.incident,
            plan=event.plan,
            after=event.after,
            prepared_by=event.by,
            prepared_at=event.at,
            authors=frozenset({event.by}),
            verdict=_UNJUDGED,
            judged_at=event.at,
            fingerprint="",
        )
        self._write(sheet, around, event=event)
        return sheet

    def _write(
        self, sheet: Sheet, around: Surroundings, *, event: SheetDrawn | SheetEdited
    ) -> None:
        """Every word anew, and a judgement on all of it."""
        sheet.paper, sheet.gives_up = event.paper, frozenset(event.gives_up)
        sheet.steps = [_line(k, draft) for k, draft in enumerate(event.steps, start=1)]
        self._judge(sheet, around, at=event.at)

    def _judge(self, sheet: Sheet, around: Surroundings, *, at: datetime) -> None:
        sheet.fingerprint = self._fingerprint(sheet)
        known = around.knowledge(sheet, at=at)
        found = judged(course_of(sheet), known, engines=around.engines)
        sheet.verdict, sheet.judged_at = found.verdict, at
        for step, effect in zip(sheet.steps, found.effects, strict=True):
            step.check = effect.check
            step.sections_restored = effect.sections_restored
            step.sections_dropped = effect.sections_dropped
            step.customers_restored = effect.customers_restored
            step.customers_dropped = effect.customers_dropped

    def _fingerprint(self, sheet: Sheet) -> str:
        return fingerprint_of(
            tuple(step.draft for step in sheet.steps),
            grid=self.grid,
            gives_up=sheet.gives_up,
            suspected=sheet.suspected,
            fence=sheet.fence,
        )

    def _sheet_of(self, released: Released, around: Surroundings, *, at: datetime) -> Sheet:
        plan, network = released.plan, around.network
        dropped: tuple[SectionId, ...] = given_up_by(plan)
        sheet = Sheet(
            id=self.next_id,
            number=self.numbering.next(at, planned=False),
            state=SheetState.EXECUTING,
            paper=SheetPaper(title=released.plan_id, planned=False),
            steps=[_line(k, draft) for k, draft in enumerate(steps_of(plan), start=1)],
            gives_up=frozenset(dropped),
            suspected=plan.suspected,
            fence=plan.fence,
            incident=released.incident,
            plan=released.plan_id,
            by_hand=False,
            after=self._stopped_before(released.incident),
            prepared_by=AUTOMATION,
            prepared_at=at,
            authors=frozenset({AUTOMATION}),
            approved_by=released.approved_by or released.by,
            approved_at=at,
            started_by=released.by,
            started_at=at,
            verdict=released.verdict,
            judged_at=at,
            fingerprint="",
        )
        for line, step in zip(sheet.steps, plan.steps, strict=True):
            line.check = step.check
            line.sections_restored, line.sections_dropped = (
                step.sections_restored,
                step.sections_dropped,
            )
            line.customers_restored = step.customers_restored
            line.customers_dropped = sum(
                network.sections[section].customers for section in step.sections_dropped
            )
        sheet.fingerprint = self._fingerprint(sheet)
        sheet.note(at, because("sheet-started", user=released.by))
        return sheet

    def _stopped_before(self, incident: IncidentId) -> SheetId | None:
        """The last sheet about the incident, if it was stopped."""
        for sheet in reversed(self.sheets.values()):
            if sheet.incident == incident and sheet.started_at is not None:
                return sheet.id if sheet.state is SheetState.STOPPED else None
        return None

    def _keep(self, sheet: Sheet) -> None:
        self.sheets[sheet.id] = sheet
        self._live.append(sheet.id)

    # what people do with it

    def _act(self, event: OnSheet, around: Surroundings) -> list[Intent]:
        sheet = self.sheets.get(event.sheet)
        if sheet is None:
            return []
        why = acts.why_refused(sheet, around, event=event, grid=self.grid)
        if why is not None:
            words = because("sheet-act-refused", user=event.by, whys=(why,))
            sheet.note(event.at, words)
            return []
        return self._settled(self._done(sheet, around, event=event), around)

    def _done(self, sheet: Sheet, around: Surroundings, *, event: OnSheet) -> list[Intent]:
        match event:
            case SheetEdited():
                return self._edit(sheet, around, event=event)
            case SheetApproved():
                return approval.approve(sheet, around, event=event, grid=self.grid)
            case SheetStarted():
                return acts.begin(sheet, around, event=event)
            case SheetStopped():
                return acts.stopped(sheet, around, event=event)
            case SheetWithdrawn():
                acts.withdraw(sheet, event=event)
                return []
            case StepInstructed() | StepReported():
                return self._of_step(sheet, around, event=event)

    def _edit(self, sheet: Sheet, around: Surroundings, *, event: SheetEdited) -> list[Intent]:
        """Whatever was approved was another sheet."""
        approval.void_approval(sheet)
        sheet.revision += 1
        sheet.authors |= {event.by}
        self._write(sheet, around, event=event)
        sheet.note(event.at, because("sheet-edited", user=event.by, revision=sheet.revision))
        return []

    def _of_step(
        self, sheet: Sheet, around: Surroundings, *, event: StepInstructed | StepReported
    ) -> list[Intent]:
        step = sheet.step(event.step)
        if step is None:
            return []
        if isinstance(event, StepInstructed):
            return acts.instruct(sheet, around, step=step, event=event)
        if sheet.id not in self._live:
            self._live = [ident for ident in self.sheets if ident in {*self._live, sheet.id}]
        return acts.report(sheet, around, step=step, event=event)

    # what the field says, and time

    def _outcome(self, event: Outcome, around: Surroundings) -> list[Intent]:
        for sheet in self.live:
            for step in sheet.steps:
                if step.progress.command == event.command:
                    return self._settled(outcome(sheet, around, step=step, event=event), around)
        return []

    def _rung(self, event: TimerExpired, around: Surroundings) -> list[Intent]:
        intents: list[Intent] = []
        for sheet in self.live:
            if event.timer == sheet.timer("gap"):
                intents += advance(sheet, around, at=event.at)
            elif event.timer == sheet.timer("telemetry"):
                intents += telemetry_missing(sheet, around, at=event.at)
            elif sheet.by_hand and event.timer == sheet.timer("expiry"):
                approval.expire(sheet, event.at)
        return self._settled(intents, around)

    def _restarted(self, event: ControlRoomStarted, around: Surroundings) -> list[Intent]:
        """Nothing is sent again: what was under way is unknown until the field is read."""
        self.grid = event.grid_fingerprint
        intents: list[Intent] = []
        for sheet in self.live:
            for step in sheet.steps:
                if step.progress.is_open:
                    step.progress.state = StepState.ABORTED
                    step.progress.changed_at = event.at
                    intents += around.hear(StepAborted(sheet, step, event.at))
            if sheet.state is SheetState.EXECUTING:
                why = because("stopped-restart")
                intents += halt(sheet, around, at=event.at, why=why)
        return self._settled(intents, around)

    def _regrounded(self, event: GridTakenIn, around: Surroundings) -> None:
        """What was judged was judged on another grid (invariant 23)."""
        self.grid = event.new_fingerprint
        for sheet in self.live:
            if sheet.state not in acts.UNSTARTED:
                continue
            sheet.note(event.at, because("grid-taken-in", user=event.by))
            approval.void_approval(sheet)
            sheet.revision += 1
            self._judge(sheet, around, at=event.at)

    def _heard(self, around: Surroundings, *, change: Change) -> list[Intent]:
        event = change.event
        intents: list[Intent] = []
        for sheet in self.live:
            if isinstance(event, SwitchMoved | PositionReported):
                step = shown_by(sheet, around, event=event)
                if step is not None:
                    intents += done(sheet, around, step=step, at=event.at)
                    continue
            if sheet.state is SheetState.EXECUTING:
                why = surprise(sheet, around, change=change, others=self.live)
                why = why or taken_back(sheet, around, change=change)
                if why is not None:
                    intents += halt(sheet, around, at=event.at, why=why)
        return self._settled(intents, around)

    def _settled(self, intents: list[Intent], around: Surroundings) -> list[Intent]:
        """Forgets those that nothing can change any more, and nothing is expected of."""
        for sheet in self.live:
            if acts.has_ended(sheet) and not around.is_about_open(sheet):
                self._live.remove(sheet.id)
        return intents


AUTOMATION = UserName("automation")
AT_DEAD_ENDS = frozenset({StepAct.CHECK_DEAD, StepAct.EARTH})
"""A crew that does one of these has its hands where nothing may come alive."""
_UNJUDGED = Verdict(passed=False, checks=0, violations=())


def _line(number: int, draft: StepDraft) -> SheetStep:
    state = StepState.DELETED if draft.deleted else StepState.NEW
    return SheetStep(number=number, draft=draft, progress=Progress(state=state))


def _is_told(step: SheetStep) -> bool:
    return step.progress.state is StepState.INSTRUCTED


def _is_at_it(step: SheetStep) -> bool:
    return _is_told(step) or step.is_word_alone


def _found_dead(sheet: Sheet) -> set[SwitchId]:
    if sheet.state is not SheetState.EXECUTING:
        left = (step for step in sheet.unheard if step.draft.act in AT_DEAD_ENDS)
        return {step.switch for step in left if step.switch is not None}
    at: dict[StepAct, set[SwitchId]] = {act: set() for act in StepAct}
    for step in sheet.steps:
        is_told = step.progress.state in (StepState.INSTRUCTED, StepState.COMPLETED)
        if step.switch is not None and is_told:
            at[step.draft.act].add(step.switch)
    told = {s.switch for s in sheet.steps if _is_told(s)}
    tagged = at[StepAct.EARTH] - told
    return (at[StepAct.CHECK_DEAD] | at[StepAct.EARTH]) - tagged


def _under_way(sheet: Sheet) -> tuple[SwitchId, ...]:
    moving = sheet.in_flight
    return () if moving is None else (moving,)
