"""Sets of switches as arrays are sets like any other."""

from hypothesis import given
from hypothesis import strategies as st

from gridops.ids import SwitchId
from gridops.network import draw

GRID = draw("S1 [b1] A [s1] B (t1) C [b2] S2")
ALL = list(GRID.switches)
SOME = st.sets(st.sampled_from(ALL)).map(frozenset)


@given(SOME, SOME)
def test_they_answer_as_frozensets_do(one: frozenset[SwitchId], other: frozenset[SwitchId]) -> None:
    ours, theirs = GRID.switch_set(one), GRID.switch_set(other)
    assert ours == one
    assert one == ours
    assert (ours == theirs) == (one == other)
    assert ours | theirs == ours | other == other | ours == one | other
    assert ours - theirs == ours - other == one - other
    assert ours & theirs == one & other
    assert (ours <= theirs) == (one <= other)
    assert list(ours) == [s for s in ALL if s in one]
    assert len(ours) == len(one)
    if ours == theirs:
        assert hash(ours) == hash(theirs)


def test_what_is_not_of_the_grid_is_in_no_set() -> None:
    assert "nowhere" not in GRID.normally_closed
    assert SwitchId("b1") in GRID.normally_closed
    assert SwitchId("t1") not in GRID.normally_closed
    assert GRID.normally_closed - {SwitchId("nowhere")} == GRID.normally_closed


def test_a_set_made_from_another_leaves_that_one_as_it_is() -> None:
    before = GRID.normally_closed
    after = before - {SwitchId("b1")}
    assert SwitchId("b1") in before
    assert SwitchId("b1") not in after
