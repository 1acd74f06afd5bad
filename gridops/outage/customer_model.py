"""How likely the words of one transformer's meters and customers are, dark or supplied.

Counts of one transformer are correlated - one collector, one LV board, one street - so none of
them is a product over meters: a share that is itself uncertain (beta-binomial), and common causes
beside it. That bounds what one transformer can say. Every distribution sums to one over counts.
"""

import math
from dataclasses import dataclass

import numpy as np

from gridops.network import Values

_LOG_GAMMA = np.frompyfunc(math.lgamma, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSettings:
    """What meters and callers are worth. Probabilities hold per transformer and outage."""

    p_meter_reports: float = 0.9
    """Mean share of the meters without voltage that get their last gasp through. Assumption."""
    report_concentration: float = 3.0
    """How firmly that share holds (alpha + beta of its beta distribution): at 3 anything between
    0.5 and 1 is common, because whole batches are lost together. Assumption."""
    p_collector_silent: float = 0.1
    """Nothing comes at all from a dark transformer that has meters: its collector or backhaul is
    dark as well. Assumption."""
    report_after_s: float = 45.0
    """A meter reports only after so long without voltage, so that a reclosing is no outage. The
    figure that the trade uses for meters and last gasps."""
    report_spread_s: float = 60.0
    """Time constant of the reports after that: they come in batches, one per transformer.
    Assumption."""
    p_early: float = 0.05
    """The meters of a transformer report sooner than `report_after_s`. Assumption."""
    p_false_gasp: float = 0.001
    """A meter with voltage reports its last gasp: somebody took it out, a battery. Assumption."""
    p_local_outage: float = 0.001
    """A transformer, or a part of its low-voltage grid, is dark for a reason of its own at just
    this time. Assumption; it bounds what one transformer can say for an outage."""
    p_alive_wrong: float = 0.003
    """A transformer without voltage has meters that report voltage: the message is older than the
    outage, the meter is on record at another transformer, somebody's generator. Assumption."""
    p_asked: float = 0.5
    """Some meters of a supplied transformer were pinged or reported by themselves. Assumption."""
    p_has_meters: float = 0.5
    """A transformer that said nothing has meters that report, where others have. Assumption."""
    p_silence_empty: float = 0.2
    """The silence of all silent transformers together means nothing: no meters there, or a
    backhaul that is down. Silence never weighs more than this against a row. Assumption."""
    p_fuse_partial: float = 0.8
    """A blown fuse takes one or two phases rather than all three: most faults have one phase
    (Grainger and Stevenson 1994, chapter 12: 70-80 %)."""
    p_phases_wrong: float = 0.02
    """The phases reported are not those that were lost. Assumption."""
    p_local_partial: float = 0.5
    """A local outage takes one or two phases. Assumption."""
    p_broken_conductor: float = 0.1
    """Where meters lost some phases only: a conductor broke and nothing opened. Assumption."""
    p_call: float = 0.02
    """Mean share of customers without supply that have called after a long time. Assumption."""
    call_spread: float = 0.2
    """Shape of the negative binomial over calls: small, for the first caller draws others and at
    night nobody calls. Assumption."""
    call_after_s: float = 600.0
    """Time constant of the calls. Assumption."""
    p_false_call: float = 1e-4
    """Somebody with supply calls: his own fuse, the wrong address. Assumption."""
    p_next_call: float = 0.5
    """After a call without outage of the grid, one more comes. Assumption."""
    weight_max: float = math.log(1e4)
    """No word of one transformer weighs more than this between two rows."""
    words_max: int = 40
    """So many transformers are weighed, those with the most meters and calls first."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Counts:
    """Of each transformer; shape (transformers,)."""

    meters: Values
    """That there are, at least as many as spoke."""
    lost: Values
    alive: Values


def p_reported(settings: CustomerSettings, *, elapsed_s: float) -> float:
    """That the batch of a dark transformer has come after `elapsed_s` without voltage."""
    ripe_s = max(0.0, elapsed_s - settings.report_after_s)
    delivered = 1.0 - (1.0 - settings.p_early) * math.exp(-ripe_s / settings.report_spread_s)
    return (1.0 - settings.p_collector_silent) * delivered


def log_p_dark(counts: Counts, settings: CustomerSettings, *, elapsed_s: float) -> Values:
    """Of these counts at a transformer without voltage for `elapsed_s` that has meters."""
    share, firmness = settings.p_meter_reports, settings.report_concentration
    heard = _log_beta_binomial(counts, share, concentration=firmness)
    unheard = _log_binomial(counts, settings.p_false_gasp)
    lost = _either(unheard, heard, p_second=p_reported(settings, elapsed_s=elapsed_s))
    return lost + _log_alive(counts, settings.p_alive_wrong)


def log_p_supplied(counts: Counts, settings: CustomerSettings) -> Values:
    """Of these counts at a transformer that the outage leaves supplied. In a local outage any
    number of its meters may be hit, each number alike."""
    by_itself = _log_binomial(counts, settings.p_false_gasp)
    local = -np.log1p(counts.meters)
    lost = _either(by_itself, local, p_second=settings.p_local_outage)
    return lost + _log_alive(counts, settings.p_asked)


def log_p_calls_dark(
    calls: Values, customers: Values, *, settings: CustomerSettings, elapsed_s: float
) -> Values:
    """Of so many calls from a transformer without supply: negative binomial, with a mean that
    grows to `p_call` times the customers."""
    reached = -math.expm1(-elapsed_s / settings.call_after_s)
    mean = np.maximum(customers * settings.p_call * reached, settings.p_false_call)
    shape = settings.call_spread
    log_p: Values = (
        _log_gamma(calls + shape)
        - math.lgamma(shape)
        - _log_gamma(calls + 1.0)
        - shape * np.log1p(mean / shape)
        + calls * (np.log(mean) - np.log(mean + shape))
    )
    return log_p


def log_p_calls_supplied(calls: Values, *, settings: CustomerSettings) -> Values:
    """Of so many calls from a transformer with supply: somebody's own trouble, or a local one."""
    p_any = settings.p_false_call + settings.p_local_outage
    more = math.log(settings.p_next_call) * (calls - 1.0) + math.log1p(-settings.p_next_call)
    return np.where(calls > 0.0, math.log(p_any) + more, math.log1p(-p_any))


def _log_alive(counts: Counts, p_any: float) -> Values:
    """Any number of those that did not gasp, each alike, with `p_any`; else none."""
    rest = counts.meters - counts.lost
    some = math.log(p_any) - np.log(np.maximum(rest, 1.0))
    none = np.where(rest > 0.0, math.log1p(-p_any), 0.0)
    return np.where(counts.alive > 0.0, some, none)


def _either(first: Values, second: Values, *, p_second: float) -> Values:
    return np.logaddexp(first + math.log1p(-p_second), second + math.log(p_second))


def _log_choose(counts: Counts) -> Values:
    n, k = counts.meters, counts.lost
    return _log_gamma(n + 1.0) - _log_gamma(k + 1.0) - _log_gamma(n - k + 1.0)


def _log_binomial(counts: Counts, p: float) -> Values:
    n, k = counts.meters, counts.lost
    return _log_choose(counts) + k * math.log(p) + (n - k) * math.log1p(-p)


def _log_beta_binomial(counts: Counts, mean: float, *, concentration: float) -> Values:
    alpha, beta = concentration * mean, concentration * (1.0 - mean)
    n, k = counts.meters, counts.lost
    log_p: Values = (
        _log_choose(counts)
        + _log_gamma(k + alpha)
        + _log_gamma(n - k + beta)
        - _log_gamma(n + concentration)
        + math.lgamma(concentration)
        - math.lgamma(alpha)
        - math.lgamma(beta)
    )
    return log_p


def _log_gamma(values: Values) -> Values:
    return np.asarray(_LOG_GAMMA(values), np.float64)
