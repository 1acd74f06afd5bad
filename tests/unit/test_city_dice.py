"""Draws are functions of what they are for."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gridops.city.dice import Dice, _mixed

SEEDS = st.integers(0, 2**63 - 1)


def test_the_mixing_is_that_of_splitmix64() -> None:
    """The first two numbers of the published generator from state 0."""
    assert _mixed(0) == 0xE220A8397B1DCDAF
    assert _mixed(0x9E3779B97F4A7C15) == 0x6E789E6AA1B965F4


@given(seed=SEEDS, index=st.integers(0, 10**6))
def test_a_draw_depends_on_seed_purpose_and_index_alone(seed: int, index: int) -> None:
    drawn = Dice(seed).share("size", index)
    other = Dice(seed)
    other.share("size", index + 1)
    other.share("colour", index)
    assert other.share("size", index) == drawn
    assert drawn != other.share("size", index + 1)
    assert drawn != other.share("colour", index)
    assert drawn != Dice(seed + 1).share("size", index)


def test_the_order_of_indices_counts() -> None:
    dice = Dice(1)
    assert dice.share("x", 1, 2) != dice.share("x", 2, 1)
    assert dice.share("x", 1) != dice.share("x", 1, 0)


@given(seed=SEEDS)
def test_draws_stay_in_their_span_and_fill_it(seed: int) -> None:
    dice = Dice(seed)
    shares = [dice.share("fill", k) for k in range(400)]
    assert all(0.0 <= share < 1.0 for share in shares)
    assert all(any(k / 8 <= share < (k + 1) / 8 for share in shares) for k in range(8))
    assert {dice.whole("count", k, span=(3, 5)) for k in range(100)} == {3, 4, 5}
    assert all(2.0 <= dice.between("span", k, span=(2.0, 4.0)) < 4.0 for k in range(100))


def test_weights_are_kept() -> None:
    of = (("often", 0.75), ("seldom", 0.25), ("never", 0.0))
    drawn = Counter(Dice(7).pick("what", k, of=of) for k in range(4000))
    assert set(drawn) == {"often", "seldom"}
    assert 0.72 < drawn["often"] / 4000 < 0.78
    happened = sum(Dice(7).happens("rain", k, chance=0.1) for k in range(4000))
    assert 320 < happened < 480
