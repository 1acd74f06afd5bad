"""What is told of the past: every incident by time, and its course to the second."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from gridops.api import history_view as history
from gridops.api.feed import to_json
from gridops.api.history_shapes import CourseShape, PastIncident
from gridops.events import SwitchMoved
from gridops.ids import IncidentId, SwitchId
from gridops.measurement import Position
from gridops.network import draw
from tests.unit.test_api_views import RING, after, night, room_of, strike

ROWS = TypeAdapter(list[PastIncident])
NOW = after(120)


def opened(rows: list[dict[str, Any]]) -> list[str]:
    ROWS.validate_python(rows)
    to_json(rows)
    return [row["id"] for row in rows]


def test_the_latest_incident_comes_first_and_none_that_came_later(tmp_path: Path) -> None:
    with night(tmp_path, strike("A", at_s=10), strike("D", at_s=50), until_s=120) as room:
        rows = history.history_view(room, until=NOW, count=10, now=NOW)
        assert opened(rows) == ["I2", "I1"]
        between = history.history_view(room, until=after(30), count=10, now=NOW)
        assert opened(between) == ["I1"]
        assert opened(history.history_view(room, until=after(5), count=10, now=NOW)) == []
        assert opened(history.history_view(room, until=NOW, count=1, now=NOW)) == ["I2"]
    assert rows[1]["customers_interrupted"] == 300
    assert rows[1]["customer_minutes"] > 0


def test_a_course_says_what_was_dark_from_which_moment_on(tmp_path: Path) -> None:
    with night(tmp_path, strike("A"), release_after_s=2, until_s=120) as room:
        course = history.course_view(room, IncidentId("I1"), now=NOW)
        CourseShape.model_validate(course)
        to_json(course)
        booked = room.books.customer_minutes_of(IncidentId("I1"), NOW)
    first, *_, last = course["moments"]
    assert first["dark"] == ["SA", "SB", "SC"]
    assert last["dark"] == ["SA", "SB"]
    assert course["sheets"] == [course["incident"]["sheet"]]
    # The area below the course is what the ledger counts.
    times = [datetime.fromisoformat(one["at"]) for one in course["moments"]] + [NOW]
    assert times == sorted(times)
    area = sum(
        one["customers_out"] * ((end - begin) / timedelta(minutes=1))
        for one, begin, end in zip(course["moments"], times, times[1:], strict=False)
    )
    assert area == pytest.approx(booked)


def test_a_long_course_keeps_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with night(tmp_path, strike("A"), release_after_s=2, until_s=120) as room:
        whole = history.course_view(room, IncidentId("I1"), now=NOW)["moments"]
        monkeypatch.setattr(history, "COURSE_MAX", 1)
        short = history.course_view(room, IncidentId("I1"), now=NOW)
    assert len(whole) > 1
    assert short["moments"] == whole[-1:]
    assert short["moments_all"] == len(whole)


def test_a_moment_is_told_with_the_time_at_which_the_room_knew_of_it(tmp_path: Path) -> None:
    def moved(switch: str, to: Position, *, at_s: float, known_s: float) -> SwitchMoved:
        return SwitchMoved(
            at=after(known_s), source_time=after(at_s), switch=SwitchId(switch), position=to
        )

    network = draw(RING)
    with room_of(network, tmp_path) as room:
        room.start(after(0))
        normal = ((s.id, s.normal_position) for s in network.switches.values())
        room.accept([moved(s, to, at_s=0, known_s=0) for s, to in normal])
        opened = moved("b1", Position.OPEN, at_s=10, known_s=14)
        room.accept([opened])
        room.accept([moved("t1", Position.CLOSED, at_s=30, known_s=30.5)])
        course = history.course_view(room, IncidentId("I1"), now=NOW)
    told = [(one["at"], one["known_at"]) for one in course["moments"]]
    assert told == [
        (after(10).isoformat(), after(14).isoformat()),
        (after(30).isoformat(), after(30.5).isoformat()),
    ]
