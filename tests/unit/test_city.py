"""The synthetic city: the same anywhere, sound, feasible, tied together, of the promised size."""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.adapters.engines.pgm import PowerGridModelEngine
from gridops.bootstrap.workbench import Grid
from gridops.city import FEEDERS_MAX, FEEDERS_MIN, HANOI, build_city
from gridops.errors.severity import Severity
from gridops.ids import FeederId, GeneratorId, LoadId, SectionId
from gridops.network import (
    BranchKind,
    Components,
    Control,
    Limits,
    LoadClass,
    Network,
    NodeKind,
    Signal,
    SwitchKind,
    build_network,
)
from gridops.network.validation import validate
from gridops.network.validation_readiness import readiness
from gridops.powerflow import LoadPower, PowerFlow, RadialFlow, violations
from gridops.state import energise
from tests.radial_sweep import RadialSweep

EARTH_RADIUS_M = 6_371_000.0
Engine = Callable[[Network], PowerFlow]
K = TypeVar("K", bound=str)
Case = dict[K, LoadPower]


@cache
def city(feeders: int, seed: int = 1) -> Network:
    return build_network(build_city(feeders, seed=seed))


def normally_closed(network: Network) -> frozenset[str]:
    return frozenset(s.id for s in network.switches.values() if s.is_normally_closed)


def feeder_of(network: Network) -> Mapping[SectionId, FeederId]:
    """Section -> the feeder that supplies it in the normal state."""
    traced = energise(network, normally_closed(network))
    heads = {head: feeder for feeder, head in network.heads.items()}
    return {
        section: heads[through]
        for section in traced.order
        for through in traced.path(section)
        if through in heads
    }


def great_circle_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Haversine; (longitude, latitude) in degrees."""
    (lon_a, lat_a), (lon_b, lat_b) = (tuple(map(math.radians, each)) for each in (one, other))
    h = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(h))


def straight_m(network: Network) -> Iterator[tuple[str, float, float]]:
    """(branch, straight distance of its ends, its length)."""
    for branch in network.components.branches:
        ends = [network.nodes[node] for node in (branch.from_node, branch.to_node)]
        places = [(node.longitude_deg or 0.0, node.latitude_deg or 0.0) for node in ends]
        yield branch.kind, great_circle_m(*places), branch.length_m


def test_the_same_numbers_make_the_same_city() -> None:
    assert build_city(6, seed=3) == build_city(6, seed=3)


def fingerprint(components: Components) -> str:
    """Of what the city decides; the native format may grow columns without changing it."""
    facts = (
        [(n.id, n.kind, n.longitude_deg, n.latitude_deg) for n in components.nodes],
        [(b.id, b.length_m, b.r_ohm, b.c_f, b.failures_per_year) for b in components.branches],
        [(t.id, t.power_va_rated, t.tap_position) for t in components.transformers],
        [(s.id, s.kind, s.control, s.indicator, s.pickup_current_a) for s in components.switches],
        [(c.id, c.p_w, c.q_var, c.customers, c.load_class) for c in components.loads],
        [(g.id, g.p_w) for g in components.generators],
        [(p.id, p.link) for p in components.points],
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def test_the_city_is_the_one_that_other_machines_make() -> None:
    """Whoever changes these numbers changes everybody's cities, and says so in CHANGELOG."""
    assert fingerprint(build_city(5, seed=1)) == "bd8568d4915fe4f3"
    assert fingerprint(build_city(45, seed=2026)) == "a830c4ada3b83fdd"


@pytest.mark.parametrize("towards", [-math.inf, math.inf])
def test_a_sine_that_differs_in_its_last_bit_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, towards: float
) -> None:
    """C libraries differ so; places are rounded before anything is made of them."""
    plain = build_city(45, seed=1)
    for name in ("sin", "cos", "tan", "atan2"):
        exact = getattr(math, name)
        monkeypatch.setattr(math, name, lambda *x, exact=exact: math.nextafter(exact(*x), towards))
    assert build_city(45, seed=1) == plain


def test_another_seed_is_another_city_of_like_size() -> None:
    one, other = build_city(28, seed=1), build_city(28, seed=2)
    assert {b.length_m for b in one.branches} != {b.length_m for b in other.branches}
    assert [load.p_w for load in one.loads] != [load.p_w for load in other.loads]
    for table in ("nodes", "branches", "switches", "loads"):
        ratio = len(getattr(one, table)) / len(getattr(other, table))
        assert 0.9 < ratio < 1.1, table
    powers = [math.fsum(load.p_w for load in each.loads) for each in (one, other)]
    assert powers[0] == pytest.approx(powers[1], rel=0.05)


