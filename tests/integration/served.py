"""`gridops serve` as an operator starts it: from the command line, logged in with what it says."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

START_S_MAX = 60.0


def settings_in(folder: Path) -> Path:
    settings = folder / "gridops.toml"
    settings.write_text(
        f'journal_url = "sqlite:///{folder}/journal.sqlite"\nlanguage = "vi"\n[server]\nport = 0\n'
    )
    return settings


def command(settings: Path, *more: str, link: str = "virtual") -> list[str]:
    program = [sys.executable, "-m", "gridops", "serve", "--settings", str(settings)]
    return [*program, "--link", link, *more]


@contextmanager
def served(settings: Path, *more: str, link: str = "virtual") -> Iterator[httpx.Client]:
    """Logged in with the one-time password that the start prints; ends in order."""
    process = subprocess.Popen(
        command(settings, *more, link=link), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if "password" in line:
            break
    found = re.search(r"GridOps: (\S+)\s+user (\w+), password (\S+)", said)
    assert found, said
    with httpx.Client(base_url=f"{found[1]}/api/v1") as client:
        login = client.post("/session", json={"user": found[2], "password": found[3]})
        client.headers["X-CSRF-Token"] = login.json()["csrf"]
        yield client
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0, "a termination is an orderly end"
    process.stderr.close()


def view(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/view").json()
    return found


def connected(client: httpx.Client) -> dict[str, Any]:
    """The view once every link is up."""
    deadline = time.monotonic() + START_S_MAX
    while not all(link["connected"] for link in view(client)["system"]["links"]):
        assert time.monotonic() < deadline, view(client)["system"]["links"]
        time.sleep(0.2)
    return view(client)
