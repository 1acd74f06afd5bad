"""Outages told in a few words, and what the words of the witnesses make of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from gridops.ids import SectionId
from gridops.measurement import Measured, Quality
from gridops.network import Network, Values, draw
from gridops.outage.heard import Heard
from gridops.outage.scene import Scene, scene_of
from gridops.outage.testimony import (
    FAULT_TYPES,
    Testimony,
    Unheard,
    Word,
    counting,
    log_type_prior,
)
from gridops.state import energise

BEGAN = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
LOG_P_MIN = -60.0
"""No word of anybody is less likely than this."""


def good(value: Any, *, after_s: float = 0.0) -> Measured[Any]:
    return Measured(value, Quality.GOOD, BEGAN + timedelta(seconds=after_s))


class Outage:
    """A drawing, what tripped in it (or else where to look: everywhere), and what was heard."""

    def __init__(
        self, grid: str | Network, *tripped: str, asked_after_s: float | None = None, **heard: Any
    ) -> None:
        self.network = draw(grid) if isinstance(grid, str) else grid
        closed = self.network.normally_closed
        sources = frozenset(
            self.network.section_of_node[s.node] for s in self.network.sources.values()
        )
        self.heard = Heard(
            closed_before=closed,
            since=BEGAN,
            asked_at=None if asked_after_s is None else BEGAN + timedelta(seconds=asked_after_s),
            tripped=tripped,  # type: ignore[arg-type] # plain ids read better here
            scope=frozenset() if tripped else frozenset(self.network.sections) - sources,
            **heard,
        )
        self.traced = energise(self.network, closed)

    @property
    def scene(self) -> Scene:
        return scene_of(self.traced, self.heard)

    def likeliest(self, words: Sequence[Word]) -> set[str]:
        """The sections, by the names of the drawing, that all words together favour alike."""
        scene = self.scene
        score = np.zeros(len(scene.sections))
        for word in counting(words):
            score += over_types(word.log_p)
        rows = np.flatnonzero(score >= score.max() - 1e-9).tolist()
        return {name(scene.candidates[row]) for row in rows}

    def row(self, section: str) -> int:
        return self.scene.candidates.index(SectionId("S" + section))


def over_types(log_p: Values) -> Values:
    """Of each row, whatever type the fault may be."""
    if log_p.ndim == 1:
        return log_p
    return np.asarray(np.logaddexp.reduce(log_p + log_type_prior(), axis=1))


def name(section: SectionId) -> str:
    return section.removeprefix("S")


def codes(words: Sequence[Word]) -> list[str]:
    return [w.why.code for w in words if isinstance(w, Unheard)]


def are_sane(words: Sequence[Word], rows: int, *, density_max: float = 1.0) -> bool:
    """Finite, of the shape of the scene, and neither certain nor absurd."""
    for word in counting(words):
        every = np.append(word.log_p, word.log_p_none)
        assert word.log_p.shape in ((rows,), (rows, len(FAULT_TYPES)))
        assert word.speaks_for.shape == word.log_p.shape
        assert word.wrong is None or word.wrong.shape == word.log_p.shape
        assert np.isfinite(every).all()
        assert every.min() >= LOG_P_MIN
        assert every.max() <= np.log(density_max) + 1e-9
    return True


def only(words: Sequence[Word]) -> Testimony:
    (word,) = counting(words)
    return word
