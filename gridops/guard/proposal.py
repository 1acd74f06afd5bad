"""What the guard is asked, what it knows, what it answers."""

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import time

from gridops.ids import LoadId, SectionId, SwitchId
from gridops.measurement import Position
from gridops.network import ColdLoad, Limits, Network
from gridops.powerflow import LoadPower
from gridops.reasons import Reason
from gridops.state import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One movement of one switch; numbers count up along the plan."""

    number: int
    switch: SwitchId
    position: Position
    by_remote: bool
    """False: a crew operates it on site."""
    done_s: float = 0.0
    """When it is to be done, from the release of the plan on."""

    @property
    def closes(self) -> bool:
        return self.position is Position.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan as the guard reads it: movements, and what they are meant to keep dead."""

    moves: tuple[Move, ...]
    suspected: frozenset[SectionId]
    fence: tuple[SwitchId, ...]
    hypotheses: tuple[frozenset[SectionId], ...] = ()
    """Further sets of sections, each of which may hold the fault: all must be kept dead."""
    interrupts: frozenset[SectionId] = frozenset()
    """Supplied healthy sections that the plan openly drops on its way and supplies again."""
    sheds: frozenset[SectionId] = frozenset()
    """Supplied healthy sections that the plan openly drops and leaves dark."""
    grid_fingerprint: str = ""

    @property
    def fault_zone(self) -> frozenset[SectionId]:
        return self.suspected.union(*self.hypotheses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """People may work on `sections`, because `isolated_by` are open and tagged."""

    sections: frozenset[SectionId]
    isolated_by: frozenset[SwitchId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What the guard may reckon with at the instant of `snapshot`."""

    network: Network
    snapshot: Snapshot
    limits: Limits
    loads: Mapping[LoadId, LoadPower]
    """What is drawn with all in supply; loads that it leaves out draw nothing."""
    dark: frozenset[SectionId] = frozenset()
    """Without supply since `dark_s`; what comes back draws more by `cold_load`."""
    dark_s: float = 0.0
    cold_load: ColdLoad | None = None
    at: time | None = None
    """Local time of day that `loads` hold at; None: the hours ahead are not looked at."""
    ahead_s: float = 0.0
    """For so long the last state must hold by the profiles of the loads."""
    lasts_s: float = math.inf
    """For so long the plan may have to hold: emergency ratings count if they do as long."""
    closed_before: AbstractSet[SwitchId] | None = None
    """Closed just before the outage, for what was no better then; None: as normally."""
    forbidden: frozenset[SectionId] = frozenset()
    """Never to be energised: suspected sections of other incidents."""
    busy: frozenset[SwitchId] = frozenset()
    """Not to be operated by this plan: in another active plan, or failed before."""
    allowed_dark: frozenset[SectionId] = frozenset()
    """Supplied sections that the plan openly gives up."""
    shedding: bool = False
    """Whether load that may be shed by its priority may be left dark by a plan that says so."""
    phasing_unverified: frozenset[SectionId] = frozenset()
    """Repaired, and nobody has checked the order of the phases since."""
    reclosing_on: frozenset[SwitchId] = frozenset()
    """Known to close by themselves: automatic reclosing or transfer that is not blocked."""
    permits: tuple[Permit, ...] = ()
    grid_fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardViolation:
    """One broken invariant. `step` None: it holds for the situation, not for one step."""

    invariant: str
    step: int | None
    element: str
    why: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`passed` exactly when `violations` is empty; `checks` counts single comparisons made.

    An empty plan passes with no checks: it does nothing.
    """

    passed: bool
    checks: int
    violations: tuple[GuardViolation, ...]
