"""The diagram under the hand: it follows the mouse, and what is looked for comes into sight."""

import math

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ANSWER_MS, Demo, await_plan, log_in, to_screen

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
