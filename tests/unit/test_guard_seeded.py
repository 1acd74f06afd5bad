"""Plans with one seeded mistake each: the guard must name the invariant that it breaks."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from gridops.guard import RULES
from gridops.measurement import Position
from tests.guard_desk import GOOD_PLAN, broken, desk, moves
from tests.guard_seeded_dead import SEEDED_DEAD
from tests.guard_seeded_desks import Ask
from tests.guard_seeded_limits import SEEDED_LIMITS

SEEDED = [*SEEDED_DEAD, *SEEDED_LIMITS]
VERDICTS = Path(__file__).parents[1] / "data" / "guard_verdicts.txt"


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


def verdicts() -> str:
    """What the guard says of every seeded mistake, as `VERDICTS` holds it."""
    lines: list[str] = []
    for invariant, title, ask in SEEDED:
        lines.append(f"{invariant} {title}")
        lines += [
            f"    {v.invariant} step {v.step} {v.element}: {v.why.in_english()}"
            for v in ask().violations
        ]
    return "\n".join([*lines, ""])


def test_the_guard_says_all_that_is_wrong_and_nothing_else() -> None:
    """Read before it was written down. After a change that is meant, write `verdicts()` anew."""
    assert verdicts() == VERDICTS.read_text()
