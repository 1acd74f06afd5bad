"""Whether a course of movements does to supply what it says that it does."""

from collections.abc import Sequence

from gridops.restoration.schedule import Move
from gridops.restoration.situation import Situation
from gridops.state import energise


def drops_as_told(situation: Situation, moves: Sequence[Move]) -> bool:
    """Each movement takes supply from what it names as dropped and from nothing else, and gives
    it to all that it names as restored: traced state by state. The search lays movements out by
    what it knows of its region; this knows nothing of regions."""
    dead = situation.snapshot.dead_sources
    state = energise(situation.network, situation.snapshot.closed, dead_sources=dead)
    for move in moves:
        after = energise(situation.network, move.closed, dead_sources=dead)
        lost = set(after.lost_since(state))
        if lost != set(move.dropped) or not all(after.is_supplied(s) for s in move.restored):
            return False
        state = after
    return True
