"""Who did what over the service, and who was refused: kept for those who look into it later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One act, done or refused. Never a password, a token, or what a person wrote."""

    at: datetime
    user: str
    """Empty: nobody was logged in."""
    role: str
    token: str
    """Id of the API token; empty: a person with a session."""
    address: str
    act: str
    """Method and route, as docs/http.md spells it; or a command at the terminal."""
    path: str
    """The route with its ids; cut off where it is long."""
    about: str = ""
    """Whom it is about, where the path does not say so."""
    status: int = 0
    """What was answered; 0 at the terminal."""
    code: str = ""
    """Why it was refused; empty: it was done."""
    times: int = 1
    """So often within a moment, the same refusal of the same person at the same address."""


class AuditTrail(Protocol):
    def append(self, lines: Sequence[AuditLine]) -> None:
        """Durable when it returns. Raises: AuditUnwritable."""
        ...

    def latest(self, count: int) -> Sequence[AuditLine]:
        """The latest first. Raises: AuditUnwritable when it cannot be read."""
        ...
