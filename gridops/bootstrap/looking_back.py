"""Past moments are played in a process of their own, and kept for the slider that asks for them."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from gridops.api.past import PastUnanswered, TooManyLooks
from gridops.bootstrap.beside import Beside, Said
from gridops.errors import GridNotKept, JournalError, MomentNotKept, UnknownId
from gridops.ids import UserName

READING_S = 4.0
"""So long one question reads the journal; then it says how far it is, and the next has its turn."""
WAITING_MAX = 32
OF_PERSON_MAX = 2
"""A replay has one question on its way at most: a second one is of another screen, or of one that
was left before its answer came."""
KEPT_BYTES_MAX = 64 * 1024 * 1024


@dataclass(slots=True, kw_only=True)
class PastDesk:
    """Fulfils `gridops.api.past.LooksBack`."""

    beside: Beside
    told_until: Callable[[], datetime | None]
    """Nothing comes into the journal any more before this; None: nothing is in it."""
    _kept: "OrderedDict[datetime, bytes]" = field(default_factory=OrderedDict)
    _kept_bytes: int = 0

    async def view(self, at: datetime, *, user: UserName) -> bytes:
        if at in self._kept:
            self._kept.move_to_end(at)
            return self._kept[at]
        told = self.told_until()
        said = await self._ask({"until": at.isoformat(), "within_s": READING_S}, user=user)
        if said.head["ready"] and told is not None and at < told:
            self._keep(at, said.body)
        return said.body

    async def grid(self, fingerprint: str, *, user: UserName) -> bytes:
        return (await self._ask({"grid": fingerprint}, user=user)).body

    async def _ask(self, asked: dict[str, Any], *, user: UserName) -> Said:
        with self.beside.place(user):
            said = await self.beside.ask(asked)
        if "refused" in said.head:
            _refuse(asked, said.head["refused"])
        return said

    def _keep(self, at: datetime, body: bytes) -> None:
        self._kept_bytes += len(body) - len(self._kept.pop(at, b""))
        self._kept[at] = body
        while self._kept_bytes > KEPT_BYTES_MAX:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)


def _refuse(asked: dict[str, Any], refused: dict[str, str]) -> NoReturn:
    if refused["code"] == GridNotKept.code and "grid" in asked:
        raise UnknownId("grid version", asked["grid"])
    kind = MomentNotKept if refused["code"] == MomentNotKept.code else JournalError
    raise kind(refused["what"], where=refused["where"], remedy=refused["remedy"])


@asynccontextmanager
async def past_desk(
    journal: str, told_until: Callable[[], datetime | None]
) -> AsyncIterator[PastDesk]:
    """`journal`: where it stands, as `open_journal` takes it."""
    beside = Beside(
        module="gridops.bootstrap.past_process",
        opening={"journal": journal},
        busy=lambda most: TooManyLooks(f"{most} looks back wait already", remedy="wait for them"),
        silent=lambda why: PastUnanswered(f"the look back came to no end ({why})", remedy="again"),
        waiting_max=WAITING_MAX,
        of_person_max=OF_PERSON_MAX,
    )
    try:
        yield PastDesk(beside=beside, told_until=told_until)
    finally:
        await beside.close()
