"""Which parts come back over which ties: exact while the budget lasts."""

from dataclasses import dataclass

from gridops.restoration.covers import cover, islands_of, with_ties
from gridops.restoration.incumbent import Best, Notes, reaches
from gridops.restoration.judge import Judge
from gridops.restoration.packing import Budget, pack
from gridops.restoration.part import Part
from gridops.restoration.plan import Rejected
from gridops.restoration.scope import Scope
from gridops.restoration.timing import Cost, Timetable

REJECTED_MAX = 40
"""Refused options that a plan carries; the single ties come first."""
LITTLE_LEFT = 1e-3
"""Of what could be saved at the very most: with no more to gain the search looks at less."""
LITTLE_LEFT_SHARE = 0.1
"""Of the budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best candidate, and what is known of all others."""

    parts: tuple[Part, ...]
    timetable: Timetable
    floor: Cost
    """No candidate costs less."""
    packed: bool
    """The best was found by packing, not by giving whole islands to ties."""
    exhausted: bool
    """Every candidate within the scope was seen, or cannot be better than this one."""
    rejected: tuple[Rejected, ...]

    @property
    def is_best(self) -> bool:
        return self.exhausted or reaches(self.timetable.cost, self.floor)


def search(scope: Scope, judge: Judge) -> Found:
    """The candidate with the best score.

    First each dark island is given whole to one tie, or to several with cuts between them.
    What cannot be given away whole is packed: all trees of units that each tie can carry are
    listed, and branch and bound picks among them. If what was found reaches the floor that
    time alone sets, nothing can beat it; else everything that any tie reaches is packed anew.

    `exhausted` rests on the rule that more load never relieves a limit; where a unit may relieve
    one (`relief`), or what was refused depends on the order of movements, it is False.
    """
    notes: Notes = {}
    best = Best(judge, judge.timing.of(()))
    floor, _ = judge.timing.floor(islands_of(scope))
    exhausted = reaches(best.timetable.cost, floor)
    if not exhausted:
        exhausted = _searched(scope, best, notes=notes, floor=floor)
    taken = tuple(part.tie.switch for part in best.parts)
    rejected = [r for option, r in notes.items() if len(option) == 1 or option != taken]
    rejected.sort(key=lambda r: len(r.option))
    return Found(
        parts=best.parts,
        timetable=best.timetable,
        floor=floor,
        packed=best.packed,
        exhausted=exhausted,
        rejected=tuple(rejected[:REJECTED_MAX]),
    )


def _searched(scope: Scope, best: Best, *, notes: Notes, floor: Cost) -> bool:
    """Whether nothing better than the best was left out."""
    judge = best.judge
    whole, left = cover(scope, judge, notes=notes)
    if whole:
        best.offer(whole)
    if reaches(best.timetable.cost, floor):
        return True
    best.packing = True
    if whole and left:
        pack(scope, best, notes=notes, fixed=whole, among=(left, _budget(best, floor)))
    among = with_ties(scope), _budget(best, floor)
    seen = pack(scope, best, notes=notes, fixed=(), among=among)
    sure = seen and best.timetable.is_best and not scope.ties_left_out
    return sure and not judge.depends_on_order and not judge.more_may_relieve


def _budget(best: Best, floor: Cost) -> Budget:
    """Less where little is left to gain: seconds that a proof would cost, and nobody would see."""
    settings = best.judge.settings
    nothing = best.judge.timing.nothing[0]
    saved, most = nothing - best.timetable.cost[0], nothing - floor[0]
    share = LITTLE_LEFT_SHARE if saved >= most * (1 - LITTLE_LEFT) else 1.0
    return Budget(int(settings.trees_max * share), int(settings.combinations_max * share))
