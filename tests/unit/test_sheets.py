"""Switching sheets that people write: drawn up, approved, started, carried out, refused.

The transfer of these stories: E is handed over to the feeder of b2, with s4 opened before t1 is
closed, and gives E up for those seconds.
"""

from dataclasses import replace

import pytest

from gridops.events.operator import Mode, TagKind
from gridops.ids import SwitchId
from gridops.outage import Cause
from tests.playbook import CLOSED, FEEDER, OPEN, SETTINGS, Playbook, Wait
from tests.playbook_authority import Sheds
from tests.playbook_reports import silent
from tests.playbook_sheets import (
    ApprovesSheet,
    Draws,
    Edits,
    Instructs,
    Reports,
    SheetIs,
    Starts,
    Stops,
    Withdraws,
    notes_of,
    sheet_of,
    why,
)
from tests.playbook_words import (
    Asks,
    Close,
    Done,
    Flagged,
    LinkDown,
    LinkUp,
    Measured,
    Moved,
    Open,
    PickedUp,
    Put,
    ReadBack,
    Refused,
    Released,
    Restarted,
    Tagged,
    TimedOut,
    Tripped,
    Untagged,
)
from tests.playbook_work import Permitted, Returned

TWO = replace(SETTINGS, two_person=True)
TRANSFER = Draws("open s4, close t1", gives_up="E")
EXPIRY_S = SETTINGS.approval_expiry_s


def drawn(**settings: bool) -> Playbook:
    return Playbook(settings=replace(SETTINGS, **settings)) >> TRANSFER


def approved() -> Playbook:
    return drawn() >> ApprovesSheet() << SheetIs("approved", "new new")


def under_way() -> Playbook:
    return approved() >> Starts() << Open("s4")


# drawing up


def test_a_sheet_is_drawn_up_judged_and_numbered_and_nothing_moves() -> None:
    play = drawn() << SheetIs("draft", "new new")
    sheet = sheet_of(play)

    assert sheet.number == "01/11/2026"
    assert sheet.verdict.passed
    assert [step.customers_dropped for step in sheet.steps][1:] == [0]
    assert sheet.steps[0].sections_dropped == ("SE",)
    assert sheet.steps[1].sections_restored == ("SE",)
    assert sheet.steps[1].check is not None
    assert sheet.authors == {"lan"}
    assert not play.orders


def test_a_sheet_that_the_guard_forbids_is_kept_as_a_draft_and_says_why() -> None:
    play = Playbook() >> Draws("open s4") << SheetIs("draft", "new")
    assert not sheet_of(play).verdict.passed
    assert why(play, ApprovesSheet()) == "sheet-vetoed"


def test_every_edit_is_judged_and_is_another_sheet_to_approve() -> None:
    play = approved()
    was = sheet_of(play).fingerprint
    assert play >> Edits("open s4, close t1, note tell E", by="mai", gives_up="E")
    assert play << SheetIs("draft", "new new new")
    assert sheet_of(play).revision == 2
    assert sheet_of(play).authors == {"lan", "mai"}
    assert sheet_of(play).approved_by is None
    assert why(play, ApprovesSheet(fingerprint=was)) == "superseded"


def test_numbers_count_on_and_unplanned_work_says_so() -> None:
    play = drawn() >> Draws("open s4", planned=False)
    assert sheet_of(play, "P2").number == "02/11/2026-ĐX"


# approving and starting


def test_approved_and_started_it_goes_one_confirmed_step_after_the_other() -> None:
    play = under_way() << SheetIs("executing", "pending new")
    order = play.orders[-1]
    assert (order.command, order.incident, order.plan, order.sheet) == ("P1/S1", None, None, "P1")

    assert play >> Done("s4") << Close("t1") << SheetIs("executing", "completed pending")
    assert play >> Done("t1") << SheetIs("completed", "completed completed")
    assert notes_of(play)[-1] == "sheet-completed"
    assert play.desk.sheets.claimed() == frozenset()


def test_a_struck_out_line_keeps_its_number_and_is_nobodys_to_carry_out() -> None:
    play = Playbook() >> Draws("open s4, (open s3), close t1", gives_up="E")
    assert play >> ApprovesSheet() >> Starts() << Open("s4") >> Done("s4") << Close("t1")
    assert play.orders[-1].step == 3
    assert play << SheetIs("executing", "completed deleted pending")


