"""The ledger beside the truth, load by load."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridops.ids import LoadId
from gridops.reliability import Interruption
from tests.year.witness import Span

Spans = Mapping[LoadId, list[Span]]
NOTHING = timedelta(0)
METERS_SURE_AFTER = timedelta(seconds=45)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Of one load."""

    load: LoadId
    true: list[Span]
    """Those that the ledger does not have, to the microsecond."""
    booked: list[Span]
    """Those that the field knows nothing of."""


@dataclass(slots=True, kw_only=True)
class Balance:
    loads: int = 0
    spans: int = 0
    true_customer_s: float = 0.0
    booked_customer_s: float = 0.0
    different: list[Difference] = field(default_factory=list)


def booked(interruptions: Iterable[Interruption]) -> dict[LoadId, list[Span]]:
    """Pieces that touch are one; those of no length are none."""
    found: dict[LoadId, list[Span]] = {}
    for one in sorted(interruptions, key=lambda one: (one.load, one.began)):
        spans = found.setdefault(one.load, [])
        if one.ended == one.began:
            continue
        if spans and spans[-1][1] == one.began:
            spans[-1] = (spans[-1][0], one.ended)
        else:
            spans.append((one.began, one.ended))
    return {load: spans for load, spans in found.items() if spans}


def balance(
    truth: Spans,
    ledger: Spans,
    *,
    customers: Mapping[LoadId, int],
    now: datetime,
    unseen: AbstractSet[LoadId] = frozenset(),
) -> Balance:
    """`unseen`: loads behind a device that tells nothing; what is over there before meters are
    sure of it, nobody can know."""
    found = Balance()
    for load in sorted({*truth, *ledger}):
        ours = ledger.get(load, [])
        true = [s for s in truth.get(load, []) if load not in unseen or s in ours or _is_told(s)]
        found.loads += 1
        found.spans += len(true)
        found.true_customer_s += customers[load] * _seconds(true, now)
        found.booked_customer_s += customers[load] * _seconds(ours, now)
        if true != ours:
            found.different.append(
                Difference(
                    load=load,
                    true=[span for span in true if span not in ours],
                    booked=[span for span in ours if span not in true],
                )
            )
    return found


def _is_told(span: Span) -> bool:
    return span[1] is None or span[1] - span[0] >= METERS_SURE_AFTER


def _seconds(spans: Iterable[Span], now: datetime) -> float:
    whole = sum(((ended or now) - began for began, ended in spans), NOTHING)
    return whole.total_seconds()
