"""Every section, or every branch, faulted once: the N-1 sweep of the live engine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gridops.errors import ScenarioError
from gridops.ids import SectionId
from gridops.response import Engines
from gridops.study.standing import Standing
from gridops.study.what_if import Outcome, strike


class SweepOf(StrEnum):
    SECTIONS = "sections"
    BRANCHES = "branches"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One section to be faulted, and the places in it that this answers for."""

    section: SectionId
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a sweep does, in grid order."""

    what: SweepOf
    targets: tuple[Target, ...]
    places: tuple[str, ...]
    """In file order, all that will be faulted."""
    without_supply: tuple[str, ...]
    """Left out: nothing happens there."""


def round_of(before: Standing, what: SweepOf) -> Round:
    """Raises: ScenarioError where nothing has supply."""
    network = before.network
    places: dict[str, SectionId] = (
        {section: section for section in network.sections}
        if what is SweepOf.SECTIONS
        else {branch: network.section_of_branch[branch] for branch in network.branches}
    )
    supplied = {p: s for p, s in places.items() if before.traced.is_supplied(s)}
    if not supplied:
        raise ScenarioError(
            f"none of the {what.value} has supply in this state",
            remedy="close the switches that feed them",
        )
    held: dict[SectionId, list[str]] = {}
    for place, section in supplied.items():
        held.setdefault(section, []).append(place)
    return Round(
        what=what,
        targets=tuple(Target(section=s, places=tuple(p)) for s, p in held.items()),
        places=tuple(supplied),
        without_supply=tuple(p for p in places if p not in supplied),
    )


def swept(before: Standing, engines: Engines, *, targets: Sequence[Target]) -> Iterator[Outcome]:
    """The outcome of each place, target by target.

    Each equals `what_if` of that place alone: all branches of a section fail as the section does.
    """
    for target in targets:
        struck = strike(before, engines, faults=target.places[:1])
        for place in target.places:
            yield replace(struck, faults=(place,))
