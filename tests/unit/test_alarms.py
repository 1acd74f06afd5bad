"""Alarms as the shift has them: what raises one, what settles it, who has seen it."""

from datetime import datetime, timedelta

import pytest

from gridops.alarms import SHELF_MAX, AlarmKind, Annunciator, Priority, Told
from gridops.alarms.annunciator import RETURNED_MAX
from gridops.alarms.refusing import SHELVED_MAX
from gridops.events import Trouble
from gridops.events.codec import from_plain, to_plain
from gridops.ids import AlarmId
from gridops.measurement import Part, Position, Reading
from gridops.network import draw
from gridops.reasons import because
from tests.playbook import CLOSED, NIGHT, OPEN, SETTINGS, Wait
from tests.playbook_alarms import Acknowledges, Sheds, Shelves, Tells, Troubled, Unshelves, Watched
from tests.playbook_reports import EarthFault, Gasps, InTest, PartFlagged
from tests.playbook_words import (
    Announced,
    Asks,
    Close,
    Done,
    Flagged,
    Halted,
    LinkDown,
    LinkUp,
    Moved,
    Open,
    Released,
    Repaired,
    Restarted,
    TakenIn,
    TimedOut,
    Tripped,
)

MIDWAY, BAD = Position.INTERMEDIATE, Position.BAD
NESTED = "S1 [b1] A [r1] B [s1] C (t1) D [b2] S2"


def fault() -> Watched:
    """In C: b1 tripped, s1 and s2 flagged, a plan waits."""
    told = Watched() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    return told.forget()


def restored(play: Watched | None = None) -> Watched:
    """A and E have supply again; what is fenced, B to D, has none."""
    told = (play or fault()) >> Released() << Open("s1") >> Done("s1") << Open("s4") >> Done("s4")
    told << Close("b1") >> Done("b1") >> Wait(5) << Close("t1") >> Done("t1") >> Wait(20)
    return told


def known(play: Watched, alarm: str) -> tuple[str, Priority, int]:
    """Why, how grave, and how often it came."""
    found = play.alarms.known.alarms[AlarmId(alarm)]
    return found.told.why.in_english(), found.told.priority, found.times


def raised(known: Annunciator, switch: str, at: datetime) -> None:
    told = Told(why=because("alarm-position", device=switch), priority=Priority.MEDIUM)
    known.rise(AlarmKind.POSITION, switch, told=told, at=at, place="rtu")


# one incident is one alarm


def test_a_fault_is_one_alarm_whatever_else_is_heard_of_it() -> None:
    play = fault() >> Gasps("B", 20) >> PartFlagged("s3", Part.A)
    assert play << Tells("▲ incident:I1")
    assert known(play, "incident:I1") == (
        "500 customers without supply behind b1",
        Priority.HIGH,
        1,
    )


def test_one_that_somebody_sees_to_stays_until_it_is_over() -> None:
    play = fault() >> Acknowledges("incident:I1") << Tells("✓ incident:I1")
    play = restored(play)
    assert known(play, "incident:I1")[0] == "300 customers without supply behind b1"
    play >> Repaired()
    play.forget() >> Released() << Close("s1") >> Done("s1")
    assert play << Tells("✓ incident:I1")
    assert known(play, "incident:I1")[:2] == (
        "everybody behind b1 has supply again",
        Priority.MEDIUM,
    )


def test_one_that_is_over_before_anybody_saw_it_has_to_be_seen_all_the_same() -> None:
    play = Watched() >> Tripped("b1") >> Moved("b1", CLOSED)
    play.forget_after(60)
    assert play << Tells("△ incident:I1")
    assert play >> Acknowledges("incident:I1") << Tells()


def test_one_that_grows_worse_has_to_be_seen_again() -> None:
    play = Watched(NESTED) >> Tripped("r1") >> Acknowledges("incident:I1") << Tells("✓ incident:I1")
    play >> Tripped("b1", source_s=-5)
    play.forget_after(30)
    assert play << Tells("▲ incident:I1")
    assert known(play, "incident:I1")[0] == "300 customers without supply behind r1"


