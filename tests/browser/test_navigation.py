"""The screens of the console, and the way from one to the next."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, log_in, picture, to_screen

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


def chunks(page: Page) -> set[str]:
    """Scripts of the console that came, by the name of what is in them."""
    names = page.evaluate(
        "() => performance.getEntriesByType('resource').map(({ name }) => name)"
        ".filter((name) => name.endsWith('.js'))"
    )
    return {name.rsplit("/", 1)[1].rsplit("-", 1)[0] for name in names}


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_screen_comes_when_it_is_shown_and_says_so_when_it_does_not(
    page: Page, watched: Demo, language: str
) -> None:
    page.clock.install()  # what nobody has asked for yet does not come by itself
    log_in(page, watched, language=language)
    expect(page.get_by_test_id("screen")).to_have_attribute("data-screen", "incidents")
    assert chunks(page).isdisjoint({"AdminScreen", "HistoryScreen", "MinutesScreen", "StudyScreen"})

    page.route("**/assets/MinutesScreen-*.js", lambda route: route.abort())
    page.get_by_test_id("screen-minutes").click()
    missing = page.get_by_test_id("screen-missing")
    expect(missing.get_by_role("alert")).to_be_visible()
    picture(page, f"screen-missing-{language}")
    page.unroute("**/assets/MinutesScreen-*.js")
    missing.get_by_role("button").click()
    expect(page.get_by_test_id("screen")).to_have_attribute("data-screen", "minutes")


def test_every_screen_opens_once_the_line_is_cut(page: Page, demo: Demo) -> None:
    log_in(page, demo)
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/vi-'))"
        " && performance.getEntriesByType('resource').some(({ name }) => name.includes('/Help'))",
    )
    page.route("**/*", lambda route: route.abort())
    demo.freeze()
    try:
        for name in ("overview", "alarms", "diagram", "sheets", "account", "help"):
            to_screen(page, name)
        page.get_by_test_id("lang-vi").click()
        expect(page.get_by_test_id("lang-vi")).to_have_attribute("aria-pressed", "true")
    finally:
        demo.thaw()
