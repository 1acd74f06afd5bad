"""What a control room knows after an entry, as one text, and back.

Everything that the fold of the journal leads to is in it, open incidents too; what is worked out
from that, and what comes from outside (engines, settings of the process, listeners), is not.
"""

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gridops.alarms import Alarms
from gridops.control_room.acts import Acts
from gridops.control_room.books import Books
from gridops.control_room.memory.annotations import Places
from gridops.control_room.memory.places import NoPlace, Place, Reading, Writing
from gridops.control_room.memory.special import (
    FromOutside,
    OfEnergisation,
    OfLoadsBefore,
    OfNetwork,
    OfRecord,
    OfSnapshot,
    OfSwitchSet,
)
from gridops.control_room.timers import Timers
from gridops.errors import SnapshotUnreadable
from gridops.ids import CommandId, FeederId
from gridops.incident import Desk
from gridops.incident.situation import Situation
from gridops.network import Network, SwitchSet
from gridops.ports import Record
from gridops.reliability import Ledger
from gridops.response import Engines, FeederLoads
from gridops.response.prefault import LoadsBefore
from gridops.state import Energisation, LiveState, Snapshot

if TYPE_CHECKING:
    from gridops.control_room.room import ControlRoom

PIECE = 64
DEPTH_MAX = 6
"""Texts are made of so many values at a time, down to this depth one by one."""
_UNREADABLE = (
    ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, MemoryError
)  # fmt: skip
"""What comes of text that nobody here has written."""
HEAD_BYTES = 1024
"""The grid stands at the very beginning."""
TEXT_BYTES_MAX = 1024 * 1024 * 1024
"""More than any control room; a forged blob must not fill the memory."""


@dataclass(slots=True, kw_only=True)
class _Memory:
    """What is kept of a control room."""

    grid: str
    sequence: int
    epoch: int
    at: datetime | None
    commands_issued: set[CommandId]
    acts: Acts
    timers: Timers
    desk: Desk
    books: Books
    alarms: Alarms


NOT_KEPT = frozenset(
    {
        "journal",
        "installation",
        "behind",
        "_versions",
        "_snapshots",
        "_metrics",
        "_folding",
        "_doubtful",
        "_unwritten",
        "_hearing",
        "_listeners",
        "_former",
    }
)
"""Of a control room: what is of the process, or stands for nothing between two batches."""
WORKED_OUT: dict[type, frozenset[str]] = {
    Desk: frozenset({"_answers", "_normal_feeder_of", "_feeders_at", "_openings", "_around"}),
    LiveState: frozenset(
        {
            "traces_in_full",
            "_carried",
            "_sources_at",
            "_traced",
            "_moves",
            "_dead",
            "_unlinked",
            "_doubted",
            "_unchecked",
            "_supply_unchecked",
        }
    ),
    Situation: frozenset({"open", "before", "around"}),
    FeederLoads: frozenset({"_feeder_of"}),
    Books: frozenset(
        {
            "zone",
            "clock",
            "ruleset",
            "_dark_normally",
            "_counted_min",
            "_avoided_min",
            "_columns",
            "_booked",
            "_saved",
            "_cases",
        }
    ),
    Ledger: frozenset({"_changed"}),
    Snapshot: frozenset({"known"}),
}
"""Attributes that are not written. `Desk._answers` are no facts: their PlanSolved is still to come,
and without them it is worked out again."""


def _places() -> Places:
    special: dict[type, Place] = {
        Network: OfNetwork(),
        Record: OfRecord(),
        Engines: FromOutside(),
        SwitchSet: OfSwitchSet(),
        Energisation: OfEnergisation(Energisation),
    }
    places = Places(special=special, worked_out=WORKED_OUT)
    special[LoadsBefore] = OfLoadsBefore(
        LoadsBefore, places.of(Energisation), places.of(dict[FeederId | None, float])
    )
    places.define(Snapshot, OfSnapshot)
    return places


