from gridops.adapters.engines import PowerGridModelEngine
from gridops.network import Control, IndicatorKind, Network, draw
from gridops.network.validation_readiness import FeederReadiness, Finding, readiness
from gridops.study.review import review
from tests.unit.reviewed import spoilt

RING = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"
BLIND = {"indicator": IndicatorKind.NONE}
CREW = {"control": Control.CREW}


def graded(text: str = RING, **change: dict[str, object]) -> FeederReadiness:
    return readiness(draw(text, change=change))[0]


def test_remote_zones_with_indicators_and_a_tie_are_an_a() -> None:
    assert graded() == FeederReadiness(feeder="Fb1", grade="A", reasons=())


def test_crew_switches_make_large_zones() -> None:
    found = graded(s2=CREW)
    assert found.grade == "B"
    assert found.reasons == (
        "a fault in the largest remote zone keeps 67% of 300 customers waiting",
    )


def test_a_feeder_that_nothing_divides_loses_more() -> None:
    found = graded(s1=CREW, s2=CREW)
    assert found.grade == "D"
    assert "no remote switch divides feeder Fb1 of 3 sections" in found.reasons


def test_a_tie_for_crews_is_worth_less_and_none_least() -> None:
    assert graded(t1=CREW).reasons == ("each of 1 ties to other feeders needs a crew",)
    alone = graded("S1 [b1] A [s1] B [s2] C")
    assert alone.grade == "C"
    assert alone.reasons == ("no tie joins feeder Fb1 to another",)


def test_indicators_without_points_tell_nothing() -> None:
    assert graded(s1=BLIND, s2=BLIND).grade == "C"


def test_a_silent_lockout_is_a_reason_but_no_grade() -> None:
    found = graded(b1={"lockout_point": False})
    assert found == FeederReadiness(
        feeder="Fb1", grade="A", reasons=("head b1 does not report its lockout",)
    )


def test_a_head_for_crews_is_not_automation() -> None:
    assert graded(b1=CREW).grade == "E"


def test_nothing_at_all_is_an_e() -> None:
    found = graded("S1 [b1] A [s1] B", s1=CREW)
    assert found.grade == "E"
    assert len(found.reasons) == 3


def test_what_a_review_finds_lowers_the_grade_and_says_why() -> None:
    found = {"Fb1": [Finding(lost=1, reason="r1 is blind"), Finding(lost=0, reason="by the way")]}
    assert readiness(draw(RING), found)[0] == FeederReadiness(
        feeder="Fb1", grade="B", reasons=("r1 is blind", "by the way")
    )


def reviewed(network: Network) -> FeederReadiness:
    found = review(network, PowerGridModelEngine(network)).findings
    return readiness(network, found)[0]


def test_a_head_without_a_current_is_worth_saying() -> None:
    assert reviewed(draw(RING)) == FeederReadiness(
        feeder="Fb1", grade="A", reasons=("head b1 does not measure its current",)
    )


def test_each_thing_that_the_review_finds_costs_a_grade() -> None:
    """Undervoltage, a pick-up that is too high for the far end, a tie that lifts nothing."""
    weak = draw(
        RING,
        p_w={"C": 500e3, "D": 500e3},
        change={"b1": {"pickup_current_a": 9e3}, "t1": {"current_a_rated": 5.0}},
    )
    found = reviewed(spoilt(weak, "sources", "S1", voltage_pu=0.945))
    assert found.grade == "D"
    undervoltage, blind, tie = found.reasons[:3]
    assert "below 0.95 pu" in undervoltage
    assert "pick-up is 9000 A" in blind
    assert "at t1 the smallest part" in tie


def test_customers_beyond_ties_and_indicators_cost_a_grade_each() -> None:
    lonely = draw("S1 [b1] A [s1] B [s2] C\nA (t1) D [b2] S2", change={"s1": BLIND})
    reasons = reviewed(lonely).reasons
    assert "no tie can bring back 200 of 300 customers" in reasons
    silent = draw(RING, change={"s1": BLIND, "s2": BLIND})
    assert any("200 of 300 customers sit behind switches" in r for r in reviewed(silent).reasons)
