"""Why something was concluded, as data.

The core never writes prose: it gives a `Reason`, the edge renders it in the reader's
language. English stands here beside the codes (one table, so that no code is without
words); the console carries the same codes in Vietnamese and English and a test compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Param = str | int | float


@dataclass(frozen=True, slots=True)
class Reason:
    """A code from `ENGLISH` with the parameters that its sentence names."""

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in ENGLISH:
            raise KeyError(f"reason code {self.code!r} is not in gridops.reasons.ENGLISH")

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted(self.params.items()))))

    def in_english(self) -> str:
        return ENGLISH[self.code].format_map(dict(self.params))


def because(code: str, **params: Param) -> Reason:
    """`because("overload", element="L31", value=118.0, limit=100.0)`."""
    return Reason(code, MappingProxyType(params))


ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        # evidence of one device
        "saw-fault-current": "{device} saw fault current: the fault lies beyond it",
        "saw-no-fault-current": "{device} saw no fault current: the fault does not lie beyond it",
        "flag-without-path": "{device} flagged, but no fault current can have passed it",
        "silent-on-path": "{device} stayed silent, although fault current should have passed it",
        "indicator-failed": "{device} gives no telemetry; its silence proves nothing",
        "indicator-not-fitted": "{device} has no indicator",
        "indicator-stale": "the reading of {device} is older than this event",
        "device-tripped": "{device} tripped: the fault lies in its zone",
        "device-picked-up": "the protection of {device} picked up",
        # why an operation was taken for what it is
        "locked-out": "{device} locked out",
        "stayed-open": "{device} stayed open for {seconds} s, longer than all its reclosing",
        "reclosed": "{device} reclosed after {seconds} s and held",
        "commanded-opening": "{device} was opened on command",
        "tagged-opening": "{device} was opened under a tag",
        "supply-lost-above": "no protection picked up and the busbar above {device} is dead",
        "nobody-dark": "{device} opened, but nobody lost supply",
        "link-down": "link {link} is down: positions behind it are unknown, not changed",
        # what happened to an incident
        "incident-began": "{device} opened; waiting whether it recloses",
        "incident-joined": "{device} opened as well",
        "awaiting-indicators": "waiting {seconds} s for the indicators",
        "plan-proposed": "plan {plan} proposed: {customers} customers back in {steps} steps",
        "plan-unchanged": "checked again: plan {plan} still holds",
        "no-safe-plan": "no safe plan: {steps} steps found, see the reasons",
        "guard-veto": "the guard vetoes plan {plan}: invariant {invariant}",
        "mode-withholds": "feeder {feeder} is in mode {mode}: no plan is proposed",
        "plan-released": "plan {plan} released by {user}",
        "released-automatically": "plan {plan} released by the feeder's automatic mode",
        "release-refused": "release of plan {plan} refused: {why}",
        "step-sent": "step {step}: {switch} commanded {position}",
        "step-instructed": "step {step}: crew instructed to set {switch} {position}",
        "step-confirmed": "step {step}: {switch} is {position}",
        "step-already-done": "step {step}: {switch} was already {position}",
        "step-refused": "step {step}: {switch} refused ({why})",
        "step-unconfirmed": "step {step}: {switch} gave no confirmation ({why}); unknown now",
        "step-vetoed": "step {step}: the guard stops {switch}, invariant {invariant}",
        "stopped-by-person": "stopped by {user}",
        "stopped-protection": "stopped: protection of {device} operated",
        "stopped-moved": "stopped: {device} moved without a command",
        "stopped-tag": "stopped: tag on {device}",
        "stopped-link": "stopped: link {link} lost",
        "stopped-mode": "stopped: mode of the feeder was lowered",
        "stopped-restart": "stopped: the control room was restarted in the middle of the plan",
        "plan-completed": "plan {plan} completed: {customers} customers back",
        "repair-reported": "repair reported by {user}",
        "supply-back": "everybody has supply again",
        "incident-closed": "closed: {cause}",
    }
)
