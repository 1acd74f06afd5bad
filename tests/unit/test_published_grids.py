"""The published reconfiguration grids give the published losses, and what their READMEs say.

Losses before and after the best known reconfiguration: Civanlar et al., 10.1109/61.193906;
Baran and Wu, 10.1109/61.25627; Su and Lee, 10.1109/TPWRD.2003.813641 (which prints switch 41
for 42). For the other grids the optimum, its source and its switches are those collected in
`getIndividuoOtimo.m` of github.com/Zecao/IterativeBranchExchange: 98.59 kW (Imran, Kowsalya,
Kothari), 869.69 kW (Ahmadi, Marti, 2015, whose lines count from 2), 280.193 kW (Barbosa et
al., 2013). No published figure was found for the grids of Das and of Kraftringen.
"""

import pytest
from cli_story import Terminal
from reference_folders import grid_of, readme_of, source_of

from gridops.adapters.content import models_dir
from gridops.adapters.engines import PowerGridModelEngine
from gridops.adapters.grid_files import check_grid
from gridops.errors.severity import Severity
from gridops.ids import SwitchId
from gridops.network import Branch, Control, Network
from gridops.powerflow import FlowResult, LoadPower
from tests.radial_sweep import RadialSweep

NORMAL_LOSS_KW = {
    "civanlar16": 511.436,
    "baranwu33": 202.677,
    "pge69": 224.992,
    "das70": 341.427,
    "tpc84": 531.994,
    "zhang119": 1298.092,
    "brazil136": 320.364,
    "kraftringen533_hi": 525.371,
}
BEST = {
    "civanlar16": (466.127, "17 19 26"),
    "baranwu33": (139.551, "7 9 14 32 37"),
    "pge69": (98.605, "14 56 61 69 70"),
    "tpc84": (469.878, "7 13 34 39 42 55 62 72 83 86 89 90 92"),
    "zhang119": (869.730, "23 26 34 39 42 51 58 71 74 95 97 109 122 129 130"),
    "brazil136": (
        280.193,
        "7 35 51 90 96 106 118 126 135 137 138 141 142 144 145 146 147 148 150 151 155",
    ),
}
SUSPECT = {
    "kraftringen533_hi": [("L78b", "L139.130"), ("L301b", "L572.348")],
    "zhang119": [("L1a", "L123.37"), ("L62a", "L128.99")],
}
"""True warnings: a pick-up of 1.2 times the rating does not see faults at these far ends."""
GRIDS = sorted(NORMAL_LOSS_KW)
ENGINES = pytest.mark.parametrize("engine", [RadialSweep, PowerGridModelEngine])
TOLERANCE_KW = 6e-4
"""To the last published digit."""


def solved(network: Network, engine: type, *, open_lines: str | None = None) -> FlowResult:
    """The normal state, or every line closed at both ends but these."""
    normal = {s.id for s in network.switches.values() if s.is_normally_closed}
    closed = normal
    if open_lines is not None:
        closed = set(network.switches) - {SwitchId(f"L{k}a") for k in open_lines.split()}
    found: FlowResult = engine(network).solve(
        closed,
        {load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()},
        generators={g.id: LoadPower(g.p_w, g.q_var) for g in network.generators.values()},
    )
    assert found.converged
    return found


def losses_kw(network: Network, result: FlowResult) -> float:
    drawn = sum(load.p_w for load in network.loads.values())
    fed_in = sum(generator.p_w for generator in network.generators.values())
    return (sum(result.source_p_w.values()) - drawn - fed_in) / 1e3


@ENGINES
@pytest.mark.parametrize("name", GRIDS)
def test_the_normal_state_has_the_published_losses(name: str, engine: type) -> None:
    network = grid_of(name)
    found = losses_kw(network, solved(network, engine))
    assert found == pytest.approx(NORMAL_LOSS_KW[name], abs=TOLERANCE_KW)


@ENGINES
@pytest.mark.parametrize("name", sorted(BEST))
def test_the_best_known_reconfiguration_has_the_published_losses(name: str, engine: type) -> None:
    network, (loss_kw, open_lines) = grid_of(name), BEST[name]
    result = solved(network, engine, open_lines=open_lines)
    assert losses_kw(network, result) == pytest.approx(loss_kw, abs=TOLERANCE_KW)
    assert len(result.voltage_pu) > len(network.branches)


@pytest.mark.parametrize("name", GRIDS)
def test_pandapower_reckons_the_same_losses_from_the_source_alone(name: str) -> None:
    """Built from the source document, past our conversion: 0.1 W is what rounding leaves."""
    import pandapower  # noqa: PLC0415  2-3 s, and only this test needs it

    source, net = source_of(name), pandapower.create_empty_network()
    bus = {n["id"]: pandapower.create_bus(net, n["kv"]) for n in source["nodes"]}
    for n in source["nodes"]:
        pandapower.create_load(net, bus[n["id"]], n["p_kw"] / 1e3, n["q_kvar"] / 1e3)
    for slack in source["slack"]:
        pandapower.create_ext_grid(net, bus[slack], vm_pu=source["vslack"])
    for row in source["branches"]:
        if not row["normally_open"]:
            ends, ohm = (bus[row["a"]], bus[row["b"]]), (row["r_ohm"], row["x_ohm"])
            pandapower.create_line_from_parameters(net, *ends, 1.0, *ohm, 0.0, 1.0)
    pandapower.runpp(net, tolerance_mva=1e-9, numba=False)
    network = grid_of(name)
    found = losses_kw(network, solved(network, RadialSweep))
    assert found == pytest.approx(1e3 * net.res_line.pl_mw.sum(), abs=1e-4)


