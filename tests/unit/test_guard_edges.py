"""Values just at their limits, and the small print of single rules."""

from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Any

import pytest

from gridops.events.operator import TagKind
from gridops.guard.data import CURRENT_A_NOTHING, SETTLING
from gridops.guard.form import MOVES_MAX
from gridops.ids import LoadId, NodeId, ProfileId, SwitchId
from gridops.measurement import Measured, Quality
from gridops.network import ColdLoad, Limits, Network, Profile, build_network
from gridops.powerflow import FlowResult
from gridops.state import DEAD_VOLTAGE_PU
from tests.guard_desk import (
    GOOD_PLAN,
    NIGHT,
    NOW,
    Desk,
    broken,
    desk,
    on,
    sections,
    switches,
    with_transformer,
)
from tests.radial_sweep import RadialSweep

TIE_ONLY = "open s1, open s2, close t1"


@dataclass(frozen=True)
class Stated:
    """A real power flow with some of its values replaced."""

    network: Network
    values: dict[str, dict[str, float]]
    name: str = "stated"

    def solve(self, closed: Any, loads: Any, **more: Any) -> FlowResult:
        found = RadialSweep(self.network).solve(closed, loads, **more)
        changed = {
            kind: {k: values.get(k, v) for k, v in getattr(found, kind).items()}
            for kind, values in self.values.items()
        }
        return replace(found, **changed)


def stating(situation: Desk, kind: str, **values: float) -> Desk:
    named = {name.replace("_", "-"): value for name, value in values.items()}
    return situation.but(engine=Stated(situation.network, {kind: named}))


@pytest.mark.parametrize(
    ("kind", "element", "limit", "invariant"),
    [
        ("voltage_pu", "C", 1.05, "15"),
        ("loading_pct", "C-t1", 100.0, "13"),
        ("switch_current_a", "t1", 630.0, "13"),
    ],
)
def test_a_value_at_its_limit_keeps_it(
    kind: str, element: str, limit: float, invariant: str
) -> None:
    situation = desk(change={"t1": {"current_a_rated": 630.0}})
    at = {element.replace("-", "_"): limit * (1 + 1e-6)}
    assert stating(situation, kind, **at).ask(TIE_ONLY).passed
    above = {element.replace("-", "_"): limit * (1 + 2e-6)}
    assert broken(stating(situation, kind, **above).ask(TIE_ONLY)) == {invariant}


def test_a_voltage_at_the_lower_limit_keeps_it() -> None:
    assert stating(desk(), "voltage_pu", C=0.95 * (1 - 1e-6)).ask(TIE_ONLY).passed
    found = stating(desk(), "voltage_pu", C=0.95 * (1 - 2e-6)).ask(TIE_ONLY)
    assert [v.why.code for v in found.violations] == ["guard-undervoltage"]


def test_protection_trips_at_its_pick_up() -> None:
    situation = desk(change={"b2": {"pickup_current_a": 100.0, "current_a_rated": 630.0}})
    assert broken(stating(situation, "switch_current_a", b2=100.0).ask(TIE_ONLY)) == {"17"}
    assert stating(situation, "switch_current_a", b2=99.999).ask(TIE_ONLY).passed
    off = situation.but(limits=Limits(loading_pct_max=None))
    assert stating(off, "switch_current_a", b2=200.0).ask(TIE_ONLY).passed


def test_the_rating_of_a_switch_goes_with_the_limit_on_loading() -> None:
    situation = desk(change={"t1": {"current_a_rated": 100.0}})
    for pct, ampere in ((80.0, 80.0), (120.0, 120.0)):
        limited = situation.but(limits=Limits(loading_pct_max=pct))
        assert stating(limited, "switch_current_a", t1=ampere).ask(TIE_ONLY).passed
        assert not stating(limited, "switch_current_a", t1=ampere + 0.1).ask(TIE_ONLY).passed


def test_a_load_break_switch_breaks_its_rated_current_and_no_more() -> None:
    """What flows is worked out in the state before the opening."""
    lateral = desk("S1 [b1] A [s1] B", fault="", change={"s1": {"current_a_rated": 50.0}})
    lateral = lateral.but(allowed_dark=sections("B"))
    assert stating(lateral, "switch_current_a", s1=50.0).ask("open s1").passed
    assert broken(stating(lateral, "switch_current_a", s1=50.01).ask("open s1")) == {"18"}


