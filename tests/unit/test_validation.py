"""What validation says of sound, empty, meshed and half-read grids."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.adapters.content import models_dir
from gridops.adapters.grid_files import read_components
from gridops.measurement import Position
from gridops.network import (
    Components,
    Control,
)
from gridops.network.flaws import Gaps
from gridops.network.validation import validate
from tests.unit.sound_grid import SOUND, STEPPED_DOWN, also, codes, with_, without


def test_a_sound_grid_has_no_flaws() -> None:
    assert validate(SOUND) == ()
    assert validate(STEPPED_DOWN) == ()


@pytest.mark.parametrize("grid", ["oberrhein", "hanoi_ring"])
def test_the_shipped_grids_have_no_flaws(grid: str) -> None:
    assert read_components(models_dir() / grid)[1] == ()


def test_head_without_protection_is_an_error_elsewhere_a_warning() -> None:
    bare = without("points", "b1.protection", grid=with_("switches", "b1", pickup_current_a=None))
    assert [(f.code, f.severity) for f in validate(bare)] == [
        ("breaker-without-protection", "error")
    ]


def test_kilovolts_are_told_at_every_node() -> None:
    grid = replace(SOUND, nodes=tuple(replace(n, voltage_v_nominal=22.0) for n in SOUND.nodes))
    assert codes(validate(grid)) == ["voltage-absurd"] * len(SOUND.nodes)


def test_a_fuse_is_not_remote() -> None:
    grid = with_("switches", "f1", control=Control.REMOTE, operating_time_s=2.0)
    assert "fuse-remote" in codes(validate(grid))


def test_one_node_in_another_country_is_told() -> None:
    nodes = [replace(n, longitude_deg=105.8, latitude_deg=21.0) for n in SOUND.nodes]
    nodes[3] = replace(nodes[3], longitude_deg=21.0, latitude_deg=85.8)
    (flaw,) = validate(replace(SOUND, nodes=tuple(nodes)))
    assert (flaw.code, flaw.index) == ("coordinates-far-away", 3)


def test_a_loop_names_the_whole_ring_and_nothing_else() -> None:
    flaws = validate(also("branches", "A-s1", id="ring", from_node="A", to_node="B"))
    (loop,) = [flaw for flaw in flaws if flaw.code == "normal-loop"]
    assert set(loop.ids) == {"A-s1", "s1", "B-s1", "ring"}


def test_a_parallel_names_the_whole_way_from_source_to_source() -> None:
    (flaw,) = validate(with_("switches", "t1", normal_position=Position.CLOSED))
    assert {"b1", "s1", "t1", "b2"} <= set(flaw.ids)


def test_an_empty_grid_says_what_it_lacks() -> None:
    assert codes(validate(Components(name="empty"))) == [
        "empty-table",
        "empty-table",
        "no-telemetry",
    ]


def test_a_meshed_grid_is_told_up_to_a_bound() -> None:
    grid = SOUND
    for k in range(30):
        grid = also("branches", "A-s1", grid, id=f"ring{k}", from_node="A", to_node="B")
    rings = [code for code in codes(validate(grid)) if code in ("normal-loop", "parallel-branches")]
    assert len(rings) == 20


def test_what_was_not_read_is_not_blamed() -> None:
    """B's row could not be read: what hangs on it neither dangles nor is unreachable."""
    grid = without("nodes", "B")
    assert "dangling-branch" in codes(validate(grid))
    gaps = Gaps(ids={"nodes": frozenset({"B"})})
    assert validate(grid, gaps) == ()


@given(
    table=st.sampled_from(["nodes", "branches", "switches", "sources", "loads", "links", "points"]),
    data=st.data(),
)
def test_a_row_that_goes_missing_never_breaks_validation(table: str, data: st.DataObject) -> None:
    rows = getattr(SOUND, table)
    gone = data.draw(st.sets(st.sampled_from([row.id for row in rows]), min_size=1))
    first = validate(without(table, *sorted(gone)))
    assert first == validate(without(table, *sorted(gone)))
