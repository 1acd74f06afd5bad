"""The publisher runs in a process of its own: whatever its visitors send, the control room goes
on. It is fed one view a second, and begun again when it ends."""

import asyncio
import json
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any

import structlog

from gridops.bootstrap.ongoing import ongoing
from gridops.ports import Clock, PublisherHealth, PublisherPlace

EVERY_S = 1.0
SEND_S_MAX = 5.0
"""A process that takes no view for so long is hung, and ended."""
AGAIN_S = (1.0, 30.0)
"""First and last pause before it is begun again; it doubles."""
LASTED_S = 60.0
"""After so long the first pause holds again."""

WHY_MAX = 300

View = Callable[[], Mapping[str, Any]]
Tell = Callable[[PublisherHealth], None]
_log = structlog.get_logger()


@asynccontextmanager
async def published(
    place: PublisherPlace | None, view: View, *, clock: Clock, tell: Tell
) -> AsyncIterator[None]:
    """Nothing happens if `place` is None. Its troubles never reach whoever is inside, but `tell`
    hears of each."""
    if place is None:
        yield
        return
    async with ongoing(_Supervision(place, view, clock=clock, tell=tell).go_on()):
        yield


class _Supervision:
    def __init__(self, place: PublisherPlace, view: View, *, clock: Clock, tell: Tell) -> None:
        self._place = place
        self._view = view
        self._clock = clock
        self._tell = tell
        self._health = PublisherHealth(running=False, since=clock.now(), detail="not begun yet")

    async def go_on(self) -> None:
        loop = asyncio.get_running_loop()
        pause_s = AGAIN_S[0]
        self._tell(self._health)
        while True:
            began = loop.time()
            try:
                why = await self._feed()
            except Exception as error:  # noqa: BLE001 - the control room goes on without a publisher
                why = f"{type(error).__name__}: {error}"
            if loop.time() - began > LASTED_S:
                pause_s = AGAIN_S[0]
            self._is(running=False, why=why)
            _log.warning("publisher ended", why=why, again_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2.0 * pause_s, AGAIN_S[1])

    def _is(self, *, running: bool, why: str = "") -> None:
        before = self._health
        is_other = running is not before.running
        self._health = PublisherHealth(
            running=running,
            since=self._clock.now() if is_other else before.since,
            ended=before.ended + (not running),
            detail=why[:WHY_MAX] or before.detail,
        )
        self._tell(self._health)

    async def _feed(self) -> str:
        """Why it ended."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gridops.bootstrap.publisher_process",
            stdin=asyncio.subprocess.PIPE,
        )
        if process.stdin is None:
            raise RuntimeError("the process has no standard input")
        try:
            await self._keep_feeding(process, process.stdin)
        except TimeoutError:
            return f"it took no view for {SEND_S_MAX:g} s"
        except OSError as error:
            return f"{type(error).__name__}"
        finally:
            process.stdin.close()
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
            await process.wait()
        return f"exit code {process.returncode}"

    async def _keep_feeding(self, process: Process, stdin: asyncio.StreamWriter) -> None:
        """Until it ends. Raises: TimeoutError when it hangs, OSError when it went meanwhile."""
        line: Mapping[str, Any] = {key: _plain(value) for key, value in asdict(self._place).items()}
        has_begun = False
        while process.returncode is None:
            if has_begun and not self._health.running:
                self._is(running=True)
            stdin.write(json.dumps(line).encode() + b"\n")
            async with asyncio.timeout(SEND_S_MAX):
                await stdin.drain()
            await asyncio.sleep(EVERY_S)
            has_begun = True
            line = self._view()


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | bool | None) else str(value)
