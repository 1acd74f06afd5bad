"""The worked example of docs/restoration.md is what the planner answers."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gridops.events.operator import TagKind
from gridops.ids import SectionId, SwitchId, TagId, UserName
from gridops.measurement import Measured, Position, Quality
from gridops.network import Control, draw
from gridops.powerflow import RadialFlow
from gridops.powerflow.load_powers import LoadPowers
from gridops.restoration import (
    Branch,
    Outlook,
    OutlookSettings,
    Plan,
    Situation,
    outlook_of,
    propose,
)
from gridops.state import LiveState, Tag, energise

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "restoration.md").read_text(encoding="utf-8")
SECTION = PAGE.split("\n## Around a plan\n", 1)[1].split("\n## ", 1)[0]
AT = datetime(2025, 1, 1, 12, tzinfo=UTC)
GRID = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2\nC (t2) E [b3] S3"
CAUSES = {"refuses": "refused", "stays silent": "silent"}


def example() -> Situation:
    """B faulted, b1 tripped; a crew drives to t2 for half an hour."""
    crew = {"control": Control.CREW, "operating_time_s": 30 * 60 + 2.0}
    network = draw(GRID, change={"t2": crew})
    normal = network.normally_closed
    positions = {
        s: Measured(
            Position.CLOSED if s in normal - {SwitchId("b1")} else Position.OPEN, Quality.GOOD, AT
        )
        for s in network.switches
    }
    blank = LiveState(network=network).snapshot(AT)
    nothing: frozenset[SwitchId] = frozenset()
    return Situation(
        network=network,
        snapshot=replace(blank, positions=positions, unknown=nothing, unreachable=nothing),
        closed_before=normal,
        suspected=frozenset({SectionId("SB")}),
        dark=energise(network, normal).behind(SwitchId("b1")),
        loads=LoadPowers.stated(network),
        limits=network.limits,
    )


def looked_at(situation: Situation) -> tuple[Plan, Outlook]:
    engine = RadialFlow(situation.network)
    plan = propose(situation, engine)
    return plan, outlook_of(situation, plan, engine=engine)


def told(plan: Plan) -> str:
    steps = [f"{'close' if s.closes else 'open'} {s.switch}" for s in plan.steps]
    return ", ".join(steps) or "nothing more"


def rows(branches: tuple[Branch, ...], plan: Plan) -> list[tuple[str, ...]]:
    causes = {cause: words for words, cause in CAUSES.items()}
    return [
        (
            f"{one.step} {told(plan).split(', ')[one.step - 1]}",
            causes[one.cause.value],
            told(one.plan),
            str(one.customers_at_risk),
            f"{one.minutes_at_risk:,.1f}",
        )
        for one in branches
    ]


def test_the_table_of_failures_is_what_is_worked_out() -> None:
    table = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in re.findall(r"^\| \d .*\|$", SECTION, re.M)
    ]
    plan, found = looked_at(example())
    assert told(plan) == "open s1, open s2, close b1, close t1"
    assert rows(found.branches, plan) == table


def test_the_other_plan_takes_the_crew() -> None:
    _, found = looked_at(example())
    (other,) = found.alternatives
    assert (other.without, other.instead) == (("t1",), ("t2",))
    assert (other.customers_less, other.movements_more) == (0, 0)
    assert "= 3,000 minutes more" in SECTION
    assert round(other.minutes_more) == 3000


def test_with_the_tag_two_things_would_help() -> None:
    situation = example()
    tag = Tag(
        id=TagId("T1"),
        switch=SwitchId("t1"),
        kind=TagKind.NO_CLOSE,
        by=UserName("lan"),
        placed_at=AT,
        reason="work",
    )
    snapshot = replace(situation.snapshot, tags={SwitchId("t1"): (tag,)})
    plan, found = looked_at(replace(situation, snapshot=snapshot))
    assert told(plan).endswith("close t2")
    helps = [(h.kind.value, h.element, round(h.minutes_less)) for h in found.helps]
    assert helps == [("device", "t1", 3000), ("telecontrol", "t2", 3000)]
    assert "t1 fit to\nbe used, 3,000 minutes less; telecontrol on t2, as many" in SECTION


def test_the_bounds_are_those_of_the_settings() -> None:
    bounds = OutlookSettings()
    assert f"first {bounds.steps_max} steps" in SECTION
    assert f"{bounds.alternatives_tried_max} times for alternatives" in SECTION
    assert f"{bounds.helps_tried_max} times for helps" in SECTION
    assert f"{bounds.telemetry_wait_s:.0f} s for the telemetry" in SECTION
