"""Plays a virtual field to the outside: one OPC UA server for each link of its grid."""

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar

from gridops.errors import SettingsError
from gridops.ids import LinkId, SwitchId
from gridops.measurement import Position
from gridops.network import Network, Point
from gridops.ports import Clock
from gridops.virtual_field import OrderAnswer, PointValue, VirtualField
from opcua_bridge.field_server.orders import TakeOrder
from opcua_bridge.field_server.pace import Pace
from opcua_bridge.field_server.virtual_rtu import VirtualRtu
from opcua_bridge.security.quiet_logs import keep_secrets_out_of_logs
from opcua_bridge.security.server_side import ServerSecurity

_log = logging.getLogger(__name__)

TELL_TIME_EVERY = timedelta(seconds=1)
TICK_S = 0.05
"""How late a change of the field can reach its server; its source time is exact."""


class Rtu(Protocol):
    """A server that shows the points of one link, whoever made it."""

    @property
    def endpoint(self) -> str: ...

    @property
    def is_cut(self) -> bool: ...

    answers_late_s: float

    async def start(self) -> None: ...

    async def show(self, values: Iterable[PointValue]) -> None: ...

    async def tell_time(self, now: datetime) -> None: ...

    async def cut(self) -> None: ...

    async def heal(self) -> None: ...

    async def stop(self) -> None: ...


AnyRtu = TypeVar("AnyRtu", bound=Rtu)


@asynccontextmanager
async def serve_virtual_field(
    field: VirtualField,
    clock: Clock,
    *,
    host: str = "127.0.0.1",
    base_port: int = 0,
    security: ServerSecurity | None = None,
    speed: float = 1.0,
) -> AsyncIterator["PlayedField[VirtualRtu]"]:
    """Plays `field` at `speed` times the pace of `clock` inside the `async with`.

    The links get consecutive ports from `base_port` in file order, or free ones if it is 0.
    A clock that runs faster makes the field run faster; give everybody the same one. Links
    that the field cuts really go away, and come back on the same port.

    Raises: SettingsError for a host that is not loopback without `security` and for a speed that
    cannot be, OSError for a port that is taken, and on leaving whatever stopped the playing.
    """
    if security is None:
        _check_loopback(host)
    keep_secrets_out_of_logs()
    pace = Pace(clock, start=field.start, speed=speed)
    order = ordering(field, pace)
    rtus = {
        link.id: VirtualRtu(
            link,
            points,
            host=host,
            port=base_port + number if base_port else 0,
            order=order,
            security=security,
        )
        for number, (link, points) in enumerate(
            (field.network.links[ident], points)
            for ident, points in points_by_link(field.network).items()
        )
    }
    async with play_field(field, pace, rtus=rtus) as played:
        yield played


@asynccontextmanager
async def play_field(
    field: VirtualField, clock: Clock | Pace, *, rtus: Mapping[LinkId, AnyRtu]
) -> AsyncIterator["PlayedField[AnyRtu]"]:
    """Starts `rtus`, one for each link of the field, and plays it on them inside the `async with`.

    Raises: what an RTU raises that cannot start, and on leaving whatever stopped the playing.
    """
    async with AsyncExitStack() as stack:
        for rtu in rtus.values():
            await rtu.start()
            stack.push_async_callback(rtu.stop)
        pace = clock if isinstance(clock, Pace) else Pace(clock, start=field.start)
        played = PlayedField(field, pace, rtus=rtus)
        await played.show_all()
        playing = asyncio.create_task(played.play())
        try:
            yield played
        finally:
            playing.cancel()
            (ended,) = await asyncio.gather(playing, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended


def ordering(field: VirtualField, clock: Clock | Pace) -> TakeOrder:
    """What an RTU does with a command: the field answers at once, by `clock`."""

    def order(switch: SwitchId, position: Position) -> OrderAnswer:
        return field.order(switch, position, at=clock.now())

    return order


def points_by_link(network: Network) -> dict[LinkId, list[Point]]:
    points: dict[LinkId, list[Point]] = {link: [] for link in network.links}
    for point in network.components.points:
        points[point.link].append(point)
    return points


class PlayedField(Generic[AnyRtu]):
    """The servers of one played field."""

    def __init__(self, field: VirtualField, pace: Pace, *, rtus: Mapping[LinkId, AnyRtu]) -> None:
        self._field = field
        self.pace = pace
        """Change its speed while it plays."""
        self._tells_time_at = pace.wall()
        self.rtus: Mapping[LinkId, AnyRtu] = MappingProxyType(dict(rtus))

    @property
    def endpoints(self) -> Mapping[LinkId, str]:
        """What `open_field_link` wants to know."""
        return MappingProxyType({link: rtu.endpoint for link, rtu in self.rtus.items()})

    async def show_all(self) -> None:
        await self._show(list(self._field.values().values()))

    async def play(self) -> None:
        """Until cancelled."""
        try:
            while True:
                now = self.pace.now()
                await self._show(self._field.advance(now))
                # Meters have a system of their own: no RTU speaks for them.
                self._field.take_meter_reports()
                await self._follow_links()
                await self._tell_time()
                await asyncio.sleep(TICK_S)
        except Exception:
            _log.exception("the virtual field stands still")
            raise

    async def _show(self, values: list[PointValue]) -> None:
        by_link: dict[LinkId, list[PointValue]] = {}
        for value in values:
            stamped = replace(value, source_time=self.pace.stamp(value.source_time))
            by_link.setdefault(value.point.link, []).append(stamped)
        for link, shown in by_link.items():
            await self.rtus[link].show(shown)

    async def _tell_time(self) -> None:
        now = self.pace.wall()
        if now < self._tells_time_at:
            return
        self._tells_time_at = now + TELL_TIME_EVERY
        for rtu in self.rtus.values():
            await rtu.tell_time(now)

    async def _follow_links(self) -> None:
        cut = self._field.links_cut
        late_s = self._field.answers_late_s
        for link, rtu in self.rtus.items():
            rtu.answers_late_s = late_s.get(link, 0.0)
            if link in cut and not rtu.is_cut:
                await rtu.cut()
            elif link not in cut and rtu.is_cut:
                await rtu.heal()


VirtualRtus = PlayedField[VirtualRtu]


def _check_loopback(host: str) -> None:
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise SettingsError(
            f"a virtual field cannot be served on {host!r}",
            where="host",
            remedy="it is open to everybody who reaches it: give a loopback address (127.0.0.1)",
        )
