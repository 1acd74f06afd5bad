"""From what an incident knows to a plan on the screen."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, time, timedelta

from gridops.commands import AskOperator, Intent, Solve, StartTimer
from gridops.events.operator import Mode
from gridops.guard import Permit
from gridops.ids import FeederId, LoadId, PlanId, SectionId, SheetId, SwitchId
from gridops.incident.ending import away_of, has_to_go_home
from gridops.incident.expecting import with_repair
from gridops.incident.locating import where_is_it
from gridops.incident.model import Incident, Origin, Phase, Progress, Proposed
from gridops.incident.situation import Situation, dark_of
from gridops.measurement import Measured, Position, Quality
from gridops.network import Limits, Network
from gridops.outage import Location
from gridops.powerflow import LoadPower, LoadPowers, carried_on
from gridops.reasons import Reason, because
from gridops.response import Aim, Answer, Question
from gridops.restoration import PlanSettings
from gridops.restoration.fingerprint import fingerprint
from gridops.state import (
    Energisation,
    Snapshot,
    Work,
    doubted_by_work,
    kept_dead_by_tags,
    unusable_by_tags,
    withheld_by_work,
)


def ask(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """Puts the question for a plan. One is out at a time; what is wanted meanwhile is asked
    when its answer is there."""
    incident.refresh_due = None
    incident.withdraw_offer(at)
    if incident.question is not None:
        incident.again = True
        return []
    incident.ticket += 1
    incident.again = False
    incident.question = question_of(here, incident, at=at, where=where_is_it(here, incident, at=at))
    return [Solve(incident=incident.id, ticket=incident.ticket)]


def withhold(incident: Incident, at: datetime, *, why: Reason) -> None:
    """There is an outage, and nothing may be proposed for it."""
    incident.withdraw_offer(at)
    incident.phase = Phase.PROPOSED
    incident.show(None, at=at)
    incident.note(at, why)


def put_up(here: Situation, incident: Incident, *, found: Answer, at: datetime) -> list[Intent]:
    """The answer goes on the screen; the incident is PROPOSED after it.

    An unchanged plan keeps its id, so that it never changes under the operator's finger.
    """
    incident.location = found.location
    incident.phase = Phase.PROPOSED
    expires_at = at + timedelta(seconds=here.settings.approval_expiry_s)
    expiry = StartTimer(timer=incident.timer("expiry"), due=expires_at)
    was = incident.proposed
    if was is not None and was.released_at is None and _same(was.answer, found):
        if at >= was.expires_at:
            incident.note(at, because("plan-unchanged", plan=was.id))
        was.expires_at = expires_at
        was.answer = of_now(was.answer, found)
        return [expiry]
    plan = next_plan(incident)
    proposed = Proposed(
        id=plan,
        proposed_at=at,
        expires_at=expires_at,
        answer=found,
        progress=[Progress() for _ in found.plan.steps],
    )
    incident.show(proposed, at=at)
    _note_proposal(incident, proposed, at=at)
    return [expiry, AskOperator(incident=incident.id, plan=plan)]


def next_plan(incident: Incident) -> PlanId:
    """An id that no plan of the incident has had."""
    incident.plans_made += 1
    return PlanId(f"{incident.id}/P{incident.plans_made}")


def same_plan(one: Answer, other: Answer) -> bool:
    """Whether they say the same of what is done and why. How far off a better plan may be changes
    while people are in the dark, and makes no other plan of it."""
    if one.fingerprint == other.fingerprint:
        return True
    ones, others = (fingerprint(replace(x.plan, gap_pct=0.0)) for x in (one, other))
    return ones == others


def of_now(shown: Answer, found: Answer) -> Answer:
    """`shown`, byte for byte what was fingerprinted, with the score that `found`, which says the
    same, has now: anything better is compared with that."""
    return replace(shown, plan=replace(shown.plan, score=found.plan.score))


def _same(one: Answer, other: Answer) -> bool:
    """Whether what an operator would release is the same: probabilities and words may have grown
    clearer meanwhile, as meters and callers go on, and the guard may have had more to compare."""
    return (
        same_plan(one, other)
        and one.aim is other.aim
        and one.verdict.violations == other.verdict.violations
        and one.location.verdict == other.location.verdict
        and one.location.suspected == other.location.suspected
    )


def _note_proposal(incident: Incident, proposed: Proposed, *, at: datetime) -> None:
    plan, verdict = proposed.answer.plan, proposed.answer.verdict
    if proposed.answer.aim is Aim.RETURN and verdict.passed:
        why = _way_back(proposed)
    elif not verdict.passed:
        first = verdict.violations[0].invariant
        why = because("guard-veto", plan=proposed.id, invariant=first)
    elif not plan.steps:
        why = because("no-safe-plan", steps=0)
    else:
        customers = int(plan.customers.restored_by_switching)
        steps = len(plan.steps)
        why = because("plan-proposed", plan=proposed.id, customers=customers, steps=steps)
    incident.note(at, why)


def _way_back(proposed: Proposed) -> Reason:
    plan = proposed.answer.plan
    if not plan.steps:
        return because("no-way-back", count=len(plan.rejected))
    return because("return-proposed", plan=proposed.id, steps=len(plan.steps))


def question_of(
    here: Situation,
    incident: Incident,
    *,
    at: datetime,
    where: Location,
    but: SheetId | None = None,
) -> Question:
    """What planner and guard are asked, from the state of now. `but` is the sheet by hand that it
    is asked for: that one does not stand in its own way.

    Where the time zone of the load profiles is known, loads go with them from the outage on.
    """
    loads, local = _loads_now(here, incident, at=at)
    snapshot = _snapshot(here, incident, at=at, suspected=where.suspected, but=but)
    work, network = here.state.work, here.network
    withheld = withheld_by_work(work, snapshot, network=network, suspected=where.suspected)
    by_tags = unusable_by_tags(network, snapshot, suspected=where.suspected)
    return Question(
        network=here.network,
        snapshot=snapshot,
        closed_before=incident.closed_before,
        location=where,
        dark=dark_of(here, incident),
        loads=loads,
        limits=limits_of(here),
        dark_s=max((at - incident.opened_at).total_seconds(), 0.0),
        at=local,
        unavailable=_unavailable(here, incident, but=but) | by_tags | withheld.switches,
        forbidden=forbidden_for(here, incident)
        | kept_dead_by_tags(network, snapshot)
        | withheld.sections
        | found_dead(here, but=but),
        permits=tuple(permits_of(work)),
        phasing_unverified=frozenset(work.phasing),
        reclosing_on=frozenset(work.reclosing),
        home=_home(here, incident),
        settings=_plan_settings(here, incident),
    )


def _plan_settings(here: Situation, incident: Incident) -> PlanSettings:
    """Load transfer may take a second: the first plan goes on the screen without it. The repair is
    expected to take as long as such repairs took, where enough are known."""
    settings = with_repair(here.settings.plan, incident)
    return settings if incident.is_thorough else replace(settings, load_transfer=False)


def limits_of(here: Situation) -> Limits:
    settings = here.settings
    limits = settings.limits or here.network.limits
    if settings.emergency_s is None:
        return limits
    return replace(limits, emergency_s=settings.emergency_s)


def _loads_now(
    here: Situation, incident: Incident, *, at: datetime
) -> tuple[Mapping[LoadId, LoadPower], time | None]:
    """What is drawn, and the local time of day that it holds at, if that is known."""
    network = here.network
    before, now = here.settings.local(incident.opened_at), here.settings.local(at)
    if before is None or now is None or not network.profiles:
        return incident.loads, None
    loads = LoadPowers.of(network, incident.loads)
    return carried_on(network, loads, since=before, to=now), now


def _home(here: Situation, incident: Incident) -> frozenset[SwitchId] | None:
    is_time = incident.home_due is not None and has_to_go_home(here, incident)
    return frozenset(away_of(here, incident)) if is_time else None


def _snapshot(
    here: Situation,
    incident: Incident,
    *,
    at: datetime,
    suspected: AbstractSet[SectionId],
    but: SheetId | None,
) -> Snapshot:
    """What is known, with every switch that another sheet is moving right now as unknown, and what
    another incident presumes open as open: what is suspected behind it is fed from there no more,
    and must not be fed from elsewhere. Where this fault may be behind it as well, its current went
    through the device: then the guess fences nothing."""
    known = here.state.snapshot(at)
    presumed = {
        switch
        for other in here.others(incident)
        if suspected.isdisjoint(other.zone)
        for switch in other.presumed_open
    }
    if presumed:
        guessed = dict.fromkeys(presumed, Measured(Position.OPEN, Quality.GOOD, at))
        known = replace(known, positions={**known.positions, **guessed})
    own = here.sheets.running(incident.id) if but is None else None
    moving = here.sheets.in_flight(but=but if own is None else own.id)
    moving |= in_crews_hands(here, but=but, by_hand=but is None)
    doubted = moving | doubted_by_work(here.state.work, known)
    return replace(known, unknown=known.unknown | doubted) if doubted else known


def permits_of(work: Work) -> Iterator[Permit]:
    """In the guard's words."""
    for permit in work.permits.values():
        yield Permit(sections=frozenset(permit.sections), isolated_by=frozenset(permit.isolated_by))


