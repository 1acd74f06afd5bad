"""One incident card: what is dark, why we think so, what is proposed, may it be released."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from gridops.api.words import Plain, instant, number, reason
from gridops.control_room import ControlRoom
from gridops.guard import Verdict
from gridops.ids import SectionId, SheetId, SwitchId
from gridops.incident import Incident, Phase, Progress, Proposed, explanation_of, told_of
from gridops.incident.expecting import expected_to_plain
from gridops.measurement import Position
from gridops.reasons import Reason, because
from gridops.response.plain import verdict_to_plain
from gridops.restoration import Step, StepCheck
from gridops.restoration.fingerprint import plan_to_plain

THRESHOLD = timedelta(minutes=5)
"""Interruptions up to this long do not count in SAIDI (`vn-tt39`, `ieee1366`)."""

NOTHING_TOLD: Plain = {
    "state": "assessing",
    "at": None,
    "earliest": None,
    "latest": None,
    "basis": None,
}


def incident_view(room: ControlRoom, incident: Incident, *, now: datetime) -> Plain:
    desk = room.desk
    dark = desk.dark_of(incident) if incident.is_open else frozenset()
    proposed = incident.proposed
    customers = sum(room.network.sections[s].customers for s in dark)
    return {
        "id": incident.id,
        "phase": incident.phase.value,
        "cause": incident.cause.value,
        "origin": incident.origin.value,
        "merged_into": incident.merged_into,
        "took_over": list(incident.took_over),
        "presumed_open": [s for s in incident.network.switches if s in incident.presumed_open],
        "device": incident.devices[0],
        "devices": list(incident.devices),
        "feeder": desk.feeder_of(incident),
        "opened_at": instant(incident.opened_at),
        "concluded_at": instant(incident.concluded_at),
        "reason": reason(incident.reason),
        "customers_out": customers,
        "customers_interrupted": sum(
            incident.network.sections[s].customers for s in incident.interrupted
        ),
        "dark": [s for s in room.network.sections if s in dark],
        "explanation": _explanation(room, incident, customers=customers, now=now),
        "location": _location(room, incident),
        "fence": list(proposed.answer.plan.fence) if proposed else [],
        "plan": None if proposed is None else _plan(room, proposed),
        "sheet": None if proposed is None else _sheet(room, proposed),
        "release": _release(room, incident, now=now),
        "offer": _offer(incident),
        "normal": _normal(room, incident),
        "minutes": _minutes(room, incident, now=now),
        "expected_restoration": _expected_restoration(incident),
        "decide_by": instant(_decide_by(incident)),
        "timeline": [
            {"at": instant(note.at), **(reason(note.reason) or {})} for note in incident.timeline
        ],
    }


def _explanation(
    room: ControlRoom, incident: Incident, *, customers: int, now: datetime
) -> list[Plain | None]:
    told = told_of(
        incident,
        customers=customers,
        flags=room.desk.state.flags,
        now=now,
        execution_enabled=room.desk.settings.execution_enabled,
        away=len(room.desk.away_of(incident)) if incident.is_open else 0,
    )
    return [reason(line) for line in explanation_of(told)]


def _location(room: ControlRoom, incident: Incident) -> Plain | None:
    location, network = incident.location, incident.network
    if location is None:
        return None
    flags = room.desk.state.flags
    return {
        "verdict": location.verdict.value,
        "suspects": [
            {
                "section": suspect.section,
                "probability": suspect.probability,
                "branches": list(network.sections[suspect.section].branches),
            }
            for suspect in location.suspects
        ],
        "suspected": [s for s in network.sections if s in location.suspected],
        "evidence": [
            {
                "device": item.device,
                "reading": item.reading.value,
                "role": item.role.value,
                "why": reason(item.why),
                "quality": said.quality.value if said else None,
                "source_time": instant(said.source_time) if said else None,
            }
            for item in location.evidence
            for said in (flags.get(SwitchId(item.device)),)
        ],
        "advice": [
            {
                "kind": one.kind.value,
                "target": one.target,
                "takes_s": one.takes_s,
                "customer_minutes": one.customer_minutes,
            }
            for one in location.advice
        ],
        "p_no_fault": location.p_no_fault,
        "p_two_faults": location.p_two_faults,
        "p_trouble": location.p_trouble,
    }


def _plan(room: ControlRoom, proposed: Proposed) -> Plain:
    plain: Plain = dict(plan_to_plain(proposed.answer.plan))
    plan = plain.pop("plan")
    steps = zip(proposed.answer.plan.steps, proposed.progress, strict=True)
    return {
        **plan,
        **plain,
        "id": proposed.id,
        "aim": proposed.answer.aim.value,
        "fingerprint": proposed.answer.fingerprint,
        "phases": proposed.answer.plan.phases.value,
        "steps": [
            _step(room, planned, step=step, progress=progress)
            for planned, (step, progress) in zip(plan["steps"], steps, strict=True)
        ],
        "rejected": [
            {**one, "value": number(one["value"]), "limit": number(one["limit"])}
            for one in plan["rejected"]
        ],
        "unserved": [
            {"section": u.section, "because": u.because, "element": u.element}
            for u in proposed.answer.plan.unserved
        ],
        "shed": list(proposed.answer.plan.shed),
        "guard": verdict_view(proposed.answer.verdict),
    }


def _sheet(room: ControlRoom, proposed: Proposed) -> SheetId | None:
    if proposed.released_at is None:
        return None
    sheet = room.desk.sheets.of_plan(proposed.id)
    return None if sheet is None else sheet.id


def verdict_view(verdict: Verdict) -> Plain:
    return verdict_to_plain(verdict, reason)


def check_view(check: StepCheck) -> Plain:
    return {
        "voltage_pu_min": number(check.voltage_pu_min),
        "loading_pct_max": number(check.loading_pct_max),
        "limiting": check.limiting,
        "emergency": list(check.emergency),
    }


def _step(room: ControlRoom, planned: Plain, *, step: Step, progress: Progress) -> Plain:
    return {
        **planned,
        "check": check_view(step.check),
        "customers_dropped": _customers_in(room, step.sections_dropped),
        "sections_restored": list(step.sections_restored),
        "sections_dropped": list(step.sections_dropped),
        "sections_handed_over": list(step.sections_handed_over),
        "state": progress.state.value,
        "note": reason(progress.note),
        "changed_at": instant(progress.changed_at),
    }


def _release(room: ControlRoom, incident: Incident, *, now: datetime) -> Plain:
    """Whether the button may be pressed, and what it will do, by name."""
    why_not = _why_not(room, incident, now=now)
    proposed = incident.proposed
    steps = proposed.answer.plan.steps if proposed else ()
    return {
        "allowed": not why_not,
        "why_not": [reason(one) for one in why_not],
        "customers": sum(step.customers_restored for step in steps),
        "customers_dropped": _customers_in(room, proposed.answer.plan.dropped if proposed else ()),
        "closes": [step.switch for step in steps if step.position is Position.CLOSED],
        "opens": [step.switch for step in steps if step.position is Position.OPEN],
        "expires_at": instant(_expires_at(incident)),
        "two_person": room.desk.settings.two_person,
        "approvals": [] if proposed is None else _approvals(room, proposed),
    }


def _approvals(room: ControlRoom, proposed: Proposed) -> list[Plain]:
    until = room.desk.approvals(proposed)
    return [{"by": user, "until": instant(at)} for user, at in until.items()]


def _offer(incident: Incident) -> Plain | None:
    """A better plan than the one on the screen, what it gains and what it would do, by name."""
    offer = incident.offer
    if offer is None:
        return None
    plan, gain = offer.answer.plan, offer.gain
    return {
        "id": offer.id,
        "fingerprint": offer.answer.fingerprint,
        "offered_at": instant(offer.offered_at),
        "expires_at": instant(_expires_at(incident)),
        "customers": gain.customers,
        "customers_more": gain.customers - gain.instead,
        "minutes_fewer": gain.minutes,
        "steps_more": gain.steps,
        "customers_interrupted": gain.interrupted,
        "interrupted_s": gain.interrupted_s,
        "closes": [step.switch for step in plan.steps if step.closes],
        "opens": [step.switch for step in plan.steps if not step.closes],
        "last_done_s": plan.steps[-1].done_s,
        "proof": plan.proof.value,
        "gap_pct": plan.gap_pct,
    }


def _normal(room: ControlRoom, incident: Incident) -> Plain | None:
    if not incident.is_open or not incident.plans_released:
        return None
    return {
        "away": list(room.desk.away_of(incident)),
        "due_at": instant(incident.home_due),
        "may_accept": room.desk.why_not_accepted(incident) is None,
    }


def _customers_in(room: ControlRoom, sections: Iterable[SectionId]) -> int:
    return sum(room.network.sections[s].customers for s in sections if s in room.network.sections)


def _expires_at(incident: Incident) -> datetime | None:
    """Until when this proposal may be released; the engine looks at it again by then."""
    if incident.phase is not Phase.PROPOSED or incident.proposed is None:
        return None
    return incident.proposed.expires_at


def _why_not(room: ControlRoom, incident: Incident, *, now: datetime) -> list[Reason]:
    proposed = incident.proposed
    if incident.phase is not Phase.PROPOSED or proposed is None:
        withheld = room.desk.why_withheld(incident) if incident.phase is Phase.PROPOSED else None
        return [withheld or because("not-proposed", phase=incident.phase.value)]
    found = []
    if not room.desk.settings.execution_enabled:
        found.append(because("execution-disabled"))
    found += [
        because("guard-veto", plan=proposed.id, invariant=violation.invariant)
        for violation in proposed.answer.verdict.violations
    ]
    if not proposed.answer.plan.steps:
        found.append(because("no-safe-plan", steps=0))
    lacking = room.desk.lacks_approval(proposed, now)
    if lacking is not None:
        found.append(because(lacking))
    return found


def _minutes(room: ControlRoom, incident: Incident, *, now: datetime) -> Plain:
    planned = incident.proposed.answer.plan.minutes if incident.proposed else None
    return {
        "so_far": room.books.customer_minutes_of(incident.id, now),
        "with_plan": planned.with_plan if planned else None,
        "without": planned.without if planned else None,
    }


def _expected_restoration(incident: Incident) -> Plain:
    """What is told now, and every time that was told before."""
    told = [expected_to_plain(one) for one in incident.expected]
    now = told[-1] if told else NOTHING_TOLD
    shown = {name: now[name] for name in NOTHING_TOLD}
    if incident.supplied_at is not None:
        shown["state"] = "restored"
    return {**shown, "restored_at": instant(incident.supplied_at), "revisions": told}


def _decide_by(incident: Incident) -> datetime | None:
    """The last moment at which the plan still brings customers back within the threshold."""
    if incident.phase is not Phase.PROPOSED or incident.proposed is None:
        return None
    back = [s.done_s for s in incident.proposed.answer.plan.steps if s.customers_restored]
    if not back:
        return None
    return incident.opened_at + THRESHOLD - timedelta(seconds=min(back))
