"""What an importer brings: the grid, and everything that it assumed or left out."""

from collections.abc import Callable
from dataclasses import dataclass

from gridops.ids import BranchId, SwitchId
from gridops.network import Branch, Components


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A grid from a foreign format.

    `components` hold only what the source says or an assumption names; `assumptions` are one
    sentence each, and go into `network.toml` and the README of the grid.
    """

    components: Components
    assumptions: tuple[str, ...]
    title: str = ""
    licence: str = ""
    source: str = ""
    ids: str = ""
    """How the ids come from those of the source, for the README."""
    spare: tuple[Branch, ...] = ()
    """Lines out of service between two nodes in service: completion may make ties of them."""
    said_of_spare: str = ""
    """The assumption that holds only while they are left out."""
    unstated_kinds: frozenset[SwitchId] = frozenset()
    """Switches of which the source does not say what they are: completion may say it."""
    unstated_ratings: frozenset[SwitchId] = frozenset()
    """Switches of which the source gives no rated current."""
    substation_lines: frozenset[BranchId] = frozenset()
    """Lines between the infeed and the busbars: no feeder begins with them."""
    is_ours: bool = False
    """The grid went out from here and comes back: it lacks nothing."""

    def assumptions_of(self, components: Components) -> tuple[str, ...]:
        """The assumptions that still hold of the completed grid: a tie is not left out."""
        there = {branch.id for branch in components.branches}
        has_ties = any(line.id in there for line in self.spare)
        return tuple(s for s in self.assumptions if not (has_ties and s == self.said_of_spare))


Importer = Callable[[str], Imported]
"""Source (a path or a code) -> grid. Raises: GridUnreadable with place and remedy."""
