"""Every small grid, state, fault and plan, against a checker that shares nothing with the guard.

A grid has up to six switches, one source or two, and up to four other sections; grids that are the
same but for names count once. Positions are open, closed or unknown, plans have up to three moves;
the first switch carries a tag.
Up to three switches all of it is asked with `-m slow`; of larger grids, and in the gate, every so
many cases of the same row.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations_with_replacement, islice, permutations, product
from zlib import crc32

import pytest

from gridops.events.operator import TagKind
from gridops.guard.case import case_of
from gridops.guard.rules import RULES
from gridops.ids import SwitchId
from gridops.measurement import Position
from tests.bit_checker import COMPARED, BitChecker, Step
from tests.guard_desk import Desk, desk
from tests.radial_sweep import RadialSweep

SOURCES = ("S1", "S2")
INNER = ("A", "B", "C", "D")
MOVES_MAX = 3
Edges = tuple[tuple[str, str], ...]


@cache
def grids(count: int) -> tuple[Edges, ...]:
    """All grids with so many switches."""
    found: list[Edges] = []
    for sources in (SOURCES[:1], SOURCES):
        for size in range(1, len(INNER) + 1):
            found += _over((*sources, *INNER[:size]), count, sources=sources)
    return tuple(found)


def _over(names: tuple[str, ...], count: int, *, sources: tuple[str, ...]) -> list[Edges]:
    """Those that have just these sections."""
    inner = names[len(sources) :]
    twins = [
        dict(zip(names, (*s, *i), strict=True))
        for s in permutations(sources)
        for i in permutations(inner)
    ]
    found: list[Edges] = []
    seen: set[Edges] = set()
    pairs = sorted(p for p in product(names, repeat=2) if p[0] < p[1])
    for edges in combinations_with_replacement(pairs, count):
        if edges not in seen and {n for pair in edges for n in pair} == set(names):
            found.append(edges)
            seen.update(_renamed(edges, twin) for twin in twins)
    return found


def _renamed(edges: Edges, twin: dict[str, str]) -> Edges:
    pairs = ((twin[a], twin[b]) for a, b in edges)
    return tuple(sorted((min(p), max(p)) for p in pairs))


def plans(count: int) -> list[tuple[Step, ...]]:
    moves = [(f"s{k}", closes) for k in range(count) for closes in (False, True)]
    return [plan for size in range(1, MOVES_MAX + 1) for plan in product(moves, repeat=size)]


Question = tuple[Edges, tuple[str, ...], str, tuple[Step, ...]]


def questions(count: int, *, every: int) -> Iterator[Question]:
    """Every `every`-th of all questions about grids with so many switches.

    The plan changes fastest. A stride that has no factor in common with any count in the row
    visits all grids, positions, faults and plans evenly.
    """
    listed = plans(count)
    place = 0
    for edges in grids(count):
        faults = sorted({n for pair in edges for n in pair} - set(SOURCES))
        for positions, fault in product(product("ocu", repeat=count), faults):
            for number in range(-place % every, len(listed), every):
                yield edges, positions, fault, listed[number]
            place += len(listed)


TAGS = (TagKind.EARTH_APPLIED, TagKind.DELEGATED, TagKind.JUMPER, TagKind.CUT)


def one_of(question: Question) -> TagKind:
    """Each in turn, as good as by lot, and the same for the same question."""
    return TAGS[crc32(repr(question).encode()) % len(TAGS)]


def agrees(question: Question, *, rings: Sequence[str] = (), kind: TagKind | None = None) -> bool:
    kind = kind or one_of(question)
    edges, positions, fault, plan = question
    named = {f"s{k}": pair for k, pair in enumerate(edges)}
    situation = _situation(edges, tuple(rings))
    state = dict(zip(named, positions, strict=True))
    known = {s: Position.CLOSED if at == "c" else Position.OPEN for s, at in state.items()}
    unsure = [s for s, at in state.items() if at == "u"]
    asked = situation.but(fault=frozenset({situation.network.section_of(fault)}))
    asked = asked.now(
        positions={
            SwitchId(s): type(m)(known[s], m.quality, m.source_time)
            for s, m in situation.snapshot.positions.items()
        }
    ).doubting(*unsure)
    asked = asked.tagged("s0", kind)
    checker = BitChecker(
        named,
        sources=SOURCES,
        zone={fault},
        closed={s for s, at in known.items() if at is Position.CLOSED},
        unknown=set(unsure),
        rings=set(rings),
        tags={"s0": kind.value},
    )
    found = _found(asked, plan)
    return found == checker.broken(plan) and ("02" in found or not checker.feeds_earth(plan))


@cache
def _situation(edges: Edges, rings: tuple[str, ...]) -> Desk:
    text = "\n".join(f"{a} (s{k}) {b}" for k, (a, b) in enumerate(edges))
    found = desk(text, fault="", change={s: {"closes_ring": True} for s in rings})
    return found.but(engine=RadialSweep(found.network))


def _found(asked: Desk, plan: tuple[Step, ...]) -> set[str]:
    """What the guard's rules of connectivity find; they ask no engine."""
    text = ", ".join(f"{'close' if closes else 'open'} {switch}" for switch, closes in plan)
    case = case_of(
        asked.proposal(text),
        asked.knowledge(),
        engine=asked.engine or RadialSweep(asked.network),
        faults=None,
        from_number=None,
    )
    rules = (rule for rule in RULES if rule.invariant in COMPARED)
    return {v.invariant for rule in rules for v in rule.check(case) if v is not None}


def test_a_sample_of_every_small_grid_gets_the_verdict_of_the_second_checker() -> None:
    for count, every in ((1, 1), (2, 23), (3, 1201), (4, 34939), (5, 700759), (6, 11200009)):
        asked = [q for q in questions(count, every=every) if not agrees(q)]
        assert asked == []


def test_declared_rings_get_the_verdict_of_the_second_checker() -> None:
    for count, every in ((3, 1201), (4, 34939)):
        every_switch = [f"s{k}" for k in range(count)]
        asked = [q for q in questions(count, every=every) if not agrees(q, rings=every_switch)]
        assert asked == []


def test_the_rows_are_what_they_are_said_to_be() -> None:
    assert [len(grids(count)) for count in (1, 2, 3)] == [1, 8, 34]
    assert len(plans(2)) == 4 + 16 + 64
    assert len(list(islice(questions(2, every=1), 100))) == 100


@pytest.mark.slow
@pytest.mark.parametrize(("count", "every"), [(2, 1), (3, 1), (4, 997), (5, 49999), (6, 2750159)])
def test_every_small_grid_gets_the_verdict_of_the_second_checker(count: int, every: int) -> None:
    asked = (
        (q, kind)
        for q in questions(count, every=every)
        for kind in TAGS
        if not agrees(q, kind=kind)
    )
    assert next(asked, None) is None
