"""An incident in three lines, for somebody who was asleep a minute ago: what is dark and since
when, where the fault is and why we think so, what to do now and whether it is safe.

As data: the edge words it in the reader's language, and calls places by their names.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gridops.ids import FeederId, SectionId, SwitchId
from gridops.incident.explanation_where import CLOCK_OFF_MIN, GUESS_MIN, Clocks, minutes, where_line
from gridops.incident.model import Incident, Origin, Phase
from gridops.measurement import Measured, Reading
from gridops.network import Network
from gridops.outage import Advice, AdviceKind, Cause, Location, Verdict
from gridops.reasons import Reason, because
from gridops.response import Aim, Answer

SAVED_MIN = 1.0
UNTIL_THEN = {
    Phase.DETECTING: "do-wait-reclosing",
    Phase.SETTLING: "do-wait-indicators",
    Phase.EXECUTING: "do-watch",
    Phase.CLOSED: "do-nothing",
}
"""Phases in which there is nothing to decide."""
FAULTS = (Cause.FAULT, Cause.LOST_SUPPLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One incident as the three lines tell it."""

    network: Network
    cause: Cause
    phase: Phase
    devices: tuple[SwitchId, ...]
    """What opened by itself, or by `origin` must have, or signals; none where supply was lost
    from above."""
    feeders: tuple[FeederId, ...]
    customers: int
    """Without supply now."""
    origin: Origin = Origin.TRIPPED
    clocks: Clocks | None = None
    """None: a study, which has none."""
    location: Location | None = None
    answer: Answer | None = None
    """What is proposed, or was carried out."""
    flags: Mapping[SwitchId, Measured[Reading]] = field(default_factory=dict)
    execution_enabled: bool = True
    repaired: bool = False
    away: int = 0
    """So many switches that it has moved are off their normal position."""


def told_of(
    incident: Incident,
    *,
    customers: int,
    flags: Mapping[SwitchId, Measured[Reading]],
    now: datetime,
    execution_enabled: bool,
    away: int = 0,
) -> Told:
    """A live incident. `customers`: without supply now; `flags`: the live state's, behind the
    incident's own; `away`: so many of its switches are off their normal position."""
    proposed, location = incident.proposed, incident.location
    witnesses = [SwitchId(e.device) for e in location.evidence] if location else []
    return Told(
        network=incident.network,
        cause=incident.cause,
        phase=incident.phase,
        devices=devices_of(incident),
        origin=incident.origin,
        feeders=incident.feeders,
        customers=customers,
        clocks=Clocks(incident.opened_at, incident.learnt_at, now),
        location=location,
        answer=None if proposed is None else proposed.answer,
        flags={
            device: said
            for device in witnesses
            if (said := incident.flags.get(device) or flags.get(device)) is not None
        },
        execution_enabled=execution_enabled,
        repaired=incident.repaired,
        away=away,
    )


def devices_of(incident: Incident) -> tuple[SwitchId, ...]:
    signals = incident.origin is Origin.EARTH_FAULT
    return tuple(incident.devices) if signals else incident.tripped


def explanation_of(told: Told) -> tuple[Reason, Reason, Reason]:
    """What is dark, where and why, what to do. Pure; cost in proportion to the evidence."""
    return _dark(told), _where(told), _do(told)


# what is dark, and since when


def _dark(told: Told) -> Reason:
    since, clauses = _since(told)
    if told.cause is Cause.TELEMETRY:
        return because("dark-telemetry", devices=told.devices)
    if told.cause is Cause.MOMENTARY:
        return because("dark-momentary", devices=told.devices, since=since)
    if told.customers == 0 and told.clocks is not None:
        return _nobody(told, since=since, clauses=clauses)
    opened = "dark-presumed" if told.origin is Origin.PREDICTED else "dark-fault"
    code = {Cause.LOST_SUPPLY: "dark-lost-supply", Cause.PLANNED: "dark-planned"}.get(
        told.cause, opened
    )
    if code == "dark-fault" and told.devices == _heads(told):
        code = "dark-feeder"
    if told.clocks is None:
        return because(
            f"{code}-study",
            customers=told.customers,
            feeders=told.feeders,
            devices=told.devices,
        )
    return because(
        code,
        customers=told.customers,
        feeders=told.feeders,
        devices=told.devices,
        since=since,
        clauses=clauses,
    )


