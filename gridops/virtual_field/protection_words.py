"""What protection says beside tripping: how large a fault was, and that of an earth fault."""

from collections.abc import Iterator

from gridops.ids import NodeId, SwitchId
from gridops.network import Signal
from gridops.powerflow import FaultCurrents, FaultKind, Level, ShortCircuit
from gridops.virtual_field.plant import EARTH, Flow, Plant


class EarthFaultAlarms:
    """`earth_fault` says YES at each device that carries the current of an earth fault which is
    too small to trip anything, and NO when that ends."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._fitted = [SwitchId(e) for e in plant.points.elements_with(Signal.EARTH_FAULT)]
        plant.watchers.append(self._watch)

    def _watch(self) -> None:
        flows = [f for f in self._plant.flows if EARTH in f.phases and not f.fault.trips]
        for switch in self._fitted:
            alarm = any(switch in flow.path for flow in flows)
            before = self._plant.points.reads(switch, Signal.EARTH_FAULT)
            if before is None or bool(before.value) != alarm:
                now = self._plant.agenda.now
                self._plant.points.report(switch, Signal.EARTH_FAULT, value=alarm, at=now)


class FaultSizes:
    """`fault_current_a`, each time that fault current begins at a device with such a point.

    Of a metallic fault by IEC 60909 at the maximum level; that of a branch is at its middle:
    the harmonic mean of the currents for a fault at each end, exact for a radial line whose
    impedance has the angle of what lies before it. A section stands for its first branch.
    Earth faults are not reported: the grid has no zero-sequence data.
    """

    def __init__(self, plant: Plant, engine: ShortCircuit) -> None:
        self._plant = plant
        self._engine = engine
        self._fitted = [SwitchId(e) for e in plant.points.elements_with(Signal.FAULT_CURRENT)]
        self._seen: set[SwitchId] = set()
        plant.watchers.append(self._watch)

    def _watch(self) -> None:
        carried = self._plant.fault_current
        self._seen &= carried.keys()
        fresh = [switch for switch in self._fitted if switch in carried.keys() - self._seen]
        self._seen.update(fresh)
        for flow in self._plant.flows if fresh else ():
            if EARTH not in flow.phases and flow.fault.trips:
                self._measure(flow, [switch for switch in fresh if switch in flow.path])

    def _measure(self, flow: Flow, devices: list[SwitchId]) -> None:
        places = tuple(self._places(flow.fault.place))
        kind = FaultKind.THREE_PHASE if len(flow.phases) == 3 else FaultKind.TWO_PHASE
        plant = self._plant
        currents = self._engine.currents(
            plant.closed, at=places, kind=kind, level=Level.MAX, dead_sources=plant.dead_sources
        )
        for device in devices:
            size_a = _at_the_middle(currents, places, device=device)
            if size_a is not None:
                now = plant.agenda.now
                plant.points.report(device, Signal.FAULT_CURRENT, value=size_a, at=now)

    def _places(self, place: str) -> Iterator[NodeId]:
        """The node, or both ends of the branch."""
        network = self._plant.network
        section = network.sections.get(network.section_of(place))
        branch = network.branches.get(place)  # type: ignore[call-overload]  # any id may be asked for
        if branch is None and place not in network.nodes and section and section.branches:
            branch = network.branches[section.branches[0]]
        if branch is not None:
            yield branch.from_node
            yield branch.to_node
        elif place in network.nodes:
            yield NodeId(place)
        elif section is not None:
            yield section.nodes[0]


def _at_the_middle(
    currents: FaultCurrents, places: tuple[NodeId, ...], *, device: SwitchId
) -> float | None:
    """None: the engine has no answer, or the device carries nothing."""
    seen = [
        currents.paths[node].switch_a.get(device, 0.0) for node in places if node in currents.paths
    ]
    if not seen or min(seen) <= 0.0:
        return None
    return len(seen) / sum(1.0 / each for each in seen)
