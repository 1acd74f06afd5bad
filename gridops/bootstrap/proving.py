"""Plays random outages through planner and guard, in as many processes as asked for."""

import itertools
import os
import random
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing import get_context
from typing import Any

from gridops.adapters.content import resolve_grid
from gridops.adapters.engines import PowerGridModelEngine
from gridops.adapters.grid_files import load_grid
from gridops.city import build_city
from gridops.network import Network, build_network
from gridops.restoration import Plan, Situation
from gridops.study.case_in_words import answer_in_words, grid_in_words, question_in_words
from gridops.study.random_cases import Doubt
from gridops.study.random_grids import Traits, random_grid
from gridops.study.random_trials import Court, Finding, tried

Progress = Callable[[int], None]
BLOCK = 50
"""Cases that share a grid: numbers n x 50 to n x 50 + 49."""
AGAIN_EVERY = 20
"""Of so many blocks one is played once more, and must give the same plans."""
SHIPPED = (
    "civanlar16",
    "hanoi_ring",
    "baranwu33",
    "rbts_bus2",
    "rbts_bus4",
    "rbts_bus6",
    "ieee123",
    "pge69",
    "das70",
    "tpc84",
    "esb_e11",
    "simbench_rural",
)
DRAWN = "drawing"
SHIPPED_SHARE, CITY_SHARE = 0.04, 0.01
CITY_FEEDERS = (5, 8)
GENERATORS_SHARE = 0.15
"""Of the small grids."""
BUDGETS = (1.0, 0.2, 0.04)
"""Shares of the planner's budgets: most searches end early, on ways that few plans show."""
WHOLE_ON_LARGE = 0.03
FINDINGS_MAX = 200
"""That are told in full; all are counted."""


@dataclass(slots=True)
class Proven:
    """What a run of cases came to."""

    first: int
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[int, Finding]] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    digests: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        return self.counts["cases"]

    @property
    def ok(self) -> bool:
        return not self.found

    def add(self, block: "Block") -> None:
        self.counts.update(block.counts)
        self.found.update(one.kind for _, one in block.findings)
        self.findings += block.findings[: FINDINGS_MAX - len(self.findings)]
        self.digests.append(block.digest)

    def to_plain(self) -> dict[str, Any]:
        """`rate_below`: with 95 % confidence, of cases drawn in this way, where nothing was
        found (rule of three). Nothing is said of cases drawn in another way."""
        nothing = self.ok and self.cases > 0
        return {
            "first": self.first,
            "cases": self.cases,
            "next": self.first + self.cases,
            "counts": dict(sorted(self.counts.items())),
            "found": dict(sorted(self.found.items())),
            "findings": [
                {"case": case, "kind": one.kind, "text": one.text} for case, one in self.findings
            ],
            "rate_below": 3.0 / self.cases if nothing else None,
            "digest": sha256(" ".join(self.digests).encode()).hexdigest(),
        }


@dataclass(frozen=True, slots=True)
class Block:
    """Cases on one grid."""

    counts: Counter[str]
    findings: list[tuple[int, Finding]]
    digest: str


def prove(
    cases: int, *, first: int = 0, workers: int = 1, progress: Progress | None = None
) -> Proven:
    """Plays the cases with the numbers from `first` on. Each case is a function of its number
    alone: runs of parts find what one run of the whole finds, whatever the number of `workers`.
    `progress` is told how many cases are done. An interruption (KeyboardInterrupt) ends the run
    with what is done so far."""
    proven = Proven(first)
    try:
        for block in _blocks(_ranges(first, cases), workers=workers):
            proven.add(block)
            if progress is not None:
                progress(proven.cases)
    except KeyboardInterrupt:
        pass
    return proven


