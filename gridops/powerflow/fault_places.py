"""Distance to fault: where behind a device a fault gives the current that the device measured."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gridops.ids import BranchId, SectionId, SwitchId
from gridops.network import Indices, Values
from gridops.powerflow.short_circuit_kernel import EDGE, PARENT, R, X, between
from gridops.powerflow.short_circuit_radial import FaultTree, RadialCurrents


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSpan:
    """A part of a line, as fractions of its length from its `from_node`, ascending."""

    branch: BranchId
    section: SectionId
    fraction_from: float
    fraction_to: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlaces:
    """Where a fault may lie. `section_current_a` has, for each section behind the device, the
    least and the highest current through the device that a metallic fault in it can give."""

    spans: tuple[FaultSpan, ...]
    section_current_a: Mapping[SectionId, tuple[float, float]]

    def sections(self, current_a: float, *, tolerance: float) -> frozenset[SectionId]:
        """Those where a fault can give `current_a` within the relative `tolerance`.

        Wider than the spans: it spans transformers too, which no span lies in.
        """
        low, high = current_a * (1.0 - tolerance), current_a * (1.0 + tolerance)
        listed = self.section_current_a.items()
        return frozenset(s for s, (least, most) in listed if least <= high and most >= low)


def fault_places(
    currents: RadialCurrents, device: SwitchId, *, current_a: float, tolerance: float
) -> FaultPlaces:
    """All places behind `device` where a fault gives `current_a` (of the phase that carries most)
    through it, within the relative `tolerance` (0 to 1); lines in file order.

    For the kind and the level of `currents`, whose other arguments must be those of the moment
    before the fault. Radial states only. Faults are metallic: with resistance in the fault the
    true place is nearer to the source than what is found. Places inside transformers are not
    told, nor faults between the device and the source. Nothing lies behind a device that is open,
    without supply, or in an island that is not radial.

    Raises: KeyError for a switch that the grid does not have.
    """
    tree = currents.tree
    arrays = tree.arrays
    far = int(tree.far_of_switch[arrays.switches.of[device]])
    if far < 0:
        return FaultPlaces(spans=(), section_current_a={})
    place = tree.place
    behind = np.flatnonzero((place >= place[far]) & (place < place[far] + tree.size[far]))
    nodes = behind.astype(np.int32)
    edges = tree.hangs[nodes, EDGE]
    is_line = (edges >= 0) & (edges < tree.lines) & (nodes != far)
    lines = _Lines.of(tree, nodes[is_line], device_at=far)
    return FaultPlaces(
        spans=_spans(lines, tree, current_a=current_a, tolerance=tolerance),
        section_current_a=_by_section(lines, tree, nodes=nodes, device_at=far),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """Lines behind the device: impedance up to the near end and along, R and X in ohm, and what
    drives the current through the device: current_a = device_v / |Z|."""

    branches: Indices
    near: Indices
    near_ohm: Values
    along_ohm: Values
    device_v: Values

    @classmethod
    def of(cls, tree: FaultTree, far_ends: Indices, *, device_at: int) -> "_Lines":
        far_ends = far_ends[np.argsort(tree.hangs[far_ends, EDGE], kind="stable")]
        near, branches = tree.hangs[far_ends, PARENT], tree.hangs[far_ends, EDGE]
        referred = tree.referred(near, np.full_like(near, device_at))
        return cls(
            branches=branches,
            near=near,
            near_ohm=np.ascontiguousarray(tree.z[near][:, [R, X]]),
            along_ohm=np.ascontiguousarray(tree.series[branches][:, [R, X]]),
            device_v=tree.driving_v[near] * referred,
        )


def _spans(
    lines: _Lines, tree: FaultTree, *, current_a: float, tolerance: float
) -> tuple[FaultSpan, ...]:
    arrays = tree.arrays
    least_a, most_a = current_a * (1.0 - tolerance), current_a * (1.0 + tolerance)
    with np.errstate(divide="ignore"):
        z_min = lines.device_v / np.float64(most_a)
        z_max = lines.device_v / np.float64(least_a)
    found = between(lines.near_ohm, lines.along_ohm, z_min, z_max)
    spans: list[FaultSpan] = []
    for row in np.flatnonzero(~np.isnan(found).all(axis=1)).tolist():
        branch = lines.branches[row]
        forward = arrays.branch_nodes[branch, 0] == lines.near[row]
        section = arrays.sections.ids[arrays.branch_section[branch]]
        ends = [pair for pair in found[row].reshape(2, 2).tolist() if pair[0] == pair[0]]
        if not forward:
            ends = [[1.0 - b, 1.0 - a] for a, b in reversed(ends)]
        ident = arrays.branches.ids[branch]
        spans += [
            FaultSpan(branch=ident, section=section, fraction_from=a, fraction_to=b)
            for a, b in ends
        ]
    return tuple(spans)


def _by_section(
    lines: _Lines, tree: FaultTree, *, nodes: Indices, device_at: int
) -> dict[SectionId, tuple[float, float]]:
    """At every node, and where along a line the impedance is least."""
    arrays = tree.arrays
    at_nodes = tree.ik_a[nodes] * tree.referred(nodes, np.full_like(nodes, device_at))
    at_lines = _most_along(lines)
    sections = np.concatenate((arrays.node_section[nodes], arrays.branch_section[lines.branches]))
    least = np.full(len(arrays.sections), np.inf)
    most = np.full(len(arrays.sections), -np.inf)
    np.minimum.at(least, arrays.node_section[nodes], at_nodes)
    np.maximum.at(most, sections, np.concatenate((at_nodes, at_lines)))
    rows = np.unique(arrays.node_section[nodes]).tolist()
    ids = arrays.sections.ids
    return {ids[k]: (float(least[k]), float(most[k])) for k in rows}


def _most_along(lines: _Lines) -> Values:
    """Not at an end where a line's reactance is negative."""
    square = np.sum(lines.along_ohm**2, axis=1)
    half = np.sum(lines.near_ohm * lines.along_ohm, axis=1)
    fraction = np.clip(np.divide(-half, square, out=np.zeros_like(half), where=square > 0), 0, 1)
    z_ohm = lines.near_ohm + fraction[:, np.newaxis] * lines.along_ohm
    with np.errstate(divide="ignore"):
        return np.asarray(lines.device_v / np.hypot(z_ohm[:, R], z_ohm[:, X]))
