"""Connections to the web service: how many, and how long one may say nothing that can be read."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S_MAX = 10.0
"""The head of a request must be there so long after the connection, or after the last answer."""
IDLE_S_MAX = 5
"""A connection is kept so long for a further request. Not longer: over a line that was cut and
healed a browser goes on by new connections, once the old ones are closed."""


class Guarded(H11Protocol):
    """uvicorn's protocol with limits; `guarded` sets them."""

    connections_max: int
    of_address_max: int
    spared: frozenset[str]
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        if self._is_one_too_many():
            transport.abort()
            return
        self._await_head()

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._head_is_there()

    def on_response_complete(self) -> None:
        before = self.cycle
        self._await_head()
        super().on_response_complete()
        if self.cycle is not before:
            self._head_is_there()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_there()
        super().connection_lost(exc)

    def _is_one_too_many(self) -> bool:
        if len(self.connections) > self.connections_max:
            return True
        address = _address_of(self)
        if address in self.spared:
            return False
        same = [one for one in self.connections if _address_of(one) == address]
        return len(same) > self.of_address_max

    def _await_head(self) -> None:
        self._head_is_there()
        self._waiting = self.loop.call_later(HEAD_S_MAX, self._give_up)

    def _head_is_there(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()


def guarded(*, connections_max: int, of_address_max: int, spared: frozenset[str]) -> type[Guarded]:
    """`spared`: addresses (of proxies) that many share."""
    limits = {"connections_max": connections_max, "of_address_max": of_address_max}
    return type("Limited", (Guarded,), {**limits, "spared": spared})


def _address_of(connection: object) -> str:
    """Empty where there is none, as on a socket of this machine."""
    client = getattr(connection, "client", None)
    return str(client[0]) if client else ""
