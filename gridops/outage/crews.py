"""What crews say: patrols that found the fault or did not, and parts energised to try them.

S1 [b1] A [s1] B [s2] C     nothing found in B, a cable: that proves little. A and B energised and
held: the fault lies in C.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gridops.ids import SectionId
from gridops.measurement import Reading
from gridops.network import Branch, BranchKind, Network, Values
from gridops.outage.heard import Heard, Trial
from gridops.outage.scene import Scene
from gridops.outage.testimony import Marks, Testimony, Unheard, Word
from gridops.reasons import because


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewSettings:
    """What the word of a crew is worth."""

    p_overlooked_overhead: float = 0.2
    """A patrol that passes a fault on an overhead line does not see it. Assumption."""
    p_overlooked_cable: float = 0.95
    """The same of a cable fault: it lies underground, and only its ends can be looked at.
    Assumption."""
    p_overlooked_station: float = 0.3
    """The same in a section without lines: busbars, switchgear, transformers. Assumption."""
    p_found_elsewhere: float = 1e-20
    """A crew reports the fault in a section where it is not. So small that no number of
    contradicting devices outweighs what a crew has found: a rule, not a rate."""
    p_holds_on_fault: float = 0.02
    """A part with the fault in it is energised and holds: it has burnt clear, or needs rain.
    Assumption."""
    p_trips_without_fault: float = 0.02
    """A part without the fault trips when it is energised: inrush, load that returns above its
    former value, a second fault. Assumption."""


def words(scene: Scene, heard: Heard, *, settings: CrewSettings) -> list[Word]:
    """One word of each section that was looked at, in grid order, and of each trial.

    No device fails where such a word does not fit: it counts by its probability alone.
    """
    return [
        *_patrols(scene, heard, settings=settings),
        *(_trial(scene, trial, settings=settings) for trial in _in_order(scene, heard)),
    ]


def p_overlooked(network: Network, section: SectionId, *, settings: CrewSettings) -> float:
    """That a patrol of `section` does not see the fault there: by length of overhead line and
    cable, as if the fault were anywhere along them alike."""
    overhead_m = cable_m = 0.0
    for ident in network.sections[section].branches:
        branch = network.branches[ident]
        if not isinstance(branch, Branch):
            continue
        if branch.kind is BranchKind.OVERHEAD:
            overhead_m += branch.length_m
        else:
            cable_m += branch.length_m
    total_m = overhead_m + cable_m
    if total_m <= 0.0:
        return settings.p_overlooked_station
    missed = overhead_m * settings.p_overlooked_overhead + cable_m * settings.p_overlooked_cable
    return missed / total_m


def _patrols(scene: Scene, heard: Heard, *, settings: CrewSettings) -> Iterator[Word]:
    network, order = scene.network, scene.network.arrays.sections.of
    known = sorted((s for s in heard.patrols if s in order), key=order.__getitem__)
    for section in known:
        found, row = heard.patrols[section], scene.row_of.get(order[section])
        reading = Reading.YES if found else Reading.NO
        if row is None:
            code = "patrol-found-outside" if found else "patrol-outside"
            yield Unheard(witness=section, reading=reading, why=because(code, section=section))
            continue
        here = np.zeros(len(scene.sections), np.bool_)
        here[row] = True
        missed = p_overlooked(network, section, settings=settings)
        if found:
            codes = "patrol-found", "patrol-found-against"
            there, elsewhere = 1.0 - missed, settings.p_found_elsewhere
        else:
            codes = "patrol-saw-nothing", "patrol-overlooked"
            there, elsewhere = missed, 1.0 - settings.p_found_elsewhere
        yield Testimony(
            witness=section,
            reading=reading,
            log_p=_log(here, there=there, elsewhere=elsewhere),
            log_p_none=math.log(elsewhere),
            any_suffices=found,
            by_people=True,
            speaks_for=here if found else ~here,
            why_right=because(codes[0], section=section),
            why_wrong=because(codes[1], section=section),
        )


def _in_order(scene: Scene, heard: Heard) -> list[Trial]:
    """The order in which trials were told makes no difference."""
    order = scene.network.arrays.sections.of

    def key(trial: Trial) -> tuple[list[int], bool]:
        return sorted(order[s] for s in trial.sections if s in order), trial.held

    return sorted(heard.trials, key=key)


def _trial(scene: Scene, trial: Trial, *, settings: CrewSettings) -> Word:
    """`witness` is the first section, in grid order, that was energised."""
    order = scene.network.arrays.sections.of
    tried = sorted((s for s in trial.sections if s in order), key=order.__getitem__)
    inside = np.isin(scene.sections, [order[s] for s in tried])
    reading = Reading.NO if trial.held else Reading.YES
    first = tried[0] if tried else ""
    if not inside.any() or inside.all():
        why = because("trial-tells-no-place", section=first)
        return Unheard(witness=first, reading=reading, why=why)
    code = "trial-held" if trial.held else "trial-tripped"
    there, elsewhere = settings.p_holds_on_fault, 1.0 - settings.p_trips_without_fault
    if not trial.held:
        there, elsewhere = 1.0 - there, 1.0 - elsewhere
    return Testimony(
        witness=first,
        reading=reading,
        log_p=_log(inside, there=there, elsewhere=elsewhere),
        log_p_none=math.log(elsewhere),
        any_suffices=not trial.held,
        by_people=True,
        speaks_for=~inside if trial.held else inside,
        why_right=because(code, section=first, count=len(tried)),
        why_wrong=because(f"{code}-against", section=first, count=len(tried)),
    )


def _log(here: Marks, *, there: float, elsewhere: float) -> Values:
    return np.where(here, math.log(there), math.log(elsewhere))
