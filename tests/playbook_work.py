"""More words of a `Playbook`: who works in the grid, and what they say of it."""

from dataclasses import dataclass

from gridops.events import (
    Event,
    PermitIssued,
    PermitReturned,
    PhasingDoubted,
    PhasingVerified,
    ReclosingReported,
)
from gridops.ids import PermitId, SectionId, SwitchId
from tests.playbook import Playbook
from tests.playbook_words import LAN


@dataclass(frozen=True)
class Permitted:
    """People may work on sections, between points."""

    sections: str
    points: str
    permit: str = "W1"

    def events(self, play: Playbook) -> list[Event]:
        return [
            PermitIssued(
                at=play.now,
                by=LAN,
                reason="insulator",
                permit=PermitId(self.permit),
                sections=tuple(SectionId(f"S{name}") for name in self.sections.split()),
                isolated_by=tuple(SwitchId(name) for name in self.points.split()),
                holder="crew 3",
            )
        ]


@dataclass(frozen=True)
class Returned:
    permit: str = "W1"

    def events(self, play: Playbook) -> list[Event]:
        permit = PermitId(self.permit)
        return [PermitReturned(at=play.now, by=LAN, reason="done", permit=permit)]


@dataclass(frozen=True)
class Recloses:
    """A device may close by itself, or may not any more."""

    switch: str
    on: bool = True

    def events(self, play: Playbook) -> list[Event]:
        switch = SwitchId(self.switch)
        return [ReclosingReported(at=play.now, by=LAN, reason="relay", switch=switch, on=self.on)]


@dataclass(frozen=True)
class Phases:
    """The phases of a section are in doubt since its repair, or were checked."""

    section: str
    verified: bool = False

    def events(self, play: Playbook) -> list[Event]:
        section = SectionId(f"S{self.section}")
        said = PhasingVerified if self.verified else PhasingDoubted
        return [said(at=play.now, by=LAN, reason="cable joint", section=section)]
