"""What meters and callers say: who is without supply, and so which device has opened.

S1 [b1] A [f1] B     meters at B gasp and those at A answer: f1 has blown, the fault lies in B.
Where a device is known to have tripped, all behind it is dark wherever the fault lies: then the
customers tell no place.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gridops.ids import LoadId
from gridops.measurement import Reading
from gridops.network import Indices, Values
from gridops.outage.customer_model import (
    Counts,
    CustomerSettings,
    log_p_calls_dark,
    log_p_calls_supplied,
    log_p_dark,
    log_p_supplied,
)
from gridops.outage.darkness import Darkness
from gridops.outage.heard import Heard, MeterWord, is_incomplete
from gridops.outage.readable import elapsed_s
from gridops.outage.scene import Scene
from gridops.outage.testimony import Testimony, Unheard, Word, counting
from gridops.reasons import because

SILENT_METERS = "meters"
"""Witness of the one word that all silent meters are."""
TELL_NO_PLACE = Unheard(
    witness="customers", reading=Reading.YES, why=because("customers-tell-no-place")
)
"""Of all meters and callers that have the same supply wherever the fault lies."""
NOTICEABLE = math.log(20.0)
"""A word that tells rows apart by less is nobody's failure where it does not fit."""
OVERWHELMING = math.log(100.0)
"""Lost meters that tell rows apart by more count as two failed devices where they do not fit: no
single one explains them, and a second fault has to be thought of."""
SPEAKS_FOR = math.log(4.0)
"""A row within this of the best is one that the word speaks for."""
NOTHING_SAID = MeterWord()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Weights:
    """log p of each transformer's word; shape (transformers,)."""

    pole: Values
    """Dark by a device that opens all phases."""
    fuse: Values
    """Dark by one that opens phase by phase."""
    cut: Values
    """Behind a broken conductor."""
    supplied: Values


def words(scene: Scene, heard: Heard, *, settings: CustomerSettings) -> list[Word]:
    """One word for the meters and one for the calls of each transformer that spoke, and one for
    all silent meters of the candidates. In file order of the loads; loads that the grid does not
    have are passed over. Those that tell no place are one word together: a storm would be many.

    Cost in proportion to transformers that spoke times rows, at most `words_max` of them.
    """
    dark = Darkness(scene)
    spoke = {load: word.lost + word.alive for load, word in heard.meters.items()}
    metered = _ranked(scene, spoke, words_max=settings.words_max)
    called = _ranked(scene, dict(heard.calls), words_max=settings.words_max)
    if _all_dark_anyway(dark, [*metered, *called]):
        return [TELL_NO_PLACE]
    found: list[Word] = list(_meter_words(dark, heard, loads=metered, settings=settings))
    found += _call_words(dark, heard, loads=called, settings=settings)
    silence = _silence(dark, heard, settings=settings)
    if silence is not None:
        found.append(silence)
    if len(counting(found)) < len(metered) + len(called) + (silence is not None):
        found.append(TELL_NO_PLACE)
    return found


def _all_dark_anyway(dark: Darkness, loads: list[LoadId]) -> bool:
    """Whether something spoke and all of it is behind what tripped: the usual case by far."""
    arrays = dark.scene.network.arrays
    sections = arrays.load_section[arrays.loads.numbers(loads)]
    return bool(loads) and bool(dark.anyway(sections).all())


def _ranked(scene: Scene, spoke: dict[LoadId, int], *, words_max: int) -> list[LoadId]:
    of = scene.network.arrays.loads.of
    known = sorted(
        (-count, of[load], load) for load, count in spoke.items() if load in of and count
    )
    return [load for _, _, load in sorted(known[:words_max], key=lambda one: one[1])]


