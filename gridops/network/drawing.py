"""Grids drawn in text, for tests and documentation.

`S1 [b1] A [s1] B (t1) C [b2] S2`: `[x]` is a closed switch, `(x)` an open one, any other
word a section. A word like `S1` is a section with a source. Several lines share sections by
name, so that branches and rings can be drawn:

    S1 [b1] A [s1] B (t1) C [b2] S2
    A [r1] D

The first letter of a switch says its kind: b breaker, r recloser, s and t load-break switch,
d disconnector, f fuse. A breaker beside a source is the head of feeder `F<name>`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gridops.ids import BranchId, FeederId, LinkId, LoadId, NodeId, PointId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network.components import (
    Branch,
    BranchKind,
    Control,
    IndicatorKind,
    Link,
    Load,
    Node,
    NodeKind,
    Point,
    Signal,
    Source,
    Switch,
    SwitchKind,
)
from gridops.network.network import Components, Network, build_network

VOLTAGE_V = 22_000.0
KIND_OF_LETTER = {
    "b": SwitchKind.BREAKER,
    "r": SwitchKind.RECLOSER,
    "s": SwitchKind.LOAD_BREAK_SWITCH,
    "t": SwitchKind.LOAD_BREAK_SWITCH,
    "d": SwitchKind.DISCONNECTOR,
    "f": SwitchKind.FUSE,
}
_SWITCH = re.compile(r"[\[(](\w+)[\])]")
_SOURCE = re.compile(r"S\d+")


def draw(
    text: str,
    *,
    customers: Mapping[str, int] | None = None,
    p_w: Mapping[str, float] | None = None,
    change: Mapping[str, Mapping[str, Any]] | None = None,
) -> Network:
    """The network that `text` draws, at 22 kV.

    A section `A` is a node `A` with a load `A` (100 customers, 100 kW unless given), and one
    line `A-s1` of 1 km to each of its switches; its section id is `SA`. Every switch is
    remote and telemetered over the link `rtu`; load-break switches and reclosers carry
    indicators, breakers and reclosers protection. `change` replaces fields of switches.

    Raises: ValueError for a text that does not alternate sections and switches.
    """
    joins = [join for line in text.strip().splitlines() for join in _joins(line)]
    names = list(dict.fromkeys(name for a, _, b in joins for name in (a, b)))
    switches = [_switch(a, token, b=b) for a, token, b in joins]
    fields = change or {}
    return build_network(
        Components(
            name="drawing",
            nodes=(*(_node(n) for n in names), *_terminals(joins)),
            branches=tuple(_lines(joins)),
            switches=tuple(replace(s, **fields.get(s.id, {})) for s in switches),
            sources=tuple(_source(n) for n in names if _SOURCE.fullmatch(n)),
            loads=tuple(
                Load(
                    id=LoadId(n),
                    name=n,
                    node=NodeId(n),
                    p_w=(p_w or {}).get(n, 100e3),
                    q_var=0.3 * (p_w or {}).get(n, 100e3),
                    customers=(customers or {}).get(n, 100),
                )
                for n in names
                if not _SOURCE.fullmatch(n)
            ),
            links=(Link(id=LinkId("rtu"), name="rtu", namespace_uri="urn:gridops:drawing"),),
            points=tuple(_points(switches)),
        )
    )


def _joins(line: str) -> Iterator[tuple[str, str, str]]:
    """`A [s1] B (t1) C` -> (A, [s1], B), (B, (t1), C)."""
    words = line.split()
    if len(words) % 2 == 0 or len(words) < 3:
        raise ValueError(f"sections and switches must alternate: {line!r}")
    for k in range(0, len(words) - 2, 2):
        section, switch, other = words[k : k + 3]
        if _SWITCH.fullmatch(section) or not _SWITCH.fullmatch(switch):
            raise ValueError(f"sections and switches must alternate at {switch!r}: {line!r}")
        yield section, switch, other


def _name_of(token: str) -> str:
    return token[1:-1]


def _node(name: str) -> Node:
    kind = NodeKind.BUSBAR if _SOURCE.fullmatch(name) else NodeKind.STATION
    return Node(id=NodeId(name), name=name, kind=kind, voltage_v_nominal=VOLTAGE_V)


def _terminals(joins: list[tuple[str, str, str]]) -> Iterator[Node]:
    for a, token, b in joins:
        for section in (a, b):
            name = f"{section}.{_name_of(token)}"
            yield Node(
                id=NodeId(name), name=name, kind=NodeKind.TERMINAL, voltage_v_nominal=VOLTAGE_V
            )


def _lines(joins: list[tuple[str, str, str]]) -> Iterator[Branch]:
    for a, token, b in joins:
        for section in (a, b):
            switch = _name_of(token)
            yield Branch(
                id=BranchId(f"{section}-{switch}"),
                name=f"{section}-{switch}",
                kind=BranchKind.CABLE,
                from_node=NodeId(section),
                to_node=NodeId(f"{section}.{switch}"),
                length_m=1000.0,
                r_ohm=0.12,
                x_ohm=0.11,
                c_f=2.5e-7,
                current_a_max=400.0,
            )


def _switch(a: str, token: str, *, b: str) -> Switch:
    name = _name_of(token)
    kind = KIND_OF_LETTER[name[0]]
    protects = kind in (SwitchKind.BREAKER, SwitchKind.RECLOSER)
    is_head = kind is SwitchKind.BREAKER and bool(_SOURCE.fullmatch(a) or _SOURCE.fullmatch(b))
    flags = kind in (SwitchKind.LOAD_BREAK_SWITCH, SwitchKind.RECLOSER)
    return Switch(
        id=SwitchId(name),
        name=name,
        kind=kind,
        node_a=NodeId(f"{a}.{name}"),
        node_b=NodeId(f"{b}.{name}"),
        normal_position=Position.CLOSED if token[0] == "[" else Position.OPEN,
        control=Control.REMOTE,
        operating_time_s=2.0,
        feeder=FeederId(f"F{name}") if is_head else None,
        indicator=IndicatorKind.NON_DIRECTIONAL if flags else IndicatorKind.NONE,
        current_a_rated=630.0,
        pickup_current_a=600.0 if protects else None,
        trip_delay_s=0.5 if kind is SwitchKind.BREAKER else 0.1,
        lockout_point=protects,
    )


def _source(name: str) -> Source:
    return Source(
        id=SourceId(name), name=name, node=NodeId(name), voltage_pu=1.0, short_circuit_va=250e6
    )


def _points(switches: list[Switch]) -> Iterator[Point]:
    for switch in switches:
        signals = [Signal.POSITION, Signal.COMMAND]
        if switch.indicator is not IndicatorKind.NONE:
            signals.append(Signal.FAULT_FLAG)
        if switch.protects:
            signals += [Signal.PROTECTION, Signal.LOCKOUT]
        for signal in signals:
            name = f"{switch.id}.{signal}"
            yield Point(
                id=PointId(name),
                link=LinkId("rtu"),
                element=switch.id,
                signal=signal,
                node_id=name,
            )
