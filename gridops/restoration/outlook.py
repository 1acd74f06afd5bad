"""What stands around a plan: what its steps should show, what if one fails, what else could be
done, what would help.

None of it is executed; a plan is the same with or without it.
"""

from dataclasses import dataclass
from enum import StrEnum

from gridops.ids import SectionId, SwitchId
from gridops.restoration.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One measurement around a step, by the power flow. None: no voltage there."""

    element: str
    """A node for volts, a switch for amperes."""
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the field shows once a step has gone as planned; anything else is a surprise."""

    step: int
    within_s: float
    """After the command, or the word to the crew: movement and telemetry together."""
    reports: bool
    """Whether the new position comes by telemetry; else the crew reports it."""
    voltages_v: tuple[Seen, ...]
    """Measured nodes whose supply comes or goes by the step."""
    currents_a: tuple[Seen, ...]
    """The feeder heads that take load on or lose it, and measured switches on the way."""
    quiet: tuple[SwitchId, ...]
    """Indicators that the step puts under current; none of them may flag a fault."""


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
    at_s: float
    """After the release: when the failure is known, if every step before went as planned."""
    plan: Plan
    """From the state in which the failure leaves the grid; times count from `at_s`. Without
    steps: nothing safe is left to do, and its `rejected` and `unserved` say why."""
    customers_at_risk: int
    """Whom the plan brings back from this step on and the branch does not."""
    minutes_at_risk: float
    """Customer minutes that the failure costs: plan up to the step, the wait and the branch,
    against the whole plan, all until the end of repair."""
    weighted_minutes_at_risk: float
    """The same as the objective counts; this is never below 0 where both plans are proven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """By what plans for the same outage are compared."""

    customers_restored: int
    minutes: float
    """Customer minutes until the end of repair, those whom the plan drops included."""
    weighted_minutes: float
    """The same as the objective counts: by priority, thresholds included."""
    movements: int
    crew_movements: int
    loading_pct_max: float | None
    """The highest after any step that was checked; None: nothing was closed."""
    voltage_pu_min: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A different plan that was not taken, and in what it differs."""

    plan: Plan
    figures: Figures
    without: tuple[SwitchId, ...]
    """What the plan moves and this one does not."""
    instead: tuple[SwitchId, ...]
    """What this one moves and the plan does not."""
    customers_less: int
    """Restored by the plan beyond what this one restores; below 0 where the plan prefers fewer
    customers of a higher priority."""
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
class Need:
    """How much more one element would have to bear. `has` is what it may for now, emergency
    rating and pick-up included; of a voltage, the lowest that is permitted."""

    element: str
    unit: str
    """A, VA or pu."""
    has: float
    needs: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Something that is not there and would bring more back, or bring it back sooner."""

    kind: HelpKind
    element: str
    """The device, the limiting element or, for a tie, the dark section; empty for a crew."""
    sections: tuple[SectionId, ...]
    """Dark until repair now, and back with it; in grid order."""
    customers_more: int
    minutes_less: float
    at_most: bool = False
    """True: a bound. False: worked out by the planner itself."""
    to: SectionId | None = None
    """Of a tie: the nearest supplied section, where the grid has coordinates."""
    distance_m: float | None = None
    """As the crow flies, from node to node."""
    needs: tuple[Need, ...] = ()
    """For a rating or a voltage; all of them together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Steps without an entry in `branches` lie beyond `OutlookSettings.steps_max`."""

    figures: Figures
    """Of the plan itself."""
    expected: tuple[Expected, ...] = ()
    """One for each step, in order."""
    branches: tuple[Branch, ...] = ()
    """By step, refused before silent."""
    alternatives: tuple[Alternative, ...] = ()
    """Best first by the objective."""
    helps: tuple[Help, ...] = ()
    """Most customers first, then most minutes; bounds last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookSettings:
    """Every count bounds how often the planner is asked."""

    steps_max: int = 12
    """Steps that get failure branches, from the first on; two plans each."""
    alternatives_max: int = 3
    alternatives_tried_max: int = 8
    helps_max: int = 8
    helps_tried_max: int = 16
    telemetry_wait_s: float = 10.0
    """Until silence counts as silence (S&C step timeout)."""
