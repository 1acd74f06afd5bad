"""How far away the fault lies, by the current that was measured of it."""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from evidence_story import Outage, are_sane, codes, good, only, over_types
from hypothesis import given
from hypothesis import strategies as st

from gridops.ids import SwitchId
from gridops.measurement import PHASES, Measured, Part, Quality, Reading
from gridops.network import Network, build_network, draw
from gridops.outage.fault_current import (
    CurrentSettings,
    SectionSpans,
    density,
    earth_density,
    short_circuit_spans,
    words,
)
from gridops.outage.indicators import indicator_words
from gridops.outage.location_settings import LocationSettings
from gridops.outage.testimony import FAULT_TYPES, Word, counting
from gridops.powerflow import FaultKind, Level, RadialShortCircuit
from tests.properties.drawn_faults import fault_grids

USUAL, LOCATION = CurrentSettings(), LocationSettings()


def long_lines(text: str, *, ohm: float = 1.0) -> Network:
    """The drawing with lines of so much reactance each."""
    parts = draw(text).components
    lines = tuple(replace(b, r_ohm=0.3 * ohm, x_ohm=ohm) for b in parts.branches)
    return build_network(replace(parts, branches=lines))


CHAIN = long_lines("S1 [b1] A [s1] B [s2] C [s3] D")
FORK = long_lines("S1 [b1] A [s1] B [s2] C\nA [r1] D [s4] E")


def spans_of(network: Network) -> SectionSpans:
    return short_circuit_spans(network, network.normally_closed)


def said(outage: Outage, settings: CurrentSettings = USUAL) -> list[Word]:
    spans = spans_of(outage.network)
    return words(outage.scene, outage.heard, settings=settings, section_spans=spans, lead_s=5.0)


def measured(**current_a: float) -> dict[SwitchId, Measured[float]]:
    return {SwitchId(device): good(value) for device, value in current_a.items()}


def three_phases_at(device: str) -> dict[tuple[SwitchId, Part], Measured[Reading]]:
    parts = {Part.A: Reading.YES, Part.B: Reading.YES, Part.C: Reading.YES, Part.N: Reading.NO}
    return {(SwitchId(device), part): good(reading) for part, reading in parts.items()}


def middle(network: Network, device: str, section: str) -> float:
    least, most = spans_of(network)(SwitchId(device))[network.section_of(section)]
    return math.sqrt(least * most)


@pytest.mark.parametrize("section", ["A", "B", "C", "D"])
def test_the_section_whose_span_holds_the_current_is_the_likeliest(section: str) -> None:
    current_a = middle(CHAIN, "b1", section)
    outage = Outage(
        CHAIN, "b1", fault_currents_a=measured(b1=current_a), part_flags=three_phases_at("b1")
    )
    word = only(said(outage))
    held = {s for s in "ABCD" if _holds(CHAIN, "b1", s, current_a=current_a)}
    favoured = {s for s in "ABCD" if word.log_p[outage.row(s)] > word.log_p.max() - math.log(4)}
    assert section in favoured
    assert favoured <= held
    assert not word.wrong[outage.row(section)]  # type: ignore[index] # a device that can be wrong


def _holds(network: Network, device: str, section: str, *, current_a: float) -> bool:
    least, most = spans_of(network)(SwitchId(device))[network.section_of(section)]
    return 0.85 * least <= current_a <= 1.15 * most


def test_spans_go_from_two_phase_minimum_to_three_phase_maximum() -> None:
    engine, closed = RadialShortCircuit(CHAIN), CHAIN.normally_closed
    node = CHAIN.nodes["C"].id  # type: ignore[index] # ids are strings
    most = engine.currents(closed, at=None, kind=FaultKind.THREE_PHASE, level=Level.MAX)
    least = engine.currents(closed, at=None, kind=FaultKind.TWO_PHASE, level=Level.MIN)
    low, high = spans_of(CHAIN)(SwitchId("b1"))[CHAIN.section_of("C")]
    assert low < least.ik_a[node] < most.ik_a[node] < high
    ends = [n for n in CHAIN.sections[CHAIN.section_of("C")].nodes if n != node]
    assert low == pytest.approx(min(least.ik_a[n] for n in ends))
    assert high == pytest.approx(max(most.ik_a[n] for n in ends))


def test_a_lower_current_than_metallic_may_be_a_fault_with_resistance_nearer_by() -> None:
    far = spans_of(CHAIN)(SwitchId("b1"))[CHAIN.section_of("D")][0]
    outage = Outage(
        CHAIN, "b1", fault_currents_a=measured(b1=0.6 * far), part_flags=three_phases_at("b1")
    )
    word = only(said(outage))
    assert word.speaks_for[outage.row("D")]
    assert word.log_p[outage.row("D")] > word.log_p[outage.row("A")]


def test_a_higher_current_than_possible_is_a_relay_that_talks_nonsense() -> None:
    outage = Outage(
        CHAIN, "b1", fault_currents_a=measured(b1=9e4), part_flags=three_phases_at("b1")
    )
    word = only(said(outage))
    assert not word.speaks_for.any()
    assert word.wrong_if_none
    assert np.ptp(word.log_p) < 1e-9


def test_the_current_of_an_earth_fault_says_nothing_of_distance() -> None:
    flags = {
        (SwitchId("b1"), Part.A): good(Reading.YES),
        (SwitchId("b1"), Part.N): good(Reading.YES),
    }
    outage = Outage(CHAIN, "b1", fault_currents_a=measured(b1=2000.0), part_flags=flags)
    assert codes(said(outage)) == ["current-of-earth-fault"]


