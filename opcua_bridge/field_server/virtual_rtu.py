"""One virtual RTU: a real OPC UA server on loopback TCP that shows points and takes commands."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from asyncua import Node, Server, ua
from asyncua.common.callback import CallbackType
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import AddressSpace, AttributeService
from asyncua.server.subscription_service import SubscriptionService

from gridops.network import ORDERS, Link, OrderType, Point, SentAs, parse_address
from gridops.network.node_addresses import STANDARD_URI
from gridops.virtual_field import PointValue
from opcua_bridge.field_server.address_space import RtuInternalServer
from opcua_bridge.field_server.orders import Orders, TakeOrder
from opcua_bridge.field_server.telling import kind_of, told
from opcua_bridge.security.server_side import ServerSecurity, start_securely
from opcua_bridge.session.namespaces import Namespaces
from opcua_bridge.wire.two_contacts import addresses_of

NODES_PER_FOLDER = 100
"""The library looks through the whole folder when a node is added."""

_CURRENT_TIME = ua.NodeId(ua.Int32(ua.ObjectIds.Server_ServerStatus_CurrentTime))


class VirtualRtu:
    """Stands on its port from `start` to `stop`, except between `cut` and `heal`.

    The address space lives on while it is cut: after `heal` it shows what is true then.
    """

    def __init__(
        self,
        link: Link,
        points: Sequence[Point],
        *,
        host: str,
        port: int,
        order: TakeOrder,
        security: ServerSecurity | None = None,
    ) -> None:
        """`security` None: open to everybody who reaches it. Else its ApplicationUri is that of
        the certificate."""
        self.link = link
        self.is_cut = False
        self.namespaces_before: Sequence[str] = ()
        """Other namespaces that get their indices first; looked at in `start`."""
        self.answers_late_s = 0.0
        """Reads and orders are answered this much later than could be."""
        self._points = tuple(points)
        self.orders = Orders(self._points, order=order)
        self._told_time: tuple[datetime, float] | None = None
        self._security = security
        self._host = host
        self._port = port
        self._namespace = 0
        self._server = Server(iserver=RtuInternalServer())

    @property
    def endpoint(self) -> str:
        """The port stays the same from `start` on."""
        return f"opc.tcp://{self._host}:{self._port}"

    async def start(self) -> None:
        """Raises: OSError when the port is taken."""
        server = self._server
        # no password and no other token can make a visitor an administrator
        server.iserver.allow_remote_admin = False
        server.iserver.supported_tokens = (ua.AnonymousIdentityToken,)  # type: ignore[assignment]
        server.iserver.subscription_service = EveryChange(
            server.iserver.aspace, iserver=server.iserver
        )
        server.iserver.disabled_clock = True  # the field's clock is told by `tell_time`
        await server.init()
        server.set_endpoint(self.endpoint)
        server.set_server_name(f"GridOps virtual RTU {self.link.id}")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        await server.set_application_uri(
            f"urn:gridops:virtual-rtu:{self.link.id}"
            if self._security is None
            else self._security.own.application_uri
        )
        for uri in (*self.namespaces_before, self.link.namespace_uri, *self._other_namespaces()):
            await server.register_namespace(uri)
        uris = await server.get_namespace_array()
        self._namespaces = Namespaces(self.link, uris)
        self._namespace = uris.index(self.link.namespace_uri)
        await self._add_nodes()
        server.iserver.attribute_service = _RtuAttributes(
            server.iserver.aspace,
            written={
                self._node(p.node_id): p
                for p in self._points
                if p.signal in ORDERS and p.sent_as is SentAs.WRITE
            },
            orders=self.orders,
            late=self._take_time,
            now=self._now,
        )
        server.subscribe_server_callback(CallbackType.PreRead, self._take_time)
        if self._security is None:
            await server.start()
        else:
            await start_securely(server, self._security)
        if server.bserver is not None:
            self._port = server.bserver.port

    async def show(self, values: Iterable[PointValue]) -> None:
        """Whoever subscribed is told in the same order."""
        for value in values:
            kind, stamp = kind_of(value.point), _stamp(value.source_time)
            for each in told(value):
                shown = ua.DataValue(
                    ua.Variant(each.value, kind),
                    StatusCode=_status(each.status),
                    SourceTimestamp=stamp,
                    ServerTimestamp=stamp,
                )
                await self._write(self._node(each.node_id), shown)

    async def show_raw(self, node_id: str, value: ua.DataValue) -> None:
        """Whatever a device may say, sense or nonsense; without a look at its type."""
        held = self._server.iserver.aspace[self._node(node_id)].attributes
        held[ua.AttributeIds.Value].value = None
        await self._write(self._node(node_id), value)

    @property
    def has_visitors(self) -> bool:
        return bool(self._server.iserver.asyncio_transports)

    async def tell_time(self, now: datetime) -> None:
        """For those who subscribed to it; who reads it is told exactly."""
        self._told_time = now, asyncio.get_running_loop().time()
        if self.has_visitors:
            await self._write(_CURRENT_TIME, ua.DataValue(ua.Variant(now, ua.VariantType.DateTime)))

    async def cut(self) -> None:
        """Resets every connection and stops listening."""
        self.is_cut = True
        await self._close()

    async def heal(self) -> None:
        """Listens on the same port again. Raises: OSError when somebody else took it."""
        if self._server.bserver is not None:
            await self._server.bserver.start()
        self.is_cut = False

    async def stop(self) -> None:
        if not self.is_cut:
            await self._close()
        self._server.bserver = None
        await self._server.stop()

    async def _take_time(self, *_: object) -> None:
        if self.answers_late_s:
            await asyncio.sleep(self.answers_late_s)

    def _now(self) -> datetime | None:
        if self._told_time is None:
            return None
        told, at = self._told_time
        return told + timedelta(seconds=asyncio.get_running_loop().time() - at)

    async def _close(self) -> None:
        iserver = self._server.iserver
        for transport in list(iserver.asyncio_transports):
            transport.abort()
        service = iserver.subscription_service
        await service.delete_subscriptions(list(service.subscriptions))
        await asyncio.sleep(0)  # the transports say goodbye before the server counts them
        if self._server.bserver is not None:
            await self._server.bserver.stop()

    async def _add_nodes(self) -> None:
        objects, index = self._server.nodes.objects, self._namespace
        if self.link.has_identity:
            identity = self._node(self.link.identity_node_id)
            name = ua.QualifiedName("Identity", index)
            says = ua.Variant(self.link.identity, ua.VariantType.String)
            await objects.add_variable(identity, name, says)
        for start in range(0, len(self._points), NODES_PER_FOLDER):
            folder = await objects.add_folder(index, f"Points {start}")
            for point in self._points[start : start + NODES_PER_FOLDER]:
                if point.sent_as is SentAs.METHOD:
                    await self._add_method(point)
                    continue
                await self._add_variables(point, folder)

    async def _add_variables(self, point: Point, folder: Node) -> None:
        kind, addresses = kind_of(point), addresses_of(point)
        for address in addresses:
            name = point.id if address == point.node_id else f"{point.id} open contact"
            variable = await folder.add_variable(
                self._node(address),
                ua.QualifiedName(name, self._namespace),
                ua.Variant(0.0 if kind is ua.VariantType.Double else kind is None, kind),
            )
            if point.signal in ORDERS:
                await variable.set_writable()
                continue
            waiting = ua.DataValue(StatusCode=_status(ua.StatusCodes.BadWaitingForInitialData))
            await self._write(variable.nodeid, waiting)

    async def _add_method(self, point: Point) -> None:
        objects, index = self._server.nodes.objects, self._namespace
        node = self._node(point.object_id)
        if node in self._server.iserver.aspace:
            owner = self._server.get_node(node)
        else:
            owner = await objects.add_object(node, ua.QualifiedName(point.object_id, index))

        async def called(_: ua.NodeId, *arguments: ua.Variant) -> ua.StatusCode:
            await self._take_time()
            if len(arguments) > 1:
                return _status(ua.StatusCodes.BadTooManyArguments)
            if not arguments and point.order_type is not OrderType.NONE:
                return _status(ua.StatusCodes.BadArgumentsMissing)
            return _status(await self.orders.take(point, arguments[0] if arguments else None))

        kind = kind_of(point)
        kinds = [] if kind is ua.VariantType.Null else [kind]
        name = ua.QualifiedName(point.id, index)
        await owner.add_method(self._node(point.node_id), name, called, kinds, [])

    async def _write(self, node: ua.NodeId, value: ua.DataValue) -> None:
        aspace = self._server.iserver.aspace
        status = await aspace.write_attribute_value(node, ua.AttributeIds.Value, value)
        status.check()

    def _other_namespaces(self) -> list[str]:
        """That its points are in, in their order."""
        addresses = [address for p in self._points for address in addresses_of(p)]
        addresses += [p.object_id for p in self._points if p.object_id]
        addresses += [self.link.identity_node_id] if self.link.has_identity else []
        home, table = self.link.namespace_uri, self.link.namespaces
        uris = [parse_address(each).by_uri(home, table).uri for each in addresses]
        return [uri for uri in dict.fromkeys(uris) if uri and uri != STANDARD_URI]

    def _node(self, node_id: str) -> ua.NodeId:
        return self._namespaces.node(node_id)


class EveryChange(SubscriptionService):
    """Says that every change is told, as the library does but does not say."""

    async def create_monitored_items(
        self, params: ua.CreateMonitoredItemsParameters
    ) -> list[ua.MonitoredItemCreateResult]:
        results = await super().create_monitored_items(params)
        for result in results:
            result.RevisedSamplingInterval = 0.0
        return results


class _RtuAttributes(AttributeService):
    """Lets visitors write points of orders, and nothing else; a write is an order."""

    def __init__(
        self,
        aspace: AddressSpace,
        *,
        written: dict[ua.NodeId, Point],
        orders: Orders,
        late: Callable[[], Awaitable[None]],
        now: Callable[[], datetime | None],
    ) -> None:
        super().__init__(aspace)
        self._written = written
        self._orders = orders
        self._late = late
        self._now = now

    def read(self, params: ua.ReadParameters) -> list[ua.DataValue]:
        """The time is exact, however long ago it was told."""
        values = super().read(params)
        now = self._now()
        for number, asked in enumerate(params.NodesToRead):
            is_time = asked.NodeId == _CURRENT_TIME and asked.AttributeId == ua.AttributeIds.Value
            if is_time and now is not None:
                values[number] = ua.DataValue(
                    ua.Variant(now, ua.VariantType.DateTime),
                    SourceTimestamp=_stamp(now),
                    ServerTimestamp=_stamp(now),
                )
        return values

    async def write(
        self, params: ua.WriteParameters, user: User | None = None
    ) -> list[ua.StatusCode]:
        if user is not None and user.role is UserRole.Admin:
            return await super().write(params, user)
        return [_status(await self._answer(wanted)) for wanted in params.NodesToWrite]

    async def _answer(self, wanted: ua.WriteValue) -> int:
        point = self._written.get(wanted.NodeId)
        if point is None or wanted.AttributeId != ua.AttributeIds.Value:
            return ua.StatusCodes.BadNotWritable
        if wanted.Value.Value is None:
            return ua.StatusCodes.BadTypeMismatch
        await self._late()
        return await self._orders.take(point, wanted.Value.Value)


def _status(code: int) -> ua.StatusCode:
    return ua.StatusCode(ua.UInt32(code))


def _stamp(time: datetime) -> ua.DateTime:
    """The library names its own type and takes any aware datetime."""
    return cast(ua.DateTime, time.astimezone(UTC))
