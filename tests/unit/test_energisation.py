from dataclasses import replace

from gridops.ids import NodeId, SourceId, SwitchId
from gridops.network import build_network, draw
from gridops.state import energise

RING = "S1 [b1] A [s1] B (t1) C [b2] S2"


def closed(*names: str) -> frozenset[SwitchId]:
    return frozenset(SwitchId(name) for name in names)


def test_every_section_is_fed_from_the_source_it_hangs_on() -> None:
    traced = energise(draw(RING), closed("b1", "s1", "b2"))
    assert traced.source_of == {"SS1": "S1", "SS2": "S2", "SA": "S1", "SB": "S1", "SC": "S2"}
    assert traced.feeder_of["SB"] == "Fb1"
    assert traced.path("SB") == ("b1", "s1")
    assert traced.loops == ()


def test_behind_a_switch_lies_all_that_it_feeds() -> None:
    traced = energise(draw(RING + "\nA [r1] D"), closed("b1", "s1", "r1", "b2"))
    assert traced.behind(SwitchId("b1")) == {"SA", "SB", "SD"}
    assert traced.behind(SwitchId("s1")) == {"SB"}


def test_an_open_head_leaves_its_feeder_dark() -> None:
    traced = energise(draw(RING), closed("s1", "b2"))
    assert traced.dark == {"SA", "SB"}
    assert traced.customers_dark == 200


def test_two_sources_joined_are_reported_as_a_loop() -> None:
    assert energise(draw(RING), closed("b1", "s1", "t1", "b2")).loops


def test_a_ring_is_one_loop_and_no_parallel() -> None:
    grid = draw("S1 [b1] A [s1] B [s2] C\nA [s3] C")
    traced = energise(grid, closed("b1", "s1", "s2", "s3"))
    assert traced.dark == frozenset()
    assert traced.loops == ("s2",)
    assert traced.parallels == ()
    assert traced.behind(SwitchId("b1")) == {"SA", "SB", "SC"}
    assert traced.behind(SwitchId("s2")) == frozenset()


def test_in_parallel_the_nearest_source_feeds() -> None:
    grid = draw("S1 [b1] A [s1] B [s2] C [b2] S2")
    traced = energise(grid, grid.normally_closed)
    assert traced.source_of == {"SS1": "S1", "SA": "S1", "SB": "S1", "SC": "S2", "SS2": "S2"}
    assert traced.loops == traced.parallels == ("s2",)


def test_a_loop_opens_again_and_all_is_as_it_was() -> None:
    grid = draw(RING)
    before = energise(grid, closed("b1", "s1", "b2"))
    joined = before.moved(SwitchId("t1"), closed=True)
    assert joined.parallels == ("t1",)
    assert joined.moved(SwitchId("t1"), closed=False).same_as(before)
    handed_over = joined.moved(SwitchId("b1"), closed=False)
    assert handed_over.loops == ()
    assert handed_over.path("SA") == ("b2", "t1", "s1")
    assert handed_over.feeder_of["SA"] == "Fb2"


def test_a_dead_source_feeds_nothing_and_can_be_fed() -> None:
    grid = draw(RING)
    traced = energise(grid, closed("b1", "s1", "b2"), dead_sources={SourceId("S1")})
    assert traced.dark == {"SS1", "SA", "SB"}
    from_the_other_side = traced.moved(SwitchId("t1"), closed=True)
    assert from_the_other_side.source_of["SS1"] == "S2"
    assert from_the_other_side.loops == ()


def test_of_two_sources_at_one_place_the_first_live_one_counts() -> None:
    grid = draw("S1 [b1] A")
    twice = build_network(
        replace(
            grid.components,
            sources=(*grid.components.sources, replace(grid.sources["S1"], id=SourceId("S2"))),
        )
    )
    assert energise(twice, closed("b1")).source_of == {"SS1": "S1", "SA": "S1"}
    second = energise(twice, closed("b1"), dead_sources={SourceId("S1")})
    assert second.source_of == {"SS1": "S2", "SA": "S2"}
    assert second.moved(SwitchId("b1"), closed=False).source_of == {"SS1": "S2"}


def test_a_switch_within_one_section_changes_no_supply_and_is_a_loop() -> None:
    grid = draw("S1 [b1] A [s1] B", change={"s1": {"node_b": NodeId("A")}})
    traced = energise(grid, closed("b1", "s1"))
    assert traced.loops == ("s1",)
    assert traced.dark == {"SB"}
    opened = traced.moved(SwitchId("s1"), closed=False)
    assert (opened.loops, opened.dark) == ((), {"SB"})
    assert traced.moved(SwitchId("b1"), closed=False).loops == ()


def test_islands_without_source_stay_dark_whatever_moves_in_them() -> None:
    grid = draw("S1 [b1] A\nB [s1] C [s2] D")
    traced = energise(grid, closed("b1", "s1"))
    assert traced.dark == {"SB", "SC", "SD"}
    closed_too = traced.moved(SwitchId("s2"), closed=True)
    assert closed_too.dark == traced.dark
    assert closed_too.lost_since(traced) == closed_too.gained_since(traced) == ()
    assert closed_too.path("SC") == ()
    assert closed_too.customers_behind(SwitchId("s1")) == 0


