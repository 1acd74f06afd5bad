"""The screen of outage minutes: from an index down to the switches that moved."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, await_plan, log_in, picture

pytestmark = pytest.mark.browser

CAUSE = {"en": "Cause", "vi": "Nguyên nhân"}


@pytest.mark.parametrize("language", ["en", "vi"])
def test_from_an_index_down_to_the_switches(page: Page, watched: Demo, language: str) -> None:
    log_in(page, watched, language=language)
    await_plan(page)
    page.goto(f"{watched.address.rstrip('/')}/#/minutes")
    expect(page.get_by_test_id("minutes-unverified")).to_contain_text("threshold_is_sustained")
    expect(page.get_by_test_id("minutes-figures")).to_contain_text("ENS")
    groups = page.get_by_test_id("minutes-groups")
    groups.get_by_role("button").first.click()
    behind = page.get_by_test_id("minutes-behind")
    behind.get_by_role("button").first.click()
    expect(page.get_by_test_id("minutes-moves").get_by_role("listitem").first).to_be_visible()
    picture(page, f"minutes-{language}")
    page.get_by_test_id("minutes-by-cause").click()
    expect(behind).to_have_count(0)
    expect(groups).to_contain_text(CAUSE[language])
    with page.expect_download() as saved:
        page.get_by_test_id("minutes-csv").click()
    assert saved.value.suggested_filename.endswith("cause.csv")
    with page.context.expect_page() as printed:
        page.get_by_test_id("minutes-report").click()
    expect(printed.value.locator("h1")).to_be_visible()
