"""Fault currents after a step: what switches make and break, and what protection still sees."""

from dataclasses import replace
from typing import Any

import pytest

from gridops.adapters.engines import PowerGridModelEngine, PowerGridModelShortCircuit
from gridops.guard.case import case_of
from gridops.guard.reach import guarded_by, newly_fed
from gridops.ids import BranchId, NodeId, SectionId, SourceId, SwitchId
from gridops.network import Limits, Network, Transformer, build_network
from gridops.powerflow import FaultKind, Level, RadialShortCircuit
from tests.guard_desk import GOOD_PLAN, NIGHT, Desk, broken, desk, on, sections

LONG = "S1 (b1) A [s1] B [s2] C [s3] E [s4] G (t1) D [b2] S2"


def faulty(drawing: str = NIGHT, **change: dict[str, Any]) -> Desk:
    """With the guard's short circuits; `change` goes by switch. b1 was closed before it tripped."""
    situation = desk(drawing, change=change)
    before = frozenset(situation.snapshot.closed) | {SwitchId("b1")}
    situation = situation.but(faults=RadialShortCircuit(situation.network))
    return replace(situation, more={"closed_before": before})


def current(
    network: Network, node: str, *, closed: str, least: bool = False
) -> tuple[float, float]:
    """I_k" and peak at a node."""
    found = PowerGridModelShortCircuit(network).currents(
        frozenset(SwitchId(s) for s in closed.split()),
        at=(NodeId(node),),
        kind=FaultKind.TWO_PHASE if least else FaultKind.THREE_PHASE,
        level=Level.MIN if least else Level.MAX,
    )
    return found.ik_a[NodeId(node)], found.ip_a[NodeId(node)]


def test_a_switch_closes_only_where_it_stands_the_peak_of_a_fault_behind_it() -> None:
    ik_a, peak_a = current(desk().network, "C.t1", closed="t1 b2")
    assert ik_a < peak_a
    assert faulty(t1={"making_current_a": peak_a * 1.001}).ask(GOOD_PLAN).passed
    found = faulty(t1={"making_current_a": peak_a * 0.999}).ask(GOOD_PLAN)
    assert broken(found) == {"16"}
    assert [(v.step, v.element) for v in found.violations] == [(4, "t1")]
    assert found.violations[0].why.params["value"] == round(peak_a, 3)
    # The head of the feeder itself is asked as well, whatever it did before.
    assert broken(faulty(b1={"making_current_a": 1.0}).ask(GOOD_PLAN)) == {"16"}


def test_nothing_is_said_of_fault_levels_without_an_engine_or_a_rating() -> None:
    assert desk(change={"t1": {"making_current_a": 1.0}}).ask(GOOD_PLAN).passed
    assert faulty().ask(GOOD_PLAN).passed
    assert faulty(s1={"making_current_a": 1.0}).ask(GOOD_PLAN).passed


def test_a_dead_side_has_no_fault_current() -> None:
    dead = faulty("S1 [b1] A [s1] B (t1) C (t2) D [b2] S2", t1={"making_current_a": 1.0})
    assert dead.but(fault=frozenset()).moved("open s1").ask("close t1").passed


def test_a_breaker_must_break_the_fault_behind_it() -> None:
    """r1 comes to hang on S2 by the tie; before, it hung on S1, which is as strong."""
    drawing = NIGHT.replace("[s2] C", "[s2] C [r1] E")
    short = faulty(drawing, r1={"breaking_current_a": 1000.0, "pickup_current_a": 300.0})
    ik_a, _ = current(short.network, "C.r1", closed="r1 t1 b2")
    before_a, _ = current(short.network, "C.r1", closed="b1 s1 s2 r1")
    assert before_a < ik_a
    found = short.ask(GOOD_PLAN)
    assert broken(found) == {"16"}
    assert found.violations[0].why.params == {
        "element": "r1",
        "value": round(ik_a, 3),
        "limit": round(before_a, 3),
    }
    strong = faulty(drawing, r1={"breaking_current_a": ik_a * 1.001, "pickup_current_a": 300.0})
    assert strong.ask(GOOD_PLAN).passed
    # It had to break more before the outage, by another feed than the usual one.
    other = {"closed_before": frozenset(SwitchId(s) for s in ["t1", "b2", "r1"])}
    assert replace(short, more=other).ask(GOOD_PLAN).passed
    # What protects nothing never has to break a fault; what is open has none.
    unfit = faulty(drawing, r1={"breaking_current_a": 1.0, "pickup_current_a": None})
    assert unfit.ask(GOOD_PLAN).passed
    assert short.moved("open r1").ask(GOOD_PLAN).passed


