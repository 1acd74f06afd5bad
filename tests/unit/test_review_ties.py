"""Ties, feeders and sections under review."""

import math
from dataclasses import replace

import pytest

from gridops.adapters.engines import PowerGridModelEngine
from gridops.ids import NodeId, ShuntId
from gridops.network import Control, IndicatorKind, Network, Shunt, build_network, draw
from gridops.powerflow import LoadPower
from gridops.state import energise
from gridops.study.review_feeders import feeder_parts, restorable_sections
from gridops.study.review_flow import normal_flows
from gridops.study.review_lending import Lending, lendings
from gridops.study.review_tree import supply_tree
from tests.unit.reviewed import RING, codes_of, flaws_of, only_flaw, ring, spoilt
from tests.unit.sound_grid import TRANSFORMER

CREW = {"control": Control.CREW}
FIXED = {"control": Control.NONE}
BLIND = {"indicator": IndicatorKind.NONE}


def lent(network: Network) -> list[Lending]:
    flow = normal_flows(network, PowerGridModelEngine(network))[0].result
    return lendings(supply_tree(network), flow)


def behind_two_transformers(clock: int) -> Network:
    """The ring, both of its sources at 110 kV, the second transformer of another group."""
    parts = ring().components
    high = [replace(parts.nodes[0], id=h, name=h, voltage_v_nominal=110e3) for h in ("H1", "H2")]
    one = replace(TRANSFORMER, from_node="H1", to_node="S1")
    other = replace(TRANSFORMER, id="T2", name="T2", from_node="H2", to_node="S2", clock=clock)
    sources = [replace(s, node=h.id) for s, h in zip(parts.sources, high, strict=True)]
    return build_network(
        replace(
            parts,
            nodes=(*parts.nodes, *high),
            transformers=(one, other),
            sources=tuple(sources),
        )
    )


def test_transformers_of_one_group_may_be_tied() -> None:
    assert codes_of(behind_two_transformers(clock=11)) == []


def test_transformers_of_two_groups_never_may() -> None:
    """Dyn11 and Yy0: 30 degrees apart."""
    flaw = only_flaw(behind_two_transformers(clock=0))
    assert (flaw.code, flaw.ids) == ("clock-mismatch-across-tie", ("t1",))
    assert "30 degrees apart" in flaw.message


def test_eleven_and_one_o_clock_are_two_hours_apart() -> None:
    assert "stand 60 degrees apart" in only_flaw(behind_two_transformers(clock=1)).message


def test_sources_of_two_voltages_are_not_compared() -> None:
    parts = behind_two_transformers(clock=0).components
    sources = (parts.sources[0], replace(parts.sources[1], node="S2"))
    kept = [node for node in parts.nodes if node.id != "H2"]
    grid = replace(parts, nodes=tuple(kept), transformers=parts.transformers[:1], sources=sources)
    assert codes_of(build_network(grid)) == []


def test_a_tie_that_nobody_can_close_is_told() -> None:
    assert "tie-inoperable" in codes_of(ring(t1=FIXED))


def test_a_tie_that_passes_no_section_is_told() -> None:
    """E lies between f1 and s5 and can be cut out above G. Without f1, A goes with E."""
    text = f"{RING}\nA [f1] E [s5] G (t3) F [f2] A"
    assert "tie-without-use" not in codes_of(draw(text, change={"f1": CREW, "f2": FIXED}))
    assert "tie-without-use" in codes_of(draw(text, change={"f1": FIXED, "f2": FIXED}))


def test_a_bypass_of_one_switch_is_no_tie() -> None:
    grid = draw(f"{RING}\nA (t3) B")
    (flaw,) = [f for f in flaws_of(grid) if f.code == "tie-without-use"]
    assert flaw.ids == ("t3",)


def test_two_single_sections_help_each_other_when_a_source_is_lost() -> None:
    assert "tie-without-use" not in codes_of(draw("S1 [b1] A (t1) B [b2] S2"))
    assert "tie-without-use" in codes_of(draw("S1 [b1] A (t1) B [b2] S1"))


def test_a_tie_that_lifts_nothing_is_told_with_its_figures() -> None:
    """5 A at 22 kV and 1.05 pu are 200 kW; B and D draw 500 kW each."""
    grid = draw(RING, p_w={"B": 500e3, "D": 500e3}, change={"t1": {"current_a_rated": 5.0}})
    flaw = only_flaw(grid)
    assert flaw.code == "tie-too-weak"
    assert "500 kW, 200 kW can come" in flaw.message


