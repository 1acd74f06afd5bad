"""The normal state under load, and the reach of protection, checked by hand."""

import math
from dataclasses import replace

import pytest

from gridops.errors.severity import Severity
from gridops.network import Generator, GeneratorKind, Network, SwitchKind, build_network, draw
from gridops.powerflow import FaultCurrents, FaultKind, Level, RadialShortCircuit
from gridops.study.review_protection import Reach, guards, reaches
from gridops.study.review_tree import supply_tree
from tests.unit.reviewed import RING, codes_of, flaws_of, only_flaw, ring, spoilt
from tests.unit.sound_grid import TRANSFORMER


def test_a_sound_ring_has_no_flaws() -> None:
    assert flaws_of(ring()) == ()


def test_a_load_that_no_line_carries_is_an_error() -> None:
    flaw = flaws_of(draw(RING, p_w={"B": 900e6}))[0]
    assert (flaw.code, flaw.severity, flaw.file) == (
        "normal-state-unsolvable",
        Severity.ERROR,
        "network.toml",
    )


def test_an_overloaded_line_is_told_with_its_figures() -> None:
    """12 MW, 3.6 Mvar at 22 kV are 329 A: above the 300 A that b1's line is left with."""
    grid = spoilt(draw(RING, p_w={"A": 12e6}), "branches", "A-b1", current_a_max=300.0)
    (flaw,) = [f for f in flaws_of(grid) if f.code == "normal-overload"]
    assert (flaw.table, flaw.ids) == ("branches", ("A-b1",))
    assert "11" in flaw.message.split(" carries ")[1]


def test_an_overloaded_switch_is_told() -> None:
    grid = draw(RING, p_w={"A": 12e6}, change={"b1": {"current_a_rated": 250.0}})
    assert "normal-switch-overload" in codes_of(grid)


def test_low_voltage_is_told_once_per_feeder_at_its_worst_node() -> None:
    """5 MW over 0.48 + j0.44 ohm take 0.7 %; behind B an open cable end lifts a little."""
    grid = spoilt(draw(RING, p_w={"B": 5e6}), "sources", "S1", voltage_pu=0.952)
    flaw = only_flaw(grid)
    assert flaw.code == "normal-undervoltage"
    assert flaw.ids == ("B", "Fb1")
    assert flaw.message.startswith("nodes of feeder Fb1 below 0.95 pu in the normal state (5)")


def test_high_voltage_above_the_feeders_is_told_apart() -> None:
    found = flaws_of(spoilt(ring(), "sources", "S1", voltage_pu=1.1))
    assert {f.code for f in found} == {"normal-overvoltage"}
    assert len(found) == 2


def test_what_a_generator_lifts_is_told_with_the_generator_named() -> None:
    feeding = Generator(
        id="G",
        name="G",
        node="B",
        kind=GeneratorKind.HYDRO,
        power_va_rated=25e6,
        p_w=-20e6,
        q_var=0.0,
    )
    grid = build_network(replace(ring().components, generators=(feeding,)))
    (flaw,) = [f for f in flaws_of(grid) if f.code == "normal-overload" and f.ids == ("A-b1",)]
    assert flaw.message.endswith("(with generators)")


def test_a_pick_up_below_the_load_is_told() -> None:
    grid = draw(RING, p_w={"A": 5e6}, change={"b1": {"pickup_current_a": 100.0}})
    assert codes_of(grid) == ["pickup-below-load"]


def least_faults(network: Network) -> FaultCurrents:
    return RadialShortCircuit(network).currents(
        network.normally_closed, at=None, kind=FaultKind.TWO_PHASE, level=Level.MIN
    )


def reaches_of(network: Network) -> dict[str, Reach]:
    tree = supply_tree(network)
    found = reaches(tree, guards(tree), faults=least_faults(network))
    return {reach.switch.id: reach for reach in found}


def test_the_least_fault_current_is_that_of_the_formula() -> None:
    """250 MVA at 22 kV. At the busbar two phases draw sqrt(3)/2 of 6.56 kA."""
    three_phase_a = 250e6 / (math.sqrt(3) * 22e3)
    at_busbar_a = least_faults(ring()).ik_a["S1"]
    assert at_busbar_a == pytest.approx(three_phase_a * math.sqrt(3) / 2)
    assert at_busbar_a == pytest.approx(5682, abs=1)