def test_a_plan_that_stops_has_to_be_seen_again() -> None:
    play = fault() >> Acknowledges("incident:I1") >> Released() << Open("s1")
    assert play << Tells("✓ incident:I1")
    play >> Halted()
    assert play.forget() << Tells("▲ incident:I1")


def test_work_that_somebody_announced_is_no_alarm() -> None:
    play = Watched() >> Announced("b1") >> Moved("b1", OPEN)
    play.forget_after(30)
    assert play << Tells()


def test_an_earth_fault_that_did_not_trip_is_grave_although_everybody_has_supply() -> None:
    play = Watched() >> EarthFault("b1")
    play.forget()
    assert play << Tells("▲ incident:I1")
    assert known(play, "incident:I1")[:2] == (
        "an earth fault that did not trip, signalled by b1",
        Priority.HIGH,
    )
    assert play.why_not(Shelves("incident:I1").event(play)) == "alarm-people-dark"


# what no outage explains


def test_an_indicator_without_an_outage_is_told_of_after_a_while() -> None:
    play = Watched() >> Flagged("s2") >> Wait(29) << Tells()
    assert play >> Wait(1) << Tells("▲ flag:s2")
    assert play >> Flagged("s2", Reading.NO) << Tells("△ flag:s2")


def test_one_that_an_outage_explains_is_told_with_it() -> None:
    play = Watched() >> Flagged("s2") >> Wait(1) >> Tripped("b1")
    play.forget_after(60)
    assert play << Tells("▲ incident:I1")


def test_a_device_under_test_says_nothing() -> None:
    play = Watched() >> InTest("s2") >> Flagged("s2") >> Moved("s2", OPEN)
    play.forget_after(60)
    assert "▲ flag:s2" not in play.told()
    assert not [line for line in play.told() if "moved" in line]


def test_a_flag_of_one_phase_lasts_until_no_phase_flags() -> None:
    play = Watched() >> PartFlagged("s2", Part.A) >> Flagged("s2") >> Wait(30)
    assert play >> Flagged("s2", Reading.NO) << Tells("▲ flag:s2")


def test_a_switch_that_moves_unasked_is_told_of() -> None:
    play = Watched() >> Moved("t1", MIDWAY) >> Moved("t1", CLOSED) << Tells("△ moved:t1")
    assert known(play, "moved:t1")[0] == "t1 is closed now, and nobody had asked for it"
    assert play >> Acknowledges("moved:t1") << Tells()


@pytest.mark.parametrize("asked", [Announced("t1", CLOSED), None])
def test_one_that_somebody_announced_or_that_a_plan_moves_is_not(asked: Announced | None) -> None:
    if asked is None:
        assert not [line for line in restored().told() if "moved" in line]
    else:
        assert Watched() >> asked >> Moved("t1", CLOSED) << Tells()


def test_nor_is_what_is_read_again() -> None:
    play = Watched() >> LinkDown() >> LinkUp() >> Restarted() >> LinkUp()
    assert play >> Wait(60) << Tells("△ link:rtu")


# telemetry


def test_a_switch_on_its_way_is_none_and_one_that_sticks_there_is() -> None:
    play = Watched() >> Announced("s2") >> Moved("s2", MIDWAY) >> Wait(19) << Tells()
    assert play >> Wait(1) << Tells("▲ position:s2")
    play >> Moved("s2", OPEN)
    assert "△ position:s2" in play.told()


def test_a_lost_link_is_one_alarm_for_all_that_is_behind_it() -> None:
    play = Watched() >> LinkDown() << Tells("▲ link:rtu")
    assert known(play, "link:rtu")[0] == "link rtu is down: 7 switches unseen"
    assert play >> Acknowledges("link:rtu") >> LinkUp() << Tells()


