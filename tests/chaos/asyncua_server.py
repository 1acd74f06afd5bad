"""Servers made with asyncua in a process of its own: what `tests/interop/server.js` is for
node-opcua, by the same JSON lines. Some things it can be asked for reach into the library."""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asyncua import ua
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gridops.adapters.clocks import SystemClock
from gridops.ids import LinkId, PointId
from gridops.measurement import Position
from gridops.network import Link, Point, Signal
from gridops.virtual_field import OrderAnswer
from opcua_bridge import VirtualRtu
from opcua_bridge.field_server.answers import CODE_OF_ANSWER
from opcua_bridge.security.own_certificate import Own
from opcua_bridge.security.server_side import Guests, ServerSecurity

CLOCK = SystemClock()
ANSWER_OF_CODE = {code: answer for answer, code in CODE_OF_ANSWER.items()}
_STORM_TICK_S = 0.01
_SIGNAL_OF_KIND = {"Byte": Signal.POSITION, "Boolean": Signal.LOCAL, "Double": Signal.VOLTAGE}


class Peer:
    """The servers, and the questions that still wait for an answer."""

    def __init__(self) -> None:
        self.rtus: dict[str, VirtualRtu] = {}
        self.kinds: dict[str, dict[str, str]] = {}
        self.asked: dict[int, asyncio.Future[int]] = {}

    async def start(self, request: Mapping[str, Any]) -> dict[str, int]:
        name, uri = request["rtu"], request["uri"]
        link = Link(id=LinkId(name), name=name, namespace_uri=uri)
        points = [_point(link, number, row) for number, row in enumerate(request["points"])]
        commands = {p.element: p.node_id for p in points if p.signal is Signal.COMMAND}
        namespaces = request["namespaces"]
        rtu = VirtualRtu(
            Link(id=LinkId(request["identity"]), name=name, namespace_uri=uri),
            points,
            host=request["host"],
            port=request["port"],
            order=lambda element, position: self._order(name, commands[element], position),
            security=_security(request.get("security")),
        )
        rtu.namespaces_before = tuple(namespaces[: namespaces.index(uri)])
        await rtu.start()
        self.rtus[name] = rtu
        self.kinds[name] = {node: kind for node, kind, _ in request["points"]}
        return {"port": int(rtu.endpoint.rsplit(":", 1)[1])}

    async def answer(self, request: Mapping[str, Any]) -> None:
        asked = self.asked.pop(request["ask"], None)
        if asked is not None and not asked.done():
            asked.set_result(request["status"])

    async def stop(self, request: Mapping[str, Any]) -> None:
        rtu = self.rtus.pop(request["rtu"], None)
        if rtu is not None:
            await rtu.stop()

    async def set(self, request: Mapping[str, Any]) -> list[float]:
        began = CLOCK.now().timestamp() * 1000.0
        rtu, kinds = self.rtus[request["rtu"]], self.kinds[request["rtu"]]
        for node, value, status, source, server, kind in request["values"]:
            variant = ua.Variant(_plain(value), ua.VariantType[kind or kinds[node]])
            await rtu.show_raw(
                node,
                ua.DataValue(
                    variant,
                    StatusCode=ua.StatusCode(ua.UInt32(status)),
                    SourceTimestamp=_time(source),
                    ServerTimestamp=_time(server),
                ),
            )
        return [began, CLOCK.now().timestamp() * 1000.0]

    async def storm(self, request: Mapping[str, Any]) -> dict[str, float]:
        """As that of rtu.js."""
        rtu, kinds = self.rtus[request["rtu"]], self.kinds[request["rtu"]]
        first, seconds = request.get("first", 0), request["seconds"]
        nodes = [*kinds][first : first + request["nodes"]]
        turned = [(rtu._node(node), ua.VariantType[kinds[node]]) for node in nodes]
        began, began_ms, spent = (
            time.monotonic(),
            CLOCK.now().timestamp() * 1000.0,
            time.process_time(),
        )
        produced = 0
        while True:
            passed = min(time.monotonic() - began, seconds)
            due = int(passed * request["rate_per_s"])
            while produced < due and (request.get("whole") or time.monotonic() - began < seconds):
                await _turn(rtu, turned, request.get("from", 0) + produced)
                produced += 1
            if passed >= seconds:
                break
            await asyncio.sleep(_STORM_TICK_S)
        return {
            "produced": produced,
            "seconds": time.monotonic() - began,
            "cpu_s": time.process_time() - spent,
            "began_ms": began_ms,
        }

    async def delete(self, request: Mapping[str, Any]) -> None:
        rtu = self.rtus[request["rtu"]]
        for node in request["nodes"]:
            # its own deletion forgets to tell those who monitor the node
            gone = ua.StatusCode(ua.UInt32(ua.StatusCodes.BadNodeIdUnknown))
            await rtu.show_raw(node, ua.DataValue(StatusCode=gone))
            del rtu._server.iserver.aspace[rtu._node(node)]

    async def cut(self, request: Mapping[str, Any]) -> None:
        await self.rtus[request["rtu"]].cut()

    async def heal(self, request: Mapping[str, Any]) -> None:
        await self.rtus[request["rtu"]].heal()

    async def end_sessions(self, request: Mapping[str, Any]) -> int:
        iserver = self.rtus[request["rtu"]]._server.iserver
        sessions = list(iserver._external_sessions.values())
        for session in sessions:
            await session.close_session(True)
        return len(sessions)

    async def end_subscriptions(self, request: Mapping[str, Any]) -> int:
        service = self.rtus[request["rtu"]]._server.iserver.subscription_service
        found = list(service.subscriptions)
        await service.delete_subscriptions(found)
        return len(found)

    async def skip_message(self, request: Mapping[str, Any]) -> int:
        service = self.rtus[request["rtu"]]._server.iserver.subscription_service
        for subscription in service.subscriptions.values():
            subscription._notification_seq += 1
        return len(service.subscriptions)

    async def hold(self, request: Mapping[str, Any]) -> None:
        time.sleep(request["ms"] / 1000.0)  # noqa: ASYNC251 - the whole process is to stand still

    async def bounds(self, request: Mapping[str, Any]) -> None:
        """The library puts everything into one message, and samples nothing."""

    async def _order(self, rtu: str, node: str, position: Position) -> OrderAnswer:
        number = time.monotonic_ns()
        self.asked[number] = asyncio.get_running_loop().create_future()
        at_ms = SystemClock().now().timestamp() * 1000.0
        say({"ask": number, "rtu": rtu, "node": node, "value": int(position), "at_ms": at_ms})
        return ANSWER_OF_CODE[await self.asked[number]]


