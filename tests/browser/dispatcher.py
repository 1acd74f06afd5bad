"""Somebody at a console, so that a shift reads as one: what they press, and what they then see."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ANSWER_MS, to_screen
from tests.browser.house import PASSWORD

SWITCHED_MS = 60_000
"""What takes a plan, a run of switchings or a start of the service may take so long."""
TABS_MAX = 250

Hand = Callable[[Locator], None]


def mouse(control: Locator) -> None:
    control.click()


def keyboard(control: Locator) -> None:
    """By `Tab` and `Enter` alone, from wherever the focus is."""
    expect(control).to_be_visible()
    page = control.page
    for _ in range(TABS_MAX):
        if control.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{control} is not reached by {TABS_MAX} presses of the tab key")


class Dispatcher:
    """Waits, like people, until what they expect is there."""

    def __init__(self, page: Page, name: str, *, hand: Hand = mouse) -> None:
        self.page, self.name, self._hand = page, name, hand

    def logs_in(self, address: str) -> None:
        """And sees every link up."""
        self.page.goto(address)
        self.logs_in_again()
        expect(self.at("links").locator("summary")).to_contain_text("●", timeout=SWITCHED_MS)

    def logs_in_again(self) -> None:
        expect(self.at("login-user")).to_be_focused()
        self.page.keyboard.type(self.name)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.at("customers-out")).to_be_visible()

    def at(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    def presses(self, testid: str) -> None:
        self._hand(self.at(testid))

    def presses_twice(self, testid: str) -> None:
        """The one deliberate act: the first press arms, the second one fires."""
        self.presses(testid)
        expect(self.at(f"{testid}-confirm")).to_be_enabled()
        self._hand(self.at(f"{testid}-confirm"))

    def goes_to(self, screen: str) -> None:
        if self._hand is mouse:
            to_screen(self.page, screen)
        else:
            self.presses(f"screen-{screen}")
            expect(self.at("screen")).to_have_attribute("data-screen", screen)

    def sees_phase(self, phase: str, *, incident: str = "I1") -> None:
        card = self.page.locator(f'[data-testid="incident-card"][data-id="{incident}"]')
        expect(card).to_have_attribute("data-phase", phase, timeout=SWITCHED_MS)

    def sees_plan(self) -> str:
        """One that may be released (or approved) now. Returns its id."""
        self.sees_phase("proposed")
        expect(self.at("plan-step").first).to_be_visible(timeout=SWITCHED_MS)
        return self.at("plan").get_attribute("data-id") or ""

    def releases(self) -> None:
        expect(self.at("release")).to_be_enabled(timeout=SWITCHED_MS)
        self.presses_twice("release")

    def sees_out(self, customers: int) -> None:
        out = self.at("customers-out")
        expect(out).to_have_attribute("data-value", str(customers), timeout=SWITCHED_MS)

    def reads(self, testid: str, words: str) -> None:
        expect(self.at(testid)).to_contain_text(words, timeout=ANSWER_MS)

    def is_blind(self) -> None:
        expect(self.at("blind-banner")).to_be_visible()
        expect(self.at("release-confirm")).to_have_count(0)

    def sees_again(self) -> None:
        expect(self.at("blind-banner")).to_be_hidden(timeout=SWITCHED_MS)

    def hangs_tag(self, switch: str, reason: str) -> None:
        self.goes_to("incidents")
        if self.at("switch-table").count() == 0:
            self.presses("table-toggle")
        row = self.page.locator(f'[data-testid="switch-row"][data-id="{switch}"]')
        self._hand(row.get_by_role("button"))
        self.at("tag-kind").select_option("no_close")
        self.at("tag-reason").fill(reason)
        self.presses("tag-place")
        self.reads("tag-row", reason)

    def sets_mode(self, feeder: str, mode: str) -> None:
        """`feeder` "": the whole system."""
        choice = self.page.locator(f'[data-testid="mode"][data-feeder="{feeder}"]')
        choice.select_option(mode)
        self.presses("mode-apply")
        expect(self.at("mode-apply")).to_have_count(0)
        expect(choice).to_have_value(mode)
