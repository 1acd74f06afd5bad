"""`gridops prove`: random cases through planner and guard, and a walk that sees what is unsafe."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from cli_story import Terminal
from outages import after_trip, tagged

from gridops.adapters.engines import PowerGridModelEngine
from gridops.bootstrap import proving
from gridops.bootstrap.proving import court_of, dice_of, played
from gridops.events.operator import TagKind
from gridops.ids import GeneratorId, NodeId, SectionId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import Generator, GeneratorKind, Limits, build_network, draw
from gridops.powerflow import LoadPower, PowerFlow
from gridops.restoration import Plan, Situation, Step, propose
from gridops.study.plan_walk import GridBits, beyond_limits, unsafe
from gridops.study.random_cases import CERTAIN, Doubt, outage_at, random_situation
from gridops.study.random_trials import Court, Planner, after, tried
from tests.restoration_ground import live_sections

RING = """
S1 [b1] A [s1] B [s2] C (t1) D [b2] S2
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


def situation(fault: str = "B", *, p_w: float = 1e5) -> Situation:
    network = draw(RING, p_w=dict.fromkeys("ABCD", p_w))
    loads = {load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()}
    outage = outage_at(
        network,
        frozenset(network.normally_closed),
        faults=(SectionId(f"S{fault}"),),
        loads=loads,
    )
    told = random_situation(random.Random(1), outage, doubt=CERTAIN)
    return replace(told, suspected=frozenset(outage.faults), limits=Limits(), dark_s=0.0)


def planned(told: Situation) -> tuple[Plan, GridBits, PowerFlow]:
    network = told.network
    engine = PowerGridModelEngine(network)
    return propose(told, engine), GridBits(network), engine


def without(plan: Plan, *switches: str) -> Plan:
    return replace(plan, steps=tuple(step for step in plan.steps if step.switch not in switches))


def test_a_sound_plan_is_called_sound() -> None:
    told = situation()
    plan, bits, engine = planned(told)
    assert len(plan.steps) == 4
    assert unsafe(told, plan, bits=bits) == []
    assert beyond_limits(told, plan, engine=engine) == []


@pytest.mark.parametrize("opening", ["s1", "s2"])
def test_a_plan_that_leaves_the_fence_closed_is_unsafe(opening: str) -> None:
    told = situation()
    plan, bits, _ = planned(told)
    found = unsafe(told, without(plan, opening), bits=bits)
    assert any("suspected SB is live" in text for text in found)


def test_a_switch_that_may_be_closed_after_all_is_seen() -> None:
    told = situation()
    plan, bits, _ = planned(told)
    doubted = replace(told, snapshot=replace(told.snapshot, unknown=frozenset({SwitchId("s2")})))
    found = unsafe(doubted, without(plan, "s2"), bits=bits)
    assert any("suspected SB is live" in text for text in found)


def test_a_plan_that_joins_two_sources_is_unsafe() -> None:
    told = replace(situation("A"), suspected=frozenset())
    plan, bits, _ = planned(told)
    closings = [step for step in planned(situation())[0].steps if step.closes]
    found = unsafe(told, replace(plan, steps=tuple(closings)), bits=bits)
    assert any("joins two sources" in text for text in found)


def test_a_plan_that_drops_supply_without_a_word_is_unsafe() -> None:
    told = situation()
    plan, bits, _ = planned(told)
    last = plan.steps[-1]
    dropping: Step = replace(
        last,
        number=last.number + 1,
        switch=SwitchId("b2"),
        position=Position.OPEN,
        sections_restored=(),
    )
    found = unsafe(told, replace(plan, steps=(*plan.steps, dropping)), bits=bits)
    assert any("drops SC SD" in text for text in found)


def test_a_tagged_and_an_unavailable_device_are_seen() -> None:
    told = situation()
    plan, bits, _ = planned(told)
    barred = replace(told, unavailable=frozenset({SwitchId("t1")}))
    assert any("unavailable" in text for text in unsafe(barred, plan, bits=bits))


def test_closings_without_their_gap_are_seen() -> None:
    told = situation()
    plan, bits, _ = planned(told)
    *rest, last = plan.steps
    hasty = replace(last, starts_s=rest[-1].done_s, done_s=rest[-1].done_s + 2.0)
    found = unsafe(told, replace(plan, steps=(*rest, hasty)), bits=bits)
    assert found == [f"step {last.number} starts too soon"]


def test_a_state_beyond_its_limits_is_seen() -> None:
    told = situation(p_w=9e6)
    plan, _, engine = planned(situation())
    assert any("pu" in text or "%" in text for text in beyond_limits(told, plan, engine=engine))


def one_step(told: Situation, switch: str, *, to: Position) -> Plan:
    """A plan of one movement, whatever becomes of it."""
    (step, *_) = planned(situation())[0].steps
    only = replace(step, switch=SwitchId(switch), position=to)
    return replace(propose(told, PowerGridModelEngine(told.network)), steps=(only,))


