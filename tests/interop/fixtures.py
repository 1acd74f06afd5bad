"""What any test may ask for: a process of node, and a field that it plays.

Test modules that use them carry `pytestmark = pytest.mark.node`; a folder of tests gets them by
a conftest.py that imports them.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from gridops.ids import LinkId
from gridops.ports import Clock
from gridops.virtual_field import VirtualField
from opcua_bridge.field_server.virtual_field_server import (
    PlayedField,
    ordering,
    play_field,
    points_by_link,
)
from tests.interop.node_peer import NodeClient, NodeProcess, PeerRtu, PeerSetup

ServeNodeField = Callable[..., AbstractAsyncContextManager[PlayedField[PeerRtu]]]


@pytest.fixture(scope="session")
def node_pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for the whole run: making keys takes a second."""
    return tmp_path_factory.mktemp("node_pki")


@pytest.fixture(scope="session")
def node_process(node_pki: Path) -> Iterator[NodeProcess]:
    """Shared by every test of a run: whoever kills or freezes one starts one of his own."""
    process = NodeProcess(node_pki)
    yield process
    process.kill()


@pytest.fixture(scope="session")
def node_client_process(node_pki: Path) -> Iterator[NodeClient]:
    process = NodeClient(node_pki)
    yield process
    process.kill()


@pytest.fixture
async def node_client(node_client_process: NodeClient) -> AsyncIterator[NodeClient]:
    """A foreign client, not connected: `await node_client.do("connect", url=..., pki=...)`."""
    node_client_process.forget()
    yield node_client_process
    await node_client_process.do("disconnect")


@pytest.fixture
def node_field(node_process: NodeProcess) -> ServeNodeField:
    """`node_field(field, clock)` is `serve_virtual_field(field, clock)` with servers of node-opcua.

    `setups` per link and another `process` are optional.
    """
    return lambda field, clock, **how: served_by_node(
        field, clock, **{"process": node_process, **how}
    )


@asynccontextmanager
async def served_by_node(
    field: VirtualField,
    clock: Clock,
    *,
    process: NodeProcess,
    setups: Mapping[LinkId, PeerSetup] | None = None,
) -> AsyncIterator[PlayedField[PeerRtu]]:
    order = ordering(field, clock)
    rtus = {
        link: PeerRtu(
            process,
            field.network.links[link],
            points,
            order=order,
            setup=(setups or {}).get(link),
        )
        for link, points in points_by_link(field.network).items()
    }
    async with play_field(field, clock, rtus=rtus) as played:
        yield played