def _heads(told: Told) -> tuple[SwitchId, ...]:
    return tuple(told.network.heads[f] for f in told.feeders if f in told.network.heads)


def _nobody(told: Told, *, since: str, clauses: tuple[Reason, ...]) -> Reason:
    if told.origin is Origin.EARTH_FAULT:
        return because("dark-alarm", devices=told.devices, since=since, clauses=clauses)
    return because("dark-nobody", devices=told.devices, since=since, clauses=clauses)


def _since(told: Told) -> tuple[str, tuple[Reason, ...]]:
    """By the device's clock; by our own where the device's cannot be right."""
    clocks = told.clocks
    if clocks is None:
        return "", ()
    if abs(clocks.slow) < CLOCK_OFF_MIN or not told.devices:
        return clocks.since.isoformat(), ()
    code = "clock-slow" if clocks.slow > CLOCK_OFF_MIN else "clock-fast"
    why = because(code, device=told.devices[0], minutes=minutes(abs(clocks.slow)))
    return clocks.learnt_at.isoformat(), (why,)


# where, and why we think so


def _where(told: Told) -> Reason:
    if told.cause not in FAULTS:
        return because("where-nothing")
    if told.repaired:
        return because("where-repaired")
    if told.cause is Cause.LOST_SUPPLY:
        return because("where-above")
    if told.location is None:
        return because("where-not-yet")
    if told.clocks is None and not told.location.p_no_fault:
        given = tuple(one.section for one in told.location.suspects)
        if told.location.suspected == frozenset(given):
            return because("where-given", sections=given)
    return where_line(told.network, told.location, flags=told.flags, clocks=told.clocks)


# what to do now


def _do(told: Told) -> Reason:
    if told.cause in (Cause.MOMENTARY, Cause.TELEMETRY):
        return because("do-nothing")
    if told.phase in UNTIL_THEN:
        return because(UNTIL_THEN[told.phase], devices=told.devices)
    if told.cause is Cause.PLANNED and not told.repaired:
        return because("do-planned")
    if _goes_home(told):
        return _homeward(told)
    clauses = tuple(_find(told))
    if told.origin is Origin.EARTH_FAULT and told.customers == 0:
        found = _is_found(told) and told.clocks is not None
        return because("do-search-found") if found else because("do-search", clauses=clauses)
    if told.phase is Phase.STOPPED:
        return because("do-look-again", clauses=clauses)
    if told.phase is Phase.RESTORED:
        return because("do-repair", customers=told.customers, clauses=clauses)
    return _release(told, clauses)


def _goes_home(told: Told) -> bool:
    """Everybody has supply, and there is only the way back to the normal state to think of."""
    rests = told.phase is Phase.RESTORED and bool(told.away)
    returns = told.answer is not None and told.answer.aim is Aim.RETURN
    return told.customers == 0 and (rests or (told.phase is Phase.PROPOSED and returns))


def _homeward(told: Told) -> Reason:
    found = told.answer
    if told.phase is Phase.RESTORED or found is None:
        return because("do-hold", count=told.away)
    if not found.verdict.passed:
        first = found.verdict.violations[0].invariant
        return because("do-not-release", invariant=first, clauses=())
    if not found.plan.steps:
        return because("do-stay", count=told.away)
    sections = told.network.sections
    customers = sum(sections[s].customers for s in found.plan.dropped if s in sections)
    stays = len(found.plan.rejected)
    clauses = (because("left-away", count=stays),) if stays else ()
    code = "do-return-dropping" if customers else "do-return"
    return because(code, count=told.away - stays, customers=customers, clauses=clauses)