def test_an_impedance_draws_less_where_the_voltage_is_low() -> None:
    """210 kW are 190 kW at the lowest allowed voltage: the 200 kW that can come may do."""
    grid = draw(RING, p_w={"B": 210e3, "D": 210e3}, change={"t1": {"current_a_rated": 5.0}})
    assert only_flaw(grid).code == "tie-too-weak"
    for load in ("B", "D"):
        grid = spoilt(grid, "loads", load, constant_impedance_share=1.0)
    assert codes_of(grid) == []
    assert [x.needed.real for x in lent(grid)] == pytest.approx([210e3 * 0.95**2] * 2)


def test_one_direction_is_enough_for_a_tie() -> None:
    grid = draw(RING, p_w={"B": 500e3, "D": 100e3}, change={"t1": {"current_a_rated": 5.0}})
    assert codes_of(grid) == []


def test_a_full_donor_has_nothing_to_lend() -> None:
    """b1's line carries 100 A: 4.00 MW at the most, of which A and B draw 3.9."""
    grid = draw(RING, p_w={"A": 3.8e6, "B": 100e3, "D": 300e3})
    grid = spoilt(grid, "branches", "A-b1", current_a_max=100.0)
    spare = {x.donor: x.spare_w for x in lent(grid)}
    assert 100e3 < spare["B.t1"] < 102e3


def test_a_tie_that_costs_too_much_voltage_is_told() -> None:
    """From b1 three lines, 0.36 + j0.33 ohm, and 60 + j55 more, to lift 500 kW: 0.08 pu."""
    grid = draw(RING, p_w={"A": 1.0, "B": 1.0, "C": 1.0, "D": 500e3}, change={"s1": FIXED})
    for far in ("B-t1", "D-t1"):
        grid = spoilt(grid, "branches", far, length_m=150e3, r_ohm=60.0, x_ohm=55.0, c_f=0.0)
    grid = spoilt(grid, "branches", "D-s2", c_f=0.0)
    found = {x.donor: x for x in lent(grid)}
    r_ohm, x_ohm = 60.0 + 0.36, 55.0 + 0.33
    drop = 2 * (r_ohm * 500e3 + x_ohm * 150e3) / 22e3**2
    assert found["B.t1"].voltage_pu == pytest.approx((1.0 - drop) ** 0.5, abs=2e-4)
    assert not found["B.t1"].can_help
    assert "leaves 0.917 pu at B.t1 at best" in found["B.t1"].why_not


def test_cables_and_capacitors_feed_what_a_part_draws() -> None:
    """Each km of cable charges 42 kvar at 1.05 pu, a capacitor of 30 kvar 33: B and D draw 150."""
    grid = draw(RING, p_w={"B": 500e3, "D": 500e3})
    capacitor = Shunt(id=ShuntId("C"), name="C", node=NodeId("D"), q_var=-30e3)
    grid = build_network(replace(grid.components, shunts=(capacitor,)))
    charging_var = 2 * math.pi * 50 * 2.5e-7 * (22e3 * 1.05) ** 2
    needed = {x.taker: x.needed.imag for x in lent(grid)}
    assert needed["B.t1"] == pytest.approx(150e3 - 2 * charging_var)
    assert needed["D.t1"] == pytest.approx(150e3 - 2 * charging_var - 30e3 * 1.05**2)
    light = {x.taker: x.voltage_pu for x in lent(ring())}
    assert light == {"B.t1": math.inf, "D.t1": math.inf}, "they charge more than the load draws"


def test_loads_on_the_way_may_give_way_to_what_a_tie_lifts() -> None:
    """A draws 0.95^2 of its 2 MW at the lowest allowed voltage, and a little less already now."""
    grid = draw(RING, p_w={"A": 2e6, "B": 1.0, "C": 1.0, "D": 500e3}, change={"s1": FIXED})
    rigid = {x.donor: x.voltage_pu for x in lent(grid)}["B.t1"]
    grid = spoilt(grid, "loads", "A", constant_impedance_share=1.0)
    yielding = {x.donor: x.voltage_pu for x in lent(grid)}["B.t1"]
    relief_pu = 2 * (0.36 + 0.3 * 0.33) * 2e6 * (1 - 0.95**2) / 22e3**2
    assert relief_pu / 2 < yielding - rigid < relief_pu


