"""A ledger as columns: whatever way it grew, it is counted as if it had been laid out at once."""

import random
from dataclasses import replace
from datetime import UTC

import pytest
from test_books_incidents import NESTED, Booked

from gridops.network import draw
from gridops.reliability import (
    IEEE1366,
    Account,
    By,
    Columns,
    Interruption,
    InterruptionTable,
    Period,
    Served,
    report_of,
    table_of,
)
from gridops.reliability.interruptions import TICK, UNEXPLAINED
from gridops.reliability.table import ticks_at
from tests.playbook import Wait
from tests.playbook_words import Repaired, Tripped
from tests.random_ledgers import Case, random_case


def counted(case: Case, table: InterruptionTable, by: By) -> object:
    account = Account(
        table=table,
        ruleset=IEEE1366,
        served=Served(((case.begin, 500),)),
        now=case.now,
        zone=case.zone,
    )
    plain = report_of(account, Period(case.begin, case.end), source="case", by=by).to_plain()
    plain["groups"].sort(key=repr)
    plain["worst"].sort(key=repr)
    return plain


def as_first_learnt(one: Interruption, dice: random.Random) -> Interruption:
    """What a ledger held before it knew the end and the cause."""
    ended = None if dice.random() < 0.5 else one.ended
    return replace(one, ended=ended, why=UNEXPLAINED, incident=None)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("by", [By.FEEDER, By.CAUSE, By.MONTH])
def test_rows_that_were_written_over_count_as_they_stand_now(seed: int, by: By) -> None:
    case, dice = random_case(seed), random.Random(seed)
    columns = Columns()
    for place, one in enumerate(case.pieces):
        columns.put(place, as_first_learnt(one, dice))
        for earlier in dice.sample(range(place + 1), min(place + 1, 2)):
            columns.put(earlier, case.pieces[earlier])
    for place, one in enumerate(case.pieces):
        columns.put(place, one)
    assert len(columns) == len(case.pieces)
    grown = counted(case, columns.table(clock=case.clock), by)
    assert grown == counted(case, table_of(case.pieces, clock=case.clock), by)


def test_what_was_taken_apart_stays_as_it_was() -> None:
    case = random_case(3)
    columns = Columns()
    for place, one in enumerate(case.pieces[:5]):
        columns.put(place, one)
    apart = columns.apart()
    before = counted(case, apart.table(clock=case.clock), By.FEEDER)
    for place, one in enumerate(case.pieces):
        columns.put(place, replace(one, customers=one.customers + 1))
    assert counted(case, apart.table(clock=case.clock), By.FEEDER) == before
    assert len(apart) == 5 < len(columns)


def test_customer_time_of_all_is_that_of_each() -> None:
    case = random_case(11)
    columns = Columns()
    for place, one in enumerate(case.pieces):
        columns.put(place, one)
    each = sum(one.customers * (one.duration(case.now) // TICK) for one in case.pieces)
    assert columns.customer_ticks(ticks_at(case.now)) == pytest.approx(each, rel=1e-12)


def test_books_are_counted_as_their_ledger_says_after_every_fact() -> None:
    play = Booked.over(draw(NESTED))
    for fact in (Tripped("r1"), Tripped("r2"), Wait(1), Tripped("b1"), Wait(600), Repaired()):
        play.forget() >> fact
        books = play.books  # type: ignore[attr-defined]
        booked = books.booked()
        assert booked is books.booked()
        assert len(booked.columns) == len(books.ledger.interruptions) > 0
        grown = booked.account(IEEE1366, now=play.now, zone=UTC)
        laid = replace(grown, table=table_of(books.ledger.interruptions))
        today = books.today(play.now)
        assert grown.indices(today) == laid.indices(today)
        assert grown.groups(today, By.CAUSE) == laid.groups(today, By.CAUSE)
        assert grown.lasting(today) == len(books.ledger.lasting)
