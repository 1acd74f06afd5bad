"""`gridops bench`: every row's contract, a peer that is missing, an answer that differs."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import fields, replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from cli_story import Terminal
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from gridops.adapters.journal import open_journal
from gridops.adapters.journal.chain import Row as Stored
from gridops.bench import candidates_pgm, flow, flow_pgm, keeping, race, sweeping
from gridops.bench.bench_city import BenchCity
from gridops.bench.candidate_cases import Case, by_feeders, in_the_city
from gridops.bench.candidate_models import tie_models
from gridops.bench.machine import THREADS, machine
from gridops.bench.measuring import Side, Spread, difference, measured, timed
from gridops.bench.race import REMEDY, Peer, Race, against, alone
from gridops.bench.rows import Row
from gridops.bench.running import GOALS, run_bench
from gridops.bench.start import SMALL_GRID, Starts
from gridops.bench.start_probe import IMPORT_S, READY_S, RESIDENT_BYTES, UNWANTED_MODULES
from gridops.bench.switchings import Switchings
from gridops.bench.verdicts import LOADING_PU_TOLD, verdicts
from gridops.cli.bench import cells, cost
from gridops.errors import JournalSilent
from gridops.network import Limits
from gridops.powerflow import LoadPowers, RadialFlow, violations
from gridops.state import energise
from gridops.study.quick import single_ties
from tests.radial_sweep import RadialSweep

PROMISED = {"goal", "what", "ours", "peer", "theirs", "unit", "ratio", "wanted", "agree"}
"""What each row of `bench --json` has."""
TIMED = ("G1", "G2", "G3")
"""Goals whose rows are of one process: the others start new ones, which takes seconds."""


@pytest.fixture(autouse=True)
def threads_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command sets them for its process, which here is that of the tests."""
    for name in THREADS:
        monkeypatch.setenv(name, "1")


@pytest.fixture(scope="module")
def small() -> BenchCity:
    return BenchCity(feeders=5, seed=3)


def side(seconds: float, *answer: float) -> Side:
    return Side(read=lambda: seconds, answer=lambda: np.array(answer))


def raced(ours: Side, theirs: Side, *, tolerance: float = 0.0, modules: str = "json") -> Row:
    peer = Peer(name="them", how="at best", modules=(modules,), enter=lambda: theirs, wanted=3.0)
    asked = Race(goal="G0", what="work", on="", ours=ours, peers=(peer,), tolerance=tolerance)
    [row] = against(asked, repeats=1)
    return row


# what is promised of each row


@pytest.mark.parametrize("goal", TIMED)
def test_every_peer_gives_our_answer(small: BenchCity, goal: str) -> None:
    rows = run_bench(small, [goal], repeats=1, against_peers=True).rows
    for row in rows:
        assert row.agree is True, (row.what, row.peer, row.how, row.difference)
        assert row.ours is not None
        assert row.theirs is not None
        assert min(row.ours, row.theirs) > 0.0
        assert row.ratio == pytest.approx(row.theirs / row.ours)
    assert {row.peer for row in rows} >= {"G2": {"power-grid-model"}}.get(goal, {"pandapower"})


@pytest.mark.parametrize("goal", TIMED)
def test_alone_only_ours_is_measured(small: BenchCity, goal: str) -> None:
    for row in run_bench(small, [goal], repeats=1, against_peers=False).rows:
        assert row.ours is not None
        assert row.ours > 0.0
        assert (row.peer, row.theirs, row.ratio, row.agree) == (None, None, None, None)


def test_the_pass_over_all_faults_agrees_with_the_planner(small: BenchCity) -> None:
    [row] = run_bench(small, ["G7"], repeats=1, against_peers=True).rows
    assert (row.goal, row.peer, row.agree) == ("G7", None, True)
    assert row.ours is not None
    assert row.ours > 0.0


def test_a_pass_that_promises_too_much_is_seen(small: BenchCity) -> None:
    before = sweeping.same_limits(small.network)
    generous = replace(before, ask=replace(before.ask, limits=Limits(loading_pct_max=1.0)))
    ties = single_ties(before, RadialFlow(small.network))
    assert sweeping.agrees_with_planner(before, ties)
    assert not sweeping.agrees_with_planner(generous, ties)


