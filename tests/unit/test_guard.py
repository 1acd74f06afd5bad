"""What the guard lets pass, when it looks again, and that docs/safety.md tells the truth."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gridops.adapters.engines import PowerGridModelEngine
from gridops.events.operator import TagKind
from gridops.guard import RULES, Permit, Verdict
from gridops.guard.form import same_grid
from gridops.guard.rules import RULES_OF_FORM
from gridops.ids import GeneratorId, NodeId, SwitchId
from gridops.measurement import Measured, Position, Quality
from gridops.network import Control, Generator, GeneratorKind, Limits, build_network
from tests.guard_desk import GOOD_PLAN, NIGHT, NOW, Desk, broken, desk, moves, on, sections

SAFETY = Path(__file__).parents[2] / "docs" / "safety.md"
LOST = "S1 [b1] A [s1] B (t1) D [b2] S2"
EARLIER = NOW - timedelta(minutes=5)


def why(verdict: Verdict) -> list[str]:
    return [violation.why.in_english() for violation in verdict.violations]


def test_the_right_plan_passes_with_every_check_counted() -> None:
    verdict = desk().ask(GOOD_PLAN)
    assert why(verdict) == []
    assert verdict.passed
    assert verdict.checks > len(RULES)


def test_an_empty_plan_passes_since_it_does_nothing() -> None:
    assert desk().doubting("s1", "b1").ask("") == Verdict(passed=True, checks=0, violations=())


@pytest.mark.parametrize(
    ("situation", "plan"),
    [
        (desk(), "open s1, open s2"),
        (desk(), "open s1, close b1"),
        (desk(fence="s1 s2"), GOOD_PLAN),
        (desk(fault="A"), "open s1, close t1"),
        (desk(fault="A B"), "open s2, close t1"),
        (desk("S1 (b1) A (s1) B (s2) C (t1) D [b2] S2"), "close t1, close b1"),
        (desk(NIGHT.replace("[s1]", "[d1]")), "open d1, open s2, close b1, close t1"),
        (desk(LOST, fault="", dead=["S1"]), "open b1, close t1"),
        (desk(LOST, fault="S1", dead=["S1"]), "open b1, close t1"),
        (desk(NIGHT, fault="C"), "open s2, close b1"),
    ],
)
def test_sound_plans_pass(situation: Desk, plan: str) -> None:
    if plan == "open s1, close b1":
        # The far side of B is open already in this one.
        situation = situation.moved("open s2")
    assert why(situation.ask(plan)) == []


def test_a_crew_may_move_what_telecontrol_cannot() -> None:
    by_hand = desk(change={"s1": {"control": Control.CREW}}).now(
        unreachable=frozenset({SwitchId("s1")})
    )
    assert why(by_hand.ask(GOOD_PLAN, crew="s1")) == []
    assert broken(by_hand.ask(GOOD_PLAN)) == {"20"}


def test_a_caution_informs_and_forbids_nothing() -> None:
    assert desk().tagged("t1", TagKind.CAUTION).ask(GOOD_PLAN).passed


def test_a_tag_against_closing_does_not_forbid_opening() -> None:
    assert desk().tagged("s1", TagKind.NO_CLOSE).ask(GOOD_PLAN).passed


def test_an_rtu_that_is_dead_on_a_sibling_feeder_does_not_block_the_night() -> None:
    # t7 could join S2 and S3, but not through anything that the plan closes on to.
    siblings = desk(NIGHT + "S2 [b5] E (t7) F [b6] S3").doubting("t7", "b5")
    assert why(siblings.ask(GOOD_PLAN)) == []
    assert "24" in broken(desk(NIGHT + "D (t7) F [b6] S3").doubting("t7").ask(GOOD_PLAN))


def test_earth_is_looked_for_on_the_side_that_is_not_certainly_supplied() -> None:
    beside = NIGHT + "D (s7) X"
    assert desk(beside).tagged("s7", TagKind.EARTH_APPLIED).ask(GOOD_PLAN).passed
    assert "02" in broken(
        desk(beside).tagged("s7", TagKind.EARTH_APPLIED).doubting("b2").ask(GOOD_PLAN)
    )


EARTHED_SIBLING = NIGHT + "S1 [b4] X [d5] Y (d6) X"
"""Whoever works at d6 may have earthed Y, which d5 may feed from S1 already."""
SUSPECT_SIBLING = NIGHT + "S1 [b4] X (t5) Y"


def test_what_a_sibling_feeder_may_feed_already_no_closing_changes() -> None:
    earthed = desk(EARTHED_SIBLING).tagged("d6", TagKind.EARTH_APPLIED).doubting("d5")
    suspect = desk(SUSPECT_SIBLING).but(forbidden=sections("Y")).doubting("t5")
    permit = Permit(sections=sections("Y"), isolated_by=frozenset())
    at_work = desk(SUSPECT_SIBLING).but(permits=(permit,)).doubting("t5")
    for situation in (earthed, suspect, at_work):
        assert why(situation.ask(GOOD_PLAN)) == []


def test_what_hangs_on_the_feeder_that_a_closing_feeds_stays_dead_whatever_is_unknown() -> None:
    on_it = NIGHT + "A (t5) Y (t6) Z"
    earthed = desk(on_it).tagged("t6", TagKind.EARTH_APPLIED).doubting("t5")
    suspect = desk(on_it).but(forbidden=sections("Y")).doubting("t5")
    for situation, invariant in ((earthed, "02"), (suspect, "01")):
        assert invariant in broken(situation.ask(GOOD_PLAN))


def test_a_busbar_whose_source_is_dead_is_no_end_of_what_a_closing_feeds() -> None:
    """Y hangs on S1, which feeds nothing now: closing t1 feeds both from S2."""
    behind = desk("Z (t6) Y [b4] S1 [b1] A (t1) D [b2] S2", fault="", dead=["S1"])
    earthed = behind.tagged("t6", TagKind.EARTH_APPLIED)
    suspect = behind.but(forbidden=sections("Y"))
    for situation, invariant in ((earthed, "02"), (suspect, "01")):
        assert invariant in broken(situation.ask("close t1"))


def test_supply_that_the_plan_openly_gives_up_may_go() -> None:
    lateral = desk(NIGHT.replace("(b1)", "[b1]") + "A [r1] E", fault="")
    assert broken(lateral.ask("open r1")) == {"35"}
    assert lateral.but(allowed_dark=sections("E")).ask("open r1").passed


def test_limits_that_a_study_switches_off_are_not_asked() -> None:
    heavy = desk(p_w={"C": 17e6})
    off = Limits(voltage_pu_min=None, voltage_pu_max=None, loading_pct_max=None)
    assert not heavy.ask(GOOD_PLAN).passed
    assert heavy.but(limits=off).ask(GOOD_PLAN).passed


def test_a_device_may_part_for_the_time_being_until_the_crew_opens_another() -> None:
    # Remote s2 keeps the doubtful end off until the crew has opened s3 nearer to it.
    two_stages = desk("S1 (b1) A [s1] B [s2] C [s3] E [s4] G", fault="G")
    plan = "open s4, open s2, close b1, open s3, close s2"
    assert why(two_stages.ask(plan, crew="s3 s4")) == []
    assert broken(two_stages.ask(plan.replace("open s3, ", ""))) == {"36"}


def test_a_busbar_over_its_limit_elsewhere_is_not_held_against_the_plan() -> None:
    elsewhere = desk(NIGHT + "S4 [b4] X [s4] Y", p_w={"Y": 30e6})
    assert elsewhere.ask(GOOD_PLAN).passed


def test_a_reading_from_before_the_last_movement_proves_nothing() -> None:
    # The meter in C last reported before the breaker tripped; then its supply was gone.
    tripped = desk().moved("open b1")
    assert tripped.measuring("C", 1.0, EARLIER).ask(GOOD_PLAN).passed
    assert tripped.measuring("C", 1.0, NOW).ask(GOOD_PLAN).passed
    late = NOW + timedelta(seconds=2)
    assert broken(tripped.measuring("C", 1.0, late).ask(GOOD_PLAN)) == {"25"}
    assert broken(tripped.measuring("B", 1.0, late).ask(GOOD_PLAN)) == {"25"}


def test_noise_of_a_current_transformer_is_no_contradiction() -> None:
    noise = Measured(2.0, Quality.GOOD, NOW)
    assert desk().now(currents_a={SwitchId("t1"): noise}).ask(GOOD_PLAN).passed


def with_generator(before: Desk, *, island_capable: bool) -> Desk:
    """In section C."""
    generator = Generator(
        id=GeneratorId("G"),
        name="G",
        node=NodeId("C"),
        kind=GeneratorKind.HYDRO,
        power_va_rated=1e6,
        p_w=-1e6,
        q_var=0.0,
        island_capable=island_capable,
    )
    return on(build_network(replace(before.network.components, generators=(generator,))), before)


def test_nothing_is_dead_that_hangs_on_a_generator_which_can_keep_an_island() -> None:
    assert with_generator(desk(), island_capable=False).ask(GOOD_PLAN).passed
    assert "11" in broken(with_generator(desk(), island_capable=True).ask(GOOD_PLAN))


def test_such_a_generator_is_not_joined_with_what_must_stay_dead() -> None:
    """C is cut off from every source; its generator may run on."""
    earthed = desk(NIGHT + "C (s8) Y (s9) Z").tagged("s9", TagKind.EARTH_APPLIED)
    other = desk(NIGHT + "C (s8) Y").but(forbidden=sections("Y"))
    plan = "open s1, open s2, close s8"
    for before, invariant in ((earthed, "02"), (other, "01")):
        assert not {"01", "02"} & broken(with_generator(before, island_capable=False).ask(plan))
        assert invariant in broken(with_generator(before, island_capable=True).ask(plan))


def test_before_each_command_the_state_of_now_counts() -> None:
    steps = GOOD_PLAN.split(", ")
    for number in range(1, len(steps) + 1):
        so_far = desk().moved(", ".join(steps[: number - 1])) if number > 1 else desk()
        assert why(so_far.ask_before(number, GOOD_PLAN)) == []


def test_a_surprise_between_two_commands_stops_the_next() -> None:
    halfway = desk().moved("open s1, open s2, close b1")
    assert "05" in broken(halfway.moved("close s2").ask_before(4, GOOD_PLAN))
    assert "07" in broken(halfway.moved("open b1").ask_before(4, GOOD_PLAN))
    assert "24" in broken(halfway.doubting("t1").ask_before(4, GOOD_PLAN))


def test_a_device_that_somebody_moved_meanwhile_is_needless_but_not_dangerous() -> None:
    assert desk().moved("open s1, open s2").ask_before(2, GOOD_PLAN).passed


def test_the_same_question_gives_the_same_verdict() -> None:
    bad = "close b1, close t1, open s1"
    assert desk().ask(bad) == desk().ask(bad)
    reordered = desk().now(
        positions=dict(reversed(list(desk().snapshot.positions.items()))),
    )
    assert reordered.ask(bad) == desk().ask(bad)


def test_a_violation_names_the_step_the_element_and_the_reason() -> None:
    found = desk().ask("open s1, close b1, close t1").violations
    first = found[0]
    assert (first.invariant, first.step, first.element) == ("01", 3, "SB")
    assert first.why.in_english() == "SB may hold the fault and could be live through s2"


def test_the_guard_asks_the_engine_only_for_what_a_step_concerns() -> None:
    elsewhere = desk(NIGHT + "S4 [b4] X")
    asked: list[tuple[set[str], set[str]]] = []
    engine = elsewhere.guard()._engine

    class Listening:
        name = "listening"

        def solve(self, closed, loads, **more):  # type: ignore[no-untyped-def]
            result = engine.solve(closed, loads, **more)
            asked.append((set(closed), {node for node in result.voltage_pu if "." not in node}))
            return result

    assert replace(elsewhere, engine=Listening()).ask(GOOD_PLAN).passed
    assert asked == [({"b1"}, {"S1", "A"}), ({"t1", "b2"}, {"C", "D", "S2"})]


def test_switches_elsewhere_are_not_even_looked_at() -> None:
    """So that a question costs what the feeders of the plan cost, however large the city."""
    looked_at: set[str] = set()

    class Noting(dict[SwitchId, Measured[Position]]):
        def get(self, switch, default=None):  # type: ignore[no-untyped-def]
            looked_at.add(switch)
            return super().get(switch, default)

        def __getitem__(self, switch: SwitchId) -> Measured[Position]:
            looked_at.add(switch)
            return super().__getitem__(switch)

    elsewhere = desk(NIGHT + "S4 [b4] X [s9] Y (t9) Z [b5] S5")
    noted = elsewhere.now(positions=Noting(elsewhere.snapshot.positions))
    assert noted.ask(GOOD_PLAN) == elsewhere.ask(GOOD_PLAN)
    assert looked_at == {"b1", "s1", "s2", "t1", "b2"}


@pytest.mark.parametrize(
    ("megawatts", "band", "wrong"),
    [
        (1.0, (0.95, 1.05), set()),
        (15.0, (0.99, 1.05), {"13", "15", "17"}),
        (1.0, (0.9, 0.9995), {"15"}),
        (600.0, (0.95, 1.05), {"13"}),
    ],
)
def test_results_by_number_are_judged_like_plain_mappings(
    megawatts: float, band: tuple[float, float], wrong: set[str]
) -> None:
    limits = Limits(voltage_pu_min=band[0], voltage_pu_max=band[1])
    asked = desk(NIGHT, p_w=dict.fromkeys("ABCD", megawatts * 1e6)).but(limits=limits)
    engine = PowerGridModelEngine(asked.network)

    class Plain:
        name = "plain"

        def solve(self, closed, loads, **more):  # type: ignore[no-untyped-def]
            result = engine.solve(closed, loads, **more)
            kinds = ("voltage_pu", "loading_pct", "switch_current_a")
            return replace(result, **{kind: dict(getattr(result, kind)) for kind in kinds})

    by_number = asked.but(engine=engine).ask(GOOD_PLAN)
    assert by_number == asked.but(engine=Plain()).ask(GOOD_PLAN)
    assert broken(by_number) == wrong


def test_the_page_on_safety_says_of_every_invariant_who_checks_it() -> None:
    rows = re.findall(r"^\| (\d\d) \|[^|]*\| ([^|]*)\|", SAFETY.read_text(), flags=re.MULTILINE)
    assert [number for number, _ in rows] == [f"{n:02}" for n in range(1, 41)]
    told = {
        (number, function)
        for number, cell in rows
        if cell.startswith("guard")
        for function in re.findall(r"`(?!gridops)[a-z_]+\.(\w+)`", cell)
    }
    actual = {(rule.invariant, rule.check.__name__) for rule in RULES}
    actual |= {("23", rule.__name__) for rule in RULES_OF_FORM if rule is same_grid}
    assert told == actual
    unchecked = {number for number, cell in rows if not cell.startswith("guard")}
    assert unchecked.isdisjoint({rule.invariant for rule in RULES})


def test_every_rule_says_its_number_first() -> None:
    for rule in RULES:
        assert rule.invariant in (rule.check.__doc__ or "")[:4]


def test_moves_read_as_they_are_written() -> None:
    assert [m.switch for m in moves(GOOD_PLAN)] == ["s1", "s2", "b1", "t1"]
