"""What happened at the same devices before: a momentary that becomes permanent an hour later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gridops.ids import IncidentId, SwitchId
from gridops.incident.model import Incident
from gridops.reasons import because


@dataclass(slots=True)
class Formers:
    """The last incident of each device. Bounded by the devices of the grid."""

    _last: dict[SwitchId, IncidentId] = field(default_factory=dict)

    def mention(
        self,
        incident: Incident,
        incidents: Mapping[str, Incident],
        *,
        at: datetime,
        within_s: float,
    ) -> None:
        """Notes the former incident of the same device, if it is not long ago, and remembers this
        one."""
        device = incident.devices[0]
        former = incidents.get(self._last.get(device, IncidentId("")))
        self._last[device] = incident.id
        if former is None or former is incident:
            return
        seconds = (incident.opened_at - former.opened_at).total_seconds()
        if 0.0 <= seconds <= within_s:
            why = because(
                "follows-incident",
                incident=former.id,
                cause=former.cause.value,
                seconds=round(seconds, 1),
            )
            incident.note(at, why)
