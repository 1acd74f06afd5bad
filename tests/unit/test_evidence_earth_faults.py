"""Earth faults that trip nothing: who signals, and where to open next."""

import math
import random
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from evidence_story import BEGAN, Outage, are_sane, codes, good, name
from hypothesis import given
from hypothesis import strategies as st

from gridops.ids import SwitchId
from gridops.measurement import Measured, Reading
from gridops.network import Control, build_network, draw
from gridops.outage import Heard, Role, infer
from gridops.outage.earth_fault_search import SearchSettings, SearchTest, search_order
from gridops.outage.earth_faults import EarthFaultSettings, words
from gridops.outage.testimony import Word, counting
from tests.properties.random_feeders import drawings

TWO_FEEDERS = """
    S1 [b1] A [r1] B [s1] C
    S1 [b2] D [s2] E"""
CHAIN = "S1 [b1] A [s1] B [s2] C [s3] D"
USUAL, SEARCH = EarthFaultSettings(), SearchSettings()
READINGS = {"Y": Reading.YES, "N": Reading.NO, "F": Reading.FAILED}


def said(outage: Outage) -> list[Word]:
    return words(outage.scene, outage.heard, settings=USUAL, lead_s=5.0)


def alarms(**told: str) -> dict[SwitchId, Measured[Reading]]:
    return {SwitchId(device): good(READINGS[letter]) for device, letter in told.items()}


def test_the_head_that_signals_names_the_feeder() -> None:
    outage = Outage(TWO_FEEDERS, earth_faults=alarms(b1="Y", b2="N"))
    assert outage.likeliest(said(outage)) == {"A", "B", "C"}


def test_the_relay_further_down_narrows_it() -> None:
    both = Outage(TWO_FEEDERS, earth_faults=alarms(b1="Y", b2="N", r1="Y"))
    assert both.likeliest(said(both)) == {"B", "C"}
    head = Outage(TWO_FEEDERS, earth_faults=alarms(b1="Y", b2="N", r1="N"))
    assert head.likeliest(said(head)) == {"A"}


def test_a_healthy_feeder_that_signals_as_well_does_not_hide_the_faulted_one() -> None:
    outage = Outage(TWO_FEEDERS, earth_faults=alarms(b1="Y", b2="Y", r1="Y"))
    assert outage.likeliest(said(outage)) == {"B", "C"}
    word = {w.witness: w for w in counting(said(outage))}
    assert word["b2"].wrong is not None
    assert word["b2"].wrong[outage.row("B")]


def test_one_alarm_speaks_for_an_earth_fault_at_all() -> None:
    outage = Outage("S1 [b1] A [s1] B", earth_faults=alarms(b1="Y"))
    (word,) = counting(said(outage))
    assert np.ptp(word.log_p) == 0.0
    assert word.log_p[0] - word.log_p_none == pytest.approx(math.log(0.9 / 0.05))


def test_where_nobody_signals_a_no_is_no_evidence() -> None:
    outage = Outage(TWO_FEEDERS, earth_faults=alarms(b1="N", b2="N"))
    assert codes(said(outage)) == ["earth-fault-tells-no-place"] * 2


def test_a_device_that_feeds_no_candidate_tells_nothing() -> None:
    outage = Outage(TWO_FEEDERS, "b1", earth_faults=alarms(b2="Y", r1="N"))
    assert codes(said(outage)) == ["earth-fault-tells-no-place"]


def test_words_that_do_not_count_are_told_with_the_reason() -> None:
    assert codes(said(Outage(CHAIN, earth_faults=alarms(b1="F")))) == ["indicator-failed"]
    tested = Outage(CHAIN, earth_faults=alarms(b1="Y"), in_test=frozenset({SwitchId("b1")}))
    assert codes(said(tested)) == ["in-test"]


# where to open next


