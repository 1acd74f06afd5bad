"""Nothing is un-suspected but by evidence: not by a word about another place, another fault,
another incident, nor because supply was back for a moment."""

from gridops.ids import SectionId
from gridops.incident.hearing import TRIALS_MAX, Hearing
from gridops.measurement import Reading
from gridops.outage.heard import Trial
from tests.playbook import CLOSED, FEEDER, Playbook, Wait
from tests.playbook_reports import Calls, EarthFault, Patrolled
from tests.playbook_words import Done, Flagged, Halted, Moved, Released, Repaired, Tripped

NESTED = "S1 [b1] A [s1] B [r1] C [s2] D (t1) F [b2] S2"


def after(play: Playbook, *facts: object) -> Playbook:
    for fact in facts:
        play.forget() >> fact  # type: ignore[operator]
    return play.forget()


def fed_by(play: Playbook, ident: str = "I1") -> set[str]:
    steps = play.proposed(ident).answer.plan.steps
    return {section for step in steps for section in step.sections_restored}


def test_a_fault_found_where_everybody_has_supply_clears_nothing_of_what_is_dark() -> None:
    play = after(Playbook(FEEDER), Flagged("s1"), Flagged("s2"), Tripped("b1"), Wait(12))
    suspected = play.incident().suspected
    after(play, Patrolled("F", found=True), Wait(5))
    assert play.incident().suspected == suspected
    assert fed_by(play).isdisjoint(suspected)
    assert "b2" not in {s.switch for s in play.proposed().answer.plan.steps}


def test_the_one_fault_that_a_crew_found_says_nothing_of_the_other() -> None:
    """b1 opened long after r1: for something between them."""
    play = Playbook(NESTED)
    after(play, Flagged("b1"), Flagged("s1"), Flagged("r1"), Tripped("r1"), Wait(9))
    after(play, Tripped("b1"), Wait(30), Patrolled("C", found=True), Wait(5))
    assert {"SA", "SB", "SC"} <= play.incident().suspected
    assert fed_by(play) == {"SD"}


def test_a_repair_of_an_earth_fault_is_no_repair_of_the_trip_that_follows() -> None:
    play = after(Playbook(FEEDER), EarthFault("b1", Reading.YES), Wait(5), Repaired(), Wait(60))
    after(play, Flagged("s1"), Tripped("b1"), Wait(30))
    assert {"SB"} <= play.incident().suspected
    assert fed_by(play).isdisjoint(play.incident().suspected)


def test_what_a_crew_found_stays_fenced_when_supply_was_back_for_a_moment() -> None:
    play = after(Playbook(FEEDER), Flagged("s1"), Flagged("s2"), Tripped("b1"), Wait(12))
    after(play, Patrolled("E", found=True), Wait(5), Moved("b1", CLOSED), Wait(4))
    assert not play.incident().is_open
    after(play, Tripped("b1"), Wait(30))
    assert "SE" in play.incident("I2").suspected
    assert "SE" not in fed_by(play, "I2")


def test_a_trip_after_the_repair_suspects_again() -> None:
    play = after(Playbook(FEEDER), Flagged("s1"), Flagged("s2"), Tripped("b1"), Wait(12))
    after(play, Moved("b1", CLOSED), Repaired(), Wait(0.5), Tripped("b1"), Wait(30))
    suspected = {s for i in play.desk.open_incidents.values() for s in i.off_limits}
    assert {"SB", "SC", "SD"} <= suspected


def test_a_word_about_an_incident_that_became_a_part_of_another_is_heard() -> None:
    play = Playbook("S1 [b1] A [r1] B [r2] C (t1) D [b2] S2")
    after(play, Tripped("r2"), Tripped("b1"), Wait(0.2), Tripped("r1"), Wait(1))
    parts = [i for i in play.desk.incidents.values() if i.merged_into is not None]
    for part in parts:
        after(play, Halted(str(part.id)))
        assert play.incident(str(part.merged_into)).halted


def test_what_tripped_is_remembered_however_much_is_tried_after_it() -> None:
    heard = Hearing()
    heard.tried(Trial(sections=frozenset({SectionId("bad")}), held=False))
    for k in range(3 * TRIALS_MAX):
        heard.tried(Trial(sections=frozenset({SectionId(f"x{k}")}), held=k % 2 == 0))
    assert len(heard.trials) <= TRIALS_MAX
    assert SectionId("bad") in heard.failed()
    assert {f"x{k}" for k in range(3 * TRIALS_MAX) if k % 2} <= heard.failed()


