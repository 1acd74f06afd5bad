"""Fault current, protection and indicators in the virtual field."""

from collections.abc import Iterator
from dataclasses import replace

from virtual_field_story import (
    CLOSED,
    FEEDER,
    LATERAL,
    OPEN,
    RING,
    Story,
    at,
    recloser,
)

from gridops.network import build_network, draw
from gridops.virtual_field import FieldSettings, Misbehaviour, OrderAnswer
from gridops.virtual_field.fault_current import fault_current_path

# --- which way fault current takes -------------------------------------------------------


def path(
    drawing: str, fault: str, *closed: str, live: tuple[str, ...] = ("SS1",)
) -> dict[str, int]:
    return fault_current_path(draw(drawing), set(closed), live=live, fault=fault)


def test_fault_current_passes_every_switch_from_the_source_to_the_fault_and_no_other() -> None:
    assert path(LATERAL, "SE", "b1", "s1", "r1", "s3") == {"s3": 0, "r1": 1, "b1": 2}


def test_two_sources_feed_a_fault_between_them_from_both_sides() -> None:
    both = path(RING, "SB", "b1", "s1", "t1", "b2", live=("SS1", "SS2"))
    assert both == {"s1": 0, "t1": 0, "b1": 1, "b2": 1}


def test_a_closed_ring_feeds_a_fault_both_ways_round() -> None:
    ring = "S1 [b1] A [s1] B [s2] C [b2] S1\nB [r1] D"
    assert path(ring, "SD", "b1", "s1", "s2", "b2", "r1") == {
        "r1": 0, "s1": 1, "s2": 1, "b1": 2, "b2": 2,
    }  # fmt: skip


def test_a_fault_without_a_source_draws_no_current() -> None:
    assert path(RING, "SB", "s1", "b2", live=("SS1", "SS2")) == {}


class Asked(set[str]):
    """Remembers what it was asked for."""

    def __init__(self, members: set[str]) -> None:
        super().__init__(members)
        self.about: set[object] = set()

    def __contains__(self, member: object) -> bool:
        self.about.add(member)
        return super().__contains__(member)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("all of the grid was looked at")


def test_what_does_not_hang_together_with_the_fault_is_not_looked_at() -> None:
    city = RING + "".join(f"\nS{k} [b{k}] H{k} [s{k}] K{k}" for k in range(3, 30))
    network = draw(city)
    closed = Asked({*network.switches} - {"t1"})
    live = [network.section_of_node[source.node] for source in network.sources.values()]
    assert fault_current_path(network, closed, live=live, fault="SB") == {"s1": 0, "b1": 1}
    assert closed.about == {"b1", "s1", "t1"}


# --- protection ------------------------------------------------------------------------------


def test_a_permanent_fault_trips_the_head_breaker_and_flags_the_way_to_it() -> None:
    story = Story(FEEDER)
    story.field.strike("B", at(1))
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1.2 s1 fault_flag yes",
        "1.5 b1 position open",
        "1.5 b1 lockout yes",
    ]
    assert story.dark == {"SA", "SB", "SC"}


def test_a_transient_fault_clears_on_the_first_reclose_momentary() -> None:
    story = Story(FEEDER, change={"b1": recloser(0.5, 20.0)})
    story.field.strike("B", at(1), clears_after_openings=1)
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1.2 s1 fault_flag yes",
        "1.5 b1 position open",
        "2 b1 position closed",
        "2 b1 protection no",
    ]
    assert not story.dark


def test_a_stubborn_transient_fault_clears_on_the_second_reclose() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(0.5, 20.0)})
    story.field.strike("A", at(1), clears_after_openings=2)
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1.5 b1 position open",
        "2 b1 position closed",
        "2.5 b1 position open",
        "22.5 b1 position closed",
        "22.5 b1 protection no",
    ]


def test_a_permanent_fault_uses_all_shots_up_and_locks_out() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(0.5, 20.0)})
    story.field.strike("A", at(1))
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1.5 b1 position open",
        "2 b1 position closed",
        "2.5 b1 position open",
        "22.5 b1 position closed",
        "23 b1 position open",
        "23 b1 lockout yes",
    ]


def test_shots_are_forgotten_once_the_breaker_has_held_for_its_reclaim_time() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(0.5)})
    story.field.strike("A", at(0), clears_after_openings=1)
    story.field.strike("A", at(100), clears_after_openings=1)
    told = story.tell(600)
    assert [line for line in told if "position" in line] == [
        "0.5 b1 position open",
        "1 b1 position closed",
        "100.5 b1 position open",
        "101 b1 position closed",
    ]


def test_a_second_fault_within_the_reclaim_time_finds_no_shot_left() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(0.5)})
    story.field.strike("A", at(0), clears_after_openings=1)
    story.field.strike("A", at(10), clears_after_openings=1)
    assert story.tell(600)[-2:] == ["10.5 b1 position open", "10.5 b1 lockout yes"]


