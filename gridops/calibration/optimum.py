"""The exact Bayes optimum: every section tried, with the probabilities that the field was drawn by.

Written slow and obvious, and with nothing of the engine in it. No location can be right more often
than the one that names the section which is likeliest by this.
"""

import math

from gridops.calibration.drawing import DrawnFault, FieldWays
from gridops.calibration.terrain import Terrain
from gridops.ids import SectionId, SwitchId


def optimum(terrain: Terrain, ways: FieldWays, *, fault: DrawnFault) -> dict[SectionId, float]:
    """Probability of every section that can hold the fault, by what was said alone. They sum to
    one; sections that cannot hold it are left out."""
    told = frozenset(device for device in fault.tripped if device in terrain.telling)
    somewhere = {section for device in told for section in terrain.behind[device]}
    logs: dict[SectionId, float] = {}
    for section in terrain.network.sections:
        if section not in somewhere:
            continue
        trips = _of_trips(terrain, ways, section=section, told=told)
        if trips <= 0.0:
            continue
        words = _of_indicators(terrain, ways, section=section, fault=fault, among=somewhere)
        if words > -math.inf:
            logs[section] = math.log(terrain.weights[section]) + math.log(trips) + words
    highest = max(logs.values())
    weights = {section: math.exp(log - highest) for section, log in logs.items()}
    total = math.fsum(weights.values())
    return {section: weight / total for section, weight in weights.items()}


def _of_trips(
    terrain: Terrain, ways: FieldWays, *, section: SectionId, told: frozenset[SwitchId]
) -> float:
    """Probability of hearing of exactly these trips if the fault is in `section`."""
    guards = terrain.guards[section]
    if not told <= frozenset(guards):
        return 0.0
    total = 0.0
    for first, clearing in enumerate(guards):
        p = ways.p_trip_failed**first
        if first < len(guards) - 1:
            p *= 1.0 - ways.p_trip_failed
        for nearer in guards[:first]:
            p *= 0.0 if nearer in told else 1.0
        if clearing in terrain.telling and clearing not in told:
            p = 0.0
        for above in guards[first + 1 :]:
            if above in terrain.telling:
                p *= ways.p_trip_above if above in told else 1.0 - ways.p_trip_above
        total += p
    return total


def _of_indicators(
    terrain: Terrain,
    ways: FieldWays,
    *,
    section: SectionId,
    fault: DrawnFault,
    among: set[SectionId],
) -> float:
    """Logarithm of the probability of what the indicators said. Those that feed none of
    `among` say the same for all of them, and are left out."""
    path = terrain.paths[section]
    terms = []
    for switch in {terrain.paths[each][-1] for each in among}:
        number = terrain.number_of.get(switch)
        if number is None:
            continue
        if fault.failed[number]:
            p = ways.p_failed
        elif switch in path:
            p = (1.0 - ways.p_failed) * _said(fault.flagged[number], yes=1.0 - ways.p_silent)
        else:
            p = (1.0 - ways.p_failed) * _said(fault.flagged[number], yes=ways.p_stray)
        if p <= 0.0:
            return -math.inf
        terms.append(math.log(p))
    return math.fsum(terms)


def _said(flagged: bool, *, yes: float) -> float:
    return yes if flagged else 1.0 - yes
