"""Shedding by the priority ladder: supplied load that may wait stays dark until the repair, so that
what counts more can be brought back.

Off unless `PlanSettings.shedding` is set. docs/restoration.md says what is tried and what is not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice

from gridops.ids import SectionId, SwitchId
from gridops.powerflow import PowerFlow
from gridops.restoration.judge import Judge
from gridops.restoration.objective import Score, minutes_counted, weight_of_section
from gridops.restoration.schedule import Move
from gridops.restoration.scope import Ground, Scope
from gridops.restoration.scoring import score_of
from gridops.restoration.transfer_order import Orders
from gridops.restoration.transfer_scope import feeder_of
from gridops.restoration.transfer_singles import searched

LADDER = ((4,), (3, 4))
"""Priorities that may be shed: first the one, and both if somebody healthy is dark after that."""
SEARCHES_MAX = 48
"""Sets of branches, for each rung, from which the plain search goes on."""
TOGETHER_MAX = 3
"""Branches that are shed at once where not all sets can be looked at."""
ORDERS_MAX = 400
"""Partial orders that are continued for each."""
GAIN_MIN = 1e-6
"""Weighted minutes: what gains less is no gain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """What is dark once `switch` has opened, and nothing else is."""

    switch: SwitchId
    sections: frozenset[SectionId]
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shed:
    """A course that sheds, and is better than what was known."""

    score: Score
    moves: tuple[Move, ...]


def shed(scope: Scope, engine: PowerFlow, *, best: Score) -> Shed | None:
    """The best course by shedding that beats `best`; None: none of those tried does.

    Guarantees: pure and deterministic, bounded by counts. What is shed was supplied and serves
    nobody of priority 1 or 2; of priority 3 only if priority 4 alone leaves somebody healthy
    dark, and the weighted minutes are fewer for it. Every state that changes supply was solved
    by `engine` and keeps to the limits.
    """
    if not scope.ties or not scope.units:
        return None
    found: Shed | None = None
    for priorities in LADDER:
        branches = branches_of(scope, priorities)
        search = _Search(scope, engine, found.score if found else best)
        found = search.best_of(branches) or found
        if found is not None and _is_all_back(scope, found):
            return found
    return found


def branches_of(scope: Scope, priorities: Sequence[int]) -> list[Branch]:
    """What one opening may shed on the feeders of the sources that lend, the feeders that a tie
    hangs on first, then by what it costs."""
    ground = scope.ground
    near, far = _feeders(ground, [e for t in scope.ties for e in _supplied_ends(ground, t.switch)])
    found: dict[SwitchId, tuple[bool, Branch]] = {}
    for is_far, sections in ((False, near), (True, far)):
        for section in sections:
            branch = _branch(ground, section, priorities=priorities)
            if branch is not None:
                found.setdefault(branch.switch, (is_far, branch))
    ranked = sorted(found.values(), key=lambda one: (one[0], one[1].weight, one[1].switch))
    return [branch for _, branch in ranked]


def _supplied_ends(ground: Ground, switch: SwitchId) -> list[SectionId]:
    return [e for e in ground.network.section_ends[switch] if ground.live.is_supplied(e)]


def _feeders(
    ground: Ground, ends: Sequence[SectionId]
) -> tuple[dict[SectionId, None], dict[SectionId, None]]:
    """The sections of the feeders at `ends`, and of all others of the same busbars; those alone
    whose every position is known and where nobody works live."""
    near: dict[SectionId, None] = {}
    far: dict[SectionId, None] = {}
    for end in ends:
        near.update(dict.fromkeys(feeder_of(ground, end) or ()))
    sources = ground.network.sources
    for source in dict.fromkeys(ground.live.source_of[end] for end in ends):
        busbar = ground.network.section_of_node[sources[source].node]
        for _, beside in ground.closed_at(busbar):
            if beside not in near and beside not in far:
                far.update(dict.fromkeys(feeder_of(ground, beside) or ()))
    return near, far


def _branch(ground: Ground, section: SectionId, *, priorities: Sequence[int]) -> Branch | None:
    """All that hangs on the switch which feeds `section`, if it may be shed."""
    network = ground.network
    switch = ground.live.fed_through.get(section)
    if switch is None or network.sections[section].sources:
        return None
    if not network.switches[switch].breaks_load or ground.why_not_open(switch) is not None:
        return None
    sections = ground.live.behind(switch)
    loads = [load for s in sections for load in network.loads_of_section[s]]
    generators = (g for s in sections for g in network.sections[s].generators)
    if any(network.generators[g].island_capable for g in generators):
        return None
    if not loads or any(load.priority not in priorities for load in loads):
        return None
    weight = sum(weight_of_section(network, s) for s in sorted(sections))
    return Branch(switch=switch, sections=sections, weight=weight)


