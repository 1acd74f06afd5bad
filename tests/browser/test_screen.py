"""What a screen owes whoever looks at it: to be honest, closed to strangers, and readable."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, await_plan, log_in, picture

pytestmark = pytest.mark.browser

NAMELESS = re.compile(
    r"^\s*- (?:button|textbox|searchbox|combobox|link|application|table)(?: \[.*?\])*:?$",
    re.MULTILINE,
)


def test_a_wrong_password_is_told_and_opens_nothing(page: Page, watched: Demo) -> None:
    page.goto(watched.address)
    page.get_by_test_id("login-user").fill(watched.user)
    page.get_by_test_id("login-password").fill("not the password")
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("login-problem")).to_be_visible()
    expect(page.get_by_test_id("diagram")).to_have_count(0)
    picture(page, "login-refused")


def test_a_screen_that_hears_nothing_says_so_and_releases_nothing(
    page: Page, watched: Demo
) -> None:
    log_in(page, watched)
    await_plan(page)
    expect(page.get_by_test_id("blind-banner")).to_be_hidden()
    watched.freeze()
    try:
        expect(page.get_by_test_id("blind-banner")).to_be_visible()
        expect(page.get_by_test_id("release")).to_be_disabled()
        picture(page, "blind-en")
    finally:
        watched.thaw()
    expect(page.get_by_test_id("blind-banner")).to_be_hidden()
    expect(page.get_by_test_id("release")).to_be_enabled()


def test_a_lost_session_leads_back_to_the_login(page: Page, watched: Demo) -> None:
    log_in(page, watched)
    await_plan(page)
    page.context.clear_cookies()
    page.get_by_test_id("replan").click()
    expect(page.get_by_test_id("login-problem")).to_contain_text("session has ended")
    expect(page.get_by_test_id("diagram")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_control_has_a_name_and_nothing_is_cut_off(
    page: Page, watched: Demo, language: str
) -> None:
    page.goto(watched.address)
    page.get_by_test_id(f"lang-{language}").click()
    assert NAMELESS.findall(page.locator("body").aria_snapshot()) == []
    log_in(page, watched, language=language)
    await_plan(page)
    expect(page.locator("html")).to_have_attribute("lang", language)
    for foldout in ("dark-more", "suspects-more", "evidence-more", "evidence-silent"):
        page.get_by_test_id(foldout).first.click()
    page.get_by_test_id("plan-step").first.get_by_role("button").click()
    expect(page.get_by_test_id("tag-place")).to_be_visible()
    named = page.locator("body").aria_snapshot()
    assert NAMELESS.findall(named) == []
    page.get_by_test_id("table-toggle").click()
    assert NAMELESS.findall(page.locator("body").aria_snapshot()) == []

    # A panel scrolls downwards; sideways, or as a whole page, nothing does.
    cut = page.evaluate(
        """() => [...document.querySelectorAll('html, main *')]
            .filter((e) => getComputedStyle(e).overflowX !== 'visible' || e.tagName === 'HTML')
            .filter((e) => !e.matches('.hidden, select') && e.scrollWidth > e.clientWidth)
            .map((e) => `${e.tagName}.${e.className}`)"""
    )
    assert cut == []
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
