"""Detection (what happened), location (where), impact (whom it hits)."""

from gridops.outage.announced import AskedOfCrew
from gridops.outage.detection import Detector
from gridops.outage.fault_path import Indications, expected_indications, indications_in
from gridops.outage.findings import Detection, DetectionSettings
from gridops.outage.heard import Heard, MeterWord, Trial, is_incomplete
from gridops.outage.impact import Impact, SectionImpact, impact_between
from gridops.outage.infer import infer
from gridops.outage.location import locate, locate_lost_supply
from gridops.outage.location_settings import LocationSettings
from gridops.outage.types import (
    Advice,
    AdviceKind,
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
    "Advice",
    "AdviceKind",
    "AskedOfCrew",
    "Cause",
    "Detection",
    "DetectionSettings",
    "Detector",
    "Evidence",
    "Heard",
    "Impact",
    "Indications",
    "Location",
    "LocationSettings",
    "MeterWord",
    "OperationBegan",
    "OperationConcluded",
    "Role",
    "SectionImpact",
    "Suspect",
    "Trial",
    "Verdict",
    "expected_indications",
    "impact_between",
    "indications_in",
    "infer",
    "is_incomplete",
    "locate",
    "locate_lost_supply",
]
