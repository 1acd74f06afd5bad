"""Random grids of every element that power flow knows, node by node."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import note
from hypothesis import strategies as st

from gridops.ids import BranchId, LoadId, NodeId, ShuntId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import (
    Branch,
    BranchKind,
    Components,
    Control,
    Load,
    Network,
    Node,
    NodeKind,
    Shunt,
    Source,
    Switch,
    SwitchKind,
    Transformer,
    build_network,
)

JOINTS = ("line", "line", "switched", "switched", "coupler", "wound", "twin")


@st.composite
def networks(draw_: st.DrawFn, *, nodes_max: int = 18, ties_max: int = 4) -> Network:
    """One to three sources, each with a tree of lines, cables with a switch at either end,
    couplers, transformers and lines in parallel; then some ties, open or closed."""
    yard = Yard()
    roots = [yard.source(draw_(st.sampled_from([0.98, 1.0, 1.03]))) for _ in range(draw_(SOURCES))]
    places = list(roots)
    for _ in range(draw_(st.integers(1, nodes_max))):
        above = places[draw_(st.integers(0, len(places) - 1))]
        places.append(yard.joined(above, draw_(st.sampled_from(JOINTS)), draw_))
    for node in places[1:]:
        yard.connect(node, draw_)
    for _ in range(draw_(st.integers(0, ties_max))):
        ends = draw_(st.lists(st.sampled_from(places), min_size=2, max_size=2, unique=True))
        yard.tie(ends, is_closed=draw_(st.integers(0, 9)) == 0)
    network = build_network(yard.components())
    note("\n".join(described(network)))
    return network


def described(network: Network) -> Iterator[str]:
    """One short line for each element, to be read when a test fails."""
    parts = network.components
    yield from (f"source {s.node} at {s.voltage_pu}" for s in parts.sources)
    for b in parts.branches:
        yield f"line {b.id} {b.from_node}-{b.to_node} {b.r_ohm} + j {b.x_ohm} ohm"
    for t in parts.transformers:
        yield f"transformer {t.id} {t.from_node}-{t.to_node} tap {t.tap_position} clock {t.clock}"
    for s in parts.switches:
        yield f"switch {s.id} {s.node_a}-{s.node_b} {s.normal_position.name}"
    for d in parts.loads:
        shares = d.constant_current_share, d.constant_impedance_share
        yield f"load {d.node} {d.p_w} W, shares {shares}"
    yield from (f"shunt {c.node}" for c in parts.shunts)


SOURCES = st.integers(1, 3)
POWER_W = st.integers(-200, 400).map(lambda k: 1e3 * k)


class Yard:
    """Adds elements one by one, each with a name of its own."""

    def __init__(self) -> None:
        self.parts = Components(name="random")
        self.count = 0

    def components(self) -> Components:
        return self.parts

    def add(self, table: str, *rows: object) -> None:
        self.parts = replace(self.parts, **{table: (*self.parts.rows(table), *rows)})

    def name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def node(self, volts: float = 22e3) -> NodeId:
        ident = NodeId(self.name("N"))
        self.add("nodes", Node(id=ident, name=ident, kind=NodeKind.POLE, voltage_v_nominal=volts))
        return ident

    def source(self, voltage_pu: float) -> NodeId:
        node = self.node()
        ident = SourceId(self.name("S"))
        self.add(
            "sources",
            Source(id=ident, name=ident, node=node, voltage_pu=voltage_pu, short_circuit_va=1e9),
        )
        return node

    def volts(self, node: NodeId) -> float:
        return next(n.voltage_v_nominal for n in self.parts.nodes if n.id == node)

    def line(self, a: NodeId, b: NodeId, ohm: tuple[float, float]) -> None:
        ident = BranchId(self.name("L"))
        self.add(
            "branches",
            Branch(
                id=ident,
                name=ident,
                kind=BranchKind.CABLE,
                from_node=a,
                to_node=b,
                length_m=1000.0,
                r_ohm=ohm[0],
                x_ohm=ohm[1],
                c_f=0.3e-6,
                current_a_max=200.0,
            ),
        )

    def switch(self, a: NodeId, b: NodeId, *, is_closed: bool = True) -> None:
        ident = SwitchId(self.name("K"))
        self.add(
            "switches",
            Switch(
                id=ident,
                name=ident,
                kind=SwitchKind.LOAD_BREAK_SWITCH,
                node_a=a,
                node_b=b,
                normal_position=Position.CLOSED if is_closed else Position.OPEN,
                control=Control.REMOTE,
                operating_time_s=10.0,
                current_a_rated=400.0,
            ),
        )

    def joined(self, above: NodeId, how: str, draw_: st.DrawFn) -> NodeId:
        """A new node that hangs on `above`."""
        volts = self.volts(above)
        if how == "wound":
            return self.wound(above, draw_)
        ohm = draw_(OHM)
        new = self.node(volts)
        if how == "coupler":
            self.switch(above, new, is_closed=draw_(st.integers(0, 5)) > 0)
        elif how == "switched":
            ends = [self.node(volts), self.node(volts)]
            self.switch(*draw_(st.permutations([above, ends[0]])), is_closed=draw_(MOSTLY))
            self.line(*draw_(st.permutations(ends)), ohm)
            if draw_(st.booleans()):
                self.switch(ends[1], new, is_closed=draw_(MOSTLY))
            else:
                self.line(ends[1], new, ohm)
        else:
            for _ in range(2 if how == "twin" else 1):
                self.line(*draw_(st.permutations([above, new])), draw_(OHM))
        return new

    def wound(self, above: NodeId, draw_: st.DrawFn) -> NodeId:
        ident = BranchId(self.name("T"))
        volts = self.volts(above)
        other = {22e3: 10e3, 10e3: 22e3}[volts]
        new = self.node(other)
        high, low = (above, new) if volts > other else (new, above)
        self.add(
            "transformers",
            Transformer(
                id=ident,
                name=ident,
                from_node=high,
                to_node=low,
                power_va_rated=10e6,
                voltage_v_from=22.5e3,
                voltage_v_to=10.2e3,
                short_circuit_voltage_pu=0.08,
                copper_loss_w=60e3,
                iron_loss_w=10e3,
                no_load_current_pu=0.004,
                tap_position=draw_(st.integers(-4, 4)),
                tap_min=-4,
                tap_max=4,
                tap_step_pu=0.0125,
                clock=draw_(st.sampled_from([0, 5, 6, 11])),
            ),
        )
        return new

    def connect(self, node: NodeId, draw_: st.DrawFn) -> None:
        """A load there, or a shunt, or nothing."""
        what = draw_(st.sampled_from(["load", "load", "depending", "shunt", "nothing"]))
        if what == "shunt":
            ident = ShuntId(self.name("C"))
            self.add("shunts", Shunt(id=ident, name=ident, node=node, q_var=-2e5, p_w=1e3))
        elif what != "nothing":
            shares = draw_(SHARES) if what == "depending" else (0.0, 0.0)
            ident = LoadId(self.name("D"))
            p_w = draw_(POWER_W)
            self.add(
                "loads",
                Load(
                    id=ident,
                    name=ident,
                    node=node,
                    p_w=p_w,
                    q_var=0.3 * p_w,
                    customers=10,
                    constant_current_share=shares[0],
                    constant_impedance_share=shares[1],
                ),
            )

    def tie(self, ends: Sequence[NodeId], *, is_closed: bool) -> None:
        """A cable between two places, with a switch at one end."""
        if self.volts(ends[0]) != self.volts(ends[1]):
            return
        end = self.node(self.volts(ends[0]))
        self.switch(ends[0], end, is_closed=is_closed)
        self.line(end, ends[1], (0.2, 0.2))


OHM = st.tuples(st.floats(0.01, 1.0), st.floats(0.01, 1.0))
MOSTLY = st.integers(0, 7).map(lambda k: k > 0)
SHARES = st.sampled_from([(1.0, 0.0), (0.0, 1.0), (0.3, 0.5), (0.5, 0.0)])
