"""The Python API for engineers: the live engine, asked from a script or a notebook."""

from collections.abc import Sequence
from datetime import time
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any, TypedDict, Unpack

from gridops.adapters import importers
from gridops.adapters.completion import complete
from gridops.adapters.fitting_texts import with_fitting_texts
from gridops.adapters.geojson import geojson_of
from gridops.adapters.importing import Imported
from gridops.adapters.pandapower_grid import convert, require_net, to_net
from gridops.bootstrap.quick_sweep import QuickSweep, run_quick_sweep
from gridops.bootstrap.results import Result
from gridops.bootstrap.sweep import Progress, Sweep, run_sweep
from gridops.bootstrap.sweep_workers import Stage, Workers
from gridops.bootstrap.way_home import State, WayHome
from gridops.bootstrap.wiring import engines_of, load
from gridops.errors import GridInvalid, ScenarioError
from gridops.network import Limits, Network, build_network
from gridops.network.profiles import time_of_day
from gridops.network.validation import validate
from gridops.response import Engines
from gridops.restoration import PlanSettings
from gridops.study import Standing, WhatIf, looked_around, standing, strike, way_home
from gridops.study.sweep import SweepOf


class Departures(TypedDict, total=False):
    """How a what-if departs from the normal state; every one may be left out."""

    opened: Sequence[str]
    """Switches open before the fault."""
    closed: Sequence[str]
    unavailable: Sequence[str]
    """Switches that cannot be operated."""
    load_scale: float
    at: time | str | None
    """Local time of day, as `datetime.time` or "18:30", by the load profiles; None: every load as
    the grid states it."""
    limits: Limits | None
    as_indicated: bool
    """Fence what the indicators leave in doubt, instead of just the fault."""
    shedding: bool
    """Supplied load of priority 4, then 3, may be left dark until the repair where that brings back
    what counts more (False unless said otherwise)."""


class Asked(Departures, total=False):
    """What else a what-if is asked."""

    outlook: bool
    """Work out failure branches, alternatives and what would help as well (True unless said
    otherwise): some tens of times the work of the plan."""


