"""A link that is lost says so once, however many attempts to get it back fail."""

from datetime import datetime

from gridops.events import FieldEvent, LinkLost, LinkRestored
from gridops.ids import LinkId


class Loss:
    def __init__(self, link: LinkId) -> None:
        self._link = link
        self._is_told = False

    def lost(self, why: str, *, at: datetime) -> list[FieldEvent]:
        """What is to be told now: nothing, if it has been told since the link was whole."""
        if self._is_told:
            return []
        self._is_told = True
        return [LinkLost(at=at, link=self._link, why=why)]

    def heard(self, event: LinkLost | LinkRestored) -> None:
        """It is told already, by this process or another."""
        self._is_told = isinstance(event, LinkLost)
