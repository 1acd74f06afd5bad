"""Nodes fused by contacts, and what flows through the contacts, at machine speed."""

import numpy as np
from numpy.typing import NDArray

from gridops.compiled import compiled_maker
from gridops.network import Indices

Complexes = NDArray[np.complex128]


@compiled_maker
def forest(
    first: Indices, across_edge: Indices, across_node: Indices, roots: Indices
) -> tuple[Indices, Indices, Indices, Indices]:
    """Trees over contacts between nodes, grown breadth first from `roots`, then from the rest.

    The contacts of node `k` are the entries `first[k]` to `first[k + 1]` of the other two.
    Returns by node the tree it is in (counted in the order in which they are begun), the node
    above it and the contact to that (-1 at a root); and the nodes, each after the one above it.
    """
    count = len(first) - 1
    tree = np.full(count, -1, np.int32)
    above = np.full(count, -1, np.int32)
    contact = np.full(count, -1, np.int32)
    order = np.empty(count, np.int32)
    filled = 0
    walked = 0
    begun = 0
    trees = 0
    while walked < filled or begun < len(roots) + count:
        if walked == filled:
            root = roots[begun] if begun < len(roots) else begun - len(roots)
            begun += 1
            if tree[root] < 0:
                tree[root] = trees
                trees += 1
                order[filled] = root
                filled += 1
            continue
        node = order[walked]
        walked += 1
        for entry in range(first[node], first[node + 1]):
            other = across_node[entry]
            if tree[other] < 0:
                tree[other] = tree[node]
                above[other] = node
                contact[other] = across_edge[entry]
                order[filled] = other
                filled += 1
    return tree, above, contact, order


@compiled_maker
def summed_up(order: Indices, above: Indices, drawn: Complexes) -> Complexes:
    """What each node and all nodes below it in the forest draw together."""
    total = drawn.copy()
    for k in range(len(order) - 1, -1, -1):
        node = order[k]
        if above[node] >= 0:
            total[above[node]] += total[node]
    return total
