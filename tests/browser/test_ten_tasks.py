"""Ten things that a dispatcher does, each from the screen that the console opens at.

docs/ten_tasks.md says how many steps each takes. The page is asked: a task that takes another
number of them fails, so that nothing grows unseen.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, await_plan, log_in
from tests.browser.hand import Hand

pytestmark = pytest.mark.browser

Task = Callable[[Hand], None]
ROW = re.compile(r"\| (\d+) \| .+ \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+) \|")


def dark_feeder(hand: Hand) -> None:
    hand.look(hand.page.get_by_test_id("incident-card"))
    hand.look(hand.page.get_by_test_id("explanation-line").first)


def why_suspected(hand: Hand) -> None:
    suspect = hand.page.get_by_test_id("suspect-row").first
    hand.click(suspect.get_by_role("button"))
    hand.look(hand.page.locator('[data-testid="evidence-row"][data-state="supports"]').first)


def weakest_point(hand: Hand) -> None:
    hand.look(hand.page.get_by_test_id("weakest-mark").first)


def release(hand: Hand) -> None:
    hand.click(hand.page.get_by_test_id("release"))
    hand.click(hand.page.get_by_test_id("release-confirm"))
    card = hand.page.get_by_test_id("incident-card")
    expect(card).not_to_have_attribute("data-phase", "proposed")


def hot_line_tag(hand: Hand) -> None:
    hand.click(hand.page.get_by_test_id("find-device"))
    hand.write("SW311", enter=True)
    hand.choose(hand.page.get_by_test_id("tag-kind"), "hot_line")
    hand.click(hand.page.get_by_test_id("tag-reason"))
    hand.write("crew A", enter=True)
    hand.look(hand.page.locator('[data-testid="tag-row"][data-kind="hot_line"]'))


def not_by_itself(hand: Hand) -> None:
    hand.click(hand.page.get_by_test_id("blockers").first)
    hand.look(hand.page.get_by_test_id("blocker").first)


def print_sheet(hand: Hand) -> None:
    hand.click(hand.page.get_by_test_id("sheet-row").first)
    with hand.page.context.expect_page() as printed:
        hand.click(hand.page.get_by_test_id("sheet-print-en"))
    expect(printed.value.locator("h1")).to_be_visible()
    printed.value.close()


def happened_then(hand: Hand) -> None:
    hand.click(hand.page.get_by_test_id("screen-history"))
    hand.click(hand.page.get_by_test_id("history-until"))
    hand.write("23:59", enter=True)
    hand.click(hand.page.get_by_test_id("history-row").first)
    hand.look(hand.page.get_by_test_id("course-dark"))


def automatic(hand: Hand) -> None:
    hand.choose(hand.page.locator('[data-testid="mode"]').first, "automatic")
    hand.click(hand.page.get_by_test_id("mode-apply"))
    expect(hand.page.get_by_test_id("mode-apply")).to_have_count(0)


def minutes_today(hand: Hand) -> None:
    hand.look(hand.page.get_by_test_id("minutes-today"))


IN_ORDER: dict[int, Task] = {
    1: dark_feeder,
    2: why_suspected,
    3: weakest_point,
    10: minutes_today,
    9: automatic,
    6: not_by_itself,
    4: release,
    5: hot_line_tag,
    7: print_sheet,
    8: happened_then,
}
"""By their numbers on the page; nothing is released before all that is asked of a proposal."""


def test_each_takes_the_steps_that_the_page_says(page: Page, demo: Demo) -> None:
    log_in(page, demo)
    await_plan(page)
    found: dict[int, tuple[str, ...]] = {}
    for number, task in IN_ORDER.items():
        page.get_by_test_id("screen-incidents").click()
        hand = Hand(page)
        task(hand)
        counts = (hand.clicks + hand.turns, hand.keys, len(hand.screens))
        found[number] = (*map(str, counts), f"{hand.time_s:.1f}")
        if page.get_by_test_id("detail").count():
            page.get_by_test_id("detail").get_by_role("button").first.click()
    text = (Path(__file__).parents[2] / "docs" / "ten_tasks.md").read_text(encoding="utf-8")
    told = {int(row[1]): row.groups()[1:] for row in ROW.finditer(text)}
    assert dict(sorted(found.items())) == told
