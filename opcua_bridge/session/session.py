"""One connection to one server, from the socket to the activated session, and its end.

The library serves as codec, secure channel and session. Its supervisor, watchdogs and
reconnecting are never started: who holds a `Session` watches it, and throws it away.
"""

import asyncio
import math
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

from asyncua import Client, ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary

from gridops.network import Link
from gridops.ports import Endpoint, Identity
from opcua_bridge.limits import LinkLimits
from opcua_bridge.security.addresses import endpoint_of
from opcua_bridge.session.bounds import Bounded
from opcua_bridge.session.identity import is_identity
from opcua_bridge.session.namespaces import Namespaces
from opcua_bridge.session.opening import Secured, WayIn, abort, connect, new_client, way_into
from opcua_bridge.session.within import within
from opcua_bridge.session.wrong_server import WrongServer
from opcua_bridge.wire.texts import texts_in
from opcua_bridge.wire.values import Sample, sample_of

_RENEW_AT = 0.75
"""Share of a secure channel's life after which it is renewed (OPC UA Part 4, 5.5.2.1)."""

_CAPABILITY_READ = ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead
_CAPABILITY_ITEMS = ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall


_LEAST_S = 0.005
"""What comes between this process and the kernel takes less."""

Permit = Callable[[], float]
"""Says for how many seconds the bytes may be under way, or raises."""


