"""Random drawn grids: feeders with laterals, ties between them, and one switch state."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from gridops.ids import SectionId, SwitchId
from gridops.measurement import Measured, Position, Quality
from gridops.network import build_network, draw
from gridops.powerflow import LoadPower
from gridops.restoration import Situation
from gridops.state import LiveState, energise

KINDS = "sssdr"


@st.composite
def drawings(draw_: st.DrawFn, *, sections_max: int = 8, feeders: int = 3) -> str:
    """Two to `feeders` radial feeders, each from a source of its own, and some ties."""
    count = draw_(st.integers(2, feeders))
    lines = []
    names: list[list[str]] = []
    for f in range(1, count + 1):
        sections = [f"{chr(64 + f)}{k}" for k in range(draw_(st.integers(1, sections_max // 2)))]
        lines.append(f"S{f} [b{f}] {sections[0]}")
        for k in range(1, len(sections)):
            kind = draw_(st.sampled_from(KINDS))
            above = sections[draw_(st.integers(0, k - 1))]
            lines.append(f"{above} [{kind}{f}{k}] {sections[k]}")
        names.append(sections)
    for k in range(draw_(st.integers(0, 3))):
        one = draw_(st.integers(0, count - 1))
        other = draw_(st.integers(0, count - 1).filter(lambda x, one=one: x != one))
        a, b = draw_(st.sampled_from(names[one])), draw_(st.sampled_from(names[other]))
        lines.append(f"{a} (t{k}) {b}")
    return "\n".join(lines)


def outage_on(text: str, *, megawatts: float, fault: int, priorities: Sequence[int]) -> Situation:
    """A fault in one section; the breaker or recloser above it has tripped."""
    names = [w for w in dict.fromkeys(text.split()) if w[0] in "ABC"]
    network = draw(text, p_w=dict.fromkeys(names, megawatts * 1e6))
    parts = network.components
    loads = tuple(
        replace(load, priority=priorities[k % len(priorities)], customers=50 + 13 * k)
        for k, load in enumerate(parts.loads)
    )
    network = build_network(replace(parts, loads=loads))
    normal = frozenset(s.id for s in network.switches.values() if s.is_normally_closed)
    traced = energise(network, normal)
    suspected = SectionId("S" + names[fault % len(names)])
    tripped = [s for s in traced.path(suspected) if network.switches[s].protects][-1]
    at = datetime(2025, 1, 1, 12, tzinfo=UTC)
    positions = {
        s: Measured(Position.CLOSED if s in normal - {tripped} else Position.OPEN, Quality.GOOD, at)
        for s in network.switches
    }
    blank = LiveState(network=network).snapshot(at)
    nothing: frozenset[SwitchId] = frozenset()
    return Situation(
        network=network,
        snapshot=replace(blank, positions=positions, unknown=nothing, unreachable=nothing),
        closed_before=normal,
        suspected=frozenset({suspected}),
        dark=traced.behind(tripped),
        loads={load.id: LoadPower(load.p_w, load.q_var) for load in loads},
        limits=network.limits,
    )
