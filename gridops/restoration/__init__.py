"""From a fence to a plan: which ties, which sections, in which order, within limits."""

from gridops.restoration.objective import PRIORITY_WEIGHTS, THRESHOLDS_MIN, Score
from gridops.restoration.outlook import (
    Alternative,
    Branch,
    BranchCause,
    Expected,
    Figures,
    Help,
    HelpKind,
    Need,
    Outlook,
    OutlookSettings,
    Seen,
)
from gridops.restoration.outlook_of import outlook_of
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
from gridops.restoration.return_to_normal import off_normal, return_to_normal
from gridops.restoration.situation import PlanSettings, Situation

__all__ = [
    "PRIORITY_WEIGHTS",
    "THRESHOLDS_MIN",
    "Alternative",
    "Branch",
    "BranchCause",
    "By",
    "Expected",
    "Figures",
    "Help",
    "HelpKind",
    "Minutes",
    "Need",
    "Outlook",
    "OutlookSettings",
    "Plan",
    "PlanSettings",
    "Proof",
    "Rejected",
    "Score",
    "Seen",
    "Situation",
    "Step",
    "StepCheck",
    "Tally",
    "Unserved",
    "off_normal",
    "outlook_of",
    "propose",
    "return_to_normal",
]
