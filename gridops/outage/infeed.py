"""What generators behind a device can drive through it into a fault elsewhere."""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gridops.network import Generator, GeneratorKind
from gridops.outage.location_settings import LocationSettings
from gridops.outage.scene import Scene
from gridops.state.trace_kernel import POSITION, SOURCE

MACHINES = frozenset({GeneratorKind.HYDRO, GeneratorKind.THERMAL})


@dataclass(frozen=True, slots=True)
class Infeed:
    """Of each source that feeds candidates: where generators stand in its tree, and the sum of
    their currents up to there."""

    scene: Scene
    of_source: Mapping[int, tuple[Sequence[int], Sequence[float]]]

    @classmethod
    def of(cls, scene: Scene, settings: LocationSettings) -> "Infeed":
        arrays, place = scene.network.arrays, scene.traced.by_number.place
        generators = scene.network.components.generators
        found: dict[int, tuple[Sequence[int], Sequence[float]]] = {}
        if not generators:
            return cls(scene, found)
        at = place[:, arrays.node_section[arrays.generator_node]]
        for source in dict.fromkeys(place[SOURCE, scene.sections].tolist()):
            numbers = np.flatnonzero(at[SOURCE] == source)
            numbers = numbers[np.argsort(at[POSITION, numbers], kind="stable")]
            amperes = [
                _current_a(scene, generators[k], settings=settings) for k in numbers.tolist()
            ]
            found[source] = (at[POSITION, numbers].tolist(), [0.0, *np.cumsum(amperes).tolist()])
        return cls(scene, found)

    def behind_a(self, switch: int) -> float:
        """Behind the switch of this number, whether candidate or not."""
        forest = self.scene.traced.by_number
        fed = forest.fed_by(switch)
        if fed < 0:
            return 0.0
        places, sums = self.of_source.get(forest.source_of(fed), ((), (0.0,)))
        if not places:
            return 0.0
        _, rows = forest.rows_behind(fed)
        return sums[bisect_left(places, rows.stop)] - sums[bisect_left(places, rows.start)]


def _current_a(scene: Scene, generator: Generator, *, settings: LocationSettings) -> float:
    is_machine = generator.kind in MACHINES
    times = settings.backfeed_machine_pu if is_machine else settings.backfeed_inverter_pu
    volts = math.sqrt(3.0) * scene.network.nodes[generator.node].voltage_v_nominal
    return times * generator.power_va_rated / volts
