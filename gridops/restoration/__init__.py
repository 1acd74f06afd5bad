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
from gridops.restoration.propose import propose
from gridops.restoration.situation import PRIORITY_WEIGHTS, PlanSettings, Situation

__all__ = [
    "PRIORITY_WEIGHTS",
    "By",
    "Minutes",
    "Plan",
    "PlanSettings",
    "Proof",
    "Rejected",
    "Situation",
    "Step",
    "StepCheck",
    "Tally",
    "Unserved",
    "propose",
]
