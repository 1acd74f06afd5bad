"""The public page as people meet it: without script, on a phone, on a screen, on paper, under the
very headers that the service sends."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from gridops.api.public.outages import Board, CrewStatus, PublicOutage, Rules, Status, Told, Why
from gridops.api.public.page import (
    PAPER,
    STYLE,
    Language,
    Letterhead,
    LookedUp,
    PublicPage,
    page_of,
    wording_of,
)
from gridops.api.shield import HEADERS
from tests.browser.conftest import LAPTOP, picture

pytestmark = pytest.mark.browser

ADDRESS = "http://localhost"
NOW = datetime(2026, 11, 26, 2, 40, tzinfo=UTC)
PHONE = {"width": 360, "height": 740}
HEAD = Letterhead(
    name="Công ty Điện lực Ba Đình", contact="1900 1288", zone=timezone(timedelta(hours=7))
)


TOLD = tuple(
    Told(
        NOW - timedelta(minutes=ago), NOW + timedelta(minutes=20), NOW + timedelta(minutes=ago * 3)
    )
    for ago in (25, 15)
)


def outage(number: int, area: str, status: Status, why: Why = Why.FAULT) -> PublicOutage:
    over = status is Status.RESTORED
    return PublicOutage(
        mrid=UUID(int=number),
        area=area,
        status=status,
        crew=CrewStatus.COMPLETE if over else CrewStatus.AWAITING,
        why=why,
        is_predicted=False,
        began=NOW - timedelta(minutes=30 + number),
        ended=NOW - timedelta(minutes=5) if over else None,
        expected=TOLD if status is Status.CREW_SENT else (),
        customers=1200,
        customers_out=None if over else 700,
        customers_restored=1200 if over else 500,
        customers_of_area=4210,
    )


BOARD = Board(
    at=NOW,
    is_current=False,
    outages=(
        outage(1, "Phường Giảng Võ", Status.ASSESSING),
        outage(2, "Phường Nghĩa Tân", Status.CREW_SENT),
        outage(3, "", Status.RESTORING, Why.LOST_SUPPLY),
        outage(4, "Phường Quan Hoa", Status.AWAITING_REPAIR, Why.PLANNED_WORK),
        outage(5, "Phường Kim Mã", Status.RESTORED),
    ),
    unlisted=3,
)


@pytest.fixture
def scriptless(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=LAPTOP, java_script_enabled=False)
    page = context.new_page()
    page.route(f"{ADDRESS}/**", _answer)
    yield page
    context.close()


def _answer(route: Route) -> None:
    """As the service would; `q` leads to Giảng Võ."""
    url = route.request.url
    if url.endswith(STYLE):
        kind, body = "text/css", (PAPER / STYLE).read_text()
    else:
        language = Language.EN if "lang=en" in url else Language.VI
        asked = LookedUp(words="giang vo", areas=("Phường Giảng Võ",)) if "q=" in url else None
        page = PublicPage(
            board=BOARD, rules=Rules(), head=HEAD, say=wording_of(language), asked=asked
        )
        kind, body = "text/html", page_of(page)
    headers = {**HEADERS, "Content-Type": f"{kind}; charset=utf-8"}
    route.fulfill(status=200, headers=headers, body=body)


@pytest.mark.parametrize(
    ("language", "status", "unknown"),
    [("vi", "Đang xác định", "khoảng 700"), ("en", "Being assessed", "about 700")],
)
def test_it_says_without_script_what_is_known(
    scriptless: Page, language: str, status: str, unknown: str
) -> None:
    scriptless.goto(f"{ADDRESS}/public?lang={language}")
    expect(scriptless.locator("html")).to_have_attribute("lang", language)
    article = scriptless.locator("article", has_text="Giảng Võ")
    expect(article).to_contain_text(status)
    expect(article).to_contain_text(unknown)
    expect(article).to_contain_text("09:09")
    revised = scriptless.locator("article", has_text="Nghĩa Tân")
    expect(revised).to_contain_text("10:25")
    expect(revised).to_contain_text("10:55")
    expect(scriptless.get_by_role("heading", level=2)).to_have_count(3)
    expect(scriptless.locator(".warning")).to_be_visible()
    picture(scriptless, f"public-{language}")


def test_somebody_looks_up_their_ward_by_keyboard_and_comes_back(scriptless: Page) -> None:
    scriptless.goto(f"{ADDRESS}/public?lang=vi")
    scriptless.get_by_label("Phường, xã").fill("giang vo")
    scriptless.keyboard.press("Enter")
    expect(scriptless.locator("article")).to_have_count(1)
    expect(scriptless.locator(".answer")).to_contain_text("Phường Giảng Võ")
    picture(scriptless, "public-looked-up")
    scriptless.get_by_role("link", name="Tất cả các vụ mất điện").click()
    expect(scriptless.locator("article")).to_have_count(5)
    scriptless.get_by_role("link", name="English").click()
    expect(scriptless.locator("h1")).to_have_text("Power outages and planned work")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_it_fits_a_phone_and_prints_on_a4(page: Page, tmp_path: Path, language: str) -> None:
    page.route(f"{ADDRESS}/**", _answer)
    page.set_viewport_size(PHONE)
    page.goto(f"{ADDRESS}/public?lang={language}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("getComputedStyle(document.querySelector('article')).backgroundColor") == (
        "rgb(255, 255, 255)"
    ), "the stylesheet came"
    picture(page, f"public-phone-{language}")
    page.pdf(path=tmp_path / "public.pdf", prefer_css_page_size=True)
    assert (tmp_path / "public.pdf").read_bytes().count(b"/MediaBox") <= 3
