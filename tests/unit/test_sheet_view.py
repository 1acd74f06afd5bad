"""What the screens are told of a sheet: in the declared shape, and of one person's own rights."""

from collections.abc import Mapping

import pytest
from pydantic import TypeAdapter

from gridops.api.feed import to_json
from gridops.api.sheet_shapes import SheetRow, SheetShape
from gridops.api.sheet_view import ENDED_SHEETS_MAX, etag_of, sheet_row, sheet_view, sheets_view
from gridops.api.words import Plain
from gridops.events import (
    OperatorEvent,
    SheetApproved,
    SheetEdited,
    SheetStarted,
    SheetStopped,
    SheetWithdrawn,
)
from gridops.ids import BranchId, SectionId, SheetId, UserName
from gridops.reasons import Reason, because
from gridops.restoration import StepCheck
from gridops.sheets import Sheet, SheetState, StepState
from tests.paper_sheets import VETOED, after, line, paper, sheet

ROWS, SHEETS = TypeAdapter(SheetRow), TypeAdapter(SheetShape)
LAN = UserName("lan")
NO = because("execution-disabled")


class Core:
    """What the core would say to each kind of act, and who asked it."""

    def __init__(self, refuses: Mapping[type, Reason]) -> None:
        self.refuses = refuses
        self.asked: list[OperatorEvent] = []

    def why(self, event: OperatorEvent) -> Reason | None:
        self.asked.append(event)
        return self.refuses.get(type(event))


def seen(one: Sheet, core: Core | None = None, by: UserName = LAN) -> Plain:
    """Held to its shape and to JSON."""
    view = sheet_view(one, by=by, at=after(60), ask=None if core is None else core.why)
    SHEETS.validate_python(view)
    to_json(view)
    return view


def row(one: Sheet) -> Plain:
    said = sheet_row(one)
    ROWS.validate_python(said)
    return said


def test_a_row_has_everything_but_what_is_of_one_person_and_the_checks() -> None:
    one = sheet(line("open s1"), line("note", "báo điều độ"))
    whole, shown = seen(one), row(one)
    assert set(whole) - set(shown) == {
        "etag", "authors", "judged_at", "guard", "may", "why_not", "timeline",
    }  # fmt: skip
    assert set(whole["steps"][0]) - set(shown["steps"][0]) == {"check"}
    assert {key: whole[key] for key in shown if key != "steps"} == {
        key: value for key, value in shown.items() if key != "steps"
    }


def test_a_step_says_how_far_it_is_and_what_it_does() -> None:
    one = sheet(line("crew close t1", "khóa lại"), states=[StepState.PENDING])
    step = one.steps[0]
    step.sections_restored, step.customers_restored = (SectionId("SC"),), 100
    step.sections_dropped, step.customers_dropped = (SectionId("SD"),), 40
    step.check = StepCheck(
        voltage_pu_min=0.97,
        loading_pct_max=float("nan"),
        limiting="L1",
        emergency=(BranchId("L2"),),
    )
    step.progress.note = NO
    step.progress.receiver, step.progress.instructed_by = "Tổ 2", UserName("hung")
    (shown,) = seen(one)["steps"]
    assert shown == {
        "number": 1, "act": "close", "by": "crew", "switch": "t1", "text": "khóa lại",
        "state": "pending", "note": {"code": "execution-disabled", "params": {}},
        "begun_at": after(-20).isoformat(), "changed_at": after(0).isoformat(),
        "receiver": "Tổ 2", "instructed_by": "hung",
        "reported_by": None, "customers_restored": 100, "customers_dropped": 40,
        "sections_restored": ["SC"], "sections_dropped": ["SD"],
        "check": {
            "voltage_pu_min": 0.97, "loading_pct_max": None, "limiting": "L1",
            "emergency": ["L2"],
        },
    }  # fmt: skip


def test_the_paper_and_whoever_signs_it() -> None:
    one = sheet(
        line("open s1"), of=paper("Sửa cáp", planned=False, issuer="An", receiver="Bích",
                                  supervisor="Dũng", operator="Hoàng"),
        state=SheetState.APPROVED, approved_by=UserName("hung"), approved_at=after(10),
        expires_at=after(310), gives_up=frozenset({SectionId("SC"), SectionId("SB")}),
        authors=frozenset({LAN, UserName("an")}), after=SheetId("P0"),
    )  # fmt: skip
    view = seen(one)
    assert (view["title"], view["planned"]) == ("Sửa cáp", False)
    assert [view[who] for who in ("issuer", "receiver", "supervisor", "operator")] == [
        "An", "Bích", "Dũng", "Hoàng",
    ]  # fmt: skip
    assert (view["prepared_by"], view["approved_by"], view["started_by"]) == ("lan", "hung", None)
    assert view["expires_at"] == after(310).isoformat()
    assert view["gives_up"] == ["SB", "SC"]
    assert view["authors"] == ["an", "lan"]
    assert view["after"] == "P0"


