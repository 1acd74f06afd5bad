"""Meters and callers, told as they report: who is dark, and which device that betrays."""

import math

import numpy as np
import pytest
from evidence_story import Outage, are_sane, codes, only
from hypothesis import given
from hypothesis import strategies as st

from gridops.ids import LoadId
from gridops.measurement import Reading
from gridops.network import draw
from gridops.outage.customer_model import (
    Counts,
    CustomerSettings,
    log_p_calls_dark,
    log_p_calls_supplied,
    log_p_dark,
    log_p_supplied,
    p_reported,
)
from gridops.outage.customers import SILENT_METERS, words
from gridops.outage.heard import MeterWord
from gridops.outage.infer import infer
from gridops.outage.testimony import Word, counting
from tests.properties.random_feeders import drawings

LATERALS = """
    S1 [b1] A [s1] B [f1] C [s2] D
    B [f2] E"""
USUAL = CustomerSettings()


def said(outage: Outage, settings: CustomerSettings = USUAL) -> list[Word]:
    return words(outage.scene, outage.heard, settings=settings)


def meters(**told: tuple[int, int] | tuple[int, int, str]) -> dict[LoadId, MeterWord]:
    """`C=(80, 0)`: 80 lost, none alive; a third word names the phases."""
    return {
        LoadId(load): MeterWord(lost=word[0], alive=word[1], phases=word[2] if word[2:] else "")
        for load, word in told.items()
    }


def test_a_fuse_is_found_by_who_is_dark_and_who_is_not() -> None:
    outage = Outage(LATERALS, meters=meters(C=(85, 0), D=(90, 0), B=(0, 4)))
    assert outage.likeliest(said(outage)) == {"C", "D"}


def test_meters_everywhere_dark_speak_for_the_head() -> None:
    outage = Outage(LATERALS, meters=meters(A=(88, 0), C=(85, 0), E=(90, 0)))
    assert outage.likeliest(said(outage)) == {"A", "B"}


def test_one_lost_transformer_alone_may_have_a_trouble_of_its_own() -> None:
    word = only([w for w in said(Outage(LATERALS, meters=meters(C=(85, 0)))) if w.witness == "C"])
    assert math.log(100) < word.log_p.max() - word.log_p_none <= USUAL.weight_max


def test_where_a_device_tripped_customers_tell_no_place() -> None:
    outage = Outage(LATERALS, "b1", meters=meters(C=(85, 0)), calls={LoadId("D"): 2})
    assert codes(said(outage)) == ["customers-tell-no-place"]
    assert counting(said(outage)) == []


def test_silence_is_no_evidence_before_meters_can_have_reported() -> None:
    asked = {
        after: Outage(LATERALS, asked_after_s=after, meters=meters(B=(0, 4))) for after in (30, 600)
    }
    assert [w.witness for w in counting(said(asked[30]))] == ["B"]
    assert [w.witness for w in counting(said(asked[600]))] == ["B", SILENT_METERS]


def test_silence_of_all_is_no_evidence_where_nobody_has_meters() -> None:
    assert said(Outage(LATERALS)) == []


def test_silence_never_weighs_more_than_its_limit() -> None:
    chain = "A [f1] B " + " ".join(f"[s{k}] C{k}" for k in range(2, 60))
    outage = Outage(f"S1 [b1] A [s1] Z\n{chain}", meters=meters(A=(0, 1)))
    word = counting(said(outage))[-1]
    assert word.witness == SILENT_METERS
    assert np.ptp(word.log_p) <= -math.log(USUAL.p_silence_empty)
    assert word.log_p[outage.row("B")] == pytest.approx(math.log(USUAL.p_silence_empty), abs=1e-6)


def test_nobody_calling_is_no_word_at_all() -> None:
    assert said(Outage(LATERALS, calls={LoadId("A"): 0})) == []


def test_two_callers_name_the_lateral() -> None:
    outage = Outage(LATERALS, calls={LoadId("E"): 2})
    (word,) = counting(said(outage))
    assert word.log_p[outage.row("E")] > word.log_p[outage.row("C")] + math.log(10)
    assert word.wrong is None