def test_no_power_flow_is_better_than_the_voltage_that_a_tie_is_judged_by() -> None:
    grid = draw(RING, p_w={"B": 3e6, "D": 2e6})
    judged = {x.donor: x.voltage_pu for x in lent(grid)}
    loads = {load.id: LoadPower(load.p_w, load.q_var) for load in grid.loads.values()}
    lifted = PowerGridModelEngine(grid).solve({"b1", "s1", "b2", "t1"}, loads)
    assert lifted.voltage_pu["B.t1"] < judged["B.t1"] < 1.0


def test_parts_that_no_switch_divides_are_lifted_together() -> None:
    grid = ring(s1=FIXED)
    needed = {x.taker: x.needed.real for x in lent(grid)}
    assert needed == {"B.t1": 200e3, "D.t1": 100e3}


def test_a_head_for_crews_and_a_feeder_without_remote_switch_are_told() -> None:
    found = {flaw.code: flaw for flaw in flaws_of(ring(b1=CREW, s1=CREW))}
    assert set(found) == {"head-not-remote", "feeder-not-divisible"}
    assert found["head-not-remote"].ids == found["feeder-not-divisible"].ids == ("b1",)


def test_a_feeder_of_one_section_needs_no_division() -> None:
    assert codes_of(draw("S1 [b1] A (t1) B [b2] S2")) == []


def test_customers_whom_no_tie_reaches_are_counted() -> None:
    """E hangs on A, the first section, and has no tie: with A gone, nothing lifts it."""
    found = {f.code: f for f in flaws_of(draw(f"{RING}\nA [s3] E"))}
    assert set(found) == {"customers-beyond-ties"}
    assert "100 of 300 customers (33%) of feeder Fb1" in found["customers-beyond-ties"].message


def test_laterals_with_fuses_share_the_lot_of_their_section() -> None:
    assert "customers-beyond-ties" not in codes_of(draw(f"{RING}\nA [f1] E", change={"f1": CREW}))


def test_a_tie_within_the_feeder_brings_back_what_lies_between() -> None:
    """A fault in B is passed over t2; one in A leaves nothing to lift with. E has no ring."""
    grid = draw("S1 [b1] Z [s0] A [s1] B [s2] C (t2) D [s3] A\nC [s4] E")
    parts = feeder_parts(grid, energise(grid, frozenset({"b1", "s0", "s1", "s2", "s3", "s4"})))
    assert [part.beyond_ties for part in parts] == [100 + 200]
    found = restorable_sections(grid, energise(grid, frozenset(grid.switches) - {"t2"}))
    assert found == {"SC", "SE"}


def test_customers_behind_a_part_with_a_tie_are_not() -> None:
    assert codes_of(draw(f"{RING}\nB [s3] E")) == []


def test_customers_behind_silent_switches_are_counted() -> None:
    (flaw,) = flaws_of(ring(s1=BLIND))
    assert flaw.code == "section-without-indicator"
    assert "100 of 200 customers (50%)" in flaw.message


def test_an_indicator_further_up_is_enough() -> None:
    text = "S1 [b1] A [s1] B [s3] E (t1) D [b2] S2"
    assert codes_of(draw(text, change={"s3": BLIND})) == []


def test_feeders_without_customers_and_empty_ends_are_noted_together() -> None:
    grid = draw(f"{RING}\nB [s4] X\nS2 [b3] Y (t2) A", customers={"Y": 0})
    bare = tuple(load for load in grid.components.loads if load.id != "X")
    found = {f.code: f for f in flaws_of(build_network(replace(grid.components, loads=bare)))}
    assert set(found) == {"feeder-without-customers", "section-without-customers"}
    assert found["section-without-customers"].ids == ("X",)
    assert found["feeder-without-customers"].ids == ("b3",)


def test_the_figures_of_many_are_cut_and_counted() -> None:
    text = "\n".join(f"S{k} [b{k}] A{k} [s{k}] B{k} (t{k}) A{k + 1}" for k in range(1, 31))
    change = {f"t{k}": FIXED for k in range(1, 30)}
    found = [f for f in flaws_of(draw(text, change=change)) if f.code == "tie-inoperable"]
    assert len(found) == 21
    assert found[-1].message.startswith("9 more like these")


def test_what_is_gathered_names_the_first_ten() -> None:
    text = "\n".join(f"S{k} [b{k}] A{k} [s{k}] B{k}" for k in range(1, 31))
    change = {f"s{k}": CREW for k in range(1, 31)}
    (flaw,) = [f for f in flaws_of(draw(text, change=change)) if f.code == "feeder-not-divisible"]
    assert flaw.ids == tuple(f"b{k}" for k in range(1, 11))
    assert "(30): b1, b2," in flaw.message