def test_i28_nobody_approves_what_they_wrote_or_edited() -> None:
    play = drawn(two_person=True) >> Edits("open s4, close t1", by="mai", gives_up="E")
    assert why(play, ApprovesSheet("lan")) == "own-sheet"
    assert why(play, ApprovesSheet("mai")) == "own-sheet"
    assert play >> ApprovesSheet("lan") << SheetIs("draft")
    assert notes_of(play)[-1] == "sheet-act-refused"
    assert play >> ApprovesSheet("binh") << SheetIs("approved")
    assert play >> Starts("lan") << Open("s4")


def test_i28_an_approval_expires_and_it_is_a_draft_again() -> None:
    play = approved() >> Wait(EXPIRY_S - 0.1) << SheetIs("approved")
    assert play >> Wait(0.1) << SheetIs("draft")
    assert notes_of(play)[-1] == "approval-expired"
    assert why(play, Starts()) == "wrong-state"
    assert play >> ApprovesSheet() >> Starts() << Open("s4")


@pytest.mark.parametrize("word", [ApprovesSheet(fingerprint="x"), Starts(fingerprint="x")])
def test_i28_another_fingerprint_is_another_sheet(word: Starts | ApprovesSheet) -> None:
    play = approved()
    assert why(play, word) == "superseded"
    assert play >> word << SheetIs("approved")
    assert not play.orders


def test_i27_what_a_person_changes_voids_the_approval_that_rests_on_it_at_once() -> None:
    play = approved() >> Tagged("b1", TagKind.CAUTION) << SheetIs("draft", "new new")
    assert notes_of(play)[-1] == "ground-changed"
    assert (sheet_of(play).approved_by, sheet_of(play).expires_at) == (None, None)
    assert play >> Starts() << SheetIs("draft")
    assert not play.orders
    assert play >> ApprovesSheet() >> Starts() << Open("s4")


def test_i27_what_the_field_changes_voids_it_with_the_next_look() -> None:
    """Looked at as often as a proposal is; until then a start is refused."""
    play = approved() >> Moved("s3", OPEN) << SheetIs("approved")
    assert why(play, Starts()) == "ground-changed"
    assert play >> Wait(SETTINGS.refresh_s) << SheetIs("draft", "new new")
    assert notes_of(play)[-1] == "ground-changed"


def test_i27_what_happens_elsewhere_or_trembles_leaves_an_approval() -> None:
    play = Playbook(f"{FEEDER}\nS3 [b3] Z") >> Measured("E", 12_700) >> TRANSFER
    play = play >> ApprovesSheet() >> Tagged("b3") >> Measured("E", 12_600)
    assert play >> Wait(SETTINGS.refresh_s) << SheetIs("approved")
    assert play >> Starts() << Open("s4")


def test_i27_a_look_that_is_due_survives_a_restart() -> None:
    play = approved() >> Moved("s3", OPEN) >> Restarted() << SheetIs("approved")
    assert play >> Wait(SETTINGS.refresh_s) << SheetIs("draft")


def test_i27_an_approval_after_a_voided_one_is_looked_at_like_the_first() -> None:
    """Also where news of the field was still waiting to be looked at when the first went."""
    play = approved() >> Moved("s2", CLOSED) >> Tagged("t1") >> Untagged("t1") << SheetIs("draft")
    play = play >> Wait(SETTINGS.refresh_s) >> ApprovesSheet() << SheetIs("approved")
    assert play >> Moved("s3", OPEN) >> Wait(SETTINGS.refresh_s) << SheetIs("draft")
    assert notes_of(play)[-1] == "ground-changed"


def test_i19_a_tag_hung_between_approval_and_start() -> None:
    play = approved() >> Tagged("t1") << SheetIs("draft")
    assert play >> Starts()
    assert not play.orders
    assert why(play, ApprovesSheet()) == "sheet-vetoed"


def test_i33_nothing_starts_while_execution_is_off() -> None:
    play = drawn(execution_enabled=False) >> ApprovesSheet() << SheetIs("approved")
    assert why(play, Starts()) == "execution-disabled"
    assert play >> Starts()
    assert not play.orders


def test_a_disabled_feeder_and_load_shedding_hold_it_off() -> None:
    play = approved() >> Put(Mode.DISABLED, "Fb2")
    assert why(play, ApprovesSheet()) == "mode-withholds"
    shed = approved() >> Sheds()
    assert why(shed, ApprovesSheet()) == "load-shed-withholds"


