"""Rounds: a fault, the field alive beside it, and the judgement."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from gridops.virtual_field import PointValue
from tests.chaos import (  # noqa: F401 - each fills the list of cases
    cases_of_commands,
    cases_of_devices,
    cases_of_packets,
    cases_of_paths,
    cases_of_servers,
)
from tests.chaos.arena import (
    BACK_WITHIN_S,
    Arena,
    acting,
    open_arena,
    watching,
)
from tests.chaos.case import CASES, Case
from tests.chaos.commands_judged import wrong_commands
from tests.chaos.record import STALE_S_MAX, lost_in_silence

BEGIN_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Round:
    case: str
    stack: str
    seed: int
    back_s: float | None
    """From the return of the path to a true picture; None: not within the bound."""
    stale_s: float
    """How old the oldest was that stood as good."""
    epochs: int
    commands: dict[str, int]
    wrong: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.wrong

    def __str__(self) -> str:
        back = "never" if self.back_s is None else f"{self.back_s:.2f} s"
        said = "ok" if self.passed else f"WRONG: {'; '.join(self.wrong)}"
        return (
            f"{self.stack:<8} {self.case:<48} seed {self.seed:<10} back {back}, stale "
            f"{self.stale_s} s, {self.epochs} epochs, {self.commands or 'no commands'}: {said}"
        )


class Lane:
    """Plays round after round on the same field, until one goes wrong: the next gets a new one."""

    def __init__(self, stack: str, pki: Path) -> None:
        self._stack = stack
        self._pki = pki
        self._stood = AsyncExitStack()
        self._arenas: dict[bool, Arena] = {}

    async def __aenter__(self) -> "Lane":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stood.aclose()

    async def play(self, case: Case, *, seed: int) -> Round:
        arena = self._arenas.get(case.needs_packets)
        if arena is None:
            arena = self._arenas[case.needs_packets] = await self._stood.enter_async_context(
                open_arena(
                    self._stack,
                    self._pki,
                    seed=seed,
                    on_packets=case.needs_packets,
                )
            )
        try:
            one = await play_on(arena, case, stack=self._stack, seed=seed)
        except BaseException:
            await self._clear()
            raise
        if not one.passed:
            await self._clear()
        return one

    async def _clear(self) -> None:
        self._arenas.clear()
        await self._stood.aclose()


async def play_on(arena: Arena, case: Case, *, stack: str, seed: int) -> Round:
    began_s = await arena.until(arena.is_true, BEGIN_WITHIN_S)
    arena.begin_round(seed)
    if began_s is None:
        why = f"the link never began: {arena.link.health()[0].detail}"
        return Round(case.name, stack, seed, None, 0.0, 0, {}, (why,))
    epoch = arena.epoch
    watch = asyncio.create_task(watching(arena))
    stop = asyncio.Event()
    acts = asyncio.create_task(acting(arena, stop))
    try:
        await case.act(arena)
        # the hands let go when the path is back: from here on the picture can be held to it
        stop.set()
        arena.is_frozen_field = False
        back_s = await arena.until(arena.is_true, BACK_WITHIN_S)
        await acts
        # what was on its way when the picture was already true (there and back) may still come
        await arena.until(lambda: arena.is_true() and not _silent(arena), BACK_WITHIN_S)
    finally:
        for task in (watch, acts):
            task.cancel()
        await asyncio.gather(watch, acts, return_exceptions=True)
    outcomes = Counter(one.outcome for one in arena.given)
    return Round(
        case=case.name,
        stack=stack,
        seed=seed,
        back_s=back_s,
        stale_s=round(arena.watch.longest_s, 2),
        epochs=arena.epoch - epoch,
        commands=dict(outcomes),
        wrong=tuple(_wrong(arena, back_s)),
    )


def _wrong(arena: Arena, back_s: float | None) -> list[str]:
    wrong = list(arena.complaints)
    if back_s is None:
        unknown = [str(v.point.id) for v in arena.record.unknown(arena.field)]
        why = arena.link.health()[0].detail
        wrong.append(f"not true within {BACK_WITHIN_S:g} s: {unknown}; link: {why}")
    if arena.watch.longest_s > STALE_S_MAX:
        wrong.append(f"what stood as good was {arena.watch.longest_s:.1f} s old")
    silent = _silent(arena)
    if silent:
        first = silent[0]
        wrong.append(
            f"{len(silent)} changes lost in silence, the first {first.point.id} = {first.value} "
            f"at {first.source_time.time()}"
        )
    return wrong + wrong_commands(arena.given, arena.field, hangs=arena.hangs)


def _silent(arena: Arena) -> list[PointValue]:
    """Without what a newer reading overtook on the way: the link counts each of these."""
    lost = lost_in_silence(arena.field, arena.record, is_marked=lambda _: arena.may_lose)
    return lost if len(lost) > arena.late - arena.late_before else []


@dataclass
class Summary:
    rounds: list[Round] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        backs = sorted(r.back_s for r in self.rounds if r.back_s is not None)
        return {
            "rounds": len(self.rounds),
            "failed": sum(not r.passed for r in self.rounds),
            "back_s": {
                "median": _quantile(backs, 0.5),
                "p95": _quantile(backs, 0.95),
                "max": _quantile(backs, 1.0),
            },
            "commands": dict(sum((Counter(r.commands) for r in self.rounds), Counter())),
            "each": [asdict(r) for r in self.rounds],
        }

    def table(self) -> str:
        """One line per case and stack."""
        lines = [f"{'case':<50} {'stack':<8} rounds failed  back s (max)  stale s (max)"]
        groups: dict[tuple[str, str], list[Round]] = {}
        for one in self.rounds:
            groups.setdefault((one.case, one.stack), []).append(one)
        for (name, stack), group in sorted(groups.items()):
            backs = [r.back_s for r in group if r.back_s is not None]
            failed = sum(not r.passed for r in group)
            lines.append(
                f"{name:<50} {stack:<8} {len(group):6} {failed:6} "
                f"{max(backs, default=float('nan')):13.2f} {max(r.stale_s for r in group):14.2f}"
            )
            lines += [f"    seed {r.seed}: {'; '.join(r.wrong)}" for r in group if not r.passed]
        return "\n".join(lines)


def _quantile(values: list[float], share: float) -> float | None:
    return round(values[min(int(share * len(values)), len(values) - 1)], 2) if values else None


def drawn(dice: Random, cases: list[Case], rounds: int) -> list[tuple[Case, int]]:
    """`rounds` cases with seeds: each case once, shuffled, before any comes again."""
    told: list[tuple[Case, int]] = []
    while len(told) < rounds:
        deck = list(cases)
        dice.shuffle(deck)
        told += [(each, dice.randrange(2**31)) for each in deck]
    return told[:rounds]


def chosen(stack: str, *, is_long: bool, with_packets: bool, only: str = "") -> list[Case]:
    return [
        each
        for each in CASES.values()
        if stack in each.stacks
        and (is_long or not each.is_long)
        and (with_packets or not each.needs_packets)
        and only in each.name
    ]
