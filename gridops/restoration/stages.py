"""The ways to fence a fault, each planned to its end.

A fence of remote switches may be wider than one that a crew can open. Then there are three
courses: the wide one; the tight one; the wide one first, and the tight one from the state
that it leaves, after which the wide fence closes again. Nobody waits for a truck who need not.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from gridops.ids import SwitchId
from gridops.isolation import Devices, Fence, NoFence, fence
from gridops.measurement import Measured, Position, Quality
from gridops.powerflow import PowerFlow
from gridops.restoration.covers import islands_of
from gridops.restoration.judge import Judge
from gridops.restoration.objective import Score
from gridops.restoration.plan import Rejected
from gridops.restoration.schedule import Move, schedule
from gridops.restoration.scope import Scope, scope_of
from gridops.restoration.scoring import score_of
from gridops.restoration.search import Found, search
from gridops.restoration.situation import Situation
from gridops.state import Energisation, Snapshot, energise
from gridops.state.snapshot import Known

Reached = tuple[Energisation, Energisation | None]
"""What is possibly live, and what might be once dead sources come back; None: there are none."""
ISLANDS_MAX = 6
"""Dark islands whose every selection is looked at for a floor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One search and its movements; times count from the release of the plan."""

    scope: Scope
    judge: Judge
    found: Found
    moves: tuple[Move, ...]


@dataclass(frozen=True, kw_only=True)
class Course:
    """One way to fence, and what is then done."""

    situation: Situation
    fence: Fence
    """The last one: all of it is open in the end."""
    stages: tuple[Stage, ...]

    @property
    def moves(self) -> tuple[Move, ...]:
        return tuple(move for stage in self.stages for move in stage.moves)

    @cached_property
    def score(self) -> Score:
        return score_of(self.situation, self.moves)

    @cached_property
    def floor_minutes(self) -> float:
        """No course by this way of fencing has fewer weighted minutes, as long as supplied
        feeders keep their switches."""
        if len(self.stages) == 1 and self.stages[0].found.is_best:
            return self.score.weighted_minutes
        return self.time_floor_minutes

    @cached_property
    def time_floor_minutes(self) -> float:
        """The same by the time alone that closings take: also if supplied load is moved."""
        if len(self.stages) == 2:
            return self._least_of_two()
        found = self.stages[0].found
        return self.score.weighted_minutes - found.timetable.cost[0] + found.floor[0]

    def _least_of_two(self) -> float:
        """The first stage brings back some of the islands at its floor; all the rest, and what
        lies between the two fences, comes back as soon after it as the tight one could have
        been open and the quickest way in closed. Whichever islands that is best for."""
        first, second = self.stages
        timing, tight = first.judge.timing, second.judge.timing
        wide = first.scope.ground.fence.zone
        units = [k for k, u in enumerate(second.scope.units) if not wide.isdisjoint(u.sections)]
        inside = sum(1 << k for k in units)
        before = score_of(self.situation, ()).weighted_minutes
        saved = 0.0
        islands = islands_of(first.scope)
        few = len(islands) <= ISLANDS_MAX
        for some in _subsets(islands) if few else [islands]:
            cost, ends_s = timing.floor(some)
            at_s = tight.earliest_s(ends_s if few else timing.fence_s)
            rest = [island for island in islands if island not in some]
            later = sum(timing.saves(island, at_s=at_s) for island in rest)
            now = timing.nothing[0] - cost[0]
            saved = max(saved, now + later + tight.saves(inside, at_s=at_s))
        return before - saved


def courses(situation: Situation, engine: PowerFlow) -> list[Course] | NoFence:
    """Each way to fence that there is; why there is none, if there is none."""
    devices = Devices(
        network=situation.network,
        snapshot=situation.snapshot,
        unavailable=situation.unavailable,
        crew=situation.settings.crew_available,
    )
    reached = _reached(situation)
    remote = _fence(replace(devices, crew=False), situation, reached=reached)
    either = _fence(devices, situation, reached=reached) if devices.crew else remote
    found = []
    if isinstance(remote, Fence):
        found.append(_course(situation, engine, devices=devices, fence=remote))
        if isinstance(either, Fence) and either.zone < remote.zone:
            found += _tightened(found[0], engine, devices=devices)
    if isinstance(either, NoFence):
        return found or either
    if either != remote:
        found.append(_course(situation, engine, devices=devices, fence=either))
    return found


def _subsets(islands: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All but the empty one."""
    for count in range(1, len(islands) + 1):
        yield from itertools.combinations(islands, count)


