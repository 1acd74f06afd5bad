"""What is told of the past: every incident by time, and its course to the second."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from gridops.api import history_view as history
from gridops.api.feed import to_json
from gridops.api.history_shapes import CourseShape, PastIncident
from gridops.ids import IncidentId
from tests.unit.test_api_views import after, night, strike

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
