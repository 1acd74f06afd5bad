"""A real service on a virtual field over OPC UA, and a real browser in front of it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = next(
    (p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PICTURES = Path(__file__).parents[2] / "test-results"
LAPTOP = {"width": 1366, "height": 768}
START_S = 90.0
END_S = 30.0
ANSWER_MS = 15_000
"""What a page shows at once on an idle machine may take so long on a busy one."""
STRIKE_MS = 90_000
"""From the login until the fault has struck and a plan is proposed."""

expect.set_options(timeout=ANSWER_MS)


@dataclass(frozen=True)
class Demo:
    address: str
    user: str
    password: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> str:
        return self.address.rsplit(":", 1)[1].rstrip("/")

    def freeze(self) -> None:
        """The whole service stands still, the browser does not."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)


@contextmanager
def running_demo(*options: str, port: str = "0", job: str = "demo") -> Iterator[Demo]:
    """`gridops demo`: a fault strikes the Oberrhein grid some seconds after the start."""
    with launched(job, "--port", port, *options) as (found, process):
        yield Demo(*found.groups(), process)


@contextmanager
def running_service(folder: Path, *, role: str) -> Iterator[Demo]:
    """`gridops serve` without a field, with one user of that role who is kept, as in a house."""
    settings, password = folder / "settings.toml", folder / "password"
    settings.write_text(
        f'grid = "hanoi_ring"\njournal_url = "sqlite:///{folder}/journal.sqlite"\n'
        '[link]\nkind = "none"\n[server]\nport = 0\n'
    )
    password.write_text("a long night shift\n")
    made = ("users", "add", "lan", "--role", role, "--password-file", password)
    subprocess.run(
        [sys.executable, "-m", "gridops", *made, "--settings", settings],
        check=True,
        capture_output=True,
    )
    with launched("serve", "--settings", str(settings)) as (found, process):
        yield Demo(found.group(1), "lan", password.read_text().strip(), process)


@contextmanager
def launched(*words: str) -> Iterator[tuple[re.Match[str], subprocess.Popen[str]]]:
    """`gridops` with these words, once it says where it listens; ends with the `with`."""
    command = [sys.executable, "-m", "gridops", *words]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    said: list[str] = []
    announced = Event()
    listener = Thread(target=_listen, args=(process, said, announced))
    listener.start()
    try:
        announced.wait(START_S)
        found = _login(said)
        assert found is not None, f"it did not start:\n{''.join(said)}"
        yield found, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        try:
            process.wait(timeout=END_S)
        finally:
            process.kill()
            listener.join()


def _listen(process: subprocess.Popen[str], said: list[str], announced: Event) -> None:
    """To the end: a service whose log nobody reads would stand still one day."""
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            said.append(line)
            if _login(said):
                announced.set()
    announced.set()


def _login(said: list[str]) -> re.Match[str] | None:
    login = r"(?:user (\w+), password (\S+)|log in as)"
    return re.search(rf"GridOps: (\S+)\s+{login}", "".join(said))


@pytest.fixture
def demo() -> Iterator[Demo]:
    """One that the test may change as it likes."""
    with running_demo() as demo:
        yield demo


@pytest.fixture(scope="package")
def watched() -> Iterator[Demo]:
    """One for all tests that release nothing and leave it as they found it."""
    with running_demo() as demo:
        yield demo


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Ends with this folder: playwright's event loop stands in the way of every other one."""
    if CHROMIUM is None:
        pytest.skip("no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A laptop screen. A script error or a blocked resource fails the test."""
    with _context(browser) as context, _faultless(context) as page:
        yield page


@pytest.fixture
def colleague(browser: Browser) -> Iterator[Page]:
    """A second screen with a session of its own."""
    with _context(browser) as context, _faultless(context) as page:
        yield page


@contextmanager
def _context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=LAPTOP)
    try:
        yield context
    finally:
        context.close()


@contextmanager
def _faultless(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
    yield page
    assert faults == []


def _is_fault(said: object) -> bool:
    """A 401 before login and a lost stream are news to the page, not faults of it."""
    text = str(getattr(said, "text", ""))
    return getattr(said, "type", "") == "error" and "Failed to load resource" not in text


def log_in(page: Page, demo: Demo, *, language: str = "en") -> None:
    page.goto(demo.address)
    fill_login(page, demo)
    page.get_by_test_id(f"lang-{language}").click()


def fill_login(page: Page, demo: Demo) -> None:
    page.get_by_test_id("login-user").fill(demo.user)
    page.get_by_test_id("login-password").fill(demo.password)
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("customers-out")).to_be_visible()


def await_plan(page: Page) -> None:
    card = page.get_by_test_id("incident-card")
    expect(card).to_have_attribute("data-phase", "proposed", timeout=STRIKE_MS)
    expect(page.get_by_test_id("release")).to_be_enabled()


def release(page: Page) -> None:
    page.get_by_test_id("release").click()
    page.get_by_test_id("release-confirm").click()


def to_screen(page: Page, name: str) -> None:
    page.get_by_test_id(f"screen-{name}").click()
    expect(page.get_by_test_id("screen")).to_have_attribute("data-screen", name)


def picture(page: Page, name: str) -> None:
    """Kept for people to look at; nothing compares it."""
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")