def test_json_is_the_contract(gridops_says: Terminal) -> None:
    said = gridops_says("bench", "--goal", "G3", "--feeders", "5", "--repeats", "1", "--json")
    assert said.code == 0
    assert set(said.document) == {"machine", "rows"}
    for row in said.document["rows"]:
        assert set(row) >= PROMISED
        assert (row["goal"], row["unit"], row["peer"]) == ("G3", "s", None)
    on = said.document["machine"]
    assert all(on[name] for name in ("python", "processor", "cores", "system"))
    assert {"numpy", "numba", "power-grid-model", "pandapower"} <= set(on["versions"])
    assert set(on["threads"].values()) == {"1"}


def test_a_start_of_the_service_says_what_it_cost() -> None:
    starts = Starts("--grid", SMALL_GRID)
    assert 0.0 < starts.figure(IMPORT_S).read() < 60.0
    assert 0.0 < starts.figure(READY_S).read() < 60.0
    assert 10e6 < starts.figure(RESIDENT_BYTES).read() < 2e9
    assert starts.figure(UNWANTED_MODULES).read() == 0.0
    assert starts.started == 1, "one process told all four"


@pytest.mark.slow
def test_starts_are_measured_in_processes_of_their_own() -> None:
    rows = run_bench(BenchCity(feeders=5, seed=1), ["G9"], repeats=1, against_peers=False).rows
    by_unit: dict[str, list[float]] = {}
    for row in rows:
        assert row.ours is not None
        by_unit.setdefault(row.unit, []).append(row.ours)
    assert all(0.0 < seconds < 60.0 for seconds in by_unit["s"])
    assert all(10e6 < size < 2e9 for size in by_unit["B"])
    assert by_unit["modules"] == [0.0, 0.0]
    assert [row.agree for row in rows if row.unit == "modules"] == [True, True]


# peers


