"""Whether a course of movements does to supply what it says that it does."""

from collections.abc import Sequence

from gridops.ids import SectionId
from gridops.measurement import Position
from gridops.restoration.schedule import Move
from gridops.restoration.situation import Situation
from gridops.state import energise


def does_as_told(situation: Situation, moves: Sequence[Move]) -> bool:
    """Each movement takes supply from what it names as dropped and from nothing else, and gives
    it to all that it names as restored; and no closing makes a ring, dead or not, but one that the
    next movement opens, or leans on a position that is not known. Traced state by state: the search
    lays movements out by what it knows of its region, this knows nothing of regions."""
    dead = situation.snapshot.dead_sources
    state = energise(situation.network, situation.snapshot.closed, dead_sources=dead)
    for k, move in enumerate(moves):
        after = energise(situation.network, move.closed, dead_sources=dead)
        lost = set(after.lost_since(state))
        if lost != set(move.dropped) or not all(after.is_supplied(s) for s in move.restored):
            return False
        opens = next((m for m in moves[k + 1 : k + 2] if m.handed_over), None)
        settled = opens or move
        if move.position is Position.CLOSED and not _is_a_known_tree(
            situation, move, settled=settled
        ):
            return False
        state = after
    return True


def _is_a_known_tree(situation: Situation, move: Move, *, settled: Move) -> bool:
    """What hangs on the device once it is closed and `settled` is done, as far as the busbars with
    a source."""
    network, unknown = situation.network, situation.snapshot.unknown
    reached: dict[SectionId, None] = dict.fromkeys(network.section_ends[move.switch])
    links = set()
    for section in (waiting := list(reached)):  # grows while it is walked
        if network.sections[section].sources:
            continue
        at_it = network.sections[section].switches
        if not unknown.isdisjoint(at_it):
            return False
        for switch in at_it:
            if switch not in settled.closed:
                continue
            links.add(switch)
            other = network.across(switch, section)
            if other not in reached:
                reached[other] = None
                waiting.append(other)
    return len(links) < len(reached)
