"""Line faults on the 33-node feeder of Baran and Wu, against optima that were computed otherwise.

Facts: M. E. Baran, F. F. Wu, IEEE Trans. Power Delivery 4(2), 1989, 10.1109/61.25627, at 12.66 kV
(`models/baranwu33`: every line has a switch at both ends, of a tie the one at its first end is
open). The optima (restored power, voltage limit 0.9 pu, no ratings, loads not shed one by one)
come from a mixed-integer bound with AC-checked cuts over all switches, and know no priorities: they
also move the customers at 9 and 33 who never are to be dropped.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gridops.adapters.content import models_dir
from gridops.adapters.engines import PowerGridModelEngine
from gridops.adapters.grid_files import load_grid
from gridops.ids import BranchId, SwitchId
from gridops.measurement import Measured, Position, Quality
from gridops.network import Limits, Network, build_network
from gridops.powerflow import LoadPower, RadialFlow
from gridops.restoration import Proof, Situation, propose
from gridops.restoration.plan import FoundBy
from gridops.state import LiveState, energise
from tests.radial_sweep import RadialSweep


def feeder() -> Network:
    return load_grid(models_dir() / "baranwu33")


PUBLISHED = Limits(
    voltage_pu_min=0.9, voltage_pu_max=None, loading_pct_max=None, fault_in_pickups_min=None
)
"""The published optima know no protection."""


def isolated(network: Network, line: str, limits: Limits = PUBLISHED) -> Situation:
    """The line is faulted and open at both ends; what it fed is dark."""
    normal = frozenset(s.id for s in network.switches.values() if s.is_normally_closed)
    open_ = {SwitchId(f"{line}a"), SwitchId(f"{line}b")}
    at = datetime(2025, 1, 1, tzinfo=UTC)
    positions = {
        s: Measured(Position.CLOSED if s in normal - open_ else Position.OPEN, Quality.GOOD, at)
        for s in network.switches
    }
    nothing: frozenset[SwitchId] = frozenset()
    blank = LiveState(network=network).snapshot(at)
    return Situation(
        network=network,
        snapshot=replace(blank, positions=positions, unknown=nothing, unreachable=nothing),
        closed_before=normal,
        suspected=frozenset({network.section_of_branch[BranchId(line)]}),
        dark=energise(network, normal - open_).dark
        & energise(network, normal).behind(SwitchId(f"{line}a")),
        loads={x.id: LoadPower(x.p_w, x.q_var) for x in network.loads.values()},
        limits=limits,
    )


@pytest.mark.parametrize("engine", [RadialSweep, PowerGridModelEngine])
def test_the_losses_of_the_normal_state_are_the_published_ones(engine: type) -> None:
    network = feeder()
    normal = frozenset(s.id for s in network.switches.values() if s.is_normally_closed)
    loads = {x.id: LoadPower(x.p_w, x.q_var) for x in network.loads.values()}
    result = engine(network).solve(normal, loads)
    losses_w = sum(result.source_p_w.values()) - sum(x.p_w for x in loads.values())
    assert losses_w == pytest.approx(202_677, abs=10)


def test_line_6_is_restored_whole_over_one_tie_as_in_the_optimum() -> None:
    plan = propose(isolated(feeder(), "L6"), PowerGridModelEngine(feeder()))
    assert [(step.switch, step.closes) for step in plan.steps] == [("L33a", True)]
    assert plan.p_w.interrupted == pytest.approx(1075e3)
    assert plan.p_w.restored_by_switching == pytest.approx(1075e3)
    assert plan.proof is Proof.OPTIMAL
    assert plan.steps[0].check.voltage_pu_min == pytest.approx(0.92123, abs=1e-5)


@pytest.mark.parametrize(
    ("line", "interrupted_kw", "optimum_kw"), [("L22", 930, 930), ("L29", 620, 420)]
)
def test_other_lines_restore_no_more_than_the_optimum_and_say_what_binds(
    line: str, interrupted_kw: float, optimum_kw: float
) -> None:
    network = feeder()
    plan = propose(isolated(network, line), PowerGridModelEngine(network))
    assert plan.p_w.interrupted == pytest.approx(1e3 * interrupted_kw)
    assert 0 < plan.p_w.restored_by_switching <= 1e3 * optimum_kw + 1
    assert {u.because for u in plan.unserved} == {"undervoltage"}


def test_the_published_optimum_would_leave_a_coarser_breaker_blind() -> None:
    """Over L33 the far end is so far away that a pick-up by ratings alone would not see it."""
    parts = feeder().components
    coarse = tuple(replace(s, pickup_current_a=420.0) if s.protects else s for s in parts.switches)
    network = build_network(replace(parts, switches=coarse))
    limits = replace(PUBLISHED, fault_in_pickups_min=1.2)
    plan = propose(isolated(network, "L6", limits), PowerGridModelEngine(network))
    refused = {r.option: r for r in plan.rejected}["L33a",]
    assert (refused.because, refused.element) == ("protection-reach", "L1a")
    assert refused.value == pytest.approx(375.6, abs=0.1)
    assert refused.limit == pytest.approx(1.2 * 420)


@pytest.mark.parametrize(("line", "optimum_kw"), [("L22", 930), ("L29", 420)])
def test_load_transfer_reaches_the_optimum(line: str, optimum_kw: float) -> None:
    parts = feeder().components
    loads = tuple(replace(load, priority=3) for load in parts.loads)
    network = build_network(replace(parts, loads=loads))
    plan = propose(isolated(network, line), RadialFlow(network))
    assert plan.p_w.restored_by_switching == pytest.approx(1e3 * optimum_kw)
    assert plan.found_by is FoundBy.TRANSFER
    assert plan.dropped
    assert plan.gap_pct < 1.0


def test_who_must_not_be_dropped_costs_the_rest_their_supply() -> None:
    """Line 22 needs the customers at 33 moved, who have priority 1."""
    network = feeder()
    plan = propose(isolated(network, "L22"), RadialFlow(network))
    assert plan.p_w.restored_by_switching == pytest.approx(420e3)
    assert plan.gap_pct < 1.0
