"""Random grids of any shape: meshed, torn apart, with parallel and looped edges."""

from collections.abc import Sequence

from hypothesis import strategies as st

from gridops.ids import BranchId, FeederId, NodeId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import (
    Branch,
    BranchKind,
    Components,
    Control,
    Network,
    Node,
    NodeKind,
    Source,
    Switch,
    SwitchKind,
    Transformer,
    build_network,
)

VOLTAGE_V = 22_000.0


def node(name: str, kind: NodeKind) -> Node:
    return Node(id=NodeId(name), name=name, kind=kind, voltage_v_nominal=VOLTAGE_V)


def line(name: str, a: str, *, b: str) -> Branch:
    return Branch(
        id=BranchId(name),
        name=name,
        kind=BranchKind.CABLE,
        from_node=NodeId(a),
        to_node=NodeId(b),
        length_m=1000.0,
        r_ohm=0.1,
        x_ohm=0.1,
        c_f=2e-7,
        current_a_max=400.0,
    )


def transformer(name: str, a: str, *, b: str) -> Transformer:
    return Transformer(
        id=BranchId(name),
        name=name,
        from_node=NodeId(a),
        to_node=NodeId(b),
        power_va_rated=40e6,
        voltage_v_from=110_000.0,
        voltage_v_to=VOLTAGE_V,
        short_circuit_voltage_pu=0.1,
        copper_loss_w=1e5,
        iron_loss_w=2e4,
        no_load_current_pu=0.001,
    )


def switch(
    name: str, a: str, *, b: str, kind: SwitchKind, is_open: bool = False, head: bool = False
) -> Switch:
    return Switch(
        id=SwitchId(name),
        name=name,
        kind=kind,
        node_a=NodeId(a),
        node_b=NodeId(b),
        normal_position=Position.OPEN if is_open else Position.CLOSED,
        control=Control.REMOTE,
        operating_time_s=5.0,
        feeder=FeederId(f"F{name}") if head else None,
        current_a_rated=630.0,
    )


def source(name: str, at: str) -> Source:
    return Source(
        id=SourceId(name), name=name, node=NodeId(at), voltage_pu=1.0, short_circuit_va=250e6
    )


@st.composite
def graphs(draw_: st.DrawFn, *, nodes_max: int = 14) -> Network:
    """Up to `nodes_max` nodes, any edges between them, no, one or several sources."""
    names = [f"n{k}" for k in range(draw_(st.integers(1, nodes_max)))]
    kinds = draw_(st.lists(st.sampled_from(NodeKind), min_size=len(names), max_size=len(names)))
    pairs = draw_(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=22))
    edges = [draw_(_edges(f"e{k}", ends)) for k, ends in enumerate(pairs)]
    fed = draw_(st.lists(st.sampled_from(names), max_size=3, unique=True))
    return build_network(
        Components(
            name="random",
            nodes=tuple(node(name, kind) for name, kind in zip(names, kinds, strict=True)),
            branches=tuple(edge for edge in edges if isinstance(edge, Branch)),
            transformers=tuple(edge for edge in edges if isinstance(edge, Transformer)),
            switches=tuple(edge for edge in edges if isinstance(edge, Switch)),
            sources=tuple(source(f"S{name}", name) for name in fed),
        )
    )


@st.composite
def _edges(draw_: st.DrawFn, name: str, ends: Sequence[str]) -> Branch | Transformer | Switch:
    what = draw_(st.sampled_from(["line", "line", "transformer", "switch", "switch", "switch"]))
    a, b = ends
    if what == "line":
        return line(name, a, b=b)
    if what == "transformer":
        return transformer(name, a, b=b)
    return switch(
        name,
        a,
        b=b,
        kind=draw_(st.sampled_from(SwitchKind)),
        is_open=draw_(st.booleans()),
        head=draw_(st.booleans()),
    )
