"""Follows the branches from one place that matters to the next, and adds them up."""

import numpy as np

from gridops.compiled import compiled_maker
from gridops.network import Indices
from gridops.powerflow.branch_models import Phasors


@compiled_maker
def chains(
    branch_nodes: Indices, first: Indices, branch_at: Indices, is_inner: Indices
) -> tuple[Indices, Indices, Indices]:
    """Chains of branches whose inner nodes have nothing but two branches at them.

    `first`, `branch_at`: the branches at each node (CSR, without branches from a node to
    itself, which are in no chain). Returns where each chain begins among the entries (one more
    than chains), and of each entry the branch, and 1 if the chain passes it from its to-node, 0
    from its from-node. A ring of inner nodes alone is in no chain: nothing can supply it.
    """
    branches = branch_nodes.shape[0]
    starts = np.empty(branches + 1, np.int32)
    entries = np.empty(branches, np.int32)
    backwards = np.empty(branches, np.int32)
    is_taken = np.zeros(branches, np.int8)
    count = 0
    filled = 0
    starts[0] = 0
    for begin in range(2 * branches):
        branch = begin >> 1
        node = branch_nodes[branch, begin & 1]
        is_self = branch_nodes[branch, 0] == branch_nodes[branch, 1]
        if is_self or is_taken[branch] or is_inner[node]:
            continue
        while branch >= 0:
            is_taken[branch] = 1
            reverse = branch_nodes[branch, 0] != node
            entries[filled] = branch
            backwards[filled] = reverse
            filled += 1
            node = branch_nodes[branch, 0 if reverse else 1]
            one, other = branch_at[first[node]], branch_at[first[node + 1] - 1]
            branch = (other if one == branch else one) if is_inner[node] else -1
        count += 1
        starts[count] = filled
    return starts[: count + 1].copy(), entries[:filled].copy(), backwards[:filled].copy()


@compiled_maker
def equivalents(starts: Indices, entries: Indices, z: Phasors, y: Phasors) -> Phasors:
    """One pi for each chain, shape (chains, 3): series z, y at the beginning, y at the end.

    Exact: two-ports in series are multiplied, with the diagonal kept as its difference from 1
    so that no digits are lost. A chain without impedance has all its charging at its beginning.
    """
    found = np.empty((starts.size - 1, 3), np.complex128)
    for chain in range(starts.size - 1):
        a, b, c, d = 0j, 0j, 0j, 0j
        for k in range(starts[chain], starts[chain + 1]):
            z2 = z[entries[k]]
            y2 = y[entries[k]]
            a2 = z2 * y2
            c2 = y2 * (2.0 + a2)
            a, b, c, d = (
                a + a2 + a * a2 + b * c2,
                (1.0 + a) * z2 + b * (1.0 + a2),
                c * (1.0 + a2) + (1.0 + d) * c2,
                d + a2 + d * a2 + c * z2,
            )
        found[chain, 0] = b
        found[chain, 1] = d / b if b != 0 else c
        found[chain, 2] = a / b if b != 0 else 0j
    return found
