"""Limits that faults set: what protection still sees, and what switches can make and break.

Nothing upstream of what a plan picks up changes with it, so only that is looked at.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from gridops.ids import SectionId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import Indices, Network, SwitchSet, Values
from gridops.powerflow import FaultSupply, PowerFlow, Reach, Violation, ViolationKind
from gridops.restoration.rings import around_ring, ring_closings
from gridops.restoration.schedule import Move
from gridops.restoration.scope import Ground

TOLERANCE = 1e-9
"""Relative: what is as it was before is no worse."""


@runtime_checkable
class TellsFaults(Protocol):
    """An engine that has fault currents of the same grid at hand."""

    @property
    def faults(self) -> FaultSupply: ...


def faults_of(engine: PowerFlow, network: Network) -> FaultSupply:
    """Those that the engine has, or made anew."""
    return engine.faults if isinstance(engine, TellsFaults) else FaultSupply(network)


class FaultLimits:
    """Whether a course of movements leaves every fault within what is built to clear it.

    A plan answers for what it makes worse: where protection was as blind before the outage, or
    had as much to break, nothing is said.
    """

    def __init__(self, ground: Ground, engine: PowerFlow) -> None:
        self._ground = ground
        self._engine = engine
        self._least = ground.situation.limits.fault_in_pickups_min
        self._found: dict[
            tuple[SwitchSet, frozenset[SectionId], frozenset[SwitchId]], Violation | None
        ] = {}

    @cached_property
    def _supply(self) -> FaultSupply:
        return faults_of(self._engine, self._network)

    @property
    def _network(self) -> Network:
        return self._ground.network

    def broken(self, moves: Sequence[Move]) -> Violation | None:
        """The worst of the first limit that the state after `moves` breaks; None: none."""
        changed = frozenset(s for move in moves for s in (*move.restored, *move.handed_over))
        if not changed:
            return None
        key = (moves[-1].closed, changed, frozenset(move.switch for move in ring_closings(moves)))
        if key not in self._found:
            found = self._reach(moves, changed) or self._duty(moves, changed)
            self._found[key] = found or self._ring_duty(moves)
        return self._found[key]

    def _ring_duty(self, moves: Sequence[Move]) -> Violation | None:
        """While a ring is closed, by the feed of each side alone: its own currents the guard
        works out."""
        for move in ring_closings(moves):
            apart = replace(move, closed=move.closed - {move.switch})
            joined = around_ring(self._network, move.closed, switch=move.switch)
            broken = self.duty_broken(apart, sections=frozenset(joined))
            if broken is not None:
                return broken
        return None

    def duty_broken(self, move: Move, *, sections: frozenset[SectionId]) -> Violation | None:
        """What the closing `move` asks too much of: the device itself, or what protects
        `sections`, which it joins; None: nothing."""
        return self._duty([replace(move, restored=tuple(sorted(sections)))], sections)

    def _reach(self, moves: Sequence[Move], restored: frozenset[SectionId]) -> Violation | None:
        if self._least is None or not self._supply.protects:
            return None
        of_nodes = self._marked(restored)
        after = self._supply.least(moves[-1].closed, sources=self._donors(moves), of_nodes=of_nodes)
        blind = after.in_pickups < self._least * (1 - TOLERANCE)
        if not blind.any():
            return None
        before = self._in_pickups_before(of_nodes)
        blind &= after.in_pickups < before[after.nodes] * (1 - TOLERANCE)
        return self._blindest(after, blind) if blind.any() else None

    def _blindest(self, after: Reach, blind: NDArray[np.bool_]) -> Violation:
        row = int(np.argmin(np.where(blind, after.in_pickups, np.inf)))
        device = self._network.arrays.switches.ids[after.devices[row]]
        seen_a = float(after.seen_a[row])
        pickup_a = seen_a / float(after.in_pickups[row])
        return Violation(
            kind=ViolationKind.PROTECTION_REACH,
            element=device,
            value=seen_a,
            limit=(self._least or 0.0) * pickup_a,
        )

    def _in_pickups_before(self, of_nodes: NDArray[np.bool_]) -> Values:
        """By node, as the outage found the grid; 0 where nothing saw a fault."""
        network = self._network
        found = np.zeros(len(network.arrays.nodes))
        before = self._supply.least(
            self._ground.situation.closed_before,
            sources=list(network.sources),
            of_nodes=of_nodes,
        )
        found[before.nodes] = before.in_pickups
        return found

    def _duty(self, moves: Sequence[Move], restored: frozenset[SectionId]) -> Violation | None:
        if not self._supply.states_duty:
            return None
        return self._making(moves) or self._breaking(moves, restored)

    def _making(self, moves: Sequence[Move]) -> Violation | None:
        """Whatever closes onto a fault must stand its peak."""
        switches = self._network.switches
        in_ring = {move.switch for move in ring_closings(moves)}
        closing = [
            m.switch
            for m in moves
            if m.position is Position.CLOSED and (m.restored or m.switch in in_ring)
        ]
        rated = {s: a for s in closing if (a := switches[s].making_current_a) is not None}
        if not rated:
            return None
        _, peak_a = self._supply.highest(
            moves[-1].closed, sources=self._donors(moves), nodes=self._at(list(rated))
        )
        return _worst(rated, peak_a)

    def _breaking(self, moves: Sequence[Move], restored: frozenset[SectionId]) -> Violation | None:
        """Whatever would trip for a fault in what is picked up must be able to break it."""
        network, closed = self._network, moves[-1].closed
        at_hand = [s for section in restored for s in network.sections[section].switches]
        at_hand += [move.switch for move in moves]
        rated: dict[SwitchId, float] = {}
        for ident in sorted(set(at_hand)):
            switch = network.switches[ident]
            if switch.breaking_current_a is not None and switch.protects and ident in closed:
                rated[ident] = switch.breaking_current_a
        if not rated:
            return None
        nodes = self._at(list(rated))
        after_a, _ = self._supply.highest(closed, sources=self._donors(moves), nodes=nodes)
        if _worst(rated, after_a) is None:
            return None
        before_a, _ = self._supply.highest(
            self._ground.situation.closed_before, sources=list(network.sources), nodes=nodes
        )
        return _worst(rated, np.where(after_a > before_a * (1 + TOLERANCE), after_a, 0.0))

    def _at(self, switches: Sequence[SwitchId]) -> Indices:
        arrays = self._network.arrays
        at: Indices = arrays.switch_nodes[arrays.switches.numbers(switches), 0]
        return at

    def _marked(self, sections: frozenset[SectionId]) -> NDArray[np.bool_]:
        """The nodes of `sections`."""
        arrays = self._network.arrays
        inside = np.zeros(len(arrays.sections), np.bool_)
        inside[arrays.sections.numbers(sections)] = True
        marked: NDArray[np.bool_] = inside[arrays.node_section]
        return marked

    def _donors(self, moves: Sequence[Move]) -> list[SourceId]:
        """The sources that anything closed by `moves` hangs on."""
        live, ends_of = self._ground.live, self._network.section_ends
        closing = [move.switch for move in moves if move.position is Position.CLOSED]
        ends = dict.fromkeys(end for switch in closing for end in ends_of[switch])
        return list(dict.fromkeys(live.source_of[e] for e in ends if live.is_supplied(e)))


def _worst(rated_a: dict[SwitchId, float], current_a: Values) -> Violation | None:
    """Currents that are not known (nan) break nothing."""
    worst: Violation | None = None
    for (switch, limit), value in zip(rated_a.items(), current_a.tolist(), strict=True):
        beyond = value > limit * (1 + TOLERANCE)
        if beyond and (worst is None or value / limit > worst.value / worst.limit):
            kind = ViolationKind.FAULT_LEVEL
            worst = Violation(kind=kind, element=switch, value=value, limit=limit)
    return worst
