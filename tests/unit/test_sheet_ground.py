"""What an approval rests on: it falls with each relevant change, and with no other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gridops.events.operator import TagKind
from gridops.events.sheets import StepDraft
from gridops.guard import Knowledge, Permit
from gridops.ids import LoadId, SourceId, SwitchId
from gridops.measurement import Quality
from gridops.network import Limits
from gridops.powerflow import LoadPower
from gridops.sheets.course import Course
from gridops.sheets.ground import concerned_by, ground_of, still_stands
from tests.guard_desk import Desk, desk, sections
from tests.sheet_desk import course, lines

TOWN = """
S1 [b1] A [s1] B (t1) C [b2] S2
S3 [b3] E (t3) F [b4] S4
"""
"""The sheet hands B over from S1 to S2; S3 and S4 have nothing to do with it."""
HANDOVER = course("open s1, close t1", gives_up="B")
CALM = desk(TOWN, fault="")

Change = Callable[[Desk], Desk]


def ground(here: Desk, asked: Course = HANDOVER, *, grid: str = "g1") -> str:
    return ground_of(asked, here.knowledge(), grid=grid)


def drawing(section: str, p_w: float, q_var: float = 30e3) -> Change:
    def change(here: Desk) -> Desk:
        loads = {**here.knowledge().loads, LoadId(section): LoadPower(p_w, q_var)}
        return here.but(more={"loads": loads})

    return change


def known(here: Desk) -> Knowledge:
    """With loads that a change has put in place of the grid's own."""
    more = dict(here.more)
    loads = more.pop("loads", None)
    knowledge = here.but(more=more).knowledge()
    return knowledge if loads is None else replace(knowledge, loads=loads)


def unreachable(*names: str) -> Change:
    return lambda here: here.now(unreachable=frozenset(map(SwitchId, names)))


def permit(section: str) -> Change:
    at_work = Permit(sections=sections(section), isolated_by=frozenset())
    return lambda here: here.but(permits=(at_work,))


RELEVANT: dict[str, Change] = {
    "a switch of it moved": lambda here: here.moved("open s1"),
    "a switch beside it moved": lambda here: here.moved("open b2"),
    "a position got doubtful": lambda here: here.doubting("b2"),
    "a tag was placed on it": lambda here: here.tagged("t1", TagKind.NO_CLOSE),
    "a tag was placed beside it": lambda here: here.tagged("b2", TagKind.HOT_LINE),
    "limits were changed": lambda here: here.but(limits=Limits(loading_pct_max=80.0)),
    "a load rose by half": drawing("B", 150e3, 45e3),
    "a load is gone": drawing("C", 0.0, 0.0),
    "reactive power rose": drawing("C", 100e3, 90e3),
    "a device of it no longer answers": unreachable("s1"),
    "another sheet claims a switch": lambda here: here.but(busy=frozenset({SwitchId("t1")})),
    "a fault may lie there": lambda here: here.but(forbidden=sections("C")),
    "somebody has a permit": permit("B"),
    "phasing is unverified": lambda here: here.but(phasing_unverified=sections("C")),
    "a device recloses": lambda here: here.but(reclosing_on=frozenset({SwitchId("b2")})),
    "the donor's busbar died": lambda here: here.now(dead_sources=frozenset({SourceId("S2")})),
    "a node measures no voltage": lambda here: here.measuring("C", 0.01),
}
IRRELEVANT: dict[str, Change] = {
    "another feeder's switch moved": lambda here: here.moved("open b3, close t3"),
    "another feeder's position got doubtful": lambda here: here.doubting("t3"),
    "another feeder was tagged": lambda here: here.tagged("b3", TagKind.NO_OPERATE),
    "another feeder's load doubled": drawing("E", 200e3, 60e3),
    "another feeder's device no longer answers": unreachable("b3", "t3"),
    "another feeder's switch is claimed": lambda here: here.but(busy=frozenset({SwitchId("t3")})),
    "another feeder holds a fault": lambda here: here.but(forbidden=sections("E")),
    "people work on another feeder": permit("F"),
    "a busbar elsewhere died": lambda here: here.now(dead_sources=frozenset({SourceId("S4")})),
    "a node elsewhere measures no voltage": lambda here: here.measuring("E", 0.01),
    "time went by": lambda here: here.now(at=here.snapshot.at + timedelta(minutes=3)),
    "a load trembled": drawing("B", 110e3, 33e3),
    "what is moved by hand does not answer": unreachable("b1"),
}


