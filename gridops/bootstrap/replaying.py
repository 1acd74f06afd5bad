"""`gridops replay`: a control room out of nothing but a journal."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from gridops import __version__
from gridops.adapters.journal import SqlJournal, open_journal
from gridops.api.live_view import live_view
from gridops.bootstrap.grid_versions import KeptVersions, network_of
from gridops.bootstrap.wiring import sets_of_engines, zone_of
from gridops.control_room import ControlRoom, Installation
from gridops.control_room.memory import SHAPE, thaw
from gridops.control_room.recalling import begins_late
from gridops.control_room.replay import Difference, Made, Replay
from gridops.errors import JournalBroken, JournalError
from gridops.events import ControlRoomStarted
from gridops.events.codec import from_plain
from gridops.incident import IncidentSettings, settings_from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came out."""

    room: ControlRoom
    replay: Replay
    decisions: tuple[Made, ...]
    difference: Difference | None

    def to_plain(self) -> dict[str, Any]:
        room, replay = self.room, self.replay
        return {
            "entries": replay.entries,
            "sequence": room.sequence,
            "at": None if room.at is None else room.at.isoformat(),
            "starts": room.epoch,
            "grid": {
                "name": room.network.name,
                "fingerprint": room.installation.grid_fingerprint,
            },
            "decisions": [{"after": made.sequence, **_plain(made)} for made in self.decisions],
            "view": None if room.at is None else live_view(room, now=room.at, links=()),
            "verified": self._verified(),
        }

    def _verified(self) -> Mapping[str, Any] | None:
        if not self.replay.verify:
            return None
        first = self.difference
        return {
            "equal": first is None,
            "decisions": self.replay.decisions,
            "commands": self.replay.commands,
            "engine": __version__,
            "first_difference": None if first is None else asdict(first),
        }


def _plain(made: Made) -> dict[str, Any]:
    record = made.record
    return {"at": record.at.isoformat(), "kind": record.kind, "body": dict(record.body)}


def replay_journal(url: str, *, until: datetime | None = None, verify: bool = False) -> Replayed:
    """Reads only. A chain that does not hold is a difference for `verify`.

    Raises: JournalBroken without `verify`; GridNotKept if the journal lacks a version of the grid
        that it was written on; JournalError.
    """
    journal = open_journal(url, read_only=True)
    try:
        room = room_of(journal)
        replay = Replay(room, verify=verify)
        decisions: list[Made] = []
        try:
            decisions.extend(replay.run(until))
        except JournalBroken as broken:
            if not verify:
                raise
            return _replayed(replay, decisions, found=_broken(broken, replay))
        return _replayed(replay, decisions, found=replay.difference)
    finally:
        journal.close()


def _replayed(replay: Replay, decisions: list[Made], *, found: Difference | None) -> Replayed:
    return Replayed(room=replay.room, replay=replay, decisions=tuple(decisions), difference=found)


def _broken(broken: JournalBroken, replay: Replay) -> Difference:
    return Difference(
        sequence=broken.sequence,
        what="the hash chain",
        in_journal=broken.what,
        by_engine="",
        engine=replay.engine,
    )


def room_of(journal: SqlJournal) -> ControlRoom:
    """As it was before the first entry that is here: nothing is known, or what the snapshot says
    that stands for what was archived.

    Raises: GridNotKept; SnapshotUnreadable if that snapshot is of another GridOps; JournalError.
    """
    cut = journal.cut[0]
    return _begun(journal) if cut == 0 else _gone_on(journal, cut)


def _gone_on(journal: SqlJournal, cut: int) -> ControlRoom:
    versions, kept = KeptVersions(journal), journal.snapshot(cut)
    if kept.engine != f"{__version__}/{SHAPE}":
        raise begins_late(cut + 1)
    first = journal.kept_grid(journal.kept_grids()[0])
    network = network_of(first.texts, first.fingerprint)
    settings = IncidentSettings()
    for _ in range(2):  # the settings that hold after the cut stand in what is read
        installation = Installation(
            network=network,
            grid_fingerprint=first.fingerprint,
            engines=sets_of_engines(network)[0],
            settings=settings,
            zone=zone_of(settings),
            engine=__version__,
        )
        room = ControlRoom(installation, journal, versions=versions)
        thaw(room, kept.body)
        settings = room.desk.settings
    return room


def _begun(journal: SqlJournal) -> ControlRoom:
    started = _first_start(journal)
    fingerprint = started.grid_fingerprint
    network = network_of(journal.kept_grid(fingerprint).texts, fingerprint)
    settings = settings_from_json(started.settings)
    installation = Installation(
        network=network,
        grid_fingerprint=fingerprint,
        engines=sets_of_engines(network)[0],
        settings=settings,
        zone=zone_of(settings),
        engine=__version__,
    )
    return ControlRoom(installation, journal, versions=KeptVersions(journal))


def _first_start(journal: SqlJournal) -> ControlRoomStarted:
    for entry in journal.entries():
        if entry.record.kind == ControlRoomStarted.__name__:
            event = from_plain(entry.record.kind, dict(entry.record.body))
            if isinstance(event, ControlRoomStarted):
                return event
    raise JournalError(
        "no control room was ever started on it", where="journal", remedy="name another journal"
    )
