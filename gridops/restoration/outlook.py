"""What stands around a plan: what if a step fails, what else could be done, what would help.

None of it is executed; a plan is the same with or without it.
"""

from dataclasses import dataclass
from enum import StrEnum

from gridops.ids import SectionId, SwitchId
from gridops.restoration.plan import Plan


class BranchCause(StrEnum):
    REFUSED = "refused"
    """The device says no, or stays where it was."""
    SILENT = "silent"
    """No telemetry follows: where it stands is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """What is done if step `step` of the plan does not go as planned, decided beforehand."""

    step: int
    cause: BranchCause
    plan: Plan
    """From the state in which the failure leaves the grid; times count from the failure."""
    customers_at_risk: int
    """Whom the plan brings back from this step on and the branch does not."""
    minutes_at_risk: float
    """Customer minutes that the failure costs, by the branch against the rest of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A different plan that was not taken, and in what it differs."""

    plan: Plan
    without: tuple[SwitchId, ...]
    """What the plan uses and this one does not."""
    customers_less: int
    """Restored by the plan and not by this one."""
    minutes_more: float
    movements_more: int


class HelpKind(StrEnum):
    TELECONTROL = "telecontrol"
    CREW = "crew"
    RATING = "rating"
    VOLTAGE = "voltage"
    DEVICE = "device"
    """A device that is tagged, unreachable, unknown or failed now."""
    TIE = "tie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Something that is not there and would bring more back, or bring it back sooner."""

    kind: HelpKind
    element: str
    sections: tuple[SectionId, ...]
    """Dark until repair now, and back with it."""
    customers_more: int
    minutes_less: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    branches: tuple[Branch, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    helps: tuple[Help, ...] = ()
