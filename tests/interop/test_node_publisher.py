"""GridOps' own server, read by a client of another make."""

import asyncio
import copy
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gridops.ports import PublisherPlace
from opcua_bridge.publisher.server import publish
from opcua_bridge.publisher.tree import NAMESPACE
from tests.integration.opcua_setting import eventually
from tests.interop.node_peer import NodeClient, PeerFailed
from tests.publisher_views import opened, planned, quiet

pytestmark = [pytest.mark.node, pytest.mark.undisturbed]
EVENT = "1:Happening", "1:IncidentId", "Message", "Severity"
Show = Callable[[Mapping[str, Any]], None]


@asynccontextmanager
async def publishing(place: PublisherPlace) -> AsyncIterator[tuple[str, Show]]:
    views: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue()
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def coming() -> AsyncIterator[Mapping[str, Any]]:
        while (view := await views.get()) is not None:
            yield view

    task = asyncio.create_task(publish(place, coming(), ready=address.set_result))
    await asyncio.wait([task, address], return_when=asyncio.FIRST_COMPLETED)
    try:
        yield address.result(), views.put_nowait
    finally:
        views.put_nowait(None)
        await task


async def test_a_foreign_client_reads_subscribes_and_hears_of_incidents(
    node_client: NodeClient,
) -> None:
    async with publishing(PublisherPlace(host="127.0.0.1", port=0)) as (url, show):
        namespaces = await node_client.do("connect", url=url, pki=str(node_client.pki))
        index = namespaces.index(NAMESPACE)

        def node(name: str) -> str:
            return f"ns={index};s=GridOps.{name}"

        show(quiet())
        await asyncio.sleep(0.5)
        wanted = [
            node(each)
            for each in (
                "System.Mode",
                "Indices.SaidiMin",
                "Feeders.F1.CustomersOut",
                "Feeders.F1.PW",
                "Availability.Share",
                "Incidents.Open",
                "Indices.ieee1366.Month.SaidiMin",
                "Feeders.F1.ieee1366.Year.SaidiMin",
                "Indices.vn-tt39.Month.SaidiMin",
            )
        ]
        values = await node_client.do("read", nodes=wanted)
        told = [value["value"] for value in values]
        assert told == ["advisory", 1.5, 0, None, 0.75, 0, 12.5, 64.0, None]
        for not_there in (values[3], values[8]):
            assert not_there["status"] & 0xC0000000 == 0x80000000
        written = await node_client.do("write", node=wanted[0], type="String", value="automatic")
        assert written & 0xC0000000 == 0x80000000

        await node_client.do("subscribe", nodes=[wanted[2]])
        fields = [name.replace("1:", f"{index}:") for name in EVENT]
        await node_client.do("subscribe_events", node="ns=0;i=2253", fields=fields)
        show(opened())
        show(planned())
        await eventually(lambda: len(node_client.events) >= 3, within_s=10.0)
        await eventually(lambda: any(c["value"] == 120 for c in node_client.changes), within_s=10.0)
        told = [(event[0], event[1]) for event in node_client.events]
        assert told == [("opened", "I1"), ("located", "I1"), ("plan_proposed", "I1")]
        assert "120 customers" in node_client.events[0][2]

        steps = await node_client.do("read", nodes=[node("Incidents.I1.Steps")])
        assert steps[0]["value"] == ["1 open s1: pending", "2 close t1: pending"]
        show(quiet())
        await asyncio.sleep(0.5)
        (gone,) = await node_client.do("read", nodes=[node("Incidents.I1.Phase")])
        assert gone["status"] & 0xC0000000 == 0x80000000
        assert await node_client.do("read", nodes=[wanted[0]]) is not None


async def test_without_views_nothing_is_shown_as_good(
    node_client: NodeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opcua_bridge.publisher.server.VIEW_S_MAX", 0.5)
    async with publishing(PublisherPlace(host="127.0.0.1", port=0)) as (url, show):
        namespaces = await node_client.do("connect", url=url, pki=str(node_client.pki))
        mode = f"ns={namespaces.index(NAMESPACE)};s=GridOps.System.Mode"
        show(quiet())

        async def severity() -> int:
            (value,) = await node_client.do("read", nodes=[mode])
            assert value["value"] == "advisory"
            return int(value["status"]) >> 30

        await asyncio.sleep(0.2)
        assert await severity() == 0
        await asyncio.sleep(1.5)
        assert await severity() == 1
        later = copy.deepcopy(quiet())
        later["at"] = "2026-03-01T10:00:09+00:00"
        show(later)
        await asyncio.sleep(0.3)
        assert await severity() == 0


async def test_strangers_stay_outside_a_secured_one(node_client: NodeClient, tmp_path: Any) -> None:
    place = PublisherPlace(host="127.0.0.1", port=0, secured=True, pki_folder=tmp_path / "pki")
    async with publishing(place) as (url, show):
        show(quiet())
        for security in (
            {},
            {"policy": "Basic256Sha256", "mode": "SignAndEncrypt"},
        ):
            with pytest.raises((PeerFailed, TimeoutError)):
                await node_client.do("connect", url=url, pki=str(node_client.pki), **security)