def test_a_reclaim_time_that_ends_between_pick_up_and_trip_gives_no_new_shot() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(0.5)})
    story.field.strike("A", at(0), clears_after_openings=1)  # closed again at 1, reclaim at 31
    story.field.strike("A", at(30.8), clears_after_openings=1)
    assert story.tell(600)[-2:] == ["31.3 b1 position open", "31.3 b1 lockout yes"]


def test_a_fault_counts_only_the_openings_that_cut_it_off() -> None:
    story = Story("S1 [b1] A [s1] B", change={"b1": recloser(0.5, 20.0)})
    story.field.strike("A", at(0), clears_after_openings=2)
    story.hand("s1", OPEN, 0.7)  # in the dead time: nothing is cut off by it
    told = story.tell(600)
    assert [line for line in told if "b1 position open" in line] == [
        "0.5 b1 position open",
        "1.5 b1 position open",
    ]


def test_a_relay_that_is_opened_by_hand_before_it_trips_resets() -> None:
    story = Story("S1 [b1] A")
    story.field.strike("A", at(1))
    story.hand("b1", OPEN, 1.2)
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1.2 b1 position open",
        "1.2 b1 protection no",
    ]


def test_the_recloser_on_the_lateral_is_faster_and_the_head_breaker_only_picks_up() -> None:
    story = Story(LATERAL)
    story.field.strike("E", at(1))
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1 r1 protection yes",
        "1.1 r1 position open",
        "1.1 b1 protection no",
        "1.1 r1 lockout yes",
        "1.2 r1 fault_flag yes",
        "1.2 s3 fault_flag yes",
    ]
    assert story.dark == {"SD", "SE"}


def test_on_equal_delay_the_device_nearest_to_the_fault_trips() -> None:
    story = Story("S1 [b1] A [b2] B [b3] C")
    story.field.strike("C", at(1))
    told = story.tell(600)
    assert [line for line in told if "open" in line] == ["1.5 b3 position open"]


def test_a_faster_device_upstream_trips_first_as_badly_coordinated() -> None:
    story = Story("S1 [b1] A [r1] B", change={"b1": {"trip_delay_s": 0.05}})
    story.field.strike("B", at(1))
    told = story.tell(600)
    assert "1.05 b1 position open" in told
    assert "1.05 r1 protection no" in told
    assert story.dark == {"SA", "SB"}


def test_a_stuck_recloser_is_backed_up_by_the_breaker_upstream() -> None:
    story = Story(LATERAL)
    story.misbehave("r1", Misbehaviour.STUCK)
    story.field.strike("D", at(1))
    assert story.tell(600) == [
        "1 b1 protection yes",
        "1 r1 protection yes",
        "1.2 r1 fault_flag yes",
        "1.5 b1 position open",
        "1.5 r1 protection no",
        "1.5 b1 lockout yes",
    ]


def test_a_device_without_a_lockout_point_locks_out_in_silence() -> None:
    story = Story("S1 [b1] A", change={"b1": {"lockout_point": False}})
    story.field.strike("A", at(1))
    assert story.tell(600) == ["1 b1 protection yes", "1.5 b1 position open"]


def test_a_lockout_signal_can_get_lost() -> None:
    story = Story("S1 [b1] A")
    story.misbehave("b1", Misbehaviour.NO_LOCKOUT_SIGNAL)
    story.field.strike("A", at(1))
    assert story.tell(600) == ["1 b1 protection yes", "1.5 b1 position open"]


def test_closing_onto_a_fault_trips_again_without_reclosing() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(0.5)})
    story.field.strike("A", at(1))
    story.tell(60)
    assert story.order("b1", CLOSED, at_s=100) is OrderAnswer.ACCEPTED
    assert story.tell(600) == [
        "100 b1 position intermediate",
        "102 b1 lockout no",
        "102 b1 position closed",
        "102.5 b1 position open",
        "102.5 b1 lockout yes",
    ]


def test_after_repair_the_breaker_closes_and_holds() -> None:
    story = Story("S1 [b1] A")
    story.field.strike("A", at(1))
    story.field.repair("A", at(50))
    story.tell(60)
    story.order("b1", CLOSED, at_s=100)
    assert story.tell(600) == [
        "100 b1 position intermediate",
        "102 b1 lockout no",
        "102 b1 position closed",
        "102 b1 protection no",
    ]
    assert not story.dark


def test_a_load_break_switch_closed_onto_a_fault_makes_the_donor_trip() -> None:
    story = Story(RING)
    story.field.strike("B", at(1))
    story.tell(60)
    story.order("t1", CLOSED, at_s=100)
    assert [line for line in story.tell(600) if "open" in line] == ["102.5 b2 position open"]


