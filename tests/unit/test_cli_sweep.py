import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cli_story import Terminal
from test_cli_whatif import DOCUMENT, missing

SUMMARY = (
    *("what", "faults", "without_supply", "causes", "secure", "customers", "p_w"),
    *("restored_share", "customer_minutes", "proofs", "gap_pct_max", "unserved", "binding"),
    *("rejected", "guard", "worst"),
)
RING = ("sweep", "hanoi_ring", "--workers", "1")


def timeless(document: Any) -> Any:
    for fault in document["faults"]:
        fault["plan"].pop("solve_ms")
    return document


def test_the_document_has_what_the_contract_promises(gridops_says: Terminal) -> None:
    said = gridops_says(*RING, "--json")
    assert said.code == 0
    assert said.err == ""
    document = said.document
    assert list(document) == ["grid", "faults", "summary"]
    assert document["grid"] == "hanoi_ring"
    shape = {**DOCUMENT, "plan": {**DOCUMENT["plan"], "rejected": [], "steps": []}}
    assert missing([{**shape, "location": {"verdict": ""}}], document["faults"]) == []
    assert tuple(document["summary"]) == SUMMARY
    assert document["summary"]["faults"] == len(document["faults"]) == 24


def test_an_element_is_what_whatif_prints(gridops_says: Terminal) -> None:
    swept = timeless(gridops_says(*RING, "--what", "branches", "--json").document)
    by_fault = {fault["fault"][0]: fault for fault in swept["faults"]}
    alone = gridops_says(
        "whatif", "hanoi_ring", "--fault", "L471-3", "--no-outlook", "--json"
    ).document
    alone["plan"].pop("solve_ms")
    assert by_fault["L471-3"] == alone
    assert list(by_fault["L471-3"]) == list(alone)


def test_it_is_printed_as_every_document_is(gridops_says: Terminal) -> None:
    said = gridops_says(*RING, "--json")
    assert said.out == json.dumps(said.document, ensure_ascii=False, indent=2) + "\n"


def test_two_workers_print_the_same_bytes(gridops_says: Terminal) -> None:
    one = timeless(gridops_says(*RING, "--json").document)
    two = timeless(gridops_says("sweep", "hanoi_ring", "--workers", "2", "--json").document)
    assert json.dumps(one) == json.dumps(two)


def test_options_of_whatif_are_options_here(gridops_says: Terminal) -> None:
    normal = gridops_says(*RING, "--json").document["summary"]
    lifted = gridops_says(*RING, "--limit", "loading_pct_max=none", "--json").document["summary"]
    heavy = gridops_says(*RING, "--load-scale", "1.4", "--json").document["summary"]
    shares = [each["restored_share"] for each in (heavy, normal, lifted)]
    assert shares == sorted(set(shares))
    assert {one["because"] for one in normal["binding"]} == {"overload"}
    assert lifted["binding"] == []


def test_people_read_the_worst_first(gridops_says: Terminal) -> None:
    document = gridops_says(*RING, "--json").document
    said = gridops_says(*RING, "--worst", "3")
    worst = document["summary"]["worst"]
    places = [said.out.index(f" {one['fault']} ") for one in worst[:3]]
    assert places == sorted(places)
    assert f" {worst[3]['fault']} " not in said.out
    assert "21 more" in said.out
    assert "Guard: passed all 24 plans." in said.out
    assert "no-tie" in said.out
    assert said.err == ""


def test_a_table_for_other_programs(gridops_says: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "ring.csv"
    document = gridops_says(*RING, "--csv", str(file), "--json").document
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert [row["fault"] for row in rows[:10]] == [o["fault"] for o in document["summary"]["worst"]]
    assert len(rows) == 24
    back = sum(int(row["customers_restored"]) for row in rows)
    assert back == document["summary"]["customers"]["restored_by_switching"]
    refused = gridops_says(*RING, "--csv", str(tmp_path / "no" / "ring.csv"))
    assert (refused.code, refused.out) == (2, "")
    assert "cannot be written" in refused.err


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (("--workers", "0"), ("'0' is neither",)),
        (("--workers", "dask:"), ("dask://HOST:PORT",)),
        (("--what", "nodes"), ("nodes",)),
        (("--load-scale", "x", "--at", "9"), ("'x'", "--at: '9'")),
        (("--limit", "foo=1", "--limit", "bar", "--workers", "-1"), ("'foo'", "'bar'", "'-1'")),
        (("--open", "X", "--close", "Y"), ("hanoi_ring: ", "no switch 'X'", "no switch 'Y'")),
        (("--open", "X", "--unavailable", "Z", "--at", "09:00"), ("'X'", "'Z'")),
        (("--workers", "dask://127.0.0.1:9"), ("dask://127.0.0.1:9: ", "Dask")),
    ],
)
def test_all_that_is_wrong_is_one_line(
    gridops_says: Terminal, more: tuple[str, ...], named: tuple[str, ...]
) -> None:
    complaint = gridops_says("sweep", "hanoi_ring", *more, "--json").complaint
    assert [each for each in named if each not in complaint] == []


