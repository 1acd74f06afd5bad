"""The console in front of a city: frames while somebody drags and zooms, and its memory in a shift.

`python benchmarks/console.py` serves a city of about 50,000 elements (nodes, branches and
switches), opens the diagram in a browser of its own, drags and zooms with the mouse while normal
traffic goes on, and then plays a shift of it through the stream, `--speed` times as fast where
service and browser can follow. The service makes its ten messages a second as ever: each holds what
some seconds of the day brought. `--write` puts the tables into benchmarks/README.md; `--feeders 30
--hours 0.2` is for a look of two minutes. How far it is stands on the standard error.

Frames are the intervals between calls of requestAnimationFrame. The heap is what is left after two
collections, by the DevTools protocol. The browser draws without a graphics processor.
"""

import argparse
import asyncio
import gzip
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
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
DRAGS = 6
MOVES = 60
"""Of the mouse in one drag, each of which the browser answers before the next."""
NOTCHES = 40
"""Of the wheel, in and then out again."""
START_MS = 300_000.0
RESTS_MS = 3_000.0
"""Without a new picture for so long: what was asked for has been drawn."""
INCIDENT_EVERY_MIN = 60
TICKS_PER_MIN = 100
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
COUNT = """(() => {
    const Own = EventSource;
    window.messages = 0;
    window.EventSource = class extends Own {
        constructor(...given) {
            super(...given);
            for (const kind of ['view', 'change', 'beat']) {
                this.addEventListener(kind, () => { window.messages += 1; });
            }
        }
    };
})()"""
LOADED = """() => performance.getEntriesByType('resource')
    .map(({ name }) => new URL(name).pathname).filter((path) => path.startsWith('/assets/'))
    .map((path) => path.slice('/assets/'.length))"""
PAINTS = "() => performance.getEntriesByType('paint').map(({ startTime }) => startTime)"


class Shift:
    """A field link on which normal traffic passes as it does on the clock, and from a line on the
    standard input on a shift of it, `speed` times as fast, each minute told on the standard output.
    Normal is what tests/load/day.py has; and once in an hour a feeder trips and is closed again."""

    def __init__(self, network: Any, speed: float) -> None:
        self._network = network
        self._speed = speed
        self._measured = [p for p in network.components.points if p.signal.value in MEASURED]
        self._nominal_v = {n.id: n.voltage_v_nominal for n in network.components.nodes}
        self._ties = [s.id for s in network.switches.values() if not s.is_normally_closed]
        self._heads = list(network.heads.values())

    async def run(self, deliver: Callable[[Sequence[Any]], None]) -> None:
        from gridops.events import LinkRestored  # noqa: PLC0415

        now = CLOCK.now()
        for link in self._network.links:
            deliver([LinkRestored(at=now, link=link, epoch=1, gap_since=None)])
        for switch in self._network.switches.values():
            deliver([self._moved(switch.id, switch.normal_position)])
        begun = asyncio.Event()

        def told() -> None:
            if not sys.stdin.readline():
                raise SystemExit("whoever measured has ended")
            begun.set()

        asyncio.get_running_loop().add_reader(sys.stdin, told)
        await self._pass(deliver, speed=1.0, until=begun)
        await self._pass(deliver, speed=self._speed, until=asyncio.Event())

    async def _pass(
        self, deliver: Callable[[Sequence[Any]], None], *, speed: float, until: asyncio.Event
    ) -> None:
        due = time.monotonic()
        for minute in count():
            facts = [*self._minute(minute)]
            for tick in range(TICKS_PER_MIN):
                if until.is_set():
                    return
                due += 60.0 / TICKS_PER_MIN / speed
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                told = facts[tick::TICKS_PER_MIN]
                if told:
                    deliver([fact() for fact in told])
            print(minute + 1, flush=True)

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
            voltage_v = self._nominal_v[point.element] * (0.8 + 0.2 * swing)
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


@dataclass(frozen=True, slots=True)
class Served:
    """A service in a process of its own: where it is, how to log in, and its shift."""

    process: subprocess.Popen[str]
    where: Mapping[str, Any]

    def begin(self) -> None:
        """The shift, which is told of by `until`."""
        assert self.process.stdin is not None
        self.process.stdin.write("now\n")
        self.process.stdin.flush()

    def until(self, minute: int) -> None:
        """Waits for that minute of the shift. Raises: RuntimeError if the service ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if int(line) == minute:
                return
        raise RuntimeError(f"the service ended before minute {minute} of the shift")


@contextmanager
def served(feeders: int, speed: float) -> Iterator[Served]:
    command = [sys.executable, __file__, "--serve", f"--feeders={feeders}", f"--speed={speed}"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            yield Served(process, json.loads(process.stdout.readline()))
        finally:
            process.kill()


def said(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    first_paint_ms: float
    picture_ms: float
    """From the navigation until the whole city stands there and answers to the mouse."""
    loaded: Sequence[str]
    """Files of the console that came by then."""


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
    paints, loaded = page.evaluate(PAINTS), page.evaluate(LOADED)
    return Start(first_paint_ms=paints[0], picture_ms=picture_ms, loaded=loaded)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a page holds at an hour of the shift."""

    hour: float
    minutes: float
    """By the clock, since the shift began."""
    heap_mb: float
    nodes: int
    messages: int
    """Of the stream, since the shift began."""


