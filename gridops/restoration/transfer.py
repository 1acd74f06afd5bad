"""Load transfer: neighbour feeders hand load on to make room for what is dark.

docs/restoration.md has the model, the argument for its bound, and an example by hand.
"""

import math
from dataclasses import dataclass, field, replace

from gridops.isolation import Devices, Fence
from gridops.powerflow import PowerFlow, Violation, ViolationKind
from gridops.restoration.judge import Judge
from gridops.restoration.objective import Score, minutes_counted, weight_of_section
from gridops.restoration.plan import Proof, Rejected
from gridops.restoration.schedule import Move
from gridops.restoration.scoring import score_of
from gridops.restoration.situation import Situation
from gridops.restoration.transfer_cuts import Arcs, Refusals, circle
from gridops.restoration.transfer_flow import flows_of
from gridops.restoration.transfer_model import Model, final_state, model_of
from gridops.restoration.transfer_order import Orders
from gridops.restoration.transfer_scope import Reach, Region, region_of
from gridops.restoration.transfer_singles import best_single
from gridops.restoration.transfer_trees import Trees, trees_of

GAIN_MIN = 1e-6
"""Weighted minutes: what gains less is no gain."""
REJECTED_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is done. Every count bounds work, so that the result never depends on time."""

    reach: Reach = field(default_factory=Reach)
    searches_max: int = 3
    """Single hand-overs from which the plain search goes on."""
    lines_max: int = 40
    """Switches that may move in all; where there are more no programme is solved: it would take
    many seconds."""
    rounds_max: int = 3
    """Programmes solved."""
    nodes_max: int = 60
    """Of branch and bound, in each."""
    gap_pct_enough: float = 0.5
    """A gap below this is not worked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The best course found, and how far it is proven.

    `moves` is empty where nothing better than the incumbent was found: `score` is then the
    incumbent's, and `proof` says how far that one is proven against load transfer.
    """

    moves: tuple[Move, ...]
    score: Score
    proof: Proof
    gap_pct: float
    """Of the weighted minutes that could be saved at the very most, the share that is not."""
    bound: float
    """No plan within the rules of docs/restoration.md has fewer weighted minutes."""
    rejected: tuple[Rejected, ...]


def improve(
    situation: Situation,
    engine: PowerFlow,
    *,
    devices: Devices,
    fence: Fence,
    incumbent: Score,
    effort: Effort | None = None,
) -> Transfer | None:
    """Looks for a course of movements that beats `incumbent` by moving supplied load.

    Guarantees: pure and deterministic, bounded by counts. Every state of `moves` that changes
    what is supplied was solved by `engine` and keeps to the limits; it is radial, drops nobody
    twice, nobody of priority 1 ever, and ends with all supplied that were. None: there is no tie
    to the dark part, so that nothing could be transferred.
    """
    effort = effort or Effort()
    region = region_of(situation, devices, fence=fence, reach=effort.reach)
    if region is None:
        return None
    trees = trees_of(region, engine, judge=Judge(region.scope, engine))
    if trees.shut:
        sources = trees.excess.keys() - trees.shut
        region = region_of(situation, devices, fence=fence, reach=effort.reach, sources=sources)
        if region is None:
            return None
    at_least = _by_room(region, trees)
    found = _unchanged(region, incumbent, bound=at_least)
    if found.gap_pct <= effort.gap_pct_enough:
        return found
    single = best_single(
        region, engine, trees=trees, best=incumbent, searches_max=effort.searches_max
    )
    if single is not None:
        found = _unchanged(region, single[0], bound=at_least)
        found = replace(found, moves=single[1])
    if found.gap_pct <= effort.gap_pct_enough or len(region.lines) > effort.lines_max:
        return found
    search = _Search(region, engine, effort, found.score, at_least, found.moves)
    search.run()
    return search.result()


def _by_room(region: Region, trees: Trees) -> float:
    """Weighted minutes, if all that the trees have room for were back as soon as the fence and
    one closing allow, and what no switch can bring back stayed dark."""
    situation = region.situation
    switches = situation.network.switches
    fence_s = sum(switches[s].operating_time_s for s in region.ground.fence.to_open)
    closing_s = min(line.takes_s for line in region.lines if not line.closed)
    soonest = minutes_counted(fence_s + closing_s, dark_s=situation.dark_s)
    latest = minutes_counted(situation.settings.repair_s, dark_s=situation.dark_s)
    worth = {
        group.sections: group.weight * (latest - soonest)
        for group in region.groups
        if group.is_dark
    }
    return score_of(situation, ()).weighted_minutes - trees.saved_at_most(worth)


def _unchanged(region: Region, incumbent: Score, *, bound: float) -> Transfer:
    """The incumbent, against `bound`."""
    bound = min(bound, incumbent.weighted_minutes)
    missed = incumbent.weighted_minutes - bound
    could = score_of(region.situation, ()).weighted_minutes - bound
    return Transfer(
        moves=(),
        score=incumbent,
        proof=Proof.GAP if missed > GAIN_MIN else Proof.OPTIMAL,
        gap_pct=100.0 * missed / could if could > 0 else 0.0,
        bound=bound,
        rejected=(),
    )


@dataclass(slots=True)
class _Search:
    region: Region
    engine: PowerFlow
    effort: Effort
    best: Score
    at_least: float
    """Weighted minutes that no plan is below, whatever the programme finds."""
    moves: tuple[Move, ...] = ()
    bound: float = -math.inf
    """Of all that is not cut off yet."""
    undecided: float = math.inf
    """The least bound of what was cut off without knowing its score."""
    notes: list[Rejected] = field(default_factory=list)
    model: Model = field(init=False)
    refusals: Refusals = field(init=False)
    is_whole: bool = field(init=False)
    elsewhere: float = field(init=False)
    """Weighted minutes of what stays dark whatever is done."""
    nothing: float = field(init=False)
    """Of no plan at all."""

    def __post_init__(self) -> None:
        judge = Judge(self.region.scope, self.engine)
        self.model = model_of(self.region, flows_of(self.region, self.engine, judge=judge))
        self.refusals = Refusals(self.region, judge)
        self.is_whole = self.region.is_whole
        situation = self.region.situation
        inside = self.region.group_of
        weights = [
            weight_of_section(situation.network, s) for s in situation.dark if s not in inside
        ]
        each = minutes_counted(situation.settings.repair_s, dark_s=situation.dark_s)
        self.elsewhere = math.fsum(weights) * each
        self.nothing = score_of(situation, ()).weighted_minutes

    def run(self) -> None:
        for _ in range(self.effort.rounds_max):
            below = self.best.weighted_minutes - self.elsewhere - GAIN_MIN
            found = self.model.solve(below=below, nodes_max=self.effort.nodes_max, gap=1e-4)
            self.bound = max(self.bound, found.bound + self.elsewhere)
            if found.values is None or self.gap_pct <= self.effort.gap_pct_enough:
                return
            arcs = self.model.chosen(found)
            round_ = circle(self.region, arcs)
            if round_:
                self.model.forbid_all_of(round_)
            else:
                self._consider(arcs, bound=found.bound + self.elsewhere)

    def _consider(self, arcs: Arcs, *, bound: float) -> None:
        broken = self.refusals.broken(arcs)
        if broken:
            self._note(arcs, broken[0])
            cuts = self.refusals.too_many(arcs)
            for cut in cuts:
                self.model.forbid_all_of(cut)
            if not cuts:
                self.model.forbid(arcs)
            return
        self.model.forbid(arcs)
        region, judge = self.region, self.refusals.judge
        final = final_state(region, arcs)
        orders = Orders(region.ground, final, judge.broken_around, judge.flow)
        course = orders.best(below=self.best.weighted_minutes - GAIN_MIN)
        if not course.exact:
            self.undecided = min(self.undecided, bound)
        if course.moves is None:
            return
        later = self.refusals.judge.broken_later(course.moves)
        if later is not None:  # another order might not run into it
            self._note(arcs, later)
            self.undecided = min(self.undecided, bound)
            return
        score = score_of(region.situation, course.moves)
        if score.weighted_minutes >= self.best.weighted_minutes - GAIN_MIN:
            return
        later = self.refusals.judge.broken_later(course.moves)
        if later is not None:
            self._note(arcs, later)
            self.undecided = min(self.undecided, bound)
        else:
            self.best, self.moves = score, course.moves

    def _note(self, arcs: Arcs, broken: Violation) -> None:
        closed = final_state(self.region, arcs)
        option = tuple(s for s in closed if s not in self.region.ground.closed)
        solved = broken.kind is not ViolationKind.NO_SOLUTION
        self.notes.append(
            Rejected(
                option=option,
                because=broken.kind.value,
                element=broken.element,
                value=broken.value if solved else None,
                limit=broken.limit if solved else None,
                breaks=None if broken.breaks is None else broken.breaks.value,
                in_s=broken.in_s,
            )
        )

    @property
    def floor(self) -> float:
        if not self.model.flows.is_bound or not self.is_whole:
            return self.at_least
        least = min(self.bound, self.undecided, self.best.weighted_minutes)
        return max(least, min(self.at_least, self.best.weighted_minutes))

    @property
    def gap_pct(self) -> float:
        could = self.nothing - self.floor
        return 100.0 * (self.best.weighted_minutes - self.floor) / could if could > 0 else 0.0

    def result(self) -> Transfer:
        if not self.model.flows.is_bound or not self.is_whole:
            proof = Proof.HEURISTIC
        elif self.best.weighted_minutes - self.floor <= GAIN_MIN:
            proof = Proof.OPTIMAL
        else:
            proof = Proof.GAP
        return Transfer(
            moves=self.moves,
            score=self.best,
            proof=proof,
            gap_pct=self.gap_pct if proof is Proof.GAP else 0.0,
            bound=self.floor,
            rejected=tuple(self.notes[:REJECTED_MAX]),
        )
