"""What a lesson makes of a night: the score against the best plan and against waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from gridops.adapters.journal import open_journal
from gridops.api.training_view import ACTS_MAX, Training, TrainingShape, score_pct
from gridops.api.words import Plain
from gridops.bootstrap.wiring import engines_of
from gridops.control_room import ControlRoom, Installation
from gridops.control_room.simulation import Habit, Simulation
from gridops.incident import IncidentSettings
from gridops.network import draw
from gridops.ports.audit import AuditLine
from gridops.restoration import PlanSettings
from gridops.virtual_field import VirtualField
from tests.radial_sweep import RadialSweep
from tests.unit.test_public_outages import T0, after

RING = "S1 [b1] A [s1] B [s2] C [s3] D [s4] E (t1) F [b2] S2"
SHAPE = TypeAdapter(TrainingShape)


@contextmanager
def lesson(folder: Path, *, release_after_s: float | None, until_s: float) -> Iterator[ControlRoom]:
    network = draw(RING)
    journal = open_journal(f"sqlite:///{folder}/journal.sqlite")
    installation = Installation(
        network=network,
        grid_fingerprint="f",
        engines=engines_of(network),
        settings=IncidentSettings(plan=PlanSettings(crew_available=False)),
        is_training=True,
    )
    try:
        room = ControlRoom(installation, journal)
        field = VirtualField(network, RadialSweep(network), start=T0)
        field.strike("C", after(10))
        Simulation(room, field, habit=Habit(release_after_s=release_after_s)).run(after(until_s))
        yield room
    finally:
        journal.close()


def told(room: ControlRoom, at_s: float, training: Training | None = None) -> Plain:
    view = (training or new()).view(room, after(at_s))
    SHAPE.validate_python(view)
    return view


def new() -> Training:
    return Training(title="A fault", title_vi="Sự cố", began=T0)


def line(act: str, at_s: float, *, code: str = "") -> AuditLine:
    return AuditLine(
        at=after(at_s), user="operator", role="shift_lead", token="", address="", act=act,
        path="", code=code,
    )  # fmt: skip


def test_whoever_waits_has_nothing(tmp_path: Path) -> None:
    with lesson(tmp_path, release_after_s=None, until_s=300) as room:
        view = told(room, 300)
    (one,) = view["incidents"]
    assert one["customers"] == 500
    assert one["customer_minutes"]["trainee"] == pytest.approx(one["customer_minutes"]["waiting"])
    assert one["customer_minutes"]["best"] < one["customer_minutes"]["waiting"]
    assert (view["score_pct"], one["first_act_s"]) == (0.0, None)


def test_whoever_releases_sooner_has_more(tmp_path: Path) -> None:
    scores = []
    for wait_s in (1, 60, 180):
        (tmp_path / str(wait_s)).mkdir()
        with lesson(tmp_path / str(wait_s), release_after_s=wait_s, until_s=400) as room:
            scores.append(told(room, 400)["score_pct"])
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 90
    assert 0 < scores[2] < 70


def test_acts_are_counted_and_refusals_kept_with_their_code(tmp_path: Path) -> None:
    training = new()
    training.heard(line("POST /api/v1/session", 5))
    training.heard(line("POST /api/v1/tags", 70, code="unknown-id"))
    training.heard(line("POST /api/v1/tags", 100))
    with lesson(tmp_path, release_after_s=None, until_s=120) as room:
        view = told(room, 120, training)
    assert view["acts"] == 1
    assert [one["code"] for one in view["refused"]] == ["unknown-id"]
    assert view["incidents"][0]["first_act_s"] == pytest.approx(90, abs=1)


def test_what_a_lesson_remembers_is_bounded() -> None:
    training = new()
    for k in range(ACTS_MAX + 5):
        training.heard(line("POST /api/v1/tags", k, code="unknown-id"))
    assert len(training._refused) == ACTS_MAX
    assert training.began + timedelta(seconds=ACTS_MAX + 4) == training._refused[-1].at


minutes = st.floats(0, 1e6)


@given(best=minutes, saved=st.floats(1, 1e6), trainee=minutes)
def test_the_best_plan_has_100_waiting_has_0_and_nobody_more(
    best: float, saved: float, trainee: float
) -> None:
    waiting = best + saved
    assert score_pct(trainee=best, best=best, waiting=waiting) == 100
    assert score_pct(trainee=waiting, best=best, waiting=waiting) == 0
    score = score_pct(trainee=trainee, best=best, waiting=waiting)
    assert score is not None
    assert score <= 100
    assert (score < 0) == (trainee > waiting) or abs(score) < 0.1


@given(waiting=minutes, faster=st.floats(1, 1e6))
def test_before_the_best_plan_would_have_brought_anybody_back_only_who_did_is_judged(
    waiting: float, faster: float
) -> None:
    assert score_pct(trainee=waiting, best=waiting, waiting=waiting) is None
    assert score_pct(trainee=waiting - faster, best=waiting, waiting=waiting) == 100