def forbidden_for(here: Situation, incident: Incident) -> frozenset[SectionId]:
    """What every other open incident keeps off limits."""
    return frozenset(s for other in here.others(incident) for s in other.off_limits)


def in_crews_hands(
    here: Situation, *, but: SheetId | None = None, by_hand: bool = False
) -> frozenset[SwitchId]:
    """`Sheets.in_crews_hands`, of the switches that this version of the grid has."""
    told = here.sheets.in_crews_hands(but=but, by_hand=by_hand)
    return told.intersection(here.network.switches)


def found_dead(here: Situation, *, but: SheetId | None) -> frozenset[SectionId]:
    """What crews of sheets by hand look at for voltage or earth, wherever there is none: nobody
    feeds it meanwhile (02, 40)."""
    ends, live = here.network.section_ends, here.state.energisation
    beside = (end for s in here.sheets.found_dead(but=but) for end in ends.get(s, ()))
    return frozenset(end for end in beside if not live.is_supplied(end))


def _unavailable(
    here: Situation, incident: Incident, *, but: SheetId | None
) -> frozenset[SwitchId]:
    """Failed lately, at work for another, or on a feeder that is disabled."""
    busy = incident.unavailable.keys() | here.sheets.claimed(but=but) | disabled_switches(here)
    if but is not None:
        busy |= claimed_by(incident)
    for other in here.others(incident):
        busy |= claimed_by(other)
    return frozenset(busy)


