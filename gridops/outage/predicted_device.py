"""Which device has opened unseen, from the transformers that lost supply: the trade's "predicted
device". It opens an incident where no trip was reported.

S1 [b1] A [f1] B, A [f2] C    B lost, A alive: f1. B and C lost, A silent: b1. B and C lost and A
alive: f1 and f2, each for its own. A alone of many: a trouble of its own.
"""

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from gridops.ids import LoadId, SwitchId
from gridops.network import Counts, Indices
from gridops.outage.fault_path import opens_by_itself
from gridops.state import Energisation
from gridops.state.trace_kernel import ABOVE, SECTION, SOURCE, THROUGH


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionSettings:
    """What one transformer's word is worth here. Assumptions, in line with `CustomerSettings`."""

    p_device_open: float = 1e-4
    """A given device has opened unseen just now: a lateral with one fault a year, seen within an
    hour."""
    p_lost_if_dark: float = 0.9
    """A transformer without supply is among the lost, and not silent."""
    p_local_outage: float = 1e-3
    """A transformer with supply is among the lost, for a reason of its own."""
    alive_ratio: float = 0.01
    """How much less likely a transformer without supply is among the alive ones."""
    silent_ratio: float = 0.9
    """The same for one that says nothing at all: it may have no meters, and people may sleep."""
    silent_ratio_min: float = 0.2
    """All that silence is worth against one device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """One device that must have opened, with what it explains."""

    device: SwitchId
    lost: tuple[LoadId, ...]
    """In file order."""
    alive: int
    """Transformers behind it that have voltage all the same."""
    silent: int
    customers: int
    """All that lie behind it."""
    confidence: float
    """Probability that this device is open, against separate troubles of its transformers and
    against none of it; not against another device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The best explanation of the lost transformers: devices, in file order, and what is left."""

    devices: tuple[Predicted, ...]
    by_themselves: tuple[LoadId, ...]
    """Lost, but no device explains them better than a trouble of their own. In file order."""

    @property
    def device(self) -> SwitchId | None:
        """The device, if it is one alone."""
        return self.devices[0].device if len(self.devices) == 1 else None


@dataclass(frozen=True, slots=True)
class _Explained:
    score: float
    devices: tuple[Predicted, ...]
    alone: tuple[int, ...]


def predict(
    traced: Energisation,
    *,
    lost: AbstractSet[LoadId],
    alive: AbstractSet[LoadId],
    settings: PredictionSettings | None = None,
) -> Prediction:
    """The lowest fuse, breaker or recloser above a group of lost transformers has opened, unless
    it is likelier that lower ones have, each for its own group, or that the transformers have
    troubles of their own. Probability decides; every device opens independently.

    `traced`: supply before. Loads that were without it, that the grid does not have, or that are
    both lost and alive count as neither. Cost in proportion to the sections above the lost
    loads, times the devices above each.
    """
    both = lost & alive
    case = _Case.of(
        traced, lost - both, alive=alive - both, settings=settings or PredictionSettings()
    )
    found = [case.explain(group) for group in case.by_source()]
    ids, order = traced.network.arrays.loads.ids, traced.network.arrays.switches.of
    devices = sorted((d for f in found for d in f.devices), key=lambda d: order[d.device])
    alone = sorted(k for f in found for k in f.alone)
    return Prediction(devices=tuple(devices), by_themselves=tuple(ids[k] for k in alone))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Case:
    traced: Energisation
    settings: PredictionSettings
    lost: Indices
    """Supplied before; by number, ascending."""
    alive_in: Counts
    """Transformers by section."""
    loads_in: Counts
    chains: Mapping[int, tuple[int, ...]]
    """The devices above each lost load that open by themselves, from the source on."""

    @classmethod
    def of(
        cls,
        traced: Energisation,
        lost: AbstractSet[LoadId],
        *,
        alive: AbstractSet[LoadId],
        settings: PredictionSettings,
    ) -> "_Case":
        arrays, sections = traced.network.arrays, len(traced.network.arrays.sections)

        def numbers(loads: AbstractSet[LoadId]) -> Indices:
            return np.array(sorted(map(arrays.loads.of.__getitem__, loads)), np.int32)

        gone = numbers(lost & arrays.loads.of.keys())
        gone = gone[traced.by_number.place[SOURCE, arrays.load_section[gone]] >= 0]
        well = arrays.load_section[numbers(alive & arrays.loads.of.keys())]
        return cls(
            traced=traced,
            settings=settings,
            lost=gone,
            alive_in=np.bincount(well, minlength=sections),
            loads_in=np.bincount(arrays.load_section, minlength=sections),
            chains=_chains(traced, gone),
        )

    def by_source(self) -> list[list[int]]:
        groups: dict[int, list[int]] = {}
        sections = self.traced.network.arrays.load_section
        for load in self.lost.tolist():
            groups.setdefault(self.traced.by_number.source_of(int(sections[load])), []).append(load)
        return list(groups.values())

    def explain(self, group: list[int]) -> _Explained:
        """All lost transformers behind one device, or of one source."""
        shared = _shared([self.chains[load] for load in group])
        apart = self._apart(group, depth=shared)
        if not shared:
            return apart
        device = self.chains[group[0]][shared - 1]
        return self._as_one(group, device=device, otherwise=apart)

    def _apart(self, group: list[int], *, depth: int) -> _Explained:
        """Each by the next device down, or by itself where there is none."""
        below: dict[int, list[int]] = {}
        alone = [load for load in group if len(self.chains[load]) == depth]
        for load in group:
            if len(self.chains[load]) > depth:
                below.setdefault(self.chains[load][depth], []).append(load)
        parts = [self.explain(part) for part in below.values()]
        own = len(alone) * math.log(self.settings.p_local_outage)
        return _Explained(
            score=own + math.fsum(part.score for part in parts),
            devices=tuple(device for part in parts for device in part.devices),
            alone=(*alone, *(load for part in parts for load in part.alone)),
        )

    def _as_one(self, group: list[int], *, device: int, otherwise: _Explained) -> _Explained:
        """The likelier of: `device` alone has opened, or `otherwise`, or nothing has."""
        settings, arrays = self.settings, self.traced.network.arrays
        tree, rows = self.traced.by_number.rows_behind(self.traced.by_number.fed_by(device))
        behind = tree.cells[SECTION, rows]
        alive = int(self.alive_in[behind].sum())
        silent = int(self.loads_in[behind].sum()) - alive - len(group)
        score = (
            math.log(settings.p_device_open)
            + len(group) * math.log(settings.p_lost_if_dark)
            + alive * math.log(settings.alive_ratio)
            + max(silent * math.log(settings.silent_ratio), math.log(settings.silent_ratio_min))
        )
        by_themselves = len(group) * math.log(settings.p_local_outage)
        if by_themselves > otherwise.score:
            otherwise = _Explained(by_themselves, (), tuple(group))
        if score <= otherwise.score:
            return otherwise
        one = Predicted(
            device=arrays.switches.ids[device],
            lost=tuple(arrays.loads.ids[load] for load in sorted(group)),
            alive=alive,
            silent=silent,
            customers=int(tree.customers[rows.start]),
            confidence=1.0 / (1.0 + math.exp(otherwise.score - score)),
        )
        return _Explained(score, (one,), ())


def _shared(chains: list[tuple[int, ...]]) -> int:
    """How many devices, from the source on, all chains begin with."""
    first, last = min(chains), max(chains)
    pairs = enumerate(zip(first, last, strict=False))
    return next((k for k, (a, b) in pairs if a != b), min(len(first), len(last)))


def _chains(traced: Energisation, loads: Indices) -> dict[int, tuple[int, ...]]:
    """Each section on the way is walked once."""
    arrays, forest, switches = traced.network.arrays, traced.by_number, traced.network.switches
    of_section: dict[int, tuple[int, ...]] = {-1: ()}
    for start in np.unique(arrays.load_section[loads]).tolist():
        way, section = [], start
        while section not in of_section:
            way.append(section)
            section = forest.cell(ABOVE, section)
        for section in reversed(way):
            chain = of_section[forest.cell(ABOVE, section)]
            through = forest.cell(THROUGH, section)
            if through >= 0 and opens_by_itself(switches[arrays.switches.ids[through]]):
                chain = (*chain, through)
            of_section[section] = chain
    return {load: of_section[int(arrays.load_section[load])] for load in loads.tolist()}