class _Gate:
    """The transport of a session while a command passes."""

    def __init__(self, way: asyncio.Transport) -> None:
        self._way = way
        self._until = -math.inf

    def __getattr__(self, name: str) -> Any:
        return getattr(self._way, name)

    def open_for(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def write(self, data: bytes) -> None:
        if self._way.is_closing():
            raise ConnectionError("the connection is closed")
        left_s = self._until - time.monotonic()
        if left_s < _LEAST_S:
            raise TimeoutError("no time is left to send it")
        _drop_after(self._way.get_extra_info("socket"), int(left_s * 1000.0))
        self._way.write(data)
        if self._way.get_write_buffer_size():
            self._way.abort()


class Session:
    """An activated session. Every method raises OSError, TimeoutError or ua.UaError when the
    server or the path to it fails; the session is of no use then."""

    def __init__(self, client: Client, endpoint: Endpoint, *, limits: LinkLimits) -> None:
        self._client = client
        self._endpoint = endpoint
        self._limits = limits
        self._renew_at = 0.0
        self._namespaces: Namespaces | None = None
        self.operations_per_call = limits.operations_per_call
        self.secured = Secured()
        self.server_uris: frozenset[str] = frozenset()
        """ApplicationUris that the server has given itself inside the session."""
        self.slowest_answer_s = 0.0
        """There and back, of all that was asked since it stands."""
        self._way: WayIn | None = None
        self._judge_at = 0.0

    @property
    def namespaces(self) -> Namespaces:
        """Only after `bind`, or `know`."""
        if self._namespaces is None:
            raise ua.UaError("the namespaces of the server are not known yet")
        return self._namespaces

    def know(self, link: Link, uris: Sequence[str]) -> None:
        """Addresses are those of points of `link` from now on. Raises: WrongServer."""
        self._namespaces = Namespaces(link, uris)

    async def open(self, way: WayIn) -> None:
        client = self._client
        way.dress(client)
        await connect(client, self._limits)
        _set_reset_on_close(_socket_of(client), self._limits.tcp_user_timeout_ms)
        await way.open_channel(client)
        self.server_uris = await way.open_session(client)
        self.secured = way.secured
        self._way = way
        self._judge_at = asyncio.get_running_loop().time() + self._limits.judge_again_s
        loop = asyncio.get_running_loop()
        self._renew_at = loop.time() + self._channel_life_s() * _RENEW_AT

    async def bind(self, link: Link) -> None:
        """Finds the namespaces by their URIs and makes sure that the server is this link.

        Indices and addresses change hands when servers restart or are re-cabled: a point
        bound by index alone could name another device.

        Raises: WrongServer.
        """
        await self.find_namespaces(link)
        await self.make_sure_of(link)

    async def find_namespaces(self, link: Link) -> None:
        """Raises: WrongServer."""
        request = read_request([_standard(ua.ObjectIds.Server_NamespaceArray)])
        self.know(link, texts_in(bytes(await self.answer_to(request))))

    async def make_sure_of(self, link: Link) -> None:
        """That the server is this link; its namespaces are known. Raises: WrongServer."""
        wanted = self._endpoint.security.server_uris
        if wanted and not (self.server_uris and self.server_uris <= wanted):
            raise WrongServer(
                f"the server is {' and '.join(sorted(self.server_uris))[:200] or 'nobody'}",
                where=f"link {link.id}",
                remedy="check the endpoint of this link, and server_uri of its security",
            )
        if not link.has_identity:
            return
        identity = sample_of((await self.read([link.identity_node_id]))[0])
        # what is not good may be left over from a device that was here before
        says = identity.raw if identity.is_good else None
        if not is_identity(says, link):
            raise WrongServer(
                f"the server says it is {str(says)[:80]!r}",
                where=f"link {link.id}",
                remedy=f"check the endpoint of this link; {link.identity_node_id} must be"
                f" {link.identity!r}",
            )

    async def learn_limits(self) -> None:
        """Takes the server's operation limits into account, where it states any."""
        answers = await self._read([_standard(_CAPABILITY_READ), _standard(_CAPABILITY_ITEMS)])
        for answer in answers:
            limit = answer.Value.Value if answer.Value is not None else None
            if isinstance(limit, int) and limit > 0:
                self.operations_per_call = min(self.operations_per_call, limit)

    def expect_little(self, bytes_max: int) -> None:
        """A longer answer ends the session from now on, before it is collected."""
        protocol = self._client.uaclient.protocol
        if protocol is None or protocol.transport is None:
            raise ConnectionError("the connection is closed")
        bounded = protocol.transport.get_protocol()
        if not isinstance(bounded, Bounded):
            raise TypeError("every session is bounded")
        bounded.collect_at_most(bytes_max)

    async def read(self, node_ids: Sequence[str]) -> list[ua.DataValue]:
        """One value per id, in order, in as many calls as the limits ask for."""
        values: list[ua.DataValue] = []
        for start in range(0, len(node_ids), self.operations_per_call):
            chunk = node_ids[start : start + self.operations_per_call]
            values += await self._read([self.namespaces.sought(each) for each in chunk])
        return values

    async def read_standard(self, idents: Sequence[int]) -> list[Sample]:
        """What nodes of the OPC UA standard itself hold."""
        return [sample_of(a) for a in await self._read([_standard(ident) for ident in idents])]

    async def _read(self, nodes: Sequence[ua.NodeId]) -> list[ua.DataValue]:
        with self._timed():
            values = await self._client.uaclient.session.read(read_request(nodes).Parameters)
        return _as_many(values, len(nodes))

    async def write(self, node_id: str, value: ua.Variant, *, timeout_s: float) -> int:
        """The status code that the server gave this one write. After `timeout_s` the server need
        not begin with it any more."""
        request = ua.WriteRequest()
        request.Parameters.NodesToWrite = [
            ua.WriteValue(
                NodeId=self.namespaces.node(node_id),
                AttributeId=ua.AttributeIds.Value,
                # the value alone: many devices refuse to be told a status or a time
                Value=ua.DataValue(value, StatusCode=None),
            )
        ]
        answer = await self.answer_to(request, timeout_s=timeout_s)
        response = struct_from_binary(ua.WriteResponse, answer)
        response.ResponseHeader.ServiceResult.check()
        (status,) = _as_many(response.Results, 1)
        return int(status.value)

    async def call(
        self, object_id: str, method_id: str, *, arguments: Sequence[ua.Variant], timeout_s: float
    ) -> int:
        """The status code that the server gave this one call; as `write`."""
        request = ua.CallRequest()
        request.Parameters.MethodsToCall = [
            ua.CallMethodRequest(
                ObjectId=self.namespaces.node(object_id),
                MethodId=self.namespaces.node(method_id),
                InputArguments=list(arguments),
            )
        ]
        answer = await self.answer_to(request, timeout_s=timeout_s)
        response = struct_from_binary(ua.CallResponse, answer)
        response.ResponseHeader.ServiceResult.check()
        (result,) = _as_many(response.Results, 1)
        return int(result.StatusCode.value)

    @contextmanager
    def at_the_wire(self, permit: Permit) -> Iterator[None]:
        """Asks `permit` right before a request is made into bytes and handed to the kernel, without
        letting anything else run in between; what it raises, the request raises, and nothing is
        sent.

        It says how long these bytes may wait for their acknowledgement. After that the kernel
        drops them, whatever keeps this process from looking: the connection is gone then, and so
        is what was not sent. Bytes that the kernel does not take at once are not kept for later:
        the connection is reset.
        """
        protocol = self._client.uaclient.protocol
        if protocol is None or protocol.transport is None:
            raise ConnectionError("the connection is closed")
        open_way = protocol.transport
        gate = _Gate(open_way)

        async def hook() -> None:
            gate.open_for(permit())

        self._client.uaclient.pre_request_hook = hook
        protocol.transport = cast(asyncio.Transport, gate)
        try:
            yield
        finally:
            self._client.uaclient.pre_request_hook = None
            protocol.transport = open_way
            if not open_way.is_closing():
                _drop_after(_socket_of(self._client), self._limits.tcp_user_timeout_ms)

    async def answer_to(self, request: Any, *, timeout_s: float | None = None) -> Buffer:
        """The answer as it came, from its type id on, for what the library's own calls do not do
        or hide: it runs no publish loop and waits with no bound of its own if `timeout_s` is 0,
        and then the caller watches freshness.

        Raises besides: the status that the server gave the service as a whole.
        """
        protocol = self._client.uaclient.protocol
        if protocol is None:
            raise ConnectionError("the connection is closed")
        with self._timed():
            return await protocol.send_request(request, timeout=timeout_s)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        asked = loop.time()
        try:
            yield
        finally:
            self.slowest_answer_s = max(self.slowest_answer_s, loop.time() - asked)

    async def renew_channel_when_due(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._renew_at:
            return
        await self._client.open_secure_channel(renew=True)
        self._client.uaclient.revolve_security_token()
        self._renew_at = loop.time() + self._channel_life_s() * _RENEW_AT

    async def judge_again_when_due(self) -> None:
        """A certificate may end, or trust be taken back, while the session stands.

        Raises: CertificateRefused, CertificateStoreError; the session is not to be used then.
        """
        loop = asyncio.get_running_loop()
        if self._way is None or loop.time() < self._judge_at:
            return
        self.secured = await self._way.judge_again()
        self._judge_at = loop.time() + self._limits.judge_again_s

    async def close(self) -> None:
        """Leaves politely, so that the server need not wait for the session to time out."""
        await self._client.uaclient.close_session(True)

    def abort(self) -> None:
        """Resets the connection: what the kernel has not sent yet is never sent."""
        abort(self._client)

    def _channel_life_s(self) -> float:
        return float(self._client.secure_channel_timeout) / 1000.0


@asynccontextmanager
async def open_session(
    endpoint: str | Endpoint, limits: LinkLimits, *, identity: Identity | None = None
) -> AsyncIterator[Session]:
    """A session of its own on a fresh connection; reset, never lingering, on the way out.

    `identity`: who asks, if it is not the one of `endpoint`.

    Raises: OSError, TimeoutError, ua.UaError; LinkInsecure, CertificateRefused and LoginRefused
    for what trying again does not cure.
    """
    endpoint = endpoint_of(endpoint)
    client = new_client(endpoint.url, limits)
    session = Session(client, endpoint, limits=limits)
    try:
        async with within(limits.connect_timeout_s):
            await session.open(await way_into(endpoint, limits, identity=identity))
        yield session
    finally:
        session.abort()


def _socket_of(client: Client) -> socket.socket:
    protocol = client.uaclient.protocol
    if protocol is None or protocol.transport is None:
        raise ConnectionError("the connection is closed")
    found: socket.socket = protocol.transport.get_extra_info("socket")
    return found


def _set_reset_on_close(sock: socket.socket, user_timeout_ms: int) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    _drop_after(sock, user_timeout_ms)


def _drop_after(sock: socket.socket, user_timeout_ms: int) -> None:
    """What is not acknowledged so long after it was first sent is dropped by the kernel, and the
    connection with it (tcp(7), TCP_USER_TIMEOUT)."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, user_timeout_ms)


def read_request(nodes: Sequence[ua.NodeId]) -> ua.ReadRequest:
    """Of their values, with both times."""
    request = ua.ReadRequest()
    request.Parameters = ua.ReadParameters(
        MaxAge=0.0,
        TimestampsToReturn=ua.TimestampsToReturn.Both,
        NodesToRead=[
            ua.ReadValueId(NodeId=node, AttributeId=ua.AttributeIds.Value) for node in nodes
        ],
    )
    return request


def _standard(ident: int) -> ua.NodeId:
    """A node of the OPC UA standard itself."""
    return ua.NodeId(ua.Int32(ident))


def _as_many(answers: list[Any] | None, wanted: int) -> list[Any]:
    if answers is None or len(answers) != wanted:
        given = 0 if answers is None else len(answers)
        raise ua.UaError(f"the server answered {given} of {wanted} operations")
    return answers
