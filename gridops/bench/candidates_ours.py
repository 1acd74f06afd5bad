"""Restoration candidates by us: each judged by itself on the islands that it draws on."""

from collections.abc import Sequence

import numpy as np

from gridops.bench.candidate_cases import Case
from gridops.bench.measuring import Side, timed
from gridops.bench.verdicts import verdicts
from gridops.ids import SwitchId
from gridops.network import Indices, Values
from gridops.powerflow import Candidates, LoadPowers, Outcome, RadialFlow
from gridops.powerflow.candidate_kernel import Changes
from gridops.powerflow.candidates import Judgement


def in_one_call(case: Case) -> Side:
    """All candidates of the city as one list: what a sweep over many outages asks."""
    judging, changes = _judging(case), _changes(case, case.candidates)
    return Side(
        read=timed(lambda: judging.check_numbered(changes), pieces=len(case.candidates)),
        answer=lambda: _answer(case, judging.check_numbered(changes)),
    )


def one_by_one(case: Case) -> Side:
    """A call from Python for each."""
    judging = _judging(case)
    singles = [_changes(case, [candidate]) for candidate in case.candidates]

    def work() -> None:
        for changes in singles:
            judging.check_numbered(changes)

    def answer() -> Values:
        judged = [_answer(case, judging.check_numbered(changes)) for changes in singles]
        return np.concatenate(judged)

    return Side(read=timed(work, pieces=len(singles)), answer=answer)


def _judging(case: Case) -> Candidates:
    """What switches may carry is left out: the peers have no place for it.

    Raises: ValueError if the outages have left a state without a solution.
    """
    judging = Candidates(
        RadialFlow(case.network).grid,
        case.closed,
        loads=LoadPowers.stated(case.network),
        carries_a=np.full(len(case.network.switches), np.inf),
    )
    if not judging.is_solved:
        raise ValueError(f"{case.network.name} has no solution before any candidate")
    return judging


def _changes(case: Case, candidates: Sequence[tuple[SwitchId, SwitchId]]) -> Changes:
    """Close the first, open the second."""
    moved: Indices = case.network.arrays.switches.numbers(s for pair in candidates for s in pair)
    closed = np.tile(np.array([1, 0], np.int32), len(candidates))
    return Changes(np.arange(0, len(moved) + 1, 2, dtype=np.int32), moved, closed)


def _answer(case: Case, judged: Judgement) -> Values:
    """A candidate without a solution has no figures."""
    is_solved = judged.outcome == Outcome.SOLVED
    told = verdicts(
        case.network.limits,
        lowest_pu=judged.voltage_pu_min,
        highest_pu=judged.voltage_pu_max,
        loading_pct=judged.loading_pct_max,
    )
    return np.where(is_solved[:, None], told, np.nan).ravel()
