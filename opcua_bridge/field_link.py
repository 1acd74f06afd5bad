"""The field link over OPC UA: all servers of a grid behind one port."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from gridops.errors import CommandNotAllowed, SettingsError
from gridops.ids import LinkId, SwitchId
from gridops.network import Link, Network, Point
from gridops.ports import Clock, Commanding, Endpoint, FieldLink, LinkHealth, SwitchOrder
from opcua_bridge.command.commander import Commander
from opcua_bridge.limits import DEFAULT_LIMITS, LinkLimits
from opcua_bridge.link.server_link import Deliver, ServerLink
from opcua_bridge.security.addresses import check_address, endpoint_of, goes_unsecured
from opcua_bridge.wire.messages import prepare
from opcua_bridge.worker.remote import RemoteLink
from opcua_bridge.worker.workshop import Workshop

Stated = str | Endpoint


def open_field_link(
    network: Network,
    endpoints: Mapping[LinkId, Stated | Sequence[Stated]],
    *,
    clock: Clock,
    limits: LinkLimits = DEFAULT_LIMITS,
    bounds: Mapping[str, Any] = MappingProxyType({}),
    commanding: Commanding | None = None,
) -> FieldLink:
    """The link to every server of `network`. Nothing is connected before `run`.

    `bounds` changes the limits of these names: they are what an installation sets without
    knowing this package.

    `commanding` None: execution is off, and no command can be sent.

    `endpoints` has one `opc.tcp://host:port/path` for each link of the grid, or several, the
    preferred one first, of servers that show the same points. One that states no security is
    unsecured to this machine itself, and has the strongest policy to every other.

    Raises: SettingsError for a link without an endpoint, an endpoint of no link, an address that
    is none or holds a user, and where it is open who commands; LinkInsecure for a link that would
    be unsecured beyond this machine without a permission to.
    """
    reached = {link: _servers_of(stated) for link, stated in endpoints.items()}
    unreached = [link for link in network.links if not reached.get(link)]
    _refuse_unreached(unreached, total=len(network.links))
    for link in network.links:
        for server in reached[link]:
            check_address(server.url, where=f"link {link}")
            goes_unsecured(server)
    for link in endpoints:
        if link not in network.links:
            raise SettingsError(
                f"endpoint for {link!r}, which is no link of the grid",
                where="endpoints",
                remedy=f"links: {', '.join(network.links) or 'none'}",
            )
    prepare()
    limits = replace(limits, **bounds)
    return OpcUaFieldLink(network, reached, clock=clock, limits=limits, commanding=commanding)


def _refuse_unreached(links: Sequence[LinkId], *, total: int) -> None:
    if links:
        raise SettingsError(
            f"no endpoint is given for {len(links)} of the {total} links of the grid",
            where=f"link{'s' * (len(links) > 1)} {', '.join(links)}",
            remedy="give each an address in [link.endpoints], as opc.tcp://host:port",
        )


def _servers_of(stated: Stated | Sequence[Stated]) -> tuple[Endpoint, ...]:
    servers = (stated,) if isinstance(stated, str | Endpoint) else stated
    return tuple(map(endpoint_of, servers))


class OpcUaFieldLink:
    """See `gridops.ports.FieldLink`; build it with `open_field_link`."""

    def __init__(
        self,
        network: Network,
        endpoints: Mapping[LinkId, Sequence[Endpoint]],
        *,
        clock: Clock,
        limits: LinkLimits,
        commanding: Commanding | None,
    ) -> None:
        self._points = _by_link(network)
        self._commander = (
            None
            if commanding is None
            else Commander(network, endpoints, commanding=commanding, clock=clock, limits=limits)
        )
        self._limits, self._clock = limits, clock
        self._workshop = Workshop()
        self._servers = {
            link.id: self._server(link, endpoints=endpoints[link.id])
            for link in network.links.values()
        }

    def _server(self, link: Link, *, endpoints: Sequence[Endpoint]) -> ServerLink | RemoteLink:
        points, clock, limits = self._points[link.id], self._clock, self._limits
        if not limits.workers:
            return ServerLink(link, points, endpoints=endpoints, clock=clock, limits=limits)
        return RemoteLink(
            link,
            points,
            endpoints=endpoints,
            clock=clock,
            limits=limits,
            workshop=self._workshop,
        )

    async def run(self, deliver: Deliver) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for server in self._servers.values():
                    group.create_task(server.run(deliver))
                if self._limits.workers:
                    group.create_task(self._workshop.keep())
        finally:
            for server in self._servers.values():
                server.rest()
            self._workshop.close()

    async def operate(self, order: SwitchOrder) -> None:
        """Besides: refused, with nothing sent, while the link of the switch is not good."""
        if self._commander is None:
            raise CommandNotAllowed(
                "execution is off; nothing was sent",
                where=f"switch {order.switch}",
                remedy="execution_enabled of [control] lets commands leave",
            )
        await self._commander.operate(
            order,
            listened_to=lambda link: self._servers[link].serving,
            read_back=lambda point, value: self._servers[point.link].take_reading(point, value),
        )

    async def scan(self, switches: Sequence[SwitchId]) -> None:
        wanted = set(switches)
        await asyncio.gather(
            *(
                server.scan([p for p in self._points[link] if p.element in wanted])
                for link, server in self._servers.items()
            )
        )

    def health(self) -> Sequence[LinkHealth]:
        return [self._told(server.health()) for server in self._servers.values()]

    def _told(self, health: LinkHealth) -> LinkHealth:
        said = "" if self._commander is None else self._commander.said(health.link)
        return replace(health, detail="; ".join(filter(None, [health.detail, said])))


def _by_link(network: Network) -> dict[LinkId, list[Point]]:
    points: dict[LinkId, list[Point]] = {link: [] for link in network.links}
    for point in network.components.points:
        points[point.link].append(point)
    return points
