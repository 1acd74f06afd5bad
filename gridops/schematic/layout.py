"""The layout of a whole network."""

from collections.abc import Mapping

from gridops.ids import BranchId, NodeId, SwitchId
from gridops.network import Network
from gridops.schematic.crossings import crossings
from gridops.schematic.graph import graph_of
from gridops.schematic.keeping import fitted
from gridops.schematic.packing import pack
from gridops.schematic.shapes import Layout, Point
from gridops.schematic.siblings import siblings
from gridops.schematic.stations import placed
from gridops.schematic.tree import tree_of
from gridops.schematic.wiring import Wiring


def layout(network: Network, before: Mapping[NodeId, Point] | None = None) -> Layout:
    """A one-line diagram of the normal state.

    Stations stand beside each other, their feeders hang down from the busbar as parallel
    lanes, ties run in what is left free. Guarantees: the same grid gives the same layout,
    whatever the order of its rows; no two nodes share a place; every wire is horizontal or
    vertical throughout, runs over no foreign node and along no foreign wire; the wires of the
    tree cross none of the tree. Where a node stands as seen from the top of its feeder depends
    on that feeder alone.

    `before` are the places of an earlier layout: nodes keep them, new nodes are fitted in
    between, so that people find again what they know. All of the above holds then too, but
    that wires of the tree may cross, and a new node may stand between two rows or lanes.
    """
    graph = graph_of(network)
    tree = tree_of(graph)
    places = placed(graph, tree, packed=pack(graph, tree), order=siblings(graph, tree))
    if before:
        places = fitted(graph, tree, fresh=places, before=before)
    wiring = Wiring(graph, tree, places=places)
    bars = {graph.nodes[node]: bar for node, bar in wiring.bars.items()}
    edges = graph.edges
    lines = [wiring.wires[k].points for k in range(len(edges))]
    lines += [(bar.left, bar.right) for bar in bars.values()]
    return Layout(
        places=dict(zip(graph.nodes, places, strict=True)),
        branches={BranchId(e.id): wiring.wires[k] for k, e in enumerate(edges) if not e.is_switch},
        switches={SwitchId(e.id): wiring.wires[k] for k, e in enumerate(edges) if e.is_switch},
        bars=bars,
        crossings=crossings(lines),
    )
