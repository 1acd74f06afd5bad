"""Where the fault current may be told for what a device carries: it is the same."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from gridops.adapters.content import models_dir
from gridops.adapters.engines import PowerGridModelShortCircuit
from gridops.adapters.grid_files import load_grid
from gridops.guard.reach import guarded_by, newly_fed, whole_current
from gridops.ids import NodeId, SwitchId
from gridops.network import Network, SwitchSet, build_network, draw
from gridops.powerflow import FaultKind, Level, RadialShortCircuit
from tests.guard_desk import Desk, desk, on
from tests.unit.test_guard_counts import laid_out
from tests.unit.test_guard_faults import with_step_down

TREE = """
S1 [b1] A [r1] B [s2] C
B [s3] D (t1) E [b2] S2
"""


def guards(network: Network, closed: SwitchSet | frozenset[SwitchId]) -> Mapping[NodeId, SwitchId]:
    found = {
        n: guarded_by(network, network.section_of_node[n], closed=closed) for n in network.nodes
    }
    return {node: device for node, device in found.items() if device is not None}


def entirely(network: Network, *opened: str, closed: str = "") -> set[str]:
    state = network.normally_closed - {SwitchId(s) for s in opened}
    state |= {SwitchId(s) for s in closed.split()}
    guarded = guards(network, frozenset(state))
    return {n.partition(".")[0] for n in whole_current(network, guarded, closed=frozenset(state))}


def test_in_a_tree_of_lines_all_of_the_current_passes_the_device() -> None:
    assert entirely(draw(TREE)) == {"A", "B", "C", "D", "E"}
    assert entirely(draw(TREE), "b2") == {"A", "B", "C", "D"}


def test_two_sources_or_a_loop_share_the_current() -> None:
    assert entirely(draw(TREE), closed="t1") == set()
    ring = TREE.replace("E [b2] S2", "S1")
    assert entirely(draw(ring)) == {"A", "B", "C", "D"}
    assert entirely(draw(ring), closed="t1") == set()


def test_a_transformer_on_the_way_to_the_device_changes_the_current() -> None:
    stepped = with_step_down(desk(TREE), "C-s2", volts=11e3).network
    assert entirely(stepped) == {"A", "B", "D", "E"}
    above = with_step_down(desk(TREE), "S1-b1", volts=22e3).network
    assert "A" in entirely(above), "what stands before the device concerns both alike"


@pytest.mark.parametrize("name", ["esb_e11", "baranwu33", "rbts_bus4"])
def test_there_the_device_carries_the_fault_current(name: str) -> None:
    network = load_grid(models_dir() / name)
    closed = network.normally_closed
    guarded = guards(network, closed)
    asked = {n: guarded[n] for n in sorted(whole_current(network, guarded, closed=closed))[::17]}
    for engine in (PowerGridModelShortCircuit(network), RadialShortCircuit(network)):
        found = engine.currents(closed, at=tuple(asked), kind=FaultKind.TWO_PHASE, level=Level.MIN)
        assert len(found.ik_a) == len(asked) > 1
        for node, amperes in found.seen_a(asked).items():
            assert amperes == pytest.approx(found.ik_a[node], rel=1e-9)


def fed_by_tie(situation: Desk) -> Mapping[NodeId, SwitchId]:
    """What closing t1 takes on."""
    case = laid_out(situation, "close t1")
    return newly_fed(case, case.stages[0])


def fork(x_ohm: float) -> Desk:
    """C ends behind a transformer of 14.52 ohm, and behind a line to H."""
    asked = with_step_down(desk("B [s2] C (t1) E [b2] S2\nH [s7] C", fault=""), "C-s2", volts=22e3)
    old = asked.network.components
    lines = tuple(
        replace(b, r_ohm=0.0, x_ohm=x_ohm if b.id == "H-s7" else 1e-9) for b in old.branches
    )
    return on(build_network(replace(old, branches=lines)), asked).moved("open s2")


@pytest.mark.parametrize(("x_ohm", "far"), [(14.51, "C.s2"), (14.53, "H")])
def test_a_transformer_counts_with_its_impedance_at_the_low_side(x_ohm: float, far: str) -> None:
    assert set(fed_by_tie(fork(x_ohm))) == {far}


def test_a_device_that_names_the_live_side_first_takes_on_the_same() -> None:
    for drawing in ("S1 (b1) A [s2] C (t1) E [b2] S2", "S1 (b1) A [s2] C\nS2 [b2] E (t1) C"):
        assert set(fed_by_tie(desk(drawing, fault=""))) == {"A.b1"}
        assert set(fed_by_tie(desk(drawing, fault="").moved("open s2"))) == {"C.s2"}


def test_two_live_or_two_dark_sides_take_on_nothing() -> None:
    assert fed_by_tie(desk("S1 [b1] A (t1) E [b2] S2", fault="")) == {}
    assert fed_by_tie(desk("S1 (b1) A (t1) E (b2) S2", fault="")) == {}


def test_what_lies_behind_no_impedance_is_taken_on_as_well() -> None:
    asked = desk("C (t1) E [b2] S2", fault="")
    old = asked.network.components
    lines = tuple(replace(b, r_ohm=0.0, x_ohm=0.0) for b in old.branches)
    bare = on(build_network(replace(old, branches=lines)), asked)
    assert set(fed_by_tie(bare).values()) == {SwitchId("b2")}
