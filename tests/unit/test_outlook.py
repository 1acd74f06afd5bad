"""What stands around a plan, one drawn grid at a time."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from outages import after_trip, sections, shown, tagged

from gridops.events.operator import TagKind
from gridops.ids import LinkId, NodeId, PointId, SwitchId
from gridops.measurement import Position
from gridops.network import Control, Limits, Point, Signal, build_network
from gridops.powerflow import RadialFlow
from gridops.restoration import (
    Branch,
    BranchCause,
    Expected,
    HelpKind,
    Outlook,
    OutlookSettings,
    Plan,
    Situation,
    outlook_of,
    propose,
)
from gridops.restoration.branches import failed_at

RING = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"
TWO_TIES = RING + "\nC (t2) E [b3] S3"
CREW: Mapping[str, Any] = {"control": Control.CREW, "operating_time_s": 1800.0}


def planned(situation: Situation, **settings: Any) -> tuple[Plan, Outlook]:
    engine = RadialFlow(situation.network)
    plan = propose(situation, engine)
    asked = OutlookSettings(**settings)
    return plan, outlook_of(situation, plan, engine=engine, settings=asked)


def outlook(situation: Situation, **settings: Any) -> Outlook:
    return planned(situation, **settings)[1]


def branch(found: Outlook, step: int, cause: BranchCause) -> Branch:
    (one,) = (b for b in found.branches if (b.step, b.cause) == (step, cause))
    return one


def expected(found: Outlook, step: int) -> Expected:
    (one,) = (e for e in found.expected if e.step == step)
    return one


# failure branches


def test_a_fence_switch_that_refuses_gives_up_the_section_behind_it() -> None:
    plan, found = planned(after_trip(RING, suspected="B"))
    assert shown(plan) == ["open s1", "open s2", "close b1 -> A", "close t1 -> C"]
    first = branch(found, 1, BranchCause.REFUSED)
    assert shown(first.plan) == ["open s2", "close t1 -> C"]
    assert first.customers_at_risk == 100
    # A: 240 min instead of 6 s; C: dark for 2 s, then open 2 s and close 2 s, instead of 13 s
    assert first.at_s == 2.0
    assert first.minutes_at_risk == pytest.approx(100 * (240 - 6 / 60) + 100 * (6 - 13) / 60)


def test_silence_is_known_later_and_leaves_the_position_unknown() -> None:
    found = outlook(after_trip(RING, suspected="B"))
    silent = branch(found, 1, BranchCause.SILENT)
    assert silent.at_s == 2.0 + 10.0
    (dark,) = silent.plan.unserved
    assert (dark.section, dark.because, dark.element) == ("SA", "unknown-position", "s1")


def test_another_tie_stands_in_for_one_that_refuses() -> None:
    """t2 is remote and taken; t1 needs a crew for half an hour."""
    plan, found = planned(after_trip(TWO_TIES, suspected="B", change={"t1": CREW}))
    assert shown(plan)[-1] == "close t2 -> C"
    last = branch(found, 4, BranchCause.REFUSED)
    assert shown(last.plan) == ["close t1 -> C"]
    assert last.customers_at_risk == 0
    assert last.minutes_at_risk == pytest.approx(100 * 1800 / 60)


def test_after_the_last_chance_the_branch_says_that_nothing_safe_is_left() -> None:
    found = outlook(after_trip(RING, suspected="B"))
    last = branch(found, 4, BranchCause.REFUSED)
    assert last.plan.steps == ()
    assert [(u.section, u.because, u.element) for u in last.plan.unserved] == [
        ("SC", "not-operable", "t1")
    ]
    assert last.customers_at_risk == 100


def test_the_repair_ends_when_it_ends_however_late_the_failure() -> None:
    """C waits for the repair in both; the wait for silence costs nobody anything."""
    found = outlook(after_trip(RING, suspected="B"))
    refused, silent = (branch(found, 4, cause) for cause in BranchCause)
    assert silent.at_s > refused.at_s
    assert silent.minutes_at_risk == refused.minutes_at_risk


def test_only_so_many_steps_get_branches() -> None:
    found = outlook(after_trip(RING, suspected="B"), steps_max=1)
    assert [(b.step, b.cause.value) for b in found.branches] == [(1, "refused"), (1, "silent")]
    assert len(found.expected) == 4


def test_the_branch_begins_where_the_steps_before_have_led() -> None:
    situation = after_trip(RING, suspected="B")
    plan, _ = planned(situation)
    failed, at_s = failed_at(
        situation, plan, step=3, cause=BranchCause.SILENT, settings=OutlookSettings()
    )
    assert at_s == 13.0 + 10.0
    stands = {s: m.value for s, m in failed.snapshot.positions.items()}
    assert [stands[SwitchId(s)] for s in ("s1", "s2", "b1", "t1")] == [
        *[Position.OPEN] * 2,
        Position.CLOSED,
        Position.OPEN,
    ]
    assert failed.snapshot.unknown == failed.unavailable == {"t1"}
    assert failed.dark == sections("B", "C")
    assert failed.dark_s == at_s
    assert failed.settings.repair_s == 4 * 3600 - at_s


# alternatives


def test_the_other_tie_is_an_alternative_with_what_it_costs() -> None:
    found = outlook(after_trip(TWO_TIES, suspected="B", change={"t1": CREW}))
    (one,) = found.alternatives
    assert (one.without, one.instead) == (("t2",), ("t1",))
    assert (one.customers_less, one.movements_more) == (0, 0)
    assert one.minutes_more == pytest.approx(100 * (1800 - 2) / 60, abs=0.1)
    assert (found.figures.crew_movements, one.figures.crew_movements) == (0, 1)


def test_the_alternative_that_costs_less_comes_first() -> None:
    """t1 is at hand, a crew drives half an hour to t2 and ten minutes to t3."""
    text = TWO_TIES + "\nC (t3) F [b4] S4"
    near = {"control": Control.CREW, "operating_time_s": 600.0}
    found = outlook(after_trip(text, suspected="B", change={"t2": CREW, "t3": near}))
    assert [one.instead for one in found.alternatives] == [("t3",)]
    wide = outlook(
        after_trip(text + "\nA (t4) G [b5] S5", suspected="B", change={"t2": CREW, "t3": near})
    )
    assert [one.instead for one in wide.alternatives] == [("t4",), ("t3",)]
    worth = [one.figures.weighted_minutes for one in wide.alternatives]
    assert worth == sorted(worth)


def test_a_plan_with_steps_left_out_is_no_alternative() -> None:
    """Without t1 only A comes back, without b1 only C: every one is part of the plan."""
    assert outlook(after_trip(RING, suspected="B")).alternatives == ()


def test_the_figures_are_those_of_the_tightest_step() -> None:
    plan, found = planned(after_trip(RING, suspected="A", p_w={"B": 2e6, "C": 2e6, "D": 2e6}))
    checks = [step.check for step in plan.steps if step.closes]
    assert found.figures.loading_pct_max == max(c.loading_pct_max or 0 for c in checks)
    assert found.figures.voltage_pu_min == min(c.voltage_pu_min or 9 for c in checks)
    assert found.figures.customers_restored == 200


# what would help


def helps(found: Outlook) -> list[tuple[str, str, int]]:
    return [(h.kind.value, h.element, h.customers_more) for h in found.helps if not h.at_most]


def test_nothing_helps_where_everything_healthy_is_back_within_seconds() -> None:
    assert outlook(after_trip(RING, suspected="B")).helps == ()


@pytest.mark.parametrize(
    ("how", "back"),
    [("tagged", 100), ("unreachable", 100), ("failed", 100), ("unknown", 200)],
)
def test_a_device_in_the_way_would_help_if_it_were_not(how: str, back: int) -> None:
    """With t1 unknown C may be live, and no load-break switch may break what flows there: there
    is no fence at all."""
    situation = after_trip(RING, suspected="B")
    it = frozenset({SwitchId("t1")})
    snapshot: dict[str, dict[str, Any]] = {
        "tagged": tagged("t1", TagKind.NO_CLOSE),
        "unreachable": {"unreachable": it},
        "unknown": {"unknown": it},
        "failed": {},
    }
    spoilt = replace(
        situation,
        snapshot=replace(situation.snapshot, **snapshot[how]),
        unavailable=it if how == "failed" else frozenset(),
    )
    assert ("device", "t1", back) in helps(outlook(spoilt))


def test_nobody_is_hurried_off_a_line() -> None:
    situation = after_trip(RING, suspected="B")
    earthed = replace(situation.snapshot, **tagged("t1", TagKind.EARTH_APPLIED))
    assert helps(outlook(replace(situation, snapshot=earthed))) == []


def test_telecontrol_on_a_switch_that_the_crew_drives_to_saves_the_drive() -> None:
    found = outlook(after_trip(RING, suspected="B", change={"t1": CREW}))
    (one,) = found.helps
    assert (one.kind, one.element, one.customers_more) == (HelpKind.TELECONTROL, "t1", 0)
    assert one.minutes_less == pytest.approx(100 * (1800 - 2) / 60)


def test_it_would_be_as_quick_as_the_middle_one_that_is_telecontrolled() -> None:
    change = {"t1": CREW, "b2": {"operating_time_s": 900.0}}
    (one,) = outlook(after_trip(RING, suspected="B", change=change)).helps
    assert one.minutes_less == pytest.approx(100 * (1800 - 2) / 60)


def test_telecontrol_that_saves_no_minute_is_no_help() -> None:
    at_hand = {"control": Control.CREW, "operating_time_s": 2.0}
    assert outlook(after_trip(RING, suspected="B", change={"t1": at_hand})).helps == ()


def test_a_crew_helps_where_only_a_crew_can_switch() -> None:
    situation = after_trip(RING, suspected="B", change={"t1": CREW})
    nobody = replace(situation, settings=replace(situation.settings, crew_available=False))
    found = outlook(nobody)
    assert ("crew", "", 100) in helps(found)
    assert ("telecontrol", "t1", 100) in helps(found)


def heavy(**limits: Any) -> Situation:
    loads = after_trip(RING, suspected="A", p_w={"B": 6e6, "C": 6e6, "D": 6e6})
    return replace(loads, limits=Limits(**limits))


def test_a_rating_is_said_with_as_much_as_would_do_and_no_more() -> None:
    situation = heavy()
    found = outlook(situation)
    one = next(h for h in found.helps if h.kind is HelpKind.RATING)
    assert one.sections == ("SB",)
    by = {need.element: need for need in one.needs}
    assert {n.unit for n in one.needs} == {"A"}
    assert all(n.has == 400.0 and n.needs > 400.0 for n in one.needs)
    enough = rated(situation, {e: n.needs for e, n in by.items()})
    assert shown(planned(enough)[0])[-1] == "close t1 -> B C"
    for element in by:
        less = {e: n.needs * (0.999 if e == element else 1.0) for e, n in by.items()}
        assert "-> B C" not in shown(planned(rated(situation, less))[0])[-1]


def rated(situation: Situation, ratings: Mapping[str, float]) -> Situation:
    parts = situation.network.components
    branches = tuple(
        replace(b, current_a_max=ratings.get(b.id, b.current_a_max)) for b in parts.branches
    )
    return replace(situation, network=build_network(replace(parts, branches=branches)))


def test_a_lower_voltage_limit_is_said_with_the_node_and_what_it_would_have() -> None:
    situation = heavy(voltage_pu_min=0.985, loading_pct_max=None)
    found = outlook(situation)
    one = next(h for h in found.helps if h.kind is HelpKind.VOLTAGE)
    (need,) = one.needs
    assert (one.element, need.unit, need.has) == ("B", "pu", 0.985)
    enough = replace(situation, limits=replace(situation.limits, voltage_pu_min=need.needs))
    assert planned(enough)[0].customers.until_repair == 100
    short = replace(situation, limits=replace(situation.limits, voltage_pu_min=need.needs + 1e-5))
    assert planned(short)[0].customers.until_repair == 200


def test_a_tie_is_a_bound_and_says_so() -> None:
    found = outlook(after_trip("S1 [b1] A [s1] B [s2] C [s3] D", suspected="B"))
    (one,) = found.helps
    assert one.kind is HelpKind.TIE
    assert one.at_most
    assert set(one.sections) == sections("C", "D")
    assert (one.customers_more, one.minutes_less) == (200, 200 * 240)


def test_a_tie_goes_to_the_nearest_section_with_supply() -> None:
    """Along one meridian: B and C are dark, D is 500 m from C; A, only 100 m from B, was lost
    with them and lives by the same plan."""
    situation = after_trip("S1 [b1] A [s1] X [s2] B [s3] C\nS2 [b2] D", suspected="X")
    latitude = {"A": 0.0081, "B": 0.009, "C": 0.018, "D": 0.0225}
    parts = situation.network.components
    nodes = tuple(
        replace(n, latitude_deg=latitude[n.id], longitude_deg=106.0) if n.id in latitude else n
        for n in parts.nodes
    )
    placed = replace(situation, network=build_network(replace(parts, nodes=nodes)))
    (one,) = (h for h in outlook(placed).helps if h.kind is HelpKind.TIE)
    assert (one.element, one.to) == ("SC", "SD")
    assert one.distance_m == pytest.approx(500, rel=0.01)


# what a step should show


def with_points(situation: Situation, *points: tuple[str, Signal]) -> Situation:
    parts = situation.network.components
    more = tuple(
        Point(
            id=PointId(f"{element}.{signal.value}"),
            link=LinkId("rtu"),
            element=element,
            signal=signal,
            node_id=f"{element}.{signal.value}",
        )
        for element, signal in points
    )
    return replace(situation, network=build_network(replace(parts, points=(*parts.points, *more))))


def test_a_closing_shows_voltage_where_it_is_measured_and_current_at_the_head() -> None:
    situation = with_points(
        after_trip(RING, suspected="B"), ("C", Signal.VOLTAGE), ("t1", Signal.CURRENT)
    )
    one = expected(outlook(situation), 4)
    assert (one.within_s, one.reports) == (12.0, True)
    (volts,) = one.voltages_v
    assert (volts.element, volts.before) == (NodeId("C"), None)
    assert volts.after == pytest.approx(22_000, rel=1e-3)
    amperes = {seen.element: (seen.before, seen.after) for seen in one.currents_a}
    assert set(amperes) == {"b2", "t1"}
    # the lines draw their charging as well
    one_load_a = 100e3 * 1.09**0.5 / (3**0.5 * 22e3)
    before, after = amperes["b2"]
    assert (before, after) == (
        pytest.approx(one_load_a, abs=0.4),
        pytest.approx(2 * one_load_a, abs=0.4),
    )
    assert amperes["t1"][0] == 0.0
    assert one.quiet == ("t1",)


def test_a_current_that_hardly_changes_is_not_worth_a_look() -> None:
    """Half an ampere comes back."""
    situation = after_trip(RING, suspected="B", p_w={"C": 18e3})
    parts = situation.network.components
    uncharged = tuple(replace(branch, c_f=0.0) for branch in parts.branches)
    network = build_network(replace(parts, branches=uncharged))
    assert expected(outlook(replace(situation, network=network)), 4).currents_a == ()


def test_opening_what_is_dead_shows_a_position_and_nothing_else() -> None:
    one = expected(outlook(after_trip(RING, suspected="B")), 1)
    assert (one.voltages_v, one.currents_a, one.quiet) == ((), (), ())


def test_a_device_without_a_position_point_is_reported_by_the_crew() -> None:
    situation = after_trip(RING, suspected="B", change={"t1": CREW})
    parts = situation.network.components
    mute = tuple(p for p in parts.points if p.element != "t1")
    silent = replace(situation, network=build_network(replace(parts, points=mute)))
    one = expected(outlook(silent), 4)
    assert (one.reports, one.within_s) == (False, 1810.0)
