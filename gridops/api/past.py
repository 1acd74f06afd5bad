"""The past as the service answers it: views of moments that are over, worked out beside it."""

from datetime import datetime
from typing import Protocol

from gridops.api.shapes import Shape
from gridops.api.view_shape import ViewShape
from gridops.errors import GridOpsError
from gridops.ids import UserName


class PastUnanswered(GridOpsError):
    """The look back took too long, or its process ended."""

    code = "past-unanswered"


class TooManyLooks(GridOpsError):
    """As many as may wait do so already, of all or of one person."""

    code = "too-many-looks"


class PastView(Shape):
    """What the screen showed at a moment: switches, sections, incidents, without the state of
    links, which no journal keeps."""

    at: str
    """The moment that was asked for."""
    ready: bool
    """False: the journal is being read; asked again, it goes on from `read`."""
    read: int
    """Entries of the journal up to that moment, or so far."""
    of: int
    """Entries of the journal."""
    grid: str
    """Fingerprint of the version of the grid that was in operation: `GET /history/grid/{it}`."""
    view: ViewShape | None


class LooksBack(Protocol):
    """Answers are JSON, so that nobody need read them on their way through the service.

    Everything raises TooManyLooks, PastUnanswered and what the journal raises.
    """

    async def view(self, at: datetime, *, user: UserName) -> bytes:
        """A `PastView`. Raises: MomentNotKept."""
        ...

    async def grid(self, fingerprint: str, *, user: UserName) -> bytes:
        """As `GET /grid`. Raises: UnknownId."""
        ...
