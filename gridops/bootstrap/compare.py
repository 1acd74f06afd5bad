"""`gridops compare`: a new version of a grid beside the one that runs."""

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gridops.adapters.grid_files import grid_fingerprint, texts_of
from gridops.adapters.journal import open_journal
from gridops.bootstrap.grid_versions import KeptVersions
from gridops.bootstrap.wiring import installation_of, load
from gridops.control_room import Comparison, ControlRoom, stands_on
from gridops.errors import GridNotTakenIn
from gridops.incident import Finding, IncidentSettings, Running, breaks
from gridops.network import Network
from gridops.network.changes import GridChanges, RowChange, TableChanges, compare_networks
from gridops.network.changes_topology import FeederChange, SectionChange
from gridops.state import LiveState

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    network: Network

    def to_plain(self) -> Plain:
        fingerprint = grid_fingerprint(self.network.components)
        return {"grid": self.network.name, "fingerprint": fingerprint}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`sequence` None: no journal was asked, the findings hold for the normal state."""

    old: Version
    new: Version
    comparison: Comparison
    sequence: int | None
    at: datetime | None

    @property
    def ok(self) -> bool:
        """Nothing blocks."""
        return not self.comparison.blocking

    def to_plain(self) -> Plain:
        """What `gridops compare --json` prints."""
        journal = {"sequence": self.sequence, "at": self.at and self.at.isoformat()}
        return {
            "old": self.old.to_plain(),
            "new": self.new.to_plain(),
            "ok": self.ok,
            "journal": journal if self.sequence is not None else None,
            "findings": [_finding(each) for each in self.comparison.findings],
            "changes": changes_to_plain(self.comparison.changes),
        }


def compare_grids(old: str, new: str, *, journal_url: str | None) -> Compared:
    """With a journal the findings hold for what is under way in it; it is only read.

    Raises: GridUnreadable, GridInvalid for a grid that cannot be used; GridNotTakenIn when the
        journal does not stand on `old`; JournalError.
    """
    (_, running), (_, coming) = load(old), load(new)
    if journal_url is None:
        return _compared(running, coming, comparison=_in_normal_state(running, coming))
    with closing(open_journal(journal_url, read_only=True)) as journal:
        installed = installation_of(running, IncidentSettings())
        present = stands_on(journal, journal)
        if present is not None and texts_of(running.components, present) is not None:
            installed = replace(installed, grid_fingerprint=present)
        versions = KeptVersions(journal)
        room = ControlRoom(installed, journal, versions=versions, snapshots=journal)
        try:
            room.recover()
        except GridNotTakenIn as other:
            remedy = "name as OLD the version that the journal stands on"
            raise GridNotTakenIn(
                other.running, other.offered, where=journal_url, remedy=remedy
            ) from other
        found = _compared(running, coming, comparison=room.compare(coming))
        return replace(found, sequence=room.sequence, at=room.at)


def _compared(running: Network, coming: Network, *, comparison: Comparison) -> Compared:
    return Compared(
        old=Version(running), new=Version(coming), comparison=comparison, sequence=None, at=None
    )


def _in_normal_state(running: Network, coming: Network) -> Comparison:
    changes = compare_networks(running, coming)
    present = Running(state=LiveState(network=running))
    return Comparison(changes=changes, findings=breaks(present, coming, changes=changes))


def changes_to_plain(changes: GridChanges) -> Plain:
    return {
        "summary": changes.summary(),
        "customers": {"old": changes.customers_old, "new": changes.customers_new},
        "tables": [_table(each) for each in changes.tables],
        "sections": [_section(each) for each in changes.sections],
        "feeders": [_feeder(each) for each in changes.feeders],
        "normal_positions": [
            {
                "switch": each.switch,
                "old": each.old.name.lower(),
                "new": each.new.name.lower(),
            }
            for each in changes.normal_positions
        ],
        "perhaps_renamed": [
            {"table": each.table, "old": each.old, "new": each.new} for each in changes.renamed
        ],
        "ids_reused": [
            {"id": each.ident, "old_table": each.old_table, "new_table": each.new_table}
            for each in changes.reused
        ],
    }


def _table(changes: TableChanges) -> Plain:
    return {
        "table": changes.table,
        "added": list(changes.added),
        "removed": list(changes.removed),
        "changed": [_row(each) for each in changes.changed],
        "reordered": changes.reordered,
    }


def _row(row: RowChange) -> Plain:
    return {
        "id": row.ident,
        "fields": [
            {"field": each.field, "old": shown(each.old), "new": shown(each.new)}
            for each in row.fields
        ],
    }


def shown(value: object) -> str:
    """As a person reads it."""
    name = getattr(value, "name", None)
    if value is None:
        return "-"
    if isinstance(value, str):
        return str(value)
    return str(name).lower() if isinstance(name, str) else str(value)


def _section(change: SectionChange) -> Plain:
    return {"fate": change.fate.value, "old": list(change.old), "new": list(change.new)}


def _feeder(change: FeederChange) -> Plain:
    return {
        "feeder": change.feeder,
        "source": {"old": change.source_old, "new": change.source_new},
        "customers": {"old": change.customers_old, "new": change.customers_new},
        "loads_gained": list(change.loads_gained),
        "loads_lost": list(change.loads_lost),
    }


def _finding(finding: Finding) -> Plain:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "element": finding.element,
        "message": finding.message,
        "remedy": finding.remedy,
    }