def _is_all_back(scope: Scope, found: Shed) -> bool:
    """Whether everybody healthy whom a switch could bring back has supply."""
    back = {section for move in found.moves for section in move.restored}
    return all(back.issuperset(unit.sections) for unit in scope.units if unit.weight > 0)


@dataclass(slots=True)
class _Search:
    scope: Scope
    engine: PowerFlow
    best: Score
    judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        self.judge = Judge(self.scope, self.engine)

    def best_of(self, branches: Sequence[Branch]) -> Shed | None:
        found: Shed | None = None
        for some in islice(self._worth_it(branches), SEARCHES_MAX):
            better = self._with(some)
            if better is not None:
                found, self.best = better, better.score
        return found

    def _worth_it(self, branches: Sequence[Branch]) -> Iterator[tuple[Branch, ...]]:
        """Sets of branches apart from each other, one before two before three, as long as they cost
        less than everybody back at once would gain. Where nothing more comes back even with all
        gone that no tie hangs on, those are not looked at."""
        ground = self.scope.ground
        ends = {end for tie in self.scope.ties for end in _supplied_ends(ground, tie.switch)}
        beside_ties = [branch for branch in branches if ends.isdisjoint(branch.sections)]
        if not (beside_ties and self._relieves(beside_ties)):
            branches = [branch for branch in branches if branch not in beside_ties]
        for count in range(1, TOGETHER_MAX + 1):
            for some in combinations(branches, count):
                sections = [section for branch in some for section in branch.sections]
                apart = len(sections) == len(set(sections))
                if apart and self._costs(some) + self._floor < self.best.weighted_minutes:
                    yield some

    @property
    def _floor(self) -> float:
        """Weighted minutes of this outage at the very least."""
        situation = self.scope.ground.situation
        repair_s, dark_s = situation.settings.repair_s, situation.dark_s
        could = sum(unit.weight for unit in self.scope.units)
        return score_of(situation, ()).weighted_minutes - could * minutes_counted(
            repair_s, dark_s=dark_s
        )

    def _costs(self, some: Sequence[Branch]) -> float:
        """At the least: shed when everything else is done already."""
        situation = self.scope.ground.situation
        switches = self.scope.ground.network.switches
        gap_s = situation.settings.closing_gap_s
        takes_s = sum(switches[s].operating_time_s for s in self.scope.ground.fence.to_open)
        usable = [*(edge.switch for edge in self.scope.edges), *(t.switch for t in self.scope.ties)]
        usable += [cut for unit in self.scope.units for cut in unit.cuts]
        usable += [branch.switch for branch in some]
        takes_s += sum(switches[s].operating_time_s + gap_s for s in dict.fromkeys(usable))
        left_s = max(situation.settings.repair_s - takes_s, 0.0)
        return sum(branch.weight for branch in some) * minutes_counted(left_s, dark_s=0.0)

    def _relieves(self, branches: Sequence[Branch]) -> bool:
        """Whether more comes back with all these gone."""
        ground = self.scope.ground
        state = ground.closed - {branch.switch for branch in branches}
        final = searched(ground, self.engine, state=state)
        if final is None:
            return False
        live = ground.live
        for switch in (
            *(s for s in state if s not in final),
            *(s for s in final if s not in state),
        ):
            live = live.moved(switch, closed=switch in final)
        back = sum(
            unit.weight for unit in self.scope.units if all(map(live.is_supplied, unit.sections))
        )
        return self._left(back) < self.best.weighted_minutes

    def _left(self, back: float) -> float:
        situation = self.scope.ground.situation
        each = minutes_counted(situation.settings.repair_s, dark_s=situation.dark_s)
        return score_of(situation, ()).weighted_minutes - back * each

    def _with(self, some: Sequence[Branch]) -> Shed | None:
        """The plain search from where these are dark, in the best order of all movements."""
        ground = self.scope.ground
        state = ground.closed - {branch.switch for branch in some}
        final = searched(ground, self.engine, state=state)
        if final is None:
            return None
        sheds = frozenset[SectionId]().union(*(branch.sections for branch in some))
        orders = Orders(ground, final, self.judge.broken_around, self.judge.flow, sheds=sheds)
        below = self.best.weighted_minutes - GAIN_MIN
        moves = orders.best(below=below, expanded_max=ORDERS_MAX).moves
        if moves is None or self.judge.broken_later(moves) is not None:
            return None
        score = score_of(ground.situation, moves)
        return Shed(score=score, moves=moves) if score.weighted_minutes < below else None
