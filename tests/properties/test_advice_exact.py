"""What advice is worth, against the same outage with each outcome heard."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import Phase, assume, given, note, settings

from gridops.ids import SectionId, SwitchId
from gridops.measurement import PHASES, Measured, Part, Quality, Reading
from gridops.network import IndicatorTrust
from gridops.outage import Advice, AdviceKind, Heard, Trial, Verdict, infer
from gridops.outage.crews import p_overlooked
from tests.location_reference import Reference, Said
from tests.properties.random_outages import SINCE, Case, cases

Outcome = tuple[dict[SectionId, float], Heard]
"""How likely for a fault in each section, and what would then have been heard."""


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(cases())
def test_advice_is_worth_what_its_outcomes_would_spare(case: Case) -> None:
    """Over every act that is advised: the customers that each outcome lets go, by how likely it
    is. Sensors are taken for sound, and what a verdict fences beyond the inference left out."""
    how = replace(
        case.settings,
        advice_max=20,
        contradictory_from=10_000,
        p_trouble=0.0,
        p_no_fault=1e-12,
        p_no_fault_unprovoked=1e-12,
        located_probability=2.0,
    )
    heard = replace(case.heard, asked_at=None)
    told = Reference(case.network, heard, how)
    assume(told.candidates and not told.has_ring())
    found = infer(case.network, heard, settings=how)
    assume(found.verdict is not Verdict.INSUFFICIENT)

    def customers(sections: frozenset[SectionId]) -> int:
        return sum(case.network.sections[s].customers for s in sections)

    for advice in found.advice:
        if is_half_heard(told, advice):
            continue
        saved = 0.0
        for p_outcome, then in outcomes(told, advice):
            p = sum(told.given_fault[(c,)] * p_outcome[c] for c in told.candidates)
            left = infer(case.network, then, settings=how)
            saved += p * (customers(found.suspected) - customers(left.suspected))
        left_min = max(0.0, how.find_s - advice.takes_s) / 60
        note(f"{advice}, {saved * left_min}")
        assert advice.customer_minutes == pytest.approx(saved * left_min, rel=1e-6, abs=0.051)


def is_half_heard(told: Reference, advice: Advice) -> bool:
    """A device that has told something already: one more word is no second failure."""
    parts = (*PHASES, Part.REVERSE)
    spoken = [told.heard.part_flags.get((SwitchId(advice.target), p)) for p in parts]
    spoken.append(told.heard.flags.get(SwitchId(advice.target)))
    device = SwitchId(advice.target)
    is_read = advice.kind is AdviceKind.READ
    return is_read and any(told.is_readable(device, said) for said in spoken)


def outcomes(told: Reference, advice: Advice) -> Iterator[Outcome]:
    if advice.kind is AdviceKind.READ:
        return read(told, SwitchId(advice.target))
    if advice.kind is AdviceKind.PATROL:
        return patrolled(told, SectionId(advice.target))
    return tried(told, SwitchId(advice.target))


def read(told: Reference, device: SwitchId) -> Iterator[Outcome]:
    switch = told.network.switches[device]
    directional = switch.indicator.value == "directional"
    part = told.feeding_part(device) if directional else Part.WHOLE
    p_yes = {c: told.p_flag(Said(device, part, True), c, "abc") for c in told.candidates}
    for reading in (Reading.YES, Reading.NO):
        said = Measured(reading, Quality.GOOD, SINCE)
        heard = told.heard
        if part is Part.WHOLE:
            then = replace(heard, flags={**heard.flags, device: said})
        else:
            then = replace(heard, part_flags={**heard.part_flags, (device, part): said})
        is_yes = reading is Reading.YES
        yield {c: p if is_yes else 1 - p for c, p in p_yes.items()}, then
    assert switch.indicator_trust is not IndicatorTrust.IGNORED


def patrolled(told: Reference, section: SectionId) -> Iterator[Outcome]:
    missed = p_overlooked(told.network, section, settings=told.how.crews)
    p_found = {c: 1 - missed if c == section else 0.0 for c in told.candidates}
    for found in (True, False):
        then = replace(told.heard, patrols={section: found})
        yield {c: p if found else 1 - p for c, p in p_found.items()}, then


def tried(told: Reference, switch: SwitchId) -> Iterator[Outcome]:
    """What is not behind the open switch is energised."""
    crews = told.how.crews
    tried = frozenset(c for c in told.candidates if switch not in told.paths[c])
    p_held = {
        c: crews.p_holds_on_fault if c in tried else 1 - crews.p_trips_without_fault
        for c in told.candidates
    }
    for held in (True, False):
        then = replace(told.heard, trials=(Trial(sections=tried, held=held),))
        yield {c: p if held else 1 - p for c, p in p_held.items()}, then