def test_a_link_may_take_its_time_at_a_start_but_not_for_ever() -> None:
    play = Watched() >> Restarted() >> Wait(29) << Tells()
    assert play >> Wait(1) << Tells("▲ link:rtu")
    assert Watched() >> Restarted() >> Wait(5) >> LinkUp() << Tells()
    assert Watched() >> Restarted() >> LinkDown() << Tells("▲ link:rtu")


def test_a_trouble_that_mends_itself_is_none() -> None:
    assert Watched() >> Troubled(Trouble.REPUBLISHED) << Tells()
    play = Watched() >> Troubled(Trouble.CLOCK_STOPPED) << Tells("△ trouble:rtu/clock_stopped")
    play >> Acknowledges("trouble@rtu") << Tells()
    assert play >> Troubled(Trouble.CLOCK_STOPPED) << Tells("△ trouble:rtu/clock_stopped")


def test_nobody_knows_where_a_command_has_left_a_switch() -> None:
    play = fault() >> Released() << Open("s1")
    play >> TimedOut("s1") >> Wait(29)
    assert "▲ outcome:s1" not in play.told()
    play.forget_after(1)
    assert "▲ outcome:s1" in play.told()


# automation


def test_load_shedding_is_seen_again_with_each_device_and_never_hidden() -> None:
    play = Watched() >> Sheds("b1") >> Acknowledges("load_shed:") << Tells("✓ load_shed:")
    play >> Sheds("b2") << Tells("▲ load_shed:")
    assert play.why_not(Shelves("load_shed:").event(play)) == "alarm-holds-all"
    play >> Sheds("b1", Reading.NO) >> Sheds("b2", Reading.NO)
    assert play << Tells("△ load_shed:")


# seen, and not seen


def test_what_had_not_come_to_the_screen_is_not_acknowledged() -> None:
    play = Watched() >> LinkDown() >> LinkUp() >> LinkDown()
    assert play >> Acknowledges("link:rtu", unseen=1) << Tells("▲ link:rtu")
    assert known(play, "link:rtu")[2] == 2


def test_a_number_from_the_future_acknowledges_nothing_that_is_still_to_come() -> None:
    play = Watched() >> LinkDown() >> Acknowledges("link:rtu", unseen=-1_000) >> LinkUp()
    assert play >> LinkDown() << Tells("▲ link:rtu")


def test_all_of_a_kind_at_one_place_are_acknowledged_together() -> None:
    play = Watched() >> Moved("s1", BAD) >> Moved("s2", BAD) >> LinkDown() >> Wait(20)
    play << Tells("▲ position:s1", "▲ position:s2", "▲ link:rtu")
    assert (
        play
        >> Acknowledges("position@rtu")
        << Tells("✓ position:s1", "✓ position:s2", "▲ link:rtu")
    )


def test_what_is_over_cannot_be_acknowledged() -> None:
    play = Watched()
    assert play.why_not(Acknowledges("link:rtu").event(play)) == "alarm-over"


# the shelf


def test_what_chatters_is_shelved_and_comes_back_by_itself() -> None:
    play = Watched() >> Moved("s2", BAD) >> Wait(20) >> Shelves("position:s2", minutes=10)
    assert play << Tells("◌ position:s2")
    for _ in range(5):
        play >> Wait(10) >> Moved("s2", CLOSED) >> Wait(10) >> Moved("s2", BAD)
    assert play << Tells("◌ position:s2")
    play.forget_after(600)
    assert play << Tells("▲ position:s2")
    assert known(play, "position:s2")[2] == 6


def test_what_had_not_come_to_the_screen_is_not_shelved() -> None:
    play = Watched() >> Moved("s1", BAD) >> Moved("s2", BAD) >> Wait(20)
    play >> Shelves("position@rtu", unseen=1) << Tells("◌ position:s1", "▲ position:s2")
    assert play.why_not(Shelves("position:s2", unseen=1).event(play)) == "alarm-newer"
    assert play >> Shelves("position@rtu") << Tells("◌ position:s1", "◌ position:s2")


