"""Where one switch has stood, by its own words in the order of its own clock."""

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gridops.measurement import Position
from gridops.outage.detection_clock import Stamp
from gridops.reasons import Reason

MARKS_MAX = 64
"""Words of one switch that may await judgement; beyond, the oldest opening is only counted."""
RUN_MAX = 8
"""Of words that say the same one after the other so many are kept, the last among them: more
than there are shots, so that the closings between them may still come. Some devices stamp
whatever they repeat with a new time."""
EVENTFUL = timedelta(seconds=60)
"""A device that repeats itself more often than this says nothing new by repeating."""
HISTORY_MAX = 16
"""Movements of one switch that are remembered for questions about the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One word about a position."""

    position: Position
    stamp: Stamp
    meant: Reason | None = None
    """Why somebody meant to open it; None: nobody is known to have."""
    ours: bool = False
    by_crew: bool = False
    """A crew was asked for it."""

    @property
    def time(self) -> datetime:
        return self.stamp.time

    @property
    def order(self) -> datetime:
        return self.stamp.order


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One opening, and the closing that ended it."""

    opened: Mark
    closed: Mark | None = None
    close_lost: bool = False
    """It opened once more although no closing was heard of."""
    opening_lost: bool = False
    """Only its closing was heard of; `opened` is when protection picked up."""


@dataclass(slots=True, kw_only=True)
class Track:
    """`base` is where it stood before the first of `marks`; None: unknown, the next word is
    learnt. Before any word it is the normal position, which is only assumed."""

    base: Position | None
    base_order: datetime | None = None
    base_raw: datetime | None = None
    marks: list[Mark] = field(default_factory=list)
    history: list[tuple[datetime, Position]] = field(default_factory=list)
    before_history: Position | None = None
    said_at: datetime | None = None
    """Arrival of the last word that says what `position` says."""
    heard: bool = False
    read_since: datetime | None = None
    """The return of its link after which it was first read."""

    def __post_init__(self) -> None:
        self.before_history = self.base

    @property
    def position(self) -> Position | None:
        return self.marks[-1].position if self.marks else self.base

    def is_repeated(self, position: Position, raw: datetime, *, at: datetime) -> bool:
        """Whether the very word is known: sent twice, or read again while nothing changed."""
        known = (raw == self.base_raw and position is self.base) or any(
            m.stamp.raw == raw and m.position is position for m in self.marks
        )
        if known and position is self.position:
            self.said_at = at
        return known

    def add(self, mark: Mark) -> bool:
        """Takes a word in. False: it is repeated, or older than what has been judged."""
        self.heard = True
        if self.base is None and not self.marks:
            self._learn(mark)
            return False
        if self._is_known(mark):
            if mark.position is self.position:
                self.said_at = mark.stamp.at
            return False
        insort(self.marks, mark, key=lambda each: each.order)
        if self.marks[-1] is mark:
            self.said_at = mark.stamp.at
            run = self.marks[-RUN_MAX - 1 :]
            if len(run) > RUN_MAX and all(m.position is mark.position for m in run):
                del self.marks[-2]
        self._remember(mark)
        return True

    def _learn(self, mark: Mark) -> None:
        self.base, self.base_order = mark.position, mark.order
        self.base_raw = mark.stamp.raw
        self.before_history, self.said_at = mark.position, mark.stamp.at

    def _is_known(self, mark: Mark) -> bool:
        since = self.base_order
        if since is not None and mark.order < since:
            return True
        if since == mark.order and mark.position is self.base:
            return True
        return any(
            m.stamp.raw == mark.stamp.raw and m.position is mark.position for m in self.marks
        )

    def _remember(self, mark: Mark) -> None:
        insort(self.history, (mark.time, mark.position))
        run = self.history[-RUN_MAX - 1 :]
        if len(run) > RUN_MAX and all(position is mark.position for _, position in run):
            del self.history[-2]
        if len(self.history) > HISTORY_MAX:
            _, self.before_history = self.history.pop(0)

    def opens_with(self, mark: Mark) -> bool:
        """Whether `mark`, not taken in yet, would be a movement from closed to open."""
        if mark.position is not Position.OPEN or self._is_known(mark):
            return False
        before = [m.position for m in self.marks if m.order <= mark.order]
        return (before[-1] if before else self.base) is Position.CLOSED

    def forget_through(self, mark: Mark) -> None:
        """Everything up to `mark` is judged: where it stood then is where it stands before the
        rest. Later words of that time change nothing any more."""
        done = [m for m in self.marks if m.order <= mark.order]
        if done:
            self.base, self.base_order = done[-1].position, done[-1].order
            self.base_raw = done[-1].stamp.raw
            del self.marks[: len(done)]

    def assume(self, position: Position | None, since: datetime | None) -> None:
        """Goes on from `position`, whatever was heard."""
        self.marks.clear()
        self.base, self.base_order, self.base_raw = position, since, None

    # for questions about another device

    def position_at(self, instant: datetime) -> Position | None:
        found = self.before_history
        for time, position in self.history:
            if time > instant:
                break
            found = position
        return found

    def was_closed_near(self, instant: datetime, tolerance: timedelta) -> bool:
        if self.position_at(instant - tolerance) is Position.CLOSED:
            return True
        return any(
            position is Position.CLOSED and abs(time - instant) <= tolerance
            for time, position in self.history
        )

    def was_open_near(self, instant: datetime, tolerance: timedelta) -> bool:
        if self.position_at(instant - tolerance) is Position.OPEN:
            return True
        return any(
            position is Position.OPEN and abs(time - instant) <= tolerance
            for time, position in self.history
        )


def shots_of(
    track: Track,
    *,
    reclosed_unheard: Callable[[list[Shot], Mark], bool],
    opened_unheard: Callable[[Mark], datetime | None],
) -> list[Shot]:
    """The openings among the words that await judgement, in order.

    Two openings in a row are two if `reclosed_unheard` says that a closing fits between; a
    closing of what was closed ends an opening if `opened_unheard` knows when it opened. A
    device that only repeats itself is not taken for one whose messages are lost.
    """
    shots: list[Shot] = []
    position, last_order = track.base, track.base_order
    for mark in track.marks:
        if mark.position is Position.OPEN:
            if position is Position.CLOSED:
                shots.append(Shot(opened=mark))
            elif (
                shots
                and shots[-1].opened.order == last_order
                and not mark.stamp.reread
                and reclosed_unheard(shots, mark)
            ):
                shots.append(Shot(opened=mark, close_lost=True))
        elif position is Position.OPEN:
            if shots:
                shots[-1] = replace(shots[-1], closed=mark)
        elif not mark.stamp.reread and (last_order is None or mark.order > last_order + EVENTFUL):
            shots += _told_by_its_closing(mark, shots, opened_at=opened_unheard(mark))
        position, last_order = mark.position, mark.order
    return shots


def _told_by_its_closing(
    mark: Mark, shots: list[Shot], *, opened_at: datetime | None
) -> list[Shot]:
    last = shots[-1].closed if shots else None
    if opened_at is None or (last is not None and opened_at <= last.time):
        return []
    stamp = replace(mark.stamp, raw=opened_at, at=opened_at, time=opened_at, order=opened_at)
    opened = Mark(position=Position.OPEN, stamp=stamp)
    return [Shot(opened=opened, closed=mark, opening_lost=True)]
