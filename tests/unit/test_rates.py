"""Rates from closed incidents: counted by hand, learnt from drawn faults, read from a table."""

import csv
import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from cli_story import Terminal

from gridops.adapters.closed_incident_csv import read_closed_incidents
from gridops.adapters.content import models_dir, simulations_dir
from gridops.adapters.grid_files import load_grid
from gridops.adapters.journal import open_journal
from gridops.bootstrap.simulate import play
from gridops.bootstrap.wiring import installation_of
from gridops.calibration.closed_incidents import ClosedIncident, Word, seen
from gridops.calibration.drawing import FieldWays, draw_fault, is_heard
from gridops.calibration.effect import effect_learnt, effect_now
from gridops.calibration.lots import Lots
from gridops.calibration.rates import (
    Count,
    Failure,
    by_class,
    conspicuous,
    learnt,
    over_all,
    rate,
)
from gridops.calibration.terrain import Terrain, survey
from gridops.control_room import ControlRoom
from gridops.errors import GridOpsError
from gridops.events import PatrolReported
from gridops.ids import IncidentId, SectionId, SwitchId, UserName
from gridops.incident import IncidentSettings
from gridops.network import draw
from gridops.outage import LocationSettings
from gridops.settings import load_settings
from gridops.state import energise

ROW = "S1 [b1] A [s1] B [s2] C [r1] D (t1) S2"
SETTINGS = LocationSettings()


def closed(
    ident: str, section: str, *, tripped: str = "b1", words: dict[str, Word] | None = None
) -> ClosedIncident:
    network = draw(ROW)
    traced = energise(network, network.normally_closed)
    devices = tuple(SwitchId(name) for name in tripped.split())
    told = {SwitchId(switch): word for switch, word in (words or {}).items()}
    return ClosedIncident(
        id=ident,
        section=SectionId(section),
        network=network,
        traced=traced,
        tripped=devices,
        sightings=seen(traced, SectionId(section), tripped=devices, words=told),
    )


def drawn(
    terrain: Terrain, ways: FieldWays, count: int, *, broken: str = ""
) -> list[ClosedIncident]:
    """Drawn faults as a utility would have them in its files; `broken` never flags."""
    network = terrain.network
    traced = energise(network, network.normally_closed)
    found = []
    for number in range(count):
        fault = draw_fault(terrain, ways, lots=Lots(11), number=number)
        if not is_heard(terrain, fault):
            continue
        words = {
            switch: Word.FAILED
            if fault.failed[k]
            else Word.YES
            if fault.flagged[k] and switch != broken
            else Word.NO
            for k, switch in enumerate(terrain.indicators)
        }
        tripped = tuple(d for d in fault.tripped if d in terrain.telling)
        found.append(
            ClosedIncident(
                id=str(number),
                section=fault.section,
                network=network,
                traced=traced,
                tripped=tripped,
                sightings=seen(traced, fault.section, tripped=tripped, words=words),
            )
        )
    return found


def test_sightings_are_counted_by_what_the_device_should_have_said() -> None:
    """Fault in B: s1 on the path, s2 beside. Once right, once both wrong, once failed and late."""
    incidents = [
        closed("1", "SB", words={"s1": Word.YES, "s2": Word.NO}),
        closed("2", "SB", words={"s1": Word.NO, "s2": Word.YES}),
        closed("3", "SB", words={"s1": Word.LATE}),
    ]
    counts = by_class(incidents)
    kind = next(s.kind for s in incidents[0].sightings if s.device == "s1")
    others = sum(s.device not in ("s1", "s2") and s.kind == kind for s in incidents[0].sightings)
    assert counts[kind, Failure.MISSING] == Count(1, 3)
    assert counts[kind, Failure.STRAY] == Count(1, 2)
    assert counts[kind, Failure.LATE] == Count(1, 2)
    assert counts[kind, Failure.FAILED] == Count(1 + 3 * others, 6 + 3 * others)


def test_protection_that_should_trip_and_protection_that_should_stay() -> None:
    """Fault in D: r1 clears it; r1 fails and b1 has to; both trip. That b1 trips where r1 did not
    says nothing: had it not, nobody would have heard of the fault."""
    counts = by_class(
        [
            closed("1", "SD", tripped="r1"),
            closed("2", "SD", tripped="b1"),
            closed("3", "SD", tripped="r1 b1"),
        ]
    )
    assert over_all(counts, Failure.NOT_TRIPPED) == Count(1, 3)
    assert over_all(counts, Failure.TRIPPED_ALONG) == Count(1, 2)


