"""A plan as plain data, and the hash that says two plans are the same."""

import hashlib
import json

from gridops.restoration.plan import PhaseCheck, Plan, Step, Tally

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


def plan_to_plain(plan: Plan) -> dict[str, Plain]:
    """The keys `fence`, `plan`, `customers`, `p_w`, `customer_minutes` of the what-if JSON.

    `solve_ms` is left out: what somebody measured is no part of a plan.
    """
    return {
        "fence": list(plan.fence),
        "plan": {
            **_phases(plan),
            **_shed(plan),
            "steps": [_step(step) for step in plan.steps],
            "proof": plan.proof.value,
            "gap_pct": plan.gap_pct,
            "found_by": plan.found_by.value,
            "rejected": [
                {
                    "option": list(r.option),
                    "because": r.because,
                    "element": r.element,
                    "value": r.value,
                    "limit": r.limit,
                    "breaks": r.breaks,
                    "in_s": r.in_s,
                }
                for r in plan.rejected
            ],
            "unserved": [
                {"section": u.section, "because": u.because, "element": u.element}
                for u in plan.unserved
            ],
        },
        "customers": _whole(plan.customers),
        "p_w": _tally(plan.p_w),
        "customer_minutes": {
            "with_plan": plan.minutes.with_plan,
            "without": plan.minutes.without,
        },
    }


def _phases(plan: Plan) -> dict[str, Plain]:
    """A grid that states no phases has nothing to tell of them."""
    told = plan.phases is not PhaseCheck.BALANCED_GRID
    return {"phases": plan.phases.value} if told else {}


def _shed(plan: Plan) -> dict[str, Plain]:
    """A plan that sheds nothing has no such key."""
    return {"shed": [*plan.shed]} if plan.shed else {}


def fingerprint(plan: Plan) -> str:
    """SHA-256, in hexadecimal, of everything that the plan says.

    Two plans have the same fingerprint exactly when they are equal.
    """
    plain = plan_to_plain(plan)
    plain["suspected"] = [*sorted(plan.suspected)]
    plain["shed"] = [*plan.shed]
    plain["sections_restored"] = [[*step.sections_restored] for step in plan.steps]
    if plan.dropped:
        plain["sections_dropped"] = [[*step.sections_dropped] for step in plan.steps]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _step(step: Step) -> Plain:
    return {
        "number": step.number,
        "action": "close" if step.closes else "open",
        "switch": step.switch,
        "by": step.by.value,
        "starts_s": step.starts_s,
        "done_s": step.done_s,
        "customers_restored": step.customers_restored,
        "p_restored_w": step.p_restored_w,
        **_handed_over(step),
        "check": {
            "voltage_pu_min": step.check.voltage_pu_min,
            "loading_pct_max": step.check.loading_pct_max,
            "limiting": step.check.limiting,
            "emergency": [*step.check.emergency],
        },
    }


def _handed_over(step: Step) -> dict[str, Plain]:
    """Of the step that opens a ring; no other has such a key."""
    sections = step.sections_handed_over
    return {"sections_handed_over": [*sections]} if sections else {}


def _whole(tally: Tally) -> Plain:
    return {
        "interrupted": int(tally.interrupted),
        "restored_by_switching": int(tally.restored_by_switching),
        "until_repair": int(tally.until_repair),
    }


def _tally(tally: Tally) -> Plain:
    return {
        "interrupted": tally.interrupted,
        "restored_by_switching": tally.restored_by_switching,
        "until_repair": tally.until_repair,
    }
