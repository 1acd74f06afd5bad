"""A process beside the service that answers questions: whatever is asked, the control room goes
on. One line of JSON goes there; the head and the body of the answer come back, a line each."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from gridops.errors import GridOpsError

WAITING_MAX = 4
"""Questions that are worked out or wait; one more is refused."""
START_S_MAX = 120.0
ANSWER_S_MAX = 30.0
"""Longer than this no question takes its turn: the process is ended, and begun again for the
next."""
LINE_BYTES_MAX = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Said:
    head: dict[str, Any]
    body: bytes
    """JSON that nobody need read on the way to whoever asked; empty: the head says it all."""


@dataclass(slots=True, kw_only=True)
class Beside:
    """Begins its process with the first question; `end` ends it, and the next begins it anew."""

    module: str
    """Its `main` is `gridops.bootstrap.beside_child.answer_lines`."""
    opening: dict[str, Any]
    """The first line."""
    busy: Callable[[int], GridOpsError]
    """What is raised when so many wait already."""
    silent: Callable[[str], GridOpsError]
    """What is raised when the process ends or takes too long, and why."""
    waiting_max: int = WAITING_MAX
    start_s_max: float = START_S_MAX
    answer_s_max: float = ANSWER_S_MAX
    opened: dict[str, Any] = field(default_factory=dict)
    """What the process said to the first line."""
    _process: Process | None = None
    _waiting: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, asked: dict[str, Any]) -> Said:
        """What the process says to it, or `refused` if it could not begin. Raises: `busy`,
        `silent`."""
        if self._waiting >= self.waiting_max:
            raise self.busy(self.waiting_max)
        self._waiting += 1
        try:
            async with self._turn:
                return await self._said(asked)
        finally:
            self._waiting -= 1

    async def _said(self, asked: dict[str, Any]) -> Said:
        try:
            if self._process is None:
                begun = await self._begin()
                if "refused" in begun.head:
                    await self.end()
                    return begun
            return await self._exchange(asked, within_s=self.answer_s_max)
        except (TimeoutError, OSError, ValueError) as error:
            await self.end()
            raise self.silent(type(error).__name__) from error
        except asyncio.CancelledError:
            # Half an answer may be on its way: nobody may take it for the next one's.
            await self.end()
            raise

    async def _begin(self) -> Said:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-X", "utf8", "-m", self.module,
            stdin=PIPE, stdout=PIPE, limit=LINE_BYTES_MAX,
        )  # fmt: skip
        said = await self._exchange(self.opening, within_s=self.start_s_max)
        self.opened = said.head
        return said

    async def _exchange(self, line: dict[str, Any], *, within_s: float) -> Said:
        """Raises: TimeoutError, OSError; ValueError when the process ends instead."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ValueError("the process has ended")
        async with asyncio.timeout(within_s):
            process.stdin.write(json.dumps(line).encode() + b"\n")
            await process.stdin.drain()
            head: dict[str, Any] = json.loads(await process.stdout.readline())
            return Said(head, (await process.stdout.readline()).rstrip(b"\n"))

    async def end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()
