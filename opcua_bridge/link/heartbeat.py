"""The server's own time and how well it serves, asked for beside everything else."""

import asyncio
from datetime import datetime

from asyncua import ua

from gridops.events import Trouble
from gridops.ports import Clock
from opcua_bridge.limits import LinkLimits
from opcua_bridge.link.ages import Ages
from opcua_bridge.link.clocks import ClockStopped, DeviceClocks, ServerClock, SkewWatch, aware
from opcua_bridge.link.pair import Pair, level_of
from opcua_bridge.link.troubles import Troubles
from opcua_bridge.session.session import Session

_ASKED = (
    ua.ObjectIds.Server_ServerStatus_CurrentTime,
    ua.ObjectIds.Server_ServiceLevel,
)

_NOT_IN_SERVICE = "the server says that it is not in service"


class Heartbeat:
    """Of one link, over all of its connections."""

    def __init__(self, pair: Pair, *, clock: Clock, troubles: Troubles, limits: LinkLimits) -> None:
        self._pair = pair
        self._clock = clock
        self._troubles = troubles
        self._limits = limits
        self._server_clock = ServerClock(limits)
        self.devices = DeviceClocks()
        self.ages = Ages()
        self._skews = SkewWatch(troubles, allowed_s=limits.clock_skew_s_max)
        self._was_out_of_service = False

    @property
    def skew_s(self) -> float | None:
        """How far the server's clock is ahead of ours."""
        return self._server_clock.skew_s

    def warnings(self) -> list[str]:
        out = [_NOT_IN_SERVICE] if self._was_out_of_service else []
        return [*out, *self._skews.warnings()]

    def forget(self) -> None:
        """Another server answers from now on."""
        self._server_clock.forget()
        self.ages.forget()

    async def begin(self, session: Session) -> None:
        """A server that was left because its clock stood is not good before it goes again.

        Raises: ServerLeft, ClockStopped, and what the session raises.
        """
        self._server_clock.begin()
        self.ages.begin()
        self.devices.forget()
        await self.ask(session)
        while self._server_clock.is_stopped:
            await asyncio.sleep(self._limits.watch_every_s)
            await self.ask(session)

    async def go_on(self, session: Session) -> None:
        """For ever. Raises: as `begin`."""
        while True:
            await asyncio.sleep(self._limits.beat_every_s)
            await self.ask(session)
            self._skews.look("server", self.skew_s)
            self._skews.look("devices", self.devices.skew_s)

    def _look_at_service(self) -> None:
        """Tells once of a server that stands alone, is not in service and is listened to all the
        same. Raises: ServerLeft."""
        self._pair.check()
        is_out = self._pair.is_out_of_service and not self._pair.has_others
        if is_out and not self._was_out_of_service:
            said = f"{self._pair.active.url} states service level {self._pair.level:g}"
            self._troubles.note(Trouble.NOT_IN_SERVICE, why=said)
        self._was_out_of_service = is_out

    async def ask(self, session: Session) -> None:
        """Once. Raises: as `begin`."""
        was_stopped = self._server_clock.is_stopped
        now_s = asyncio.get_running_loop().time
        asked, asked_s = self._clock.now(), now_s()
        time, level = await session.read_standard(_ASKED)
        answered, answered_s = self._clock.now(), now_s()
        self._pair.heard(level_of(level))
        said: datetime | None = aware(time.raw) if time.is_good else None
        if said is not None:
            self.ages.heard(said, asked_s=asked_s, answered_s=answered_s)
        try:
            self._server_clock.heard(said, asked=asked, answered=answered)
        except ClockStopped as stopped:
            if not was_stopped:
                self._troubles.note(Trouble.CLOCK_STOPPED, why=stopped.what)
            raise
        self._look_at_service()


async def level_at(session: Session) -> float:
    """See `pair.level_of`."""
    (level,) = await session.read_standard(_ASKED[1:])
    return level_of(level)
