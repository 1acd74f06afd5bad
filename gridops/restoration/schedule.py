"""A candidate put in order and in time."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from gridops.ids import SectionId, SwitchId
from gridops.measurement import Position
from gridops.network import Control, SwitchSet
from gridops.restoration.part import (
    Part,
    bits,
    edges_to_close,
    ends_of,
    grown,
    switches_to_open,
    weight_of,
)
from gridops.restoration.plan import By
from gridops.restoration.scope import Scope


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


def schedule(scope: Scope, parts: Sequence[Part]) -> tuple[Move, ...]:
    """Fence first; then part by part what must be opened, then what is closed.

    Parts that need no crew go first, those on the normal feed before those on a tie, heavier
    ones before lighter. One movement at a time: nothing starts before the one before it is
    confirmed, and a closing waits for the gap after another closing.
    """
    if not parts:
        return ()
    fence = scope.ground.fence.to_open
    clock = _Clock(scope, scope.ground.closed | set(fence))
    for switch in fence:
        clock.open(switch)
    for part in sorted(parts, key=lambda p: _turn(scope, p)):
        for switch in _remote_first(scope, switches_to_open(scope, part)):
            if switch in clock.closed:
                clock.open(switch)
        for switch in _closings(scope, part):
            clock.close(switch, part)
    return tuple(clock.moves)


def needs_crew(scope: Scope, part: Part) -> bool:
    """Whether any movement of the part, the fence aside, is a crew's."""
    edges = [edge.switch for edge in edges_to_close(scope, part)]
    moved = [part.tie.switch, *switches_to_open(scope, part), *edges]
    return any(_by(scope, switch) is By.CREW for switch in moved)


def _turn(scope: Scope, part: Part) -> tuple[bool, bool, float, SwitchId]:
    was_closed = part.tie.switch in scope.ground.situation.closed_before
    weight = weight_of(scope, part.units)
    return needs_crew(scope, part), not was_closed, -weight, part.tie.switch


def _closings(scope: Scope, part: Part) -> list[SwitchId]:
    """Edges that may not make load while all is dead, then the tie, then outwards."""
    new = edges_to_close(scope, part)
    network = scope.ground.network
    dead = [e.switch for e in new if not network.switches[e.switch].breaks_load]
    outwards = [s for s in _outwards(scope, part) if network.switches[s].breaks_load]
    return [*_remote_first(scope, dead), part.tie.switch, *outwards]


def _outwards(scope: Scope, part: Part) -> list[SwitchId]:
    """The part's edges that are open now, from the tie on."""
    edges = [scope.edges[k] for k in bits(part.edges)]
    reached = {part.tie.unit}
    order: list[SwitchId] = []
    while edges:
        edge = next(e for e in edges if e.units[0] in reached or e.units[1] in reached)
        edges.remove(edge)
        reached.update(edge.units)
        if not edge.closed:
            order.append(edge.switch)
    return order


@dataclass(slots=True)
class _Clock:
    """Lays movements one after the other and keeps the state that each leaves."""

    scope: Scope
    closed: SwitchSet
    moves: list[Move] = field(default_factory=list)
    back: int = 0
    """Units supplied so far, as a mask."""
    may_close_s: float = 0.0

    @property
    def now_s(self) -> float:
        return self.moves[-1].done_s if self.moves else 0.0

    def open(self, switch: SwitchId) -> None:
        self.closed = self.closed - {switch}
        self._add(switch, Position.OPEN, starts_s=self.now_s, restored=())

    def close(self, switch: SwitchId, part: Part) -> None:
        """Closes a switch of `part`: its tie, or an edge within it."""
        self.closed = self.closed | {switch}
        new = _supplied(self.scope, part, closed=self.closed) & ~self.back
        self.back |= new
        restored = tuple(s for k in bits(new) for s in self.scope.units[k].sections)
        self._add(
            switch, Position.CLOSED, starts_s=max(self.now_s, self.may_close_s), restored=restored
        )
        gap_s = self.scope.ground.situation.settings.closing_gap_s
        self.may_close_s = self.now_s + gap_s

    def _add(
        self,
        switch: SwitchId,
        position: Position,
        *,
        starts_s: float,
        restored: tuple[SectionId, ...],
    ) -> None:
        takes_s = self.scope.ground.network.switches[switch].operating_time_s
        self.moves.append(
            Move(
                switch=switch,
                position=position,
                by=_by(self.scope, switch),
                starts_s=starts_s,
                done_s=starts_s + takes_s,
                closed=self.closed,
                restored=restored,
            )
        )


def _supplied(scope: Scope, part: Part, *, closed: AbstractSet[SwitchId]) -> int:
    """The units of `part` that hang on its tie by what is closed, as a mask."""
    if part.tie.switch not in closed:
        return 0
    edges = [e for k in bits(part.edges) if (e := scope.edges[k]).switch in closed]
    return grown(1 << part.tie.unit, [ends_of(edge) for edge in edges])


def _by(scope: Scope, switch: SwitchId) -> By:
    remote = scope.ground.network.switches[switch].control is Control.REMOTE
    return By.REMOTE if remote else By.CREW


def _remote_first(scope: Scope, switches: Iterable[SwitchId]) -> list[SwitchId]:
    return sorted(switches, key=lambda s: _by(scope, s) is By.CREW)
