"""What each failure in the statistics of a grid costs its loads, by where switches stand.

The method of the published tables (R. N. Allan, R. Billinton et al., IEEE Trans. Power Systems
6(2), 1991): every element fails by itself, the nearest protection above clears it, the faulted part
is cut out at the switches around it, what is left comes back from its own side or over a normally
open switch, everything else waits for the repair. Switches that can be operated are operated side
by side, each in its own time. Loading, voltage and protection of a transfer are not checked: the
sweep does that, plan by plan.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gridops.ids import LoadId, SectionId, SwitchId
from gridops.network import Control, Network, Switch, SwitchKind
from gridops.state import Energisation, energise


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One load that a failure leaves without supply."""

    load: LoadId
    seconds: float
    """Until it is back, in the mean."""
    waits_for_repair: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureMode:
    """One element and what its failure does."""

    element: str
    table: str
    per_year: float
    repair_s: float
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    element: str
    table: str
    per_year: float | None
    repair_s: float | None
    sections: frozenset[SectionId]


def failure_modes(network: Network, *, spares: bool = True) -> Iterator[FailureMode]:
    """Of every element that has a rate above 0 and a repair time, in the order of the tables.
    `spares`: a transformer that can be replaced is, instead of being repaired. Parts that are
    dark in the normal state lose nothing."""
    normal = energise(network, network.normally_closed)
    effects: dict[frozenset[SectionId], _Effect] = {}
    for failure in _failures(network, spares=spares):
        if not failure.per_year or failure.repair_s is None:
            continue
        if failure.sections not in effects:
            effects[failure.sections] = _effect(network, normal, faulted=failure.sections)
        yield FailureMode(
            element=failure.element,
            table=failure.table,
            per_year=failure.per_year,
            repair_s=failure.repair_s,
            hits=effects[failure.sections].hits(network, failure.repair_s),
        )
    for load in network.loads.values():
        repair_s = load.transformer_repair_time_s
        if spares and load.transformer_replacement_time_s is not None:
            repair_s = load.transformer_replacement_time_s
        if load.transformer_failures_per_year and repair_s is not None:
            alone = Hit(load=load.id, seconds=repair_s, waits_for_repair=True)
            yield FailureMode(
                element=load.id,
                table="loads",
                per_year=load.transformer_failures_per_year,
                repair_s=repair_s,
                hits=(alone,),
            )


def without_data(network: Network) -> dict[str, int]:
    """How many elements of each table have no failure rate: they never fail here."""
    found = {
        "nodes": _silent(one.failures_per_year for one in network.nodes.values()),
        "branches": _silent(one.failures_per_year for one in network.branches.values()),
        "switches": _silent(one.failures_per_year for one in network.switches.values()),
        "loads": _silent(one.transformer_failures_per_year for one in network.loads.values()),
    }
    return {name: count for name, count in found.items() if count}


def _silent(rates: Iterable[float | None]) -> int:
    return sum(rate is None for rate in rates)


def _failures(network: Network, *, spares: bool) -> Iterator[_Failure]:
    for node in network.nodes.values():
        yield _Failure(
            element=node.id,
            table="nodes",
            per_year=node.failures_per_year,
            repair_s=node.repair_time_s,
            sections=frozenset({network.section_of_node[node.id]}),
        )
    for branch in network.branches.values():
        spare_s = getattr(branch, "replacement_time_s", None)
        yield _Failure(
            element=branch.id,
            table="branches",
            per_year=branch.failures_per_year,
            repair_s=spare_s if spares and spare_s is not None else branch.repair_time_s,
            sections=frozenset({network.section_of_branch[branch.id]}),
        )
    for switch in network.switches.values():
        yield _Failure(
            element=switch.id,
            table="switches",
            per_year=switch.failures_per_year,
            repair_s=switch.repair_time_s,
            sections=frozenset(network.section_ends[switch.id]),
        )


@dataclass(frozen=True, slots=True)
class _Effect:
    """`after_s`: when each section is back by switching; None: it waits for the repair."""

    after_s: dict[SectionId, float | None]

    def hits(self, network: Network, repair_s: float) -> tuple[Hit, ...]:
        found = []
        for section, after_s in self.after_s.items():
            waits = after_s is None or after_s >= repair_s
            seconds = repair_s if after_s is None else min(after_s, repair_s)
            found += [
                Hit(load=load.id, seconds=seconds, waits_for_repair=waits)
                for load in network.loads_of_section[section]
            ]
        return tuple(found)


