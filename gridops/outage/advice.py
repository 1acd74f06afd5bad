"""What would tell more: the value of a reading, a patrol or a trial in customer minutes.

The worth of an act is what it is expected to take off the suspected customers, for the time that
is then left until a crew would have found the fault anyway:

    sum over outcomes o of P(o) (C(S) - C(S_o)) x max(0, find_s - takes_s) / 60

with C the customers in the set that has to stay dark, S now and S_o after the outcome, given that
there is one fault, and that sensors are sound.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gridops.ids import SwitchId
from gridops.network import Control, Counts, IndicatorTrust, Values
from gridops.outage.crews import p_overlooked
from gridops.outage.heard import Heard
from gridops.outage.indicators import foretold
from gridops.outage.location_settings import LocationSettings
from gridops.outage.posterior import Weights
from gridops.outage.scene import Scene
from gridops.outage.testimony import Marks, Unheard, Word
from gridops.outage.types import Advice, AdviceKind

READ_AGAIN_CODES = ("indicator-failed",)
OVERRULED = 10_000
"""What was found or tried overrules indicators: it counts as more wrong devices than any
explanation may have."""
WORTH_SAYING = 1.0
"""Customer minutes below which an act is not worth a line."""
TARGETS_MAX = 5
"""Acts of one kind that are worked out, the likeliest to help first."""


@dataclass(frozen=True, slots=True, eq=False)
class _Act:
    kind: AdviceKind
    target: str
    takes_s: float
    log_yes: Values
    """Of the one outcome of two, by row."""
    log_no: Values
    fails_if_yes: Counts
    """How many more devices would have failed at each row, if the outcome is that."""
    fails_if_no: Counts
    yes_counts: bool = True
    """Whether the one outcome would be weighed at all."""

    @property
    def tells(self) -> bool:
        """Whether it tells any row from another."""
        no_tells = (self.log_no != self.log_no[0]).any()
        return bool(no_tells or (self.yes_counts and (self.log_yes != self.log_yes[0]).any()))


def advise(
    scene: Scene,
    heard: Heard,
    *,
    words: Sequence[Word],
    weights: Weights,
    settings: LocationSettings,
) -> tuple[Advice, ...]:
    """The `advice_max` acts that are worth most; none for a set of one section, or where two faults
    are likelier than one (a trial tells little then). Reckons with one fault. Never an act that
    tells no section from another.

    Cost: a few tables of at most 6 x `TARGETS_MAX` outcomes over the rows.
    """
    if np.logaddexp.reduce(weights.pair, initial=-np.inf) > np.logaddexp.reduce(weights.single):
        return ()
    held = _held(
        weights.single[np.newaxis], weights.failed[np.newaxis], weights=weights, settings=settings
    )[0]
    if int(held.sum()) < 2:
        return ()
    p_row = np.exp(weights.single - np.logaddexp.reduce(weights.single))
    acts = [*_reads(scene, heard, words=words, settings=settings)]
    acts += _patrols(scene, p_row, held=held, settings=settings)
    acts += _trials(scene, held, settings=settings)
    acts = [act for act in acts if act.tells]
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
    counts = np.array([[act.yes_counts] for act in acts])
    log_no = np.array([act.log_no for act in acts])
    p_row = np.exp(weights.single - np.logaddexp.reduce(weights.single))
    p_yes = (np.exp(log_yes) * p_row).sum(axis=1)
    after = [
        _held(weights.single + log_p, weights.failed + fails, weights=weights, settings=settings)
        @ customers
        for log_p, fails in (
            (log_yes * counts, np.array([act.fails_if_yes for act in acts]) * counts),
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
    left = np.where(weights.overruled, OVERRULED, failed)
    fewest = left.min(axis=1, keepdims=True)
    excused = left <= np.maximum(fewest, settings.malfunctions_tolerated)
    return np.asarray(marks | (excused & (left < OVERRULED)))


def _reads(
    scene: Scene, heard: Heard, *, words: Sequence[Word], settings: LocationSettings
) -> Iterator[_Act]:
    """Indicators that are fitted and give nothing."""
    silent = [w for w in words if isinstance(w, Unheard) and w.why.code in READ_AGAIN_CODES]
    for witness in list(dict.fromkeys(word.witness for word in silent))[:TARGETS_MAX]:
        device = SwitchId(witness)
        would = foretold(scene, heard, device=device, settings=settings)
        if would is None:
            continue
        yes, no = would
        trust = scene.network.switches[device].indicator_trust
        yield _Act(
            AdviceKind.READ,
            device,
            settings.patrol_s,
            yes.log_p,
            no.log_p,
            fails_if_yes=np.asarray(yes.wrong, np.int64),
            fails_if_no=np.asarray(no.wrong, np.int64),
            yes_counts=trust is IndicatorTrust.FULL,
        )


def _patrols(
    scene: Scene, p_row: Values, *, held: Marks, settings: LocationSettings
) -> Iterator[_Act]:
    likely = [row for row in np.argsort(-p_row, kind="stable").tolist() if held[row]]
    for row in likely[:TARGETS_MAX]:
        section = scene.candidates[row]
        missed = p_overlooked(scene.network, section, settings=settings.crews)
        p_found = np.full(len(p_row), settings.crews.p_found_elsewhere)
        p_found[row] = 1.0 - missed
        elsewhere = np.full(len(p_row), OVERRULED, np.int64)
        elsewhere[row] = 0
        yield _Act(
            AdviceKind.PATROL,
            section,
            settings.patrol_s,
            np.log(p_found),
            np.log1p(-p_found),
            fails_if_yes=elsewhere,
            fails_if_no=np.zeros(len(p_row), np.int64),
        )


def _trials(scene: Scene, held: Marks, *, settings: LocationSettings) -> Iterator[_Act]:
    """Switches that split the suspected set; the most even split first."""
    network, rates = scene.network, settings.crews
    ids = network.arrays.switches.ids
    splits: list[tuple[int, int]] = []
    counted = [0, *np.cumsum(held).tolist()]
    whole = counted[-1]
    for number, rows in scene.spans.items():
        behind = counted[rows.stop] - counted[rows.start]
        if not 0 < behind < whole or number in scene.above:
            continue
        switch = network.switches[ids[number]]
        if switch.control is not Control.NONE and switch.breaks_load:
            splits.append((abs(whole - 2 * behind), number))
    for _, number in sorted(splits)[:TARGETS_MAX]:
        before = np.ones(len(held), np.bool_)
        before[scene.spans[number]] = False
        p_trips = np.where(before, 1.0 - rates.p_holds_on_fault, rates.p_trips_without_fault)
        switch = network.switches[ids[number]]
        yield _Act(
            AdviceKind.TRIAL,
            switch.id,
            2.0 * switch.operating_time_s,
            np.log(p_trips),
            np.log(1.0 - p_trips),
            fails_if_yes=np.where(before, 0, OVERRULED).astype(np.int64),
            fails_if_no=np.where(before, OVERRULED, 0).astype(np.int64),
        )