def test_breakers_of_the_donor_carry_no_more_than_before() -> None:
    assert faulty(b2={"breaking_current_a": 1.0}).ask(GOOD_PLAN).passed


def blind(pickup_a: float, *, head: str = "b2", drawing: str = NIGHT, **limits: Any) -> Desk:
    situation = faulty(drawing, **{head: {"pickup_current_a": pickup_a}})
    return situation.but(limits=Limits(**limits))


def test_protection_sees_the_least_fault_at_the_far_end_of_what_it_takes_on() -> None:
    ik_a, _ = current(desk().network, "C.s2", closed="t1 b2", least=True)
    assert blind(ik_a / 1.21).ask(GOOD_PLAN).passed
    found = blind(ik_a / 1.19).ask(GOOD_PLAN)
    assert broken(found) == {"17"}
    assert [v.step for v in found.violations] == [4]
    assert dict(found.violations[0].why.params) == {
        "element": "C.s2",
        "device": "b2",
        "value": 1.19,
        "limit": 1.2,
    }
    assert blind(ik_a / 1.19, fault_in_pickups_min=1.1).ask(GOOD_PLAN).passed
    assert blind(ik_a / 1.19, fault_in_pickups_min=None).ask(GOOD_PLAN).passed
    assert blind(ik_a / 1.19).but(faults=None).ask(GOOD_PLAN).passed


def test_what_was_as_blind_before_the_outage_stays_allowed() -> None:
    """b1 guards A with little to spare; it guards it no worse when A is back on it."""
    weak = blind(5000.0, head="b1")
    assert weak.ask("open s1, open s2, close b1").passed
    # As the outage found the grid, A hung on nothing that b1 had to see.
    other = frozenset({SwitchId("b2")})
    found = replace(weak, more={"closed_before": other}).ask("open s1, open s2, close b1")
    assert found.passed, "nothing guarded it then: nothing is worse"


def test_the_device_before_the_outage_may_have_been_another() -> None:
    both = faulty(b1={"pickup_current_a": 6000.0}, b2={"pickup_current_a": 6000.0})
    ours, _ = current(both.network, "C.s2", closed="t1 b2", least=True)
    theirs, _ = current(both.network, "C.s2", closed="b1 s1 s2", least=True)
    assert ours == pytest.approx(theirs)
    assert both.ask(GOOD_PLAN).passed
    much = faulty(b1={"pickup_current_a": 2000.0}, b2={"pickup_current_a": 6000.0})
    assert broken(much.ask(GOOD_PLAN)) == {"17"}


def test_an_inner_device_guards_what_lies_behind_it() -> None:
    """b2 is blind at G's end, but r4 stands before it."""
    ik_a, _ = current(desk(LONG).network, "C.s2", closed="t1 s4 s3 b2", least=True)
    helped = LONG.replace("[s4]", "[r4]")
    setting = {"b2": {"pickup_current_a": ik_a / 1.1}}
    assert broken(faulty(LONG, **setting).ask(GOOD_PLAN)) == {"17"}
    assert faulty(helped, **setting, r4={"pickup_current_a": 200.0}).ask(GOOD_PLAN).passed
    late = faulty(helped, **setting, r4={"pickup_current_a": ik_a}).ask(GOOD_PLAN)
    assert {v.element for v in late.violations} == {"r4"}


