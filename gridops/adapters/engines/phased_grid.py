"""What `phasing.csv` says of a grid, element by element, and which phases a state feeds."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gridops.adapters.engines.live_part import LivePart, LiveParts
from gridops.ids import NodeId
from gridops.network import Connection, Network, PhasedKind, Phasing
from gridops.network.phasing import PHASES

Place = tuple[NodeId, str]
"""A node and one of its phases."""


@dataclass(frozen=True, slots=True)
class Conductors:
    """One element, or one unit of a bank, between two nodes."""

    row: Phasing
    ends: tuple[NodeId, NodeId]

    @property
    def is_whole(self) -> bool:
        """Carries current with all of its phases or not at all."""
        return self.row.kind is PhasedKind.TRANSFORMER

    @property
    def joins_galvanically(self) -> bool:
        return self.row.kind is not PhasedKind.TRANSFORMER


@dataclass(frozen=True, slots=True)
class PhasedPart:
    """The live part of one state, with the phases that have supply."""

    live: LivePart
    conductors: tuple[Conductors, ...]
    places: Mapping[Place, bool]
    """Every place with supply -> whether its voltage to ground is a defined one."""


class PhasedGrid:
    """The per-phase data of one grid. Raises: nothing; `network` must have passed validation."""

    def __init__(self, network: Network) -> None:
        self.network = network
        components = network.components
        rows: dict[tuple[PhasedKind, str], list[Phasing]] = {}
        for row in components.phasing:
            rows.setdefault((row.kind, row.element), []).append(row)
        self._rows = rows
        self.texts: dict[tuple[str, str], str] = {}
        """What is written of a row with some of its phases live; it never changes."""
        shunt_node = network.arrays.nodes.numbers([s.node for s in components.shunts])
        self._live = LiveParts(network, shunt_nodes=shunt_node)

    def rows(self, kind: PhasedKind, element: str) -> Sequence[Phasing]:
        """Those of the element; on all three phases in wye if it has none."""
        whole = Phasing(id=element, kind=kind, element=element, phases=PHASES)
        return self._rows.get((kind, element), [whole])

    def part(
        self,
        closed: AbstractSet[str],
        *,
        dead_sources: AbstractSet[str],
        around: Sequence[str] | None,
    ) -> PhasedPart:
        """What is live once `closed` are the closed switches. Raises: KeyError for an id that
        the grid does not have."""
        network = self.network
        status = network.switch_set(closed).status  # type: ignore[arg-type]
        live = self._live.found(status, dead_sources=dead_sources, around=around)  # type: ignore[arg-type]
        conductors = tuple(self._conductors(live))
        return PhasedPart(live, conductors, self._supplied(live, conductors))

    def _conductors(self, live: LivePart) -> Iterator[Conductors]:
        network, arrays = self.network, self.network.arrays
        lines = len(network.components.branches)
        for number in live.branches.tolist():
            branch = network.branches[arrays.branches.ids[number]]
            kind = PhasedKind.LINE if number < lines else PhasedKind.TRANSFORMER
            for row in self.rows(kind, branch.id):
                yield Conductors(row, (branch.from_node, branch.to_node))
        for number in live.switches.tolist():
            switch = network.switches[arrays.switches.ids[number]]
            for row in self.rows(PhasedKind.SWITCH, switch.id):
                yield Conductors(row, (switch.node_a, switch.node_b))

    def _supplied(self, live: LivePart, conductors: Sequence[Conductors]) -> dict[Place, bool]:
        """Breadth first from the sources, phase by phase; then what is joined to ground."""
        network, arrays = self.network, self.network.arrays
        sources = [network.sources[arrays.sources.ids[k]].node for k in live.sources.tolist()]
        fed = [(node, phase) for node in sources for phase in PHASES]
        reached = _reached(fed, conductors)
        grounded = [place for place in fed if place in reached]
        for each in conductors:
            for node, side in zip(each.ends, _connections(each.row), strict=True):
                if each.is_whole and side is Connection.WYE:
                    grounded += [(node, phase) for phase in each.row.phases]
        defined = _reached(grounded, [c for c in conductors if c.joins_galvanically])
        return {place: place in defined for place in reached}


def _connections(row: Phasing) -> tuple[Connection, Connection]:
    return row.connection, row.connection_to


def _reached(start: Sequence[Place], conductors: Sequence[Conductors]) -> set[Place]:
    next_to: dict[Place, list[Place]] = {}
    for each in conductors:
        one, other = each.ends
        for phase in each.row.phases:
            next_to.setdefault((one, phase), []).append((other, phase))
            next_to.setdefault((other, phase), []).append((one, phase))
    found = dict.fromkeys(start)
    queue = list(found)
    for place in queue:  # grows while it is walked
        for beyond in next_to.get(place, ()):
            if beyond not in found:
                found[beyond] = None
                queue.append(beyond)
    return set(found)