def test_phases_tell_a_fuse_from_a_breaker() -> None:
    """All of E lost phase a: its fuse has blown. A breaker would have opened all three."""
    told = {phases: Outage(LATERALS, meters=meters(E=(90, 0, phases))) for phases in ("a", "abc")}
    assert told["a"].likeliest(said(told["a"])) == {"E"}
    word = {p: only([w for w in said(o) if w.witness == "E"]) for p, o in told.items()}
    fuse, breaker = told["a"].row("E"), told["a"].row("A")
    assert word["a"].log_p[fuse] - word["a"].log_p[breaker] > math.log(5)
    assert word["abc"].log_p[breaker] >= word["abc"].log_p[fuse]


def test_a_broken_conductor_leaves_its_own_lateral_supplied_up_to_the_break() -> None:
    outage = Outage(LATERALS, meters=meters(D=(90, 0, "b"), C=(0, 5)))
    assert outage.likeliest(said(outage)) == {"D"}


def test_more_reported_meters_speak_louder_up_to_the_limit() -> None:
    def weight(lost: int) -> float:
        outage = Outage(LATERALS, meters=meters(E=(lost, 0)))
        word = only([w for w in said(outage) if w.witness == "E"])
        return float(word.log_p[outage.row("E")] - word.log_p_none)

    grows = [weight(lost) for lost in (1, 5, 40, 90)]
    assert grows == sorted(grows)
    assert grows[0] < 0.0
    assert grows[-1] <= USUAL.weight_max


def test_a_gasp_ends_in_doubt_where_others_of_the_same_transformer_answer() -> None:
    outage = Outage(LATERALS, meters=meters(E=(3, 90)))
    word = only([w for w in said(outage) if w.witness == "E"])
    assert word.reading is Reading.NO
    assert not word.speaks_for[outage.row("E")]


def test_only_so_many_transformers_are_weighed() -> None:
    few = CustomerSettings(words_max=1)
    outage = Outage(LATERALS, meters=meters(C=(50, 0), E=(90, 0)))
    assert [w.witness for w in said(outage, few)][:1] == ["E"]


def test_lost_meters_that_do_not_fit_are_more_than_one_failed_device() -> None:
    outage = Outage(LATERALS, meters=meters(C=(85, 0), E=(85, 0), B=(0, 4)))
    word = {w.witness: w for w in counting(said(outage))}
    at = {s: outage.row(s) for s in "ACE"}
    for load, wrong_at in (("C", [0, 0, 2]), ("E", [0, 2, 0]), ("B", [1, 0, 0])):
        wrong = word[load].wrong
        assert wrong is not None
        assert [int(wrong[at[s]]) for s in "ACE"] == wrong_at


def test_two_blown_fuses_are_suspected_both() -> None:
    outage = Outage(LATERALS, meters=meters(C=(85, 0), D=(90, 0), E=(85, 0), A=(0, 3), B=(0, 3)))
    found = infer(outage.network, outage.heard)
    assert found.suspected >= {"SC", "SD", "SE"}
    assert found.p_two_faults > 0.05


def test_loads_that_the_grid_does_not_have_are_passed_over() -> None:
    assert said(Outage(LATERALS, calls={LoadId("X"): 3})) == []


def test_reports_ripen_with_time_in_the_dark() -> None:
    came = [p_reported(USUAL, elapsed_s=s) for s in (0.0, 44.0, 60.0, 120.0, 3600.0)]
    ever = 1.0 - USUAL.p_collector_silent
    assert came[0] == came[1] == pytest.approx(USUAL.p_early * ever)
    assert came[1:] == sorted(came[1:])
    assert came[-1] == pytest.approx(ever, abs=1e-6)


@pytest.mark.parametrize("asked_after_s", [5.0, 50.0, 600.0])
def test_a_whole_transformer_that_gasps_is_dark_however_soon(asked_after_s: float) -> None:
    outage = Outage(LATERALS, asked_after_s=asked_after_s, meters=meters(E=(100, 0)))
    word = only([w for w in said(outage) if w.witness == "E"])
    assert word.reading is Reading.YES
    assert word.log_p[outage.row("E")] - word.log_p[outage.row("C")] > math.log(100)


