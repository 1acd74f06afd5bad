"""Random outages with switches by crew, in doubt and out of order."""

from dataclasses import replace

from hypothesis import strategies as st
from random_feeders import drawings, outage_on

from gridops.network import Control, Limits, build_network
from gridops.restoration import Situation


@st.composite
def outages(draw_: st.DrawFn) -> Situation:
    """A fault on a random grid at light or heavy load, some switches by crew, some in doubt."""
    situation = outage_on(
        draw_(drawings(sections_max=8)),
        megawatts=draw_(st.sampled_from([0.1, 3.0, 4.5])),
        fault=draw_(st.integers(0, 20)),
        priorities=draw_(st.lists(st.integers(1, 4), min_size=3, max_size=3)),
    )
    names = sorted(situation.network.switches)
    some = st.lists(st.sampled_from(names), max_size=2)
    by_crew = set(draw_(some))
    unknown, unavailable = frozenset(draw_(some)), frozenset(draw_(some))
    parts = situation.network.components
    switches = tuple(
        replace(s, control=Control.CREW, operating_time_s=1800.0) if s.id in by_crew else s
        for s in parts.switches
    )
    return replace(
        situation,
        network=build_network(replace(parts, switches=switches)),
        snapshot=replace(situation.snapshot, unknown=unknown),
        unavailable=unavailable,
        limits=Limits(voltage_pu_min=draw_(st.sampled_from([0.95, 0.985]))),
        settings=replace(situation.settings, crew_available=draw_(st.booleans())),
    )