def test_callers_that_take_their_call_back_are_none() -> None:
    play = after(Playbook(FEEDER), Tripped("b1"), Calls("C", -2), Calls("D", 1), Wait(12))
    assert play.incident().location is not None


def test_of_two_faults_that_indicators_demand_a_crew_has_found_only_one() -> None:
    play = Playbook("S1 [b1] A [s1] B [s2] C\nA [s3] D [s4] E\nA [s5] F (t1) G [b2] S2")
    for switch in ("s1", "s2", "s3", "s4"):
        after(play, Flagged(switch))
    after(play, Tripped("b1"), Wait(12), Patrolled("C", found=True), Wait(5))
    assert {"SC", "SE"} <= play.incident().suspected
    assert "SE" not in fed_by(play)


def test_a_trip_after_the_repair_suspects_again_although_a_person_said_stop() -> None:
    play = after(Playbook(FEEDER), Flagged("s1"), Flagged("s2"), Tripped("b1"), Wait(12))
    after(play, Moved("b1", CLOSED), Repaired(), Halted(), Wait(0.5), Tripped("b1"), Wait(30))
    suspected = {s for i in play.desk.open_incidents.values() for s in i.off_limits}
    assert {"SB", "SC", "SD"} <= suspected


def test_a_fault_found_in_the_zone_of_another_incident_is_fenced_there() -> None:
    play = after(Playbook(FEEDER), Tripped("b2"), Wait(20), Flagged("s1"), Flagged("s2"))
    after(play, Tripped("b1"), Wait(12))
    assert play.incident("I2").zone == {"SA", "SB", "SC", "SD", "SE"}
    after(play, Patrolled("E", found=True, incident="I1"), Wait(5))
    assert play.incident("I2").suspected == {"SE"}
    assert "SE" not in fed_by(play, "I2")


def test_a_second_fault_where_a_plan_had_restored_clears_nothing_of_the_first() -> None:
    """The first is in B; C to F are fed from J, and r15 trips for a fault in F."""
    drawing = (
        "S1 [b1] A [s11] B [r12] C [s13] D [s14] E [r15] F\n"
        "E [s16] G (t1) J\nB [s17] H\nS2 [b2] I\nI [s21] J\nB (t2) J"
    )
    play = after(Playbook(drawing), Flagged("s11"), Tripped("b1"), Wait(12), Released())
    first = play.incident().suspected
    assert "SB" in first
    after(play, Done("r12"), Wait(1), Done("t1"), Wait(5))
    after(play, Flagged("s16"), Flagged("t1"), Flagged("s21"), Flagged("r15"), Tripped("r15"))
    after(play, Wait(10))
    assert first | {"SF"} <= play.incident().suspected
    assert fed_by(play).isdisjoint(first)


def test_what_is_latched_for_the_first_fault_says_nothing_of_the_second() -> None:
    """r15 cleared a fault in F; three seconds later b1 trips for one in C."""
    play = Playbook("S1 [b1] A [s11] B [s12] C [s13] D [s14] E [r15] F (t1) G [b2] S2")
    for switch in ("s11", "s12", "s13", "s14", "r15"):
        after(play, Flagged(switch))
    after(play, Tripped("r15"), Wait(3), Flagged("s11"), Flagged("s12"), Tripped("b1"), Wait(30))
    assert {"SC", "SF"} <= play.incident().suspected
    assert "SC" not in fed_by(play)


def test_what_flagged_when_somebody_fed_the_fault_from_the_other_side_moves_it_nowhere() -> None:
    """r1 cleared a fault in D; t1 was closed by hand, and b2 tripped for the same fault."""
    play = Playbook("S1 [b1] A [r1] B [s1] C [s2] D [s3] E [s4] F (t1) G [b2] S2")
    after(play, Flagged("r1"), Flagged("s1"), Flagged("s2"), Tripped("r1"), Wait(9))
    after(play, Moved("t1", CLOSED), Wait(0.3))
    after(play, Flagged("s3"), Flagged("s4"), Flagged("t1"), Tripped("b2"), Wait(30))
    suspected = {s for i in play.desk.open_incidents.values() for s in i.off_limits}
    assert "SD" in suspected
