"""Supply that is taken for seconds, rings that are closed for seconds, and fences in two stages."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from gridops.adapters.engines import PowerGridModelEngine
from gridops.ids import BranchId
from gridops.network import COLD_LOAD, Limits, Transformer, build_network
from tests.guard_desk import Desk, broken, desk, on, sections

TRANSFER = "S1 [b1] A [s1] B (t1) D [b2] S2"
"""B goes from S1 to S2, with nobody asked to synchronise: open s1, close t1."""
BREAK_FIRST = "open s1, close t1"


def transfer(**more: object) -> Desk:
    return desk(TRANSFER, fault="").but(interrupts=sections("B"), **more)


def test_a_declared_section_may_go_dark_until_the_next_feed_takes_it() -> None:
    assert transfer().ask(BREAK_FIRST).passed
    assert broken(transfer().but(interrupts=sections("")).ask(BREAK_FIRST)) == {"35"}


def test_it_may_be_carried_out_step_by_step() -> None:
    assert transfer().ask_before(1, BREAK_FIRST).passed
    assert transfer().moved("open s1").ask_before(2, BREAK_FIRST).passed


@pytest.mark.parametrize(
    ("situation", "plan"),
    [
        (transfer(), "open s1"),
        (transfer().but(interrupts=sections("B A")), "open b1, open s1, close t1"),
        (desk(TRANSFER, fault="", dead=["S2"]).but(interrupts=sections("B")), BREAK_FIRST),
        (transfer(fault=sections("B")), "open s1"),
        (transfer(forbidden=sections("B")), "open s1"),
    ],
)
def test_what_is_interrupted_is_healthy_and_surely_live_in_the_end(
    situation: Desk, plan: str
) -> None:
    assert "35" in broken(situation.ask(plan))


def test_a_section_that_is_openly_given_up_need_not_come_back() -> None:
    assert transfer(allowed_dark=sections("B")).ask("open s1").passed


@pytest.mark.parametrize("declared", ["A", "D", "B D", "S1"])
def test_what_is_not_dropped_is_not_declared(declared: str) -> None:
    assert "36" in broken(transfer().but(interrupts=sections(declared)).ask(BREAK_FIRST))


def test_a_section_that_does_not_exist_is_not_declared() -> None:
    assert broken(transfer().but(interrupts=sections("Z")).ask(BREAK_FIRST)) == {"36"}


def test_what_hangs_on_a_busbar_whose_source_is_dead_is_dropped_as_well() -> None:
    """S1 lost its supply from above and is fed over t1: opening b2 takes A, and E beyond S1."""
    fed_back = desk("E [b3] S1 [b1] A [t1] D [b2] S2", fault="", dead=["S1"])
    found = fed_back.ask("open b2").violations
    assert {v.element for v in found if v.invariant == "35"} == {"SD", "SA", "SE"}


RING = "S1 [b1] A [s1] B (t1) C [s2] D [b2] S1\n"
"""Two feeds of one busbar; B goes over to the second with nobody interrupted."""
MAKE_FIRST = "close t1, open s1"


def ring(drawing: str = RING, *, declared: bool = True, **more: object) -> Desk:
    change = {"t1": {"closes_ring": declared}}
    situation = desk(drawing, fault="", change=change, **more)
    return situation.but(engine=PowerGridModelEngine(situation.network))


def test_two_feeds_of_one_busbar_may_meet_for_the_time_of_a_switching() -> None:
    assert ring().ask(MAKE_FIRST).passed
    assert ring().ask_before(1, MAKE_FIRST).passed
    assert ring().moved("close t1").ask_before(2, MAKE_FIRST).passed


@pytest.mark.parametrize(
    ("situation", "plan", "expected"),
    [
        (ring(declared=False), MAKE_FIRST, {"10", "11"}),
        (ring(), "close t1", {"10", "11"}),
        (ring(RING + "S1 [b4] F"), "close t1, open b4, open s1", {"10", "11", "35"}),
        (ring(RING + "A (t3) D"), "close t1, close t3, open s1", {"10", "11"}),
        (ring(RING.replace("[b2] S1", "[b2] S2")), MAKE_FIRST, {"09", "11"}),
        (ring(dead=["S1"]), MAKE_FIRST, {"10", "11"}),
        (ring().doubting("s2"), MAKE_FIRST, {"10", "11", "24", "35"}),
        (ring(RING + "C (t4) E [b5] S5").doubting("t4"), MAKE_FIRST, {"09", "10", "11", "24"}),
    ],
)
def test_a_ring_without_its_grounds_is_refused(
    situation: Desk, plan: str, expected: set[str]
) -> None:
    assert broken(situation.ask(plan)) == expected


def test_a_ring_in_the_dark_is_no_make_before_break() -> None:
    dark = ring(RING.replace("[b1]", "(b1)").replace("[b2]", "(b2)"))
    assert "10" in broken(dark.moved("close t1").ask("close b1, close b2"))
    assert "10" in broken(ring(RING + "B [s8] E (t8) B").ask("close t8, open s8"))


def test_a_second_ring_is_not_closed_into_the_first() -> None:
    twice = ring(RING + "A [s6] D")
    assert broken(twice.ask(MAKE_FIRST)) >= {"10", "11"}


def test_the_ring_keeps_to_every_limit_while_it_lasts() -> None:
    """Alone B and C are within the band; what flows around the ring is not."""
    heavy = ring(p_w={"A": 9e6, "B": 1e5})
    low = Limits(voltage_pu_min=0.9)
    assert heavy.but(limits=low).ask(MAKE_FIRST).passed
    assert "13" in broken(heavy.but(limits=replace(low, loading_pct_max=50.0)).ask(MAKE_FIRST))


def with_clocks(before: Desk, clocks: Iterable[tuple[str, int]]) -> Desk:
    """The named lines become transformers with these clock numbers."""
    old, clock_of = before.network.components, dict(clocks)
    lines = [b for b in old.branches if b.id in clock_of]
    transformers = tuple(
        Transformer(
            id=BranchId(line.id),
            name=line.name,
            from_node=line.from_node,
            to_node=line.to_node,
            power_va_rated=50e6,
            voltage_v_from=22e3,
            voltage_v_to=22e3,
            short_circuit_voltage_pu=0.08,
            copper_loss_w=1e3,
            iron_loss_w=500.0,
            no_load_current_pu=0.001,
            clock=clock_of[line.id],
        )
        for line in lines
    )
    branches = tuple(b for b in old.branches if b not in lines)
    network = build_network(replace(old, branches=branches, transformers=transformers))
    return on(network, before).but(engine=PowerGridModelEngine(network))


@pytest.mark.parametrize(
    ("clocks", "turned"),
    [
        ([("A-b1", 0)], None),
        ([("A-b1", 5)], 150),
        ([("A-s1", 11)], 30),
        ([("D-b2", 6)], 180),
        ([("A-b1", 5), ("D-b2", 5)], None),
        ([("A-b1", 5), ("D-b2", 11)], 180),
    ],
)
def test_transformers_around_a_ring_must_not_turn_its_ends(
    clocks: list[tuple[str, int]], turned: int | None
) -> None:
    verdict = with_clocks(ring(), clocks).ask(MAKE_FIRST)
    said = [v.why.in_english() for v in verdict.violations if v.invariant == "12"]
    words = "the two sides of t1 are turned against each other by {} degrees"
    assert said == ([] if turned is None else [words.format(turned)])


STAGED = "S1 (b1) A [s1] W [c1] B [s3] C (t1) D [b2] S2"
"""A fault in B: remote s1 and s3 fence W and B; later a crew opens c1, and s1 feeds W again."""
IN_STAGES = "open s1, open s3, close b1, close t1, open c1, close s1"


def staged(**more: object) -> Desk:
    drawing = STAGED.replace("c1", "d1")
    return desk(drawing, fault="B", fence="d1 s3", **more)


def steps(text: str) -> str:
    return text.replace("c1", "d1")


def test_a_fence_may_first_be_wide_and_then_tight() -> None:
    assert staged().ask(steps(IN_STAGES), crew="d1").passed
    plan = steps(IN_STAGES)
    done = "open s1, open s3, close b1, close t1"
    assert staged().moved(done).ask_before(5, plan).passed
    assert staged().moved(steps(done + ", open c1")).ask_before(6, plan).passed


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        # The crew's switch comes too late, or never.
        ("open s1, open s3, close b1, close t1, close s1, open c1", {"01", "05", "07"}),
        ("open s1, open s3, close b1, close t1, close s1", {"01", "05", "07"}),
        # Nothing parts the near side when b1 closes.
        ("open s3, close b1, close t1, open c1", {"01", "05", "07"}),
        # What belongs to the final fence closes again.
        ("open s1, open s3, close b1, open c1, close c1", {"05", "06"}),
        # The plan ends on its first fence.
        ("open s1, open s3, close b1, close t1", {"05"}),
    ],
)
def test_every_state_from_the_first_closing_on_parts_the_whole_zone(
    plan: str, expected: set[str]
) -> None:
    found = broken(staged().ask(steps(plan), crew="d1"))
    assert found & {"01", "05", "06", "07"} == expected


def test_the_wide_fence_stays_shut_while_the_tight_one_is_in_doubt() -> None:
    done = "open s1, open s3, close b1, close t1"
    doubtful = staged().moved(steps(done + ", open c1")).doubting("d1")
    assert broken(doubtful.ask_before(6, steps(IN_STAGES))) >= {"01", "05", "07", "24"}


def test_an_opening_before_the_ring_does_not_open_it() -> None:
    lateral = ring(RING + "A [s6] E").but(allowed_dark=sections("E"))
    assert broken(lateral.ask("open s6, close t1")) == {"10", "11"}
    assert lateral.ask("open s6, close t1, open s1").passed


def test_what_a_ring_carried_cold_the_feed_that_is_left_carries_alone() -> None:
    """E comes back over B; while the ring lasts both sides carry it, then only D's."""
    lent = ring(RING + "B (t8) E", p_w={"A": 1e5, "B": 1e5, "C": 1e5, "D": 4e6, "E": 2e6})
    lent = lent.but(limits=Limits(voltage_pu_min=0.5, loading_pct_max=50.0))
    plan = f"close t8, {MAKE_FIRST}"
    assert lent.ask(plan).passed
    cold = lent.but(more={"dark": sections("E"), "dark_s": 3600.0, "cold_load": COLD_LOAD})
    found = [(v.step, v.why.code, v.element) for v in cold.ask(plan).violations]
    assert found == [(3, "guard-cold-load", "D-b2")]
