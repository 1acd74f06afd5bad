"""The state before a fault is worked out once; what is derived from it must be what a live state
says that was told everything."""

import pytest

from gridops.adapters.content import resolve_grid
from gridops.adapters.grid_files import load_grid
from gridops.bootstrap.wiring import engines_of
from gridops.errors import ScenarioError
from gridops.events import FaultFlagChanged, LinkRestored, SwitchMoved, VoltageMeasured
from gridops.measurement import Position, Reading
from gridops.network import IndicatorKind, Network
from gridops.network.drawing import draw
from gridops.outage import expected_indications
from gridops.state import LiveState, Snapshot, energise
from gridops.study import Standing, WhatIf, standing, strike, what_if
from gridops.study.standing import ANY_DAY

RING = "S1 [b1] A [s1] B [s2] C (t1) D [s3] E [b2] S2"


def told_everything(before: Standing, place: str) -> Snapshot:
    """One event for every switch and indicator after the fault."""
    network = before.network
    section = network.section_of(place)
    shown = expected_indications(network, before.closed, section=section)
    state = LiveState(network=network)
    for link in network.links:
        state.apply(LinkRestored(at=ANY_DAY, link=link, epoch=1, gap_since=None))
    for switch in network.switches.values():
        is_closed = switch.id in before.closed and switch.id not in shown.tripped
        position = Position.CLOSED if is_closed else Position.OPEN
        moved = SwitchMoved(at=ANY_DAY, source_time=ANY_DAY, switch=switch.id, position=position)
        state.apply(moved)
        if switch.indicator is not IndicatorKind.NONE:
            reading = Reading.YES if switch.id in shown.flagged else Reading.NO
            flag = FaultFlagChanged(
                at=ANY_DAY, source_time=ANY_DAY, switch=switch.id, reading=reading
            )
            state.apply(flag)
    if not shown.tripped:
        source = energise(network, before.closed).source_of[section]
        node = network.sources[source].node
        state.apply(VoltageMeasured(at=ANY_DAY, source_time=ANY_DAY, node=node, voltage_v=0.0))
    return state.snapshot(ANY_DAY)


def derived(before: Standing, place: str) -> Snapshot:
    section = before.network.section_of(place)
    shown = expected_indications(before.network, before.closed, section=section)
    dead = set() if shown.tripped else {before.traced.source_of[section]}
    return before.snapshot_after(frozenset(shown.tripped), flagged=shown.flagged, dead_sources=dead)


@pytest.mark.parametrize(
    "network",
    [draw(RING), load_grid(resolve_grid("hanoi_ring")), load_grid(resolve_grid("oberrhein"))],
    ids=lambda network: network.name,
)
def test_what_is_derived_is_what_a_live_state_says(network: Network) -> None:
    before = standing(network, WhatIf())
    supplied = [s for s in network.sections if before.traced.is_supplied(s)]
    for section in supplied[:: 1 + len(supplied) // 25]:
        one, other = derived(before, section), told_everything(before, section)
        assert one == other
        assert one.closed == other.closed
        assert list(one.positions) == list(other.positions)


def test_one_state_answers_many_faults_as_each_alone() -> None:
    network = draw(RING)
    engines = engines_of(network)
    before = standing(network, WhatIf(load_scale=1.2, opened=("s2",), closed=("t1",)))
    for place in ("E", "B", "A", "E", "S1"):
        ask = WhatIf(faults=(place,), load_scale=1.2, opened=("s2",), closed=("t1",))
        alone = what_if(network, engines, ask=ask)
        again = strike(before, engines, faults=(place,))
        assert again.answer == alone.answer
        assert again.feeders == alone.feeders


def test_everything_that_is_wrong_is_told_at_once() -> None:
    ask = WhatIf(opened=("s1", "s9"), closed=("s1",), unavailable=("t7",), load_scale=-1.0)
    with pytest.raises(ScenarioError) as refused:
        standing(draw(RING), ask)
    for told in ("no switch 's9'", "no switch 't7'", "s1 cannot be open and closed", "-1.0"):
        assert told in str(refused.value)
