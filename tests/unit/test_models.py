"""The shipped grids: made as their READMEs say, sound, within limits, restorable."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from gridops.adapters.content import models_dir, shipped_grids
from gridops.adapters.engines import PowerGridModelEngine
from gridops.adapters.grid_files import About, check_grid, grid_texts, load_grid, read_grid
from gridops.adapters.reference_grids import (
    esb_e11,
    oberrhein,
    published_grid,
    reliability_system,
    simbench,
)
from gridops.errors.severity import Severity
from gridops.ids import SwitchId
from gridops.network import (
    Components,
    Control,
    IndicatorKind,
    LoadClass,
    Network,
    Signal,
    SwitchKind,
)
from gridops.powerflow.protocol import FlowResult, LoadPower
from gridops.state import energise

REFERENCE = Path(__file__).parents[1] / "data" / "reference"
"""Source documents; the samples and the headline among them are results, not grids."""
PUBLISHED = (
    *("baranwu33", "brazil136", "civanlar16", "das70", "kraftringen533_hi", "pge69", "tpc84"),
    "zhang119",
)
SIMBENCH = ("simbench_rural", "simbench_urban")
RELIABILITY = ("rbts_bus2", "rbts_bus4", "rbts_bus6")


def closed_normally(network: Network) -> set[SwitchId]:
    return {s.id for s in network.switches.values() if s.is_normally_closed}


def solved(
    network: Network, *, opened: Iterable[str] = (), closed: Iterable[str] = ()
) -> FlowResult:
    state = (closed_normally(network) - set(opened)) | {SwitchId(name) for name in closed}
    loads = {load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()}
    return PowerGridModelEngine(network).solve(state, loads)


@pytest.fixture(scope="module", params=["oberrhein", "hanoi_ring"])
def shipped(request: pytest.FixtureRequest) -> Network:
    return load_grid(models_dir() / request.param)


@pytest.fixture(scope="module")
def ring() -> Network:
    return load_grid(models_dir() / "hanoi_ring")


def test_these_grids_are_shipped() -> None:
    real = {"esb_e11", "hanoi_ring", "oberrhein"}
    assert set(shipped_grids()) >= {*real, *PUBLISHED, *RELIABILITY, *SIMBENCH}


@pytest.mark.parametrize("grid", ["oberrhein", "hanoi_ring"])
def test_a_shipped_grid_is_sound_and_ready(grid: str) -> None:
    report = check_grid(models_dir() / grid)
    assert report.ok
    assert [flaw for flaw in report.flaws if flaw.severity is not Severity.NOTE] == []
    assert {feeder.grade for feeder in report.feeders} <= {"A", "B"}


@pytest.mark.parametrize(
    "grid", ["esb_e11", "oberrhein", "hanoi_ring", *PUBLISHED, *RELIABILITY, *SIMBENCH]
)
def test_a_shipped_grid_states_licence_and_source(grid: str) -> None:
    about = read_grid(models_dir() / grid).about
    assert about.title
    assert about.licence
    assert about.source
    assert about.assumptions


def made_anew(grid: str) -> tuple[Components, About]:
    if grid == "oberrhein":
        return oberrhein()
    if grid == "esb_e11":
        return esb_e11((REFERENCE / "esb_e11.csv").read_text(encoding="utf-8"))
    if grid in SIMBENCH:
        return simbench(grid)
    text = (REFERENCE / f"{grid}.json").read_text(encoding="utf-8")
    return published_grid(text) if grid in PUBLISHED else reliability_system(text)


@pytest.mark.filterwarnings("ignore:tap_dependency_table:DeprecationWarning")
@pytest.mark.parametrize("grid", ["esb_e11", "oberrhein", *PUBLISHED, *RELIABILITY, *SIMBENCH])
def test_a_converted_grid_is_made_anew_byte_for_byte(grid: str) -> None:
    folder = models_dir() / grid
    made = grid_texts(*made_anew(grid))
    kept = {
        p.name: p.read_bytes().decode() for p in folder.iterdir() if p.suffix not in (".md", ".svg")
    }
    assert sorted(made) == sorted(kept)
    for name, text in made.items():
        assert text == kept[name], f"{name} differs: save {grid} anew and read the difference"


@pytest.mark.filterwarnings("ignore:tap_dependency_table:DeprecationWarning")
def test_making_a_grid_of_pandapower_s_own_prints_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The library reckons a power flow on the way, and would remark that numba is missing."""
    oberrhein()
    assert [record.getMessage() for record in caplog.records] == []


def test_every_customer_is_supplied_and_nothing_is_looped(shipped: Network) -> None:
    traced = energise(shipped, frozenset(closed_normally(shipped)))
    assert traced.customers_dark == 0
    assert traced.loops == ()
    assert all(
        traced.feeder_of[shipped.section_of_node[load.node]] for load in shipped.loads.values()
    )


def test_the_normal_state_is_within_limits(shipped: Network) -> None:
    result = solved(shipped)
    assert min(result.voltage_pu.values()) > 0.97
    assert max(result.voltage_pu.values()) < 1.05
    assert max(result.loading_pct.values()) < 90.0


def test_protection_ignores_load_and_sees_the_least_fault(shipped: Network) -> None:
    """Pick-up above 1.5 times the normal load, and the weakest two-phase fault 1.5 times above."""
    result = solved(shipped)
    traced = energise(shipped, frozenset(closed_normally(shipped)))
    for switch in shipped.switches.values():
        if switch.pickup_current_a is None or not switch.is_normally_closed:
            continue
        assert switch.pickup_current_a > 1.5 * result.switch_current_a[switch.id], switch.id
        ohm_max = 0.0
        for section in traced.behind(switch.id):
            ohm_max = max(ohm_max, ohm_to(shipped, traced.path(section), section))
        two_phase_a = 20_000 / 2 / ohm_max
        assert switch.pickup_current_a < two_phase_a / 1.5, switch.id


