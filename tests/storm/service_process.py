"""The whole service in a process of its own, on a field that outlives it."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from gridops.adapters.account_file import AccountFile
from gridops.api.security import new_account
from gridops.events.people import Role

API = "/api/v1"
USER, PASSWORD = "minh", "storm-and-stress"
READY_S_MAX = 120.0
"""After this a start has failed; how long it may take is judged by who asks for it."""


class ServiceProcess:
    """Started on one journal as often as one likes. Users, audit and log are in `folder`."""

    def __init__(self, url: str, folder: Path, *, endpoint: str) -> None:
        self._url, self._folder, self._endpoint = url, folder, endpoint
        self._users = folder / "users.json"
        AccountFile(self._users).add(new_account(USER, Role.SHIFT_LEAD, password=PASSWORD))
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._began = 0.0

    def start(self) -> None:
        self._port = _free_port()
        self._began = time.monotonic()
        program = [sys.executable, "-m", "tests.storm.start_room"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*program, self._url, self._endpoint, str(self._port), str(self._users)],
                env=_as_installed(),
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def pid(self) -> int:
        """Of the process that runs. Raises: AssertionError if there is none."""
        assert self._process is not None
        return self._process.pid

    @property
    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def client(self) -> httpx.AsyncClient:
        address = f"http://127.0.0.1:{self._port}"
        return httpx.AsyncClient(base_url=address, timeout=60.0, trust_env=False)

    async def until_ready(self, client: httpx.AsyncClient) -> tuple[float, float]:
        """Seconds since the start: on the wall, and of the processor."""
        while not await is_ready(client):
            assert self.lives, f"ended\n{self.log()}"
            assert time.monotonic() - self._began < READY_S_MAX, f"never ready\n{self.log()}"
            await asyncio.sleep(0.02)
        return time.monotonic() - self._began, _cpu_s(self.pid)

    def log(self) -> str:
        return (self._folder / "log").read_text()[-3000:]


def _as_installed() -> dict[str, str]:
    """An installed service has its bytecode beside it; where Python is told to write none, it
    would compile a thousand modules at each start."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


async def log_in(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{API}/session", json={"user": USER, "password": PASSWORD})
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]


async def is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
