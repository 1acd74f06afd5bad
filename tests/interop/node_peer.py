"""Servers in processes of their own, steered by JSON lines; those of node-opcua foremost.

`NodeProcess` is the process, `PeerRtu` one server in it.
"""

import asyncio
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import nan
from pathlib import Path
from typing import Any

from asyncua import ua

from gridops.network import ORDERS, Link, Point, parse_address
from gridops.virtual_field import PointValue
from opcua_bridge.field_server.orders import Orders, TakeOrder
from opcua_bridge.field_server.telling import kind_of, told
from opcua_bridge.wire.two_contacts import addresses_of

HERE = Path(__file__).parent
PATIENCE_S = 60.0
"""For a machine that does ten other things: the first server reads 2 MB of nodes."""


ARRIVED_AT: ContextVar[datetime | None] = ContextVar("ARRIVED_AT", default=None)
"""When the process had the order in hand that is being answered, by the clock of this machine."""


class PeerFailed(Exception):
    """The peer could not do what it was asked to; or it has ended."""


class PeerLines:
    """A process that takes JSON lines and answers them. Belongs to no event loop.

    `kill` ends it as a crash would; `freeze` stops it as a hung machine would.
    """

    COMMAND: tuple[str, ...] = ()
    FOLDER = HERE
    """Where it is run."""

    def __init__(self, pki: Path, *, prefix: Sequence[str] = ()) -> None:
        """`pki`: where it keeps keys and trust; made when it is not there. `prefix`: what runs the
        command, as `ip netns exec ...` does."""
        self.prefix = tuple(prefix)
        self.pki = pki
        self.life = 0
        """Which process this is, the first is 1."""
        self.begin()

    def begin(self) -> None:
        """Again after `kill`: an empty process, its servers must be started."""
        self.life += 1
        self._waiting: dict[int, Future[Any]] = {}
        self._numbers = iter(range(1, 2**53))
        self._writing = threading.Lock()
        self._process = subprocess.Popen(
            [*self.prefix, *self.command()],
            cwd=self.FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NODE_ENV": "production", "HOME": str(self.pki)},
        )
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def command(self) -> Sequence[str]:
        if self.COMMAND[0] == "node" and not (HERE / "node_modules" / "node-opcua").is_dir():
            raise PeerFailed("node-opcua is missing: run `npm ci` in tests/interop")
        return self.COMMAND

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    async def do(self, what: str, **how: Any) -> Any:
        """Raises: PeerFailed."""
        number = next(self._numbers)
        answer: Future[Any] = Future()
        self._waiting[number] = answer
        self._send({"id": number, "do": what, **how})
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await asyncio.wrap_future(answer)
        except TimeoutError as error:
            raise PeerFailed(f"the peer did not answer {what!r} in {PATIENCE_S:g} s") from error

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """At once: the kernel closes its connections, nothing is said."""
        self._process.kill()
        self._process.wait()
        self._listening.join()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()

    def _send(self, line: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            with self._writing:
                self._process.stdin.write(json.dumps(line) + "\n")
                self._process.stdin.flush()
        except (BrokenPipeError, ValueError) as error:
            raise PeerFailed("the peer has ended") from error

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            # what else it prints are warnings of the library about its own set-up
            if line.startswith("{"):
                self._take(json.loads(line))
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(PeerFailed("the peer has ended"))

    def _take(self, line: Mapping[str, Any]) -> None:
        if "id" not in line:
            self.hear(line)
            return
        answer = self._waiting.pop(line["id"])
        if answer.cancelled():
            return
        if "error" in line:
            answer.set_exception(PeerFailed(line["error"]))
        else:
            answer.set_result(line["ok"])

    def hear(self, line: Mapping[str, Any]) -> None:
        """What it says unasked; in a thread of its own."""


class ServerProcess(PeerLines):
    """Any number of servers in one process."""

    def begin(self) -> None:
        self._answering: set[asyncio.Task[None]] = set()
        self._orders: dict[str, tuple[asyncio.AbstractEventLoop, Orders, dict[str, Point]]] = {}
        super().begin()

    def take_orders(self, rtu: str, points: Sequence[Point], *, order: TakeOrder) -> None:
        """Orders to `rtu` are answered as a virtual RTU answers them, by `order`, in the event loop
        that runs now."""
        sent = {point.node_id: point for point in points if point.signal in ORDERS}
        self._orders[rtu] = (asyncio.get_running_loop(), Orders(points, order=order), sent)

    def hear(self, line: Mapping[str, Any]) -> None:
        if "ask" in line:
            loop, orders, sent = self._orders[line["rtu"]]
            loop.call_soon_threadsafe(self._begin_answer, line, orders, sent)

    def _begin_answer(
        self, line: Mapping[str, Any], orders: Orders, sent: Mapping[str, Point]
    ) -> None:
        answering = asyncio.create_task(self._answer(line, orders, sent))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)

    async def _answer(
        self, line: Mapping[str, Any], orders: Orders, sent: Mapping[str, Point]
    ) -> None:
        point, value = sent[line["node"]], None
        if line["value"] is not None:
            value = ua.Variant(line["value"], ua.VariantType[point.order_type.value])
        ARRIVED_AT.set(datetime.fromtimestamp(line["at_ms"] / 1000.0, tz=UTC))
        status = await orders.take(point, value)
        with suppress(PeerFailed):  # it may have ended since it asked
            self._send({"do": "answer", "ask": line["ask"], "status": int(status)})


class NodeProcess(ServerProcess):
    COMMAND = ("node", "server.js")


