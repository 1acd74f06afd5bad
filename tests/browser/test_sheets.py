"""A switching sheet from the template to the paper, at one screen."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, await_plan, log_in, picture, to_screen

pytestmark = pytest.mark.browser

GRID = """async () => {
    const grid = await (await fetch('api/v1/grid')).json();
    const around = {};
    for (const s of grid.switches) for (const x of s.sections) (around[x] ??= []).push(s);
    const remote = (all) => all.length === 2 && all.every((s) => s.control === 'remote');
    const lonely = grid.sections.find((s) => s.customers === 0 && remote(around[s.id] ?? [])
        && around[s.id].some((x) => x.normal === 'open'));
    return JSON.stringify({
        tie: grid.switches.find((s) => s.tie && s.control === 'remote').id,
        section: lonely.id,
    });
}"""


def deliberately(page: Page, testid: str) -> None:
    page.get_by_test_id(testid).click()
    page.get_by_test_id(f"{testid}-confirm").click()


def the_crew_says(page: Page, words: str) -> None:
    """Told by name, and heard."""
    page.get_by_test_id("instruct-receiver").fill("Đội 3, ông Hùng")
    page.get_by_test_id("instruct").click()
    page.get_by_test_id("report").click()
    page.get_by_test_id("report-note").fill(words)
    page.get_by_test_id("report-done").click()


def the_crew_is_listed_until_it_is_heard_of(page: Page) -> None:
    """Who found it dead is still there."""
    sheet = page.get_by_test_id("sheet")
    to_screen(page, "alarms")
    alarm = page.locator("[data-testid=alarm-row][data-kind=crew]")
    expect(alarm).to_have_attribute("data-state", "unacknowledged")
    picture(page, "alarm-crew-vi")
    alarm.get_by_test_id("alarm-sheet").click()
    expect(sheet).to_have_attribute("data-state", "stopped")
    page.get_by_test_id("report").click()
    picture(page, "sheet-crew-in-doubt-vi")
    page.get_by_test_id("lang-en").click()
    picture(page, "sheet-crew-in-doubt-en")
    page.get_by_test_id("report-turned-back").click()
    expect(page.get_by_test_id("report")).to_have_count(0)
    to_screen(page, "alarms")
    expect(alarm).to_have_attribute("data-state", "returned")


def test_a_sheet_is_refused_written_approved_carried_out_and_printed(
    page: Page, demo: Demo
) -> None:
    log_in(page, demo, language="vi")
    await_plan(page)  # an approval falls when the demo's fault comes after it
    places = json.loads(page.evaluate(GRID))

    page.get_by_test_id("sheet-new").click()
    expect(page.get_by_test_id("sheet-save")).to_be_disabled()
    page.get_by_test_id("sheet-name").fill("Thử <b>đóng</b> liên lạc & kiểm tra")
    page.get_by_test_id("add-close").click()
    page.get_by_test_id("draft-switch").fill("không có")
    expect(page.get_by_test_id("draft-lacks")).to_be_visible()
    # a closing that joins two feeds is refused while it is being written
    page.get_by_test_id("draft-switch").fill(places["tie"])
    expect(page.get_by_test_id("draft-guard")).to_have_attribute("data-passed", "false")
    picture(page, "sheet-refused-vi")
    page.get_by_test_id("editor-close").click()

    page.get_by_test_id("sheet-new").click()
    page.get_by_test_id("template").select_option("section_out")
    page.get_by_test_id("template-section").fill(places["section"])
    page.get_by_test_id("template-take").click()
    expect(page.get_by_test_id("draft-guard")).to_have_attribute("data-passed", "true")
    expect(page.get_by_test_id("sheet-name")).to_have_value("Tách phân đoạn để công tác")
    page.get_by_test_id("sheet-save").click()

    sheet = page.get_by_test_id("sheet")
    expect(sheet).to_have_attribute("data-state", "draft")
    deliberately(page, "sheet-approve")
    expect(sheet).to_have_attribute("data-state", "approved")
    deliberately(page, "sheet-start")
    expect(sheet).to_have_attribute("data-state", "executing")
    first = page.get_by_test_id("sheet-step").first
    expect(first).to_have_attribute("data-state", "completed")

    the_crew_says(page, "không có điện")
    asked = page.locator("[data-testid=sheet-step][data-act=check_dead]").first
    expect(asked).to_have_attribute("data-state", "completed")
    picture(page, "sheet-executing-vi")

    paper = page.context.new_page()
    form = page.get_by_test_id("sheet-print-vn").get_attribute("href")
    paper.goto(f"{demo.address.rstrip('/')}/{form}")
    expect(paper.locator("body")).to_contain_text("PHIẾU THAO TÁC")
    expect(paper.locator("body")).to_contain_text("Đội 3, ông Hùng")
    paper.close()

    page.get_by_test_id("sheet-stop").click()
    expect(sheet).to_have_attribute("data-state", "stopped")
    page.get_by_test_id("sheet-successor").click()
    expect(page.get_by_test_id("draft-step").first).to_be_visible()
    page.get_by_test_id("sheet-save").click()
    expect(sheet).to_have_attribute("data-state", "draft")
    picture(page, "sheet-successor-vi")
    page.get_by_test_id("sheet-close").click()
    expect(page.get_by_test_id("incident-card").first).to_be_visible()
    the_crew_is_listed_until_it_is_heard_of(page)
