"""Every hypothesis weighed against every word: the inference itself, on plain arrays.

Hypotheses are one fault at each row, two faults at two rows, and none. The weight of one is its
prior times the product over all words, for words are independent given where the fault is. Each
is split in two cases: sensors tell what they see, or (`p_trouble`) every reading is a coin.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gridops.network import Counts, Indices, Values
from gridops.outage.location_settings import LocationSettings
from gridops.outage.testimony import Marks, Testimony, log_type_prior

COIN = math.log(0.5)
OVERRULED_BY = math.log(20.0)
"""People's words overrule a row that they make less likely than another by this factor."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Weights:
    """Logarithms of everything, up to one common factor."""

    single: Values
    """One fault at each row."""
    failed: Counts
    """Devices that must have failed for that, for the type of fault that needs fewest."""
    types: Indices
    """The likeliest type of fault at each row; all 0 where no word tells phases."""
    pairs: Indices
    """Shape (n, 2): rows of two faults; none unless evidence demands them."""
    pair: Values
    pair_failed: Counts
    none: float
    none_failed: int
    trouble: float
    """The part of all of it in which readings are coins."""
    overruled: Marks
    """Rows at which the fault is not, by what people saw or tried."""

    @property
    def fewest(self) -> int:
        """Devices that must have failed in the explanation that needs fewest."""
        least = int(self.failed.min())
        return min(self.none_failed, least, int(self.pair_failed.min(initial=least)))

    @property
    def fewest_of_faults(self) -> int:
        """The same if there is a fault, and not where people have looked or tried."""
        least = int(self.failed[~self.overruled].min())
        left = ~self.overruled[self.pairs].any(axis=1)
        return int(self.pair_failed[left].min(initial=least))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Posterior:
    """Probabilities; those of rows and pairs are given that there is a fault."""

    single: Values
    pair: Values
    pairs: Indices
    p_row: Values
    """That the row holds a fault, alone or with another."""
    p_none: float
    p_trouble: float


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Of all words at each row."""

    log_p: Values
    """Shape (rows, types); types is 1 where no word tells phases."""
    log_coin: Values
    """The same with every sensor a coin."""
    failed: Counts


def weigh(
    words: Sequence[Testimony], log_prior: Values, *, p_none: float, settings: LocationSettings
) -> Weights:
    """`p_none`: that there is no fault at all, before anything is heard.

    Exact: no word is approximated, and no hypothesis of one fault left out. Pairs are weighed
    among the `pair_sections_max` likeliest rows, when no single fault explains what was said with
    fewer failed devices than `contradictory_from`; where a word depends on the phases, by the
    likeliest type at each of the two rows."""
    sums = _summed(words, len(log_prior))
    log_types = log_type_prior() if sums.log_p.shape[1] > 1 else np.zeros(1)
    clear, blurred = math.log1p(-settings.p_trouble), _log(settings.p_trouble)
    typed = sums.log_p + log_types
    seen = log_prior + clear + _log_sum(typed)
    coins = log_prior + blurred + _log_sum(sums.log_coin + log_types)
    best_type = typed.argmax(axis=1)
    failed = sums.failed.min(axis=1)
    none_seen = clear + math.fsum(word.log_p_none for word in words)
    none_coin = blurred + math.fsum(_coin(word, word.log_p_none) for word in words)
    single = np.logaddexp(seen, coins) + math.log1p(-p_none)
    found = Weights(
        single=single,
        failed=failed,
        types=best_type.astype(np.int32),
        pairs=np.empty((0, 2), np.int32),
        pair=np.empty(0),
        pair_failed=np.empty(0, np.int64),
        none=float(np.logaddexp(none_seen, none_coin)) + _log(p_none),
        none_failed=_none_failed(words),
        trouble=float(
            np.logaddexp(_log_sum(coins) + math.log1p(-p_none), none_coin + _log(p_none))
        ),
        overruled=_overruled(words, len(log_prior)),
    )
    if int(failed.min()) < settings.contradictory_from or len(log_prior) < 2:
        return found
    # what all types together have over the likeliest one
    spread = (
        _log_sum(typed) - np.take_along_axis(sums.log_p, best_type[:, np.newaxis], axis=1)[:, 0]
    )
    both = _log(settings.p_second_fault) + math.log1p(-p_none)
    return _with_pairs(
        found, words, log_prior=log_prior, log_both=both, spread=spread, settings=settings
    )


def _summed(words: Sequence[Testimony], rows: int) -> _Sums:
    types = max((word.log_p.shape[1] for word in words if word.log_p.ndim > 1), default=1)
    log_p = np.zeros((rows, types))
    log_coin = np.zeros((rows, types))
    wrong: dict[_Device, Counts] = {}
    for word in words:
        said = word.log_p if word.log_p.ndim > 1 else word.log_p[:, np.newaxis]
        log_p += said
        log_coin += COIN * word.readings if word.is_sensor else said
        if word.wrong is not None:
            marks = word.wrong if word.wrong.ndim > 1 else word.wrong[:, np.newaxis]
            _note(wrong, word, wrong=marks.astype(np.int64))
    failed = np.zeros((rows, types), np.int64)
    for each in wrong.values():
        failed += each
    return _Sums(log_p, log_coin, failed)


_Device = tuple[str, bool]
"""Its id, and whether its sensor speaks or its relay: several words of one are one failure."""


def _note(noted: dict[_Device, Counts], word: Testimony, *, wrong: Counts) -> None:
    """A device with several wrong words is one wrong device: the word that needs most counts."""
    device = word.witness, word.is_sensor
    noted[device] = np.maximum(noted[device], wrong) if device in noted else wrong


def _none_failed(words: Sequence[Testimony]) -> int:
    noted: dict[_Device, int] = {}
    for word in words:
        device = word.witness, word.is_sensor
        noted[device] = max(noted.get(device, 0), word.wrong_if_none)
    return sum(noted.values())


def _overruled(words: Sequence[Testimony], rows: int) -> Marks:
    log_p = np.zeros(rows)
    for word in words:
        if word.by_people:
            log_p += word.log_p
    return np.asarray(log_p < log_p.max() - OVERRULED_BY)


def _coin(word: Testimony, log_p: float) -> float:
    return COIN * word.readings if word.is_sensor else log_p


def _with_pairs(
    found: Weights,
    words: Sequence[Testimony],
    *,
    log_prior: Values,
    log_both: float,
    spread: Values,
    settings: LocationSettings,
) -> Weights:
    """Two faults: a word is as likely as the likelier, or the less likely, of both makes it.

    `log_both`: that there are two faults; `spread`: what all types together have over the
    likeliest one, at each row. Coins tell no type.
    """
    likely = np.sort(np.argsort(-found.single, kind="stable")[: settings.pair_sections_max])
    at, other = np.triu_indices(len(likely), k=1)
    rows = np.stack([likely[at], likely[other]], axis=1).astype(np.int32)
    one, two = rows[:, 0], rows[:, 1]
    seen = math.log1p(-settings.p_trouble) + spread[one] + spread[two]
    coins = np.full(len(rows), _log(settings.p_trouble))
    noted: dict[_Device, Counts] = {}
    for word in words:
        log_p, wrong = _of_type(word, found.types)
        choose = np.maximum if word.any_suffices else np.minimum
        both = choose(log_p[one], log_p[two])
        seen += both
        coins += COIN * word.readings if word.is_sensor else both
        if wrong is not None:
            fewer = np.minimum if word.any_suffices else np.maximum
            _note(noted, word, wrong=fewer(wrong[one], wrong[two]))
    prior = log_prior[one] + log_prior[two] + log_both
    failed = np.zeros(len(rows), np.int64)
    for each in noted.values():
        failed += each
    return replace(
        found,
        pairs=rows,
        pair=prior + np.logaddexp(seen, coins),
        pair_failed=failed,
        trouble=float(np.logaddexp(found.trouble, _log_sum(prior + coins))),
    )


def _of_type(word: Testimony, types: Indices) -> tuple[Values, Counts | None]:
    """The word at each row for the likeliest type of fault there."""
    if word.log_p.ndim == 1:
        return word.log_p, None if word.wrong is None else word.wrong.astype(np.int64)
    rows = np.arange(len(types))
    wrong = None if word.wrong is None else word.wrong[rows, types].astype(np.int64)
    return word.log_p[rows, types], wrong


def normalised(weights: Weights) -> Posterior:
    fault = float(_log_sum(np.concatenate([weights.single, weights.pair])))
    everything = float(np.logaddexp(fault, weights.none))
    single, pair = np.exp(weights.single - fault), np.exp(weights.pair - fault)
    p_row = single.copy()
    np.add.at(p_row, weights.pairs.ravel(), np.repeat(pair, 2))
    return Posterior(
        single=single,
        pair=pair,
        pairs=weights.pairs,
        p_row=p_row,
        p_none=math.exp(weights.none - everything),
        p_trouble=min(1.0, math.exp(weights.trouble - everything)),
    )


def smallest_holding(found: Posterior, probability: float) -> Indices:
    """The fewest rows that hold every fault with this probability, given that there is one; of
    equally probable rows the earlier. With pairs the rows come by their own probability, which
    may take a row or two more than the fewest.
    """
    order = np.argsort(-found.p_row, kind="stable").astype(np.int32)
    if not len(found.pair):
        held = np.cumsum(found.single[order])
        enough = int(np.searchsorted(held, probability * held[-1] * (1.0 - 1e-12)))
        return order[: min(enough + 1, len(order))]
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order))
    held = np.zeros(len(order))
    np.add.at(held, place, found.single)
    np.add.at(held, place[found.pairs].max(axis=1), found.pair)
    held = np.cumsum(held)
    enough = int(np.searchsorted(held, probability * held[-1] * (1.0 - 1e-12)))
    return order[: min(enough + 1, len(order))]


def excusable(weights: Weights, tolerated: int) -> Indices:
    """Rows at which the fault may lie if no more devices failed than `tolerated`, or than the
    fault that needs fewest has to admit. Not where people have looked or tried."""
    allowed = max(tolerated, weights.fewest_of_faults)
    rows = np.flatnonzero((weights.failed <= allowed) & ~weights.overruled)
    in_pairs = weights.pairs[weights.pair_failed <= allowed].ravel()
    # two faults excuse more than one does: only where no single fault explains as much
    if len(in_pairs) and int(weights.failed.min()) > int(weights.pair_failed.min()):
        rows = np.union1d(rows, in_pairs[~weights.overruled[in_pairs]])
    return rows.astype(np.int32)


def _log(p: float) -> float:
    return math.log(p) if p > 0.0 else -math.inf


def _log_sum(values: Values) -> Values:
    """Of the last axis; -inf of nothing."""
    if values.ndim > 1 and values.shape[-1] == 1:
        return np.asarray(values[..., 0])
    most = values.max(axis=-1, initial=-np.inf)
    safe = np.where(np.isfinite(most), most, 0.0)
    with np.errstate(divide="ignore"):
        total = np.log(np.exp(values - safe[..., np.newaxis]).sum(axis=-1))
    return np.asarray(safe + total)
