"""What the invariants are worth: each defect that is put into the product is noticed by one of
them, on a night on which they find nothing without it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.races import defects
from tests.races.machine import LAN, MINH, Races

Night = Callable[[Races], None]
INVARIANTS = sorted(name for name in dir(Races) if name.startswith(("i2", "i3")))


def disturbed(manner: str, what: str, *, after: int = 1, which: int = 0) -> Night:
    """`what` happens when `after` orders of the first plan were sent; then life goes on, and what
    is proposed next is released as well."""

    def night(races: Races) -> None:
        races.a_fault_strikes(manner, "C", by=LAN, after=after, what=what, which=which)
        races.world.wait(5.0)
        races.release(LAN, 8.0)

    return night


def quiet(manner: str, act: Night) -> Night:
    def night(races: Races) -> None:
        races.a_fault_strikes(manner, "C", by=LAN, after=1, what="nothing", which=0)
        act(races)

    return night


@dataclass(frozen=True)
class Seeded:
    defects: tuple[Callable[[], AbstractContextManager[Any]], ...]
    """More than one where the product has more than one fence against it."""
    noticed_by: str
    night: Night

    def __str__(self) -> str:
        return f"{self.defects[0].__name__}-{self.noticed_by[:3]}"


SEEDED = [
    Seeded(
        (defects.tags_are_not_read, defects.a_tag_halts_nothing),
        "i27_a_relevant_change_voids",
        disturbed("advisory", "tag", which=3),
    ),
    Seeded(
        (defects.goes_on_after_a_failure, defects.the_guard_looks_once),
        "i27_a_relevant_change_voids",
        disturbed("advisory", "device fails"),
    ),
    Seeded(
        (defects.no_fingerprint_test,),
        "i28_executed_is_what_was_approved",
        quiet("advisory", lambda races: races.release_other_bytes(LAN)),
    ),
    Seeded(
        (defects.nobody_looks_at_a_release_again,),
        "i28_executed_is_what_was_approved",
        quiet("advisory", lambda races: races.release_twice(LAN, MINH, 0.0)),
    ),
    Seeded(
        (defects.one_person_is_enough,),
        "i28_executed_is_what_was_approved",
        quiet("two", lambda races: races.release(LAN, 1.3)),
    ),
    Seeded(
        (defects.one_person_is_enough,),
        "i28_executed_is_what_was_approved",
        quiet("two", lambda races: races.approve_and_release(LAN, LAN, 0.2, 1.3)),
    ),
    Seeded(
        (defects.an_approval_lasts_for_ever,),
        "i28_executed_is_what_was_approved",
        quiet("two", lambda races: races.approve_and_release(LAN, MINH, 41.0, 1.3)),
    ),
    Seeded(
        (defects.goes_on_without_telemetry, defects.the_guard_looks_once),
        "i29_one_outstanding",
        disturbed("advisory", "lag", which=1),
    ),
    Seeded(
        (defects.two_at_once, defects.the_guard_looks_once),
        "i29_one_outstanding",
        disturbed("advisory", "lag", which=1),
    ),
    Seeded(
        (defects.every_command_is_sent_twice,),
        "i30_one_transmission",
        disturbed("automatic", "halt", after=2),
    ),
    Seeded(
        (defects.a_restart_sends_again,),
        "i30_one_transmission",
        disturbed("automatic", "killed", after=2),
    ),
    Seeded(
        (defects.a_restart_sends_again,),
        "i30_one_transmission",
        quiet("advisory", lambda races: races.release_and_be_killed(LAN)),
    ),
    Seeded(
        (defects.sent_before_it_is_durable,),
        "i30_one_transmission",
        disturbed("automatic", "halt", after=2),
    ),
    Seeded(
        (defects.no_deadline,),
        "i31_none_after_its_deadline",
        disturbed("advisory", "unsure", after=3, which=1),
    ),
    Seeded(
        (defects.nothing_is_unknown, defects.the_guard_is_blind),
        "i32_every_stop_is_sound",
        disturbed("advisory", "device late", after=3, which=1),
    ),
    Seeded(
        (defects.execution_is_never_off,),
        "i33_nothing_with_execution_off",
        disturbed("off", "halt"),
    ),
    Seeded(
        (defects.a_tag_halts_nothing,),
        "i34_halts_before_the_next_step",
        disturbed("advisory", "tag", which=0),
    ),
    Seeded(
        (defects.protection_halts_nothing,),
        "i34_halts_before_the_next_step",
        disturbed("advisory", "protection", which=1),
    ),
    Seeded(
        (defects.a_mode_halts_nothing, defects.nothing_is_withheld),
        "i34_halts_before_the_next_step",
        disturbed("advisory", "mode", which=1),
    ),
    Seeded(
        (
            defects.load_shedding_halts_nothing,
            defects.nothing_is_withheld,
            defects.the_guard_looks_once,
        ),
        "i34_halts_before_the_next_step",
        disturbed("advisory", "load shedding"),
    ),
    Seeded(
        (defects.a_person_halts_nothing,),
        "i34_halts_before_the_next_step",
        disturbed("advisory", "halt"),
    ),
]


@pytest.fixture
def races() -> Iterator[Races]:
    races = Races()
    yield races
    races.teardown()


@pytest.mark.parametrize("seeded", SEEDED, ids=str)
def test_a_defect_is_noticed(races: Races, seeded: Seeded) -> None:
    with ExitStack() as stack:
        for defect in seeded.defects:
            stack.enter_context(defect())
        seeded.night(races)
    races.look()
    with pytest.raises(AssertionError):
        getattr(races, seeded.noticed_by)()


@pytest.mark.parametrize("seeded", SEEDED, ids=str)
def test_without_it_nothing_is_noticed(races: Races, seeded: Seeded) -> None:
    seeded.night(races)
    for invariant in INVARIANTS:
        getattr(races, invariant)()


def test_every_invariant_of_execution_has_one() -> None:
    assert {seeded.noticed_by for seeded in SEEDED} == set(INVARIANTS)
