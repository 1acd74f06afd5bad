"""What a sheet may do, line by line: the guard's verdict, its rules for earths, and what a
person sees beside each line."""

from dataclasses import replace

import pytest

from gridops.events.operator import TagKind
from gridops.events.sheets import StepAct, StepBy, StepDraft
from gridops.guard import Permit, Proposal
from gridops.ids import LoadId, SwitchId
from gridops.network import ColdLoad, Limits
from gridops.powerflow import LoadPower
from gridops.sheets.course import STEPS_MAX, Course
from gridops.sheets.effects import NOTHING
from gridops.sheets.judging import verdict_on
from tests.guard_desk import Desk, desk, moves, sections
from tests.sheet_desk import FEEDERS, broken, course, judge, lines, why

CALM = desk(FEEDERS, fault="")
OUT = "open s1, open s2, close t1, check s1, earth s1, check s2, earth s2, note work at B"
"""B is taken out for work, C goes over to the other feeder."""
BACK = "unearth s1, unearth s2, open t1, close s1, close s2"


def test_a_section_is_taken_out_for_work_and_earthed_at_both_ends() -> None:
    found = judge(CALM, OUT, gives_up="B C")
    assert why(found) == []
    assert found.verdict.passed
    assert [e.customers_dropped for e in found.effects] == [200, 0, 0, 0, 0, 0, 0, 0]
    assert [e.customers_restored for e in found.effects] == [0, 0, 100, 0, 0, 0, 0, 0]
    assert found.effects[0].sections_dropped == ("SB", "SC")
    assert found.effects[2].sections_restored == ("SC",)
    assert found.undeclared == ()


def test_it_is_given_back_in_the_same_sheet_or_in_one_of_its_own() -> None:
    assert why(judge(CALM, f"{OUT}, {BACK}", gives_up="B C")) == []
    at_work = CALM.moved("open s1, open s2, close t1")
    for switch in ("s1", "s2"):
        at_work = at_work.tagged(switch, TagKind.EARTH_APPLIED)
    assert why(judge(at_work, BACK, gives_up="C")) == []


def test_every_switching_line_shows_where_the_grid_is_tightest_as_a_plan_does() -> None:
    checks = [e.check for e in judge(CALM, OUT, gives_up="B C").effects]
    first, second, third = checks[:3]
    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.limiting, third.limiting) == ("A-b1", "D-b2")
    assert first.loading_pct_max == pytest.approx(0.7222, abs=1e-3)
    assert third.voltage_pu_min is not None
    assert third.voltage_pu_min < 1.0
    assert (second.voltage_pu_min, second.loading_pct_max, second.limiting) == (None, None, None)
    assert checks[3:] == [None] * 5


def test_a_line_that_is_struck_out_does_nothing() -> None:
    found = judge(CALM, "(open b1), open s1, open s2, (close b2), close t1", gives_up="B C")
    assert why(found) == []
    assert found.effects[0] == found.effects[3] == NOTHING
    assert found.effects[4].sections_restored == ("SC",)


# Mistakes: each is refused under the number of the invariant that it breaks.

