"""LinDistFlow as planners use it: balanced, without losses, every load of constant power.

M. E. Baran, F. F. Wu, "Optimal capacitor placement on radial distribution systems", IEEE
Transactions on Power Delivery 4(1), 1989: v_j = v_i - 2 (r P + x Q), v the square of the voltage.
"""

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from gridops.network import Branch, Network, Transformer
from gridops.powerflow.branch_models import tap_factor

Edge = tuple[str, float, float, float]
"""Far node, r and x in pu, ratio of the far voltage to the near one without load."""


def lindistflow_pu(network: Network, closed: AbstractSet[str]) -> Mapping[str, float]:
    """Node -> voltage of everything that hangs on the one source, a tree."""
    edges = _edges(network, closed)
    (source,) = network.sources.values()
    order: list[tuple[str, str, Edge]] = []
    seen, queue = {str(source.node)}, [str(source.node)]
    for node in queue:  # grows while it is walked
        for edge in edges.get(node, ()):
            if edge[0] not in seen:
                seen.add(edge[0])
                queue.append(edge[0])
                order.append((node, edge[0], edge))
    drawn = dict.fromkeys(seen, 0j)
    for load in (*network.loads.values(), *network.components.shunts):
        if load.node in drawn:
            drawn[load.node] += complex(load.p_w, load.q_var)
    for near, far, _ in reversed(order):
        drawn[near] += drawn[far]
    square = {str(source.node): source.voltage_pu**2}
    for near, far, (_, r, x, ratio) in order:
        drop = 2 * (r * drawn[far].real + x * drawn[far].imag)
        square[far] = (square[near] - drop) * ratio**2
    return {node: math.sqrt(value) for node, value in square.items()}


def _edges(network: Network, closed: AbstractSet[str]) -> Mapping[str, Sequence[Edge]]:
    volts = {node.id: node.voltage_v_nominal for node in network.nodes.values()}
    found: dict[str, list[Edge]] = {}

    def join(one: str, other: str, z: complex, ratio: float = 1.0) -> None:
        found.setdefault(one, []).append((other, z.real, z.imag, ratio))
        found.setdefault(other, []).append((one, z.real, z.imag, 1 / ratio))

    for branch in network.branches.values():
        base = volts[branch.from_node] ** 2
        if isinstance(branch, Branch):
            join(branch.from_node, branch.to_node, complex(branch.r_ohm, branch.x_ohm) / base)
        else:
            join(branch.from_node, branch.to_node, *_transformer(branch, volts))
    for switch in network.switches.values():
        if switch.id in closed:
            join(switch.node_a, switch.node_b, 0j)
    return found


def _transformer(unit: Transformer, volts: Mapping[str, float]) -> tuple[complex, float]:
    rated_from = unit.voltage_v_from * tap_factor(unit)
    ratio = unit.voltage_v_to / rated_from * volts[unit.from_node] / volts[unit.to_node]
    r = unit.copper_loss_w / unit.power_va_rated
    x = math.sqrt(unit.short_circuit_voltage_pu**2 - r**2)
    return complex(r, x) / unit.power_va_rated, ratio
