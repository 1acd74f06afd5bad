"""Which side of a switch its voltage sensors watch."""

from gridops.ids import SectionId, SwitchId
from gridops.state import energise
from gridops.virtual_field.plant import PHASES, Plant


class LoadSides:
    """Voltage is watched on the load side: away from the source in the normal state.

    S1 [b1] A [s1] B (t1) C [b2] S2   s1 watches B; t1 watches B and C, and misses voltage where
    either has none: a switch that normally feeds nothing has two load sides.
    """

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        network = plant.network
        normal = energise(network, network.normally_closed)
        fed = {switch: section for section, switch in normal.fed_through.items()}
        self._watched: dict[SwitchId, tuple[SectionId, ...]] = {
            switch: (fed[switch],) if switch in fed else ends
            for switch, ends in network.section_ends.items()
        }

    def lost(self, switch: SwitchId) -> frozenset[str]:
        """The phases of "abc" without voltage."""
        alive = [self._plant.phases_alive(section) for section in self._watched[switch]]
        return PHASES.difference(frozenset.intersection(*alive))

    def is_dark(self, switch: SwitchId) -> bool:
        """Whether no phase has voltage."""
        return self.lost(switch) == PHASES
