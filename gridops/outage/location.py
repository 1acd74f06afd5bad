"""Location as most callers ask it, and supply that was lost from above."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from gridops.ids import SectionId, SourceId, SwitchId
from gridops.measurement import Measured, Reading
from gridops.network import Network
from gridops.outage.heard import Heard
from gridops.outage.infer import NOWHERE, infer
from gridops.outage.location_settings import LocationSettings
from gridops.outage.prior import failures_per_year
from gridops.outage.types import Evidence, Location, Role, Suspect, Verdict
from gridops.reasons import because
from gridops.state import energise

DEFAULTS = LocationSettings()


def locate(
    network: Network,
    *,
    closed_before: AbstractSet[SwitchId],
    tripped: tuple[SwitchId, ...],
    flags: Mapping[SwitchId, Measured[Reading]],
    since: datetime,
    settings: LocationSettings = DEFAULTS,
) -> Location:
    """`infer` by trips and indicators alone, everything long said.

    `closed_before`: closed just before the fault; `tripped`: every device that opened; `since`:
    source time of the first opening. Raises: UnknownId.
    """
    heard = Heard(closed_before=closed_before, since=since, tripped=tripped, flags=flags)
    return infer(network, heard, settings=settings)


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
        suspects=tuple(
            sorted(
                (Suspect(section=s, probability=w / total) for s, w in weights.items()),
                key=lambda suspect: -suspect.probability,
            )
        ),
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
