"""Detection (what happened), location (where), impact (whom it hits)."""

from gridops.outage.detection import Detector
from gridops.outage.fault_path import Indications, expected_indications
from gridops.outage.findings import Detection, DetectionSettings
from gridops.outage.impact import Impact, SectionImpact, impact_between
from gridops.outage.location import locate, locate_lost_supply
from gridops.outage.sensor_model import LocationSettings
from gridops.outage.types import (
    Cause,
    Evidence,
    Location,
    OperationBegan,
    OperationConcluded,
    Role,
    Suspect,
    Verdict,
)

__all__ = [
    "Cause",
    "Detection",
    "DetectionSettings",
    "Detector",
    "Evidence",
    "Impact",
    "Indications",
    "Location",
    "LocationSettings",
    "OperationBegan",
    "OperationConcluded",
    "Role",
    "SectionImpact",
    "Suspect",
    "Verdict",
    "expected_indications",
    "impact_between",
    "locate",
    "locate_lost_supply",
]
