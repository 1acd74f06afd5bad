"""Indices to be expected of a grid from its failure statistics."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from gridops.ids import LoadId
from gridops.network import Network
from gridops.reliability import RuleSet
from gridops.study.failure_effects import FailureMode

HOURS_PER_YEAR = 8760.0
EVENTS_AT_ONCE = 2_000_000
Real = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLoad:
    """What a load has to expect in a year."""

    load: LoadId
    customers: int
    interruptions_per_year: float
    """Sustained ones."""
    hours_per_year: float
    hours_each: float | None
    """None where there are none."""
    momentary_per_year: float
    energy_wh_per_year: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Per year, by the customers of the grid."""

    customers: int
    saifi: float
    saidi_min: float
    maifi: float
    ens_wh: float
    failures_per_year: float

    @property
    def caidi_min(self) -> float | None:
        return self.saidi_min / self.saifi if self.saifi else None

    @property
    def asai(self) -> float:
        return 1.0 - self.saidi_min / (60.0 * HOURS_PER_YEAR)

    @property
    def aens_wh(self) -> float:
        """Energy not supplied per customer."""
        return self.ens_wh / self.customers


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of simulated years; the standard error is that of the mean SAIDI, 0 for a single year."""

    years: int
    expected: Expected
    standard_error_saidi_min: float
    saidi_min_percentiles: dict[int, float]


def at_loads(
    network: Network, modes: Sequence[FailureMode], *, ruleset: RuleSet
) -> tuple[AtLoad, ...]:
    """In grid order. Energy by the yearly average load, by the stated one where that is not
    known; what is short by the rule-set's threshold is momentary."""
    often: dict[LoadId, float] = dict.fromkeys(network.loads, 0.0)
    hours = dict(often)
    short = dict(often)
    energy = dict(often)
    for mode in modes:
        for hit in mode.hits:
            load = network.loads[hit.load]
            p_w = load.p_w if load.p_w_average is None else load.p_w_average
            energy[hit.load] += mode.per_year * hit.seconds / 3600.0 * p_w
            if ruleset.is_sustained(timedelta(seconds=hit.seconds)):
                often[hit.load] += mode.per_year
                hours[hit.load] += mode.per_year * hit.seconds / 3600.0
            else:
                short[hit.load] += mode.per_year
    return tuple(
        AtLoad(
            load=load.id,
            customers=load.customers,
            interruptions_per_year=often[load.id],
            hours_per_year=hours[load.id],
            hours_each=hours[load.id] / often[load.id] if often[load.id] else None,
            momentary_per_year=short[load.id],
            energy_wh_per_year=energy[load.id],
        )
        for load in network.loads.values()
    )


def expected(loads: Sequence[AtLoad], modes: Sequence[FailureMode]) -> Expected:
    """The analytic answer: every failure by how often it comes.

    Raises: ValueError where nobody is served.
    """
    customers = sum(load.customers for load in loads)
    if customers <= 0:
        raise ValueError(f"indices need customers, not {customers}")
    return Expected(
        customers=customers,
        saifi=sum(x.customers * x.interruptions_per_year for x in loads) / customers,
        saidi_min=60.0 * sum(x.customers * x.hours_per_year for x in loads) / customers,
        maifi=sum(x.customers * x.momentary_per_year for x in loads) / customers,
        ens_wh=sum(x.energy_wh_per_year for x in loads),
        failures_per_year=sum(mode.per_year for mode in modes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Costs:
    """Of each mode: what a failure costs by switching alone, and per unit of mean repair time."""

    weight: Real
    interruptions: Real
    momentary: Real
    fixed_min: Real
    repair_min: Real
    fixed_wh: Real
    repair_wh: Real


def simulated(
    network: Network,
    modes: Sequence[FailureMode],
    *,
    ruleset: RuleSet,
    years: int,
    dice: np.random.Generator,
) -> Spread:
    """Years drawn one by one: failures come independently (Poisson), repairs take an exponential
    time of the stated mean, switching takes its stated time. Whether what waits for the repair is
    sustained is judged by the mean. The same `dice` give the same answer.

    Raises: ValueError where nobody is served, or without failures.
    """
    customers = network.customers
    if customers <= 0 or not modes or years < 1:
        raise ValueError(f"nothing to simulate: {customers} customers, {len(modes)} failures")
    costs = _costs(network, modes, ruleset=ruleset)
    total = float(costs.weight.sum())
    chance = np.cumsum(costs.weight) / total
    minutes, sums = np.zeros(years), np.zeros(4)
    at_once = max(1, int(EVENTS_AT_ONCE / max(total, 1.0)))
    for begin in range(0, years, at_once):
        end = min(begin + at_once, years)
        count = dice.poisson(total, end - begin)
        mode = np.searchsorted(chance, dice.random(int(count.sum())), side="right")
        mode = np.minimum(mode, len(modes) - 1)
        repair = dice.standard_exponential(len(mode))
        year = np.repeat(np.arange(end - begin), count)
        cost = costs.fixed_min[mode] + costs.repair_min[mode] * repair
        minutes[begin:end] = np.bincount(year, weights=cost, minlength=end - begin)
        energy = costs.fixed_wh[mode] + costs.repair_wh[mode] * repair
        sums += (
            costs.interruptions[mode].sum(),
            costs.momentary[mode].sum(),
            energy.sum(),
            len(mode),
        )
    saidi = minutes / customers
    often, short, energy_wh, failures = (float(each) / years for each in sums)
    spread = float(saidi.std(ddof=1)) / years**0.5 if years > 1 else 0.0
    return Spread(
        years=years,
        expected=Expected(
            customers=customers,
            saifi=often / customers,
            saidi_min=float(saidi.mean()),
            maifi=short / customers,
            ens_wh=energy_wh,
            failures_per_year=failures,
        ),
        standard_error_saidi_min=spread,
        saidi_min_percentiles={p: float(np.percentile(saidi, p)) for p in (5, 50, 95, 99)},
    )


def _costs(network: Network, modes: Sequence[FailureMode], *, ruleset: RuleSet) -> _Costs:
    found = np.zeros((6, len(modes)))
    for k, mode in enumerate(modes):
        for hit in mode.hits:
            load = network.loads[hit.load]
            p_w = load.p_w if load.p_w_average is None else load.p_w_average
            waits = int(hit.waits_for_repair)
            found[4 + waits, k] += p_w * hit.seconds / 3600.0
            if ruleset.is_sustained(timedelta(seconds=hit.seconds)):
                found[0, k] += load.customers
                found[2 + waits, k] += load.customers * hit.seconds / 60.0
            else:
                found[1, k] += load.customers
    return _Costs(
        weight=np.array([mode.per_year for mode in modes]),
        interruptions=found[0],
        momentary=found[1],
        fixed_min=found[2],
        repair_min=found[3],
        fixed_wh=found[4],
        repair_wh=found[5],
    )
