"""Feeder heads, protection, and how switches are operated."""

from collections import deque
from collections.abc import Iterator, Mapping, Set

from gridops.ids import FeederId, NodeId
from gridops.network.components import Control, NodeKind, Switch, SwitchKind
from gridops.network.flaws import Gaps, GridFlaw, Place
from gridops.network.topology import Topology

OPERATING_TIME_S_MAX = 4 * 3600.0
OPERATING_TIME_REMOTE_S_MAX = 60.0
TRIP_DELAY_S_MAX = 10.0
RECLOSE_DELAY_S_MAX = 300.0
RECLOSE_SHOTS_MAX = 4
_TRIPS = (SwitchKind.BREAKER, SwitchKind.RECLOSER)


def operations_flaws(topology: Topology, gaps: Gaps) -> Iterator[GridFlaw]:
    components = topology.components
    for index, switch in enumerate(components.switches):
        yield from _protection_flaws(index, switch)
        yield from _reclosing_flaws(index, switch)
        yield from _operation_flaws(index, switch)
    yield from _head_flaws(topology, gaps)
    yield from _loads_without_head(topology)


def _at(index: int, switch: Switch) -> Place:
    return Place("switches", index, (switch.id,))


def _protection_flaws(index: int, switch: Switch) -> Iterator[GridFlaw]:
    if switch.kind in _TRIPS and not switch.protects:
        at = _at(index, switch)
        tell = at.warning if switch.feeder is None else at.error
        yield tell(
            "breaker-without-protection",
            f"{switch.kind} {switch.id} has no pick-up current: it never trips",
            remedy="give pickup_current_a, or make it a load-break switch",
        )
    if switch.protects and switch.kind not in (*_TRIPS, SwitchKind.FUSE):
        yield _at(index, switch).error(
            "protection-cannot-trip",
            f"{switch.kind} {switch.id} has a pick-up current but cannot break a fault",
            remedy="remove pickup_current_a, or mend the kind",
        )
    if switch.pickup_current_a is not None and switch.pickup_current_a <= 0:
        yield _at(index, switch).error(
            "pickup-absurd",
            f"{switch.id} picks up at {switch.pickup_current_a:g} A",
            remedy="leave it empty where there is no protection",
        )
    if not 0 <= switch.trip_delay_s <= TRIP_DELAY_S_MAX:
        yield _at(index, switch).error(
            "trip-delay-absurd",
            f"{switch.id} trips after {switch.trip_delay_s:g} s",
            remedy="seconds, not milliseconds",
        )


def _reclosing_flaws(index: int, switch: Switch) -> Iterator[GridFlaw]:
    delays = switch.reclose_delays_s
    if not delays:
        return
    if switch.kind not in _TRIPS or not switch.protects:
        yield _at(index, switch).error(
            "reclosing-impossible",
            f"{switch.kind} {switch.id} has reclosing shots but does not trip by itself",
            remedy="only breakers and reclosers with protection reclose",
        )
    if len(delays) > RECLOSE_SHOTS_MAX or not all(0 < d <= RECLOSE_DELAY_S_MAX for d in delays):
        yield _at(index, switch).error(
            "reclosing-absurd",
            f"{switch.id} recloses after {', '.join(f'{d:g}' for d in delays)} s",
            remedy=f"at most {RECLOSE_SHOTS_MAX} shots, seconds above 0",
        )


def _operation_flaws(index: int, switch: Switch) -> Iterator[GridFlaw]:
    time_s = switch.operating_time_s
    is_remote = switch.control is Control.REMOTE
    if time_s < 0 or time_s > OPERATING_TIME_S_MAX:
        yield _at(index, switch).error(
            "operating-time-absurd",
            f"{switch.id} takes {time_s:g} s",
            remedy="seconds",
        )
    elif is_remote and time_s > OPERATING_TIME_REMOTE_S_MAX:
        yield _at(index, switch).warning(
            "operating-time-suspect",
            f"{switch.id} takes {time_s:g} s by telecontrol",
            remedy="a remote switch takes seconds; travel is for crews",
        )
    if is_remote and switch.kind is SwitchKind.FUSE:
        yield _at(index, switch).error(
            "fuse-remote",
            f"fuse {switch.id} is said to be remote",
            remedy="a crew replaces fuses: set control to crew or none",
        )


