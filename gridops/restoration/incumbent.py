"""The best candidate so far, and what is noted of those that were refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from gridops.ids import SwitchId
from gridops.powerflow import Violation, ViolationKind
from gridops.restoration.judge import Judge
from gridops.restoration.part import Part
from gridops.restoration.plan import Rejected
from gridops.restoration.timing import EQUAL, Cost, Timetable

Notes = dict[tuple[SwitchId, ...], Rejected]
_OF_A_PHASE = frozenset(kind.value for kind in ViolationKind if kind.is_of_a_phase)


@dataclass(slots=True)
class Best:
    """The incumbent; at first, to do nothing."""

    judge: Judge
    timetable: Timetable
    parts: tuple[Part, ...] = ()
    packing: bool = False
    """What is offered comes from the packing."""
    packed: bool = False
    """So did the best."""

    def offer(self, parts: tuple[Part, ...]) -> Violation | None:
        """Keeps `parts` if they are better and safe; returns what spoils them, if anything
        was found to. Parts that take the same unit are no candidate."""
        if _overlap(parts):
            return None
        for part in parts:
            if alone := self.judge.broken_alone(part):
                return alone[0]
        timetable = self.judge.timing.of(parts)
        if timetable.rank >= self.timetable.rank:
            return None
        broken = self.judge.first_broken(parts)
        if broken is None:
            self.parts, self.timetable, self.packed = parts, timetable, self.packing
        return broken

    @property
    def minutes(self) -> float:
        return self.timetable.cost[0]


def _overlap(parts: Sequence[Part]) -> bool:
    taken = 0
    for part in parts:
        if part.units & taken:
            return True
        taken |= part.units
    return False


def at_most(one: float, other: float) -> bool:
    return one <= other + EQUAL * max(abs(other), 1.0)


def reaches(cost: Cost, floor: Cost) -> bool:
    """Whether nothing costs less: in minutes, and in energy where the minutes are equal."""
    return at_most(cost[0], floor[0]) and at_most(cost[1], floor[1])


def note(notes: Notes, parts: Sequence[Part], *, broken: Violation) -> None:
    """Keeps the first limit that each set of ties ran into; before all others that of a single
    phase, which speaks of a candidate that kept every limit else."""
    option = tuple(part.tie.switch for part in parts)
    known = notes.get(option)
    if known is not None and not (broken.kind.is_of_a_phase and known.because not in _OF_A_PHASE):
        return
    unsolved = {ViolationKind.NO_SOLUTION, ViolationKind.PHASE_NO_SOLUTION}
    solved = unsolved.isdisjoint((broken.kind, broken.breaks))
    notes[option] = Rejected(
        option=option,
        because=broken.kind.value,
        element=broken.element,
        value=broken.value if solved else None,
        limit=broken.limit if solved else None,
        breaks=None if broken.breaks is None else broken.breaks.value,
        in_s=broken.in_s,
    )