def _ranges(first: int, cases: int) -> list[range]:
    ends = range((first // BLOCK + 1) * BLOCK, first + cases, BLOCK)
    edges = [first, *ends, first + cases]
    return [range(a, b) for a, b in itertools.pairwise(edges) if a < b]


def _blocks(ranges: Sequence[range], *, workers: int) -> Iterator[Block]:
    """In order."""
    if workers == 1:
        yield from map(_checked, ranges)
        return
    spawn = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=_prints_apart) as pool:
        waiting = pool.map(_checked, ranges, chunksize=4)
        try:
            yield from waiting
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _prints_apart() -> None:
    """What a library prints must not get into the one document on standard output."""
    os.dup2(2, 1)


def _checked(numbers: range) -> Block:
    """Played, and some of it once more."""
    block = played(numbers)
    if numbers[0] // BLOCK % AGAIN_EVERY or played(numbers).digest == block.digest:
        return block
    differs = Finding(kind="not-the-same", text="the whole block, played again")
    return Block(block.counts, [*block.findings, (numbers[0], differs)], block.digest)


def played(numbers: range) -> Block:
    """The cases with these numbers, all of one block."""
    court = court_of(numbers[0] // BLOCK)
    counts: Counter[str] = Counter()
    findings: list[tuple[int, Finding]] = []
    digest = sha256()
    for number in numbers:
        try:
            tally = tried(dice_of(number), court, doubt=doubt_of(number, on=court.network))
        except Exception as error:  # noqa: BLE001 (anything that breaks is what is looked for)
            counts["cases"] += 1
            findings.append((number, Finding(kind="exception", text=repr(error))))
            continue
        counts.update(tally.counts)
        findings += [(number, one) for one in tally.findings]
        digest.update(tally.digest)
    counts[f"cases on {_kind(court.network)}"] += len(numbers)
    return Block(counts, findings, digest.hexdigest())


def court_of(block: int) -> Court:
    """The grid that the cases of a block share, with its engines."""
    network = grid_of(block)
    return Court(network, PowerGridModelEngine(network))


def doubt_of(number: int, *, on: Network) -> Doubt:
    """Whole budgets and load transfer take seconds on larger grids: few of the cases there have
    them."""
    dice = random.Random(f"budget {number}")  # noqa: S311 (no secret)
    if on.name == DRAWN:
        return Doubt(budget=dice.choice(BUDGETS))
    return Doubt(transfer=0.01, budget=1.0 if dice.random() < WHOLE_ON_LARGE else BUDGETS[-1])


def dice_of(number: int) -> random.Random:
    return random.Random(f"case {number}")  # noqa: S311 (no secret)


def grid_of(block: int) -> Network:
    """Mostly a small grid by lot, now and then a shipped one or a piece of a city."""
    dice = random.Random(f"grid {block}")  # noqa: S311 (no secret)
    lot = dice.random()
    if lot < SHIPPED_SHARE:
        return load_grid(resolve_grid(dice.choice(SHIPPED)))
    if lot < SHIPPED_SHARE + CITY_SHARE:
        return build_network(build_city(dice.randint(*CITY_FEEDERS), seed=dice.randint(1, 10**6)))
    return random_grid(dice, Traits(generators=GENERATORS_SHARE))


def _kind(network: Network) -> str:
    if network.name == DRAWN:
        return "small grids by lot"
    return "shipped grids" if network.name in SHIPPED else "pieces of a city"


@dataclass(frozen=True, slots=True)
class Told:
    """One case in words."""

    lines: list[str]
    findings: list[Finding]


def told(number: int) -> Told:
    """Plays the case once more and keeps what planner and guard were told and answered."""
    court = court_of(number // BLOCK)
    lines: list[str] = list(grid_in_words(court.network))
    findings: list[Finding] = []

    def listen(situation: Situation, plan: Plan, *, found: Sequence[Finding]) -> None:
        lines.extend(question_in_words(situation))
        lines.extend(answer_in_words(plan))
        lines.extend(f"FOUND {one.kind}: {one.text}" for one in found)
        findings.extend(found)

    court.listen = listen
    try:
        tried(dice_of(number), court, doubt=doubt_of(number, on=court.network))
    except Exception as error:  # noqa: BLE001 (anything that breaks is what is looked for)
        findings.append(Finding(kind="exception", text=repr(error)))
        lines.append("".join(traceback.format_exception(error)))
    return Told(lines, findings)
