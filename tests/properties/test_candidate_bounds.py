"""What nobody looks at one by one must not slip through "surely within limits"."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from random_networks import Yard

from gridops.ids import LoadId, NodeId, SwitchId
from gridops.network import Limits, Load, Network, build_network
from gridops.powerflow import (
    Candidates,
    FlowResult,
    Judgement,
    LoadPowers,
    Outcome,
    RadialFlow,
    violations,
)

NO_LIMITS = Limits(voltage_pu_min=None, voltage_pu_max=None, loading_pct_max=None)


class Bench(Yard):
    """A source, and a dark load that `tie` would hang on it."""

    def __init__(self) -> None:
        super().__init__()
        self.root = self.source(1.0)
        self.tie: SwitchId | None = None

    def cable(self, a: NodeId, b: NodeId, ohm: complex, c_f: float) -> None:
        self.line(a, b, (ohm.real, ohm.imag))
        last = self.parts.branches[-1]
        rows = (*self.parts.branches[:-1], replace(last, c_f=c_f))
        self.parts = replace(self.parts, branches=rows)

    def load(self, node: NodeId, p_w: float, q_var: float) -> None:
        ident = LoadId(self.name("D"))
        self.add("loads", Load(id=ident, name=ident, node=node, p_w=p_w, q_var=q_var, customers=1))

    def tied(self, a: NodeId, b: NodeId) -> None:
        self.switch(a, b, is_closed=False)
        self.tie = self.parts.switches[-1].id


def long_cable_open_at_its_end() -> Bench:
    """Thirty kilometres draw 36 A, more than anything else does."""
    bench = Bench()
    ends, dark = [bench.node(), bench.node()], [bench.node(), bench.node()]
    bench.switch(bench.root, ends[0])
    bench.cable(*ends, 3 + 3j, c_f=9e-6)
    bench.switch(ends[1], dark[0], is_closed=False)
    bench.load(dark[0], 1e5, 0.0)
    bench.tied(bench.root, dark[1])
    bench.load(dark[1], 1e5, 0.0)
    return bench


def cable_beside_a_line() -> Bench:
    """Both share what is drawn behind them; the charging is the cable's alone."""
    bench = Bench()
    far, dark = bench.node(), bench.node()
    bench.cable(bench.root, far, 0.1 + 0.1j, c_f=0.0)
    bench.cable(bench.root, far, 0.1 + 0.1j, c_f=3e-6)
    bench.load(far, 1e5, -2e6)
    bench.tied(far, dark)
    bench.load(dark, 1e5, -1e6)
    return bench


def sagging_joint() -> Bench:
    """Capacitors hold the far end up; the joint in the middle of the line is below both."""
    bench = Bench()
    start, joint, far = (bench.node() for _ in range(3))
    bench.tied(bench.root, start)
    bench.cable(start, joint, 10j, c_f=0.0)
    bench.cable(joint, far, 10j, c_f=0.0)
    bench.load(far, 5e6, -0.52e6)
    return bench


def cable_after_overhead_line() -> Bench:
    """Reactive power towards the source lifts along the line, where the cable only drops."""
    bench = Bench()
    start, joint, far = (bench.node() for _ in range(3))
    bench.tied(bench.root, start)
    bench.cable(start, joint, 4 + 0j, c_f=0.0)
    bench.cable(joint, far, 4j, c_f=0.0)
    bench.load(far, 3e6, -3e6)
    return bench


def transformer_open_at_its_low_side() -> Bench:
    """Its tap lifts the open end by five per cent."""
    bench = Bench()
    high, dark = bench.node(), bench.node()
    bench.switch(bench.root, high)
    low = bench.wound(high, lambda _: 0)  # type: ignore[arg-type, return-value]
    wound = replace(bench.parts.transformers[-1], tap_position=-4, clock=0)
    bench.parts = replace(bench.parts, transformers=(wound,))
    beyond = bench.node(10e3)
    bench.switch(low, beyond, is_closed=False)
    bench.load(beyond, 1e5, 0.0)
    bench.tied(bench.root, dark)
    bench.load(dark, 1e5, 0.0)
    return bench


def judged(network: Network, tie: SwitchId) -> tuple[Judgement, FlowResult, dict[SwitchId, float]]:
    """The candidate that closes the tie, and the whole solution of the state that it leads to."""
    engine, loads = RadialFlow(network), LoadPowers.stated(network)
    rated = {s.id: s.current_a_rated for s in network.switches.values()}
    closed = network.normally_closed
    candidates = Candidates(
        engine.grid, closed, loads=loads, carries_a=np.array(list(rated.values()))
    )
    judgement = candidates.check([([tie], [])])
    assert judgement.outcome.tolist() == [Outcome.SOLVED]
    return judgement, engine.solve(closed | {tie}, loads), rated


@pytest.mark.parametrize(
    "grid",
    [
        long_cable_open_at_its_end,
        cable_beside_a_line,
        sagging_joint,
        cable_after_overhead_line,
        transformer_open_at_its_low_side,
    ],
)
def test_a_limit_that_is_broken_is_never_surely_kept(grid: Callable[[], Bench]) -> None:
    bench = grid()
    assert bench.tie is not None
    judgement, whole, rated = judged(build_network(bench.components()), bench.tie)
    low, high = min(whole.voltage_pu.values()), max(whole.voltage_pu.values())
    of_switches = (100.0 * v / rated[s] for s, v in whole.switch_current_a.items())
    loading = max(*whole.loading_pct.values(), *of_switches)
    for limits in (
        replace(NO_LIMITS, voltage_pu_min=low * 1.000001),
        replace(NO_LIMITS, voltage_pu_max=high * 0.999999),
        replace(NO_LIMITS, loading_pct_max=loading * 0.999999),
    ):
        assert violations(whole, limits, rated_a=rated)
        assert not judgement.surely_within(limits)[0]
    wide = Limits(voltage_pu_min=0.8, voltage_pu_max=1.2, loading_pct_max=100.0)
    assert judgement.surely_within(wide)[0]


def test_marks_that_run_out_begin_anew() -> None:
    """The load hangs on two ties: closing both makes a ring, however much was asked before."""
    bench = Bench()
    dark = bench.node()
    bench.load(dark, 1e5, 0.0)
    ties: list[SwitchId] = []
    for _ in range(2):
        bench.tied(bench.root, dark)
        ties.append(bench.parts.switches[-1].id)
    network = build_network(bench.components())
    candidates = Candidates(
        RadialFlow(network).grid,
        network.normally_closed,
        loads=LoadPowers.stated(network),
        carries_a=np.full(2, 400.0),
    )
    asked = [(ties, []), ([ties[0]], [])]
    candidates._mark = np.iinfo(np.int32).max - 3
    for _ in range(4):
        outcome = candidates.check(asked).outcome
        assert outcome.tolist() == [Outcome.NOT_RADIAL, Outcome.SOLVED]
