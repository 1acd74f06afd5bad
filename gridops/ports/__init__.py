"""The outside world on one page. Protocols only; the shell brings what fulfils them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gridops.events import FieldEvent
from gridops.ids import CommandId, LinkId, SwitchId
from gridops.measurement import Position
from gridops.ports.commanding import Commanding as Commanding
from gridops.ports.publishing import Publisher as Publisher
from gridops.ports.publishing import PublisherHealth as PublisherHealth
from gridops.ports.publishing import PublisherPlace as PublisherPlace
from gridops.ports.security import Endpoint as Endpoint
from gridops.ports.security import Identity as Identity
from gridops.ports.security import LinkSecurity as LinkSecurity
from gridops.ports.security import SecurityMode as SecurityMode
from gridops.ports.security import SecurityPolicy as SecurityPolicy

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """Aware, UTC. Never goes back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchOrder:
    """One movement to send, once."""

    command: CommandId
    switch: SwitchId
    position: Position
    deadline: datetime
    """No byte of it may reach the wire after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkHealth:
    link: LinkId
    connected: bool
    since: datetime
    last_heard: datetime | None
    epoch: int
    detail: str
    certificate_expires: datetime | None = None
    """When the first certificate ends on which the link rests, or has last rested; None: it has
    rested on none."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How often each `Trouble` was met since the process started; those never met are left out."""
    skew_s: float | None = None
    """How far the server's clock is ahead of ours, as last measured; None: it tells no time."""
    device_skew_s: float | None = None
    """How far the stamps of its devices are ahead of ours, the way of a message included."""
    server: str = ""
    """Address of the one that is listened to, where several are the same."""


class FieldLink(Protocol):
    """Two-way link to the switchgear.

    Guarantees: events of one device come in source-time order; none is made up. After every
    (re)connection `LinkRestored` comes first, then every current value, so nobody reads state
    out of silence. Does not guarantee completeness: what happened while a link was down is a
    gap, and `LinkRestored.gap_since` says so.
    """

    async def run(self, deliver: Callable[[Sequence[FieldEvent]], None]) -> None:
        """Feeds `deliver` until cancelled. Lost servers are its own business: it reports them
        as `LinkLost` and keeps trying; it raises only for settings that can never work."""
        ...

    async def operate(self, order: SwitchOrder) -> None:
        """Operates and returns when the read-back position has come, newer than the order.

        Raises:
            CommandRefused: nothing moved; its kinds tell what said no.
            CommandUnconfirmed: no read-back in time; treat the position as unknown.
        """
        ...

    async def scan(self, switches: Sequence[SwitchId]) -> None:
        """Reads every point of `switches` again and delivers the values as events."""
        ...

    def health(self) -> Sequence[LinkHealth]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing to remember. `body` is plain JSON."""

    at: datetime
    kind: str
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A record as the journal holds it. Sequences count from 1 without holes."""

    sequence: int
    record: Record
    hash: str


class Journal(Protocol):
    """The append-only memory. One writer.

    Guarantees: when `append` returns, all of its records are durable, in order, or none is.
    """

    def append(self, records: Sequence[Record]) -> Sequence[Entry]:
        """Raises: JournalUnsure when nobody knows yet whether they were written, and then nothing
        is appended before `settle` has said so; JournalSilent when it cannot be written now, any
        other JournalError when it never will be, and then nothing was written."""
        ...

    def settle(self) -> Sequence[Entry]:
        """What became of the records of which `append` was unsure: their entries, or none if they
        were not written, or if there was no doubt.

        Raises: JournalSilent while that cannot be found out; JournalBusy when somebody else has
        written meanwhile.
        """
        ...

    def entries(self, *, after: int = 0) -> Iterator[Entry]:
        """Raises: JournalBroken at the first entry that does not continue the hash chain."""
        ...

    def last_sequence(self) -> int: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptGrid:
    """One version of a grid as canonical texts, file name -> content."""

    fingerprint: str
    name: str
    texts: Mapping[str, str]


class GridStore(Protocol):
    """Every version of the grid that a journal was written on."""

    def keep_grid(self, grid: KeptGrid) -> None:
        """Durable when it returns. Keeping the same again changes nothing.

        Raises: JournalError; GridNotKept if the texts do not have that fingerprint.
        """
        ...

    def kept_grids(self) -> Sequence[str]:
        """The fingerprints of all that are kept, in the order of keeping."""
        ...

    def kept_grid(self, fingerprint: str) -> KeptGrid:
        """Raises: GridNotKept if it was never kept, or if what is kept does not have this
        fingerprint any more; JournalError when the database cannot be read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a control room knew after entry `sequence`, which has this `hash`."""

    sequence: int
    hash: str
    engine: str
    """Who can read `body`."""
    body: bytes


class Snapshots(Protocol):
    """Beside a journal, so that a start need not read all of it."""

    @property
    def cut(self) -> tuple[int, str]:
        """The last entry that was archived, and its hash; 0 while there is none."""
        ...

    def snapshots(self) -> Sequence[tuple[int, str]]:
        """After which entries there are any, the newest first, and who can read each."""
        ...

    def snapshot(self, sequence: int) -> Snapshot:
        """Raises: SnapshotUnreadable if it is not there, or damaged; JournalError."""
        ...

    def keep_snapshot(self, sequence: int, *, engine: str, body: bytes) -> None:
        """Durable when it returns; may be called from another thread. Old ones go. Raises:
        JournalError."""
        ...


class Metrics(Protocol):
    """Counters and gauges with labels from closed sets."""

    def count(self, name: str, by: float = 1.0, **labels: str) -> None: ...

    def set(self, name: str, value: float, **labels: str) -> None: ...

    def observe(self, name: str, value: float, **labels: str) -> None: ...
