"""What a tie that does not exist could bring back at most."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from gridops.ids import NodeId, SectionId
from gridops.network import Network, Values
from gridops.restoration.course import moved
from gridops.restoration.outlook import Help, HelpKind
from gridops.restoration.plan import Plan
from gridops.restoration.situation import Situation
from gridops.state import energise

TIES_MAX = 3
"""Dark groups that are looked at, those with most customers first."""
EARTH_RADIUS_M = 6_371_000.0
NO_TIE_HELPS = frozenset({"forbidden", "tag", "unknown-position", "no-fence"})
"""What keeps a section dark whatever it is joined to."""


def tie_helps(situation: Situation, plan: Plan) -> tuple[Help, ...]:
    """For each dark group that a new tie could feed: its customers, from the end of the plan
    on. A bound: whether a supplied section can carry them, and what the tie would cost, is not
    looked into. The group is healthy and outside the fence, joined by closed switches; the tie
    comes from what the outage left alone.
    """
    network = situation.network
    cannot = {u.section for u in plan.unserved if u.because in NO_TIE_HELPS}
    # A dead end lies within the fence for want of a tie, and nothing else.
    given_up = {s for s in plan.suspected if s not in _without_tie(plan)}
    dark = [u.section for u in plan.unserved if u.section not in given_up | cannot]
    closed = network.switch_set(situation.snapshot.closed)
    for step in plan.steps:
        closed = moved(closed, step)
    live = energise(network, closed, dead_sources=situation.snapshot.dead_sources)
    touched = situation.forbidden | situation.dark | plan.dropped
    supplied = [s for s in live.order if s not in touched]
    groups = _groups(network, [s for s in dark if not live.is_supplied(s)], closed=closed)
    groups.sort(key=lambda group: -_customers(network, group))
    return tuple(
        _help(situation, group, supplied=supplied)
        for group in groups[:TIES_MAX]
        if _customers(network, group) > 0
    )


def _without_tie(plan: Plan) -> set[SectionId]:
    return {u.section for u in plan.unserved if u.because == "no-tie"}


def _help(
    situation: Situation, group: Sequence[SectionId], *, supplied: Sequence[SectionId]
) -> Help:
    network = situation.network
    customers = _customers(network, group)
    near = _nearest(network, group, supplied=supplied)
    busiest = max(group, key=lambda s: network.sections[s].customers)
    return Help(
        kind=HelpKind.TIE,
        element=busiest if near is None else near[0],
        sections=tuple(s for s in network.sections if s in set(group)),
        customers_more=customers,
        minutes_less=round(customers * situation.settings.repair_s / 60.0, 6),
        at_most=True,
        to=None if near is None else near[1],
        distance_m=None if near is None else near[2],
    )


def _customers(network: Network, group: Iterable[SectionId]) -> int:
    return sum(network.sections[s].customers for s in group)


def _groups(
    network: Network, dark: Sequence[SectionId], *, closed: Iterable[str]
) -> list[list[SectionId]]:
    """Joined by closed switches, in grid order."""
    inside, conducting = set(dark), set(closed)
    groups: list[list[SectionId]] = []
    taken: set[SectionId] = set()
    for first in dark:
        if first in taken:
            continue
        taken.add(first)
        group = [first]
        for section in group:  # grows while it is walked
            joints = (s for s in network.sections[section].switches if s in conducting)
            across = dict.fromkeys(network.across(s, section) for s in joints)
            new = [other for other in across if other in inside and other not in taken]
            taken.update(new)
            group.extend(new)
        groups.append(group)
    return groups


def _nearest(
    network: Network, group: Sequence[SectionId], *, supplied: Sequence[SectionId]
) -> tuple[SectionId, SectionId, float] | None:
    """The dark and the supplied section with the least distance between two of their nodes, of
    one nominal voltage; None without coordinates."""
    here, there = _placed(network, group), _placed(network, supplied)
    best: tuple[float, NodeId, NodeId] | None = None
    for voltage_v in dict.fromkeys(network.nodes[n].voltage_v_nominal for n in here):
        near = [n for n in here if network.nodes[n].voltage_v_nominal == voltage_v]
        far = [n for n in there if network.nodes[n].voltage_v_nominal == voltage_v]
        if not far:
            continue
        places = _places(network, far)
        for node in near:
            apart = _distances_m(_places(network, [node])[0], places)
            k = int(np.argmin(apart))
            if best is None or float(apart[k]) < best[0]:
                best = float(apart[k]), node, far[k]
    if best is None:
        return None
    at = network.section_of_node
    return at[best[1]], at[best[2]], round(best[0], 1)


def _placed(network: Network, sections: Iterable[SectionId]) -> list[NodeId]:
    nodes = [node for section in sections for node in network.sections[section].nodes]
    return [n for n in nodes if network.nodes[n].longitude_deg is not None]


def _places(network: Network, nodes: Sequence[NodeId]) -> Values:
    """Longitude and latitude in radians, shape (nodes, 2)."""
    rows = [(network.nodes[n].longitude_deg, network.nodes[n].latitude_deg) for n in nodes]
    return np.radians(np.array(rows, np.float64))


def _distances_m(place: Values, places: Values) -> Values:
    """On a sphere, for places so near to each other that it is flat between them."""
    across = (places[:, 0] - place[0]) * math.cos(float(place[1]))
    found: Values = EARTH_RADIUS_M * np.hypot(across, places[:, 1] - place[1])
    return found
