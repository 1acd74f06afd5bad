"""Which link carries which word of the field: a dead one takes the trust from that alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gridops.ids import LinkId, NodeId, SwitchId
from gridops.network import Network, Signal
from gridops.state.telemetry import CONTACTS, MEASUREMENTS

AT_SWITCHES = (*CONTACTS, *(signal for signal in MEASUREMENTS if signal is not Signal.VOLTAGE))
"""Everything beside its position that a device says."""


@dataclass(frozen=True, slots=True)
class Carried:
    """By the points of a grid. What a device says without a point for it (a grid that was drawn)
    counts as carried by the link of its position."""

    link_of: dict[SwitchId, LinkId]
    """The link that carries a switch's position; absent: no telemetry, known by record."""
    switches_of: dict[LinkId, list[SwitchId]]
    """The same the other way round, in the order of the points."""
    voltages_of: dict[LinkId, list[NodeId]]
    apart: frozenset[tuple[Signal, SwitchId]]
    """Words that another link carries than that of the position."""
    apart_of: dict[LinkId, list[tuple[Signal, SwitchId]]]
    """The same by that other link."""

    @classmethod
    def over(cls, network: Network) -> "Carried":
        points = network.components.points
        link_of = {SwitchId(p.element): p.link for p in points if p.signal is Signal.POSITION}
        switches_of: dict[LinkId, list[SwitchId]] = {}
        for switch, link in link_of.items():
            switches_of.setdefault(link, []).append(switch)
        voltages_of: dict[LinkId, list[NodeId]] = {}
        apart_of: dict[LinkId, list[tuple[Signal, SwitchId]]] = {}
        for point in points:
            if point.signal is Signal.VOLTAGE:
                voltages_of.setdefault(point.link, []).append(NodeId(point.element))
            elif point.signal in AT_SWITCHES:
                switch = SwitchId(point.element)
                if link_of.get(switch) != point.link:
                    apart_of.setdefault(point.link, []).append((point.signal, switch))
        apart = frozenset(word for words in apart_of.values() for word in words)
        return cls(link_of, switches_of, voltages_of, apart, apart_of)

    def switches(self, link: LinkId) -> Sequence[SwitchId]:
        return self.switches_of.get(link, ())

    def said_over(self, link: LinkId) -> Iterator[tuple[Signal, SwitchId]]:
        """Everything but positions and voltages."""
        for switch in self.switches(link):
            for signal in AT_SWITCHES:
                if (signal, switch) not in self.apart:
                    yield signal, switch
        yield from self.apart_of.get(link, ())
