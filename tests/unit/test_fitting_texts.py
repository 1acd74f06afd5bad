"""Names and ids of the source that a grid folder cannot hold are changed, and that is said."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cli_story import Terminal
from hypothesis import given
from hypothesis import strategies as st

from gridops import from_pandapower
from gridops.adapters.fitting_texts import fitting, with_fitting_texts
from gridops.adapters.importing import Imported
from gridops.ids import BranchId, NodeId
from gridops.network import Branch, BranchKind, Components, Node, NodeKind

networks = pytest.importorskip("pandapower.networks")
pp = pytest.importorskip("pandapower")

pytestmark = pytest.mark.filterwarnings(  # raised by pandapower about its own file
    "ignore:tap_dependency_table:DeprecationWarning"
)
ODD = ("=1+1", "+E1.9", "-T2", "@home", "two\nlines", "tab\there", "\u202ereversed", " outer ")


@pytest.fixture
def odd_net() -> Any:
    net = networks.simple_mv_open_ring_net()
    for table in ("bus", "line", "load", "switch"):
        net[table]["name"] = [ODD[k % len(ODD)] for k in range(len(net[table]))]
    return net


def test_a_net_with_names_like_formulas_becomes_a_grid_that_loads(
    gridops_says: Terminal, odd_net: Any, tmp_path: Path
) -> None:
    file, folder = tmp_path / "odd.json", tmp_path / "odd"
    pp.to_json(odd_net, str(file))
    said = gridops_says("import", "pandapower", str(file), str(folder), "--json")
    assert said.code == 0, said.err
    assert any("'_'" in each and "_=1+1" in each for each in said.document["assumptions"])
    fault = gridops_says("whatif", str(folder), "--fault", "L1", "--json")
    assert json.loads(fault.out)


def test_a_net_object_with_such_names_can_be_asked_too(odd_net: Any) -> None:
    assert from_pandapower(odd_net).network.nodes[NodeId("0")].name == "_=1+1"


def with_ids(*ids: str) -> Imported:
    """Nodes with these ids, and two lines between the first two."""
    nodes = tuple(
        Node(id=NodeId(ident), name="", kind=NodeKind.JOINT, voltage_v_nominal=22e3)
        for ident in ids
    )
    line = Branch(
        id=BranchId("L"),
        name="",
        kind=BranchKind.CABLE,
        from_node=nodes[0].id,
        to_node=nodes[1].id,
        length_m=100,
        r_ohm=0.01,
        x_ohm=0.01,
        c_f=0,
        current_a_max=300,
    )
    components = Components(
        name="g", nodes=nodes, branches=(line, replace(line, id=BranchId("-L")))
    )
    return Imported(components=components, assumptions=("Line -L is odd.",))


def test_references_follow_their_ids() -> None:
    grid = with_fitting_texts(with_ids("=A", "B\n", "C")).components
    assert [node.id for node in grid.nodes] == ["_=A", "B", "C"]
    assert [(line.from_node, line.to_node) for line in grid.branches] == [("_=A", "B")] * 2
    assert grid.branches[1].id == "_-L"


@given(st.lists(st.text(max_size=4), min_size=2, max_size=2, unique=True))
def test_ids_that_differ_stay_different(ids: list[str]) -> None:
    grid = with_fitting_texts(with_ids(*ids)).components
    found = [node.id for node in grid.nodes]
    assert len(set(found)) == 2
    assert all(fitting(ident) == ident for ident in found)


def test_what_fits_stays_as_it_is() -> None:
    imported = with_ids("Đường dây 471", "a,b")
    plain = replace(imported.components, branches=imported.components.branches[:1])
    assert with_fitting_texts(replace(imported, components=plain)).components == plain
