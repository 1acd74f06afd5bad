"""Statistics against figures worked out by hand, and the beta distribution against scipy."""

import math

import pytest

from gridops.calibration.beta import at_least, quantile, share_below
from gridops.calibration.scores import BINS, Calibration, log_score, mean, middle


def test_error_of_statements_that_say_too_much() -> None:
    """Ten say 0.9 and seven are true; ten say 0.1 and one is: (10 * 0.2 + 10 * 0) / 20."""
    said = Calibration()
    for number in range(10):
        said.take(0.9, number < 7)
        said.take(0.1, number < 1)
    assert said.error == pytest.approx(0.1)
    filled = [each for each in said.bins if each.count]
    assert [(each.count, each.stated, each.true) for each in filled] == [
        (10, pytest.approx(0.1), 0.1),
        (10, pytest.approx(0.9), 0.7),
    ]


def test_a_certainty_falls_into_the_last_bin() -> None:
    said = Calibration()
    said.take(1.0, True)
    assert said.bins[BINS - 1].count == 1
    assert said.error == 0.0


def test_nothing_said_is_no_error() -> None:
    assert Calibration().error == 0.0
    assert (mean([]), middle([])) == (0.0, 0.0)


def test_the_middle_is_a_value_that_was_there() -> None:
    assert middle([5, 1, 3, 2]) == 2
    assert middle([5, 1, 3]) == 3
    assert middle(list(range(1, 101)), 0.95) == 95


def test_log_score_of_what_was_never_named_is_finite() -> None:
    assert log_score(1.0) == 0.0
    assert log_score(0.5) == pytest.approx(-0.693147, abs=1e-6)
    assert math.isfinite(log_score(0.0))


def test_beta_by_hand() -> None:
    """Beta(1, 1) is even; Beta(2, 1) has x^2 below x; Beta(1, 3) has 1 - (1 - x)^3."""
    assert share_below(0.3, a=1, b=1) == pytest.approx(0.3)
    assert share_below(0.3, a=2, b=1) == pytest.approx(0.09)
    assert share_below(0.3, a=1, b=3) == pytest.approx(1 - 0.7**3)
    assert quantile(0.05, a=1, b=3) == pytest.approx(1 - 0.95 ** (1 / 3))


@pytest.mark.parametrize("a", [0.02, 0.5, 1.0, 7.5, 200.0, 19_990.0])
@pytest.mark.parametrize("b", [0.5, 1.0, 12.0, 980.0])
def test_beta_agrees_with_scipy(a: float, b: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    for share in (0.05, 0.5, 0.95):
        x = quantile(share, a=a, b=b)
        assert x == pytest.approx(float(stats.beta.ppf(share, a, b)), rel=1e-7, abs=1e-12)


def test_zero_failures_in_n_bound_the_rate_at_about_three_in_n() -> None:
    assert 1 - at_least(1_000, 1_000) == pytest.approx(3.0 / 1_000, rel=0.01)
    assert at_least(0, 10) == 0.0
    assert at_least(7, 10) == pytest.approx(0.3934, abs=1e-4)  # Clopper and Pearson, one-sided
