"""The second key: checks every state that a plan passes through, and may say no.

Shares no code with the planner beyond the network model, the state and the `PowerFlow`
protocol; `docs/safety.md` says which invariant is checked by which rule.
"""

from gridops.guard.guard import Guard
from gridops.guard.proposal import GuardViolation, Knowledge, Move, Permit, Proposal, Verdict
from gridops.guard.rules import RULES, Rule

__all__ = [
    "RULES",
    "Guard",
    "GuardViolation",
    "Knowledge",
    "Move",
    "Permit",
    "Proposal",
    "Rule",
    "Verdict",
]
