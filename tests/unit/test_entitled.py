"""Invariants 28 and 21: the core itself lets nobody act who is not entitled, or not there."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import get_args

import pytest

from gridops.events import (
    Event,
    IncidentHalted,
    MetersReported,
    MinutesCorrected,
    ModeChanged,
    OperatorEvent,
    PermitIssued,
    PermitReturned,
    PersonEntitled,
    SwitchingAnnounced,
    TagPlaced,
    TroubleReported,
)
from gridops.events.codec import from_plain, to_plain
from gridops.events.operator import Mode, TagKind
from gridops.events.people import PERMISSIONS, Entitlement, Permission, Role
from gridops.ids import FeederId, IncidentId, LoadId, PermitId, SectionId, SwitchId, TagId, UserName
from gridops.incident import Desk, IncidentSettings
from gridops.incident.entitled import Entitled, needed_for
from gridops.measurement import Position
from tests.playbook import NIGHT, SETTINGS, Playbook, Wait
from tests.playbook_authority import Approves, Releases
from tests.playbook_sheets import ApprovesSheet, Draws, SheetIs, Starts, Stops, notes_of, sheet_of
from tests.playbook_words import Asks, Flagged, Open, Put, Stands, Tripped

ASKED = replace(SETTINGS, entitled_only=True)
TWO = replace(ASKED, two_person=True)
PLAN = Asks(opens=("s1", "s4"), closes=("b1", "t1"))
LAN, MAI = UserName("lan"), UserName("mai")


@dataclass(frozen=True)
class Made:
    """Somebody is made something, or nothing any more."""

    user: str
    role: Role | None = Role.DISPATCHER
    areas: str = ""

    def events(self, play: Playbook) -> list[Event]:
        areas = tuple(map(FeederId, self.areas.split()))
        user = UserName(self.user)
        return [PersonEntitled(at=play.now, user=user, role=self.role, areas=areas)]


def shift(*made: Made, settings: IncidentSettings = ASKED) -> Playbook:
    play = Playbook(settings=settings)
    for one in made:
        play = play >> one
    return play


def struck(play: Playbook) -> Playbook:
    return play >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10) << PLAN


def why(play: Playbook, act: OperatorEvent | MetersReported) -> str | None:
    found = play.desk.why_refused(act)
    return None if found is None else found.code


def tags(play: Playbook, switch: str, by: UserName = LAN) -> TagPlaced:
    return TagPlaced(
        at=play.now,
        by=by,
        tag=TagId("T"),
        switch=SwitchId(switch),
        kind=TagKind.CAUTION,
        reason="tree",
    )


def test_i28_only_who_is_entitled_releases_a_plan() -> None:
    play = struck(shift(Made("lan"), Made("vu", Role.VIEWER)))
    assert why(play, Releases("lan").event(play)) is None
    assert why(play, Releases("vu").event(play)) == "not-entitled"
    assert why(play, Releases("nobody").event(play)) == "not-entitled"


def test_i28_who_was_removed_is_refused_from_then_on() -> None:
    play = struck(shift(Made("lan")) >> Made("lan", None))
    assert why(play, Releases("lan").event(play)) == "not-entitled"
    assert why(play >> Made("lan"), Releases("lan").event(play)) is None


def test_where_there_are_no_people_nobody_is_asked() -> None:
    play = struck(shift(settings=SETTINGS))
    assert why(play, Releases("anybody").event(play)) is None


@pytest.mark.parametrize("role", list(Role))
def test_i28_each_act_asks_for_the_permission_that_the_service_asks_for(role: Role) -> None:
    play, may = shift(Made("lan", role)), PERMISSIONS[role]
    asked: dict[OperatorEvent, Permission] = {
        tags(play, "s1"): Permission.TAG,
        ModeChanged(at=NIGHT, by=LAN, feeder=None, mode=Mode.ADVISORY): Permission.MODE,
        ModeChanged(at=NIGHT, by=LAN, feeder=None, mode=Mode.AUTOMATIC): Permission.AUTOMATE,
        MinutesCorrected(at=NIGHT, by=LAN, reason="", planned=True): Permission.CORRECT,
        TroubleReported(at=NIGHT, by=LAN, load=LoadId("A")): Permission.REPORT,
        SwitchingAnnounced(
            at=NIGHT, by=LAN, switch=SwitchId("s1"), position=Position.OPEN
        ): Permission.SWITCH,
    }
    for act, needed in asked.items():
        assert needed_for(act) is needed
        assert (why(play, act) is None) is (needed in may)


def test_no_act_of_a_person_is_forgotten() -> None:
    class Anything:
        pass

    for kind in get_args(OperatorEvent):
        act = object.__new__(kind)
        if kind is ModeChanged:
            object.__setattr__(act, "mode", Mode.ADVISORY)
        assert needed_for(act) in Permission
    with pytest.raises(KeyError):
        needed_for(Anything())  # type: ignore[arg-type]


def test_i21_a_plan_is_released_only_where_everything_it_moves_is_in_the_area() -> None:
    play = struck(shift(Made("lan", areas="Fb1"), Made("mai", areas="Fb1 Fb2")))
    assert why(play, Releases("lan").event(play)) == "outside-area"  # t1 is a tie to Fb2
    assert why(play, Releases("mai").event(play)) is None


def test_i21_a_switch_belongs_to_its_feeders_and_a_tie_to_both() -> None:
    play = shift(Made("lan", areas="Fb1"))
    refused = {s: why(play, tags(play, s)) for s in ("b1", "s4", "t1", "b2")}
    assert refused == {"b1": None, "s4": None, "t1": "outside-area", "b2": "outside-area"}


def test_i21_the_whole_system_is_nobodys_area() -> None:
    play = shift(Made("lan", areas="Fb1 Fb2"), Made("mai"))
    one = ModeChanged(at=NIGHT, by=LAN, feeder=FeederId("Fb1"), mode=Mode.DISABLED)
    assert why(play, one) is None
    assert why(play, replace(one, feeder=None)) == "outside-area"
    assert why(play, replace(one, feeder=None, by=MAI)) is None


def test_i21_a_permit_is_about_all_its_sections_also_when_it_comes_back() -> None:
    play = shift(Made("lan", areas="Fb1"), Made("mai"))
    permit = PermitIssued(
        at=NIGHT,
        by=MAI,
        reason="tree",
        permit=PermitId("W1"),
        sections=(SectionId("F"),),
        isolated_by=(SwitchId("s4"),),
        holder="Vu",
    )
    back = PermitReturned(at=NIGHT, by=LAN, reason="done", permit=PermitId("W1"))
    assert why(play, permit) == "permit-not-isolated"  # the person is no hindrance
    assert why(play, replace(permit, by=LAN)) == "outside-area"
    play.feed(permit)
    assert why(play, back) == "outside-area"


def test_i21_a_sheet_is_about_all_its_switches() -> None:
    play = shift(Made("lan", areas="Fb1"), Made("mai"))
    own, tie = Draws("open s4"), Draws("open s4, close t1", gives_up="E")
    assert why(play, own.event(play)) is None
    assert why(play, tie.event(play)) == "outside-area"
    play = play >> replace(tie, by="mai")
    assert why(play, ApprovesSheet("lan").event(play)) == "outside-area"
    assert why(play, ApprovesSheet("mai").event(play)) is None


def test_a_stop_is_bound_to_no_area() -> None:
    play = struck(shift(Made("lan", areas="Fb2"), Made("vu", Role.VIEWER)))
    halt = IncidentHalted(at=play.now, by=LAN, incident=IncidentId("I1"))
    assert why(play, halt) is None
    assert why(play, replace(halt, by=UserName("vu"))) == "not-entitled"


def test_a_stop_that_holds_already_is_written_whoever_they_are_by_now() -> None:
    play = struck(shift(Made("lan")) >> Made("lan", None))
    halt = IncidentHalted(at=play.now, by=LAN, incident=IncidentId("I1"))
    assert why(play, halt) == "not-entitled"
    assert why(play, replace(halt, said_at=play.now - timedelta(seconds=5))) is None


def test_automation_is_nobody_and_goes_on() -> None:
    play = shift() >> Put(Mode.AUTOMATIC) >> Put(Mode.AUTOMATIC, "Fb1")
    assert struck(play) << Open("s1") << Stands("executing", note="released-automatically")


# approvals end with the entitlement


@pytest.mark.parametrize(
    "less", [Made("mai", None), Made("mai", Role.VIEWER), Made("mai", areas="Fb1")], ids=str
)
def test_i28_with_the_entitlement_goes_the_approval_of_a_plan(less: Made) -> None:
    play = struck(shift(Made("lan"), Made("mai"), settings=TWO)) >> Approves("mai")
    assert why(play, Releases("lan").event(play)) is None
    play = play >> less
    assert play.incident().timeline[-1].reason.code == "approval-void"
    assert play.desk.why_not_released(Releases("lan").event(play)) == "needs-approval"
    play = play >> Made("mai")  # made again: nothing comes back by itself
    assert play.desk.why_not_released(Releases("lan").event(play)) == "needs-approval"


@pytest.mark.parametrize(
    "less", [Made("mai", None), Made("mai", Role.ENGINEER), Made("mai", areas="Fb1")], ids=str
)
def test_i28_with_the_entitlement_goes_the_approval_of_a_sheet(less: Made) -> None:
    play = shift(Made("lan"), Made("mai"), settings=TWO)
    play = play >> Draws("open s4, close t1", gives_up="E") >> ApprovesSheet("mai")
    assert why(play, Starts("lan").event(play)) is None
    play = play >> less << SheetIs("draft", "new new")
    assert notes_of(play)[-1] == "approval-void"
    assert why(play, Starts("lan").event(play)) == "wrong-state"
    assert play >> Wait(SETTINGS.approval_expiry_s) << SheetIs("draft", "new new")


def test_another_role_that_may_approve_keeps_the_approval() -> None:
    play = shift(Made("lan"), Made("mai"), settings=TWO)
    play = play >> Draws("open s4, close t1", gives_up="E") >> ApprovesSheet("mai")
    play = play >> Made("mai", Role.SHIFT_LEAD, areas="Fb1 Fb2")
    assert play << SheetIs("approved", "new new")


def test_a_sheet_that_was_started_goes_on() -> None:
    """Whoever approved it was entitled when it began; stopping it is a decision of its own."""
    play = shift(Made("lan"), Made("mai"), settings=TWO)
    play = play >> Draws("open s4, close t1", gives_up="E") >> ApprovesSheet("mai")
    play = play >> Starts("lan") << Open("s4")
    play = play >> Made("mai", None)
    assert sheet_of(play).state.value == "executing"
    assert why(play, Stops().event(play)) is None


# the table itself


def test_the_differences_make_the_table_what_the_accounts_say() -> None:
    table = Entitled()
    first = {LAN: Entitlement(role=Role.DISPATCHER), MAI: Entitlement(role=Role.ADMIN)}
    second = {MAI: Entitlement(role=Role.SHIFT_LEAD, areas=(FeederId("Fb1"),))}
    for people in (first, second, {}):
        for event in table.differences(people, at=NIGHT):
            table.keep(event)
        assert table.people == people
        assert not table.differences(people, at=NIGHT)


def test_a_person_survives_the_journal() -> None:
    event = PersonEntitled(at=NIGHT, user=LAN, role=Role.ADMIN, areas=(FeederId("Fb1"),))
    kind, body = to_plain(event)
    assert body["role"] == "admin"
    assert from_plain(kind, body) == event
    gone = replace(event, role=None, areas=())
    assert from_plain(*to_plain(gone)) == gone


def test_a_replay_knows_the_same_people() -> None:
    play = struck(shift(Made("mai"), Made("lan", areas="Fb1"), Made("vu")) >> Made("mai", None))
    again = Desk(play.network, play.engines)
    for event in play.facts:
        again.handle(event)
    assert list(again.entitled.people.items()) == list(play.desk.entitled.people.items())
    assert list(again.entitled.people) == ["lan", "vu"]