class Grid:
    """A grid with its engines ready. `open_grid` makes one."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._latest: Standing | None = None

    @cached_property
    def _engines(self) -> Engines:
        return engines_of(self.network)

    def _standing(self, asked: Departures) -> Standing:
        """The state before faults that `asked` describes; the last one asked for is kept."""
        at = asked.get("at")
        ask = WhatIf(
            opened=tuple(asked.get("opened", ())),
            closed=tuple(asked.get("closed", ())),
            unavailable=tuple(asked.get("unavailable", ())),
            load_scale=asked.get("load_scale", 1.0),
            at=time_of_day(at) if isinstance(at, str) else at,
            limits=asked.get("limits"),
            as_indicated=asked.get("as_indicated", False),
            plan=PlanSettings(shedding=True) if asked.get("shedding") else None,
        )
        if self._latest is None or self._latest.ask != ask:
            self._latest = standing(self.network, ask)
        return self._latest

    def what_if(self, *, faults: Sequence[str], **asked: Unpack[Asked]) -> Result:
        """Faults strike together; the live engine answers with one plan.

        `faults` are branches, nodes or sections; `Asked` names what else may be asked.

        Raises: UnknownId, ScenarioError.
        """
        engines = self._engines
        began = perf_counter()
        outcome = strike(self._standing(asked), engines, faults=tuple(faults))
        solve_ms = (perf_counter() - began) * 1e3
        if asked.get("outlook", True):
            outcome = looked_around(outcome, engines)
        return Result(outcome, solve_ms)

    def sweep(
        self,
        what: str = "sections",
        *,
        workers: Workers = 1,
        resume: Path | None = None,
        progress: Progress | None = None,
        **asked: Unpack[Departures],
    ) -> Sweep:
        """Every section (or with "branches" every branch) that has supply, faulted once.

        `workers`: processes, or `dask://HOST:PORT`; None: as many as there are cores. A script
        that asks for more than one must guard its own start by `if __name__ == "__main__"`.
        `resume`: a file that keeps what is finished; asked again with it, the sweep goes on.

        Raises: UnknownId, ScenarioError; GridOpsError as `run_sweep`.
        """
        of = _sweep_of(what)
        stage = Stage(before=self._standing(asked), engines=self._engines)
        return run_sweep(stage, of, workers=workers, resume=resume, progress=progress)

    def return_to_normal(self, **asked: Unpack[State]) -> WayHome:
        """The way from a state after a repair back to the normal state, step by step: the lent
        parts go home make before break where the grid allows it, else with seconds without
        supply.

        Raises: UnknownId, ScenarioError.
        """
        at = asked.get("at")
        ask = WhatIf(
            opened=tuple(asked.get("opened", ())),
            closed=tuple(asked.get("closed", ())),
            unavailable=tuple(asked.get("unavailable", ())),
            load_scale=asked.get("load_scale", 1.0),
            at=time_of_day(at) if isinstance(at, str) else at,
            limits=asked.get("limits"),
            plan=PlanSettings(closed_transition=asked.get("closed_transition", True)),
        )
        engines = self._engines
        began = perf_counter()
        outcome = way_home(self.network, engines, ask=ask)
        solve_ms = (perf_counter() - began) * 1e3
        return WayHome(looked_around(outcome, engines), solve_ms)

    def quick_sweep(self, what: str = "sections", **asked: Unpack[Departures]) -> QuickSweep:
        """The same in one pass, without plans: one tie for each part that a fault leaves dark,
        checked by AC at the loads as they stand. Never more than the best plan at these loads;
        it says where only an exact plan could tell.

        Raises: UnknownId; ScenarioError, also for a state that is not radial.
        """
        return run_quick_sweep(self._standing(asked), _sweep_of(what))


def _sweep_of(what: str) -> SweepOf:
    if what not in list(SweepOf):
        raise ScenarioError(f"{what!r} cannot be swept", remedy="sections or branches")
    return SweepOf(what)


def open_grid(grid: str) -> Grid:
    """Opens a grid folder, or a grid that GridOps brings along, by name.

    Raises: GridUnreadable, GridInvalid (with all flaws).
    """
    _, network = load(grid)
    return Grid(network)


def from_pandapower(net: Any) -> Grid:
    """A pandapower net as a grid, with its own numbers in the ids (line 7 is branch `L7`).

    A pandapower net knows no feeder heads, protection, telecontrol, indicators or customers:
    they are added by the rules of docs/importing.md. A net of `to_pandapower` has them already.

    Raises: GridUnreadable for what is no net, an empty one, or elements that cannot be
        expressed; GridInvalid with all flaws.
    """
    require_net(net, where="from_pandapower")
    return _completed(with_fitting_texts(convert(net)), bare=False)


def to_pandapower(grid: Grid) -> Any:
    """The grid as a pandapower net; `from_pandapower` gives the same grid again.

    Its power flow is that of the grid with `pandapower.runpp(net, trafo_model="pi")`.

    Raises: GridUnreadable if pandapower is not installed (extra `pandapower`).
    """
    return to_net(grid.network.components)


def import_grid(name: str, source: str, *, bare: bool = False) -> Grid:
    """A grid of another format, as `gridops import` reads it, without writing a folder.

    `name` is pandapower, simbench, cgmes or opendss; `bare` leaves out what the source does not
    say.

    Raises: GridUnreadable; GridInvalid with all flaws (loops, missing feeder heads, ...).
    """
    return _completed(importers.import_grid(name, source), bare=bare)


def to_geojson(grid: Grid) -> dict[str, Any]:
    """The grid on the map (RFC 7946), for any GIS. Raises: GridUnreadable without coordinates."""
    return geojson_of(grid.network)


def _completed(imported: Imported, *, bare: bool) -> Grid:
    components = imported.components if bare else complete(imported)[0]
    flaws = validate(components)
    if any(flaw.is_error for flaw in flaws):
        raise GridInvalid(components.name, flaws)
    return Grid(build_network(components))