MISTAKES = {
    "energises what it has earthed": (OUT + ", close s2", "B C", "02"),
    "energises it over the other end": (OUT + ", unearth s2, close s2", "B C", "02"),
    "gives back before the earth is off": (OUT + ", unearth s1, close s1", "B C", "02"),
    "closes the earthed switch itself": (OUT + ", close s1", "B C", "19"),
    "earths what is live": ("open t1, earth b1", "", "02"),
    "earths unchecked": ("open s1, open s2, close t1, earth s1", "B C", "40"),
    "checks another place than it earths": ("open s1, check s2, earth s1", "B C", "40"),
    "earths before it checks": ("open s1, earth s1, check s1", "B C", "40"),
    "checks where there is supply": ("check s1", "", "40"),
    "lets it be live between check and earth": (
        "open s1, open s2, check s1, check s2, close s1, open b1, earth s2",
        "A B C",
        "40",
    ),
    "checks one side and may earth the other": (
        "open s1, check s1, open b1, earth s1",
        "A B C",
        "40",
    ),
    "checks twice": ("open s1, check s1, check s1", "B C", "36"),
    "earths twice": ("open s1, check s1, earth s1, earth s1", "B C", "36"),
    "takes off an earth that is not there": ("unearth s1", "", "36"),
    "opens what is open": ("open t1", "", "36"),
    "moves a switch back at once": ("open s1, close s1", "B C", "36"),
    "drops people undeclared": ("open s2", "", "35"),
    "drops more than it declares": ("open s1", "C", "35"),
    "declares what it does not drop": ("open s2", "A C", "36"),
    "parallels two sources": ("close t1", "", "09"),
    "has no line": ("", "", "36"),
    "has no line that is left": ("(open s1)", "", "36"),
    "writes nothing in a note": ("open s2, note", "C", "36"),
    "names an unknown switch": ("open s9", "", "36"),
    "gives up an unknown section": ("open s2", "C Z", "36"),
    "names no switch": ("open", "", "36"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_by_its_number(mistake: str) -> None:
    text, gives_up, invariant = MISTAKES[mistake]
    assert invariant in broken(judge(CALM, text, gives_up=gives_up))


def test_a_supplied_section_that_may_hold_a_fault_is_never_closed_on_to() -> None:
    dark = desk("S1 [b1] A [s1] B (s2) C (t1) D [b2] S2", fault="")
    suspect = dark.but(forbidden=sections("C"))
    assert why(judge(dark, "close s2")) == []
    assert broken(judge(suspect, "close s2")) == {"01", "06"}


def test_a_sheet_of_a_plan_keeps_dead_what_the_plan_suspects() -> None:
    night = desk()
    of_plan = Course(
        steps=lines("open s1, open s2, close b1, close t1"),
        suspected=sections("B"),
        fence=(SwitchId("s1"), SwitchId("s2")),
    )
    assert why(judge(night, of_plan)) == []
    edited = replace(of_plan, steps=lines("open s1, close b1, close t1"))
    assert {"01", "05", "07"} <= broken(judge(night, edited))
    closes_it = replace(of_plan, steps=(*of_plan.steps, *lines("close s2")))
    assert "06" in broken(judge(night, closes_it))


def test_a_sheet_that_overloads_the_donor_is_refused() -> None:
    heavy = desk(FEEDERS, fault="", p_w={"C": 9e6, "D": 9e6})
    assert "13" in broken(judge(heavy, "open s2, close t1", gives_up="C"))
    wide = heavy.but(limits=Limits(loading_pct_max=None, voltage_pu_min=None))
    assert "13" not in broken(judge(wide, "open s2, close t1", gives_up="C"))


def test_what_is_given_up_on_the_way_only_has_to_be_back_in_the_end() -> None:
    doubtful = desk("S1 [b1] A [s2] C (t1) D [r5] E [b2] S2", fault="").doubting("r5")
    found = judge(doubtful, "open s2, close t1", gives_up="C")
    assert ("35", None, "guard-stays-interrupted") in why(found)
    assert ("35", None, "guard-stays-interrupted") not in why(
        judge(doubtful, "open s2", gives_up="C")
    )


def test_knowing_what_is_given_up_spares_nobody_who_is_to_be_back() -> None:
    doubtful = desk("S1 [b1] A [s2] C (t1) D [r5] E [b2] S2", fault="").doubting("r5")
    asked = "open s2, close t1"
    told = judge(doubtful.but(allowed_dark=sections("C")), asked, gives_up="C")
    assert why(told) == why(judge(doubtful, asked, gives_up="C"))
    assert ("35", None, "guard-stays-interrupted") in why(told)


def test_work_may_last_so_long_that_what_comes_back_is_cold() -> None:
    table = ColdLoad(residential=8.0)
    heavy = desk(FEEDERS, fault="", p_w={"B": 3e6}).but(more={"cold_load": table})
    quick = judge(heavy, "open s1, close s1", gives_up="B C")
    assert "13" not in broken(quick)
    worked_at = "open s1, check s1, earth s1, unearth s1, close s1"
    assert broken(judge(heavy, worked_at, gives_up="B C")) == {"13"}
    assert why(judge(heavy.but(more={}), worked_at, gives_up="B C")) == []


def test_all_flaws_of_form_are_told_at_once_and_nothing_else_is_asked() -> None:
    steps = (
        *lines("open s9, open, note"),
        StepDraft(act=StepAct.EARTH, by=StepBy.REMOTE, switch=SwitchId("s1")),
        *lines("close t1"),
    )
    found = judge(CALM, Course(steps=steps, gives_up=sections("Z")))
    assert why(found) == [
        ("36", None, "guard-no-such-element"),
        ("36", 1, "guard-no-such-element"),
        ("36", 2, "sheet-no-switch"),
        ("36", 3, "sheet-empty-note"),
        ("20", 4, "sheet-by-crew-alone"),
    ]
    assert found.effects == (NOTHING,) * 5


def test_a_sheet_has_an_end() -> None:
    long = Course(steps=lines("note read this") * (STEPS_MAX + 1))
    assert why(judge(CALM, long)) == [("36", None, "guard-too-long")]
    assert why(judge(CALM, replace(long, steps=long.steps[1:]))) == []


def test_the_screen_is_told_whom_to_declare() -> None:
    found = judge(CALM, "open s1", gives_up="B")
    assert found.undeclared == ("SC",)
    assert judge(CALM, "open s1", gives_up="B C").undeclared == ()


def test_a_crew_may_open_what_no_telecontrol_reaches() -> None:
    by_hand = CALM.now(unreachable=frozenset({SwitchId("s2")}))
    assert broken(judge(by_hand, "open s2", gives_up="C")) == {"20"}
    crew = Course(steps=lines("open s2", crew="s2"), gives_up=sections("C"))
    assert why(judge(by_hand, crew)) == []


def test_nobody_takes_an_earth_off_where_people_have_a_permit() -> None:
    earthed = CALM.moved("open s1, open s2, close t1")
    earthed = earthed.tagged("s1", TagKind.EARTH_APPLIED)
    assert why(judge(earthed, "unearth s1")) == []
    at_work = earthed.but(permits=(Permit(sections=sections("B"), isolated_by=frozenset()),))
    assert broken(judge(at_work, "unearth s1")) == {"03"}


def test_i03_an_earth_protects_whoever_works_behind_it_as_well() -> None:
    """s1 is earthed for people in C: B lies between, and s2 is closed."""
    earthed = CALM.moved("open s1, open t1").tagged("s1", TagKind.EARTH_APPLIED)
    for permit in (
        Permit(sections=sections("C"), isolated_by=frozenset()),
        Permit(sections=sections("D"), isolated_by=frozenset({SwitchId("s1")})),
    ):
        assert broken(judge(earthed.but(permits=(permit,)), "unearth s1")) == {"03"}
    beyond = Permit(sections=sections("D"), isolated_by=frozenset())
    assert why(judge(earthed.but(permits=(beyond,)), "unearth s1")) == []


def test_a_doubtful_position_may_hide_supply_where_somebody_would_earth() -> None:
    opened = CALM.moved("open s1, open s2, close t1")
    asked = "check s1, earth s1"
    assert why(judge(opened, asked)) == []
    assert broken(judge(opened.doubting("s2"), asked)) == {"40", "02"}


# While it runs.


def at(number: int, here: Desk, text: str = OUT, gives_up: str = "B C") -> list[str]:
    """What the guard says before line `number`, the lines before it done."""
    asked = course(text, gives_up=gives_up, done=number - 1, running=True)
    verdict = verdict_on(asked, here.knowledge(), guard=here.guard())
    return [violation.why.code for violation in verdict.violations]


def test_each_line_is_asked_again_from_the_state_that_it_is_come_to() -> None:
    here = CALM
    assert at(1, here) == []
    here = here.moved("open s1")
    assert at(2, here) == []
    here = here.moved("open s2").moved("close t1")
    assert at(4, here) == []
    assert at(5, here) == []
    earthed = here.tagged("s1", TagKind.EARTH_APPLIED)
    assert at(6, earthed) == []
    assert at(8, earthed.tagged("s2", TagKind.EARTH_APPLIED)) == []


def test_what_is_behind_must_still_show() -> None:
    done = CALM.moved("open s1, open s2, close t1")
    assert at(5, done) == []
    assert {"guard-step-not-confirmed", "sheet-earths-live"} <= {*at(5, done.moved("close s1"))}
    assert "guard-step-not-confirmed" in at(5, done.doubting("s2"))


def test_what_is_measured_live_is_not_earthed() -> None:
    done = CALM.moved("open s1, open s2, close t1")
    assert at(4, done.measuring("B", 0.05)) == []
    assert at(4, done.measuring("B", 0.98)) == ["guard-voltage-on-suspect"] * 2
    assert at(5, done.measuring("B", 0.98)) == ["guard-voltage-on-suspect"]


def test_a_running_sheet_finds_a_switch_where_it_should_be_already() -> None:
    moved = CALM.moved("open s2")
    assert "guard-empty-step" in [code for _, _, code in why(judge(moved, OUT, gives_up="B C"))]
    assert at(1, moved) == []


def test_a_tag_since_the_approval_stops_what_is_left() -> None:
    here = CALM.moved("open s1, open s2")
    assert at(3, here.tagged("t1", TagKind.NO_CLOSE)) == ["guard-tag"]
    assert at(4, here.moved("close t1").tagged("t1", TagKind.NO_CLOSE)) == []


def test_a_plain_sheet_is_judged_as_the_guard_judges_a_plan() -> None:
    text = "open s1, open s2, close t1"
    knowledge = replace(CALM.knowledge(), allowed_dark=sections("B"))
    plan = Proposal(moves=moves(text), suspected=frozenset(), fence=(), interrupts=sections("C"))
    timed = tuple(replace(m, done_s=2.0 * m.number) for m in plan.moves)
    by_guard = CALM.guard().check_plan(replace(plan, moves=timed), knowledge)
    by_sheet = judge(CALM, text, gives_up="B C").verdict
    assert by_guard.passed
    assert by_sheet.violations == by_guard.violations
    # Beside the guard's: three lines, their sections, and that both are dropped.
    assert by_sheet.checks == by_guard.checks + 3 + 2 + 2


def test_loads_are_those_that_the_knowledge_has() -> None:
    knowledge = CALM.knowledge()
    loads = {**knowledge.loads, LoadId("C"): LoadPower(9e6, 0.0), LoadId("D"): LoadPower(9e6, 0.0)}
    verdict = verdict_on(
        course("open s2, close t1", gives_up="C"),
        replace(knowledge, loads=loads),
        guard=CALM.guard(),
    )
    assert "13" in {violation.invariant for violation in verdict.violations}
