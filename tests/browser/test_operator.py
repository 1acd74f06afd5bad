"""A dispatcher's night, in a real browser: from the alarm to the minutes."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import (
    Demo,
    await_plan,
    fill_login,
    log_in,
    picture,
    release,
    running_demo,
)

pytestmark = pytest.mark.browser

STEP_MS = 60_000
TABS_MAX = 100
QUICK = "fault_mid_feeder"
"""On a small grid that is up soon."""


def test_a_fault_from_alarm_to_minutes(page: Page, demo: Demo) -> None:
    log_in(page, demo)

    # It appears by itself, and says what is dark, why, and what to do.
    await_plan(page)
    card = page.get_by_test_id("incident-card")
    expect(page.get_by_test_id("customers-out")).to_contain_text("4,909")
    expect(page.get_by_test_id("dark")).to_contain_text("4,909")
    expect(page.get_by_test_id("why")).to_contain_text(re.compile("located", re.IGNORECASE))
    page.get_by_test_id("evidence-more").click()
    assert page.get_by_test_id("evidence-row").count() >= 5
    page.get_by_test_id("evidence-more").click()
    steps = page.get_by_test_id("plan-step")
    expect(steps).to_have_count(4)
    expect(page.get_by_test_id("guard")).to_contain_text("passed")
    # All of it on a laptop without scrolling: nobody searches at three in the morning.
    for number in range(4):
        expect(steps.nth(number)).to_be_in_viewport(ratio=1)
    expect(page.get_by_test_id("release")).to_be_in_viewport(ratio=1)
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
    release(page)
    expect(card).to_have_attribute("data-phase", "executing")
    picture(page, "executing-en")

    # Steps complete one by one, supply is back, the fault stays fenced.
    for number in range(4):
        expect(steps.nth(number)).to_have_attribute("data-state", "completed", timeout=STEP_MS)
    expect(card).to_have_attribute("data-phase", "restored")
    expect(page.get_by_test_id("customers-out")).to_contain_text("660")
    page.get_by_test_id("table-toggle").click()
    rows = page.get_by_test_id("section-row")
    assert rows.count() > 100
    states = dict(rows.evaluate_all("rows => rows.map(r => [r.dataset.id, r.dataset.state])"))
    assert states["S170"] == "isolated"
    assert "dark" not in states.values()
    assert "suspected" not in states.values()

    # And the minutes: what it cost, what it would have cost.
    expect(page.get_by_test_id("minutes")).to_contain_text("1,178,160")
    picture(page, "restored-en")


def test_a_tag_blocks_what_was_proposed(page: Page, watched: Demo) -> None:
    log_in(page, watched)
    await_plan(page)
    plan = page.get_by_test_id("plan").get_attribute("data-id")
    step = page.locator('[data-testid="plan-step"][data-id="SW107"]')
    expect(step).to_have_count(1)
    page.get_by_test_id("table-toggle").click()
    page.locator('[data-testid="switch-row"][data-id="SW107"]').get_by_role("button").click()
    page.get_by_test_id("tag-kind").select_option("no_close")
    page.get_by_test_id("tag-reason").fill("cable work at the station")
    page.get_by_test_id("tag-place").click()
    expect(page.get_by_test_id("tag-row")).to_contain_text("cable work at the station")
    expect(page.get_by_test_id("plan")).not_to_have_attribute("data-id", plan or "")
    expect(step).to_have_count(0)
    picture(page, "tagged-en")

    # Without the tag it is proposed again.
    page.get_by_test_id("tag-remove").click()
    expect(page.get_by_test_id("tag-row")).to_have_count(0)
    page.get_by_test_id("replan").click()
    expect(step).to_have_count(1)


def test_three_lines_say_it_and_a_crew_has_the_last_word(page: Page, demo: Demo) -> None:
    log_in(page, demo)
    await_plan(page)
    lines = page.get_by_test_id("explanation-line")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("4,909 customers without supply since")
    expect(lines.nth(2)).to_contain_text("Release the plan: 4,249 customers back")
    assert page.get_by_test_id("advice-row").count() >= 1
    page.get_by_test_id("lang-vi").click()
    expect(lines.nth(2)).to_contain_text("Cho thực hiện phương án: 4.249 khách hàng có điện lại")
    page.get_by_test_id("lang-en").click()

    # Nothing is reported by one press, nor a trial of no switch.
    page.get_by_test_id("report-open").click()
    expect(page.get_by_test_id("trial-held")).to_have_attribute("aria-disabled", "true")
    page.get_by_test_id("patrol-place").select_option("S170")
    page.get_by_test_id("patrol-found").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("patrol-found-confirm")).to_be_enabled()
    expect(lines.nth(1)).not_to_have_attribute("data-code", "where-found")
    page.keyboard.press("Enter")
    expect(lines.nth(1)).to_have_attribute("data-code", "where-found")
    expect(page.get_by_test_id("timeline")).to_contain_text("found the fault")
    picture(page, "found-en")


def test_with_the_keyboard_alone_and_before_the_colleague(
    page: Page, colleague: Page, demo: Demo
) -> None:
    log_in_by_keyboard(page, demo)
    log_in(colleague, demo)
    await_plan(page)
    await_plan(colleague)

    # The colleague presses first, but the network keeps that release back.
    kept: list[Route] = []
    colleague.route("**/release", lambda route: kept.append(route))  # noqa: PLW0108  # wants a function
    with colleague.expect_request("**/release"):
        release(colleague)

    # One press does nothing, nor does a key that is held down; the second one releases.
    card = page.get_by_test_id("incident-card")
    tab_to(page, "incident-card")
    page.keyboard.press("Enter")
    expect(card).to_have_attribute("aria-current", "true")
    tab_to(page, "release")
    page.keyboard.down("Enter")
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.get_by_test_id("release-confirm")).to_be_enabled()
    expect(card).to_have_attribute("data-phase", "proposed")
    page.keyboard.press("Enter")
    both_see("executing", page, colleague)

    # Now the colleague's arrives: it is refused, and said so to nobody else.
    assert len(kept) == 1
    kept[0].continue_()
    expect(colleague.get_by_test_id("problem")).to_have_attribute("data-code", "release-refused")
    expect(page.get_by_test_id("problem")).to_have_count(0)

    # Either may stop what one has begun.
    colleague.get_by_test_id("halt").click()
    both_see("stopped", page, colleague)


def log_in_by_keyboard(page: Page, demo: Demo) -> None:
    page.goto(demo.address)
    expect(page.get_by_test_id("login-user")).to_be_focused()
    page.keyboard.type(demo.user)
    page.keyboard.press("Tab")
    page.keyboard.type(demo.password)
    page.keyboard.press("Enter")


def tab_to(page: Page, testid: str) -> None:
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.dataset.testid") == testid:
            return
    pytest.fail(f"no {testid} within {TABS_MAX} presses of the tab key")


def both_see(phase: str, *screens: Page) -> None:
    for screen in screens:
        expect(screen.get_by_test_id("incident-card")).to_have_attribute("data-phase", phase)


def test_after_a_restart_of_the_service_one_logs_in_again(page: Page) -> None:
    with running_demo("--scenario", QUICK) as demo:
        log_in(page, demo)
        expect(page.get_by_test_id("blind-banner")).to_be_hidden()
    expect(page.get_by_test_id("blind-banner")).to_be_visible()
    with running_demo("--scenario", QUICK, port=demo.port) as anew:
        expect(page.get_by_test_id("login-problem")).to_contain_text("session has ended")
        fill_login(page, anew)
        expect(page.get_by_test_id("blind-banner")).to_be_hidden()
        expect(page.get_by_test_id("diagram")).to_be_visible()
