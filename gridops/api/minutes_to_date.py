"""Minutes of the month and the year so far, of the system and of each feeder."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from gridops.api.counting import Counting
from gridops.api.minutes_gauges import periods
from gridops.api.words import Plain
from gridops.errors import GridOpsError
from gridops.ports import Clock
from gridops.reliability import Account, By, Indices

EVERY_S = 60.0
"""They are not counted again sooner."""
SHOWN = ("month", "year")
OF_SYSTEM = ("saidi_min", "saifi", "caidi_min", "maifi", "customer_minutes", "ens_wh")
OF_FEEDER = ("saidi_min", "saifi", "maifi")
"""Per customer of the feeder."""
_log = structlog.get_logger()


@dataclass(slots=True)
class ToDate:
    """As it was counted last."""

    counting: Counting
    of: Mapping[str, Plain] = field(init=False)
    """By rule-set; nothing in it was counted yet, at first."""

    def __post_init__(self) -> None:
        self.of = {name: {"counted_to": None} for name in self.counting.rulesets}

    async def keep_up(self, clock: Clock) -> None:
        """Counts anew, beside the loop, and never returns."""
        while True:
            try:
                await self.count(clock)
            except GridOpsError as error:
                _log.warning("minutes to date stay as they are", why=str(error))
            except Exception:  # noqa: BLE001 - one flaw in the counting must not end it for good
                _log.exception("minutes to date stay as they are")
            await asyncio.sleep(EVERY_S)

    async def count(self, clock: Clock) -> None:
        """Raises: CountingBusy."""
        ask, now = self.counting.ask, clock.now()
        self.of = {name: await ask(name, to_date, now=now) for name in self.counting.rulesets}


def to_date(account: Account) -> Plain:
    """Nothing is told of a time in which a month has no customers."""
    found: Plain = {"counted_to": account.now.isoformat()}
    for name, period in periods(account.now, account.zone).items():
        if name not in SHOWN:
            continue
        with suppress(ValueError):
            groups = account.groups(period, By.FEEDER)
            hit = {group.key: _told(group.own, OF_FEEDER) for group in groups if group.own}
            spared = dict.fromkeys(account.served.of_group["feeder"], dict.fromkeys(OF_FEEDER, 0.0))
            system = _told(account.indices(period), OF_SYSTEM)
            found[name] = {"system": system, "feeders": {**spared, **hit}}
    return found


def _told(indices: Indices, names: tuple[str, ...]) -> Plain:
    return {name: getattr(indices, name) for name in names}
