"""What loads draw later than the switching: cold load pickup, and the hours ahead.

Worked out from the tables of the grid in the guard's own way, over the sections of an island.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from gridops.guard.case import Case, Stage
from gridops.ids import LoadId, SectionId
from gridops.network import ColdLoad
from gridops.powerflow import LoadPowers

MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Back:
    """When a section gets its supply back, and how long it was without it until then."""

    at_s: float
    dark_s: float


def cold_loads(case: Case, stage: Stage, *, table: ColdLoad) -> LoadPowers | None:
    """The loads after a closing with the excess of all that has come back so far and has not
    settled yet; None: there is no excess."""
    factors: dict[LoadId, float] = {}
    for section, back in _came_back(case, stage).items():
        if stage.move.done_s - back.at_s >= table.lasts_s:
            continue
        for load in case.network.loads_of_section.get(section, ()):
            factor = table.factor(load.load_class, back.dark_s)
            if factor > 1.0:
                factors[load.id] = factor
    return _scaled(case, factors, consumed_only=True) if factors else None


def _came_back(case: Case, until: Stage) -> Mapping[SectionId, Back]:
    """By closings up to `until`. Times count from the command that is looked at first."""
    from_s = case.done[-1].done_s if case.done else 0.0
    dropped: dict[SectionId, float] = {}
    back: dict[SectionId, Back] = {}
    for stage in case.stages[: until.place + 1]:
        at_s = stage.move.done_s
        if not stage.move.closes:
            lost = stage.part_before.sections.keys() & case.proposal.interrupts
            dropped.update({section: at_s for section in lost if section not in dropped})
        elif stage.part_after.infeeds:
            since = dict.fromkeys(case.knowledge.dark, case.knowledge.dark_s + at_s - from_s)
            since |= {section: at_s - when_s for section, when_s in dropped.items()}
            new = stage.part_after.sections.keys() & since.keys() - back.keys()
            back.update({section: Back(at_s, since[section]) for section in new})
    return back


def loads_ahead(case: Case, sections: Iterable[SectionId]) -> list[tuple[float, LoadPowers]]:
    """Of each step of the profiles that begins within `ahead_s`: the seconds until then, and
    what the loads of these sections draw in it."""
    at, network = case.knowledge.at, case.network
    listed = [load for s in sections for load in network.loads_of_section.get(s, ())]
    day = {
        load.id: network.profiles[load.profile].factors
        for load in listed
        if load.profile is not None
    }
    if at is None or not day:
        return []
    steps = max(map(len, day.values()))
    minutes = MINUTES_PER_DAY // steps
    now = at.hour * 60 + at.minute
    last = now + int(case.knowledge.ahead_s / 60.0)
    return [
        (60.0 * (minute - now), _at_minute(case, day, now=now, minute=minute))
        for minute in range((now // minutes + 1) * minutes, last + 1, minutes)
    ]


def _at_minute(
    case: Case, day: Mapping[LoadId, tuple[float, ...]], *, now: int, minute: int
) -> LoadPowers:
    """A load goes with its profile from what it draws now; where that says nothing now, from
    what the grid states."""
    factors: dict[LoadId, float] = {}
    stated: dict[LoadId, float] = {}
    for load, steps in day.items():
        before, after = (
            steps[m % MINUTES_PER_DAY * len(steps) // MINUTES_PER_DAY] for m in (now, minute)
        )
        if before > 0.0:
            factors[load] = after / before
        else:
            stated[load] = after
    found = _scaled(case, factors, consumed_only=False)
    for ident, factor in stated.items():
        row, own = case.network.arrays.loads.of[ident], case.network.loads[ident]
        found.p_w[row], found.q_var[row] = own.p_w * factor, own.q_var * factor
    return found


def _scaled(case: Case, factors: Mapping[LoadId, float], *, consumed_only: bool) -> LoadPowers:
    """The loads of the case, some multiplied; of those `consumed_only` spares what feeds in."""
    rows = case.network.arrays.loads.numbers(factors)
    factor = np.fromiter(factors.values(), np.float64, len(factors))
    powers = []
    for before in (case.loads.p_w, case.loads.q_var):
        after = before.copy()
        spared = consumed_only & np.signbit(before[rows])
        after[rows] = np.where(spared, before[rows], before[rows] * factor)
        powers.append(after)
    return LoadPowers(case.network.arrays, p_w=powers[0], q_var=powers[1])
