"""How long the questions about a year take."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gridops.adapters.ruleset_files import read_ruleset
from gridops.reliability import Account, By, InterruptionTable, Period, Served

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
YEAR = Period(*(datetime(y, 1, 1, tzinfo=ZONE).astimezone(UTC) for y in (2026, 2027)))
RULESETS = ("ieee1366", "vn-tt39")


def asked(table: InterruptionTable, customers: int) -> Iterator[tuple[str, str, float]]:
    """Rule-set, question, and the seconds of processor time until it was answered, by an account
    that was new."""
    for name in RULESETS:
        for what, ask in _questions():
            account = Account(
                table=table,
                ruleset=read_ruleset(name),
                served=Served(((YEAR.begin, customers),)),
                now=YEAR.end,
                zone=ZONE,
            )
            began = time.process_time()
            ask(account)
            yield name, what, time.process_time() - began


def _questions() -> Iterator[tuple[str, Callable[[Account], object]]]:
    yield "indices", lambda account: account.indices(YEAR)
    yield "burden", lambda account: account.burden(YEAR)
    yield "major event days", lambda account: account.major_event_days(YEAR)
    for by in By:
        yield f"by {by.value}", lambda account, by=by: account.groups(YEAR, by)  # type: ignore[misc] # bound at once
