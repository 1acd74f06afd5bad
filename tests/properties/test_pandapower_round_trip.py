"""Whatever stands in a grid's cells, it comes back from a pandapower file as it went out."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.adapters.pandapower_grid import convert, to_net
from gridops.ids import GeneratorId, NodeId, ShuntId
from gridops.measurement import Position
from gridops.network import (
    Components,
    Control,
    Generator,
    GeneratorKind,
    IndicatorKind,
    Shunt,
    SwitchKind,
    draw,
)

pp = pytest.importorskip("pandapower")

GRID = draw("S1 [b1] A [s1] B (t1) C [b2] S2").components
names = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1).map(str.strip),
    st.sampled_from(["nan", "None", "null", "007", "1e5", "True", "{}", "[1]", "2026-01-01", "NA"]),
).filter(bool)
positive = st.floats(1e-3, 1e6)
maybe = st.none() | positive


def switches(draw_: Any) -> tuple[Any, ...]:
    return tuple(
        replace(
            switch,
            name=draw_(names),
            kind=draw_(st.sampled_from(SwitchKind)),
            control=draw_(st.sampled_from(Control)),
            indicator=draw_(st.sampled_from(IndicatorKind)),
            normal_position=draw_(st.sampled_from([Position.OPEN, Position.CLOSED])),
            current_a_rated=draw_(positive),
            pickup_current_a=draw_(maybe),
            reclose_delays_s=tuple(draw_(st.lists(positive, max_size=3))),
            repair_time_s=draw_(maybe),
            lockout_point=draw_(st.booleans()),
        )
        for switch in GRID.switches
    )


@st.composite
def grids(draw_: Any) -> Components:
    branches = tuple(
        replace(
            branch,
            name=draw_(names),
            length_m=draw_(st.floats(1.0, 2e5)),
            r_ohm=draw_(positive),
            x_ohm=draw_(positive),
            c_f=draw_(st.floats(1e-12, 1e-4)),
            current_a_max=draw_(positive),
            current_a_emergency=draw_(maybe),
        )
        for branch in GRID.branches
    )
    generators = tuple(
        Generator(
            id=GeneratorId(ident),
            name=draw_(names),
            node=NodeId("B"),
            kind=draw_(st.sampled_from(GeneratorKind)),
            power_va_rated=draw_(positive),
            p_w=-draw_(positive),
            q_var=draw_(positive),
        )
        for ident in draw_(st.lists(st.sampled_from(["SG1", "7", "G", "ST0"]), unique=True))
    )
    shunt = Shunt(id=ShuntId("C"), name=draw_(names), node=NodeId("A"), q_var=-draw_(positive))
    order = draw_(st.permutations(GRID.nodes))
    share = st.floats(0, 0.5) | st.sampled_from([1 / 3, 1e-20])
    loads = tuple(
        replace(x, constant_current_share=draw_(share), constant_impedance_share=draw_(share))
        for x in GRID.loads
    )
    return replace(
        GRID,
        loads=loads,
        nodes=tuple(order),
        switches=switches(draw_),
        branches=branches,
        generators=generators,
        shunts=(shunt,),
    )


@settings(max_examples=6)
@given(grids())
def test_a_grid_comes_back_from_a_file_as_it_went_out(components: Components) -> None:
    net = pp.from_json_string(pp.to_json(to_net(components)))
    assert convert(net).components == components
