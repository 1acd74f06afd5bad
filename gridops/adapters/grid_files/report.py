"""`gridops check`: every flaw of a grid folder and the readiness of its feeders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gridops.adapters.collector import collector_paused
from gridops.adapters.engines import power_flow
from gridops.adapters.grid_files.loading import GridFiles, read_grid
from gridops.ids import FeederId
from gridops.network import build_network
from gridops.network.flaw_codes import FLAW_KINDS
from gridops.network.flaws import GridFlaw
from gridops.network.validation_readiness import FeederReadiness, readiness
from gridops.network.validation_suspicions import suspicions
from gridops.ports import Json
from gridops.study.review import review


@dataclass(frozen=True, slots=True, kw_only=True)
class GridReport:
    grid: str
    flaws: tuple[GridFlaw, ...]
    feeders: tuple[FeederReadiness, ...]

    @property
    def ok(self) -> bool:
        """No errors; warnings and notes are allowed."""
        return not any(flaw.is_error for flaw in self.flaws)

    def to_plain(self, shown: Sequence[GridFlaw] | None = None) -> dict[str, Json]:
        """What `gridops check --json` prints; `shown` leaves out some of the flaws."""
        flaws = self.flaws if shown is None else shown
        return {
            "grid": self.grid,
            "ok": self.ok,
            "flaws": [_flaw(flaw) for flaw in flaws],
            "feeders": [
                {"feeder": each.feeder, "grade": each.grade, "reasons": list(each.reasons)}
                for each in self.feeders
            ],
        }


@collector_paused()
def check_grid(folder: Path) -> GridReport:
    """All flaws at once. While there are errors no feeder is better than grade E.

    Raises: GridUnreadable if the folder is not there, or its format version is not ours.
    """
    files = read_grid(folder)
    flaws = (*files.flaws, *_more_flaws(files))
    if files.has_errors:
        heads = dict.fromkeys(s.feeder for s in files.components.switches if s.feeder)
        feeders = _all_unready(heads, "the grid has errors")
    else:
        network = build_network(files.components)
        reviewed = review(network, power_flow(network))
        flaws = (*flaws, *(_with_row(flaw, files) for flaw in reviewed.flaws))
        feeders = readiness(network, reviewed.findings)
        if any(flaw.is_error for flaw in reviewed.flaws):
            feeders = _all_unready(network.heads, "the normal state cannot be solved")
    return GridReport(grid=files.components.name, flaws=flaws, feeders=feeders)


def _all_unready(feeders: Iterable[FeederId], reason: str) -> tuple[FeederReadiness, ...]:
    return tuple(FeederReadiness(feeder=f, grade="E", reasons=(reason,)) for f in feeders)


def _more_flaws(files: GridFiles) -> tuple[GridFlaw, ...]:
    """Suspicions, but none of rows that have an error: one slip is one flaw.

    None at all while rows could not be read: what hangs on those would look suspect too.
    """
    if any(flaw.is_error and _is_of_file(flaw) for flaw in files.flaws):
        return ()
    wrong = {(flaw.table, flaw.index) for flaw in files.flaws if flaw.is_error}
    found = (flaw for flaw in suspicions(files.components) if (flaw.table, flaw.index) not in wrong)
    return tuple(_with_row(flaw, files) for flaw in found)


def _is_of_file(flaw: GridFlaw) -> bool:
    kind = FLAW_KINDS.get(flaw.code)
    return kind is None or kind.area == "files"


def _with_row(flaw: GridFlaw, files: GridFiles) -> GridFlaw:
    if flaw.index is None:
        return flaw
    return replace(flaw, row=files.lines[flaw.table][flaw.index])


def _flaw(flaw: GridFlaw) -> Json:
    return {
        "code": flaw.code,
        "severity": str(flaw.severity),
        "file": flaw.file,
        "row": flaw.row,
        "ids": list(flaw.ids),
        "message": flaw.message,
        "remedy": flaw.remedy,
    }
