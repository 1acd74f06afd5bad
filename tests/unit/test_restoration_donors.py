"""Whose limits a plan answers for: those of all that it adds load to, and of nothing else."""

from dataclasses import replace

import pytest
from outages import after_trip, shown, tagged

from gridops.adapters.engines import PowerGridModelEngine
from gridops.events.operator import TagKind
from gridops.network import Control, Limits, build_network
from gridops.powerflow import PowerFlow, RadialFlow
from gridops.restoration import Situation, propose
from gridops.restoration.stages import Course, courses
from gridops.state.snapshot import closed_by
from tests.radial_sweep import RadialSweep

TWO_SOURCES_IN_PARALLEL = """
S1 [b1] A [s1] B
B (t1) X [b2] S2
X [s3] Y [b3] S3
"""


def test_a_source_in_parallel_further_off_takes_its_part_of_the_load() -> None:
    """X is nearest to S2, but a third of what it takes on comes from S3."""
    situation = after_trip(
        TWO_SOURCES_IN_PARALLEL, suspected="A", p_w={"B": 4e6, "X": 3e6, "Y": 1e6}
    )
    parts = situation.network.components
    weak = tuple(replace(b, current_a_max=75.0) if b.id == "Y-b3" else b for b in parts.branches)
    network = build_network(replace(parts, branches=weak))
    plan = propose(replace(situation, network=network), PowerGridModelEngine(network))
    assert plan.steps == ()
    assert [(r.option, r.because, r.element) for r in plan.rejected] == [
        (("t1",), "overload", "Y-b3")
    ]


@pytest.mark.parametrize("engine", [RadialFlow, RadialSweep, PowerGridModelEngine])
def test_a_donor_is_looked_at_once_it_takes_something_on(engine: type[PowerFlow]) -> None:
    """A generator lifts D too high until C is there to use what it gives. That D is still too
    high when A comes back from S1 is no concern of that step."""
    situation = after_trip(
        "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2",
        suspected="B",
        p_w={"A": 1e6, "C": 4e6, "D": -2e6},
        customers={"A": 200},
    )
    situation = replace(situation, limits=Limits(voltage_pu_max=1.0005))
    plan = propose(situation, engine(situation.network))  # type: ignore[call-arg]
    assert shown(plan) == ["open s1", "open s2", "close b1 -> A", "close t1 -> C"]


DONOR = "S1 [b1] A [s1] B (t1) X [s3] Y [b2] S2"


def refusals(situation: Situation) -> list[tuple[str, str | None]]:
    plan = propose(situation, RadialFlow(situation.network))
    return [(each.because, each.element) for each in plan.rejected if each.option == ("t1",)]


def test_a_donor_is_radial_and_free_of_hot_line_work_all_along() -> None:
    situation = after_trip(DONOR, suspected="A")
    assert refusals(situation) == []
    elsewhere = after_trip(DONOR + "\nS2 [b3] Z [b4] Q", suspected="A")
    for switch, refused in (("s3", [("tag", "s3")]), ("b4", [])):
        snapshot = replace(elsewhere.snapshot, **tagged(switch, TagKind.HOT_LINE))
        assert refusals(replace(elsewhere, snapshot=snapshot)) == refused
    assert refusals(after_trip(DONOR + "\nX [s4] Y", suspected="A"))[0][0] == "loop"
    beyond_the_source = after_trip(DONOR + "\nS2 [b3] Z [b4] Q\nZ [b5] Q", suspected="A")
    assert refusals(beyond_the_source)[0][0] == "no-solution"


def test_the_second_stage_begins_where_the_first_has_left_the_switches() -> None:
    situation = after_trip(
        "S1 [b1] A [s1] B [s2] C [s3] D (t1) E [b2] S2",
        suspected="B",
        change={"s2": {"control": Control.CREW, "operating_time_s": 1800.0}},
    )
    found = courses(situation, RadialFlow(situation.network))
    assert isinstance(found, list)
    [both] = [course for course in found if len(course.stages) == 2]
    assert isinstance(both, Course)
    first, second = both.stages
    later = second.scope.ground.situation.snapshot
    assert later.closed == closed_by(later.positions, later.last_definite)
    moved = {move.switch for move in first.moves}
    assert moved == situation.network.switch_set(later.closed) ^ set(situation.snapshot.closed)
    assert {"s3", "t1"} <= moved
