"""Reads voltages and currents of every node, branch and switch out of solved trees."""

from typing import NamedTuple

import numpy as np

from gridops.compiled import compiled, inlined
from gridops.network import Indices, Values
from gridops.powerflow.radial_kernel import (
    BUS,
    PARENT,
    SCALE,
    SEGMENT,
    L,
    P,
    Q,
    Room,
    W,
    Wiring,
    stub_admittance,
)

NODE, BRANCH, SWITCH = range(3)
"""Rows of `Findings.numbers` and `.filled`."""
VOLTAGE, CURRENT, POWER, SWITCH_CURRENT = range(4)
"""Rows of `Findings.values`: voltage of a node in per unit; the larger end current of a branch
in A and its larger apparent power in per unit; current through a switch in A."""


class Inside(NamedTuple):
    """What segments are made of; see `Segments`."""

    node_of_bus: Indices
    bus_of_node: Indices
    branch_nodes: Indices
    switches: Indices
    members: Indices
    member_pi: Values
    """Shape (members, 6): r, x, g and b at the a-end, g and b at the b-end."""
    share: Values
    """Shape (members, 2): real and imaginary part."""
    starts: Indices
    branches: Indices
    backwards: Indices
    ends: Indices
    models: Values
    """Shape (branches, 4): r, x, and g, b at either end."""
    base_a: Values
    """By node: 1 per unit of current."""


class Findings(NamedTuple):
    """Filled by `report`: row k of `numbers` holds `filled[k]` element numbers, and `values`
    what was found of them."""

    numbers: Indices
    values: Values
    filled: Indices


class Way(NamedTuple):
    """How a segment is walked: power that enters it at the near end, W there (scaled), and the
    squares of the ratios at both ends and inside."""

    p: float
    q: float
    w: float
    near_scale: float
    far_scale: float
    inner_scale: float


@compiled
def report(
    begin: int,
    end: int,
    wiring: Wiring,
    inside: Inside,
    room: Room,
    findings: Findings,
) -> None:
    """Adds all that the positions `begin` to `end` energise to `findings`."""
    places, values, closed = room.places, room.values, wiring.closed
    for here in range(begin, end):
        bus = places[BUS, here]
        scale, w = values[SCALE, here], values[W, here]
        keep_node(inside.node_of_bus[bus], np.sqrt(w * scale), findings)
        came_by = places[SEGMENT, here] >> 1
        if came_by >= 0:
            report_segment(here, wiring, inside, room, findings)
        for k in range(wiring.first[bus], wiring.first[bus + 1]):
            near, far = wiring.entries[k, 2], wiring.entries[k, 3]
            segment, side = wiring.entries[k, 0] >> 1, wiring.entries[k, 0] & 1
            is_stub = far >= 0 and not closed[far] and (near < 0 or closed[near])
            if is_stub and segment != came_by:
                row = wiring.pi[segment]
                g, b = stub_admittance(row, side)
                inner = scale if side else scale / row[6]
                far_scale = scale * row[6] if side else inner
                way = Way(g * inner * w, -b * inner * w, w, scale, far_scale, inner)
                report_stub(segment, side, way, inside, findings)
                report_switch(near, way, inside.node_of_bus[bus], inside, findings)