def test_i21_two_sheets_never_have_the_same_switch_at_work() -> None:
    play = approved() >> TRANSFER
    assert why(play, ApprovesSheet(sheet="P2")) == "sheet-vetoed"
    assert play >> Withdraws() >> ApprovesSheet(sheet="P2") << SheetIs("approved", sheet="P2")


def test_two_edit_at_the_same_time_and_the_second_is_told() -> None:
    play = drawn() >> Edits("open s4", by="mai")
    assert why(play, Edits("close t1", revision=1)) == "stale-revision"
    assert play >> Edits("close t1", revision=1)
    assert sheet_of(play).revision == 2


def test_what_there_is_not_is_refused_by_name() -> None:
    play = drawn()
    assert why(play, Stops()) == "wrong-state"
    assert why(play, Stops("P7")) == "no-such-sheet"
    assert why(play, Draws("open s4", sheet="P1")) == "sheet-exists"
    assert why(play, Draws("open s4", after="P1")) == "not-after-that"
    assert why(play, Draws("open s4", incident="I1")) == "no-such-incident"
    assert play >> Stops("P7") >> Draws("open s4", after="P1") << SheetIs("draft")
    assert len(play.desk.sheets.sheets) == 1


def test_a_withdrawn_sheet_stays_as_it_was() -> None:
    play = drawn() >> Withdraws() << SheetIs("withdrawn", "new new")
    assert why(play, Edits("open s4")) == "wrong-state"
    assert why(play, ApprovesSheet()) == "wrong-state"


# stops


def test_a_person_stops_it_before_the_next_step() -> None:
    play = under_way() >> Stops() << SheetIs("stopped", "pending aborted")
    assert play >> Done("s4") << SheetIs("stopped", "completed aborted")
    assert len(play.orders) == 1


def test_a_refusal_fails_the_step_and_stops_the_sheet() -> None:
    play = under_way() >> Refused("s4", "device-local") << SheetIs("stopped", "failed aborted")
    assert notes_of(play)[-1] == "step-refused-local"


@pytest.mark.parametrize("late", [False, True])
def test_i29_no_answer_leaves_the_step_pending_on_a_stopped_sheet(late: bool) -> None:
    """A timeout is no failure: the device is unknown, and may move late."""
    play = under_way() >> TimedOut("s4") << SheetIs("stopped", "pending aborted")
    assert play.desk.state.is_unknown(SwitchId("s4"))
    assert play.desk.sheets.in_flight() == frozenset()
    if late:
        assert play >> Wait(20) >> Moved("s4", OPEN) << SheetIs("stopped", "completed aborted")
    assert len(play.orders) == 1


def test_i29_telemetry_that_does_not_come_leaves_the_step_pending() -> None:
    play = under_way() >> ReadBack("s4") << SheetIs("executing", "pending new")
    assert play >> Wait(SETTINGS.telemetry_wait_s) << SheetIs("stopped", "pending aborted")
    assert play >> Moved("s4", OPEN) << SheetIs("stopped", "completed aborted")
    assert len(play.orders) == 1


def test_work_goes_on_on_a_new_sheet_from_the_actual_state() -> None:
    play = under_way() >> TimedOut("s4") >> Wait(20) >> Moved("s4", OPEN)
    assert why(play, Starts()) == "wrong-state"
    assert play >> Draws("close t1", after="P1") >> ApprovesSheet(sheet="P2")
    assert play >> Starts(sheet="P2") << Close("t1")
    assert play >> Done("t1") << SheetIs("completed", "completed", sheet="P2")
    assert sheet_of(play, "P2").after == "P1"


@pytest.mark.parametrize(
    ("surprised", "code"),
    [
        (PickedUp("b1"), "stopped-protection"),
        (Moved("s3", OPEN), "stopped-moved"),
        (Tagged("t1"), "stopped-tag"),
        (LinkDown(), "stopped-link"),
        (Put(Mode.DISABLED, "Fb1"), "stopped-mode"),
        (Sheds(), "stopped-load-shed"),
    ],
)
def test_i34_a_surprise_halts_it(surprised: Tagged, code: str) -> None:
    play = under_way() >> surprised << SheetIs("stopped", "pending aborted")
    assert code in notes_of(play)
    assert len(play.orders) == 1


