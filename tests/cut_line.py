"""A line to PostgreSQL that is cut when a commit is on it: before it arrives, or after."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

COMMIT = b"COMMIT"
CHUNK = 65536


class Cut(StrEnum):
    NOT = "not"
    BEFORE = "before it arrives"
    AFTER = "after it has arrived"


class CutLine:
    """Listens on loopback and passes bytes on to a socket file."""

    def __init__(self, server: Path) -> None:
        self._server = str(server)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._cut = Cut.NOT
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def cut_at_next_commit(self, *, arrives: bool) -> None:
        self._cut = Cut.AFTER if arrives else Cut.BEFORE

    def close(self) -> None:
        for end in (self._listening, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for end in (self._listening, *self._ends):
            end.close()

    def _start(self, work: object, *ends: socket.socket) -> None:
        thread = threading.Thread(target=work, args=ends, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                self._ends += [client, server]
                server.connect(self._server)
                self._start(self._up, client, server)
                self._start(self._down, client, server)

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(CHUNK):
                cut, is_commit = self._cut, COMMIT in data
                if is_commit and cut is not Cut.NOT:
                    self._cut = Cut.NOT
                    client.shutdown(socket.SHUT_RDWR)  # nobody hears the answer
                if is_commit and cut is Cut.BEFORE:
                    break
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)  # reads what it was sent, and then the end

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(CHUNK):
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def cut_line(server: Path) -> Iterator[CutLine]:
    line = CutLine(server)
    try:
        yield line
    finally:
        line.close()