def test_no_load_break_switch_opens_where_nobody_knows_what_flows() -> None:
    """With 400 MW in B the state before has no solution, that after it has one."""
    heavy = desk("S1 [b1] A [s1] B", fault="", p_w={"B": 400e6}).but(allowed_dark=sections("B"))
    found = heavy.ask("open s1")
    assert [(v.invariant, v.why.code) for v in found.violations] == [("18", "guard-no-solution")]
    breaker = desk("S1 [b1] A [b9] B", fault="", p_w={"B": 400e6})
    assert breaker.but(allowed_dark=sections("B")).ask("open b9").passed


@pytest.mark.parametrize("kind", ["b", "r"])
def test_a_breaker_may_open_what_overloads_it(kind: str) -> None:
    """What it breaks of a fault, many times its rated current, is asked under 16."""
    drawing = "S1 [b1] A [s1] B".replace("s1", f"{kind}9")
    lateral = desk(drawing, fault="", change={f"{kind}9": {"current_a_rated": 50.0}})
    lateral = lateral.but(allowed_dark=sections("B"))
    overloaded = stating(lateral, "switch_current_a", **{f"{kind}9": 51.0})
    assert broken(overloaded.ask(f"open {kind}9")) == set()


def test_an_emergency_rating_is_kept_to_the_ampere() -> None:
    situation = desk()
    old = situation.network.components
    branches = tuple(replace(b, current_a_emergency=500.0) for b in old.branches)
    network = build_network(replace(old, branches=branches))
    rated = on(network, situation).but(limits=Limits(emergency_s=60.0))
    rated = replace(rated, more={"lasts_s": 60.0})
    assert stating(rated, "loading_pct", C_t1=125.0).ask(TIE_ONLY).passed
    assert not stating(rated, "loading_pct", C_t1=125.2).ask(TIE_ONLY).passed


COLD = ColdLoad(residential=3.0, begins_s=1.0, full_s=2.0)


@pytest.mark.parametrize(
    ("limits", "c_w", "change", "words"),
    [
        (Limits(loading_pct_max=None, voltage_pu_min=0.99), 5e6, {}, "pu"),
        (Limits(voltage_pu_min=0.5), 3e6, {"t1": {"current_a_rated": 150.0}}, "A"),
        (Limits(), 300e6, {}, "no solution"),
    ],
)
def test_every_kind_of_limit_holds_with_cold_load(
    limits: Limits, c_w: float, change: dict[str, Any], words: str
) -> None:
    situation = desk(p_w={"C": c_w}, change=change).but(limits=limits)
    told = {"dark": sections("A B C"), "dark_s": 60.0, "cold_load": COLD}
    found = replace(situation, more=told).ask(GOOD_PLAN)
    cold = [v.why.in_english() for v in found.violations if v.why.code == "guard-cold-load"]
    assert len(cold) == 1
    assert words in cold[0]
    if words == "no solution":
        assert "closed" in cold[0]
    else:
        assert situation.ask(GOOD_PLAN).passed


def ahead(c_w: float, far_w: float, *, limits: Limits, peak: float = 3.0) -> Desk:
    """E, beyond D, follows a day with a peak at 11:00; it is 10:30."""
    situation = desk(NIGHT + "D [s9] E", p_w={"C": c_w, "E": far_w}).but(limits=limits)
    old = situation.network.components
    day = Profile(id=ProfileId("day"), name="day", factors=(*[1.0] * 11, peak, *[1.0] * 12))
    loads = tuple(replace(x, profile=day.id) if x.id == LoadId("E") else x for x in old.loads)
    network = build_network(replace(old, loads=loads, profiles=(day,)))
    return replace(on(network, situation), more={"at": time(10, 30), "ahead_s": 3600.0})


@pytest.mark.parametrize(
    "limits",
    [Limits(voltage_pu_min=None), Limits(loading_pct_max=None, voltage_pu_min=0.985)],
)
def test_what_the_hours_bring_anyway_is_held_against_no_plan(limits: Limits) -> None:
    assert ahead(0.0, 6e6, limits=limits).ask(TIE_ONLY).passed
    assert broken(ahead(1e5, 6e6, limits=limits).ask(TIE_ONLY)) == {"13"}
    assert ahead(1e5, 6e6, limits=limits, peak=1.0).ask(TIE_ONLY).passed