def say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _security(wanted: Mapping[str, Any] | None) -> ServerSecurity | None:
    """Every client's certificate is believed, whoever has one may come in. Only files are read:
    `policies` and `modes` are ours to offer, all of them."""
    if wanted is None:
        return None
    certificate = x509.load_pem_x509_certificate(Path(wanted["certificate_file"]).read_bytes())
    key = load_pem_private_key(Path(wanted["key_file"]).read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    return ServerSecurity(
        own=Own(certificate, key), clock=CLOCK, guests=Guests(anonymous=True), pki=None
    )


def _point(link: Link, number: int, row: tuple[str, str, bool]) -> Point:
    """The element is not known here: commands are told apart by their node."""
    node, kind, is_command = row
    signal = Signal.COMMAND if is_command else _SIGNAL_OF_KIND[kind]
    return Point(id=PointId(node), link=link.id, element=node, signal=signal, node_id=node)


async def _turn(
    rtu: VirtualRtu, turned: Sequence[tuple[ua.NodeId, ua.VariantType]], number: int
) -> None:
    (node, kind), turn = turned[number % len(turned)], number // len(turned)
    value = {ua.VariantType.Byte: 1 + turn % 2, ua.VariantType.Boolean: turn % 2 == 0}
    variant = ua.Variant(value.get(kind, float(turn)), kind)
    now = CLOCK.now()
    change = ua.DataValue(variant, SourceTimestamp=now, ServerTimestamp=now)
    await rtu._server.iserver.aspace.write_attribute_value(node, ua.AttributeIds.Value, change)


def _plain(value: Any) -> Any:
    return float(value) if value in ("NaN", "Infinity", "-Infinity") else value


def _time(ms: float | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000.0, tz=UTC)


async def main() -> None:
    peer = Peer()
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()
    say({"ready": True})
    doing = set()
    while line := await lines.get():
        request = json.loads(line)
        task = asyncio.create_task(_carry_out(getattr(peer, request["do"]), request))
        doing.add(task)
        task.add_done_callback(doing.discard)


async def _carry_out(
    act: Callable[[Mapping[str, Any]], Awaitable[Any]], request: Mapping[str, Any]
) -> None:
    try:
        answer = {"ok": await act(request)}
    except Exception as error:  # noqa: BLE001 - whoever asked is told, whatever it is
        answer = {"error": f"{type(error).__name__}: {error}"}
    if "id" in request:
        say({"id": request["id"], **answer})


if __name__ == "__main__":
    asyncio.run(main())
