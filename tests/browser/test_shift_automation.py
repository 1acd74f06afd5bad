"""A feeder that goes by itself, until a device refuses; then a person reads why and decides."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import picture
from tests.browser.dispatcher import SWITCHED_MS, Dispatcher
from tests.browser.house import House, house_in

pytestmark = pytest.mark.browser

FEEDER = "471-E1.9"
REFUSED = re.compile(r"RMU Ngọc Khánh.* refused")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as house:
        yield house


def test_it_goes_by_itself_and_stops_where_a_device_refuses(page: Page, house: House) -> None:
    lan = Dispatcher(page, "lan")
    lan.logs_in(house.address)
    lan.sets_mode(FEEDER, "automatic")
    lan.sets_mode("", "automatic")
    automation = page.locator(f'[data-testid="blockers"][data-feeder="{FEEDER}"]')
    expect(automation).to_have_attribute("data-state", "available")

    # Nobody presses anything: it opens around the fault, and then the tie refuses.
    house.happens("misbehave", device="RMU3-2", kind="refuse")
    house.strike("L471-1")
    expect(lan.at("timeline")).to_contain_text(REFUSED, timeout=SWITCHED_MS)
    expect(automation).to_have_attribute("data-state", "blocked")

    # It says why it keeps its hands off, and what is left to do waits for a person.
    automation.click()
    latch = page.locator('[data-testid="blocker"][data-kind="latch"]')
    expect(latch).to_contain_text("Latched off")
    expect(latch).to_contain_text("refused")
    lan.sees_plan()
    picture(page, "shift-refused-step-en")
    expect(page.locator('[data-testid="plan-step"][data-id="RMU3-2"]')).to_have_count(0)
    lan.releases()
    lan.sees_phase("restored")
    lan.sees_out(623)

    lan.at("enable-reason").fill("drive of the tie is out of order, crew told")
    lan.presses_twice("enable")
    expect(automation).not_to_have_attribute("data-state", "blocked")
    expect(latch).to_have_count(0)