def test_the_guards_word_is_said_whole() -> None:
    one = sheet(line("close s1"), verdict=VETOED)
    view = seen(one)
    assert view["passed"] is False
    assert row(one)["passed"] is False
    assert view["guard"]["violations"] == [
        {
            "invariant": "19", "step": 1, "element": "s1",
            "why": {
                "code": "guard-tag",
                "params": {"switch": "s1", "kind": "no_close", "user": "lan"},
            },
        }
    ]  # fmt: skip


# what this person may do


ACTS = {
    "edit": SheetEdited, "approve": SheetApproved, "start": SheetStarted, "stop": SheetStopped,
    "withdraw": SheetWithdrawn,
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_a_person_may_what_the_core_would_take_from_them(act: str) -> None:
    core = Core({ACTS[act]: NO})
    view = seen(sheet(line("open s1")), core, by=UserName("hung"))
    assert view["may"] == {one: one != act for one in ACTS}
    assert {type(event) for event in core.asked} == set(ACTS.values())
    assert {event.by for event in core.asked} == {"hung"}


def test_the_core_is_asked_about_exactly_what_is_on_the_screen() -> None:
    one = sheet(line("open s1"), line("close t1"), revision=3)
    core = Core({})
    seen(one, core)
    said = {type(event): event for event in core.asked}
    edited = said[SheetEdited]
    assert isinstance(edited, SheetEdited)
    assert (edited.revision, edited.paper, edited.steps) == (
        3, one.paper, (line("open s1"), line("close t1")),
    )  # fmt: skip
    for kind in (SheetApproved, SheetStarted):
        assert getattr(said[kind], "fingerprint") == one.fingerprint  # noqa: B009


def test_whoever_has_no_permission_may_nothing() -> None:
    view = seen(sheet(line("open s1")))
    assert not any(view["may"].values())
    assert view["why_not"] == []


@pytest.mark.parametrize(
    ("state", "refused", "told"),
    [
        (SheetState.DRAFT, SheetApproved, True),
        (SheetState.DRAFT, SheetStarted, False),
        (SheetState.APPROVED, SheetStarted, True),
        (SheetState.APPROVED, SheetEdited, False),
        (SheetState.EXECUTING, SheetApproved, False),
        (SheetState.COMPLETED, SheetStarted, False),
    ],
)
def test_why_not_is_about_the_next_act(state: SheetState, refused: type, told: bool) -> None:
    view = seen(sheet(line("open s1"), state=state), Core({refused: NO}))
    assert view["why_not"] == ([{"code": "execution-disabled", "params": {}}] if told else [])


# the tag, and the list


def test_the_tag_changes_with_an_edit_and_with_the_state_and_not_with_the_steps() -> None:
    one = sheet(line("open s1"))
    print_of = one.fingerprint[:16]
    assert etag_of(one) == f'"1.{print_of}.draft"'
    assert seen(one)["etag"] == etag_of(one)
    edited = sheet(line("open s2"), revision=2)
    assert etag_of(edited) != etag_of(one)
    running = sheet(line("open s1"), state=SheetState.EXECUTING)
    assert etag_of(running) == f'"1.{print_of}.executing"'
    before = etag_of(running)
    running.steps[0].progress.state = StepState.COMPLETED
    assert etag_of(running) == before


def test_every_sheet_under_way_is_in_the_view_and_the_latest_that_ended() -> None:
    ended = [
        sheet(line("open s1"), id=SheetId(f"P{k}"), state=SheetState.COMPLETED)
        for k in range(1, ENDED_SHEETS_MAX + 3)
    ]
    first = sheet(line("open s1"), id=SheetId("P0"), state=SheetState.EXECUTING)
    last = sheet(line("open s1"), id=SheetId("P99"))
    shown = sheets_view([first, *ended, last])
    assert list(shown) == ["P0", *(f"P{k}" for k in range(3, ENDED_SHEETS_MAX + 3)), "P99"]
    assert shown["P99"] == row(last)
