"""A hand of quick faults on both stacks at every run, the whole catalogue in the long one."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from gridops.ids import SwitchId
from tests.chaos.arena import Arena
from tests.chaos.packets import can_filter_packets
from tests.chaos.rounds import CASES, Case, Lane, Round, Summary, chosen

LANES = 4
"""Fields side by side: rounds wait more than they compute."""
QUICK = (
    "server_killed_with_namespaces_reordered",
    "cut_without_fin",
    "half_open_to_the_link",
    "command_frozen_on_its_way",
    "session_ended",
    "subscription_ended",
    "message_lost",
    "connections_reset",
    "nonsense_in_the_stream",
    "messages_reordered_and_doubled",
    "queue_overflows",
    "switch_opens_and_closes_between_two_publishings",
    "contact_chatters",
    "two_commands_at_once",
)
pytestmark = pytest.mark.undisturbed

STACKS = ("asyncua", pytest.param("node", marks=pytest.mark.node))


async def played(cases: Sequence[Case], stack: str, *, folder: Path, seed: int) -> list[Round]:
    rounds: list[Round] = []
    waiting = iter(cases)

    async def play(number: int) -> None:
        pki = folder / str(number)
        pki.mkdir()
        async with Lane(stack, pki) as lane:
            rounds.extend([await lane.play(case, seed=seed) for case in waiting])

    async with asyncio.TaskGroup() as group:
        for number in range(min(LANES, len(cases))):
            group.create_task(play(number))
    return rounds


@pytest.mark.parametrize("stack", STACKS)
async def test_the_picture_is_true_again_after_quick_faults(stack: str, tmp_path: Path) -> None:
    cases = [CASES[name] for name in QUICK if stack in CASES[name].stacks]

    rounds = await played(cases, stack, folder=tmp_path, seed=7)

    assert len(rounds) == len(cases)
    assert all(one.passed for one in rounds), Summary(rounds).table()


@pytest.mark.slow
@pytest.mark.parametrize("stack", STACKS)
async def test_the_picture_is_true_again_after_every_fault(stack: str, tmp_path: Path) -> None:
    cases = chosen(stack, is_long=True, with_packets=not can_filter_packets())
    assert len(cases) >= 40

    rounds = await played(cases, stack, folder=tmp_path, seed=11)

    assert all(one.passed for one in rounds), Summary(rounds).table()


async def test_the_judge_sees_what_is_wrong(tmp_path: Path) -> None:
    """A link whose events do not arrive, a field that goes on: nothing of that may pass."""
    deaf = Case(name="deaf", act=_deaf_for_good)

    (one,) = await played([deaf], "asyncua", folder=tmp_path, seed=3)

    assert not one.passed
    assert one.back_s is None
    assert any("not true within" in words for words in one.wrong)
    assert any("what stood as good was" in words for words in one.wrong)
    assert any("lost in silence" in words for words in one.wrong)


async def _deaf_for_good(arena: Arena) -> None:
    """The room hears nothing more, while its link is as good as ever."""
    arena.record.is_deaf = True
    arena.is_frozen_field = True
    await arena.turn(SwitchId("t1"))
    await asyncio.sleep(0.3)
