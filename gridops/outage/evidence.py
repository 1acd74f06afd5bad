"""Witness by witness: what it said, and what that means for the best explanation."""

from collections.abc import Iterator, Sequence

import numpy as np

from gridops.ids import SwitchId
from gridops.measurement import Reading
from gridops.outage.heard import Heard
from gridops.outage.posterior import Posterior, Weights
from gridops.outage.scene import Scene
from gridops.outage.testimony import Testimony, Unheard, Word
from gridops.outage.types import Evidence, Role
from gridops.reasons import because


def explain(
    words: Sequence[Word], weights: Weights, *, found: Posterior, rings: frozenset[SwitchId]
) -> tuple[Evidence, ...]:
    """In the order of the words; what does not count is shown with the reason."""
    best = best_rows(found)
    return tuple(_evidence(word, weights, best=best, rings=rings) for word in words)


def best_rows(found: Posterior) -> tuple[int, ...]:
    """The row of the likeliest single fault, or the two of a likelier pair."""
    row = int(found.single.argmax())
    if len(found.pair):
        pair = int(found.pair.argmax())
        if found.pair[pair] > found.single[row]:
            return tuple(found.pairs[pair].tolist())
    return (row,)


def _evidence(
    word: Word, weights: Weights, *, best: tuple[int, ...], rings: frozenset[SwitchId]
) -> Evidence:
    if isinstance(word, Unheard):
        return Evidence(device=word.witness, reading=word.reading, role=Role.IGNORED, why=word.why)
    if word.witness in rings:
        why = because("closed-ring", device=word.witness)
        return Evidence(device=word.witness, reading=word.reading, role=Role.IGNORED, why=why)
    fits = fits_at(word, weights, rows=best)
    return Evidence(
        device=word.witness,
        reading=word.reading,
        role=Role.SUPPORTS if fits else Role.AGAINST,
        why=word.why_right if fits else word.why_wrong,
    )


def fits_at(word: Testimony, weights: Weights, *, rows: tuple[int, ...]) -> bool:
    """Whether the word speaks for faults at just these rows."""
    if len(rows) == 1 and word.speaks_for.ndim == 1:
        return bool(word.speaks_for[rows[0]])
    at = np.array(rows)
    speaks = (
        word.speaks_for[at] if word.speaks_for.ndim == 1 else word.speaks_for[at, weights.types[at]]
    )
    return bool(speaks.any() if word.any_suffices else speaks.all())


def beside(scene: Scene, heard: Heard) -> Iterator[Evidence]:
    """Open switches at the candidates that flagged although no current can have passed them, in
    grid order. They feed nothing, so they tell no hypothesis from another."""
    network, of = scene.network, scene.network.arrays.switches.of
    at_candidates = {s for c in scene.candidates for s in network.sections[c].switches}
    for switch in sorted(at_candidates, key=of.__getitem__):
        said = heard.flags.get(switch)
        if of[switch] in scene.spans or said is None or not said.is_good:
            continue
        if said.value is Reading.YES and said.source_time >= heard.since:
            yield Evidence(
                device=switch,
                reading=said.value,
                role=Role.AGAINST,
                why=because("flag-without-path", device=switch),
            )
