"""Load transfer: a neighbour hands load on, so that it can take the dark part."""

from dataclasses import replace

import pytest
from every_course import EveryCourse
from outages import after_trip, tagged

from gridops.events.operator import TagKind
from gridops.ids import GeneratorId, NodeId, SwitchId
from gridops.isolation import Devices, Fence, fence
from gridops.network import ColdLoad, Control, Generator, GeneratorKind, SwitchKind, build_network
from gridops.powerflow import PowerFlow, RadialFlow
from gridops.restoration import Proof, Score, Situation, propose
from gridops.restoration.judge import Judge
from gridops.restoration.plan import FoundBy
from gridops.restoration.scope import scope_of
from gridops.restoration.scoring import score_of
from gridops.restoration.transfer import Effort, Transfer, improve
from gridops.restoration.transfer_order import Orders
from gridops.restoration.transfer_scope import Reach
from gridops.state import energise
from tests.radial_sweep import RadialSweep

HANDS_ON = """
S1 [b1] A [s1] B (t1) D [b2] S2
D [s2] C (t2) E [b3] S3
"""
"""S2 carries 15 MVA at most: D and C leave no room for B until C goes to S3."""
POWER_W = {"A": 1e6, "B": 6e6, "C": 6e6, "D": 4e6, "E": 3e6}
TO_THE_END = Effort(rounds_max=200, nodes_max=2000, gap_pct_enough=0.0)


def fenced(situation: Situation) -> tuple[Devices, Fence]:
    devices = Devices(
        network=situation.network,
        snapshot=situation.snapshot,
        unavailable=situation.unavailable,
        crew=situation.settings.crew_available,
    )
    possibly = energise(situation.network, situation.snapshot.closed)
    found = fence(devices, situation.suspected, possibly=possibly)
    assert isinstance(found, Fence)
    return devices, found


def nothing_done(situation: Situation) -> Score:
    return score_of(situation, ())


def looked_for(
    situation: Situation,
    *,
    effort: Effort = TO_THE_END,
    engine: type[PowerFlow] = RadialFlow,
    incumbent: Score | None = None,
) -> Transfer | None:
    """None: no supplied load could be moved at all."""
    devices, around = fenced(situation)
    return improve(
        situation,
        engine(situation.network),  # type: ignore[call-arg]
        devices=devices,
        fence=around,
        incumbent=incumbent or nothing_done(situation),
        effort=effort,
    )


def transferred(
    situation: Situation,
    *,
    effort: Effort = TO_THE_END,
    engine: type[PowerFlow] = RadialFlow,
    incumbent: Score | None = None,
) -> Transfer:
    found = looked_for(situation, effort=effort, engine=engine, incumbent=incumbent)
    assert found is not None
    return found


def shown(found: Transfer) -> list[str]:
    lines = []
    for move in found.moves:
        gone = "".join(f" -{s.removeprefix('S')}" for s in move.dropped)
        back = "".join(f" +{s.removeprefix('S')}" for s in move.restored)
        lines.append(f"{move.position.name.lower()} {move.switch}{gone}{back}")
    return lines


@pytest.mark.parametrize("engine", [RadialFlow, RadialSweep])
def test_room_is_made_before_it_is_taken(engine: type[PowerFlow]) -> None:
    found = transferred(after_trip(HANDS_ON, suspected="A", p_w=POWER_W), engine=engine)
    assert shown(found) == ["open s1", "open s2 -C", "closed t2 +C", "closed t1 +B"]
    assert found.proof is Proof.OPTIMAL
    assert found.score.weighted_minutes == pytest.approx(49_800 + 100 * 2 * (13 + 2) / 60)
    assert [(move.starts_s, move.done_s) for move in found.moves] == [
        (0.0, 2.0),
        (2.0, 4.0),
        (4.0, 6.0),
        (11.0, 13.0),
    ]


def test_a_load_break_switch_that_carries_more_than_it_breaks_stays_closed() -> None:
    """C draws 158 A through the switch that would part it, beyond its rating since before."""
    for device, parts in (("s2", False), ("b4", True)):
        text = HANDS_ON.replace("s2", device)
        weak = {device: {"current_a_rated": 150.0}}
        found = transferred(after_trip(text, suspected="A", p_w=POWER_W, change=weak))
        assert (f"open {device} -C" in shown(found)) is parts


def test_without_transfer_nothing_comes_back_there() -> None:
    situation = after_trip(HANDS_ON, suspected="A", p_w=POWER_W)
    stays = replace(situation, settings=replace(situation.settings, load_transfer=False))
    assert propose(stays, RadialFlow(situation.network)).steps == ()
    plan = propose(situation, RadialFlow(situation.network))
    assert plan.customers.restored_by_switching == 100
    assert plan.dropped == {"SC"}
    assert plan.found_by is FoundBy.TRANSFER


def test_nothing_is_moved_where_there_is_room() -> None:
    found = transferred(after_trip(HANDS_ON, suspected="A"))
    assert shown(found) == ["open s1", "closed t1 +B"]


