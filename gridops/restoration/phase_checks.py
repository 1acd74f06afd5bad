"""The three-phase verdict on the states of one search, within a budget."""

from collections.abc import Sequence

from gridops.ids import SectionId
from gridops.measurement import Position
from gridops.network import SwitchSet
from gridops.powerflow import LoadPowers, PhaseVerdict, Violation, ViolationKind
from gridops.restoration.plan import PhaseCheck
from gridops.restoration.schedule import Move
from gridops.restoration.situation import Situation


def phase_check_of(situation: Situation) -> PhaseCheck:
    """What a plan for this situation may claim."""
    if not situation.network.components.phasing:
        return PhaseCheck.BALANCED_GRID
    return PhaseCheck.NOT_CHECKED if situation.phase_verdict is None else PhaseCheck.THREE_PHASE


def phase_checks_of(situation: Situation) -> "PhaseChecks | None":
    """None where nobody judges phases."""
    verdict = situation.phase_verdict
    return None if verdict is None else PhaseChecks(situation, verdict)


class PhaseChecks:
    """Asks the verdict once per state, `phase_checks_max` times at most."""

    def __init__(self, situation: Situation, verdict: PhaseVerdict) -> None:
        self._situation = situation
        self._verdict = verdict
        self._loads = LoadPowers.of(situation.network, situation.loads)
        self._known: dict[tuple[SwitchSet, frozenset[SectionId]], tuple[Violation, ...]] = {}

    @property
    def is_spent(self) -> bool:
        return len(self._known) >= self._situation.settings.phase_checks_max

    def broken(self, moves: Sequence[Move]) -> Violation | None:
        """The first limit that a phase breaks by these movements, in the last state first;
        None: none does."""
        ends = self._situation.network.section_ends
        for move in reversed(moves):
            if move.position is Position.CLOSED or move.handed_over:
                found = self.after(move.closed, frozenset(ends[move.switch]))
                if found:
                    return found[0]
        return None

    def after(self, closed: SwitchSet, around: frozenset[SectionId]) -> tuple[Violation, ...]:
        """What the phases of the islands around these sections break; once the budget is
        spent, that a new state was not looked at."""
        key = closed, around
        if key in self._known:
            return self._known[key]
        if self.is_spent:
            limit = float(self._situation.settings.phase_checks_max)
            kind, name = ViolationKind.PHASE_UNCHECKED, self._verdict.name
            return (Violation(kind=kind, element=name, value=limit, limit=limit),)
        self._known[key] = self._verdict.check(
            closed,
            self._loads,
            dead_sources=self._situation.snapshot.dead_sources,
            around=around,
            limits=self._situation.limits,
        )
        return self._known[key]
