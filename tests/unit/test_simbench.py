"""SimBench grids by their code, and the two that are shipped."""

import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cli_story import Terminal
from pandapower_flow import flow, normally

from gridops import open_grid
from gridops.adapters.content import models_dir
from gridops.adapters.grid_files import check_grid, load_grid, read_grid
from gridops.adapters.pandapower_grid import to_net
from gridops.adapters.simbench_grid import import_simbench
from gridops.errors import GridUnreadable
from gridops.errors.severity import Severity
from gridops.network import Control, GeneratorKind, Network, build_network
from gridops.powerflow import FlowResult
from tests.radial_sweep import RadialSweep

simbench = pytest.importorskip("simbench")
pytestmark = pytest.mark.filterwarnings("ignore:tap_dependency_table:DeprecationWarning")
SHIPPED = ("simbench_rural", "simbench_urban")


def tripped(network: Network) -> FlowResult:
    """The normal state after all generators have gone."""
    without = build_network(replace(network.components, generators=()))
    return normally(RadialSweep(without), without)


@pytest.fixture(scope="module")
def rural() -> Any:
    return import_simbench("1-MV-rural--0-sw")


def test_loads_follow_the_mean_day_of_their_profile(rural: Any) -> None:
    components = rural.components
    profiles = {profile.id: profile for profile in components.profiles}
    for load in components.loads:
        factors = profiles[load.profile].factors
        assert len(factors) == 96
        assert load.p_w_average == pytest.approx(load.p_w * statistics.fmean(factors), abs=0.1)
    sun = next(p for p in components.profiles if p.id == "infeed-PV3")
    assert sun.factors[0] == 0.0
    assert sun.factors.index(max(sun.factors)) in range(44, 56)


def test_generators_feed_in_and_say_what_drives_them(rural: Any) -> None:
    generators = rural.components.generators
    assert all(each.p_w < 0 for each in generators)
    kinds = {each.kind for each in generators}
    assert {GeneratorKind.WIND, GeneratorKind.PHOTOVOLTAIC, GeneratorKind.HYDRO} <= kinds


def test_taps_move_the_ratio() -> None:
    transformers = read_grid(models_dir() / "simbench_urban").components.transformers
    assert [(t.tap_position, t.tap_step_pu) for t in transformers] == [(-1, 0.015)] * 2


def test_transformers_in_parallel_are_imported_and_checked(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    folder = str(tmp_path / "rural")
    said = gridops_says("import", "simbench", "1-MV-rural--0-sw", folder, "--json")
    assert said.code == 1
    errors = [each for each in said.document["check"]["flaws"] if each["severity"] == "error"]
    assert [(each["code"], "SW5" in each["ids"]) for each in errors] == [("normal-loop", True)]
    assert read_grid(tmp_path / "rural").about.licence == "ODbL-1.0"


def test_a_code_that_is_nearly_right_is_guessed() -> None:
    with pytest.raises(GridUnreadable, match=r"near: .*1-MV-urban--0-sw"):
        import_simbench("1-MV-urbn--0-sw")
    with pytest.raises(GridUnreadable, match="SimBench has no grid 'x'"):
        import_simbench("x")


@pytest.mark.parametrize("grid", SHIPPED)
def test_a_shipped_simbench_grid_can_be_used(grid: str) -> None:
    report = check_grid(models_dir() / grid)
    assert report.ok
    told = {flaw.code for flaw in report.flaws if flaw.severity is not Severity.NOTE}
    assert "normal-loop" not in told
    grades = [feeder.grade for feeder in report.feeders]
    assert grades.count("A") + grades.count("B") >= len(grades) - 3


@pytest.mark.parametrize("grid", SHIPPED)
def test_its_figures_are_those_of_its_readme(grid: str) -> None:
    network = load_grid(models_dir() / grid)
    text = (models_dir() / grid / "README.md").read_text(encoding="utf-8")
    normal, without = normally(RadialSweep(network), network), tripped(network)
    remote = sum(s.control is Control.REMOTE for s in network.switches.values())
    flat = " ".join(text.split())
    for figure in (
        f"{len(network.heads)} feeders",
        f"{len(network.nodes)} nodes",
        f"{len(network.switches)} switches ({remote} remote)",
        f"{network.customers:,} customers",
        f"{sum(load.p_w for load in network.loads.values()) / 1e6:.1f} MW of load",
        f"{-sum(each.p_w for each in network.generators.values()) / 1e6:.1f} MW",
        f"{min(normal.voltage_pu.values()):.4f} to {max(normal.voltage_pu.values()):.4f} pu",
        f"highest loading {max(normal.loading_pct.values()):.1f} %",
        f"{min(without.voltage_pu.values()):.4f} pu and {max(without.loading_pct.values()):.1f} %",
    ):
        assert figure in flat, figure
    for switch in network.switches.values():
        assert (f"`{switch.id}`" in flat) >= (not switch.is_normally_closed)


@pytest.mark.parametrize("grid", SHIPPED)
def test_its_licence_is_shared_alike(grid: str) -> None:
    text = (models_dir() / grid / "README.md").read_text(encoding="utf-8")
    assert read_grid(models_dir() / grid).about.licence == "ODbL-1.0"
    for words in ("Open Database License 1.0", "https://simbench.de", "shares alike"):
        assert words in text


@pytest.mark.parametrize("grid", SHIPPED)
def test_it_keeps_its_limits_with_and_without_generators(grid: str) -> None:
    network = load_grid(models_dir() / grid)
    for result in (normally(RadialSweep(network), network), tripped(network)):
        assert min(result.voltage_pu.values()) > 0.95
        assert max(result.voltage_pu.values()) < 1.05
        assert max(result.loading_pct.values()) < 100.0


@pytest.mark.parametrize(("grid", "fault"), [("simbench_rural", "L60"), ("simbench_urban", "L72")])
def test_a_fault_on_it_is_fenced_and_most_customers_come_back(grid: str, fault: str) -> None:
    result = open_grid(grid).what_if(faults=[fault])
    tally = result.answer.plan.customers
    assert tally.restored_by_switching > 0.7 * tally.interrupted
    assert result.answer.verdict.passed


def test_its_flow_is_the_one_that_pandapower_finds_for_the_simbench_net() -> None:
    """The urban net as SimBench gives it, with its taps at work, against the shipped folder."""
    theirs = simbench.get_simbench_net("1-MV-urban--0-sw")
    theirs.trafo["tap_changer_type"] = "Ratio"
    ours = to_net(load_grid(models_dir() / "simbench_urban").components)
    flow(theirs)
    flow(ours)
    known = ours.bus.index[ours.bus.gridops_id.isin(theirs.bus.index.map(str))]
    named = ours.bus.gridops_id[known].astype(int)
    difference = ours.res_bus.vm_pu[known].to_numpy() - theirs.res_bus.vm_pu[named].to_numpy()
    assert len(known) == len(theirs.bus)
    assert abs(difference).max() < 1e-9
