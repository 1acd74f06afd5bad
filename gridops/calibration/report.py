"""What a study found, as one plain document, and what it should have found."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from gridops.calibration.beta import at_least
from gridops.calibration.random_faults import Study, Tally
from gridops.calibration.scores import Calibration, mean, middle


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a study must show; None: it may be anything. Shares are of the faults heard of."""

    held_min: float | None = None
    """The true section is in the suspected set."""
    top1_gap_max: float | None = None
    """How much more often the exact optimum names the true section, counted over the faults and
    by its own probabilities: neither may be more."""
    calibration_error_max: float | None = None
    """Of the likeliest sections, and of all that were named."""
    order_differences_max: int | None = None
    unnoticed_max: int | None = None
    single_when_sound_min: float | None = None
    """Where no device erred: the suspected set is one section."""
    zone_when_sound_min: float | None = None
    """Where no device erred: it is the zone of the fault, or a part of it."""
    suspected_mean_max: float | None = None


def figures(study: Study, found: Tally) -> dict[str, Any]:
    """JSON: numbers, words, lists and tables alone; the same study gives the same bytes."""
    heard, sound = max(found.heard, 1), len(found.sound_sizes)
    return {
        "seed": study.seed,
        "faults": found.heard,
        "through_desk": study.through_desk,
        "unheard": found.unheard,
        "unnoticed": found.unnoticed,
        "split": found.split,
        "held": {
            "count": found.held,
            "share": found.held / heard,
            "at_least": at_least(found.held, found.heard),
        },
        "top1": {
            "share": found.right / heard,
            "possible": found.right_possible / heard,
            "gap": max((found.right_possible - found.right) / heard, mean(found.gaps)),
            "gap_exact": mean(found.gaps),
        },
        "log_score": {
            "mean": mean(found.log_scores),
            "possible": mean(found.log_scores_possible),
        },
        "calibration": {"first": _plain(found.first), "every": _plain(found.every)},
        "suspected": {
            "mean": mean(found.sizes),
            "median": middle(found.sizes),
            "p95": middle(found.sizes, 0.95),
            "max": max(found.sizes, default=0),
        },
        "sound": {
            "faults": sound,
            "single": sum(size == 1 for size in found.sound_sizes) / max(sound, 1),
            "zone": found.sound_in_zone / max(sound, 1),
            "mean": mean(found.sound_sizes),
        },
        "verdicts": dict(sorted(found.verdicts.items())),
        "orders": study.orders,
        "order_differences": found.differing,
        "not_held": [asdict(missed) for missed in found.not_held],
    }


def _plain(calibration: Calibration) -> dict[str, Any]:
    return {
        "error": calibration.error,
        "bins": [{"count": b.count, "stated": b.stated, "true": b.true} for b in calibration.bins],
    }


def misses(plain: dict[str, Any], expected: Expectation) -> Iterator[str]:
    """What is not as expected, of a document of `figures`."""
    errors = (plain["calibration"][which]["error"] for which in ("first", "every"))
    floors = {
        "held_min": plain["held"]["share"],
        "single_when_sound_min": plain["sound"]["single"],
        "zone_when_sound_min": plain["sound"]["zone"],
    }
    ceilings = {
        "top1_gap_max": plain["top1"]["gap"],
        "calibration_error_max": max(errors),
        "order_differences_max": plain["order_differences"],
        "unnoticed_max": plain["unnoticed"],
        "suspected_mean_max": plain["suspected"]["mean"],
    }
    if plain["faults"] == 0:
        yield "no fault of this grid is heard of"
    for name, value in floors.items():
        limit = getattr(expected, name)
        if limit is not None and value < limit:
            yield f"{name}: expected at least {limit:g}, found {value:.6g}"
    for name, value in ceilings.items():
        limit = getattr(expected, name)
        if limit is not None and value > limit:
            yield f"{name}: expected at most {limit:g}, found {value:.6g}"