def test_what_came_and_went_on_the_shelf_is_still_to_be_seen() -> None:
    play = Watched() >> Moved("s2", BAD) >> Wait(20) >> Acknowledges("position:s2")
    play >> Shelves("position:s2", minutes=1) >> Moved("s2", CLOSED) << Tells("◌ position:s2")
    assert play >> Wait(60) << Tells("△ position:s2")
    assert play >> Acknowledges("position:s2") << Tells()


def test_it_is_taken_off_the_shelf_as_it_stands() -> None:
    play = Watched() >> LinkDown() >> Acknowledges("link:rtu") >> Shelves("link:rtu")
    assert play.why_not(Acknowledges("link:rtu").event(play)) == "alarm-is-shelved"
    assert play >> Unshelves("link:rtu") << Tells("▲ link:rtu")
    assert play.why_not(Unshelves("link:rtu").event(play)) == "alarm-not-shelved"


def test_an_incident_is_not_shelved_while_people_are_dark_and_comes_back_when_they_are() -> None:
    play = restored()
    assert play.why_not(Shelves("incident:I1").event(play)) == "alarm-people-dark"
    play >> Repaired()
    play.forget() >> Released() << Close("s1") >> Done("s1")
    play >> Shelves("incident:I1") << Tells("◌ incident:I1")
    play >> Wait(SETTINGS.return_hold_s) << Asks(opens=("t1",), closes=("s4",)) >> Released()
    assert play << Open("t1") >> Done("t1") << Close("s4") << Tells("▲ incident:I1")


def test_a_shelf_ends_within_the_shift() -> None:
    play = Watched() >> LinkDown()
    longest = SHELF_MAX / timedelta(minutes=1)
    assert play.why_not(Shelves("link:rtu", longest + 1).event(play)) == "alarm-shelf-too-long"
    assert play.why_not(Shelves("link:rtu", 0).event(play)) == "alarm-shelf-too-long"
    assert play >> Shelves("link:rtu", longest) << Tells("◌ link:rtu")


def test_a_shelf_holds_so_many() -> None:
    play = Watched()
    for n in range(SHELVED_MAX + 1):
        raised(play.alarms.known, f"s{n}", play.now)
    assert play.why_not(Shelves("position@rtu").event(play)) == "alarm-shelf-full"
    for n in range(SHELVED_MAX):
        play >> Shelves(f"position:s{n}")
    act = Shelves(f"position:s{SHELVED_MAX}").event(play)
    assert play.why_not(act) == "alarm-shelf-full"
    assert play.why_not(Shelves("position:s0").event(play)) is None


# what lasts


@pytest.mark.parametrize("act", [Acknowledges("link:rtu"), Shelves("link:rtu"), Unshelves("x:y")])
def test_acts_survive_the_journal(act: Acknowledges | Shelves | Unshelves) -> None:
    event = act.event(Watched() >> LinkDown())
    assert from_plain(*to_plain(event)) == event


def test_another_grid_has_no_alarms_of_what_it_lacks() -> None:
    play = Watched("S1 [b1] A [s1] B [s2] C") >> Moved("s1", BAD) >> Moved("s2", BAD) >> Wait(20)
    play >> TakenIn(draw("S1 [b1] A [s1] B"))
    assert play.forget() << Tells("▲ position:s1")


def test_a_storm_of_what_is_over_is_bounded_and_says_what_it_lost() -> None:
    known = Annunciator()
    for n in range(RETURNED_MAX + 5):
        raised(known, f"s{n}", NIGHT)
        known.settle(AlarmKind.POSITION, f"s{n}", at=NIGHT)
    assert (len(known.alarms), known.forgotten) == (RETURNED_MAX, 5)
    assert AlarmId("position:s4") not in known.alarms
    assert list(known.groups) == ["position@rtu"]
