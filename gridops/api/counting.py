"""Minutes counted beside the loop: in a thread, one question after the other."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from gridops.control_room import ControlRoom
from gridops.errors import GridOpsError, UnknownId
from gridops.reliability import Account, Booked, Period, RuleSet, months_of
from gridops.reliability.periods import YEARS

WAITING_MAX = 32
LENGTH_MAX = timedelta(days=11 * 366)
"""A report and the years that its major event days rest on."""
Answer = TypeVar("Answer")


class CountingBusy(GridOpsError):
    """As many wait for figures as may."""

    code = "counting-busy"


class BadPeriod(GridOpsError):
    """From and to are no time that minutes are counted in."""

    code = "bad-period"


@dataclass(slots=True, kw_only=True)
class Counting:
    """Answers from the books as they are when somebody asks. The loop only hands them out: a copy
    after a change, else the same again."""

    room: ControlRoom
    rulesets: Mapping[str, RuleSet]
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    _waiting: int = 0
    _accounts: dict[str, tuple[Booked, Account]] = field(default_factory=dict)
    """By rule-set, the last one: what does not change until the next question is kept with it."""

    async def ask(
        self, ruleset: str, question: Callable[[Account], Answer], *, now: datetime
    ) -> Answer:
        """What lasts is counted to `now`.

        Raises: UnknownId; CountingBusy; GridOpsError where nobody is served.
        """
        rules = self.known(ruleset)

        def read() -> Callable[[], Answer]:
            booked = self.room.books.booked()
            return partial(self._answer, booked, rules, now=now, question=question)

        try:
            return await self.beside(read)
        except ValueError as error:
            raise GridOpsError(str(error), remedy="give loads their customers") from error

    async def beside(self, read: Callable[[], Callable[[], Answer]]) -> Answer:
        """`read` takes from the books what the question needs, when it is its turn; what it
        returns is worked out in the thread. Raises: CountingBusy."""
        if self._waiting >= WAITING_MAX:
            raise CountingBusy(
                f"{self._waiting} questions wait already", remedy="ask again in a moment"
            )
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(read())
        finally:
            self._waiting -= 1

    def _answer(
        self,
        booked: Booked,
        rules: RuleSet,
        *,
        now: datetime,
        question: Callable[[Account], Answer],
    ) -> Answer:
        held, account = self._accounts.get(rules.name, (None, None))
        if account is None or held is not booked:
            account = booked.account(rules, now=now, zone=zone_of(rules, booked.zone))
        account = account.at(now)
        answer = question(account)
        self._accounts[rules.name] = booked, account
        return answer

    def known(self, ruleset: str) -> RuleSet:
        """Raises: UnknownId, with the names that there are."""
        if ruleset not in self.rulesets:
            raise UnknownId("ruleset", ruleset, near=list(self.rulesets))
        return self.rulesets[ruleset]

    def month(self, ruleset: str, month: str) -> Period:
        """A calendar month where the rule-set is at home. Raises: UnknownId."""
        return calendar_month(month, zone_of(self.known(ruleset), self.room.books.zone))

    def period(
        self, ruleset: str, *, begin: datetime | None, end: datetime | None, now: datetime
    ) -> Period:
        """Times without a zone are those of the rule-set's place. Today until now, as far as
        nothing else is said.

        Raises: UnknownId; BadPeriod.
        """
        zone = zone_of(self.known(ruleset), self.room.books.zone)
        midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        first = midnight.astimezone(UTC) if begin is None else placed(begin, zone)
        last = max(now, first + timedelta(seconds=1)) if end is None else placed(end, zone)
        if not first < last <= first + LENGTH_MAX:
            raise BadPeriod(
                f"from {first.isoformat()} to {last.isoformat()} is no time to count",
                remedy=f"`from` lies before `to`, by {LENGTH_MAX.days} days at most",
            )
        return Period(first, last)


def calendar_month(month: str, zone: tzinfo) -> Period:
    """Of 2026-10, in `zone`."""
    begin = datetime.fromisoformat(f"{month}-01").replace(tzinfo=zone)
    first = months_of(Period(begin, begin + timedelta(days=32)), zone)[0]
    return Period(first.begin.astimezone(UTC), first.end)


def zone_of(rules: RuleSet, otherwise: tzinfo) -> tzinfo:
    """Of days and months."""
    return otherwise if rules.time_zone is None else ZoneInfo(rules.time_zone)


def placed(instant: datetime, zone: tzinfo) -> datetime:
    """Without a zone, one of `zone`. Raises: BadPeriod for a year that no calendar here reaches."""
    if instant.year not in YEARS:
        raise BadPeriod(
            f"{instant.isoformat()} lies outside the years {YEARS[0]} to {YEARS[-1]}",
            remedy="name another time",
        )
    return (instant.replace(tzinfo=zone) if instant.tzinfo is None else instant).astimezone(UTC)
