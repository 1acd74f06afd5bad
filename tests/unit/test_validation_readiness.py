from gridops.network import Control, IndicatorKind, draw
from gridops.network.validation_readiness import FeederReadiness, readiness

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
        "a fault in the largest remote zone keeps 67% of the customers waiting",
    )


def test_a_feeder_that_nothing_divides_loses_more() -> None:
    found = graded(s1=CREW, s2=CREW)
    assert found.grade == "D"
    assert "no remote switch divides feeder Fb1" in found.reasons


def test_a_tie_for_crews_is_worth_less_and_none_least() -> None:
    assert graded(t1=CREW).reasons == ("every tie to another feeder needs a crew",)
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
