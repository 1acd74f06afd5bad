"""One shift from the alarm to the minutes, and nothing left out on the way."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gridops.bootstrap.replaying import replay_journal
from gridops.reliability import Interruption
from tests.browser.conftest import picture
from tests.browser.dispatcher import Dispatcher, Hand, keyboard, mouse
from tests.browser.house import NETWORK, House, house_in

pytestmark = pytest.mark.browser

SUSTAINED = timedelta(minutes=5)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as house:
        yield house


@pytest.mark.parametrize(
    ("hand", "repair_takes"),
    [
        pytest.param(keyboard, timedelta(), id="by-keyboard"),
        pytest.param(mouse, timedelta(minutes=5), id="by-mouse-and-long", marks=pytest.mark.slow),
    ],
)
def test_from_the_alarm_to_the_minutes(
    page: Page, house: House, hand: Hand, repair_takes: timedelta
) -> None:
    lan = Dispatcher(page, "lan", hand=hand)
    lan.logs_in(house.address)
    lan.sees_out(0)

    house.strike("L471-3")
    lan.sees_out(2179)
    lan.reads("why", "located")
    lan.sees_plan()
    lan.releases()
    lan.sees_phase("restored")
    lan.sees_out(1478)

    page.wait_for_timeout(repair_takes / timedelta(milliseconds=1))
    house.happens("repair", place="L471-3")
    lan.presses_twice("repaired")
    lan.sees_plan()
    lan.releases()
    lan.sees_out(0)

    # Everybody has supply, and a part of it from next door: home by one more plan.
    lan.sees_phase("restored")
    lan.presses("replan")
    lan.sees_plan()
    lan.reads("release", "701")
    lan.releases()
    lan.sees_phase("closed")
    lan.sees_out(0)

    pieces = replay_journal(f"sqlite:///{house.journal}").room.books.ledger.interruptions
    of_all = sum(minutes_of(one) for one in pieces)
    lan.reads("minutes-today", f"{of_all:,.0f}")
    lan.goes_to("minutes")
    page.get_by_test_id("minutes-ruleset").select_option("ieee1366")
    reads_minutes(lan, pieces)
    picture(page, "shift-minutes")


def reads_minutes(reader: Dispatcher, pieces: tuple[Interruption, ...]) -> None:
    """The screen against the ledger: each interruption to the second, the sum to the minute."""
    figures = reader.at("minutes-figures").locator("dd")
    expect(figures.nth(5)).to_have_text(f"{sustained_minutes(pieces):,.0f}")
    shown = []
    groups = reader.at("minutes-groups").get_by_role("button")
    for number in range(groups.count()):
        groups.nth(number).click()
        rows = reader.at("minutes-behind").locator("tbody tr")
        expect(reader.at("minutes-groups").locator("tr.chosen")).to_have_count(1)
        expect(rows.first).to_be_visible()
        shown += [tuple(row.locator("td").all_inner_texts()[:4]) for row in rows.all()]
    assert sorted(shown) == sorted(line_of(one) for one in pieces)


def line_of(one: Interruption) -> tuple[str, str, str, str]:
    """As the table shows it, in the time of the browser's machine."""
    assert one.ended is not None
    load = NETWORK.loads[one.load]
    began, ended = (f"{at.astimezone():%H:%M:%S}" for at in (one.began, one.ended))
    return load.name or load.id, began, ended, f"{one.customers:,}"


def sustained_minutes(pieces: tuple[Interruption, ...]) -> float:
    """Counted by hand, as IEEE 1366 has it: of whom one event took supply for over five minutes."""
    of_event = defaultdict(list)
    for one in pieces:
        of_event[one.load, one.incident].append(one)
    counted = [
        them
        for them in of_event.values()
        if sum((lasted(one) for one in them), timedelta()) > SUSTAINED
    ]
    return sum(minutes_of(one) for them in counted for one in them)


def minutes_of(one: Interruption) -> float:
    return one.customers * (lasted(one) / timedelta(minutes=1))


def lasted(one: Interruption) -> timedelta:
    assert one.ended is not None
    return one.ended - one.began