def kept_of(page: Page, service: Served, hours: float) -> list[Kept]:
    """At the beginning and after every hour of the shift."""
    session = page.context.new_cdp_session(page)
    found = list[Kept]()
    before, began = int(page.evaluate("() => window.messages")), time.monotonic()
    for hour in [min(hour, hours) for hour in range(math.ceil(hours) + 1)]:
        if hour == 0:
            service.begin()
        else:
            service.until(round(hour * 60))
        one = Kept(
            hour=hour,
            minutes=(time.monotonic() - began) / 60,
            messages=int(page.evaluate("() => window.messages")) - before,
            nodes=int(page.evaluate("() => document.querySelectorAll('*').length")),
            heap_mb=heap_mb(session),
        )
        said(f"{one}")
        found.append(one)
    return found


def sizes(names: Iterable[str]) -> str:
    told, lines = sorted(names), []
    for kind in ("js", "css"):
        texts = [(ASSETS / name).read_bytes() for name in told if name.endswith(f".{kind}")]
        raw, packed = sum(map(len, texts)), sum(len(gzip.compress(text)) for text in texts)
        lines.append(f"{raw / 1e3:.0f} kB of {kind.upper()} ({packed / 1e3:.0f} kB gzipped)")
    return " and ".join(lines)


def line_of(name: str, frames: Sequence[float]) -> str:
    rising = sorted(frames)
    p95, p99 = (rising[int(len(rising) * part)] for part in (0.95, 0.99))
    # A frame comes with a refresh of the screen; 16.7 ms and 16.6 are the same.
    late = sum(frame > 1.5 * REFRESH_MS for frame in frames)
    middle = statistics.median(rising)
    cells = [name, f"{len(frames)}", *(f"{v:.1f}" for v in (middle, p95, p99, rising[-1]))]
    return f"| {' | '.join(cells)} | {late} ({late / len(frames):.1%}) |"


def tables(service: Served, given: argparse.Namespace) -> str:
    """Everything that is measured, as Markdown. Raises: SystemExit without a browser."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("no chromium: apt-get install chromium")
    load_average = os.getloadavg()[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        # What waits inside the page is evaluated there, which the service's policy forbids.
        page = browser.new_page(viewport=SCREEN, bypass_csp=True)
        page.add_init_script(COUNT)
        start = begun(page, service.where)
        said(f"{start}")
        frames = {
            "the whole city, dragged": frames_of(page, dragged),
            "zoomed in and out": frames_of(page, zoomed),
        }
        zoomed_in(page)
        frames["near, dragged"] = frames_of(page, dragged)
        said(f"frames: {[line_of(*one) for one in frames.items()]}")
        page.keyboard.press("0")
        kept = kept_of(page, service, given.hours)
        version = browser.version
        browser.close()
    told = machine()
    return "\n".join(
        [
            f"Measured on {told['processor']}, {told['cores']} cores, {told['system']}, Chromium "
            f"{version} without a graphics processor, {SCREEN['width']}x{SCREEN['height']}; "
            f"{service.where['size']}; load average at the start {load_average:.1f}.",
            "",
            f"The first screen loads {sizes(start.loaded)}, of "
            f"{sizes(file.name for file in ASSETS.iterdir())} in all; first paint after "
            f"{start.first_paint_ms:.0f} ms, the whole city after {start.picture_ms / 1e3:.1f} s.",
            "",
            "| | frames | median ms | p95 ms | p99 ms | worst ms | missed a refresh |",
            "|---|---|---|---|---|---|---|",
            *(line_of(name, of) for name, of in frames.items()),
            "",
            *memory_lines(kept),
        ]
    )


def memory_lines(kept: Sequence[Kept]) -> list[str]:
    rows = {
        "hour of the shift": [f"{one.hour:g}" for one in kept],
        "played in, min": [f"{one.minutes:.1f}" for one in kept],
        "messages": [f"{one.messages:,}" for one in kept],
        "heap, MB": [f"{one.heap_mb:.1f}" for one in kept],
        "nodes of the page": [f"{one.nodes:,}" for one in kept],
    }
    first, *others = (f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items())
    return [first, f"|---|{'---|' * len(kept)}", *others]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeders", type=int, default=330)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--speed", type=float, default=40.0)
    parser.add_argument("--write", action="store_true", help="put it into benchmarks/README.md")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.feeders, lambda network: Shift(network, given.speed)))
        return 0
    with served(given.feeders, given.speed) as service:
        text = tables(service, given)
    print(text)
    if given.write:
        put_into_readme("console", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
