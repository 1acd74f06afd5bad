"""How a regulator counts. Parameters only: what counts is never decided at intake."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from gridops.reliability.interruptions import Episode


class YearRule(StrEnum):
    """How a year comes out of its months."""

    RATIO = "ratio"
    """One ratio over the whole year."""
    SUM_OF_MONTHS = "sum_of_months"
    """Monthly indices, each with that month's customers, added up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The parameters of one way to count. `unverified` names those that could not be read in
    the official text: check them there before a figure is reported."""

    name: str
    text: str
    """Where the rules stand."""
    sustained_after: timedelta
    """Longer is sustained; shorter is momentary."""
    threshold_is_sustained: bool = False
    """Whether an interruption of exactly `sustained_after` is sustained."""
    planned_counts: bool = True
    source_lost_counts: bool = True
    excluded: frozenset[str] = frozenset()
    """Entries of `Circumstance.exclusions`, and causes, that do not count."""
    year: YearRule = YearRule.RATIO
    unverified: tuple[str, ...] = ()

    def counts(self, episode: Episode) -> bool:
        """By the circumstance of the event; duration plays no part here."""
        why = episode.first.why
        return (
            (self.planned_counts or not why.planned)
            and (self.source_lost_counts or not why.source_lost)
            and why.cause not in self.excluded
            and not (why.exclusions & self.excluded)
        )

    def is_sustained(self, duration: timedelta) -> bool:
        if duration == self.sustained_after:
            return self.threshold_is_sustained
        return duration > self.sustained_after


IEEE1366 = RuleSet(
    name="ieee1366",
    text="IEEE Std 1366, Guide for Electric Power Distribution Reliability Indices",
    sustained_after=timedelta(minutes=5),
    unverified=("planned_counts", "source_lost_counts"),
)
VN_TT39 = RuleSet(
    name="vn-tt39",
    text="Circular 39/2015/TT-BCT (Vietnam), re-enacted in 05/2025/TT-BCT",
    sustained_after=timedelta(minutes=5),
    source_lost_counts=False,
    year=YearRule.SUM_OF_MONTHS,
    unverified=("threshold_is_sustained", "planned_counts", "source_lost_counts", "excluded"),
)

RULE_SETS: Mapping[str, RuleSet] = MappingProxyType(
    {rules.name: rules for rules in (IEEE1366, VN_TT39)}
)
