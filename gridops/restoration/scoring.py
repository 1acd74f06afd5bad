"""The score of a course of movements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gridops.ids import SectionId
from gridops.restoration.objective import Score, minutes_counted, weight_of_section
from gridops.restoration.schedule import Move
from gridops.restoration.situation import Situation, power_w_of


@dataclass(frozen=True, slots=True)
class Spell:
    """One section without supply for a time, in seconds after the release."""

    section: SectionId
    began_s: float
    until_s: float
    dark_s: float
    """How long it had been dark before the release."""

    @property
    def lasts_s(self) -> float:
        return self.until_s - self.began_s


def dark_spells(situation: Situation, moves: Iterable[Move]) -> list[Spell]:
    """Every time that a section is without supply, in grid order.

    Everything that the outage took, from 0 on; what is dropped on the way, from its opening
    on. Until the movement that gives supply back, or the end of repair.
    """
    number = situation.network.arrays.sections.of
    began: dict[SectionId, tuple[float, float]] = dict.fromkeys(
        situation.dark, (0.0, situation.dark_s)
    )
    spells: list[Spell] = []
    for move in moves:
        for section in move.restored:
            if section in began:
                began_s, dark_s = began.pop(section)
                spells.append(Spell(section, began_s, move.done_s, dark_s))
        for section in move.dropped:
            began.setdefault(section, (move.done_s, 0.0))
    repair_s = situation.settings.repair_s
    spells += [Spell(s, since_s, repair_s, dark_s) for s, (since_s, dark_s) in began.items()]
    return sorted(spells, key=lambda spell: (number[spell.section], spell.began_s))


def score_of(situation: Situation, moves: Sequence[Move]) -> Score:
    """What docs/restoration.md says."""
    network = situation.network
    minutes = energy_wh = 0.0
    for spell in dark_spells(situation, moves):
        counted = minutes_counted(spell.lasts_s, dark_s=spell.dark_s)
        minutes += weight_of_section(network, spell.section) * counted
        energy_wh += power_w_of(situation, spell.section) * spell.lasts_s / 3600.0
    return Score(minutes, energy_wh, len(moves), tuple(move.switch for move in moves))
