"""Machine code before it is needed, and nothing else by it."""

from gridops.bootstrap.warming import warm_up
from gridops.bootstrap.wiring import engines_of, load
from gridops.network import draw


def test_it_asks_until_a_fault_has_a_plan() -> None:
    _, network = load("hanoi_ring")
    assert warm_up(network, engines_of(network))


def test_a_grid_that_has_no_plan_stays_cold() -> None:
    network = draw("S1 [b1] A")
    assert not warm_up(network, engines_of(network))
