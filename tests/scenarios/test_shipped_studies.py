"""Random faults through the whole engine: a few hundred in each run, all in the long one."""

import os
from pathlib import Path

import pytest

from gridops.adapters.content import simulations_dir
from gridops.adapters.study_files import RandomFaults, load_simulation
from gridops.bootstrap.random_faults import run_study

STUDIES = ("random_faults_ieee123", "random_faults_hanoi_ring", "random_faults_oberrhein")
FAULTS = 150
SMALL_CITY = {"city_feeders": 20}


def shipped(name: str) -> tuple[Path, RandomFaults]:
    file = simulations_dir() / f"{name}.toml"
    study = load_simulation(file)
    assert isinstance(study, RandomFaults)
    return file, study


@pytest.mark.parametrize("name", [*STUDIES, "random_faults_city"])
def test_a_few_hundred_faults_are_held_and_no_order_matters(name: str) -> None:
    """Too few to tell 99.9 % from 99 %; any mistake of order or probability shows."""
    file, study = shipped(name)
    change = {"faults": FAULTS}
    if study.city_feeders is not None:
        change |= SMALL_CITY
    found = run_study(file, study.model_copy(update=change)).figures
    assert found["faults"] == FAULTS
    assert found["held"]["share"] >= 0.99
    assert found["top1"]["gap_exact"] <= 0.002
    assert found["log_score"]["mean"] == pytest.approx(found["log_score"]["possible"], abs=0.05)
    assert found["unnoticed"] == 0
    assert found["order_differences"] == 0


def test_workers_find_the_same() -> None:
    file, study = shipped("random_faults_ieee123")
    some = study.model_copy(update={"faults": 520, "orders": 0, "through_desk": False})
    assert run_study(file, some, workers=2).figures == run_study(file, some).figures


def test_good_evidence_leaves_one_section() -> None:
    file, study = shipped("random_faults_good_evidence")
    assert run_study(file, study).misses == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", [*STUDIES, "random_faults_city"])
def test_twenty_thousand_faults(name: str) -> None:
    file, study = shipped(name)
    assert study.faults >= 20_000
    assert run_study(file, study, workers=os.cpu_count() or 1).misses == ()