def begun(file: Path, *, grid: str = "rbts_bus4") -> "subprocess.Popen[str]":
    """A sweep in a process of its own, with a few faults done. It hears the interrupt even where
    the tests run in the background, whose children would be deaf to it."""
    command = (
        "env",
        "--default-signal=INT",
        sys.executable,
        "-m",
        "gridops",
        "sweep",
        grid,
        "--json",
        "--workers",
        "2",
    )
    process = subprocess.Popen(
        [*command, "--resume", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not file.exists() or file.read_bytes().count(b"\n") < 5:
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    return process


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_where_it_was(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "bus4.jsonl"
    process = begun(file)
    process.kill()
    process.communicate(timeout=30)
    finished = {json.loads(line)["section"]: line for line in whole_lines(file)[1:]}
    again = gridops_says("sweep", "rbts_bus4", "--json", "--workers", "1", "--resume", str(file))
    fresh = gridops_says("sweep", "rbts_bus4", "--json", "--workers", "1")
    assert (again.code, again.err) == (0, "")
    assert timeless(again.document) == timeless(fresh.document)
    after = {json.loads(line)["section"]: line for line in whole_lines(file)[1:]}
    assert len(finished) >= 4
    assert all(after[section] == line for section, line in finished.items())
    assert len(after) == fresh.document["summary"]["faults"]


def test_interrupted_it_says_how_to_go_on(tmp_path: Path) -> None:
    file = tmp_path / "das70.jsonl"
    process = begun(file, grid="das70")  # long enough that it is not over before it hears
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does: the workers hear it too
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err == f"gridops: {file}: stopped (the same command again goes on)\n"


def whole_lines(file: Path) -> list[bytes]:
    return [line for line in file.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def test_the_quick_answer_says_where_a_plan_is_needed(gridops_says: Terminal) -> None:
    exact = gridops_says(*RING, "--limit", "fault_in_pickups_min=none", "--json").document
    back = {f["fault"][0]: f["customers"]["restored_by_switching"] for f in exact["faults"]}
    said = gridops_says("sweep", "hanoi_ring", "--quick", "--json")
    assert (said.code, said.err) == (0, "")
    assert list(said.document) == ["grid", "faults", "quick", "summary"]
    rows = said.document["quick"]
    assert [row["fault"] for row in rows] == list(back)
    looked_at = [row for row in rows if row["status"] != "lost_supply"]
    assert len(looked_at) == 22
    assert all(row["customers_restored"] <= row["customers_interrupted"] for row in looked_at)
    needy = [row["fault"] for row in looked_at if row["status"] == "needs_plan"]
    assert needy == ["SMC473-2.b"]
    counts = {status: of["count"] for status, of in said.document["summary"]["statuses"].items()}
    assert counts == {"complete": 20, "needs_plan": 1, "lost_supply": 2, "no_fence": 1}


def test_people_read_the_quick_answer(gridops_says: Terminal) -> None:
    said = gridops_says("sweep", "hanoi_ring", "--quick", "--what", "branches")
    assert said.code == 0
    assert "25 branches faulted" in said.out
    assert "Only a plan can tell" in said.out


def test_the_quick_answer_has_no_use_for_some_options(gridops_says: Terminal) -> None:
    asked = ("sweep", "hanoi_ring", "--quick", "--workers", "2", "--csv", "x.csv")
    assert "takes no --csv, --workers" in gridops_says(*asked).complaint
    ring = ("sweep", "hanoi_ring", "--quick", "--close", "T471-473")
    assert "not radial" in gridops_says(*ring).complaint
