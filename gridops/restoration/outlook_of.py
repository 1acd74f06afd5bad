"""What stands around one plan, worked out by asking the planner again and again."""

from dataclasses import replace
from typing import Any

from gridops.powerflow import PowerFlow
from gridops.restoration.alternatives import alternatives_of
from gridops.restoration.branches import branches_of
from gridops.restoration.course import figures_of
from gridops.restoration.expected import expected_of
from gridops.restoration.helps import helps_of
from gridops.restoration.outlook import Outlook, OutlookSettings
from gridops.restoration.plan import Plan
from gridops.restoration.situation import Situation

DEFAULTS = OutlookSettings()
QUICK: dict[str, Any] = {"load_transfer": False}
"""What is asked here is asked often; load transfer costs as much as all the rest together."""


def outlook_of(
    situation: Situation, plan: Plan, *, engine: PowerFlow, settings: OutlookSettings = DEFAULTS
) -> Outlook:
    """What stands around `plan`, which `propose` gave for `situation`.

    Guarantees: pure; the planner is asked a number of times that `settings` bounds, so it costs
    some tens of plans: not for the way of the first answer. Nothing of it is checked by the
    guard, which sees every plan anew before it is released.
    """
    quick = replace(situation.settings, **QUICK)
    situation = replace(situation, settings=quick)
    return Outlook(
        figures=figures_of(situation, plan),
        expected=expected_of(situation, plan, engine=engine, settings=settings),
        branches=branches_of(situation, plan, engine=engine, settings=settings),
        alternatives=alternatives_of(situation, plan, engine=engine, settings=settings),
        helps=helps_of(situation, plan, engine=engine, settings=settings),
    )
