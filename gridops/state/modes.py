"""What GridOps may do on each feeder: what people set, and what holds it off meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from gridops.events import AutomationEnabled, LoadShedChanged, ModeChanged
from gridops.events.operator import Mode
from gridops.ids import FeederId, SwitchId, UserName
from gridops.measurement import Quality, Reading
from gridops.reasons import Reason

ORDER = tuple(Mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A mode as somebody set it."""

    mode: Mode
    by: UserName | None = None
    """None: nobody has set it yet."""
    since: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latch:
    """Automation is off on a feeder until a person enables it again."""

    since: datetime
    why: Reason
    by: UserName | None = None
    """Whose act it was; None: a run that went wrong."""


@dataclass(slots=True, kw_only=True)
class Modes:
    """Base modes stay as people set them. Load shedding and latches lie over them, so that what
    they cover is there again when they end, with all that was set meanwhile."""

    system: Stated = field(default_factory=lambda: Stated(mode=Mode.ADVISORY))
    feeders: dict[FeederId, Stated] = field(default_factory=dict)
    """Of those that have a mode of their own; the others go by the system."""
    latches: dict[FeederId, Latch] = field(default_factory=dict)
    shedding: dict[SwitchId, datetime] = field(default_factory=dict)
    """Load-shedding inputs that said yes and have not said a good no since, and since when."""
    sheds_disable: bool = True

    def apply(self, event: ModeChanged | AutomationEnabled | LoadShedChanged) -> None:
        match event:
            case ModeChanged():
                stated = Stated(mode=event.mode, by=event.by, since=event.at, reason=event.reason)
                if event.feeder is None:
                    self.system = stated
                else:
                    self.feeders[event.feeder] = stated
            case AutomationEnabled():
                self.latches.pop(event.feeder, None)
            case LoadShedChanged(reading=Reading.YES):  # in doubt nothing is switched
                self.shedding.setdefault(event.switch, event.at)
            case LoadShedChanged(quality=Quality.GOOD, reading=Reading.NO):
                self.shedding.pop(event.switch, None)
            case LoadShedChanged():
                pass  # a no that cannot be trusted takes no yes back

    def apart(self) -> "Modes":
        """A copy that goes its own way."""
        return replace(
            self,
            feeders=dict(self.feeders),
            latches=dict(self.latches),
            shedding=dict(self.shedding),
        )

    def latch(self, feeders: Iterable[FeederId], latch: Latch) -> None:
        """The first one stays, with its reason and its age."""
        for feeder in feeders:
            self.latches.setdefault(feeder, latch)

    @property
    def shed_since(self) -> datetime | None:
        """Since when load shedding holds the whole system off; None: it does not."""
        return min(self.shedding.values(), default=None) if self.sheds_disable else None

    def governing(self, feeder: FeederId) -> Stated:
        """The base mode that counts: the lower of system and feeder."""
        own = self.feeders.get(feeder, self.system)
        return min(own, self.system, key=lambda stated: ORDER.index(stated.mode))

    def lasting(self, feeder: FeederId) -> Mode:
        """The effective mode, load shedding apart: what counts when it is over."""
        mode = self.governing(feeder).mode
        return _lower(mode, Mode.ADVISORY) if feeder in self.latches else mode

    def effective(self, feeder: FeederId) -> Mode:
        """The lower of system and feeder; at most advisory while automation is latched off, and
        disabled while load shedding is on."""
        return self.lasting(feeder) if self.shed_since is None else Mode.DISABLED

    def carried_over(self, feeders: Iterable[FeederId], *, shedding: Iterable[SwitchId]) -> "Modes":
        """For another version of the grid, which has `feeders` and these load-shedding inputs."""
        kept, inputs = frozenset(feeders), frozenset(shedding)
        return Modes(
            system=self.system,
            feeders={f: stated for f, stated in self.feeders.items() if f in kept},
            latches={f: latch for f, latch in self.latches.items() if f in kept},
            shedding={s: since for s, since in self.shedding.items() if s in inputs},
            sheds_disable=self.sheds_disable,
        )


def _lower(one: Mode, other: Mode) -> Mode:
    return min(one, other, key=ORDER.index)
