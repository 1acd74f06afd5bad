"""What crews found, did not find, and tried."""

import math
from dataclasses import replace

import numpy as np
import pytest
from evidence_story import Outage, are_sane, codes, only
from hypothesis import given
from hypothesis import strategies as st

from gridops.ids import SectionId
from gridops.measurement import Reading
from gridops.network import BranchKind, Network, build_network, draw
from gridops.outage.crews import CrewSettings, p_overlooked, words
from gridops.outage.heard import Trial
from gridops.outage.testimony import Word, counting
from tests.properties.random_feeders import drawings

CHAIN = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"
USUAL = CrewSettings()


def overhead(text: str, *sections: str) -> Network:
    """The drawing with overhead lines in `sections`; all others stay cables."""
    parts = draw(text).components
    lines = tuple(
        replace(b, kind=BranchKind.OVERHEAD) if b.id.split("-")[0] in sections else b
        for b in parts.branches
    )
    return build_network(replace(parts, branches=lines))


def said(outage: Outage, settings: CrewSettings = USUAL) -> list[Word]:
    return words(outage.scene, outage.heard, settings=settings)


def patrols(**found: bool) -> dict[SectionId, bool]:
    return {SectionId("S" + section): word for section, word in found.items()}


def trial(sections: str, *, held: bool) -> Trial:
    return Trial(sections=frozenset(SectionId("S" + s) for s in sections), held=held)


def test_what_a_crew_found_outweighs_nine_contradicting_indicators() -> None:
    word = only(said(Outage(CHAIN, "b1", patrols=patrols(B=True))))
    outage = Outage(CHAIN, "b1")
    nine_indicators = 9 * math.log(0.98 / 0.01)
    beside = max(word.log_p[outage.row(s)] for s in "AC")
    assert word.log_p[outage.row("B")] - beside > nine_indicators
    assert word.wrong is None


def test_nothing_found_in_a_cable_proves_little_and_on_a_line_much() -> None:
    outage = Outage(overhead(CHAIN, "B"), "b1", patrols=patrols(A=False, B=False))
    in_cable, on_line = counting(said(outage))
    assert in_cable.log_p[outage.row("A")] == pytest.approx(math.log(0.95))
    assert on_line.log_p[outage.row("B")] == pytest.approx(math.log(0.2))
    assert on_line.log_p[outage.row("C")] == pytest.approx(0.0, abs=1e-9)
    assert outage.likeliest([in_cable, on_line]) == {"C"}


def test_a_section_of_both_kinds_is_overlooked_by_length() -> None:
    network = overhead(CHAIN, "B")
    parts = network.components
    longer = tuple(
        replace(b, kind=BranchKind.CABLE, length_m=3000.0) if b.id == "B-s2" else b
        for b in parts.branches
    )
    mixed = build_network(replace(parts, branches=longer))
    expected = 0.25 * 0.2 + 0.75 * 0.95
    assert p_overlooked(mixed, SectionId("SB"), settings=USUAL) == pytest.approx(expected)


def test_a_section_without_lines_is_a_station() -> None:
    network = draw(CHAIN)
    parts = network.components
    (busbar,) = [n for n in parts.nodes if n.id == "A"]
    alone = build_network(replace(parts, nodes=(*parts.nodes, replace(busbar, id="X"))))  # type: ignore[arg-type]
    assert p_overlooked(alone, SectionId("SX"), settings=USUAL) == USUAL.p_overlooked_station


def test_what_held_is_free_and_what_tripped_again_is_not() -> None:
    outage = Outage(CHAIN, "b1", trials=(trial("A", held=True), trial("AB", held=False)))
    assert outage.likeliest(said(outage)) == {"B"}


def test_trials_in_any_order_are_the_same_words() -> None:
    trials = (trial("A", held=True), trial("AB", held=False), trial("A", held=False))
    one, other = (
        said(Outage(CHAIN, "b1", trials=order)) for order in (trials, tuple(reversed(trials)))
    )
    assert [(w.witness, w.reading) for w in one] == [(w.witness, w.reading) for w in other]


def test_a_trial_of_everything_or_of_nothing_here_tells_no_place() -> None:
    for sections in ("ABC", "D", "ABCD"):
        found = said(Outage(CHAIN, "b1", trials=(trial(sections, held=False),)))
        assert codes(found) == ["trial-tells-no-place"]


def test_what_was_found_outside_is_shown_and_not_weighed() -> None:
    found = said(Outage(CHAIN, "b1", patrols=patrols(D=True)))
    assert codes(found) == ["patrol-found-outside"]
    assert codes(said(Outage(CHAIN, "b1", patrols=patrols(D=False)))) == ["patrol-outside"]


def test_two_faults_found_is_enough_with_one_and_held_needs_both_outside() -> None:
    outage = Outage(CHAIN, "b1", patrols=patrols(A=True, B=False), trials=(trial("C", held=True),))
    assert [w.any_suffices for w in counting(said(outage))] == [True, False, False]


def test_sections_that_the_grid_does_not_have_are_passed_over() -> None:
    assert said(Outage(CHAIN, "b1", patrols=patrols(X=True))) == []


@given(drawings(), st.data())
def test_words_are_sane_and_every_answer_is_one_of_two(text: str, data: st.DataObject) -> None:
    network = draw(text)
    places = st.sampled_from(list(network.sections))
    looked = data.draw(st.frozensets(places, min_size=1))
    tried = data.draw(st.frozensets(places))
    for_answer: list[list[Word]] = []
    for yes in (True, False):
        outage = Outage(
            network,
            "b1",
            patrols=dict.fromkeys(looked, yes),
            trials=(Trial(sections=tried, held=yes),),
        )
        for_answer.append(said(outage))
        assert are_sane(for_answer[-1], len(outage.scene.sections))
    for one, other in zip(*map(counting, for_answer), strict=True):
        assert {one.reading, other.reading} == {Reading.YES, Reading.NO}
        assert np.exp(one.log_p) + np.exp(other.log_p) == pytest.approx(1.0)
        assert math.exp(one.log_p_none) + math.exp(other.log_p_none) == pytest.approx(1.0)
