"""The publisher runs in a process of its own: whatever its visitors send, the control room goes
on. It is fed one view a second, and begun again when it ends."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any

import structlog

from gridops.ports import PublisherPlace

EVERY_S = 1.0
SEND_S_MAX = 5.0
"""A process that takes no view for so long is hung, and ended."""
AGAIN_S = (1.0, 30.0)
"""First and last pause before it is begun again; it doubles."""
LASTED_S = 60.0
"""After so long the first pause holds again."""

View = Callable[[], Mapping[str, Any]]
_log = structlog.get_logger()


@asynccontextmanager
async def published(place: PublisherPlace | None, view: View) -> AsyncIterator[None]:
    """Nothing happens if `place` is None. Its troubles never reach whoever is inside."""
    if place is None:
        yield
        return
    task = asyncio.create_task(_supervise(place, view))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _supervise(place: PublisherPlace, view: View) -> None:
    loop = asyncio.get_running_loop()
    pause_s = AGAIN_S[0]
    while True:
        began = loop.time()
        try:
            why = await _feed(place, view)
        except Exception as error:  # noqa: BLE001 - the control room goes on without a publisher
            why = f"{type(error).__name__}: {error}"
        if loop.time() - began > LASTED_S:
            pause_s = AGAIN_S[0]
        _log.warning("publisher ended", why=why, again_in_s=pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(2.0 * pause_s, AGAIN_S[1])


async def _feed(place: PublisherPlace, view: View) -> str:
    """Why it ended."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gridops.bootstrap.publisher_process",
        stdin=asyncio.subprocess.PIPE,
    )
    stdin = process.stdin
    if stdin is None:
        raise RuntimeError("the process has no standard input")
    try:
        line: Mapping[str, Any] = {key: _plain(value) for key, value in asdict(place).items()}
        while process.returncode is None:
            stdin.write(json.dumps(line).encode() + b"\n")
            async with asyncio.timeout(SEND_S_MAX):
                await stdin.drain()
            await asyncio.sleep(EVERY_S)
            line = view()
    except TimeoutError:
        return f"it took no view for {SEND_S_MAX:g} s"
    except OSError as error:
        return f"{type(error).__name__}"
    finally:
        stdin.close()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()
    return f"exit code {process.returncode}"


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | bool | None) else str(value)
