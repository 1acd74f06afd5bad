"""What detection gives back, and the timers that it has running."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gridops.commands import CancelTimer, ScanDevices, StartTimer
from gridops.ids import SourceId, SwitchId, TimerId
from gridops.outage.types import OperationBegan, OperationConcluded
from gridops.state import LiveState

Fact = OperationBegan | OperationConcluded
TimerIntent = StartTimer | CancelTimer | ScanDevices


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What one event led to; empty for most."""

    facts: tuple[Fact, ...] = ()
    intents: tuple[TimerIntent, ...] = ()
    happened_at: datetime | None = None
    """When a switch moved, its clock put right; None: it was no word of that, or a known one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionSettings:
    """Waits of the detection, in seconds. Defaults from the practice of the trade."""

    settle_s: float = 2.0
    """A reclosed device that stays closed this long has succeeded. Where the device's own
    trip delay is longer, that delay + `settle_margin_s` counts."""
    settle_margin_s: float = 1.0
    settle_repeats_max: int = 5
    """A settle wait is repeated at most this often while protection is still timing."""
    stay_margin_s: float = 5.0
    """On top of the reclosing still to come, before "open" means sustained."""
    unknown_reclosing_s: float = 30.0
    """The same wait for a recloser whose dead times the grid data does not give."""
    supply_confirm_s: float = 2.0
    """A busbar without voltage for less is a dip."""
    command_window_s: float = 60.0
    """An opening this soon after our own command is the command's doing."""
    announced_window_s: float = 1800.0
    """An opening this soon after its announcement is the announced work."""
    pickup_lead_s: float = 10.0
    """A pick-up belongs to an opening that follows within this time."""
    reorder_tolerance_s: float = 2.0
    """Source times of different devices and signals agree to within this."""
    reorder_window_s: float = 0.0
    """Messages overtake one another by at most this: so much longer a conclusion waits that an
    earlier message could still change. 0: the link keeps the order, as OPC UA does."""
    delay_s_max: float = 15.0
    """While its link is whole, no message is on its way for longer."""
    clock_off_s_min: float = 60.0
    """A source time that lies back further is a wrong clock, not a late message."""


@dataclass(frozen=True, slots=True)
class Timer:
    due: datetime
    what: str
    element: SwitchId | SourceId


@dataclass(slots=True)
class Findings:
    """Collects while one event is handled, learnt `at`, by `state` which has applied it.
    `timers` outlives the event: it is the detector's."""

    at: datetime
    state: LiveState
    settings: DetectionSettings
    timers: dict[TimerId, Timer]
    facts: list[Fact] = field(default_factory=list)
    intents: list[TimerIntent] = field(default_factory=list)
    happened_at: datetime | None = None

    def start(self, what: str, element: SwitchId | SourceId, *, due: datetime) -> None:
        """Starts the timer, or moves it; nothing if it runs to the same instant already."""
        ident = timer_id(element, what)
        if ident in self.timers and self.timers[ident].due == due:
            return
        self.timers[ident] = Timer(due, what, element)
        self.intents.append(StartTimer(timer=ident, due=due))

    def cancel(self, what: str, element: SwitchId | SourceId) -> None:
        ident = timer_id(element, what)
        if self.timers.pop(ident, None) is not None:
            self.intents.append(CancelTimer(timer=ident))

    def ask(self, device: SwitchId) -> None:
        """Has the device read again."""
        self.intents.append(ScanDevices(switches=(device,)))

    def detection(self) -> Detection:
        return Detection(
            facts=tuple(self.facts), intents=tuple(self.intents), happened_at=self.happened_at
        )


def timer_id(element: SwitchId | SourceId, what: str) -> TimerId:
    return TimerId(f"detect:{element}:{what}")


def due_times(timers: Mapping[TimerId, Timer]) -> dict[TimerId, datetime]:
    return {ident: timer.due for ident, timer in timers.items()}
