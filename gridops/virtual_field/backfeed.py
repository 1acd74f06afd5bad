"""Generators drive fault current too, until they trip."""

from functools import partial

from gridops.ids import GeneratorId
from gridops.network import GeneratorKind
from gridops.virtual_field.plant import Plant

SYNCHRONOUS = (GeneratorKind.HYDRO, GeneratorKind.THERMAL)


class Backfeed:
    """From the moment when a fault is fed, every running generator drives current to it from its
    own section for `backfeed_s`, also after a breaker has cut the grid off; then all of them trip.

    A generator runs if its section has supply, unless it tripped less than
    `generators_return_s` ago. Off by default (`FieldSettings.backfeed`).
    """

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        kinds = tuple(GeneratorKind) if plant.settings.backfeed_inverters else SYNCHRONOUS
        self._able = [g for g in plant.network.generators.values() if g.kind in kinds]
        self._tripped: set[GeneratorId] = set()
        self._driving = False
        if plant.settings.backfeed and self._able:
            plant.watchers.append(self._watch)

    def _watch(self) -> None:
        plant = self._plant
        if self._driving or not plant.flows:
            return
        running = [
            g
            for g in self._able
            if g.id not in self._tripped
            and plant.energisation.is_supplied(plant.network.section_of_node[g.node])
        ]
        if not running:
            return
        self._driving = True
        sections = frozenset(plant.network.section_of_node[g.node] for g in running)
        plant.agenda.after(0.0, partial(plant.drive, sections))
        ident = frozenset(g.id for g in running)
        plant.agenda.after(plant.settings.backfeed_s, partial(self._trip, ident))

    def _trip(self, generators: frozenset[GeneratorId]) -> None:
        self._driving = False
        self._tripped |= generators
        back = partial(self._tripped.difference_update, generators)
        self._plant.agenda.after(self._plant.settings.generators_return_s, back)
        self._plant.drive(frozenset())
