"""One command, on a session of its own: sent at most once, never late, read back or unknown."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from asyncua import ua

from gridops.errors import CommandRefused, CommandUnconfirmed
from gridops.ids import SwitchId
from gridops.measurement import Quality
from gridops.network import Link, Point, Signal
from gridops.ports import Clock, Endpoint, Identity, SwitchOrder
from gridops.state.telemetry import RAW_TYPE
from opcua_bridge.limits import LinkLimits
from opcua_bridge.session.session import (
    Session,
    WrongServer,
    open_session,
)
from opcua_bridge.wire.statuses import REFUSALS, name_of, quality_of

ReadBack = Callable[[Point, ua.DataValue], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """What is needed to operate one switch."""

    switch: SwitchId
    link: Link
    endpoint: Endpoint
    identity: Identity | None = None
    """Who commands, if it is not who reads."""
    command: Point
    position: Point
    operating_time_s: float


@dataclass(slots=True, kw_only=True)
class Command:
    """Sends `order` once.

    Until the write is handed to the socket every trouble means "refused, nothing was sent".
    From then on only a clear answer counts: a refusal that the server states, or the
    ordered position read back with good quality. All else is an unknown outcome. The
    connection is reset when the deadline passes without an answer, so that nothing that
    still waits in a buffer can arrive later.
    """

    order: SwitchOrder
    drive: Drive
    clock: Clock
    limits: LinkLimits
    was_sent: bool = False

    async def carry_out(self, read_back: ReadBack) -> None:
        """Returns when the position has come; it was given to `read_back` just before.

        Raises: CommandRefused, CommandUnconfirmed.
        """
        self._refuse_when_late()
        try:
            in_time = min(self.limits.connect_timeout_s, self._left_s())
            limits = replace(self.limits, connect_timeout_s=in_time)
            drive = self.drive
            opening = open_session(drive.endpoint, limits, identity=drive.identity)
            async with opening as session:
                await self._operate(session, read_back)
        except (CommandRefused, CommandUnconfirmed):
            raise
        except WrongServer as error:
            raise self._refused(str(error)) from error
        except Exception as error:
            what = f"{type(error).__name__}: {error}"[:200]
            if self.was_sent:
                raise self._unconfirmed(what) from error
            raise self._refused(f"nothing was sent: {what}") from error

    async def _operate(self, session: Session, read_back: ReadBack) -> None:
        async with asyncio.timeout(self._left_s()):
            await session.bind(self.drive.link)
            (before,) = await session.read([self.drive.position.node_id])
        await self._send_once(session)
        value = await self._moved(session, before)
        read_back(self.drive.position, value)
        await self._leave(session)

    async def _send_once(self, session: Session) -> None:
        value = ua.Variant(int(self.order.position), ua.VariantType.Byte)
        reset = asyncio.get_running_loop().call_later(self._left_s(), session.abort)
        session.before_each_request(self._about_to_send)
        try:
            code = await session.write(self.drive.command.node_id, value)
        except ua.UaStatusCodeError as error:
            # a fault of the whole service call: the server says whether it passed it on
            code = int(error.code)
        finally:
            reset.cancel()
            session.before_each_request(_anything)
        if code in REFUSALS:
            raise self._refused(f"{REFUSALS[code]} ({name_of(code)})")
        if quality_of(code) is Quality.BAD:
            raise self._unconfirmed(f"the server answered {name_of(code)}")

    async def _moved(self, session: Session, before: ua.DataValue) -> ua.DataValue:
        """The value that shows the ordered position and is newer than the order.

        Newer is what differs from `before`, or what the device has stamped later by its own
        clock: no device's clock is compared with ours.
        """
        wait_s = self.drive.operating_time_s + self.limits.confirm_margin_s
        try:
            async with asyncio.timeout(wait_s):
                value = before
                while not (self._shows_order(value) and self._is_news(value, before)):
                    await asyncio.sleep(self.limits.read_back_every_s)
                    (value,) = await session.read([self.drive.position.node_id])
                return value
        except TimeoutError:
            raise self._unconfirmed(f"no read-back within {wait_s:g} s") from None

    def _shows_order(self, value: ua.DataValue) -> bool:
        code = value.StatusCode.value if value.StatusCode is not None else ua.StatusCodes.Good
        raw = value.Value.Value if value.Value is not None else None
        return (
            quality_of(code) is Quality.GOOD
            and isinstance(raw, RAW_TYPE[Signal.POSITION])
            and not isinstance(raw, bool)
            and raw == self.order.position
        )

    def _is_news(self, value: ua.DataValue, before: ua.DataValue) -> bool:
        if not self._shows_order(before):
            return True
        then, now = before.SourceTimestamp, value.SourceTimestamp
        return then is not None and now is not None and now > then

    async def _leave(self, session: Session) -> None:
        """The command is confirmed; a server that does not say goodbye changes nothing."""
        try:
            async with asyncio.timeout(self.limits.close_timeout_s):
                await session.close()
        except (OSError, TimeoutError, ua.UaError):
            session.abort()

    def _about_to_send(self) -> None:
        self._refuse_when_late()
        self.was_sent = True

    def _refuse_when_late(self) -> None:
        if self._left_s() <= 0.0:
            raise self._refused("its deadline has passed; nothing was sent")

    def _left_s(self) -> float:
        return (self.order.deadline - self.clock.now()).total_seconds()

    def _refused(self, what: str) -> CommandRefused:
        return CommandRefused(what, where=f"switch {self.order.switch}")

    def _unconfirmed(self, what: str) -> CommandUnconfirmed:
        return CommandUnconfirmed(
            what,
            where=f"switch {self.order.switch}",
            remedy="treat its position as unknown until telemetry shows it; do not repeat",
        )


def _anything() -> None:
    """Reading back needs no permission."""
