"""Line faults on the 33-node feeder of Baran and Wu, against optima that were computed otherwise.

Facts: M. E. Baran, F. F. Wu, IEEE Trans. Power Delivery 4(2), 1989, 10.1109/61.25627, at 12.66 kV.
The optima (restored power, voltage limit 0.9 pu, no ratings, loads not shed one by one) come
from a mixed-integer bound with AC-checked cuts over all switches. They may also move load
between healthy laterals; this planner leaves healthy laterals alone, so its own optimum may
be lower, never higher.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gridops.adapters.engines import PowerGridModelEngine
from gridops.ids import BranchId, LoadId, NodeId, SourceId, SwitchId
from gridops.measurement import Measured, Position, Quality
from gridops.network import (
    Branch,
    BranchKind,
    Components,
    Control,
    Limits,
    Load,
    Network,
    Node,
    NodeKind,
    Source,
    Switch,
    SwitchKind,
    build_network,
)
from gridops.powerflow import LoadPower, RadialSweep
from gridops.restoration import Proof, Situation, propose
from gridops.state import LiveState, energise

# line, from, to, r in ohm, x in ohm, then kW and kvar at its "to" end; ties have no load
LINES = """
1 1 2 0.0922 0.047 100 60
2 2 3 0.493 0.2511 90 40
3 3 4 0.366 0.1864 120 80
4 4 5 0.3811 0.1941 60 30
5 5 6 0.819 0.707 60 20
6 6 7 0.1872 0.6188 200 100
7 7 8 0.7114 0.2351 200 100
8 8 9 1.03 0.74 60 20
9 9 10 1.044 0.74 60 20
10 10 11 0.1966 0.065 45 30
11 11 12 0.3744 0.1238 60 35
12 12 13 1.468 1.155 60 35
13 13 14 0.5416 0.7129 120 80
14 14 15 0.591 0.526 60 10
15 15 16 0.7463 0.545 60 20
16 16 17 1.289 1.721 60 20
17 17 18 0.732 0.574 90 40
18 2 19 0.164 0.1565 90 40
19 19 20 1.5042 1.3554 90 40
20 20 21 0.4095 0.4784 90 40
21 21 22 0.7089 0.9373 90 40
22 3 23 0.4512 0.3083 90 50
23 23 24 0.898 0.7091 420 200
24 24 25 0.896 0.7011 420 200
25 6 26 0.203 0.1034 60 25
26 26 27 0.2842 0.1447 60 25
27 27 28 1.059 0.9337 60 20
28 28 29 0.8042 0.7006 120 70
29 29 30 0.5075 0.2585 200 600
30 30 31 0.9744 0.963 150 70
31 31 32 0.3105 0.3619 210 100
32 32 33 0.341 0.5302 60 40
33 21 8 2 2
34 9 15 2 2
35 12 22 2 2
36 18 33 0.5 0.5
37 25 29 0.5 0.5
"""
TIES = ("33", "34", "35", "36", "37")


def feeder() -> Network:
    """Every line has a switch at both ends, every tie one at its first; a customer per kW."""
    nodes, branches, switches, loads = ["1"], [], [], []
    for row in LINES.strip().splitlines():
        line, a, b, r_ohm, x_ohm, *power = row.split()
        here = [f"{line}.a", f"{line}.b"]
        ends = [(f"{line}a", a, here[0]), (f"{line}b", b, here[1])]
        nodes += here if line in TIES else [*here, b]
        branches.append(line_between(line, *here, r_ohm=float(r_ohm), x_ohm=float(x_ohm)))
        is_open = line in TIES
        switches += [switch_between(*end, is_open=is_open and end[0] == f"{line}a") for end in ends]
        if power:
            p_w, q_var = (1e3 * float(x) for x in power)
            customers = round(float(power[0]))
            loads.append(
                Load(
                    id=LoadId(b), name=b, node=NodeId(b), p_w=p_w, q_var=q_var, customers=customers
                )
            )
    source = Source(
        id=SourceId("S"), name="S", node=NodeId("1"), voltage_pu=1.0, short_circuit_va=1e9
    )
    return build_network(
        Components(
            name="baran-wu-33",
            nodes=tuple(node_of(name) for name in nodes),
            branches=tuple(branches),
            switches=tuple(switches),
            sources=(source,),
            loads=tuple(loads),
        )
    )


def node_of(name: str) -> Node:
    return Node(id=NodeId(name), name=name, kind=NodeKind.STATION, voltage_v_nominal=12_660.0)


def line_between(line: str, a: str, b: str, *, r_ohm: float, x_ohm: float) -> Branch:
    return Branch(
        id=BranchId(line),
        name=line,
        kind=BranchKind.OVERHEAD,
        from_node=NodeId(a),
        to_node=NodeId(b),
        length_m=1000.0,
        r_ohm=r_ohm,
        x_ohm=x_ohm,
        c_f=0.0,
        current_a_max=1e6,
    )


def switch_between(name: str, a: str, b: str, *, is_open: bool) -> Switch:
    return Switch(
        id=SwitchId(name),
        name=name,
        kind=SwitchKind.LOAD_BREAK_SWITCH,
        node_a=NodeId(a),
        node_b=NodeId(b),
        normal_position=Position.OPEN if is_open else Position.CLOSED,
        control=Control.REMOTE,
        operating_time_s=2.0,
        current_a_rated=1e6,
    )


def isolated(network: Network, line: str) -> Situation:
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
        limits=Limits(voltage_pu_min=0.9, voltage_pu_max=None, loading_pct_max=None),
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
    plan = propose(isolated(feeder(), "6"), PowerGridModelEngine(feeder()))
    assert [(step.switch, step.closes) for step in plan.steps] == [("33a", True)]
    assert plan.p_w.interrupted == pytest.approx(1075e3)
    assert plan.p_w.restored_by_switching == pytest.approx(1075e3)
    assert plan.proof is Proof.OPTIMAL
    assert plan.steps[0].check.voltage_pu_min == pytest.approx(0.92123, abs=1e-5)


@pytest.mark.parametrize(
    ("line", "interrupted_kw", "optimum_kw"), [("22", 930, 930), ("29", 620, 420)]
)
def test_other_lines_restore_no_more_than_the_optimum_and_say_what_binds(
    line: str, interrupted_kw: float, optimum_kw: float
) -> None:
    network = feeder()
    plan = propose(isolated(network, line), PowerGridModelEngine(network))
    assert plan.p_w.interrupted == pytest.approx(1e3 * interrupted_kw)
    assert 0 < plan.p_w.restored_by_switching <= 1e3 * optimum_kw + 1
    assert {u.because for u in plan.unserved} == {"undervoltage"}
