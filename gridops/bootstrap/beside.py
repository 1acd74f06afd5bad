"""A process beside the service that answers questions: whatever is asked, the control room goes
on. One line of JSON goes there; the head and the body of the answer come back, a line each."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from gridops.errors import GridOpsError
from gridops.ids import UserName

WAITING_MAX = 4
"""Questions that are worked out or wait; one more is refused."""
OF_PERSON_MAX = 1
"""Of those one person's: nobody may keep all others out."""
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
    """Begins its process with the first question; `end` ends it, and the next begins it anew,
    unless it was `close`."""

    module: str
    """Its `main` is `gridops.bootstrap.beside_child.answer_lines`."""
    opening: dict[str, Any]
    """The first line."""
    busy: Callable[[int], GridOpsError]
    """What is raised when so many wait already, of all or of one person."""
    silent: Callable[[str], GridOpsError]
    """What is raised when the process ends or takes too long, and why."""
    waiting_max: int = WAITING_MAX
    of_person_max: int = OF_PERSON_MAX
    start_s_max: float = START_S_MAX
    answer_s_max: float = ANSWER_S_MAX
    opened: dict[str, Any] = field(default_factory=dict)
    """What the process said to the first line."""
    _process: Process | None = None
    _waiting: Counter[UserName] = field(default_factory=Counter)
    _is_closed: bool = False
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @contextmanager
    def place(self, user: UserName) -> Iterator[None]:
        """In the queue, to be taken before anything is worked out for the question. Raises:
        `busy`."""
        for waiting, most in (
            (self._waiting[user], self.of_person_max),
            (self._waiting.total(), self.waiting_max),
        ):
            if waiting >= most:
                raise self.busy(most)
        self._waiting[user] += 1
        try:
            yield
        finally:
            self._waiting[user] -= 1
            if not self._waiting[user]:
                del self._waiting[user]

    async def ask(self, asked: dict[str, Any]) -> Said:
        """What the process says to it, or `refused` if it could not begin; for whoever has a
        `place`. Raises: `silent`."""
        async with self._turn:
            return await self._said(asked)

    async def _said(self, asked: dict[str, Any]) -> Said:
        if self._is_closed:
            raise self.silent("the service ends")
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
        if self._is_closed:
            raise ValueError("the service ends")
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

    async def close(self) -> None:
        """For good: whoever waits still begins no process that nobody would end."""
        self._is_closed = True
        await self.end()

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
