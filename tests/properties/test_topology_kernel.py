"""The trace by number against networkx, and each state made from another against a full trace."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.ids import SourceId, SwitchId
from gridops.network import Network, draw
from gridops.state import Energisation, energise
from gridops.state.trace_kernel import CELLS, POSITION, SOURCE
from tests.properties.slow_energisation import Shape, assert_as_networkx_has_it

GRIDS_IN_LONG_RUN = 2_500
EVENTS_PER_GRID = 40
"""100,000 events in all. One event moves one switch, or kills or revives one source; after each,
the state is compared with a full trace and with networkx."""


@st.composite
def shapes(draw_: st.DrawFn) -> Shape:
    nodes = draw_(st.integers(1, 12))
    ends = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    switches = draw_(st.lists(ends, max_size=18))
    return Shape(
        lines=draw_(st.lists(ends, max_size=5)),
        switches=switches,
        heads=draw_(st.sets(st.integers(0, max(0, len(switches) - 1)), max_size=4)),
        fed=draw_(st.lists(st.integers(0, nodes - 1), max_size=4)),
        customers=draw_(st.lists(st.integers(0, 90), min_size=nodes, max_size=nodes)),
    )


@st.composite
def closed_in(draw_: st.DrawFn, network: Network) -> frozenset[SwitchId]:
    return frozenset(s for s in network.switches if draw_(st.booleans()))


@given(shapes(), st.data())
def test_a_trace_says_what_networkx_says(shape: Shape, data: st.DataObject) -> None:
    network = shape.network()
    closed = data.draw(closed_in(network))
    dead = data.draw(st.sets(st.sampled_from([f"S{k}" for k in range(4)])))
    traced = energise(network, closed, dead_sources={SourceId(s) for s in dead})
    assert_as_networkx_has_it(traced, closed, dead)
    assert traced.same_as(energise(network, network.switch_set(closed), dead_sources=dead))


@given(shapes(), st.data())
def test_moving_switches_one_by_one_leads_to_what_a_full_trace_says(
    shape: Shape, data: st.DataObject
) -> None:
    network = shape.network()
    closed = set(data.draw(closed_in(network)))
    first = traced = energise(network, closed)
    if not network.switches:
        return
    moves = st.tuples(st.sampled_from(list(network.switches)), st.booleans())
    for switch, closes in data.draw(st.lists(moves, max_size=12)):
        before, traced = traced, traced.moved(switch, closed=closes)
        closed = closed | {switch} if closes else closed - {switch}
        assert_is_that_of(traced, closed)
        assert_differ_as_they_say(before, traced)
        assert_differ_as_they_say(first, traced)
    assert_as_networkx_has_it(traced, closed, ())


@given(shapes(), st.data())
def test_a_state_stays_as_it_is_when_others_are_made_from_it(
    shape: Shape, data: st.DataObject
) -> None:
    network = shape.network()
    closed = data.draw(closed_in(network))
    traced = energise(network, closed)
    later = [
        traced.moved(switch, closed=closes).moved(switch, closed=not closes)
        for switch in network.switches
        for closes in (True, False)
    ]
    assert_is_that_of(traced, closed)
    for each in later:
        assert_is_that_of(each, each.closed)


def assert_is_that_of(traced: Energisation, closed: set[SwitchId] | frozenset[SwitchId]) -> None:
    fresh = energise(traced.network, closed, dead_sources=traced.dead_sources)
    assert traced.closed == closed
    assert traced.same_as(fresh)
    assert fresh.same_as(traced)
    assert traced.order == fresh.order
    assert traced.loops == fresh.loops
    assert traced.fed_through == fresh.fed_through
    assert traced.customers_dark == fresh.customers_dark
    place = traced.by_number.place
    assert ((place[SOURCE] < 0) == (place[POSITION] < 0)).all()


def assert_differ_as_they_say(before: Energisation, after: Energisation) -> None:
    sections = list(before.network.sections)
    assert after.lost_since(before) == tuple(
        s for s in sections if s in after.dark and s not in before.dark
    )
    assert after.gained_since(before) == tuple(
        s for s in sections if s in before.dark and s not in after.dark
    )


def test_what_differs_is_seen() -> None:
    """Two states that differ anywhere are not the same."""
    for seed in range(300):
        dice = random.Random(seed)
        network = random_shape(dice).network()
        closed = {s for s in network.switches if dice.random() < 0.7}
        traced = energise(network, closed)
        for switch in network.switches:
            other = energise(network, closed ^ {switch})
            assert not traced.same_as(other)
            if traced.fed_through != other.fed_through:
                assert not traced.by_number.is_same_as(other.by_number)


@pytest.mark.parametrize("line", range(CELLS))
def test_a_wrong_number_anywhere_is_seen(line: int) -> None:
    """The check of the live state leans on `same_as`."""
    network = draw("S1 [b1] A [s1] B (t1) C [b2] S2")
    before = energise(network, network.normally_closed)
    for damaged in (before.retraced(), before.moved(SwitchId("s1"), closed=False)):
        fresh = damaged.retraced()
        assert damaged.same_as(fresh)
        for source in range(2):
            tree, rows = damaged.by_number.tree_of(source)
            tree.cells[line, rows.stop - 1] += 1
            assert not damaged.same_as(fresh)
            tree.cells[line, rows.stop - 1] -= 1
            tree.customers[rows.start] += 1
            assert not damaged.same_as(fresh)
            tree.customers[rows.start] -= 1
            tree.p_w[rows.start] *= 1.0 + 1e-15
            assert not damaged.same_as(fresh)
            tree.p_w[rows.start] = fresh.by_number.tree_of(source)[0].p_w[
                fresh.by_number.tree_of(source)[1].start
            ]
        assert damaged.same_as(fresh)


def test_random_events_on_random_grids() -> None:
    """A short one of the long run: of its states many are plain trees, and many are not."""
    tangled = sum(follow(seed) for seed in range(10_000, 10_100))
    assert 500 < tangled < 3_500


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_a_hundred_thousand_events_on_random_grids(part: int) -> None:
    for seed in range(part, GRIDS_IN_LONG_RUN, 4):
        follow(seed)


def follow(seed: int) -> int:
    """Checks every state of `run`; returns how many of them have loops."""
    states = list(run(seed, EVENTS_PER_GRID))
    assert len(states) == EVENTS_PER_GRID
    for traced in states:
        assert traced.same_as(traced.retraced())
        assert_as_networkx_has_it(traced, traced.closed, traced.dead_sources)
    return sum(bool(traced.loops) for traced in states)


def run(seed: int, events: int) -> Iterator[Energisation]:
    """The states of one random grid after each of so many random events."""
    dice = random.Random(seed)
    network = random_shape(dice).network()
    switches, sources = list(network.switches), list(network.sources)
    share_closed = dice.choice([0.3, 0.6, 0.9])
    traced = energise(network, {s for s in switches if dice.random() < share_closed})
    for _ in range(events):
        if sources and (not switches or dice.random() < 0.1):
            dead = traced.dead_sources ^ {dice.choice(sources)}
            traced = traced.with_dead(dead)
        elif switches:
            traced = traced.moved(dice.choice(switches), closed=dice.random() < share_closed)
        yield traced


def random_shape(dice: random.Random) -> Shape:
    """A tree of switches, or a tangle of them, or something between; lines here and there."""
    nodes = dice.randint(1, 16)

    def pick() -> int:
        return dice.randrange(nodes)

    tree = [(dice.randrange(k), k) for k in range(1, nodes) if dice.random() < 0.9]
    more = [(pick(), pick()) for _ in range(dice.choice([0, 0, 0, 1, 2, 8]))]
    switches = dice.sample(tree + more, len(tree) + len(more))
    return Shape(
        lines=[(pick(), pick()) for _ in range(dice.choice([0, 0, 0, 1, 4]))],
        switches=switches,
        heads={k for k in range(len(switches)) if dice.random() < 0.2},
        fed=[pick() for _ in range(dice.choice([0, 1, 1, 2, 3]))],
        customers=[dice.randint(0, 300) for _ in range(nodes)],
    )
