"""The judge of storms: what is lost in silence must never pass for whole."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.load.judging import Came, Produced, Verdict, judged, judged_by_count, wrong_at_last

Value = tuple[int, int, bool]
"""Node, round, overflow bit."""


def came(values: Sequence[Value], gaps: Sequence[int] = ()) -> Came:
    node, turn, overflowed = zip(*values, strict=True) if values else ((), (), ())
    return Came(
        node=np.array(node, np.int64),
        round=np.array(turn, np.int64),
        overflowed=np.array(overflowed, np.bool_),
        gaps=gaps,
    )


def all_of(produced: Produced) -> list[Value]:
    numbers = range(produced.begin, produced.begin + produced.count)
    return [(n % produced.nodes, n // produced.nodes, False) for n in numbers]


STORM = Produced(nodes=3, begin=3, count=10)
"""Node 0 has rounds 1 to 4, the others 1 to 3."""


def test_what_came_whole_is_whole() -> None:
    assert judged(STORM, came(all_of(STORM))) == Verdict(produced=10, received=10, silent=0)


@pytest.mark.parametrize("place", range(10))
def test_one_change_that_is_missing_is_lost_in_silence(place: int) -> None:
    values = all_of(STORM)
    del values[place]

    verdict = judged(STORM, came(values))

    assert (verdict.lost, verdict.silent) == (1, 1)


def test_an_overflow_bit_tells_of_what_is_missing_before_it_and_of_nothing_after() -> None:
    of_node_0 = [(0, 2, True), (0, 4, False)]
    rest = [value for value in all_of(STORM) if value[0] != 0]

    verdict = judged(STORM, came([*of_node_0, *rest]))

    assert verdict.lost == 2, "rounds 1 and 3"
    assert verdict.silent == 1, "round 3"


def test_a_bit_of_one_node_tells_nothing_of_another() -> None:
    values = [v for v in all_of(STORM) if v != (1, 2, False)]
    values = [(node, turn, node == 0) for node, turn, _ in values]

    assert judged(STORM, came(values)).silent == 1


def test_a_gap_tells_of_what_is_missing_before_it() -> None:
    values = all_of(STORM)
    kept = [*values[:2], *values[6:]]

    assert judged(STORM, came(kept)).silent == 4
    assert judged(STORM, came(kept, gaps=[2])).silent == 0
    assert judged(STORM, came([*kept[:-1]], gaps=[2])).silent == 1, "what comes after is no gap's"


def test_what_comes_twice_counts_once_and_what_was_never_produced_is_strange() -> None:
    values = all_of(STORM)[:-1]

    verdict = judged(STORM, came([*values, values[0], (0, 9, False)]))

    assert verdict == Verdict(produced=10, received=9, silent=1, strange=1)


@given(
    nodes=st.integers(1, 6),
    begin=st.integers(0, 20),
    keeps=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40),
)
def test_every_change_is_received_told_of_or_silent(
    nodes: int, begin: int, keeps: list[tuple[bool, bool]]
) -> None:
    """Against the obvious way: for each that is missing a look at all that came."""
    produced = Produced(nodes=nodes, begin=begin, count=len(keeps))
    all_values = all_of(produced)
    marked = [(n, r, bit) for (n, r, _), (_, bit) in zip(all_values, keeps, strict=True)]
    kept = [value for value, (is_kept, _) in zip(marked, keeps, strict=True) if is_kept]
    missing = [value for value, (is_kept, _) in zip(marked, keeps, strict=True) if not is_kept]
    silent = [
        (node, turn)
        for node, turn, _ in missing
        if not any(n == node and r > turn and bit for n, r, bit in kept)
    ]

    verdict = judged(produced, came(kept))

    assert (verdict.received, verdict.silent) == (len(kept), len(silent))
    assert int(produced.each.sum()) == len(keeps)


def test_by_count_alone_the_worst_that_is_missing_passes_for_told() -> None:
    received = [2, 3, 2]

    def verdict(points_told: int, *, is_gap: bool = False) -> Verdict:
        return judged_by_count(STORM, received, points_told=points_told, is_gap=is_gap)

    assert verdict(0).lost == 3
    assert [verdict(told).silent for told in (0, 1, 2)] == [3, 1, 0]
    assert verdict(0, is_gap=True).silent == 0
    assert judged_by_count(STORM, [5, 3, 3], points_told=0, is_gap=False).strange == 1


def test_a_last_value_that_is_not_shown_is_wrong() -> None:
    right = {0: 4.0, 1: 3.0, 2: 3.0}
    assert wrong_at_last(STORM, right, states=False) == []
    assert wrong_at_last(STORM, {**right, 1: 2.0}, states=False) == [1]
    assert wrong_at_last(STORM, {0: 1, 1: 2, 2: None}, states=True) == [2]
    assert wrong_at_last(Produced(nodes=3, begin=3, count=1), {0: 1.0}, states=False) == []
