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


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_moment_that_cannot_be_had_is_missed_and_asked_for_again(
    page: Page, watched: Demo, axe: str, language: str
) -> None:
    log_in(page, watched, language=language)
    await_plan(page)
    to_replay(page)
    settled, mark = page.get_by_test_id("replay-reading"), page.get_by_test_id("replay-mark")
    stage, play = page.get_by_test_id("replay"), page.get_by_test_id("replay-play")
    expect(settled).to_have_text("", timeout=BESIDE_MS)
    first = stage.get_attribute("data-sequence") or ""
    of_the_first = page.get_by_test_id("replay-at").text_content() or "nothing"

    page.route("**/api/v1/history/view?*", lambda route: route.abort())
    page.get_by_test_id("replay-slider").focus()
    page.keyboard.press("Space")
    expect(page.get_by_test_id("replay-missed")).to_be_visible()
    expect(play).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("End")
    missed = page.get_by_test_id("replay-at").text_content() or "nothing"
    assert missed != of_the_first
    expect(page.get_by_test_id("replay-missed")).to_contain_text(missed)
    expect(mark).to_contain_text(of_the_first)
    expect(stage).to_have_attribute("data-sequence", first)
    picture(page, f"replay-missed-{language}")
    assert flaws(page, axe) == []
    assert page.evaluate(CUT) == []

    page.unroute("**/api/v1/history/view?*")
    page.get_by_test_id("replay-again").click()
    expect(settled).to_have_text("", timeout=BESIDE_MS)
    expect(mark).to_contain_text(missed)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_study_is_asked_on_a_copy_and_compared(
    harmless: Page, watched: Demo, axe: str, language: str
) -> None:
    page = harmless
    log_in(page, watched, language=language)
    await_plan(page)
    to_screen(page, "study")
    scene = page.get_by_test_id("scene")
    expect(scene).to_have_attribute("data-kind", "study")
    expect(scene).to_contain_text({"en": "STUDY, NOT THE FIELD", "vi": "NGHIÊN CỨU"}[language])
    assert flaws(page, axe) == []

    page.get_by_test_id("study-begins-normal").check()
    page.get_by_test_id("table-toggle").click()
    page.get_by_test_id("section-row").nth(40).get_by_role("button").click()
    page.get_by_test_id("study-fault").click()
    expect(page.get_by_test_id("study-faults").locator("li")).to_have_count(1)
    page.get_by_test_id("study-ask").click()
    study = page.get_by_test_id("study")
    expect(study).to_have_attribute("data-stage", "proposed", timeout=BESIDE_MS)
    expect(scene.get_by_test_id("incident-phase")).to_have_attribute("data-phase", "proposed")
    expect(scene.get_by_test_id("why")).to_be_visible()
    page.get_by_test_id("table-toggle").click()
    picture(page, f"study-{language}")
    nothing_commands(page)
    assert flaws(page, axe) == []
    assert page.evaluate(CUT) == []

    page.get_by_test_id("study-load").fill("130")
    page.get_by_test_id("study-ask").click()
    expect(page.get_by_test_id("study-row")).to_have_count(2, timeout=BESIDE_MS)
    page.get_by_test_id("stage-before").click()
    expect(scene.get_by_test_id("incident-phase")).to_have_count(0)
    page.get_by_test_id("stage-after").click()
    picture(page, f"study-after-{language}")
    assert flaws(page, axe) == []


def test_a_study_goes_on_from_a_moment_of_a_replay(harmless: Page, watched: Demo) -> None:
    page = harmless
    log_in(page, watched)
    await_plan(page)
    to_replay(page)
    page.get_by_test_id("replay-study").click()
    expect(page.get_by_test_id("study-begins-moment")).to_be_checked()
    at = page.get_by_test_id("study-at").text_content() or ""
    expect(page.get_by_test_id("scene")).to_contain_text(at, timeout=BESIDE_MS)
    page.get_by_test_id("study-ask").click()
    expect(page.get_by_test_id("study")).to_have_attribute(
        "data-stage", "before", timeout=BESIDE_MS
    )
    expect(page.get_by_test_id("study-flow")).to_be_visible()
    page.get_by_test_id("study-moment").fill("at dawn")
    page.get_by_test_id("study-moment").press("Tab")
    expect(page.get_by_role("alert").filter(has_text="yesterday 02:10")).to_be_visible()
