"""One outage as a state machine: facts in, intents out."""

from gridops.incident.desk import Desk
from gridops.incident.model import (
    Incident,
    IncidentSettings,
    Note,
    Phase,
    Progress,
    Proposed,
    StepState,
)
from gridops.incident.settings_codec import settings_from_json, settings_to_json

__all__ = [
    "Desk",
    "Incident",
    "IncidentSettings",
    "Note",
    "Phase",
    "Progress",
    "Proposed",
    "StepState",
    "settings_from_json",
    "settings_to_json",
]
