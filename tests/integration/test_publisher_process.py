"""The publisher in its own process, and who may come in."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gridops.bootstrap import publishing
from gridops.bootstrap.publishing import published
from gridops.errors import LinkError
from gridops.ports import (
    Endpoint,
    Identity,
    LinkSecurity,
    PublisherHealth,
    PublisherPlace,
    SecurityPolicy,
)
from opcua_bridge.engineering.desk import browsed
from opcua_bridge.publisher.server import publish
from opcua_bridge.security.pki import Pki
from tests.certificates import CLOCK
from tests.integration.opcua_setting import eventually
from tests.integration.served import served, settings_in, view
from tests.publisher_views import planned, quiet

pytestmark = pytest.mark.undisturbed
PATIENCE_S = 40.0


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def tree(endpoint: Endpoint) -> dict[str, Any]:
    """Values by the path of the variable; empty while nobody answers."""
    try:
        found = await asyncio.to_thread(
            lambda: browsed(endpoint, with_values=True, bounds={"seconds_max": 20.0})
        )
    except LinkError:
        return {}
    return {"/".join(node["path"]): node for node in found["nodes"] if "value" in node}


async def shows(endpoint: Endpoint, path: str, *, value: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await tree(endpoint)
            if found.get(path, {}).get("value") == value:
                return found
            await asyncio.sleep(0.2)


def processes() -> set[int]:
    """Publishers that are children of ours."""
    found = set()
    for each in Path("/proc").glob("[0-9]*"):
        try:
            words = (each / "cmdline").read_bytes().split(b"\0")
            parent = int((each / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        if b"gridops.bootstrap.publisher_process" in words and parent == os.getpid():
            found.add(int(each.name))
    return found


async def test_views_reach_the_server_and_a_killed_process_comes_back() -> None:
    shown: dict[str, Mapping[str, Any]] = {"now": quiet()}
    place = PublisherPlace(host="127.0.0.1", port=free_port())
    endpoint = Endpoint(url=f"opc.tcp://127.0.0.1:{place.port}")
    told: list[PublisherHealth] = []
    async with published(place, lambda: shown["now"], clock=CLOCK, tell=told.append):
        found = await shows(endpoint, "GridOps/Incidents/Open", value="0")
        assert not any(node["writable"] for node in found.values())
        assert [health.running for health in told] == [False, True]
        (process,) = processes()
        os.kill(process, signal.SIGKILL)
        took_s = await eventually(lambda: not told[-1].running)
        assert took_s < 3.0, "a dead process is visible"
        assert told[-1].ended == 1
        assert told[-1].detail
        shown["now"] = planned()
        found = await shows(endpoint, "GridOps/Incidents/Open", value="1")
        assert found["GridOps/Incidents/I1/Phase"]["value"] == "'proposed'"
        assert processes() not in (set(), {process})
        await eventually(lambda: told[-1].running)
        assert told[-1].ended == 1
    assert processes() == set()


def test_what_is_served_is_published(tmp_path: Path) -> None:
    """From the settings to the nodes, as an operator starts it."""
    settings, port = settings_in(tmp_path), free_port()
    settings.write_text(f"{settings.read_text()}[publisher]\nenabled = true\nport = {port}\n")
    endpoint = Endpoint(url=f"opc.tcp://127.0.0.1:{port}")
    with served(settings, link="none") as client:
        found = asyncio.run(shows(endpoint, "GridOps/System/Mode", value="'advisory'"))
        counted = asyncio.run(shows(endpoint, "GridOps/Indices/vn-tt39/Year/SaidiMin", value="0.0"))
        live = view(client)
        metrics = client.get(client.base_url.join("/metrics")).text
    assert "gridops_publisher_running 1.0" in metrics
    assert live["system"]["publisher"]["running"]
    assert live["system"]["publisher"]["ended"] == 0
    assert found["GridOps/System/Grid"]["value"] == repr(live["system"]["grid"])
    assert found["GridOps/System/Customers"]["value"] == str(live["system"]["customers"])
    feeders = {path.split("/")[2] for path in found if path.startswith("GridOps/Feeders/")}
    assert feeders == set(live["feeders"])
    spared = {f"GridOps/Feeders/{feeder}/ieee1366/Month/SaidiMin" for feeder in feeders}
    assert {counted[path]["value"] for path in spared} == {"0.0"}


async def test_nothing_is_begun_where_there_is_to_be_none() -> None:
    told: list[PublisherHealth] = []
    async with published(None, quiet, clock=CLOCK, tell=told.append):
        assert processes() == set()
    assert not told


async def test_a_process_that_hangs_is_ended_and_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "SEND_S_MAX", 0.5)
    monkeypatch.setattr(publishing, "EVERY_S", 0.01)
    told: list[PublisherHealth] = []
    place = PublisherPlace(host="127.0.0.1", port=free_port())
    async with published(place, planned, clock=CLOCK, tell=told.append):
        await eventually(lambda: bool(processes()))
        (process,) = processes()
        os.kill(process, signal.SIGSTOP)
        await eventually(lambda: told[-1].ended == 1, 30.0)
        assert "took no view" in told[-1].detail
        assert not told[-1].running


async def test_a_believed_certificate_and_the_password_open_a_secured_one(tmp_path: Path) -> None:
    ours, theirs = Pki(tmp_path / "ours"), Pki(tmp_path / "theirs")
    theirs.trust(ours.own(at=CLOCK.now()).certificate)
    (tmp_path / "password").write_text("Straße-7\n")
    (tmp_path / "password").chmod(0o600)
    place = PublisherPlace(
        host="127.0.0.1",
        port=free_port(),
        secured=True,
        user="historian",
        password_file=tmp_path / "password",
        pki_folder=tmp_path / "ours",
    )
    ready = asyncio.Event()
    task = asyncio.create_task(publish(place, one_view(), ready=lambda _: ready.set()))
    try:
        await ready.wait()
        historian = Identity(user="historian", password_file=tmp_path / "password")
        stranger = secured(place, tmp_path / "theirs", Identity())
        with pytest.raises(LinkError, match=r"hung up|certificate"):
            await asyncio.to_thread(lambda: browsed(endpoint_in(place, tmp_path), bounds={}))
        ours.trust(theirs.own(at=CLOCK.now()).certificate)
        with pytest.raises(LinkError):
            await asyncio.to_thread(lambda: browsed(stranger, bounds={}))
        inside = await tree(secured(place, tmp_path / "theirs", historian))
        assert inside["GridOps/System/Mode"]["value"] == "'advisory'"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def one_view() -> AsyncIterator[Mapping[str, Any]]:
    yield quiet()
    await asyncio.Event().wait()


def secured(place: PublisherPlace, pki: Path, identity: Identity) -> Endpoint:
    security = LinkSecurity(
        policy=SecurityPolicy.STRONGEST, identity=identity, pki_folder=pki, check_host=False
    )
    return Endpoint(url=f"opc.tcp://127.0.0.1:{place.port}", security=security)


def endpoint_in(place: PublisherPlace, tmp_path: Path) -> Endpoint:
    """Of somebody who is believed by nobody, and believes the publisher."""
    unknown = Pki(tmp_path / "unknown")
    unknown.trust(Pki(place.pki_folder).own(at=CLOCK.now()).certificate)
    return secured(place, tmp_path / "unknown", Identity())
