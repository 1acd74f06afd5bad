"""Validation tells flaws, whatever the grid; it never fails on one, nor blames a sound one."""

from dataclasses import fields, replace
from enum import Enum
from typing import Any, get_args, get_type_hints

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_feeders import drawings

from gridops.adapters.engines import PowerGridModelEngine
from gridops.network import Components, build_network, draw
from gridops.network.flaws import GridFlaw
from gridops.network.validation import validate
from gridops.network.validation_readiness import readiness
from gridops.network.validation_suspicions import suspicions
from gridops.study.review import review
from tests.unit.sound_grid import (
    SOUND,
    STEPPED_DOWN,
    with_generator,
    with_phasing,
    with_profile,
    with_shunt,
)

TABLES = [each.name for each in fields(Components) if each.name not in ("name", "frequency_hz")]
TABLES.remove("limits")
FULL = with_profile(*[1.0] * 24, grid=with_phasing(with_shunt(with_generator(STEPPED_DOWN))))
IDS = st.sampled_from(["", " ", "A", "B", "S1", "b1", "a", "\u0103", "\x00", "=1", "S1 ", "T1"])
NUMBERS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-300, 1e300, 1.7e308, -1.7e308, 22.0, 22e3]),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(0.01, 1e7),
)
INTEGERS = st.one_of(st.integers(-(10**15), 10**15), st.integers(-3, 13))


def any_value(kind: Any) -> st.SearchStrategy[Any]:
    """Whatever fits the type of a field, and nothing that it was made for."""
    choices = [any_value(each) for each in get_args(kind) if each is not Ellipsis]
    if getattr(kind, "__origin__", None) is tuple:
        return st.lists(NUMBERS, max_size=30).map(tuple)
    if choices:
        return st.one_of(*choices)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    plain = getattr(kind, "__supertype__", kind)
    known = {bool: st.booleans(), int: INTEGERS, float: NUMBERS, str: IDS, type(None): st.none()}
    return known[plain]


def rows_of(table: str) -> st.SearchStrategy[tuple[Any, ...]]:
    kind = type(getattr(FULL, table)[0])
    columns = {name: any_value(hint) for name, hint in get_type_hints(kind).items()}
    return st.lists(st.builds(kind, **columns), max_size=4).map(tuple)


WILD = st.builds(
    Components,
    name=IDS,
    frequency_hz=NUMBERS,
    **{table: rows_of(table) for table in TABLES},  # type: ignore[arg-type]  # by name
)


@st.composite
def spoilt(draw_: st.DrawFn) -> Components:
    """A sound grid in which up to four cells hold anything."""
    grid = draw_(st.sampled_from([SOUND, STEPPED_DOWN, FULL]))
    for _ in range(draw_(st.integers(1, 4))):
        table = draw_(st.sampled_from([t for t in TABLES if getattr(grid, t)]))
        rows = list(getattr(grid, table))
        k = draw_(st.integers(0, len(rows) - 1))
        hints = get_type_hints(type(rows[k]))
        column = draw_(st.sampled_from(list(hints)))
        rows[k] = replace(rows[k], **{column: draw_(any_value(hints[column]))})
        grid = replace(grid, **{table: tuple(rows)})
    return grid


def told_of(grid: Components) -> list[GridFlaw]:
    """Everything that a check tells; the review only where there are no errors."""
    flaws = [*validate(grid), *suspicions(grid)]
    if not any(flaw.is_error for flaw in flaws):
        network = build_network(grid)
        reviewed = review(network, PowerGridModelEngine(network))
        readiness(network, reviewed.findings)
        flaws += reviewed.flaws
    return flaws


def all_are_whole(flaws: list[GridFlaw], grid: Components) -> bool:
    return all(
        flaw.message
        and flaw.remedy
        and (flaw.index is None or flaw.index < len(getattr(grid, flaw.table)))
        for flaw in flaws
    )


@given(WILD)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_no_grid_is_too_wild_to_be_told_its_flaws(grid: Components) -> None:
    assert all_are_whole(told_of(grid), grid)


@given(spoilt())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_a_few_wild_cells_are_told_and_never_trip_a_check(grid: Components) -> None:
    assert all_are_whole(told_of(grid), grid)
    assert told_of(grid) == told_of(grid)


@given(drawings())
@settings(max_examples=60)
def test_a_random_sound_grid_has_no_errors_and_nothing_suspect(text: str) -> None:
    grid = draw(text).components
    assert [flaw for flaw in validate(grid) if flaw.code != "remote-without-command"] == []
    assert {flaw.code for flaw in suspicions(grid)} == {"area-missing"}
    assert not any(flaw.is_error for flaw in told_of(grid))
