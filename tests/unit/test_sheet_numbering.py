"""Numbers of sheets: by the local month, each once, whatever the clock does."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.sheets.numbering import Numbering

HANOI = "Asia/Ho_Chi_Minh"
BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+00:00")


BEGIN = utc("2025-12-01T00:00")


def numbers(zone: str | None, *instants: str, planned: bool = True) -> list[str]:
    series = Numbering(time_zone=zone)
    return [series.next(utc(each), planned=planned) for each in instants]


def test_they_count_up_within_a_month_and_begin_again_with_the_next() -> None:
    assert numbers(HANOI, "2026-11-03T02:00", "2026-11-29T02:00", "2026-12-01T02:00") == [
        "01/11/2026",
        "02/11/2026",
        "01/12/2026",
    ]


def test_planned_and_unplanned_sheets_share_one_series() -> None:
    series = Numbering(time_zone=HANOI)
    at = utc("2026-11-03T02:00")
    given_out = [series.next(at, planned=planned) for planned in (True, False, True)]
    assert given_out == ["01/11/2026", "02/11/2026-ĐX", "03/11/2026"]


def test_the_month_is_the_local_one() -> None:
    assert numbers(HANOI, "2026-11-30T16:59", "2026-11-30T17:00") == ["01/11/2026", "01/12/2026"]
    assert numbers(None, "2026-11-30T17:00", "2026-12-01T00:00") == ["01/11/2026", "01/12/2026"]


def test_the_year_ends_by_the_local_clock() -> None:
    assert numbers(HANOI, "2026-12-31T16:59", "2026-12-31T17:00") == ["01/12/2026", "01/01/2027"]


@pytest.mark.parametrize(
    ("last", "first", "month"),
    [
        # Summer time begins and ends on the last Sunday, and here that is the end of the month.
        ("2024-03-31T21:59", "2024-03-31T22:00", "03"),
        ("2027-10-31T22:59", "2027-10-31T23:00", "10"),
    ],
)
def test_a_month_that_ends_on_the_day_of_a_clock_change(last: str, first: str, month: str) -> None:
    got = numbers(BERLIN, last, first)
    following = f"{int(month) + 1:02d}"
    assert [each.split("/")[1] for each in got] == [month, following]
    assert [each.split("/")[0] for each in got] == ["01", "01"]


def test_the_hour_that_comes_twice_gives_two_numbers() -> None:
    assert numbers(BERLIN, "2026-10-25T00:30", "2026-10-25T01:30") == ["01/10/2026", "02/10/2026"]


def test_a_late_event_of_the_month_before_counts_on_there() -> None:
    assert numbers(HANOI, "2026-11-30T16:00", "2026-12-01T00:00", "2026-11-30T16:30") == [
        "01/11/2026",
        "01/12/2026",
        "02/11/2026",
    ]


def test_more_than_ninety_nine_get_a_third_digit() -> None:
    assert numbers(HANOI, *["2026-11-03T02:00"] * 100)[-2:] == ["99/11/2026", "100/11/2026"]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 19_000).map(lambda hours: BEGIN + timedelta(hours=hours)),
            st.booleans(),
        ),
        max_size=40,
    ),
    st.sampled_from([HANOI, BERLIN, "America/Sao_Paulo", "Pacific/Kiritimati", None]),
)
def test_no_number_is_given_twice_and_none_is_left_out(
    sheets: list[tuple[datetime, bool]], zone: str | None
) -> None:
    series = Numbering(time_zone=zone)
    given_out = [series.next(at, planned=planned).removesuffix("-ĐX") for at, planned in sheets]
    assert len(set(given_out)) == len(given_out)
    by_month: dict[str, list[int]] = {}
    for each in given_out:
        count, _, month = each.partition("/")
        by_month.setdefault(month, []).append(int(count))
    for counts in by_month.values():
        assert counts[0] == 1
        assert all(later - earlier == 1 for earlier, later in pairwise(counts))


def test_two_folds_of_the_same_events_give_the_same_numbers() -> None:
    begin = utc("2026-11-28T20:00")
    instants = [begin + timedelta(hours=7 * k) for k in range(20)]
    one, other = Numbering(time_zone=HANOI), Numbering(time_zone=HANOI)
    assert [one.next(at, planned=True) for at in instants] == [
        other.next(at, planned=True) for at in instants
    ]