@inlined
def report_segment(
    here: int, wiring: Wiring, inside: Inside, room: Room, findings: Findings
) -> None:
    """The segment from the parent, and the switches at its ends."""
    places, values = room.places, room.values
    above = places[PARENT, here]
    segment, side = places[SEGMENT, here] >> 1, places[SEGMENT, here] & 1
    row = wiring.pi[segment]
    near_scale, far_scale = values[SCALE, above], values[SCALE, here]
    inner = near_scale if side else far_scale
    near_y, far_y = (4, 2) if side else (2, 4)
    near_w, far_w = values[W, above], values[W, here]
    series_p, series_q, square = values[P, here], values[Q, here], values[L, here]
    p = series_p + row[0] / inner * square + row[near_y] * inner * near_w
    q = series_q + row[1] / inner * square - row[near_y + 1] * inner * near_w
    way = Way(p, q, near_w, near_scale, far_scale, inner)
    near_node = inside.node_of_bus[places[BUS, above]]
    report_switch(inside.switches[segment, side], way, near_node, inside, findings)
    p = series_p - row[far_y] * inner * far_w
    q = series_q + row[far_y + 1] * inner * far_w
    last = Way(p, q, far_w, far_scale, near_scale, inner)
    far_node = inside.node_of_bus[places[BUS, here]]
    report_switch(inside.switches[segment, 1 - side], last, far_node, inside, findings)
    for member in range(inside.members[segment], inside.members[segment + 1]):
        re, im = inside.share[member, 0], inside.share[member, 1]
        pi = inside.member_pi[member]
        part = square * (re * re + im * im)
        p = series_p * re + series_q * im + pi[0] / inner * part + pi[near_y] * inner * near_w
        q = series_q * re - series_p * im + pi[1] / inner * part - pi[near_y + 1] * inner * near_w
        walk(member, side, Way(p, q, near_w, near_scale, far_scale, inner), inside, findings)


@inlined
def report_stub(segment: int, side: int, way: Way, inside: Inside, findings: Findings) -> None:
    """A segment that is open at its far end, which has one member or none."""
    for member in range(inside.members[segment], inside.members[segment + 1]):
        walk(member, side, way, inside, findings)


@inlined
def walk(member: int, side: int, way: Way, inside: Inside, findings: Findings) -> None:
    """From the near end to the far one, branch by branch."""
    begin, end = inside.starts[member], inside.starts[member + 1]
    p, q, w = way.p, way.q, way.w
    node = inside.ends[member, side]
    inner = way.inner_scale
    keep_inner_node(node, w * way.near_scale, inside, findings)
    for step in range(end - begin):
        k = end - 1 - step if side else begin + step
        branch = inside.branches[k]
        model = inside.models[branch]
        r, x, g, b = model[0] / inner, model[1] / inner, model[2] * inner, model[3] * inner
        near_power = np.sqrt(p * p + q * q)
        near_scale = way.near_scale if step == 0 else inner
        near_a = near_power / np.sqrt(w * near_scale) * inside.base_a[node]
        p, q = p - g * w, q + b * w
        square = (p * p + q * q) / w
        w = w - 2.0 * (r * p + x * q) + (r * r + x * x) * square
        p, q = p - r * square - g * w, q - x * square + b * w
        node = inside.branch_nodes[branch, 1 - (inside.backwards[k] ^ side)]
        far_power = np.sqrt(p * p + q * q)
        far_scale = way.far_scale if step == end - begin - 1 else inner
        far_a = far_power / np.sqrt(w * far_scale) * inside.base_a[node]
        row = findings.filled[BRANCH]
        findings.numbers[BRANCH, row] = branch
        findings.values[CURRENT, row] = max(near_a, far_a)
        findings.values[POWER, row] = max(near_power, far_power)
        findings.filled[BRANCH] = row + 1
        keep_inner_node(node, w * far_scale, inside, findings)


@inlined
def keep_inner_node(node: int, true_w: float, inside: Inside, findings: Findings) -> None:
    """Buses are kept elsewhere."""
    if inside.bus_of_node[node] < 0:
        keep_node(node, np.sqrt(true_w), findings)


@inlined
def keep_node(node: int, voltage_pu: float, findings: Findings) -> None:
    """Adds one voltage."""
    row = findings.filled[NODE]
    findings.numbers[NODE, row] = node
    findings.values[VOLTAGE, row] = voltage_pu
    findings.filled[NODE] = row + 1


@inlined
def report_switch(switch: int, way: Way, node: int, inside: Inside, findings: Findings) -> None:
    """The current at the end of the segment where the switch is."""
    if switch < 0:
        return
    row = findings.filled[SWITCH]
    findings.numbers[SWITCH, row] = switch
    size = np.sqrt((way.p * way.p + way.q * way.q) / (way.w * way.near_scale))
    findings.values[SWITCH_CURRENT, row] = size * inside.base_a[node]
    findings.filled[SWITCH] = row + 1
