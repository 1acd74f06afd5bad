"""`gridops reliability`: the published systems, by formula and by simulated years."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest
from cli_story import Terminal
from reference_folders import grid_of, source_of
from test_reliability_systems import line_failures, transformer_failures

from gridops.ids import LoadId, SwitchId
from gridops.network import Network, build_network, draw
from gridops.reliability import IEEE1366
from gridops.study.expected_indices import at_loads, expected
from gridops.study.failure_effects import failure_modes

CASES = {"A": "--no-spares", "E": "--spares"}


@pytest.mark.parametrize("case", CASES)
def test_bus_2_gives_its_published_indices(gridops_says: Terminal, case: str) -> None:
    """R. N. Allan, R. Billinton et al., IEEE Trans. Power Systems 6(2), 1991."""
    kept = source_of("rbts_bus2_headline")
    said = gridops_says("reliability", "rbts_bus2", CASES[case], "--json")
    found, wanted = said.document["system"], kept["system"][case]
    assert said.code == 0
    assert found["customers"] == wanted["customers"]
    assert round(found["saifi"], 6) == wanted["SAIFI"]
    assert round(found["saidi_min"] / 60, 6) == wanted["SAIDI_h"]
    assert round(found["caidi_min"] / 60, 6) == wanted["CAIDI_h"]
    assert round(found["asai"], 6) == wanted["ASAI"]
    assert round(found["ens_wh"] / 1e6, 6) == wanted["ENS_MWh"]
    assert round(found["aens_wh"] / 1e3, 6) == wanted["AENS_kWh"]
    published = kept["published"][case]
    assert round(found["saidi_min"] / 60, 2) == published["SAIDI_h"]
    assert round(found["ens_wh"] / 1e6, 3) == published["ENS_MWh"]
    assert len(said.document["loads"]) == 22


@pytest.mark.parametrize("name", ["rbts_bus2", "rbts_bus4", "rbts_bus6"])
@pytest.mark.parametrize("spares", [False, True])
def test_every_load_point_is_that_of_the_plain_enumeration(name: str, spares: bool) -> None:
    network = grid_of(name)
    often: dict[LoadId, float] = defaultdict(float)
    hours: dict[LoadId, float] = defaultdict(float)
    for one in (*line_failures(network), *transformer_failures(network, spares=spares)):
        often[one.load] += one.per_year
        hours[one.load] += one.per_year * one.hours
    modes = tuple(failure_modes(network, spares=spares))
    for load in at_loads(network, modes, ruleset=IEEE1366):
        assert load.interruptions_per_year == pytest.approx(often[load.load]), load
        assert load.hours_per_year == pytest.approx(hours[load.load]), load


def story(**switching_s: float) -> Network:
    """A fault in B: A comes back from S1, C over the tie t1."""
    components = draw(
        "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2", customers={"A": 10, "B": 20, "C": 30, "D": 40}
    ).components
    branches = tuple(
        replace(b, failures_per_year=2.0, repair_time_s=7200.0) if b.id == "B-s1" else b
        for b in components.branches
    )
    switches = tuple(
        replace(s, operating_time_s=switching_s.get(s.id, 0.0)) for s in components.switches
    )
    return build_network(replace(components, branches=branches, switches=switches))


def waits(network: Network) -> dict[str, float]:
    (mode, *_) = failure_modes(network)
    return {hit.load: hit.seconds for hit in mode.hits}


def test_each_side_is_back_in_the_time_of_its_switches() -> None:
    found = waits(story(b1=2, s1=60, s2=90, t1=400))
    assert found == {"A": 60, "B": 7200, "C": 400}


def test_what_takes_longer_than_the_repair_waits_for_the_repair() -> None:
    assert waits(story(b1=2, s1=60, s2=90, t1=9000))["C"] == 7200


def test_what_is_back_within_the_threshold_is_momentary() -> None:
    network = story(b1=2, s1=60, s2=90, t1=100)
    modes = tuple(failure_modes(network))
    system = expected(at_loads(network, modes, ruleset=IEEE1366), modes)
    assert (system.saifi, system.maifi) == (0.4, 0.8)
    strict = replace(IEEE1366, sustained_after=timedelta(seconds=60))
    system = expected(at_loads(network, modes, ruleset=strict), modes)
    assert (system.saifi, system.maifi) == (1.0, 0.2)


def test_a_breaker_that_fails_is_cleared_by_the_one_above_and_takes_both_sides() -> None:
    components = draw("S1 [b1] A [b3] B", customers={"A": 10, "B": 20}).components
    switches = tuple(
        replace(s, failures_per_year=0.1, repair_time_s=3600.0) if s.id == SwitchId("b3") else s
        for s in components.switches
    )
    (mode,) = failure_modes(build_network(replace(components, switches=switches)))
    assert {hit.load: hit.seconds for hit in mode.hits} == {"A": 3600, "B": 3600}


def test_simulated_years_agree_with_the_formula(gridops_says: Terminal) -> None:
    argv = ("reliability", "rbts_bus2", "--method", "montecarlo", "--years", "40000", "--json")
    said = gridops_says(*argv)
    formula = gridops_says("reliability", "rbts_bus2", "--json").document["system"]
    found = said.document
    error = found["simulated"]["standard_error_saidi_min"]
    assert found["system"]["saidi_min"] == pytest.approx(formula["saidi_min"], abs=4 * error)
    assert error < 0.02 * formula["saidi_min"]
    for name in ("saifi", "ens_wh", "failures_per_year"):
        assert found["system"][name] == pytest.approx(formula[name], rel=0.03), name
    assert gridops_says(*argv).document == found
    assert gridops_says(*argv, "--seed", "2").document != found


def test_what_cannot_be_told_is_one_line(gridops_says: Terminal) -> None:
    said = gridops_says("reliability", "baranwu33")
    assert "failures_per_year" in said.complaint
    assert "--years" in gridops_says("reliability", "rbts_bus2", "--years", "5").complaint
    assert "rbts_bus2" in gridops_says("reliability", "rbts_bus3").complaint


def test_people_are_told_what_has_no_data(gridops_says: Terminal) -> None:
    said = gridops_says("reliability", "rbts_bus2", "--no-spares")
    assert "SAIFI 0.248211 a year, SAIDI 3.612587 h a year" in said.out
    assert "of the switches have no failure rate" in said.out
