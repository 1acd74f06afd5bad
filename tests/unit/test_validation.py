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
    SwitchKind,
    draw,
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


def test_a_loop_says_in_words_which_switches_may_open_it() -> None:
    flaws = validate(also("branches", "A-s1", id="ring", from_node="A", to_node="B"))
    (loop,) = [flaw for flaw in flaws if flaw.code == "normal-loop"]
    assert loop.message.endswith("; its switches are s1")
    assert loop.remedy == "set one of these switches normally open"


def test_a_loop_without_a_switch_asks_for_one() -> None:
    grid = also("branches", "A-s1", id="one", from_node="A.s1", to_node="A.b1")
    (loop,) = [flaw for flaw in validate(grid) if flaw.code == "normal-loop"]
    assert "switches are" not in loop.message
    assert loop.remedy == "put a normally open switch into one of the branches on it"


def test_of_a_long_ring_the_switches_at_its_far_end_are_named() -> None:
    arms = [" ".join(f"[s{arm}{k}] {arm}{k}" for k in range(1, 9)) for arm in "AB"]
    ring = draw(f"S1 [b1] A {arms[0]}\nS1 [b2] B {arms[1]}\nA8 (t1) B8").components
    closed = with_("switches", "t1", ring, normal_position=Position.CLOSED)
    (loop,) = [flaw for flaw in validate(closed) if flaw.code == "normal-loop"]
    named = "sA4, sA5, sA6, sA7, sA8, t1, sB8, sB7, sB6, sB5"
    assert loop.message.endswith(f"of its 19 switches lie at the far end {named}")


def test_a_jumper_of_one_metre_is_not_taken_for_a_millimetre() -> None:
    (flaw,) = validate(with_("branches", "A-s1", length_m=1.0, r_ohm=1e-6, x_ohm=1e-6))
    assert (flaw.code, flaw.is_error) == ("impedance-absurd", False)


def test_a_length_in_millimetres_is_one_error_however_long() -> None:
    (flaw,) = validate(with_("branches", "A-s1", length_m=1e6))
    assert flaw.code == "length-unit"
    assert "1000 m" in flaw.message
    assert "not mm" in flaw.remedy


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


def test_a_busbar_disconnector_may_stand_between_busbar_and_head() -> None:
    """The bay of an outdoor station: busbar, disconnector 471-1, breaker 471, line."""
    grid = with_("switches", "b1", draw("S1 [d1] K [b1] A (t1) B [b2] S2").components, feeder="F")
    bay = replace(grid, loads=tuple(load for load in grid.loads if load.id != "K"))
    assert codes(validate(bay)) == []
    apart = with_("switches", "d1", bay, kind=SwitchKind.LOAD_BREAK_SWITCH)
    assert codes(validate(apart)) == ["head-not-at-busbar"]
    in_use = replace(bay, loads=grid.loads)
    assert codes(validate(in_use)) == ["feeder-head-missing"]
