"""What is half done when another version of the grid is taken in is finished on that version."""

from dataclasses import replace
from datetime import timedelta

from gridops.events import PowerMeasured
from gridops.ids import LoadId, NodeId, SectionId, SwitchId
from gridops.incident import Phase
from gridops.measurement import Position, Quality, Reading
from gridops.network import Network, Signal, build_network, draw
from gridops.outage import Cause
from gridops.reliability import Ledger
from gridops.state import carried_over
from tests.playbook import CLOSED, FEEDER, NIGHT, OPEN, SETTINGS, Fact, Playbook, Wait
from tests.playbook_sheets import ApprovesSheet, Draws, SheetIs, Starts, sheet_of, why
from tests.playbook_words import (
    Asks,
    Close,
    Done,
    Flagged,
    Halted,
    LinkUp,
    Measured,
    Moved,
    Open,
    PickedUp,
    Released,
    Reported,
    Restarted,
    TakenIn,
    Tripped,
)

LONGER = FEEDER + "\nF [s9] G"


def with_points(network: Network, *more: tuple[str, Signal]) -> Network:
    parts = network.components
    like = parts.points[0]
    new = (replace(like, id=f"{e}.{s}", element=e, signal=s, node_id=f"{e}.{s}") for e, s in more)
    return build_network(replace(parts, points=(*parts.points, *new)))


def without_telemetry(network: Network, switch: str) -> Network:
    parts = network.components
    return build_network(
        replace(parts, points=tuple(p for p in parts.points if p.element != switch))
    )


def test_the_wait_for_reclosing_goes_on() -> None:
    """b1 opened and has not locked out; whether it stays open is seen after the change."""
    play = Playbook(FEEDER) >> Flagged("s1") >> Flagged("s2") >> PickedUp("b1") >> Moved("b1", OPEN)
    assert play.incident().phase is Phase.DETECTING
    play = play >> Wait(2) >> TakenIn(draw(LONGER)) >> LinkUp() >> Wait(4)
    assert play.incident().phase is Phase.SETTLING
    assert play.incident().cause is Cause.FAULT
    play = play >> Wait(10) << Asks(opens=("s1", "s4"), closes=("b1", "t1"))
    assert play.incident().number == 1


def test_the_wait_for_indicators_goes_on_and_the_plan_knows_the_new_customers() -> None:
    play = Playbook(FEEDER) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(5)
    play = (
        play
        >> TakenIn(draw(LONGER))
        >> LinkUp()
        >> Wait(5)
        << Asks(opens=("s1", "s4"), closes=("b1", "t1"))
    )
    question_loads = play.incident().loads
    assert LoadId("G") in question_loads
    play = play >> Released() << Open("s1")
    assert play.incident().phase is Phase.EXECUTING


def test_a_new_switch_that_nobody_has_read_keeps_the_plan_off_its_feeder() -> None:
    """s9 is telemetered and unknown: nothing is closed on to Fb2 before it is read."""
    play = Playbook(FEEDER) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(5)
    play = play >> TakenIn(draw(LONGER)) >> Wait(5) << Asks(opens=("s1", "s4"), closes=("b1",))
    play = play >> LinkUp() >> Wait(2) << Asks(opens=("s1", "s4"), closes=("b1", "t1"))


def test_supply_lost_from_above_is_confirmed_on_the_new_grid() -> None:
    watched = with_points(draw(FEEDER), ("S1", Signal.VOLTAGE), ("S2", Signal.VOLTAGE))
    longer = with_points(draw(LONGER), ("S1", Signal.VOLTAGE), ("S2", Signal.VOLTAGE))
    play = Playbook.on(watched, SETTINGS) >> Measured("S1", 22e3) >> Measured("S1", 0.0)
    play = play >> Wait(1) >> TakenIn(longer) >> Wait(2)
    assert play.incident().cause is Cause.LOST_SUPPLY
    assert play.desk.state.dead_sources == {"S1"}


def test_the_first_word_of_new_telemetry_is_learnt_and_is_no_operation() -> None:
    """s4 stood open by a person's report; its new telemetry says closed, then open again."""
    play = Playbook.on(without_telemetry(draw(FEEDER), "s4"), SETTINGS) >> Reported("s4", OPEN)
    play = play >> TakenIn(draw(FEEDER))
    assert play.desk.state.is_unknown(SwitchId("s4"))
    play = play >> Restarted() >> LinkUp("s4", CLOSED)
    assert play.desk.state.positions[SwitchId("s4")].value is CLOSED
    assert play.desk.incidents == {}
    play = play >> Moved("s4", OPEN)
    assert [i.cause for i in play.desk.incidents.values()] == [Cause.PLANNED], "this is one"


def test_a_report_settles_what_lost_telemetry_had_left_in_doubt() -> None:
    """t1 was last read on its way from open, after a command that nobody confirmed."""
    play = Playbook(FEEDER) >> Moved("t1", Position.INTERMEDIATE)
    play.desk.state.outcome_unknown.add(SwitchId("t1"))
    play = play >> TakenIn(without_telemetry(draw(FEEDER), "t1")) >> Restarted()
    assert play.desk.state.is_unknown(SwitchId("t1"))
    play = play >> Reported("t1", CLOSED)
    assert not play.desk.state.is_unknown(SwitchId("t1"))
    assert SwitchId("t1") in play.desk.state.closed


def test_a_person_that_said_stop_is_still_obeyed() -> None:
    play = Playbook(FEEDER) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play = play << Asks(opens=("s1", "s4"), closes=("b1", "t1")) >> Halted()
    play = play >> TakenIn(draw(LONGER)) >> Restarted() >> LinkUp() >> Wait(30)
    assert play.incident().phase is Phase.STOPPED
    assert play.incident().proposed is None


