"""Outages that begin without a trip: meters and callers, and earth faults that only signal."""

from gridops.events import Event, SwitchMoved
from gridops.events.operator import Mode
from gridops.incident import Phase
from gridops.incident.model import Origin
from gridops.incident.planning import withheld_by
from gridops.measurement import Part, Quality, Reading
from gridops.network import Network
from gridops.outage import Cause
from tests.playbook import CLOSED, OPEN, SETTINGS, Playbook, Wait
from tests.playbook_reports import (
    Answers,
    Calls,
    EarthFault,
    Gasps,
    InTest,
    PartFlagged,
    silent,
)
from tests.playbook_words import (
    AskedFor,
    Asks,
    Flagged,
    Moved,
    Nothing,
    Put,
    Repaired,
    Reported,
    Restarted,
    Stands,
    Tripped,
)

LATERALS = """
S1 [b1] A [s1] B [r1] C [s2] D (t1) E [b2] S2
B [f1] G [s3] H
B [f2] J
"""
"""f1 and f2 are fuses, r1 a recloser; none of them reports."""


def laterals(*reporting: str) -> Network:
    return silent(LATERALS, *({"f1", "f2", "r1"} - set(reporting)))


def play_on(network: Network) -> Playbook:
    return Playbook.on(network, SETTINGS)


# meters and callers


def test_two_transformers_behind_a_fuse_are_an_outage_of_the_fuse() -> None:
    play = play_on(laterals()) >> Gasps("G") >> Wait(5) >> Gasps("H", 60) >> Wait(25)
    assert play << Stands("proposed", note="predicted-outage")
    found = play.incident()
    assert (found.origin, found.cause, found.devices) == (Origin.PREDICTED, Cause.FAULT, ["f1"])
    assert found.zone == {"SG", "SH"}
    assert play.desk.dark_of(found) == {"SG", "SH"}
    assert found.suspected == {"SG", "SH"}
    assert found.proposed is None


def test_before_the_wait_is_over_nothing_is_concluded() -> None:
    play = play_on(laterals()) >> Gasps("G") >> Gasps("H") >> Wait(29)
    assert play << Nothing()


def test_two_calls_are_enough_and_one_is_not() -> None:
    assert play_on(laterals()) >> Calls("J") >> Wait(60) << Nothing()
    play = play_on(laterals()) >> Calls("J") >> Wait(20) >> Calls("J") >> Wait(20)
    assert play.incident().devices == ["f2"]


def test_the_meters_of_one_whole_transformer_are_enough_and_a_few_of_them_are_not() -> None:
    assert play_on(laterals()) >> Gasps("J", 10) >> Wait(60) << Nothing()
    play = play_on(laterals()) >> Gasps("J", 90) >> Wait(60)
    assert play.incident().devices == ["f2"]


def test_reports_from_two_laterals_with_neighbours_alive_are_two_incidents() -> None:
    play = play_on(laterals())
    for word in (Gasps("G"), Gasps("J"), Gasps("H"), Answers("A"), Answers("B"), Answers("C")):
        play >> word
    play >> Wait(30)
    assert [i.devices for i in play.desk.incidents.values()] == [["f1"], ["f2"]]


def test_a_device_that_reads_closed_has_not_opened() -> None:
    """b1 is above everything and says that it is closed."""
    play = play_on(laterals("r1")) >> Gasps("C") >> Gasps("D") >> Wait(60) << Nothing()
    assert play


def test_nothing_is_switched_for_a_guess_although_the_feeder_is_automatic() -> None:
    play = play_on(laterals()) >> Put(Mode.AUTOMATIC) >> Put(Mode.AUTOMATIC, "Fb1")
    play >> Gasps("C") >> Gasps("D") >> Wait(600)
    assert play.incident().devices == ["r1"]
    assert play.orders == []


def test_when_the_meters_have_voltage_again_it_is_over() -> None:
    play = play_on(laterals()) >> Gasps("G") >> Gasps("H") >> Wait(600)
    assert play << Stands("proposed")
    play >> Answers("G") << Stands("proposed")
    assert play >> Answers("H") << Stands("closed", note="voltage-is-back")
    assert play >> Wait(600) << Nothing(incidents=1)