def test_a_missing_peer_is_a_row_with_the_remedy(
    small: BenchCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = race.is_installed
    monkeypatch.setattr(race, "is_installed", lambda m: m == "scipy" and there(m))
    done = run_bench(small, ["G3"], repeats=1, against_peers=True)
    missing = [row for row in done.rows if row.peer == "rustworkx"]
    assert len(missing) == 3
    for row in missing:
        assert row.ours is not None
        assert (row.theirs, row.ratio, row.agree) == (None, None, None)
        assert row.note == REMEDY
        assert "pip install 'gridops[bench]'" in " ".join(cells(row))
    assert done.ok


def test_is_installed_looks_for_the_module() -> None:
    assert race.is_installed("json")
    assert not race.is_installed("no_such_module_anywhere")


@pytest.mark.slow
def test_another_answer_is_found_and_fails_the_command(
    gridops_says: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    newton = flow_pgm.newton

    def off_by_a_little(city: BenchCity) -> Side:
        honest = newton(city)
        assert honest.answer is not None
        answer = honest.answer
        return replace(honest, answer=lambda: answer() + 1e-7)

    monkeypatch.setattr(flow_pgm, "newton", off_by_a_little)
    monkeypatch.setattr(race, "is_installed", lambda module: module == "power_grid_model")
    asked = ("bench", "--against", "peers", "--goal", "G1", "--feeders", "5", "--repeats", "1")
    said = gridops_says(*asked, "--json")
    assert said.code == 1
    differing = [row for row in said.document["rows"] if row["agree"] is False]
    assert {row["peer"] for row in differing} == {"power-grid-model"}
    for row in differing:
        assert row["difference"] == pytest.approx(1e-7, rel=0.1)
        assert row["tolerance"] == flow.VOLTAGE_PU_TOLERANCE
    assert "not the same answer as power-grid-model" in gridops_says(*asked).out


def test_answers_are_compared_within_the_tolerance() -> None:
    ours = side(1.0, 1.0, 2.0, np.nan)
    assert raced(ours, side(4.0, 1.0, 2.5, np.nan), tolerance=0.5).agree is True
    assert raced(ours, side(4.0, 1.0, 2.5, np.nan), tolerance=0.4).agree is False
    assert raced(ours, side(4.0, 1.0, 2.0)).agree is True, "it answered only the first"


@pytest.mark.parametrize("theirs", [(1.0, np.nan), (), (1.0, 2.0, 3.0)])
def test_answers_about_other_things_differ_without_a_figure(theirs: tuple[float, ...]) -> None:
    row = raced(side(1.0, 1.0, 2.0), side(1.0, *theirs), tolerance=9.0)
    assert (row.agree, row.difference) == (False, None)
    assert json.dumps(row.to_plain(), allow_nan=False)


def test_ratio_is_theirs_over_ours_and_reached_or_not() -> None:
    assert raced(side(2.0, 1.0), side(8.0, 1.0)).ratio == 4.0
    assert raced(side(2.0, 1.0), side(8.0, 1.0)).reached is True
    assert raced(side(4.0, 1.0), side(8.0, 1.0)).reached is False
    assert raced(side(4.0, 1.0), side(8.0, 1.0), modules="no_such_module").reached is None


def test_a_condition_on_us_alone_counts_as_an_answer() -> None:
    asked = Race(goal="G0", what="x", on="", ours=Side(read=lambda: 1.0), holds=lambda: False)
    assert alone(asked, repeats=1).agree is False


# how times are taken


def test_sides_take_turns_and_the_first_reading_does_not_count() -> None:
    log: list[str] = []

    def reader(name: str) -> Callable[[], float]:
        counted = iter([100.0, 1.0, 2.0, 3.0])

        def read() -> float:
            log.append(name)
            return next(counted)

        return read

    spreads = measured([Side(read=reader("a")), Side(read=reader("b"))], repeats=3)
    assert "".join(log) == "ab" + "ab" + "ba" + "ab"
    assert spreads == [Spread(2.0, 1.5, 2.5)] * 2


def test_short_work_is_done_often_within_a_reading() -> None:
    calls: list[None] = []
    read = timed(lambda: calls.append(None), pieces=4)
    first = read()
    assert len(calls) > 1000
    assert 0.0 < first < 1e-4


def test_nothing_asked_is_no_agreement() -> None:
    assert difference(np.array([]), np.array([])) == float("inf")


def test_moves_leave_the_city_as_it_was(small: BenchCity) -> None:
    status = small.closed.status.copy()
    moves = Switchings(small).moves
    for move in moves:
        assert bool(status[move.switch]) is not move.is_closed
        status[move.switch] = move.is_closed
    assert np.array_equal(status, small.closed.status)
    assert len(moves) > 10


def test_a_verdict_holds_to_every_limit() -> None:
    limits = Limits(voltage_pu_min=0.95, voltage_pu_max=1.05, loading_pct_max=100.0)
    told = verdicts(
        limits,
        lowest_pu=np.array([0.95, 0.949, 0.99, 0.99]),
        highest_pu=np.array([1.05, 1.0, 1.051, 1.0]),
        loading_pct=np.array([100.0, 50.0, 20.0, 100.1]),
    )
    assert told[:, 2].tolist() == [1.0, 0.0, 0.0, 0.0]
    assert told[:, 1] == pytest.approx([1.0, 0.5, 0.5, 1.001])
    free = Limits(voltage_pu_min=None, voltage_pu_max=None, loading_pct_max=None)
    worst = np.array([0.1])
    assert verdicts(free, lowest_pu=worst, highest_pu=worst, loading_pct=900 * worst)[0, 2] == 1.0


@pytest.fixture(scope="module", params=[by_feeders, in_the_city])
def case(request: pytest.FixtureRequest) -> Case:
    made: Case = request.param(BenchCity(feeders=20, seed=1))
    return made


def test_outages_leave_the_lenders_as_they_were(case: Case) -> None:
    lit = energise(case.network, case.closed)
    lenders, dark = {tie.lender for tie in case.ties}, {tie.dark for tie in case.ties}
    assert not lenders & dark
    for tie in case.ties:
        ends = [lit.is_supplied(end) for end in case.network.section_ends[tie.switch]]
        assert sorted(ends) == [False, True]
        assert not any(map(lit.is_supplied, tie.beyond))


def test_peers_are_asked_about_the_state_that_a_candidate_makes(case: Case) -> None:
    """The model of a tie, cut by cut, against the slow sweep over the whole grid."""
    sweep, loads = RadialSweep(case.network), LoadPowers.stated(case.network)
    models = list(tie_models(case))[:3]
    asked = candidates_pgm.in_batches(models, method="newton")
    assert asked.answer is not None
    told = iter(asked.answer().reshape(-1, 3))
    for model in models:
        lender_end = set(case.network.section_ends[model.tie.switch]) - set(model.tie.beyond)
        for cut in model.tie.cuts:
            state = (case.closed | {model.tie.switch}) - {cut}
            found = sweep.solve(state, loads, around=lender_end)
            lowest_pu, loading_pu, keeps = next(told)
            assert lowest_pu == pytest.approx(min(found.voltage_pu.values()), abs=1e-6)
            most = max(found.loading_pct.values()) / 100.0
            assert loading_pu == pytest.approx(max(most, LOADING_PU_TOLD), abs=1e-5)
            broken = violations(found, case.network.limits, rated_a={})
            assert bool(keeps) is (not broken)


# the table


def test_people_see_one_line_for_each_peer(
    gridops_says: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(race, "is_installed", lambda module: module == "scipy")
    said = gridops_says(
        "bench", "--against", "peers", "--goal", "G3", "--feeders", "5", "--repeats", "1"
    )
    assert said.code == 0
    assert "scipy" in said.out
    assert "gridops[bench]" in said.out
    assert machine()["python"] in said.out


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (1.5e-6, "s", "1.5 µs"),
        (0.00071, "s", "710 µs"),
        (2.0, "s", "2 s"),
        (3e-9, "s", "3 ns"),
        (0.0, "s", "0 ns"),
        (1.26e8, "B", "126 MB"),
        (0.0, "modules", "0 modules"),
        (None, "s", "-"),
    ],
)
def test_costs_are_told_with_a_prefix(value: float | None, unit: str, told: str) -> None:
    assert cost(value, unit) == told


def test_an_unknown_goal_says_which_there_are(gridops_says: Terminal) -> None:
    complaint = gridops_says("bench", "--goal", "G99").complaint
    assert all(goal in complaint for goal in GOALS)


def test_help_names_every_goal(gridops_says: Terminal) -> None:
    told = gridops_says("bench", "--help").out
    assert all(goal in told for goal in GOALS)


def test_row_has_what_the_contract_names() -> None:
    assert {field.name for field in fields(Row)} >= PROMISED


def test_races_name_their_goal(small: BenchCity) -> None:
    def goals(found: Iterator[Race]) -> set[str]:
        return {each.goal for each in found}

    for goal in TIMED:
        assert goals(GOALS[goal](small)) == {goal}


@pytest.mark.parametrize(
    "database", [None, pytest.param("PostgreSQL", marks=pytest.mark.postgresql)]
)
def test_a_fact_made_durable_and_taken_in_again_is_timed(
    small: BenchCity,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    database: str | None,
) -> None:
    monkeypatch.setattr(keeping, "EVENTS", 200)
    monkeypatch.setattr(keeping, "KEPT_EVENTS", 2_000)
    if database is None:
        monkeypatch.delenv(keeping.POSTGRESQL, raising=False)
    else:
        monkeypatch.setenv(keeping.POSTGRESQL, request.getfixturevalue("postgres").database())
    rows = run_bench(small, ["G10"], repeats=1, against_peers=False).rows
    places = ["SQLite"] if database is None else ["SQLite", database]
    assert [row.on for row in rows] == [
        on for name in places for on in (*[f"{name}, oberrhein"] * 2, name, name)
    ]
    assert all(row.ours is not None and row.ours > 0.0 for row in rows)


def test_a_write_that_was_given_up_is_written_once_and_the_bench_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_journal(f"sqlite:///{tmp_path / 'journal.sqlite'}")) as journal:
        writer, tries = journal._writer, count()
        assert writer is not None
        insert = writer.insert

        def failing(connection: Connection, rows: Sequence[Stored]) -> None:
            if next(tries) == 0:
                raise OperationalError("INSERT", {}, TimeoutError("cut off"))
            insert(connection, rows)

        monkeypatch.setattr(writer, "insert", failing)
        keeping._write(journal, [keeping._record(keeping._measured(0, "CB1"))])
        assert journal.last_sequence() == 1
        assert next(tries) == 2


def test_a_journal_that_stays_silent_ends_the_bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_journal(f"sqlite:///{tmp_path / 'journal.sqlite'}")) as journal:

        def silent(connection: Connection, rows: Sequence[Stored]) -> None:
            raise OperationalError("INSERT", {}, TimeoutError("cut off"))

        monkeypatch.setattr(journal._writer, "insert", silent)
        with pytest.raises(JournalSilent):
            keeping._write(journal, [keeping._record(keeping._measured(0, "CB1"))])
        assert journal.last_sequence() == 0