def test_sums_behind_a_switch() -> None:
    grid = draw(RING, customers={"A": 7, "B": 30, "C": 500}, p_w={"A": 1e3, "B": 2e3, "C": 4e3})
    traced = energise(grid, closed("b1", "s1", "b2"))
    assert traced.customers_behind(SwitchId("b1")) == 37
    assert traced.p_w_behind(SwitchId("b1")) == 3e3
    assert traced.customers_behind(SwitchId("s1")) == 30
    assert traced.customers_behind(SwitchId("t1")) == 0
    assert traced.p_w_behind(SwitchId("nowhere")) == 0.0
    dark = traced.moved(SwitchId("s1"), closed=False)
    assert (dark.customers_dark, dark.customers_behind(SwitchId("b1"))) == (30, 7)
    assert dark.lost_since(traced) == ("SB",)
    assert traced.gained_since(dark) == ("SB",)


def test_a_move_traces_only_the_tree_that_it_touches() -> None:
    """The rows of every other source are shared, not made again."""
    grid = draw(RING + "\nS3 [b3] D [s3] E")
    before = energise(grid, closed("b1", "s1", "b2", "b3", "s3"))
    after = before.moved(SwitchId("s1"), closed=False)
    assert after.by_number.base is before.by_number.base
    assert set(after.by_number.trees) == {grid.arrays.sources.of[SourceId("S1")]}
    assert after.moved(SwitchId("s3"), closed=False).by_number.trees.keys() == {0, 2}


def test_a_tangle_elsewhere_keeps_no_other_tree_from_being_traced_alone() -> None:
    grid = draw("S1 [b1] A [s1] B\nS2 [b2] C [s2] D\nC [s3] D")
    before = energise(grid, grid.normally_closed)
    assert before.loops == ("s3",)
    after = before.moved(SwitchId("s1"), closed=False)
    assert after.by_number.base is before.by_number.base
    assert after.loops == ("s3",)
    untied = after.moved(SwitchId("s2"), closed=False)
    assert untied.by_number.trees.keys() == {0, 1}
    assert (untied.loops, untied.dark) == ((), {"SB"})


def test_two_sources_in_parallel_are_traced_again_together_and_nothing_else_is() -> None:
    grid = draw(RING + "\nS3 [b3] D\nS4 [b4] E (t2) D")
    before = energise(grid, grid.normally_closed)
    joined = before.moved(SwitchId("t1"), closed=True)
    assert joined.by_number.base is before.by_number.base
    assert joined.by_number.trees.keys() == {0, 1}
    assert joined.parallels == ("t1",)
    twice = joined.moved(SwitchId("t2"), closed=True)
    assert twice.parallels == ("t1", "t2")
    apart = twice.moved(SwitchId("b2"), closed=False).moved(SwitchId("t2"), closed=False)
    assert apart.loops == ()
    assert apart.supplied_by(SourceId("S1")) == ("SS1", "SA", "SB", "SC")
    assert apart.supplied_by(SourceId("S2")) == ("SS2",)
    assert apart.same_as(apart.retraced())


def test_sources_die_and_come_back() -> None:
    grid = draw(RING)
    before = energise(grid, grid.normally_closed)
    dead = before.with_dead({SourceId("S1")})
    assert dead.dark == {"SS1", "SA", "SB"}
    assert dead.lost_since(before) == ("SS1", "SA", "SB")
    assert dead.supplied_by(SourceId("S1")) == ()
    helped = dead.moved(SwitchId("t1"), closed=True)
    assert helped.customers_dark == 0
    back = helped.with_dead(frozenset())
    assert back.parallels == ("t1",)
    assert back.same_as(back.retraced())
    assert back.moved(SwitchId("t1"), closed=False).same_as(before)
    both = before.with_dead({SourceId("S1"), SourceId("S2"), SourceId("elsewhere")})
    assert both.dark == grid.sections.keys()
    assert both.gained_since(before) == ()
    assert both.with_dead(frozenset()).same_as(before)


def test_a_chain_of_ten_thousand_sections() -> None:
    chain = " ".join(["S1 [b0] A0", *(f"[s{k}] A{k}" for k in range(1, 10_000))])
    grid = draw(chain + " (t1) B [b1] S2")
    traced = energise(grid, grid.normally_closed)
    assert len(traced.path("SA9999")) == 10_000
    assert traced.customers_behind(SwitchId("s1")) == 999_900
    broken = traced.moved(SwitchId("s5000"), closed=False)
    assert broken.customers_dark == 500_000
    mended = broken.moved(SwitchId("t1"), closed=True)
    assert mended.customers_dark == 0
    assert mended.source_of["SA5000"] == "S2"
    assert mended.same_as(mended.retraced())
    assert mended.gained_since(broken) == broken.lost_since(traced)


def test_switches_and_sources_that_the_grid_does_not_have_are_passed_over() -> None:
    grid = draw(RING)
    traced = energise(grid, closed("b1", "elsewhere"), dead_sources={SourceId("S9")})
    assert traced.closed == {"b1"}
    assert not traced.is_supplied("elsewhere")
    assert traced.behind(SwitchId("elsewhere")) == frozenset()


def test_what_has_another_feeder_or_none_differs() -> None:
    grid = draw(RING)
    before = energise(grid, closed("b1", "s1", "b2"))
    over = energise(grid, closed("b1", "t1", "b2"))
    assert over.differing_since(before) == before.differing_since(over) == ("SB",)
    dark = energise(grid, closed("s1", "t1"), dead_sources={SourceId("S1")})
    assert set(dark.differing_since(before)) == {"SS1", "SA", "SB", "SC"}
    assert before.differing_since(before.retraced()) == ()