def test_a_repair_ends_it_where_only_callers_told() -> None:
    play = play_on(laterals()) >> Calls("J", 3) >> Wait(60) >> Repaired()
    assert play << Stands("closed") >> Wait(600) << Nothing(incidents=1)


def test_more_reports_move_the_guess_up() -> None:
    play = play_on(silent(LATERALS, "f1", "f2", "r1", "b1")) >> Gasps("G") >> Gasps("H") >> Wait(60)
    assert play.incident().devices == ["f1"]
    for load in "ABCDJ":
        play >> Gasps(load)
    play >> Wait(60)
    assert play.incident().devices == ["b1"]
    assert play << Stands("proposed", note="outage-moved") << Nothing(incidents=1)


def test_answers_in_between_split_the_guess() -> None:
    play = play_on(silent(LATERALS, "f1", "f2", "r1", "b1"))
    for load in "GHJ":
        play >> Gasps(load)
    play >> Wait(30)
    assert play.incident().devices == ["b1"]
    for load in "ABCD":
        play >> Answers(load)
    play >> Wait(60)
    devices = {i.devices[0] for i in play.desk.open_incidents.values()}
    assert devices == {"f1", "f2"}


def test_a_crew_that_finds_the_device_open_makes_it_an_ordinary_outage() -> None:
    play = play_on(laterals()) >> Gasps("C") >> Gasps("D") >> Wait(60)
    assert play.desk.state.energisation.is_supplied("SC")  # type: ignore[arg-type]
    play >> Reported("r1", OPEN) << AskedFor("I1")
    assert not play.desk.state.energisation.is_supplied("SC")  # type: ignore[arg-type]
    assert withheld_by(play.desk._here, play.incident()) is None


def test_the_trip_that_is_heard_of_late_makes_it_an_ordinary_outage() -> None:
    """r1's telemetry was away; when it is back it says that r1 has opened."""
    play = play_on(laterals("r1")) >> Moved("r1", CLOSED, Quality.STALE)
    play >> Gasps("C") >> Gasps("D") >> Wait(60)
    assert play.incident().origin is Origin.PREDICTED
    play >> Tripped("r1", -60)
    assert play << Stands("settling") << Nothing(incidents=1)
    assert (play.incident().origin, play.incident().devices) == (Origin.TRIPPED, ["r1"])


def test_what_an_open_incident_explains_is_no_outage_of_its_own() -> None:
    play = play_on(laterals()) >> Tripped("b1") >> Wait(45)
    play.forget() >> Gasps("G") >> Gasps("H") >> Calls("A", 5) >> Wait(60)
    assert play << Nothing(incidents=1)
    assert play.incident().heard.meters["G"].lost == 100  # type: ignore[index]
    assert play.incident().heard.calls == {"A": 5}


def test_an_outage_behind_a_fuse_outlasts_that_of_the_feeder_above_it() -> None:
    """The feeder is given back up to the fuse; what is suspected behind it is fed by nobody, and
    stays an outage of its own until its meters have voltage."""
    grid = silent("S1 [b1] A [s1] B [s2] D (t1) E [b2] S2\nA [f1] G [s3] H", "f1")
    play = play_on(grid) >> Gasps("G") >> Gasps("H") >> Wait(1200)
    play >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(12)
    assert play << Asks(opens=("s1",), closes=("b1",), incident="I2")
    fuse, feeder = play.incident("I1"), play.incident("I2")
    assert play.desk.dark_of(fuse) == {"SG", "SH"}
    assert play.desk.dark_of(feeder) == {"SA", "SB", "SD"}
    assert ["f1"] in [list(one.option) for one in play.proposed("I2").answer.plan.rejected]
    play >> Moved("s1", OPEN) >> Moved("b1", CLOSED)
    assert play.forget_after(300) << Stands("proposed")
    assert play >> Answers("G") >> Answers("H") << Stands("closed", note="voltage-is-back")


