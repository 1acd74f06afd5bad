"""What a plan is made from."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import time

from gridops.ids import LoadId, SectionId, SwitchId
from gridops.network import COLD_LOAD, ColdLoad, Limits, Network
from gridops.powerflow import LoadPower, PhaseVerdict
from gridops.state import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """How plans are made. Every count bounds work, so that the result never depends on time."""

    closing_gap_s: float = 5.0
    """Between the end of one closing and the start of the next: a fault would show."""
    repair_s: float = 4 * 3600.0
    """Assumed from release to the end of repair: what the objective reckons with."""
    repair_s_latest: float | None = None
    """By then nine of ten such repairs are over; None: not known."""
    crew_available: bool = True
    ties_max: int = 16
    """Ties that the search considers, those nearest to the dark part in grid order first."""
    ties_at_once_max: int = 3
    """Ties that may share one dark part."""
    checks_max: int = 250
    """States that may be solved whole in one search."""
    phase_checks_max: int = 60
    """States that a three-phase verdict may be asked for in one search."""
    trees_max: int = 800
    """Trees of units behind one tie that may be looked at in one search."""
    combinations_max: int = 500
    """Combinations of ties and parts that may be looked at in one search."""
    load_transfer: bool = True
    """Whether supplied feeders may hand load on to make room; it interrupts that load for the
    time between two movements."""
    shedding: bool = False
    """Whether supplied load of priority 4, then 3, may be left dark until the repair where that
    brings back what counts more. Studies alone may set it."""
    look_ahead_s: float = 4 * 3600.0
    """A plan must hold so long by the load profiles, or until repair if that is sooner."""
    cold_load: ColdLoad = COLD_LOAD
    closed_transition: bool = True
    """In load transfers and on the way back to the normal state, by switches with `closes_ring`."""
    interruption_s_max: float = 300.0
    """Nobody is dropped for longer on the way back to the normal state."""
    return_states_max: int = 3000
    """States that may be looked at on the way back to the normal state."""

    def later(self, by_s: float) -> "PlanSettings":
        """The same repair, `by_s` nearer to its end."""
        latest = self.repair_s_latest
        return replace(
            self,
            repair_s=max(self.repair_s - by_s, 0.0),
            repair_s_latest=None if latest is None else max(latest - by_s, 0.0),
        )

    @property
    def outage_s(self) -> float:
        """So long every limit must hold: half of all repairs take longer than the middle one."""
        return max(self.repair_s, self.repair_s_latest or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One outage, frozen: everything that a plan depends on, and nothing else."""

    network: Network
    snapshot: Snapshot
    closed_before: AbstractSet[SwitchId]
    """Closed just before the first opening."""
    suspected: frozenset[SectionId]
    """Everything that may hold the fault; empty when supply was lost from above or the fault
    is repaired."""
    dark: frozenset[SectionId]
    """What this incident took supply from and is still without it."""
    loads: Mapping[LoadId, LoadPower]
    """Power of every load just before the outage."""
    limits: Limits
    unavailable: frozenset[SwitchId] = frozenset()
    """Not to be operated: failed before, or at work in another plan."""
    forbidden: frozenset[SectionId] = frozenset()
    """Never to be energised: suspected by other incidents, or another's area."""
    dark_s: float = 0.0
    """How long `dark` has been without supply when the plan is made."""
    returned: Mapping[SectionId, tuple[float, float]] = field(default_factory=dict)
    """What got its supply back lately: when, in seconds from the release on, and after how long
    without it. Its cold load may still be there."""
    at: time | None = None
    """Local time of day that `loads` hold at; None: not known, so nothing is looked at ahead."""
    settings: PlanSettings = field(default_factory=PlanSettings)
    phase_verdict: PhaseVerdict | None = field(default=None, compare=False)
    """Judges the states of an unbalanced grid phase by phase. None: only their mean is judged."""


def power_w_of(situation: Situation, section: SectionId) -> float:
    """What the section drew before the outage."""
    loads = situation.network.sections[section].loads
    return sum(situation.loads[load].p_w for load in loads if load in situation.loads)
