"""One command, on a session of its own: sent at most once, never late, read back or unknown."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from asyncua import ua

from gridops.errors import CommandRefused, CommandUnconfirmed, TelemetryRejected
from gridops.events import SwitchMoved
from gridops.measurement import Position, Quality
from gridops.network import Point
from gridops.ports import Clock, SwitchOrder
from gridops.state.point_values import plain_value
from gridops.state.telemetry import event_of
from opcua_bridge.command.drive import Drive
from opcua_bridge.command.transmission import Transmission, transmission
from opcua_bridge.limits import LinkLimits
from opcua_bridge.session.session import Permit, Session, open_session
from opcua_bridge.session.within import within
from opcua_bridge.session.wrong_server import WrongServer
from opcua_bridge.wire.statuses import GONE, REFUSALS, REFUSED_BY, name_of, quality_of
from opcua_bridge.wire.two_contacts import addresses_of, position_sample
from opcua_bridge.wire.values import Sample, sample_of

ReadBack = Callable[[Point, Sample], None]


@dataclass(slots=True, kw_only=True)
class Command:
    """Sends `order` once.

    Until the order to operate is handed to the socket every trouble means "refused, nothing was
    operated". From then on only a clear answer counts: a refusal that the server states, or the
    feedback that points.csv names: the ordered position read back with good quality, unless it is
    the server's answer. All else is an unknown outcome. The connection is reset when the deadline
    passes without an answer, so that nothing that still waits in a buffer can arrive later; the
    kernel does the same where this process does not come to it. What has left is beyond recall, so
    nothing leaves when less time is left than the slowest answer on this session took.
    """

    order: SwitchOrder
    drive: Drive
    clock: Clock
    limits: LinkLimits
    permit: Callable[[], None]
    """Asked once, right before the first byte of a transmission; raises CommandRefused."""
    in_doubt: Position | None = None
    """Where the last command to this switch was to go, if nobody knows what became of it. The
    switch is read before anything is sent, and nothing is if nobody can tell where it stands, or
    if it stands where both commands want it."""
    was_sent: bool = False
    """Whether the order to operate was handed to the socket."""
    selects: bool = False
    """Whether the device may be selected by us."""
    path_s: float = 0.0
    """What is sent now may be under way for so long: the slowest answer to a reading took it, there
    and back."""

    async def carry_out(self, read_back: ReadBack) -> None:
        """Returns when the feedback has come; a position was given to `read_back` just before.

        Raises: CommandRefused, CommandUnconfirmed.
        """
        self._refuse_when_late()
        try:
            in_time = min(self.limits.connect_timeout_s, self._left_s())
            limits = replace(
                self.limits,
                connect_timeout_s=in_time,
                collected_bytes_max=self.limits.command_collected_bytes_max,
            )
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
            done = "it was selected at most, not operated" if self.selects else "nothing was sent"
            raise self._refused(f"{done}: {what}") from error

    async def _operate(self, session: Session, read_back: ReadBack) -> None:
        position = self.drive.position
        async with within(self._left_s()):
            await session.find_namespaces(self.drive.link)
            # a server may think long over its first answer; how long the way is, the next ones tell
            session.slowest_answer_s = 0.0
            session.expect_little(self.limits.command_answer_bytes_max)
            await session.make_sure_of(self.drive.link)
            before = await self._position(session)
            self.path_s = session.slowest_answer_s
            self._refuse_when_nothing_shows(before)
        if self.in_doubt is not None and self._has_come_after_all(before):
            read_back(position, before)
        else:
            await self._send(session)
            if not self.drive.answer_suffices:
                read_back(position, await self._moved(session, before))
        await self._leave(session)

    async def _position(self, session: Session) -> Sample:
        values = await session.read(addresses_of(self.drive.position))
        return position_sample([sample_of(value) for value in values])

    def _refuse_when_nothing_shows(self, before: Sample) -> None:
        """A switch whose position the server does not know could move unseen."""
        if before.status in GONE:
            name = name_of(before.status)
            raise self._refused(f"the server does not know its position ({name}); nothing was sent")

    def _has_come_after_all(self, before: Sample) -> bool:
        """Whether the command in doubt asked for the same, and there it is. If it asked for the
        opposite it may still be under way: what stands there proves nothing.

        Raises: CommandRefused if it cannot be told where the switch stands."""
        if not any(self._shows(before, each) for each in (Position.OPEN, Position.CLOSED)):
            raise self._refused(
                "nobody knows what became of the last command, and its position cannot be read;"
                " nothing was sent"
            )
        return self.in_doubt is self.order.position and self._shows_order(before)

    async def _send(self, session: Session) -> None:
        try:
            if self.drive.select is not None:
                await self._select(session, self.drive.select)
            await self._send_once(session)
        except CommandRefused:
            await self._cancel(session)
            raise

    async def _select(self, session: Session, select: Point) -> None:
        code = await self._answer(
            session, transmission(select, self.order.position), permit=self._about_to_select
        )
        if code in REFUSALS:
            self.selects = False
            raise self._refused_by(code)
        if quality_of(code) is Quality.BAD:
            raise self._refused(
                f"selecting it failed, the server answered {name_of(code)}; it was not operated"
            )

    async def _cancel(self, session: Session) -> None:
        """Takes back a selection that is of no use any more, as long as there is time. A device
        whose selection nobody takes back ends it by itself."""
        cancel = self.drive.cancel
        self.path_s = 0.0  # a late cancel takes back no less: it moves nothing
        if cancel is None or not self.selects or self.is_late:
            return
        with suppress(CommandRefused, OSError, TimeoutError, ua.UaError):
            sent = transmission(cancel, self.order.position)
            await self._answer(session, sent, permit=self._still_in_time)

    async def _send_once(self, session: Session) -> None:
        sent = transmission(self.drive.command, self.order.position)
        code = await self._answer(session, sent, permit=self._about_to_send)
        if code in REFUSALS:
            raise self._refused_by(code)
        if quality_of(code) is Quality.BAD:
            raise self._unconfirmed(f"the server answered {name_of(code)}")

    async def _answer(self, session: Session, sent: Transmission, *, permit: Permit) -> int:
        """The server's answer to one transmission. Raises: what `permit` raises, and then nothing
        was sent; as `Session`, and then nobody knows what arrived."""
        left_s = self._still_in_time()
        reset_in_s = left_s - self.limits.send_margin_s / 2.0
        reset = asyncio.get_running_loop().call_later(reset_in_s, session.abort)
        try:
            with session.at_the_wire(permit):
                return await sent.over(session, timeout_s=left_s)
        except ua.UaStatusCodeError as error:
            # a fault of the whole service call: the server says whether it passed it on
            return int(error.code)
        finally:
            reset.cancel()

    async def _moved(self, session: Session, before: Sample) -> Sample:
        """The value that shows the ordered position and is newer than the order.

        Newer is what differs from `before`, or what the device has stamped later by its own
        clock: no device's clock is compared with ours.
        """
        wait_s = self.drive.feedback_s(self.limits.confirm_margin_s)
        try:
            async with within(wait_s):
                value = before
                while not (self._shows_order(value) and self._is_news(value, before)):
                    await asyncio.sleep(self.limits.read_back_every_s)
                    value = await self._position(session)
                return value
        except TimeoutError:
            raise self._unconfirmed(f"no read-back within {wait_s:g} s") from None

    def _shows_order(self, value: Sample) -> bool:
        return self._shows(value, self.order.position)

    def _shows(self, value: Sample, position: Position) -> bool:
        point, at = self.drive.position, self.clock.now()
        raw, quality = plain_value(point, value.raw), quality_of(value.status)
        try:
            fact = event_of(point, raw, quality=quality, source_time=at, at=at)
        except TelemetryRejected:
            return False
        if not isinstance(fact, SwitchMoved) or fact.quality is not Quality.GOOD:
            return False
        return fact.position is position

    def _is_news(self, value: Sample, before: Sample) -> bool:
        if not self._shows_order(before):
            return True
        then, now = before.source_time, value.source_time
        return then is not None and now is not None and now > then

    async def _leave(self, session: Session) -> None:
        """The command is confirmed; a server that does not say goodbye changes nothing."""
        try:
            async with within(self.limits.close_timeout_s):
                await session.close()
        except (OSError, TimeoutError, ua.UaError):
            session.abort()

    def _about_to_select(self) -> float:
        left_s = self._still_in_time()
        self.permit()
        self.selects = True
        return left_s

    def _about_to_send(self) -> float:
        left_s = self._still_in_time()
        if self.drive.select is None:
            self.permit()
        self.was_sent = True
        return left_s

    def _still_in_time(self) -> float:
        """Seconds left. Raises: CommandRefused if there are none."""
        self._refuse_when_late()
        return self._left_s()

    @property
    def is_late(self) -> bool:
        """No reset overtakes what is already on its way."""
        return self._left_s() <= max(self.limits.send_margin_s, self.path_s)

    def _refuse_when_late(self) -> None:
        if self.is_late:
            done = "it was not operated" if self.selects else "nothing was sent"
            slow = (
                f" or is nearer than the way is long ({self.path_s:.2f} s)" if self.path_s else ""
            )
            raise self._refused(f"its deadline has passed{slow}; {done}")

    def _left_s(self) -> float:
        return (self.order.deadline - self.clock.now()).total_seconds()

    def _refused_by(self, code: int) -> CommandRefused:
        kind = REFUSED_BY.get(code, CommandRefused)
        return self._refused(f"{REFUSALS[code]} ({name_of(code)})", kind=kind)

    def _refused(self, what: str, *, kind: type[CommandRefused] = CommandRefused) -> CommandRefused:
        return kind(what, where=f"switch {self.order.switch}")

    def _unconfirmed(self, what: str) -> CommandUnconfirmed:
        return CommandUnconfirmed(
            what,
            where=f"switch {self.order.switch}",
            remedy="treat its position as unknown until telemetry shows it; do not repeat",
        )
