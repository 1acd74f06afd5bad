"""Where an incident has its fault, or its faults, by everything it has heard."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gridops.ids import SectionId, SwitchId
from gridops.incident.hearing import is_in_test, said_by_part, switches_of
from gridops.incident.model import Incident, Opened, Origin
from gridops.incident.situation import Situation
from gridops.measurement import Measured, Quality, Reading
from gridops.network import IndicatorKind, Network
from gridops.outage import Cause, Evidence, Location, Suspect, Verdict, locate_lost_supply
from gridops.outage.heard import Heard
from gridops.outage.infer import infer
from gridops.state import Energisation, energise

SPEAKING_S = 600.0
"""Until so long after the opening somebody who is silent may still be about to speak."""
WORST_FIRST = (Verdict.INSUFFICIENT, Verdict.CONTRADICTORY, Verdict.AMBIGUOUS, Verdict.LOCATED)


def where_is_it(here: Situation, incident: Incident, *, at: datetime) -> Location:
    """The location by everything that was heard since the opening.

    What was found by a crew overrides every device that could mean the same fault; it clears
    nothing of another fault, nor anything where it was found outside of what went dark. What
    tripped when it was energised is suspected whatever the rest says. After a repair nothing is
    suspected any more; the evidence stays as it was.
    """
    if incident.cause is Cause.LOST_SUPPLY:
        found = locate_lost_supply(
            here.network,
            closed_before=incident.closed_before,
            dead_sources=here.state.dead_sources,
            settings=here.settings.location,
        )
    else:
        found = _of_faults(here, incident, at=at)
    if incident.repaired:
        return replace(found, suspected=frozenset())
    return _overridden(here, incident, found=found)


def _overridden(here: Situation, incident: Incident, *, found: Location) -> Location:
    there = incident.heard.found(here.network)
    inside = there & incident.zone
    if inside and found.suspected <= inside:
        found = _told(here.network, found, there=inside)
    # What is alive elsewhere is nothing that this incident may switch off.
    now = here.state.energisation
    dark = frozenset(s for s in there - inside if not now.is_supplied(s))
    outlasting = incident.outlasting - incident.heard.held()
    fenced = inside | dark | incident.heard.failed() | outlasting
    return (
        found if fenced <= found.suspected else replace(found, suspected=found.suspected | fenced)
    )


def _told(network: Network, found: Location, *, there: frozenset[SectionId]) -> Location:
    """A crew saw it with their own eyes."""
    share = 1.0 / len(there)
    elsewhere = {suspect.section for suspect in found.suspects} - there
    return replace(
        found,
        verdict=Verdict.LOCATED,
        suspects=(
            *(Suspect(section=s, probability=share) for s in network.sections if s in there),
            *(Suspect(section=s, probability=0.0) for s in network.sections if s in elsewhere),
        ),
        suspected=there,
    )


# one fault or two


def _of_faults(here: Situation, incident: Incident, *, at: datetime) -> Location:
    """A device that opened when the one below it had long been open did not open for the same
    fault: each is located on its own, and both are fenced."""
    heard = heard_of(here, incident, at=at)
    groups = faults_of(here, incident)
    if len(groups) < 2:
        return infer(here.network, heard, settings=here.settings.location)
    found: list[Location] = []
    gone: frozenset[SwitchId] = frozenset()
    for group in groups:
        one = replace(heard, tripped=group)
        if gone:
            one = replace(one, closed_before=heard.closed_before - gone, before=None)
            cleared = max(_opened(incident, device).last for device in gone)
            one = _later_than(here, one, cleared=cleared)
        if group is not groups[-1]:
            over = max(_opened(incident, device).last for device in group)
            tolerance = timedelta(seconds=here.settings.detection.reorder_tolerance_s)
            one = _not_later_than(one, over=over + tolerance)
        found.append(infer(here.network, one, settings=here.settings.location))
        gone |= frozenset(group)
    return _both(here.network, found)


def _later_than(here: Situation, heard: Heard, *, cleared: datetime) -> Heard:
    """What was heard as far as it can be of a fault after the earlier ones had been cleared: what
    an indicator has latched for those it cannot say again."""
    silent = Measured(Reading.FAILED, Quality.BAD, cleared)

    def again(switch: SwitchId, said: Measured[Reading]) -> Measured[Reading]:
        now = here.state.flags.get(switch, silent)
        known = now if now.value is Reading.YES else said
        is_old = said.value is Reading.YES and known.source_time <= cleared
        return silent if is_old else known

    return replace(
        heard,
        flags={s: again(s, said) for s, said in heard.flags.items()},
        part_flags={k: m for k, m in heard.part_flags.items() if m.source_time > cleared},
        voltage_losses={k: m for k, m in heard.voltage_losses.items() if m.source_time > cleared},
        fault_currents_a={
            s: m for s, m in heard.fault_currents_a.items() if m.source_time > cleared
        },
    )


def _not_later_than(heard: Heard, *, over: datetime) -> Heard:
    """What was heard without what was seen when this fault had long been cleared: current came
    from elsewhere then, or for another fault."""
    silent = Measured(Reading.FAILED, Quality.BAD, over)
    return replace(
        heard,
        flags={
            s: silent if m.value is Reading.YES and m.source_time > over else m
            for s, m in heard.flags.items()
        },
        part_flags={k: m for k, m in heard.part_flags.items() if m.source_time <= over},
        fault_currents_a={s: m for s, m in heard.fault_currents_a.items() if m.source_time <= over},
    )


def faults_of(here: Situation, incident: Incident) -> list[tuple[SwitchId, ...]]:
    """The tripped devices, fault by fault, in the order of time; within one in the order in
    which the grid lists them."""
    devices = sorted(_tripped(incident), key=here.network.arrays.switches.of.__getitem__)
    if len(devices) < 2:
        return [tuple(devices)]
    traced = energise(here.network, incident.closed_before | set(devices))
    tolerance = timedelta(seconds=here.settings.detection.reorder_tolerance_s)
    later = {
        upper
        for upper in devices
        for lower in devices
        if _is_live_without(traced, upper, lower=lower)
        and _opened(incident, upper).first > _opened(incident, lower).last + tolerance
    }
    groups = [tuple(d for d in devices if d not in later)]
    rest = sorted(later, key=lambda d: (_opened(incident, d).first, d))
    return [group for group in [*groups, *((device,) for device in rest)] if group]


def _tripped(incident: Incident) -> tuple[SwitchId, ...]:
    """The devices that tripped and did not hold when they reclosed; all, if all held. One that
    did has shown that the fault is not there."""
    kept = tuple(d for d in incident.tripped if d not in incident.reclosed)
    return kept or incident.tripped


def _opened(incident: Incident, device: SwitchId) -> Opened:
    return incident.opened.get(device, Opened(incident.opened_at, incident.opened_at))


def _is_live_without(traced: Energisation, upper: SwitchId, *, lower: SwitchId) -> bool:
    """Whether `upper` still carried current when `lower` was open: it lies above it, or on another
    way."""
    lost, behind = traced.behind(lower), traced.behind(upper)
    return bool(lost) and bool(behind) and not behind <= lost


def _both(network: Network, found: Sequence[Location]) -> Location:
    share = 1.0 / len(found)
    weight: dict[SectionId, float] = {}
    for one in found:
        for suspect in one.suspects:
            was = weight.get(suspect.section, 0.0)
            weight[suspect.section] = was + share * suspect.probability
    order = network.arrays.sections.of
    ranked = sorted(weight.items(), key=lambda item: (-item[1], order[item[0]]))
    evidence: dict[str, Evidence] = {}
    for one in found:
        for item in one.evidence:
            evidence.setdefault(item.device, item)
    return replace(
        found[0],
        verdict=min((one.verdict for one in found), key=WORST_FIRST.index),
        suspects=tuple(Suspect(section=s, probability=p) for s, p in ranked),
        suspected=frozenset(s for one in found for s in one.suspected),
        evidence=tuple(evidence.values()),
    )


# what was heard


def heard_of(here: Situation, incident: Incident, *, at: datetime) -> Heard:
    """Everything that the incident knows, as far as it concerns its zone. The cost is in
    proportion to the zone."""
    network, state, heard = here.network, here.state, incident.heard
    among = switches_of(network, incident.zone)
    lead = timedelta(seconds=here.settings.location.flag_lead_s)
    currents = {
        s: heard.fault_currents_a.get(s, state.fault_currents_a.get(s)) for s in sorted(among)
    }
    traced = here.before.get(incident.id)
    return Heard(
        closed_before=incident.closed_before,
        before=traced if traced and traced.closed == incident.closed_before else None,
        since=incident.opened_at,
        tripped=_tripped(incident),
        asked_at=_asked_at(here, incident, at=at),
        flags=readings(here, incident),
        part_flags=said_by_part(heard.part_flags, state.part_flags, among=among),
        earth_faults=_earth_faults(here, incident, among=among),
        voltage_losses=said_by_part(heard.voltage_losses, state.voltage_losses, among=among),
        fault_currents_a={
            s: said
            for s, said in currents.items()
            if said is not None and said.source_time >= incident.opened_at - lead
        },
        meters={load: heard.meters[load].word for load in sorted(heard.meters)},
        calls={load: heard.calls[load] for load in sorted(heard.calls)},
        patrols=heard.patrols(network),
        trials=tuple(heard.trials),
        in_test=frozenset(s for s in among if is_in_test(state, s)),
        scope=incident.zone if incident.origin is Origin.EARTH_FAULT else frozenset(),
    )


def _asked_at(here: Situation, incident: Incident, *, at: datetime) -> datetime | None:
    """The indicators are given the window that is set for them: when it is over they have had
    the time that a message may take, whatever the clock says."""
    if at > incident.opened_at + timedelta(seconds=SPEAKING_S):
        return None
    if incident.concluded_at is None:
        return at
    if at < incident.concluded_at + timedelta(seconds=here.settings.indicator_window_s):
        return at
    delay = timedelta(seconds=here.settings.location.message_delay_s_max)
    return max(at, incident.opened_at + delay)


def readings(here: Situation, incident: Incident) -> dict[SwitchId, Measured[Reading]]:
    """What every fitted indicator at the zone says; one that never spoke has failed, it is not
    "no". Neither is one that has flagged for something later."""
    network = here.network
    silent = Measured(Reading.FAILED, Quality.BAD, incident.opened_at)
    among = sorted(switches_of(network, incident.zone), key=network.arrays.switches.of.__getitem__)
    fitted = [s for s in among if network.switches[s].indicator is not IndicatorKind.NONE]
    said = {s: incident.flags.get(s, here.state.flags.get(s, silent)) for s in fitted}
    later = _later_event(here, incident)
    if later is None:
        return said
    return {
        s: silent if m.value is Reading.YES and m.source_time >= later else m
        for s, m in said.items()
    }


def _later_event(here: Situation, incident: Incident) -> datetime | None:
    """From when on a flag belongs to another incident at the same sections."""
    lag = timedelta(seconds=here.settings.flag_lag_s)
    lead = timedelta(seconds=here.settings.location.flag_lead_s)
    begun = [
        other.opened_at - lead
        for other in here.others(incident)
        if other.opened_at > incident.last_opened_at + lag and other.zone & incident.zone
    ]
    return min(begun, default=None)


def _earth_faults(
    here: Situation, incident: Incident, *, among: frozenset[SwitchId]
) -> dict[SwitchId, Measured[Reading]]:
    """Of a relay that does not signal only in a search: else there may be no earth fault at all."""
    is_search = incident.origin is Origin.EARTH_FAULT
    said = here.state.earth_faults
    return {
        s: said[s]
        for s in sorted(among)
        if s in said and (is_search or said[s].value is Reading.YES)
    }
