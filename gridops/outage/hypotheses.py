"""One hypothesis per candidate section, each weighed against all that was said."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gridops.ids import SectionId, SwitchId
from gridops.network import Network
from gridops.outage.sensor_model import (
    Listener,
    LocationSettings,
    Statement,
    failures_per_year,
    is_malfunction,
    probability,
)
from gridops.state import Energisation


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be explained. Everything in the order in which current reaches it."""

    network: Network
    traced: Energisation
    tripped: tuple[SwitchId, ...]
    nearest: tuple[SwitchId, ...]
    """The tripped devices with no tripped device behind them; one, unless trips disagree."""
    candidates: tuple[SectionId, ...]
    inner: tuple[SwitchId, ...]
    """The switches that feed one candidate from another."""
    statements: tuple[Statement, ...]
    """What the inner devices said, in the same order."""
    rings: tuple[SwitchId, ...]
    """Closed switches at a candidate by which current could come round a ring."""

    @property
    def counting(self) -> tuple[Statement, ...]:
        return tuple(s for s in self.statements if s.is_yes is not None)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    section: SectionId
    path: frozenset[SwitchId]
    """The switches that fault current to `section` passes."""
    pattern: tuple[bool, ...]
    """Per counting statement: whether its device is on the path. One pattern, one zone."""
    malfunctions: int
    probability: float


def open_case(traced: Energisation, tripped: tuple[SwitchId, ...], *, listener: Listener) -> Case:
    """`traced`: supply just before the fault; `tripped` in grid order."""
    network = traced.network
    reach = {device: traced.behind(device) for device in tripped}
    nearest = tuple(
        d
        for d in tripped
        if reach[d] and not any(reach[e] < reach[d] and reach[e] for e in tripped)
    )
    behind = frozenset(section for device in nearest for section in reach[device])
    candidates = tuple(section for section in traced.order if section in behind)
    feeding = [traced.fed_through[section] for section in candidates]
    inner = tuple(switch for switch in feeding if switch is not None and switch not in nearest)
    return Case(
        network=network,
        traced=traced,
        tripped=tripped,
        nearest=nearest,
        candidates=candidates,
        inner=inner,
        statements=tuple(s for device in inner for s in listener.all_of(device)),
        rings=tuple(
            s for s in traced.loops if any(end in behind for end in network.section_ends[s])
        ),
    )


def weigh(case: Case, settings: LocationSettings) -> tuple[Hypothesis, ...]:
    """One per candidate, in grid order of the sections; probabilities sum to one.

    Prior: expected failures per year of the section. Likelihood: the product over everything
    that counts, independent given the section.
    """
    counting = case.counting
    wanted = frozenset(case.candidates)
    sections = [section for section in case.network.sections if section in wanted]
    paths = [frozenset(case.traced.path(section)) for section in sections]
    patterns = [tuple(s.device in path for s in counting) for path in paths]
    logs = [
        math.log(failures_per_year(case.network, section, settings=settings))
        + math.fsum(
            math.log(probability(statement, on_path=on_path, settings=settings))
            for statement, on_path in zip(counting, pattern, strict=True)
        )
        for section, pattern in zip(sections, patterns, strict=True)
    ]
    weights = [math.exp(log - max(logs)) for log in logs]
    total = math.fsum(weights)
    return tuple(
        Hypothesis(section, path, pattern, _malfunctions(counting, pattern), weight / total)
        for section, path, pattern, weight in zip(sections, paths, patterns, weights, strict=True)
    )


def _malfunctions(counting: Sequence[Statement], pattern: Sequence[bool]) -> int:
    return sum(is_malfunction(s, on) for s, on in zip(counting, pattern, strict=True))