def disabled_switches(here: Situation) -> frozenset[SwitchId]:
    """Those that touch what a disabled feeder supplies."""
    disabled = {f for f in here.network.heads if here.state.mode_of(f) is Mode.DISABLED}
    if not disabled:
        return frozenset()
    feeder_of = here.state.energisation.feeder_of
    return frozenset(
        switch
        for switch, ends in here.network.section_ends.items()
        if any(feeder_of.get(end) in disabled for end in ends)
    )


def claimed_by(incident: Incident) -> set[SwitchId]:
    """Switches that no other plan may use: those of a plan under way, those in flight, and
    those that failed."""
    claimed = set(incident.unavailable)
    if incident.phase is Phase.EXECUTING and incident.proposed is not None:
        claimed |= {step.switch for step in incident.proposed.answer.plan.steps}
    if incident.in_flight is not None:
        claimed.add(incident.in_flight)
    return claimed


def feeders_of(
    network: Network, zone: AbstractSet[SectionId], *, before: Energisation
) -> tuple[FeederId, ...]:
    """The feeders that supplied `zone`, in grid order."""
    hit = {before.feeder_of.get(section) for section in zone}
    return tuple(
        sorted((f for f in hit if f is not None), key=network.arrays.feeders.of.__getitem__)
    )


def withheld_by(here: Situation, incident: Incident) -> Reason | None:
    """Why nothing may be planned or released for this incident; None if it may."""
    if incident.origin is Origin.EARTH_FAULT:
        return because("earth-fault-search", device=incident.devices[0])
    if incident.presumed_open:
        return because("predicted-outage", device=incident.devices[0])
    if here.state.modes.shed_since is not None:
        return because("load-shed-withholds", devices=tuple(here.state.modes.shedding))
    for feeder in incident.feeders:
        mode = here.state.mode_of(feeder)
        if mode in (Mode.DISABLED, Mode.RESTORE_ONLY):
            return because("mode-withholds", feeder=feeder, mode=mode.value)
    return None


def may_go_by_itself(here: Situation, incident: Incident) -> bool:
    """Whether every feeder that lost supply is handled without a person."""
    return bool(incident.feeders) and all(
        here.state.mode_of(feeder) is Mode.AUTOMATIC for feeder in incident.feeders
    )


def is_automatic(here: Situation, incident: Incident) -> bool:
    """Whether the proposal, if it is sound, is released without a person."""
    return (
        here.settings.execution_enabled
        and not incident.latched
        and may_go_by_itself(here, incident)
    )


def refresh_soon(here: Situation, incident: Incident, *, at: datetime) -> list[Intent]:
    """Look again when the news has settled; many changes at once cost one plan, and news
    without end does not put it off."""
    incident.withdraw_offer(at)
    if incident.refresh_due is not None:
        return []
    incident.refresh_due = at + timedelta(seconds=here.settings.refresh_s)
    return [StartTimer(timer=incident.timer("refresh"), due=incident.refresh_due)]
