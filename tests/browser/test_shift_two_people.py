"""A shift of two: what one of them does is seen by the other, and neither switches alone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import picture
from tests.browser.dispatcher import Dispatcher
from tests.browser.house import House, house_in
from tests.browser.test_paper import pdf_of, sizes, texts

pytestmark = pytest.mark.browser

A4_PT = (595, 842)
SAID_ON_PAPER = (
    r"PHIẾU THAO TÁC",
    r"Người viết phiếu:?\s+GridOps, tự động",
    r"Người duyệt phiếu:?\s+binh",
    r"Người ra lệnh:?\s+lan",
    r"Đóng LBS 471-472",
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, two_people=True) as house:
        yield house


def test_neither_switches_alone_and_the_paper_names_both(
    page: Page, colleague: Page, house: House, tmp_path: Path
) -> None:
    lan, binh = Dispatcher(page, "lan"), Dispatcher(colleague, "binh")
    for each in (lan, binh):
        each.logs_in(house.address)
    binh.presses("lang-vi")
    house.strike("L471-3")

    # It takes two, and says so to each in their own words.
    first = lan.sees_plan()
    lan.reads("release-blockers", "another person has to approve it first")
    lan.presses_twice("approve")
    lan.reads("release-blockers", "you have approved it: another person has to release it")
    binh.reads("approval", "lan")

    # A tag of hers replaces the plan that he is about to release, and his press is void.
    binh.presses("release")
    expect(binh.at("release-confirm")).to_be_visible()
    lan.hangs_tag("RMU3-2", "thay đầu cáp")
    expect(binh.at("plan")).not_to_have_attribute("data-id", first)
    expect(binh.at("release-confirm")).to_have_count(0)
    expect(binh.at("approval")).to_have_count(0)
    expect(binh.page.locator('[data-testid="plan-step"][data-id="RMU3-2"]')).to_have_count(0)
    picture(colleague, "shift-tag-of-the-colleague-vi")
    lan.presses("tag-remove")
    expect(lan.at("tag-row")).to_have_count(0)
    lan.presses("replan")
    expect(lan.page.locator('[data-testid="plan-step"][data-id="RMU3-2"]')).to_have_count(1)

    # Both agree, both press at once; the network keeps his back, and it is refused.
    for each in (lan, binh):
        each.presses_twice("approve")
    kept: list[Route] = []
    colleague.route("**/release", lambda route: kept.append(route))  # noqa: PLW0108  # wants a function
    with colleague.expect_request("**/release"):
        binh.releases()
    lan.releases()
    lan.sees_phase("executing")
    assert len(kept) == 1
    kept[0].continue_()
    expect(binh.at("problem")).to_have_attribute("data-code", "release-refused")
    binh.reads("problem", "người khác đã cho thực hiện trước")
    picture(colleague, "shift-refused-vi")
    expect(lan.at("problem")).to_have_count(0)
    for each in (lan, binh):
        each.sees_phase("restored")
        each.sees_out(1478)

    reads_on_paper(binh, house, tmp_path)


def reads_on_paper(reader: Dispatcher, house: House, folder: Path) -> None:
    """On the page that is printed, and in the PDF where this machine can read one."""
    reader.goes_to("sheets")
    reader.at("sheet-row").first.click()
    form = reader.at("sheet-print-vn").get_attribute("href")
    reader.page.goto(f"{house.address}{form}")
    picture(reader.page, "shift-sheet-vn")
    pdf = pdf_of(reader.page, folder)
    assert set(sizes(pdf)) == {A4_PT}
    printed = "".join(texts(pdf))
    for text in filter(None, (reader.page.locator("body").inner_text(), printed)):
        for words in SAID_ON_PAPER:
            assert re.search(words, text), words
