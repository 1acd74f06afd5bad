"""What switching saved. CAIDI can rise while everything gets better; this cannot."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gridops.reliability.indices import TICKS_PER_MINUTE
from gridops.reliability.interruptions import Interruption, episodes
from gridops.reliability.rulesets import RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """What a set of interruptions costs. Minutes count from the first second on, whatever a
    rule-set's threshold; `customers_sustained` is where the threshold shows."""

    customer_minutes: float
    customers: int
    customers_sustained: int
    energy_wh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Avoided:
    """`without` the switching minus what was (`with_plan`)."""

    with_plan: Toll
    without: Toll

    @property
    def customer_minutes(self) -> float:
        return self.without.customer_minutes - self.with_plan.customer_minutes

    @property
    def customers_sustained(self) -> int:
        """Customers whose interruption stayed under the threshold thanks to the switching."""
        return self.without.customers_sustained - self.with_plan.customers_sustained

    @property
    def energy_wh(self) -> float:
        return self.without.energy_wh - self.with_plan.energy_wh


def toll(interruptions: Iterable[Interruption], *, ruleset: RuleSet, now: datetime) -> Toll:
    """Each group of customers counts once per event."""
    found = episodes(interruptions)
    return Toll(
        customer_minutes=sum(e.customer_ticks(now) for e in found) / TICKS_PER_MINUTE,
        customers=sum(e.first.customers for e in found),
        customers_sustained=sum(
            e.first.customers for e in found if ruleset.is_sustained(e.duration(now))
        ),
        energy_wh=sum(e.energy_wh(now) for e in found),
    )


def without_switching(
    interruptions: Iterable[Interruption], repaired_at: datetime
) -> tuple[Interruption, ...]:
    """The same fault as if nobody had switched: everybody waits from the first loss of supply
    for the repair. Interruptions that outlasted the repair keep their own end."""
    return tuple(
        replace(
            episode.first,
            ended=max(repaired_at, *(piece.ended or repaired_at for piece in episode.pieces)),
        )
        for episode in episodes(interruptions)
    )


def avoided(
    interruptions: Sequence[Interruption], *, repaired_at: datetime, ruleset: RuleSet
) -> Avoided:
    """For the interruptions of one fault. `repaired_at`: when repair by crew alone would have
    given supply back, estimated while it lasts. Never negative in minutes."""
    return Avoided(
        with_plan=toll(interruptions, ruleset=ruleset, now=repaired_at),
        without=toll(
            without_switching(interruptions, repaired_at), ruleset=ruleset, now=repaired_at
        ),
    )
