"""Whether protection sees its zone to the end, and trips in the right order.

The least fault current is that of a two-phase fault without fault resistance at the minimum level
of IEC 60909 (`gridops.powerflow.short_circuit` has the conventions), with lines as cold as stated.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gridops.ids import NodeId, SwitchId
from gridops.network import Switch, SwitchKind
from gridops.network.flaws import GridFlaw, Place
from gridops.powerflow import FaultCurrents
from gridops.powerflow.short_circuit import LOW_VOLTAGE_V
from gridops.study.review_tree import SupplyTree

REACH_MARGIN = 1.5
"""What the least fault current should be at least, in pick-ups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The far end of what one device protects: where its fault current is least."""

    switch: Switch
    node: NodeId
    current_a: float
    """Through the device, in the phase that carries most."""

    @property
    def in_pickups(self) -> float:
        return self.current_a / (self.switch.pickup_current_a or math.inf)


def guards(tree: SupplyTree) -> Mapping[NodeId, SwitchId | None]:
    """Node -> the device that has to see a fault there; None above the first one.

    A zone ends at the next protecting device, fuses included, and where a transformer steps
    down to low voltage: what is behind has protection of its own, which grids do not state.
    """
    nodes = tree.network.nodes
    found: dict[NodeId, SwitchId | None] = {}
    for node in tree.order:
        if node not in tree.above:
            found[node] = None
            continue
        near, switch = tree.near(node), tree.switch_above(node)
        was_high = nodes[near].voltage_v_nominal > LOW_VOLTAGE_V
        if was_high and nodes[node].voltage_v_nominal <= LOW_VOLTAGE_V:
            found[node] = None
        elif switch is not None and switch.protects:
            found[node] = switch.id
        else:
            found[node] = found[near]
    return found


def reaches(
    tree: SupplyTree, guard_of: Mapping[NodeId, SwitchId | None], *, faults: FaultCurrents
) -> list[Reach]:
    """One per protecting device that anything hangs on, in the order of supply.

    `faults` are those at every node in the normal state.
    """
    switches = tree.network.switches
    guarded = {node: guard for node in tree.order if (guard := guard_of[node]) is not None}
    least: dict[SwitchId, tuple[float, NodeId]] = {}
    for node, current_a in faults.seen_a(guarded).items():
        guard = guarded[node]
        if guard not in least or current_a < least[guard][0]:
            least[guard] = current_a, node
    return [
        Reach(switch=switches[guard], node=node, current_a=current_a)
        for guard, (current_a, node) in least.items()
    ]


def reach_flaws(found: list[Reach], places: Mapping[SwitchId, Place]) -> Iterator[GridFlaw]:
    for reach in found:
        switch, at = reach.switch, places[reach.switch.id]
        what = (
            f"a two-phase fault at {reach.node}, the far end of what {switch.kind} {switch.id} "
            f"protects, draws {reach.current_a:.0f} A, pick-up is {switch.pickup_current_a:g} A"
        )
        at = Place(at.table, at.index, (switch.id, reach.node))
        if reach.in_pickups < 1:
            remedy = "lower the pick-up, or put protection on the way"
            yield at.warning("protection-blind", what, remedy=remedy)
        elif reach.in_pickups < REACH_MARGIN:
            remedy = f"usual are {REACH_MARGIN:g} pick-ups: arcs and loads take their part"
            yield at.note("protection-margin-low", what, remedy=remedy)


def grading_flaws(
    tree: SupplyTree,
    guard_of: Mapping[NodeId, SwitchId | None],
    *,
    places: Mapping[SwitchId, Place],
) -> Iterator[GridFlaw]:
    """Of two devices in a row the lower one has to trip first. Fuses have curves: left out."""
    for node in tree.order:
        lower = tree.switch_above(node)
        if lower is None or not lower.protects or lower.kind is SwitchKind.FUSE:
            continue
        above = guard_of[tree.near(node)]
        if above is None or tree.network.switches[above].kind is SwitchKind.FUSE:
            continue
        upper = tree.network.switches[above]
        at = Place("switches", places[lower.id].index, (lower.id, upper.id))
        if upper.trip_delay_s <= lower.trip_delay_s:
            yield at.warning(
                "grading-inverted",
                f"{upper.id} trips after {upper.trip_delay_s:g} s, {lower.id} below it "
                f"after {lower.trip_delay_s:g} s: a fault behind {lower.id} trips both",
                remedy="let the upper device wait longer (0.2 to 0.4 s more is usual)",
            )
        levels_v = {tree.network.nodes[s.node_a].voltage_v_nominal for s in (upper, lower)}
        is_lower = (upper.pickup_current_a or 0.0) < (lower.pickup_current_a or 0.0)
        if is_lower and len(levels_v) == 1:
            yield at.warning(
                "grading-pickup",
                f"{upper.id} picks up at {upper.pickup_current_a:g} A, {lower.id} below it only "
                f"at {lower.pickup_current_a:g} A: weak faults trip the upper one alone",
                remedy="set the upper pick-up above the lower one",
            )
