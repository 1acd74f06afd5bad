"""Every screen in both languages: readable by everybody, and whole on a laptop and on a wall."""

from base64 import b64encode
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import (
    LAPTOP,
    Demo,
    await_plan,
    log_in,
    picture,
    running_service,
    to_screen,
)

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "console" / "node_modules" / "axe-core" / "axe.min.js"
WALL = {"width": 3840, "height": 2160}
SCREENS = ("overview", "incidents", "alarms", "diagram", "sheets", "history", "account", "help")
ON_WALLS = ("overview", "incidents", "diagram", "sheets", "history", "account")
DESK_PX_MIN = 11
APART_MIN = 10.0
"""Of a quarter of the pixels half of the way from white to black would be 32."""
WORDS_PX = """() => [...document.querySelectorAll('header, nav, main, main *')]
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== ''))
    .filter((e) => e.checkVisibility())
    .map((e) => parseFloat(getComputedStyle(e).fontSize))"""
BRIGHTNESS = """async (png) => {
    const bytes = Uint8Array.from(atob(png), (c) => c.charCodeAt(0));
    const size = { resizeWidth: 24, resizeHeight: 24 };
    const canvas = new OffscreenCanvas(24, 24).getContext('2d');
    canvas.drawImage(await createImageBitmap(new Blob([bytes]), size), 0, 0);
    const { data } = canvas.getImageData(0, 0, 24, 24);
    return Array.from({ length: 576 }, (_, i) => data[4 * i + 1]);
}"""
"""Of a picture without colour, on one size for all: one channel is as good as another."""
CUT = """() => [...document.querySelectorAll('html, main *')]
    .filter((e) => getComputedStyle(e).overflowX !== 'visible' || e.tagName === 'HTML')
    .filter((e) => !e.matches('.hidden, select, input') && e.scrollWidth > e.clientWidth)
    .map((e) => `${e.tagName}.${e.className}`)"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The checker of WCAG rules, as npm installs it."""
    if not AXE.is_file():
        pytest.skip("no axe-core: npm ci in console/")
    return AXE.read_text()


@pytest.fixture(scope="module")
def administered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_service(tmp_path_factory.mktemp("house"), role="admin") as service:
        yield service


def flaws(page: Page, axe: str) -> list[str]:
    """What axe finds: the rule, and where."""
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]
    ]


@pytest.mark.parametrize("language", ["en", "vi"])
def test_no_screen_shuts_anybody_out_or_cuts_anything_off(
    page: Page, watched: Demo, axe: str, language: str
) -> None:
    page.goto(watched.address)
    page.get_by_test_id(f"lang-{language}").click()
    assert flaws(page, axe) == []
    log_in(page, watched, language=language)
    await_plan(page)
    for name in SCREENS:
        to_screen(page, name)
        if name == "history":
            page.get_by_test_id("history-row").click()
            expect(page.get_by_test_id("course")).to_be_visible()
        picture(page, f"{name}-{language}")
        assert flaws(page, axe) == [], name
        assert page.evaluate(CUT) == [], name
    page.set_viewport_size(WALL)
    for name in ON_WALLS:
        to_screen(page, name)
        picture(page, f"{name}-wall-{language}")
        assert page.evaluate(CUT) == [], name
    page.set_viewport_size(LAPTOP)


def test_a_wall_has_larger_words_than_a_desk_in_every_theme(page: Page, watched: Demo) -> None:
    log_in(page, watched)
    await_plan(page)
    smallest = {}
    for where, size in (("desk", LAPTOP), ("wall", WALL)):
        page.set_viewport_size(size)
        for theme in ("grey", "projector"):
            page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
            smallest[where, theme] = min(page.evaluate(WORDS_PX))
            picture(page, f"incidents-{where}-{theme}")
            assert page.evaluate(CUT) == [], (where, theme)
    assert smallest["desk", "grey"] >= DESK_PX_MIN
    assert smallest["wall", "grey"] >= smallest["desk", "grey"] * 1.2
    for where in ("desk", "wall"):
        assert smallest[where, "projector"] >= smallest[where, "grey"] * 1.1
    page.set_viewport_size(LAPTOP)


def test_without_colour_every_symbol_still_is_another(page: Page, watched: Demo) -> None:
    """As on a grey printer, and to eyes that see no colour at all."""
    log_in(page, watched)
    await_plan(page)
    eyes = page.context.new_cdp_session(page)
    eyes.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    picture(page, "incidents-grey")
    shapes = page.locator(".legend svg, .legend .step, .legend .mark svg")
    drawn = [
        page.evaluate(BRIGHTNESS, b64encode(one.screenshot()).decode()) for one in shapes.all()
    ]
    assert len(drawn) >= 11
    for one, other in combinations(drawn, 2):
        assert apart(one, other) > APART_MIN
    page.emulate_media(media="print")
    picture(page, "incidents-print")