def test_a_rate_by_hand() -> None:
    """Prior Beta(1, 49), 3 failures of 50: Beta(4, 96), mean 0.04."""
    found = rate("any", Failure.MISSING, count=Count(3, 50), prior=0.02)
    assert found.mean == pytest.approx(0.04)
    assert found.low == pytest.approx(0.01385, abs=1e-4)
    assert found.high == pytest.approx(0.07638, abs=1e-4)
    assert not found.enough, "one failure was to be expected"
    assert rate("any", Failure.MISSING, count=Count(0, 150), prior=0.02).enough


def test_without_incidents_the_rates_are_those_that_were_assumed() -> None:
    found = learnt({}, SETTINGS)
    assert found["p_missing"].mean == pytest.approx(SETTINGS.p_missing)
    assert not any(each.enough for each in found.values())


def test_learns_how_the_field_errs_and_locates_better() -> None:
    network = load_grid(models_dir() / "ieee123")
    terrain = survey(network, SETTINGS)
    ways = FieldWays(p_silent=0.15, p_stray=0.06)
    incidents = drawn(terrain, ways, 400)
    some = incidents[:100]
    found = learnt(by_class(incidents), SETTINGS)
    for name, true in (("p_missing", 0.15), ("p_stray", 0.06)):
        assert found[name].enough
        assert found[name].low - 0.01 <= true <= found[name].high + 0.01
    now, then = effect_now(some, SETTINGS), effect_learnt(some, SETTINGS)
    assert now.incidents == then.incidents == len(some)
    assert then.log_score > now.log_score
    assert then.calibration_error < now.calibration_error


def test_a_field_as_assumed_teaches_nothing_new() -> None:
    network = load_grid(models_dir() / "ieee123")
    incidents = drawn(survey(network, SETTINGS), FieldWays(), 400)
    found = learnt(by_class(incidents), SETTINGS)
    assert found["p_missing"].mean == pytest.approx(0.02, abs=0.01)
    some = incidents[:100]
    now, then = effect_now(some, SETTINGS), effect_learnt(some, SETTINGS)
    assert then.log_score == pytest.approx(now.log_score, abs=0.02)


def test_an_indicator_that_never_flags_is_conspicuous() -> None:
    terrain = survey(load_grid(models_dir() / "ieee123"), SETTINGS)
    passed = np.sum(
        [draw_fault(terrain, FieldWays(), lots=Lots(11), number=n).on_path for n in range(300)],
        axis=0,
    )
    broken = terrain.indicators[int(np.argmax(passed))]
    worst = conspicuous(drawn(terrain, FieldWays(), 300, broken=broken), SETTINGS)[0]
    assert (worst.device, worst.rate.failure) == (broken, Failure.MISSING)
    assert not conspicuous(drawn(terrain, FieldWays(), 300), SETTINGS)


# tables


def table(file: Path, incidents: Iterable[ClosedIncident], *, with_section: bool = True) -> Path:
    columns = ["incident", "device", "on_path", "reading", *(["section"] if with_section else [])]
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(columns)
        for each in incidents:
            for s in each.sightings:
                row = [each.id, s.device, "yes" if s.on_path else "no", s.said.value, each.section]
                writer.writerow(row[: len(columns)])
    return file


