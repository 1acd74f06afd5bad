"""A service station is built into a running grid: stop, change the files, take them in."""

import hashlib
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from served import command, connected, served, settings_in

from gridops.adapters.content import resolve_grid
from gridops.adapters.grid_files import grid_fingerprint

LBS = "load_break_switch"
STATION = {
    "nodes.csv": [
        "RMU7,RMU Láng Hạ,ring_main_unit,22000,RMU Láng Hạ,105.797,21.0235,870,100",
        "RMU7-1.k,RMU Láng Hạ ngăn 1,terminal,22000,RMU Láng Hạ,105.797,21.0235,890,100",
        "RMU7-2.k,RMU Láng Hạ ngăn 2,terminal,22000,RMU Láng Hạ,105.797,21.0235,850,100",
    ],
    "branches.csv": [
        "L472-2a,Cáp 472-2a,cable,RMU4-2.k,RMU7-1.k,500,0.05,0.054,1.4e-07,445,490,0.015",
        "L472-2b,Cáp 472-2b,cable,RMU7-2.k,RMU5-1.k,600,0.06,0.065,1.7e-07,445,490,0.018",
    ],
    "switches.csv": [
        f"RMU7-1,LBS 472-6,{LBS},RMU7-1.k,RMU7,closed,crew,1500,,none,630,,0,,no,no",
        f"RMU7-2,LBS 472-7,{LBS},RMU7,RMU7-2.k,closed,crew,1500,,none,630,,0,,no,no",
    ],
    "loads.csv": ["LH1,TBA Láng Hạ 1,RMU7,400000,100000,410,residential,3,Láng Hạ,residential"],
}
REPLACED = "L472-2,"
"""The cable that the station is looped into."""


def with_station(folder: Path) -> Path:
    """hanoi_ring with a station more between Láng Thượng and Yên Hòa."""
    shutil.copytree(resolve_grid("hanoi_ring"), folder)
    for name, rows in STATION.items():
        file = folder / name
        lines = file.read_text().splitlines()
        kept = [line for line in lines if name != "branches.csv" or not line.startswith(REPLACED)]
        file.write_text("\n".join([*kept, *rows]) + "\n")
    return folder


def gridops(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gridops", *argv],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_station_is_built_in_and_the_night_before_is_not_forgotten(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    running = shutil.copytree(resolve_grid("hanoi_ring"), tmp_path / "2026-11")
    with served(settings, "--grid", str(running), link="none") as client:
        tag = {"switch": "RMU5-1", "kind": "no_operate", "reason": "thay cáp"}
        assert client.post("/tags", json=tag).status_code == 201
        fuse = client.post("/switches/FCO473-9/position", json={"position": "open"})
        assert fuse.json()["position"] == "open"
        assert client.put("/modes", json={"feeder": "473-E1.9", "mode": "disabled"}).is_success
    coming = with_station(tmp_path / "2026-12")
    journal = tmp_path / "journal.sqlite"
    _is_compared(running, coming, journal=journal)
    _is_refused_where_a_tagged_switch_is_missing(settings, tmp_path, journal=journal)
    with served(settings, "--grid", str(coming), "--take-in") as client:
        now = connected(client)
        grid = client.get("/grid").json()
        assert grid["customers"] == 7692 + 410
        assert grid["fingerprint"] == grid_fingerprint(coming)
        assert [t["reason"] for t in now["switches"]["RMU5-1"]["tags"]] == ["thay cáp"]
        assert now["switches"]["FCO473-9"]["position"] == "open"
        assert now["switches"]["RMU7-1"]["position"] == "closed"
        assert not now["switches"]["RMU4-2"]["unknown"], "read again over OPC UA"
        assert now["feeders"]["473-E1.9"]["mode"] == "disabled"
        assert now["system"]["customers_out"] == 80
        (lasting,) = client.get("/indices/counted").json()["interruptions"]
        assert (lasting["load"], lasting["ended"]) == ("QH3", None)


def test_nothing_is_taken_in_where_the_port_is_taken(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    running = shutil.copytree(resolve_grid("hanoi_ring"), tmp_path / "2026-11")
    with served(settings, "--grid", str(running), link="none"):
        pass
    journal = tmp_path / "journal.sqlite"
    before = hashlib.sha256(journal.read_bytes()).hexdigest()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings.write_text(settings.read_text().replace("port = 0", f"port = {port}"))
        done = _start(settings, with_station(tmp_path / "2026-12"), "--take-in")
    assert done.returncode == 2
    assert "cannot listen" in done.stderr
    assert "grid taken in" not in done.stderr
    assert hashlib.sha256(journal.read_bytes()).hexdigest() == before


def _start(settings: Path, grid: Path, *more: str) -> subprocess.CompletedProcess[str]:
    start = command(settings, "--grid", str(grid), *more, link="none")
    return subprocess.run(start, capture_output=True, text=True, check=False, timeout=60)


def _is_compared(running: Path, coming: Path, *, journal: Path) -> None:
    url = f"sqlite:///{journal}"
    done = gridops("compare", str(running), str(coming), "--journal", url, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["ok"] is True
    assert said["changes"]["customers"] == {"old": 7692, "new": 8102}
    assert said["journal"]["sequence"] > 0


def _is_refused_where_a_tagged_switch_is_missing(
    settings: Path, folder: Path, *, journal: Path
) -> None:
    """RMU5-1 carries a tag."""
    missing = shutil.copytree(resolve_grid("hanoi_ring"), folder / "missing")
    switches, branches = missing / "switches.csv", missing / "branches.csv"
    kept = [li for li in switches.read_text().splitlines() if not li.startswith("RMU5-1,")]
    switches.write_text("\n".join(kept) + "\n")
    branches.write_text(
        branches.read_text().replace("RMU4-2.k,RMU5-1.k", "RMU4-2.k,RMU5")
        + "L5,Thanh dẫn,cable,RMU5,RMU5-1.k,1,0.0001,0.0001,0,445,490,0\n"
    )
    before = hashlib.sha256(journal.read_bytes()).hexdigest()
    done = _start(settings, missing, "--take-in")
    assert done.returncode == 2
    assert "blocks tag-without-switch: RMU5-1 carries tag" in done.stderr
    assert hashlib.sha256(journal.read_bytes()).hexdigest() == before
