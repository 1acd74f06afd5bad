"""The diagram under the hand: it follows the mouse, and what is looked for comes into sight."""

import math

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import (
    ANSWER_MS,
    LAPTOP,
    Demo,
    await_plan,
    log_in,
    picture,
    to_screen,
)

pytestmark = pytest.mark.browser

LOOK_MS = 100
LOOKS_MAX = ANSWER_MS // LOOK_MS

FLAGS = """() => {
    const canvas = document.querySelector('[data-testid=diagram]');
    const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let [n, x, y] = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
        if (data[at] !== 179 || data[at + 1] !== 18 || data[at + 2] !== 29) continue;
        n += 1;
        x += (at / 4) % width;
        y += Math.floor(at / 4 / width);
    }
    return n === 0 ? null : [x / n, y / n];
}"""
"""Where all that is drawn in the colour of alarm lies: its middle."""


def middle(page: Page) -> tuple[float, float]:
    """Once it is drawn."""
    for _ in range(LOOKS_MAX):
        if (found := page.evaluate(FLAGS)) is not None:
            return found[0], found[1]
        page.wait_for_timeout(LOOK_MS)
    raise AssertionError("nothing is drawn in the colour of alarm")


def await_middle(page: Page, x: float, y: float) -> None:
    for _ in range(LOOKS_MAX):
        at_x, at_y = middle(page)
        if math.hypot(at_x - x, at_y - y) < 1.0:
            return
        page.wait_for_timeout(LOOK_MS)
    raise AssertionError(f"it lies at {at_x:.1f}, {at_y:.1f} and not at {x:.1f}, {y:.1f}")


def test_it_follows_a_drag_to_the_pixel(page: Page, watched: Demo) -> None:
    log_in(page, watched)
    await_plan(page)
    to_screen(page, "diagram")
    x, y = middle(page)
    box = page.get_by_test_id("diagram").bounding_box()
    assert box is not None
    start_x, start_y = box["x"] + 200, box["y"] + 200
    page.mouse.move(start_x, start_y)
    page.mouse.down()
    page.mouse.move(start_x + 60, start_y + 35, steps=12)
    page.mouse.up()
    await_middle(page, x + 60, y + 35)
    page.keyboard.press("0")
    await_middle(page, x, y)


def test_what_is_looked_for_is_chosen_and_what_is_not_there_is_said(
    page: Page, watched: Demo
) -> None:
    log_in(page, watched)
    to_screen(page, "diagram")
    page.get_by_test_id("find-device").fill("no such thing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="no such thing")).to_be_visible()
    page.get_by_test_id("find-device").fill("sw107")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("detail")).to_have_attribute("data-id", "SW107")
    expect(page.get_by_role("alert").filter(has_text="no such thing")).to_have_count(0)


BREAKABLE = """() => {
    const stroke = CanvasRenderingContext2D.prototype.stroke;
    CanvasRenderingContext2D.prototype.stroke = function (...given) {
        if (window.breaks) throw new Error('out of memory');
        stroke.apply(this, given);
    };
}"""
SEEN = """() => {
    const canvas = document.querySelector('[data-testid=diagram]');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Uint32Array(data.buffer).reduce((sum, pixel) => (sum * 31 + pixel) >>> 0, 7);
}"""


def painted(page: Page, *, other_than: int | None = None) -> int:
    """What stands on the canvas, once two looks in a row saw the same."""
    last = None
    for _ in range(LOOKS_MAX):
        now = page.evaluate(SEEN)
        if now == last != other_than:
            return int(now)
        last = now
        page.wait_for_timeout(LOOK_MS)
    raise AssertionError("the diagram does not come to rest")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_half_a_picture_is_never_shown_as_a_whole_one(
    browser: Browser, watched: Demo, language: str
) -> None:
    with browser.new_context(viewport=LAPTOP) as context:
        page = context.new_page()
        page.add_init_script(f"({BREAKABLE})()")
        log_in(page, watched, language=language)
        await_plan(page)
        to_screen(page, "diagram")
        broken = page.get_by_test_id("diagram-broken")
        whole = painted(page)
        expect(broken).to_have_count(0)

        page.evaluate("() => { window.breaks = true; }")
        page.get_by_test_id("find-device").fill("sw107")
        page.keyboard.press("Enter")
        expect(broken).to_be_visible()
        picture(page, f"diagram-broken-{language}")
        page.get_by_test_id("diagram").focus()
        for key in ("Escape", "0"):
            page.keyboard.press(key)
        expect(page.get_by_test_id("detail")).to_have_count(0)
        assert painted(page) == whole

        page.evaluate("() => { window.breaks = false; }")
        expect(broken).to_have_count(0)
        page.get_by_test_id("find-device").fill("sw107")
        page.keyboard.press("Enter")
        painted(page, other_than=whole)
