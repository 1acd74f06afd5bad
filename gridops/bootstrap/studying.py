"""Studies are answered in a process of their own: whatever is asked, the control room goes on."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from gridops.api.studies import StudyRefused, StudyUnanswered, TooManyStudies
from gridops.bootstrap.beside import Beside, Said
from gridops.ids import UserName


@dataclass(slots=True, kw_only=True)
class StudyBench:
    """Fulfils `gridops.api.studies.Studies`."""

    beside: Beside
    grid: str
    fingerprint: str
    """Of the version of the grid that the service works on."""

    def place(self, user: UserName) -> AbstractContextManager[None]:
        return self.beside.place(user)

    async def what_if(self, asked: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = (await self._ask({"what_if": asked})).head["answer"]
        return answer

    async def play(self, asked: dict[str, Any]) -> bytes:
        return (await self._ask({"play": asked})).body

    async def _ask(self, asked: dict[str, Any]) -> Said:
        said = await self.beside.ask(asked)
        if "refused" in said.head:
            refused = said.head["refused"]
            raise StudyRefused(refused["what"], where=refused["where"], remedy=refused["remedy"])
        if self.beside.opened["fingerprint"] != self.fingerprint:
            await self.beside.end()
            raise StudyRefused(
                "the files of the grid are another version than the one that is in operation",
                where=self.grid,
                remedy="take the new version in, then study it",
            )
        return said


@asynccontextmanager
async def study_bench(grid: str, fingerprint: str) -> AsyncIterator[StudyBench]:
    beside = Beside(
        module="gridops.bootstrap.study_process",
        opening={"grid": grid},
        busy=lambda most: TooManyStudies(f"{most} studies wait already", remedy="wait for them"),
        silent=lambda why: StudyUnanswered(
            f"the study came to no end ({why})", remedy="ask for less"
        ),
    )
    try:
        yield StudyBench(beside=beside, grid=grid, fingerprint=fingerprint)
    finally:
        await beside.close()
