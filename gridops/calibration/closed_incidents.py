"""Closed incidents whose fault was found: who said what, and whether fault current had passed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gridops.events import Event, FaultFlagChanged, PatrolReported
from gridops.ids import IncidentId, SectionId, SwitchId
from gridops.incident import Incident
from gridops.measurement import Quality, Reading
from gridops.network import Network
from gridops.outage import LocationSettings
from gridops.outage.fault_path import is_flagging, opens_by_itself
from gridops.state import Energisation, energise

PROTECTION = "protection"
"""Class of every protective device."""
OF_THIS_FAULT_S = 300.0
"""A flag that a device dates so long after the opening is still its word about this fault."""


class Word(StrEnum):
    """What a device said of one fault."""

    YES = "yes"
    LATE = "late"
    """Yes, but later than a message may take."""
    NO = "no"
    FAILED = "failed"
    """It could not be heard."""
    TRIPPED = "tripped"
    STAYED = "stayed"
    """A protective device stayed closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One device in one incident."""

    device: SwitchId
    kind: str
    """Class of the device: kind of indicator, or `protection`."""
    on_path: bool
    """Indicator: fault current passed it. Protection: it should have tripped."""
    said: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedIncident:
    """One fault that was found, and the sightings of it."""

    id: str
    sightings: tuple[Sighting, ...]
    section: SectionId | None = None
    """Where it was; None: not told, so that it cannot be located again."""
    network: Network | None = field(default=None, repr=False)
    traced: Energisation | None = field(default=None, repr=False)
    """Supply just before."""
    tripped: tuple[SwitchId, ...] = ()

    @property
    def telling(self) -> Iterator[Sighting]:
        """The sightings that count. A device that cleared the fault with none above it is no
        witness of its own: had it failed, there would have been no incident to tell of it."""
        backed = any(s.kind == PROTECTION and not s.on_path for s in self.sightings)
        for each in self.sightings:
            if backed or not (each.on_path and each.said is Word.TRIPPED):
                yield each

    @property
    def can_be_located(self) -> bool:
        return self.section is not None and self.traced is not None and bool(self.tripped)


def seen(
    traced: Energisation,
    section: SectionId,
    *,
    tripped: tuple[SwitchId, ...],
    words: Mapping[SwitchId, Word],
) -> tuple[Sighting, ...]:
    """Every device that had something to say of a fault in `section`: the indicators at the
    switches that feed what went dark, and the protection from the fault up to the source.

    `words`: of the indicators; one that is missing there has failed.
    """
    network = traced.network
    path = traced.path(section)
    return (
        *_indicators(traced, path, tripped=tripped, words=words),
        *_protection(network, path, tripped=tripped),
    )


def _indicators(
    traced: Energisation,
    path: Iterable[SwitchId],
    *,
    tripped: tuple[SwitchId, ...],
    words: Mapping[SwitchId, Word],
) -> Iterator[Sighting]:
    network, on_path = traced.network, frozenset(path)
    dark = {section for device in tripped for section in traced.behind(device)}
    feeding = {traced.fed_through[section] for section in dark}
    for switch in network.switches.values():
        if switch.id in feeding and is_flagging(switch):
            yield Sighting(
                device=switch.id,
                kind=switch.indicator.value,
                on_path=switch.id in on_path,
                said=words.get(switch.id, Word.FAILED),
            )


def _protection(
    network: Network, path: Iterable[SwitchId], *, tripped: tuple[SwitchId, ...]
) -> Iterator[Sighting]:
    """Nearest to the fault first: each should trip until one has."""
    cleared = False
    for switch in reversed(list(path)):
        if not opens_by_itself(network.switches[switch]) or switch not in network.reporting:
            continue
        opened = switch in tripped
        said = Word.TRIPPED if opened else Word.STAYED
        yield Sighting(device=switch, kind=PROTECTION, on_path=not cleared, said=said)
        cleared = cleared or opened


@dataclass(slots=True)
class _Heard:
    """What one device has said so far, newest last."""

    said: list[FaultFlagChanged] = field(default_factory=list)


def closed_incidents(
    incidents: Mapping[str, Incident], events: Iterable[Event], *, settings: LocationSettings
) -> list[ClosedIncident]:
    """The incidents whose fault a patrol has found, from the facts of a journal in their order.

    `incidents`: every incident of the same journal, closed ones included.
    """
    heard: dict[SwitchId, _Heard] = {}
    places: dict[IncidentId, str] = {}
    for event in events:
        if isinstance(event, FaultFlagChanged):
            heard.setdefault(event.switch, _Heard()).said.append(event)
        elif isinstance(event, PatrolReported) and event.found:
            places[event.incident] = event.place
    found = []
    for ident, place in places.items():
        incident = incidents.get(ident)
        if incident is not None and incident.tripped:
            found.append(_closed(incident, place, heard=heard, settings=settings))
    return found


def _closed(
    incident: Incident,
    place: str,
    *,
    heard: Mapping[SwitchId, _Heard],
    settings: LocationSettings,
) -> ClosedIncident:
    network = incident.network
    section = network.section_of(place)
    tripped = tuple(d for d in network.switches if d in incident.tripped)
    traced = energise(network, incident.closed_before | frozenset(tripped))
    words = {
        switch: _word(each, incident.opened_at, settings=settings) for switch, each in heard.items()
    }
    return ClosedIncident(
        id=incident.id,
        section=section,
        network=network,
        traced=traced,
        tripped=tripped,
        sightings=seen(traced, section, tripped=tripped, words=words),
    )


def _word(heard: _Heard, opened_at: datetime, *, settings: LocationSettings) -> Word:
    earliest = opened_at - timedelta(seconds=settings.flag_lead_s)
    latest = opened_at + timedelta(seconds=OF_THIS_FAULT_S)
    for event in heard.said:
        is_yes = event.reading is Reading.YES and event.quality is Quality.GOOD
        if is_yes and earliest <= event.source_time <= latest:
            delay_s = (event.at - max(event.source_time, opened_at)).total_seconds()
            return Word.LATE if delay_s > settings.message_delay_s_max else Word.YES
    before = [event for event in heard.said if event.at <= latest]
    if not before or before[-1].reading is Reading.FAILED or before[-1].quality is not Quality.GOOD:
        return Word.FAILED
    # A flag that stood since an earlier fault says nothing of this one.
    return Word.FAILED if before[-1].reading is Reading.YES else Word.NO
