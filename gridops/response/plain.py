"""An answer as the plain JSON that `docs/` and the commands promise."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gridops.guard import Verdict as GuardVerdict
from gridops.network import Network
from gridops.outage import Location
from gridops.reasons import Reason
from gridops.response.answer import Answer
from gridops.response.outlook_plain import with_outlook_keys
from gridops.restoration.fingerprint import plan_to_plain

Plain = dict[str, Any]


def answer_to_plain(
    answer: Answer,
    network: Network,
    *,
    fault: Sequence[str],
    cause: str,
    tripped: Sequence[str],
    solve_ms: float,
) -> Plain:
    """One incident: the shape that `whatif --json`, `sweep` and `simulate` share."""
    parts: Plain = dict(plan_to_plain(answer.plan))
    plan = {**parts.pop("plan"), "solve_ms": round(solve_ms, 3)}
    if answer.outlook is not None:
        plan = with_outlook_keys(plan, answer.outlook)
    return {
        "fault": list(fault),
        "cause": cause,
        "tripped": list(tripped),
        "location": location_to_plain(answer.location, network),
        "fence": list(answer.plan.fence),
        "plan": plan,
        **parts,
        "guard": verdict_to_plain(answer.verdict),
    }


def location_to_plain(location: Location, network: Network) -> Plain:
    return {
        "verdict": location.verdict.value,
        "sections": [
            {
                "section": suspect.section,
                "probability": suspect.probability,
                "branches": list(network.sections[suspect.section].branches),
            }
            for suspect in location.suspects
        ],
        "evidence": [
            {
                "device": item.device,
                "reading": item.reading.value,
                "role": item.role.value,
                "why": item.why.in_english(),
            }
            for item in location.evidence
        ],
        "advice": [
            {
                "kind": one.kind.value,
                "target": one.target,
                "takes_s": one.takes_s,
                "customer_minutes": one.customer_minutes,
            }
            for one in location.advice
        ],
    }


def verdict_to_plain(
    verdict: GuardVerdict, words: Callable[[Reason], object] = Reason.in_english
) -> Plain:
    """`words`: what stands for a reason."""
    return {
        "passed": verdict.passed,
        "checks": verdict.checks,
        "violations": [
            {
                "invariant": violation.invariant,
                "step": violation.step,
                "element": violation.element,
                "why": words(violation.why),
            }
            for violation in verdict.violations
        ],
    }


def nothing_to_do(*, fault: Sequence[str], cause: str, tripped: Sequence[str]) -> Plain:
    """An incident that needs no plan (momentary, planned, telemetry), in the same shape."""
    nobody: Mapping[str, float] = {
        "interrupted": 0,
        "restored_by_switching": 0,
        "until_repair": 0,
    }
    return {
        "fault": list(fault),
        "cause": cause,
        "tripped": list(tripped),
        "location": None,
        "fence": [],
        "plan": None,
        "customers": dict(nobody),
        "p_w": dict(nobody),
        "customer_minutes": {"with_plan": 0.0, "without": 0.0},
        "guard": {"passed": True, "checks": 0, "violations": []},
    }