def refused(stages: Sequence[Stage]) -> tuple[Rejected, ...]:
    """What any stage refused, once each; that a switch was moved by an earlier stage is no
    reason."""
    moved: set[SwitchId] = set()
    noted: dict[tuple[SwitchId, ...], Rejected] = {}
    for stage in stages:
        for one in (*stage.scope.rejected, *stage.found.rejected):
            if moved.isdisjoint(one.option):
                noted.setdefault(one.option, one)
        moved.update(move.switch for move in stage.moves)
    return tuple(noted.values())


def _reached(situation: Situation) -> Reached:
    network, snapshot = situation.network, situation.snapshot
    may_conduct = network.switch_set(snapshot.closed) | snapshot.unknown
    dead = snapshot.dead_sources
    possibly = energise(network, may_conduct, dead_sources=dead)
    return possibly, energise(network, may_conduct) if dead else None


def _fence(devices: Devices, situation: Situation, *, reached: Reached) -> Fence | NoFence:
    possibly, might = reached
    return fence(devices, situation.suspected, possibly=possibly, might=might)


def _course(situation: Situation, engine: PowerFlow, *, devices: Devices, fence: Fence) -> Course:
    stage = _stage(situation, engine, devices=devices, fence=fence, starts_s=0.0)
    return Course(situation=situation, fence=fence, stages=(stage,))


def _tightened(wide: Course, engine: PowerFlow, *, devices: Devices) -> list[Course]:
    """After the wide fence the tight one, from the state that the first stage leaves."""
    (first,) = wide.stages
    if not first.moves:
        return []
    later = _after(wide.situation, first.moves, again=set(wide.fence.to_open))
    devices = replace(devices, snapshot=later.snapshot, unavailable=later.unavailable)
    tight = _fence(devices, later, reached=_reached(later))
    if isinstance(tight, NoFence):
        return []
    ends_s = first.moves[-1].done_s
    stage = _stage(later, engine, devices=devices, fence=tight, starts_s=ends_s)
    if not stage.moves:
        return []
    return [Course(situation=wide.situation, fence=tight, stages=(first, stage))]


def _stage(
    situation: Situation, engine: PowerFlow, *, devices: Devices, fence: Fence, starts_s: float
) -> Stage:
    scope = scope_of(situation, devices, fence=fence)
    judge = Judge(scope, engine, starts_s=starts_s)
    found = search(scope, judge)
    moves = schedule(scope, found.timetable.moves)
    return Stage(scope=scope, judge=judge, found=found, moves=moves)


def _after(situation: Situation, moves: Sequence[Move], *, again: set[SwitchId]) -> Situation:
    """The situation when `moves` have been carried out, as planned. No device moves twice but
    those of `again`, which parted something for the time being."""
    snapshot = situation.snapshot
    moved = {move.switch: Measured(move.position, Quality.GOOD, snapshot.at) for move in moves}
    returned = {s: (m.done_s, situation.dark_s + m.done_s) for m in moves for s in m.restored}
    return replace(
        situation,
        snapshot=_moved(situation, moved),
        dark=situation.dark - returned.keys(),
        returned=returned,
        unavailable=situation.unavailable | (moved.keys() - again),
    )


def _moved(situation: Situation, moved: Mapping[SwitchId, Measured[Position]]) -> Snapshot:
    """The snapshot with these readings; what is closed then follows from what was."""
    was = situation.snapshot
    positions = {**was.positions, **moved}
    definite = {s: m.value for s, m in moved.items() if s not in was.last_definite}
    opened = {s for s, position in definite.items() if position is not Position.CLOSED}
    closed = situation.network.switch_set(was.closed) - opened | (definite.keys() - opened)
    known = Known(positions=positions, last_definite=was.last_definite, closed=closed)
    return replace(was, positions=positions, known=known)
