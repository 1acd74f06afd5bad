"""The truth about a grid in its normal state: what feeds what, and how often it fails.

Kept apart from the engine on purpose, plain and slow: what a study measures the location with
must not share its mistakes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gridops.errors import ScenarioError
from gridops.ids import SectionId, SwitchId
from gridops.network import (
    Branch,
    BranchKind,
    IndicatorKind,
    Network,
    Signal,
    Switch,
    SwitchKind,
    Values,
)
from gridops.outage import LocationSettings

Path = tuple[SwitchId, ...]


@dataclass(frozen=True)
class Terrain:
    """A radial grid as fault current sees it."""

    network: Network
    paths: Mapping[SectionId, Path]
    """Of every section with supply: the switches that fault current passes, from the source."""
    weights: Mapping[SectionId, float]
    """Failures per year."""
    indicators: tuple[SwitchId, ...]
    """The switches that have one, in grid order."""
    telling: frozenset[SwitchId]
    """The switches whose position is reported."""

    @cached_property
    def guards(self) -> Mapping[SectionId, Path]:
        """What clears a fault in each section: first the nearest, then those towards the source."""
        switches = self.network.switches
        return {
            section: tuple(s for s in reversed(path) if _opens_by_itself(switches[s]))
            for section, path in self.paths.items()
        }

    @cached_property
    def behind(self) -> Mapping[SwitchId, tuple[SectionId, ...]]:
        """The sections that each switch feeds."""
        found: dict[SwitchId, list[SectionId]] = {}
        for section, path in self.paths.items():
            for switch in path:
                found.setdefault(switch, []).append(section)
        return {switch: tuple(sections) for switch, sections in found.items()}

    @cached_property
    def number_of(self) -> Mapping[SwitchId, int]:
        """Place of each indicator among `indicators`."""
        return {switch: number for number, switch in enumerate(self.indicators)}

    @cached_property
    def places(self) -> tuple[SectionId, ...]:
        """Where a fault can be drawn: what some device clears."""
        return tuple(section for section in self.paths if self.guards[section])

    @cached_property
    def shares(self) -> Values:
        """Running sum of the prior over `places`; ends with 1."""
        sums = np.cumsum([self.weights[section] for section in self.places])
        shares: Values = sums / sums[-1]
        return shares

    def darkens(self, device: SwitchId) -> bool:
        """Whether any customer hangs behind `device`."""
        loads = self.network.loads_of_section
        return any(loads[section] for section in self.behind.get(device, ()))


def survey(network: Network, settings: LocationSettings) -> Terrain:
    """The grid in its normal state; failure rates that it does not give are those of `settings`.

    Raises: ScenarioError for a grid that is not radial in its normal state, or in which nothing
    clears a fault.
    """
    terrain = Terrain(
        network=network,
        paths=_paths(network),
        weights={
            section: _failures_per_year(network, section, settings=settings)
            for section in network.sections
        },
        indicators=tuple(
            s.id for s in network.switches.values() if s.indicator is not IndicatorKind.NONE
        ),
        telling=frozenset(
            SwitchId(point.element)
            for point in network.components.points
            if point.signal is Signal.POSITION
        ),
    )
    if not terrain.places:
        raise ScenarioError(
            "no device of the grid clears a fault",
            where=network.name,
            remedy="give its breakers protection",
        )
    return terrain


def _paths(network: Network) -> dict[SectionId, Path]:
    paths: dict[SectionId, Path] = {}
    for source in network.sources.values():
        start = network.section_of_node[source.node]
        _require(start not in paths, network, why="two sources stand together")
        paths[start] = ()
        reached = [start]
        for section in reached:  # grows while it is walked
            for switch, beyond in _ways_on(network, section, came_by=paths[section][-1:]):
                _require(beyond not in paths, network, why=f"{switch} closes a ring")
                paths[beyond] = (*paths[section], switch)
                reached.append(beyond)
    return paths


def _ways_on(
    network: Network, section: SectionId, *, came_by: Path
) -> list[tuple[SwitchId, SectionId]]:
    return [
        (switch, network.across(switch, section))
        for switch in network.sections[section].switches
        if network.switches[switch].is_normally_closed and switch not in came_by
    ]


def _require(holds: bool, network: Network, *, why: str) -> None:
    if not holds:
        raise ScenarioError(
            f"is not radial in its normal state: {why}",
            where=network.name,
            remedy="random faults want a radial grid",
        )


def _opens_by_itself(switch: Switch) -> bool:
    return switch.pickup_current_a is not None or switch.kind is SwitchKind.FUSE


def _failures_per_year(
    network: Network, section: SectionId, *, settings: LocationSettings
) -> float:
    part = network.sections[section]
    total = settings.failures_per_year_section
    for node in part.nodes:
        total += network.nodes[node].failures_per_year or 0.0
    for ident in part.branches:
        branch = network.branches[ident]
        if branch.failures_per_year is not None:
            total += branch.failures_per_year
        elif not isinstance(branch, Branch):
            total += settings.failures_per_year_transformer
        elif branch.kind is BranchKind.OVERHEAD:
            total += settings.failures_per_km_year_overhead * branch.length_m / 1000.0
        else:
            total += settings.failures_per_km_year_cable * branch.length_m / 1000.0
    return total
