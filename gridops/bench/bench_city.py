"""The input that all sides get: a synthetic city, its loads, and its normal switch state."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from gridops.bench.fused import FusedGrid, fused
from gridops.city import build_city
from gridops.network import Network, SwitchSet, build_network
from gridops.powerflow import LoadPowers

LOAD_SCALES = (1.0, 1.01)
"""A warm solve goes from one of these load cases to the other and back."""


@dataclass(frozen=True)
class BenchCity:
    """`gridops.city.build_city(feeders, seed=seed)` without its generators: an outage plan does
    not count on them, and so every engine is asked for loads alone."""

    feeders: int
    seed: int

    @cached_property
    def network(self) -> Network:
        return build_network(replace(build_city(self.feeders, seed=self.seed), generators=()))

    @cached_property
    def closed(self) -> SwitchSet:
        return self.network.normally_closed

    @cached_property
    def loads(self) -> Sequence[LoadPowers]:
        """One load case for each of `LOAD_SCALES`."""
        return [LoadPowers.stated(self.network, scale=scale) for scale in LOAD_SCALES]

    @cached_property
    def fused(self) -> FusedGrid:
        """The normal state."""
        return fused(self.network, self.closed)

    @property
    def title(self) -> str:
        return f"city of {self.feeders} feeders, seed {self.seed}"
