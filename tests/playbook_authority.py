"""More words of a `Playbook`: who may go on, and what holds GridOps off."""

from dataclasses import dataclass

from gridops.events import (
    AutomationEnabled,
    Event,
    LoadShedChanged,
    PlanApproved,
    PlanReleased,
)
from gridops.ids import FeederId, SwitchId, UserName
from gridops.incident import Automation, Blocker, BlockerKind, automation_of
from gridops.measurement import Quality, Reading
from tests.playbook import Playbook
from tests.playbook_words import LAN


@dataclass(frozen=True)
class Sheds:
    """A load-shedding input says yes, or what else it says."""

    switch: str = "b2"
    reading: Reading = Reading.YES
    quality: Quality = Quality.GOOD

    def events(self, play: Playbook) -> list[Event]:
        return [
            LoadShedChanged(
                at=play.now,
                source_time=play.now,
                switch=SwitchId(self.switch),
                reading=self.reading,
                quality=self.quality,
            )
        ]


@dataclass(frozen=True)
class Enabled:
    """A person enables automation on a feeder again."""

    feeder: str = "Fb1"

    def events(self, play: Playbook) -> list[Event]:
        feeder = FeederId(self.feeder)
        return [AutomationEnabled(at=play.now, by=LAN, feeder=feeder, reason="looked into")]


@dataclass(frozen=True)
class Approves:
    """Somebody agrees that another releases what is on the screen, or what they say."""

    by: str
    incident: str = "I1"
    fingerprint: str | None = None

    def event(self, play: Playbook) -> PlanApproved:
        found = play.proposed(self.incident)
        return PlanApproved(
            at=play.now,
            by=UserName(self.by),
            incident=play.incident(self.incident).id,
            plan=found.id,
            fingerprint=self.fingerprint or found.answer.fingerprint,
        )

    def events(self, play: Playbook) -> list[Event]:
        return [self.event(play)]


@dataclass(frozen=True)
class Releases:
    """Somebody by name releases what is on the screen."""

    by: str
    incident: str = "I1"

    def event(self, play: Playbook) -> PlanReleased:
        found = play.proposed(self.incident)
        return PlanReleased(
            at=play.now,
            by=UserName(self.by),
            incident=play.incident(self.incident).id,
            plan=found.id,
            fingerprint=found.answer.fingerprint,
        )

    def events(self, play: Playbook) -> list[Event]:
        return [self.event(play)]


def blockers(play: Playbook, feeder: str = "Fb1") -> tuple[Blocker, ...]:
    return play.desk.blockers[FeederId(feeder)]


@dataclass(frozen=True)
class Is:
    """Whether a fault on the feeder would be handled by itself, and what keeps it from that."""

    automation: Automation
    kinds: tuple[BlockerKind, ...] = ()
    feeder: str = "Fb1"

    def check(self, play: Playbook) -> None:
        found = blockers(play, self.feeder)
        assert automation_of(found) is self.automation, found
        assert tuple(one.kind for one in found) == self.kinds
