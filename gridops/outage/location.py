"""Where the fault is: every candidate section weighed against everything that was read.

S1 [b1] A [s1] B [s2] C   b1 tripped; s1 flags, s2 does not: B, and A or C only if one of the
two indicators is wrong. The verdict is LOCATED in B; all three stay suspected, because a plan
has to be safe with any one indicator wrong (`LocationSettings.malfunctions_tolerated`).
"""

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from gridops.ids import SectionId, SourceId, SwitchId
from gridops.measurement import Measured, Reading
from gridops.network import Network
from gridops.outage.evidence import explain
from gridops.outage.hypotheses import Case, Hypothesis, open_case, weigh
from gridops.outage.sensor_model import Listener, LocationSettings, failures_per_year
from gridops.outage.types import Evidence, Location, Role, Suspect, Verdict
from gridops.reasons import because
from gridops.state import energise

DEFAULTS = LocationSettings()
NOWHERE = Location(verdict=Verdict.INSUFFICIENT, suspects=(), suspected=frozenset(), evidence=())


def locate(
    network: Network,
    *,
    closed_before: AbstractSet[SwitchId],
    tripped: tuple[SwitchId, ...],
    flags: Mapping[SwitchId, Measured[Reading]],
    since: datetime,
    settings: LocationSettings = DEFAULTS,
) -> Location:
    """Weighs one fault in each section behind the most downstream tripped device.

    `closed_before`: closed just before the fault; `tripped`: every device that opened (one
    upstream that tripped as well does not mislead); `since`: source time of the first
    opening. A pure function, independent of the order in which anything is given.

    - LOCATED: one zone (sections that nothing readable tells apart) holds the fault with
      `located_probability`.
    - AMBIGUOUS: several zones are about as likely.
    - CONTRADICTORY: even the best explanation needs `contradictory_from` failed devices, or
      devices tripped that no single fault trips. Everything behind them is suspected.
    - INSUFFICIENT: no device said anything that counts, or a closed ring let current come
      from both sides. Everything is suspected, or nothing where nothing was supplied.

    `suspected` holds every section that needs no more failed devices than
    `malfunctions_tolerated`: one wrong or missing indicator never lets the true section out,
    and a reading that turns into "failed" never narrows what sound evidence left. Where some
    device must have failed already, the next probable zones join until `hold_probability` is
    reached. Zones are never cut.

    Raises: UnknownId for a tripped device that the grid does not have.
    """
    listener = Listener(network=network, flags=flags, since=since, settings=settings)
    opened = {network.switch(device).id for device in tripped}
    in_order = tuple(switch for switch in network.switches if switch in opened)
    case = open_case(energise(network, closed_before | opened), in_order, listener=listener)
    if not case.candidates:
        return NOWHERE
    hypotheses = weigh(case, settings)
    best = max(hypotheses, key=lambda h: h.probability)
    verdict = _verdict(case, hypotheses, settings=settings)
    return Location(
        verdict=verdict,
        suspects=_ranked([(h.section, h.probability) for h in hypotheses]),
        suspected=_suspected(hypotheses, verdict, settings=settings),
        evidence=explain(case, best, listener=listener),
    )


def _verdict(
    case: Case, hypotheses: Sequence[Hypothesis], *, settings: LocationSettings
) -> Verdict:
    if case.rings or (len(hypotheses) > 1 and not case.counting):
        return Verdict.INSUFFICIENT
    fewest = min(h.malfunctions for h in hypotheses)
    if fewest >= settings.contradictory_from or len(case.nearest) > 1:
        return Verdict.CONTRADICTORY
    is_clear = _held(_zones(hypotheses)[0]) >= settings.located_probability
    return Verdict.LOCATED if is_clear else Verdict.AMBIGUOUS


def _zones(hypotheses: Sequence[Hypothesis]) -> list[list[Hypothesis]]:
    """Hypotheses that nothing readable tells apart, together; the most probable zone first."""
    zones: dict[tuple[bool, ...], list[Hypothesis]] = {}
    for h in hypotheses:
        zones.setdefault(h.pattern, []).append(h)
    return sorted(zones.values(), key=lambda zone: -_held(zone))


def _held(zone: Sequence[Hypothesis]) -> float:
    return math.fsum(h.probability for h in zone)


def _suspected(
    hypotheses: Sequence[Hypothesis], verdict: Verdict, *, settings: LocationSettings
) -> frozenset[SectionId]:
    if verdict in (Verdict.CONTRADICTORY, Verdict.INSUFFICIENT):
        return frozenset(h.section for h in hypotheses)
    fewest = min(h.malfunctions for h in hypotheses)
    allowed = max(settings.malfunctions_tolerated, fewest)
    kept = [h for h in hypotheses if h.malfunctions <= allowed]
    if fewest == 0:
        return frozenset(h.section for h in kept)
    for zone in _zones([h for h in hypotheses if h.malfunctions > allowed]):
        if _held(kept) >= settings.hold_probability:
            break
        kept += zone
    return frozenset(h.section for h in kept)


def _ranked(weighted: Sequence[tuple[SectionId, float]]) -> tuple[Suspect, ...]:
    """Most probable first; what is equal keeps the order of the grid."""
    suspects = [Suspect(section=section, probability=p) for section, p in weighted]
    return tuple(sorted(suspects, key=lambda suspect: -suspect.probability))


def locate_lost_supply(
    network: Network,
    *,
    closed_before: AbstractSet[SwitchId],
    dead_sources: frozenset[SourceId],
    settings: LocationSettings = DEFAULTS,
) -> Location:
    """Supply lost from above: the fault lies in no feeder, and nothing below is isolated.

    Suspected is what stands between each dead source and the feeder heads behind it: it must
    not be fed backwards from a neighbour. INSUFFICIENT where no source is dead.
    """
    traced = energise(network, closed_before)
    heads = frozenset(network.heads.values())
    above: dict[SectionId, None] = {}
    for section in traced.order:
        if traced.source_of[section] not in dead_sources:
            continue
        through = traced.fed_through[section]
        if through is None or (through not in heads and network.across(through, section) in above):
            above[section] = None
    if not above:
        return NOWHERE
    weights = {
        s: failures_per_year(network, s, settings=settings) for s in network.sections if s in above
    }
    total = sum(weights.values())
    return Location(
        verdict=Verdict.LOCATED,
        suspects=_ranked([(section, weight / total) for section, weight in weights.items()]),
        suspected=frozenset(above),
        evidence=tuple(
            Evidence(
                device=head,
                reading=Reading.NO,
                role=Role.SUPPORTS,
                why=because("supply-lost-above", device=head),
            )
            for head in network.heads.values()
            if head in closed_before and any(end in above for end in network.section_ends[head])
        ),
    )
