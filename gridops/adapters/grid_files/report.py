"""`gridops check`: every flaw of a grid folder and the readiness of its feeders."""

from dataclasses import dataclass
from pathlib import Path

from gridops.adapters.grid_files.loading import read_grid
from gridops.network import build_network
from gridops.network.flaws import GridFlaw
from gridops.network.validation_readiness import FeederReadiness, readiness
from gridops.ports import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class GridReport:
    grid: str
    flaws: tuple[GridFlaw, ...]
    feeders: tuple[FeederReadiness, ...]

    @property
    def ok(self) -> bool:
        """No errors; warnings and notes are allowed."""
        return not any(flaw.is_error for flaw in self.flaws)

    def to_plain(self) -> dict[str, Json]:
        """What `gridops check --json` prints."""
        return {
            "grid": self.grid,
            "ok": self.ok,
            "flaws": [_flaw(flaw) for flaw in self.flaws],
            "feeders": [
                {"feeder": each.feeder, "grade": each.grade, "reasons": list(each.reasons)}
                for each in self.feeders
            ],
        }


def check_grid(folder: Path) -> GridReport:
    """All flaws at once. While there are errors no feeder is better than grade E.

    Raises: GridUnreadable if the folder is not there, or its format version is not ours.
    """
    files = read_grid(folder)
    if files.has_errors:
        heads = dict.fromkeys(s.feeder for s in files.components.switches if s.feeder)
        feeders = tuple(
            FeederReadiness(feeder=feeder, grade="E", reasons=("the grid has errors",))
            for feeder in heads
        )
    else:
        feeders = readiness(build_network(files.components))
    return GridReport(grid=files.components.name, flaws=files.flaws, feeders=feeders)


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
