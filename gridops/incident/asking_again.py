"""A switch of which nobody knows what its last command came to is asked where it stands."""

from collections.abc import Collection
from datetime import datetime, timedelta

from gridops.commands import Intent, ScanDevices, StartTimer
from gridops.events import ControlRoomStarted, Event, TimerExpired
from gridops.ids import SwitchId, TimerId
from gridops.state import LiveState
from gridops.state.outcomes import HEARD_LATE_S_MAX

AGAIN_S = 60.0
_TIMER = "outcome/"


class AskingAgain:
    """At once, when the command cannot be under way any more, and then every `AGAIN_S`, until it
    is known: a device that never moved says nothing by itself."""

    _due: dict[SwitchId, datetime]

    def __init__(self) -> None:
        self._due = {}

    def follow(self, event: Event, state: LiveState) -> list[Intent]:
        """`state` has taken the event in."""
        unknown = state.outcome_unknown
        if not unknown and not self._due:
            return []
        if isinstance(event, ControlRoomStarted):
            self._due.clear()
        self._forget_all_but(unknown)
        asked = [switch for switch in sorted(unknown) if self._is_to_ask(switch, event)]
        if not asked:
            return []
        for switch in asked:
            self._due[switch] = self._next(switch, state, at=event.at)
        timers = [StartTimer(timer=_timer(each), due=self._due[each]) for each in asked]
        return [ScanDevices(switches=tuple(asked)), *timers]

    def _forget_all_but(self, unknown: Collection[SwitchId]) -> None:
        for switch in [each for each in self._due if each not in unknown]:
            del self._due[switch]

    def _is_to_ask(self, switch: SwitchId, event: Event) -> bool:
        due = self._due.get(switch)
        if due is None:
            return True
        return isinstance(event, TimerExpired) and event.timer == _timer(switch) and due <= event.at

    def _next(self, switch: SwitchId, state: LiveState, *, at: datetime) -> datetime:
        sent = state.outcomes.in_doubt.get(switch)
        again = at + timedelta(seconds=AGAIN_S)
        if sent is None:
            return again
        # what is heard from then on counts, whatever its stamp
        over_at = sent.settles_at + timedelta(seconds=HEARD_LATE_S_MAX + 1.0)
        return over_at if over_at > at else again


def _timer(switch: SwitchId) -> TimerId:
    return TimerId(f"{_TIMER}{switch}")
