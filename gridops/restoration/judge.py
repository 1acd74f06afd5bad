"""Whether a state keeps to its limits, and what a candidate is worth."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from gridops.ids import BranchId, SectionId, SwitchId
from gridops.measurement import Position
from gridops.network import Indices, SwitchSet
from gridops.powerflow import (
    Candidates,
    FlowResult,
    LoadPowers,
    PowerFlow,
    RadialFlow,
    Violation,
    ViolationKind,
    carries_a,
    emergency_pct,
    source_va,
    violations,
)
from gridops.powerflow.candidate_kernel import Changes
from gridops.restoration.fault_limits import FaultLimits
from gridops.restoration.later_loads import LaterLoads
from gridops.restoration.part import Part, switches_to_close, switches_to_open
from gridops.restoration.phase_checks import phase_checks_of
from gridops.restoration.relief import is_near, may_relieve
from gridops.restoration.schedule import Move, schedule
from gridops.restoration.scope import Scope
from gridops.restoration.timing import Timing

OF_THE_WHOLE = (ViolationKind.PROTECTION_REACH, ViolationKind.LOOK_AHEAD)
"""What is asked of the last state alone, whatever the order of the movements."""


class Judge:
    """Solves states within a budget, each once.

    A candidate answers for all that hangs on the sources it draws on, sibling feeders
    included, and for nothing else: what is wrong elsewhere is not made worse by it.
    """

    def __init__(self, scope: Scope, engine: PowerFlow, *, starts_s: float = 0.0) -> None:
        situation = scope.ground.situation
        self.timing = Timing(scope, starts_s=starts_s)
        self.settings = situation.settings
        self.more_may_relieve = may_relieve(scope)
        """A part found too heavy then proves nothing of heavier ones."""
        self.depends_on_order = False
        """Something was refused for what another order of its movements might have kept."""
        self._scope = scope
        self._engine = engine
        self._loads = LoadPowers.of(scope.ground.network, situation.loads)
        self._rated_a = carries_a(scope.ground.network, situation.limits.loading_pct_max)
        self._solved: dict[tuple[SwitchSet, frozenset[SectionId]], FlowResult] = {}
        self._sure: dict[SwitchSet, bool] = {}
        self._candidates = self._candidates_of(engine)
        self._emergency_pct = emergency_pct(
            scope.ground.network, situation.limits, lasts_s=situation.settings.outage_s
        )
        self._source_va = source_va(scope.ground.network)
        self._faults = FaultLimits(scope.ground, engine)
        self._later = LaterLoads(
            scope.ground, self._loads, solve=self._solve_with, judged=self._judged
        )
        self._left = situation.settings.checks_max
        self._alone: dict[Part, tuple[Violation, ...]] = {}
        self._moved: dict[Part, tuple[Indices, Indices]] = {}
        self._too_much: dict[SwitchId, list[Part]] = {}
        self._phases = phase_checks_of(situation)

    def _candidates_of(self, engine: PowerFlow) -> Candidates | None:
        """What the donors carry now, so that states may be judged by what they add to it."""
        ground = self._scope.ground
        ends = [e for tie in self._scope.ties for e in ground.network.section_ends[tie.switch]]
        if not isinstance(engine, RadialFlow) or not ends:
            return None
        found = Candidates(
            engine.grid,
            ground.closed,
            loads=self._loads,
            carries_a=self._rated_a.values_of,
            dead_sources=ground.situation.snapshot.dead_sources,
            around=[end for end in dict.fromkeys(ends) if ground.live.is_supplied(end)],
        )
        return found if found.is_solved else None

    @property
    def is_spent(self) -> bool:
        """No further state may be solved; those solved already still answer."""
        return self._left <= 0 or (self._phases is not None and self._phases.is_spent)

    @property
    def left(self) -> int:
        """How many states may still be solved."""
        return max(self._left, 0)

    def flow(self, closed: SwitchSet, around: frozenset[SectionId]) -> FlowResult:
        """The islands around these sections, once `closed` are the closed switches."""
        found = self._solved.get((closed, around))
        if found is None:
            self._left -= 1
            self._sure.setdefault(closed, False)
            dead = self._scope.ground.situation.snapshot.dead_sources
            found = self._engine.solve(
                closed, self._loads, dead_sources=dead, around=sorted(around)
            )
            self._solved[closed, around] = found
        return found

    def broken(
        self, parts: Sequence[Part], closed: SwitchSet | None = None
    ) -> tuple[Violation, ...]:
        """The limits that `closed`, a state on the way to `parts`, breaks; None: the last."""
        state = self._closed_with(parts) if closed is None else closed
        if self._is_surely_fine(state):
            return ()
        ends = self._scope.ground.network.section_ends
        ties = [part.tie.switch for part in parts if part.tie.switch in state]
        around = frozenset(end for tie in ties for end in ends[tie])
        return self._judged(self.flow(state, around), self._emergency_pct)

    def _judged(
        self, found: FlowResult, emergency: Mapping[BranchId, float]
    ) -> tuple[Violation, ...]:
        return violations(
            found,
            self._scope.ground.situation.limits,
            rated_a=self._rated_a,
            emergency_pct=emergency,
            source_va=self._source_va,
        )

    def _solve_with(
        self, closed: SwitchSet, loads: LoadPowers, *, around: frozenset[SectionId]
    ) -> FlowResult:
        self._left -= 1
        dead = self._scope.ground.situation.snapshot.dead_sources
        return self._engine.solve(closed, loads, dead_sources=dead, around=sorted(around))

    def broken_later(self, moves: Sequence[Move]) -> Violation | None:
        """What else may break by a course of movements whose states keep their limits: what
        protection sees, fault levels, cold load pickup, the hours ahead, single phases; None:
        nothing does.

        `moves` begin in the state that the scope was made from.
        """
        found = self._faults.broken(moves) or self._later.broken(moves)
        if found is None and self._phases is not None:
            return self._phases.broken(moves)
        return found

    def broken_around(
        self, closed: SwitchSet, around: frozenset[SectionId]
    ) -> tuple[Violation, ...]:
        """The limits that a state breaks in the islands around these sections."""
        return self._judged(self.flow(closed, around), self._emergency_pct)

    def _closed_with(self, parts: Sequence[Part]) -> SwitchSet:
        """The switches that are closed once all of `parts` are supplied."""
        moved = [self._movements(part) for part in parts]
        opened = [numbers for numbers, _ in moved]
        return self._scope.ground.closed.moved(opened, [numbers for _, numbers in moved])

    def _movements(self, part: Part) -> tuple[Indices, Indices]:
        """What opens and what closes, by number."""
        found = self._moved.get(part)
        if found is None:
            numbers = self._scope.ground.closed.numbering.numbers
            found = self._moved[part] = (
                numbers(switches_to_open(self._scope, part)),
                numbers(switches_to_close(self._scope, part)),
            )
        return found

    def look_at(self, parts: Sequence[Part]) -> None:
        """Judges each of `parts` by itself in one go, so that asking for it later is quick."""
        states = [self._closed_with((part,)) for part in parts]
        new = [state for state in dict.fromkeys(states) if state not in self._sure]
        if self._candidates is None or self._source_va or not new:
            return
        judged = self._candidates.check_numbered(self._changes_to(new))
        fine = judged.surely_within(self._scope.ground.situation.limits)
        self._sure.update(zip(new, fine.tolist(), strict=True))

    def _is_surely_fine(self, state: SwitchSet) -> bool:
        """Whether what the state adds to the donors is far from every limit."""
        if self._candidates is None or self._source_va:
            return False
        known = self._sure.get(state)
        if known is None:
            judged = self._candidates.check_numbered(self._changes_to((state,)))
            limits = self._scope.ground.situation.limits
            known = self._sure[state] = bool(judged.surely_within(limits)[0])
        return known

    def _changes_to(self, states: Sequence[SwitchSet]) -> Changes:
        now = self._scope.ground.closed.status
        moved = [np.flatnonzero(state.status != now) for state in states]
        first = np.cumsum([0, *map(len, moved)]).astype(np.int32)
        closed = [state.status[switch] for state, switch in zip(states, moved, strict=True)]
        return Changes(
            first, np.concatenate(moved).astype(np.int32), np.concatenate(closed).astype(np.int32)
        )

    def broken_alone(self, part: Part) -> tuple[Violation, ...]:
        """The limits that `part` breaks with nothing else restored.

        A part that contains one already found too much is not solved again.
        """
        known = self._alone.get(part)
        if known is not None:
            return known
        smaller = self._too_much.setdefault(part.tie.switch, [])
        found = next((self._alone[less] for less in smaller if part.contains(less)), None)
        if found is None:
            found = self.broken((part,))
            if self.rules_out_more(found):
                smaller.append(part)
        self._alone[part] = found
        return found

    def rules_out_more(self, broken: Sequence[Violation]) -> bool:
        """Whether taking on more is out of the question. Where it may relieve a limit a little,
        only a limit that is broken by more than a little says so."""
        if not rules_out_more(broken):
            return False
        return not self.more_may_relieve or not all(is_near(v) for v in broken)

    def first_broken(self, parts: Sequence[Part]) -> Violation | None:
        """The first limit that any state on the way to `parts` breaks; None: safe to do."""
        final = self.broken(parts)
        if final:
            return final[0]
        moves = schedule(self._scope, self.timing.of(parts).moves)
        closings = [m for m in moves if m.position is Position.CLOSED]
        first = next((v for m in closings[:-1] for v in self.broken(parts, m.closed)), None)
        if first is not None:
            return first
        later = self.broken_later(moves)
        whole = later is not None and later.kind in OF_THE_WHOLE
        self.depends_on_order |= later is not None and not whole and len(closings) > 1
        return later


def rules_out_more(broken: Iterable[Violation]) -> bool:
    """Whether taking on more load cannot help: a voltage too high falls with load, and of three
    phases one may be relieved by load on another."""
    return any(v.kind is not ViolationKind.OVERVOLTAGE and not v.kind.is_of_a_phase for v in broken)
