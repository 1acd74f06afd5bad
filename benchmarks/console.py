"""The console in front of a city: frames while somebody drags and zooms, and its memory in a shift.

`python benchmarks/console.py` serves a city of about 50,000 elements (nodes, branches and
switches), opens the diagram in a browser of its own, drags and zooms with the mouse, and then plays
a shift of normal traffic through the stream, `--speed` times as fast: a tenth of a second of the
day is a message of its own, as it is in service. `--write` puts the tables into
benchmarks/README.md; `--feeders 30 --hours 0.2` is for a look of two minutes.

Frames are the intervals between calls of requestAnimationFrame. The heap is what is left after two
collections, by the DevTools protocol. The browser draws without a graphics processor.
"""

import argparse
import asyncio
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from page import put_into_readme

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import CDPSession, Page, sync_playwright  # noqa: E402 (the path is set)
from viewers import CLOCK, serve  # noqa: E402

from gridops.bench.machine import machine  # noqa: E402

ASSETS = ROOT / "gridops" / "api" / "console" / "assets"
SCREEN = {"width": 1366, "height": 768}
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
REFRESH_MS = 1_000 / 60
DRAGS = 12
MOVES = 60
"""Of the mouse in one drag, each of which the browser answers before the next."""
NOTCHES = 40
"""Of the wheel, in and then out again."""
START_MS = 300_000.0
RESTS_MS = 3_000.0
"""Without a new picture for so long: what was asked for has been drawn."""
INCIDENT_EVERY_MIN = 60
MEASURED = ("current_a", "p_w", "voltage_v")
RECORD = """() => {
    window.frames_ms = [];
    let last = 0;
    const tick = (now) => {
        if (last) window.frames_ms.push(now - last);
        last = now;
        window.recording = requestAnimationFrame(tick);
    };
    window.recording = requestAnimationFrame(tick);
}"""
STOP = "() => { cancelAnimationFrame(window.recording); return window.frames_ms; }"
DRAWN = """() => {
    const canvas = document.querySelector('[data-testid=diagram]');
    if (!canvas || !canvas.width) return false;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const pixels = new Uint32Array(data.buffer);
    return pixels[0] !== 0 && pixels.some((one) => one !== pixels[0]);
}"""
PAINTS = "() => performance.getEntriesByType('paint').map(({ startTime }) => startTime)"


class Shift:
    """A field link on which a shift passes `speed` times as fast as on the clock. Normal is what
    tests/load/day.py has; and once in an hour a feeder trips and is closed again."""

    def __init__(self, network: Any, speed: float) -> None:
        self._network = network
        self._minute_s = 60.0 / speed
        self._measured = [p for p in network.components.points if p.signal.value in MEASURED]
        self._ties = [s.id for s in network.switches.values() if not s.is_normally_closed]
        self._heads = list(network.heads.values())

    async def run(self, deliver: Callable[[Sequence[Any]], None]) -> None:
        from gridops.events import LinkRestored  # noqa: PLC0415

        now = CLOCK.now()
        for link in self._network.links:
            deliver([LinkRestored(at=now, link=link, epoch=1, gap_since=None)])
        for switch in self._network.switches.values():
            deliver([self._moved(switch.id, switch.normal_position)])
        minute, began = 0, time.monotonic()
        while True:
            facts = [*self._minute(minute)]
            for at, fact in enumerate(facts):
                due = began + (minute + at / len(facts)) * self._minute_s
                if (left := due - time.monotonic()) > 0:
                    await asyncio.sleep(left)
                deliver([fact()])
            minute += 1

    def _minute(self, minute: int) -> Iterator[Callable[[], Any]]:
        """What is told in one, each to be dated when it is."""
        from gridops.measurement import Position  # noqa: PLC0415

        for number, point in enumerate(self._measured):
            swing = 1.0 + 0.05 * ((minute * 7 + number * 13) % 11 - 5) / 5
            yield partial(self._value, point, swing)
        hour, within = divmod(minute, INCIDENT_EVERY_MIN)
        for tie in self._ties[within::INCIDENT_EVERY_MIN]:
            yield partial(self._moved, tie, Position.CLOSED)
        for tie in self._ties[(within - 1) % INCIDENT_EVERY_MIN :: INCIDENT_EVERY_MIN]:
            yield partial(self._moved, tie, Position.OPEN)
        head = self._heads[hour % len(self._heads)]
        if within == INCIDENT_EVERY_MIN // 3:
            yield partial(self._moved, head, Position.OPEN)
        if within == 2 * INCIDENT_EVERY_MIN // 3:
            yield partial(self._moved, head, Position.CLOSED)

    def _moved(self, switch: Any, position: Any) -> Any:
        from gridops.events import SwitchMoved  # noqa: PLC0415

        at = CLOCK.now()
        return SwitchMoved(at=at, source_time=at, switch=switch, position=position)

    def _value(self, point: Any, swing: float) -> Any:
        from gridops.events import CurrentMeasured, PowerMeasured, VoltageMeasured  # noqa: PLC0415

        at = CLOCK.now()
        dated = {"at": at, "source_time": at}
        if point.signal.value == "voltage_v":
            voltage_v = 22_000.0 * (0.8 + 0.2 * swing)
            return VoltageMeasured(**dated, node=point.element, voltage_v=voltage_v)
        if point.signal.value == "current_a":
            return CurrentMeasured(**dated, switch=point.element, current_a=120.0 * swing)
        return PowerMeasured(**dated, switch=point.element, p_w=4e6 * swing)

    async def operate(self, _: Any) -> None:
        return

    async def scan(self, _: Any) -> None:
        return

    def health(self) -> Sequence[Any]:
        return ()


