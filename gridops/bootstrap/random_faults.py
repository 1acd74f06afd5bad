"""Runs studies of random faults on the whole engine."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from gridops.adapters.study_files import RandomFaults
from gridops.bootstrap.wiring import engines_of, load
from gridops.calibration.random_faults import (
    Tally,
    heard_faults,
    locator_for,
    outcomes,
    tally,
)
from gridops.calibration.report import figures, misses
from gridops.calibration.terrain import Terrain, survey
from gridops.calibration.watch import FAULTS_OF_A_DESK
from gridops.city import build_city
from gridops.incident import IncidentSettings
from gridops.network import Network, build_network
from gridops.outage import DetectionSettings
from gridops.response import Engines

Progress = Callable[[int], None]
PART = FAULTS_OF_A_DESK
"""Faults that are played at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Studied:
    """One study with what it found."""

    file: Path
    study: RandomFaults
    figures: dict[str, Any]
    misses: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.study.title

    def to_plain(self) -> dict[str, Any]:
        return {
            "file": str(self.file),
            "incidents": [],
            "misses": list(self.misses),
            "study": self.figures,
        }


def run_study(
    file: Path, study: RandomFaults, *, progress: Progress | None = None, workers: int = 1
) -> Studied:
    """`progress` is told every so often how many faults are done. The same study gives the same
    figures, whatever the number of `workers` (processes; one: this one).

    Raises: GridUnreadable, GridInvalid; ScenarioError for a grid that is not radial.
    """
    text = study.model_dump_json()
    stage = _stage(text)
    drawn = heard_faults(stage.terrain, study.study)
    total = Tally(unheard=drawn.unheard)
    for part in _parts(text, drawn.numbers, workers=workers):
        total.add(part)
        if progress is not None:
            progress(total.heard)
    plain = {"grid": stage.terrain.network.name, **figures(study.study, total)}
    return Studied(
        file=file,
        study=study,
        figures=plain,
        misses=tuple(misses(plain, study.expectation)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """What every part of a study is played on; each process builds its own."""

    study: RandomFaults
    terrain: Terrain
    settings: IncidentSettings
    engines: Engines


@lru_cache(maxsize=1)
def _stage(text: str) -> _Stage:
    study = RandomFaults.model_validate_json(text)
    network = _network(study)
    settings = IncidentSettings(
        location=study.location_settings,
        detection=DetectionSettings(
            reorder_window_s=study.field.delay_s_max if study.field.reordered else 0.0
        ),
    )
    return _Stage(
        study=study,
        terrain=survey(network, settings.location),
        settings=settings,
        engines=engines_of(network),
    )


def _parts(text: str, numbers: Sequence[int], *, workers: int) -> Iterator[Tally]:
    """In the order of the faults. Each part has a desk of its own, so that it makes no
    difference who plays it."""
    shares = [numbers[at : at + PART] for at in range(0, len(numbers), PART)]
    if workers == 1:
        yield from (_part(text, share) for share in shares)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_part, [text] * len(shares), shares)


def _part(text: str, numbers: Sequence[int]) -> Tally:
    stage = _stage(text)
    study = stage.study.study
    locator = locator_for(stage.terrain, study, engines=stage.engines, settings=stage.settings)
    return tally(outcomes(stage.terrain, study, locator=locator, numbers=numbers))


def _network(study: RandomFaults) -> Network:
    if study.city_feeders is not None:
        return build_network(build_city(study.city_feeders, seed=study.city_seed))
    return load(study.grid)[1]
