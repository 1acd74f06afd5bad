"""The server: nodes that follow the views, events, and nobody who may write."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from asyncua import Node, Server, ua
from asyncua.server.event_generator import EventGenerator

from gridops.adapters.clocks import SystemClock
from gridops.ports import Identity, PublisherPlace
from gridops.ports.publishing import VIEW_S_MAX
from opcua_bridge.field_server.address_space import RtuInternalServer
from opcua_bridge.publisher.happenings import SEVERITY, Happening, happenings
from opcua_bridge.publisher.tree import EMPTY, NAMESPACE, Path, Shown, shown
from opcua_bridge.security.identities import secrets_of
from opcua_bridge.security.own_certificate import default_uri
from opcua_bridge.security.pki import Pki
from opcua_bridge.security.server_side import (
    Guests,
    ServerSecurity,
    start_securely,
    these_users,
)

_STALE = ua.StatusCode(ua.UInt32(ua.StatusCodes.UncertainLastUsableValue))
_NOTHING = ua.StatusCode(ua.UInt32(ua.StatusCodes.BadNoData))
_ROOT = "GridOps"


async def publish(
    place: PublisherPlace,
    views: AsyncIterator[Mapping[str, Any]],
    *,
    ready: Callable[[str], None],
) -> None:
    """See `gridops.ports.Publisher`."""
    shop = _Shop(place)
    await shop.open()
    try:
        ready(shop.address)
        await shop.follow(views)
    finally:
        await shop.close()


class _Shop:
    def __init__(self, place: PublisherPlace) -> None:
        self._place = place
        self._server = Server(iserver=RtuInternalServer())
        self._index = 0
        self._folders: dict[Path, Node] = {}
        self._variables: dict[Path, tuple[Node, Shown]] = {}
        self._before: Mapping[str, Any] | None = None
        self._events: EventGenerator | None = None
        self._at = datetime.min.replace(tzinfo=UTC)

    @property
    def address(self) -> str:
        port = self._server.bserver.port if self._server.bserver else self._place.port
        host = f"[{self._place.host}]" if ":" in self._place.host else self._place.host
        return f"opc.tcp://{host}:{port}"

    async def open(self) -> None:
        server, place = self._server, self._place
        server.iserver.allow_remote_admin = False
        await server.init()
        server.set_endpoint(self.address)
        server.set_server_name("GridOps")
        uri = f"{place.application_uri or default_uri()}:publisher"
        await server.set_application_uri(uri)
        self._index = await server.register_namespace(NAMESPACE)
        await self._plant()
        if place.secured:
            security = await asyncio.to_thread(_security_of, place)
            await server.set_application_uri(security.own.application_uri)
            await start_securely(server, security)
            return
        server.iserver.supported_tokens = (ua.AnonymousIdentityToken,)  # type: ignore[assignment]
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        await server.start()

    async def close(self) -> None:
        for transport in list(self._server.iserver.asyncio_transports):
            transport.abort()
        await asyncio.sleep(0)
        await self._server.stop()

    async def follow(self, views: AsyncIterator[Mapping[str, Any]]) -> None:
        """Each view as it comes; without one for too long nothing is good any more."""
        coming = asyncio.ensure_future(anext(views, None))
        try:
            while True:
                done, _ = await asyncio.wait([coming], timeout=VIEW_S_MAX)
                if not done:
                    await self._doubt()
                    continue
                view = coming.result()
                if view is None:
                    return
                coming = asyncio.ensure_future(anext(views, None))
                await self._show(view)
        finally:
            coming.cancel()

    async def _plant(self) -> None:
        server = self._server
        root = await server.nodes.objects.add_object(self._node((_ROOT,)), self._name(_ROOT))
        self._folders[()] = root
        kind = await server.create_custom_event_type(
            self._index,
            "GridOpsIncidentEventType",
            ua.ObjectIds.BaseEventType,
            [
                ("Happening", ua.VariantType.String),
                ("IncidentId", ua.VariantType.String),
                ("FeederId", ua.VariantType.String),
                ("CustomersOut", ua.VariantType.UInt32),
            ],
        )
        self._events = await server.get_event_generator(kind)

    async def _show(self, view: Mapping[str, Any]) -> None:
        now = shown(view)
        for path in [each for each in self._variables if each not in now]:
            await self._remove(path)
        at = now["System", "At"].value
        if not isinstance(at, datetime):
            raise TypeError("a view has a time")
        self._at = at
        for path, value in now.items():
            await self._set(path, value, at=at)
        if self._before is not None:
            for each in happenings(self._before, view):
                await self._tell(each, at=at)
        self._before = view

    async def _set(self, path: Path, value: Shown, *, at: datetime) -> None:
        held = self._variables.get(path)
        if held is None:
            node = await self._add(path, value)
        elif held[1] == value:
            return
        else:
            node = held[0]
        self._variables[path] = (node, value)
        await self._write(node, value, status=None, at=at)

    async def _add(self, path: Path, value: Shown) -> Node:
        await asyncio.sleep(0)  # a city has ten thousand: views are taken meanwhile
        folder = await self._folder(path[:-1])
        empty = [] if value.is_list else EMPTY[value.kind]
        return await folder.add_variable(
            self._node((_ROOT, *path)),
            self._name(path[-1]),
            ua.Variant(empty, value.kind, is_array=value.is_list),
            datatype=ua.NodeId(ua.Int32(value.kind.value)),
        )

    async def _folder(self, path: Path) -> Node:
        if path not in self._folders:
            above = await self._folder(path[:-1])
            node = self._node((_ROOT, *path))
            self._folders[path] = await above.add_folder(node, self._name(path[-1]))
        return self._folders[path]

    async def _remove(self, path: Path) -> None:
        """And the folder that stands empty then."""
        node, _ = self._variables.pop(path)
        await self._server.delete_nodes([node])
        above = path[:-1]
        if len(above) > 1 and not any(each[:-1] == above for each in self._variables):
            await self._server.delete_nodes([self._folders.pop(above)])

    async def _write(
        self, node: Node, value: Shown, *, status: ua.StatusCode | None, at: datetime
    ) -> None:
        stamp: Any = at
        if value.value is None:
            said = ua.DataValue(StatusCode=_NOTHING, SourceTimestamp=stamp)
        else:
            variant = ua.Variant(value.value, value.kind, is_array=value.is_list)
            said = ua.DataValue(variant, StatusCode=status, SourceTimestamp=stamp)
        aspace = self._server.iserver.aspace
        await aspace.write_attribute_value(node.nodeid, ua.AttributeIds.Value, said)

    async def _doubt(self) -> None:
        """Keeps the values, with the times that they had, and vouches for none."""
        for path, (node, value) in list(self._variables.items()):
            await self._write(node, value, status=_STALE, at=self._at)
            # differs from whatever comes next, so that it is written as good again
            self._variables[path] = (node, replace(value, is_good=False))

    async def _tell(self, each: Happening, *, at: datetime) -> None:
        if self._events is None:
            return
        event: Any = self._events.event
        event.SourceName = each.incident
        event.Severity = SEVERITY[each.kind]
        event.Happening = each.kind.value
        event.IncidentId = each.incident
        event.FeederId = each.feeder
        event.CustomersOut = each.customers_out
        await self._events.trigger(time_attr=at, message=each.message)

    def _node(self, path: Path) -> ua.NodeId:
        return ua.NodeId(ua.String(".".join(path)), ua.Int16(self._index))

    def _name(self, text: str) -> ua.QualifiedName:
        return ua.QualifiedName(ua.String(text), ua.UInt16(self._index))


def _security_of(place: PublisherPlace) -> ServerSecurity:
    """Clients need a certificate that the folder believes. Raises: CertificateStoreError,
    SettingsError for a password that cannot be read."""
    clock = SystemClock()
    pki = Pki(place.pki_folder)
    check = None
    if place.user is not None:
        who = Identity(user=place.user, password_file=place.password_file)
        password = secrets_of(who, where="[publisher]").password or ""
        check = these_users({place.user: password})
    return ServerSecurity(
        own=pki.own(at=clock.now()),
        clock=clock,
        guests=Guests(anonymous=check is None, check_password=check),
        pki=pki,
    )
