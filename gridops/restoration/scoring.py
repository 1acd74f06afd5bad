"""The score of a course of movements."""

from collections.abc import Iterable, Mapping, Sequence

from gridops.ids import SectionId
from gridops.restoration.objective import Score, minutes_counted, weight_of_section
from gridops.restoration.schedule import Move
from gridops.restoration.situation import Situation


def dark_spells(
    situation: Situation, moves: Iterable[Move]
) -> Mapping[SectionId, tuple[float, float]]:
    """When each section is without supply: from and until, in seconds after the release.

    Everything that the outage took, from 0 on; what is dropped on the way, from its opening
    on. Until the movement that gives supply back, or the end of repair.
    """
    repair_s = situation.settings.repair_s
    began_s: dict[SectionId, float] = dict.fromkeys(
        (s for s in situation.network.sections if s in situation.dark), 0.0
    )
    until_s: dict[SectionId, float] = dict.fromkeys(began_s, repair_s)
    for move in moves:
        for section in move.dropped:
            began_s[section], until_s[section] = move.done_s, repair_s
        for section in move.restored:
            until_s[section] = move.done_s
    return {section: (began_s[section], until_s[section]) for section in began_s}


def score_of(situation: Situation, moves: Sequence[Move]) -> Score:
    """What docs/restoration.md says; a section is dropped at most once."""
    network = situation.network
    minutes = energy_wh = 0.0
    for section, (began_s, until_s) in dark_spells(situation, moves).items():
        was_dark_s = situation.dark_s if section in situation.dark else 0.0
        counted = minutes_counted(until_s - began_s, dark_s=was_dark_s)
        minutes += weight_of_section(network, section) * counted
        energy_wh += power_w_of(situation, section) * (until_s - began_s) / 3600.0
    return Score(minutes, energy_wh, len(moves), tuple(move.switch for move in moves))


def power_w_of(situation: Situation, section: SectionId) -> float:
    """What the section drew before the outage."""
    loads = situation.network.sections[section].loads
    return sum(situation.loads[load].p_w for load in loads if load in situation.loads)
