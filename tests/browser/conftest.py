"""A real service on a virtual field over OPC UA, and a real browser in front of it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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


@dataclass(frozen=True)
class Demo:
    address: str
    user: str
    password: str
    process: subprocess.Popen[str]

    def freeze(self) -> None:
        """The whole service stands still, the browser does not."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)


@pytest.fixture
def demo(request: pytest.FixtureRequest) -> Iterator[Demo]:
    """`gridops demo` with the scenario that the test is parametrised with, or its own."""
    scenario = getattr(request, "param", None)
    command = [sys.executable, "-m", "gridops", "demo", "--port", "0"]
    command += ["--scenario", scenario] if scenario else []
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        yield _announced(process)
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(timeout=20)
        if process.stderr:
            process.stderr.close()


def _announced(process: subprocess.Popen[str]) -> Demo:
    said = ""
    assert process.stderr is not None
    for line in process.stderr:
        said += line
        found = re.search(r"GridOps: (\S+)\s+user (\w+), password (\S+)", said)
        if found:
            return Demo(*found.groups(), process)
    pytest.fail(f"the demo did not start:\n{said}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A laptop screen. A script error or a blocked resource fails the test."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
    yield page
    context.close()
    assert faults == []


def _is_fault(said: object) -> bool:
    """A 401 before login and a lost stream are news to the page, not faults of it."""
    text = str(getattr(said, "text", ""))
    return getattr(said, "type", "") == "error" and "Failed to load resource" not in text


def picture(page: Page, name: str) -> None:
    """Kept for people to look at; nothing compares it."""
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")
