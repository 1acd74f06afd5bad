"""`gridops reliability`: what a grid has to expect of its failure statistics."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gridops.adapters.ruleset_files import read_ruleset
from gridops.bootstrap.wiring import load
from gridops.errors import GridOpsError
from gridops.reliability import RuleSet
from gridops.reliability.report import ruleset_plain
from gridops.study.expected_indices import (
    AtLoad,
    Expected,
    Spread,
    at_loads,
    expected,
    simulated,
)
from gridops.study.failure_effects import failure_modes, without_data

YEARS = 10_000
Plain = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """`spread` None: by the analytic method."""

    grid: str
    ruleset: RuleSet
    spares: bool
    system: Expected
    spread: Spread | None
    seed: int
    loads: tuple[AtLoad, ...]
    without_data: dict[str, int]

    def to_plain(self) -> Plain:
        spread = self.spread
        return {
            "grid": self.grid,
            "method": "analytic" if spread is None else "montecarlo",
            "ruleset": ruleset_plain(self.ruleset),
            "spares": self.spares,
            "system": _plain(self.system if spread is None else spread.expected),
            "simulated": None
            if spread is None
            else {
                "years": spread.years,
                "seed": self.seed,
                "standard_error_saidi_min": spread.standard_error_saidi_min,
                "saidi_min_percentiles": {
                    str(k): value for k, value in spread.saidi_min_percentiles.items()
                },
            },
            "loads": [asdict(each) for each in self.loads],
            "without_data": self.without_data,
        }


def _plain(found: Expected) -> Plain:
    return {
        **asdict(found),
        "caidi_min": found.caidi_min,
        "asai": found.asai,
        "aens_wh": found.aens_wh,
    }


def expect(grid: str, *, years: int | None, seed: int, ruleset: str, spares: bool) -> Expectation:
    """`years` None: the analytic method.

    Raises: GridUnreadable, GridInvalid, FileFlawed; GridOpsError for a grid without customers or
        without any failure rate.
    """
    rules = read_ruleset(ruleset)
    _, network = load(grid)
    modes = tuple(failure_modes(network, spares=spares))
    if not modes or network.customers <= 0:
        raise GridOpsError(
            "has no customers" if modes else "no element has a failure rate and a repair time",
            where=grid,
            remedy="fill failures_per_year, repair_time_s and customers (docs/grid_format.md)",
        )
    loads = at_loads(network, modes, ruleset=rules)
    spread = None
    if years is not None:
        dice = np.random.Generator(np.random.PCG64(seed))
        spread = simulated(network, modes, ruleset=rules, years=years, dice=dice)
    return Expectation(
        grid=network.name,
        ruleset=rules,
        spares=spares,
        system=expected(loads, modes),
        spread=spread,
        seed=seed,
        loads=loads,
        without_data=without_data(network),
    )
