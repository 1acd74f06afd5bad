"""Limits that load sets later than the switching: cold load pickup, and the hours ahead."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

from gridops.ids import BranchId, SectionId
from gridops.measurement import Position
from gridops.network import SwitchSet
from gridops.powerflow import (
    FlowResult,
    LoadPowers,
    Violation,
    ViolationKind,
    emergency_pct,
    loads_ahead,
    picked_up,
)
from gridops.restoration.rings import ring_closings
from gridops.restoration.schedule import Move
from gridops.restoration.scope import Ground

NO_WORSE = 1e-6
"""Relative: what would be broken as much without the plan is not the plan's doing."""


class Solve(Protocol):
    def __call__(
        self, closed: SwitchSet, loads: LoadPowers, *, around: frozenset[SectionId]
    ) -> FlowResult: ...


Judged = Callable[[FlowResult, Mapping[BranchId, float]], tuple[Violation, ...]]


class LaterLoads:
    """Whether a course of movements holds with the load that it brings on.

    `solve` gives the islands around some sections; `judged` the limits that a solution breaks,
    with the emergency ratings that hold for it.
    """

    def __init__(self, ground: Ground, loads: LoadPowers, *, solve: Solve, judged: Judged) -> None:
        self._ground = ground
        self._situation = ground.situation
        self._loads = loads
        self._solve = solve
        self._judged = judged
        self._ahead_found: dict[SwitchSet, Violation | None] = {}

    def broken(self, moves: Sequence[Move]) -> Violation | None:
        """The first limit that breaks, cold load before the hours ahead; None: none does."""
        return self._cold(moves) or self._hours_ahead(moves)

    def _cold(self, moves: Sequence[Move]) -> Violation | None:
        """The states after each closing that brings back what was dark for long, and of each ring
        after that, closed and open again."""
        table = self._situation.settings.cold_load
        if not moves or self._situation.dark_s + moves[-1].done_s <= table.begins_s:
            return None
        dropped_s: dict[SectionId, float] = {}
        back = dict(self._situation.returned)
        in_ring = {move.switch for move in ring_closings(moves)}
        for move in moves:
            dropped_s.update(dict.fromkeys(move.dropped, move.done_s))
            for section in move.restored:
                back[section] = move.done_s, self._dark_s(section, move.done_s, dropped_s=dropped_s)
            gives = move.position is Position.CLOSED and move.restored
            if gives or move.handed_over or move.switch in in_ring:
                found = self._cold_after(move, back)
                if found is not None:
                    return found
        return None

    def _dark_s(
        self, section: SectionId, at_s: float, *, dropped_s: Mapping[SectionId, float]
    ) -> float:
        if section in dropped_s:
            return at_s - dropped_s[section]
        return self._situation.dark_s + at_s

    def _cold_after(
        self, move: Move, back: Mapping[SectionId, tuple[float, float]]
    ) -> Violation | None:
        table = self._situation.settings.cold_load
        still = {s: d for s, (at, d) in back.items() if move.done_s - at < table.lasts_s}
        loads = picked_up(self._ground.network, self._loads, dark_s=still, table=table)
        if loads is None:
            return None
        ends = frozenset(self._ground.network.section_ends[move.switch])
        found = self._judged(self._solve(move.closed, loads, around=ends), self._while_cold)
        return _named(found[0], ViolationKind.COLD_LOAD) if found else None

    @cached_property
    def _while_cold(self) -> Mapping[BranchId, float]:
        lasts_s = self._situation.settings.cold_load.lasts_s
        return emergency_pct(self._ground.network, self._situation.limits, lasts_s=lasts_s)

    @cached_property
    def _until_repair(self) -> Mapping[BranchId, float]:
        lasts_s = self._situation.settings.outage_s
        return emergency_pct(self._ground.network, self._situation.limits, lasts_s=lasts_s)

    @cached_property
    def _hours(self) -> tuple[tuple[float, LoadPowers], ...]:
        """What is drawn in each step of the profiles that the plan must hold for."""
        situation = self._situation
        if situation.at is None or not situation.network.profiles:
            return ()
        until_s = min(situation.settings.look_ahead_s, situation.settings.outage_s)
        steps = loads_ahead(situation.network, self._loads, at=situation.at, until_s=until_s)
        return tuple(steps)

    def _hours_ahead(self, moves: Sequence[Move]) -> Violation | None:
        """The last state with the loads of each step ahead: the earliest that breaks a limit
        which would not break as much without the plan."""
        if not moves or not self._hours:
            return None
        closed = moves[-1].closed
        if closed not in self._ahead_found:
            ends = self._ground.network.section_ends
            around = frozenset(e for m in moves if _closes(m) for e in ends[m.switch])
            found = (self._in_hour(closed, around, hour=hour) for hour in self._hours)
            self._ahead_found[closed] = next((v for v in found if v is not None), None)
        return self._ahead_found[closed]

    def _in_hour(
        self, closed: SwitchSet, around: frozenset[SectionId], *, hour: tuple[float, LoadPowers]
    ) -> Violation | None:
        in_s, loads = hour
        found = self._judged(self._solve(closed, loads, around=around), self._until_repair)
        if not found:
            return None
        live = self._ground.live
        fed = frozenset(section for section in around if live.is_supplied(section))
        without = self._judged(
            self._solve(self._ground.closed, loads, around=fed), self._until_repair
        )
        before = {(v.kind, v.element): v for v in without}
        worse = (v for v in found if _is_worse(v, before.get((v.kind, v.element))))
        first = next(worse, None)
        return None if first is None else _named(first, ViolationKind.LOOK_AHEAD, in_s=in_s)


def _closes(move: Move) -> bool:
    return move.position is Position.CLOSED


def _is_worse(found: Violation, before: Violation | None) -> bool:
    if before is None:
        return True
    if found.kind is ViolationKind.UNDERVOLTAGE:
        return found.value < before.value * (1 - NO_WORSE)
    return found.value > before.value * (1 + NO_WORSE)


def _named(found: Violation, kind: ViolationKind, *, in_s: float | None = None) -> Violation:
    return replace(found, kind=kind, breaks=found.kind, in_s=in_s)
