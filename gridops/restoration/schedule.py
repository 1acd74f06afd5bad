"""A candidate put in order and in time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gridops.ids import SectionId, SwitchId
from gridops.measurement import Position
from gridops.network import Control
from gridops.restoration.part import Part, bits, edges_to_close, switches_to_open, weight_of
from gridops.restoration.plan import By
from gridops.restoration.scope import Scope
from gridops.state import energise


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One movement, the state after it, and the dark sections that it brings back."""

    switch: SwitchId
    position: Position
    by: By
    starts_s: float
    done_s: float
    closed: frozenset[SwitchId]
    restored: tuple[SectionId, ...]


def schedule(scope: Scope, parts: Sequence[Part]) -> tuple[Move, ...]:
    """Fence first; then part by part what must be opened, then what is closed.

    Parts that need no crew go first, those on the normal feed before those on a tie, heavier
    ones before lighter. One movement at a time: nothing starts before the one before it is
    confirmed, and a closing waits for the gap after another closing.
    """
    if not parts:
        return ()
    wanted: list[tuple[SwitchId, Position]] = []
    opened: set[SwitchId] = set()
    for switch in scope.ground.fence.to_open:
        wanted.append((switch, Position.OPEN))
        opened.add(switch)
    for part in sorted(parts, key=lambda p: _turn(scope, p)):
        for switch in _remote_first(scope, switches_to_open(scope, part)):
            if switch not in opened:
                wanted.append((switch, Position.OPEN))
                opened.add(switch)
        wanted += [(switch, Position.CLOSED) for switch in _closings(scope, part)]
    return _timed(scope, wanted)


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


def _timed(scope: Scope, wanted: Sequence[tuple[SwitchId, Position]]) -> tuple[Move, ...]:
    ground = scope.ground
    gap_s = ground.situation.settings.closing_gap_s
    closed = set(ground.closed | set(ground.fence.to_open))
    dark = [s for unit in scope.units for s in unit.sections]
    now_s, may_close_s = 0.0, 0.0
    moves: list[Move] = []
    for switch, position in wanted:
        closes = position is Position.CLOSED
        starts_s = max(now_s, may_close_s) if closes else now_s
        now_s = starts_s + ground.network.switches[switch].operating_time_s
        restored: tuple[SectionId, ...] = ()
        if closes:
            closed.add(switch)
            may_close_s = now_s + gap_s
            restored = _supplied(scope, closed, dark)
            dark = [s for s in dark if s not in restored]
        else:
            closed.discard(switch)
        moves.append(
            Move(
                switch=switch,
                position=position,
                by=_by(scope, switch),
                starts_s=starts_s,
                done_s=now_s,
                closed=frozenset(closed),
                restored=restored,
            )
        )
    return tuple(moves)


def _supplied(
    scope: Scope, closed: set[SwitchId], dark: Iterable[SectionId]
) -> tuple[SectionId, ...]:
    ground = scope.ground
    dead_sources = ground.situation.snapshot.dead_sources
    live = energise(ground.network, closed, dead_sources=dead_sources)
    return tuple(s for s in dark if live.is_supplied(s))


def _by(scope: Scope, switch: SwitchId) -> By:
    remote = scope.ground.network.switches[switch].control is Control.REMOTE
    return By.REMOTE if remote else By.CREW


def _remote_first(scope: Scope, switches: Iterable[SwitchId]) -> list[SwitchId]:
    return sorted(switches, key=lambda s: _by(scope, s) is By.CREW)
