"""Clock trouble, groups and major event days, as dialogues with an account."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from reference_folders import source_of

from gridops.adapters.ruleset_files import read_ruleset
from gridops.ids import FeederId, IncidentId, LoadId, ProfileId, SectionId
from gridops.network import Profile
from gridops.reliability import (
    IEEE1366,
    Account,
    By,
    Circumstance,
    CustomerBase,
    Interruption,
    InterruptionTable,
    MinutesBelongTo,
    NotCounted,
    Period,
    RuleSet,
    Served,
    YearLength,
    days_of,
    indices,
    months_of,
    table_of,
)

HANOI, DUBLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Dublin")
VIETNAM = read_ruleset("vn-tt39")
FALL = replace(IEEE1366, minutes_belong_to=MinutesBelongTo.WHERE_THEY_FALL)


def at(text: str, zone: tzinfo = HANOI, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def year(number: int, zone: tzinfo = HANOI) -> Period:
    return Period(at(f"{number}-01-01", zone), at(f"{number + 1}-01-01", zone))


def gone(
    began: datetime,
    minutes: float,
    customers: int = 10,
    *,
    load: str = "L1",
    feeder: str | None = "F1",
    why: Circumstance | None = None,
    incident: str | None = None,
    profile: Profile | None = None,
) -> Interruption:
    return Interruption(
        load=LoadId(load),
        section=SectionId("S"),
        feeder=None if feeder is None else FeederId(feeder),
        customers=customers,
        p_w=6000.0,
        p_at=began,
        began=began,
        ended=began + timedelta(minutes=minutes),
        incident=None if incident is None else IncidentId(incident),
        why=why or Circumstance(),
        area="Tây Hồ" if load == "L1" else None,
        priority=1 if load == "L1" else None,
        profile=profile,
    )


def account(
    *lost: Interruption,
    rules: RuleSet = IEEE1366,
    zone: tzinfo = HANOI,
    served: Served | None = None,
    clock: tzinfo | None = None,
) -> Account:
    return Account(
        table=table_of(lost, clock=clock),
        ruleset=rules,
        served=served or Served(((at("2000-01-01"), 100),)),
        now=at("2030-01-01"),
        zone=zone,
    )


def shares(found: Account, period: Period, by: By) -> dict[str | None, float]:
    return {g.key: g.share.customer_minutes for g in found.groups(period, by) if g.share.saidi_min}


# clocks


def test_over_midnight_month_and_year_end_all_is_where_it_began() -> None:
    found = account(gone(at("2025-12-31T23:50"), 30))
    assert found.indices(year(2025)).customer_minutes == 300
    assert found.indices(year(2026)).customer_minutes == 0
    assert shares(found, year(2025), By.DAY) == {"2025-12-31": 300}
    assert shares(found, year(2025), By.MONTH) == {"2025-12": 300}


def test_a_rule_set_may_give_each_day_its_own_minutes_and_the_first_the_count() -> None:
    found = account(gone(at("2025-12-31T23:50"), 30), rules=FALL)
    old, new = found.indices(year(2025)), found.indices(year(2026))
    assert (old.customer_minutes, old.customer_interruptions, old.ens_wh) == (100, 10, 1000)
    assert (new.customer_minutes, new.customer_interruptions, new.ens_wh) == (200, 0, 2000)
    both = Period(year(2025).begin, year(2026).end)
    assert shares(found, both, By.DAY) == {"2025-12-31": 100, "2026-01-01": 200}
    assert found.indices(both).customer_minutes == 300


def test_days_of_storm_get_their_parts_of_a_long_one() -> None:
    found = account(gone(at("2026-05-01T12:00"), 48 * 60, customers=1), rules=FALL)
    assert list(shares(found, year(2026), By.DAY).values()) == [720, 1440, 720]


def test_midnight_is_that_of_the_place_and_not_of_greenwich() -> None:
    lost = gone(at("2026-03-01T06:30"), 10)
    assert lost.began.day == 28
    assert shares(account(lost), year(2026), By.DAY) == {"2026-03-01": 100}


def test_an_hour_that_does_not_exist_is_no_hour_without_supply() -> None:
    """29 March 2026, Dublin: 00:59:59 is followed by 02:00."""
    before, after = at("2026-03-29T00:30", DUBLIN), at("2026-03-29T02:30", DUBLIN)
    lost = replace(gone(before, 0), ended=after)
    found = account(lost, zone=DUBLIN).indices(year(2026, DUBLIN))
    assert found.customer_minutes == 10 * 60
    day = next(d for d in days_of(year(2026, DUBLIN), DUBLIN) if before in d)
    assert day.minutes == 23 * 60


def test_an_hour_that_comes_twice_counts_twice() -> None:
    """25 October 2026, Dublin: 01:00 to 02:00 comes a second time."""
    lost = replace(
        gone(at("2026-10-25T01:30", DUBLIN), 0), ended=at("2026-10-25T01:30", DUBLIN, fold=1)
    )
    found = account(lost, zone=DUBLIN)
    assert found.indices(year(2026, DUBLIN)).customer_minutes == 10 * 60
    assert shares(found, year(2026, DUBLIN), By.DAY) == {"2026-10-25": 600}


def test_a_year_is_made_of_its_days_whatever_the_clocks_do() -> None:
    for zone in (HANOI, DUBLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Beirut")):
        for number, count in ((2024, 366), (2026, 365)):
            days = days_of(year(number, zone), zone)
            assert len(days) == count
            assert sum(day.minutes for day in days) == year(number, zone).minutes
            assert len(months_of(year(number, zone), zone)) == 12


def test_a_leap_day_is_an_hour_of_service_only_where_the_rule_set_says_so() -> None:
    lost = gone(at("2024-05-01T08:00"), 8760 * 60 / 100)
    short = replace(IEEE1366, year_length=YearLength.WITHOUT_LEAP_DAY)
    leap = account(lost).indices(year(2024))
    common = account(lost, rules=short).indices(year(2024))
    assert leap.service_min == 8784 * 60
    assert common.service_min == 8760 * 60
    assert common.asai == 1 - 0.1 * 8760 * 60 / 100 / (8760 * 60)
    assert account(rules=short).indices(year(2026)).service_min == 8760 * 60


# whom it is divided by


def test_the_months_customers_divide_and_the_year_follows_its_rule() -> None:
    served = Served(((at("2026-01-01"), 100), (at("2026-07-01"), 300)))
    lost = [gone(at("2026-03-05T08:00"), 60), gone(at("2026-09-05T08:00"), 60)]
    summed = account(*lost, rules=VIETNAM, served=served).indices(year(2026))
    assert summed.saidi_min == 600 / 100 + 600 / 300
    ratio = account(*lost, served=served).indices(year(2026))
    assert ratio.saidi_min == pytest.approx(1200 / ((181 * 100 + 184 * 300) / 365))
    for base, customers in ((CustomerBase.BEGIN, 100), (CustomerBase.END, 300)):
        rules = replace(IEEE1366, customers=base)
        found = account(*lost, rules=rules, served=served).indices(year(2026))
        assert (found.customers_served, found.saidi_min) == (customers, 1200 / customers)


def test_a_group_adds_its_share_and_has_figures_of_its_own() -> None:
    new_year = at("2026-01-01")
    groups = {"F1": ((new_year, 40),), "F2": ((new_year, 60),)}
    served = Served(((new_year, 100),), {"feeder": groups})
    found = account(
        gone(at("2026-03-05T08:00"), 60),
        gone(at("2026-03-05T08:00"), 30, load="L2", feeder="F2"),
        gone(at("2026-03-06T08:00"), 6, load="L3", feeder=None),
        served=served,
    )
    groups = found.groups(year(2026), By.FEEDER)
    assert [g.key for g in groups] == ["F1", "F2", None]
    assert [g.share.saidi_min for g in groups] == [6, 3, 0.6]
    assert [g.own and g.own.saidi_min for g in groups] == [15, 5, None]
    assert sum(g.share.saidi_min for g in groups) == found.indices(year(2026)).saidi_min
    assert shares(found, year(2026), By.AREA) == {"Tây Hồ": 600, None: 360}
    assert shares(found, year(2026), By.PRIORITY) == {"1": 600, None: 360}
    assert shares(found, year(2026), By.LOAD) == {"L1": 600, "L2": 300, "L3": 60}


def test_nobody_served_is_an_error() -> None:
    with pytest.raises(ValueError, match="customers"):
        account(served=Served(((at("2026-01-01"), 0),))).indices(year(2026))


# short ones


def test_a_recloser_that_works_three_times_in_five_minutes_is_one_event() -> None:
    shots = [gone(at("2026-03-05T08:00") + timedelta(minutes=m), 0.1) for m in (0, 2, 5, 5.2)]
    found = account(*shots).indices(year(2026))
    assert (found.maifi, found.maifi_e) == (0.4, 0.2)


def test_shots_before_a_lockout_belong_to_it_though_records_keep_them_apart() -> None:
    shots = [gone(at("2026-03-05T08:00") + timedelta(minutes=m), 0.1) for m in (0, 2)]
    lockout = gone(at("2026-03-05T08:03"), 90)
    found = account(*shots, lockout).indices(year(2026))
    assert (found.saifi, found.maifi, found.maifi_e) == (0.1, 0, 0)
    counts = replace(IEEE1366, shots_before_lockout_count=True)
    assert account(*shots, lockout, rules=counts).indices(year(2026)).maifi == 0.2


# what does not count


def test_what_is_left_out_is_told_with_its_reason() -> None:
    rules = replace(
        IEEE1366, planned_counts=False, source_lost_counts=False, excluded=frozenset({"theft"})
    )
    found = account(
        gone(at("2026-03-05T08:00"), 60, why=Circumstance(cause="planned", planned=True)),
        gone(at("2026-03-06T08:00"), 60, why=Circumstance(cause="lost_supply", source_lost=True)),
        gone(at("2026-03-07T08:00"), 60, why=Circumstance(cause="theft")),
        gone(at("2026-03-08T08:00"), 60),
        rules=rules,
    )
    assert found.indices(year(2026)).customer_minutes == 600
    told = {one.why: one.customer_minutes for one in found.left_out(year(2026))}
    assert told == dict.fromkeys(NotCounted, 600)


# major event days


def test_the_threshold_comes_from_the_years_before_and_a_storm_day_is_left_out() -> None:
    calm = [
        gone(at(f"{y}-{m:02}-11T08:00"), 20 + 5 * m, load=f"L{m}")
        for y in range(2021, 2027)
        for m in range(1, 13)
    ]
    storm = [gone(at("2026-09-07T19:00"), 2000, load=f"L{k}") for k in range(9)]
    late = gone(at("2019-09-07T19:00"), 9000)
    found = account(*calm, *storm, late)
    days = found.major_event_days(year(2026))
    assert days.history == Period(at("2021-01-01"), at("2026-01-01"))
    assert days.days_with_interruptions == 60
    assert [(d.begin, saidi) for d, saidi in days.days] == [(at("2026-09-07"), 1800)]
    without = found.indices(year(2026), without=[day for day, _ in days.days])
    assert without.customer_minutes == sum(10 * (20 + 5 * m) for m in range(1, 13))
    assert found.indices(year(2026)).customer_minutes == without.customer_minutes + 180_000


def test_without_years_before_the_period_speaks_for_itself_and_says_so() -> None:
    found = account(*(gone(at(f"2026-03-{d:02}T08:00"), 10 * d) for d in (1, 2, 5)))
    days = found.major_event_days(year(2026))
    assert days.history == year(2026)
    assert days.days_with_interruptions == 3
    assert account(gone(at("2026-03-01"), 9)).major_event_days(year(2026)).threshold_min is None
    assert account(rules=VIETNAM).major_event_days(year(2026)).threshold_min is None


# customers who had much


def test_who_had_much_is_counted_by_customer_and_not_by_interruption() -> None:
    lost = [
        gone(at("2026-03-05T08:00"), 60),
        gone(at("2026-04-05T08:00"), 60),
        gone(at("2026-05-05T08:00"), 9 * 60, customers=4),
        gone(at("2026-06-05T08:00"), 1),
        gone(at("2026-03-05T08:00"), 25 * 60, customers=30, load="L2"),
    ]
    burden = account(*lost).burden(year(2026))
    assert burden is not None
    assert burden.customers_hit == 40
    assert burden.caifi == (10 + 10 + 4 + 30) / 40
    assert [burden.cemi[n] for n in (1, 2, 3, 4)] == [0.4, 0.1, 0.04, 0]
    assert [burden.cemsmi[n] for n in (1, 2, 3, 4)] == [0.4, 0.1, 0.1, 0.04]
    assert list(burden.celid_single.values()) == [0.34]
    assert list(burden.celid_total.values()) == [0.3]


def test_who_was_dark_all_the_time_is_interrupted_once_whatever_was_guessed() -> None:
    """I2 goes on where I1 was said to be mended, and drops the load once more an hour later."""
    began, again = at("2026-03-05T08:00"), at("2026-03-05T08:30")
    guesses = [
        gone(began, 30, incident="I1"),
        replace(gone(again, 30, incident="I2"), goes_on=True),
        gone(at("2026-03-05T10:00"), 15, incident="I2"),
        gone(at("2026-03-06T08:00"), 15, incident="I3"),
    ]
    found = account(*guesses).indices(year(2026))
    assert (found.customer_interruptions, found.customer_minutes) == (20, 10 * 90)
    moved = replace(guesses[1], began=again + timedelta(minutes=1))
    apart = account(guesses[0], moved, *guesses[2:]).indices(year(2026))
    assert apart.customer_interruptions == 30


def test_records_without_a_place_tell_nothing_of_single_customers() -> None:
    table = table_of([gone(at("2026-03-05T08:00"), 60)])
    plain = {name: getattr(table, name) for name in table.__dataclass_fields__}
    unplaced = InterruptionTable(**{**plain, "are_loads_known": False})
    found = replace(account(), table=unplaced)
    assert found.burden(year(2026)) is None
    assert found.indices(year(2026)).saifi == 0.1


# energy

EVENING = Profile(
    id=ProfileId("evening"), name="", factors=(0.5,) * 18 + (1.0, 1.25, 1.0, 0.75, 0.5, 0.5)
)


def energy_wh(*lost: Interruption, zone: tzinfo = HANOI, clock: tzinfo | None = HANOI) -> object:
    """In all, and how much of it is flat."""
    found = account(*lost, zone=zone, clock=clock).indices(year(2026, zone))
    return found.ens_wh, found.ens_flat_wh


def test_energy_goes_with_the_hours_of_the_load_that_was_lost() -> None:
    """The example of docs/minutes.md: 6 kW at 17:30, when the profile says 0.5."""
    assert energy_wh(gone(at("2026-03-05T17:30"), 150, profile=EVENING)) == (30_000, 0)


def test_energy_over_days_is_that_of_whole_days_and_what_is_left() -> None:
    day_kwh = 6 / 0.5 * (18 * 0.5 + 1 + 1.25 + 1 + 0.75 + 0.5 + 0.5)
    two_days_and_an_hour = gone(at("2026-03-05T03:00"), 49 * 60, profile=EVENING)
    assert energy_wh(two_days_and_an_hour) == ((2 * day_kwh + 6) * 1000, 0)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_energy_goes_by_the_clock_on_the_wall_where_it_is_changed(day: str, hours: int) -> None:
    """Midnight to midnight: the hour that is skipped or comes twice is one of 0.5."""
    lost = gone(at(f"{day}T00:00", DUBLIN), hours * 60, profile=EVENING)
    evening_kwh = 6 / 0.5 * (1 + 1.25 + 1 + 0.75 + 0.5 + 0.5)
    wanted = (evening_kwh + 6 * (hours - 6)) * 1000
    assert energy_wh(lost, zone=DUBLIN, clock=DUBLIN) == (wanted, 0)


def test_energy_is_flat_and_says_so_where_nothing_tells_the_hours() -> None:
    lost = gone(at("2026-03-05T17:30"), 150, profile=EVENING)
    assert energy_wh(lost, clock=None) == (15_000, 15_000)
    assert energy_wh(gone(at("2026-03-05T17:30"), 150)) == (15_000, 15_000)
    asleep = replace(EVENING, factors=(0.0,) * 18 + (1.0,) * 6)
    assert energy_wh(gone(at("2026-03-05T17:30"), 150, profile=asleep)) == (15_000, 15_000)
    both = (lost, gone(at("2026-03-06T17:30"), 60, load="L2"))
    assert energy_wh(*both) == (36_000, 6_000)


def test_a_load_that_was_never_measured_is_that_of_factor_1() -> None:
    """The stated load is the same by day and by night: only the hours without supply weigh it."""
    lost = replace(gone(at("2026-03-05T17:30"), 150, profile=EVENING), p_at=None)
    assert energy_wh(lost) == (15_000, 0)
    at_night = replace(gone(at("2026-03-05T02:00"), 150, profile=EVENING), p_at=None)
    assert energy_wh(at_night) == (7_500, 0)
    asleep = replace(EVENING, factors=(0.0,) * 18 + (1.0,) * 6)
    assert energy_wh(replace(lost, profile=asleep)) == (12_000, 0)
    assert energy_wh(replace(lost, profile=None)) == (15_000, 15_000)


def test_what_was_measured_stays_that_of_its_hour_when_the_beginning_is_corrected() -> None:
    """6 kW at 17:30, when the profile says 0.5, are 12 kW at factor 1; it began at 19:00."""
    lost = gone(at("2026-03-05T17:30"), 150, profile=EVENING)
    assert energy_wh(replace(lost, began=at("2026-03-05T19:00"))) == (15_000, 0)


def test_energy_of_a_month_is_that_of_its_hours_where_minutes_go_where_they_fall() -> None:
    lost = gone(at("2026-03-31T18:00"), 7 * 60, profile=EVENING)
    found = account(lost, rules=FALL, clock=HANOI)
    months = {g.key: g.share.ens_wh for g in found.groups(year(2026), By.MONTH)}
    assert months["2026-03"] == 6000 * (1 + 1.25 + 1 + 0.75 + 0.5 + 0.5)
    assert months["2026-04"] == 6000 * 0.5


# the worked example, and size


def test_the_worked_example_to_the_last_digit() -> None:
    example = source_of("ieee1366_examples")["feeder_example"]
    lost = [
        gone(at(f"2026-{e['start'].replace(' ', 'T')}"), e["minutes"], e["customers"], load=f"G{k}")
        for k, e in enumerate(example["events"])
    ]
    served = Served(((at("2026-01-01"), example["customers"]),))
    found = account(*lost, served=served).indices(year(2026))
    assert found.saifi == example["SAIFI"]
    assert found.saidi_min == example["SAIDI_min"]
    assert found.caidi_min is not None
    assert round(found.caidi_min, 6) == example["CAIDI_min"]
    assert round(found.asai, 9) == example["ASAI"]
    assert found.maifi == found.maifi_e == example["MAIFI"]
    assert {e["kind"] for e in example["events"]} == {"sustained", "momentary"}


def test_a_city_that_is_dark_for_a_year_does_not_overflow() -> None:
    lost = [gone(at("2026-01-01"), 525_600, 3_000_000, load=f"L{k}") for k in range(3)]
    served = Served(((at("2026-01-01"), 9_000_000),))
    found = account(*lost, served=served).indices(year(2026))
    assert (found.saidi_min, found.asai) == (525_600, 0)


def test_columns_and_objects_count_alike() -> None:
    lost = [gone(at("2026-03-05T08:00"), m, load=f"L{m}", incident="I1") for m in range(1, 20)]
    one = indices(lost, customers_served=100, period=year(2026), ruleset=IEEE1366)
    other = account(*lost).indices(year(2026))
    assert one == other
    assert np.array_equal(table_of(lost).customers, np.full(19, 10))


def test_days_that_are_all_alike_are_no_major_event_days() -> None:
    """Their threshold is what each of them had, but for a rounding."""
    for lost in range(1, 200):
        days = account(*(gone(at(f"2026-0{m}-12T08:00"), lost) for m in (2, 5))).major_event_days(
            year(2026)
        )
        assert days.days == ()