def _head_flaws(topology: Topology, gaps: Gaps) -> Iterator[GridFlaw]:
    components, section = topology.components, topology.section
    heads: dict[FeederId, Switch] = {}
    busbars = _busbar_sections(topology)
    for index, switch in enumerate(components.switches):
        if switch.feeder is None:
            continue
        if switch.feeder in heads:
            yield _at(index, switch).error(
                "duplicate-feeder",
                f"feeder {switch.feeder} already has head {heads[switch.feeder].id}",
                remedy="a feeder has one head breaker",
            )
        heads.setdefault(switch.feeder, switch)
        if switch.kind is not SwitchKind.BREAKER:
            yield _at(index, switch).error(
                "head-not-breaker",
                f"{switch.kind} {switch.id} is the head of feeder {switch.feeder}",
                remedy="the head is the breaker at the busbar",
            )
        ends = switch.node_a, switch.node_b
        if any(gaps.has("nodes", end) for end in ends):
            continue
        if not {section.get(end) for end in ends} & busbars:
            yield _at(index, switch).error(
                "head-not-at-busbar",
                f"head {switch.id} of feeder {switch.feeder} is not next to a busbar",
                remedy="set feeder at the breaker beside the busbar, or mark that node as busbar",
            )


def _busbar_sections(topology: Topology) -> Set[NodeId]:
    """Sections of busbars, and what closed disconnectors join to them.

    Between busbar and breaker of a bay there may stand a busbar disconnector: 471-1 of 471.
    """
    components, section = topology.components, topology.section
    beside: dict[NodeId, list[NodeId]] = {}
    for edge in topology.switches:
        if edge.is_closed and components.switches[edge.row_index].kind is SwitchKind.DISCONNECTOR:
            one, other = section[edge.a], section[edge.b]
            beside.setdefault(one, []).append(other)
            beside.setdefault(other, []).append(one)
    found = {section[n.id] for n in components.nodes if n.kind is NodeKind.BUSBAR}
    queue = deque(found)
    while queue:
        new = [each for each in beside.get(queue.popleft(), ()) if each not in found]
        found.update(new)
        queue.extend(new)
    return found


def _loads_without_head(topology: Topology) -> Iterator[GridFlaw]:
    """The first switch out of a source's section on the way to loads must be a feeder head."""
    components = topology.components
    headless = _headless(topology)
    told: set[int] = set()
    for load in components.loads:
        index = headless.get(load.node)
        if index is None or index in told:
            continue
        told.add(index)
        switch = components.switches[index]
        yield _at(index, switch).error(
            "feeder-head-missing",
            f"load {load.id} is supplied through {switch.id} and no feeder head",
            remedy="name the feeder at the head breaker",
        )


def _headless(topology: Topology) -> Mapping[NodeId, int]:
    """Nodes supplied through switches of which none is a head -> index of the first switch."""
    components, adjacent = topology.components, topology.closed_at
    starts = dict.fromkeys(s.node for s in components.sources if s.node in adjacent)
    first: dict[NodeId, int | None] = dict.fromkeys(starts)
    queue = deque(starts)
    while queue:
        node = queue.popleft()
        for edge in adjacent[node]:
            other = edge.b if node == edge.a else edge.a
            is_switch = edge.table == "switches"
            if other in first or (is_switch and components.switches[edge.row_index].feeder):
                continue
            known = first[node]
            first[other] = edge.row_index if known is None and is_switch else known
            queue.append(other)
    return {node: index for node, index in first.items() if index is not None}
