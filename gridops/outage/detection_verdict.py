"""What a row of openings of one device amounts to. Pure, and in field time alone.

Whatever the order of the messages, the same openings, pick-ups and lockouts give the same
verdict; `deadline` tells until when something that happens could still change it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.network import Switch, SwitchKind
from gridops.outage.detection_contacts import Contact
from gridops.outage.detection_track import Mark, Shot
from gridops.outage.findings import DetectionSettings
from gridops.outage.types import Cause
from gridops.reasons import Reason, because


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long one device may take, by its own columns first, then by its reclosing."""

    switch: Switch
    settings: DetectionSettings
    blocked: bool = False
    """Its reclosing is blocked, for work on the live line."""

    @property
    def dead_times_s(self) -> tuple[float, ...] | None:
        """None: it recloses, nobody knows when."""
        if self.blocked:
            return ()
        if self.switch.kind is SwitchKind.RECLOSER and not self.switch.reclose_delays_s:
            return None
        return self.switch.reclose_delays_s

    def stay_s(self, opening: int) -> float:
        """How long it may stay open after its opening number `opening` (from 1) before that is
        more than all its reclosing."""
        if self.switch.stay_wait_s is not None:
            return self.switch.stay_wait_s
        dead_times = self.dead_times_s
        if dead_times is None:
            return self.settings.unknown_reclosing_s
        return sum(dead_times[opening - 1 :]) + self.settings.stay_margin_s

    @property
    def settle_s(self) -> float:
        """How long it must stay closed after a reclose before that has succeeded."""
        if self.switch.settle_wait_s is not None:
            return self.switch.settle_wait_s
        after_trip = self.switch.trip_delay_s + self.settings.settle_margin_s
        return max(self.settings.settle_s, after_trip)

    def is_last(self, opening: int) -> bool:
        """Whether there is no reclosing after this opening, so that a lockout says all."""
        dead_times = self.dead_times_s
        return dead_times is not None and opening > len(dead_times)

    def may_have_reclosed(self, opening: int, open_s: float) -> bool:
        """Whether a closing that was not heard of fits into `open_s` after that opening."""
        dead_times = self.dead_times_s
        if dead_times is None or opening > len(dead_times):
            return False
        return open_s >= dead_times[opening - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    cause: Cause
    openings: int
    deadline: datetime
    """Field time. What happens later does not change it."""
    through: Mark
    """The last word that belongs to it."""
    why: Reason
    certain: bool = False
    """Nothing that is still on its way can change it."""
    locked_out: bool = False
    opening_lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything that the verdict on one device leans on."""

    shots: Sequence[Shot]
    """At least one."""
    waits: Waits
    opened_at: datetime
    counted: int = 0
    """Openings before `shots` that are counted already."""
    pickups: Contact
    locked_at: datetime | None = None
    dark_settles: int = 0
    """So many settle waits supply was missing above the device."""
    closed_confirmed: bool = False
    """It has said that it is closed after it said that it gave up."""

    @property
    def tolerance(self) -> timedelta:
        return timedelta(seconds=self.waits.settings.reorder_tolerance_s)


def judge(story: Story) -> Verdict:
    """The first thing that the openings amount to; what follows it is another story."""
    for number, shot in enumerate(story.shots, story.counted + 1):
        after = story.shots[number - story.counted :]
        following = after[0] if after else None
        if _is_locked_out(story, shot, following=following):
            return _locked_out(story, shot, number=number)
        closed = shot.closed
        if following is not None and following.close_lost:
            continue
        stay = timedelta(seconds=story.waits.stay_s(number))
        if closed is None or closed.time - shot.opened.time > stay:
            return _stayed_open(story, shot, number=number)
        until = _holds_until(story, closed)
        if following is None or following.opened.time > until:
            return _held(story, closed, number=number, until=until)
    raise AssertionError("the last opening has none that follows")


def _is_locked_out(story: Story, shot: Shot, *, following: Shot | None) -> bool:
    """A lockout belongs to the last opening before it; one that still stands from an earlier
    operation says nothing of this one."""
    locked_at = story.locked_at
    if locked_at is None or locked_at < shot.opened.time - story.tolerance:
        return False
    if following is not None and following.opened.time <= locked_at + story.tolerance:
        return False
    return shot.closed is None or locked_at <= shot.closed.time - story.tolerance


def _locked_out(story: Story, shot: Shot, *, number: int) -> Verdict:
    device = story.waits.switch.id
    deadline = max(story.locked_at or shot.opened.time, shot.opened.time)
    return Verdict(
        cause=Cause.FAULT,
        openings=number,
        deadline=deadline,
        through=shot.opened,
        why=because("locked-out", device=device),
        certain=story.waits.is_last(number),
        locked_out=True,
    )


def _stayed_open(story: Story, shot: Shot, *, number: int) -> Verdict:
    waits, device = story.waits, story.waits.switch.id
    seconds = waits.stay_s(number)
    if waits.switch.sectionaliser_counts and not waits.switch.protects:
        why = because("sectionaliser-opened", device=device)
    elif waits.blocked:
        why = because("reclosing-blocked", device=device)
    else:
        why = because("stayed-open", device=device, seconds=seconds)
    return Verdict(
        cause=Cause.FAULT,
        openings=number,
        deadline=shot.opened.time + timedelta(seconds=seconds),
        through=shot.opened,
        why=why,
    )


def _holds_until(story: Story, closed: Mark) -> datetime:
    """Closed, but not yet a success: protection is timing again, a lockout announces an opening
    that was not heard of, or supply waits for a device above."""
    settle = timedelta(seconds=story.waits.settle_s)
    repeats_max = story.waits.settings.settle_repeats_max
    until = closed.time + settle * (1 + min(story.dark_settles, repeats_max))
    last = closed.time + settle * (1 + repeats_max)
    if _lost_an_opening(story, closed):
        return last
    while until < last and _is_timing(story.pickups, closed.time, instant=until):
        until += settle
    return min(until, last)


def _is_timing(pickups: Contact, closed_at: datetime, *, instant: datetime) -> bool:
    return pickups.stands_at(instant) and pickups.yes_within(closed_at, instant)


def _lost_an_opening(story: Story, closed: Mark) -> bool:
    locked_at = story.locked_at
    return locked_at is not None and locked_at > closed.time - story.tolerance


def _held(story: Story, closed: Mark, *, number: int, until: datetime) -> Verdict:
    device = story.waits.switch.id
    locked_at = story.locked_at
    if locked_at is not None and locked_at > closed.time and not story.closed_confirmed:
        return Verdict(
            cause=Cause.FAULT,
            openings=number + 1,
            deadline=until,
            through=closed,
            why=because("opening-lost", device=device),
            opening_lost=True,
        )
    seconds = round((closed.time - story.opened_at).total_seconds(), 3)
    return Verdict(
        cause=Cause.MOMENTARY,
        openings=number,
        deadline=until,
        through=closed,
        why=because("reclosed", device=device, seconds=seconds),
    )
