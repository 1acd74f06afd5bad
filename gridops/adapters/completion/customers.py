"""Rules for customers, their classes, priorities and areas."""

from collections.abc import Mapping
from dataclasses import replace

from gridops.adapters.completion.wording import some
from gridops.ids import NodeId
from gridops.network import Components, Load, LoadClass, Node

WATTS_PER_CUSTOMER = 1500.0
"""Share of one customer in the peak of its service transformer."""
COMMERCIAL_FROM_W = 370e3
"""The largest service transformers (630 kVA class at 0.6) serve shops and offices."""
CRITICAL_EVERY = 24
CRITICAL_OFFSET = 7
"""Every 24th service transformer feeds a hospital or the like."""
INDUSTRIAL_CUSTOMERS = 1
PRIORITY_OF_CLASS = {
    LoadClass.CRITICAL: 1,
    LoadClass.COMMERCIAL: 2,
    LoadClass.RESIDENTIAL: 3,
    LoadClass.INDUSTRIAL: 4,
}
AREA_COLUMNS, AREA_ROWS = 5, 4
"""Customers are told of squares of the map, `A1` in the north-west."""


def with_customers(components: Components) -> tuple[Components, tuple[str, ...]]:
    """The grid with customers, classes, priorities and areas, unless it has customers."""
    if any(load.customers for load in components.loads) or not components.loads:
        return components, ()
    squares = _squares(components.nodes)
    loads = tuple(
        _with_customers(k, load, square=load.area or squares.get(load.node, ""))
        for k, load in enumerate(components.loads)
    )
    return replace(components, loads=loads), _rules(loads, has_map=bool(squares))


def _rules(loads: tuple[Load, ...], *, has_map: bool) -> tuple[str, ...]:
    count = {kind: sum(load.load_class is kind for load in loads) for kind in LoadClass}
    customers = sum(load.customers for load in loads)
    kinds = ", ".join(f"{count[kind]} {kind}" for kind in LoadClass)
    said = [
        f"One customer for each {WATTS_PER_CUSTOMER / 1e3:g} kW, at least one; a load with MV in "
        f"its name is one industrial customer: {some(customers, 'customer')} at "
        f"{some(len(loads), 'load')}.",
        f"Every {CRITICAL_EVERY}th load is critical, from {COMMERCIAL_FROM_W / 1e3:g} kW "
        f"commercial, the rest residential: {kinds}. Priorities: critical 1, commercial 2, "
        "residential 3, industrial 4.",
    ]
    if has_map:
        said.append(
            "Areas are squares of the map, A1 in the north-west to "
            f"{'ABCDEFGH'[AREA_ROWS - 1]}{AREA_COLUMNS} in the south-east."
        )
    return tuple(said)


def _with_customers(k: int, load: Load, *, square: str) -> Load:
    load_class = _class_of(k, load)
    customers = max(round(load.p_w / WATTS_PER_CUSTOMER), int(load.p_w > 0))
    return replace(
        load,
        customers=INDUSTRIAL_CUSTOMERS if load_class is LoadClass.INDUSTRIAL else customers,
        load_class=load_class,
        priority=PRIORITY_OF_CLASS[load_class],
        area=square,
    )


def _class_of(k: int, load: Load) -> LoadClass:
    if "MV" in load.name.split():
        return LoadClass.INDUSTRIAL
    if k % CRITICAL_EVERY == CRITICAL_OFFSET:
        return LoadClass.CRITICAL
    return LoadClass.COMMERCIAL if load.p_w >= COMMERCIAL_FROM_W else LoadClass.RESIDENTIAL


def _squares(nodes: tuple[Node, ...]) -> Mapping[NodeId, str]:
    """Node -> square of the map; nothing for nodes without coordinates."""
    placed = [
        (node.id, node.longitude_deg, node.latitude_deg)
        for node in nodes
        if node.longitude_deg is not None and node.latitude_deg is not None
    ]
    if not placed:
        return {}
    columns = _squared([x for _, x, _ in placed], AREA_COLUMNS)
    rows = _squared([-y for _, _, y in placed], AREA_ROWS)
    return {
        ident: "ABCDEFGH"[row] + str(column + 1)
        for (ident, _, _), row, column in zip(placed, rows, columns, strict=True)
    }


def _squared(values: list[float], count: int) -> list[int]:
    """Which of `count` equal stretches each value lies in."""
    least = min(values)
    span = max(values) - least or 1.0
    return [min(int((value - least) / span * count), count - 1) for value in values]
