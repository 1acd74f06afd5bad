"""Fault impedances of a radial state: trees of all sources, and impedances summed down them."""

import numpy as np

from gridops.compiled import compiled_maker
from gridops.network import Indices, Status, Values

UNFED = ROOT = -1
PARENT, EDGE, ISLAND = 0, 1, 2
"""Columns of how a node hangs on the grid."""
R, X, SCALE, TURNED = 0, 1, 2, 3
"""Columns of what `accumulate` takes of each branch and gives for each node."""


@compiled_maker
def _spread(
    first: Indices, around: Indices, conducts: Status, order: Indices, hangs: Indices, begin: int
) -> tuple[int, bool]:
    """The island of the root in `order[begin]`: where it ends, and whether it has a loop."""
    island = hangs[order[begin], ISLAND]
    is_looped = False
    done, end = begin, begin + 1
    while done < end:
        node = order[done]
        done += 1
        for k in range(first[node], first[node + 1]):
            edge, other = around[k, 0], around[k, 1]
            if conducts[edge] == 0 or edge == hangs[node, EDGE]:
                continue
            if hangs[other, ISLAND] != UNFED:
                is_looped = True
                continue
            hangs[other, PARENT], hangs[other, EDGE], hangs[other, ISLAND] = node, edge, island
            order[end] = other
            end += 1
    return end, is_looped


@compiled_maker
def grow(
    first: Indices, around: Indices, conducts: Status, source_node: Indices, live: Status
) -> tuple[Indices, Indices, Status]:
    """The tree below each live source, breadth first; linear in the grid.

    The entries `first[k]` to `first[k + 1]` of `around` are the edges at node `k` and the nodes
    across (CSR, no edge from a node to itself); `conducts` tells of each edge whether current can
    pass.

    Returns the fed nodes (each after the one that feeds it, the nodes of an island in a row); of
    each node the one that feeds it, the edge in between, and the source above, all -1 where there
    is none; and of each source whether its island has a loop or another live source.
    """
    count = len(first) - 1
    order = np.empty(count, np.int32)
    hangs = np.full((count, 3), UNFED, np.int32)
    looped = np.zeros(len(source_node), np.int8)
    end = 0
    for source in range(len(source_node)):
        root = source_node[source]
        if live[source] == 0:
            continue
        if hangs[root, ISLAND] != UNFED:
            looped[hangs[root, ISLAND]] = 1
            continue
        hangs[root, ISLAND] = source
        order[end] = root
        end, is_looped = _spread(first, around, conducts, order, hangs, end)
        if is_looped:
            looped[source] = 1
    return order[:end], hangs, looped


@compiled_maker
def accumulate(
    order: Indices, hangs: Indices, branch_from: Indices, series: Values, at_root: Values
) -> Values:
    """Impedance up to each node, at its own voltage level; linear in the fed nodes.

    `series` has a row of each branch: R and X in ohm at the side of its second node, rated
    voltage of the first node's side over that of the second, and whether its clock number is odd.
    Edges past the branches are switches, without impedance. `at_root` has a row (R, X in ohm) of
    each node, of which only those of the sources count.

    Returns a row of each node, zeros where it is not fed: R, X; rated voltage over that at the
    source, by the transformers in between; 1 if they turn by an odd clock number, else 0.
    """
    found = np.zeros((len(hangs), 4))
    for k in range(len(order)):
        node = order[k]
        edge = hangs[node, EDGE]
        if edge == ROOT:
            found[node, R], found[node, X] = at_root[node, R], at_root[node, X]
            found[node, SCALE] = 1.0
            continue
        near = hangs[node, PARENT]
        if edge >= len(series):
            found[node] = found[near]
            continue
        r_ohm, x_ohm, ratio = series[edge, R], series[edge, X], series[edge, SCALE]
        square = ratio * ratio
        if branch_from[edge] == near:
            found[node, R] = found[near, R] / square + r_ohm
            found[node, X] = found[near, X] / square + x_ohm
            found[node, SCALE] = found[near, SCALE] / ratio
        else:
            found[node, R] = (found[near, R] + r_ohm) * square
            found[node, X] = (found[near, X] + x_ohm) * square
            found[node, SCALE] = found[near, SCALE] * ratio
        found[node, TURNED] = abs(found[near, TURNED] - series[edge, TURNED])
    return found