def test_a_fault_that_was_seen_behind_a_fuse_is_not_fenced_by_the_guess_that_it_is_open() -> None:
    """Fault current went through f1 after all: whoever gasped behind it was silent for another
    reason, or the fuse blew in one phase alone. A guess is no fence of the fault it denies."""
    grid = silent("S1 [b1] A [s1] B (t1) E [b2] S2\nA [f1] G [s3] H [s4] J [s5] K", "f1")
    play = play_on(grid) >> Gasps("G") >> Gasps("H") >> Wait(1200)
    play >> Flagged("b1") >> Flagged("s3") >> Flagged("s4") >> Flagged("s5")
    play >> Flagged("s1", Reading.NO) >> Tripped("b1") >> Wait(12)
    assert play.incident("I1").presumed_open == {"f1"}
    answer = play.proposed("I2").answer
    assert answer.location.suspected == {"SJ", "SK"}
    assert play << Asks(opens=("s4", "s1"), closes=("t1",), incident="I2")  # A waits for f1


def test_late_gasps_of_an_outage_that_is_over_predict_nothing() -> None:
    play = play_on(laterals()) >> Moved("b1", OPEN) >> Wait(3) >> Moved("b1", CLOSED) >> Wait(60)
    play >> Gasps("G", source_s=-62) >> Gasps("H", source_s=-62) >> Calls("J", 4) >> Wait(120)
    assert play << Nothing(incidents=1)


def test_repeated_reports_count_once() -> None:
    play = play_on(laterals())
    for _ in range(20):
        play >> Gasps("J", 10)
    assert play >> Wait(60) << Nothing()


def test_a_restart_starts_the_wait_again() -> None:
    play = play_on(laterals()) >> Gasps("G") >> Gasps("H") >> Wait(5)
    play.due.clear()
    play >> Restarted() >> Wait(30)
    assert play.incident().devices == ["f1"]


# earth faults


RESIDUAL = "S1 [b1] A [s1] B [s2] C [r1] D (t1) E [b2] S2"


def test_an_earth_fault_that_does_not_trip_is_an_incident_without_anybody_dark() -> None:
    play = Playbook(RESIDUAL) >> EarthFault("b1")
    assert play << Stands("proposed", note="earth-fault-search")
    found = play.incident()
    assert (found.origin, found.cause) == (Origin.EARTH_FAULT, Cause.FAULT)
    assert found.tripped == ()
    assert play.desk.dark_of(found) == frozenset()
    assert found.off_limits == frozenset()
    assert found.location is not None
    assert {s.section for s in found.location.suspects} == {"SA", "SB", "SC", "SD"}


def test_residual_flags_point_to_where_it_is() -> None:
    play = Playbook(RESIDUAL) >> EarthFault("b1") >> PartFlagged("s1", Part.N) >> Wait(2)
    found = play.incident().location
    assert found is not None
    assert found.suspects[0].section in {"SB", "SC", "SD"}


def test_two_relays_on_the_way_are_one_search() -> None:
    play = Playbook(RESIDUAL) >> EarthFault("r1") >> Wait(1) >> EarthFault("b1")
    assert play << Stands("proposed", note="earth-fault-also") << Nothing(incidents=1)
    assert play.incident().zone == {"SA", "SB", "SC", "SD"}


def test_it_is_over_when_no_relay_signals_for_the_hold_time() -> None:
    play = Playbook(RESIDUAL) >> EarthFault("b1") >> EarthFault("r1") >> Wait(5)
    play >> EarthFault("b1", Reading.NO) >> Wait(300) << Stands("proposed")
    play >> EarthFault("r1", Reading.NO) >> Wait(59) << Stands("proposed")
    assert play >> Wait(1) << Stands("closed", note="earth-fault-gone")


def test_an_intermittent_earth_fault_is_one_incident() -> None:
    play = Playbook(RESIDUAL)
    for _ in range(50):
        play >> EarthFault("b1") >> Wait(1) >> EarthFault("b1", Reading.NO) >> Wait(10)
    assert play << Nothing(incidents=1) << Stands("proposed")