def test_an_opening_on_order_ends_the_reclosing() -> None:
    story = Story("S1 [b1] A", change={"b1": recloser(20.0)})
    story.field.strike("A", at(1))
    story.tell(5)
    assert story.order("b1", OPEN, at_s=10) is OrderAnswer.ACCEPTED
    assert story.tell(600) == ["10 b1 position open"]


def test_two_faults_at_once_are_cleared_by_two_breakers() -> None:
    story = Story(RING)
    story.field.strike("A", at(1))
    story.field.strike("C", at(1))
    told = story.tell(600)
    assert [line for line in told if "open" in line] == [
        "1.5 b1 position open",
        "1.5 b2 position open",
    ]
    assert story.dark == {"SA", "SB", "SC"}


def test_a_fault_in_a_dark_section_waits_for_the_supply() -> None:
    story = Story("S1 (b1) A")
    story.field.strike("A", at(1))
    assert story.tell(60) == []
    story.hand("b1", CLOSED, 100)
    assert story.tell(600) == [
        "100 b1 position closed",
        "100 b1 protection yes",
        "100.5 b1 position open",
        "100.5 b1 lockout yes",
    ]


def test_the_fuse_nearest_to_the_fault_blows_and_nobody_hears_of_it() -> None:
    drawn = draw("S1 [b1] A [f1] D [f2] E")
    silent = tuple(p for p in drawn.components.points if p.element not in ("f1", "f2"))
    story = Story(build_network(replace(drawn.components, points=silent)))
    story.field.strike("E", at(1))
    assert story.tell(600) == ["1 b1 protection yes", "1.1 b1 protection no"]
    assert story.dark == {"SE"}


def test_only_the_nearest_fuse_melts_even_if_another_is_weaker() -> None:
    story = Story("S1 [b1] A [f1] D [f2] E", change={"f1": {"trip_delay_s": 0.02}})
    story.field.strike("E", at(1))
    assert "1.1 f2 position open" in story.tell(600)
    assert story.dark == {"SE"}


def test_a_fuse_is_renewed_by_hand() -> None:
    story = Story("S1 [b1] A [f1] D")
    story.field.strike("D", at(1))
    story.field.repair("D", at(50))
    story.hand("f1", CLOSED, 60)
    story.tell(600)
    assert not story.dark


def test_a_recloser_on_its_fast_curve_saves_the_fuse() -> None:
    fast = {"r1": {"trip_delay_s": 0.02} | recloser(0.5)}
    story = Story("S1 [b1] A [r1] D [f1] E", change=fast)
    story.field.strike("E", at(1), clears_after_openings=1)
    told = story.tell(600)
    assert "1.02 r1 position open" in told
    assert not [line for line in told if " f1 " in line]
    assert not story.dark


# --- indicators --------------------------------------------------------------------------


def test_a_flag_resets_once_supply_has_been_back_for_a_minute() -> None:
    story = Story(FEEDER, FieldSettings(), change={"b1": recloser(0.5)})
    story.field.strike("B", at(1), clears_after_openings=1)
    assert "62 s1 fault_flag no" in story.tell(600)


def test_a_flag_waits_a_whole_minute_again_if_supply_goes_once_more() -> None:
    story = Story(FEEDER, FieldSettings(), change={"b1": recloser(0.5)})
    story.field.strike("B", at(1), clears_after_openings=1)
    story.hand("b1", OPEN, 30)
    story.hand("b1", CLOSED, 40)
    assert [line for line in story.tell(600) if "fault_flag no" in line] == ["100 s1 fault_flag no"]


def test_an_opened_fence_keeps_its_flag() -> None:
    story = Story(FEEDER, FieldSettings())
    story.field.strike("B", at(1))
    story.hand("s1", OPEN, 50)
    story.hand("b1", CLOSED, 60)
    assert not [line for line in story.tell(3600) if "fault_flag no" in line]


def test_a_flag_does_not_reset_while_reclosing_goes_on() -> None:
    story = Story(FEEDER, FieldSettings(), change={"b1": recloser(0.5, 70.0)})
    story.field.strike("B", at(1))
    assert not [line for line in story.tell(3600) if "fault_flag no" in line]


def test_a_silent_indicator_stays_silent() -> None:
    story = Story(FEEDER)
    story.misbehave("s1", Misbehaviour.INDICATOR_SILENT)
    story.field.strike("C", at(1))
    told = story.tell(600)
    assert [line for line in told if "fault_flag" in line] == ["1.2 s2 fault_flag yes"]


def test_a_stray_indicator_flags_without_cause_and_resets_as_any_other() -> None:
    story = Story(FEEDER, FieldSettings())
    story.misbehave("s2", Misbehaviour.INDICATOR_STRAY, at=at(5))
    assert story.tell(600) == ["5 s2 fault_flag yes", "65 s2 fault_flag no"]
