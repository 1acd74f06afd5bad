"""The healthy sections that stay dark until repair."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from gridops.ids import SectionId
from gridops.restoration.plan import Rejected, Unserved
from gridops.restoration.reasons_dark import why_dark
from gridops.restoration.scope import Scope
from gridops.restoration.situation import Situation


def unserved_in(
    situation: Situation,
    scope: Scope,
    *,
    rejected: Sequence[Rejected],
    left: AbstractSet[SectionId],
) -> tuple[Unserved, ...]:
    """Every section of `left` that is not suspected itself, in grid order; `shed`: the plan itself
    took supply from it."""
    listed = []
    for section in in_grid_order(situation, left - situation.suspected):
        if section not in situation.dark:
            listed.append(Unserved(section=section, because="shed", element=section))
            continue
        because, element = why_dark(scope, rejected, section=section)
        listed.append(Unserved(section=section, because=because, element=element))
    return tuple(listed)


def in_grid_order(situation: Situation, sections: AbstractSet[SectionId]) -> list[SectionId]:
    return sorted(sections, key=situation.network.arrays.sections.of.__getitem__)
