import json
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.events import (
    CommandIssued,
    Event,
    LinkRestored,
    ModeChanged,
    SheetDrawn,
    SwitchMoved,
    TagRemoved,
)
from gridops.events.codec import KINDS, from_plain, to_plain
from gridops.events.operator import Mode
from gridops.events.sheets import SheetPaper, StepAct, StepBy, StepDraft
from gridops.ids import (
    CommandId,
    IncidentId,
    LinkId,
    PlanId,
    SectionId,
    SheetId,
    SwitchId,
    UserName,
)
from gridops.measurement import Position, Quality

AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
times = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(st.one_of([st.builds(cls, at=times) for cls in KINDS.values()]))
def test_every_event_survives_the_journal(event: Event) -> None:
    kind, body = to_plain(event)
    assert from_plain(kind, json.loads(json.dumps(body))) == event


def _said(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, tuple):
        return [_said(one) for one in value]
    if is_dataclass(value):
        return {field.name: _said(getattr(value, field.name)) for field in fields(value)}
    return value.value if isinstance(value, Enum) else value


@given(st.one_of([st.builds(cls) for cls in KINDS.values()]))
def test_what_is_written_is_what_the_fields_say_one_by_one(event: Event) -> None:
    """The slow, obvious way, which asks every field of every event anew."""
    plain = {}
    for field in fields(event):
        value = getattr(event, field.name)
        if "left_out_by_default" in field.metadata and value == field.default:
            continue
        plain[field.name] = _said(value)

    kind, body = to_plain(event)

    assert kind == type(event).__name__
    assert list(body.items()) == list(plain.items())
    assert [type(value) for value in body.values()] == [type(value) for value in plain.values()]


def test_the_bytes_are_what_the_event_says() -> None:
    event = SwitchMoved(
        at=AT, source_time=AT, quality=Quality.GOOD, switch=SwitchId("s1"), position=Position.OPEN
    )
    assert to_plain(event)[1] == {
        "at": "2026-03-01T02:10:00.000000+00:00",
        "source_time": "2026-03-01T02:10:00.000000+00:00",
        "quality": "good",
        "switch": "s1",
        "position": 1,
    }


def test_a_sheet_is_written_line_by_line() -> None:
    drawn = SheetDrawn(
        at=AT,
        by=UserName("lan"),
        sheet=SheetId("P1"),
        paper=SheetPaper(title="Change the insulators of S3"),
        steps=(
            StepDraft(act=StepAct.OPEN, by=StepBy.REMOTE, switch=SwitchId("s1")),
            StepDraft(act=StepAct.NOTE, by=StepBy.CREW, text="Warn them"),
        ),
        gives_up=(SectionId("S3"),),
    )

    body = to_plain(drawn)[1]

    assert body["steps"] == [
        {"act": "open", "by": "remote", "switch": "s1", "text": "", "deleted": False},
        {
            "act": "note",
            "by": "crew",
            "switch": None,
            "text": "Warn them",
            "deleted": False,
        },
    ]
    assert body["gives_up"] == ["S3"]
    assert from_plain("SheetDrawn", json.loads(json.dumps(body))) == drawn


def test_a_line_with_a_word_that_nobody_knows_is_refused_by_name() -> None:
    written = {"act": "open", "by": "remote", "switch": "s1", "colour": "red"}
    body = {"at": AT.isoformat(), "by": "lan", "sheet": "P1", "paper": {"title": "x"}}

    with pytest.raises(ValueError, match="StepDraft has no field colour"):
        from_plain("SheetDrawn", {**body, "steps": [written]})


def test_a_command_of_a_plan_is_written_as_before_there_were_sheets() -> None:
    issued = CommandIssued(
        at=AT,
        command=CommandId("I1/P1/S1"),
        incident=IncidentId("I1"),
        plan=PlanId("I1/P1"),
        step=1,
        switch=SwitchId("s1"),
        position=Position.OPEN,
        deadline=AT,
    )
    by_hand = replace(issued, incident=None, plan=None, sheet=SheetId("P1"))

    assert "sheet" not in to_plain(issued)[1]
    assert from_plain(*to_plain(by_hand)) == by_hand


def test_what_a_server_says_of_time_is_kept_and_its_silence_costs_nothing() -> None:
    event = SwitchMoved(at=AT, source_time=AT, switch=SwitchId("s1"), position=Position.OPEN)
    told = replace(event, server_time=AT)

    assert "server_time" not in to_plain(event)[1]
    assert from_plain(*to_plain(told)) == told


def test_a_journal_written_before_gaps_were_counted_still_loads() -> None:
    body = {"at": AT.isoformat(), "link": "rtu", "epoch": 2, "gap_since": None}

    restored = from_plain("LinkRestored", body)

    assert restored == LinkRestored(at=AT, link=LinkId("rtu"), epoch=2, gap_since=None)
    assert list(to_plain(restored)[1]) == list(body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("ModeChanged", {"by": "an", "feeder": None, "mode": "automatic"}),
        ("TagRemoved", {"by": "an", "tag": "t", "switch": "s1"}),
    ],
)
def test_a_journal_written_before_reasons_were_asked_for_still_loads(
    kind: str, body: dict[str, object]
) -> None:
    written = {"at": AT.isoformat("T", "microseconds"), **body}
    event = from_plain(kind, written)
    assert isinstance(event, ModeChanged | TagRemoved)
    assert event.reason == ""
    assert to_plain(event) == (kind, written)


def test_an_absent_feeder_stays_absent() -> None:
    event = ModeChanged(at=AT, by=UserName("an"), feeder=None, mode=Mode.AUTOMATIC)
    assert from_plain(*to_plain(event)) == event


@pytest.mark.parametrize(
    ("kind", "body"), [("Nonsense", {}), ("TimerExpired", {"what": 1}), ("TimerExpired", {})]
)
def test_what_is_not_an_event_is_refused_by_name(kind: str, body: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=kind):
        from_plain(kind, body)