def test_the_optimum_of_tpc84_as_printed_is_not_the_optimum() -> None:
    network, (best_kw, open_lines) = grid_of("tpc84"), BEST["tpc84"]
    printed = solved(network, RadialSweep, open_lines=open_lines.replace("42", "41"))
    assert losses_kw(network, printed) == pytest.approx(best_kw + 1.2, abs=0.01)


@pytest.mark.parametrize("name", GRIDS)
def test_impedances_loads_and_ties_are_those_of_the_source(name: str) -> None:
    network, source = grid_of(name), source_of(name)
    assert len(network.branches) == len(source["branches"])
    for row in source["branches"]:
        line = network.branches[f"L{row['id']}"]  # type: ignore[index]
        assert isinstance(line, Branch)
        assert (line.r_ohm, line.x_ohm, line.c_f) == (row["r_ohm"], row["x_ohm"], 0.0)
        switches = [s for s in network.switches.values() if s.id[:-1] == line.id]
        assert any(not s.is_normally_closed for s in switches) == row["normally_open"]
        ends = {str(row["a"]), str(row["b"])}
        assert {str(s.node_a) for s in switches} == (ends if switches else set())
    drawn_w = sum(load.p_w for load in network.loads.values())
    fed_in_w = sum(generator.p_w for generator in network.generators.values())
    assert drawn_w + fed_in_w == pytest.approx(1e3 * sum(n["p_kw"] for n in source["nodes"]))


@pytest.mark.parametrize("name", GRIDS)
def test_a_published_grid_is_sound_and_keeps_its_limits(name: str) -> None:
    report = check_grid(models_dir() / name)
    assert report.ok
    told = [flaw.ids for flaw in report.flaws if flaw.severity is not Severity.NOTE]
    assert told == SUSPECT.get(name, [])
    network = grid_of(name)
    result = solved(network, RadialSweep)
    assert network.limits.voltage_pu_min is not None
    assert min(result.voltage_pu.values()) > network.limits.voltage_pu_min
    assert max(result.voltage_pu.values()) < 1.001
    assert max(result.loading_pct.values()) < 90


@pytest.mark.parametrize("name", sorted(set(GRIDS) - {"kraftringen533_hi"}))
def test_every_switch_of_a_reconfiguration_grid_is_remote(name: str) -> None:
    assert {s.control for s in grid_of(name).switches.values()} == {Control.REMOTE}


def test_kraftringen_feeds_in_what_the_source_counts_as_negative_load() -> None:
    network = grid_of("kraftringen533_hi")
    negative = [n for n in source_of("kraftringen533_hi")["nodes"] if n["p_kw"] < 0]
    assert len(negative) == 19
    assert {g.id: g.p_w for g in network.generators.values()} == {
        f"G{n['id']}": pytest.approx(1e3 * n["p_kw"]) for n in negative
    }
    assert all(load.p_w >= 0 for load in network.loads.values())


@pytest.mark.parametrize("name", GRIDS)
def test_the_figures_in_the_readme_are_those_of_the_grid(name: str) -> None:
    network, text = grid_of(name), readme_of(name)
    result = solved(network, RadialSweep)
    sections, switches = len(network.sections), network.switches.values()
    remote = sum(s.control is Control.REMOTE for s in switches)
    ties = sum(not s.is_normally_closed for s in switches)
    grades = "".join(sorted(f.grade for f in check_grid(models_dir() / name).feeders))
    for said in (
        f"| lines | {len(network.branches)} |",
        f"| sections | {sections:,} |",
        f"| switches (remote, normally open) | {len(switches):,} ({remote}, {ties}) |",
        f"| feeders | {len(network.heads)} |",
        f"| loads | {len(network.loads)} |",
        f"| load | {sum(load.p_w for load in network.loads.values()) / 1e6:.3f} MW |",
        f"| customers (by rule) | {network.customers:,} |",
        f"| losses | {losses_kw(network, result):.3f} kW |",
        f"| lowest voltage | {min(result.voltage_pu.values()):.4f} pu |",
        f"| highest loading | {max(result.loading_pct.values()):.1f} % |",
        f"grades {' '.join(grades)}" if len(grades) < 12 else f"A to {grades[-1]}",
    ):
        assert said in text, said
    if name in BEST:
        assert f"{BEST[name][0]:.3f} kW" in text
        assert ", ".join(BEST[name][1].split()) in text


@pytest.mark.parametrize(
    ("line", "optimum_kw", "reached_kw"), [(6, 1075, 1075), (22, 930, 930), (29, 620 - 200, 60)]
)
def test_line_faults_restore_no_more_than_the_true_optimum(
    line: int, optimum_kw: float, reached_kw: float, gridops_says: Terminal
) -> None:
    """Equal for lines 6 and 22; less for 29, which the plan says by its gap."""
    sample = next(
        f for f in source_of("baranwu33_restoration_samples")["faults"] if f["fault"] == line
    )
    assert sample["restored_kw"] == optimum_kw
    said = gridops_says(
        *("whatif", "baranwu33", "--fault", f"L{line}", "--json"),
        *("--limit", "voltage_pu_min=0.90", "--limit", "loading_pct_max=none"),
    )
    assert said.code == 0
    until_repair_kw = said.document["p_w"]["until_repair"] / 1e3
    restored_kw = sample["interrupted_kw"] - until_repair_kw
    assert restored_kw == pytest.approx(reached_kw)
    assert restored_kw <= optimum_kw
    assert said.document["guard"]["passed"]
