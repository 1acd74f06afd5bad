"""Study files: random faults with their expectation, beside the stories in `simulations/`.

`docs/scenarios.md` describes them key by key; a test compares it with the models here.
"""

import difflib
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gridops.adapters.scenario_files import Scenario, checked, toml_of
from gridops.calibration.drawing import FieldWays
from gridops.calibration.random_faults import Study
from gridops.calibration.report import Expectation
from gridops.city.plan import FEEDERS_MAX, FEEDERS_MIN, SEED_MAX
from gridops.errors import ScenarioError
from gridops.outage import LocationSettings

FAULTS_MAX = 1_000_000
ORDERS_MAX = 100
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Chance = Annotated[float, Field(ge=0.0, lt=1.0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ways(_Strict):
    """How the field errs; as `FieldWays`."""

    p_failed: Chance = 0.05
    p_silent: Chance = 0.02
    p_stray: Chance = 0.01
    p_trip_failed: Chance = 0.01
    p_trip_above: Chance = 0.02
    delay_s_max: Annotated[float, Field(ge=0.0, le=60.0)] = 10.0
    p_duplicate: Chance = 0.1
    reordered: bool = True
    reclosing: bool = True


class ExpectedFigures(_Strict):
    """Only what is written is compared; as `Expectation`."""

    held_min: Share | None = None
    top1_gap_max: Share | None = None
    calibration_error_max: Share | None = None
    order_differences_max: Annotated[int | None, Field(ge=0)] = None
    unnoticed_max: Annotated[int | None, Field(ge=0)] = None
    single_when_sound_min: Share | None = None
    zone_when_sound_min: Share | None = None
    suspected_mean_max: Annotated[float | None, Field(gt=0.0)] = None


class RandomFaults(_Strict):
    """One study."""

    format: Literal[1]
    kind: Literal["random_faults"]
    title: str
    title_vi: str
    grid: str
    city_feeders: Annotated[int | None, Field(ge=FEEDERS_MIN, le=FEEDERS_MAX)] = None
    city_seed: Annotated[int, Field(ge=0, le=SEED_MAX)] = 1
    seed: Annotated[int, Field(ge=0, le=SEED_MAX)] = 1
    faults: Annotated[int, Field(ge=1, le=FAULTS_MAX)]
    orders: Annotated[int, Field(ge=0, le=ORDERS_MAX)] = 1
    through_desk: bool = True
    field: Ways = Ways()
    location: dict[str, float] = {}
    expect: ExpectedFigures = ExpectedFigures()

    @property
    def study(self) -> Study:
        return Study(
            seed=self.seed,
            faults=self.faults,
            orders=self.orders,
            through_desk=self.through_desk,
            ways=FieldWays(**self.field.model_dump()),
        )

    @property
    def expectation(self) -> Expectation:
        return Expectation(**self.expect.model_dump())

    @property
    def location_settings(self) -> LocationSettings:
        whole = {each.name for each in fields(LocationSettings) if each.type is int}
        given: dict[str, Any] = {
            name: int(value) if name in whole else value for name, value in self.location.items()
        }
        return LocationSettings(**given)


def load_simulation(path: Path) -> Scenario | RandomFaults:
    """A story, or what its `kind` says. Raises: ScenarioError as `load_scenario`."""
    plain = toml_of(path)
    if "kind" not in plain:
        return checked(Scenario, plain, where=path)
    study = checked(RandomFaults, plain, where=path)
    if (study.grid == "city") != (study.city_feeders is not None):
        raise ScenarioError(
            'city_feeders goes with grid = "city"', where=str(path), remedy="give both, or neither"
        )
    known = [each.name for each in fields(LocationSettings) if each.type in (int, float)]
    for name in study.location:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3) or known
            raise ScenarioError(
                f"location.{name} is no setting",
                where=str(path),
                remedy=f"near: {', '.join(near)}",
            )
    return study
