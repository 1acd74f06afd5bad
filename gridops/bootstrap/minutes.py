"""Outage minutes of a journal or a table, counted under a rule-set and told in plain words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gridops.adapters.outage_records import read_mapping, read_records
from gridops.adapters.ruleset_files import read_ruleset
from gridops.api.counting import placed, zone_of
from gridops.bootstrap.replaying import replay_journal
from gridops.errors import GridOpsError
from gridops.reliability import (
    Account,
    By,
    Period,
    Report,
    RuleSet,
    days_of,
    report_of,
)

CSV = ".csv"
MICROSECOND = timedelta(microseconds=1)


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
        return report_of(account, period, source=source, by=asked.by, worst=asked.worst)
    except ValueError as error:
        raise GridOpsError(str(error), where=source, remedy="give loads their customers") from error


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
    begin = local if asked.begin is None else placed(asked.begin, account.zone)
    end = last if asked.end is None else placed(asked.end, account.zone)
    if end <= begin:
        raise GridOpsError(
            f"from {begin.astimezone(account.zone).isoformat()} to"
            f" {end.astimezone(account.zone).isoformat()} is no time",
            where=source,
            remedy="--from lies before --to",
        )
    return Period(begin, end)


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
        zone=zone_of(rules, found.zone),
    )


def _of_journal(source: str, rules: RuleSet) -> Account:
    url = source if "://" in source else f"sqlite:///{Path(source).absolute()}"
    room = replay_journal(url).room
    if room.at is None:
        raise GridOpsError("holds no facts", where=source, remedy="name another journal")
    booked = room.books.booked()
    return booked.account(rules, now=room.at, zone=zone_of(rules, booked.zone))


def write_parquet(report: Report, file: Path) -> None:
    """Raises: GridOpsError where nothing that is installed can write it."""
    if find_spec("pandas") is None or find_spec("pyarrow") is None:
        raise GridOpsError(
            "Parquet needs pandas and pyarrow, which are not both installed",
            where=str(file),
            remedy="install both, or use --format csv or json",
        )
    frame: Any = import_module("pandas").DataFrame(list(report.rows()))
    try:
        frame.to_parquet(file)
    except OSError as error:
        raise GridOpsError(
            f"cannot be written: {error.strerror or error}",
            where=str(file),
            remedy="check the folder",
        ) from error