_PLACE = _places().of_class(_Memory)
SHAPE = sha256(_PLACE.shape(set()).encode()).hexdigest()[:16]
"""Of texts that can be read here: another form of any class that is in them has another."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a control room knew after entry `sequence`. It stays so, whatever comes after."""

    sequence: int
    _memory: _Memory
    _named: Callable[[Network], str]

    def written(self) -> bytes:
        """For `thaw`. Takes its time, and may be done in another thread.

        Raises: NoPlace for something in it that has none, a defect.
        """
        plain = _PLACE.write(self._memory, Writing(self._named))
        packing = zlib.compressobj(level=1)
        pieces = list(_texts(plain))
        packed = [
            packing.compress("".join(pieces[first : first + PIECE]).encode())
            for first in range(0, len(pieces), PIECE)
        ]
        return b"".join([*packed, packing.flush()])


def remember(room: "ControlRoom") -> Remembered:
    """Only between two batches, when everything that was decided is in the journal. Copies what
    may change, and nothing else.

    Raises: NoPlace for an attribute that is not annotated, a defect.
    """
    unheard_of = vars(room).keys() - NOT_KEPT - {each.name for each in fields(_Memory)}
    if unheard_of:
        raise NoPlace(f"a control room has {min(unheard_of)}, and nobody says where that goes")
    memory = _Memory(
        grid=room.installation.grid_fingerprint,
        sequence=room.sequence,
        epoch=room.epoch,
        at=room.at,
        commands_issued=room.commands_issued,
        acts=room.acts,
        timers=room.timers,
        desk=room.desk,
        books=room.books,
        alarms=room.alarms,
    )
    return Remembered(room.sequence, _PLACE.apart(memory, {}), room.grid_names())


def freeze(room: "ControlRoom") -> bytes:
    """Both at once."""
    return remember(room).written()


def _texts(plain: Any, depth: int = 0) -> Iterator[str]:
    """The JSON of `plain` in pieces: no single one keeps other threads waiting for long."""
    if not isinstance(plain, list) or not plain or (depth > DEPTH_MAX and len(plain) <= PIECE):
        yield json.dumps(plain, separators=(",", ":"))
        return
    yield "["
    if len(plain) > PIECE:
        for first in range(0, len(plain), PIECE):
            text = json.dumps(plain[first : first + PIECE], separators=(",", ":"))
            yield f"{',' if first else ''}{text[1:-1]}"
    else:
        for number, each in enumerate(plain):
            if number:
                yield ","
            yield from _texts(each, depth + 1)
    yield "]"


def thaw(room: "ControlRoom", body: bytes) -> None:
    """Into a new `room`, with what `freeze` made.

    Raises: SnapshotUnreadable, and then `room` is of no use; GridNotKept if the version of a grid
        is lacking that it needs.
    """
    try:
        plain = json.loads(_unpacked(body))
        grid = plain[0]
        room.go_to(grid)
        memory = _Memory(
            grid=grid,
            sequence=0,
            epoch=0,
            at=None,
            commands_issued=room.commands_issued,
            acts=room.acts,
            timers=room.timers,
            desk=room.desk,
            books=room.books,
            alarms=room.alarms,
        )
        _PLACE.read(plain, Reading(room.grid_named), there=memory)
        if room.desk.state.positions.keys() != room.network.switches.keys():
            raise ValueError("positions of other switches than the grid has")
    except _UNREADABLE as error:
        raise SnapshotUnreadable(f"a snapshot cannot be read: {error!r:.200}") from error
    room.sequence, room.epoch, room.at = memory.sequence, memory.epoch, memory.at
    room.desk.state.work_out_again()


def grid_of(body: bytes) -> str:
    """The version of the grid that a control room was on, without reading the rest.

    Raises: SnapshotUnreadable.
    """
    try:
        head = zlib.decompressobj().decompress(body, HEAD_BYTES)
        grid, _ = json.JSONDecoder().raw_decode(head.decode(errors="ignore"), 1)
    except (ValueError, zlib.error) as error:
        raise SnapshotUnreadable(f"a snapshot cannot be read: {error!r:.200}") from error
    return str(grid)


def _unpacked(body: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(body, TEXT_BYTES_MAX)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError("it is not whole")
    return plain
