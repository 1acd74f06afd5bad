"""Make before break on the way out: supplied load goes to another feeder of its own busbar, and
nobody is interrupted."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from gridops.ids import NodeId, SectionId, SwitchId
from gridops.network import Network, Transformer
from gridops.restoration.schedule import Move
from gridops.restoration.scope import Ground
from gridops.state import Energisation

CLOCK_HOURS = 12


def may_close_ring(ground: Ground, live: Energisation, *, switch: SwitchId) -> bool:
    """Whether `switch` may join two supplied sections until the next movement.

    The grid declares it for this, the settings allow it, both sides hang on one section with a
    source, no transformer between turns one against the other, and no ring is closed already.
    What is asked of the limits is asked elsewhere.
    """
    network = ground.network
    if not (ground.situation.settings.closed_transition and network.switches[switch].closes_ring):
        return False
    ends = network.section_ends[switch]
    if not all(live.is_supplied(end) for end in ends) or len(live.loops) > len(ground.live.loops):
        return False
    busbars = {network.section_of_node[network.sources[live.source_of[end]].node] for end in ends}
    return len(busbars) == 1 and _are_in_step(network, live, switch=switch)


def opens_ring(ground: Ground, live: Energisation) -> bool:
    """Whether no ring is left in `live` that was none at the start."""
    return len(live.loops) <= len(ground.live.loops)


def ring_closings(moves: Sequence[Move]) -> list[Move]:
    """The closings of a course that make a ring, which the movement after each opens."""
    return [move for move, opens in pairwise(moves) if opens.handed_over]


def around_ring(
    network: Network, closed: Iterable[SwitchId], *, switch: SwitchId
) -> list[SectionId]:
    """What hangs on both ends of `switch`, a busbar with a source and beyond left out."""
    conducts = set(closed)
    found = dict.fromkeys(network.section_ends[switch])
    waiting = list(found)
    for section in waiting:  # grows while it is walked
        if network.sections[section].sources:
            continue
        near = [s for s in network.sections[section].switches if s in conducts]
        new = [o for s in near if (o := network.across(s, section)) not in found]
        found.update(dict.fromkeys(new))
        waiting += dict.fromkeys(new)
    return [section for section in found if not network.sections[section].sources]


def _are_in_step(network: Network, live: Energisation, *, switch: SwitchId) -> bool:
    """Whether the transformers on the two ways turn both sides by as many clock hours."""
    device = network.switches[switch]
    on_way = [s for end in network.section_ends[switch] for s in live.path(end)]
    sections = {section for s in (*on_way, switch) for section in network.section_ends[s]}
    turns = _turns(network, sorted(sections), switches=on_way)
    hours = {device.node_a: 0}
    queue = [device.node_a]
    for node in queue:  # grows while it is walked
        for other, turn in turns.get(node, ()):
            if other not in hours:
                hours[other] = (hours[node] + turn) % CLOCK_HOURS
                queue.append(other)
    return hours.get(device.node_b, 0) == 0


def _turns(
    network: Network, sections: Iterable[SectionId], *, switches: Sequence[SwitchId]
) -> dict[NodeId, list[tuple[NodeId, int]]]:
    found: dict[NodeId, list[tuple[NodeId, int]]] = {}
    edges = [
        (branch.from_node, branch.to_node, branch.clock if isinstance(branch, Transformer) else 0)
        for section in sections
        for branch in (network.branches[b] for b in network.sections[section].branches)
    ]
    devices = [network.switches[s] for s in switches]
    edges += [(device.node_a, device.node_b, 0) for device in devices]
    for one, other, turn in edges:
        found.setdefault(one, []).append((other, turn))
        found.setdefault(other, []).append((one, -turn))
    return found
