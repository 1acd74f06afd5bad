"""An outlook as the plain JSON of `whatif`: keys that join those of the plan."""

from collections.abc import Mapping, Sequence
from typing import Any

from gridops.ids import SwitchId
from gridops.restoration import Alternative, Branch, Expected, Figures, Help, Outlook, Plan, Seen
from gridops.restoration.fingerprint import plan_to_plain
from gridops.restoration.outlook_reasons import failure_reason, help_reason

Plain = dict[str, Any]


def with_outlook_keys(plan: Mapping[str, Any], outlook: Outlook) -> Plain:
    """`plan` as `plan_to_plain` has it, with `expects` on each step, and with `figures`,
    `branches`, `alternatives` and `helps`."""
    expected = {one.step: _expects(one) for one in outlook.expected}
    devices = {step["number"]: step["switch"] for step in plan["steps"]}
    return {
        **plan,
        "steps": [{**step, "expects": expected.get(step["number"])} for step in plan["steps"]],
        "figures": _figures(outlook.figures),
        "branches": [_branch(one, devices[one.step]) for one in outlook.branches],
        "alternatives": [_alternative(one) for one in outlook.alternatives],
        "helps": [_help(one) for one in outlook.helps],
    }


def _expects(one: Expected) -> Plain:
    return {
        "within_s": one.within_s,
        "reports": one.reports,
        "voltages_v": _seen(one.voltages_v, key="node"),
        "currents_a": _seen(one.currents_a, key="switch"),
        "quiet": list(one.quiet),
    }


def _seen(listed: Sequence[Seen], *, key: str) -> list[Plain]:
    return [{key: one.element, "before": one.before, "after": one.after} for one in listed]


def _figures(figures: Figures) -> Plain:
    return {
        "customers_restored": figures.customers_restored,
        "customer_minutes": figures.minutes,
        "weighted_minutes": figures.weighted_minutes,
        "movements": figures.movements,
        "crew_movements": figures.crew_movements,
        "loading_pct_max": figures.loading_pct_max,
        "voltage_pu_min": figures.voltage_pu_min,
    }


def _branch(branch: Branch, device: SwitchId) -> Plain:
    return {
        "step": branch.step,
        "switch": device,
        "cause": branch.cause.value,
        "what": failure_reason(branch.cause, device).in_english(),
        "at_s": branch.at_s,
        **_course(branch.plan),
        "customers_at_risk": branch.customers_at_risk,
        "minutes_at_risk": branch.minutes_at_risk,
        "weighted_minutes_at_risk": branch.weighted_minutes_at_risk,
    }


def _alternative(one: Alternative) -> Plain:
    return {
        "without": list(one.without),
        "instead": list(one.instead),
        **_course(one.plan),
        "figures": _figures(one.figures),
        "customers_less": one.customers_less,
        "minutes_more": one.minutes_more,
        "movements_more": one.movements_more,
    }


def _course(plan: Plan) -> Plain:
    """What is done and what stays dark for which reason; refused options where nothing is
    done."""
    plain: Plain = dict(plan_to_plain(plan))
    course = {key: plain["plan"][key] for key in ("steps", "unserved")}
    rejected = {} if plan.steps else {"rejected": plain["plan"]["rejected"]}
    return {"fence": plain["fence"], **course, **rejected}


def _help(one: Help) -> Plain:
    return {
        "kind": one.kind.value,
        "what": help_reason(one).in_english(),
        "element": one.element,
        "to": one.to,
        "distance_m": one.distance_m,
        "sections": list(one.sections),
        "customers_more": one.customers_more,
        "minutes_less": one.minutes_less,
        "at_most": one.at_most,
        "needs": [
            {"element": need.element, "unit": need.unit, "has": need.has, "needs": need.needs}
            for need in one.needs
        ],
    }