def test_the_closing_device_itself_may_be_the_guard() -> None:
    drawing = NIGHT.replace("(t1)", "(r9)")
    plan = GOOD_PLAN.replace("t1", "r9")
    ik_a, _ = current(desk(drawing).network, "C.s2", closed="r9 b2", least=True)
    weak = faulty(drawing, r9={"pickup_current_a": ik_a}, b2={"pickup_current_a": 100.0})
    assert {v.element for v in weak.ask(plan).violations} == {"r9"}
    # The other way round in the drawing, the same.
    turned = faulty(
        "S1 (b1) A [s1] B [s2] C\nS2 [b2] D (r9) C",
        r9={"pickup_current_a": ik_a},
        b2={"pickup_current_a": 100.0},
    )
    assert {v.element for v in turned.ask(plan).violations} == {"r9"}


RING = "S1 [b1] A [s1] B (t1) C [s2] D [b2] S1\nA (t8) E\nC (t9) F"


@pytest.mark.parametrize(
    ("plan", "step"),
    [("close t1, open s1", 1), ("close t8, close t1, open s1, close t9", 2)],
)
def test_a_ring_is_asked_as_the_step_that_opens_it_leaves_it(plan: str, step: int) -> None:
    def ring(pickup_a: float) -> Desk:
        change = {"t1": {"closes_ring": True}, "b2": {"pickup_current_a": pickup_a}}
        situation = faulty(RING, **change).but(fault=frozenset())
        return situation.but(engine=PowerGridModelEngine(situation.network))

    ik_a, _ = current(desk(RING).network, "B.s1", closed="t1 s2 b2", least=True)
    assert ring(ik_a / 1.21).ask(plan).passed
    found = ring(ik_a / 1.19).ask(plan)
    assert [(v.invariant, v.step, v.element) for v in found.violations] == [("17", step, "b2")]
    # Where no step opens it, 10 refuses it, and there is no end to ask for.
    assert broken(ring(ik_a / 1.19).ask("close t1")) == {"10", "11"}


def test_a_ring_is_not_asked_for_what_comes_to_hang_on_it_later() -> None:
    drawing = RING.replace("C (t9) F", "B (t9) F [s7] H")
    ik_a, _ = current(desk(drawing).network, "H.s7", closed="s7 t9 t1 s2 b2", least=True)
    change = {"t1": {"closes_ring": True}, "b2": {"pickup_current_a": ik_a / 1.19}}
    before = frozenset(SwitchId(s) for s in ("b1", "s1", "s2", "b2", "t9", "s7"))
    later = faulty(drawing, **change).but(fault=frozenset(), more={"closed_before": before})
    found = later.but(engine=PowerGridModelEngine(later.network))
    steps = found.ask("close t1, open s1, close t9").violations
    assert [(v.invariant, v.step) for v in steps] == [("17", 3)]


def test_a_closing_without_a_ring_is_asked_before_the_next_step() -> None:
    """E is taken on, and parted again at once."""
    drawing = NIGHT + "C [s6] E [s7] G"
    ik_a, _ = current(desk(drawing).network, "G.s7", closed="s7 s6 t1 b2", least=True)
    parted = faulty(drawing, b2={"pickup_current_a": ik_a / 1.19}).but(allowed_dark=sections("E G"))
    found = parted.ask(f"{GOOD_PLAN}, open s6").violations
    assert [v.step for v in found if v.invariant == "17"] == [4]


def with_step_down(before: Desk, line: str, *, volts: float) -> Desk:
    """A line becomes a transformer, and what lies behind it has another level."""
    old = before.network.components
    found = next(b for b in old.branches if b.id == line)
    transformer = Transformer(
        id=BranchId(line),
        name=line,
        from_node=found.from_node,
        to_node=found.to_node,
        power_va_rated=10e6,
        voltage_v_from=22e3,
        voltage_v_to=volts,
        short_circuit_voltage_pu=0.3,
        copper_loss_w=1e3,
        iron_loss_w=500.0,
        no_load_current_pu=0.001,
    )
    nodes = tuple(
        replace(n, voltage_v_nominal=volts) if n.id == found.to_node else n for n in old.nodes
    )
    branches = tuple(b for b in old.branches if b is not found)
    network = build_network(
        replace(old, nodes=nodes, branches=branches, transformers=(transformer,))
    )
    return on(network, before).but(faults=PowerGridModelShortCircuit(network))


