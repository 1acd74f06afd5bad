"""The IEEE 123 node feeder: made as its README says, sound, and equal to two other engines."""

import math
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

pytest.importorskip("opendssdirect")

from gridops.adapters.content import models_dir, shipped_grids
from gridops.adapters.engines import PowerGridModelEngine
from gridops.adapters.grid_files import About, check_grid, grid_texts, load_grid
from gridops.adapters.opendss_grid.ieee123 import ieee123
from gridops.ids import LoadId
from gridops.network import Components, Control, Network
from gridops.powerflow.protocol import LoadPower
from gridops.state import energise
from tests.radial_sweep import RadialSweep
from tests.unit.cli_story import Terminal
from tests.unit.opendss_peer import peer_voltages_pu

SOURCE = Path(__file__).parents[1] / "data" / "opendss" / "ieee123"
PUBLISHED_CLOSED = {(13, 152), (18, 135), (60, 160), (97, 197), (150, 149), (61, 610)}
PUBLISHED_OPEN = {(250, 251), (450, 451), (54, 94), (151, 300), (300, 350)}


@pytest.fixture(scope="module")
def made() -> tuple[Components, About]:
    return ieee123(str(SOURCE / "GridOps123.dss"))


@pytest.fixture(scope="module")
def grid() -> Network:
    return load_grid(models_dir() / "ieee123")


def loads_of(network: Network) -> Mapping[LoadId, LoadPower]:
    return {load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()}


def test_the_folder_is_made_anew_byte_for_byte(made: tuple[Components, About]) -> None:
    folder = models_dir() / "ieee123"
    texts = grid_texts(*made)
    kept = {
        p.name: p.read_bytes().decode() for p in folder.iterdir() if p.suffix not in (".md", ".svg")
    }
    assert sorted(texts) == sorted(kept)
    for name, text in texts.items():
        assert text == kept[name], f"{name} differs: save ieee123() anew and read the difference"


def test_the_grid_is_shipped_and_without_errors() -> None:
    assert "ieee123" in shipped_grids()
    report = check_grid(models_dir() / "ieee123")
    assert report.ok
    assert [flaw for flaw in report.flaws if flaw.severity == "error"] == []


def test_all_published_switches_are_there_in_their_published_state(grid: Network) -> None:
    """The source calls the regulated side of 150 `150r`, and puts 61s before transformer 610."""
    as_published = {"150r": "150", "61s": "610"}
    ends = {
        switch.id: tuple(
            int(as_published.get(str(node), str(node))) for node in (switch.node_a, switch.node_b)
        )
        for switch in grid.switches.values()
    }
    closed = {ends[s.id] for s in grid.switches.values() if s.is_normally_closed}
    assert closed == PUBLISHED_CLOSED
    assert set(ends.values()) - closed == PUBLISHED_OPEN


def test_the_grid_has_the_published_load(grid: Network) -> None:
    """At the rated voltage of each load: 2.4 kV on one phase to neutral, 4.16 kV otherwise."""
    rated_pu = {
        load.id: 2.4 / 4.16 * math.sqrt(3) if re.search(r"\(phase .\)", load.name) else 1.0
        for load in grid.loads.values()
    }
    shares = {load.id: load.share_at(rated_pu[load.id]) for load in grid.loads.values()}
    loads = grid.loads.values()
    assert sum(load.p_w * shares[load.id] for load in loads) == pytest.approx(3490e3)
    assert sum(load.q_var * shares[load.id] for load in loads) == pytest.approx(1920e3)
    impedances = [load for load in loads if load.constant_impedance_share]
    currents = [load for load in loads if load.constant_current_share]
    assert (len(impedances), len(currents)) == (17, 15)
    assert {load.constant_power_share for load in (*impedances, *currents)} == {0.0}
    assert len(grid.loads) == 91
    assert sum(shunt.q_var for shunt in grid.components.shunts) == pytest.approx(-750e3, rel=1e-4)


def test_everybody_is_supplied_without_a_loop(grid: Network) -> None:
    closed = frozenset(s.id for s in grid.switches.values() if s.is_normally_closed)
    traced = energise(grid, closed)
    assert traced.customers_dark == 0
    assert traced.loops == ()


def test_three_engines_agree_on_the_normal_state(grid: Network, tmp_path: Path) -> None:
    closed = {s.id for s in grid.switches.values() if s.is_normally_closed}
    sweep = RadialSweep(grid).solve(closed, loads_of(grid))
    second = PowerGridModelEngine(grid).solve(closed, loads_of(grid))
    peer = peer_voltages_pu(grid.components, tmp_path)
    assert sweep.converged
    assert set(map(str, sweep.voltage_pu)) == set(peer)
    for node, value in sweep.voltage_pu.items():
        assert value == pytest.approx(second.voltage_pu[node], abs=1e-6)
        assert value == pytest.approx(peer[str(node)], abs=1e-6)


def test_the_normal_state_keeps_the_stated_limits(grid: Network) -> None:
    closed = {s.id for s in grid.switches.values() if s.is_normally_closed}
    flow = PowerGridModelEngine(grid).solve(closed, loads_of(grid))
    assert min(flow.voltage_pu.values()) > (grid.limits.voltage_pu_min or 0)
    assert max(flow.voltage_pu.values()) < (grid.limits.voltage_pu_max or 9)
    assert 100 < max(flow.loading_pct.values()) < (grid.limits.loading_pct_max or 0)


def test_the_one_phase_tie_is_never_operated(grid: Network) -> None:
    assert grid.switch("SW8").control is Control.NONE
    assert not [p for p in grid.components.points if p.element == "SW8"]


def test_a_fault_behind_152_brings_the_far_end_back_over_the_tie(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = Terminal(capsys)("whatif", "ieee123", "--fault", "L55", "--json")
    steps = [(step["action"], step["switch"]) for step in said.document["plan"]["steps"]]
    assert ("close", "SW7") in steps
    assert all(switch != "SW8" for _, switch in steps)


def test_the_figures_in_the_readme_are_those_of_the_grid(
    made: tuple[Components, About], grid: Network
) -> None:
    text = (models_dir() / "ieee123" / "README.md").read_text(encoding="utf-8")
    assert f"{grid.customers:,} customers" in text
    assert f"{len(grid.switches)} switches" in text
    assert f"{len(grid.nodes)} nodes" in text
    measured = [a for a in made[1].assumptions if "OpenDSS" in a and " pu at bus " in a]
    assert len(measured) >= 3
    for sentence in made[1].assumptions:
        if sentence.startswith(("Load on phases", "Largest", "Losses", "Most loaded", "Phase vol")):
            assert sentence in " ".join(text.split())


def test_every_phase_of_the_normal_state_keeps_the_limits(
    made: tuple[Components, About],
) -> None:
    sentence = next(a for a in made[1].assumptions if a.startswith("Phase voltages"))
    low, high = (float(sentence.split()[k]) for k in (4, 6))
    limits = made[0].limits
    assert math.isclose(low, 0.9791, abs_tol=1e-3)
    assert (limits.voltage_pu_min or 9) < low < high < (limits.voltage_pu_max or 0)
    loaded = next(a for a in made[1].assumptions if a.startswith("Most loaded line"))
    currents_a = [float(word) for word in re.findall(r"[0-9.]+(?= [/A])", loaded)]
    assert max(currents_a) / 400 * 100 < (limits.loading_pct_max or 0)