def searched(
    grid: str, p: Mapping[str, float], *, limits: SearchSettings = SEARCH, **switches: Control
) -> tuple[SearchTest, ...]:
    parts = draw(grid).components
    changed = tuple(
        replace(s, control=switches[s.id], operating_time_s=1800.0) if s.id in switches else s
        for s in parts.switches
    )
    scene = Outage(build_network(replace(parts, switches=changed))).scene
    posterior = np.array([p.get(name(section), 0.0) for section in scene.candidates])
    return search_order(scene, posterior, settings=limits)


def test_equal_halves_and_few_customers_are_opened_first() -> None:
    tests = searched(CHAIN, {"A": 0.25, "B": 0.25, "C": 0.25, "D": 0.25})
    assert tests[0].switch == "s2"
    assert tests[0].p_behind == pytest.approx(0.5)
    assert tests[0].customers == 200
    assert tests[0].customer_minutes == pytest.approx(200 * 12 / 60)


def test_the_likely_end_is_tried_before_the_middle() -> None:
    assert searched(CHAIN, {"A": 0.1, "B": 0.1, "C": 0.1, "D": 0.7})[0].switch == "s3"


def test_a_switch_that_a_crew_has_to_travel_to_waits() -> None:
    even = {"A": 0.25, "B": 0.25, "C": 0.25, "D": 0.25}
    tests = searched(CHAIN, even, s2=Control.CREW)
    assert tests[0].switch == "s3"
    assert "search-by-crew" not in [why.code for why in tests[0].why]
    assert "s2" not in [t.switch for t in searched(CHAIN, even, s2=Control.NONE)]


def test_what_is_known_needs_no_test_and_what_no_switch_divides_gets_none() -> None:
    assert searched(CHAIN, {"C": 1.0}) == ()
    assert searched(CHAIN, {}) == ()
    assert searched("S1 [b1] A [d1] B", {"A": 0.5, "B": 0.5}) == ()


def test_the_sums_of_a_search_by_hand() -> None:
    """s1 divides A from B: one test, 100 customers for 12 s, and 14 s in all."""
    grid = "S1 [b1] A [s1] B"
    (test,) = searched(grid, {"A": 0.5, "B": 0.5})
    assert test.expected_customer_minutes == pytest.approx(100 * 12 / 60)
    assert test.expected_minutes == pytest.approx(14 / 60)
    assert test.why[0].in_english().startswith("opening s1 for 12 s tells in 50 of 100 cases")


def test_feeder_by_feeder_where_only_heads_can_be_opened() -> None:
    grid = "S1 [b1] A\nS1 [b2] B [d1] C\nS1 [b3] D"
    tests = searched(grid, {"A": 0.2, "B": 0.3, "C": 0.3, "D": 0.2})
    assert {t.switch for t in tests} == {"b1", "b2", "b3"}
    assert tests[0].expected_customer_minutes <= tests[-1].expected_customer_minutes


def least_cost(outage: Outage, posterior: np.ndarray, limits: SearchSettings) -> float:
    """Of the best search, by trying every order of tests."""
    scene, network = outage.scene, outage.network
    ids = network.arrays.switches.ids
    tests = [
        (frozenset(range(span.start, span.stop)), _cost(outage, ids[number], limits))
        for number, span in scene.spans.items()
        if number in scene.feeding.tolist() and network.switches[ids[number]].breaks_load
    ]

    def zones(rows: frozenset[int]) -> list[float]:
        held: dict[tuple[bool, ...], float] = {}
        for row in rows:
            key = tuple(row in behind for behind, _ in tests)
            held[key] = held.get(key, 0.0) + float(posterior[row])
        return list(held.values())

    @cache
    def least(rows: frozenset[int]) -> float:
        whole = sum(float(posterior[r]) for r in rows)
        if max(zones(rows)) >= limits.known_probability * whole:
            return 0.0
        return min(
            whole * cost + least(rows & behind) + least(rows - behind)
            for behind, cost in tests
            if rows & behind and rows - behind
        )

    return least(frozenset(np.flatnonzero(posterior).tolist())) / float(posterior.sum())


