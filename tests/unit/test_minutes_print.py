"""The monthly report on paper: figures beside their labels, in two languages."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gridops.adapters.ruleset_files import read_ruleset, shipped_rulesets
from gridops.api.counting import calendar_month, zone_of
from gridops.api.minutes_print import LINES_MAX, WORST, Around, Month, month_of, report_page
from gridops.api.paper_form import FormName, form_of
from gridops.events import MinutesCorrected
from gridops.ids import FeederId, IncidentId, InterruptionId, LoadId, SectionId, UserName
from gridops.reliability import Account, Circumstance, Interruption, Served, table_of

NOW = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
RULESETS = [read_ruleset(name) for name in shipped_rulesets()]
HOME = read_ruleset("vn-tt39")


def lost(
    day: int,
    minutes: float,
    *,
    load: str,
    feeder: str,
    customers: int,
    why: Circumstance | None = None,
) -> Interruption:
    began = datetime(2026, 10, day, 3, tzinfo=UTC)
    ended = began.replace(hour=3 + int(minutes // 60), minute=int(minutes % 60))
    return Interruption(
        load=LoadId(load),
        section=SectionId("S"),
        feeder=FeederId(feeder),
        customers=customers,
        p_w=80e3,
        began=began,
        ended=ended,
        incident=IncidentId(f"I{day}"),
        why=why or Circumstance(cause="fault"),
    )


OCTOBER = (
    lost(3, 95, load="TBA Kim Mã 2", feeder="471-E1.9", customers=310),
    lost(3, 4, load="TBA Giảng Võ 7", feeder="471-E1.9", customers=240),
    lost(17, 42, load="TBA <Đội Cấn>", feeder="473-E1.9", customers=180),
    lost(
        24,
        61,
        load="TBA Kim Mã 2",
        feeder="471-E1.9",
        customers=310,
        why=Circumstance(cause="lost_supply", source_lost=True),
    ),
)


def months(pieces: tuple[Interruption, ...] = OCTOBER) -> list[Month]:
    found = []
    for rules in RULESETS:
        zone = zone_of(rules, UTC)
        account = Account(
            table=table_of(pieces),
            ruleset=rules,
            served=Served(((datetime(2026, 1, 1, tzinfo=UTC), 7_692),)),
            now=NOW,
            zone=zone,
        )
        found.append(month_of(account, calendar_month("2026-10", zone), source="hanoi_ring"))
    return found


def page(
    name: FormName,
    pieces: tuple[Interruption, ...] = OCTOBER,
    *,
    is_training: bool = False,
    corrections: Sequence[MinutesCorrected] = (),
) -> str:
    around = Around(
        month="2026-10",
        avoided_min=1_234.5,
        zone=zone_of(HOME, UTC),
        now=NOW,
        is_training=is_training,
        corrections=corrections,
    )
    return report_page(months(pieces), form=form_of(name, paper="minutes_"), around=around)


def rows(html: str) -> dict[str, list[str]]:
    """Each line of a table by its label."""
    found = re.findall(r"<tr><th>([^<]*)</th>(.*?)</tr>", html)
    return {label: re.findall(r"<td>(.*?)</td>", rest) for label, rest in found}


def test_figures_stand_under_both_rule_sets_with_their_mark() -> None:
    html = page(FormName.EN)
    found = rows(html)
    ieee, vietnam = (month.report.indices for month in months())
    assert found["SAIDI, minutes per customer"] == [
        f"{ieee.saidi_min:.4f}",
        f"{vietnam.saidi_min:.4f}",
    ]
    assert ieee.saidi_min > vietnam.saidi_min, "supply lost from above counts in one of them"
    assert found["Customer minutes avoided by switching"] == ["1,234.5", "1,234.5"]
    assert "<th>ieee1366*</th><th>vn-tt39*</th>" in html
    assert html.count("Unverified: check against the official text") == len(RULESETS)
    assert "threshold_is_sustained" in html


def test_what_is_left_out_and_who_had_most_is_told() -> None:
    html = page(FormName.VN)
    assert "<th>mất nguồn phía trên</th><td>vn-tt39*</td><td>18.910,0</td>" in html
    found = rows(html)
    assert "471-E1.9" in found
    assert list(found).index("TBA Kim Mã 2") < list(found).index("TBA &lt;Đội Cấn&gt;")


def test_of_very_many_corrections_the_newest_stand_and_how_many_more_there_are() -> None:
    said = [
        MinutesCorrected(
            at=NOW, by=UserName("mai"), reason=f"log {k}", interruption=InterruptionId(f"T~{k}")
        )
        for k in range(LINES_MAX + 7)
    ]
    html = page(FormName.EN, corrections=said)
    assert ">log 6<" not in html
    assert ">log 7<" in html
    assert f">log {LINES_MAX + 6}<" in html
    assert "and 7 more" in html


def test_numbers_and_times_are_written_as_the_language_does() -> None:
    vietnamese = page(FormName.VN)
    assert rows(vietnamese)["Khách hàng × phút tránh được nhờ thao tác"] == ["1.234,5"] * 2
    assert "Tháng 10/2026" in vietnamese
    assert "15:30:00 ngày 03/11/2026" in vietnamese


def test_who_is_not_among_the_worst_is_not_said_to_have_had_nothing() -> None:
    """Lost supply fills the list of the one rule-set, and does not count in the other."""
    above = Circumstance(cause="lost_supply", source_lost=True)
    fault = lost(3, 95, load="T", feeder="471-E1.9", customers=10)
    lasting = [
        lost(24, 61, load=f"U{k}", feeder="473-E1.9", customers=310, why=above)
        for k in range(WORST)
    ]
    html = page(FormName.EN, (fault, *lasting))
    found = rows(html)
    assert found["T"][-2:] == ["–", "950.0"]
    assert found["U0"][-2:] == ["18,910.0", "0.0"]
    assert f"not among the {WORST} worst" in html


def test_what_lasts_is_counted_to_the_moment_that_stands_there() -> None:
    lasting = replace(lost(31, 0, load="T", feeder="471-E1.9", customers=10), ended=None)
    found = rows(page(FormName.EN, (lasting,)))
    minutes = (NOW - lasting.began).total_seconds() / 60 * 10
    assert found["Customer minutes"] == [f"{minutes:,.1f}"] * 2
    assert found["Counted to"] == ["2026-11-03 15:30:00"]


@pytest.mark.parametrize("name", FormName)
def test_the_minutes_of_a_training_say_that_they_are_none(name: FormName) -> None:
    warning = form_of(name, paper="minutes_")["head"]["training"]
    assert warning == form_of(name)["head"]["training"]
    assert warning in page(name, is_training=True)
    assert warning not in page(name)


@pytest.mark.parametrize("name", FormName)
def test_a_month_without_an_outage_says_so(name: FormName) -> None:
    html = page(name, ())
    assert form_of(name, paper="minutes_")["table"]["nobody"] in html


def test_both_forms_have_the_same_words() -> None:
    one, other = (form_of(name, paper="minutes_").words for name in FormName)
    assert {t: set(w) for t, w in one.items()} == {t: set(w) for t, w in other.items()}
