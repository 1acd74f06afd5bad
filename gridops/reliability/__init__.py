"""Customer minutes: interruptions, the ledger, indices under named rule-sets."""

from gridops.reliability.account import (
    Account,
    By,
    Group,
    LeftOut,
    MajorEventDays,
    NotCounted,
)
from gridops.reliability.booked import Booked
from gridops.reliability.burden import Burden
from gridops.reliability.columns import Columns, table_of
from gridops.reliability.correcting import why_not
from gridops.reliability.corrections import Version
from gridops.reliability.indices import Indices, indices, over_months
from gridops.reliability.interruptions import (
    Circumstance,
    Hand,
    Interruption,
)
from gridops.reliability.ledger import Ledger
from gridops.reliability.major_event_days import major_event_threshold_min
from gridops.reliability.periods import Period, Served, days_of, months_of
from gridops.reliability.report import Report, report_of
from gridops.reliability.restoration_times import Band, OutageKind, RestorationTimes, band_of
from gridops.reliability.rulesets import (
    IEEE1366,
    LABEL,
    CustomerBase,
    MajorEventRule,
    MinutesBelongTo,
    RuleSet,
    YearLength,
    YearRule,
)
from gridops.reliability.table import InterruptionTable
from gridops.reliability.worth import ByHand, Worth, repaired_at, worth_of

__all__ = [
    "IEEE1366",
    "LABEL",
    "Account",
    "Band",
    "Booked",
    "Burden",
    "By",
    "ByHand",
    "Circumstance",
    "Columns",
    "CustomerBase",
    "Group",
    "Hand",
    "Indices",
    "Interruption",
    "InterruptionTable",
    "Ledger",
    "LeftOut",
    "MajorEventDays",
    "MajorEventRule",
    "MinutesBelongTo",
    "NotCounted",
    "OutageKind",
    "Period",
    "Report",
    "RestorationTimes",
    "RuleSet",
    "Served",
    "Version",
    "Worth",
    "YearLength",
    "YearRule",
    "band_of",
    "days_of",
    "indices",
    "major_event_threshold_min",
    "months_of",
    "over_months",
    "repaired_at",
    "report_of",
    "table_of",
    "why_not",
    "worth_of",
]