def test_i30_a_restart_aborts_what_was_under_way() -> None:
    play = under_way() >> Restarted() << SheetIs("stopped", "aborted aborted")
    assert notes_of(play)[-1] == "stopped-restart"


def test_a_restart_leaves_an_approval_and_its_expiry() -> None:
    play = approved() >> Restarted() >> LinkUp() >> Wait(SETTINGS.refresh_s)
    assert play << SheetIs("approved") >> Wait(EXPIRY_S) << SheetIs("draft")
    assert notes_of(play)[-1] == "approval-expired"


def test_i27_positions_that_stay_unread_after_a_restart_void_an_approval() -> None:
    play = approved() >> Restarted() >> Wait(SETTINGS.refresh_s) << SheetIs("draft")
    assert notes_of(play)[-1] == "ground-changed"


# planned work


def test_taking_supply_from_customers_is_planned_work_and_a_later_sheet_ends_it() -> None:
    play = Playbook() >> Draws("open s4", gives_up="E") >> ApprovesSheet() >> Starts()
    assert play << Open("s4") >> Done("s4") >> Wait(5) << SheetIs("completed", "completed")
    incident = play.incident()
    assert (incident.cause, incident.phase.value) == (Cause.PLANNED, "restored")
    assert incident.zone == {"SE"}

    assert play >> Wait(600) >> Draws("close s4")
    assert why(play, ApprovesSheet(sheet="P2")) == "sheet-vetoed"  # somebody may work there
    assert play >> Draws("close s4", incident="I1") >> ApprovesSheet(sheet="P3")
    assert play >> Starts(sheet="P3") << Close("s4") >> Done("s4")
    assert play << SheetIs("completed", "completed", sheet="P3")
    assert play.incident().phase.value == "closed"


def test_handing_over_is_no_incident_when_nobody_is_out_for_long() -> None:
    play = under_way() >> Done("s4") << Close("t1") >> Done("t1") >> Wait(10)
    assert all(i.cause is Cause.PLANNED for i in play.desk.incidents.values())
    assert not [i for i in play.desk.incidents.values() if i.is_open]


def test_manual_work_latches_automation_off() -> None:
    play = under_way()
    latches = play.desk.state.modes.latches
    assert {latches[f].why.code for f in ("Fb1", "Fb2")} == {"worked-by-hand"}  # type: ignore[index]


# crews


def test_a_crew_is_instructed_by_name_and_telemetry_has_the_last_word() -> None:
    play = Playbook() >> Draws("open s4, close t1", gives_up="E", crew="s4")
    assert play >> ApprovesSheet() >> Starts() << SheetIs("executing", "new new")
    assert why(play, Reports(1)) == "nobody-instructed"
    assert why(play, Instructs(2)) == "not-its-turn"
    assert play >> Instructs(1, "Binh") << SheetIs("executing", "instructed new")
    told = sheet_of(play).steps[0].progress
    assert (told.receiver, told.instructed_by) == ("Binh", "lan")
    assert why(play, Instructs(1)) == "instructed-already"

    assert play >> Reports(1) << SheetIs("executing", "pending new")
    assert sheet_of(play).steps[0].progress.reported_by == "binh"
    assert play >> Moved("s4", OPEN) << Close("t1") << SheetIs("executing", "completed pending")


def test_a_crew_that_cannot_do_it_stops_the_sheet() -> None:
    play = Playbook() >> Draws("open s4, close t1", gives_up="E", crew="s4")
    assert (
        play >> ApprovesSheet() >> Starts() >> Instructs(1) >> Reports(1, done=False, note="stuck")
    )
    assert play << SheetIs("stopped", "failed aborted")
    assert notes_of(play)[-1] == "step-not-done"


def told() -> Playbook:
    """A crew is on its way to do the first step when the sheet is stopped."""
    play = Playbook() >> Draws("open s4, close t1", gives_up="E", crew="s4")
    play = play >> ApprovesSheet() >> Starts() >> Instructs(1)
    return play >> Stops() << SheetIs("stopped", "aborted aborted")


def test_a_crews_late_word_is_taken_in_on_the_stopped_sheet_and_nothing_moves_by_it() -> None:
    play = told() >> Reports(1, note="done at 2:20") << SheetIs("stopped", "pending aborted")
    progress = sheet_of(play).steps[0].progress
    assert progress.reported_by == "binh"
    assert progress.note is not None
    assert progress.note.params["said"] == "done at 2:20"
    assert why(play, Reports(1)) == "nobody-instructed"  # one word is enough
    assert play >> Moved("s4", OPEN) << SheetIs("stopped", "completed aborted")
    assert play >> Wait(600)
    assert not play.orders