def test_what_one_parameter_does_not_concern_stays_as_it_was() -> None:
    plain = build_city(10, seed=1)
    no_telecontrol = build_city(10, seed=1, plan=replace(HANOI, automation=(("none", 1.0),)))
    assert no_telecontrol.loads == plain.loads
    assert no_telecontrol.generators == plain.generators
    assert no_telecontrol.switches != plain.switches
    assert not [
        switch
        for switch in no_telecontrol.switches
        if switch.control is Control.REMOTE and switch.kind is not SwitchKind.BREAKER
    ]


def test_more_stations_leave_the_first_where_they_stand() -> None:
    small, large = city(28), city(42)
    for busbar in ("E1.1-C41", "E1.2-C42"):
        assert large.nodes[busbar].longitude_deg == small.nodes[busbar].longitude_deg
        assert large.nodes[busbar].latitude_deg == small.nodes[busbar].latitude_deg


@settings(max_examples=25, deadline=None)
@given(feeders=st.integers(5, 20), seed=st.integers(0, 2**63 - 1))
def test_every_city_is_sound_radial_and_within_its_limits(feeders: int, seed: int) -> None:
    network = build_network(build_city(feeders, seed=seed))
    assert_no_warning(network)
    assert len(network.heads) == feeders
    assert energise(network, normally_closed(network)).dark == frozenset()
    assert_within_limits(network, RadialSweep(network))


def assert_no_warning(network: Network) -> None:
    """Neither errors nor warnings: notes may tell of feeders that wait for telecontrol."""
    flaws = validate(network.components)
    assert [str(flaw) for flaw in flaws if flaw.severity is not Severity.NOTE] == []


@pytest.mark.slow
@pytest.mark.parametrize("feeders", [300, 700, pytest.param(2000, marks=pytest.mark.slow)])
def test_large_cities_are_sound_and_feasible_too(feeders: int) -> None:
    network = build_network(build_city(feeders, seed=1))
    assert_no_warning(network)
    for engine in (RadialSweep(network), PowerGridModelEngine(network)):
        assert_within_limits(network, engine)


@pytest.mark.parametrize("engine", [RadialSweep, PowerGridModelEngine])
@pytest.mark.parametrize(("feeders", "seed"), [(5, 1), (5, 2), (14, 1), (45, 1), (45, 7)])
def test_the_normal_state_is_feasible_in_both_engines(
    engine: Engine, feeders: int, seed: int
) -> None:
    network = city(feeders, seed)
    assert_within_limits(network, engine(network))


def assert_within_limits(network: Network, engine: PowerFlow) -> None:
    """All nodes supplied; the band and every rating kept at the stated loads.

    The sweep solves trees only, so a solution also says that the normal state is radial.
    """
    loads = {load.id: LoadPower(load.p_w, load.q_var) for load in network.loads.values()}
    result = engine.solve(normally_closed(network), loads)
    assert result.converged
    assert result.voltage_pu.keys() == network.nodes.keys()
    rated_a = {switch.id: switch.current_a_rated for switch in network.switches.values()}
    assert violations(result, network.limits, rated_a=rated_a) == ()
    for switch, through_a in result.switch_current_a.items():
        pickup_a = network.switches[switch].pickup_current_a
        assert pickup_a is None or through_a < 0.8 * pickup_a, switch


def powers_at(network: Network, hour: int) -> tuple[Case[LoadId], Case[GeneratorId]]:
    """Of all loads and of all generators, as their profiles have it."""
    factor = {profile.id: profile.factors[hour] for profile in network.profiles.values()}
    following = [*network.loads.values(), *network.components.generators]
    powers = {
        each.id: LoadPower(each.p_w * factor[each.profile], each.q_var * factor[each.profile])
        for each in following
        if each.profile is not None
    }
    generators = {generator: powers[generator] for generator in network.generators}
    return {load: powers[load] for load in network.loads}, generators