@contextmanager
def served(feeders: int, speed: float) -> Iterator[dict[str, Any]]:
    """A service in a process of its own; where it is and how to log in."""
    command = [sys.executable, __file__, "--serve", f"--feeders={feeders}", f"--speed={speed}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield json.loads(server.stdout.readline())
        finally:
            server.kill()


def serve_shift(feeders: int, speed: float) -> None:
    from gridops.api import feed  # noqa: PLC0415

    # As many messages as the shift would have, and not fewer and larger ones.
    feed.CHANGE_S /= speed
    asyncio.run(serve(feeders, lambda network: Shift(network, speed)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    first_paint_ms: float
    picture_ms: float
    """From the navigation until the whole city stands there and answers to the mouse."""


def begun(page: Page, where: Mapping[str, Any]) -> Start:
    """Logs in, and opens the diagram as somebody does who comes back to it."""
    page.goto(where["address"])
    page.get_by_test_id("login-user").fill(where["user"])
    page.get_by_test_id("login-password").fill(where["password"])
    page.get_by_test_id("login-submit").click()
    page.get_by_test_id("screen-diagram").click(timeout=START_MS)
    page.wait_for_function(DRAWN, timeout=START_MS)
    page.reload()
    page.wait_for_function(DRAWN, timeout=START_MS)
    picture_ms = page.evaluate("() => performance.now()")
    return Start(first_paint_ms=page.evaluate(PAINTS)[0], picture_ms=picture_ms)


def frames_of(page: Page, gesture: Callable[[Page], None]) -> list[float]:
    """Of a gesture and until what it asked for has been drawn, in ms."""
    page.wait_for_timeout(RESTS_MS)
    page.evaluate(RECORD)
    gesture(page)
    page.wait_for_timeout(RESTS_MS / 3)
    found: list[float] = page.evaluate(STOP)
    return found


def dragged(page: Page) -> None:
    middle_x, middle_y = SCREEN["width"] / 2, SCREEN["height"] / 2
    for number in range(DRAGS):
        away = 250 if number % 2 else -250
        page.mouse.move(middle_x, middle_y)
        page.mouse.down()
        page.mouse.move(middle_x + away, middle_y + away / 2, steps=MOVES)
        page.mouse.up()


def zoomed(page: Page) -> None:
    page.mouse.move(SCREEN["width"] / 2, SCREEN["height"] / 2)
    for turn in [-120] * NOTCHES + [120] * NOTCHES:
        page.mouse.wheel(0, turn)
        page.wait_for_timeout(REFRESH_MS)


def zoomed_in(page: Page) -> None:
    for _ in range(NOTCHES // 2):
        page.mouse.wheel(0, -120)


def heap_mb(session: CDPSession) -> float:
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 2**20


def kept_mb(page: Page, hours: float, speed: float) -> list[tuple[float, float, int]]:
    """At the beginning and after every hour of the shift: hour, heap in MB, nodes of the page."""
    session = page.context.new_cdp_session(page)
    marks = [min(hour, hours) for hour in range(int(hours) + (hours % 1 > 0) + 1)]
    found, began = [], time.monotonic()
    for hour in marks:
        left_s = began + hour * 3_600 / speed - time.monotonic()
        page.wait_for_timeout(max(0.0, left_s * 1_000))
        nodes = int(page.evaluate("() => document.querySelectorAll('*').length"))
        found.append((hour, heap_mb(session), nodes))
        print(f"hour {hour:g}: {found[-1][1]:.1f} MB, {nodes} nodes", file=sys.stderr)
    return found


def sizes() -> str:
    lines = []
    for kind in ("js", "css"):
        texts = [file.read_bytes() for file in ASSETS.glob(f"*.{kind}")]
        raw, packed = sum(map(len, texts)), sum(len(gzip.compress(text)) for text in texts)
        lines.append(f"{raw / 1e3:.0f} kB of {kind.upper()} ({packed / 1e3:.0f} kB gzipped)")
    return ", ".join(lines)


def line_of(name: str, frames: Sequence[float]) -> str:
    rising = sorted(frames)
    p95, p99 = (rising[int(len(rising) * part)] for part in (0.95, 0.99))
    # A frame comes with a refresh of the screen; 16.7 ms and 16.6 are the same.
    late = sum(frame > 1.5 * REFRESH_MS for frame in frames)
    middle = statistics.median(rising)
    cells = [name, f"{len(frames)}", *(f"{v:.1f}" for v in (middle, p95, p99, rising[-1]))]
    return f"| {' | '.join(cells)} | {late} ({late / len(frames):.1%}) |"


def tables(where: Mapping[str, Any], given: argparse.Namespace) -> str:
    """Everything that is measured, as Markdown. Raises: SystemExit without a browser."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("no chromium: apt-get install chromium")
    load_average = os.getloadavg()[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        # What waits inside the page is evaluated there, which the service's policy forbids.
        page = browser.new_page(viewport=SCREEN, bypass_csp=True)
        start = begun(page, where)
        frames = {
            "the whole city, dragged": frames_of(page, dragged),
            "zoomed in and out": frames_of(page, zoomed),
        }
        zoomed_in(page)
        frames["near, dragged"] = frames_of(page, dragged)
        page.keyboard.press("0")
        kept = kept_mb(page, given.hours, given.speed)
        version = browser.version
        browser.close()
    told = machine()
    return "\n".join(
        [
            f"Measured on {told['processor']}, {told['cores']} cores, {told['system']}, Chromium "
            f"{version} without a graphics processor, {SCREEN['width']}x{SCREEN['height']}; "
            f"{where['size']}; load average at the start {load_average:.1f}.",
            "",
            f"{sizes()}; first paint after {start.first_paint_ms:.0f} ms, the whole city after "
            f"{start.picture_ms / 1e3:.1f} s.",
            "",
            "| | frames | median ms | p95 ms | p99 ms | worst ms | missed a refresh |",
            "|---|---|---|---|---|---|---|",
            *(line_of(name, of) for name, of in frames.items()),
            "",
            f"| hour of the shift | {' | '.join(f'{hour:g}' for hour, _, _ in kept)} |",
            f"|---|{'---|' * len(kept)}",
            f"| heap, MB | {' | '.join(f'{heap:.1f}' for _, heap, _ in kept)} |",
            f"| nodes of the page | {' | '.join(str(nodes) for _, _, nodes in kept)} |",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeders", type=int, default=330)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--speed", type=float, default=20.0)
    parser.add_argument("--write", action="store_true", help="put it into benchmarks/README.md")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve_shift(given.feeders, given.speed)
        return 0
    with served(given.feeders, given.speed) as where:
        text = tables(where, given)
    print(text)
    if given.write:
        put_into_readme("console", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