def test_a_table_says_the_same_as_what_it_was_written_from(tmp_path: Path) -> None:
    network = load_grid(models_dir() / "ieee123")
    incidents = drawn(survey(network, SETTINGS), FieldWays(), 60)
    back = read_closed_incidents(table(tmp_path / "closed.csv", incidents), network)
    assert by_class(back) == by_class(incidents)
    assert effect_now(back, SETTINGS) == effect_now(incidents, SETTINGS)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("incident,device,on_path\n1,s1,yes\n", "reading"),
        ("incident,device,on_path,reading\n1,s1,yes,maybe\n", "closed.csv:2: reading 'maybe'"),
        ("incident,device,on_path,reading\n1,s1,perhaps,no\n", "on_path"),
        ("incident,device,on_path,reading\n1,s9,yes,no\n", "no switch 's9'"),
        ("incident,device,on_path,reading,section\n1,s1,yes,no,SQ\n", "SQ"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "closed.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GridOpsError) as raised:
        read_closed_incidents(file, draw(ROW))
    assert named in str(raised.value)


# the command


def test_a_table_without_a_grid_gives_rates_alone(gridops_says: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "closed.csv"
    file.write_text("incident,device,on_path,reading\n1,x,yes,no\n1,y,no,no\n", encoding="utf-8")
    said = gridops_says("rates", str(file), "--json")
    assert said.code == 0
    assert said.document["incidents"] == 1
    assert said.document["locatable"] == 0
    missing = said.document["settings"]["p_missing"]
    assert missing["count"] == {"failures": 1, "sightings": 1}
    assert missing["mean"] == pytest.approx(2 / 51)
    assert "located again" in gridops_says("rates", str(file)).out


def test_what_is_written_can_be_taken_in(gridops_says: Terminal, tmp_path: Path) -> None:
    network = load_grid(models_dir() / "ieee123")
    incidents = drawn(survey(network, SETTINGS), FieldWays(p_silent=0.12), 160)
    file, fragment = table(tmp_path / "closed.csv", incidents), tmp_path / "location.toml"
    assert gridops_says("rates", str(file)).code == 0
    assert list(tmp_path.iterdir()) == [file], "nothing is written unasked"
    said = gridops_says("rates", str(file), "--grid", "ieee123", "--write", str(fragment), "--json")
    effect = said.document["effect"]
    assert effect["learnt"]["log_score"] > effect["now"]["log_score"]
    taken_in = load_settings(fragment).location
    assert taken_in.p_missing == pytest.approx(
        said.document["settings"]["p_missing"]["mean"], abs=1e-5
    )
    assert taken_in.p_missing == pytest.approx(0.12, abs=0.07)
    assert "too little data: p_miscoordination" in fragment.read_text(encoding="utf-8")
    assert taken_in.p_miscoordination == SETTINGS.p_miscoordination


def test_a_journal_is_read_with_the_word_of_its_patrols(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    """indicator_silent: the fault is beyond RMU2-1, whose indicator says nothing."""
    played = play(simulations_dir() / "indicator_silent.toml", folder=tmp_path)
    (struck,) = (one for one in played.scenario.happens if one.what == "strike")
    with_patrol(tmp_path, place=struck.place, after=played.room)
    journal = str(tmp_path / "journal.sqlite")
    said = gridops_says("rates", journal, "--grid", "hanoi_ring", "--json")
    assert said.code == 0, said.err
    assert (said.document["incidents"], said.document["locatable"]) == (1, 1)
    missing = said.document["settings"]["p_missing"]["count"]
    assert missing["failures"] == 1
    assert missing["sightings"] > 1
    assert said.document["settings"]["p_stray"]["count"]["failures"] == 0
    assert said.document["effect"]["now"]["held"] == 1.0
    assert (
        "The same incidents located" in gridops_says("rates", journal, "--grid", "hanoi_ring").out
    )
    assert "--grid" in gridops_says("rates", journal).complaint


def with_patrol(folder: Path, *, place: str, after: ControlRoom) -> None:
    journal = open_journal(f"sqlite:///{folder}/journal.sqlite")
    try:
        room = ControlRoom(installation_of(after.network, IncidentSettings()), journal)
        room.recover()
        at = (room.at or pytest.fail("an empty journal")) + timedelta(seconds=60)
        found = PatrolReported(
            at=at, by=UserName("crew"), incident=IncidentId("I1"), place=place, found=True
        )
        room.accept([found])
    finally:
        journal.close()


def test_the_command_says_what_is_wrong_in_one_line(gridops_says: Terminal, tmp_path: Path) -> None:
    assert "none.csv" in gridops_says("rates", str(tmp_path / "none.csv")).complaint
    nowhere = str(tmp_path / "none.sqlite")
    assert "none.sqlite" in gridops_says("rates", nowhere, "--grid", "hanoi_ring").complaint


def test_figures_are_json(gridops_says: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "closed.csv"
    file.write_text("incident,device,on_path,reading\n", encoding="utf-8")
    assert json.loads(gridops_says("rates", str(file), "--json").out)["incidents"] == 0
