"""The live view for many readers: made once per change, sent as differences."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from gridops.api.words import Plain

BACKLOG_MAX = 200
"""Changes that a slow reader may lag behind before it is cut off (and starts anew)."""
CHANGE_S = 0.1
"""A view is made at most this often, however many events come."""
BEAT_S = 1.0
KEYED = ("switches", "sections", "feeders", "incidents")


@dataclass(frozen=True, slots=True)
class Message:
    event: str
    data: Plain
    sequence: int


@dataclass(slots=True, eq=False)
class _Reader:
    queue: asyncio.Queue[Message | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG_MAX))


class Feed:
    """`run` makes views; each `messages()` yields the whole view, then changes and beats."""

    def __init__(self, make: Callable[[], Plain]) -> None:
        self._make = make
        self._view: Plain | None = None
        self._dirty = asyncio.Event()
        self._readers: set[_Reader] = set()

    @property
    def readers(self) -> int:
        return len(self._readers)

    def touch(self) -> None:
        """Something changed; the next view is due."""
        self._dirty.set()

    def view(self) -> Plain:
        """The view of this moment."""
        return self._refreshed()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._dirty.wait()
            self._dirty.clear()
            view = self._refreshed()
            self._tell(_beat(view))
            await asyncio.sleep(CHANGE_S)

    def _refreshed(self) -> Plain:
        old, new = self._view, self._make()
        self._view = new
        change = difference(old, new) if old is not None else None
        if change is not None:
            self._tell(Message("change", change, int(new["sequence"])))
        return new

    def _tell(self, message: Message) -> None:
        for reader in tuple(self._readers):
            try:
                reader.queue.put_nowait(message)
            except asyncio.QueueFull:
                self._readers.discard(reader)
                while not reader.queue.empty():
                    reader.queue.get_nowait()
                reader.queue.put_nowait(None)

    async def messages(self) -> AsyncIterator[Message]:
        """Ends when the reader was too slow: it reconnects and gets a whole view again."""
        view = self._refreshed()
        reader = _Reader()
        self._readers.add(reader)
        try:
            yield Message("view", view, int(view["sequence"]))
            while (message := await reader.queue.get()) is not None:
                yield message
        finally:
            self._readers.discard(reader)


def difference(old: Plain, new: Plain) -> Plain | None:
    """What a reader of `old` needs to know `new`; None if nothing but the time passed.

    Entries of the keyed maps come one by one; one that is gone comes as None.
    """
    change: Plain = {}
    for key, value in new.items():
        if key in ("at", "sequence") or old.get(key) == value:
            continue
        change[key] = _entries(old.get(key, {}), value) if key in KEYED else value
    if not change:
        return None
    return {"at": new["at"], "sequence": new["sequence"], **change}


def _entries(old: Plain, new: Plain) -> Plain:
    changed = {ident: entry for ident, entry in new.items() if old.get(ident) != entry}
    return {**changed, **{ident: None for ident in old if ident not in new}}


def _beat(view: Plain) -> Message:
    sequence = int(view["sequence"])
    return Message("beat", {"at": view["at"], "sequence": sequence}, sequence)
