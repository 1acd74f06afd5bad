"""Every number with a unit, planted a thousand times too large and too small, is told."""

from dataclasses import replace

import pytest

from gridops.adapters.grid_files.attributes import attributes
from gridops.network import Components
from gridops.network.validation import validate
from gridops.network.validation_suspicions import suspicions
from tests.unit.sound_grid import STEPPED_DOWN, with_, with_generator, with_profile, with_shunt

HOUR_S = 3600.0


def usual_grid() -> Components:
    """A sound grid in which every optional number is given, and usual."""
    generator = with_generator(STEPPED_DOWN, q_var=20e3)
    grid = with_profile(*[1.0] * 24, grid=with_shunt(generator, p_w=1e3))
    for node in ("S1", "A", "B", "C", "D", "E"):
        grid = with_("nodes", node, grid, longitude_deg=105.8, latitude_deg=21.0)
    fails = {"failures_per_year": 0.05, "repair_time_s": 4 * HOUR_S}
    grid = with_("nodes", "A", grid, **fails)
    grid = with_("branches", "A-s1", grid, current_a_emergency=450.0, **fails)
    grid = with_("transformers", "T1", grid, tap_step_pu=0.015, tap_position=1, **fails)
    grid = with_(
        "transformers", "T1", grid, replacement_time_s=48 * HOUR_S, power_va_emergency=30e6
    )
    grid = with_("sources", "S1", grid, power_va_max=30e6)
    grid = with_("switches", "r1", grid, making_current_a=40e3, breaking_current_a=16e3)
    grid = with_("switches", "r1", grid, reclose_delays_s=(5.0,), trip_delay_s=0.1, **fails)
    grid = with_("switches", "r1", grid, stay_wait_s=40.0, settle_wait_s=5.0)
    return with_(
        "loads",
        "A",
        grid,
        p_w_average=60e3,
        transformer_power_va_rated=250e3,
        transformer_failures_per_year=0.02,
        transformer_repair_time_s=100 * HOUR_S,
        transformer_replacement_time_s=8 * HOUR_S,
    )


ROW = {
    "nodes": "A",
    "branches": "A-s1",
    "transformers": "T1",
    "switches": "r1",
    "sources": "S1",
    "loads": "A",
    "generators": "G",
    "shunts": "C",
}
UNITS = [
    (each.table, each.name)
    for each in attributes()
    if each.unit and each.table in ROW and each.type in ("number", "numbers")
]

MAY_BE_SMALL = {
    # Nothing is odd about what hardly ever fails, draws hardly any reactive power or loses little.
    ("nodes", "failures_per_year"),
    ("branches", "failures_per_year"),
    ("transformers", "failures_per_year"),
    ("switches", "failures_per_year"),
    ("loads", "transformer_failures_per_year"),
    ("loads", "q_var"),
    ("generators", "q_var"),
    ("shunts", "p_w"),
}


def told(grid: Components) -> set[str]:
    return {flaw.code for flaw in (*validate(grid), *suspicions(grid))}


def test_the_usual_grid_is_sound() -> None:
    assert told(usual_grid()) == set()


@pytest.mark.parametrize(
    ("table", "attribute", "factor"),
    [(*each, 1e3) for each in UNITS]
    + [(*each, 1e-3) for each in UNITS if each not in MAY_BE_SMALL],
)
def test_a_factor_of_a_thousand_is_told(table: str, attribute: str, *, factor: float) -> None:
    grid = usual_grid()
    (row,) = [r for r in getattr(grid, table) if r.id == ROW[table]]
    value = getattr(row, attribute)
    assert value, f"{attribute} needs a usual value in this test"
    wrong = value * factor if isinstance(value, float) else tuple(v * factor for v in value)
    rows = tuple(replace(r, **{attribute: wrong}) if r is row else r for r in getattr(grid, table))
    assert told(replace(grid, **{table: rows})) != set()


def in_kw(*p_kw: float) -> Components:
    """A sound grid of industrial customers whose kW stand in the column of W."""
    grid = usual_grid()
    for load, p in zip(grid.loads, p_kw, strict=False):
        grid = with_("loads", load.id, grid, customers=1, p_w=p, q_var=0.3 * p, p_w_average=None)
    return grid


def small_loads(grid: Components) -> list[str]:
    return [f.message for f in suspicions(grid) if "loads draws" in f.message]


def test_kw_of_single_customers_are_told_by_all_loads_together() -> None:
    (told,) = small_loads(in_kw(*[250.0] * 5))
    assert told == "none of 5 loads draws 2 kW at medium voltage; A: 250 W"


def test_one_load_of_usual_power_shows_that_the_others_are_small() -> None:
    assert small_loads(in_kw(250.0, 250.0, 250.0, 250.0, 5e3)) == []
