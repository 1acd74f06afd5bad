"""The live view for many readers: made once per change, sent as differences."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

import structlog

from gridops.api.words import Plain

BACKLOG_MAX = 200
"""Messages that a slow reader may lag behind before it is cut off (and starts anew)."""
RING_MESSAGES_MAX = 500
"""Changes that are remembered for readers who come back."""
READERS_MAX = 500
"""The routes refuse further readers; each costs a connection and a backlog."""
CHANGE_S = 0.1
"""A view is made at most this often, however many events come or readers ask."""
BEAT_S = 0.8
"""So that, with the view's own time, a beat comes at least every second."""
RETRY_MS = 1_000
KEYED = ("switches", "sections", "feeders", "incidents", "alarms", "sheets")

log = structlog.get_logger()


@dataclass(frozen=True)
class Message:
    """One server-sent event. All readers share it, and its text is made once."""

    event: str
    data: Plain
    sequence: int

    @cached_property
    def text(self) -> str:
        return to_json(self.data)

    @cached_property
    def wire(self) -> bytes:
        """As it goes out. JSON has no line breaks of its own."""
        retry = f"retry: {RETRY_MS}\n" if self.event == "view" else ""
        said = f"event: {self.event}\ndata: {self.text}\nid: {self.sequence}\n{retry}\n"
        return said.encode()


@dataclass(slots=True, eq=False)
class _Reader:
    queue: asyncio.Queue[Message | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG_MAX))


class Feed:
    """`run` makes views; each `messages()` yields the whole view, then changes and beats.

    Guarantees: a reader that applies every change to its first view has the view of the last
    one, `at` and `sequence` aside; so it has when it comes back and says what it heard last.
    Memory is bounded, however slow readers are.
    """

    def __init__(self, make: Callable[[], Plain]) -> None:
        self._make = make
        self._whole: Message | None = None
        self._made_at = 0.0
        self._beaten_at = 0.0
        self._stale = True
        self._dirty = asyncio.Event()
        self._readers: set[_Reader] = set()
        self._ring: deque[Message] = deque()
        self._complete_from = 0
        """Whoever has heard of this sequence or a later one misses nothing that is not in the ring.
        Not of the first view's own: what stood before it in another process was another view."""

    @property
    def readers(self) -> int:
        return len(self._readers)

    def touch(self) -> None:
        """Something changed; the next view is due."""
        self._stale = True
        self._dirty.set()

    def whole(self) -> Message:
        """The view, never older than the last `touch`, nor than `CHANGE_S`."""
        aged = asyncio.get_running_loop().time() - self._made_at >= CHANGE_S
        if self._whole is None or self._stale or aged:
            return self._refreshed()
        return self._whole

    async def run(self) -> None:
        """Until cancelled. A view that cannot be made is logged, and no beat is sent: readers
        then show that they are blind."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._dirty.wait()
            self._dirty.clear()
            try:
                self._beat(self._refreshed())
            except Exception:
                log.exception("no view could be made")
            await asyncio.sleep(CHANGE_S)

    def _beat(self, whole: Message) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._beaten_at < BEAT_S / 2:
            return
        self._beaten_at = now
        at = {"at": whole.data["at"], "sequence": whole.sequence}
        self._tell(Message("beat", at, whole.sequence))

    def _refreshed(self) -> Message:
        self._stale = False
        new = self._make()
        old, sequence = self._whole, int(new["sequence"])
        self._whole = Message("view", new, sequence)
        self._made_at = asyncio.get_running_loop().time()
        change = difference(old.data, new) if old is not None else None
        if old is None:
            self._complete_from = sequence + 1
        if change is not None:
            self._remember(Message("change", change, sequence))
        return self._whole

    def _remember(self, message: Message) -> None:
        self._ring.append(message)
        if len(self._ring) > RING_MESSAGES_MAX:
            self._complete_from = self._ring.popleft().sequence + 1
        self._tell(message)

    def _since(self, heard: int) -> Message | None:
        """What a reader misses that has heard of the sequence `heard`; None: nobody knows.

        Several messages may have the sequence `heard`, and it may have heard the first of them
        alone: they are all in what it gets. Entries are whole, so twice does no harm.
        """
        whole = self.whole()
        if not self._complete_from <= heard <= whole.sequence:
            return None
        at = {"at": whole.data["at"], "sequence": whole.sequence}
        missed = [message.data for message in self._ring if message.sequence >= heard]
        if not missed:
            return Message("beat", at, whole.sequence)
        return Message("change", {**together(missed), **at}, whole.sequence)

    def _tell(self, message: Message) -> None:
        for reader in tuple(self._readers):
            try:
                reader.queue.put_nowait(message)
            except asyncio.QueueFull:
                self._readers.discard(reader)
                while not reader.queue.empty():
                    reader.queue.get_nowait()
                reader.queue.put_nowait(None)

    async def messages(self, heard: int | None = None) -> AsyncGenerator[Message, None]:
        """`heard`: the sequence of the last message that a reader had before it came back. The
        first message is what it missed, or the whole view where that is not known.

        Ends when the reader was too slow: it comes back."""
        first = None if heard is None else self._since(heard)
        first = first or self.whole()
        reader = _Reader()
        self._readers.add(reader)
        try:
            yield first
            while (message := await reader.queue.get()) is not None:
                yield message
        finally:
            self._readers.discard(reader)


def to_json(data: object) -> str:
    """Raises: ValueError for NaN and infinity, which JSON does not know."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


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


def apply(change: Plain, to: Plain) -> Plain:
    """What a reader makes of `to` when `change` comes: the other half of `difference`."""
    new = dict(to)
    for key, value in change.items():
        new[key] = _merged(to.get(key, {}), value) if key in KEYED else value
    return new


def together(changes: Sequence[Plain]) -> Plain:
    """One change that does what all of them do in their order."""
    one: Plain = {}
    for change in changes:
        for key, value in change.items():
            one[key] = {**one.get(key, {}), **value} if key in KEYED else value
    return one


def _entries(old: Plain, new: Plain) -> Plain:
    changed = {ident: entry for ident, entry in new.items() if old.get(ident) != entry}
    return {**changed, **{ident: None for ident in old if ident not in new}}


def _merged(old: Plain, change: Plain) -> Plain:
    both = {**old, **change}
    return {ident: entry for ident, entry in both.items() if entry is not None}
