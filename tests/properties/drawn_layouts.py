"""What may not be seen on a drawing, found the slow and obvious way."""

from collections.abc import Iterator
from itertools import combinations, pairwise

from gridops.ids import NodeId
from gridops.network import Network
from gridops.schematic import Layout, Point, Wire

Leg = tuple[Point, Point]
Drawn = tuple[str, NodeId, NodeId, Wire]


def wires(network: Network, layout: Layout) -> Iterator[Drawn]:
    for branch_id, branch in network.branches.items():
        yield branch_id, branch.from_node, branch.to_node, layout.branches[branch_id]
    for switch_id, switch in network.switches.items():
        yield switch_id, switch.node_a, switch.node_b, layout.switches[switch_id]


def faults(network: Network, layout: Layout) -> list[str]:
    """One line for each breach of what `layout` guarantees; empty for a good drawing."""
    return [
        *_shared_places(layout),
        *(fault for each in wires(network, layout) for fault in _faults_of(layout, each)),
        *_shared_ways(network, layout),
    ]


def _shared_places(layout: Layout) -> Iterator[str]:
    if len(set(layout.places.values())) < len(layout.places):
        yield "two nodes share a place"


def _faults_of(layout: Layout, drawn: Drawn) -> Iterator[str]:
    name, a, b, wire = drawn
    for end, node in ((wire.points[0], a), (wire.points[-1], b)):
        bar = layout.bars.get(node)
        on_bar = bar and end.y == bar.left.y and bar.left.x <= end.x <= bar.right.x
        if end != layout.places[node] and not on_bar:
            yield f"{name} does not reach {node}"
    for p, q in pairwise(wire.points):
        if p.x != q.x and p.y != q.y:
            yield f"{name} slopes"
        foreign = (n for n, at in layout.places.items() if n not in (a, b) and _lies_on(at, (p, q)))
        yield from (f"{name} runs over {node}" for node in foreign)
    if not any(_lies_on(wire.mark, leg) for leg in pairwise(wire.points)):
        yield f"the symbol of {name} lies beside it"


def _shared_ways(network: Network, layout: Layout) -> Iterator[str]:
    """Wires of one node may leave it along the same way; no others may touch at all, but in
    a crossing or a node of both.
    """
    nodes = set(layout.places.values())
    for one, other in combinations(wires(network, layout), 2):
        joint = {one[1], one[2]} & {other[1], other[2]}
        legs = ((p, q) for p in pairwise(one[3].points) for q in pairwise(other[3].points))
        if not joint and any(_run_together(p, q) for p, q in legs):
            yield f"{one[0]} runs along {other[0]}"
        corners = ((one[3].points, other), (other[3].points, one))
        for points, (name, _, _, wire) in corners:
            bends = [bend for bend in points if not joint and bend not in nodes]
            if any(_lies_on(bend, leg) for bend in bends for leg in pairwise(wire.points)):
                yield f"a wire bends or ends on {name}"


def tree_crossings(network: Network, layout: Layout) -> int:
    legs = [
        leg
        for _, _, _, wire in wires(network, layout)
        if not wire.linked
        for leg in pairwise(wire.points)
    ]
    return sum(_cross(one, other) for one, other in combinations(legs, 2))


def all_crossings(network: Network, layout: Layout) -> set[Point]:
    legs = [leg for each in wires(network, layout) for leg in pairwise(each[3].points)]
    legs += [(bar.left, bar.right) for bar in layout.bars.values()]
    found = set()
    for one, other in combinations(legs, 2):
        if _cross(one, other):
            upright, level = (one, other) if one[0].x == one[1].x else (other, one)
            found.add(Point(upright[0].x, level[0].y))
    return found


def _cross(one: Leg, other: Leg) -> bool:
    if (one[0].x == one[1].x) == (other[0].x == other[1].x):
        return False
    upright, level = (one, other) if one[0].x == one[1].x else (other, one)
    return _between(upright[0].x, level[0].x, level[1].x) and _between(
        level[0].y, upright[0].y, upright[1].y
    )


def _between(value: float, a: float, b: float) -> bool:
    return min(a, b) < value < max(a, b)


def _lies_on(point: Point, leg: Leg) -> bool:
    (ax, ay), (bx, by) = leg
    return min(ax, bx) <= point.x <= max(ax, bx) and min(ay, by) <= point.y <= max(ay, by)


def _run_together(one: Leg, other: Leg) -> bool:
    (a, b), (c, d) = one, other
    if a.y == b.y == c.y == d.y:
        return max(min(a.x, b.x), min(c.x, d.x)) <= min(max(a.x, b.x), max(c.x, d.x))
    if a.x == b.x == c.x == d.x:
        return max(min(a.y, b.y), min(c.y, d.y)) <= min(max(a.y, b.y), max(c.y, d.y))
    return False
