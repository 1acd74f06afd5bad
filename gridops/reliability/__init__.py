"""Customer minutes: interruptions, the ledger, indices under named rule-sets."""

from gridops.reliability.avoided import Avoided, Toll, avoided, toll, without_switching
from gridops.reliability.indices import Indices, Period, indices, months_of, over_months
from gridops.reliability.interruptions import (
    Circumstance,
    Episode,
    Interruption,
    episodes,
)
from gridops.reliability.ledger import Ledger
from gridops.reliability.major_event_days import major_event_threshold_min
from gridops.reliability.rulesets import IEEE1366, RULE_SETS, VN_TT39, RuleSet, YearRule

__all__ = [
    "IEEE1366",
    "RULE_SETS",
    "VN_TT39",
    "Avoided",
    "Circumstance",
    "Episode",
    "Indices",
    "Interruption",
    "Ledger",
    "Period",
    "RuleSet",
    "Toll",
    "YearRule",
    "avoided",
    "episodes",
    "indices",
    "major_event_threshold_min",
    "months_of",
    "over_months",
    "toll",
    "without_switching",
]