def test_an_hour_without_a_solution_is_refused_if_it_has_one_without_the_plan() -> None:
    assert ahead(1e5, 1e6, limits=Limits(), peak=900.0).ask(TIE_ONLY).passed
    situation = ahead(1e6, 1e5, limits=Limits(), peak=900.0)
    old = situation.network.components
    day = {LoadId("C"): ProfileId("day")}
    loads = tuple(replace(x, profile=day.get(x.id)) for x in old.loads)
    found = on(build_network(replace(old, loads=loads)), situation).ask(TIE_ONLY).violations
    assert {v.invariant for v in found} == {"13"}
    assert all("no solution" in v.why.in_english() for v in found)


def test_hot_line_work_on_a_feeder_is_not_on_its_busbar() -> None:
    beside = desk(NIGHT + "S2 [b5] E")
    assert beside.tagged("b5", TagKind.HOT_LINE).ask(GOOD_PLAN).passed
    coupler = desk(NIGHT + "S2 (b9) S3").tagged("b9", TagKind.HOT_LINE)
    assert broken(coupler.ask(GOOD_PLAN)) == {"22"}
    twice = desk().tagged("b2", TagKind.CAUTION).tagged("b2", TagKind.HOT_LINE)
    assert "22" in broken(twice.ask(GOOD_PLAN))


def test_any_tag_that_blocks_is_told() -> None:
    found = desk().tagged("t1", TagKind.CAUTION).tagged("t1", TagKind.NO_CLOSE)
    found = found.tagged("t1", TagKind.NO_OPERATE)
    said = [v.why.params["kind"] for v in found.ask(GOOD_PLAN).violations if v.invariant == "19"]
    assert said == ["no_close", "no_operate"]


def test_earth_beside_another_note_is_earth() -> None:
    noted = desk().tagged("t1", TagKind.CAUTION).tagged("t1", TagKind.EARTH_APPLIED)
    assert "02" in broken(noted.ask(GOOD_PLAN))


