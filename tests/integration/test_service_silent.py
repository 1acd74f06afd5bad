"""A full disk, and a database that is gone, under the whole service: it is a process of its own,
and its field speaks OPC UA."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gridops.adapters.journal import open_journal
from gridops.bootstrap.replaying import replay_journal
from gridops.control_room.silence import NOTE
from gridops.ids import LinkId, SwitchId
from gridops.measurement import Position
from opcua_bridge import serve_virtual_field
from tests.full_disk import filled, full_disk, small_disk
from tests.storm.room_process import town
from tests.storm.service_process import API, ServiceProcess, is_ready, log_in
from tests.storm.storm import CLOCK, CountingField, doubled

if TYPE_CHECKING:
    from tests.postgres_setting import Cluster

TAG = {"switch": "s1", "kind": "caution", "reason": "work"}
B3 = SwitchId("b3")
WITHIN_S = 60.0


class Loss(ABC):
    """What happens to the place of the journal."""

    url: str

    @abstractmethod
    def lasting(self, pid: int) -> AbstractContextManager[None]: ...


class FullDisk(Loss):
    def __init__(self, folder: Path, *, is_own: bool) -> None:
        self.url = f"sqlite:///{folder / 'night.sqlite'}"
        self._folder, self._is_own = folder, is_own

    def lasting(self, pid: int) -> AbstractContextManager[None]:
        """Where no disk may be mounted the operating system refuses the process alone."""
        return filled(self._folder) if self._is_own else full_disk(pid)


class DatabaseGone(Loss):
    def __init__(self, cluster: "Cluster") -> None:
        self.url, self._cluster = cluster.database(), cluster

    @contextmanager
    def lasting(self, pid: int) -> Iterator[None]:
        self._cluster.stop()
        try:
            yield
        finally:
            self._cluster.start()


@pytest.fixture(params=["disk", pytest.param("database", marks=pytest.mark.postgresql)])
def loss(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Loss]:
    if request.param == "database":
        yield DatabaseGone(request.getfixturevalue("postgres"))
        return
    with small_disk() as disk:
        yield FullDisk(disk or tmp_path, is_own=disk is not None)


@dataclass(frozen=True)
class Night:
    """The service, somebody at its console, and its field."""

    service: ServiceProcess
    client: httpx.AsyncClient
    field: CountingField

    async def sees(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(WITHIN_S):
            while True:
                view: dict[str, Any] = (await self.client.get(f"{API}/view")).json()
                if is_so(view):
                    return view
                await asyncio.sleep(0.05)

    async def switches(self) -> None:
        """A fault strikes, and the first command for it is on its way."""
        await self.client.put(f"{API}/modes", json={"mode": "automatic"})
        self.field.strike("C", CLOCK.now() + timedelta(seconds=0.05))
        async with asyncio.timeout(WITHIN_S):
            while not self.field.orders:  # noqa: ASYNC110 - a field calls nobody
                await asyncio.sleep(0.005)


@asynccontextmanager
async def night(url: str, folder: Path) -> AsyncIterator[Night]:
    field = CountingField(town())
    async with serve_virtual_field(field, CLOCK) as rtus:
        service = ServiceProcess(url, folder, endpoint=rtus.endpoints[LinkId("rtu")])
        service.start()
        try:
            async with service.client() as client:
                await service.until_ready(client)
                await log_in(client)
                yield Night(service, client, field)
        finally:
            service.kill()


async def test_it_says_so_shows_the_field_commands_nothing_and_recovers_by_itself(
    loss: Loss, tmp_path: Path
) -> None:
    async with night(loss.url, tmp_path) as now:
        client, field = now.client, now.field
        await now.switches()
        with loss.lasting(now.service.pid):
            field.operate_by_hand(B3, Position.OPEN, at=CLOCK.now() + timedelta(seconds=0.05))
            view = await now.sees(lambda view: view["switches"]["b3"]["position"] == "open")
            assert [one["code"] for one in view["system"]["blind"]] == ["journal-blind"]
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()["blind"]) == (503, ["journal-blind"])
            assert (await client.get("/livez")).status_code == 200
            assert "gridops_journal_silent 1.0" in (await client.get("/metrics")).text

            refused = await client.post(f"{API}/tags", json=TAG)
            assert (refused.status_code, refused.json()["code"]) == (503, "journal-silent")
            (incident,) = (await client.get(f"{API}/incidents")).json()
            halted = await client.post(f"{API}/incidents/{incident}/halt")
            assert halted.status_code == 202
            sent = len(field.orders)
            await asyncio.sleep(1.5)  # a few tries
            assert len(field.orders) == sent < 4, "a command went out unwritten"

        async with asyncio.timeout(WITHIN_S):
            while not await is_ready(client):  # noqa: ASYNC110 - over HTTP there is no event
                await asyncio.sleep(0.1)
        assert now.service.lives, "it recovers without a restart"
        assert "gridops_journal_silent 0.0" in (await client.get("/metrics")).text
        assert (await client.post(f"{API}/tags", json=TAG)).status_code == 201
        await now.sees(lambda view: view["incidents"][incident]["phase"] == "stopped")

    with closing(open_journal(loss.url)) as journal:
        entries = list(journal.entries())
    kinds = [entry.record.kind for entry in entries]
    assert kinds.count("ControlRoomStarted") == kinds.count(NOTE) == 1
    assert kinds.count("IncidentHalted") == kinds.count("TagPlaced") == 1
    opened = {
        entry.record.body["source_time"]
        for entry in entries
        if entry.record.kind == "SwitchMoved"
        and entry.record.body["switch"] == B3
        and entry.record.body["position"] == Position.OPEN.value
    }
    assert len(opened) == 1, "what was shown meanwhile is not lost"
    assert not doubled(entries, field.orders)
    assert replay_journal(loss.url, verify=True).difference is None
