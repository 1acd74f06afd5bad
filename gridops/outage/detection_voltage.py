"""Voltage where there should be none, and none where there should be: doubt in a position."""

from collections.abc import Iterator
from datetime import datetime

from gridops.events import VoltageLossChanged, VoltageMeasured
from gridops.ids import NodeId, SectionId, SwitchId
from gridops.measurement import Part, Quality, Reading
from gridops.network import Network
from gridops.outage.detection_clock import plausible_time
from gridops.outage.fault_path import opens_by_itself
from gridops.state import LiveState
from gridops.state.live import DEAD_VOLTAGE_PU

Place = NodeId | SwitchId


class VoltageWitness:
    """The last good word of each voltage measurement and detector. Bounded by the grid."""

    _network: Network
    _nodes: dict[NodeId, tuple[datetime, bool]]
    _switches: dict[SwitchId, tuple[datetime, bool]]

    def __init__(self, network: Network) -> None:
        self._network = network
        self._nodes = {}
        self._switches = {}

    def take_in(self, network: Network) -> None:
        """Goes on with what `network` has."""
        self._network = network
        self._nodes = {n: said for n, said in self._nodes.items() if n in network.nodes}
        self._switches = {s: said for s, said in self._switches.items() if s in network.switches}

    def measured(self, event: VoltageMeasured, *, earliest: datetime) -> None:
        if event.quality is not Quality.GOOD:
            self._nodes.pop(event.node, None)
            return
        time = plausible_time(event.source_time, at=event.at, earliest=earliest)
        nominal = self._network.nodes[event.node].voltage_v_nominal
        if event.node not in self._nodes or self._nodes[event.node][0] <= time:
            self._nodes[event.node] = (time, event.voltage_v >= DEAD_VOLTAGE_PU * nominal)

    def detected(self, event: VoltageLossChanged, *, earliest: datetime) -> None:
        """Single phases are no witness here: one of three may be gone behind a closed device."""
        if event.part is not Part.WHOLE:
            return
        if event.quality is not Quality.GOOD or event.reading is Reading.FAILED:
            self._switches.pop(event.switch, None)
            return
        time = plausible_time(event.source_time, at=event.at, earliest=earliest)
        if event.switch not in self._switches or self._switches[event.switch][0] <= time:
            self._switches[event.switch] = (time, event.reading is not Reading.YES)

    def is_dead(self, place: Place) -> bool:
        """Whether the last good word of `place` is that there is no voltage."""
        said = self._nodes.get(NodeId(place)) or self._switches.get(SwitchId(place))
        return said is not None and not said[1]

    def is_live_behind(self, device: SwitchId, since: datetime, *, state: LiveState) -> bool:
        """Whether voltage is measured later than `since` just behind `device`, as it reads open,
        or at a switch further on, and nothing else can feed it.

        S1 [b1] A [s1] B (t1) C   voltage in A although b1 reads open.
        """
        open_now = state.energisation.moved(device, closed=False)
        lost = frozenset(open_now.moved(device, closed=True).gained_since(open_now))
        if any(self._network.sections[section].generators for section in lost):
            return False
        near = lost.intersection(self._network.section_ends[device])
        sections = self._network.section_of_node
        if any(
            live and time > since and sections[node] in near
            for node, (time, live) in self._nodes.items()
        ):
            return True
        return any(
            live and time > since and lost.issuperset(self._network.section_ends[switch])
            for switch, (time, live) in self._switches.items()
            if switch != device
        )

    def dead_since(self, device: SwitchId, *, state: LiveState) -> datetime | None:
        """Since when voltage is gone behind `device`, which reads closed and fed; None if no
        measurement says so. Only for what lies behind it is the way from the source looked up."""
        behind = state.energisation.behind(device)
        times = [
            time
            for place, (time, live) in self._all()
            if not live
            and self._section_of(place, state) in behind
            and self.answerable(place, state) == device
        ]
        return min(times, default=None)

    def answerable(self, place: Place, state: LiveState) -> SwitchId | None:
        """The device that must have opened if voltage is gone at `place`: the last on the way
        from the source that opens by itself. None: `place` has no supply anyway, or its source
        is measured itself, or no such device."""
        section = self._section_of(place, state)
        if section is None or not state.energisation.is_supplied(section):
            return None
        path = state.energisation.path(section)
        switches = self._network.switches
        opening = [s for s in path if opens_by_itself(switches[s]) and s != place]
        return opening[-1] if opening else None

    def _section_of(self, place: Place, state: LiveState) -> SectionId | None:
        node = self._network.section_of_node.get(NodeId(place))
        if node is not None:
            return node
        ends = self._network.section_ends[SwitchId(place)]
        return ends[0] if SwitchId(place) in state.closed else None

    def _all(self) -> Iterator[tuple[Place, tuple[datetime, bool]]]:
        yield from self._nodes.items()
        yield from self._switches.items()
