"""Where a state is tightest, for the operator to see beside each step."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from gridops.ids import BranchId, FeederId, SectionId, SourceId
from gridops.network import Limits, Numbering, SwitchSet
from gridops.powerflow import ByNumber, FlowResult
from gridops.powerflow.protocol import LIMIT_TOLERANCE
from gridops.restoration.plan import StepCheck
from gridops.restoration.schedule import Move
from gridops.restoration.situation import Situation
from gridops.state import Energisation, energise
from gridops.state.trace_kernel import FEEDER, SECTION

K = TypeVar("K", bound=str)


class Solves(Protocol):
    def flow(self, closed: SwitchSet, around: frozenset[SectionId]) -> FlowResult:
        """The islands around these sections, once `closed` are the closed switches."""
        ...


def check_of(situation: Situation, move: Move, *, judge: Solves) -> StepCheck:
    """The lowest voltage and the highest loading on the feeder that the step concerns, and
    the one of the two that is nearer to its limit."""
    network = situation.network
    ends = network.section_ends[move.switch]
    flow = judge.flow(move.closed, frozenset(ends))
    live = energise(network, move.closed, dead_sources=situation.snapshot.dead_sources)
    feeders = {(live.source_of[end], live.feeder_of[end]) for end in ends if live.is_supplied(end)}
    # A step at the head has the busbar, which belongs to no feeder, at its other end.
    named = {key for key in feeders if key[1] is not None} or feeders

    here = _sections(live, named)
    at_node, at_branch = network.arrays.node_section, network.arrays.branch_section
    lowest = _first(network.arrays.nodes, flow.voltage_pu, among=here[at_node], sign=1.0)
    highest = _first(network.arrays.branches, flow.loading_pct, among=here[at_branch], sign=-1.0)
    return StepCheck(
        voltage_pu_min=None if lowest is None else round(lowest[1], 6),
        loading_pct_max=None if highest is None else round(highest[1], 4),
        limiting=_limiting(situation.limits, lowest, highest=highest),
        emergency=_in_emergency(situation, flow),
    )


def _in_emergency(situation: Situation, flow: FlowResult) -> tuple[BranchId, ...]:
    """All over the islands: sibling feeders and transformers carry the load as well."""
    most = situation.limits.loading_pct_max
    if most is None or situation.limits.emergency_s is None:
        return ()
    over = (b for b, value in flow.loading_pct.items() if value > most * (1 + LIMIT_TOLERANCE))
    return tuple(over)


def _sections(
    live: Energisation, named: AbstractSet[tuple[SourceId, FeederId | None]]
) -> NDArray[np.bool_]:
    """By section: whether one of these feeders of these sources supplies it."""
    arrays, traced = live.network.arrays, live.by_number
    here = np.zeros(len(arrays.sections), np.bool_)
    for source, feeder in named:
        tree, rows = traced.tree_of(arrays.sources.of[source])
        number = -1 if feeder is None else arrays.feeders.of[feeder]
        here[tree.cells[SECTION, rows][tree.cells[FEEDER, rows] == number]] = True
    return here


def _first(
    kind: Numbering[K], values: Mapping[K, float], *, among: NDArray[np.bool_], sign: float
) -> tuple[str, float] | None:
    """The smallest of `sign` x value of those `among`, by id among equals."""
    if isinstance(values, ByNumber) and values.kind is kind:
        numbers, found = values.numbers, values.values_of
    else:
        numbers = kind.numbers(values)
        found = np.fromiter(values.values(), np.float64, len(values))
    asked = among[numbers]
    numbers, found = numbers[asked], found[asked]
    if not len(found):
        return None
    least = np.min(sign * found)
    element = min(kind.ids[k] for k in numbers[sign * found == least].tolist())
    return element, float(sign * least)


def _limiting(
    limits: Limits, lowest: tuple[str, float] | None, *, highest: tuple[str, float] | None
) -> str | None:
    """By the share of its room that each has used up; the voltage's room is down from 1 pu."""
    used: list[tuple[float, str]] = []
    if lowest is not None and limits.voltage_pu_min is not None:
        room = max(1.0 - limits.voltage_pu_min, 1e-9)
        used.append(((1.0 - lowest[1]) / room, lowest[0]))
    if highest is not None and limits.loading_pct_max is not None:
        used.append((highest[1] / limits.loading_pct_max, highest[0]))
    return max(used)[1] if used else None
