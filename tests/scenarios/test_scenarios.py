"""Every shipped story ends as it says, and would be caught if it did not."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gridops.adapters.journal import open_journal
from gridops.adapters.scenario_files import load_scenario
from gridops.adapters.study_files import load_simulation
from gridops.bootstrap.simulate import play

SIMULATIONS = sorted((Path(__file__).resolve().parents[2] / "simulations").glob("*.toml"))
SCENARIOS = [file for file in SIMULATIONS if "kind" not in tomllib.loads(file.read_text("utf-8"))]


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_scenario_ends_as_written(file: Path) -> None:
    assert list(play(file).misses) == []


@pytest.mark.parametrize("file", SIMULATIONS, ids=lambda file: file.stem)
def test_scenario_says_what_it_teaches_in_both_languages(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# "), "begin with a comment that says what it teaches"
    scenario = load_simulation(file)
    assert scenario.title
    assert scenario.title_vi
    assert scenario.title != scenario.title_vi
    assert "expect" in tomllib.loads(text), "a story without an expectation shows nothing"


def test_at_least_the_twelve_that_every_dispatcher_knows() -> None:
    known = """fault_mid_feeder fault_head_section recloser_lateral reclosed_momentary
        lockout_without_point indicator_silent indicator_stray planned_opening link_dead
        tie_too_weak step_refused two_faults lost_supply"""
    assert set(known.split()) <= {file.stem for file in SCENARIOS}
    assert any(load_scenario(file).grid == "oberrhein" for file in SCENARIOS)


WRONG = [
    ('cause = "fault"', 'cause = "momentary"', "cause"),
    ('tripped = ["471"]', 'tripped = ["472"]', "tripped"),
    ('verdict = "located"', 'verdict = "ambiguous"', "verdict"),
    ('"SRMU1-2.k", "SRMU2", "SRMU2-3.k"]', '"SRMU1-2.k"]', "suspected"),
    ('fence = ["471", ', "fence = [", "fence"),
    ('closes = ["RMU3-2"]', 'closes = ["T471-473"]', "closes"),
    ("interrupted = 2179", "interrupted = 2180", "interrupted"),
    ("restored_by_switching = 701", "restored_by_switching = 700", "restored_by_switching"),
    ("until_repair = 1478", "until_repair = 0", "until_repair"),
    ("plans = 1", "plans = 2", "plans"),
    ("guard_passed = true", "guard_passed = false", "guard_passed"),
    ('phase = "restored"', 'phase = "closed"', "phase"),
    ("customers_dark_at_end = 1478", "customers_dark_at_end = 0", "customers dark"),
    ("customers_dark_at_end", "dark_at_end = []\ncustomers_dark_at_end", "dark at the end"),
    ("plans = 1", 'suspected_includes = ["S473.out"]', "suspected_includes"),
    ("plans = 1", 'rejected_because = ["undervoltage"]', "rejected_because"),
    (
        "[expect]",
        '[[expect.incidents]]\ncause = "fault"\n\n[expect]',
        "2 incidents expected, 1 came",
    ),
]


@pytest.mark.parametrize(("old", "new", "named"), WRONG, ids=[named for _, _, named in WRONG])
def test_a_wrong_expectation_is_missed(tmp_path: Path, old: str, new: str, named: str) -> None:
    (right,) = (file for file in SCENARIOS if file.stem == "fault_mid_feeder")
    text = right.read_text(encoding="utf-8")
    assert old in text
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace(old, new, 1), encoding="utf-8")
    (miss,) = play(wrong).misses
    assert named in miss


@pytest.mark.parametrize(
    "stem", ["step_refused", "two_faults", "link_dead_in_fault", "returned_without_interruption"]
)
def test_a_story_told_twice_is_the_same_byte_for_byte(tmp_path: Path, stem: str) -> None:
    (file,) = (file for file in SCENARIOS if file.stem == stem)
    tellings = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        played = play(file, folder=folder)
        journal = open_journal(f"sqlite:///{folder}/journal.sqlite")
        hashes = [entry.hash for entry in journal.entries()]
        journal.close()
        tellings.append((played.to_plain(), hashes))
        shutil.rmtree(folder)
    assert len(tellings[0][1]) > 100
    assert tellings[0] == tellings[1]


def test_no_order_of_a_set_reaches_a_result() -> None:
    """Python gives sets another order in each process, unless it is told not to."""
    tellings = set()
    for seed in ("1", "2", "5"):
        done = subprocess.run(
            [sys.executable, "-m", "gridops", "simulate", "--json", *map(str, SCENARIOS)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=120,
        )
        tellings.add(done.stdout)
    assert len(tellings) == 1
