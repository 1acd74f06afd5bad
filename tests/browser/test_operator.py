"""A dispatcher's night, in a real browser: from the alarm to the minutes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, picture

pytestmark = pytest.mark.browser

STRIKE_MS = 40_000
PLAN_MS = 120_000


def log_in(page: Page, demo: Demo) -> None:
    page.goto(demo.address)
    page.get_by_test_id("login-user").fill(demo.user)
    page.get_by_test_id("login-password").fill(demo.password)
    page.get_by_test_id("login-submit").click()


def test_a_fault_from_alarm_to_minutes(page: Page, demo: Demo) -> None:
    log_in(page, demo)
    page.get_by_test_id("lang-en").click()

    # It appears by itself, and says what is dark, why, and what to do.
    card = page.get_by_test_id("incident-card")
    expect(card).to_have_attribute("data-phase", "proposed", timeout=STRIKE_MS)
    expect(page.get_by_test_id("customers-out")).to_contain_text("4,909")
    expect(page.get_by_test_id("dark")).to_contain_text("4,909")
    expect(page.get_by_test_id("why")).to_contain_text(re.compile("located", re.IGNORECASE))
    assert page.get_by_test_id("evidence-row").count() >= 5
    steps = page.get_by_test_id("plan-step")
    expect(steps).to_have_count(4)
    expect(page.get_by_test_id("guard")).to_contain_text("passed")
    picture(page, "incident-en")

    # The same in Vietnamese, with its diacritics.
    page.get_by_test_id("lang-vi").click()
    expect(page.get_by_test_id("dark")).to_contain_text("khách hàng")
    expect(page.get_by_test_id("why")).to_contain_text(re.compile("đã định vị", re.IGNORECASE))
    expect(page.get_by_test_id("release")).to_contain_text("4.249 khách hàng")
    picture(page, "incident-vi")
    page.get_by_test_id("lang-en").click()

    # Nothing moved so far: the plan waits for one deliberate act.
    for number in range(4):
        expect(steps.nth(number)).to_have_attribute("data-state", "new")
    page.get_by_test_id("release").click()
    page.get_by_test_id("release-confirm").click()
    expect(card).to_have_attribute("data-phase", "executing", timeout=5_000)
    picture(page, "executing-en")

    # Steps complete one by one, supply is back, the fault stays fenced.
    for number in range(4):
        expect(steps.nth(number)).to_have_attribute("data-state", "completed", timeout=PLAN_MS)
    expect(card).to_have_attribute("data-phase", "restored", timeout=5_000)
    expect(page.get_by_test_id("customers-out")).to_contain_text("660")
    page.get_by_test_id("table-toggle").click()
    rows = page.get_by_test_id("section-row")
    assert rows.count() > 100
    states = {row.get_attribute("data-id"): row.get_attribute("data-state") for row in rows.all()}
    assert states["S170"] == "isolated"
    assert "dark" not in states.values()
    assert "suspected" not in states.values()

    # And the minutes: what it cost, what it would have cost.
    minutes = page.get_by_test_id("minutes")
    expect(minutes).to_contain_text("1,178,160")
    picture(page, "restored-en")


def test_a_screen_that_hears_nothing_says_so_and_releases_nothing(page: Page, demo: Demo) -> None:
    log_in(page, demo)
    page.get_by_test_id("lang-en").click()
    card = page.get_by_test_id("incident-card")
    expect(card).to_have_attribute("data-phase", "proposed", timeout=STRIKE_MS)
    expect(page.get_by_test_id("blind-banner")).to_be_hidden()
    demo.freeze()
    expect(page.get_by_test_id("blind-banner")).to_be_visible(timeout=5_000)
    expect(page.get_by_test_id("release")).to_be_disabled()
    picture(page, "blind-en")
    demo.thaw()
    expect(page.get_by_test_id("blind-banner")).to_be_hidden(timeout=10_000)
    expect(page.get_by_test_id("release")).to_be_enabled()


def test_a_wrong_password_is_told_and_opens_nothing(page: Page, demo: Demo) -> None:
    page.goto(demo.address)
    page.get_by_test_id("login-user").fill(demo.user)
    page.get_by_test_id("login-password").fill("not the password")
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("login-problem")).to_be_visible()
    expect(page.get_by_test_id("diagram")).to_have_count(0)


def test_a_tag_blocks_what_was_proposed(page: Page, demo: Demo) -> None:
    log_in(page, demo)
    page.get_by_test_id("lang-en").click()
    card = page.get_by_test_id("incident-card")
    expect(card).to_have_attribute("data-phase", "proposed", timeout=STRIKE_MS)
    plan = page.get_by_test_id("plan").get_attribute("data-id")
    expect(page.locator('[data-testid="plan-step"][data-id="SW107"]')).to_have_count(1)
    page.get_by_test_id("table-toggle").click()
    page.locator('[data-testid="switch-row"][data-id="SW107"]').click()
    page.get_by_test_id("tag-kind").select_option("no_close")
    page.get_by_test_id("tag-reason").fill("cable work at the station")
    page.get_by_test_id("tag-place").click()
    expect(page.get_by_test_id("tag-row")).to_contain_text("cable work at the station")
    expect(page.get_by_test_id("plan")).not_to_have_attribute("data-id", plan or "", timeout=15_000)
    expect(page.locator('[data-testid="plan-step"][data-id="SW107"]')).to_have_count(0)
    picture(page, "tagged-en")
