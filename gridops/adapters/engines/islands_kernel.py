"""Walks over sections, and what lies in them, at machine speed."""

import numpy as np

from gridops.compiled import compiled_maker
from gridops.network import Indices, Status


@compiled_maker
def reached(  # a kernel takes no keywords
    start: Indices,
    status: Status,
    first: Indices,
    neighbour_switch: Indices,
    neighbour_section: Indices,
) -> Indices:
    """The sections of `start` and all that switches with status 1 join to them, as walked.

    `first`, `neighbour_switch` and `neighbour_section` are those of `GridArrays`.
    """
    count = len(first) - 1
    seen = np.zeros(count, np.bool_)
    queue = np.empty(count, np.int32)
    filled = 0
    for section in start:
        if not seen[section]:
            seen[section] = True
            queue[filled] = section
            filled += 1
    walked = 0
    while walked < filled:
        section = queue[walked]
        walked += 1
        for entry in range(first[section], first[section + 1]):
            other = neighbour_section[entry]
            if status[neighbour_switch[entry]] == 1 and not seen[other]:
                seen[other] = True
                queue[filled] = other
                filled += 1
    return queue[:filled].copy()


@compiled_maker
def gathered(first: Indices, members: Indices, sections: Indices) -> Indices:
    """The entries `first[s]` to `first[s + 1]` of `members` for each section, one after another."""
    count = 0
    for section in sections:
        count += first[section + 1] - first[section]
    found = np.empty(count, np.int32)
    filled = 0
    for section in sections:
        for entry in range(first[section], first[section + 1]):
            found[filled] = members[entry]
            filled += 1
    return found