def test_what_a_head_has_measured_counts_for_a_fault_right_after() -> None:
    """400 kW measured where the files state 500 kW; the new section brings 100 kW of its own
    on the other feeder."""
    head = with_points(draw(FEEDER), ("b1", Signal.POWER))
    longer = with_points(draw(LONGER), ("b1", Signal.POWER))
    play = Playbook.on(head, SETTINGS)
    at = play.now
    play.feed(
        PowerMeasured(at=at, source_time=at, switch=SwitchId("b1"), p_w=4e5, quality=Quality.GOOD)
    )
    play = play >> Wait(10) >> TakenIn(longer) >> Wait(10) >> Tripped("b1")
    loads = play.incident().loads
    assert loads[LoadId("A")].p_w == 80e3
    assert loads[LoadId("G")].p_w == 100e3


def test_flags_that_came_before_the_trip_count_on_the_new_grid() -> None:
    early: list[Fact | Wait] = [Flagged("s1"), Flagged("s2")]
    play = Playbook(FEEDER)
    for fact in early:
        play = play >> fact
    play = play >> TakenIn(draw(LONGER)) >> LinkUp() >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s1", "s4"), closes=("b1", "t1"))
    assert {SwitchId("s1"), SwitchId("s2")} <= play.incident().flags.keys()


def test_a_plan_that_is_done_stays_on_the_card_and_the_way_back_is_planned_anew() -> None:
    play = Playbook(FEEDER) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play = play << Asks(opens=("s1", "s4"), closes=("b1", "t1")) >> Released()
    play = play << Open("s1") >> Done("s1") << Open("s4") >> Done("s4")
    play = play << Close("b1") >> Done("b1") >> Wait(5) << Close("t1") >> Done("t1")
    done = play.proposed().id
    play = play >> TakenIn(draw(LONGER)) >> Restarted() >> LinkUp() >> Wait(5)
    assert play.incident().phase is Phase.RESTORED
    assert play.proposed().id == done


def test_a_closed_incident_stays_with_the_grid_that_it_was_on() -> None:
    former = draw(FEEDER)
    play = Playbook.on(former, SETTINGS) >> PickedUp("b1") >> Moved("b1", OPEN) >> Wait(1)
    play = play >> Moved("b1", CLOSED) >> Wait(10)
    assert play.incident().phase is Phase.CLOSED
    play = play >> TakenIn(draw(LONGER))
    assert play.incident().network is former


def test_an_interruption_goes_on_in_the_section_where_its_load_is_now() -> None:
    ledger = Ledger(draw("S1 [b1] A [s1] B"))
    ledger.sections_changed(NIGHT, {SectionId("SB")})
    moved = draw("S1 [b1] A [s1] B [s2] C").components
    loads = tuple(replace(x, node=NodeId("C")) if x.id == "B" else x for x in moved.loads)
    later = NIGHT + timedelta(minutes=10)
    ledger.take_in(build_network(replace(moved, loads=loads)), later)
    (one,) = ledger.lasting
    assert (one.load, one.section, one.began, one.ended) == ("B", "SC", NIGHT, None)


def test_a_load_that_is_gone_ends_its_interruption_with_the_change() -> None:
    """`breaks` keeps this from happening; the books hold even so."""
    ledger = Ledger(draw("S1 [b1] A [s1] B"))
    ledger.sections_changed(NIGHT, {SectionId("SB")})
    later = NIGHT + timedelta(minutes=10)
    ledger.take_in(draw("S1 [b1] A"), later)
    assert ledger.lasting == ()
    assert [one.ended for one in ledger.interruptions] == [later]


def test_a_reading_over_another_link_is_stale_until_it_is_read() -> None:
    play = Playbook(FEEDER) >> Flagged("s1")
    parts = draw(FEEDER).components
    other = replace(parts.links[0], id="rtu2")
    moved = tuple(replace(p, link="rtu2") if p.element == "s1" else p for p in parts.points)
    now = carried_over(
        play.desk.state, build_network(replace(parts, links=(*parts.links, other), points=moved))
    )
    s1, s2 = SwitchId("s1"), SwitchId("s2")
    assert now.positions[s1].quality is Quality.STALE
    assert now.positions[s1].value is Position.CLOSED
    assert now.flags[s1].quality is Quality.STALE
    assert now.flags[s1].value is Reading.YES
    assert not now.is_unknown(s2)
    assert now.links_down == {"rtu2": "not connected yet"}


def test_i23_what_was_approved_on_the_former_grid_is_a_draft_and_names_what_is_gone() -> None:
    play = Playbook(LONGER) >> Draws("open s4, close t1", gives_up="E") >> ApprovesSheet()
    play = play >> Draws("open s9", gives_up="G")
    was = sheet_of(play).fingerprint
    play = (
        play
        >> TakenIn(draw(FEEDER))
        >> LinkUp()
        << SheetIs("draft")
        << SheetIs("draft", sheet="P2")
    )
    assert why(play, ApprovesSheet(fingerprint=was)) == "superseded"
    assert (sheet_of(play).revision, sheet_of(play).verdict.passed) == (2, True)
    gone = sheet_of(play, "P2").verdict.violations
    assert {(v.element, v.why.code) for v in gone} == {
        ("s9", "guard-no-such-element"),
        ("SG", "guard-no-such-element"),
    }
    assert why(play, ApprovesSheet(sheet="P2")) == "sheet-vetoed"
    assert play >> ApprovesSheet() >> Starts() << Open("s4")
