"""The RBTS grids carry all that their published reliability tables need.

Every section fails once, by plain enumeration on the loaded grid alone: the nearest device
that protects clears it, the faulted section is fenced, what is left is supplied again from
its own side or over an alternative supply, everything else waits for the repair. Published:
R. N. Allan, R. Billinton et al., IEEE Trans. Power Systems 6(2), 1991, 10.1109/59.76730;
R. Billinton, S. Jonnavithula, IEEE Trans. Power Systems 11(4), 1996, 10.1109/59.544626.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from cli_story import Terminal
from reference_folders import grid_of, readme_of, source_of

from gridops.adapters.content import models_dir
from gridops.adapters.grid_files import check_grid
from gridops.errors.severity import Severity
from gridops.ids import BranchId, LoadId, NodeId, SectionId, SwitchId
from gridops.network import Branch, Network, SwitchKind
from gridops.powerflow import LoadPower
from gridops.state import energise
from tests.radial_sweep import RadialSweep

HOURS_PER_YEAR = 8760.0
SUSPECT = {"rbts_bus6": [("L59a", "B44")]}
"""True warning: at the end of 38 km of line a fault draws less than the pick-up by rule."""
SYSTEMS = ("rbts_bus2", "rbts_bus4", "rbts_bus6")


@dataclass(frozen=True)
class Interruption:
    """One load, once per failure."""

    load: LoadId
    per_year: float
    hours: float


@dataclass(frozen=True)
class Indices:
    saifi: float
    saidi_h: float
    ens_mwh: float

    @property
    def caidi_h(self) -> float:
        return self.saidi_h / self.saifi

    @property
    def asai(self) -> float:
        return 1.0 - self.saidi_h / HOURS_PER_YEAR


def indices_of(network: Network, *, spares: bool) -> Indices:
    found = [*line_failures(network), *transformer_failures(network, spares=spares)]
    loads = network.loads
    return Indices(
        saifi=sum(one.per_year * loads[one.load].customers for one in found) / network.customers,
        saidi_h=sum(one.per_year * one.hours * loads[one.load].customers for one in found)
        / network.customers,
        ens_mwh=sum(
            one.per_year * one.hours * (loads[one.load].p_w_average or 0.0) / 1e6 for one in found
        ),
    )


def transformer_failures(network: Network, *, spares: bool) -> Iterator[Interruption]:
    for load in network.loads.values():
        rate = load.transformer_failures_per_year
        time_s = load.transformer_replacement_time_s if spares else load.transformer_repair_time_s
        if rate is not None and time_s is not None:
            yield Interruption(load.id, rate, time_s / 3600.0)


def line_failures(network: Network) -> Iterator[Interruption]:
    for branch in network.branches.values():
        assert isinstance(branch, Branch)
        assert branch.failures_per_year is not None
        assert branch.repair_time_s is not None
        section = network.section_of_branch[branch.id]
        for dark, hours in hours_dark(network, section, repair_h=branch.repair_time_s / 3600.0):
            for load in network.sections[dark].loads:
                yield Interruption(load, branch.failures_per_year, hours)


def hours_dark(
    network: Network, faulted: SectionId, *, repair_h: float
) -> Iterator[tuple[SectionId, float]]:
    """Every section that loses supply, and for how long."""
    normal = frozenset(s.id for s in network.switches.values() if s.is_normally_closed)
    before = energise(network, normal)
    cleared_by = next(s for s in reversed(before.path(faulted)) if network.switches[s].protects)
    fence = {s for s in network.sections[faulted].switches if is_fence(network, s)}
    fenced = energise(network, normal - fence)
    ties = {
        s.id
        for s in network.switches.values()
        if not s.is_normally_closed and s.id not in network.sections[faulted].switches
    }
    helped = energise(network, (normal - fence) | ties)
    switching_h = max(network.switches[s].operating_time_s for s in fence | ties) / 3600.0
    for section in before.behind(cleared_by):
        back = section != faulted and (fenced.is_supplied(section) or helped.is_supplied(section))
        yield section, switching_h if back else repair_h


def is_fence(network: Network, switch: SwitchId) -> bool:
    """A fuse stands where the lateral begins: nothing is brought back by taking it out."""
    return network.switches[switch].kind is not SwitchKind.FUSE


@pytest.mark.parametrize(
    ("spares", "published"),
    [
        pytest.param(False, (0.248, 3.61, 14.55, 37.746), id="case A: transformers are repaired"),
        pytest.param(True, (0.248, 0.77, 3.08, 8.844), id="case E: transformers are replaced"),
    ],
)
def test_bus_2_gives_its_published_indices(spares: bool, published: tuple[float, ...]) -> None:
    found = indices_of(grid_of("rbts_bus2"), spares=spares)
    assert published == (
        round(found.saifi, 3),
        round(found.saidi_h, 2),
        round(found.caidi_h, 2),
        round(found.ens_mwh, 3),
    )


def test_bus_2_gives_the_independent_computation_to_six_digits() -> None:
    kept = source_of("rbts_bus2_headline")
    for case, spares in (("A", False), ("E", True)):
        found, wanted = indices_of(grid_of("rbts_bus2"), spares=spares), kept["system"][case]
        assert found.saifi == pytest.approx(wanted["SAIFI"], abs=5e-7)
        assert found.saidi_h == pytest.approx(wanted["SAIDI_h"], abs=5e-7)
        assert found.ens_mwh == pytest.approx(wanted["ENS_MWh"], abs=5e-7)
        assert found.asai == pytest.approx(wanted["ASAI"], abs=5e-7)


def test_bus_4_gives_its_published_indices() -> None:
    found = indices_of(grid_of("rbts_bus4"), spares=False)
    assert round(found.saifi, 2) == 0.30
    assert round(found.saidi_h, 2) == 3.47
    assert round(found.caidi_h, 2) == 11.56
    assert round(found.ens_mwh, 3) == 54.293
    assert round(found.asai, 6) == 0.999604


def test_bus_6_gives_its_published_customer_indices_and_nearly_its_energy() -> None:
    """72.641 MWh here, 72.815 published: 0.24 % less; the README tells what can be excluded.

    SAIDI and CAIDI agree to the last digit, so every load point with many customers is right.
    """
    found = indices_of(grid_of("rbts_bus6"), spares=False)
    assert found.saifi == pytest.approx(1.0067, abs=6e-5)
    assert round(found.saidi_h, 4) == 6.6688
    assert round(found.caidi_h, 4) == 6.6247
    assert found.ens_mwh == pytest.approx(72.6415, abs=5e-5)
    assert found.ens_mwh == pytest.approx(72.81531, rel=0.0025)


def test_a_main_of_bus_2_is_fenced_within_the_hour_and_both_sides_come_back() -> None:
    """L4 lies between the disconnectors L4a and L7a; BS1 feeds what is behind L7a."""
    network = grid_of("rbts_bus2")
    hours = dict(hours_dark(network, network.section_of("L4"), repair_h=5.0))
    at = {node: hours[network.section_of_node[NodeId(node)]] for node in ("B3", "B4", "B5", "B6")}
    assert at == {"B3": 1.0, "B4": 5.0, "B5": 1.0, "B6": 1.0}


def test_a_lateral_fault_blows_its_fuse_and_darkens_one_load_point() -> None:
    network = grid_of("rbts_bus2")
    dark = [s for s, _ in hours_dark(network, network.section_of("L2"), repair_h=5.0)]
    assert [load for s in dark for load in network.sections[s].loads] == ["LP1"]


@pytest.mark.parametrize("name", SYSTEMS)
def test_lengths_rates_times_and_customers_are_those_of_the_source(name: str) -> None:
    network, source = grid_of(name), source_of(name)
    lines = {f"L{row['id'][1:]}": row for row in source["sections"] if row["length_km"] > 0}
    assert set(network.branches) == set(lines)
    for ident, row in lines.items():
        line = network.branches[BranchId(ident)]
        assert isinstance(line, Branch)
        assert line.length_m == pytest.approx(1e3 * row["length_km"])
        assert line.failures_per_year == pytest.approx(
            row["length_km"] * row["failure_rate_per_km_year"]
        )
        assert line.repair_time_s == 3600.0 * row["repair_h"]
    for row in source["load_points"]:
        load = network.loads[LoadId(row["id"])]
        assert (load.node, load.customers) == (row["node"], row["customers"])
        assert load.p_w == pytest.approx(1e6 * row["peak_mw"])
        assert load.p_w_average == pytest.approx(1e6 * row["avg_mw"])
        assert (load.transformer_failures_per_year is None) == (row["transformer"] is None)


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_device_of_the_source_is_there(name: str) -> None:
    network, source = grid_of(name), source_of(name)
    kinds = {
        "breaker": SwitchKind.BREAKER,
        "disconnect": SwitchKind.DISCONNECTOR,
        "fuse": SwitchKind.FUSE,
    }
    wanted = {
        f"L{row['id'][1:]}{letter}": kinds[device]
        for row in source["sections"]
        for letter, devices in (("a", row["dev_from"]), ("b", row["dev_to"]))
        for device in devices
    }
    wanted |= {row["id"]: SwitchKind.LOAD_BREAK_SWITCH for row in source["alternative_supplies"]}
    assert {s.id: s.kind for s in network.switches.values()} == wanted
    open_ones = {s.id for s in network.switches.values() if not s.is_normally_closed}
    assert open_ones == {row["id"] for row in source["alternative_supplies"]}


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_reliability_system_is_sound_at_peak_and_with_any_one_alternative_supply(
    name: str,
) -> None:
    """The tables take every transfer as possible: so it is, within 0.90 pu and 100 %."""
    told = [f.ids for f in check_grid(models_dir() / name).flaws if f.severity is not Severity.NOTE]
    assert told == SUSPECT.get(name, [])
    network = grid_of(name)
    normal = frozenset(s.id for s in network.switches.values() if s.is_normally_closed)
    states = [normal]
    for tie in network.switches.values():
        if tie.is_normally_closed:
            continue
        for near in network.section_ends[tie.id]:
            head = energise(network, normal).path(near)[0]
            states.append((normal | {tie.id}) - {head})
    loads = {load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()}
    for closed in states:
        result = RadialSweep(network).solve(closed, loads)
        assert result.converged
        assert len(result.voltage_pu) == len(network.nodes)
        assert min(result.voltage_pu.values()) > 0.90
        assert max(result.loading_pct.values()) < 100.0
        for fuse in network.switches.values():
            if fuse.kind is SwitchKind.FUSE:
                assert result.switch_current_a[fuse.id] < fuse.current_a_rated


def test_a_crew_brings_back_both_sides_of_a_main_line_fault(gridops_says: Terminal) -> None:
    said = gridops_says("whatif", "rbts_bus2", "--fault", "L4", "--json").document
    assert said["tripped"] == ["L1a"]
    assert said["fence"] == ["L4a", "L7a"]
    assert [(step["action"], step["switch"], step["by"]) for step in said["plan"]["steps"]] == [
        ("open", "L4a", "crew"),
        ("open", "L7a", "crew"),
        ("close", "L1a", "remote"),
        ("close", "BS1", "crew"),
    ]
    assert said["customers"]["until_repair"] == 211
    assert said["guard"]["passed"]


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_figures_in_the_readme_are_those_of_the_grid(name: str) -> None:
    network, text = grid_of(name), readme_of(name)
    normal = {s.id for s in network.switches.values() if s.is_normally_closed}
    loads = network.loads.values()
    result = RadialSweep(network).solve(
        normal, {load.id: LoadPower(load.p_w, load.q_var) for load in loads}
    )
    kinds = Counter(s.kind for s in network.switches.values())
    average_w = sum(load.p_w_average or 0.0 for load in loads)
    km = sum(b.length_m for b in network.branches.values() if isinstance(b, Branch)) / 1e3
    repaired = indices_of(network, spares=False)
    replaced = indices_of(network, spares=True)
    for said in (
        f"| lines | {len(network.branches)}, {km:.2f} km |",
        f"| sections | {len(network.sections)} |",
        f"| breakers (heads) | {kinds[SwitchKind.BREAKER]} ({len(network.heads)}) |",
        f"| disconnectors | {kinds[SwitchKind.DISCONNECTOR]} |",
        f"| fuses | {kinds[SwitchKind.FUSE]} |",
        f"| alternative supplies | {kinds[SwitchKind.LOAD_BREAK_SWITCH]} |",
        f"| load points | {len(loads)} |",
        f"| peak, average load | {sum(x.p_w for x in loads) / 1e6:.3f}, {average_w / 1e6:.3f} MW |",
        f"| customers | {network.customers:,} |",
        f"| SAIFI | {repaired.saifi:.5f} | {replaced.saifi:.5f} |",
        f"| SAIDI | {repaired.saidi_h:.4f} h | {replaced.saidi_h:.4f} h |",
        f"| CAIDI | {repaired.caidi_h:.4f} h | {replaced.caidi_h:.4f} h |",
        f"| ENS | {repaired.ens_mwh:.3f} MWh | {replaced.ens_mwh:.3f} MWh |",
        f"{min(result.voltage_pu.values()):.4f} pu",
        f"{max(result.loading_pct.values()):.1f} %",
        "".join(sorted(f.grade for f in check_grid(models_dir() / name).feeders)),
    ):
        assert said in text, said