def test_a_load_break_switch_that_parts_more_than_its_rating_is_seen() -> None:
    """B draws 2.6 A."""
    drawing = "S1 [b1] A [s1] B\nS2 [b2] D"
    for rated_a, seen in ((2.0, True), (3.0, False)):
        weak = {"s1": {"current_a_rated": rated_a}}
        told = after_trip(drawing, suspected="D", tripped="b2", change=weak)
        plan = one_step(told, "s1", to=Position.OPEN)
        found = beyond_limits(told, plan, engine=PowerGridModelEngine(told.network))
        assert [text.startswith("step 1 parts 2.6") for text in found] == [True] * seen


def test_an_earthed_section_behind_a_dead_busbar_is_seen() -> None:
    """S1 is dead; closing t1 feeds A, S1 and, beyond it, E, which somebody has earthed."""
    drawing = "F [s9] E [b3] S1 [b1] A (t1) D [b2] S2"
    told = after_trip(drawing, suspected="F", tripped="s9")
    dead = {"dead_sources": frozenset({SourceId("S1")})}
    earthed = tagged("s9", TagKind.EARTH_APPLIED)
    told = replace(told, snapshot=replace(told.snapshot, **dead, **earthed))
    plan = one_step(told, "t1", to=Position.CLOSED)
    found = unsafe(told, plan, bits=GridBits(told.network))
    assert "after step 1 SE must not be live" in found


def test_a_disconnector_in_the_island_of_a_generator_is_seen() -> None:
    """b1 tripped; G may keep A and B alive."""
    told = after_trip("S1 [b1] A [d1] B [s2] C", suspected="C")
    generator = Generator(
        id=GeneratorId("G"),
        name="G",
        node=NodeId("A"),
        kind=GeneratorKind.HYDRO,
        power_va_rated=1e6,
        p_w=-5e5,
        q_var=0.0,
    )
    for island_capable in (False, True):
        of_it = replace(generator, island_capable=island_capable)
        network = build_network(replace(told.network.components, generators=(of_it,)))
        on_it = replace(told, network=network)
        found = unsafe(on_it, one_step(on_it, "d1", to=Position.OPEN), bits=GridBits(network))
        assert ("step 1 moves d1 under voltage" in found) is island_capable


def test_what_is_done_counts_in_the_next_situation() -> None:
    told = situation()
    plan, _, _ = planned(told)
    later = after(told, plan.steps[:3])
    assert later.dark == {"SB", "SC"}
    assert later.dark_s == plan.steps[2].done_s
    assert "SA" in live_sections(later, later.snapshot.closed)


def test_a_planner_that_forgets_the_fence_is_found_out() -> None:
    def careless(told: Situation, engine: PowerFlow) -> Plan:
        plan = propose(told, engine)
        return replace(plan, steps=tuple(step for step in plan.steps if step.closes))

    found: Counter[str] = Counter()
    for block in range(2):
        court = replace_planner(court_of(block), careless)
        for number in range(30):
            tally = tried(dice_of(number), court, doubt=Doubt())
            found.update(one.kind for one in tally.findings)
    assert found["unsafe"] > 0
    assert found["vetoed"] > 0
    assert found["unsafe-passed"] == 0


def test_a_planner_that_answers_twice_otherwise_is_found_out() -> None:
    asked = 0

    def fickle(told: Situation, engine: PowerFlow) -> Plan:
        nonlocal asked
        asked += 1
        return replace(propose(told, engine), gap_pct=float(asked))

    tally = tried(dice_of(1), replace_planner(court_of(0), fickle), doubt=Doubt())
    assert {one.kind for one in tally.findings} >= {"not-the-same"}


def replace_planner(court: Court, planner: Planner) -> Court:
    return Court(court.network, court.second_engine, plan=planner)


def test_a_case_is_a_function_of_its_number() -> None:
    one, other = played(range(100, 130)), played(range(100, 130))
    assert one == other
    assert played(range(130, 150)).digest != one.digest


def test_parts_find_what_the_whole_finds() -> None:
    whole = proving.prove(120, first=40)
    parts = [proving.prove(30, first=40), proving.prove(90, first=70)]
    assert whole.cases == 120
    assert whole.counts == parts[0].counts + parts[1].counts


def test_the_command_tells_what_it_found(run: Terminal) -> None:
    said = run("prove", "--cases", "60", "--workers", "1", "--json")
    plain = said.document
    assert plain["cases"] == 60
    assert plain["next"] == 60
    assert plain["counts"]["plans with steps"] > 0
    assert said.code == (1 if plain["found"] else 0)
    assert (plain["rate_below"] is None) == bool(plain["found"])


def test_one_case_is_told_in_words(run: Terminal) -> None:
    said = run("prove", "--case", "1")
    assert "situation" in said.out
    assert "plan: " in said.out
