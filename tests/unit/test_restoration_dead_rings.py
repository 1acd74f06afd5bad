"""Disconnectors that close while all is dead."""

from dataclasses import replace

from outages import after_trip, shown

from gridops.network import SwitchKind
from gridops.powerflow import RadialFlow
from gridops.restoration import propose
from gridops.state import energise


def test_a_dead_ring_is_opened_before_a_disconnector_closes_into_it() -> None:
    """B, C, D and E hang together in a ring but for d1, which may close only while all is dead;
    what then hangs on t1 must not be a ring for a moment, not even a dead one."""
    text = "S1 [b1] A [s1] B [s2] C [s3] D (d1) B\nS2 [b2] F (t1) D"
    situation = after_trip(text, suspected="A", change={"d1": {"kind": SwitchKind.DISCONNECTOR}})
    situation = replace(situation, unavailable=frozenset())
    plan = propose(situation, RadialFlow(situation.network))
    closed = set(situation.snapshot.closed)
    for step in plan.steps:
        (closed.add if step.closes else closed.discard)(step.switch)
        ends = [situation.network.section_ends[s] for s in closed]
        reached = {e for pair in ends for e in pair}
        assert len(ends) <= len(reached) - 1, shown(plan)
        energise(situation.network, closed)
