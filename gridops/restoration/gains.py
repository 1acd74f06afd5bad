"""What a change would be worth: the plan for the changed situation against the one at hand."""

from collections.abc import Iterable
from dataclasses import dataclass

from gridops.powerflow import PowerFlow
from gridops.restoration.course import left_dark, minutes_of, moves_of
from gridops.restoration.outlook import Help, HelpKind, Need
from gridops.restoration.plan import Plan
from gridops.restoration.propose import propose
from gridops.restoration.situation import Situation

MINUTES_MIN = 1.0
"""Customer minutes; what saves less is no help."""


@dataclass(slots=True)
class Gains:
    """Asks the planner, `left` times at most."""

    situation: Situation
    plan: Plan
    engine: PowerFlow
    left: int

    def planned(self, changed: Situation, engine: PowerFlow | None = None) -> Plan | None:
        """None: nothing is left to ask with."""
        if self.left <= 0:
            return None
        self.left -= 1
        return propose(changed, engine or self.engine)

    def help_by(
        self, kind: HelpKind, element: str, *, other: Plan, needs: Iterable[Need] = ()
    ) -> Help | None:
        """What `other`, the plan with `element` changed, is worth; None: nothing."""
        situation, network = self.situation, self.situation.network
        gained = left_dark(situation, self.plan) - left_dark(situation, other)
        lost = left_dark(situation, other) - left_dark(situation, self.plan)
        customers = sum(network.sections[s].customers for s in gained)
        customers -= sum(network.sections[s].customers for s in lost)
        less = self._minutes(self.plan) - self._minutes(other)
        if customers < 0 or less < MINUTES_MIN:
            return None
        return Help(
            kind=kind,
            element=element,
            sections=tuple(s for s in network.sections if s in gained),
            customers_more=customers,
            minutes_less=round(less, 6),
            needs=tuple(needs),
        )

    def _minutes(self, plan: Plan) -> float:
        return minutes_of(self.situation, moves_of(self.situation, plan.steps))