def _cost(outage: Outage, ident: SwitchId, limits: SearchSettings) -> float:
    switch = outage.network.switches[ident]
    dark_s = limits.observe_s + switch.operating_time_s
    customers = outage.traced.customers_behind(ident)
    all_s = dark_s + switch.operating_time_s
    return (customers * dark_s + limits.search_minute_worth * all_s) / 60.0


def expected(tests: tuple[SearchTest, ...]) -> float:
    first = tests[0]
    return first.expected_customer_minutes + SEARCH.search_minute_worth * first.expected_minutes


@given(drawings(sections_max=8, feeders=2), st.data())
def test_no_search_promises_less_than_the_best_needs(text: str, data: st.DataObject) -> None:
    outage = Outage(text)
    rows = len(outage.scene.sections)
    weights = data.draw(st.lists(st.integers(0, 20), min_size=rows, max_size=rows))
    posterior = np.array(weights, np.float64)
    if not posterior.any():
        return
    tests, best = search_order(outage.scene, posterior), least_cost(outage, posterior, SEARCH)
    assert expected(tests) >= best - 1e-9 if best > 0.0 else tests == ()


def test_on_the_whole_the_search_is_as_good_as_the_best() -> None:
    """200 trees of up to 8 sections, with customers from none to a thousand."""
    dice, ratios = random.Random(5), []
    while len(ratios) < 200:
        count = dice.randint(2, 8)
        lines = [f"A{dice.randint(0, k - 1)} [s{k}] A{k}" for k in range(1, count)]
        customers = {f"A{k}": dice.choice([0, 10, 100, 1000]) for k in range(count)}
        outage = Outage(draw("\n".join(["S1 [b1] A0", *lines]), customers=customers))
        posterior = np.array([dice.random() ** dice.choice([1, 4]) for _ in range(count)])
        best = least_cost(outage, posterior, SEARCH)
        if best > 0.0:
            ratios.append(expected(search_order(outage.scene, posterior)) / best)
    assert np.mean(ratios) < 1.01
    assert np.quantile(ratios, 0.95) < 1.1


@given(drawings(), st.data())
def test_words_are_sane_and_every_answer_is_one_of_two(text: str, data: st.DataObject) -> None:
    network = draw(text)
    devices = st.sampled_from(list(network.switches))
    told = data.draw(st.dictionaries(devices, st.sampled_from("YNF"), max_size=5))
    one = data.draw(devices)
    answers = []
    for letter in "YN":
        outage = Outage(network, earth_faults=alarms(**{**told, "b1": "Y", one: letter}))
        answers.append({w.witness: w for w in counting(said(outage))})
        assert are_sane(said(outage), len(outage.scene.sections))
    if one in answers[0] and one in answers[1]:
        yes, no = (found[one] for found in answers)
        assert np.exp(yes.log_p) + np.exp(no.log_p) == pytest.approx(1.0)


def test_indicators_that_wait_for_loss_of_voltage_are_silent_at_an_earth_fault_left_standing() -> (
    None
):
    """Nobody loses voltage by it, so their silence speaks neither for it nor against it."""
    waiting = {f"s{k}": {"indicator_needs_voltage_loss": True} for k in (1, 2, 3)}
    network = draw(CHAIN, change=waiting)
    heard = Heard(
        closed_before=network.normally_closed,
        since=BEGAN,
        scope=frozenset(network.sections) - {"SS1"},
        flags={SwitchId(s): good(Reading.NO) for s in waiting},
        earth_faults=alarms(b1="Y"),
    )
    found, prompt = infer(network, heard), infer(draw(CHAIN), heard)
    told = {e.device: (e.role, e.why.code) for e in found.evidence}
    assert {told[SwitchId(s)] for s in waiting} == {(Role.IGNORED, "silence-of-waiting")}
    deaf = infer(network, replace(heard, flags={}))
    by_section = {s.section: s.probability for s in deaf.suspects}
    for suspect in found.suspects:
        assert suspect.probability == pytest.approx(by_section[suspect.section], abs=1e-3)
    assert prompt.suspects[0].section == "SA"
    assert prompt.suspects[0].probability > found.suspects[0].probability