@pytest.mark.parametrize("hour", range(24))
def test_no_hour_of_the_day_leaves_the_limits(hour: int) -> None:
    network = city(45, 1)
    loads, generators = powers_at(network, hour)
    engine = PowerGridModelEngine(network)
    result = engine.solve(normally_closed(network), loads, generators=generators)
    rated_a = {switch.id: switch.current_a_rated for switch in network.switches.values()}
    assert violations(result, network.limits, rated_a=rated_a) == ()


@pytest.mark.parametrize(("feeders", "seed"), [(5, 2), (45, 1), (70, 2)])
def test_a_whole_day_at_once_keeps_voltage_and_loading(feeders: int, seed: int) -> None:
    network = city(feeders, seed)
    trees = RadialFlow(network).at(normally_closed(network))
    assert trees is not None
    hours = [powers_at(network, hour) for hour in range(24)]
    day = trees.solve_many([h[0] for h in hours], generators=[h[1] for h in hours])
    assert day.converged.all()
    limits = network.limits
    assert limits.voltage_pu_min is not None
    assert limits.voltage_pu_max is not None
    assert limits.loading_pct_max is not None
    assert day.voltage_pu_min.min() > limits.voltage_pu_min
    assert day.voltage_pu_max.max() < limits.voltage_pu_max
    assert 0.0 < day.loading_pct_max.max() < limits.loading_pct_max
    loads, generators = hours[19]
    slow = RadialSweep(network).solve(normally_closed(network), loads, generators=generators)
    assert day.voltage_pu_min[19] == pytest.approx(min(slow.voltage_pu.values()), abs=1e-8)
    assert day.loading_pct_max[19] == pytest.approx(max(slow.loading_pct.values()), rel=1e-6)


def test_the_ties_have_room_for_what_switching_can_bring_back() -> None:
    """A fault in every 40th line: nearly all that ties can reach comes back within limits."""
    grid = Grid(city(30, 1))
    lifted = Limits(voltage_pu_min=None, voltage_pu_max=None, loading_pct_max=None)
    within, at_best = 0, 0
    for branch in grid.network.components.branches[20::40]:
        answer = grid.what_if(faults=[branch.id]).to_plain()
        assert answer["guard"]["passed"], branch.id
        within += answer["customers"]["restored_by_switching"]
        unlimited = grid.what_if(faults=[branch.id], limits=lifted).to_plain()
        at_best += unlimited["customers"]["restored_by_switching"]
    assert at_best > 10_000
    assert within > 0.9 * at_best


@pytest.mark.parametrize(("feeders", "seed"), [(5, 1), (6, 4), (30, 1), (70, 2)])
def test_every_feeder_is_tied_to_another(feeders: int, seed: int) -> None:
    network = city(feeders, seed)
    of = feeder_of(network)
    tied: Counter[FeederId] = Counter()
    for switch in network.switches.values():
        one, other = (of.get(section) for section in network.section_ends[switch.id])
        if not switch.is_normally_closed and one is not None and other is not None:
            assert one != other, f"{switch.id} ties {one} to itself"
            tied.update((one, other))
    assert set(tied) == set(network.heads)
    assert sum(tied.values()) / feeders > 1.5


def test_most_ties_lead_to_another_transformer() -> None:
    network = city(70, 2)
    traced = energise(network, normally_closed(network))
    ties = [s for s in network.switches.values() if not s.is_normally_closed]
    ends = [[traced.source_of[e] for e in network.section_ends[tie.id]] for tie in ties]
    assert sum(one != other for one, other in ends) > 0.8 * len(ties)


@pytest.mark.parametrize(("feeders", "seed"), [(14, 1), (70, 2)])
def test_lengths_follow_from_the_coordinates(feeders: int, seed: int) -> None:
    factor = {BranchKind.CABLE: 1.3, BranchKind.OVERHEAD: 1.1}
    for kind, straight, length_m in straight_m(city(feeders, seed)):
        assert length_m == pytest.approx(max(5.0, straight * factor[kind]), rel=0.01, abs=0.5)


def test_the_city_lies_around_hanoi() -> None:
    for node in city(70, 2).nodes.values():
        assert node.longitude_deg == pytest.approx(105.85, abs=0.5)
        assert node.latitude_deg == pytest.approx(21.03, abs=0.5)


