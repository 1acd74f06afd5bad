"""The versions of the grid that one journal goes through."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from gridops.control_room.installation import Installation
from gridops.control_room.memory import SHAPE, grid_of
from gridops.errors import GridNotTakenIn, SnapshotUnreadable
from gridops.events import ControlRoomStarted, GridTakenIn
from gridops.events.codec import from_plain
from gridops.incident import Finding
from gridops.network.changes import GridChanges
from gridops.ports import Journal, Snapshots

GROUNDING = frozenset({ControlRoomStarted.__name__, GridTakenIn.__name__})
"""Kinds of facts that say on which version of the grid the journal goes on."""


class Versions(Protocol):
    """Keeps every version of the grid that a control room works on, ready to work on again."""

    def keep(self, installation: Installation) -> None:
        """Durable when it returns. Raises: JournalError."""
        ...

    def installation(self, fingerprint: str, *, like: Installation) -> Installation:
        """The kept version with engines of its own, in all else as `like`.

        Raises: GridNotKept if it is not kept, or not as it was.
        """
        ...


class NoVersions:
    """Keeps nothing: a journal then stays on the one grid that it was begun on."""

    def keep(self, installation: Installation) -> None:
        """Nothing is kept, and the texts are not held for it either."""
        installation.unkept.clear()

    def installation(self, fingerprint: str, *, like: Installation) -> Installation:
        """Raises: GridNotTakenIn, for any other version than that of `like`."""
        raise GridNotTakenIn(fingerprint, like.grid_fingerprint)


class AtHand:
    """The version that is to be worked on is loaded; those before it are fetched when a replay
    needs them, and not held any longer."""

    def __init__(self, kept: Versions, wanted: Installation) -> None:
        self._kept = kept
        self._wanted = wanted

    @property
    def keeps(self) -> bool:
        """Whether a replay will find again what is kept now."""
        return not isinstance(self._kept, NoVersions)

    def keep(self, installation: Installation) -> None:
        """Raises: JournalError."""
        self._kept.keep(installation)

    def want(self, installation: Installation) -> None:
        self._wanted = installation

    def get(self, fingerprint: str) -> Installation:
        """Raises: GridNotKept, GridNotTakenIn."""
        if fingerprint == self._wanted.grid_fingerprint:
            return self._wanted
        return self._kept.installation(fingerprint, like=self._wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A new version beside the running one."""

    changes: GridChanges
    findings: Sequence[Finding]

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.blocks)


def stands_on(journal: Journal, snapshots: Snapshots) -> str | None:
    """The fingerprint of the version that the journal stands on; None if it is empty, or if all
    that would say so is archived and no snapshot of this version of GridOps stands for it.

    Raises: JournalBroken, JournalError.
    """
    after, found = _remembered(snapshots)
    for entry in journal.entries(after=after):
        if entry.record.kind not in GROUNDING:
            continue
        match from_plain(entry.record.kind, dict(entry.record.body)):
            case ControlRoomStarted() as started:
                found = started.grid_fingerprint
            case GridTakenIn() as taken:
                found = taken.new_fingerprint
    return found


def _remembered(snapshots: Snapshots) -> tuple[int, str | None]:
    """What the newest snapshot that can be read says, and after which entry."""
    for sequence, engine in snapshots.snapshots():
        if not engine.endswith(f"/{SHAPE}"):
            continue
        with suppress(SnapshotUnreadable):
            return sequence, grid_of(snapshots.snapshot(sequence).body)
    return 0, None
