"""What single words and numbers of the guard mean."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Any

import numpy as np
import pytest

from gridops.events.operator import TagKind
from gridops.guard import GuardViolation, Move, Permit, Verdict
from gridops.ids import LoadId, NodeId, ProfileId, SourceId, SwitchId
from gridops.measurement import Measured, Quality
from gridops.network import ColdLoad, Limits, Network, Profile, build_network
from gridops.powerflow import (
    ByNumber,
    FaultCurrents,
    FlowResult,
    LoadPower,
    LoadPowers,
    RadialShortCircuit,
)
from tests.guard_desk import (
    GOOD_PLAN,
    NIGHT,
    NOW,
    Desk,
    broken,
    desk,
    moves,
    on,
    sections,
    switches,
)
from tests.radial_sweep import RadialSweep
from tests.unit.test_guard_counts import counted, laid_out
from tests.unit.test_guard_edges import TIE_ONLY, Stated, ahead, stating
from tests.unit.test_guard_faults import blind, current, faulty
from tests.unit.test_guard_later import evening
from tests.unit.test_guard_transfer import MAKE_FIRST, RING, ring

COLD = ColdLoad(residential=3.0, begins_s=1.0, full_s=2.0)
SLOW = ColdLoad(residential=3.0, begins_s=300.0, full_s=1800.0)
COLD_NIGHT = {"dark": sections("A B C"), "dark_s": 60.0, "cold_load": COLD}


def told(verdict: Verdict, code: str) -> list[GuardViolation]:
    return [v for v in verdict.violations if v.why.code == code]


def params(verdict: Verdict, code: str) -> Mapping[str, Any]:
    (only,) = told(verdict, code)
    return only.why.params


def by_tie(situation: Desk) -> Verdict:
    return situation.ask(TIE_ONLY)


# words


def test_of_several_lines_under_hot_work_the_nearest_is_named() -> None:
    both = desk(NIGHT + "D [s9] E").tagged("s9", TagKind.HOT_LINE).tagged("b2", TagKind.HOT_LINE)
    assert params(by_tie(both), "guard-hot-line")["device"] == "s9"
    two = desk(NIGHT + "S2 [b5] F").tagged("s2", TagKind.HOT_LINE).tagged("b2", TagKind.HOT_LINE)
    assert params(two.ask(GOOD_PLAN), "guard-hot-line")["device"] == "s2"


def test_a_device_of_the_fence_away_from_the_zone_names_no_section() -> None:
    away = desk(fence="t1").ask(GOOD_PLAN)
    assert params(away, "guard-closes-fence")["section"] == ""


def test_numbers_are_told_to_a_millionth_and_currents_to_a_milliampere() -> None:
    low = desk().but(limits=Limits(voltage_pu_min=0.9512345678))
    said = params(by_tie(stating(low, "voltage_pu", C=0.9498765432)), "guard-undervoltage")
    assert (said["value"], said["limit"]) == (0.949877, 0.951235)
    reading = Measured(7.12345, Quality.GOOD, NOW)
    through = desk().now(currents_a={SwitchId("t1"): reading}).ask(GOOD_PLAN)
    assert params(through, "guard-current-through-open")["value"] == 7.123


def test_of_several_limits_that_cold_load_breaks_the_voltage_is_named() -> None:
    heavy = desk(p_w={"C": 9e6}).but(limits=Limits(voltage_pu_min=0.99))
    found = params(replace(heavy, more=COLD_NIGHT).ask(GOOD_PLAN), "guard-cold-load")
    assert [why.code for why in found["whys"]] == ["guard-undervoltage"]


def test_of_several_limits_that_an_hour_breaks_the_voltage_is_named() -> None:
    both = ahead(1e6, 6e6, limits=Limits(voltage_pu_min=0.985))
    for found in told(by_tie(both), "guard-hours-ahead"):
        assert [why.code for why in found.why.params["whys"]] == ["guard-undervoltage"]  # type: ignore[union-attr]


# limits


def with_capacity(va: float, **more: Any) -> Desk:
    situation = desk(**more)
    old = situation.network.components
    sources = tuple(replace(s, power_va_max=va) for s in old.sources)
    return on(build_network(replace(old, sources=sources)), situation)


def test_a_source_at_its_capacity_keeps_it() -> None:
    situation = with_capacity(100.0)
    for drawn, keeps in ((100.0 * (1 + 1e-6), True), (100.0 * (1 + 2e-6), False)):
        values = {"source_p_w": {"S2": drawn}, "source_q_var": {"S2": 0.0}}
        engine = Stated(situation.network, values)
        assert ("14" not in broken(by_tie(situation.but(engine=engine)))) is keeps


def test_a_source_of_which_no_reactive_power_is_known_gives_none() -> None:
    situation = with_capacity(100.0)

    class Active:
        name = "active"

        def solve(self, closed: Any, loads: Any, **more: Any) -> FlowResult:
            found = RadialSweep(situation.network).solve(closed, loads, **more)
            return replace(found, source_p_w={SourceId("S2"): 100.0}, source_q_var={})

    assert "14" not in broken(by_tie(situation.but(engine=Active())))


def test_a_source_gives_no_more_than_its_capacity_while_load_is_cold() -> None:
    situation = with_capacity(7e6, p_w={"C": 4e6, "D": 1e5})
    off = situation.but(limits=Limits(voltage_pu_min=0.5, loading_pct_max=1000.0))
    assert off.ask(GOOD_PLAN).passed
    found = params(replace(off, more=COLD_NIGHT).ask(GOOD_PLAN), "guard-cold-load")
    assert [why.code for why in found["whys"]] == ["guard-source-capacity"]


def test_an_emergency_rating_is_kept_within_rounding() -> None:
    situation = desk()
    old = situation.network.components
    branches = tuple(replace(b, current_a_emergency=500.0) for b in old.branches)
    rated = on(build_network(replace(old, branches=branches)), situation)
    rated = replace(rated.but(limits=Limits(emergency_s=60.0)), more={"lasts_s": 60.0})
    assert by_tie(stating(rated, "loading_pct", C_t1=125.0 * (1 + 1e-6))).passed
    assert not by_tie(stating(rated, "loading_pct", C_t1=125.0 * (1 + 2e-6))).passed


def test_a_result_numbered_in_another_way_is_read_by_its_ids() -> None:
    situation = desk().but(limits=Limits(voltage_pu_min=0.97))
    old = situation.network.components
    turned = build_network(replace(old, nodes=old.nodes[::-1]))
    kind = turned.arrays.nodes

    class Turned:
        name = "turned"

        def solve(self, closed: Any, loads: Any, **more: Any) -> FlowResult:
            found = RadialSweep(situation.network).solve(closed, loads, **more)
            volts = {**found.voltage_pu, NodeId("C"): 0.96}
            numbers = sorted(kind.of[node] for node in volts)
            values = np.array([volts[kind.ids[k]] for k in numbers])
            by_number = ByNumber(kind, numbers=np.array(numbers, np.int32), values=values)
            return replace(found, voltage_pu=by_number)

    found = by_tie(situation.but(engine=Turned()))
    assert params(found, "guard-undervoltage")["element"] == "C"


# fault currents


class Unable(RadialShortCircuit):
    """Cannot take a state with the tie closed; is never asked of nothing."""

    def currents(self, closed: Any, *, at: Any, **more: Any) -> FaultCurrents:
        assert at
        found = super().currents(closed, at=at, **more)
        if SwitchId("t1") not in closed:
            return found
        return replace(found, solved=False, ik_a={}, ip_a={}, r_to_x={}, paths={})


def test_what_no_engine_can_tell_is_blind_where_protection_saw_before() -> None:
    situation = faulty(b1={"pickup_current_a": 200.0}, b2={"pickup_current_a": 200.0})
    found = situation.but(faults=Unable(situation.network)).ask(GOOD_PLAN)
    assert params(found, "guard-blind")["value"] == 0.0


def test_no_engine_is_asked_for_nothing() -> None:
    bare = faulty(b1={"pickup_current_a": None}, b2={"pickup_current_a": None})
    assert bare.but(faults=Unable(bare.network)).ask(GOOD_PLAN).passed
    before = {"closed_before": frozenset({SwitchId("b2")})}
    weak = replace(blind(5000.0, head="b1"), more=before)
    assert weak.but(faults=Unable(weak.network)).ask("open s1, open s2, close b1").passed


def test_where_nothing_flows_nothing_is_made_or_broken() -> None:
    change = {"making_current_a": 0.5, "breaking_current_a": 0.5}
    dead = faulty("S1 [b1] A [s1] B (b9) C (t2) D [b2] S2", b9=change)
    assert dead.but(fault=frozenset()).moved("open s1").ask("close b9").passed


def test_the_reach_of_protection_is_kept_within_rounding() -> None:
    ik_a, _ = current(desk().network, "C.s2", closed="t1 b2", least=True)
    for more, sees in ((-5e-7, True), (-2e-6, False), (5e-7, True)):
        asked = blind(ik_a / (1.2 * (1 + more)))
        assert asked.ask(GOOD_PLAN).passed is sees


def test_a_switch_that_carries_nothing_breaks_nothing() -> None:
    idle = desk("S1 [b1] A [s1] B", fault="", change={"s1": {"current_a_rated": 0.5}}, p_w={"B": 0})
    idle = idle.but(allowed_dark=sections("B"))
    bare = Stated(idle.network, {})

    class Silent:
        name = "silent"

        def solve(self, closed: Any, loads: Any, **more: Any) -> FlowResult:
            return replace(bare.solve(closed, loads, **more), switch_current_a={})

    assert idle.but(engine=Silent()).ask("open s1").passed


# form


@pytest.mark.parametrize(
    "permit",
    [
        Permit(sections=sections("D"), isolated_by=switches("nobody")),
        Permit(sections=sections("Z"), isolated_by=switches("b2")),
    ],
)
def test_a_permit_names_what_exists(permit: Permit) -> None:
    assert told(desk().but(permits=(permit,)).ask(GOOD_PLAN), "guard-no-such-element")


def test_a_load_is_one_of_the_grid() -> None:
    asked = desk()
    known = asked.knowledge()
    more = replace(known, loads={**known.loads, LoadId("nobody"): LoadPower(1.0, 0.0)})
    found = asked.guard().check_plan(asked.proposal(GOOD_PLAN), more)
    assert params(found, "guard-no-such-element")["element"] == "nobody"
    bigger = desk(NIGHT + "D [s9] E").network
    other = replace(known, loads=LoadPowers.stated(bigger))
    assert broken(asked.guard().check_plan(asked.proposal(GOOD_PLAN), other)) == {"36"}
    own = replace(known, loads=LoadPowers.stated(asked.network))
    assert asked.guard().check_plan(asked.proposal(GOOD_PLAN), own).passed


def test_a_device_that_closed_does_not_close_again() -> None:
    open_tie = desk().but(allowed_dark=sections("D"))
    found = told(
        open_tie.ask("open s1, open s2, close t1, open b2, close t1"), "guard-device-twice"
    )
    assert [v.step for v in found] == [5]


def test_steps_count_from_one() -> None:
    asked = desk()
    proposal = asked.proposal(GOOD_PLAN)
    from_zero = tuple(replace(m, number=m.number - 1) for m in proposal.moves)
    found = asked.guard().check_plan(replace(proposal, moves=from_zero), asked.knowledge())
    assert [v.step for v in told(found, "guard-step-order")] == [0]


def test_a_step_of_a_device_in_doubt_is_not_empty() -> None:
    assert told(desk().ask("open t1"), "guard-empty-step")
    assert not told(desk().doubting("t1").ask("open t1"), "guard-empty-step")


def test_a_step_that_does_not_exist_is_one_check() -> None:
    assert desk().ask_before(9, GOOD_PLAN).checks == 1


# which states are looked at


def test_the_finest_profile_sets_the_hours_that_are_looked_at() -> None:
    """C has a peak of half an hour from 11:30 on, D a flat day in steps of an hour."""
    situation = desk(p_w={"C": 6e6})
    old = situation.network.components
    half = tuple(3.0 if k == 23 else 1.0 for k in range(48))
    profiles = tuple(
        Profile(id=ProfileId(name), name=name, factors=factors)
        for name, factors in (("fine", half), ("flat", (1.0,) * 24))
    )
    by_load = {LoadId("C"): ProfileId("fine"), LoadId("D"): ProfileId("flat")}
    loads = tuple(replace(x, profile=by_load.get(x.id)) for x in old.loads)
    network = build_network(replace(old, loads=loads, profiles=profiles))
    told_of = {"at": time(10, 15), "ahead_s": 4 * 3600.0}
    found = by_tie(replace(on(network, situation), more=told_of))
    assert params(found, "guard-hours-ahead")["value"] == 1.25


def test_closing_a_boundary_device_is_no_isolation() -> None:
    """So the state before the plan, with the fault live, counts."""
    live = desk("S1 [b1] A [s1] B (s2) C", fault="B")
    steps = [v.step for v in told(live.ask("open b1, close s2"), "guard-suspect-live")]
    assert None in steps


def test_from_the_last_isolating_opening_on_every_state_counts() -> None:
    """s9 isolates nothing; the state between s2 and s9 is looked at as well."""
    drawing = NIGHT + "S1 (b4) B\nC [s9] E"
    doubtful = desk(drawing).doubting("b4")
    plan = "open s1, open s2, open s9, close t1"
    assert [v.step for v in told(doubtful.ask(plan), "guard-suspect-live")] == [2, 3, 4]


@dataclass(frozen=True)
class Hours:
    """A real power flow, but for values with the tie closed and with it open."""

    network: Network
    kind: str
    closed: Mapping[str, float]
    opened: Mapping[str, float]
    name: str = "hours"

    def solve(self, closed: Any, loads: Any, **more: Any) -> FlowResult:
        found = RadialSweep(self.network).solve(closed, loads, **more)
        values = self.closed if "t1" in closed else self.opened
        return replace(found, **{self.kind: {**getattr(found, self.kind), **values}})


@pytest.mark.parametrize(
    ("kind", "element", "before", "now", "worse"),
    [
        ("loading_pct", "S2-b2", 102.0, 102.0 * (1 + 1e-6), False),
        ("loading_pct", "S2-b2", 102.0, 102.0 * (1 + 2e-6), True),
        ("voltage_pu", "D", 0.9, 0.9, False),
        ("voltage_pu", "D", 0.9, 0.89, True),
        ("voltage_pu", "D", 1.2, 1.2, False),
        ("voltage_pu", "D", 1.2, 1.21, True),
        ("voltage_pu", "D", 1.2, 1.19, False),
    ],
)
def test_what_an_hour_would_break_anyway_may_not_grow(
    kind: str, element: str, before: float, *, now: float, worse: bool
) -> None:
    situation = desk(p_w={"C": 1e5})
    old = situation.network.components
    day = Profile(id=ProfileId("day"), name="day", factors=(*[1.0] * 11, 1.1, *[1.0] * 12))
    loads = tuple(replace(x, profile=day.id) if x.id == LoadId("C") else x for x in old.loads)
    network = build_network(replace(old, loads=loads, profiles=(day,)))
    engine = Hours(network, kind, {element: now}, {element: before})
    asked = replace(on(network, situation), more={"at": time(10, 30), "ahead_s": 3600.0})
    found = by_tie(asked.but(engine=engine))
    assert bool(told(found, "guard-hours-ahead")) is worse


# later loads


def cold_checks(situation: Desk) -> int:
    return counted(laid_out(situation, GOOD_PLAN)).get("cold_load_within_limits", 0)


def test_what_is_warm_still_is_not_solved_again() -> None:
    assert cold_checks(replace(desk(), more={**COLD_NIGHT, "cold_load": SLOW})) == 0
    assert cold_checks(replace(desk(), more=COLD_NIGHT)) == 2


def test_a_closing_is_asked_for_what_has_come_back_so_far() -> None:
    assert cold_checks(replace(desk(), more={**COLD_NIGHT, "dark": sections("C")})) == 1


def test_the_time_in_the_dark_counts_to_the_second() -> None:
    table = ColdLoad(residential=3.0, begins_s=300.0, full_s=301.0)
    for dark_s, passes in ((239.5, True), (240.5, False)):
        known = {"dark": sections("A B C"), "dark_s": dark_s, "cold_load": table}
        asked = replace(desk(p_w={"C": 10e6}), more=known, done_s={3: 30.0, 4: 60.0})
        assert asked.but(limits=Limits(voltage_pu_min=0.5)).ask(GOOD_PLAN).passed is passes


def test_a_profile_below_one_is_gone_along_with() -> None:
    assert not evening(6e6, *([0.5] * 11 + [1.5] + [0.5] * 12)).ask(GOOD_PLAN).passed


def test_what_feeds_in_goes_along_with_its_profile() -> None:
    assert evening(-6e6, *([1.0] * 24)).ask(GOOD_PLAN).passed
    assert not evening(-6e6).ask(GOOD_PLAN).passed


def test_an_hour_that_begins_a_second_too_late_is_not_looked_at() -> None:
    assert evening(ahead_s=1.5 * 3600.0 - 1.0).ask(GOOD_PLAN).passed


def interrupting(drawing: str, names: str, **done_s: float) -> Desk:
    transfer = desk(drawing, fault="", p_w={"B": 5e6}).but(interrupts=sections(names))
    asked = replace(transfer, more={"dark_s": 0.0, "cold_load": SLOW})
    return replace(asked, done_s={int(step[1:]): at_s for step, at_s in done_s.items()})


def test_an_interruption_lasts_from_its_opening_to_its_closing() -> None:
    drawing = "S1 [b1] A [s1] B (t1) D [b2] S2"
    assert interrupting(drawing, "B", _1=1690.0, _2=1700.0).ask("open s1, close t1").passed


def test_an_interruption_begins_with_the_first_opening() -> None:
    drawing = "S1 [b1] A [s1] B (t1) D [b2] S2\nB [s5] E (t5) D"
    plan = "open s1, open s5, close t1, close t5"
    slow = interrupting(drawing, "B E", _1=10.0, _2=1800.0, _3=1820.0, _4=1830.0)
    assert broken(slow.ask(plan)) == {"13"}
    assert interrupting(drawing, "B E", _1=10.0, _2=20.0, _3=30.0, _4=40.0).ask(plan).passed


# positions, defaults, rings


@pytest.mark.parametrize("switch", ["s1", "t1"])
def test_each_kind_of_doubt_is_doubt(switch: str) -> None:
    known = desk().snapshot.positions
    stale = {SwitchId(switch): replace(known[SwitchId(switch)], quality=Quality.STALE)}
    by_quality = desk().now(positions={**known, **stale})
    by_outcome = desk().now(unknown=switches(switch))
    for doubtful in (by_quality, by_outcome):
        found = told(doubtful.ask(GOOD_PLAN), "guard-position-unknown")
        assert [v.element for v in found] == [switch]


def test_what_is_not_stated_is_nothing() -> None:
    (first, *_) = moves("open s1")
    bare = Move(number=1, switch=first.switch, position=first.position, by_remote=True)
    known = desk().knowledge()
    assert (bare.done_s, known.dark_s, known.ahead_s, known.lasts_s) == (0, 0, 0, math.inf)


@pytest.mark.parametrize("kind", ["b", "r", "s", "d"])
def test_breakers_reclosers_and_switches_isolate_and_fuses_do_not(kind: str) -> None:
    for device, isolates in ((f"{kind}9", True), ("f9", False)):
        parted = desk(f"S1 ({device}) A [s1] B (t1) D [b2] S2", fault="A")
        assert ("05" not in broken(parted.ask("open s1, close t1"))) is isolates


def test_a_zone_with_a_source_that_is_not_dead_is_never_isolated() -> None:
    with_source = desk("S1 (b1) A [s1] B (t1) D [b2] S2", fault="S1")
    assert {"01", "05", "07"} <= broken(with_source.ask("open s1, close t1"))
    dead = desk("S1 (b1) A [s1] B (t1) D [b2] S2", fault="S1", dead=["S1"])
    assert dead.ask("open s1, close t1").passed


def test_voltage_counts_from_the_newest_movement_around_the_zone_on() -> None:
    both = desk().moved("open s1, open s2")
    positions = both.snapshot.positions
    later = replace(positions[SwitchId("s2")], source_time=NOW + timedelta(seconds=60))
    between = both.now(positions={**positions, SwitchId("s2"): later})
    reading = between.measuring("B", 1.0, NOW + timedelta(seconds=30))
    assert "40" not in broken(reading.ask_before(3, GOOD_PLAN))
    nowhere = both.measuring("B", 1.0, NOW).now(positions={})
    assert "40" in broken(nowhere.ask("close t1"))


def test_a_declared_ring_without_any_supply_is_a_ring() -> None:
    dark = desk("S1 (b1) A [s8] E (t8) A", fault="", change={"t8": {"closes_ring": True}})
    assert "10" in broken(dark.ask("close t8"))


@pytest.mark.parametrize("beside", ["S1 [b7] F [s7] G [b8] S1", "S1 [b9] S3"])
def test_what_hangs_on_the_busbar_beside_a_ring_is_no_matter(beside: str) -> None:
    assert ring(RING + beside).ask(MAKE_FIRST).passed
