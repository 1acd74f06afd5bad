"""The guard: lays a plan out, asks every rule, answers with all that is wrong."""

from collections.abc import Iterable
from dataclasses import replace

from gridops.guard.case import Case, case_of
from gridops.guard.proposal import GuardViolation, Knowledge, Proposal, Verdict
from gridops.guard.rules import RULES, RULES_OF_FORM
from gridops.network import Network
from gridops.powerflow import PhaseVerdict, PowerFlow, ShortCircuit
from gridops.reasons import because


class Guard:
    """Checks plans for one grid. Pure: the same question gives the same verdict.

    `engine` should not be the one that the planner asked, nor should `phases`, which judges
    the states of an unbalanced grid phase by phase. Without `faults` nothing is asked of
    fault currents (16, and the reach of protection under 17).
    """

    def __init__(
        self,
        network: Network,
        engine: PowerFlow,
        *,
        faults: ShortCircuit | None = None,
        phases: PhaseVerdict | None = None,
    ) -> None:
        self._network = network
        self._engine = engine
        self._faults = faults
        self._phases = phases

    def check_plan(self, proposal: Proposal, knowledge: Knowledge) -> Verdict:
        """The whole plan, from the state that `knowledge` holds. An empty plan passes."""
        if not proposal.moves:
            return Verdict(passed=True, checks=0, violations=())
        return self._judged(proposal, knowledge, number=None)

    def check_move(self, proposal: Proposal, number: int, *, knowledge: Knowledge) -> Verdict:
        """The step `number`, about to be commanded, and all that follow it, from the state
        of now. The steps before it must show their confirmed positions."""
        if all(move.number != number for move in proposal.moves):
            why = because("guard-no-such-step", step=number)
            missing = GuardViolation(invariant="36", step=number, element="", why=why)
            return Verdict(passed=False, checks=1, violations=(missing,))
        return self._judged(proposal, knowledge, number=number)

    def _judged(self, proposal: Proposal, knowledge: Knowledge, *, number: int | None) -> Verdict:
        form = [
            f for rule in RULES_OF_FORM for f in rule(proposal, knowledge, network=self._network)
        ]
        if any(form):
            return _verdict(form)
        case = case_of(
            proposal, knowledge, engine=self._engine, faults=self._faults, from_number=number
        )
        case = replace(case, phases=self._phases)
        return _verdict([*form, *_findings(case)])


def _findings(case: Case) -> Iterable[GuardViolation | None]:
    for rule in RULES:
        yield from rule.check(case)


def _verdict(findings: Iterable[GuardViolation | None]) -> Verdict:
    checks = 0
    violations: dict[GuardViolation, None] = {}
    for finding in findings:
        checks += 1
        if finding is not None:
            violations[finding] = None
    return Verdict(passed=not violations, checks=checks, violations=tuple(violations))
