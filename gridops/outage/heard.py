"""Everything that was heard of one outage: what location is asked with."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from gridops.ids import LoadId, SectionId, SwitchId
from gridops.measurement import Measured, Part, Reading
from gridops.state import Energisation

SaidByPart = Mapping[tuple[SwitchId, Part], Measured[Reading]]
INCOMPLETE = frozenset({"a", "b", "c", "ab", "bc", "ac"})


def is_incomplete(phases: str) -> bool:
    """Whether a meter that tells them means some phases, not all. Empty: not told."""
    return "".join(sorted(set(phases))) in INCOMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterWord:
    """What the meters behind one service transformer have said since the outage began."""

    lost: int = 0
    """Meters that gasped their last."""
    alive: int = 0
    """Meters that have voltage now, by their own word or by a ping."""
    phases: str = ""
    """Of "abc", those that were lost; empty: not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A part was energised to see whether the fault is in it."""

    sections: frozenset[SectionId]
    """What the trial energised."""
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One outage, or one search, as the field and people tell it. Order is nothing here."""

    closed_before: AbstractSet[SwitchId]
    """Closed just before the fault."""
    since: datetime
    """Source time of the first opening; of a search without trip, of the first alarm."""
    before: Energisation | None = None
    """Supply over `closed_before`, if somebody has traced it already: spares tracing the grid."""
    tripped: tuple[SwitchId, ...] = ()
    """Every device that opened by itself."""
    asked_at: datetime | None = None
    """When this is asked: a device that is silent may still be about to speak. None: long after."""
    flags: Mapping[SwitchId, Measured[Reading]] = field(default_factory=dict)
    part_flags: SaidByPart = field(default_factory=dict)
    voltage_losses: SaidByPart = field(default_factory=dict)
    earth_faults: Mapping[SwitchId, Measured[Reading]] = field(default_factory=dict)
    """Earth-fault relays that signal without tripping."""
    fault_currents_a: Mapping[SwitchId, Measured[float]] = field(default_factory=dict)
    meters: Mapping[LoadId, MeterWord] = field(default_factory=dict)
    calls: Mapping[LoadId, int] = field(default_factory=dict)
    patrols: Mapping[SectionId, bool] = field(default_factory=dict)
    """Sections that a crew has looked at: whether the fault was found there."""
    trials: tuple[Trial, ...] = ()
    in_test: frozenset[SwitchId] = frozenset()
    """Devices under test: what they say is no fact."""
    scope: frozenset[SectionId] = frozenset()
    """Where to look if nothing tripped, or nothing that reports; empty: behind what tripped."""
