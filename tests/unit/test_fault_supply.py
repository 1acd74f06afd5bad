"""What protection sees, found for a part of the grid, against the whole by the general engine."""

import math

import numpy as np
import pytest

from gridops.adapters.content import models_dir
from gridops.adapters.grid_files import load_grid
from gridops.ids import SourceId, SwitchId
from gridops.network import Network, draw
from gridops.powerflow import FaultKind, FaultSupply, Level, RadialShortCircuit
from gridops.study.review_protection import guards
from gridops.study.review_tree import supply_tree
from tests.unit.stepped_station import station, with_high_breaker

SHIPPED = ("baranwu33", "hanoi_ring", "ieee123", "oberrhein", "simbench_urban", "tpc84")


def reach_everywhere(network: Network) -> dict[str, tuple[str, float]]:
    """Node -> the device that guards it and what it sees of a fault there."""
    arrays = network.arrays
    found = FaultSupply(network).least(
        network.normally_closed,
        sources=list(network.sources),
        of_nodes=np.ones(len(arrays.nodes), np.bool_),
    )
    rows = zip(found.nodes.tolist(), found.devices.tolist(), found.seen_a.tolist(), strict=True)
    return {arrays.nodes.ids[n]: (arrays.switches.ids[d], seen) for n, d, seen in rows}


def expected(network: Network) -> dict[str, tuple[str, float]]:
    guard_of = {n: s for n, s in guards(supply_tree(network)).items() if s is not None}
    faults = RadialShortCircuit(network).currents(
        network.normally_closed, at=None, kind=FaultKind.TWO_PHASE, level=Level.MIN
    )
    return {n: (guard_of[n], seen) for n, seen in faults.seen_a(guard_of).items()}


def assert_same(network: Network) -> None:
    found, wanted = reach_everywhere(network), expected(network)
    assert {n: d for n, (d, _) in found.items()} == {n: d for n, (d, _) in wanted.items()}
    for node, (_, seen_a) in wanted.items():
        assert found[node][1] == pytest.approx(seen_a, rel=1e-12), node


@pytest.mark.parametrize("name", SHIPPED)
def test_devices_see_what_the_general_engine_says(name: str) -> None:
    assert_same(load_grid(models_dir() / name))


@pytest.mark.parametrize(
    "network", [station(), with_high_breaker(station())], ids=["plain", "high"]
)
def test_devices_behind_a_transformer_see_the_phase_that_carries_most(network: Network) -> None:
    assert_same(network)


def test_only_the_sources_asked_for_feed() -> None:
    grid = draw("S1 [b1] A [s1] B (t1) C [b2] S2")
    supply = FaultSupply(grid)
    of_nodes = np.ones(len(grid.arrays.nodes), np.bool_)
    found = supply.least(grid.normally_closed, sources=[SourceId("S2")], of_nodes=of_nodes)
    assert {grid.arrays.nodes.ids[n] for n in found.nodes.tolist()} == {"C", "C.t1", "C.b2"}
    assert {grid.arrays.switches.ids[d] for d in found.devices.tolist()} == {"b2"}


def test_an_island_with_a_loop_says_nothing() -> None:
    grid = draw("S1 [b1] A [s1] B [s2] A")
    of_nodes = np.ones(len(grid.arrays.nodes), np.bool_)
    found = FaultSupply(grid).least(
        grid.normally_closed, sources=[SourceId("S1")], of_nodes=of_nodes
    )
    assert not len(found.nodes)


def test_the_highest_current_and_its_peak() -> None:
    grid = draw("S1 [b1] A [s1] B (t1) C [b2] S2")
    at = grid.arrays.nodes.numbers(["B.t1", "C"])
    closed = grid.normally_closed | {SwitchId("b1")}
    initial_a, peak_a = FaultSupply(grid).highest(closed, sources=[SourceId("S1")], nodes=at)
    whole = RadialShortCircuit(grid).currents(
        closed, at=None, kind=FaultKind.THREE_PHASE, level=Level.MAX
    )
    assert initial_a[0] == pytest.approx(whole.ik_a["B.t1"], rel=1e-12)
    assert peak_a[0] == pytest.approx(whole.ip_a["B.t1"], rel=1e-12)
    assert math.isnan(initial_a[1])
    assert math.isnan(peak_a[1])
