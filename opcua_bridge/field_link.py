"""The field link over OPC UA: all servers of a grid behind one port."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from gridops.errors import CommandRefused, SettingsError
from gridops.ids import LinkId, SwitchId
from gridops.network import Network, Point, Signal
from gridops.ports import Clock, Endpoint, FieldLink, LinkHealth, SwitchOrder
from opcua_bridge.command.command import Command, Drive
from opcua_bridge.limits import DEFAULT_LIMITS, LinkLimits
from opcua_bridge.link.server_link import Deliver, ServerLink
from opcua_bridge.security.addresses import check_address, endpoint_of, goes_unsecured
from opcua_bridge.wire.messages import prepare


def open_field_link(
    network: Network,
    endpoints: Mapping[LinkId, str | Endpoint],
    *,
    clock: Clock,
    limits: LinkLimits = DEFAULT_LIMITS,
    bounds: Mapping[str, Any] = MappingProxyType({}),
) -> FieldLink:
    """The link to every server of `network`. Nothing is connected before `run`.

    `bounds` changes the limits of these names: they are what an installation sets without
    knowing this package.

    `endpoints` has one `opc.tcp://host:port/path` for each link of the grid. One that states no
    security is unsecured to this machine itself, and has the strongest policy to every other.

    Raises: SettingsError for a link without an endpoint, an endpoint of no link, or an
    address that is none or holds a user; LinkInsecure for a link that would be unsecured beyond
    this machine without a permission to.
    """
    reached = {link: endpoint_of(stated) for link, stated in endpoints.items()}
    for link in network.links:
        check_address(reached[link].url if link in reached else "", where=f"link {link}")
        goes_unsecured(reached[link])
    for link in endpoints:
        if link not in network.links:
            raise SettingsError(
                f"endpoint for {link!r}, which is no link of the grid",
                where="endpoints",
                remedy=f"links: {', '.join(network.links) or 'none'}",
            )
    prepare()
    return OpcUaFieldLink(network, reached, clock=clock, limits=replace(limits, **bounds))


class OpcUaFieldLink:
    """See `gridops.ports.FieldLink`; build it with `open_field_link`."""

    def __init__(
        self,
        network: Network,
        endpoints: Mapping[LinkId, Endpoint],
        *,
        clock: Clock,
        limits: LinkLimits,
    ) -> None:
        self._network = network
        self._clock = clock
        self._limits = limits
        self._points = _by_link(network)
        self._drives = _drives(network, endpoints)
        self._servers = {
            link.id: ServerLink(
                link,
                self._points[link.id],
                endpoint=endpoints[link.id],
                clock=clock,
                limits=limits,
            )
            for link in network.links.values()
        }

    async def run(self, deliver: Deliver) -> None:
        async with asyncio.TaskGroup() as group:
            for server in self._servers.values():
                group.create_task(server.run(deliver))

    async def operate(self, order: SwitchOrder) -> None:
        """Besides: refused, with nothing sent, while the link of the switch is not good."""
        where = f"switch {order.switch}"
        drive = self._drives.get(order.switch)
        if drive is None:
            raise CommandRefused(
                "it cannot be commanded",
                where=where,
                remedy="points.csv needs its position and its command, on the same link",
            )
        if not order.position.is_definite:
            raise CommandRefused(f"nothing can be put to {order.position.name}", where=where)
        server = self._servers[drive.link.id]
        if not server.is_good:
            raise CommandRefused(f"link {drive.link.id} is down; nothing was sent", where=where)
        command = Command(order=order, drive=drive, clock=self._clock, limits=self._limits)
        await command.carry_out(server.take_reading)

    async def scan(self, switches: Sequence[SwitchId]) -> None:
        wanted = set(switches)
        await asyncio.gather(
            *(
                server.scan([p for p in self._points[link] if p.element in wanted])
                for link, server in self._servers.items()
            )
        )

    def health(self) -> Sequence[LinkHealth]:
        return [server.health() for server in self._servers.values()]


def _by_link(network: Network) -> dict[LinkId, list[Point]]:
    points: dict[LinkId, list[Point]] = {link: [] for link in network.links}
    for point in network.components.points:
        points[point.link].append(point)
    return points


def _drives(network: Network, endpoints: Mapping[LinkId, Endpoint]) -> dict[SwitchId, Drive]:
    """Switches with a command and a position point on the same link."""
    by_signal: dict[Signal, dict[tuple[str, LinkId], Point]] = {signal: {} for signal in Signal}
    for point in network.components.points:
        by_signal[point.signal].setdefault((point.element, point.link), point)
    drives = {}
    for key, command in by_signal[Signal.COMMAND].items():
        switch = network.switches.get(SwitchId(command.element))
        position = by_signal[Signal.POSITION].get(key)
        if switch is not None and position is not None:
            drives[switch.id] = Drive(
                switch=switch.id,
                link=network.links[command.link],
                endpoint=endpoints[command.link],
                command=command,
                position=position,
                operating_time_s=switch.operating_time_s,
            )
    return drives
