"""Where a grid's substations end and its feeders begin, read off the normal state.

A substation is all that is joined to a source without passing a feeder's line: busbars, their
couplers, transformers, bays. Lines above `MEDIUM_VOLTAGE_V_MAX` belong to it where a transformer
steps down from there.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property

from gridops.ids import BranchId, NodeId, SwitchId
from gridops.network import Branch, Components, Switch, SwitchKind, Transformer

MEDIUM_VOLTAGE_V_MAX = 36e3
"""Above it begins high voltage (IEC 60038)."""
Edge = Branch | Transformer | Switch


def ends_of(edge: Edge) -> tuple[NodeId, NodeId]:
    if isinstance(edge, Switch):
        return edge.node_a, edge.node_b
    return edge.from_node, edge.to_node


@dataclass(frozen=True, slots=True)
class Bay:
    """Where one line leaves a substation."""

    line: BranchId
    node: NodeId
    """The end of the line."""
    head: SwitchId | None
    """The breaker that the line hangs on; None: it has none."""
    first: SwitchId | None
    """The switch next to the line, whatever it is; None: the line hangs on the busbar."""


@dataclass(frozen=True)
class Station:
    """All substations of a grid together. `unstated` are switches that may be breakers."""

    components: Components
    unstated: AbstractSet[SwitchId] = field(default_factory=frozenset)
    substation_lines: AbstractSet[BranchId] = field(default_factory=frozenset)
    """Lines that the source says are no part of a feeder."""

    @cached_property
    def _voltage(self) -> Mapping[NodeId, float]:
        return {node.id: node.voltage_v_nominal for node in self.components.nodes}

    @cached_property
    def _steps_down(self) -> bool:
        volts = self._voltage
        return any(
            volts[t.from_node] > MEDIUM_VOLTAGE_V_MAX >= volts[t.to_node]
            for t in self.components.transformers
        )

    def is_feeder_line(self, branch: Branch) -> bool:
        if branch.id in self.substation_lines:
            return False
        return not (self._steps_down and self._voltage[branch.from_node] > MEDIUM_VOLTAGE_V_MAX)

    @cached_property
    def _edges_at(self) -> Mapping[NodeId, Sequence[Edge]]:
        """Every edge that conducts in the normal state."""
        found: dict[NodeId, list[Edge]] = {node.id: [] for node in self.components.nodes}
        closed = [switch for switch in self.components.switches if switch.is_normally_closed]
        for edge in (*self.components.all_branches, *closed):
            for end in dict.fromkeys(ends_of(edge)):
                found[end].append(edge)
        return found

    @cached_property
    def above(self) -> Mapping[NodeId, Edge | None]:
        """Node of a substation -> the edge that feeds it, sources first, breadth first."""
        found: dict[NodeId, Edge | None] = {source.node: None for source in self.components.sources}
        queue = deque(found)
        while queue:
            node = queue.popleft()
            for edge in self._edges_of_the_station(node):
                new = [other for other in ends_of(edge) if other not in found]
                found.update(dict.fromkeys(new, edge))
                queue.extend(new)
        return found

    def _edges_of_the_station(self, node: NodeId) -> Iterator[Edge]:
        for edge in self._edges_at[node]:
            if not (isinstance(edge, Branch) and self.is_feeder_line(edge)):
                yield edge

    def parent(self, node: NodeId) -> NodeId | None:
        edge = self.above[node]
        if edge is None:
            return None
        one, other = ends_of(edge)
        return one if other == node else other

    def is_in_a_bay(self, node: NodeId) -> bool:
        """Whether the head of a feeder, or a breaker that may be one, is above `node`."""
        return any(
            switch.feeder is not None or switch.id in self._heads
            for _, switch in self._switches_above(node)
        )

    @cached_property
    def _heads(self) -> frozenset[SwitchId]:
        return frozenset(bay.head for bay in self.bays if bay.head is not None)

    def upper_end(self, switch: Switch) -> NodeId | None:
        """The end from which a switch of a substation is fed; None if it feeds nothing there."""
        for upper, lower in (ends_of(switch), ends_of(switch)[::-1]):
            edge = self.above.get(lower)
            if isinstance(edge, Switch) and edge.id == switch.id:
                return upper
        return None

    @cached_property
    def _leaving(self) -> Sequence[tuple[Branch, NodeId]]:
        """Every line that leaves a substation, with its end there."""
        return [
            (line, end)
            for line in self.components.branches
            if self.is_feeder_line(line)
            for end in dict.fromkeys(ends_of(line))
            if end in self.above
        ]

    @cached_property
    def lines_below(self) -> Mapping[NodeId, int]:
        """How many lines leave at a node or below it."""
        count = dict.fromkeys(self.above, 0)
        for _, end in self._leaving:
            count[end] += 1
        for node in reversed(list(self.above)):
            parent = self.parent(node)
            if parent is not None:
                count[parent] += count[node]
        return count

    @cached_property
    def bays(self) -> Sequence[Bay]:
        """In the order of the lines."""
        return [Bay(line.id, end, self._head(end), self._first(end)) for line, end in self._leaving]

    def _first(self, end: NodeId) -> SwitchId | None:
        """The switch next to the line, if the line alone hangs on it."""
        edge = self.above[end]
        return edge.id if isinstance(edge, Switch) and self.lines_below[end] == 1 else None

    def _head(self, end: NodeId) -> SwitchId | None:
        """The nearest breaker towards the source that belongs to the line, or to its feeder."""
        likely: SwitchId | None = None
        for node, switch in self._switches_above(end):
            if switch.feeder is not None:
                return switch.id
            if switch.kind is SwitchKind.BREAKER and self._is_of_a_feeder(node):
                return switch.id
            if likely is None and switch.id in self.unstated and self._is_of_a_feeder(node):
                likely = switch.id
        return likely

    def _switches_above(self, end: NodeId) -> Iterator[tuple[NodeId, Switch]]:
        """(node, switch that feeds it), from a line end up to a transformer or source."""
        node: NodeId | None = end
        while node is not None and isinstance(edge := self.above[node], Switch):
            yield node, edge
            node = self.parent(node)

    def _is_of_a_feeder(self, node: NodeId) -> bool:
        """Whether the switch that feeds `node` is a feeder's and not the incomer of a busbar.

        A feeder's switch has one line below it, or stands beside others: some line leaves the
        busbar past it. The only switch below a transformer is an incomer.
        """
        if self.lines_below[node] == 1:
            return True
        fed: NodeId | None = node
        while fed is not None and isinstance(self.above[fed], Switch):
            fed = self.parent(fed)
            if fed is not None and self.lines_below[fed] > self.lines_below[node]:
                return True
        return fed is not None and self.above[fed] is None and not self._has_transformer(fed)

    def _has_transformer(self, node: NodeId) -> bool:
        return any(isinstance(edge, Transformer) for edge in self._edges_at[node])
