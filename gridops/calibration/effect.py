"""What other rates would have made of the closed incidents: shown before they are taken in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

from gridops.calibration.closed_incidents import PROTECTION, ClosedIncident, Word
from gridops.calibration.rates import Count, Counts, Failure, by_class, learnt
from gridops.calibration.scores import Calibration, log_score, mean, middle
from gridops.ids import SwitchId
from gridops.measurement import Measured, Quality, Reading
from gridops.outage import Location, LocationSettings, locate

THEN = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How well the incidents are located with one set of rates."""

    incidents: int
    log_score: float
    """Mean over the true sections, in nats; nearer to 0 is better."""
    right: float
    """Share in which the true section is the likeliest."""
    held: float
    """Share in which it is suspected."""
    calibration_error: float
    """Of every section that was named."""
    suspected_mean: float
    suspected_median: float


def with_rates(settings: LocationSettings, rates: Mapping[str, float]) -> LocationSettings:
    known = {each.name for each in fields(LocationSettings)}
    changed: dict[str, float] = {name: value for name, value in rates.items() if name in known}
    return replace(settings, **changed)  # type: ignore[arg-type]  # rates are floats


def effect_now(incidents: Sequence[ClosedIncident], settings: LocationSettings) -> Effect:
    """With the settings as they are."""
    return _effect((each, settings) for each in incidents if each.can_be_located)


def effect_learnt(incidents: Sequence[ClosedIncident], settings: LocationSettings) -> Effect:
    """With the rates learnt from all other incidents: none is judged by what itself has taught."""
    counts = by_class(incidents)

    def told() -> Iterator[tuple[ClosedIncident, LocationSettings]]:
        for each in incidents:
            if each.can_be_located:
                rest = _without(counts, each)
                means = {name: rate.mean for name, rate in learnt(rest, settings).items()}
                yield each, with_rates(settings, means)

    return _effect(told())


def _without(counts: Counts, one: ClosedIncident) -> dict[tuple[str, Failure], Count]:
    own = by_class([one])
    return {key: count - own.get(key, Count()) for key, count in counts.items()}


def _effect(told: Iterator[tuple[ClosedIncident, LocationSettings]]) -> Effect:
    scores: list[float] = []
    sizes: list[int] = []
    right = held = 0
    said = Calibration()
    for incident, settings in told:
        where = _located(incident, settings)
        given = {suspect.section: suspect.probability for suspect in where.suspects}
        true = incident.section
        scores.append(log_score(given.get(true, 0.0) if true is not None else 0.0))
        sizes.append(len(where.suspected))
        right += bool(where.suspects) and where.suspects[0].section == true
        held += true in where.suspected
        for suspect in where.suspects:
            said.take(min(suspect.probability, 1.0), suspect.section == true)
    count = max(len(scores), 1)
    return Effect(
        incidents=len(scores),
        log_score=mean(scores),
        right=right / count,
        held=held / count,
        calibration_error=said.error,
        suspected_mean=mean(sizes),
        suspected_median=middle(sizes),
    )


def _located(incident: ClosedIncident, settings: LocationSettings) -> Location:
    traced = incident.traced
    if traced is None:
        raise ValueError(f"incident {incident.id} has no grid to be located on")
    return locate(
        traced.network,
        closed_before=traced.closed,
        tripped=incident.tripped,
        flags=dict(_flags(incident)),
        since=THEN,
        settings=settings,
    )


def _flags(incident: ClosedIncident) -> Iterator[tuple[SwitchId, Measured[Reading]]]:
    for each in incident.sightings:
        if each.kind == PROTECTION:
            continue
        if each.said is Word.FAILED:
            yield each.device, Measured(Reading.FAILED, Quality.BAD, THEN)
        else:
            said = Reading.YES if each.said in (Word.YES, Word.LATE) else Reading.NO
            yield each.device, Measured(said, Quality.GOOD, THEN)
