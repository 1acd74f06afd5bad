"""What the guard finds wrong with a plan."""

from collections.abc import Mapping
from types import MappingProxyType

GUARD: Mapping[str, str] = MappingProxyType(
    {
        "guard-suspect-live": "{section} may hold the fault and could be live through {switch}",
        "guard-other-fault-live": "{section} may hold another fault; closing {switch} feeds it",
        "guard-earthed-live": "{section} may be earthed; closing {switch} feeds it",
        "guard-not-isolated": "nothing that may isolate is confirmed open: {section}, {switch}",
        "guard-fence-not-open": "{switch} belongs to the fence and is not confirmed open",
        "guard-closes-fence": "closing {switch} would undo the isolation of {section}",
        "guard-opens-too-late": (
            "closing {switch} comes before what may hold the fault is parted from every source"
        ),
        "guard-step-not-confirmed": "an earlier step is not confirmed: {switch}",
        "guard-two-infeeds": "closing {switch} would join infeeds: {section} and others",
        "guard-loop": "closing {switch} could make a loop",
        "guard-both-sides-live": "both sides of {switch} could be live; synchronism is unproven",
        "guard-voltage-levels": "{switch} joins {value} V and {limit} V",
        "guard-overload": "{element} would carry {value} %, allowed are {limit} %",
        "guard-rating": "{element} would carry {value} A, rated are {limit} A",
        "guard-undervoltage": "{element} would have {value} pu, at least {limit} pu is needed",
        "guard-overvoltage": "{element} would have {value} pu, at most {limit} pu is allowed",
        "guard-no-solution": "the power flow with {switch} {position} has no solution",
        "guard-trips-on-load": "{element} would carry {value} A and trips at {limit} A",
        "guard-makes-load": "{switch} must not be closed under voltage",
        "guard-breaks-load": "{switch} must not be opened under load",
        "guard-breaks-fault": "{switch} must not be opened while {section} could be live",
        "guard-tag": "{switch} carries a tag {kind} by {user}",
        "guard-not-remote": "{switch} takes no remote command now",
        "guard-not-operable": "{switch} cannot be operated by anybody",
        "guard-position-unknown": "the position of {switch} is not known",
        "guard-busy": "{switch} is at work in another plan, or failed before",
        "guard-through-delegated": (
            "closing {switch} would feed through {device}, behind which somebody else works"
        ),
        "guard-altered-live": ("closing {switch} would feed {section}, where a jumper or a cut is"),
        "guard-beside-altered": "{switch} lies at a jumper or a cut: {device} is tagged so",
        "guard-hot-line": "work on the live line at {device} forbids closing {switch}",
        "guard-other-grid": "the plan was made for another version of the grid",
        "guard-live-where-dead": "{element} measures voltage, though nothing feeds it: {section}",
        "guard-dead-where-live": "{element} measures no voltage, though {section} is fed",
        "guard-current-through-open": "{switch} reads open, but {value} A flow through it",
        "guard-voltage-on-suspect": "{element} still measures voltage in {section}",
        "guard-drops-supply": "opening {switch} would drop {section}, which is not declared",
        "guard-stays-interrupted": (
            "{section} is dropped on the way and would not surely be supplied in the end"
        ),
        "guard-interrupts-suspect": (
            "{section} may hold a fault: it cannot be dropped and supplied again"
        ),
        "guard-shedding-not-allowed": (
            "{section} would be left dark by the plan, which may not shed"
        ),
        "guard-sheds-priority": "{section} would be shed, and serves a priority that never is",
        "guard-interrupts-nothing": (
            "the plan declares that it drops {section}, but does not drop it"
        ),
        "guard-vector-groups": (
            "the two sides of {switch} are turned against each other by {value} degrees"
        ),
        "guard-phasing-unverified": (
            "the phase order of {section} is not verified since repair; closing {switch} feeds it"
        ),
        "guard-permit-live": "people work on {section} under a permit; closing {switch} feeds it",
        "guard-permit-point": "{switch} isolates people at work and must not move",
        "guard-permit-not-isolated": (
            "{switch} isolates people at work, but is not confirmed open and tagged"
        ),
        "guard-recloses": (
            "{device} could close by itself; closing {switch} must wait until that is blocked"
        ),
        "guard-phase-undervoltage": "phase {phase} of {element}: {value} pu, below {limit} pu",
        "guard-phase-overvoltage": "phase {phase} of {element}: {value} pu, above {limit} pu",
        "guard-phase-overload": "phase {phase} of {element}: {value} %, above {limit} %",
        "guard-phase-rating": "phase {phase} of {element}: {value} A, above {limit} A",
        "guard-source-capacity": (
            "{value} VA would be drawn from {element}, allowed are {limit} VA"
        ),
        "guard-making-current": (
            "{element} could be closed onto a fault of {value} A peak, its limit is {limit} A"
        ),
        "guard-breaking-current": (
            "a fault behind {element} would be {value} A, it can interrupt {limit} A"
        ),
        "guard-blind": (
            "the least fault at {element} is {value} pick-ups of {device}, "
            "at least {limit} are needed"
        ),
        "guard-cold-load": "with the load that comes back at once: {whys}",
        "guard-hours-ahead": "with the load in {value} hours: {whys}",
        "guard-no-such-element": "the grid has no {element}",
        "guard-empty-step": "{switch} is {position} already",
        "guard-device-twice": "{switch} moves twice",
        "guard-step-order": "the steps do not count up, or a position is neither open nor closed",
        "guard-too-long": "{value} steps are more than {limit}",
        "guard-no-such-step": "the plan has no step {step}",
    }
)
"""Part of `gridops.reasons.ENGLISH`."""
