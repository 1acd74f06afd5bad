"""What would tell more: the value of a reading, a patrol or a trial in customer minutes.

The worth of an act is what it is expected to take off the suspected customers, for the time that
is then left until a crew would have found the fault anyway:

    sum over outcomes o of P(o) (C(S) - C(S_o)) x max(0, find_s - takes_s) / 60

with C the customers in the set that has to stay dark, S now and S_o after the outcome.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gridops.ids import SwitchId
from gridops.network import Control, Values
from gridops.outage.location_settings import LocationSettings
from gridops.outage.posterior import Posterior, Weights, excusable, normalised, smallest_holding
from gridops.outage.scene import Scene
from gridops.outage.testimony import Marks, Unheard, Word
from gridops.outage.types import Advice, AdviceKind

READ_AGAIN_CODES = ("indicator-failed",)
OVERLOOKED = 0.3
"""A crew passes by the place of a fault and does not see it."""
TRIAL_LIES = 0.01
"""A trial holds although the fault is in it, or trips although it is not."""
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
    fails_if_yes: Marks | None = None
    """Rows at which one more device would have failed, if the reading is that."""
    fails_if_no: Marks | None = None


def advise(
    scene: Scene, words: Sequence[Word], *, weights: Weights, settings: LocationSettings
) -> tuple[Advice, ...]:
    """The `advice_max` acts that are worth most; none for a set of one section or for two faults
    (a trial tells little then).

    Cost: a few vectors over the rows per act, at most 3 x `TARGETS_MAX` acts.
    """
    if len(weights.pairs):
        return ()
    found = normalised(weights)
    held = _held(weights, settings)
    if int(held.sum()) < 2:
        return ()
    customers = scene.network.arrays.customers[scene.sections]
    worth = _Worth(weights, found, held, customers, settings)
    acts = [
        *_reads(scene, words, settings=settings),
        *_patrols(scene, found, held=held, settings=settings),
    ]
    acts += _trials(scene, held)
    judged = [(worth.of(act), act) for act in acts]
    judged.sort(key=lambda one: -one[0])
    return tuple(
        Advice(
            kind=act.kind, target=act.target, takes_s=act.takes_s, customer_minutes=round(saved, 1)
        )
        for saved, act in judged[: settings.advice_max]
        if saved >= 1.0
    )


def _held(weights: Weights, settings: LocationSettings) -> Marks:
    marks = np.zeros(len(weights.single), np.bool_)
    marks[smallest_holding(normalised(weights), settings.hold_probability)] = True
    marks[excusable(weights, settings.malfunctions_tolerated)] = True
    return marks


@dataclass(frozen=True, slots=True, eq=False)
class _Worth:
    weights: Weights
    found: Posterior
    held: Marks
    customers: np.ndarray[tuple[int], np.dtype[np.int64]]
    settings: LocationSettings

    def of(self, act: _Act) -> float:
        left_min = max(0.0, self.settings.find_s - act.takes_s) / 60.0
        p_yes = float(self.found.single @ np.exp(act.log_yes))
        now = float(self.customers[self.held].sum())
        after_yes = self._customers_after(act.log_yes, act.fails_if_yes)
        after_no = self._customers_after(act.log_no, act.fails_if_no)
        return left_min * (now - p_yes * after_yes - (1.0 - p_yes) * after_no)

    def _customers_after(self, log_p: Values, fails: Marks | None) -> float:
        failed = self.weights.failed if fails is None else self.weights.failed + fails
        then = replace(self.weights, single=self.weights.single + log_p, failed=failed)
        held = _held(then, self.settings)
        if fails is None:
            # what people found or tried overrides, it does not count as a device
            held &= np.exp(log_p) > 0.5 * float(np.exp(log_p).max())
            held |= _only_holding(then, self.settings)
        return float(self.customers[held].sum())


def _only_holding(weights: Weights, settings: LocationSettings) -> Marks:
    marks = np.zeros(len(weights.single), np.bool_)
    marks[smallest_holding(normalised(weights), settings.hold_probability)] = True
    return marks


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
            fails_if_yes=~sees,
            fails_if_no=sees,
        )


def _patrols(
    scene: Scene, found: Posterior, *, held: Marks, settings: LocationSettings
) -> Iterator[_Act]:
    likely = [row for row in np.argsort(-found.single, kind="stable").tolist() if held[row]]
    for row in likely[:TARGETS_MAX]:
        p_found = np.full(len(found.single), 1e-6)
        p_found[row] = 1.0 - OVERLOOKED
        yield _Act(
            AdviceKind.PATROL,
            scene.candidates[row],
            settings.patrol_s,
            np.log(p_found),
            np.log(1.0 - p_found),
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
        )
