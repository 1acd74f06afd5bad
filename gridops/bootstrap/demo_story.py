"""What a demo plays: a scenario, or a fault that the given grid can recover from."""

from dataclasses import dataclass
from pathlib import Path

from gridops.adapters.content import resolve_grid, resolve_scenario
from gridops.adapters.scenario_files import load_scenario
from gridops.bootstrap.wiring import engines_of, load
from gridops.errors import ScenarioError
from gridops.ids import FeederId
from gridops.network import Network
from gridops.response import Engines
from gridops.restoration import PlanSettings
from gridops.state import energise
from gridops.study import WhatIf, what_if

SCENARIO = "demo_oberrhein"
PLACES_TRIED_MAX = 20
"""Per feeder, from its middle outward."""
STRIKE_AT_S = 5
PLAN = PlanSettings(crew_available=False)
"""A demo has no crew to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A scenario file, or else a `place` of the grid that is struck once."""

    grid: str
    scenario: Path | None = None
    place: str = ""

    def file(self, folder: Path) -> Path:
        """The scenario to play; one for `place` is written into `folder`."""
        if self.scenario is not None:
            return self.scenario
        written = folder / "demo.toml"
        written.write_text(
            f'format = 1\ntitle = "Demo: fault at {self.place}"\n'
            f'title_vi = "Trình diễn: sự cố tại {self.place}"\ngrid = "{self.grid}"\n'
            "start = 2026-03-01T02:10:00Z\nduration_s = 300.0\n"
            f'[[happens]]\nat_s = {STRIKE_AT_S}\nwhat = "strike"\nplace = "{self.place}"\n',
            encoding="utf-8",
        )
        return written


def story_of(grid: str | None, scenario: str | None) -> Story:
    """The scenario asked for; without one, the shipped demo, or a fault on the grid asked for.

    Raises: ScenarioError when there is no such scenario, or no fault on the grid that remote
    switching could answer; GridUnreadable, GridInvalid.
    """
    if scenario is not None or grid is None:
        file = resolve_scenario(scenario or SCENARIO)
        return Story(grid=grid or load_scenario(file).grid, scenario=file)
    shipped = load_scenario(resolve_scenario(SCENARIO))
    if resolve_grid(grid).resolve() == resolve_grid(shipped.grid).resolve():
        return Story(grid=grid, scenario=resolve_scenario(SCENARIO))
    _, network = load(grid)
    return Story(grid=grid, place=recoverable_place(network, engines_of(network)))


def recoverable_place(network: Network, engines: Engines) -> str:
    """A branch in the middle of a feeder whose fault remote switching answers well.

    Raises: ScenarioError when no feeder has one.
    """
    for feeder in network.heads:
        for place in _from_the_middle(network, feeder)[:PLACES_TRIED_MAX]:
            ask = WhatIf(faults=(place,), as_indicated=True, plan=PLAN)
            found = what_if(network, engines, ask=ask).answer
            if found.verdict.passed and found.plan.customers.restored_by_switching > 0:
                return place
    raise ScenarioError(
        "no fault on this grid leaves customers whom remote switching could bring back",
        where=network.name,
        remedy="`gridops check` says why for each feeder; or give a scenario",
    )


def _from_the_middle(network: Network, feeder: FeederId) -> list[str]:
    traced = energise(network, network.normally_closed)
    behind = traced.behind(network.heads[feeder])
    sections = [network.sections[s] for s in traced.order if s in behind]
    places: list[str] = [section.branches[0] for section in sections if section.branches]
    middle = len(places) // 2
    return sorted(places, key=lambda place: abs(places.index(place) - middle))
