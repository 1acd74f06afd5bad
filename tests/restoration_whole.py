"""The slow planner with load transfer: healthy feeders may hand sections to one another.

The same walk as within the dead part, over every switch of the grid. Whoever had supply before
may be dropped on the way, once, and has it again in the end; nobody of priority 1 is dropped.
Nothing is closed between two live sides (no parallel), and a switch that may not make load is no
tie: nobody is dropped to close it dead.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gridops.ids import SectionId, SwitchId
from gridops.powerflow import PowerFlow
from gridops.restoration.situation import Situation
from tests.restoration_ground import live_sections, zones
from tests.restoration_reference import Course, DeadPart, nothing_done


def best_course_with_transfer(
    situation: Situation,
    engine: PowerFlow,
    *,
    sheds: tuple[int, ...] = (),
    courses_max: int = 300_000,
) -> Course:
    """The least cost of all courses, over both fences; `sheds`: the priorities whose load may be
    left dark. Raises: TooMany."""
    parts = [WholeGrid(situation, engine, zone, sheds=sheds) for zone in zones(situation)]
    found = [part.best(drops=True, courses_max=courses_max) for part in parts]
    return min([nothing_done(situation), *found], key=lambda course: course.cost)


@dataclass(slots=True)
class WholeGrid(DeadPart):
    """Sections with a source lend; every other one may move."""

    sheds: tuple[int, ...] = ()

    def _free(self, closed: AbstractSet[SwitchId]) -> list[SectionId]:
        network = self.situation.network
        live = live_sections(self.situation, closed)
        self.had_supply = frozenset(live)
        mine = (self.situation.dark | live) - self._never(closed)
        return [s for s in network.sections if s in mine and not network.sections[s].sources]

    def may_leave(self, sections: AbstractSet[int]) -> bool:
        at = self.situation.network.loads_of_section
        named = {self.sections[k] for k in sections}
        mine = named <= self.had_supply
        return mine and all(load.priority in self.sheds for s in named for load in at[s])

    def may_drop(self, sections: AbstractSet[int]) -> bool:
        at = self.situation.network.loads_of_section
        named = {self.sections[k] for k in sections} & self.had_supply
        return all(load.priority != 1 for s in named for load in at[s])
