"""A training, as the trainee meets it: marked from the login on, and judged at any time."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import await_plan, log_in, picture, release, running_demo

pytestmark = pytest.mark.browser

SOON = ("--scenario", "fault_mid_feeder", "--speed", "10")
"""The fault strikes two seconds after the start, and its plan is short."""


def test_it_is_marked_on_every_screen_and_tells_how_the_trainee_does(page: Page) -> None:
    with running_demo(*SOON, job="train") as training:
        page.goto(training.address)
        expect(page.get_by_test_id("training-banner")).to_contain_text("TRAINING")
        picture(page, "training-login")
        log_in(page, training)
        for screen in page.locator("nav a").all():
            screen.click()
            expect(page.get_by_test_id("training-banner")).to_be_visible()
        page.get_by_test_id("screen-incidents").click()
        await_plan(page)
        page.get_by_test_id("training-debrief").locator("summary").click()
        # Nobody could be back yet, or nobody is.
        expect(page.get_by_test_id("training-score")).to_have_text(re.compile("^Score: (–|0 %)$"))
        picture(page, "training-en")
        page.get_by_test_id("training-debrief").locator("summary").click()
        release(page)
        card = page.get_by_test_id("incident-card")
        expect(card).to_have_attribute("data-phase", "restored", timeout=90_000)
        page.get_by_test_id("lang-vi").click()
        page.get_by_test_id("training-debrief").locator("summary").click()
        expect(page.get_by_test_id("training-banner")).to_contain_text("ĐÀO TẠO")
        expect(page.get_by_test_id("training-score")).not_to_have_text("Điểm: 0 %")
        expect(page.get_by_test_id("training-score")).to_contain_text("%")
        picture(page, "training-vi")
