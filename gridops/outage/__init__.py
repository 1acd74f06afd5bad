"""Detection (what happened), location (where), impact (whom it hits)."""

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
    "Evidence",
    "Location",
    "OperationBegan",
    "OperationConcluded",
    "Role",
    "Suspect",
    "Verdict",
]
