"""Random ledgers that go where counting goes wrong: at thresholds, midnights and clock changes."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from gridops.ids import FeederId, IncidentId, LoadId, ProfileId, SectionId
from gridops.network import Profile
from gridops.reliability import Circumstance, Interruption

ZONES = ("Asia/Ho_Chi_Minh", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "UTC")
CAUSES = (
    Circumstance(cause="fault"),
    Circumstance(cause="fault"),
    Circumstance(),
    Circumstance(cause="planned", planned=True),
    Circumstance(cause="lost_supply", source_lost=True),
    Circumstance(cause="fault", exclusions=frozenset({"third-party"})),
)
PROFILES = tuple(
    Profile(id=ProfileId(name), name=name, factors=factors)
    for name, factors in {
        "homes": tuple(0.3 + 0.1 * (k % 8) for k in range(24)),
        "shops": tuple(1.5 * (28 <= k < 80) for k in range(96)),
        "lamps": tuple(float(k % 3) for k in range(48)),
    }.items()
)
"""The second and third draw nothing at some hours."""
LENGTHS_S = (0, 0.5, 30, 299.999999, 300, 300.000001, 301, 600, 3600, 8 * 3600, 90_000)


@dataclass(frozen=True)
class Case:
    pieces: list[Interruption]
    served: dict[tuple[int, int], int]
    zone: tzinfo
    clock: tzinfo | None
    """That profiles go by."""
    begin: datetime
    end: datetime
    now: datetime


def random_case(seed: int) -> Case:
    """Two to three years in which a few loads lose supply now and then; the year asked for is the
    last, so that there is a history for major event days."""
    dice = random.Random(seed)
    zone = ZoneInfo(dice.choice(ZONES))
    year = dice.choice((2023, 2024, 2026, 2027))
    begin, end = (datetime(y, 1, 1, tzinfo=zone).astimezone(UTC) for y in (year, year + 1))
    if dice.random() < 0.3:
        end = begin + (end - begin) * dice.uniform(0.05, 0.9)
        end = end.replace(microsecond=0)
    first = datetime(year - dice.choice((0, 1, 2)), 1, 1, tzinfo=zone).astimezone(UTC)
    pieces: list[Interruption] = []
    for k in range(dice.randint(1, 4)):
        pieces += _of_load(dice, f"L{k}", first=first, end=end, zone=zone)
    dice.shuffle(pieces)
    served = {
        (y, m): dice.choice((500, 500, 501, 640))
        for y in range(year - 3, year + 2)
        for m in range(1, 13)
    }
    now = end if dice.random() < 0.8 else begin + (end - begin) / 2
    pieces = [p for p in pieces if p.began <= now and (p.ended is None or p.ended <= now)]
    clock = ZoneInfo(dice.choice(ZONES))
    return Case(pieces, served, zone, clock if dice.random() < 0.9 else None, begin, end, now)


def _of_load(
    dice: random.Random, load: str, *, first: datetime, end: datetime, zone: tzinfo
) -> list[Interruption]:
    found: list[Interruption] = []
    whole = dice.randint(1, 30)
    area, priority = dice.choice(("A", "B", None)), dice.randint(1, 2)
    profile = dice.choice((None, *PROFILES))
    at = first
    for _ in range(dice.randint(1, 9)):
        at = max(at, _somewhere(dice, first=at, end=end, zone=zone))
        incident = dice.choice((None, "I1", "I2", f"I{dice.randint(3, 9)}"))
        why = dice.choice(CAUSES)
        for _ in range(dice.choice((1, 1, 1, 2, 4))):
            length = timedelta(seconds=dice.choice(LENGTHS_S))
            found.append(
                Interruption(
                    load=LoadId(load),
                    section=SectionId("S"),
                    feeder=dice.choice((FeederId("F1"), FeederId("F2"), None)),
                    customers=whole if dice.random() < 0.7 else dice.randint(0, whole),
                    p_w=float(dice.randint(0, 10**6)),
                    began=at,
                    ended=at + length,
                    incident=None if incident is None else IncidentId(incident),
                    why=why,
                    area=area,
                    priority=priority,
                    profile=profile,
                    p_at=dice.choice((at, at, None, at - timedelta(seconds=5000))),
                    goes_on=dice.random() < 0.2,
                )
            )
            at += length + timedelta(seconds=dice.choice((0, 0, 1, 299, 300, 301, 4000)))
            if dice.random() < 0.3:
                incident = None
    if dice.random() < 0.15:
        last = found.pop()
        found.append(replace(last, ended=None))
    return found


def _somewhere(dice: random.Random, *, first: datetime, end: datetime, zone: tzinfo) -> datetime:
    """Anywhere, but often just around a midnight, a month's end or a change of the clocks."""
    span = (end - first) / timedelta(seconds=1)
    at = first + timedelta(seconds=dice.uniform(0, max(span, 0) / 3))
    if dice.random() < 0.5:
        local = at.astimezone(zone)
        day = dice.choice((1, local.day))
        at = datetime(local.year, local.month, day, tzinfo=zone).astimezone(UTC)
        at += timedelta(seconds=dice.choice((-301, -300, -1, 0, 1, 7200)))
    return at.replace(microsecond=dice.choice((0, 0, 1, 999_999)))
