"""Two versions of a grid held against each other: what is told, and what is not."""

from dataclasses import replace
from typing import Any

from gridops.ids import LoadId, SwitchId
from gridops.measurement import Position
from gridops.network import Components, draw
from gridops.network.changes import FieldChange, GridChanges, Renamed, Reused, compare
from gridops.network.changes_topology import Fate

STREET = "S1 [b1] A [s1] B (t1) C [b2] S2"


def drawn(text: str, **more: Any) -> Components:
    return draw(text, **more).components


def fates(changes: GridChanges) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(each.fate.value, each.old, each.new) for each in changes.sections]


def edited(components: Components, table: str, ident: str, **fields: Any) -> Components:
    rows = tuple(
        replace(row, **fields) if row.id == ident else row for row in getattr(components, table)
    )
    return replace(components, **{table: rows})


def test_a_grid_does_not_differ_from_itself() -> None:
    changes = compare(drawn(STREET), drawn(STREET))
    assert changes.is_empty
    assert changes.sections == ()
    assert changes.feeders == ()
    assert changes.summary() == "nothing differs"


def test_a_section_that_is_added_at_the_end_is_told_with_its_rows_and_customers() -> None:
    changes = compare(drawn(STREET), drawn(STREET + "\nC [s9] D"))
    assert changes.table("switches").added == ("s9",)
    assert changes.table("loads").added == ("D",)
    assert changes.table("nodes").added == ("D", "C.s9", "D.s9")
    assert changes.table("switches").changed == ()
    assert (changes.customers_old, changes.customers_new) == (300, 400)
    assert fates(changes) == [("changes", ("SC",), ("SC",)), ("appears", (), ("SD",))]
    (feeder,) = changes.feeders
    assert (feeder.feeder, feeder.customers_old, feeder.customers_new) == ("Fb2", 100, 200)
    assert feeder.loads_gained == ("D",)
    assert "customers +100" in changes.summary()


def test_what_is_taken_away_is_the_mirror_of_what_is_added() -> None:
    small, large = drawn(STREET), drawn(STREET + "\nC [s9] D")
    there, back = compare(small, large), compare(large, small)
    for table in ("nodes", "branches", "switches", "loads", "points"):
        assert there.table(table).added == back.table(table).removed
    assert fates(back) == [("changes", ("SC",), ("SC",)), ("vanishes", ("SD",), ())]


def test_changed_cells_are_told_with_their_old_and_new_values() -> None:
    old = drawn(STREET)
    new = edited(old, "loads", "B", customers=7, p_w=1e3)
    (row,) = compare(old, new).table("loads").changed
    assert row.ident == "B"
    assert row.fields == (
        FieldChange(field="p_w", old=100e3, new=1e3),
        FieldChange(field="customers", old=100, new=7),
    )
    assert not row.is_paper


def test_how_a_load_depends_on_voltage_is_no_paper() -> None:
    old = drawn(STREET)
    changes = compare(old, edited(old, "loads", "B", constant_impedance_share=0.4))
    (row,) = changes.table("loads").changed
    assert row.fields == (FieldChange(field="constant_impedance_share", old=0.0, new=0.4),)
    assert changes.essential("loads") == {"B"}


def test_a_name_a_place_and_a_statistic_are_paper() -> None:
    old = drawn(STREET)
    new = edited(old, "nodes", "B", name="Kim Mã", x=3.0, failures_per_year=0.1)
    changes = compare(old, new)
    assert changes.table("nodes").changed[0].is_paper
    assert changes.essential("nodes") == frozenset()
    assert compare(old, edited(old, "nodes", "B", voltage_v_nominal=1e4)).essential("nodes")


def test_a_section_that_a_new_switch_cuts_in_two_splits_and_the_way_back_merges() -> None:
    whole, cut = drawn("S1 [b1] A [s1] B"), drawn("S1 [b1] A [s1] B")
    nodes = [n.id for n in whole.nodes]
    assert "B" in nodes
    line = replace(whole.branches[-1], id="B-x", from_node="B", to_node="E")
    end = replace(whole.nodes[1], id="E")
    whole = replace(whole, nodes=(*whole.nodes, end), branches=(*whole.branches, line))
    switch = replace(whole.switches[-1], id=SwitchId("s9"), node_a="B", node_b="E")
    cut = replace(
        whole, branches=whole.branches[:-1], switches=(*whole.switches, switch), name=whole.name
    )
    assert fates(compare(whole, cut)) == [("splits", ("SB",), ("SB", "SE"))]
    assert fates(compare(cut, whole)) == [("merges", ("SB", "SE"), ("SB",))]


def test_a_section_under_another_id_is_renamed_and_not_another() -> None:
    old = drawn(STREET)
    nodes = list(old.nodes)
    nodes.insert(0, nodes.pop([n.id for n in nodes].index("B.s1")))
    changes = compare(old, replace(old, nodes=tuple(nodes)))
    assert changes.table("nodes").reordered
    assert fates(changes) == [(Fate.RENAMED.value, ("SB",), ("SB.s1",))]


def test_an_open_point_that_moves_moves_customers_between_feeders() -> None:
    old = drawn(STREET)
    new = edited(old, "switches", "t1", normal_position=Position.CLOSED)
    new = edited(new, "switches", "s1", normal_position=Position.OPEN)
    changes = compare(old, new)
    assert {(n.switch, n.old, n.new) for n in changes.normal_positions} == {
        ("s1", Position.CLOSED, Position.OPEN),
        ("t1", Position.OPEN, Position.CLOSED),
    }
    told = {f.feeder: (f.customers_old, f.customers_new, f.loads_gained) for f in changes.feeders}
    assert told == {"Fb1": (200, 100, ()), "Fb2": (100, 200, (LoadId("B"),))}


def test_what_looks_renamed_is_a_guess_and_two_alike_are_none() -> None:
    old = drawn(STREET)
    assert compare(old, edited(old, "loads", "B", id="B2")).renamed == (
        Renamed(table="loads", old="B", new="B2"),
    )
    twice = replace(old, loads=(*old.loads, replace(old.loads[1], id="X")))
    assert twice.loads[1].id == "B"
    gone = edited(edited(twice, "loads", "B", id="B2"), "loads", "X", id="X2")
    assert compare(twice, gone).renamed == ()


def test_an_id_that_means_something_else_now_is_told() -> None:
    old = drawn(STREET + "\nC [s9] D")
    without = drawn(STREET)
    new = edited(without, "branches", "A-s1", id="s9")
    assert (
        Reused(ident="s9", old_table="switches", new_table="branches") in compare(old, new).reused
    )


def test_the_order_of_telling_does_not_depend_on_anything_but_the_grids() -> None:
    old, new = drawn(STREET), drawn(STREET + "\nC [s9] D [s8] E\nA [r1] F")
    assert compare(old, new) == compare(old, new)
    assert repr(compare(old, new)) == repr(compare(old, new))
