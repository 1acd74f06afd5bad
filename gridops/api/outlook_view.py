"""What stands around the plan on the screen: if a step fails, what else could be done, what would
help. It is asked for by itself: large, and seldom read."""

from typing import Literal

from gridops.api.shapes import ReasonShape, Shape
from gridops.api.words import Plain, reason
from gridops.ids import PlanId, SwitchId
from gridops.restoration import Alternative, Branch, Help, Outlook, Plan
from gridops.restoration.outlook_reasons import failure_reason, help_reason


class MovementShape(Shape):
    switch: str
    action: Literal["open", "close"]
    by: Literal["remote", "crew"]
    done_s: float


class BranchShape(Shape):
    """What is done if a step fails; times count from when that is known."""

    step: int
    what: ReasonShape
    at_s: float
    """From the release on."""
    steps: list[MovementShape]
    """Empty: nothing safe is left to do."""
    customers_at_risk: int
    minutes_at_risk: float


class AlternativeShape(Shape):
    without: list[str]
    """Switches that the plan moves and this one does not."""
    instead: list[str]
    steps: list[MovementShape]
    customers_less: int
    minutes_more: float
    movements_more: int


class HelpShape(Shape):
    what: ReasonShape
    customers_more: int
    minutes_less: float
    at_most: bool


class OutlookShape(Shape):
    plan: str | None
    """The plan that it is about; null: none is on the screen."""
    ready: bool
    """False: it is being worked out, or was not asked for (a plan that was released at once)."""
    branches: list[BranchShape]
    alternatives: list[AlternativeShape]
    helps: list[HelpShape]


def outlook_view(plan: PlanId | None, outlook: Outlook | None, *, of: Plan | None) -> Plain:
    """`of`: the plan itself, whose steps the branches are about."""
    devices = {step.number: step.switch for step in of.steps} if of else {}
    branches = outlook.branches if outlook else ()
    return {
        "plan": plan,
        "ready": outlook is not None,
        "branches": [_branch(one, devices[one.step]) for one in branches],
        "alternatives": [_alternative(one) for one in (outlook.alternatives if outlook else ())],
        "helps": [_help(one) for one in (outlook.helps if outlook else ())],
    }


def _branch(one: Branch, device: SwitchId) -> Plain:
    return {
        "step": one.step,
        "what": reason(failure_reason(one.cause, device)),
        "at_s": one.at_s,
        "steps": _movements(one.plan),
        "customers_at_risk": one.customers_at_risk,
        "minutes_at_risk": one.minutes_at_risk,
    }


def _alternative(one: Alternative) -> Plain:
    return {
        "without": list(one.without),
        "instead": list(one.instead),
        "steps": _movements(one.plan),
        "customers_less": one.customers_less,
        "minutes_more": one.minutes_more,
        "movements_more": one.movements_more,
    }


def _help(one: Help) -> Plain:
    return {
        "what": reason(help_reason(one)),
        "customers_more": one.customers_more,
        "minutes_less": one.minutes_less,
        "at_most": one.at_most,
    }


def _movements(plan: Plan) -> list[Plain]:
    return [
        {
            "switch": step.switch,
            "action": "close" if step.closes else "open",
            "by": step.by.value,
            "done_s": step.done_s,
        }
        for step in plan.steps
    ]
