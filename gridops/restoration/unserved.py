"""Why a healthy section stays dark until repair."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from gridops.ids import SectionId
from gridops.restoration.part import bits
from gridops.restoration.plan import Rejected, Unserved
from gridops.restoration.scope import Scope, Why
from gridops.restoration.search import group_of, ties_of
from gridops.restoration.situation import Situation


def unserved_in(
    situation: Situation,
    scope: Scope,
    *,
    rejected: Sequence[Rejected],
    left: AbstractSet[SectionId],
) -> tuple[Unserved, ...]:
    """Every section of `left` that is not suspected itself, in grid order."""
    listed = []
    for section in in_grid_order(situation, left - situation.suspected):
        because, element = _why_dark(scope, rejected, section=section)
        listed.append(Unserved(section=section, because=because, element=element))
    return tuple(listed)


def in_grid_order(situation: Situation, sections: AbstractSet[SectionId]) -> list[SectionId]:
    return sorted(sections, key=situation.network.arrays.sections.of.__getitem__)


def _why_dark(scope: Scope, rejected: Sequence[Rejected], *, section: SectionId) -> Why:
    """The limit nearest at hand: of the section itself, of the fence, of a tie in its part."""
    ground = scope.ground
    if section in scope.blocked:
        return scope.blocked[section]
    if section in ground.situation.forbidden:
        return "forbidden", section
    if section in ground.fence.zone:
        at_it = ground.network.sections[section].switches
        unusable = ground.fence.unusable
        near = next((u for u in unusable if u.switch in at_it), unusable[0])
        return near.because, near.element
    unit = next((k for k, u in enumerate(scope.units) if section in u.sections), None)
    if unit is None:
        return "dead-source", section
    near_by = {tie.switch for tie in ties_of(scope, unit)}
    ties = [r for r in rejected if near_by and near_by.issuperset(r.option)]
    ties += [r for r in scope.rejected if _is_at(scope, r, units=group_of(scope, unit))]
    return (ties[0].because, ties[0].element) if ties else ("no-tie", section)


def _is_at(scope: Scope, refused_tie: Rejected, *, units: int) -> bool:
    sections = {s for k in bits(units) for s in scope.units[k].sections}
    ends = [scope.ground.network.section_ends[switch] for switch in refused_tie.option]
    return any(end in sections for pair in ends for end in pair)
