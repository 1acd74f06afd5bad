"""Servers whose tree has no end: the look ends, says why, and gives what it met."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest
from asyncua import Server, ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_to_binary

from gridops.errors import LinkError
from gridops.ports import Endpoint
from opcua_bridge.engineering.bounds import NAME_MAX, Bounds
from opcua_bridge.engineering.browsing import Found, browse
from opcua_bridge.engineering.visit import visiting
from opcua_bridge.field_server.address_space import RtuInternalServer

Children = Callable[[ua.NodeId], list[ua.ReferenceDescription]]


def reference(name: str, *, browse_name: str | None = None) -> ua.ReferenceDescription:
    shown = name if browse_name is None else browse_name
    return ua.ReferenceDescription(
        ReferenceTypeId=ua.NodeId(ua.Int32(ua.ObjectIds.Organizes)),
        NodeId=ua.ExpandedNodeId(ua.String(name), ua.Int16(1)),
        BrowseName=ua.QualifiedName(ua.String(shown), ua.UInt16(1)),
        DisplayName=ua.LocalizedText(ua.String(shown)),
        NodeClass=ua.NodeClass.Object,
    )


class _Tree:
    """Stands in for the view service of a server."""

    def __init__(self, children: Children) -> None:
        self._children = children

    def browse(self, parameters: ua.BrowseParameters) -> list[ua.BrowseResult]:
        return [
            ua.BrowseResult(References=self._children(asked.NodeId))
            for asked in parameters.NodesToBrowse
        ]


@asynccontextmanager
async def growing(children: Children) -> AsyncIterator[tuple[Endpoint, Callable[[], None]]]:
    server = Server(iserver=RtuInternalServer())
    await server.init()
    server.set_endpoint("opc.tcp://127.0.0.1:0")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    server.iserver.view_service = _Tree(children)  # type: ignore[assignment]
    await server.start()
    assert server.bserver is not None

    def hang_up() -> None:
        for transport in list(server.iserver.asyncio_transports):
            transport.abort()

    try:
        yield Endpoint(url=f"opc.tcp://127.0.0.1:{server.bserver.port}"), hang_up
    finally:
        await server.stop()
        await asyncio.sleep(0)


async def looked_at(endpoint: Endpoint, bounds: Bounds) -> Found:
    async with visiting(endpoint) as (session, _):
        return await browse(session, bounds=bounds)


async def test_circles_are_walked_once() -> None:
    def children(_: ua.NodeId) -> list[ua.ReferenceDescription]:
        return [reference("a"), reference("b"), reference("c")]

    async with growing(children) as (endpoint, _):
        found = await looked_at(endpoint, Bounds())
    assert [seen.name for seen in found.nodes] == ["a", "b", "c"]
    assert found.stopped == []


@pytest.mark.parametrize(
    ("bounds", "why", "met"),
    [
        (Bounds(depth_max=5), "deeper than 5 steps", 5),
        (Bounds(depth_max=10**6, nodes_max=40), "more than 40 nodes", 40),
        (Bounds(depth_max=10**6, references_max=30), "more than 30 references", 30),
        (Bounds(depth_max=10**6, calls_max=20), "more than 20 calls", 20),
        (Bounds(depth_max=10**6, seconds_max=0.2), "longer than 0.2 s", None),
    ],
    ids=["depth", "nodes", "references", "calls", "time"],
)
async def test_a_chain_without_end_is_left_at_each_bound(
    bounds: Bounds, why: str, met: int | None
) -> None:
    numbers = count()

    def children(_: ua.NodeId) -> list[ua.ReferenceDescription]:
        return [reference(f"n{next(numbers)}")]

    async with growing(children) as (endpoint, _):
        found = await looked_at(endpoint, bounds)
    assert [words for words in found.stopped if why in words]
    assert met is None or len(found.nodes) == met


async def test_names_of_any_length_and_kind_are_cut_and_harmless() -> None:
    def children(node: ua.NodeId) -> list[ua.ReferenceDescription]:
        if node.NamespaceIndex:
            return []
        return [
            reference("long", browse_name="x" * 100_000),
            reference("evil", browse_name="\x1b[2J\r\n=cmd()"),
            reference("y" * 5_000, browse_name="its identifier is longer than any may be"),
        ]

    async with growing(children) as (endpoint, _):
        found = await looked_at(endpoint, Bounds())
    assert [len(seen.name) for seen in found.nodes] == [NAME_MAX, 12]
    assert all(seen.name.isprintable() for seen in found.nodes)
    assert found.unusable == 1


class _Answers:
    """A session whose server answers with these bodies; they are read as those of any server."""

    operations_per_call = 500

    def __init__(self, bodies: Iterator[bytes]) -> None:
        self._bodies = bodies
        self.released = 0

    async def answer_to(self, request: Any) -> Buffer:
        if isinstance(request, ua.BrowseNextRequest):
            self.released += request.Parameters.ReleaseContinuationPoints
        return Buffer(next(self._bodies))


async def test_a_list_that_always_has_another_part_is_given_up_and_let_go() -> None:
    def bodies() -> Iterator[bytes]:
        point = ua.BrowseResult(ContinuationPoint=b"more")
        yield struct_to_binary(ua.BrowseResponse(Results=[point]))
        while True:
            further = ua.BrowseNextResponse()
            further.Parameters.Results = [point]
            yield struct_to_binary(further)

    session: Any = _Answers(bodies())
    found = await browse(session, bounds=Bounds(calls_max=50))
    assert found.stopped == ["more than 50 calls were needed"]
    assert session.released == 1


@pytest.mark.parametrize("length", [0, 1, 20, 30, 40])
async def test_an_answer_that_is_none_is_an_error_in_plain_words(length: int) -> None:
    whole = struct_to_binary(ua.BrowseResponse(Results=[ua.BrowseResult()]))
    session: Any = _Answers(iter([whole[:length]]))
    with pytest.raises(ua.UaError):
        await browse(session)


async def test_a_server_that_has_fewer_answers_than_questions() -> None:
    session: Any = _Answers(iter([struct_to_binary(ua.BrowseResponse(Results=[]))]))
    with pytest.raises(ua.UaError, match="0 of 1"):
        await browse(session)


async def test_a_server_that_goes_while_it_is_looked_at() -> None:
    def children(_: ua.NodeId) -> list[ua.ReferenceDescription]:
        hang_up()
        return []

    async with growing(children) as (endpoint, hang_up):
        with pytest.raises(LinkError, match="cannot be looked at"):
            await looked_at(endpoint, Bounds())
