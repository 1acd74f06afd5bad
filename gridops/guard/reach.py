"""Which protective device guards what, and how far it has to see."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from gridops.guard.case import Case, Stage
from gridops.guard.world import Passes, walk
from gridops.ids import NodeId, SectionId, SwitchId
from gridops.network import AnyBranch, Branch, Network

LOW_VOLTAGE_V = 1_000.0
"""Up to here a nominal voltage is low voltage."""
Guarded = Mapping[NodeId, SwitchId]
"""Node -> the device that has to see a fault there."""
Ways = dict[NodeId, list[tuple[NodeId, complex, SwitchId | None]]]


def newly_fed(case: Case, stage: Stage) -> Guarded:
    """Of every device that guards a part of what this closing brings supply to: the node there
    that is electrically farthest. Nodes that nothing guards are left out, and so is low voltage,
    which fuses of its own protect.

    Empty where the closing brings supply to nothing, or both sides have it.
    """
    without = stage.before.without(stage.move.switch)
    sides = {
        end: walk(case.network, (end,), passes=without.last_passed, beyond_infeeds=False)
        for end in stage.ends
    }
    live = [end for end, reach in sides.items() if reach.infeeds]
    dark = [end for end, reach in sides.items() if not reach.infeeds]
    if not live or not dark:
        return {}
    (feeding,), (taken_on,) = live, dark
    device = case.network.switches[stage.move.switch]
    at_a = case.network.section_of_node[device.node_a] == taken_on
    start = device.node_a if at_a else device.node_b
    guard = device.id if device.protects else None
    if guard is None:
        guard = _guard_of(case.network, feeding, passes=without.last_passed)
    fed = sides[taken_on]
    ways = _ways(case.network, fed.sections.keys(), links=fed.links)
    return _farthest(case.network, ways, start=start, guard=guard)


def guarded_by(
    network: Network, section: SectionId, *, closed: AbstractSet[SwitchId]
) -> SwitchId | None:
    """The nearest protective device on the way from a source to `section`."""
    return _guard_of(network, section, passes=closed.__contains__)


def whole_current(
    network: Network, guarded: Guarded, *, closed: AbstractSet[SwitchId]
) -> Iterator[NodeId]:
    """The nodes whose fault current passes their device entirely and untransformed: all that
    is joined with them has one section with a source and no loop, and no section on the way
    to the device has a transformer."""
    trees: list[Mapping[SectionId, SwitchId | None]] = []
    for node, device in guarded.items():
        at = network.section_of_node[node]
        tree = next((tree for tree in trees if at in tree), None)
        if tree is None:
            tree = _rooted(network, at, closed=closed)
            trees.append(tree)
        while (switch := tree[at]) is not None and _has_lines_only(network, at):
            if switch == device:
                yield node
                break
            at = network.across(switch, at)


def _rooted(
    network: Network, section: SectionId, *, closed: AbstractSet[SwitchId]
) -> Mapping[SectionId, SwitchId | None]:
    """What is joined with `section`, each with the switch on its side of the source; without
    any switch where two sections have sources, or there is a loop."""
    reach = walk(network, (section,), passes=closed.__contains__)
    if len(reach.infeeds) != 1 or reach.has_loop:
        return dict.fromkeys(reach.sections)
    return walk(network, reach.infeeds, passes=closed.__contains__).sections


def _has_lines_only(network: Network, section: SectionId) -> bool:
    branches = network.sections[section].branches
    return all(isinstance(network.branches[b], Branch) for b in branches)


def _guard_of(network: Network, section: SectionId, *, passes: Passes) -> SwitchId | None:
    reach = walk(network, (section,), passes=passes, beyond_infeeds=False)
    at = next(iter(reach.infeeds), section)
    nearest = None
    while (switch := reach.sections[at]) is not None:
        if network.switches[switch].protects:
            nearest = switch
        at = network.across(switch, at)
    return nearest


def _farthest(
    network: Network, ways: Ways, *, start: NodeId, guard: SwitchId | None
) -> dict[NodeId, SwitchId]:
    """Walks a tree outwards, adding impedances in ohm from its start on."""
    z_ohm: dict[NodeId, complex] = {start: 0j}
    guards = {start: guard}
    worst: dict[SwitchId, NodeId] = {}
    queue = [start]
    for node in queue:  # grows while it is walked
        own = guards[node]
        seen = network.nodes[node].voltage_v_nominal > LOW_VOLTAGE_V
        if own is not None and seen and abs(z_ohm[node]) >= abs(z_ohm[worst.get(own, start)]):
            worst[own] = node
        for other, z, switch in ways.get(node, ()):
            if other not in z_ohm:
                z_ohm[other] = z_ohm[node] + z
                protects = switch is not None and network.switches[switch].protects
                guards[other] = switch if protects else own
                queue.append(other)
    return {node: device for device, node in worst.items()}


def _ways(
    network: Network, sections: AbstractSet[SectionId], *, links: AbstractSet[SwitchId]
) -> Ways:
    """Of each node: its neighbours over branches and closed switches, and what lies between."""
    found: Ways = {}
    edges: list[tuple[NodeId, NodeId, complex, SwitchId | None]] = []
    for section in sections:
        for ident in network.sections[section].branches:
            branch = network.branches[ident]
            edges.append((branch.from_node, branch.to_node, _z_ohm(branch), None))
    devices = (network.switches[s] for s in sorted(links))
    edges += [(device.node_a, device.node_b, 0j, device.id) for device in devices]
    for one, other, z, switch in edges:
        found.setdefault(one, []).append((other, z, switch))
        found.setdefault(other, []).append((one, z, switch))
    return found


def _z_ohm(branch: AnyBranch) -> complex:
    """Of a transformer, at its low side: enough to compare nodes that lie behind it."""
    if isinstance(branch, Branch):
        return complex(branch.r_ohm, branch.x_ohm)
    base_ohm = branch.voltage_v_to**2 / branch.power_va_rated
    return complex(0.0, branch.short_circuit_voltage_pu * base_ohm)