def test_what_is_as_good_already_stands_and_is_proven() -> None:
    situation = after_trip(HANDS_ON, suspected="A")
    plan = propose(situation, RadialFlow(situation.network))
    found = transferred(situation, incumbent=plan.score)
    assert found.moves == ()
    assert found.score == plan.score
    assert found.proof is Proof.OPTIMAL


def test_priority_one_stays_where_it_is() -> None:
    situation = after_trip(HANDS_ON, suspected="A", p_w=POWER_W, priority={"C": 1})
    found = transferred(situation)
    assert found.moves == ()
    assert found.proof is Proof.OPTIMAL


def test_an_island_that_a_generator_may_keep_alive_is_not_dropped() -> None:
    """C could run on by itself, out of step with S3."""
    situation = after_trip(HANDS_ON, suspected="A", p_w=POWER_W)
    generator = Generator(
        id=GeneratorId("G"),
        name="G",
        node=NodeId("C"),
        kind=GeneratorKind.HYDRO,
        power_va_rated=5e6,
        p_w=-4e6,
        q_var=0.0,
    )
    for island_capable, moved in ((False, True), (True, False)):
        of_it = replace(generator, island_capable=island_capable)
        parts = replace(situation.network.components, generators=(of_it,))
        found = transferred(replace(situation, network=build_network(parts)))
        assert ("open s2 -C" in shown(found)) is moved


def test_priority_one_before_what_could_be_moved_lets_the_rest_go() -> None:
    text = HANDS_ON.replace("[s2] C (t2)", "[s4] X [s2] C (t2)")
    situation = after_trip(text, suspected="A", p_w={**POWER_W, "X": 1e5}, priority={"X": 1})
    assert shown(transferred(situation))[1:3] == ["open s2 -C", "closed t2 +C"]


def test_many_are_not_dropped_for_one() -> None:
    """One customer for four hours is 249 minutes, thresholds included; a thousand for two seconds
    are 33, and worth it, for a minute 1000, and not."""
    many = {"B": 1, "C": 1000}
    quick = after_trip(HANDS_ON, suspected="A", p_w=POWER_W, customers=many)
    assert transferred(quick).moves != ()
    slow = after_trip(
        HANDS_ON,
        suspected="A",
        p_w=POWER_W,
        customers=many,
        change={"t2": {"operating_time_s": 60.0}},
    )
    assert transferred(slow).moves == ()


def test_a_tag_on_the_way_forbids_the_transfer() -> None:
    situation = after_trip(HANDS_ON, suspected="A", p_w=POWER_W)
    snapshot = replace(situation.snapshot, **tagged("t2", TagKind.NO_CLOSE))
    assert looked_for(replace(situation, snapshot=snapshot)) is None


def test_an_unknown_position_on_the_taking_feeder_forbids_it() -> None:
    situation = after_trip(HANDS_ON, suspected="A", p_w=POWER_W)
    unknown = frozenset({next(s for s in situation.network.switches if s == "b3")})
    snapshot = replace(situation.snapshot, unknown=unknown)
    assert looked_for(replace(situation, snapshot=snapshot)) is None


def test_a_crew_moves_what_telecontrol_cannot() -> None:
    crew = {"t2": {"control": Control.CREW, "operating_time_s": 1800.0}}
    situation = after_trip(HANDS_ON, suspected="A", p_w=POWER_W, change=crew, customers={"C": 10})
    assert transferred(situation).moves == ()  # C would come back cold, and draw twice its load
    warm = ColdLoad(residential=1.0, commercial=1.0, industrial=1.0, critical=1.0)
    situation = replace(situation, settings=replace(situation.settings, cold_load=warm))
    found = transferred(situation)
    assert [move.switch for move in found.moves] == ["s1", "s2", "t1", "t2"]
    no_crew = replace(situation, settings=replace(situation.settings, crew_available=False))
    assert looked_for(no_crew) is None


def test_load_goes_two_feeders_on_only_if_asked_to() -> None:
    """S3 has no room for C until E has gone to S4."""
    text = """
S1 [b1] A [s1] B (t1) D [b2] S2
D [s2] C (t2) X [b3] S3
X [s3] E (t3) F [b4] S4
"""
    power = {**POWER_W, "X": 5e6, "E": 5e6, "F": 1e6}
    situation = after_trip(text, suspected="A", p_w=power)
    assert transferred(situation).moves == ()
    far = transferred(situation, effort=replace(TO_THE_END, reach=Reach(hops=2)))
    assert set(shown(far)) >= {"open s3 -E", "closed t3 +E", "open s2 -C", "closed t2 +C"}
    assert shown(far)[-1] == "closed t1 +B"


def test_a_state_that_only_ac_refuses_is_cut_and_the_next_best_taken() -> None:
    """The programme reckons with the highest voltage that is allowed, and without losses."""
    text = HANDS_ON.replace("[s1] B (t1)", "[s1] B [s6] K (t1)")
    power = {"A": 1e6, "B": 3e6, "K": 3e6, "C": 6e6, "D": 8.6e6, "E": 3e6}
    found = transferred(after_trip(text, suspected="A", p_w=power))
    assert shown(found)[-2:] == ["open s6", "closed t1 +K"]
    assert {note.because for note in found.rejected} == {"overload"}
    assert found.proof is Proof.OPTIMAL


