"""What `deploy/` gives Prometheus and Grafana: it asks for what exists, and Debian's Prometheus
really scrapes a running control room and answers every query of every dashboard.

Grafana itself is not in Debian: its files are read here, and their queries asked, no more.
"""

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from served import served, settings_in

from gridops.adapters.metrics import METRICS, MetricKind

DEPLOY = Path(__file__).parents[2] / "deploy"
CONFIG, RULES = (DEPLOY / "prometheus" / name for name in ("prometheus.yml", "gridops.rules.yml"))
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
RULESET = "ieee1366"
ANSWERS_S_MAX = 90.0
OURS = re.compile(r"\bgridops[_:]\w+")
needs_prometheus = pytest.mark.prometheus


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def queries(file: Path) -> list[str]:
    """As Grafana asks them, with the rule-set that is chosen first."""
    panels = dashboard(file)["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    return [expression.replace("$ruleset", RULESET) for expression in asked]


def series() -> set[str]:
    """Every name that a scrape or a recording rule gives."""
    found = {rule["record"] for rule in rules() if "record" in rule}
    for metric in METRICS:
        parts = ("_bucket", "_sum", "_count") if metric.kind is MetricKind.HISTOGRAM else ("",)
        found |= {f"{metric.name}{part}" for part in parts}
    return found


ASKED = [*(rule["expr"] for rule in rules()), *(q for file in DASHBOARDS for q in queries(file))]


@pytest.mark.parametrize("expression", ASKED)
def test_a_query_names_only_series_that_exist(expression: str) -> None:
    named = set(OURS.findall(expression))
    assert named <= series(), f"unknown: {named - series()}"
    assert named or expression.startswith("up{")


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_a_dashboard_is_whole(file: Path) -> None:
    found = dashboard(file)
    source = yaml.safe_load(
        (DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text(encoding="utf-8")
    )["datasources"][0]
    idents = [panel["id"] for panel in found["panels"]]
    assert len(set(idents)) == len(idents)
    for panel in found["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert panel["title"]
        assert {t["datasource"]["uid"] for t in panel["targets"]} == {source["uid"]}
    variables = {one["name"] for one in found["templating"]["list"]}
    asked = [target["expr"] for panel in found["panels"] for target in panel["targets"]]
    used = {name for expression in asked for name in re.findall(r"\$(\w+)", expression)}
    assert used == variables


@needs_prometheus
def test_promtool_finds_nothing_wrong() -> None:
    for check, file in (("config", CONFIG), ("rules", RULES)):
        said = subprocess.run(
            ["promtool", "check", check, file], capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stdout + said.stderr


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[httpx.Client]:
    """Debian's, with the files of `deploy/`, in a hurry and at `target`."""
    text = CONFIG.read_text(encoding="utf-8")
    assert "localhost:8080" in text
    hurried = text.replace("localhost:8080", target).replace(": 15s", ": 1s")
    (folder / CONFIG.name).write_text(hurried, encoding="utf-8")
    shutil.copy(RULES, folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            "prometheus",
            f"--config.file={folder / CONFIG.name}",
            f"--storage.tsdb.path={folder / 'series'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", trust_env=False) as client:
            yield client
    finally:
        process.terminate()
        process.wait(timeout=30)


def answer(client: httpx.Client, expression: str) -> list[Any]:
    """Waits until there is any. Raises: AssertionError when none comes, or it cannot be parsed."""
    until = time.monotonic() + ANSWERS_S_MAX
    while time.monotonic() < until:
        try:
            said = client.get("/query", params={"query": expression}).json()
        except httpx.ConnectError:
            said = {"status": "not up yet", "data": {"result": []}}
        assert said["status"] != "error", f"{expression}: {said}"
        if said["data"]["result"]:
            found: list[Any] = said["data"]["result"]
            return found
        time.sleep(0.5)
    raise AssertionError(f"no data: {expression}")


WITHOUT_AN_OUTAGE = ("gridops:caidi_minutes", "gridops:avoided_share")
"""Nothing over nothing: until somebody was without supply, no answer is the right one."""


def address_of(room: httpx.Client) -> str:
    return f"{room.base_url.host}:{room.base_url.port}"


@needs_prometheus
@pytest.mark.undisturbed
def test_prometheus_scrapes_a_control_room_and_every_dashboard_has_data(tmp_path: Path) -> None:
    asked = [
        query
        for file in DASHBOARDS
        for query in queries(file)
        if not any(name in query for name in WITHOUT_AN_OUTAGE)
    ]
    with (
        served(settings_in(tmp_path)) as room,
        prometheus(tmp_path, address_of(room)) as client,
    ):
        assert answer(client, 'up{job="gridops"} == 1')
        for query in asked:
            assert answer(client, query)
        told = client.get("/rules").json()["data"]["groups"]
        assert {rule["health"] for group in told for rule in group["rules"]} == {"ok"}
