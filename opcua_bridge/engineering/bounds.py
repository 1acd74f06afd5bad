"""How much of a server is looked at, at most."""

from dataclasses import dataclass

NAME_MAX = 120
"""Letters of a name that are kept; nobody reads a longer one."""
IDENTIFIER_MAX = 4096
"""Letters of an identifier (OPC UA Part 3, 8.2.4); a longer one is no node of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A server may have more nodes than anybody can read, and references in circles or without
    end: whichever of these is reached first ends the look, and the result says which."""

    depth_max: int = 12
    """Steps from the node where the look begins."""
    nodes_max: int = 20_000
    references_max: int = 200_000
    """All that the server names, also what was seen before."""
    calls_max: int = 5_000
    """Requests; each further part of a long list is one."""
    seconds_max: float = 120.0
    nodes_per_call: int = 50
    """Or fewer if the server says so; it must keep its place in so many long lists."""
    references_per_answer: int = 500
    """Of one node in one answer."""
