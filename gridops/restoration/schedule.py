"""A candidate laid out: the movements with the state that each leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass

from gridops.ids import SectionId, SwitchId
from gridops.measurement import Position
from gridops.network import Control, SwitchSet
from gridops.restoration.part import bits
from gridops.restoration.plan import By
from gridops.restoration.scope import Scope
from gridops.restoration.timing import Timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One movement, the state after it, and the dark sections that it brings back."""

    switch: SwitchId
    position: Position
    by: By
    starts_s: float
    done_s: float
    closed: SwitchSet
    restored: tuple[SectionId, ...]
    dropped: tuple[SectionId, ...] = ()
    """Supplied sections that it takes supply from."""
    handed_over: tuple[SectionId, ...] = ()
    """Supplied sections that it leaves on another feed, interrupted by nothing: it opens the ring
    that the movement before it closed."""


def schedule(scope: Scope, timed: Sequence[Timed]) -> tuple[Move, ...]:
    """The movements of a timetable, from the state before the fence is opened."""
    switches = scope.ground.network.switches
    closed = scope.ground.closed | set(scope.ground.fence.to_open)
    moves = []
    for one in timed:
        closed = closed | {one.switch} if one.closes else closed - {one.switch}
        remote = switches[one.switch].control is Control.REMOTE
        moves.append(
            Move(
                switch=one.switch,
                position=Position.CLOSED if one.closes else Position.OPEN,
                by=By.REMOTE if remote else By.CREW,
                starts_s=one.starts_s,
                done_s=one.done_s,
                closed=closed,
                restored=tuple(s for k in bits(one.units) for s in scope.units[k].sections),
            )
        )
    return tuple(moves)
