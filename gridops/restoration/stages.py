"""Remote switching first, what needs a crew after it.

Customers whom remote switches can bring back do not wait for a truck.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gridops.ids import SectionId, SwitchId
from gridops.isolation import Devices, Fence
from gridops.measurement import Measured, Position, Quality
from gridops.network import Control
from gridops.powerflow import PowerFlow
from gridops.restoration.judge import Judge
from gridops.restoration.plan import Proof, Rejected
from gridops.restoration.schedule import Move, schedule
from gridops.restoration.scope import Scope, scope_of
from gridops.restoration.search import TOLERANCE, Found, proof_of, reachable_weight, search
from gridops.restoration.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One search and its movements; times count from the release of the plan."""

    scope: Scope
    judge: Judge
    found: Found
    moves: tuple[Move, ...]

    @property
    def restored(self) -> frozenset[SectionId]:
        return frozenset(section for move in self.moves for section in move.restored)


def staged(
    situation: Situation, engine: PowerFlow, *, devices: Devices, fence: Fence
) -> tuple[Stage, ...]:
    """A stage without the crew; if that leaves something that a crew could bring back, a
    stage with it, from the state in which the first one ends."""
    first = _stage(situation, engine, devices=replace(devices, crew=False), fence=fence)
    if not devices.crew or situation.dark <= first.restored | fence.zone:
        return (first,)
    later = _after(situation, first.moves)
    remaining = replace(fence, to_open=()) if first.moves else fence
    crew = replace(devices, snapshot=later.snapshot, unavailable=later.unavailable)
    second = _stage(later, engine, devices=crew, fence=remaining)
    return first, replace(second, moves=_shifted(first, second))


def proof(stages: Sequence[Stage], whole: Scope) -> tuple[Proof, float]:
    """How far the stages together are proven, in weight, and the gap in percent; `whole` is
    the scope with everything that a crew could do.

    One after the other they may miss what both at once could do: unless everything is
    restored, or no crew could change anything, the proof is no more than a gap.
    """
    first = stages[0]
    if len(stages) == 1:
        return first.found.proof, first.found.gap_pct
    if (whole.units, whole.edges, whole.ties) == _shape(first.scope):
        return first.found.proof, first.found.gap_pct
    weight = sum(stage.found.weight for stage in stages)
    reachable = reachable_weight(whole)
    exhausted = stages[-1].found.proof is Proof.OPTIMAL and reachable <= weight + TOLERANCE
    return proof_of(whole, weight, reachable=reachable, exhausted=exhausted)


def refused(stages: Sequence[Stage]) -> tuple[Rejected, ...]:
    """What any stage refused, once each.

    That a crew was not asked yet is no reason once it is; that a switch was moved by an
    earlier stage is none at all.
    """
    crew_asked = stages[-1].scope.ground.devices.crew
    moved: set[SwitchId] = set()
    noted: dict[tuple[SwitchId, ...], Rejected] = {}
    for stage in stages:
        for one in (*stage.scope.rejected, *stage.found.rejected):
            not_asked = crew_asked and one.because == "not-operable" and _is_crew(stage, one)
            if not not_asked and moved.isdisjoint(one.option):
                noted.setdefault(one.option, one)
        moved.update(move.switch for move in stage.moves)
    return tuple(noted.values())


def _shape(scope: Scope) -> tuple[object, object, object]:
    return scope.units, scope.edges, scope.ties


def _is_crew(stage: Stage, refused_one: Rejected) -> bool:
    ground = stage.scope.ground
    return not ground.devices.crew and any(
        ground.network.switches[switch].control is Control.CREW
        and switch not in ground.situation.unavailable
        for switch in refused_one.option
    )


def _stage(situation: Situation, engine: PowerFlow, *, devices: Devices, fence: Fence) -> Stage:
    scope = scope_of(situation, devices, fence=fence)
    judge = Judge(scope, engine)
    found = search(scope, judge)
    return Stage(scope=scope, judge=judge, found=found, moves=schedule(scope, found.parts))


def _after(situation: Situation, moves: Sequence[Move]) -> Situation:
    """The situation when `moves` have been carried out, as planned; no device moves twice."""
    snapshot = situation.snapshot
    moved = {move.switch: Measured(move.position, Quality.GOOD, snapshot.at) for move in moves}
    restored = {section for move in moves for section in move.restored}
    return replace(
        situation,
        snapshot=replace(snapshot, positions={**snapshot.positions, **moved}),
        dark=situation.dark - restored,
        unavailable=situation.unavailable | moved.keys(),
    )


def _shifted(first: Stage, second: Stage) -> tuple[Move, ...]:
    if not first.moves:
        return second.moves
    last = first.moves[-1]
    gap_s = first.scope.ground.situation.settings.closing_gap_s
    starts_s = last.done_s + (gap_s if last.position is Position.CLOSED else 0.0)
    return tuple(
        replace(move, starts_s=move.starts_s + starts_s, done_s=move.done_s + starts_s)
        for move in second.moves
    )
