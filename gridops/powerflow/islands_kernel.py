"""Which sources an island has."""

from typing import NamedTuple

from gridops.compiled import compiled
from gridops.network import Indices, Status


class Neighbours(NamedTuple):
    """Of sections, over switches; see `GridArrays`."""

    first: Indices
    switch: Indices
    section: Indices


@compiled
def reach(
    seeds: Indices,
    neighbours: Neighbours,
    closed: Status,
    seen: Indices,
    mark: int,
    queue: Indices,
) -> int:
    """Fills `queue` with the sections that closed switches join to `seeds`; returns how many.

    `seen[section]` is set to `mark`. `queue` has room for every section.
    """
    count = 0
    for seed in seeds:
        if seen[seed] != mark:
            seen[seed] = mark
            queue[count] = seed
            count += 1
    here = 0
    while here < count:
        section = queue[here]
        here += 1
        for k in range(neighbours.first[section], neighbours.first[section + 1]):
            other = neighbours.section[k]
            if closed[neighbours.switch[k]] and seen[other] != mark:
                seen[other] = mark
                queue[count] = other
                count += 1
    return count