GRIDS = {
    "hands on": (HANDS_ON, POWER_W),
    "either side": (
        """
S1 [b1] A [s1] B (t1) D [b2] S2
B (t2) C [b3] S3
D [s2] E (t3) C
""",
        {"A": 1e6, "B": 7e6, "C": 6e6, "D": 4e6, "E": 5e6},
    ),
    "two dark": (
        """
S1 [b1] A [s1] B [s2] C (t1) D [b2] S2
D [s3] E (t2) F [b3] S3
""",
        {"A": 1e6, "B": 4e6, "C": 5e6, "D": 3e6, "E": 5e6, "F": 3e6},
    ),
    "a swap": (
        """
S1 [b1] A [s1] B (t1) D [b2] S2
B (t2) E [b3] S3
D (t3) E
""",
        {"A": 1e6, "B": 9e6, "D": 7e6, "E": 7e6},
    ),
}


CUSTOMERS = {
    "alike": {},
    "few moved": {"B": 5000, "C": 1, "E": 3},
    "many moved": {"C": 2000, "E": 900},
}


@pytest.mark.parametrize("customers", CUSTOMERS)
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.3])
@pytest.mark.parametrize("name", GRIDS)
def test_no_course_whatever_is_better(name: str, scale: float, customers: str) -> None:
    text, power = GRIDS[name]
    situation = after_trip(
        text,
        suspected="A",
        p_w={s: scale * p for s, p in power.items()},
        customers=CUSTOMERS[customers],
    )
    devices, around = fenced(situation)
    every = EveryCourse(situation, RadialFlow(situation.network), devices, around)
    least = every.least_minutes()
    found = transferred(situation)
    assert found.proof is Proof.OPTIMAL
    assert found.score.weighted_minutes == pytest.approx(least, rel=1e-9)
    assert found.bound == pytest.approx(least, rel=1e-6)


def test_the_same_question_has_the_same_answer() -> None:
    situation = after_trip(HANDS_ON, suspected="A", p_w=POWER_W)
    assert transferred(situation) == transferred(situation)


def test_too_large_a_region_is_left_alone_and_nothing_is_claimed_of_it() -> None:
    situation = after_trip(HANDS_ON, suspected="A", p_w=POWER_W)
    found = transferred(situation, effort=replace(TO_THE_END, lines_max=1, searches_max=0))
    assert found.moves == ()
    assert found.proof is Proof.GAP
    assert found.bound <= transferred(situation).score.weighted_minutes
    assert found.gap_pct > 99.0


def test_one_hand_over_is_found_without_a_programme() -> None:
    situation = after_trip(HANDS_ON, suspected="A", p_w=POWER_W)
    found = transferred(situation, effort=replace(TO_THE_END, lines_max=1))
    assert shown(found) == ["open s1", "open s2 -C", "closed t2 +C", "closed t1 +B"]
    exact = transferred(situation, effort=replace(TO_THE_END, searches_max=0))
    assert found.score == exact.score
    assert found.bound <= exact.bound


@pytest.mark.parametrize(("at_e_w", "is_shut"), [(1.2e7, True), (3e6, False)])
def test_trees_without_room_are_left_out(at_e_w: float, is_shut: bool) -> None:
    """S2 feeds 20 MW over a cable for 15.2 MVA; S3 has room for what is too much, or has not."""
    heavy = {**POWER_W, "D": 9e6, "C": 11e6, "E": at_e_w}
    situation = after_trip(HANDS_ON, suspected="A", p_w=heavy)
    found = looked_for(situation, effort=replace(TO_THE_END, lines_max=0, searches_max=0))
    assert (found is None) == is_shut
    plan = propose(situation, RadialFlow(situation.network))
    assert plan.proof is Proof.OPTIMAL


def test_a_dead_closing_waits_until_the_line_that_people_work_on_is_parted() -> None:
    """d9 may not make load, so it closes while all is dead; s4 is worked on live, and C with it."""
    situation = after_trip(
        "S1 [b1] Z [s1] A [d9] B [s3] C [s4] D\nS2 [b2] E (t1) A",
        suspected="Z",
        open_=("d9",),
        change={"d9": {"kind": SwitchKind.DISCONNECTOR}},
    )
    worked_on = replace(situation.snapshot, **tagged("s4", TagKind.HOT_LINE))
    situation = replace(situation, snapshot=worked_on)
    devices, around = fenced(situation)
    scope = scope_of(situation, devices, fence=around)
    ground = scope.ground
    final = (ground.closed - {SwitchId("s3")}) | {SwitchId("d9"), SwitchId("t1")}
    judge = Judge(scope, RadialFlow(situation.network))
    moves = Orders(ground, final, lambda *_: (), judge.flow).best(below=float("inf")).moves
    assert moves is not None
    order = [move.switch for move in moves]
    assert order.index("s3") < order.index("d9") < order.index("t1")
