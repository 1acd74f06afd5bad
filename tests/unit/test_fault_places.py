"""Distance to fault, by hand: 22 kV, 250 MVA with R/X 0 (1.936 ohm), lines of 1 km."""

import cmath
import math
from dataclasses import replace

import pytest

from gridops.ids import NodeId, SwitchId
from gridops.network import Network, build_network, draw
from gridops.powerflow import FaultKind, FaultPlaces, Level, RadialShortCircuit, fault_places
from tests.unit.stepped_station import station, with_high_breaker

FEEDER = """
    S1 [b1] A [s1] B (t1) C [b2] S2
    A [r1] D
"""
SOURCE_OHM = 22e3**2 / 250e6


def reactive(**x_ohm: float) -> Network:
    """`FEEDER` with lines of 1 ohm reactance alone, but for those that are named (`A_s1`)."""
    parts = draw(FEEDER).components
    lines = tuple(
        replace(b, r_ohm=0.0, x_ohm=x_ohm.get(b.id.replace("-", "_"), 1.0)) for b in parts.branches
    )
    sources = tuple(replace(s, r_to_x=0.0) for s in parts.sources)
    return build_network(replace(parts, branches=lines, sources=sources))


def places(network: Network, device: str, ohm: float, tolerance: float = 0.0) -> FaultPlaces:
    """Where a two-phase fault behind that much reactance may be."""
    found = RadialShortCircuit(network).radial(
        network.normally_closed, at=None, kind=FaultKind.TWO_PHASE, level=Level.MIN
    )
    assert found is not None
    current_a = 22e3 / 2 / ohm
    return fault_places(found, SwitchId(device), current_a=current_a, tolerance=tolerance)


def spans(found: FaultPlaces) -> dict[str, tuple[float, float]]:
    return {
        s.branch: (pytest.approx(s.fraction_from), pytest.approx(s.fraction_to))
        for s in found.spans
    }


def test_one_current_may_come_from_every_lateral_at_that_distance() -> None:
    """4.25 ohm behind the source: S1-b1, A-b1, then a quarter down A-s1 and down A-r1."""
    found = places(reactive(), "b1", SOURCE_OHM + 2.25)
    assert spans(found) == {"A-s1": (0.25, 0.25), "A-r1": (0.25, 0.25)}
    assert found.sections(22e3 / 2 / (SOURCE_OHM + 2.25), tolerance=0.0) == {"SA"}


def test_a_tolerance_spans_a_part_of_the_line_from_its_own_beginning() -> None:
    """`B-s1` begins at B and is fed from s1: a quarter from s1 are three quarters from B."""
    ohm = SOURCE_OHM + 3.25
    (span,) = [s for s in places(reactive(), "s1", ohm, 0.02).spans if s.branch == "B-s1"]
    assert span.section == "SB"
    assert span.fraction_from == pytest.approx(1 - (ohm / 0.98 - SOURCE_OHM - 3.0))
    assert span.fraction_to == pytest.approx(1 - (ohm / 1.02 - SOURCE_OHM - 3.0))


def test_a_device_sees_only_what_hangs_on_it() -> None:
    found = places(reactive(), "r1", SOURCE_OHM + 3.25)
    assert spans(found) == {"D-r1": (0.75, 0.75)}
    assert set(found.section_current_a) == {"SD"}
    least, most = found.section_current_a["SD"]
    assert least == pytest.approx(22e3 / 2 / (SOURCE_OHM + 4.0))
    assert most == pytest.approx(22e3 / 2 / (SOURCE_OHM + 3.0))


@pytest.mark.parametrize("device", ["t1", "b1"])
def test_nothing_lies_behind_what_is_open_or_dead(device: str) -> None:
    network = reactive()
    engine = RadialShortCircuit(network)
    kind, level = FaultKind.TWO_PHASE, Level.MIN
    closed = network.normally_closed - {SwitchId("b1")}
    found = engine.radial(closed, at=None, kind=kind, level=level)
    assert found is not None
    gone = fault_places(found, SwitchId(device), current_a=1000.0, tolerance=0.5)
    assert gone == FaultPlaces(spans=(), section_current_a={})
    with pytest.raises(KeyError):
        fault_places(found, SwitchId("x9"), current_a=1000.0, tolerance=0.5)


