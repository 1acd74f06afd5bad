"""asyncua's own client on one server: its subscription, and a handler as plain as one can be."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256

from opcua_bridge import DEFAULT_LIMITS
from tests.certificates import files_of, own
from tests.load.judging import Came
from tests.load.servers import Block, Server

CLIENT_URI = "urn:load:their-client"
ITEMS_PER_CALL = 1_000


class TheirSide:
    """What came of one block of one server, by the names of its nodes."""

    def __init__(self, block: Block, queue: int) -> None:
        self._points = block.points
        self._queue = queue
        self._handles = {point.node_id: n for n, point in enumerate(block.points)}
        self._kept: list[tuple[str, float, int]] = []

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        """Called by the library for each change."""
        status = data.monitored_item.Value.StatusCode
        self._kept.append((node.nodeid.Identifier, value, status.value if status else 0))

    def forget(self) -> None:
        self._kept = []

    @property
    def size(self) -> int:
        return len(self._kept)

    def came(self) -> Came:
        known = [kept for kept in self._kept if kept[1] is not None]
        status = np.array([code for _, _, code in known], np.int64)
        return Came(
            node=np.array([self._handles[name] for name, _, _ in known], np.int64),
            round=np.array([value for _, value, _ in known], np.float64).astype(np.int64),
            overflowed=((status & 0xC00) == 0x400) & ((status & 0x80) != 0),
        )

    @asynccontextmanager
    async def listening(self, server: Server) -> AsyncIterator[None]:
        client = Client(server.rtu.endpoint, timeout=60)
        if server.site is not None:
            await self._secure(client, server)
        async with client:
            index = await client.get_namespace_index(server.link.namespace_uri)
            subscription = await client.create_subscription(DEFAULT_LIMITS.publishing_ms, self)
            nodes = [client.get_node(ua.NodeId(p.node_id, index)) for p in self._points]
            for first in range(0, len(nodes), ITEMS_PER_CALL):
                await subscription.subscribe_data_change(
                    nodes[first : first + ITEMS_PER_CALL],
                    queuesize=self._queue,
                    sampling_interval=0.0,
                )
            yield

    async def _secure(self, client: Client, server: Server) -> None:
        assert server.site is not None
        files = files_of(own("client", CLIENT_URI), server.site.folder, name="their-client")
        client.application_uri = CLIENT_URI
        security = server.rtu.setup.security
        assert security is not None
        await client.set_security(
            SecurityPolicyBasic256Sha256,
            certificate=files["certificate_file"],
            private_key=files["key_file"],
            server_certificate=security["certificate_file"],
            mode=ua.MessageSecurityMode.SignAndEncrypt,
        )
