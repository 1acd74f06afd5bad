"""Clock trouble through the whole room: journal, desk, ledger, account, and the same again from
the journal."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from night import LAN, Night

from gridops.adapters.journal import SqlJournal, open_journal
from gridops.adapters.ruleset_files import read_ruleset
from gridops.events import Event, LinkLost, LinkRestored, MinutesCorrected, SwitchMoved
from gridops.ids import LinkId, SwitchId
from gridops.measurement import Position
from gridops.network import draw
from gridops.reliability import (
    IEEE1366,
    Account,
    By,
    Indices,
    Interruption,
    Period,
    RuleSet,
    Served,
    days_of,
    table_of,
)
from tests.playbook import FEEDER

OPEN, CLOSED = Position.OPEN, Position.CLOSED
HANOI, DUBLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Dublin")
VIETNAM = read_ruleset("vn-tt39")
BEHIND_B1 = 500
"""Customers: A to E."""
HOUR = timedelta(hours=1)


def local(text: str, zone: tzinfo, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


class Clockwork(Night):
    """A night in which breaker b1 tells when it moved by a clock of its own."""

    def b1(self, position: Position, *, clock: timedelta = timedelta(0)) -> None:
        self.field[SwitchId("b1")] = position
        self.tell(self.word("b1", position, clock=clock))

    def word(
        self, switch: str, position: Position, *, clock: timedelta = timedelta(0)
    ) -> SwitchMoved:
        return SwitchMoved(
            at=self.now, source_time=self.now + clock, switch=SwitchId(switch), position=position
        )

    def until(self, instant: datetime) -> None:
        self.wait((instant - self.now).total_seconds())

    @property
    def booked(self) -> tuple[Interruption, ...]:
        return self.room.books.ledger.interruptions

    def of(self, load: str) -> list[Interruption]:
        return [one for one in self.booked if one.load == load]

    def account(self, zone: tzinfo, rules: RuleSet = IEEE1366) -> Account:
        return Account(
            table=table_of(self.booked),
            ruleset=rules,
            served=Served(((datetime(2000, 1, 1, tzinfo=UTC), self.room.network.customers),)),
            now=self.now,
            zone=zone,
        )

    def comes_again(self) -> None:
        """A room that knows nothing but the journal has booked the same."""
        again = self.recovered(draw(FEEDER))
        assert again.books.ledger.interruptions == self.booked


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqlJournal]:
    opened = open_journal(f"sqlite:///{tmp_path}/night.sqlite")
    yield opened
    opened.close()


def lost(
    journal: SqlJournal, began: datetime, ended: datetime, *, before: timedelta = HOUR
) -> Clockwork:
    """b1 opens and is closed again, its clock right."""
    night = Clockwork(journal, draw(FEEDER), at=began - before)
    night.until(began)
    night.b1(OPEN)
    night.until(ended)
    night.b1(CLOSED)
    night.wait(60)
    return night


def year(number: int, zone: tzinfo) -> Period:
    return Period(local(f"{number}-01-01", zone), local(f"{number + 1}-01-01", zone))


def month(text: str, following: str, zone: tzinfo) -> Period:
    return Period(local(text, zone), local(following, zone))


def by_day(found: Account, period: Period) -> dict[str | None, float]:
    groups = found.groups(period, By.DAY)
    return {g.key: g.share.customer_minutes for g in groups if g.share.customer_minutes}


# the clocks change


def test_an_interruption_over_the_hour_that_does_not_exist(journal: SqlJournal) -> None:
    """Dublin, 29 March 2026: from 00:30 to 02:30 is one hour, on a day of 23."""
    began, ended = local("2026-03-29T00:30", DUBLIN), local("2026-03-29T02:30", DUBLIN)
    night = lost(journal, began, ended)
    found = night.account(DUBLIN)
    day = next(d for d in days_of(year(2026, DUBLIN), DUBLIN) if began in d)
    assert day.length == 23 * HOUR
    assert by_day(found, year(2026, DUBLIN)) == {"2026-03-29": BEHIND_B1 * 60.0}
    night.comes_again()


def test_an_interruption_over_the_hour_that_comes_twice(journal: SqlJournal) -> None:
    """Dublin, 25 October 2026: from the first 01:30 to the second is an hour, on a day of 25."""
    began = local("2026-10-25T01:30", DUBLIN)
    night = lost(journal, began, local("2026-10-25T01:30", DUBLIN, fold=1))
    found = night.account(DUBLIN)
    day = next(d for d in days_of(year(2026, DUBLIN), DUBLIN) if began in d)
    assert day.length == 25 * HOUR
    assert by_day(found, year(2026, DUBLIN)) == {"2026-10-25": BEHIND_B1 * 60.0}
    night.comes_again()


# midnight, month, year, leap day


@pytest.mark.parametrize("rules", [IEEE1366, VIETNAM], ids=lambda rules: rules.name)
def test_over_the_end_of_day_month_and_year_all_is_where_it_began(
    journal: SqlJournal, rules: RuleSet
) -> None:
    night = lost(journal, local("2026-12-31T23:50", HANOI), local("2027-01-01T00:20", HANOI))
    found = night.account(HANOI, rules)
    old, new = (found.indices(year(number, HANOI)) for number in (2026, 2027))
    assert (old.customer_minutes, old.customer_interruptions) == (BEHIND_B1 * 30.0, BEHIND_B1)
    assert (new.customer_minutes, new.customer_interruptions) == (0.0, 0)
    assert by_day(found, year(2026, HANOI)) == {"2026-12-31": BEHIND_B1 * 30.0}
    night.comes_again()


def test_over_the_leap_day_and_the_end_of_its_month(journal: SqlJournal) -> None:
    """28 February 2028, 23:00, to 1 March, 01:00: a day and two hours."""
    began, ended = local("2028-02-28T23:00", HANOI), local("2028-03-01T01:00", HANOI)
    night = lost(journal, began, ended)
    found = night.account(HANOI)
    february = found.indices(month("2028-02-01", "2028-03-01", HANOI))
    assert february.customer_minutes == BEHIND_B1 * 26 * 60.0
    assert february.service_min == 29 * 24 * 60
    march: Indices = found.indices(month("2028-03-01", "2028-04-01", HANOI))
    assert march.customer_minutes == 0.0
    night.comes_again()


# a month later


def test_a_correction_a_month_later_counts_in_the_month_of_the_interruption(
    journal: SqlJournal,
) -> None:
    """By the meters A was without supply from a quarter past eleven on; told on 28 February."""
    night = lost(journal, local("2027-01-31T23:30", HANOI), local("2027-02-01T00:30", HANOI))
    january = month("2027-01-01", "2027-02-01", HANOI)
    february = month("2027-02-01", "2027-03-01", HANOI)
    assert night.account(HANOI).indices(january).customer_minutes == BEHIND_B1 * 60.0
    night.until(local("2027-02-28T09:00", HANOI))
    (of_a,) = night.of("A")
    night.tell(
        MinutesCorrected(
            at=night.now,
            by=LAN,
            reason="meters",
            interruption=of_a.id,
            began=local("2027-01-31T23:15", HANOI),
        )
    )
    found = night.account(HANOI)
    assert found.indices(january).customer_minutes == BEHIND_B1 * 60.0 + of_a.customers * 15.0
    assert found.indices(february).customer_minutes == 0.0
    booked, corrected = night.room.books.ledger.history(of_a.id).versions()
    assert (booked.told_at, corrected.told_at) == (None, night.now)
    night.comes_again()


# clocks of devices that are off


@pytest.mark.parametrize("off", [-HOUR, HOUR, timedelta(days=-365)], ids=["slow", "fast", "year"])
def test_a_device_whose_clock_is_off_is_booked_by_the_arrival_and_it_is_said(
    journal: SqlJournal, off: timedelta
) -> None:
    """The loss is told by b1, whose clock is off; the return by t1 for E alone, whose is right."""
    night = Clockwork(journal, draw(FEEDER))
    night.wait(600)
    began = night.now
    night.b1(OPEN, clock=off)
    night.wait(400)
    night.tell(night.word("s4", OPEN))
    night.tell(night.word("t1", CLOSED))
    night.wait(200)
    night.b1(CLOSED, clock=off)
    (by_another,), (by_itself,) = night.of("E"), night.of("A")
    assert (by_another.began, by_another.ended) == (began, began + timedelta(seconds=400))
    assert (by_itself.began, by_itself.ended) == (began, began + timedelta(seconds=600))
    assert by_another.is_clamped
    assert by_itself.is_clamped
    said = [n.reason for i in night.room.desk.incidents.values() for n in i.timeline]
    (clock,) = [reason for reason in said if reason.code == "clock-off"]
    assert clock.params["device"] == "b1"
    assert clock.params["seconds"] == off.total_seconds()
    night.comes_again()


def test_a_word_that_is_only_late_keeps_its_time(journal: SqlJournal) -> None:
    night = Clockwork(journal, draw(FEEDER))
    night.wait(600)
    night.b1(OPEN, clock=timedelta(seconds=-40))
    (lasting,) = night.of("A")
    assert lasting.began == night.now - timedelta(seconds=40)
    assert not lasting.is_clamped


def test_what_happened_while_a_link_was_down_is_booked_when_it_happened(
    journal: SqlJournal,
) -> None:
    """Twenty minutes old on arrival, and yet no wrong clock: the link was not there to tell it."""
    night = Clockwork(journal, draw(FEEDER))
    night.wait(600)
    (link,) = night.room.network.links
    night.tell(LinkLost(at=night.now, link=LinkId(link), why="cut"))
    gap_since = night.now
    night.wait(1800)
    night.field[SwitchId("b1")] = OPEN
    opened_at = night.now - timedelta(minutes=20)
    told: Sequence[Event] = [
        SwitchMoved(at=night.now, source_time=opened_at, switch=one.switch, position=one.position)
        if isinstance(one, SwitchMoved) and one.switch == "b1"
        else one
        for one in night.reading()
        if isinstance(one, SwitchMoved)
    ]
    night.tell(LinkRestored(at=night.now, link=LinkId(link), epoch=2, gap_since=gap_since), *told)
    (lasting,) = night.of("A")
    assert (lasting.began, lasting.is_clamped) == (opened_at, False)


# order


def test_words_that_come_twice_and_the_wrong_way_round_are_the_same_interruptions(
    journal: SqlJournal, tmp_path: Path
) -> None:
    """Open at 0 s, closed at 400, open at 500, closed at 1000; told in order, then shuffled."""
    plain = Clockwork(journal, draw(FEEDER))
    plain.wait(600)
    start = plain.now
    story = [(0, OPEN), (400, CLOSED), (500, OPEN), (1000, CLOSED)]
    for second, position in story:
        plain.until(start + timedelta(seconds=second))
        plain.b1(position)
    other = open_journal(f"sqlite:///{tmp_path}/other.sqlite")
    shuffled = Clockwork(other, draw(FEEDER))
    shuffled.wait(600)
    for second, position in story:
        shuffled.until(start + timedelta(seconds=second))
        shuffled.b1(position)
        shuffled.wait(3)
        shuffled.b1(position, clock=timedelta(seconds=-3))
        if second:
            earlier = [p for s, p in story if s < second][-1]
            shuffled.tell(shuffled.word("b1", earlier, clock=timedelta(seconds=-50)))
    found = [(one.load, one.began, one.ended) for one in shuffled.booked]
    other.close()
    assert found == [(one.load, one.began, one.ended) for one in plain.booked]
