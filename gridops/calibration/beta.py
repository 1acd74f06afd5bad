"""The beta distribution: what counts say about a rate.

The regularised incomplete beta function by its continued fraction (Press et al., Numerical
Recipes, third edition, 6.4), inverted by bisection.
"""

import math

TERMS_MAX = 1_000
STEPS = 100
"""Of the bisection: more than a double can tell apart."""
_TINY = 1e-300


def share_below(x: float, *, a: float, b: float) -> float:
    """Probability that a Beta(a, b) variable is at most x. `a` and `b` are positive."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - share_below(1.0 - x, a=b, b=a)
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return math.exp(log_front) * _fraction(x, a=a, b=b) / a


def _fraction(x: float, *, a: float, b: float) -> float:
    """By the method of Lentz."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    found = d
    for m in range(1, TERMS_MAX + 1):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + term * d
            c = 1.0 + term / c
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = c if abs(c) > _TINY else _TINY
            step = c * d
            found *= step
        if abs(step - 1.0) < 1e-15:
            break
    return found


def quantile(share: float, *, a: float, b: float) -> float:
    """The x below which a Beta(a, b) variable lies with probability `share`."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        x = 0.5 * (low + high)
        if share_below(x, a=a, b=b) < share:
            low = x
        else:
            high = x
    return 0.5 * (low + high)


def at_least(successes: int, trials: int, *, confidence: float = 0.95) -> float:
    """A lower bound of the rate behind `successes` of `trials` (Clopper and Pearson 1934)."""
    if successes == 0:
        return 0.0
    return quantile(1.0 - confidence, a=successes, b=trials - successes + 1)
