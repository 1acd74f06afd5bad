"""A grid with other data of its switches is the same grid, and all of it agrees on the data."""

from dataclasses import replace

from gridops.ids import SwitchId
from gridops.network import draw
from gridops.powerflow import carries_a


def test_ratings_by_number_follow_those_by_name() -> None:
    network = draw("S1 [b1] A [s1] B (t1) C [b2] S2")
    s1, b1 = SwitchId("s1"), SwitchId("b1")
    weak = replace(network.switches[s1], current_a_rated=40.0)
    quick = replace(network.switches[b1], pickup_current_a=60.0)
    other = network.with_switches({**network.switches, s1: weak, b1: quick})
    assert carries_a(other, 100.0)[s1] == 40.0
    assert 59.9 < carries_a(other, 100.0)[b1] < 60.0
    assert carries_a(network, 100.0)[s1] > 40.0, "the grid as it was is not touched"
    assert other.arrays.switches is network.arrays.switches