def _meter_words(
    dark: Darkness, heard: Heard, *, loads: list[LoadId], settings: CustomerSettings
) -> Iterator[Word]:
    if not loads:
        return
    network = dark.scene.network
    said = [heard.meters[load] for load in loads]
    lost = np.array([w.lost for w in said], np.float64)
    alive = np.array([w.alive for w in said], np.float64)
    stated = np.array([network.loads[load].customers for load in loads], np.float64)
    counts = Counts(meters=np.maximum(stated, lost + alive), lost=lost, alive=alive)
    weights = _with_phases(
        log_p_dark(counts, settings, elapsed_s=elapsed_s(heard)),
        log_p_supplied(counts, settings),
        said=said,
        settings=settings,
    )
    p_broken = settings.p_broken_conductor if _some_incomplete(heard) else 0.0
    log_p, log_p_none = _by_row(dark, weights, loads=loads, p_broken=p_broken, settings=settings)
    gone = np.maximum(weights.pole, weights.fuse) > weights.supplied
    told = [
        ("meters-lost", word.lost) if is_gone else ("meters-alive", word.alive)
        for word, is_gone in zip(said, gone.tolist(), strict=True)
    ]
    yield from _told(loads, told, log_p=log_p, log_p_none=log_p_none)


def _call_words(
    dark: Darkness, heard: Heard, *, loads: list[LoadId], settings: CustomerSettings
) -> Iterator[Word]:
    """That nobody called says nothing, and is no word."""
    if not loads:
        return
    network = dark.scene.network
    calls = np.array([heard.calls[load] for load in loads], np.float64)
    customers = np.array([network.loads[load].customers for load in loads], np.float64)
    off = log_p_calls_dark(calls, customers, settings=settings, elapsed_s=elapsed_s(heard))
    on = log_p_calls_supplied(calls, settings=settings)
    weights = _Weights(pole=off, fuse=off, cut=off, supplied=on)
    p_broken = settings.p_broken_conductor if _some_incomplete(heard) else 0.0
    log_p, log_p_none = _by_row(dark, weights, loads=loads, p_broken=p_broken, settings=settings)
    told = [("calls", heard.calls[load]) for load in loads]
    yield from _told(loads, told, log_p=log_p, log_p_none=log_p_none)


def _with_phases(
    dark: Values, supplied: Values, *, said: list[MeterWord], settings: CustomerSettings
) -> _Weights:
    """What the phases add, where meters that lost voltage tell them."""
    told = np.array([bool(w.phases) and w.lost > 0 for w in said], np.bool_)
    some = np.array([_is_incomplete(w) for w in said], np.bool_)

    def told_with(p_some: float) -> Values:
        return np.where(told, np.log(np.where(some, p_some, 1.0 - p_some)), 0.0)

    return _Weights(
        pole=dark + told_with(settings.p_phases_wrong),
        fuse=dark + told_with(settings.p_fuse_partial),
        cut=dark + told_with(1.0 - settings.p_phases_wrong),
        supplied=supplied + told_with(settings.p_local_partial),
    )


def _is_incomplete(word: MeterWord) -> bool:
    return word.lost > 0 and is_incomplete(word.phases)


def _some_incomplete(heard: Heard) -> bool:
    return any(_is_incomplete(word) for word in heard.meters.values())


def _by_row(
    dark: Darkness,
    weights: _Weights,
    *,
    loads: list[LoadId],
    p_broken: float,
    settings: CustomerSettings,
) -> tuple[Values, Values]:
    """Shapes (transformers, rows) and, without a fault, (transformers,); in proportion to the
    best of them, so that counts of any size are compared alike, and at least -`weight_max`."""
    arrays = dark.scene.network.arrays
    sections = arrays.load_section[arrays.loads.numbers(loads)]
    anyway = dark.anyway(sections)
    by_phase = dark.is_single_pole & ~anyway[:, None]
    opened = np.where(by_phase, weights.fuse[:, None], weights.pole[:, None])
    by_case = np.where(dark.cleared(sections), opened, weights.supplied[:, None])
    log_p = by_case[:, dark.case_of]
    if p_broken > 0.0:
        cut = np.where(anyway, weights.pole, weights.cut)[:, None]
        broken = np.where(dark.cut(sections), cut, weights.supplied[:, None])
        log_p = np.logaddexp(log_p + math.log1p(-p_broken), broken + math.log(p_broken))
    none = np.where(anyway, weights.pole, weights.supplied)
    best = np.maximum(log_p.max(axis=1, initial=-np.inf), none)
    least = -settings.weight_max
    return np.maximum(log_p - best[:, None], least), np.maximum(none - best, least)


