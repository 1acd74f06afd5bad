"""All commands of one installation: allowed or not, sent once, and what became of them."""

import logging
from collections.abc import Callable, Mapping, Sequence

from gridops.errors import CommandRefused, CommandRehearsed
from gridops.ids import LinkId, SwitchId
from gridops.measurement import Position
from gridops.network import Network
from gridops.ports import Clock, Commanding, Endpoint, SwitchOrder
from opcua_bridge.command.command import Command, ReadBack
from opcua_bridge.command.drive import drives_of
from opcua_bridge.command.permits import Permits
from opcua_bridge.limits import LinkLimits

_log = logging.getLogger(__name__)

ListenedTo = Callable[[LinkId], Endpoint | None]
"""The server of a link that is good, the one that a command goes to."""


class Commander:
    """The only way to a command session, and the only holder of who commands.

    Where execution is off there is none of these: nothing could send, nobody is known to send as,
    no secret is read.
    """

    def __init__(
        self,
        network: Network,
        endpoints: Mapping[LinkId, Sequence[Endpoint]],
        *,
        commanding: Commanding,
        clock: Clock,
        limits: LinkLimits,
    ) -> None:
        """Raises: SettingsError, as `drives_of`."""
        self._drives_by_place = [
            drives_of(
                network,
                {
                    link: servers[min(place, len(servers) - 1)]
                    for link, servers in endpoints.items()
                },
                commanding=commanding,
            )
            for place in range(max(map(len, endpoints.values()), default=1))
        ]
        self._permits = Permits(commanding, clock)
        self._dry_run = commanding.dry_run
        self._clock = clock
        self._limits = limits
        self._under_way: set[SwitchId] = set()
        self._in_doubt: dict[SwitchId, Position] = {}
        """Where the last command to each was to go, if its outcome is unknown."""

    async def operate(
        self, order: SwitchOrder, *, listened_to: ListenedTo, read_back: ReadBack
    ) -> None:
        """As `FieldLink.operate`; refused, with nothing sent, while the link is not good."""
        where = f"switch {order.switch}"
        drive = self._drives_by_place[0].get(order.switch)
        if drive is None:
            raise CommandRefused(
                "it cannot be commanded",
                where=where,
                remedy="points.csv needs its position and its command, on the same link",
            )
        if not order.position.is_definite:
            raise CommandRefused(f"nothing can be put to {order.position.name}", where=where)
        link = drive.link.id
        self._permits.check(order, link)
        server = listened_to(link)
        if server is None:
            raise CommandRefused(f"link {link} is down; nothing was sent", where=where)
        at_any = (drives[order.switch] for drives in self._drives_by_place)
        drive = next(drive for drive in at_any if drive.endpoint == server)
        if self._dry_run:
            told = drive.rehearsal(order)
            _log.info("dry run, command %s of %s %s", order.command, where, told)
            raise CommandRehearsed(told, where=where)
        if order.switch in self._under_way:
            raise CommandRefused(
                "another command to it is under way; nothing was sent", where=where
            )
        command = Command(
            order=order,
            drive=drive,
            clock=self._clock,
            limits=self._limits,
            permit=lambda: self._permits.take(order, link),
            in_doubt=self._in_doubt.get(order.switch),
        )
        await self._carried_out(command, read_back)

    async def _carried_out(self, command: Command, read_back: ReadBack) -> None:
        order = command.order
        self._under_way.add(order.switch)
        try:
            await command.carry_out(read_back)
        except CommandRefused:
            raise
        except BaseException:
            if command.was_sent:  # whatever came in between, a cancellation too
                self._in_doubt[order.switch] = order.position
            raise
        finally:
            self._under_way.discard(order.switch)
        self._in_doubt.pop(order.switch, None)

    def said(self, link: LinkId) -> str:
        """What people should know about commands to the link; mostly nothing."""
        if self._dry_run:
            return "dry run: commands are told and not sent"
        return self._permits.said(link)
