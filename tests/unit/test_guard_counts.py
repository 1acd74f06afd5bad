"""A verdict says how many single comparisons it rests on: a rule that looks at less shows here."""

from collections import Counter
from dataclasses import replace
from datetime import time

from gridops.events.operator import TagKind
from gridops.guard import RULES, Permit
from gridops.guard.case import Case, case_of
from gridops.guard.rules import RULES_OF_FORM
from gridops.ids import LoadId, ProfileId, SourceId, SwitchId
from gridops.measurement import Measured, Quality
from gridops.network import COLD_LOAD, Profile, build_network
from gridops.powerflow import RadialShortCircuit
from tests.guard_desk import GOOD_PLAN, NIGHT, NOW, Desk, desk, on, sections, switches

BUSY_NIGHT = NIGHT + "D [s9] E (s8) X [s7] Y\nS2 [b5] F [r5] G\nS4 [b6] H (t9) K"
"""X is worked on, F live, H belongs to another incident; the transfer at the end is D's to E."""


def busy_night() -> Desk:
    situation = desk(
        BUSY_NIGHT,
        fence="s1 s2",
        change={
            "t1": {"making_current_a": 60e3},
            "b2": {"breaking_current_a": 40e3},
            "b1": {"breaking_current_a": 40e3},
        },
    )
    old = situation.network.components
    day = Profile(id=ProfileId("day"), name="day", factors=(0.5, 0.6) * 12)
    loads = tuple(replace(x, profile=day.id) if x.id == LoadId("C") else x for x in old.loads)
    sources = tuple(
        replace(s, power_va_max=9e6) if s.id == SourceId("S2") else s for s in old.sources
    )
    network = build_network(replace(old, loads=loads, profiles=(day,), sources=sources))
    situation = on(network, situation).but(
        faults=RadialShortCircuit(network),
        forbidden=sections("K"),
        allowed_dark=sections("H"),
        busy=switches("b6"),
        phasing_unverified=sections("K"),
        reclosing_on=switches("b6"),
        permits=(Permit(sections=sections("X Y"), isolated_by=switches("s8")),),
        more={
            "dark": sections("A B C"),
            "dark_s": 1000.0,
            "cold_load": COLD_LOAD,
            "at": time(10, 30),
            "ahead_s": 7200.0,
            "closed_before": frozenset(situation.snapshot.closed) | {SwitchId("b1")},
        },
        done_s={1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0},
    )
    for switch, kind in (
        ("s8", TagKind.NO_CLOSE),
        ("b5", TagKind.HOT_LINE),
        ("t1", TagKind.CAUTION),
    ):
        situation = situation.tagged(switch, kind)
    quiet = Measured(1.0, Quality.GOOD, NOW)
    situation = situation.now(currents_a={SwitchId(s): quiet for s in ("t1", "b2", "b6")})
    return situation.measuring("D", 1.0).measuring("A", 0.0).measuring("H", 0.0)


def counted(case: Case) -> dict[str, int]:
    found: Counter[str] = Counter()
    for rule in RULES:
        for finding in rule.check(case):
            assert finding is None, finding
            found[rule.check.__name__] += 1
    return dict(found)


def laid_out(situation: Desk, plan: str, *, number: int | None = None) -> Case:
    return case_of(
        situation.proposal(plan),
        situation.knowledge(),
        engine=situation.guard()._engine,
        faults=situation.faults,
        from_number=number,
    )


def test_every_comparison_of_a_plan_is_counted() -> None:
    situation = busy_night()
    found = counted(laid_out(situation, GOOD_PLAN))
    assert found == PLAN
    assert situation.ask(GOOD_PLAN).checks == sum(PLAN.values()) + len(RULES_OF_FORM)


def test_every_comparison_before_a_command_is_counted() -> None:
    halfway = busy_night().moved("open s1, open s2")
    assert counted(laid_out(halfway, GOOD_PLAN, number=3)) == COMMAND


def test_every_comparison_of_a_transfer_is_counted() -> None:
    transfer = desk("S1 [b1] A [s1] B [s2] C (t1) D [b2] S2", fault="").but(
        interrupts=sections("B C")
    )
    assert counted(laid_out(transfer, "open s1, close t1")) == TRANSFER


