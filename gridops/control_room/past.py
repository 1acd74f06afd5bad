"""A control room as it stood at any moment of its journal."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from gridops.commands import Intent
from gridops.control_room.memory import freeze
from gridops.control_room.recalling import begins_late, engine_of, recall
from gridops.control_room.room import DECISION, ControlRoom
from gridops.errors import MomentNotKept
from gridops.events import Event
from gridops.events.codec import KINDS
from gridops.ports import Entry, Journal, Snapshot, Snapshots

SPACING_ENTRIES = 20_000
"""So many entries lie between two memories, or more."""
MEMORIES_MAX = 24
MEMORIES_BYTES_MAX = 256 * 1024 * 1024
EARLIEST = datetime.min.replace(tzinfo=UTC)


def read_on(room: ControlRoom, entry: Entry) -> tuple[Event | None, list[Intent]]:
    """The next entry of the journal, folded; what it led to is not carried out again.

    Raises: SnapshotUnreadable if entries before it are gone; as `ControlRoom.recover`.
    """
    if entry.sequence != room.sequence + 1:
        raise begins_late(entry.sequence)
    if entry.record.kind.startswith(DECISION):
        room.books.decisions()
    event = room.read_back(entry)
    return event, [] if event is None else room.fold_back(event)


class Memories:
    """Fulfils `Snapshots`: those of a journal, and between them ones that are gone with the
    process. Where they become too many, those are forgotten that stand closest to another."""

    def __init__(self, journal: Journal, kept: Snapshots, *, engine: str) -> None:
        """`engine`: who reads them; those of another are of no use."""
        self._journal, self._kept, self._engine = journal, kept, engine
        self._own: dict[int, Snapshot] = {}
        self._times: dict[int, datetime] = {}
        self.spacing = SPACING_ENTRIES

    @property
    def cut(self) -> tuple[int, str]:
        return self._kept.cut

    def snapshots(self) -> Sequence[tuple[int, str]]:
        own = {(sequence, one.engine) for sequence, one in self._own.items()}
        return sorted(own | set(self._kept.snapshots()), reverse=True)

    def snapshot(self, sequence: int) -> Snapshot:
        """Raises: as `Snapshots.snapshot`."""
        return self._own.get(sequence) or self._kept.snapshot(sequence)

    def keep_snapshot(self, sequence: int, *, engine: str, body: bytes) -> None:
        self._own[sequence] = Snapshot(sequence=sequence, hash="", engine=engine, body=body)
        while len(self._own) > 1 and self._is_full:
            self._thin_out(but=sequence)
            if self._is_full:
                self.spacing *= 2

    def _thin_out(self, *, but: int) -> None:
        before = 0
        for each in sorted(self._own):
            if each != but and each - before < self.spacing:
                del self._own[each]
            else:
                before = each

    @property
    def _is_full(self) -> bool:
        size = sum(len(one.body) for one in self._own.values())
        return len(self._own) > MEMORIES_MAX or size > MEMORIES_BYTES_MAX

    def nearest(self, until: datetime) -> int:
        """After which entry the last one was made that holds nothing later; 0: none was."""
        return next((one for one in self._readable() if self._time_of(one) <= until), 0)

    def newest(self, *, at_most: int) -> int:
        """After which entry the last one was made, up to entry `at_most`; 0: none was."""
        return next((one for one in self._readable() if one <= at_most), 0)

    def _readable(self) -> Iterator[int]:
        return (one for one, engine in self.snapshots() if engine == self._engine)

    def _time_of(self, sequence: int) -> datetime:
        """Of an entry that is archived nobody knows it: its snapshot is the earliest there is."""
        if sequence not in self._times:
            entry = next(iter(self._journal.entries(after=sequence - 1)), None)
            is_there = entry is not None and entry.sequence == sequence
            self._times[sequence] = entry.record.at if entry and is_there else EARLIEST
        return self._times[sequence]


def _always() -> bool:
    return True


class Past:
    """Plays a journal to one moment after the other.

    Reads only. Going on costs what lies between two moments; going back costs what lies behind the
    nearest snapshot, of the journal or of its own. Memory is bounded.
    """

    def __init__(self, room: ControlRoom, snapshots: Snapshots) -> None:
        """`room` is new, on the journal that `snapshots` stand beside, and from now on here."""
        self.room = room
        self._begins = room.installation
        self._memories = Memories(room.journal, snapshots, engine=engine_of(room))
        self._stands = False
        """Whether the room is what the journal says after some entry."""
        self._is_on_its_way = False
        """Whether the last question was not in time."""

    def go_to(self, until: datetime, *, in_time: Callable[[], bool] = _always) -> bool:
        """`room` is as it stood after the last fact that is not later than `until`. False: it was
        no longer `in_time`; asked again, it goes on from there, by one entry at least.

        Raises: MomentNotKept; GridNotKept, JournalError as `ControlRoom.recover`.
        """
        here = self.room.sequence if self._stands and self._at <= until else -1
        nearest = self._memories.nearest(until)
        if nearest > here:
            self._leave()
            self._recall(nearest, until)
        self._stands = False
        is_there = self._read(until, in_time)
        self._settle()
        self._stands, self._is_on_its_way = True, not is_there
        return is_there

    @property
    def _at(self) -> datetime:
        return self.room.at or EARLIEST

    def _leave(self) -> None:
        """Whoever asked for a moment beyond here goes on from here, and not from further back."""
        stands, self._stands = self._stands, False
        if stands and self._is_on_its_way:
            self.room.books.decisions()  # those that are read on say the same
            self._remember()

    def _recall(self, sequence: int, until: datetime) -> None:
        self.room.begin_anew(self._begins)
        recall(self.room, self._memories, at_most=sequence)
        if self._at > until:
            raise MomentNotKept(
                f"what lies before {self._at.isoformat()} is in an archive",
                where="journal",
                remedy="play the archive with `gridops replay --until`",
            )

    def _read(self, until: datetime, in_time: Callable[[], bool]) -> bool:
        remembered = self._memories.newest(at_most=self.room.sequence)
        for entry in self.room.journal.entries(after=self.room.sequence):
            if entry.record.kind in KINDS and entry.record.at > until:
                return True
            read_on(self.room, entry)
            is_due = entry.sequence - remembered >= self._memories.spacing
            if is_due and not self.room.books.has_decisions:
                remembered = entry.sequence
                self._remember()
            if not in_time():
                return False
        return True

    def _remember(self) -> None:
        self._settle()
        engine = engine_of(self.room)
        self._memories.keep_snapshot(self.room.sequence, engine=engine, body=freeze(self.room))

    def _settle(self) -> None:
        """As after a batch of live facts. Raises: StateDiverged."""
        self.room.desk.state.traces_in_full = False
        self.room.desk.state.check()
        self.room.books.vetoes()