def _effect(network: Network, normal: Energisation, *, faulted: frozenset[SectionId]) -> _Effect:
    struck = [section for section in faulted if normal.is_supplied(section)]
    if not struck:
        return _Effect({})
    region: set[SectionId] = set()
    cleared: list[SwitchId] = []
    for section in struck:
        by = _cleared_by(network, normal, section=section, faulted=faulted)
        if by is None:
            source = normal.source_of[section]
            region |= {s for s in network.sections if normal.source_of.get(s) == source}
        else:
            region |= normal.behind(by)
            cleared.append(by)
    back = _Back(network, normal, region=frozenset(region), faulted=faulted)
    for switch in cleared:
        back.reclose(switch)
    for section in region:
        if normal.fed_through.get(section) is None:
            back.give(section, after_s=0.0)
    back.transfer()
    numbers = network.arrays.sections.of
    ordered = sorted(region, key=numbers.__getitem__)
    return _Effect({section: back.after_s.get(section) for section in ordered})


def _cleared_by(
    network: Network, normal: Energisation, *, section: SectionId, faulted: frozenset[SectionId]
) -> SwitchId | None:
    """The nearest device above that protects, and does not itself stand between two faulted
    parts. None: nothing but what is above the grid clears it."""
    for switch in reversed(normal.path(section)):
        if network.switches[switch].protects and not faulted.issuperset(
            network.section_ends[switch]
        ):
            return switch
    return None


def _can_be_operated(switch: Switch) -> bool:
    """A fuse stands where the lateral begins: nothing is brought back by taking it out."""
    return switch.kind is not SwitchKind.FUSE and switch.control is not Control.NONE


class _Back:
    """Gives supply back inside one region, part by part. A part is what stays joined when the
    faulted sections are cut out."""

    def __init__(
        self,
        network: Network,
        normal: Energisation,
        *,
        region: frozenset[SectionId],
        faulted: frozenset[SectionId],
    ) -> None:
        self._network = network
        self._normal = normal
        self._region = region
        self.after_s: dict[SectionId, float] = {}
        self._part_of: dict[SectionId, int] = {}
        self._fence_s: dict[int, float] = {}
        self._lost: set[int] = set()
        for section in region:
            if section not in self._part_of:
                self._collect(section, number=len(self._fence_s), faulted=faulted)

    def _collect(self, section: SectionId, *, number: int, faulted: frozenset[SectionId]) -> None:
        """One part: sections that closed switches join, but for those that are opened around what
        is faulted."""
        self._fence_s[number] = 0.0
        waiting = [section]
        self._part_of[section] = number
        while waiting:
            here = waiting.pop()
            if here in faulted:
                self._lost.add(number)
            for switch, there in self._neighbours(here):
                if not switch.is_normally_closed or there not in self._region:
                    continue
                if _can_be_operated(switch) and (here in faulted or there in faulted):
                    self._fence_s[number] = max(self._fence_s[number], switch.operating_time_s)
                elif there not in self._part_of:
                    self._part_of[there] = number
                    waiting.append(there)

    def _neighbours(self, section: SectionId) -> Iterator[tuple[Switch, SectionId]]:
        for ident in self._network.sections[section].switches:
            one, other = self._network.section_ends[ident]
            yield self._network.switches[ident], other if one == section else one

    def reclose(self, ident: SwitchId) -> None:
        """From its own side, through the device that cleared the fault."""
        switch = self._network.switches[ident]
        for section in self._network.section_ends[ident]:
            if section in self._region and switch.control is not Control.NONE:
                self.give(section, after_s=switch.operating_time_s)

    def give(self, section: SectionId, *, after_s: float) -> None:
        """The part of `section` is back by then, unless it was before or holds what is faulted."""
        part = self._part_of[section]
        if part in self._lost or section in self.after_s:
            return
        after_s = max(after_s, self._fence_s[part])
        for each, number in self._part_of.items():
            if number == part:
                self.after_s[each] = after_s

    def transfer(self) -> None:
        """Over normally open switches, from what is supplied to what is not, what can be back
        first before the others, until nothing more can be reached."""
        while found := min(self._reached(), default=None):
            after_s, number = found
            self.give(self._network.arrays.sections.ids[number], after_s=after_s)

    def _reached(self) -> Iterator[tuple[float, int]]:
        numbers = self._network.arrays.sections.of
        for section in self._region - self.after_s.keys():
            part = self._part_of[section]
            if part in self._lost:
                continue
            for switch, there in self._neighbours(section):
                if switch.is_normally_closed or not _can_be_operated(switch):
                    continue
                if there in self._region and there not in self.after_s:
                    continue
                if self._normal.is_supplied(there):
                    from_s = max(self.after_s.get(there, 0.0), self._fence_s[part])
                    yield max(from_s, switch.operating_time_s), numbers[section]
