"""When a change can have happened: a source time is a claim, held against the link's.

While a link has been whole, what it brings is not older than the longest delay, and never
younger than its arrival. Just after a gap it is as old as the gap may be, and no older.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.events import LinkLost, LinkRestored
from gridops.ids import LinkId, SwitchId

NO_SHIFT = timedelta(0)


def plausible_time(source_time: datetime, *, at: datetime, earliest: datetime | None) -> datetime:
    """`source_time`, but not before `earliest` and not after its arrival `at`.

    `earliest` None: nothing bounds it from below (the first word of a link).
    """
    if earliest is not None and source_time < earliest:
        return min(earliest, at)
    return min(source_time, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One word of a device in time."""

    raw: datetime
    """As the device wrote it."""
    at: datetime
    """When it was learnt."""
    time: datetime
    """When it can have happened: for comparison with other devices and signals."""
    order: datetime
    """For comparison with other words of the same device: its own clock, put right."""
    reread: bool = False
    """Read in full just after the link came back: tells where things stand, not that they moved."""

    @property
    def happened_at(self) -> datetime:
        """By the device's own clock, put right: a word that is late over a whole link keeps its
        time, one that was read after a gap is no older than the gap."""
        return self.time if self.reread else min(self.order, self.at)

    @property
    def clock_off_s(self) -> float:
        """How far the device's clock is ahead (behind: negative), as far as this word tells."""
        return 0.0 if self.reread else (self.raw - self.time).total_seconds()

    @property
    def late_s(self) -> float:
        """How long it was on its way; 0 where that cannot be told."""
        return 0.0 if self.reread else max(0.0, (self.at - self.time).total_seconds())


class LinkTimes:
    """Since when each link is whole, and since when it was not. Bounded by the links."""

    _restored: dict[LinkId, LinkRestored]
    _lost: dict[LinkId, datetime]

    def __init__(self) -> None:
        self._restored = {}
        self._lost = {}

    def restored(self, event: LinkRestored) -> None:
        self._restored[event.link] = event
        self._lost.pop(event.link, None)

    def lost(self, event: LinkLost) -> None:
        self._lost.setdefault(event.link, event.at)

    def lost_at(self, link: LinkId | None) -> datetime | None:
        """None while it is whole, and for no link."""
        return None if link is None else self._lost.get(link)

    def restored_at(self, link: LinkId | None) -> datetime | None:
        event = None if link is None else self._restored.get(link)
        return None if event is None else event.at

    def is_fresh(self, link: LinkId | None, at: datetime, *, delay_s_max: float) -> bool:
        """Whether the link has come back so lately that its first full reading may arrive."""
        event = None if link is None else self._restored.get(link)
        return event is not None and at <= event.at + timedelta(seconds=delay_s_max)

    def earliest(self, link: LinkId | None, at: datetime, *, delay_s_max: float) -> datetime | None:
        """The earliest that what `link` brings `at` can have happened; None: no bound."""
        oldest = at - timedelta(seconds=delay_s_max)
        if link is None or not self.is_fresh(link, at, delay_s_max=delay_s_max):
            return oldest
        gap_since = self._restored[link].gap_since
        return None if gap_since is None else min(gap_since, oldest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRule:
    """The settings that a clock is judged by, in seconds."""

    delay_s_max: float
    ahead_s_max: float
    """A source time this far in the future is a clock that disagrees a little."""
    off_s_min: float
    """A source time further back is a wrong clock, not a late message."""


class Clocks:
    """Follows the clock of each device, also when somebody sets it.

    As long as source times are plausible they are the order of the device's words. A clock
    that is off is taken for off by what the first word under it shows; its words keep their
    distances from then on. A single word that is only late changes no clock.
    """

    links: LinkTimes
    _shift: dict[SwitchId, timedelta]

    def __init__(self) -> None:
        self.links = LinkTimes()
        self._shift = {}

    def stamp(
        self,
        device: SwitchId,
        source_time: datetime,
        *,
        at: datetime,
        link: LinkId | None,
        rule: ClockRule,
        first: bool = True,
    ) -> Stamp:
        """`first`: it may be the first reading since the link came back."""
        earliest = self.links.earliest(link, at, delay_s_max=rule.delay_s_max)
        reread = first and self.links.is_fresh(link, at, delay_s_max=rule.delay_s_max)
        floor = None if reread else at - timedelta(seconds=rule.off_s_min)
        shift = self._shift_of(device, source_time, at=at, floor=floor, rule=rule)
        order = source_time - shift
        return Stamp(
            raw=source_time,
            at=at,
            time=plausible_time(order, at=at, earliest=earliest),
            order=order,
            reread=reread,
        )

    def keep(self, devices: Mapping[SwitchId, object]) -> None:
        """Forgets every other device."""
        self._shift = {d: shift for d, shift in self._shift.items() if d in devices}

    def _shift_of(
        self,
        device: SwitchId,
        source_time: datetime,
        *,
        at: datetime,
        floor: datetime | None,
        rule: ClockRule,
    ) -> timedelta:
        latest = at + timedelta(seconds=rule.ahead_s_max)
        for shift in (self._shift.get(device, NO_SHIFT), NO_SHIFT):
            claimed = source_time - shift
            if claimed <= latest and (floor is None or claimed >= floor):
                break
        else:
            shift = source_time - at
        if shift:
            self._shift[device] = shift
        else:
            self._shift.pop(device, None)
        return shift
