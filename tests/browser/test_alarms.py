"""The alarms screen: one line for a fault, by keyboard; what chatters, on the shelf and back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import (
    STRIKE_MS,
    Demo,
    log_in,
    picture,
    running_demo,
    to_screen,
)
from tests.browser.test_screens import CUT, axe, flaws  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser

STORY = """
format = 1
title = "A fault, and a tie whose contact chatters"
title_vi = "Sự cố, và tiếp điểm dao động"
grid = "hanoi_ring"
start = 2026-03-02T08:00:00Z
duration_s = 1200.0

[[happens]]
at_s = 5.0
what = "strike"
place = "L471-3"

[[happens]]
at_s = 5.0
what = "chatter"
element = "T473-472"
signal = "position"
times = 240
every_s = 5.0
"""
CHATTERS = "moved:T473-472"
FAULT = "incident:I1"


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    story = tmp_path_factory.mktemp("story") / "chatter.toml"
    story.write_text(STORY)
    with running_demo("--grid", "hanoi_ring", "--scenario", str(story)) as demo:
        yield demo


def row(page: Page, ident: str) -> Locator:
    return page.locator(f'[data-testid="alarm-row"][data-id="{ident}"]')


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_fault_is_one_line_and_its_parts_are_folded(
    page: Page,
    troubled: Demo,
    axe: str,  # noqa: F811 - the fixture
    language: str,
) -> None:
    log_in(page, troubled, language=language)
    to_screen(page, "alarms")
    fault = row(page, FAULT)
    expect(fault).to_be_visible(timeout=STRIKE_MS)
    expect(row(page, CHATTERS)).to_be_visible(timeout=STRIKE_MS)
    expect(page.locator('[data-testid="alarm-row"][data-kind="incident"]')).to_have_count(1)
    fault.get_by_test_id("alarm-head").focus()
    expect(fault.get_by_test_id("alarm-children")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    parts = fault.get_by_test_id("alarm-children")
    expect(parts).to_contain_text("MC 471 E1.9")
    expect(parts).to_contain_text("LBS 471-2 RMU Giảng Võ")
    assert flaws(page, axe) == []
    assert page.evaluate(CUT) == []
    picture(page, f"alarms-{language}")
    page.keyboard.press("ArrowLeft")
    expect(parts).to_have_count(0)


def test_it_is_acknowledged_by_keyboard_and_the_counts_follow(page: Page, troubled: Demo) -> None:
    log_in(page, troubled)
    to_screen(page, "alarms")
    fault = row(page, FAULT)
    expect(fault).to_have_attribute("data-state", "unacknowledged", timeout=STRIKE_MS)
    expect(page.get_by_test_id("screen-alarms")).to_contain_text("2")
    fault.get_by_test_id("alarm-head").focus()
    page.keyboard.press("a")
    expect(fault).to_have_attribute("data-state", "acknowledged")
    expect(fault).to_contain_text(f"acknowledged by {troubled.user}")
    expect(page.get_by_test_id("screen-alarms")).to_contain_text("1")
    # It goes below what nobody has seen, and is found under its filter.
    expect(page.get_by_test_id("alarm-row").last).to_have_attribute("data-id", FAULT)
    page.get_by_test_id("alarms-unacknowledged").click()
    expect(fault).to_have_count(0)
    page.get_by_test_id("alarms-acknowledged").click()
    expect(fault).to_be_visible()
    # People are in the dark by it: there is no shelf for it.
    expect(fault.get_by_test_id("alarm-shelve")).to_have_count(0)
    to_screen(page, "overview")
    expect(page.get_by_test_id("overview-word")).to_contain_text("1 alarm to acknowledge")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_what_chatters_is_shelved_by_keyboard_and_comes_back(
    page: Page,
    troubled: Demo,
    axe: str,  # noqa: F811 - the fixture
    language: str,
) -> None:
    log_in(page, troubled, language=language)
    to_screen(page, "alarms")
    restless = row(page, CHATTERS)
    expect(restless).to_contain_text("×", timeout=STRIKE_MS)
    restless.get_by_test_id("alarm-head").focus()
    page.keyboard.press("s")
    expect(page.get_by_test_id("alarm-shelf-minutes")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("tiếp điểm mòn, đội 2 đi thứ hai")
    assert flaws(page, axe) == []
    page.keyboard.press("Enter")
    expect(restless).to_have_count(0)
    page.get_by_test_id("alarms-shelved").click()
    expect(restless).to_have_attribute("data-state", "shelved")
    expect(restless).to_contain_text("tiếp điểm mòn, đội 2 đi thứ hai")
    picture(page, f"alarms-shelf-{language}")
    assert page.evaluate(CUT) == []

    restless.get_by_test_id("alarm-unshelve").click()
    expect(page.get_by_test_id("alarms-none")).to_be_visible()
    page.get_by_test_id("alarms-told").click()
    expect(restless).to_have_attribute("data-state", "returned")


def test_the_next_line_is_an_arrow_away_and_words_find_a_line(page: Page, troubled: Demo) -> None:
    log_in(page, troubled)
    to_screen(page, "alarms")
    expect(row(page, CHATTERS)).to_be_visible(timeout=STRIKE_MS)
    heads = page.get_by_test_id("alarm-head")
    heads.first.focus()
    page.keyboard.press("ArrowDown")
    expect(heads.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(heads.first).to_be_focused()
    page.get_by_test_id("alarms-search").fill("nghĩa tân")
    expect(page.get_by_test_id("alarm-row")).to_have_count(1)
    expect(row(page, CHATTERS)).to_be_visible()