def apart(one: list[float], other: list[float]) -> float:
    """Mean difference of brightness, 0 to 255."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def test_the_overview_says_what_is_wrong(page: Page, watched: Demo) -> None:
    log_in(page, watched)
    await_plan(page)
    to_screen(page, "overview")
    word = page.get_by_test_id("overview-word")
    expect(word).to_have_attribute("data-calm", "false")
    expect(word).to_contain_text("1 open incident")
    expect(word).to_contain_text("4,909 customers out")
    # Its card leads to the place where something is done about it.
    page.get_by_test_id("incident-card").click()
    expect(page.get_by_test_id("screen")).to_have_attribute("data-screen", "incidents")


def test_the_past_is_found_by_time_and_played_without_commanding(page: Page, watched: Demo) -> None:
    log_in(page, watched)
    await_plan(page)
    to_screen(page, "history")
    page.get_by_test_id("history-until").fill("at dawn")
    page.get_by_test_id("history-search").click()
    expect(page.get_by_role("alert").filter(has_text="yesterday 02:10")).to_be_visible()
    page.get_by_test_id("history-until").fill("yesterday 02:10")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("history-row")).to_have_count(0)
    page.get_by_test_id("history-until").fill("")
    page.keyboard.press("Enter")
    page.get_by_test_id("history-row").click()

    course = page.get_by_test_id("course")
    expect(course).to_contain_text("HISTORY")
    expect(page.get_by_test_id("release")).to_have_count(0)
    dark = page.get_by_test_id("course-dark")
    expect(dark).to_have_attribute("data-customers", "4909")
    told = page.get_by_test_id("course-told").locator("li")
    at_last = told.count()
    page.get_by_test_id("course-slider").focus()
    page.keyboard.press("Home")
    expect(told).not_to_have_count(at_last)
    assert told.count() < at_last


def test_a_site_may_draw_closed_in_its_own_colour(page: Page, watched: Demo) -> None:
    log_in(page, watched)
    page.locator(".user summary").click()
    page.get_by_test_id("theme").select_option("closed-green")
    expect(page.locator("html")).to_have_attribute("data-theme", "closed-green")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "closed-green")
    page.get_by_test_id("screen-diagram").click()
    picture(page, "diagram-closed-green")


@pytest.mark.parametrize("theme", ["closed-red", "closed-green", "projector"])
def test_every_colour_of_a_site_can_be_read(
    page: Page, watched: Demo, axe: str, theme: str
) -> None:
    log_in(page, watched)
    await_plan(page)
    page.locator(".user summary").click()
    page.get_by_test_id("theme").select_option(theme)
    page.locator(".user summary").click()
    for name in ("overview", "incidents", "minutes"):
        to_screen(page, name)
        assert flaws(page, axe) == [], name


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_quick_card_prints_on_one_page_and_asks_nobody(
    page: Page, watched: Demo, tmp_path: Path, language: str
) -> None:
    log_in(page, watched, language=language)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    to_screen(page, "help")
    card = page.get_by_test_id("card")
    expect(card.get_by_role("heading").first).to_be_visible()
    assert [url for url in asked if not url.startswith(watched.address)] == []
    assert page.pdf(path=tmp_path / "card.pdf", format="A4").count(b"/MediaBox") == 1
    page.emulate_media(media="print")
    expect(page.get_by_test_id("screen-help")).to_be_hidden()
    expect(page.get_by_test_id("card-print")).to_be_hidden()
    page.emulate_media(media="screen")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_users_are_made_changed_and_removed_and_the_audit_says_so(
    page: Page, administered: Demo, axe: str, language: str
) -> None:
    log_in(page, administered, language=language)
    to_screen(page, "admin")
    name = f"hung.{language}"
    page.get_by_test_id("user-name").fill(name)
    page.get_by_test_id("user-new-role").select_option("dispatcher")
    page.get_by_test_id("user-password").fill("another long night")
    page.get_by_test_id("user-add").click()
    row = page.locator(f'[data-testid="user-row"][data-id="{name}"]')
    expect(row).to_be_visible()

    row.get_by_test_id("areas").locator("summary").click()
    row.get_by_role("checkbox").first.check()
    row.get_by_test_id("user-role").select_option("shift_lead")
    row.get_by_test_id("user-apply").click()
    expect(row.get_by_test_id("user-apply")).to_be_disabled()
    page.reload()
    expect(row.get_by_test_id("user-role")).to_have_value("shift_lead")
    expect(row.get_by_role("checkbox", checked=True, include_hidden=True)).to_have_count(1)
    expect(page.get_by_test_id("audit-row").filter(has_text="shift_lead").first).to_be_visible()
    picture(page, f"admin-{language}")
    assert flaws(page, axe) == []
    assert page.evaluate(CUT) == []

    row.get_by_test_id("user-remove").click()
    row.get_by_test_id("user-remove-confirm").click()
    expect(row).to_have_count(0)


def test_a_token_is_shown_once_and_revoked(page: Page, administered: Demo) -> None:
    log_in(page, administered)
    to_screen(page, "account")
    page.get_by_test_id("token-name").fill("the wall in the hall")
    page.get_by_test_id("token-make").click()
    word = page.get_by_test_id("token-word")
    expect(word).to_be_visible()
    row = page.get_by_test_id("token-row").filter(has_text="the wall in the hall")
    expect(row).to_be_visible()
    page.reload()
    expect(row).to_be_visible()
    expect(word).to_have_count(0)
    row.get_by_test_id("token-revoke").click()
    row.get_by_test_id("token-revoke-confirm").click()
    expect(row).to_have_count(0)
