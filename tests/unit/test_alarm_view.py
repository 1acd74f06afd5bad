"""Alarms as a screen lists them: few lines, the most urgent first, made anew only where due."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from test_api_views import room_of

from gridops.alarms import AlarmKind, Priority, Told
from gridops.api.alarm_shapes import AlarmShape
from gridops.api.alarm_view import LINES_MAX, NAMED_MAX, AlarmLines, lines_of
from gridops.control_room import ControlRoom
from gridops.events import AlarmAcknowledged, AlarmShelved
from gridops.ids import AlarmId, UserName
from gridops.network import draw
from gridops.reasons import because

NIGHT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
LAN = UserName("lan")
SHAPE = TypeAdapter(dict[str, AlarmShape])
STORM = 10_000


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ControlRoom]:
    with room_of(draw("S1 [b1] A [s1] B"), tmp_path) as found:
        yield found


def raised(
    room: ControlRoom,
    switch: str,
    *,
    kind: AlarmKind = AlarmKind.POSITION,
    place: str = "rtu",
    delay_s: float = 0.0,
) -> None:
    told = Told(why=because("alarm-position", device=switch), priority=Priority.MEDIUM)
    later = NIGHT + timedelta(seconds=delay_s)
    known = room.alarms.known
    known.rise(kind, switch, told=told, at=NIGHT, place=place, shown_from=later)


def test_many_of_a_kind_at_one_place_are_one_line(room: ControlRoom) -> None:
    for n in range(3):
        raised(room, f"s{n}")
    assert list(AlarmLines(room).shown(NIGHT, ()).lines) == [
        "position:s2",
        "position:s1",
        "position:s0",
    ]
    raised(room, "s3")
    raised(room, "x1", place="other")
    shown = AlarmLines(room).shown(NIGHT, ())
    assert list(shown.lines) == ["position:x1", "position@rtu"]
    line = shown.lines["position@rtu"]
    assert (line["count"], line["members"]) == (4, ["s0", "s1", "s2", "s3"])
    assert line["why"]["code"] == "alarm-positions"
    assert shown.counts["medium"] == 2
    each = lines_of(room, AlarmId("position@rtu"), now=NIGHT)
    assert [one["subject"] for one in each] == ["s3", "s2", "s1", "s0"]


def test_what_is_shelved_stands_by_itself(room: ControlRoom) -> None:
    for n in range(5):
        raised(room, f"s{n}")
    known, until = room.alarms.known, NIGHT + timedelta(minutes=5)
    alarm = AlarmId("position:s0")
    known.shelve(
        AlarmShelved(
            at=NIGHT, by=LAN, alarm=alarm, seen=known.raised, until=until, reason="chatters"
        )
    )
    shown = AlarmLines(room).shown(NIGHT, ())
    assert {i: line["state"] for i, line in shown.lines.items()} == {
        "position@rtu": "unacknowledged",
        "position:s0": "shelved",
    }
    assert shown.lines["position@rtu"]["count"] == 4
    assert shown.counts["shelved"] == 1


def test_one_acknowledgement_covers_what_the_line_stood_for(room: ControlRoom) -> None:
    for n in range(5):
        raised(room, f"s{n}")
    lines = AlarmLines(room)
    line = lines.shown(NIGHT, ()).lines["position@rtu"]
    raised(room, "s9")
    alarm = AlarmId("position@rtu")
    act = AlarmAcknowledged(at=NIGHT, by=LAN, alarm=alarm, seen=line["seen"])
    room.alarms.known.acknowledge(act)
    now = lines.shown(NIGHT, ()).lines["position@rtu"]
    assert (now["state"], now["may_acknowledge"]) == ("unacknowledged", True)
    each = lines_of(room, alarm, now=NIGHT)
    assert [one["subject"] for one in each if one["state"] == "unacknowledged"] == ["s9"]


def test_nor_does_it_cover_what_is_still_held_back(room: ControlRoom) -> None:
    """One that came before the others, and is told after them."""
    raised(room, "s9", delay_s=60)
    for n in range(5):
        raised(room, f"s{n}")
    lines, alarm = AlarmLines(room), AlarmId("position@rtu")
    line = lines.shown(NIGHT, ()).lines["position@rtu"]
    later = NIGHT + timedelta(seconds=61)
    act = AlarmAcknowledged(at=later, by=LAN, alarm=alarm, seen=line["seen"])
    room.alarms.known.acknowledge(act)
    each = {one["subject"]: one["state"] for one in lines_of(room, alarm, now=later)}
    assert each["s9"] == "unacknowledged"
    all_told = lines.shown(later, ()).lines["position@rtu"]["seen"]
    room.alarms.known.acknowledge(replace(act, seen=all_told))
    each = {one["subject"]: one["state"] for one in lines_of(room, alarm, now=later)}
    assert set(each.values()) == {"acknowledged"}


def test_a_storm_is_a_line_and_what_is_apart_from_it_is_not_made_anew(room: ControlRoom) -> None:
    raised(room, "x1", place="other")
    lines = AlarmLines(room)
    before = lines.shown(NIGHT, ()).lines["position:x1"]
    for n in range(STORM):
        raised(room, f"s{n}")
    shown = lines.shown(NIGHT, ())
    assert len(shown.lines) == 2
    assert shown.lines["position@rtu"]["count"] == STORM
    assert len(shown.lines["position@rtu"]["members"]) == NAMED_MAX
    assert shown.lines["position:x1"] is before
    assert lines.shown(NIGHT, ()).lines["position@rtu"] is shown.lines["position@rtu"]
    SHAPE.validate_python(shown.lines)


def test_so_many_lines_are_listed_and_the_rest_is_counted(room: ControlRoom) -> None:
    for n in range(LINES_MAX + 7):
        raised(room, f"s{n}", place=f"link{n}")
    shown = AlarmLines(room).shown(NIGHT, ())
    assert (len(shown.lines), shown.counts["more"]) == (LINES_MAX, 7)
    assert shown.counts["medium"] == LINES_MAX + 7


def test_time_alone_shows_what_was_held_back_and_what_was_shelved(room: ControlRoom) -> None:
    raised(room, "s0", delay_s=20)
    raised(room, "s1")
    known, until = room.alarms.known, NIGHT + timedelta(seconds=60)
    alarm = AlarmId("position:s1")
    known.shelve(
        AlarmShelved(
            at=NIGHT, by=LAN, alarm=alarm, seen=known.raised, until=until, reason="chatters"
        )
    )
    lines = AlarmLines(room)

    def states(after_s: float) -> dict[str, str]:
        shown = lines.shown(NIGHT + timedelta(seconds=after_s), ())
        return {ident: line["state"] for ident, line in shown.lines.items()}

    assert states(0) == {"position:s1": "shelved"}
    assert states(20) == {"position:s0": "unacknowledged", "position:s1": "shelved"}
    assert states(60) == {"position:s0": "unacknowledged", "position:s1": "unacknowledged"}


def test_a_silent_journal_stands_first_and_nobody_can_acknowledge_it(room: ControlRoom) -> None:
    raised(room, "s0")
    blind = [because("links-blind", count=1, all=1), because("journal-blind", seconds=4)]
    shown = AlarmLines(room).shown(NIGHT, blind)
    first, second = shown.lines.values()
    assert (first["id"], first["may_acknowledge"]) == ("service:journal-blind", False)
    assert second["id"] == "position:s0"
    SHAPE.validate_python(shown.lines)