def test_a_plan_may_have_a_hundred_steps_and_no_more() -> None:
    many = ", ".join(["open s1, close s1"] * (MOVES_MAX // 2))
    codes = [v.why.code for v in desk().ask(many).violations]
    assert "guard-too-long" not in codes
    codes = [v.why.code for v in desk().ask(many + ", open s1").violations]
    assert codes.count("guard-too-long") == 1


def test_a_current_up_to_the_noise_is_none() -> None:
    for ampere, wrong in ((CURRENT_A_NOTHING, False), (-CURRENT_A_NOTHING - 0.1, True)):
        reading = Measured(ampere, Quality.GOOD, NOW)
        asked = desk().now(currents_a={SwitchId("t1"): reading})
        assert ("25" in broken(asked.ask(GOOD_PLAN))) is wrong


def test_a_current_is_asked_of_open_devices_that_the_plan_concerns() -> None:
    reading = Measured(80.0, Quality.GOOD, NOW)
    elsewhere = desk(NIGHT + "S4 [b4] X (s4) Y")
    assert elsewhere.now(currents_a={SwitchId("s4"): reading}).ask(GOOD_PLAN).passed
    assert elsewhere.now(currents_a={SwitchId("b2"): reading}).ask(GOOD_PLAN).passed
    bad = replace(reading, quality=Quality.BAD)
    assert elsewhere.now(currents_a={SwitchId("t1"): bad}).ask(GOOD_PLAN).passed
    unknown = {s: m for s, m in elsewhere.snapshot.positions.items() if s != "t1"}
    asked = elsewhere.now(currents_a={SwitchId("t1"): reading}, positions=unknown)
    assert "25" not in broken(asked.ask(GOOD_PLAN))


def test_a_reading_speaks_from_the_settling_time_on() -> None:
    moved = desk().moved("open t1")
    for late, speaks in ((SETTLING, True), (SETTLING - timedelta(milliseconds=1), False)):
        reading = Measured(80.0, Quality.GOOD, NOW + late)
        asked = moved.now(currents_a={SwitchId("t1"): reading})
        assert ("25" in broken(asked.ask(GOOD_PLAN))) is speaks


def test_a_bad_reading_of_voltage_says_nothing() -> None:
    asked = desk().measuring("C", 1.0)
    bad = {n: replace(m, quality=Quality.BAD) for n, m in asked.snapshot.voltages_v.items()}
    assert asked.now(voltages_v=bad).ask(GOOD_PLAN).passed
    halfway = desk().moved("open s1, open s2").measuring("B", 1.0, NOW + timedelta(seconds=9))
    bad = {n: replace(m, quality=Quality.BAD) for n, m in halfway.snapshot.voltages_v.items()}
    assert halfway.now(voltages_v=bad).ask_before(3, GOOD_PLAN).passed


def test_voltage_in_the_zone_stops_a_closing_from_the_threshold_and_the_clearing_time_on() -> None:
    halfway = desk().moved("open s1, open s2")
    late = NOW + timedelta(seconds=2)
    just = DEAD_VOLTAGE_PU
    assert "40" in broken(halfway.measuring("B", just, late).ask_before(3, GOOD_PLAN))
    assert halfway.measuring("B", just - 0.001, late).ask_before(3, GOOD_PLAN).passed
    early = late - timedelta(milliseconds=1)
    assert "40" not in broken(halfway.measuring("B", 1.0, early).ask_before(3, GOOD_PLAN))
    # An opening comes next, or nothing: no matter. Elsewhere: no matter for this.
    assert "40" not in broken(desk().measuring("B", 1.0, late).ask(GOOD_PLAN))
    assert "40" not in broken(halfway.measuring("C", 1.0, late).ask_before(3, GOOD_PLAN))


def test_a_measured_threshold_is_live_and_just_below_is_dead() -> None:
    late = NOW + timedelta(seconds=2)
    assert broken(desk().measuring("C", DEAD_VOLTAGE_PU, late).ask(GOOD_PLAN)) == {"25"}
    assert desk().measuring("C", DEAD_VOLTAGE_PU - 0.001, late).ask(GOOD_PLAN).passed
    assert desk().measuring("D", DEAD_VOLTAGE_PU, late).ask(GOOD_PLAN).passed
    # A source that is measured dead feeds nothing, so nothing is missing.
    lost = desk("S1 [b1] A [s1] B (t1) D [b2] S2", fault="", dead=["S1"])
    assert lost.measuring("A", 0.0, late).ask("open b1, close t1").passed
    assert NodeId("A") in lost.network.nodes


def test_reclosing_elsewhere_is_no_matter() -> None:
    elsewhere = desk(NIGHT + "S2 [b5] E").but(reclosing_on=switches("b5"))
    assert elsewhere.ask(GOOD_PLAN).passed
    assert desk().but(reclosing_on=switches("b1")).ask("open s1, open s2").passed


def test_opening_inside_a_zone_or_beside_a_permit_needs_nothing_more() -> None:
    inner = desk("S1 (b1) A [s1] B [s5] E [s2] C (t1) D [b2] S2", fault="B E")
    assert inner.ask("open s1, open s2, open s5, close b1, close t1").passed


def test_what_an_intermediate_reading_last_said_does_not_matter() -> None:
    vague = desk().doubting("s1", quality=Quality.BAD)
    assert {"24"} <= broken(vague.ask(GOOD_PLAN))


def test_another_fingerprint_of_the_grid_counts_only_where_both_are_known() -> None:
    asked = desk()
    for ours, theirs, same in (("", "old", True), ("new", "", True), ("new", "new", True)):
        known = replace(asked.knowledge(), grid_fingerprint=ours)
        proposal = replace(asked.proposal(GOOD_PLAN), grid_fingerprint=theirs)
        assert asked.guard().check_plan(proposal, known).passed is same


def test_a_device_closes_again_only_after_an_opening_elsewhere() -> None:
    staged = desk("S1 (b1) A [s1] B [s2] C [s3] E [s4] G", fault="G")
    good = "open s4, open s2, close b1, open s3, close s2"
    assert staged.ask(good).passed
    for wrong in (
        "open s4, open s3, open s2, close b1, close s2",
        "open s4, open s2, open s3, open s2, close b1",
        "close b1, open s4, open s2, open s3, close s2, open s2",
    ):
        assert "guard-device-twice" in [v.why.code for v in staged.ask(wrong).violations]


def test_transformers_keep_their_rating_with_cold_load_too() -> None:
    told = {"dark": sections("A B C"), "dark_s": 60.0, "cold_load": COLD}
    small = replace(with_transformer(300e3), more=told)
    found = small.ask(GOOD_PLAN).violations
    assert [v.why.code for v in found] == ["guard-cold-load"]
    assert "T2" in found[0].why.in_english()
    assert with_transformer(300e3).ask(GOOD_PLAN).passed


def test_hours_are_told_to_the_hundredth() -> None:
    situation = ahead(1e5, 6e6, limits=Limits(voltage_pu_min=None))
    late = replace(situation, more={"at": time(15, 0), "ahead_s": 24 * 3600.0})
    said = [v.why.in_english() for v in late.ask(TIE_ONLY).violations]
    assert said
    assert all(words.startswith("with the load in 20.0 hours: ") for words in said)


def test_what_lies_inside_the_zone_may_be_in_doubt() -> None:
    inner = desk("S1 (b1) A [s1] B [s5] E [s2] C (t1) D [b2] S2", fault="B E").doubting("s5")
    assert inner.ask(GOOD_PLAN).passed
    late = NOW + timedelta(seconds=9)
    moved = inner.moved("open s1, open s2")
    moved_inside = replace(moved.snapshot.positions[SwitchId("s5")], source_time=late)
    moved = moved.now(positions={**moved.snapshot.positions, SwitchId("s5"): moved_inside})
    assert "40" in broken(moved.measuring("B", 1.0, late).ask_before(3, GOOD_PLAN))


def test_what_breaks_a_limit_is_counted_once() -> None:
    """As many comparisons as there are elements, whether they keep their limits or not."""
    fine = desk(p_w={"C": 5e6})
    low = fine.but(limits=Limits(voltage_pu_min=0.999))
    assert not low.ask(GOOD_PLAN).passed
    assert low.ask(GOOD_PLAN).checks == fine.ask(GOOD_PLAN).checks
    tight = fine.but(limits=Limits(loading_pct_max=5.0))
    assert not tight.ask(GOOD_PLAN).passed
    assert tight.ask(GOOD_PLAN).checks == fine.ask(GOOD_PLAN).checks


def test_a_grid_that_is_read_twice_is_the_same_grid() -> None:
    asked = desk()
    twin = replace(asked.knowledge(), network=build_network(asked.network.components))
    assert asked.guard().check_plan(asked.proposal(GOOD_PLAN), twin).passed


def test_readings_without_any_position_around_them_are_heard() -> None:
    blind = desk().measuring("C", 1.0).now(positions={})
    assert {"24", "25"} <= broken(blind.ask(GOOD_PLAN))


def test_a_dead_source_outside_the_zone_may_come_back_to_it() -> None:
    lost = desk("S1 [b1] A [s1] B [s2] C (t1) D [b2] S2", fault="B", dead=["S1"])
    assert {"01", "05", "07"} <= broken(lost.ask("open s2, close t1"))
    assert lost.ask("open b1, open s1, open s2, close t1").passed


def test_what_may_hold_any_fault_is_never_interrupted() -> None:
    transfer = desk("S1 [b1] A [s1] B (t1) D [b2] S2", fault="").but(interrupts=sections("B"))
    for suspect in (transfer.but(forbidden=sections("B")), transfer.but(fault=sections("B"))):
        codes = {v.why.code for v in suspect.ask("open s1, close t1").violations}
        assert "guard-interrupts-suspect" in codes


def test_a_doubt_on_a_sibling_feeder_drops_nobody() -> None:
    siblings = desk("S1 [b1] A [r1] E\nS1 [b5] F [s5] G", fault="").doubting("s5")
    assert siblings.but(allowed_dark=sections("E")).ask("open r1").passed


def test_a_boundary_without_a_position_is_no_reason_to_stumble() -> None:
    late = NOW + timedelta(seconds=9)
    halfway = desk().moved("open s1, open s2").measuring("B", 1.0, late)
    known = {s: m for s, m in halfway.snapshot.positions.items() if s != "s2"}
    assert {"24", "40"} <= broken(halfway.now(positions=known).ask_before(3, GOOD_PLAN))
