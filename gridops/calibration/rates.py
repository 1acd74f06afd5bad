"""How often devices fail, by what they said of faults that were found: counts in, rates out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gridops.calibration.beta import quantile, share_below
from gridops.calibration.closed_incidents import PROTECTION, ClosedIncident, Sighting, Word
from gridops.ids import SwitchId
from gridops.outage import LocationSettings

PRIOR_WEIGHT = 50.0
"""What was assumed before counts as much as this many sightings."""
DEVICE_WEIGHT = 20.0
"""What its class does counts for one device as much as this many sightings of its own."""
FAILURES_EXPECTED_MIN = 3.0
"""Enough data: by the rate that is assumed, so many failures would have been seen."""
CREDIBLE = 0.90
CONSPICUOUS_TIMES = 3.0
"""A device is conspicuous if it surely (CREDIBLE) fails so many times as often as its class."""


class Failure(StrEnum):
    """In which way a device fails; each has the sightings in which it could have."""

    MISSING = "missing"
    STRAY = "stray"
    LATE = "late"
    FAILED = "failed"
    NOT_TRIPPED = "not_tripped"
    TRIPPED_ALONG = "tripped_along"


SETTING_OF: Mapping[Failure, str] = {
    Failure.MISSING: "p_missing",
    Failure.STRAY: "p_stray",
    Failure.NOT_TRIPPED: "p_miscoordination",
    Failure.TRIPPED_ALONG: "p_trips_along",
}
"""The settings that are learnt. Late and failed devices are counted: location asks how long ago
and whether a device can be heard, and needs no rate for it."""
ASSUMED = {Failure.LATE: 0.02, Failure.FAILED: 0.05}
"""Prior means where there is no setting."""


@dataclass(frozen=True, slots=True)
class Count:
    failures: int = 0
    sightings: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.failures + other.failures, self.sightings + other.sightings)

    def __sub__(self, other: "Count") -> "Count":
        return Count(self.failures - other.failures, self.sightings - other.sightings)


Counts = Mapping[tuple[str, Failure], Count]
"""By class of device, or by device, and way to fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Beta posterior of one rate: prior mean and weight, and the counts on top."""

    of: str
    failure: Failure
    count: Count
    assumed: float
    mean: float
    low: float
    high: float
    """The middle CREDIBLE of the posterior."""
    enough: bool


def failures_of(sighting: Sighting) -> dict[Failure, bool]:
    """In which ways the device could have failed here, and whether it did."""
    said = sighting.said
    if sighting.kind == PROTECTION:
        if sighting.on_path:
            return {Failure.NOT_TRIPPED: said is Word.STAYED}
        return {Failure.TRIPPED_ALONG: said is Word.TRIPPED}
    failed = {Failure.FAILED: said is Word.FAILED}
    if said is Word.FAILED:
        return failed
    flagged = said in (Word.YES, Word.LATE)
    if not sighting.on_path:
        return {**failed, Failure.STRAY: flagged}
    late = {Failure.LATE: said is Word.LATE} if flagged else {}
    return {**failed, Failure.MISSING: not flagged, **late}


def by_class(incidents: Iterable[ClosedIncident]) -> dict[tuple[str, Failure], Count]:
    return _counted((s.kind, s) for each in incidents for s in each.telling)


def by_device(incidents: Iterable[ClosedIncident]) -> dict[tuple[str, Failure], Count]:
    return _counted((s.device, s) for each in incidents for s in each.telling)


def _counted(named: Iterable[tuple[str, Sighting]]) -> dict[tuple[str, Failure], Count]:
    counts: dict[tuple[str, Failure], Count] = {}
    for name, sighting in named:
        for failure, happened in failures_of(sighting).items():
            key = (name, failure)
            counts[key] = counts.get(key, Count()) + Count(int(happened), 1)
    return counts


def over_all(counts: Counts, failure: Failure) -> Count:
    """Of all classes together: the settings know one rate for all."""
    total = Count()
    for (_, each), count in counts.items():
        if each is failure:
            total += count
    return total


def assumed(failure: Failure, settings: LocationSettings) -> float:
    """The mean of the prior: what the settings say now."""
    name = SETTING_OF.get(failure)
    value: float = ASSUMED[failure] if name is None else getattr(settings, name)
    return value


def rate(
    of: str, failure: Failure, *, count: Count, prior: float, weight: float = PRIOR_WEIGHT
) -> Rate:
    """`prior`: mean of the Beta prior, `weight` its sightings."""
    a = weight * prior + count.failures
    b = weight * (1.0 - prior) + count.sightings - count.failures
    tail = (1.0 - CREDIBLE) / 2
    return Rate(
        of=of,
        failure=failure,
        count=count,
        assumed=prior,
        mean=a / (a + b),
        low=quantile(tail, a=a, b=b),
        high=quantile(1.0 - tail, a=a, b=b),
        enough=count.sightings * prior >= FAILURES_EXPECTED_MIN,
    )


def rates_of_classes(counts: Counts, settings: LocationSettings) -> list[Rate]:
    """By class, in the order of the alphabet."""
    return [
        rate(of, failure, count=count, prior=assumed(failure, settings))
        for (of, failure), count in sorted(counts.items())
    ]


def learnt(counts: Counts, settings: LocationSettings) -> dict[str, Rate]:
    """By name of the setting: the rate over all classes."""
    return {
        name: rate(
            "all",
            failure,
            count=over_all(counts, failure),
            prior=assumed(failure, settings),
        )
        for failure, name in SETTING_OF.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Conspicuous:
    """A device that fails more often than its class; worth a visit, or less trust."""

    device: SwitchId
    rate: Rate


def conspicuous(
    incidents: Sequence[ClosedIncident], settings: LocationSettings
) -> list[Conspicuous]:
    """Devices whose rate, drawn towards that of their class, is surely far above it; the worst
    first."""
    kinds = {s.device: s.kind for each in incidents for s in each.sightings}
    means = {(r.of, r.failure): r.mean for r in rates_of_classes(by_class(incidents), settings)}
    found = []
    for (device, failure), count in by_device(incidents).items():
        usual = means[kinds[SwitchId(device)], failure]
        one = rate(device, failure, count=count, prior=usual, weight=DEVICE_WEIGHT)
        a = DEVICE_WEIGHT * usual + count.failures
        b = DEVICE_WEIGHT * (1.0 - usual) + count.sightings - count.failures
        often = min(CONSPICUOUS_TIMES * usual, 0.5)
        if 1.0 - share_below(often, a=a, b=b) >= CREDIBLE:
            found.append(Conspicuous(device=SwitchId(device), rate=one))
    return sorted(found, key=lambda each: (-each.rate.mean, each.device))
