"""`gridops serve` as an operator starts it: from the command line, with a virtual field."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

START_S_MAX = 60.0


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    """Logged in with the one-time password that the start prints."""
    settings = tmp_path / "gridops.toml"
    settings.write_text(
        f'journal_url = "sqlite:///{tmp_path}/journal.sqlite"\nlanguage = "vi"\n'
        "[server]\nport = 0\n"
    )
    command = [sys.executable, "-m", "gridops", "serve", "--grid", "hanoi_ring"]
    process = subprocess.Popen(
        [*command, "--link", "virtual", "--settings", str(settings)],
        stderr=subprocess.PIPE,
        text=True,
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


def test_it_serves_a_live_grid_that_advises_and_commands_nothing(client: httpx.Client) -> None:
    assert client.get("/session").json()["language"] == "vi"
    deadline = time.monotonic() + START_S_MAX
    while not all(link["connected"] for link in _view(client)["system"]["links"]):
        assert time.monotonic() < deadline, _view(client)["system"]["links"]
        time.sleep(0.2)
    system = _view(client)["system"]
    assert system["mode"] == "advisory"
    assert system["execution"] is False, "no command leaves before an administrator allows it"
    assert system["customers_out"] == 0
    assert client.get("/grid").json()["customers"] == system["customers"] == 7692


def _view(client: httpx.Client) -> dict:  # type: ignore[type-arg]
    found: dict = client.get("/view").json()  # type: ignore[type-arg]
    return found
