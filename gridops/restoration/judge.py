"""Whether a state keeps to its limits, and what a candidate is worth."""

from collections.abc import Iterable, Sequence

from gridops.ids import BranchId, NodeId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.powerflow import FlowResult, PowerFlow, Violation, ViolationKind, violations
from gridops.restoration.part import Part, closed_with, weight_of
from gridops.restoration.schedule import schedule
from gridops.restoration.scope import Scope

PICKUP_MARGIN = 1e-6
"""Relative: load stays below the pick-up by this, never at it."""

Worth = tuple[float, float, float, int, tuple[SwitchId, ...]]
"""Smaller is better: minus weight, customer minutes, minus power, movements, ids."""


class Judge:
    """Solves states within a budget, each once.

    A candidate answers for all that hangs on the sources it draws on, sibling feeders
    included, and for nothing else: what is wrong elsewhere is not made worse by it.
    """

    def __init__(self, scope: Scope, engine: PowerFlow) -> None:
        self._scope = scope
        self._engine = engine
        self._rated_a = _may_carry_a(scope)
        self._solved: dict[frozenset[SwitchId], FlowResult] = {}
        self._left = scope.ground.situation.settings.checks_max
        self._alone: dict[Part, tuple[Violation, ...]] = {}
        self._too_much: dict[SwitchId, list[Part]] = {}

    @property
    def is_spent(self) -> bool:
        """No further state may be solved; those solved already still answer."""
        return self._left <= 0

    @property
    def left(self) -> int:
        """How many states may still be solved."""
        return max(self._left, 0)

    def flow(self, closed: frozenset[SwitchId]) -> FlowResult:
        found = self._solved.get(closed)
        if found is None:
            self._left -= 1
            situation = self._scope.ground.situation
            dead = situation.snapshot.dead_sources
            found = self._engine.solve(closed, situation.loads, dead_sources=dead)
            self._solved[closed] = found
        return found

    def broken(
        self, parts: Sequence[Part], closed: frozenset[SwitchId] | None = None
    ) -> tuple[Violation, ...]:
        """The limits that `closed`, a state on the way to `parts`, breaks; None: the last."""
        state = closed_with(self._scope, parts) if closed is None else closed
        limits = self._scope.ground.situation.limits
        found = violations(self.flow(state), limits, rated_a=self._rated_a)
        if not found:
            return ()
        ends = self._scope.ground.network.section_ends
        source_of = self._scope.ground.live.source_of
        donors = {source_of.get(end) for part in parts for end in ends[part.tie.switch]}
        return tuple(v for v in found if self._source_at(v) in donors)

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
            if rules_out_more(found):
                smaller.append(part)
        self._alone[part] = found
        return found

    def first_broken(self, parts: Sequence[Part]) -> Violation | None:
        """The first limit that any state on the way to `parts` breaks; None: safe to do."""
        final = self.broken(parts)
        if final:
            return final[0]
        closings = (m for m in schedule(self._scope, parts) if m.position is Position.CLOSED)
        return next((v for move in closings for v in self.broken(parts, move.closed)), None)

    def _source_at(self, violation: Violation) -> SourceId | None:
        """The source that fed the element before any switching; None: it was dark."""
        network = self._scope.ground.network
        source_of = self._scope.ground.live.source_of
        match violation.kind:
            case ViolationKind.UNDERVOLTAGE | ViolationKind.OVERVOLTAGE:
                return source_of.get(network.section_of_node[NodeId(violation.element)])
            case ViolationKind.OVERLOAD:
                return source_of.get(network.section_of_branch[BranchId(violation.element)])
            case ViolationKind.SWITCH_RATING:
                ends = network.section_ends[SwitchId(violation.element)]
                return source_of.get(ends[0]) or source_of.get(ends[1])
            case ViolationKind.NO_SOLUTION:
                return None

    def worth(self, parts: Sequence[Part]) -> Worth:
        scope = self._scope
        units = 0
        for part in parts:
            units |= part.units
        moves = schedule(scope, parts)
        situation = scope.ground.situation
        done_s = {s: move.done_s for move in moves for s in move.restored}
        sections = situation.network.sections
        minutes = sum(
            sections[s].customers * done_s.get(s, situation.settings.repair_s) / 60.0
            for unit in scope.units
            for s in unit.sections
        )
        power = sum(
            situation.loads[load].p_w
            for s in done_s
            for load in sections[s].loads
            if load in situation.loads
        )
        ids = tuple(move.switch for move in moves)
        return -weight_of(scope, units), minutes, -power, len(moves), ids


def _may_carry_a(scope: Scope) -> dict[SwitchId, float]:
    """Rating, or the current just below that at which the switch's own protection trips."""
    loading_pct_max = scope.ground.situation.limits.loading_pct_max
    carries: dict[SwitchId, float] = {}
    for switch in scope.ground.network.switches.values():
        carries[switch.id] = switch.current_a_rated
        if switch.pickup_current_a is not None and loading_pct_max is not None:
            trips = switch.pickup_current_a * (1 - PICKUP_MARGIN) * 100.0 / loading_pct_max
            carries[switch.id] = min(switch.current_a_rated, trips)
    return carries


def rules_out_more(broken: Iterable[Violation]) -> bool:
    """Whether taking on more load cannot help: only a voltage too high falls with load."""
    return any(v.kind is not ViolationKind.OVERVOLTAGE for v in broken)
