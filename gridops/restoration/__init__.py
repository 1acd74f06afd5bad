"""From a fence to a plan: which ties, which sections, in which order, within limits."""

from gridops.restoration.plan import (
    By,
    Minutes,
    Plan,
    Proof,
    Rejected,
    Step,
    StepCheck,
    Tally,
    Unserved,
)

__all__ = [
    "By",
    "Minutes",
    "Plan",
    "Proof",
    "Rejected",
    "Step",
    "StepCheck",
    "Tally",
    "Unserved",
]
