"""What taking in a new version of a grid would break, as data."""

from dataclasses import dataclass
from enum import StrEnum

from gridops.ids import LoadId, SourceId
from gridops.incident.model import Incident
from gridops.network import Network
from gridops.network.changes import GridChanges
from gridops.sheets import Sheet
from gridops.state import LiveState


class Severity(StrEnum):
    BLOCKS = "blocks"
    """The new version is not taken in while this holds."""
    WARNS = "warns"
    """It is taken in; somebody should know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`code` is stable; docs/operating_grids.md lists them."""

    code: str
    severity: Severity
    element: str
    message: str
    remedy: str

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCKS

    def __str__(self) -> str:
        return f"{self.severity} {self.code}: {self.message} ({self.remedy})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What is under way on the present version."""

    state: LiveState
    incidents: tuple[Incident, ...] = ()
    """The open ones."""
    sheets: tuple[Sheet, ...] = ()
    """Those that have not ended."""
    sources_in_doubt: frozenset[SourceId] = frozenset()
    """Without voltage, or perhaps."""
    interrupted: frozenset[LoadId] = frozenset()
    """Loads whose interruption lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """One version beside the other. `then` is the live state as it would be right after."""

    running: Running
    new: Network
    changes: GridChanges
    then: LiveState

    @property
    def state(self) -> LiveState:
        return self.running.state

    @property
    def old(self) -> Network:
        return self.running.state.network

    def perhaps(self, table: str, ident: str) -> str:
        """A hint where something that vanishes may only be called otherwise; else nothing."""
        for guess in self.changes.renamed:
            if (guess.table, guess.old) == (table, ident):
                return f" (perhaps it is called {guess.new} now)"
        return ""


def blocks(code: str, element: str, *, message: str, remedy: str) -> Finding:
    return Finding(
        code=code, severity=Severity.BLOCKS, element=element, message=message, remedy=remedy
    )


def warns(code: str, element: str, *, message: str, remedy: str) -> Finding:
    return Finding(
        code=code, severity=Severity.WARNS, element=element, message=message, remedy=remedy
    )
