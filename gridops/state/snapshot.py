"""What was known of the grid at one instant."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from gridops.events.operator import IMMOVABLE, TagKind
from gridops.ids import NodeId, SourceId, SwitchId, TagId, UserName
from gridops.measurement import Measured, Position, Reading
from gridops.network import SwitchSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    id: TagId
    switch: SwitchId
    kind: TagKind
    by: UserName
    placed_at: datetime
    reason: str

    @property
    def blocks_closing(self) -> bool:
        return self.kind is not TagKind.CAUTION

    @property
    def blocks_opening(self) -> bool:
        return self.kind in IMMOVABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Which switches are closed by readings that are still the same."""

    positions: Mapping[SwitchId, Measured[Position]]
    last_definite: Mapping[SwitchId, Position]
    closed: SwitchSet


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What was known at one instant; immutable, safe to hand to a planner or a guard.

    `positions` holds the last definite or indefinite reading of every switch. A switch is in
    `unknown` when its reading must not carry an argument: bad or stale quality, indefinite
    double point, or a command whose outcome is open. A switch without a position point is
    known by record: its normal position, until a person reports otherwise.
    """

    at: datetime
    positions: Mapping[SwitchId, Measured[Position]]
    unknown: frozenset[SwitchId]
    unreachable: frozenset[SwitchId]
    """Takes no remote command now: link down or local control."""
    tags: Mapping[SwitchId, tuple[Tag, ...]]
    flags: Mapping[SwitchId, Measured[Reading]]
    dead_sources: frozenset[SourceId]
    voltages_v: Mapping[NodeId, Measured[float]] = field(default_factory=dict)
    currents_a: Mapping[SwitchId, Measured[float]] = field(default_factory=dict)
    last_definite: Mapping[SwitchId, Position] = field(default_factory=dict)
    """Where switches last stood whose reading is indefinite now."""

    known: Known | None = field(default=None, repr=False, compare=False)
    """Spares working out `closed`; one made of other readings counts for nothing."""

    @cached_property
    def closed(self) -> AbstractSet[SwitchId]:
        """Best knowledge: switches whose last definite position is closed."""
        known = self.known
        if known is None:
            return closed_by(self.positions, self.last_definite)
        if known.positions is self.positions and known.last_definite is self.last_definite:
            return known.closed
        numbering = known.closed.numbering
        return SwitchSet.of(numbering, closed_by(self.positions, self.last_definite))


def closed_by(
    positions: Mapping[SwitchId, Measured[Position]], last: Mapping[SwitchId, Position]
) -> frozenset[SwitchId]:
    """Switches that are closed by what they last said definitely."""
    return frozenset(s for s, m in positions.items() if last.get(s, m.value) is Position.CLOSED)
