"""Closings as tests, crews, second trips and faults that spread."""

from gridops.ids import SwitchId
from gridops.incident import Phase
from gridops.measurement import Part, Reading
from gridops.outage import Cause, Verdict
from gridops.outage.heard import Trial
from tests.playbook import CLOSED, FEEDER, OPEN, SETTINGS, Playbook, Wait
from tests.playbook_reports import (
    FaultCurrent,
    InTest,
    LostVoltage,
    PartFlagged,
    Patrolled,
    Tried,
)
from tests.playbook_words import (
    AskedFor,
    Asks,
    Close,
    Done,
    Flagged,
    Moved,
    Nothing,
    Open,
    Released,
    Repaired,
    Stands,
    Tripped,
)

FENCED = Asks(opens=("s1", "s4"), closes=("b1", "t1"))


def proposed() -> Playbook:
    """A fault in C of FEEDER; B and D are suspected as well."""
    return Playbook() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10) << FENCED


def fenced() -> Playbook:
    play = proposed() >> Released() << Open("s1") >> Done("s1") << Open("s4") >> Done("s4")
    return play << Close("b1")


def restored() -> Playbook:
    play = fenced() >> Done("b1") >> Wait(5) << Close("t1") >> Done("t1") >> Wait(15)
    return play << Stands("restored")


def trials(play: Playbook, ident: str = "I1") -> list[Trial]:
    return play.incident(ident).heard.trials


# crews


def test_what_a_crew_has_found_overrides_every_indicator() -> None:
    play = proposed() >> Patrolled("E-s4", found=True) >> Wait(1)
    where = play.incident().location
    assert where is not None
    assert (where.verdict, where.suspected) == (Verdict.LOCATED, {"SE"})
    play << AskedFor("I1")
    assert play << Stands("proposed", note="crew-found")


def test_a_section_is_cleared_when_all_of_it_was_looked_at() -> None:
    play = proposed() >> Patrolled("D-s3")
    assert play.incident().heard.patrols(play.network) == {}
    play >> Patrolled("D-s4") >> Wait(1)
    assert play.incident().heard.patrols(play.network) == {"SD": False}


def test_a_found_fault_narrows_what_a_finished_plan_left_in_the_dark() -> None:
    play = restored()
    assert play.desk.dark_of(play.incident()) == {"SB", "SC", "SD"}
    play >> Patrolled("SC", found=True) >> Wait(1) << AskedFor("I1")
    steps = play.proposed().answer.plan.steps
    assert {s for step in steps for s in step.sections_restored} == {"SB", "SD"}


def test_a_found_fault_outside_of_the_fence_stops_the_plan_before_its_next_step() -> None:
    play = proposed() >> Released() << Open("s1") >> Patrolled("SE", found=True) >> Done("s1")
    assert play << Stands("stopped", note="step-vetoed")
    assert [o.switch for o in play.orders] == ["s1"]


def test_a_place_that_the_grid_does_not_have_says_nothing() -> None:
    play = proposed() >> Patrolled("nowhere", found=True) >> Wait(1)
    assert play.incident().suspected == {"SB", "SC", "SD"}


# trials


def test_what_was_energised_and_holds_is_noticed_without_a_word() -> None:
    """Somebody at the device closes s1 on to B, which is suspected."""
    play = proposed() >> Moved("s1", OPEN) >> Moved("s2", OPEN) >> Moved("b1", CLOSED) >> Wait(11)
    play.forget() >> Moved("s1", CLOSED) >> Wait(11)
    assert Trial(sections=frozenset({"SB"}), held=True) in trials(play)  # type: ignore[arg-type]
    play.forget()
    assert "closing-held" in {n.reason.code for n in play.incident().timeline}


def test_a_closing_that_nothing_is_suspected_behind_needs_no_trial() -> None:
    play = restored()
    assert trials(play) == []
    assert play.incident().suspected == {"SB", "SC", "SD"}


def test_a_reported_trial_that_tripped_makes_suspect_what_it_would_have_fed() -> None:
    """Nothing was open between t1 and b1: all of it was tried."""
    play = proposed() >> Tried("t1", held=False) >> Wait(1)
    assert play.incident().suspected == {"SA", "SB", "SC", "SD", "SE"}


def test_a_trip_after_our_closing_is_evidence_of_the_same_incident() -> None:
    play = fenced() >> Done("b1") >> Wait(1) >> Tripped("b1")
    assert trials(play) == [Trial(sections=frozenset({"SA"}), held=False)]  # type: ignore[arg-type]
    assert play << Stands("stopped", note="closing-tripped") << Nothing(incidents=1)


def test_what_tripped_is_never_energised_again_until_it_is_repaired() -> None:
    play = fenced() >> Done("b1") >> Wait(1) >> Tripped("b1") >> Wait(3600)
    play.forget()
    switches = {s.switch for s in play.proposed().answer.plan.steps}
    assert "b1" not in switches
    play >> Repaired()
    play.forget_after(1)
    assert "SA" not in play.incident().suspected