def test_a_late_word_that_telemetry_does_not_show_stays_pending() -> None:
    play = told() >> Reports(1) >> Wait(SETTINGS.telemetry_wait_s)
    assert play << SheetIs("stopped", "pending aborted")
    assert notes_of(play)[-1] == "step-unconfirmed"
    assert play.desk.sheets.in_flight() == frozenset()


def test_a_late_word_of_a_switch_without_telemetry_says_where_it_stands() -> None:
    play = Playbook.on(silent(FEEDER, "s4"), SETTINGS)
    play = play >> Draws("open s4, close t1", gives_up="E", crew="s4") >> ApprovesSheet()
    play = play >> Starts() >> Instructs(1) >> Stops()
    assert play >> Reports(1) << SheetIs("stopped", "completed aborted")
    assert play.desk.state.positions[SwitchId("s4")].value is OPEN


def test_a_late_word_that_it_could_not_be_done_is_shown_as_well() -> None:
    play = told() >> Reports(1, done=False, note="rusty") << SheetIs("stopped", "failed aborted")
    assert notes_of(play)[-1] == "step-not-done"


def test_a_late_word_of_an_earth_leaves_its_tag() -> None:
    play = Playbook() >> Draws("open s4, check s4, earth s4", gives_up="E")
    play = play >> ApprovesSheet() >> Starts() << Open("s4") >> Done("s4") >> Wait(5)
    play = play >> Instructs(2) >> Reports(2) >> Instructs(3) >> Stops()
    assert play >> Reports(3) << SheetIs("stopped", "completed completed completed")
    assert [t.kind for t in play.desk.state.tags.values()] == [TagKind.EARTH_APPLIED]
    assert sheet_of(play).state.value == "stopped"


def test_nobody_reports_on_a_stopped_sheet_what_nobody_was_told() -> None:
    play = told()
    assert why(play, Reports(2)) == "nobody-instructed"
    commanded = under_way() >> Stops()
    assert why(commanded, Reports(1)) == "nobody-instructed"


def test_a_late_word_after_a_restart_is_taken_in_as_well() -> None:
    play = Playbook() >> Draws("open s4, close t1", gives_up="E", crew="s4") >> ApprovesSheet()
    play = play >> Starts() >> Instructs(1) >> Restarted() << SheetIs("stopped", "aborted aborted")
    assert play >> Reports(1) >> Moved("s4", OPEN) << SheetIs("stopped", "completed aborted")


def test_an_earth_is_put_on_what_was_found_dead_and_leaves_its_tag() -> None:
    play = Playbook() >> Draws(
        "open s4, check s4, earth s4, note work, unearth s4, close s4", gives_up="E"
    )
    assert play >> ApprovesSheet() >> Starts() << Open("s4") >> Done("s4") >> Wait(5)
    for step in (2, 3):
        assert play >> Instructs(step) >> Reports(step)
    tags = list(play.desk.state.tags.values())
    assert [(t.switch, t.kind, t.reason) for t in tags] == [
        ("s4", TagKind.EARTH_APPLIED, "01/11/2026")
    ]
    assert play >> Permitted("E", "s4") << SheetIs("executing")  # what the sheet is for
    assert play >> Reports(4)
    assert why(play, Instructs(5)) == "step-vetoed"
    assert play >> Returned() >> Instructs(5) >> Reports(5) << Close("s4")
    assert not play.desk.state.tags
    assert play >> Done("s4") << SheetIs("completed")


def test_a_plan_that_is_released_is_a_sheet_as_well() -> None:
    play = Playbook() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play << Asks(opens=("s1", "s4"), closes=("b1", "t1"))
    assert play >> Released() << Open("s1") << SheetIs("executing", "pending new new new")
    sheet = sheet_of(play)
    assert (sheet.plan, sheet.incident, sheet.by_hand) == ("I1/P1", "I1", False)
    assert play.orders[-1].command == "I1/P1/S1"
    assert [s.progress for s in sheet.steps] == play.proposed().progress
    assert play >> TimedOut("s1") << SheetIs("stopped", "pending aborted aborted aborted")