def ohm_to(network: Network, path: tuple[SwitchId, ...], section: str) -> float:
    """All series impedance of the sections on the way, magnitudes summed: an upper bound."""
    sections = {s for name in path for s in network.section_ends[name]} | {section}
    total = 20_000.0**2 / 200e6
    for name in sorted(sections):
        for branch in network.sections[name].branches:
            line = network.branches[branch]
            if hasattr(line, "r_ohm"):
                total += abs(complex(line.r_ohm, line.x_ohm))
    return total


def test_all_that_is_remote_is_telemetered(shipped: Network) -> None:
    has = {(point.element, point.signal) for point in shipped.components.points}
    for switch in shipped.switches.values():
        is_remote = switch.control is Control.REMOTE
        assert ((switch.id, Signal.POSITION) in has) == is_remote
        assert ((switch.id, Signal.COMMAND) in has) == is_remote
        assert switch.indicator is IndicatorKind.NONE or (switch.id, Signal.FAULT_FLAG) in has
    for head in shipped.heads.values():
        for signal in (Signal.CURRENT, Signal.POWER, Signal.PROTECTION, Signal.LOCKOUT):
            assert (head, signal) in has


def test_every_node_has_a_place_on_the_schematic_and_on_the_map(shipped: Network) -> None:
    for node in shipped.nodes.values():
        assert None not in (node.x, node.y, node.longitude_deg, node.latitude_deg), node.id


def test_every_class_and_priority_occurs(shipped: Network) -> None:
    assert {load.load_class for load in shipped.loads.values()} == set(LoadClass)
    assert {load.priority for load in shipped.loads.values()} == {1, 2, 3, 4}


def test_the_figures_in_the_readme_are_those_of_the_grid(shipped: Network) -> None:
    text = (models_dir() / shipped.name / "README.md").read_text(encoding="utf-8")
    assert f"{shipped.customers:,} customers" in text
    assert f"{len(shipped.switches)} switches" in text
    assert f"{sum(load.p_w for load in shipped.loads.values()) / 1e6:.1f} MW" in text
    result = solved(shipped)
    digits = 4 if shipped.name == "oberrhein" else 3
    assert f"{min(result.voltage_pu.values()):.{digits}f}" in text
    assert f"{max(result.loading_pct.values()):.1f} %" in text


def test_places_and_switches_in_the_readme_exist(ring: Network) -> None:
    text = (models_dir() / "hanoi_ring" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(L[\w-]+)` \(`?(?:section `)?(S[\w.-]+)`\)", text, re.MULTILINE)
    assert len(rows) == 9
    for branch, section in rows:
        assert ring.section_of(branch) == section


def test_oberrhein_mid_feeder_fault_has_a_way_back() -> None:
    """A fault at L15 is fenced by SW25 and SW80; SW14 takes the 3,264 customers behind."""
    grid = load_grid(models_dir() / "oberrhein")
    fence = {"SW25", "SW80"}
    unfenced = closed_normally(grid) - fence
    traced = energise(grid, frozenset(unfenced | {SwitchId("SW14")}))
    assert grid.section_of("L15") in traced.dark
    assert traced.customers_dark == 512
    without_tie = energise(grid, frozenset(unfenced))
    assert without_tie.customers_dark == 512 + 3264
    assert all(grid.switch(s).control is Control.REMOTE for s in fence)
    result = solved(grid, opened=fence, closed={"SW14"})
    assert min(result.voltage_pu.values()) > 0.95
    assert max(result.loading_pct.values()) < 100
    assert result.switch_current_a[SwitchId("SW14")] > 50


def test_the_weak_tie_carries_either_half_but_not_both(ring: Network) -> None:
    fenced = {"MC473-2", "473-3"}
    both = solved(ring, opened=fenced, closed={"T473-472"})
    assert both.loading_pct["L473-472"] > 110
    assert max(v for k, v in both.loading_pct.items() if k != "L473-472") < 60
    for half in ("473-4", "473-5"):
        one = solved(ring, opened={*fenced, half}, closed={"T473-472"})
        assert max(one.loading_pct.values()) < 90
        assert min(one.voltage_pu.values()) > 1.0


def test_each_head_of_the_ring_can_be_replaced_by_a_neighbour(ring: Network) -> None:
    for opened, tie in (
        ({"471", "471-7"}, "RMU3-2"),
        ({"471", "471-7"}, "T471-473"),
        ({"473", "MC473-2"}, "T471-473"),
        ({"472", "RMU4-1"}, "RMU3-2"),
    ):
        result = solved(ring, opened=opened, closed={tie})
        assert min(result.voltage_pu.values()) > 0.98
        assert max(result.loading_pct.values()) < 60


def test_the_ring_has_what_scenarios_need(ring: Network) -> None:
    reclosers = [s for s in ring.switches.values() if s.kind is SwitchKind.RECLOSER]
    assert {s.id: s.lockout_point for s in reclosers} == {"MC473-2": False, "MC473-6": True}
    assert ring.switch("473").reclose_delays_s == (0.5, 15.0)
    assert ring.switch("471-7").control is Control.CREW
    delays = [ring.switch(name).trip_delay_s for name in ("MC473-6", "MC473-2", "473")]
    assert delays == sorted(delays)
    assert "Giảng Võ" in ring.switch("471-7").name


def test_models_hold_no_code() -> None:
    assert list(models_dir().rglob("*.py")) == []
