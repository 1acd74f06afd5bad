"""Studies are answered in a process of their own: whatever is asked, the control room goes on."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from gridops.api.studies import StudyRefused, StudyUnanswered, TooManyStudies

WAITING_MAX = 4
"""Studies that are worked out or wait; one more is refused."""
START_S_MAX = 120.0
ANSWER_S_MAX = 30.0
"""Longer than this no study takes its turn: the process is ended, and begun again for the next."""
LINE_BYTES_MAX = 64 * 1024 * 1024


@dataclass(slots=True, kw_only=True)
class StudyBench:
    """Begins its process with the first study, and ends it with the service."""

    grid: str
    fingerprint: str
    """Of the version of the grid that the service works on."""
    _process: Process | None = None
    _waiting: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The answer in the contract's shape.

        Raises: TooManyStudies; StudyRefused, for a question that has no answer;
            StudyUnanswered, when the process ends or takes too long.
        """
        if self._waiting >= WAITING_MAX:
            raise TooManyStudies(f"{WAITING_MAX} studies wait already", remedy="wait for them")
        self._waiting += 1
        try:
            async with self._turn:
                said = await self._said(asked)
        finally:
            self._waiting -= 1
        if "refused" in said:
            refused = said["refused"]
            raise StudyRefused(refused["what"], remedy=refused["remedy"])
        answer: dict[str, Any] = said["answer"]
        return answer

    async def _said(self, asked: dict[str, Any]) -> dict[str, Any]:
        try:
            if self._process is None:
                await self._begin()
            return await self._exchange(asked, within_s=ANSWER_S_MAX)
        except (TimeoutError, OSError, ValueError) as error:
            await self.end()
            raise StudyUnanswered(
                f"the study came to no end ({type(error).__name__})", remedy="ask for less"
            ) from error
        except asyncio.CancelledError:
            # Half an answer may be on its way: nobody may take it for the next one's.
            await self.end()
            raise

    async def _begin(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gridops.bootstrap.study_process",
            stdin=PIPE, stdout=PIPE, limit=LINE_BYTES_MAX,
        )  # fmt: skip
        opened = await self._exchange({"grid": self.grid}, within_s=START_S_MAX)
        if opened["fingerprint"] != self.fingerprint:
            await self.end()
            raise StudyRefused(
                "the files of the grid are another version than the one that is in operation",
                where=self.grid,
                remedy="take the new version in, then study it",
            )

    async def _exchange(self, line: dict[str, Any], *, within_s: float) -> dict[str, Any]:
        """Raises: TimeoutError, OSError; ValueError when the process ends instead."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ValueError("the process has ended")
        async with asyncio.timeout(within_s):
            process.stdin.write(json.dumps(line).encode() + b"\n")
            await process.stdin.drain()
            said: dict[str, Any] = json.loads(await process.stdout.readline())
        return said

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


@asynccontextmanager
async def study_bench(grid: str, fingerprint: str) -> AsyncIterator[StudyBench]:
    bench = StudyBench(grid=grid, fingerprint=fingerprint)
    try:
        yield bench
    finally:
        await bench.end()