def _release(told: Told, clauses: tuple[Reason, ...]) -> Reason:
    found = told.answer
    if found is None:
        return because("do-without-plan", clauses=clauses)
    if not found.verdict.passed:
        first = found.verdict.violations[0].invariant
        return because("do-not-release", invariant=first, clauses=clauses)
    if not found.plan.steps:
        return because("do-find", clauses=clauses)
    customers = int(found.plan.customers.restored_by_switching)
    clauses = (*_left(found), *clauses)
    if not told.execution_enabled:
        return because("do-by-hand", customers=customers, clauses=clauses)
    if customers == 0:
        return because("do-isolate", clauses=clauses)
    back_s = max(step.done_s for step in found.plan.steps if step.customers_restored)
    takes = max(1, math.ceil(back_s / 60.0))
    if _is_wide(told):
        count = len(found.location.suspected)
        return because(
            "do-release-wide", count=count, customers=customers, minutes=takes, clauses=clauses
        )
    return because("do-release", customers=customers, minutes=takes, clauses=clauses)


def _is_wide(told: Told) -> bool:
    verdicts = (Verdict.CONTRADICTORY, Verdict.INSUFFICIENT)
    return told.location is not None and told.location.verdict in verdicts


def _left(found: Answer) -> Iterator[Reason]:
    left = int(found.plan.customers.until_repair)
    if left:
        yield because("left-dark", customers=left)


def _find(told: Told) -> Iterator[Reason]:
    """How to find the fault: what is worth most, else where to look first."""
    if told.cause is Cause.LOST_SUPPLY:
        yield because("call-above")
        return
    location = told.location
    if location is None or told.repaired or told.cause is not Cause.FAULT:
        return
    best = location.suspects[0].section if location.suspects else None
    goes_there = _can_be_released(told) and not _is_wide(told)
    advice = _best_advice(told, location)
    if advice is not None and not goes_there:
        yield _advised(advice, is_search=told.origin is Origin.EARTH_FAULT)
    elif _is_wide(told) and best is not None and not _is_lottery(told, location):
        yield because("crew-from", section=best)
    elif _is_wide(told):
        yield because("crew-along")
    elif best is not None and not _is_found(told):
        yield because("crew-to", section=best)


def _best_advice(told: Told, location: Location) -> Advice | None:
    """None where it is worth nothing, or where one of many equal places would be looked at.
    Nobody closes onto a part of which the evidence contradicts itself."""
    barred = set[AdviceKind]()
    if _is_lottery(told, location):
        barred.add(AdviceKind.PATROL)
    if location.verdict is Verdict.CONTRADICTORY:
        barred |= {AdviceKind.PATROL, AdviceKind.TRIAL}
    of_use = (a for a in location.advice if a.kind not in barred)
    best = next(of_use, None)
    return best if best is not None and best.customer_minutes >= SAVED_MIN else None


def _is_lottery(told: Told, location: Location) -> bool:
    return _is_wide(told) and location.suspects[0].probability < GUESS_MIN


def _can_be_released(told: Told) -> bool:
    found = told.answer
    return found is not None and found.verdict.passed and bool(found.plan.steps)


def _is_found(told: Told) -> bool:
    """A crew stands at the fault, or the question says where it is."""
    location = told.location
    found = location is not None and any(e.why.code == "patrol-found" for e in location.evidence)
    return found or told.clocks is None


def _advised(advice: Advice, *, is_search: bool) -> Reason:
    takes = max(1, math.ceil(advice.takes_s / 60.0))
    saved = _rough(advice.customer_minutes)
    if advice.kind is AdviceKind.READ:
        device = SwitchId(advice.target)
        return because("advise-read", device=device, minutes=takes, saved=saved)
    if advice.kind is AdviceKind.PATROL:
        section = SectionId(advice.target)
        if is_search:
            return because("crew-to", section=section)
        return because("advise-patrol", section=section, minutes=takes, saved=saved)
    if is_search:
        return because("advise-search", switch=advice.target)
    return because("advise-trial", switch=advice.target, saved=saved)


def _rough(amount: float) -> int:
    """Two digits: an expectation is no account."""
    if amount < 100.0:
        return round(amount)
    return int(round(amount, 1 - math.floor(math.log10(amount))))