@compiled_maker
def guarded_from(
    order: Indices, hangs: Indices, branches: int, protects: Status, is_low: Status
) -> Indices:
    """Of each node where the device that must see a fault there begins to feed: its far node.

    Edges from `branches` on are switches, and `protects` tells which of them trip. A zone ends at
    the next one that does, and where a transformer steps down to a node that `is_low`: what is
    behind has protection of its own. -1 where there is none, or no supply.
    """
    found = np.full(len(hangs), -1, np.int32)
    for k in range(len(order)):
        node = order[k]
        edge, near = hangs[node, EDGE], hangs[node, PARENT]
        if edge == ROOT or (is_low[node] == 1 and is_low[near] == 0):
            continue
        if edge >= branches and protects[edge - branches] == 1:
            found[node] = node
        else:
            found[node] = found[near]
    return found


@compiled_maker
def number_below(order: Indices, hangs: Indices) -> tuple[Indices, Indices]:
    """Where each node stands when all that hangs on a node follows it in a row, and how many that
    are, itself included: node `b` hangs on `a` if place[a] <= place[b] < place[a] + size[a].

    -1 and 0 for nodes that are not in `order`.
    """
    place = np.full(len(hangs), -1, np.int32)
    size = np.zeros(len(hangs), np.int32)
    free = np.zeros(len(hangs), np.int32)
    for k in range(len(order) - 1, -1, -1):
        node = order[k]
        size[node] += 1
        if hangs[node, PARENT] != ROOT:
            size[hangs[node, PARENT]] += size[node]
    at = 0
    for k in range(len(order)):
        node = order[k]
        above = hangs[node, PARENT]
        if above == ROOT:
            place[node] = at
            at += size[node]
        else:
            place[node] = free[above]
            free[above] += size[node]
        free[node] = place[node] + 1
    return place, size


@compiled_maker
def between(near_ohm: Values, along_ohm: Values, z_ohm_min: Values, z_ohm_max: Values) -> Values:
    """Where along each line the impedance up to a fault lies within its bounds.

    Rows of `near_ohm` and `along_ohm` are R and X up to the near end, and of the line. Of each
    line up to two spans as fractions of its length from the near end (a1, b1, a2, b2), nan where
    there is none: |near + f along| is convex in f, so what is left of a ball around the source
    without the ball inside it has at most two parts.
    """
    spans = np.full((len(near_ohm), 4), np.nan)
    for k in range(len(near_ohm)):
        r, x = near_ohm[k, R], near_ohm[k, X]
        dr, dx = along_ohm[k, R], along_ohm[k, X]
        square, half, start = dr * dr + dx * dx, r * dr + x * dx, r * r + x * x
        if square == 0.0:
            if z_ohm_min[k] ** 2 <= start <= z_ohm_max[k] ** 2:
                spans[k, 0], spans[k, 1] = 0.0, 1.0
            continue
        outer = half * half - square * (start - z_ohm_max[k] ** 2)
        inner = half * half - square * (start - z_ohm_min[k] ** 2)
        if not outer >= 0.0:
            continue
        low = max((-half - np.sqrt(outer)) / square, 0.0)
        high = min((-half + np.sqrt(outer)) / square, 1.0)
        if not inner > 0.0:
            if low <= high:
                spans[k, 0], spans[k, 1] = low, high
            continue
        before = (-half - np.sqrt(inner)) / square
        after = (-half + np.sqrt(inner)) / square
        if low <= min(high, before):
            spans[k, 0], spans[k, 1] = low, min(high, before)
        if max(low, after) <= high:
            spans[k, 2], spans[k, 3] = max(low, after), high
    return spans