def test_a_trip_of_the_donor_is_an_incident_of_its_own_and_stops_the_first() -> None:
    """t1 closes on to E, and b2 trips: E holds a fault, or F does; neither is fed again."""
    play = fenced() >> Done("b1") >> Wait(5) << Close("t1") >> Done("t1") >> Wait(1)
    play >> Tripped("b2") >> Wait(15)
    play.forget()
    first, second = play.incident("I1"), play.incident("I2")
    assert first.phase is not Phase.EXECUTING
    assert "SE" in first.suspected
    assert Trial(sections=frozenset({"SE"}), held=False) in trials(play, "I2")  # type: ignore[arg-type]
    assert "SE" in second.suspected
    fed = {s for step in play.proposed("I2").answer.plan.steps for s in step.sections_restored}
    fed |= {s for step in play.proposed("I1").answer.plan.steps for s in step.sections_restored}
    assert "SE" not in fed


def test_the_same_where_the_trip_is_heard_of_before_the_closing() -> None:
    play = fenced() >> Done("b1") >> Wait(5) << Close("t1") >> Tripped("b2", 1.0) >> Wait(1)
    play.forget() >> Done("t1") >> Wait(15)
    play.forget()
    assert "SE" in play.incident("I1").suspected
    assert "SE" in play.incident("I2").suspected
    assert "SE" in play.incident("I2").zone


def test_a_trip_long_after_a_closing_is_another_story() -> None:
    play = restored() >> Wait(3600) >> Tripped("b1") >> Wait(11)
    play.forget()
    assert trials(play) == []
    assert play.incident("I2").zone == {"SA"}
    assert play << Stands("proposed", incident="I2", note="follows-incident")


# faults that spread


LATERAL = "S1 [b1] A [r1] B [s1] C\nA [s2] D (t1) E [b2] S2"


def test_a_breaker_that_trips_with_the_recloser_is_one_incident_and_the_lateral_is_located() -> (
    None
):
    play = Playbook(LATERAL) >> Flagged("r1") >> Tripped("r1") >> Wait(0.3)
    play >> Tripped("b1") >> Wait(11)
    play.forget()
    assert play << Nothing(incidents=1)
    assert set(play.incident().devices) == {"b1", "r1"}
    assert play.incident().suspected == {"SB", "SC"}


def test_a_breaker_that_trips_when_the_recloser_has_long_been_open_has_a_fault_of_its_own() -> None:
    """Within the window it is one incident, but what r1 has cut off cannot have tripped b1."""
    play = Playbook(LATERAL) >> Tripped("r1") >> Wait(8) >> Tripped("b1") >> Wait(21)
    play.forget()
    assert play << Nothing(incidents=1)
    assert play.incident().suspected == {"SA", "SB", "SC", "SD"}


def test_a_breaker_that_trips_much_later_is_an_incident_of_its_own() -> None:
    play = Playbook(LATERAL) >> Tripped("r1") >> Wait(60)
    play.forget() >> Tripped("b1") >> Wait(21)
    play.forget()
    one, other = play.incident("I1"), play.incident("I2")
    assert (one.zone, other.zone) == ({"SB", "SC"}, {"SA", "SD"})


def test_a_momentary_that_becomes_permanent_an_hour_later_names_the_former() -> None:
    play = Playbook(change={"b1": {"reclose_delays_s": (0.5,), "lockout_point": False}})
    play >> Moved("b1", OPEN) >> Wait(0.5) >> Moved("b1", CLOSED) >> Wait(3600)
    assert play.incident().cause is Cause.MOMENTARY
    play >> Moved("b1", OPEN) >> Wait(60)
    play.forget()
    assert play.incident("I2").cause is Cause.FAULT
    former = [n.reason for n in play.incident("I2").timeline if n.reason.code == "follows-incident"]
    assert [(r.params["incident"], r.params["cause"]) for r in former] == [("I1", "momentary")]


# what is kept of the field's words


def test_what_a_device_said_is_kept_although_it_resets() -> None:
    play = Playbook() >> Flagged("s1") >> PartFlagged("s2", Part.A) >> LostVoltage("s3")
    play >> FaultCurrent("b1", 3000.0) >> Flagged("s1", Reading.NO) >> Tripped("b1") >> Wait(11)
    heard = play.forget().incident().heard
    assert {*heard.flags} == {"s1"}
    assert {*heard.part_flags} == {("s2", Part.A)}
    assert {*heard.voltage_losses} == {("s3", Part.WHOLE)}
    assert heard.fault_currents_a["b1"].value == 3000.0  # type: ignore[index]


def test_what_a_device_under_test_says_is_not_kept() -> None:
    play = Playbook() >> InTest("s2") >> Flagged("s2") >> Tripped("b1") >> Wait(11)
    assert play.forget().incident().flags == {}


def test_what_is_older_than_the_outage_is_not_kept() -> None:
    play = Playbook() >> Flagged("s1") >> Wait(6) >> Tripped("b1") >> Wait(11)
    assert play.forget().incident().flags == {}


def test_a_flag_of_a_later_event_is_not_taken_for_this_one() -> None:
    play = restored() >> Wait(3600) >> Flagged("s1") >> Tripped("b1") >> Wait(11)
    play.forget()
    assert SwitchId("s1") in play.incident("I2").flags
    first = play.incident("I1")
    assert first.flags[SwitchId("s1")].source_time < play.incident("I2").opened_at
    assert first.suspected == {"SB", "SC", "SD"}


def test_the_drawing_is_the_one_that_the_words_speak_of() -> None:
    assert FEEDER.startswith("S1 [b1] A [s1] B")
    assert SETTINGS.trial_hold_s == 10.0
