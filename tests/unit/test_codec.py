import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.events import Event, LinkRestored, ModeChanged, SwitchMoved, TagRemoved
from gridops.events.codec import KINDS, from_plain, to_plain
from gridops.events.operator import Mode
from gridops.ids import LinkId, SwitchId, UserName
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


@given(st.one_of([st.builds(cls) for cls in KINDS.values()]))
def test_what_is_written_is_what_the_fields_say_one_by_one(event: Event) -> None:
    """The slow, obvious way, which asks every field of every event anew."""
    plain = {}
    for field in fields(event):
        value = getattr(event, field.name)
        if "left_out_by_default" in field.metadata and value == field.default:
            continue
        if isinstance(value, datetime):
            value = value.isoformat(timespec="microseconds")
        plain[field.name] = value.value if isinstance(value, Enum) else value

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
