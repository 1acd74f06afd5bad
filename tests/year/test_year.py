"""A year of a small city balances with the field; `python -m tests.year` plays a large one."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gridops.bootstrap.replaying import replay_journal
from gridops.ids import LoadId
from gridops.outage import Cause
from tests.year.drawn import Climate, drawn_year
from tests.year.judging import balance
from tests.year.playing import BEGIN, Played, city_of, play_year
from tests.year.witness import Span, Truth

ROUGH = Climate(planned_per_feeder=1.5, source_losses_per_year=0.3)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, Path]:
    folder = tmp_path_factory.mktemp("year")
    return play_year(city_of(5, seed=1), folder, seed=4, climate=ROUGH), folder


def test_the_ledger_is_the_truth_load_by_load_to_the_microsecond(
    played: tuple[Played, Path],
) -> None:
    year, _ = played
    assert year.balance.different == []
    assert year.balance.true_customer_s == year.balance.booked_customer_s > 0
    assert not any(one.is_clamped for one in year.room.books.ledger.interruptions)


def test_the_year_had_faults_that_stayed_and_passed_and_work(played: tuple[Played, Path]) -> None:
    causes = Counter(incident.cause for incident in played[0].room.desk.incidents.values())
    assert causes[Cause.FAULT]
    assert causes[Cause.MOMENTARY]
    assert causes[Cause.PLANNED]
    assert not played[0].room.desk.open_incidents


def test_the_journal_alone_gives_the_same_bytes(played: tuple[Played, Path]) -> None:
    year, folder = played
    again = replay_journal(f"sqlite:///{folder}/journal.sqlite", verify=True)
    assert again.difference is None
    assert repr(again.room.books.ledger.interruptions) == repr(year.room.books.ledger.interruptions)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 9))
def test_other_cities_balance_as_well(tmp_path: Path, seed: int) -> None:
    year = play_year(city_of(10, seed=seed), tmp_path, seed=seed, climate=Climate())
    assert year.balance.different == []


# the lots and the judge


def test_the_same_seed_draws_the_same_year_with_storms_in_it() -> None:
    city = city_of(30, seed=1)
    calm = replace(Climate(), storms_per_year=0)
    one, same, other = (
        drawn_year(city, begin=BEGIN, seed=seed, climate=Climate()) for seed in (1, 1, 2)
    )
    assert one == same != other
    assert one == sorted(one, key=lambda each: each.at)

    def closest_ten(year: list[datetime]) -> timedelta:
        return min(later - earlier for earlier, later in zip(year, year[10:], strict=False))

    stormy = closest_ten([each.at for each in one])
    assert stormy < closest_ten(
        [each.at for each in drawn_year(city, begin=BEGIN, seed=1, climate=calm)]
    )


def at(second: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)


def test_the_judge_sees_a_second_a_load_and_an_end_that_is_missing() -> None:
    load, other = LoadId("A"), LoadId("B")
    truth: dict[LoadId, list[Span]] = {load: [(at(0), at(60))]}
    customers = {load: 10, other: 10}

    def different(ledger: dict[LoadId, list[Span]]) -> int:
        found = balance(truth, ledger, customers=customers, now=at(100))
        return len(found.different)

    assert different({load: [(at(0), at(60))]}) == 0
    assert different({load: [(at(0), at(61))]}) == 1
    assert different({load: [(at(0), None)]}) == 1
    assert different({}) == 1
    assert different({load: [(at(0), at(60))], other: [(at(3), at(4))]}) == 1


def test_the_witness_joins_what_touches_and_passes_over_what_took_no_time() -> None:
    truth, load = Truth(), LoadId("A")
    truth.lost(load, at(0))
    truth.back(load, at(60))
    truth.lost(load, at(60))
    truth.back(load, at(90))
    truth.lost(load, at(100))
    truth.back(load, at(100))
    assert truth.of == {load: [(at(0), at(90))]}
    truth.lost(load, at(200))
    assert truth.of[load][-1] == (at(200), None)
