"""The minutes of one period, and how they are told in plain JSON and as a table."""

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from io import StringIO
from typing import Any

from gridops.reliability.account import Account, By, Group, MajorEventDays
from gridops.reliability.burden import Burden
from gridops.reliability.indices import Indices
from gridops.reliability.periods import Period
from gridops.reliability.rulesets import LABEL, RuleSet

Plain = dict[str, Any]
COLUMNS = (
    "customers_served",
    "customer_minutes",
    "customer_interruptions",
    "saidi_min",
    "saifi",
    "caidi_min",
    "asai",
    "maifi",
    "maifi_e",
    "ens_wh",
    "ens_flat_wh",
)
"""Of every set of indices, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The minutes of one period."""

    source: str
    """What was read: a journal, a table, or the grid of a control room."""
    account: Account
    period: Period
    by: By | None
    indices: Indices
    burden: Burden | None
    major: MajorEventDays
    without_major: Indices | None
    groups: tuple[Group, ...]
    worst: tuple[Group, ...]

    def to_plain(self) -> Plain:
        account, zone = self.account, self.account.zone
        return {
            "source": self.source,
            "ruleset": ruleset_plain(account.ruleset),
            "from": self.period.begin.astimezone(zone).isoformat(),
            "to": self.period.end.astimezone(zone).isoformat(),
            "time_zone": str(zone),
            "indices": indices_plain(self.indices),
            "customers": None if self.burden is None else burden_plain(self.burden),
            "major_event_days": {
                "threshold_min": self.major.threshold_min,
                "rests_on": self._rests_on(),
                "days_with_interruptions": self.major.days_with_interruptions,
                "days": [
                    {"day": day.begin.astimezone(zone).date().isoformat(), "saidi_min": saidi}
                    for day, saidi in self.major.days
                ],
            },
            "without_major_event_days": (
                None if self.without_major is None else indices_plain(self.without_major)
            ),
            "left_out": [
                {**asdict(one), "why": one.why.value} for one in account.left_out(self.period)
            ],
            "lasting": account.lasting(self.period),
            "counted_to": account.now.astimezone(zone).isoformat(),
            "clamped": account.clamped(self.period),
            "revised": account.revised(self.period),
            "ends_reported": account.ends_reported(self.period),
            "by": None if self.by is None else self.by.value,
            "groups": [group_plain(group) for group in self.groups],
            "worst": [group_plain(group) for group in self.worst],
        }

    def _rests_on(self) -> str | None:
        if self.major.history is None:
            return None
        return "period" if self.major.history == self.period else "years_before"

    def rows(self) -> Iterator[Plain]:
        """The groups as lines of a table; all together where nothing tells them apart."""
        if self.by is None:
            yield {"group": "all", **indices_plain(self.indices)}
        for group in self.groups:
            own = None if group.own is None else group.own.saidi_min
            yield {"group": group.key, **indices_plain(group.share), "own_saidi_min": own}

    def to_csv(self) -> str:
        rows = list(self.rows())
        text = StringIO()
        writer = csv.DictWriter(
            text, list(rows[0]) if rows else ["group", *COLUMNS], lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue()


def report_of(
    account: Account,
    period: Period,
    *,
    source: str,
    by: By | None = None,
    most: int | None = None,
    worst: int = 10,
) -> Report:
    """`most`: so many groups at most. `worst`: so many loads that had most, where loads are known.

    Raises: ValueError where nobody is served.
    """
    major = account.major_event_days(period)
    days = [day for day, _ in major.days]
    told = major.threshold_min is not None
    are_known = account.table.are_loads_known
    return Report(
        source=source,
        account=account,
        period=period,
        by=by,
        indices=account.indices(period),
        burden=account.burden(period),
        major=major,
        without_major=account.indices(period, without=days) if told else None,
        groups=() if by is None else account.groups(period, by, most=most),
        worst=account.groups(period, By.LOAD, most=worst) if are_known else (),
    )


def indices_plain(found: Indices) -> Plain:
    return {name: getattr(found, name) for name in COLUMNS}


def group_plain(group: Group) -> Plain:
    own = None if group.own is None else indices_plain(group.own)
    return {"group": group.key, "share": indices_plain(group.share), "own": own}


def burden_plain(found: Burden) -> Plain:
    return {
        "hit": found.customers_hit,
        "caifi": found.caifi,
        "cemi": {str(n): share for n, share in found.cemi.items()},
        "cemsmi": {str(n): share for n, share in found.cemsmi.items()},
        "celid_single": {_hours(k): share for k, share in found.celid_single.items()},
        "celid_total": {_hours(k): share for k, share in found.celid_total.items()},
    }


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g}"


def ruleset_plain(rules: RuleSet) -> Plain:
    """Every parameter; times in seconds."""
    found: Plain = {}
    for one in fields(rules):
        value = getattr(rules, one.name)
        if isinstance(value, timedelta):
            value = value.total_seconds()
        elif isinstance(value, frozenset):
            value = sorted(value)
        elif isinstance(value, tuple):
            value = [v.total_seconds() if isinstance(v, timedelta) else v for v in value]
        found[one.name] = value
    found["unverified"] = dict.fromkeys(rules.unverified, LABEL)
    return found