def test_a_feeder_has_the_size_that_the_plan_promises() -> None:
    network = city(140, 1)
    components = network.components
    per_feeder = {
        "nodes": (len(components.nodes), 70, 80),
        "switches": (len(components.switches), 15, 18),
        "sections": (len(network.sections), 14, 17),
        "loads": (len(components.loads), 33, 38),
        "customers": (sum(load.customers for load in components.loads), 4000, 4600),
        "MW": (math.fsum(load.p_w for load in components.loads) / 1e6, 6.5, 8.5),
        "km": (math.fsum(branch.length_m for branch in components.branches) / 1e3, 11, 14),
    }
    for what, (total, low, high) in per_feeder.items():
        assert low < total / 140 < high, what


def test_it_grows_in_proportion() -> None:
    small, large = build_city(70, seed=1), build_city(280, seed=1)
    for table in ("nodes", "branches", "switches", "loads", "points"):
        ratio = len(getattr(large, table)) / len(getattr(small, table))
        assert ratio == pytest.approx(4.0, rel=0.06), table


def test_most_feeders_are_ready_for_automation_and_some_are_not() -> None:
    grades = Counter(each.grade for each in readiness(city(140, 1)))
    assert grades["A"] > 0.4 * 140
    assert grades["A"] + grades["B"] > 0.75 * 140
    assert grades["C"] + grades["D"] + grades["E"] > 0


def test_every_remote_switch_has_its_points_and_every_point_a_signal_that_fits() -> None:
    components = city(14, 1).components
    has = {(point.element, point.signal) for point in components.points}
    remote = [s for s in components.switches if s.control is Control.REMOTE]
    assert remote
    for switch in remote:
        assert {(switch.id, Signal.POSITION), (switch.id, Signal.COMMAND)} <= has
        assert ((switch.id, Signal.PROTECTION) in has) is switch.protects
    busbars = {node.id for node in components.nodes if node.kind is NodeKind.BUSBAR}
    assert {(busbar, Signal.VOLTAGE) for busbar in busbars} <= has


def test_protection_is_graded_from_the_fuse_to_the_grid_above() -> None:
    network = city(30, 1)
    traced = energise(network, normally_closed(network))
    for section in traced.order:
        way = [network.switches[s] for s in traced.path(section)]
        delays = [switch.trip_delay_s for switch in way if switch.protects]
        assert delays == sorted(delays, reverse=True)
        assert len(set(delays)) == len(delays)


def test_only_overhead_feeders_reclose() -> None:
    network = city(30, 1)
    of = feeder_of(network)
    overhead = Counter(
        of[network.section_of_branch[branch.id]]
        for branch in network.components.branches
        if branch.kind is BranchKind.OVERHEAD
    )
    recloses = {f for f, head in network.heads.items() if network.switches[head].reclose_delays_s}
    assert recloses == {feeder for feeder, lines in overhead.items() if lines > 1}
    assert 0 < len(recloses) < 30


def test_names_are_those_of_a_vietnamese_utility() -> None:
    network = city(30, 1)
    assert {"E1.1-C41", "E1.1-C42", "E1.1-C11"} <= network.nodes.keys()
    assert {"E1.1-431", "E1.1-412", "E1.1-131", "E1.1-471"} <= network.switches.keys()
    assert "471-E1.1" in network.heads
    assert network.switches["E1.1-471"].name == "MC 471 E1.1"


def test_loads_state_everything_that_studies_ask_of_them() -> None:
    components = city(30, 1).components
    profiles = {profile.id: profile for profile in components.profiles}
    for load in components.loads:
        assert load.profile is not None
        assert load.area
        assert 0 < (load.p_w_average or 0) < load.p_w
        drawn_va = math.hypot(load.p_w, load.q_var)
        assert drawn_va < (load.transformer_power_va_rated or 0)
    assert {load.load_class for load in components.loads} == set(LoadClass)
    assert all(len(p.factors) == 24 and max(p.factors) == 1.0 for p in profiles.values())
    assert all(g.p_w < 0 and not g.island_capable for g in components.generators)


@pytest.mark.parametrize("feeders", [FEEDERS_MIN - 1, 0, -7, FEEDERS_MAX + 1])
def test_sizes_that_are_no_city_are_refused(feeders: int) -> None:
    with pytest.raises(ValueError, match=rf"5 to 2000 feeders, not {feeders}"):
        build_city(feeders)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_seeds_out_of_range_are_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="a seed is a whole number"):
        build_city(5, seed=seed)
