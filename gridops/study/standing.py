"""The state that faults strike in: worked out once, however many faults are asked about."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, time

import numpy as np

from gridops.errors import GridOpsError, ScenarioError, UnknownId
from gridops.events import FaultFlagChanged, LinkRestored, SwitchMoved
from gridops.ids import SourceId, SwitchId
from gridops.measurement import Measured, Position, Quality, Reading
from gridops.network import IndicatorKind, Limits, Network, SwitchSet
from gridops.network.profiles import factor_of
from gridops.powerflow import LoadPowers
from gridops.restoration import PlanSettings
from gridops.state import Energisation, LiveState, Snapshot, energise
from gridops.state.snapshot import Known

ANY_DAY = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
"""A study has no date; evidence and snapshot only need one and the same instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """One question. Places are branches, nodes or sections."""

    faults: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    """Switches open before the fault, in departure from the normal state."""
    closed: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()
    load_scale: float = 1.0
    at: time | None = None
    """Local time of day whose profile factors hold; None: every load as the grid states it."""
    as_indicated: bool = False
    """False: the fault is known where it is, as after a patrol, and exactly its sections are
    fenced. True: what the indicators leave in doubt is fenced as well, as it would be live."""
    limits: Limits | None = None
    plan: PlanSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The grid just before any fault, as `ask` has it, and as a healthy field reports it."""

    network: Network
    ask: WhatIf
    closed: SwitchSet
    traced: Energisation
    loads: LoadPowers
    snapshot: Snapshot
    unavailable: frozenset[SwitchId]

    @property
    def limits(self) -> Limits:
        return self.ask.limits or self.network.limits

    @property
    def settings(self) -> PlanSettings:
        return self.ask.plan or PlanSettings()

    def snapshot_after(
        self,
        tripped: AbstractSet[SwitchId],
        *,
        flagged: AbstractSet[SwitchId],
        dead_sources: AbstractSet[SourceId],
    ) -> Snapshot:
        """The snapshot once these have opened, those indicators flag and no voltage is measured
        at these sources. Equal to that of a live state that was told all of it; cost in
        proportion to a copy of what was known before."""
        was = self.snapshot
        nodes = {self.network.sources[source].node for source in dead_sources}
        opened = {s: Measured(Position.OPEN, Quality.GOOD, ANY_DAY) for s in tripped}
        raised = {s: Measured(Reading.YES, Quality.GOOD, ANY_DAY) for s in flagged}
        positions = {**was.positions, **opened}
        return replace(
            was,
            positions=positions,
            flags={**was.flags, **raised},
            voltages_v={node: Measured(0.0, Quality.GOOD, ANY_DAY) for node in nodes},
            dead_sources=frozenset(
                source.id
                for source in (self.network.sources.values() if nodes else ())
                if source.node in nodes
            ),
            known=Known(
                positions=positions,
                last_definite=was.last_definite,
                closed=self.closed - tripped if tripped else self.closed,
            ),
        )


def standing(network: Network, ask: WhatIf) -> Standing:
    """The faults of `ask` play no part.

    Raises: UnknownId for an id that the grid does not have; ScenarioError for a scale that is
    not positive, a switch both open and closed, or a time of day where no load of the grid has a
    profile. Several such flaws come as one ScenarioError that tells all of them.
    """
    _raise_all(list(_flaws(network, ask)))
    opened, closing = frozenset(ask.opened), frozenset(ask.closed)
    normal = network.normally_closed
    closed = (normal - opened) | frozenset(map(SwitchId, closing))
    return Standing(
        network=network,
        ask=ask,
        closed=closed,
        traced=energise(network, closed),
        loads=_loads(network, ask),
        snapshot=_reported(network, closed).snapshot(ANY_DAY),
        unavailable=frozenset(map(SwitchId, ask.unavailable)),
    )


def _flaws(network: Network, ask: WhatIf) -> Iterator[GridOpsError]:
    for ident in dict.fromkeys((*ask.opened, *ask.closed, *ask.unavailable)):
        try:
            network.switch(ident)
        except UnknownId as error:
            yield error
    both = sorted({*ask.opened} & {*ask.closed})
    if both:
        yield ScenarioError(f"{', '.join(both)} cannot be open and closed", remedy="name it once")
    if not ask.load_scale > 0.0:
        yield ScenarioError(
            f"a load scale of {ask.load_scale} means nothing", remedy="give a number above 0"
        )
    if ask.at is not None and all(load.profile is None for load in network.loads.values()):
        yield ScenarioError(
            f"grid {network.name} has no load profiles: every time of day is alike",
            remedy="name profiles in loads.csv, or use a load scale",
        )


def _raise_all(flaws: Sequence[GridOpsError]) -> None:
    """Raises: the one flaw, or a ScenarioError that tells all of several."""
    if len(flaws) == 1:
        raise flaws[0]
    if flaws:
        raise ScenarioError("; ".join(map(str, flaws)))


def _loads(network: Network, ask: WhatIf) -> LoadPowers:
    stated = LoadPowers.stated(network)
    by = np.array(
        [
            ask.load_scale * factor_of(network, load.profile, at=ask.at)
            for load in network.loads.values()
        ]
    )
    return LoadPowers(network.arrays, p_w=stated.p_w * by, q_var=stated.q_var * by)


def _reported(network: Network, closed: AbstractSet[SwitchId]) -> LiveState:
    """The live state as a healthy field would have reported it."""
    state = LiveState(network=network)
    for link in network.links:
        state.apply(LinkRestored(at=ANY_DAY, link=link, epoch=1, gap_since=None))
    for switch in network.switches.values():
        position = Position.CLOSED if switch.id in closed else Position.OPEN
        state.apply(
            SwitchMoved(at=ANY_DAY, source_time=ANY_DAY, switch=switch.id, position=position)
        )
        if switch.indicator is not IndicatorKind.NONE:
            state.apply(
                FaultFlagChanged(
                    at=ANY_DAY, source_time=ANY_DAY, switch=switch.id, reading=Reading.NO
                )
            )
    return state
