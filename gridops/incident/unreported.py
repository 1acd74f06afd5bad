"""Outages that no device reports: meters and callers point to a fuse, or a recloser without
telemetry, that must have opened.

The live trace still shows everybody behind it supplied. The incident presumes the device open, so
that who is out and what is suspected are right, and nothing is switched for it until a reading or
a person confirms the opening.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gridops.commands import Intent, StartTimer
from gridops.events import MetersReported, TroubleReported
from gridops.ids import LoadId, SectionId, SwitchId, TimerId
from gridops.incident.ending import close
from gridops.incident.handling import plan
from gridops.incident.model import Incident, Origin, Phase
from gridops.incident.planning import feeders_of
from gridops.incident.register import Register
from gridops.incident.relations import LOOKED_AT
from gridops.incident.reports import Reports
from gridops.incident.situation import Situation
from gridops.outage import Cause
from gridops.outage.fault_path import opens_by_itself
from gridops.outage.predicted_device import predict
from gridops.reasons import because
from gridops.state import Energisation

LOOK = TimerId("reports:look")
Guess = tuple[SwitchId, tuple[LoadId, ...]]


@dataclass(slots=True)
class Unreported:
    """Looks at what was reported when the qualifying wait is over, one wait at a time."""

    here: Situation
    register: Register
    reports: Reports
    due: datetime | None = None

    def hear(self, event: MetersReported | TroubleReported) -> list[Intent]:
        if not self.reports.take(event):
            return []
        section = self._section_of(event.load)
        self._voltage_is_back(section, at=event.at)
        if self.due is not None or not self.here.state.energisation.is_supplied(section):
            return []
        is_lost = self.reports.lost_at(event.load, event.at) is not None
        if not is_lost and not self._guessed_at(section):
            return []
        self.due = event.at + timedelta(seconds=self.here.settings.report_wait_s)
        return [StartTimer(timer=LOOK, due=self.due)]

    def started(self) -> list[Intent]:
        """A restart has to start the wait again."""
        return [] if self.due is None else [StartTimer(timer=LOOK, due=self.due)]

    def repaired(self, incident: Incident, at: datetime) -> None:
        """A person says that it is mended: what was reported before is over."""
        if incident.origin is Origin.PREDICTED and incident.is_open:
            self._end(incident, at=at)

    def heard_of(self, switch: SwitchId, when: datetime, *, at: datetime) -> list[Intent]:
        """A reading, or a person, says where a device stands that was presumed open: an ordinary
        outage from here on, or none."""
        intents: list[Intent] = []
        for incident in list(self.register.open.values()):
            if switch not in incident.presumed_open or when < incident.opened_at:
                continue
            if self.here.state.is_unknown(switch):
                continue
            incident.presumed_open -= {switch}
            incident.origin = Origin.TRIPPED
            incident.note(at, because("position-known", device=switch))
            if incident.phase in LOOKED_AT:
                intents += plan(self.here, incident, at=at)
        return intents

    # when the wait is over

    def look(self, at: datetime) -> list[Intent]:
        """Which devices must have opened, by all that is without voltage now. Incidents that were
        guessed before move with the guess, are split, or stay."""
        if self.due is None or at < self.due:
            return []
        self.due = None
        lost = {
            load: when
            for load, when in self.reports.lost(at).items()
            if self.here.state.energisation.is_supplied(self._section_of(load))
        }
        guesses = [g for g in self._guess(frozenset(lost)) if self._qualifies(g[1])]
        free = dict(guesses)
        taken = set(free)
        for incident in self._guesses():
            if incident.devices[0] in free:
                self._explain(incident, free.pop(incident.devices[0]), at=at)
        intents: list[Intent] = []
        for device, loads in free.items():
            since = min(lost[load] for load in loads)
            intents += self._place(device, loads, since=since, at=at, taken=taken)
        return intents

    def _place(
        self,
        device: SwitchId,
        loads: tuple[LoadId, ...],
        *,
        since: datetime,
        at: datetime,
        taken: set[SwitchId],
    ) -> list[Intent]:
        """A former guess that lies above or below gives way to the new one."""
        zone = self.here.state.energisation.behind(device)
        former = [i for i in self._guesses() if i.zone & zone and i.devices[0] not in taken]
        if not former:
            incident = self.register.new(
                self.here.state.energisation, device, opened_at=since, at=at
            )
            incident.origin, incident.cause = Origin.PREDICTED, Cause.FAULT
            incident.concluded_at = at
            self._presume(incident, device)
            self._explain(incident, loads, at=at)
            return plan(self.here, incident, at=at)
        kept, *gone = former
        self._presume(kept, device)
        kept.opened_at = min(kept.opened_at, since)
        kept.note(at, because("outage-moved", device=device))
        self._explain(kept, loads, at=at)
        for other in gone:
            other.merged_into, other.phase = kept.id, Phase.CLOSED
            kept.took_over.append(other.id)
            other.note(at, because("incident-merged", incident=kept.id))
            kept.note(at, because("incident-took-over", incident=other.id))
        return plan(self.here, kept, at=at)

    def _presume(self, incident: Incident, device: SwitchId) -> None:
        traced = self.here.state.energisation
        incident.devices, incident.presumed_open = [device], frozenset({device})
        incident.zone = traced.behind(device)
        incident.feeders = feeders_of(self.here.network, incident.zone, before=traced)
        incident.closed_before = traced.closed

    def _explain(self, incident: Incident, loads: tuple[LoadId, ...], *, at: datetime) -> None:
        device = incident.devices[0]
        incident.reason = because("outage-predicted", device=device, loads=len(loads))
        incident.note(at, incident.reason)
        for load in self._loads_of(incident.zone):
            if load in self.reports.meters:
                incident.heard.meters[load] = replace(self.reports.meters[load])
            if self.reports.calls_of(load):
                incident.heard.calls[load] = self.reports.calls_of(load)

    # which device

    def _guess(self, lost: frozenset[LoadId]) -> list[Guess]:
        """Devices that may have opened unseen, each with the lost loads that it explains."""
        traced, alive = self.here.state.energisation, self.reports.alive()
        found = predict(traced, lost=lost, alive=alive)
        guesses: list[Guess] = []
        rest = list(found.by_themselves)
        for one in found.devices:
            if self._may_be_open(one.device):
                guesses.append((one.device, one.lost))
            else:
                rest += one.lost
        return guesses + self._alone(rest, traced, alive=alive)

    def _alone(
        self, loads: Iterable[LoadId], traced: Energisation, *, alive: frozenset[LoadId]
    ) -> list[Guess]:
        """What no common device explains: the nearest device above each that may have opened
        unseen, if it feeds nobody who has voltage, and few who say nothing."""
        groups: dict[SwitchId, list[LoadId]] = {}
        for load in loads:
            device = self._nearest(load, traced)
            if device is not None:
                groups.setdefault(device, []).append(load)
        found: list[Guess] = []
        for device, group in groups.items():
            behind = self._loads_of(traced.behind(device))
            if not alive & set(behind) and 2 * len(group) >= len(behind):
                found.append((device, tuple(group)))
        return found

    def _nearest(self, load: LoadId, traced: Energisation) -> SwitchId | None:
        for switch in reversed(traced.path(self._section_of(load))):
            if opens_by_itself(self.here.network.switches[switch]):
                return switch if self._may_be_open(switch) else None
        return None

    def _may_be_open(self, device: SwitchId) -> bool:
        """One whose telemetry shows it closed has not opened."""
        reports = device in self.here.network.reporting
        return not reports or self.here.state.is_unknown(device)

    def _qualifies(self, loads: tuple[LoadId, ...]) -> bool:
        settings = self.here.settings
        return (
            len(loads) >= settings.report_transformers_min
            or sum(self.reports.calls_of(load) for load in loads) >= settings.report_calls_min
            or any(self.reports.is_whole(load) for load in loads)
        )

    # the end

    def _voltage_is_back(self, section: SectionId, *, at: datetime) -> None:
        """Nobody of those who gasped is without voltage any more."""
        for incident in self._guesses():
            if section not in incident.zone:
                continue
            tallies = [
                self.reports.meters[load]
                for load in self._loads_of(incident.zone)
                if load in self.reports.meters
            ]
            back = [t for t in tallies if t.is_back and _is_later(t.alive_at, incident.opened_at)]
            if back and not any(t.is_out for t in tallies):
                self._end(incident, at=at)

    def _end(self, incident: Incident, *, at: datetime) -> None:
        close(incident, at, why=because("voltage-is-back"))
        for load in self._loads_of(incident.zone):
            self.reports.forget(load)
        incident.presumed_open = frozenset()

    # looking up

    def _guesses(self) -> list[Incident]:
        found = self.register.open.values()
        return [i for i in found if i.is_open and i.origin is Origin.PREDICTED]

    def _guessed_at(self, section: SectionId) -> bool:
        return any(section in incident.zone for incident in self._guesses())

    def _section_of(self, load: LoadId) -> SectionId:
        network = self.here.network
        return network.section_of_node[network.loads[load].node]

    def _loads_of(self, zone: Iterable[SectionId]) -> list[LoadId]:
        """In grid order, so that what is kept of them is the same everywhere."""
        network = self.here.network
        order = network.arrays.sections.of
        sections = sorted(zone, key=order.__getitem__)
        return [load.id for s in sections for load in network.loads_of_section[s]]


def _is_later(one: datetime | None, other: datetime) -> bool:
    return one is not None and one > other
