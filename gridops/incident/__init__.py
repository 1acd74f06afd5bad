"""One outage as a state machine: facts in, intents out."""

from gridops.incident.blockers import Automation, Blocker, BlockerKind, Blockers, automation_of
from gridops.incident.breaks import breaks
from gridops.incident.desk import Desk
from gridops.incident.explanation import Told, explanation_of, told_of
from gridops.incident.findings import Finding, Running, Severity
from gridops.incident.model import (
    Expected,
    Incident,
    IncidentSettings,
    Note,
    Offer,
    Origin,
    Phase,
    Progress,
    Proposed,
    StepState,
)
from gridops.incident.settings_codec import settings_from_json, settings_to_json

__all__ = [
    "Automation",
    "Blocker",
    "BlockerKind",
    "Blockers",
    "Desk",
    "Expected",
    "Finding",
    "Incident",
    "IncidentSettings",
    "Note",
    "Offer",
    "Origin",
    "Phase",
    "Progress",
    "Proposed",
    "Running",
    "Severity",
    "StepState",
    "Told",
    "automation_of",
    "breaks",
    "explanation_of",
    "settings_from_json",
    "settings_to_json",
    "told_of",
]
