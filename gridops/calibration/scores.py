"""How well probabilities agree with what was true."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

BINS = 20
"""Of equal width, 0 to 1."""
P_LEAST = 1e-12
"""What a section that was never named is taken to have been given, so that the log score is
finite."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Statements whose probability lies within one span."""

    count: int
    stated: float
    """Mean of the probabilities that were stated; 0 in an empty bin."""
    true: float
    """Share of them that were true; 0 in an empty bin."""


@dataclass(slots=True)
class Calibration:
    """Collects statements "this holds with probability p" and how they turned out."""

    counts: list[int] = field(default_factory=lambda: [0] * BINS)
    trues: list[int] = field(default_factory=lambda: [0] * BINS)
    sums: list[float] = field(default_factory=lambda: [0.0] * BINS)

    def take(self, probability: float, is_true: bool) -> None:
        number = min(int(probability * BINS), BINS - 1)
        self.counts[number] += 1
        self.trues[number] += is_true
        self.sums[number] += probability

    def add(self, other: "Calibration") -> None:
        """What was collected elsewhere."""
        for number in range(BINS):
            self.counts[number] += other.counts[number]
            self.trues[number] += other.trues[number]
            self.sums[number] += other.sums[number]

    @property
    def bins(self) -> tuple[Bin, ...]:
        return tuple(
            Bin(n, s / n if n else 0.0, t / n if n else 0.0)
            for n, t, s in zip(self.counts, self.trues, self.sums, strict=True)
        )

    @property
    def error(self) -> float:
        """Expected calibration error (Naeini, Cooper and Hauskrecht 2015): the mean distance, over
        all statements, between what the statements of a bin said and how often they were true."""
        total = sum(self.counts)
        if not total:
            return 0.0
        return math.fsum(b.count * abs(b.stated - b.true) for b in self.bins) / total


def log_score(probability: float) -> float:
    """Of the section that was true, in nats: 0 is certainty, less is worse."""
    return math.log(max(probability, P_LEAST))


def middle(values: Sequence[float], share: float = 0.5) -> float:
    """The smallest value that at least this share of all does not exceed; 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def mean(values: Iterable[float]) -> float:
    """0 of nothing."""
    kept = list(values)
    return math.fsum(kept) / len(kept) if kept else 0.0


def counted(words: Iterable[str]) -> Mapping[str, int]:
    """How often each word came, in the order of the alphabet."""
    return dict(sorted(Counter(words).items()))
