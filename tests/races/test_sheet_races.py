"""No order of acts on sheets that hypothesis finds breaks an invariant of execution; and the
search finds each defect that is put into what carries them out, most in a few examples."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.races import defects, sheet_defects
from tests.races.sheet_machine import SheetRaces

QUICK = settings(
    max_examples=100,
    stateful_step_count=4,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
    database=None,
    deadline=None,
)
"""Many short days: what a target is good for, going deeper from one good day, is for long runs."""
SEARCH_ONLY = settings(
    QUICK,
    max_examples=900,
    phases=(Phase.generate,),
    report_multiple_bugs=False,
    print_blob=False,
)


def test_no_race_about_a_sheet_breaks_an_invariant() -> None:
    run_state_machine_as_test(SheetRaces, settings=QUICK)


@pytest.mark.slow
def test_no_race_about_a_sheet_breaks_an_invariant_in_a_long_run() -> None:
    """Other days each time."""
    run_state_machine_as_test(
        SheetRaces,
        settings=settings(
            QUICK,
            max_examples=5_000,
            stateful_step_count=25,
            derandomize=False,
            phases=(Phase.generate, Phase.target, Phase.shrink),
        ),
    )


@dataclass(frozen=True)
class Seeded:
    defects: tuple[Callable[[], AbstractContextManager[Any]], ...]
    """More than one where the product has more than one fence against it."""

    def __str__(self) -> str:
        return self.defects[0].__name__


SEEDED = [
    Seeded((sheet_defects.whatever_is_there_is_started,)),
    Seeded((sheet_defects.authors_approve_their_own,)),
    Seeded((sheet_defects.an_edit_keeps_the_approval,)),
    Seeded((sheet_defects.an_approval_outlives_its_ground,)),
    Seeded((sheet_defects.any_bytes_are_started,)),
    Seeded((defects.tags_are_not_read, defects.a_tag_halts_nothing)),
    Seeded((sheet_defects.two_commands_at_once, sheet_defects.the_guard_passes_every_sheet)),
    Seeded((defects.goes_on_without_telemetry, sheet_defects.the_guard_passes_every_sheet)),
    Seeded((defects.goes_on_after_a_failure, sheet_defects.the_guard_passes_every_sheet)),
    Seeded((defects.every_command_is_sent_twice,)),
    Seeded((defects.sent_before_it_is_durable,)),
    Seeded((sheet_defects.a_stop_stops_nothing,)),
    Seeded((sheet_defects.a_crew_is_told_whatever_step,)),
    Seeded((sheet_defects.a_stop_calls_every_crew_back,)),
    Seeded((sheet_defects.nobody_expects_a_crew_after_a_stop,)),
    Seeded((sheet_defects.nobody_is_told_of_a_crew_in_doubt,)),
    Seeded((sheet_defects.a_restart_goes_on, sheet_defects.the_guard_passes_every_sheet)),
]


@pytest.mark.parametrize("seeded", SEEDED, ids=str)
def test_the_search_finds_a_defect(seeded: Seeded) -> None:
    with ExitStack() as stack:
        for defect in seeded.defects:
            stack.enter_context(defect())
        with pytest.raises(AssertionError):
            run_state_machine_as_test(SheetRaces, settings=SEARCH_ONLY)