def test_the_far_end_of_the_head_is_the_far_end_of_its_lines() -> None:
    """Five lines of 0.12 + j0.11 ohm to the tie: 0.1926 + 0.6, 1.9264 + 0.55 -> 4231 A."""
    reach = reaches_of(ring())["b1"]
    z_ohm = complex(0.1 * 1.936 / math.hypot(1, 0.1) + 0.6, 1.936 / math.hypot(1, 0.1) + 0.55)
    assert reach.node == "B.t1"
    assert reach.current_a == pytest.approx(22e3 / 2 / abs(z_ohm))
    assert reach.current_a == pytest.approx(4231, abs=1)


def test_a_transformer_takes_its_part_of_the_fault_current() -> None:
    """25 MVA, 12 %: 2.3232 ohm at 22 kV, behind 3 GVA at 110 kV that are 0.1613 ohm there."""
    from tests.unit.sound_grid import STEPPED_DOWN  # noqa: PLC0415

    sources = tuple(replace(s, short_circuit_va=3e9, r_to_x=0.0) for s in STEPPED_DOWN.sources)
    network = build_network(replace(STEPPED_DOWN, sources=sources))
    r_ohm = TRANSFORMER.copper_loss_w / TRANSFORMER.power_va_rated * 22e3**2 / 25e6
    x_ohm = math.sqrt(2.3232**2 - r_ohm**2) + 22e3**2 / 3e9
    expected_a = 22e3 / 2 / math.hypot(r_ohm, x_ohm)
    assert least_faults(network).ik_a["S1"] == pytest.approx(expected_a)


def far(length_km: float, pickup_a: float, **change: dict[str, object]) -> Network:
    """Ring of which feeder 1 has a line of that length between A and s1."""
    grid = ring(b1={"pickup_current_a": pickup_a}, **change)
    return spoilt(
        grid,
        "branches",
        "A-s1",
        length_m=length_km * 1e3,
        r_ohm=0.3 * length_km,
        x_ohm=0.35 * length_km,
    )


def test_protection_that_cannot_see_its_far_end_is_told_with_the_node() -> None:
    (flaw,) = [f for f in flaws_of(far(40.0, 700.0)) if f.code.startswith("protection")]
    assert (flaw.code, flaw.severity) == ("protection-blind", Severity.WARNING)
    assert flaw.ids == ("b1", "B.t1")
    assert "pick-up is 700 A" in flaw.message


def test_protection_that_just_sees_it_is_a_note() -> None:
    (flaw,) = [f for f in flaws_of(far(40.0, 500.0)) if f.code.startswith("protection")]
    assert (flaw.code, flaw.severity) == ("protection-margin-low", Severity.NOTE)


@pytest.mark.parametrize("name", ["r1", "f1"])
def test_the_next_device_ends_the_zone(name: str) -> None:
    """A recloser or fuse with a low pick-up in place of s1: the rest is for it to see."""
    grid = draw(
        RING.replace("s1", name),
        change={
            "b1": {"pickup_current_a": 700.0},
            name: {"pickup_current_a": 200.0, "trip_delay_s": 0.1},
        },
    )
    grid = spoilt(grid, "branches", f"B-{name}", length_m=40e3, r_ohm=12.0, x_ohm=14.0)
    assert not [code for code in codes_of(grid) if code.startswith("protection")]


def test_low_voltage_is_not_for_the_feeder_to_protect() -> None:
    """A 400 V bus behind a service transformer draws less than the pick-up, and may."""
    parts = ring().components
    low = replace(parts.nodes[1], id="A.lv", name="A.lv", voltage_v_nominal=400.0)
    service = replace(
        TRANSFORMER,
        from_node="A",
        to_node="A.lv",
        power_va_rated=400e3,
        voltage_v_from=22e3,
        voltage_v_to=400.0,
        short_circuit_voltage_pu=0.04,
        copper_loss_w=4e3,
        iron_loss_w=500.0,
    )
    grid = replace(parts, nodes=(*parts.nodes, low), transformers=(service,))
    assert flaws_of(build_network(grid)) == ()


def test_an_upper_device_that_does_not_wait_is_told() -> None:
    text = RING.replace("s1", "r1")
    assert codes_of(draw(text)) == []
    late = {"r1": {"trip_delay_s": 0.5}}
    (flaw,) = flaws_of(draw(text, change=late))
    assert (flaw.code, flaw.ids) == ("grading-inverted", ("r1", "b1"))


def test_an_upper_device_that_picks_up_earlier_is_told() -> None:
    text = RING.replace("s1", "r1")
    assert codes_of(draw(text, change={"b1": {"pickup_current_a": 300.0}})) == ["grading-pickup"]


def test_fuses_are_not_graded() -> None:
    fuse = {"f1": {"kind": SwitchKind.FUSE, "trip_delay_s": 2.0, "pickup_current_a": 900.0}}
    assert "grading-inverted" not in codes_of(draw(RING.replace("s1", "f1"), change=fuse))
