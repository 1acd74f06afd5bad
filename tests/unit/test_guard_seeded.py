"""Plans with one seeded mistake each: the guard must name the invariant that it breaks."""

from collections import Counter
from dataclasses import replace

import pytest

from gridops.guard import RULES
from gridops.measurement import Position
from tests.guard_desk import GOOD_PLAN, broken, desk, moves
from tests.guard_seeded_dead import SEEDED_DEAD
from tests.guard_seeded_desks import Ask
from tests.guard_seeded_limits import SEEDED_LIMITS

SEEDED = [*SEEDED_DEAD, *SEEDED_LIMITS]


def test_five_mistakes_at_least_are_seeded_for_every_invariant_that_the_guard_checks() -> None:
    seeded = Counter(invariant for invariant, _, _ in SEEDED)
    checked = {rule.invariant for rule in RULES} | {"23"}
    assert {invariant for invariant in checked if seeded[invariant] < 5} == set()


@pytest.mark.parametrize(
    ("invariant", "ask"),
    [pytest.param(number, ask, id=f"{number} {title}") for number, title, ask in SEEDED],
)
def test_a_seeded_mistake_is_caught_by_its_invariant(invariant: str, ask: Ask) -> None:
    verdict = ask()
    assert invariant in broken(verdict)
    assert not verdict.passed
    for violation in verdict.violations:
        assert violation.why.in_english()


def test_numbers_that_do_not_count_up_and_positions_that_are_none_are_refused() -> None:
    asked = desk()
    first, second, *_ = moves(GOOD_PLAN)
    for wrong in (
        (second, first),
        (first, replace(second, number=1)),
        (replace(first, position=Position.BAD), second),
    ):
        proposal = replace(asked.proposal(GOOD_PLAN), moves=wrong)
        assert "36" in broken(asked.guard().check_plan(proposal, asked.knowledge()))