@given(st.integers(1, 40), st.floats(0.0, 1e5) | st.just(math.inf))
def test_every_transformer_says_one_of_the_possible_words(meters: int, elapsed_s: float) -> None:
    pairs = [(k, a) for k in range(meters + 1) for a in range(meters - k + 1)]
    lost, alive = np.array(pairs, np.float64).T
    counts = Counts(meters=np.full(len(pairs), float(meters)), lost=lost, alive=alive)
    assert np.exp(log_p_dark(counts, USUAL, elapsed_s=elapsed_s)).sum() == pytest.approx(1.0)
    assert np.exp(log_p_supplied(counts, USUAL)).sum() == pytest.approx(1.0)


@given(st.integers(1, 500), st.floats(0.0, 1e5) | st.just(math.inf))
def test_every_number_of_calls_is_one_of_the_possible_words(
    customers: int, elapsed_s: float
) -> None:
    calls = np.arange(20_000, dtype=np.float64)
    dark = log_p_calls_dark(
        calls, np.full(len(calls), float(customers)), settings=USUAL, elapsed_s=elapsed_s
    )
    assert np.exp(dark).sum() == pytest.approx(1.0, abs=1e-6)
    assert np.exp(log_p_calls_supplied(calls, settings=USUAL)).sum() == pytest.approx(1.0)


@given(drawings(), st.data())
def test_words_are_sane_whatever_is_reported(text: str, data: st.DataObject) -> None:
    network = draw(text)
    counts = st.integers(0, 300)
    word = st.builds(
        MeterWord, lost=counts, alive=counts, phases=st.sampled_from(["", "a", "bc", "abc", "cab"])
    )
    loads = st.sampled_from(list(network.loads))
    outage = Outage(
        network,
        asked_after_s=data.draw(st.none() | st.floats(0.0, 1e4)),
        meters=data.draw(st.dictionaries(loads, word)),
        calls=data.draw(st.dictionaries(loads, counts)),
    )
    assert are_sane(said(outage), len(outage.scene.sections))


# a field that behaves as the settings say

SECTIONS = ("A", "B", "C", "D", "E")
DARK = {"A": "ABCDE", "B": "ABCDE", "C": "CD", "D": "CD", "E": "E"}
"""Who is dark, by where the fault is, in `LATERALS`."""
ALL_METERED = CustomerSettings(p_has_meters=1.0, p_silence_empty=1e-9, weight_max=60.0)


def played(dice: np.random.Generator, fault: str) -> dict[LoadId, MeterWord]:
    """What 12 meters at each transformer say, told step by step."""
    told = {}
    for load in SECTIONS:
        lost = _gasps(dice, dark=load in DARK[fault])
        rest = 12 - lost
        p_answers = USUAL.p_alive_wrong if load in DARK[fault] else USUAL.p_asked
        alive = int(dice.integers(1, rest + 1)) if rest and dice.random() < p_answers else 0
        told[LoadId(load)] = MeterWord(lost=lost, alive=alive)
    return told


def _gasps(dice: np.random.Generator, *, dark: bool) -> int:
    if dark and dice.random() >= USUAL.p_collector_silent:
        mean, firmness = USUAL.p_meter_reports, USUAL.report_concentration
        share = dice.beta(mean * firmness, (1.0 - mean) * firmness)
        return int(dice.binomial(12, share))
    if not dark and dice.random() < USUAL.p_local_outage:
        return int(dice.integers(0, 13))
    return int(dice.binomial(12, USUAL.p_false_gasp))


def test_probabilities_come_true_where_the_field_behaves_as_the_settings_say() -> None:
    dice = np.random.default_rng(7)
    network = draw(LATERALS, customers=dict.fromkeys(SECTIONS, 12))
    claimed, true = [], []
    for fault in dice.choice(SECTIONS, 2000).tolist():
        outage = Outage(network, meters=played(dice, fault))
        score = sum(w.log_p for w in counting(said(outage, ALL_METERED)))
        weight = np.exp(score - np.max(score))
        claimed += (weight / weight.sum()).tolist()
        true += [candidate == f"S{fault}" for candidate in outage.scene.candidates]
    p, came_true = np.array(claimed), np.array(true)
    for low, high in ((0.0, 0.05), (0.05, 0.35), (0.35, 0.65), (0.65, 0.95), (0.95, 1.01)):
        inside = (p >= low) & (p < high)
        if inside.sum() >= 100:
            assert came_true[inside].mean() == pytest.approx(p[inside].mean(), abs=0.03)
    assert p[came_true].mean() > 0.55
