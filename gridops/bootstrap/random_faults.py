"""Runs studies of random faults on the whole engine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridops.adapters.study_files import RandomFaults
from gridops.bootstrap.wiring import engines_of, load
from gridops.calibration.random_faults import Outcome, locator_for, outcomes, tally
from gridops.calibration.report import figures, misses
from gridops.calibration.terrain import survey
from gridops.city import build_city
from gridops.incident import IncidentSettings
from gridops.network import Network, build_network
from gridops.outage import DetectionSettings

Progress = Callable[[int], None]
TOLD_EVERY = 100


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


def run_study(file: Path, study: RandomFaults, *, progress: Progress | None = None) -> Studied:
    """`progress` is told every so often how many faults are done. The same study gives the same
    figures.

    Raises: GridUnreadable, GridInvalid; ScenarioError for a grid that is not radial.
    """
    network = _network(study)
    settings = IncidentSettings(
        location=study.location_settings,
        detection=DetectionSettings(
            reorder_window_s=study.field.delay_s_max if study.field.reordered else 0.0
        ),
    )
    terrain = survey(network, settings.location)
    locator = locator_for(terrain, study.study, engines=engines_of(network), settings=settings)
    found = tally(_counted(outcomes(terrain, study.study, locator=locator), progress))
    plain = {"grid": network.name, **figures(study.study, found)}
    return Studied(
        file=file,
        study=study,
        figures=plain,
        misses=tuple(misses(plain, study.expectation)),
    )


def _network(study: RandomFaults) -> Network:
    if study.city_feeders is not None:
        return build_network(build_city(study.city_feeders, seed=study.city_seed))
    return load(study.grid)[1]


def _counted(
    found: Iterator[Outcome | None], progress: Progress | None
) -> Iterator[Outcome | None]:
    done = 0
    for outcome in found:
        yield outcome
        done += outcome is not None
        if progress is not None and outcome is not None and done % TOLD_EVERY == 0:
            progress(done)
