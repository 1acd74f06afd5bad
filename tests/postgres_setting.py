"""A PostgreSQL cluster of the tests' own: on a socket in a folder that goes with it, durable."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

START_S_MAX = 60.0
CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{folder}'
shared_buffers = 16MB
max_connections = 40
fsync = on
"""


class Cluster:
    """Runs from `start` to `stop`; may be stopped, frozen and started again in between."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._names = count(1)
        if os.geteuid() == 0:  # initdb refuses to work for root
            shutil.chown(folder, "postgres")
        _run([_tool("initdb"), "-D", str(self._data), "-U", "gridops", "-A", "trust", "-N"])
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(CONFIGURATION.format(folder=folder))

    @property
    def socket(self) -> Path:
        return self._folder / ".s.PGSQL.5432"

    def start(self) -> None:
        command = [_tool("postgres"), "-D", str(self._data)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, user=_user(), start_new_session=True
            )
        deadline = time.monotonic() + START_S_MAX
        while not self._answers():
            assert time.monotonic() < deadline, (self._folder / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """At once: clients hear that the connection is closed."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """All of it stands still: connections stay open and nothing answers."""
        self._all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._all(signal.SIGCONT)

    def _all(self, sent: signal.Signals) -> None:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        for process in (self._process.pid, *map(int, children.split())):
            os.kill(process, sent)

    def database(self) -> str:
        """The address of a new, empty one."""
        name = f"night{next(self._names)}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._address(name)

    def _address(self, name: str) -> str:
        return f"postgresql://gridops@/{name}?host={self._folder}"

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log").read_text()
        try:
            psycopg.connect(self._address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def cluster() -> Iterator[Cluster]:
    # The path of a socket has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="gridops-pg-", dir="/tmp"))
    made = Cluster(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _tool(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else str(shutil.which(name))


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, user=_user())


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    return pwd.getpwnam("postgres").pw_name
