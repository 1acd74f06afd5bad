"""The Python API for engineers: the live engine, asked from a script or a notebook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from gridops.adapters import importers
from gridops.adapters.completion import complete
from gridops.adapters.fitting_texts import with_fitting_texts
from gridops.adapters.geojson import geojson_of
from gridops.adapters.importing import Imported
from gridops.adapters.pandapower_grid import convert, require_net, to_net
from gridops.bootstrap.explaining import explained, told_of_study
from gridops.bootstrap.wiring import engines_of, load
from gridops.errors import GridInvalid
from gridops.network import Limits, Network, build_network
from gridops.network.profiles import time_of_day
from gridops.network.validation import validate
from gridops.outage import Cause
from gridops.response import Answer, Engines
from gridops.response.plain import answer_to_plain
from gridops.study import Outcome, WhatIf, looked_around, what_if

if TYPE_CHECKING:
    from pandas import DataFrame


NESTED = ("check", "expects")
"""What a step holds that is no cell of a table."""


@dataclass(frozen=True, slots=True)
class Result:
    """One what-if, as the live engine answers it. `solve_ms` is wall-clock time, without the
    outlook."""

    outcome: Outcome
    solve_ms: float

    @property
    def answer(self) -> Answer:
        """Location, plan, fingerprint, the guard's verdict and the outlook."""
        return self.outcome.answer

    @property
    def cause(self) -> Cause:
        return self.outcome.cause

    def to_plain(self) -> dict[str, Any]:
        """The JSON of `gridops whatif --json`."""
        plain = answer_to_plain(
            self.answer,
            self.outcome.network,
            fault=self.outcome.faults,
            cause=self.outcome.cause.value,
            tripped=self.outcome.tripped,
            solve_ms=self.solve_ms,
        )
        return explained(plain, told_of_study(self.outcome))

    def to_frame(self) -> "DataFrame":
        """One row a step. Raises: ImportError without pandas (extra `notebook`)."""
        import pandas as pd  # noqa: PLC0415  # 0.4 s that only notebooks pay

        rows = [
            {**{k: v for k, v in step.items() if k not in NESTED}, **step["check"]}
            for step in self.to_plain()["plan"]["steps"]
        ]
        return pd.DataFrame(rows)


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
    outlook: bool
    """Work out failure branches, alternatives and what would help as well (True unless said
    otherwise): some tens of times the work of the plan."""


class Grid:
    """A grid with its engines ready. `open_grid` makes one."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @cached_property
    def _engines(self) -> Engines:
        return engines_of(self.network)

    def what_if(self, *, faults: Sequence[str], **asked: Unpack[Departures]) -> Result:
        """Faults strike together; the live engine answers with one plan.

        `faults` are branches, nodes or sections; `Departures` names what else may be asked.

        Raises: UnknownId, ScenarioError.
        """
        at = asked.get("at")
        ask = WhatIf(
            faults=tuple(faults),
            opened=tuple(asked.get("opened", ())),
            closed=tuple(asked.get("closed", ())),
            unavailable=tuple(asked.get("unavailable", ())),
            load_scale=asked.get("load_scale", 1.0),
            at=time_of_day(at) if isinstance(at, str) else at,
            limits=asked.get("limits"),
            as_indicated=asked.get("as_indicated", False),
        )
        engines = self._engines
        began = perf_counter()
        outcome = what_if(self.network, engines, ask=ask)
        solve_ms = (perf_counter() - began) * 1e3
        if asked.get("outlook", True):
            outcome = looked_around(outcome, engines)
        return Result(outcome, solve_ms)


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