class NodeClient(PeerLines):
    """A client of another make; what its subscriptions tell is in `changes` and `events`."""

    COMMAND = ("node", "client.js")

    def __init__(self, pki: Path) -> None:
        self.changes: list[dict[str, Any]] = []
        self.events: list[list[Any]] = []
        super().__init__(pki)

    def forget(self) -> None:
        self.changes.clear()
        self.events.clear()

    def hear(self, line: Mapping[str, Any]) -> None:
        if "change" in line:
            self.changes.append(dict(line))
        elif "event" in line:
            self.events.append(line["event"])


@dataclass(kw_only=True)
class PeerSetup:
    """How a server is made. Change it and `start` again: a server that was set up anew."""

    host: str = "127.0.0.1"
    port: int = 0
    identity: str = ""
    """What it says it is; what links.csv says if nothing is said."""
    names: Sequence[str] = ()
    """Browse names of its points, in their order; their addresses if none are given."""
    namespaces: Sequence[str] = ()
    """In this order; the link's own last if it is not among them."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """By the names that `rtu.js` knows: nodes_per_read, items_per_call, sessions, sample_ms ..."""
    security: Mapping[str, Any] | None = None
    """None: open. Else policies, modes, anonymous, users, trust_all, certificate_file, key_file."""


class PeerRtu:
    """Shows the points of one link as `VirtualRtu` does, from another process."""

    def __init__(
        self,
        process: ServerProcess,
        link: Link,
        points: Sequence[Point],
        *,
        order: TakeOrder,
        setup: PeerSetup | None = None,
    ) -> None:
        self.process = process
        self.link = link
        self.is_cut = False
        self.answers_late_s = 0.0
        """It is as fast as it can."""
        self._up_in_life = 0
        self.setup = setup or PeerSetup()
        self._points = tuple(points)
        self._order = order

    @property
    def endpoint(self) -> str:
        """The port stays the same from `start` on."""
        return f"opc.tcp://{self.setup.host}:{self.setup.port}"

    @property
    def is_up(self) -> bool:
        return self.process.is_alive and self._up_in_life == self.process.life

    async def start(self) -> None:
        uri = self.link.namespace_uri
        setup = self.setup
        namespaces = list(dict.fromkeys([*setup.namespaces, uri, *uris_of(self._points)]))
        self.process.take_orders(self.link.id, self._points, order=self._order)
        started = await self._do(
            "start",
            port=setup.port,
            pki=str(self.process.pki),
            namespaces=namespaces,
            uri=uri,
            identity=setup.identity or (self.link.identity if self.link.has_identity else None),
            names=list(setup.names) or None,
            host=setup.host,
            points=[
                [address, named_kind(p), p.signal in ORDERS, *filter(None, [p.object_id])]
                for p in self._points
                for address in addresses_of(p)
            ],
            limits=setup.limits,
            security=setup.security,
        )
        setup.port = started["port"]
        self._up_in_life = self.process.life

    async def show(self, values: Iterable[PointValue]) -> None:
        await self.show_raw(
            [
                [
                    each.node_id,
                    each.value,
                    int(each.status),
                    ms_of(value.source_time),
                    ms_of(value.source_time),
                    None,
                ]
                for value in values
                for each in told(value)
            ]
        )

    async def show_raw(self, values: Sequence[Sequence[Any]]) -> tuple[float, float]:
        """Each: node, value, status code, source and server time in ms or None, type or None.
        Gives when the first and the last of them were written, in ms of the machine's clock.
        A server that does not run shows nothing."""
        if not self.is_up:
            return nan, nan
        try:
            began, ended = await self._do("set", values=values)
        except PeerFailed:
            if self.is_up:
                raise
            return nan, nan
        return began, ended

    async def storm(
        self, *, nodes: int, rate_per_s: float, seconds: float, **how: Any
    ) -> dict[str, float]:
        """The first `nodes` points change by turns. Gives `produced`, `seconds`, the processor
        time `cpu_s` of the process meanwhile, and `began_ms`. See `storm` of `rtu.js` for `how`."""
        result: dict[str, float] = await self._do(
            "storm", nodes=nodes, rate_per_s=rate_per_s, seconds=seconds, **how
        )
        return result

    async def tell_time(self, now: datetime) -> None:
        """It has a clock of its own."""

    async def cut(self) -> None:
        self.is_cut = True
        await self._do("cut")

    async def heal(self) -> None:
        await self._do("heal")
        self.is_cut = False

    async def stop(self) -> None:
        if self.is_up:
            self._up_in_life = 0
            await self._do("stop")

    async def delete(self, node_ids: Sequence[str]) -> None:
        await self._do("delete", nodes=list(node_ids))

    async def do(self, what: str, **how: Any) -> Any:
        """What `server.js` knows besides: end_sessions, end_subscriptions, skip_message,
        service_level (level), counts."""
        return await self._do(what, **how)

    async def _do(self, what: str, **how: Any) -> Any:
        return await self.process.do(what, rtu=self.link.id, **how)


def uris_of(points: Iterable[Point]) -> list[str]:
    """Namespaces that addresses of `points` name."""
    found = [parse_address(text).uri for point in points for text in addresses_of(point)]
    return [uri for uri in dict.fromkeys(found) if uri is not None]


def ms_of(time: datetime) -> float:
    return time.timestamp() * 1000.0


def named_kind(point: Point) -> str:
    kind = kind_of(point)
    return "none" if kind is ua.VariantType.Null else kind.name
