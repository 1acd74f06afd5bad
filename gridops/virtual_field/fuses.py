"""Fuses: they melt in the phases that carry fault current."""

from functools import partial

from gridops.ids import SwitchId
from gridops.network import SwitchKind
from gridops.virtual_field.agenda import Appointment
from gridops.virtual_field.plant import Flow, Plant


class Fuses:
    """The fuse nearest to a fault melts, if nothing has ended the current before it did.

    It melts in the phases of the fault, and what lies behind it loses those. A fuse that has
    melted in all three is open until a hand closes it (new fuses). It reports only where the
    grid has a position point for it (a striker contact), and only once it is open; as a rule
    nobody hears of it.
    """

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._melting: dict[SwitchId, Appointment] = {}
        plant.watchers.append(self._watch)

    def _watch(self) -> None:
        heated: dict[SwitchId, frozenset[str]] = {}
        for flow in self._plant.flows:
            for fuse in self._nearest(flow) if flow.fault.trips else ():
                heated[fuse] = heated.get(fuse, frozenset()) | flow.phases
        for fuse in [f for f in self._melting if f not in heated]:
            self._melting.pop(fuse).cancel()
        for fuse, phases in heated.items():
            if fuse in self._melting:
                continue
            delay_s = self._plant.network.switches[fuse].trip_delay_s
            self._melting[fuse] = self._plant.agenda.after(
                delay_s or self._plant.settings.fuse_melt_s,
                partial(self._melt, fuse, phases),
            )

    def _melt(self, fuse: SwitchId, phases: frozenset[str]) -> None:
        self._plant.blow(fuse, phases)

    def _nearest(self, flow: Flow) -> list[SwitchId]:
        switches = self._plant.network.switches
        fuses = {s: d for s, d in flow.path.items() if switches[s].kind is SwitchKind.FUSE}
        return [fuse for fuse, distance in fuses.items() if distance == min(fuses.values())]
