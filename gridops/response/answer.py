"""Location -> fence -> plan -> the guard's verdict, as one pure function.

Live operation, studies, training and replay all ask here, so that what decides is the same.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import time
from enum import StrEnum

from gridops.guard import Guard, Knowledge, Move, Permit, Proposal
from gridops.guard import Verdict as GuardVerdict
from gridops.ids import LoadId, SectionId, SwitchId
from gridops.network import Limits, Network
from gridops.outage import Location
from gridops.powerflow import LoadPower, LoadPowers, PhaseVerdict, PowerFlow
from gridops.response.prefault import LoadsBefore
from gridops.restoration import (
    By,
    Outlook,
    OutlookSettings,
    Plan,
    PlanSettings,
    Situation,
    outlook_of,
    propose,
    return_to_normal,
)
from gridops.restoration.fingerprint import fingerprint
from gridops.state import Snapshot


class Aim(StrEnum):
    """What a plan is for."""

    RESTORE = "restore"
    """Supply comes back."""
    RETURN = "return"
    """Switches go back to their normal position after the repair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One outage as the planner and the guard are told of it."""

    network: Network
    snapshot: Snapshot
    closed_before: AbstractSet[SwitchId]
    """Closed just before the first opening."""
    location: Location
    dark: frozenset[SectionId]
    """What this outage took supply from and is still without it."""
    loads: Mapping[LoadId, LoadPower]
    limits: Limits
    unavailable: frozenset[SwitchId] = frozenset()
    """Not to be operated: failed before, or at work in another plan."""
    forbidden: frozenset[SectionId] = frozenset()
    """Never to be energised: the suspected sections of other outages."""
    permits: tuple[Permit, ...] = ()
    phasing_unverified: frozenset[SectionId] = frozenset()
    reclosing_on: frozenset[SwitchId] = frozenset()
    """These three are the guard's: what the planner has to leave alone for them stands in
    `unavailable` and `forbidden`."""
    dark_s: float = 0.0
    """How long `dark` has been without supply."""
    at: time | None = None
    """Local time of day that `loads` hold at; None: not known, so nothing is looked at ahead."""
    home: frozenset[SwitchId] | None = None
    """Bring these back to their normal position (nothing may be suspected); None: restore."""
    settings: PlanSettings = field(default_factory=PlanSettings)

    @property
    def aim(self) -> Aim:
        return Aim.RESTORE if self.home is None else Aim.RETURN


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    location: Location
    plan: Plan
    fingerprint: str
    verdict: GuardVerdict
    aim: Aim = Aim.RESTORE
    outlook: Outlook | None = None
    """What stands around the plan; None: not asked for. It is no part of the plan."""


WHOLE_OUTLOOK = OutlookSettings()
ONLY_EXPECTED = OutlookSettings(
    steps_max=0, alternatives_tried_max=0, helps_max=0, helps_tried_max=0
)


@dataclass(frozen=True, slots=True)
class Engines:
    """Two keys: the planner and the guard never ask the same engine."""

    planner: PowerFlow
    guard: Guard
    phase_verdict: PhaseVerdict | None = None
    """For the planner; the guard has one of its own. None: the mean of the phases is judged."""


def answer(question: Question, engines: Engines) -> Answer:
    """The plan for `question` with the guard's verdict on it.

    Pure: the same question gives the same bytes. A plan that the guard vetoes is returned
    with the veto, so that people see what was wrong; nobody may execute it.
    """
    question = replace(question, loads=_as_arrays(question))
    plan = _planned(question, engines)
    verdict = engines.guard.check_plan(proposal_of(plan), knowledge_of(question))
    return Answer(
        location=question.location,
        plan=plan,
        fingerprint=fingerprint(plan),
        verdict=verdict,
        aim=question.aim,
    )


def _planned(question: Question, engines: Engines) -> Plan:
    situation = _judged(situation_of(question), engines)
    if question.home is None:
        return propose(situation, engines.planner)
    return return_to_normal(situation, engines.planner, among=question.home)


def with_outlook(
    answered: Answer,
    question: Question,
    *,
    engines: Engines,
    settings: OutlookSettings = WHOLE_OUTLOOK,
) -> Answer:
    """`answered`, the answer to `question`, with its outlook. Pure, and some tens of times the
    work of the answer. On the way back to the normal state it is only what the steps should
    show: nobody waits for them, so a failure is answered when it comes."""
    situation = situation_of(replace(question, loads=_as_arrays(question)))
    situation = _judged(situation, engines)
    settings = settings if question.home is None else ONLY_EXPECTED
    outlook = outlook_of(situation, answered.plan, engine=engines.planner, settings=settings)
    return replace(answered, outlook=outlook)


def _judged(situation: Situation, engines: Engines) -> Situation:
    return replace(situation, phase_verdict=engines.phase_verdict)


def situation_of(question: Question) -> Situation:
    """The question in the planner's words."""
    return Situation(
        network=question.network,
        snapshot=question.snapshot,
        closed_before=question.closed_before,
        suspected=question.location.suspected,
        dark=question.dark,
        loads=question.loads,
        limits=question.limits,
        unavailable=question.unavailable,
        forbidden=question.forbidden,
        dark_s=question.dark_s,
        at=question.at,
        settings=question.settings,
    )


def _as_arrays(question: Question) -> LoadPowers:
    """Laid out once, for the planner and for the guard."""
    if isinstance(question.loads, LoadsBefore):
        return question.loads.powers
    return LoadPowers.of(question.network, question.loads)


def proposal_of(plan: Plan) -> Proposal:
    """The plan in the guard's own words."""
    return Proposal(
        moves=tuple(
            Move(
                number=step.number,
                switch=step.switch,
                position=step.position,
                by_remote=step.by is By.REMOTE,
                done_s=step.done_s,
            )
            for step in plan.steps
        ),
        suspected=plan.suspected,
        fence=plan.fence,
        interrupts=plan.dropped - plan.sheds,
        sheds=plan.sheds,
    )


def knowledge_of(question: Question) -> Knowledge:
    return Knowledge(
        network=question.network,
        snapshot=question.snapshot,
        limits=question.limits,
        loads=question.loads,
        forbidden=question.forbidden,
        busy=question.unavailable,
        permits=question.permits,
        phasing_unverified=question.phasing_unverified,
        reclosing_on=question.reclosing_on,
        dark=question.dark,
        dark_s=question.dark_s,
        cold_load=question.settings.cold_load,
        at=question.at,
        ahead_s=min(question.settings.look_ahead_s, question.settings.outage_s),
        lasts_s=question.settings.outage_s,
        closed_before=question.closed_before,
        shedding=question.settings.shedding,
    )
