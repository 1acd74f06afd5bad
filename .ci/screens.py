"""Takes the pictures of the console that documents show: every screen, in both languages.

`python .ci/screens.py` starts a demo, a training and a house without a field, and writes
docs/img/screens/NAME-LANGUAGE.png; two minutes on an idle machine. `python .ci/screens.py training`
takes those alone. Unlike the pictures of `.ci/pictures.py` they are taken, not drawn: times and
measurements differ, so no test compares them; one asks that each is there and small.
"""

import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import (  # noqa: E402 (the path is set)
    LAPTOP,
    QUIET,
    await_plan,
    log_in,
    release,
    running_demo,
    running_service,
    to_screen,
)

FOLDER = ROOT / "docs" / "img" / "screens"
LANGUAGES = ("en", "vi")
END_MS = 90_000
LOOKED_AT = ("alarms", "overview", "diagram", "minutes", "help")
"""Screens that are whole as they open."""


def keep(page: Page, name: str, language: str) -> None:
    """As a PNG of 256 colours: a third of the size, and nobody sees it."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(600)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    few = shot.quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE, kmeans=2)
    FOLDER.mkdir(parents=True, exist_ok=True)
    few.save(FOLDER / f"{name}-{language}.png", optimize=True)


def in_each_language(page: Page, name: str) -> None:
    for language in LANGUAGES:
        page.get_by_test_id(f"lang-{language}").click()
        keep(page, name, language)


def of_a_demo(page: Page) -> None:
    """From the login to the sheet of a plan that was carried out."""
    with running_demo() as demo:
        page.goto(demo.address)
        in_each_language(page, "login")
        log_in(page, demo)
        await_plan(page)
        for name in LOOKED_AT:
            to_screen(page, name)
            in_each_language(page, name)
        to_screen(page, "incidents")
        in_each_language(page, "incidents")
        page.get_by_test_id("table-toggle").click()
        in_each_language(page, "table")
        page.get_by_test_id("table-toggle").click()
        release(page)
        card = page.get_by_test_id("incident-card")
        expect(card).to_have_attribute("data-phase", "restored", timeout=END_MS)
        page.get_by_test_id("plan-sheet").click()
        to_screen(page, "sheets")
        in_each_language(page, "sheets")
        to_screen(page, "history")
        page.get_by_test_id("history-row").first.click()
        expect(page.get_by_test_id("course")).to_be_visible()
        in_each_language(page, "history")
        to_screen(page, "study")
        ask(page)
        in_each_language(page, "study")


def ask(page: Page) -> None:
    """What if one section failed."""
    page.get_by_test_id("study-begins-normal").check()
    page.get_by_test_id("table-toggle").click()
    page.get_by_test_id("section-row").nth(40).get_by_role("button").click()
    page.get_by_test_id("study-fault").click()
    page.get_by_test_id("study-ask").click()
    study = page.get_by_test_id("study")
    expect(study).to_have_attribute("data-stage", "proposed", timeout=END_MS)
    page.get_by_test_id("table-toggle").click()


def of_a_training(page: Page) -> None:
    with running_demo(job="train") as training:
        log_in(page, training)
        await_plan(page)
        debrief = page.get_by_test_id("training-debrief").locator("summary")
        for language in LANGUAGES:
            page.get_by_test_id(f"lang-{language}").click()
            debrief.click()
            keep(page, "training", language)
            debrief.click()  # it lies over the switch of the language


def of_a_house(page: Page) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_service(Path(folder), role="admin") as house,
    ):
        log_in(page, house)
        for name in ("account", "admin"):
            to_screen(page, name)
            in_each_language(page, name)


TAKEN: dict[str, Callable[[Page], None]] = {
    "demo": of_a_demo,
    "training": of_a_training,
    "house": of_a_house,
}


@contextmanager
def page_of(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport=ViewportSize(width=LAPTOP["width"], height=LAPTOP["height"])
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def main(wanted: list[str]) -> int:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no chromium: apt-get install chromium", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        for name in wanted or TAKEN:
            with page_of(browser) as page:
                TAKEN[name](page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
