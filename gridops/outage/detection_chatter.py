"""A contact that chatters tells nothing until it is quiet again."""

from dataclasses import replace
from datetime import timedelta

from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.outage.detection_evidence import Grounds
from gridops.outage.detection_track import HISTORY_MAX, Mark, Track
from gridops.outage.findings import Findings
from gridops.reasons import Reason, because

QUIET = "quiet"
CHATTER = timedelta(seconds=5)
"""No drive makes `HISTORY_MAX` movements in this time."""
CALM = timedelta(seconds=10)
"""Without a word for so long, the last one stands."""


class Chatter:
    """One mark and one timer per device that chatters, however much it says."""

    _grounds: Grounds
    _last: dict[SwitchId, Mark]

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        self._last = {}

    def keep(self, devices: frozenset[SwitchId]) -> None:
        """Forgets every other device."""
        self._last = {d: mark for d, mark in self._last.items() if d in devices}

    def why(self, device: SwitchId) -> Reason:
        return because("chattering", device=device, count=HISTORY_MAX)

    def begins(self, track: Track) -> bool:
        """Whether `track` has moved more often lately than any drive can."""
        if len(track.history) < HISTORY_MAX:
            return False
        moves = sum(
            before is not after
            for (_, before), (_, after) in zip(track.history, track.history[1:], strict=False)
        )
        quick = track.history[-1][0] - track.history[0][0] < CHATTER
        return quick and moves >= HISTORY_MAX - 1

    def start(self, device: SwitchId, mark: Mark, *, findings: Findings) -> None:
        self._last[device] = mark
        self._grounds.track(device).assume(Position.CLOSED, None)
        findings.start(QUIET, device, due=findings.at + CALM)

    def takes(self, device: SwitchId, mark: Mark) -> bool:
        """Whether the word falls into a chatter, and is no movement."""
        last = self._last.get(device)
        if last is None:
            return False
        if mark.order >= last.order:
            self._last[device] = mark
        return True

    def ended(self, device: SwitchId, findings: Findings) -> Mark | None:
        """The last word, if the device has been quiet for long enough: what it says counts as
        one movement from closed. None while it still chatters."""
        last = self._last.get(device)
        if last is None:
            return None
        due = last.stamp.at + CALM
        if due > findings.at:
            findings.start(QUIET, device, due=due)
            return None
        del self._last[device]
        track = self._grounds.track(device)
        track.history.clear()
        track.before_history = Position.CLOSED
        return replace(last, meant=None, ours=False, by_crew=False)
