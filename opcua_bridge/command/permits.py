"""The last line before the wire: what may be commanded, and how often."""

from collections import deque
from datetime import datetime, timedelta

from gridops.errors import CommandNotAllowed, CommandRefused, TooManyCommands
from gridops.ids import CommandId, LinkId, SwitchId
from gridops.ports import Clock, Commanding, SwitchOrder

WINDOW = timedelta(seconds=60.0)
REMEMBERED_MAX = 10_000
"""Commands whose passing is remembered, so that none passes twice."""


class Permits:
    """Lets a command pass once, if the settings allow its switch and the rates leave room."""

    def __init__(self, commanding: Commanding, clock: Clock) -> None:
        self._commanding = commanding
        self._clock = clock
        self._all: deque[datetime] = deque()
        self._of: dict[LinkId, deque[datetime]] = {}
        self._passed: dict[CommandId, None] = {}

    def check(self, order: SwitchOrder, link: LinkId) -> None:
        """Raises: CommandNotAllowed, TooManyCommands; CommandRefused for a command that passed
        before."""
        where = f"switch {order.switch}"
        if not self.allows(order.switch):
            raise CommandNotAllowed(
                "the settings do not let it be commanded; nothing was sent",
                where=where,
                remedy="allow_switches and allow_feeders of [commands] name what may be",
            )
        if order.command in self._passed:
            raise CommandRefused(
                f"command {order.command} was sent before; nothing was sent again", where=where
            )
        self._forget()
        commanding = self._commanding
        for passed, bound, what, setting in (
            (self._all, commanding.per_minute_max, "in all", "per_minute_max"),
            (
                self._of.setdefault(link, deque()),
                commanding.link_per_minute_max,
                f"to link {link}",
                "link_per_minute_max",
            ),
        ):
            if len(passed) >= bound:
                raise TooManyCommands(
                    f"{len(passed)} commands {what} in the last minute; nothing was sent",
                    where=where,
                    remedy=f"{setting} of [commands] bounds them",
                )

    def take(self, order: SwitchOrder, link: LinkId) -> None:
        """As `check`, and counts the command as one that passed."""
        self.check(order, link)
        now = self._clock.now()
        self._all.append(now)
        self._of[link].append(now)
        self._passed[order.command] = None
        if len(self._passed) > REMEMBERED_MAX:
            del self._passed[next(iter(self._passed))]

    def allows(self, switch: SwitchId) -> bool:
        allowed = self._commanding.switches
        return allowed is None or switch in allowed

    def said(self, link: LinkId) -> str:
        """For people, where the link has used up its commands; else empty."""
        self._forget()
        passed, bound = len(self._of.get(link, ())), self._commanding.link_per_minute_max
        if passed >= bound:
            return f"no more commands: {passed} of {bound} in the last minute"
        passed, bound = len(self._all), self._commanding.per_minute_max
        if passed >= bound:
            return f"no more commands: {passed} of {bound} to all servers in the last minute"
        return ""

    def _forget(self) -> None:
        ends = self._clock.now() - WINDOW
        for passed in (self._all, *self._of.values()):
            while passed and passed[0] <= ends:
                passed.popleft()