def _told(
    loads: list[LoadId], told: list[tuple[str, int]], *, log_p: Values, log_p_none: Values
) -> Iterator[Testimony]:
    """`told`: "meters-lost", "meters-alive" or "calls", with their number; the reading is whether
    supply is lost. Nothing of those that tell no place."""
    best = log_p.max(axis=1, initial=-np.inf)
    worst = np.minimum(log_p.min(axis=1, initial=np.inf), log_p_none)
    tells = (np.maximum(best, log_p_none) > worst) & bool(log_p.shape[1])
    every = np.column_stack((log_p, log_p_none)) - best[:, np.newaxis]
    is_loss = np.array([code == "meters-lost" for code, _ in told], np.bool_)[:, np.newaxis]
    failed = (every < -NOTICEABLE).astype(np.int8) + (is_loss & (every < -OVERWHELMING))
    fits = log_p >= best[:, np.newaxis] - SPEAKS_FOR
    for k, (load, (code, count)) in enumerate(zip(loads, told, strict=True)):
        reading = Reading.NO if code == "meters-alive" else Reading.YES
        if not tells[k]:
            continue
        by_device = code != "calls"
        yield Testimony(
            witness=load,
            reading=reading,
            log_p=log_p[k],
            log_p_none=float(log_p_none[k]),
            any_suffices=reading is Reading.YES,
            wrong=failed[k, :-1] if by_device else None,
            wrong_if_none=int(failed[k, -1]) if by_device else 0,
            speaks_for=fits[k],
            why_right=because(code, load=load, count=count),
            why_wrong=because(f"{code}-against", load=load, count=count),
        )


def _silence(dark: Darkness, heard: Heard, *, settings: CustomerSettings) -> Testimony | None:
    """All transformers of the candidates that said nothing, as one word: what silenced one may
    have silenced all. None where nobody reports, none would have yet, or it tells no place."""
    if not heard.meters or elapsed_s(heard) <= settings.report_after_s or not len(dark.guards):
        return None
    scene = dark.scene
    weight, count = _silent_weight(scene, heard, settings=settings)
    if not count or bool(dark.anyway(scene.sections).all()):
        return None
    darker = dark.cleared(scene.sections).T.astype(np.float64) @ weight
    empty = settings.p_silence_empty
    log_p = np.logaddexp(math.log(empty), math.log1p(-empty) + darker)[dark.case_of]
    if np.ptp(log_p) == 0.0:
        return None
    return Testimony(
        witness=SILENT_METERS,
        reading=Reading.NO,
        log_p=log_p,
        log_p_none=0.0,
        any_suffices=False,
        speaks_for=np.asarray(log_p >= log_p.max() - SPEAKS_FOR),
        why_right=because("meters-silent", count=count),
        why_wrong=because("meters-silent-against", count=count),
    )


def _silent_weight(scene: Scene, heard: Heard, *, settings: CustomerSettings) -> tuple[Values, int]:
    """Per row, by how much the silence of its transformers speaks against their being dark (log
    of the ratio, not positive), and how many they are."""
    network = scene.network
    silent = [
        (row, load.customers)
        for row, section in enumerate(scene.candidates)
        for load in network.loads_of_section[section]
        if heard.meters.get(load.id, NOTHING_SAID) == NOTHING_SAID
    ]
    rows: Indices = np.array([row for row, _ in silent], np.int32)
    none = np.zeros(len(silent))
    meters = np.array([customers for _, customers in silent], np.float64)
    counts = Counts(meters=meters, lost=none, alive=none)
    off = np.exp(log_p_dark(counts, settings, elapsed_s=elapsed_s(heard)))
    on = np.exp(log_p_supplied(counts, settings))
    has = settings.p_has_meters
    ratio = np.log((1.0 - has + has * off) / (1.0 - has + has * on))
    weight = np.bincount(rows, np.minimum(ratio, 0.0), minlength=len(scene.sections))
    return np.asarray(weight, np.float64), len(silent)
