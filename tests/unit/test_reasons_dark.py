"""Which limit keeps a section dark, one drawn grid at a time."""

from dataclasses import replace
from typing import Any

from outages import after_trip, tagged

from gridops.events.operator import TagKind
from gridops.ids import SectionId, SourceId, SwitchId
from gridops.network import Control, Limits
from gridops.powerflow import RadialFlow
from gridops.restoration import Situation, propose

RING = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"


def reasons(situation: Situation) -> dict[str, tuple[str, str]]:
    """Of every section that the plan leaves dark."""
    plan = propose(situation, RadialFlow(situation.network))
    return {u.section.removeprefix("S"): (u.because, u.element) for u in plan.unserved}


def test_a_section_without_any_tie_says_so() -> None:
    assert reasons(after_trip("S1 [b1] A [s1] B [s2] C", suspected="B")) == {"C": ("no-tie", "SC")}


def test_the_fence_took_it_in_by_the_switch_nearer_to_it() -> None:
    """s3 and s2 are both of no use: C is lost by s2, D by s3, and not by s4 beyond it."""
    text = "S1 [b1] A [s1] B [s2] C [s3] D [s4] E (t1) F [b2] S2"
    situation = after_trip(text, suspected="B")
    bad = replace(situation, unavailable=frozenset(map(SwitchId, ("s2", "s3"))))
    assert reasons(bad) == {"C": ("not-operable", "s2"), "D": ("not-operable", "s3")}


def test_of_two_ties_the_one_nearer_to_carrying_it_is_named() -> None:
    """t1 is short by 60 %, t2 by a few percent; t1 stands first on the drawing."""
    text = "S1 [b1] A [s1] B\nB (t1) C [b2] S2\nB (t2) D [b3] S3"
    situation = after_trip(text, suspected="A", p_w={"B": 10e6, "C": 14e6, "D": 5.5e6})
    situation = replace(situation, limits=Limits(voltage_pu_min=None))
    assert reasons(situation) == {"B": ("overload", "D-b3")}


def test_a_tie_that_is_tagged_is_a_better_reason_than_one_without_a_source() -> None:
    text = "S1 [b1] A [s1] B\nB (t1) C [b2] S2\nB (t2) D [b3] S3"
    situation = after_trip(text, suspected="A")
    snapshot = replace(
        situation.snapshot,
        dead_sources=frozenset({SourceId("S2")}),
        **tagged("t2", TagKind.NO_CLOSE),
    )
    assert reasons(replace(situation, snapshot=snapshot)) == {"B": ("tag", "t2")}


def test_an_open_switch_that_nobody_can_close_cuts_it_off() -> None:
    """C comes back over t1, and s2 between B and C stands open and failed."""
    situation = after_trip(RING, suspected="A", open_=("s2",))
    assert reasons(replace(situation, unavailable=frozenset({SwitchId("s2")}))) == {
        "B": ("not-operable", "s2")
    }


def test_a_neighbour_in_doubt_is_the_reason_of_what_hangs_on_it() -> None:
    """E stands between C and t1 of unknown position: nobody may argue about E."""
    text = "S1 [b1] A [s1] B [s2] C [s3] E (t1) D\nE (t2) F [b3] S3"
    situation = after_trip(text, suspected="B")
    unknown = replace(situation.snapshot, unknown=frozenset({SwitchId("t1")}))
    assert reasons(replace(situation, snapshot=unknown)) == {
        "C": ("unknown-position", "t1"),
        "E": ("unknown-position", "t1"),
    }


def test_work_at_a_section_is_its_own_reason() -> None:
    situation = after_trip(RING, suspected="B")
    earthed = replace(situation.snapshot, **tagged("t1", TagKind.EARTH_APPLIED))
    assert reasons(replace(situation, snapshot=earthed)) == {"C": ("tag", "t1")}


def test_what_other_incidents_suspect_is_forbidden() -> None:
    situation = after_trip(RING, suspected="B")
    assert reasons(replace(situation, forbidden=frozenset({SectionId("SC")}))) == {
        "C": ("forbidden", "SC")
    }


def test_where_nobody_is_served_there_is_nothing_to_gain() -> None:
    """D has no customers and draws nothing; the tie that reaches it is sound."""
    crew: dict[str, Any] = {"control": Control.CREW, "operating_time_s": 1800.0}
    text = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"
    situation = after_trip(
        text, suspected="B", p_w={"C": 0.0}, customers={"C": 0}, change={"t1": crew}
    )
    assert reasons(situation) == {"C": ("nothing-gained", "SC")}
