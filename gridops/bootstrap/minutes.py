"""Outage minutes of a journal or a table, counted under a rule-set and told in plain words."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gridops.adapters.journal import SqlJournal, open_journal
from gridops.adapters.outage_records import YEARS, read_mapping, read_records
from gridops.adapters.ruleset_files import read_ruleset
from gridops.bootstrap.grid_versions import network_of
from gridops.bootstrap.replaying import replay_journal
from gridops.errors import GridOpsError
from gridops.events import ControlRoomStarted, GridTakenIn
from gridops.events.codec import from_plain
from gridops.network import Network
from gridops.reliability import (
    LABEL,
    Account,
    Burden,
    By,
    Group,
    Indices,
    LoadFacts,
    MajorEventDays,
    Period,
    RuleSet,
    Served,
    days_of,
    table_of,
)
from gridops.state import energise

Plain = dict[str, Any]
CSV = ".csv"
MICROSECOND = timedelta(microseconds=1)
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
)
"""Of every set of indices, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The minutes of one period."""

    source: str
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

    def write_parquet(self, file: Path) -> None:
        """Raises: GridOpsError where nothing that is installed can write it."""
        if find_spec("pandas") is None or find_spec("pyarrow") is None:
            raise GridOpsError(
                "Parquet needs pandas and pyarrow, which are not both installed",
                where=str(file),
                remedy="install both, or use --format csv or json",
            )
        frame: Any = import_module("pandas").DataFrame(list(self.rows()))
        try:
            frame.to_parquet(file)
        except OSError as error:
            raise GridOpsError(
                f"cannot be written: {error.strerror or error}",
                where=str(file),
                remedy="check the folder",
            ) from error


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a report is asked for. Times without a zone are local."""

    ruleset: str = "ieee1366"
    by: By | None = None
    begin: datetime | None = None
    end: datetime | None = None
    mapping: Path | None = None
    worst: int = 10


def report(source: str, asked: Asked) -> Report:
    """`source`: a journal as `gridops replay` takes it, or a CSV table with `asked.mapping`. It is
    only read.

    Raises: FileFlawed; JournalError, as `replay_journal`; GridOpsError where there is nothing to
        count.
    """
    rules = read_ruleset(asked.ruleset)
    is_table = source.lower().endswith(CSV)
    account = (
        _of_table(source, rules, mapping=asked.mapping) if is_table else _of_journal(source, rules)
    )
    period = _period(account, asked, source=source)
    try:
        indices = account.indices(period)
    except ValueError as error:
        raise GridOpsError(str(error), where=source, remedy="give loads their customers") from error
    major = account.major_event_days(period)
    days = [day for day, _ in major.days]
    told = major.threshold_min is not None
    return Report(
        source=source,
        account=account,
        period=period,
        by=asked.by,
        indices=indices,
        burden=account.burden(period),
        major=major,
        without_major=account.indices(period, without=days) if told else None,
        groups=() if asked.by is None else account.groups(period, asked.by),
        worst=(
            account.groups(period, By.LOAD, most=asked.worst)
            if account.table.are_loads_known
            else ()
        ),
    )


def _period(account: Account, asked: Asked, *, source: str) -> Period:
    span = account.table.span
    if span is None and (asked.begin is None or asked.end is None):
        raise GridOpsError(
            "nobody was without supply", where=source, remedy="name the time with --from and --to"
        )
    first, last = span or (account.now, account.now)
    local = first.astimezone(account.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    last = max(account.now, last + MICROSECOND)
    if source.lower().endswith(CSV):
        last = days_of(Period(last - MICROSECOND, last + timedelta(days=2)), account.zone)[0].end
    begin = local if asked.begin is None else _placed(asked.begin, account.zone)
    end = last if asked.end is None else _placed(asked.end, account.zone)
    if end <= begin:
        raise GridOpsError(
            f"from {begin.astimezone(account.zone).isoformat()} to"
            f" {end.astimezone(account.zone).isoformat()} is no time",
            where=source,
            remedy="--from lies before --to",
        )
    return Period(begin, end)


def _placed(instant: datetime, zone: tzinfo) -> datetime:
    """Raises: GridOpsError for a year that no calendar here reaches."""
    if instant.year not in YEARS:
        raise GridOpsError(
            f"lies outside the years {YEARS[0]} to {YEARS[-1]}",
            where=instant.isoformat(),
            remedy="name another time with --from and --to",
        )
    return (instant.replace(tzinfo=zone) if instant.tzinfo is None else instant).astimezone(UTC)


def _of_table(source: str, rules: RuleSet, *, mapping: Path | None) -> Account:
    if mapping is None:
        raise GridOpsError(
            "a table needs a mapping",
            where=source,
            remedy="name it with --mapping (docs/minutes.md)",
        )
    found = read_records(Path(source), read_mapping(mapping))
    span = found.table.span
    return Account(
        table=found.table,
        ruleset=rules,
        served=found.served,
        now=span[1] if span else found.served.steps[0][0],
        zone=_zone(rules, found.zone),
    )


def _zone(rules: RuleSet, otherwise: tzinfo) -> tzinfo:
    return otherwise if rules.time_zone is None else ZoneInfo(rules.time_zone)


def _of_journal(source: str, rules: RuleSet) -> Account:
    url = source if "://" in source else f"sqlite:///{Path(source).absolute()}"
    replayed = replay_journal(url)
    room = replayed.room
    if room.at is None:
        raise GridOpsError("holds no facts", where=source, remedy="name another journal")
    with closing(open_journal(url, read_only=True)) as journal:
        networks = list(_versions(journal))
    facts: dict[str, LoadFacts] = {
        load.id: LoadFacts(area=load.area, priority=load.priority)
        for _, network in networks
        for load in network.loads.values()
    }
    return Account(
        table=table_of(room.books.ledger.interruptions, facts),
        ruleset=rules,
        served=Served(
            tuple((at, network.customers) for at, network in networks),
            customers_of_groups(room.network),
        ),
        now=room.at,
        zone=_zone(rules, room.books.zone),
    )


def _versions(journal: SqlJournal) -> Iterator[tuple[datetime, Network]]:
    """The grid of each time, where it changed."""
    last = ""
    for entry in journal.entries():
        if entry.record.kind not in (ControlRoomStarted.__name__, GridTakenIn.__name__):
            continue
        event = from_plain(entry.record.kind, dict(entry.record.body))
        fingerprint = last
        if isinstance(event, ControlRoomStarted):
            fingerprint = event.grid_fingerprint
        elif isinstance(event, GridTakenIn):
            fingerprint = event.new_fingerprint
        if fingerprint != last:
            last = fingerprint
            yield event.at, network_of(journal.kept_grid(fingerprint).texts, fingerprint)


def customers_of_groups(network: Network) -> Mapping[str, Mapping[str, int]]:
    """Those of each feeder in its normal state, of each area and priority, and of each load."""
    feeder_of = energise(network, network.normally_closed).feeder_of
    found: dict[str, dict[str, int]] = {"feeder": {}, "area": {}, "priority": {}, "load": {}}
    for load in network.loads.values():
        keys = {
            "feeder": feeder_of.get(network.section_of_node[load.node]),
            "area": load.area or None,
            "priority": str(load.priority),
            "load": load.id,
        }
        for name, key in keys.items():
            if key is not None:
                found[name][key] = found[name].get(key, 0) + load.customers
    return found
