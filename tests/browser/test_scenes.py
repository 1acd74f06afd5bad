"""A replay and a study look like the control room, say that they are not, and command nothing."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Demo, await_plan, log_in, picture, to_screen
from tests.browser.test_screens import CUT, axe, flaws

__all__ = ["axe"]

pytestmark = pytest.mark.browser

BESIDE_MS = 120_000
"""A process begins, and its kernels may have to be compiled."""
MAY_BE_SENT = re.compile(r"/api/v1/(session|studies/played)$")


@pytest.fixture
def harmless(page: Page) -> Iterator[Page]:
    """Whatever is sent to change something fails the test."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method != "GET" and not MAY_BE_SENT.search(request.url):
            sent.append(f"{request.method} {request.url}")

    page.on("request", note)
    yield page
    assert sent == []


def to_replay(page: Page) -> None:
    to_screen(page, "history")
    page.get_by_test_id("history-row").click()
    page.get_by_test_id("replay-open").click()
    expect(page.get_by_test_id("replay")).to_be_visible(timeout=BESIDE_MS)


def nothing_commands(page: Page) -> None:
    scene = page.get_by_test_id("scene")
    for button in ("release", "halt", "replan", "approve", "repaired", "tag-place", "permit-form"):
        expect(scene.get_by_test_id(button)).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_an_incident_is_replayed_on_the_diagram(
    harmless: Page, watched: Demo, axe: str, language: str
) -> None:
    page = harmless
    log_in(page, watched, language=language)
    await_plan(page)
    to_replay(page)
    scene = page.get_by_test_id("scene")
    expect(scene).to_have_attribute("data-kind", "replay")
    mark = {"en": "REPLAY, NOT LIVE", "vi": "KHÔNG PHẢI TRỰC TIẾP"}[language]
    expect(scene).to_contain_text(mark)
    settled = page.get_by_test_id("replay-reading")

    slider = page.get_by_test_id("replay-slider")
    slider.focus()
    page.keyboard.press("End")
    expect(settled).to_have_text("", timeout=BESIDE_MS)
    phase = scene.get_by_test_id("incident-phase")
    expect(phase).to_have_attribute("data-phase", "proposed")
    expect(scene.get_by_test_id("plan-step").first).to_be_visible()
    last = int(page.get_by_test_id("replay").get_attribute("data-sequence") or 0)
    picture(page, f"replay-{language}")
    nothing_commands(page)
    assert flaws(page, axe) == []
    assert page.evaluate(CUT) == []

    page.keyboard.press("Home")
    expect(page.get_by_test_id("replay-before")).to_be_disabled()
    expect(scene.locator('[data-phase="proposed"]')).to_have_count(0, timeout=BESIDE_MS)
    first = int(page.get_by_test_id("replay").get_attribute("data-sequence") or 0)
    assert 0 < first < last
    page.keyboard.press("Space")
    expect(page.get_by_test_id("replay-play")).to_have_attribute("aria-pressed", "true")
    expect(phase).to_have_attribute("data-phase", "proposed", timeout=BESIDE_MS)
    expect(page.get_by_test_id("replay-after")).to_be_disabled(timeout=BESIDE_MS)
    expect(page.get_by_test_id("replay-play")).to_have_attribute("aria-pressed", "false")
    page.get_by_test_id("replay-live").click()
    expect(page.get_by_test_id("scene")).to_have_count(0)
    expect(page.get_by_test_id("release")).to_be_visible()
