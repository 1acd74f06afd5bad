"""What must hold for every radial feeder, every fault and every way of a device to fail."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.ids import SectionId, SwitchId
from gridops.measurement import Measured, Quality, Reading
from gridops.network import Network, draw
from gridops.outage import Location, LocationSettings, Verdict, expected_indications, locate

TRIP = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
Flags = dict[SwitchId, Measured[Reading]]
FLIPPED = {Reading.YES: Reading.NO, Reading.NO: Reading.YES}


@st.composite
def feeders(draws: st.DrawFn) -> Network:
    """A random tree behind b1: load-break switches, some reclosers, some bare switches."""
    lines = ["S1 [b1] N0"]
    for k in range(1, draws(st.integers(1, 9))):
        parent = draws(st.integers(0, k - 1))
        lines.append(f"N{parent} [{draws(st.sampled_from('sssrd'))}{k}] N{k}")
    return draw("\n".join(lines))


def closed(network: Network) -> frozenset[SwitchId]:
    return frozenset(network.switches)


def said(reading: Reading) -> Measured[Reading]:
    return Measured(reading, Quality.GOOD, TRIP)


def ideal(network: Network, section: SectionId) -> tuple[tuple[SwitchId, ...], Flags]:
    shown = expected_indications(network, closed(network), section=section)
    return shown.tripped, {
        switch: said(Reading.YES if switch in shown.flagged else Reading.NO)
        for switch in network.switches
    }


def where(
    network: Network,
    tripped: tuple[SwitchId, ...],
    flags: Flags,
    how: LocationSettings | None = None,
) -> Location:
    return locate(
        network,
        closed_before=closed(network),
        tripped=tripped,
        flags=flags,
        since=TRIP,
        settings=how or LocationSettings(),
    )


@st.composite
def cases(draws: st.DrawFn) -> tuple[Network, SectionId, tuple[SwitchId, ...], Flags]:
    """A feeder, a true fault, and what an ideal field shows of it."""
    network = draws(feeders())
    sections = [s for s in network.sections if s != "SS1"]
    fault = draws(st.sampled_from(sections))
    return network, fault, *ideal(network, fault)


@settings(max_examples=150, deadline=None)
@given(cases(), st.data())
def test_the_true_section_is_suspected_whatever_one_indicator_says(
    case: tuple[Network, SectionId, tuple[SwitchId, ...], Flags], data: st.DataObject
) -> None:
    network, fault, tripped, flags = case
    liar = data.draw(st.sampled_from(sorted(flags)))
    wrong = data.draw(st.sampled_from([FLIPPED[flags[liar].value], Reading.FAILED]))
    found = where(network, tripped, flags | {liar: said(wrong)})
    assert fault in found.suspected


@settings(max_examples=100, deadline=None)
@given(feeders(), st.data())
def test_any_readings_give_a_distribution_and_order_is_nothing(
    network: Network, data: st.DataObject
) -> None:
    readings = {s: data.draw(st.sampled_from(list(Reading))) for s in network.switches}
    shuffled = data.draw(st.permutations(sorted(readings)))
    tripped = tuple(data.draw(st.permutations([s for s in network.switches if s[0] in "br"])))
    found = where(network, tripped, {s: said(r) for s, r in readings.items()})
    total = sum(s.probability for s in found.suspects)
    assert total == pytest.approx(1 + found.p_two_faults)
    assert found.suspected <= {s.section for s in found.suspects}
    assert found.suspects[0].section in found.suspected
    held = sum(s.probability for s in found.suspects if s.section in found.suspected)
    assert held >= 0.99
    again = where(network, tuple(sorted(tripped)), {s: said(readings[s]) for s in shuffled})
    assert again == found


@settings(max_examples=150, deadline=None)
@given(cases(), st.data())
def test_telemetry_that_fails_never_narrows_what_sound_evidence_left(
    case: tuple[Network, SectionId, tuple[SwitchId, ...], Flags], data: st.DataObject
) -> None:
    network, _, tripped, flags = case
    before = where(network, tripped, flags)
    worse = dict(flags)
    for switch in data.draw(st.lists(st.sampled_from(sorted(flags)), unique=True)):
        worse[switch] = said(Reading.FAILED)
        after = where(network, tripped, worse)
        assert before.suspected <= after.suspected
        before = after


@settings(max_examples=100, deadline=None)
@given(feeders(), st.data())
def test_a_failed_reading_is_as_good_as_none(network: Network, data: st.DataObject) -> None:
    flags = {
        s: said(data.draw(st.sampled_from([Reading.YES, Reading.NO]))) for s in network.switches
    }
    silent = data.draw(st.sampled_from(sorted(flags)))
    without = {s: reading for s, reading in flags.items() if s != silent}
    failed = where(network, (SwitchId("b1"),), flags | {silent: said(Reading.FAILED)})
    assert failed == where(network, (SwitchId("b1"),), without)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_an_ideal_field_never_contradicts_and_the_truth_is_most_probable_or_level(
    case: tuple[Network, SectionId, tuple[SwitchId, ...], Flags],
) -> None:
    network, fault, tripped, flags = case
    found = where(network, tripped, flags)
    assert found.verdict is not Verdict.CONTRADICTORY
    exact = where(
        network, tripped, flags, LocationSettings(malfunctions_tolerated=0, hold_probability=0.0)
    )
    assert fault in exact.suspected
    assert exact.suspected <= found.suspected