@pytest.mark.parametrize("name", RELEVANT)
def test_a_relevant_change_changes_the_ground(name: str) -> None:
    changed = RELEVANT[name](CALM)
    before = CALM.measuring("C", 0.99) if "measures" in name else CALM
    assert not still_stands(ground(before), ground_of(HANDOVER, known(changed), grid="g1"))


@pytest.mark.parametrize("name", IRRELEVANT)
def test_what_happens_elsewhere_changes_nothing(name: str) -> None:
    now = ground_of(HANDOVER, known(IRRELEVANT[name](CALM)), grid="g1")
    assert still_stands(ground(CALM), now)
    assert (ground(CALM) == now) is ("trembled" not in name)


def test_another_version_of_the_grid_is_another_ground() -> None:
    assert ground(CALM, grid="g2") != ground(CALM)


def test_the_concerned_part_is_all_that_the_lines_could_join() -> None:
    assert concerned_by(HANDOVER, CALM.knowledge()) == sections("S1 A B C S2")
    beside = course("open t1", gives_up="B")
    assert concerned_by(beside, CALM.knowledge()) == sections("S1 A B C S2")
    assert concerned_by(course("open s1"), CALM.knowledge()) == sections("S1 A B")
    doubtful = CALM.doubting("t1").knowledge()
    assert concerned_by(course("open s1"), doubtful) == sections("S1 A B C S2")


def test_a_sibling_feeder_counts_since_it_loads_the_same_transformer() -> None:
    siblings = desk(TOWN + "S1 [b5] G", fault="")
    heavier = ground_of(HANDOVER, known(drawing("G", 300e3)(siblings)), grid="g1")
    assert not still_stands(ground(siblings), heavier)


def test_loads_count_by_feeders_from_where_they_were_at_the_approval() -> None:
    heavy = drawing("C", 10e6, 0.0)(CALM)
    approved = ground_of(HANDOVER, known(heavy), grid="g1")
    for p_w, stands in ((10.9e6, True), (9.1e6, True), (11.2e6, False), (8.8e6, False)):
        now = ground_of(HANDOVER, known(drawing("C", p_w, 0.0)(CALM)), grid="g1")
        assert still_stands(approved, now) is stands


def test_a_struck_out_line_and_an_unknown_switch_concern_nothing() -> None:
    struck = Course(steps=(*HANDOVER.steps, *lines("(open b3), open s9")), gives_up=sections("B"))
    assert ground(CALM, struck) == ground(CALM)


def test_a_reading_of_worse_quality_counts_by_what_it_makes_doubtful() -> None:
    assert ground(CALM.doubting("s1", quality=Quality.BAD)) == ground(
        CALM.doubting("s1", quality=Quality.STALE)
    )


def test_the_order_in_which_tags_came_is_no_change() -> None:
    one = CALM.tagged("t1", TagKind.CAUTION).tagged("t1", TagKind.NO_CLOSE)
    other = CALM.tagged("t1", TagKind.NO_CLOSE).tagged("t1", TagKind.CAUTION)
    assert ground(one) == ground(other)


def test_words_on_the_lines_are_no_ground() -> None:
    said = tuple(
        StepDraft(act=s.act, by=s.by, switch=s.switch, text="slowly") for s in HANDOVER.steps
    )
    assert ground(CALM, replace(HANDOVER, steps=said)) == ground(CALM)
