"""`gridops train`, as a trainer starts it: marked, apart from everything real, and judged."""

import json
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest

pytestmark = pytest.mark.undisturbed
START_S_MAX = 180.0


def test_a_lesson_says_that_it_is_one_and_ends_with_a_debrief() -> None:
    command = [sys.executable, "-m", "gridops", "train", "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if "password" in line:
            break
    found = re.search(r"GridOps: (\S+)\s+user (\w+), password (\S+)", said)
    assert found, said
    with httpx.Client(base_url=found[1], timeout=30.0) as client:
        assert client.get("/livez").json()["training"] is True
        login = client.post("/api/v1/session", json={"user": found[2], "password": found[3]})
        client.headers["X-CSRF-Token"] = login.json()["csrf"]
        view = client.get("/api/v1/view").json()
        assert view["system"]["training"] is True
        tag = {"switch": "nowhere", "kind": "caution", "reason": "a mistake"}
        assert client.post("/api/v1/tags", json=tag).status_code == 404
        deadline = time.monotonic() + START_S_MAX
        while not (training := client.get("/api/v1/training").json())["incidents"]:
            assert time.monotonic() < deadline, training
            time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    debrief = json.loads(process.stdout.read())
    process.stderr.read()
    assert process.wait(timeout=30) == 0
    process.stdout.close()
    process.stderr.close()
    assert debrief["acts"] == 0, "to log in is no act"
    assert [one["code"] for one in debrief["refused"]] == ["unknown-id"]
    (incident,) = debrief["incidents"]
    assert incident["customers"] > 0
    assert incident["customer_minutes"]["waiting"] >= incident["customer_minutes"]["best"]
