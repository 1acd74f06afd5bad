"""Whom an outage hits: customers and power, section by section."""

from collections.abc import Mapping
from dataclasses import dataclass

from gridops.ids import LoadId, SectionId
from gridops.network import Network
from gridops.state import Energisation


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionImpact:
    section: SectionId
    customers: int
    p_w: float
    """What the section drew before; consumed is positive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What lost supply and what got it back between two states, in section order of the grid.

    Sections without loads are listed as well: they are dark, with nobody in them.
    """

    lost: tuple[SectionImpact, ...]
    regained: tuple[SectionImpact, ...]

    @property
    def sections(self) -> tuple[SectionId, ...]:
        return tuple(entry.section for entry in self.lost)

    @property
    def customers(self) -> int:
        """Customers that lost supply."""
        return sum(entry.customers for entry in self.lost)

    @property
    def p_w(self) -> float:
        """Power that lost supply, as drawn before."""
        return sum(entry.p_w for entry in self.lost)


def impact_between(
    before: Energisation, after: Energisation, *, p_w: Mapping[LoadId, float] | None = None
) -> Impact:
    """Compares two states of the same network.

    `p_w` is the pre-fault power of each load; a load that it leaves out, and every load when
    it is None, counts with its power in the grid data.
    """
    network = before.network
    drawn = p_w or {}
    lost, gained = after.lost_since(before), after.gained_since(before)
    return Impact(
        lost=tuple(_impact(network, section, p_w=drawn) for section in lost),
        regained=tuple(_impact(network, section, p_w=drawn) for section in gained),
    )


def _impact(network: Network, section: SectionId, *, p_w: Mapping[LoadId, float]) -> SectionImpact:
    loads = network.loads_of_section[section]
    return SectionImpact(
        section=section,
        customers=sum(load.customers for load in loads),
        p_w=sum(p_w.get(load.id, load.p_w) for load in loads),
    )