def test_without_phases_the_current_tells_by_the_type_of_fault() -> None:
    current_a = middle(CHAIN, "b1", "D")
    outage = Outage(CHAIN, "b1", fault_currents_a=measured(b1=current_a))
    word = only(said(outage))
    of_type = dict(zip(FAULT_TYPES, word.log_p.T, strict=True))
    assert np.ptp(of_type["an"]) < math.log(1.5)
    assert np.ptp(of_type["abc"]) > math.log(4)
    assert word.wrong is not None
    assert not word.wrong[outage.row("A"), FAULT_TYPES.index("cn")]
    assert outage.likeliest([word]) == {"D"}


def test_flags_elsewhere_decide_what_the_current_says() -> None:
    """Indicators that saw residual current and one phase leave no distance in it."""
    current_a = middle(CHAIN, "b1", "D")

    def spread(*flagged: Part) -> float:
        flags = {
            (SwitchId("s1"), part): good(Reading.YES if part in flagged else Reading.NO)
            for part in PHASES
        }
        outage = Outage(CHAIN, "b1", fault_currents_a=measured(b1=current_a), part_flags=flags)
        indicators = counting(indicator_words(outage.scene, outage.heard, settings=LOCATION))
        current = only(said(outage))
        both = over_types(sum((w.log_p for w in indicators), np.zeros(1)) + current.log_p)
        alone = over_types(sum((w.log_p for w in indicators), np.zeros(1)))
        behind = [outage.row(s) for s in "BCD"]
        return float(np.ptp((both - alone)[behind]))

    assert spread(Part.A, Part.N) < math.log(1.5)
    assert spread(Part.A, Part.B, Part.C) > math.log(4)


def test_a_device_beside_the_way_speaks_like_a_stray_flag() -> None:
    outage = Outage(
        FORK,
        "b1",
        fault_currents_a=measured(r1=middle(FORK, "r1", "E")),
        part_flags=three_phases_at("r1"),
    )
    word = only(said(outage))
    assert outage.likeliest([word]) == {"E"}
    beside = [word.log_p[outage.row(s)] for s in "ABC"]
    assert beside == [word.log_p_none] * 3
    assert word.wrong is not None
    assert word.wrong[[outage.row(s) for s in "ABC"]].all()


def test_words_that_do_not_count_are_told_with_the_reason() -> None:
    b1 = SwitchId("b1")
    early = Measured(2000.0, Quality.GOOD, good(0).source_time - timedelta(minutes=1))
    forced = Measured(2000.0, Quality.SUBSTITUTED, good(0).source_time)
    assert codes(said(Outage(CHAIN, "b1", fault_currents_a={b1: early}))) == ["indicator-stale"]
    assert codes(said(Outage(CHAIN, "b1", fault_currents_a={b1: forced}))) == ["indicator-forced"]
    for value in (0.0, -5.0, math.nan, math.inf):
        found = said(Outage(CHAIN, "b1", fault_currents_a=measured(b1=value)))
        assert codes(found) == ["indicator-failed"]
    in_test = Outage(CHAIN, "b1", fault_currents_a=measured(b1=2e3), in_test=frozenset({b1}))
    assert codes(said(in_test)) == ["in-test"]


def test_without_short_circuit_currents_the_number_is_shown_and_not_weighed() -> None:
    outage = Outage(CHAIN, "b1", fault_currents_a=measured(b1=2000.0))
    found = words(
        outage.scene, outage.heard, settings=USUAL, section_spans=lambda _: {}, lead_s=5.0
    )
    assert codes(found) == ["current-without-model"]


def test_a_ring_has_no_spans() -> None:
    ring = long_lines("S1 [b1] A [s1] B [s2] C\nA [s3] C")
    assert spans_of(ring)(SwitchId("s1")) == {}


def test_currents_are_the_same_whatever_order_they_came_in() -> None:
    told = measured(b1=3000.0, s1=2900.0)
    back = dict(reversed(told.items()))
    one, other = (said(Outage(CHAIN, "b1", fault_currents_a=m)) for m in (told, back))
    assert [w.witness for w in one] == [w.witness for w in other] == ["b1", "s1"]


@given(
    st.floats(2.0, 2e4),
    st.floats(1.0, 5.0),
    st.sampled_from([0.02, 0.05, 0.2]),
)
def test_densities_integrate_to_one(least_a: float, ratio: float, error: float) -> None:
    settings = CurrentSettings(error=error, p_nonsense=0.02)
    logs = np.linspace(-6.0, math.log(1e5) + 6.0, 100_001)
    span_a = np.tile([least_a, least_a * ratio], (len(logs), 1))
    inside = (logs >= 0.0) & (logs <= math.log(1e5))
    flat = settings.p_nonsense / math.log(1e5)
    for of_kind in (density, earth_density):
        values = of_kind(np.exp(logs), span_a=span_a, settings=settings)
        total = np.trapezoid(np.where(inside, values, values - flat), logs)
        assert total == pytest.approx(1.0, abs=1e-3)


@given(fault_grids(), st.data())
def test_words_are_sane_whatever_is_measured(network: Network, data: st.DataObject) -> None:
    switches = list(network.switches)
    device = data.draw(st.sampled_from(switches))
    currents = st.floats(1e-3, 1e7)
    told = data.draw(st.dictionaries(st.sampled_from(switches), currents, max_size=4))
    outage = Outage(network, device, fault_currents_a=measured(**told))
    rows = len(outage.scene.sections)
    for word in said(outage):
        assert are_sane([word], rows, density_max=1.0 / 1e-3)
