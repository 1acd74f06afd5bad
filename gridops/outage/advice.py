"""What would tell more: the value of a reading, a patrol or a trial in customer minutes.

The worth of an act is what it is expected to take off the suspected customers, for the time that
is then left until a crew would have found the fault anyway:

    sum over outcomes o of P(o) (C(S) - C(S_o)) x max(0, find_s - takes_s) / 60

with C the customers in the set that has to stay dark, S now and S_o after the outcome.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gridops.ids import SwitchId
from gridops.network import Control, Counts, Values
from gridops.outage.location_settings import LocationSettings
from gridops.outage.posterior import Weights
from gridops.outage.scene import Scene
from gridops.outage.testimony import Marks, Tally, Unheard, Word
from gridops.outage.types import Advice, AdviceKind

READ_AGAIN_CODES = ("indicator-failed",)
OVERLOOKED = 0.3
"""A crew passes by the place of a fault and does not see it."""
TRIAL_LIES = 0.01
"""A trial holds although the fault is in it, or trips although it is not."""
MISTAKEN = 1e-6
"""A crew takes something else for the fault."""
OVERRULED = 64
"""What was found or tried overrules indicators: it counts as more wrong devices than any
explanation may have."""
WORTH_SAYING = 1.0
"""Customer minutes below which an act is not worth a line."""
TARGETS_MAX = 8
"""Acts of one kind that are worked out, the likeliest to help first."""


@dataclass(frozen=True, slots=True, eq=False)
class _Act:
    kind: AdviceKind
    target: str
    takes_s: float
    log_yes: Values
    """Of the one outcome of two, by row."""
    log_no: Values
    fails_if_yes: Tally
    """How many more devices would have failed at each row, if the outcome is that."""
    fails_if_no: Tally


def advise(
    scene: Scene, words: Sequence[Word], *, weights: Weights, settings: LocationSettings
) -> tuple[Advice, ...]:
    """The `advice_max` acts that are worth most; none for a set of one section or for two faults
    (a trial tells little then).

    Cost: a few tables of at most 6 x `TARGETS_MAX` outcomes over the rows.
    """
    if len(weights.pairs):
        return ()
    held = _held(
        weights.single[np.newaxis], weights.failed[np.newaxis], weights=weights, settings=settings
    )[0]
    if int(held.sum()) < 2:
        return ()
    p_row = np.exp(weights.single - np.logaddexp.reduce(weights.single))
    acts = [*_reads(scene, words, settings=settings)]
    acts += _patrols(scene, p_row, held=held, settings=settings)
    acts += _trials(scene, held)
    if not acts:
        return ()
    saved = _worth(scene, acts, weights=weights, held=held, settings=settings)
    order = np.argsort(-saved, kind="stable")[: settings.advice_max].tolist()
    return tuple(
        Advice(
            kind=acts[k].kind,
            target=acts[k].target,
            takes_s=acts[k].takes_s,
            customer_minutes=round(float(saved[k]), 1),
        )
        for k in order
        if saved[k] >= WORTH_SAYING
    )


def _worth(
    scene: Scene,
    acts: Sequence[_Act],
    *,
    weights: Weights,
    held: Marks,
    settings: LocationSettings,
) -> Values:
    """Of each act, in customer minutes."""
    customers = scene.network.arrays.customers[scene.sections].astype(np.float64)
    log_yes = np.array([act.log_yes for act in acts])
    log_no = np.array([act.log_no for act in acts])
    p_row = np.exp(weights.single - np.logaddexp.reduce(weights.single))
    p_yes = np.exp(log_yes) @ p_row
    after = [
        _held(weights.single + log_p, weights.failed + fails, weights=weights, settings=settings)
        @ customers
        for log_p, fails in (
            (log_yes, np.array([act.fails_if_yes for act in acts])),
            (log_no, np.array([act.fails_if_no for act in acts])),
        )
    ]
    left_min = np.maximum(0.0, settings.find_s - np.array([act.takes_s for act in acts])) / 60.0
    now = float(held @ customers)
    saved: Values = left_min * (now - p_yes * after[0] - (1.0 - p_yes) * after[1])
    return saved


def _held(single: Values, failed: Counts, *, weights: Weights, settings: LocationSettings) -> Marks:
    """What has to stay dark, one line for each line of weights: as `smallest_holding` and
    `excusable` have it for one fault."""
    p = np.exp(single - np.logaddexp.reduce(single, axis=1, keepdims=True))
    order = np.argsort(-p, axis=1, kind="stable")
    reached = np.cumsum(np.take_along_axis(p, order, axis=1), axis=1)
    needed = settings.hold_probability * reached[:, -1:] * (1.0 - 1e-12)
    taken = np.concatenate([np.ones((len(p), 1), np.bool_), reached[:, :-1] < needed], axis=1)
    marks = np.zeros_like(taken)
    np.put_along_axis(marks, order, taken, axis=1)
    fewest = failed.min(axis=1, keepdims=True)
    excused = failed <= np.maximum(fewest, settings.malfunctions_tolerated)
    return np.asarray(marks | (excused & ~weights.overruled))


def _reads(scene: Scene, words: Sequence[Word], *, settings: LocationSettings) -> Iterator[_Act]:
    """Indicators that are fitted and give nothing."""
    silent = [w for w in words if isinstance(w, Unheard) and w.why.code in READ_AGAIN_CODES]
    for word in silent[:TARGETS_MAX]:
        sees = np.zeros(len(scene.sections), np.bool_)
        sees[scene.behind(SwitchId(word.witness))] = True
        p_yes = np.where(sees, 1.0 - settings.p_missing, settings.p_stray)
        yield _Act(
            AdviceKind.READ,
            word.witness,
            settings.patrol_s,
            np.log(p_yes),
            np.log(1.0 - p_yes),
            fails_if_yes=(~sees).astype(np.int8),
            fails_if_no=sees.astype(np.int8),
        )


def _patrols(
    scene: Scene, p_row: Values, *, held: Marks, settings: LocationSettings
) -> Iterator[_Act]:
    likely = [row for row in np.argsort(-p_row, kind="stable").tolist() if held[row]]
    for row in likely[:TARGETS_MAX]:
        p_found = np.full(len(p_row), MISTAKEN)
        p_found[row] = 1.0 - OVERLOOKED
        elsewhere = np.full(len(p_row), OVERRULED, np.int8)
        elsewhere[row] = 0
        yield _Act(
            AdviceKind.PATROL,
            scene.candidates[row],
            settings.patrol_s,
            np.log(p_found),
            np.log(1.0 - p_found),
            fails_if_yes=elsewhere,
            fails_if_no=np.zeros(len(p_row), np.int8),
        )


def _trials(scene: Scene, held: Marks) -> Iterator[_Act]:
    """Switches that split the suspected set; the most even split first."""
    network = scene.network
    ids = network.arrays.switches.ids
    splits: list[tuple[int, int]] = []
    whole = int(held.sum())
    for number, rows in scene.spans.items():
        switch = network.switches[ids[number]]
        behind = int(held[rows].sum())
        usable = switch.control is not Control.NONE and switch.breaks_load
        if usable and 0 < behind < whole and number not in scene.above:
            splits.append((abs(whole - 2 * behind), number))
    for _, number in sorted(splits)[:TARGETS_MAX]:
        before = np.ones(len(held), np.bool_)
        before[scene.spans[number]] = False
        p_trips = np.where(before, 1.0 - TRIAL_LIES, TRIAL_LIES)
        switch = network.switches[ids[number]]
        yield _Act(
            AdviceKind.TRIAL,
            switch.id,
            2.0 * switch.operating_time_s,
            np.log(p_trips),
            np.log(1.0 - p_trips),
            fails_if_yes=np.where(before, 0, OVERRULED).astype(np.int8),
            fails_if_no=np.where(before, OVERRULED, 0).astype(np.int8),
        )
