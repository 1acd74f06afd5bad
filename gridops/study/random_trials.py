"""Random outages through planner and guard: what each answered, and what is wrong with it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Protocol

from gridops.guard import Guard, Knowledge, Verdict
from gridops.measurement import Measured, Quality
from gridops.network import Network
from gridops.powerflow import PowerFlow, RadialFlow
from gridops.response import proposal_of
from gridops.restoration import Plan, Situation, Step, propose
from gridops.restoration.fingerprint import fingerprint
from gridops.state import energise
from gridops.study.plan_walk import GridBits, beyond_limits, unsafe
from gridops.study.random_cases import Doubt, random_outage, random_situation
from gridops.study.random_grids import Dice

FAILURES_MAX = 3
"""Devices that fail in one case, one after the other."""

Planner = Callable[[Situation, PowerFlow], Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`kind`: unsafe, limit (the guard passed neither), unsafe-passed, limit-passed (it did),
    vetoed, not-the-same, exception."""

    kind: str
    text: str


class Listener(Protocol):
    """Told of every question with its answer and what speaks against it."""

    def __call__(self, situation: Situation, plan: Plan, *, found: Sequence[Finding]) -> None: ...


@dataclass(slots=True)
class Tally:
    """What cases came to."""

    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    digest: bytes = b""
    """Of all plans: two runs of the same cases must have the same."""


@dataclass(slots=True)
class Court:
    """Planner, guard and walk over one grid, with their engines."""

    network: Network
    second_engine: PowerFlow
    """The guard's: never the planner's."""
    plan: Planner = propose
    listen: Listener | None = None
    guard: Guard = field(init=False)
    bits: GridBits = field(init=False)
    first_engine: RadialFlow = field(init=False)

    def __post_init__(self) -> None:
        self.guard = Guard(self.network, self.second_engine)
        self.bits = GridBits(self.network)
        self.first_engine = RadialFlow(self.network)

    def judged(self, situation: Situation, counts: Counter[str]) -> tuple[Plan, list[Finding]]:
        """The plan, and all that speaks against it."""
        plan = self.plan(situation, self.first_engine)
        again = self.plan(_told_otherwise(situation), self.first_engine)
        found = [] if plan == again else [Finding(kind="not-the-same", text=fingerprint(again))]
        verdict = guarded(self.guard, situation, plan=plan)
        walked = unsafe(situation, plan, bits=self.bits)
        beyond = beyond_limits(situation, plan, engine=self.second_engine)
        suffix = "-passed" if verdict.passed else ""
        found += [Finding(kind="unsafe" + suffix, text=text) for text in walked]
        found += [Finding(kind="limit" + suffix, text=text) for text in beyond]
        if not verdict.passed:
            why = "; ".join(f"{v.invariant} {v.why.in_english()}" for v in verdict.violations)
            found.append(Finding(kind="vetoed", text=why))
        if self.listen is not None:
            self.listen(situation, plan, found=found)
        counts["plans"] += 1
        counts["plans with steps"] += bool(plan.steps)
        counts["steps"] += len(plan.steps)
        counts[f"proof {plan.proof.value}"] += bool(plan.steps)
        counts["single comparisons by the guard"] += verdict.checks
        return plan, found


def _told_otherwise(situation: Situation) -> Situation:
    """The same, built anew and in another order."""
    snapshot = situation.snapshot
    return replace(
        situation,
        dark=frozenset(sorted(situation.dark, reverse=True)),
        suspected=frozenset(sorted(situation.suspected, reverse=True)),
        unavailable=frozenset(sorted(situation.unavailable, reverse=True)),
        snapshot=replace(
            snapshot,
            unknown=frozenset(sorted(snapshot.unknown, reverse=True)),
            tags=dict(reversed(list(snapshot.tags.items()))),
            positions=dict(reversed(list(snapshot.positions.items()))),
        ),
    )


