"""A control room on a journal, on the version of the grid that it is to work on."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from gridops.adapters.journal import SqlJournal
from gridops.bootstrap.grid_versions import KeptVersions
from gridops.control_room import ControlRoom, Installation, stands_on
from gridops.ids import UserName
from gridops.ports import Metrics

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingIn:
    """The word of a person that another version of the grid may be taken in."""

    by: UserName
    at: datetime


def room_on(
    installation: Installation,
    journal: SqlJournal,
    *,
    metrics: Metrics | None = None,
    taking_in: TakingIn | None = None,
) -> ControlRoom:
    """Recovered, and on `installation`.

    Raises: GridNotTakenIn when the journal stands on another version and `taking_in` is None;
        TakeInRefused when that would break something; GridNotKept, JournalError.
    """
    versions = KeptVersions(journal)
    present = None if taking_in is None else stands_on(journal, journal)
    if taking_in is None or present is None or present == installation.grid_fingerprint:
        room = ControlRoom(
            installation, journal, metrics=metrics, versions=versions, snapshots=journal
        )
        room.recover()
        return room
    former = versions.installation(present, like=installation)
    room = ControlRoom(former, journal, metrics=metrics, versions=versions, snapshots=journal)
    room.recover()
    found = room.take_in(installation, at=taking_in.at, by=taking_in.by)
    for finding in found.findings:
        log.warning("grid taken in", code=finding.code, what=finding.message)
    log.info("grid taken in", by=taking_in.by, summary=found.changes.summary())
    return room