def test_an_opening_that_parts_no_ring_is_not_asked_for_cold_load() -> None:
    situation = desk(NIGHT + "A [r1] E").but(
        allowed_dark=sections("E"),
        more={"dark": sections("A C E"), "dark_s": 1000.0, "cold_load": COLD_LOAD},
    )
    found = counted(laid_out(situation, "open s1, open s2, close b1, open r1, close t1"))
    assert found["cold_load_within_limits"] == 2


def test_every_comparison_beside_work_elsewhere_is_counted() -> None:
    elsewhere = desk(NIGHT + "S4 [b6] H [r6] K [r7] L\nS2 [b5] F [r5] G")
    elsewhere = elsewhere.tagged("r5", TagKind.DELEGATED).tagged("r6", TagKind.CUT)
    found = counted(laid_out(elsewhere.tagged("r7", TagKind.JUMPER), GOOD_PLAN))
    assert {rule: found[rule] for rule in ELSEWHERE} == ELSEWHERE


ELSEWHERE = {
    "nothing_goes_through_delegated": 2,
    "altered_stay_dead": 2,
    "nothing_moves_beside_altered": 4,
}
PLAN = {
    "suspects_stay_dead": 3,
    "other_faults_stay_dead": 2,
    "worked_on_stay_dead": 2,
    "isolation_points_stay": 5,
    "isolation_is_whole": 3,
    "fence_is_open_in_the_end": 2,
    "fence_stays_open": 2,
    "closings_wait_for_parting": 2,
    "reclosing_is_blocked": 2,
    "one_infeed": 2,
    "stays_radial": 2,
    "one_side_dead": 2,
    "levels_match": 2,
    "phasing_is_verified": 2,
    "loading_within_limits": 21,
    "cold_load_within_limits": 2,
    "hours_ahead_within_limits": 2,
    "sources_within_capacity": 1,
    "voltage_within_band": 23,
    "making_within_rating": 1,
    "breaking_within_rating": 2,
    "protection_stands_the_load": 4,
    "protection_sees_the_least_fault": 2,
    "no_tag_forbids": 4,
    "operable": 4,
    "not_in_another_plan": 4,
    "hot_line_forbids_closing": 2,
    "positions_are_known": 7,
    "voltages_agree": 2,
    "currents_agree": 1,
    "well_formed": 5,
    "no_empty_step": 4,
}
COMMAND = {
    "suspects_stay_dead": 3,
    "other_faults_stay_dead": 2,
    "worked_on_stay_dead": 2,
    "isolation_points_stay": 3,
    "isolation_is_whole": 3,
    "fence_is_open_in_the_end": 2,
    "fence_stays_open": 2,
    "closings_wait_for_parting": 2,
    "earlier_steps_are_confirmed": 2,
    "reclosing_is_blocked": 2,
    "one_infeed": 2,
    "stays_radial": 2,
    "one_side_dead": 2,
    "levels_match": 2,
    "phasing_is_verified": 2,
    "loading_within_limits": 21,
    "cold_load_within_limits": 2,
    "hours_ahead_within_limits": 2,
    "sources_within_capacity": 1,
    "voltage_within_band": 23,
    "making_within_rating": 1,
    "breaking_within_rating": 2,
    "protection_stands_the_load": 4,
    "protection_sees_the_least_fault": 2,
    "no_tag_forbids": 2,
    "operable": 2,
    "not_in_another_plan": 2,
    "hot_line_forbids_closing": 2,
    "positions_are_known": 7,
    "currents_agree": 1,
    "well_formed": 5,
}
TRANSFER = {
    "suspects_stay_dead": 3,
    "isolation_is_whole": 3,
    "fence_stays_open": 1,
    "closings_wait_for_parting": 1,
    "nobody_is_dropped": 2,
    "interrupted_are_supplied_again": 2,
    "one_infeed": 1,
    "stays_radial": 1,
    "one_side_dead": 1,
    "levels_match": 1,
    "loading_within_limits": 14,
    "voltage_within_band": 16,
    "protection_stands_the_load": 2,
    "within_duty": 1,
    "no_tag_forbids": 2,
    "operable": 2,
    "not_in_another_plan": 2,
    "hot_line_forbids_closing": 1,
    "positions_are_known": 4,
    "well_formed": 3,
    "no_empty_step": 2,
    "interrupts_what_it_declares": 2,
}