def guarded(guard: Guard, situation: Situation, *, plan: Plan) -> Verdict:
    """What the guard says to the plan, told what the planner was told."""
    settings = situation.settings
    knowledge = Knowledge(
        network=situation.network,
        snapshot=situation.snapshot,
        limits=situation.limits,
        loads=situation.loads,
        forbidden=situation.forbidden,
        busy=situation.unavailable,
        dark=situation.dark,
        dark_s=situation.dark_s,
        cold_load=settings.cold_load,
        at=situation.at,
        ahead_s=min(settings.look_ahead_s, settings.repair_s),
        lasts_s=settings.repair_s,
        closed_before=situation.closed_before,
        shedding=settings.shedding,
    )
    return guard.check_plan(proposal_of(plan), knowledge)


def tried(dice: Dice, court: Court, *, doubt: Doubt) -> Tally:
    """One case: an outage, its plan, and up to `FAILURES_MAX` devices that fail on the way, each
    with a new plan from the state reached."""
    tally = Tally()
    outage = random_outage(dice, court.network, doubt=doubt)
    situation = random_situation(dice, outage, doubt=doubt)
    tally.counts.update(_kinds(situation))
    digest = sha256()
    for plan, found in _played(dice, court, situation=situation, counts=tally.counts):
        digest.update(fingerprint(plan).encode())
        tally.findings += found
    tally.digest = digest.digest()
    return tally


def _kinds(situation: Situation) -> Iterator[str]:
    """What the case has in it."""
    snapshot = situation.snapshot
    has = {
        "several suspected sections": len(situation.suspected) > 1,
        "source lost": bool(snapshot.dead_sources),
        "unknown positions": bool(snapshot.unknown),
        "tags": bool(snapshot.tags),
        "unreachable devices": bool(snapshot.unreachable),
        "unavailable devices": bool(situation.unavailable),
        "another incident": bool(situation.forbidden),
        "not the normal state": situation.closed_before != situation.network.normally_closed,
    }
    yield "cases"
    for kind, holds in has.items():
        if holds:
            yield f"with {kind}"


def _played(
    dice: Dice, court: Court, *, situation: Situation, counts: Counter[str]
) -> Iterator[tuple[Plan, list[Finding]]]:
    """Each plan in turn. A device that moves late is unknown while the next plan is made and
    turns up moved in the middle of it."""
    late: Step | None = None
    for _ in range(FAILURES_MAX + 1):
        plan, found = court.judged(situation, counts)
        yield plan, found
        if not plan.steps and late is None:
            return
        done = dice.randint(0, len(plan.steps) - 1) if plan.steps else 0
        if late is not None:
            situation, late = after(situation, [*plan.steps[:done], late]), None
            continue
        how = dice.choice(("refuses", "falls silent", "moves late", "none"))
        if how == "none":
            return
        counts[f"device {how}"] += 1
        step = plan.steps[done]
        situation = _failed(after(situation, plan.steps[:done]), step, is_known=how == "refuses")
        late = step if how == "moves late" else None


def after(situation: Situation, steps: Sequence[Step]) -> Situation:
    """Once `steps` are done and reported well; dark is what this outage still leaves so."""
    network, snapshot = situation.network, situation.snapshot
    stands = {step.switch: Measured(step.position, Quality.GOOD, snapshot.at) for step in steps}
    last = {s: p for s, p in snapshot.last_definite.items() if s not in stands}
    snapshot = replace(
        snapshot,
        positions={**snapshot.positions, **stands},
        unknown=snapshot.unknown - stands.keys(),
        last_definite=last,
    )
    now = energise(network, snapshot.closed, dead_sources=snapshot.dead_sources)
    had = energise(network, situation.closed_before)
    return replace(
        situation,
        snapshot=snapshot,
        dark=frozenset(s for s in network.sections if had.is_supplied(s) and s in now.dark),
        dark_s=max([situation.dark_s, *(situation.dark_s + step.done_s for step in steps)]),
    )


def _failed(situation: Situation, step: Step, *, is_known: bool) -> Situation:
    """The device of `step` did not do what it was told; it will not be asked again."""
    snapshot = situation.snapshot
    if not is_known:
        snapshot = replace(snapshot, unknown=snapshot.unknown | {step.switch})
    return replace(situation, snapshot=snapshot, unavailable=situation.unavailable | {step.switch})
