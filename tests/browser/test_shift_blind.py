"""What a screen shows while it cannot know: a cut line, a slow one, a service that begins again,
and a clock that is wrong. The same fault stands all the while, and nobody releases anything."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from gridops.adapters.clocks import SystemClock
from tests.browser.conftest import picture
from tests.browser.dispatcher import Dispatcher
from tests.browser.house import House, house_in
from tests.browser.line import line_to
from tests.chaos.bad_path import Habits

pytestmark = pytest.mark.browser

CLOCK = SystemClock()
DAY = timedelta(days=1)
BLIND_WITHIN_MS = 3_000
SLOW_3G = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
STARVED = Habits(chunk=10, bytes_per_s=20)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="module")
def struck(house: House) -> House:
    house.strike("L471-3")
    return house


def test_a_cut_line_shows_within_three_seconds_and_nothing_is_missed(
    page: Page, colleague: Page, struck: House
) -> None:
    lan, binh = Dispatcher(page, "lan"), Dispatcher(colleague, "binh")
    binh.logs_in(struck.address)
    page.clock.install()
    page.add_init_script(BEATS_ARE_SAID)
    with line_to(struck.address) as line:
        lan.logs_in(line.address)
        lan.sees_plan()
        expect(lan.at("release")).to_be_enabled()

        # Time in the browser stands still until the last beat is in and the line is cut. The pause
        # puts the browser's clock ahead; the second beat comes more than that later, and is new.
        page.clock.pause_at(page.evaluate("Date.now() / 1000") + 0.5)
        heard = page.evaluate("performance.now()")
        for _ in range(2):
            page.wait_for_event("console", lambda said: said.text == "beat")
        line.freeze()
        page.wait_for_timeout(200)
        assert page.evaluate("performance.now()") == heard
        page.clock.run_for(BLIND_WITHIN_MS - 500)
        expect(lan.at("blind-banner")).to_be_hidden()
        page.clock.run_for(500)
        expect(lan.at("blind-banner")).to_be_visible(timeout=500)
        expect(lan.at("release")).to_be_disabled()
        picture(page, "shift-cut-en")

        page.clock.resume()
        binh.hangs_tag("RMU6-2", "hung while her line was cut")
        line.heal()
        lan.sees_again()
        expect(lan.at("release")).to_be_enabled()
        lan.presses("table-toggle")
        row = page.locator('[data-testid="switch-row"][data-id="RMU6-2"]')
        expect(row).to_have_attribute("data-tags", "1")


BEATS_ARE_SAID = """
const Plain = EventSource;
window.EventSource = class extends Plain {
    constructor(...asked) {
        super(...asked);
        this.addEventListener('beat', () => console.log('beat'));
    }
};
"""
"""The screen's own stream says when it has heard a beat."""


def test_what_comes_late_is_not_taken_for_now(page: Page, struck: House) -> None:
    lan = Dispatcher(page, "lan")
    with line_to(struck.address) as line:
        lan.logs_in(line.address)
        lan.sees_plan()
        lan.sees_again()
        line.behave(Habits(delay_s=6.0))
        lan.is_blind()
        with pytest.raises(AssertionError):  # not for a moment, whatever comes late
            expect(lan.at("blind-banner")).to_be_hidden(timeout=10_000)
        line.heal()
        lan.sees_again()


def test_a_slow_line_is_enough_until_it_starves(page: Page, struck: House) -> None:
    lan = Dispatcher(page, "lan")
    browser = page.context.new_cdp_session(page)
    browser.send("Network.enable")
    browser.send("Network.emulateNetworkConditions", SLOW_3G)
    with line_to(struck.address) as line:
        lan.logs_in(line.address)
        lan.sees_plan()
        lan.sees_again()
        expect(lan.at("release")).to_be_enabled()
        line.behave(STARVED)
        lan.is_blind()
        expect(lan.at("release")).to_be_disabled()
        line.heal()
        lan.sees_again()


@pytest.mark.parametrize("off", [timedelta(hours=-2), timedelta(days=1)], ids=["behind", "ahead"])
def test_a_wrong_clock_of_the_browser_changes_nothing_that_is_shown(
    page: Page, struck: House, off: timedelta
) -> None:
    lan = Dispatcher(page, "lan")
    page.clock.install(time=CLOCK.now() + off)
    with line_to(struck.address) as line:
        lan.logs_in(line.address)
        lan.sees_plan()
        lan.sees_again()
        expect(lan.at("release")).to_be_enabled()
        shows_right_times(lan)

        # Somebody sets it while the line is cut: that hides nothing.
        line.freeze()
        page.clock.set_system_time(CLOCK.now() - timedelta(hours=3))
        lan.is_blind()
        since = re.search(r"\d\d:\d\d:\d\d", lan.at("blind-banner").inner_text())
        assert since is not None
        assert is_now(since[0])
        line.heal()
        lan.sees_again()
        shows_right_times(lan)


def shows_right_times(reader: Dispatcher) -> None:
    clock = reader.page.locator("header time b").inner_text()
    assert is_now(clock)
    lasts = re.search(r"(\d+):(\d\d)$", reader.at("dark").locator("h2").inner_text())
    assert lasts is not None, "the outage has lasted some minutes at most"
    assert int(lasts[1]) < 10


def is_now(shown: str) -> bool:
    """Within a minute, as nobody knows how long this machine took to ask."""
    now = CLOCK.now().astimezone()
    hour, minute, second = map(int, shown.split(":"))
    off = (now - now.replace(hour=hour, minute=minute, second=second)) % DAY
    return min(off, DAY - off) < timedelta(minutes=1)


def test_a_service_that_ends_and_begins_again_keeps_what_was_said(
    page: Page, struck: House
) -> None:
    lan = Dispatcher(page, "lan")
    lan.logs_in(struck.address)
    lan.sees_plan()
    lan.hangs_tag("RMU6-1", "hung before the service ended")
    struck.close()
    lan.is_blind()
    picture(page, "shift-service-gone-en")
    struck.open()
    expect(lan.at("login-problem")).to_contain_text("session has ended")
    lan.logs_in_again()
    lan.sees_again()
    lan.sees_plan()
    lan.sees_out(2179)
    expect(lan.at("release")).to_be_enabled()
    row = page.locator('[data-testid="switch-row"][data-id="RMU6-1"]')
    expect(row).to_have_attribute("data-tags", "1")
