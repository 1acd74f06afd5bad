"""The same outage with one thing otherwise: what helps are worked out on."""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from statistics import median_low

from gridops.ids import BranchId, GeneratorId, LoadId, SectionId, SourceId, SwitchId
from gridops.network import AnyBranch, Branch, Control, Network, Switch
from gridops.powerflow import NO_GENERATORS, FaultSupply, FlowResult, LoadPower, PowerFlow
from gridops.restoration.situation import Situation

BEYOND = 1e6
"""Times the rating: more than anything will carry."""
REMOTE_S = 10.0
"""A telecontrolled movement, in a grid that has none to go by."""


class Uprated:
    """`engine`, with some branches rated `BEYOND` times higher."""

    def __init__(
        self, engine: PowerFlow, branches: Collection[BranchId], *, faults: FaultSupply
    ) -> None:
        """`faults` are those of the grid as it is: what bears more trips no later."""
        self.faults = faults
        self._engine = engine
        self._branches = tuple(branches)

    @property
    def name(self) -> str:
        return self._engine.name

    def solve(
        self,
        closed: AbstractSet[SwitchId],
        loads: Mapping[LoadId, LoadPower],
        *,
        generators: Mapping[GeneratorId, LoadPower] = NO_GENERATORS,
        dead_sources: AbstractSet[SourceId] = frozenset(),
        around: Collection[SectionId] | None = None,
    ) -> FlowResult:
        """See `PowerFlow.solve`."""
        found = self._engine.solve(
            closed, loads, generators=generators, dead_sources=dead_sources, around=around
        )
        loading = dict(found.loading_pct)
        for branch in self._branches:
            if branch in loading:
                loading[branch] /= BEYOND
        return replace(found, loading_pct=loading)


def uprated(situation: Situation, elements: Collection[str]) -> Situation:
    """Branches, switches and sources of `elements` bear anything; the protection of a switch
    stays back."""
    listed = set(elements)
    before = situation.network.switches.items()
    switches = {s: _switch(x) if s in listed else x for s, x in before}
    network = situation.network.with_switches(switches)
    return replace(
        situation,
        network=replace(
            network,
            branches={b: _branch(x) if b in listed else x for b, x in network.branches.items()},
            sources={
                s: replace(x, power_va_max=None) if s in listed else x
                for s, x in network.sources.items()
            },
        ),
    )


def _branch(branch: AnyBranch) -> AnyBranch:
    if isinstance(branch, Branch):
        return replace(branch, current_a_max=branch.current_a_max * BEYOND)
    return replace(branch, power_va_rated=branch.power_va_rated * BEYOND)


def _switch(switch: Switch) -> Switch:
    pickup = switch.pickup_current_a
    return replace(
        switch,
        current_a_rated=switch.current_a_rated * BEYOND,
        pickup_current_a=None if pickup is None else pickup * BEYOND,
    )


def telecontrolled(situation: Situation, switch: SwitchId) -> Situation:
    """`switch` can be operated from the control room, as quickly as others can."""
    network = situation.network
    changed = replace(
        network.switches[switch], control=Control.REMOTE, operating_time_s=_remote_s(network)
    )
    return replace(
        situation,
        network=network.with_switches({**network.switches, switch: changed}),
        snapshot=replace(situation.snapshot, unreachable=situation.snapshot.unreachable - {switch}),
    )


def _remote_s(network: Network) -> float:
    """The time of the middle one of those that are telecontrolled."""
    times = [s.operating_time_s for s in network.switches.values() if s.control is Control.REMOTE]
    return median_low(times) if times else REMOTE_S


def usable(situation: Situation, switch: SwitchId) -> Situation:
    """Without the tags on `switch`, well again, in reach, and where it was last known to be."""
    snapshot = situation.snapshot
    return replace(
        situation,
        unavailable=situation.unavailable - {switch},
        snapshot=replace(
            snapshot,
            unknown=snapshot.unknown - {switch},
            unreachable=snapshot.unreachable - {switch},
            tags={s: tags for s, tags in snapshot.tags.items() if s != switch},
        ),
    )


def with_crew(situation: Situation) -> Situation:
    return replace(situation, settings=replace(situation.settings, crew_available=True))


def with_lowest(situation: Situation, voltage_pu: float) -> Situation:
    """Every node may fall to `voltage_pu`."""
    return replace(situation, limits=replace(situation.limits, voltage_pu_min=voltage_pu))
