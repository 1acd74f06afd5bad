"""The screens of the console, and the way from one to the next."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, log_in

pytestmark = pytest.mark.browser


def test_by_keyboard_from_screen_to_screen_and_back_where_one_was(
    page: Page, watched: Demo
) -> None:
    log_in(page, watched)
    screen = page.get_by_test_id("screen")
    expect(screen).to_have_attribute("data-screen", "incidents")
    for name in ("diagram", "sheets"):
        page.get_by_test_id(f"screen-{name}").focus()
        page.keyboard.press("Enter")
        expect(screen).to_have_attribute("data-screen", name)
        expect(page).to_have_url(re.compile(f"#/{name}$"))
        expect(page.get_by_test_id(f"screen-{name}")).to_have_attribute("aria-current", "page")
        expect(page.get_by_test_id("customers-out")).to_be_visible()

    page.go_back()
    expect(screen).to_have_attribute("data-screen", "diagram")

    # Whoever comes again is where this browser was; an address that somebody sent goes before.
    page.goto(watched.address)
    expect(screen).to_have_attribute("data-screen", "diagram")
    page.goto(f"{watched.address.rstrip('/')}/#/sheets")
    expect(screen).to_have_attribute("data-screen", "sheets")

    # What names no screen leads nowhere.
    page.evaluate("location.hash = '#/nowhere'")
    page.get_by_test_id("lang-en").click()
    expect(screen).to_have_attribute("data-screen", "sheets")


def test_blindness_stands_above_every_screen(page: Page, watched: Demo) -> None:
    log_in(page, watched)
    watched.freeze()
    try:
        for name in ("diagram", "sheets"):
            page.get_by_test_id(f"screen-{name}").click()
            expect(page.get_by_test_id("blind-banner")).to_be_visible()
    finally:
        watched.thaw()
    expect(page.get_by_test_id("blind-banner")).to_be_hidden()
