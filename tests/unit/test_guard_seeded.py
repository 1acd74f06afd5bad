"""Plans with one seeded mistake each: the guard must name the invariant that it breaks.

The night of these tests, unless drawn otherwise: `S1 (b1) A [s1] B [s2] C (t1) D [b2] S2`.
b1 tripped on a fault in B; right is: open s1 and s2, close b1 for A, close t1 for C.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gridops.events.operator import TagKind
from gridops.guard import Guard, Knowledge, Verdict
from gridops.ids import SwitchId
from gridops.measurement import Measured, Position, Quality
from gridops.network import Control, Limits, draw
from tests.guard_desk import (
    GOOD_PLAN,
    LONG_AGO,
    NIGHT,
    NOW,
    Desk,
    at_level,
    broken,
    desk,
    moves,
    sections,
    switches,
    with_transformer,
)
from tests.radial_sweep import RadialSweep

LATERAL = NIGHT + "A [r1] E (t2) D"
FENCED = "S1 (b1) A (s1) B (s2) C (t1) D [b2] S2"
CLOSE_BOTH = "close b1, close t1"
LOST = "S1 [b1] A [s1] B (t1) D [b2] S2"
LATER = NOW + timedelta(seconds=10)

Ask = Callable[[], Verdict]


def after_opening() -> Desk:
    return desk().moved("open s1, open s2")


def by_rated(**amperes: float) -> Desk:
    changes = {s: {"current_a_rated": a} for s, a in amperes.items()}
    return desk(change=changes)


def on_another_grid() -> Verdict:
    asked = desk()
    other = draw(NIGHT.replace("[s2]", "[d2]"))
    return Guard(other, RadialSweep(other)).check_plan(asked.proposal(GOOD_PLAN), asked.knowledge())


def of_another_version() -> Verdict:
    asked = desk()
    knowledge: Knowledge = replace(asked.knowledge(), grid_fingerprint="new")
    proposal = replace(asked.proposal(GOOD_PLAN), grid_fingerprint="old")
    return asked.guard().check_plan(proposal, knowledge)


def with_hypothesis(plan: str, *zones: str) -> Verdict:
    asked = desk()
    proposal = replace(asked.proposal(plan), hypotheses=tuple(sections(z) for z in zones))
    return asked.guard().check_plan(proposal, asked.knowledge())


SEEDED: list[tuple[str, str, Ask]] = [
    ("01", "the far fence switch is forgotten", lambda: desk().ask("open s1, close b1, close t1")),
    ("01", "the near fence switch is forgotten", lambda: desk().ask("open s2, close t1, close b1")),
    ("01", "the head is closed back on to the fault", lambda: desk().ask("close b1")),
    (
        "01",
        "a lateral into the fault is overlooked",
        lambda: desk(NIGHT + "B [s3] E (t3) D").ask(GOOD_PLAN + ", close t3"),
    ),
    (
        "01",
        "an unknown tie may feed the fault",
        lambda: desk(NIGHT + "B (t3) D").doubting("t3").ask(GOOD_PLAN),
    ),
    (
        "01",
        "one fault hypothesis lies outside the fence",
        lambda: with_hypothesis(GOOD_PLAN, "C"),
    ),
    (
        "01",
        "the fence of another incident is closed upon",
        lambda: desk().but(forbidden=sections("C")).ask(GOOD_PLAN),
    ),
    (
        "01",
        "the zone of another incident is fed beyond the next switch",
        lambda: (
            desk("S1 (b1) A [s1] B [s2] C [s3] E (t1) D [b2] S2")
            .but(forbidden=sections("C"))
            .ask(GOOD_PLAN)
        ),
    ),
    (
        "02",
        "earth is applied in C",
        lambda: desk().tagged("t1", TagKind.EARTH_APPLIED).ask(GOOD_PLAN),
    ),
    (
        "02",
        "earth is applied one section further",
        lambda: (
            desk("S1 (b1) A [s1] B [s2] C [s3] E (t1) D [b2] S2")
            .tagged("s3", TagKind.EARTH_APPLIED)
            .ask(GOOD_PLAN)
        ),
    ),
    (
        "05",
        "a fuse is taken for isolation",
        lambda: desk(NIGHT.replace("[s2]", "(f2)")).ask("open s1, close b1, close t1"),
    ),
    ("05", "one side has no open device", lambda: desk().ask("open s2, close b1")),
    ("05", "fence by an unknown switch", lambda: desk(FENCED).doubting("s2").ask(CLOSE_BOTH)),
    (
        "05",
        "fence by a switch forced by hand",
        lambda: desk(FENCED).doubting("s1", quality=Quality.SUBSTITUTED).ask(CLOSE_BOTH),
    ),
    (
        "05",
        "what the plan calls its fence stays closed",
        lambda: desk(NIGHT.replace("C (t1)", "C [s9] E (t1)"), fence="s1 s2 s9").ask(GOOD_PLAN),
    ),
    (
        "05",
        "at execution the fence is closed again",
        lambda: desk().ask_before(3, GOOD_PLAN),
    ),
    ("06", "a later step closes the near fence", lambda: desk().ask(GOOD_PLAN + ", close s1")),
    ("06", "a later step closes the far fence", lambda: desk().ask(GOOD_PLAN + ", close s2")),
    (
        "06",
        "an open tie into the fault is closed",
        lambda: desk(NIGHT + "B (t3) D").ask(GOOD_PLAN + ", close t3"),
    ),
    (
        "06",
        "a switch inside the zone is closed",
        lambda: desk("S1 (b1) A [s1] B (s5) E [s2] C (t1) D [b2] S2", fault="B E").ask(
            GOOD_PLAN + ", close s5"
        ),
    ),
    (
        "06",
        "a boundary of another incident is closed",
        lambda: desk(NIGHT + "D (s7) X").but(forbidden=sections("X")).ask(GOOD_PLAN + ", close s7"),
    ),
    (
        "07",
        "the far end is closed before its opening",
        lambda: desk().ask("open s1, close t1, open s2, close b1"),
    ),
    ("07", "closing comes first", lambda: desk().ask("close b1, open s1, open s2, close t1")),
    (
        "07",
        "the far opening comes last",
        lambda: desk().ask("open s1, close b1, close t1, open s2"),
    ),
    (
        "07",
        "closing before an opening is confirmed",
        lambda: desk().moved("open s1").ask_before(3, GOOD_PLAN),
    ),
    (
        "07",
        "closing after the read-back went stale",
        lambda: after_opening().doubting("s2").ask_before(3, GOOD_PLAN),
    ),
    (
        "09",
        "the tie closes while the head feeds C",
        lambda: desk(NIGHT.replace("(b1)", "[b1]"), fault="").ask("close t1"),
    ),
    (
        "09",
        "an unknown tie may bring a second busbar",
        lambda: desk(NIGHT + "A (t4) E [b4] S4").doubting("t4").ask(GOOD_PLAN),
    ),
    (
        "10",
        "a ring over one busbar",
        lambda: desk("S1 [b1] A (t1) D [b2] S1", fault="").ask("close t1"),
    ),
    (
        "10",
        "a ring in the dark part",
        lambda: desk(NIGHT + "C [s8] E (t8) C").ask(
            GOOD_PLAN.replace("close t1", "close t8, close t1")
        ),
    ),
    (
        "10",
        "two ties feed the same part",
        lambda: desk(NIGHT + "C (t5) D").ask(GOOD_PLAN + ", close t5"),
    ),
    (
        "10",
        "an unknown switch may make a ring",
        lambda: desk(NIGHT + "C (t5) D").doubting("t5").ask(GOOD_PLAN),
    ),
    (
        "10",
        "a second way on one feeder",
        lambda: desk(NIGHT + "A (t6) A").ask("open s1, open s2, close b1, close t6"),
    ),
    (
        "11",
        "both sides are live",
        lambda: desk(NIGHT.replace("(b1)", "[b1]"), fault="").ask("close t1"),
    ),
    (
        "11",
        "the dark side may be live through an unknown switch",
        lambda: desk(NIGHT + "C (t5) E [b5] S5").doubting("t5").ask(GOOD_PLAN),
    ),
    (
        "11",
        "a source that is measured dead may come back",
        lambda: desk(LOST, fault="", dead=["S1"]).ask("close t1"),
    ),
    ("12", "the tie joins 22 kV and 35 kV", lambda: at_level(35e3, "C").ask(GOOD_PLAN)),
    ("13", "C is too much for the donor's lines", lambda: desk(p_w={"C": 17e6}).ask(GOOD_PLAN)),
    ("13", "C and D together are too much", lambda: desk(p_w={"C": 8e6, "D": 9e6}).ask(GOOD_PLAN)),
    ("13", "the donor's head breaker is too small", lambda: by_rated(b2=4.0).ask(GOOD_PLAN)),
    ("13", "the tie is too small", lambda: by_rated(t1=1.0).ask(GOOD_PLAN)),
    ("13", "beyond what can be solved", lambda: desk(p_w={"C": 900e6}).ask(GOOD_PLAN)),
    (
        "13",
        "a tighter limit than the rating",
        lambda: desk(p_w={"C": 8e6}).but(limits=Limits(loading_pct_max=50.0)).ask(GOOD_PLAN),
    ),
    ("14", "the donor's transformer is too small", lambda: with_transformer(150e3).ask(GOOD_PLAN)),
    (
        "15",
        "the end of the line sags",
        lambda: desk(p_w={"C": 60e6}).but(limits=Limits(loading_pct_max=None)).ask(GOOD_PLAN),
    ),
    (
        "15",
        "a narrow band is left below",
        lambda: desk(p_w={"C": 5e6}).but(limits=Limits(voltage_pu_min=0.999)).ask(GOOD_PLAN),
    ),
    (
        "15",
        "the busbar is above the band",
        lambda: desk().but(limits=Limits(voltage_pu_max=0.99)).ask(GOOD_PLAN),
    ),
    (
        "15",
        "only the upstream part sags",
        lambda: (
            desk(p_w={"A": 9e6})
            .but(limits=Limits(voltage_pu_min=0.995))
            .ask("open s1, open s2, close b1")
        ),
    ),
    (
        "15",
        "the donor sags, not the part picked up",
        lambda: (
            desk(NIGHT + "D [s9] E", p_w={"E": 12e6})
            .but(limits=Limits(voltage_pu_min=0.992))
            .ask(GOOD_PLAN)
        ),
    ),
    (
        "17",
        "the donor's protection would trip on load",
        lambda: desk(change={"b2": {"pickup_current_a": 3.0}}).ask(GOOD_PLAN),
    ),
    (
        "18",
        "a disconnector picks up load",
        lambda: desk(NIGHT.replace("t1", "d1")).ask(GOOD_PLAN.replace("t1", "d1")),
    ),
    (
        "18",
        "a disconnector drops load",
        lambda: (
            desk(LATERAL.replace("[r1]", "[d3]").replace("(b1)", "[b1]"))
            .but(allowed_dark=sections("E"))
            .ask("open d3")
        ),
    ),
    (
        "18",
        "a fuse is closed under voltage",
        lambda: desk(NIGHT.replace("t1", "f1")).ask(GOOD_PLAN.replace("t1", "f1")),
    ),
    (
        "18",
        "a load-break switch opens while the fault is fed",
        lambda: desk(NIGHT.replace("(b1)", "[b1]")).ask("open s1, open s2"),
    ),
    (
        "18",
        "a load-break switch opens while the breaker is in doubt",
        lambda: desk().doubting("b1").ask("open s1, open s2"),
    ),
    (
        "18",
        "more current than the switch breaks",
        lambda: (
            desk("S1 [b1] A [s1] B", fault="", change={"s1": {"current_a_rated": 2.0}})
            .but(allowed_dark=sections("B"))
            .ask("open s1")
        ),
    ),
    ("19", "no-close on the tie", lambda: desk().tagged("t1", TagKind.NO_CLOSE).ask(GOOD_PLAN)),
    (
        "19",
        "no-operate on a fence switch",
        lambda: desk().tagged("s1", TagKind.NO_OPERATE).ask(GOOD_PLAN),
    ),
    (
        "19",
        "hot-line work at the tie",
        lambda: desk().tagged("t1", TagKind.HOT_LINE).ask(GOOD_PLAN),
    ),
    (
        "19",
        "earth applied at the head",
        lambda: desk().tagged("b1", TagKind.EARTH_APPLIED).ask(GOOD_PLAN),
    ),
    (
        "19",
        "a tag comes between approval and execution",
        lambda: after_opening().tagged("b1", TagKind.NO_CLOSE).ask_before(3, GOOD_PLAN),
    ),
    (
        "19",
        "a tag comes on a later step",
        lambda: desk().tagged("t1", TagKind.NO_CLOSE).ask_before(1, GOOD_PLAN),
    ),
    (
        "20",
        "a crew device by telecontrol",
        lambda: desk(change={"s1": {"control": Control.CREW}}).ask(GOOD_PLAN),
    ),
    (
        "20",
        "a device nobody can move",
        lambda: desk(change={"s2": {"control": Control.NONE}}).ask(GOOD_PLAN, crew="s2"),
    ),
    ("20", "the link is down", lambda: desk().now(unreachable=switches("t1")).ask(GOOD_PLAN)),
    ("20", "the device is in local", lambda: desk().now(unreachable=switches("s1")).ask(GOOD_PLAN)),
    (
        "20",
        "the link went down during the plan",
        lambda: after_opening().now(unreachable=switches("b1")).ask_before(3, GOOD_PLAN),
    ),
    ("21", "the tie is at work elsewhere", lambda: desk().but(busy=switches("t1")).ask(GOOD_PLAN)),
    (
        "22",
        "the head of a hot-line feeder",
        lambda: desk(LATERAL).tagged("r1", TagKind.HOT_LINE).ask(GOOD_PLAN),
    ),
    (
        "22",
        "the donor is worked on live",
        lambda: desk(LATERAL).tagged("b2", TagKind.HOT_LINE).ask(GOOD_PLAN),
    ),
    ("23", "the guard has another grid", on_another_grid),
    ("23", "the grid changed since the plan", of_another_version),
    (
        "24",
        "an unknown switch hangs on the donor",
        lambda: desk(NIGHT + "D [s9] E").doubting("s9").ask(GOOD_PLAN),
    ),
    ("24", "the moving switch itself is in doubt", lambda: desk().doubting("t1").ask(GOOD_PLAN)),
    (
        "24",
        "an intermediate double point counts as open nowhere",
        lambda: (
            desk()
            .now(
                positions={
                    **desk().snapshot.positions,
                    SwitchId("s2"): Measured(Position.INTERMEDIATE, Quality.GOOD, LONG_AGO),
                }
            )
            .ask("open s1, close b1")
        ),
    ),
    ("25", "C is measured live although dark", lambda: desk().measuring("C", 1.0).ask(GOOD_PLAN)),
    ("25", "the donor is measured dead", lambda: desk().measuring("D", 0.01).ask(GOOD_PLAN)),
    (
        "25",
        "current flows through an open tie",
        lambda: (
            desk()
            .now(currents_a={SwitchId("t1"): Measured(80.0, Quality.GOOD, NOW)})
            .ask(GOOD_PLAN)
        ),
    ),
    ("35", "the donor's head is opened", lambda: desk().ask("open s1, open s2, open b2")),
    (
        "35",
        "a live lateral is cut off",
        lambda: desk(LATERAL.replace("(b1)", "[b1]"), fault="").ask("open r1"),
    ),
    ("35", "the whole feeder is cut for its end", lambda: desk(LOST, fault="B").ask("open b1")),
    (
        "35",
        "what was restored is dropped again",
        lambda: desk(LATERAL).ask("open s1, open s2, close b1, open r1"),
    ),
    (
        "35",
        "the other feed is not certain",
        lambda: desk("S1 [b1] A [s1] B (t1) D [b2] S2", fault="").doubting("t1").ask("open s1"),
    ),
    ("36", "a step that changes nothing", lambda: desk().ask("open t1, open s1, open s2")),
    ("36", "one device twice", lambda: desk().ask(GOOD_PLAN + ", open t1")),
    (
        "36",
        "open and close again with nothing between",
        lambda: desk(NIGHT + "C [s8] E").ask("open s1, open s2, open s8, close t1, close s8"),
    ),
    (
        "36",
        "a device three times",
        lambda: desk(NIGHT + "C [s8] E [s9] G").ask(
            "open s8, open s1, open s2, close s8, open s9, open s8"
        ),
    ),
    ("36", "no such switch", lambda: desk().ask("open s99")),
    ("36", "no such step", lambda: desk().ask_before(9, GOOD_PLAN)),
    ("36", "no such section", lambda: desk(fault="Z").ask(GOOD_PLAN)),
    ("36", "endless", lambda: desk().ask(", ".join(["open s1, close s1"] * 51))),
    (
        "40",
        "the fenced zone still measures voltage",
        lambda: after_opening().measuring("B", 0.9, LATER).ask_before(3, GOOD_PLAN),
    ),
]


@pytest.mark.parametrize(
    ("invariant", "ask"),
    [pytest.param(number, ask, id=f"{number} {title}") for number, title, ask in SEEDED],
)
def test_a_seeded_mistake_is_caught_by_its_invariant(invariant: str, ask: Ask) -> None:
    verdict = ask()
    assert invariant in broken(verdict)
    assert not verdict.passed
    for violation in verdict.violations:
        assert violation.why.in_english()


def test_numbers_that_do_not_count_up_and_positions_that_are_none_are_refused() -> None:
    asked = desk()
    first, second, *_ = moves(GOOD_PLAN)
    for wrong in (
        (second, first),
        (first, replace(second, number=1)),
        (replace(first, position=Position.BAD), second),
    ):
        proposal = replace(asked.proposal(GOOD_PLAN), moves=wrong)
        assert "36" in broken(asked.guard().check_plan(proposal, asked.knowledge()))