@pytest.mark.parametrize(
    ("volts", "sees"), [(400.0, True), (1000.0, True), (1001.0, False), (11e3, False)]
)
def test_low_voltage_is_left_to_its_own_fuses(volts: float, sees: bool) -> None:
    """The end of C becomes a transformer: what is behind it counts only as medium voltage."""
    situation = blind(800.0).but(limits=Limits(voltage_pu_max=None, voltage_pu_min=None))
    old = situation.network.components
    lines = tuple(replace(b, id=b.id) for b in old.branches)
    network = build_network(replace(old, branches=lines))
    stepped = with_step_down(on(network, situation), "C-s2", volts=volts)
    stepped = stepped.moved("open s2")
    assert ("17" not in broken(stepped.ask("open s1, close b1, close t1"))) is sees


def test_the_far_end_is_the_one_with_the_most_impedance() -> None:
    situation = faulty(LONG + "\nC [s7] H", b2={"pickup_current_a": 300.0})
    asked = situation.moved("open s1, open s2")
    case = case_of(
        asked.proposal("close t1"),
        asked.knowledge(),
        engine=asked.guard()._engine,
        faults=asked.faults,
        from_number=None,
    )
    (stage,) = case.stages
    assert dict(newly_fed(case, stage)) == {NodeId("C.s2"): SwitchId("b2")} or dict(
        newly_fed(case, stage)
    ) == {NodeId("H"): SwitchId("b2")}
    lines = {b.id: b for b in asked.network.components.branches}
    far = replace(lines[BranchId("H-s7")], r_ohm=50.0)
    branches = tuple(far if b.id == far.id else b for b in asked.network.components.branches)
    longer = on(build_network(replace(asked.network.components, branches=branches)), asked)
    case = case_of(
        longer.proposal("close t1"),
        longer.knowledge(),
        engine=longer.guard()._engine,
        faults=asked.faults,
        from_number=None,
    )
    assert dict(newly_fed(case, case.stages[0])) == {NodeId("H"): SwitchId("b2")}


def test_a_guard_is_the_nearest_protection_towards_the_source() -> None:
    network = desk("S1 [b1] A [r1] B [s2] C [r2] D").network
    closed = frozenset(network.switches)
    for section, device in (("SA", "b1"), ("SB", "r1"), ("SC", "r1"), ("SD", "r2"), ("SS1", None)):
        assert guarded_by(network, SectionId(section), closed=closed) == device
    assert guarded_by(network, SectionId("SD"), closed=closed - {SwitchId("b1")}) is None


def test_a_source_that_is_dead_feeds_no_fault() -> None:
    dead = faulty(NIGHT.replace("S1 (b1)", "S1 [b1]"), b1={"breaking_current_a": 1.0})
    dead = dead.now(dead_sources=frozenset({SourceId("S1")}))
    assert "16" not in broken(dead.ask("open s1, open s2, open b1, close t1"))


def test_two_live_sides_bring_supply_to_nothing() -> None:
    both = faulty("S1 [b1] A (t1) D [b2] S2", b2={"pickup_current_a": 5000.0})
    found = broken(both.but(fault=frozenset()).ask("close t1"))
    assert {"09", "11"} <= found
    assert "17" not in found


def test_what_nothing_guards_is_not_asked() -> None:
    bare = faulty(NIGHT, b2={"pickup_current_a": None}, b1={"pickup_current_a": None})
    assert bare.ask(GOOD_PLAN).passed
    inner = faulty(
        NIGHT.replace("(t1)", "[r3] E (t1)"),
        b2={"pickup_current_a": None},
        r3={"pickup_current_a": 5000.0},
    )
    assert {v.element for v in inner.ask(GOOD_PLAN).violations} == {"r3"}