def test_nothing_is_told_of_an_island_with_a_loop() -> None:
    """Of the other island all is told as before."""
    network = draw(FEEDER + "D [s9] B")
    engine = RadialShortCircuit(network)
    kind, level = FaultKind.TWO_PHASE, Level.MIN
    found = engine.radial(network.normally_closed, at=["C"], kind=kind, level=level)
    assert found is not None
    looped = fault_places(found, SwitchId("b1"), current_a=2500.0, tolerance=0.5)
    assert looped == FaultPlaces(spans=(), section_current_a={})
    sound = fault_places(found, SwitchId("b2"), current_a=5000.0, tolerance=0.0)
    assert sound.section_current_a.keys() == {"SC"}


@pytest.mark.parametrize("current_a", [0.0, 100.0, 50e3, math.inf])
def test_a_current_that_no_fault_gives_has_no_place(current_a: float) -> None:
    network = reactive()
    found = RadialShortCircuit(network).radial(
        network.normally_closed, at=None, kind=FaultKind.TWO_PHASE, level=Level.MIN
    )
    assert found is not None
    nowhere = fault_places(found, SwitchId("b1"), current_a=current_a, tolerance=0.05)
    assert nowhere.spans == ()
    assert nowhere.sections(current_a, tolerance=0.05) == frozenset()


def test_a_line_without_impedance_is_all_or_nothing() -> None:
    network = reactive(A_s1=0.0)
    found = places(network, "b1", SOURCE_OHM + 2.0, 1e-6)
    assert spans(found)["A-s1"] == (0.0, 1.0)
    assert "A-s1" not in spans(places(network, "b1", SOURCE_OHM + 2.1, 1e-6))


def test_a_series_capacitor_gives_one_current_at_two_places() -> None:
    """Behind A the reactance falls from 3.936 ohm through 0 to -1: twice it is 1 ohm either way."""
    network = reactive(A_s1=-4.936)
    found = places(network, "b1", 1.0, 1e-9)
    on_it = [s for s in found.spans if s.branch == "A-s1"]
    start = SOURCE_OHM + 2.0
    assert [s.fraction_from for s in on_it] == [
        pytest.approx((start - 1.0) / 4.936),
        pytest.approx((start + 1.0) / 4.936),
    ]
    assert found.section_current_a["SA"][1] == math.inf


@pytest.mark.parametrize("kind", list(FaultKind))
@pytest.mark.parametrize("clock", [0, 11])
def test_a_device_above_a_transformer_places_faults_below_it(kind: FaultKind, clock: int) -> None:
    """A fault in the middle of `S1-b1`, as the 110 kV side sees it: 20/110 of it in the most loaded
    phase, with 2/sqrt(3) for two phases behind an odd clock number."""
    network = with_high_breaker(station(clock=clock))
    found = RadialShortCircuit(network).radial(
        network.normally_closed, at=None, kind=kind, level=Level.MAX
    )
    assert found is not None
    seen = found.seen_a({NodeId(n): SwitchId("b9") for n in ("S1", "S1.b1", "A")})
    share = 2 / math.sqrt(3) if (kind, clock) == (FaultKind.TWO_PHASE, 11) else 1.0
    assert seen["S1"] == pytest.approx(20 / 110 * share * found.ik_a["S1"])
    at_busbar, at_breaker = (
        cmath.rect(1 / found.ik_a[n], math.atan2(1, found.r_to_x[n])) for n in ("S1", "S1.b1")
    )
    middle = seen["S1"] * abs(at_busbar) / abs((at_busbar + at_breaker) / 2)
    (span,) = fault_places(found, SwitchId("b9"), current_a=middle, tolerance=0.0).spans
    assert span.branch == "S1-b1"
    assert span.fraction_from == pytest.approx(0.5)
    at_end = fault_places(found, SwitchId("b9"), current_a=seen["A"], tolerance=1e-9)
    assert {s.branch for s in at_end.spans} == {"A-b1"}
    assert at_end.sections(seen["A"], tolerance=1e-9) == {network.section_of_node[NodeId("A")]}