def test_when_the_device_trips_it_becomes_the_ordinary_incident() -> None:
    play = Playbook(RESIDUAL) >> EarthFault("b1") >> EarthFault("r1") >> Wait(600)
    play >> Flagged("s1") >> Flagged("s2") >> Tripped("r1") >> Wait(1)
    assert play << Stands("settling") << Nothing(incidents=1)
    found = play.incident()
    assert (found.origin, found.devices, found.zone) == (Origin.TRIPPED, ["r1"], {"SD"})
    assert play >> Wait(10) << AskedFor("I1")


def test_no_plan_of_another_is_hindered_by_a_search() -> None:
    play = Playbook("S1 [b1] A [s1] B (t1) C [b2] S2") >> EarthFault("b2") >> Wait(1)
    play >> Flagged("s1", Reading.NO) >> Tripped("b1") >> Wait(11) << AskedFor("I2")
    assert play.incident("I2").phase is Phase.PROPOSED


def test_an_alarm_of_a_device_under_test_or_of_bad_telemetry_is_none() -> None:
    play = Playbook(RESIDUAL) >> InTest("b1") >> EarthFault("b1")
    play >> EarthFault("r1", Reading.YES, Quality.BAD)
    assert play << Nothing()


def test_an_alarm_at_an_open_device_is_none() -> None:
    play = Playbook(RESIDUAL) >> Moved("b1", OPEN) >> EarthFault("b1") >> Wait(1)
    assert play << Nothing(incidents=1)


def test_why_nothing_is_planned_is_said() -> None:
    searched = Playbook(RESIDUAL) >> EarthFault("b1")
    why = searched.desk.why_withheld(searched.incident())
    assert why is not None
    assert why.code == "earth-fault-search"
    assert searched.incident().interrupted == frozenset()
    guessed = play_on(laterals()) >> Gasps("G") >> Gasps("H") >> Wait(60)
    why = guessed.desk.why_withheld(guessed.incident())
    assert why is not None
    assert why.code == "predicted-outage"


# openings that were lost on the way


class LostOpening:
    """Protection picked up and locked out; that the device opened never arrived."""

    def events(self, play: Playbook) -> list[Event]:
        return [e for e in Tripped("b1").events(play) if not isinstance(e, SwitchMoved)]


def opening_lost() -> Playbook:
    play = Playbook() >> Wait(60) >> LostOpening() >> Wait(60)
    assert play.incident().reason is not None
    assert play.incident().reason.code == "opening-lost"  # type: ignore[union-attr]
    return play


def test_a_device_that_must_have_opened_is_presumed_open_and_nothing_is_planned() -> None:
    play = opening_lost()
    assert play << Stands("proposed", note="predicted-outage")
    assert play.desk.dark_of(play.incident()) == {"SA", "SB", "SC", "SD", "SE"}
    assert play.orders == []


def test_when_it_is_read_open_after_all_there_is_a_plan() -> None:
    play = opening_lost() >> Moved("b1", OPEN) << AskedFor("I1") << Nothing(incidents=1)
    assert play.incident().presumed_open == frozenset()


def test_when_it_is_read_closed_after_all_nobody_was_in_the_dark() -> None:
    play = opening_lost() >> Moved("b1", CLOSED)
    assert play << Stands("closed", note="position-known") << Nothing(incidents=1)


def test_what_is_kept_of_a_guess_is_in_grid_order() -> None:
    """Sets are walked in another order by every process; a replay has to give the same bytes."""
    places = [f"N{k}" for k in range(12)]
    drawing = " ".join(f"{'[b1]' if k == 0 else f'[s{k}]'} {n}" for k, n in enumerate(places))
    play = Playbook.on(silent(f"S1 {drawing}", "b1"), SETTINGS)
    for place in reversed(places):
        play.forget() >> Calls(place, 2)
    play.forget_after(60)
    assert list(play.incident().heard.calls) == places
